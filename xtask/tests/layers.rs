//! The layers of the architecture, held by a test: who may depend on whom, and that the model and
//! the law know no outside world.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each crate of ours and the crates of ours it may use. `*`: all (the outermost rooms).
const ALLOWED: &[(&str, &[&str])] = &[
    ("dengbu-model", &[]),
    ("dengbu-law", &["model"]),
    ("dengbu-store", &["model"]),
    ("dengbu-register", &["model", "law", "store"]),
    ("dengbu-cadastre", &["model", "store"]),
    ("dengbu-staff", &["model", "store"]),
    ("dengbu-fees", &["model", "law", "store"]),
    ("dengbu-certlib", &["model", "store", "register", "staff"]),
    (
        "dengbu-cases",
        &[
            "model", "law", "store", "register", "cadastre", "staff", "fees", "certlib",
        ],
    ),
    (
        "dengbu-papers",
        &["model", "law", "register", "cadastre", "cases"],
    ),
    ("dengbu-ecert", &["model", "papers", "page"]),
    (
        "dengbu-search",
        &[
            "model", "law", "store", "register", "cadastre", "cases", "papers", "certlib",
        ],
    ),
    ("dengbu-page", &[]),
    ("dengbu-gm", &[]),
    ("dengbu-ofd", &["page", "gm"]),
    ("dengbu-pdf", &["page", "gm"]),
    ("dengbu-statistics", &["model", "law", "store", "cases"]),
    ("dengbu-sources", &[]),
    ("dengbu-mapping", &["model", "staging", "sources"]),
    ("dengbu-geo", &[]),
    ("dengbu-quality", &["model", "staging", "geo"]),
    ("dengbu-scenario", &["model", "law"]),
    (
        "dengbu-takeover",
        &["model", "store", "cadastre", "register"],
    ),
    (
        "dengbu-intake",
        &[
            "model",
            "store",
            "cadastre",
            "register",
            "takeover",
            "staging",
            "sources",
            "mapping",
            "fusion",
            "quality",
            "distribution",
            "page",
        ],
    ),
    (
        "dengbu-demo",
        &[
            "model", "law", "store", "register", "cadastre", "staff", "cases", "fees", "intake",
            "takeover",
        ],
    ),
    ("dengbu-staging", &[]),
    ("dengbu-legacy-city", &[]),
    (
        "dengbu-fusion",
        &["model", "geo", "staging", "sources", "mapping", "quality"],
    ),
    (
        "dengbu-distribution",
        &["model", "geo", "page", "papers", "sources", "store"],
    ),
    ("dengbu-web-assets", &[]),
    ("dengbu-server", &["*"]),
    ("dengbu-cli", &["*"]),
    ("dengbu-bench", &["*"]),
    (
        "dengbu-bench-quality",
        &["fusion", "geo", "legacy-city", "quality", "staging"],
    ),
    ("xtask", &[]),
];

/// Crates the model and the law may not use: they would bring I/O, a clock or chance with them.
const IMPURE_CRATES: [&str; 14] = [
    "axum",
    "getrandom",
    "hyper",
    "object_store",
    "rand",
    "rand_core",
    "reqwest",
    "rustix",
    "sqlx",
    "tempfile",
    "tokio",
    "tower-http",
    "totp-rs",
    "fastrand",
];

/// Words that would do the same in their sources.
const IMPURE_WORDS: [&str; 14] = [
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::env::",
    "std::process",
    "std::thread",
    "now_v7",
    "new_v4",
    "HashMap",
    "HashSet",
    "println!",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// What the package needs to be built and to run; tests may use more.
fn dependencies(package: &Value) -> BTreeSet<String> {
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Edges of `package` among `ours` that the table does not allow.
fn forbidden(name: &str, uses: &BTreeSet<String>, ours: &BTreeSet<String>) -> Vec<String> {
    let allowed = ALLOWED
        .iter()
        .find(|(room, _)| *room == name)
        .expect("a new crate needs a place in the table of layers")
        .1;
    uses.intersection(ours)
        .filter(|used| {
            let short = used.trim_start_matches("dengbu-");
            !allowed.contains(&"*") && !allowed.contains(&short)
        })
        .map(|used| format!("{name} → {used}"))
        .collect()
}

#[test]
fn crates_depend_only_downwards() {
    let graph: BTreeMap<String, BTreeSet<String>> = packages()
        .iter()
        .map(|package| {
            (
                package["name"].as_str().unwrap().to_owned(),
                dependencies(package),
            )
        })
        .collect();
    let ours: BTreeSet<String> = graph.keys().cloned().collect();
    let wrong: Vec<String> = graph
        .iter()
        .flat_map(|(name, uses)| forbidden(name, uses, &ours))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_table_itself_refuses_a_wrong_edge() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let ours = set(&["dengbu-model", "dengbu-law", "dengbu-store"]);
    let wrong = forbidden(
        "dengbu-law",
        &set(&["dengbu-store", "dengbu-model", "serde"]),
        &ours,
    );
    assert_eq!(wrong, ["dengbu-law → dengbu-store"]);
}

#[test]
fn model_and_law_use_no_impure_crate() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        if name == "dengbu-model" || name == "dengbu-law" {
            let uses = dependencies(&package);
            let wrong: Vec<&&str> = IMPURE_CRATES
                .iter()
                .filter(|impure| uses.contains(**impure))
                .collect();
            assert!(wrong.is_empty(), "{name} uses {wrong:?}");
        }
    }
}

/// Cargo merges features over the workspace, so "chrono without its clock" cannot be checked
/// there: the sources are read instead.
#[test]
fn model_and_law_touch_no_clock_file_or_chance() {
    let mut wrong = Vec::new();
    for room in ["dengbu-model", "dengbu-law"] {
        for file in rust_files(&root().join("crates").join(room).join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            wrong.extend(impure_lines(&text).map(|line| format!("{}: {line}", file.display())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Lines of code, comments and the tests at the file's end aside, with a forbidden word.
fn impure_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| IMPURE_WORDS.iter().any(|word| line.contains(word)))
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    let text =
        "/// not Utc::now\nlet a = 1;\nlet now = Utc::now();\n#[cfg(test)]\nstd::fs::read(p);";
    assert_eq!(
        impure_lines(text).collect::<Vec<_>>(),
        ["let now = Utc::now();"]
    );
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a crate has sources") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
