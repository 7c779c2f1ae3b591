//! Rules of the house that a reader would otherwise have to watch for.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

/// A longer file holds more than one thing.
const LINES_MAX: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["node_modules", "target", "dist", "data", ".git"].contains(&name.as_str()) {
                found.extend(files(&path, extensions));
            }
        } else if extensions.iter().any(|extension| name.ends_with(extension)) {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_source_file_is_too_long_or_a_drawer() {
    let mut wrong = Vec::new();
    for file in files(&root(), &[".rs", ".ts", ".vue"]) {
        let generated = file.ends_with("schema.d.ts");
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        if lines > LINES_MAX && !generated {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        if ["utils", "util", "helpers", "misc"].contains(&stem.as_str()) {
            wrong.push(format!("{}: say what it holds", file.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn lock_files_name_no_download_address() {
    let locks = files(&root(), &["package-lock.json"]);
    assert!(!locks.is_empty());
    for lock in locks {
        let text = std::fs::read_to_string(&lock).unwrap();
        assert!(!text.contains("\"resolved\""), "{}", lock.display());
    }
}

#[test]
fn npm_versions_are_exact() {
    for manifest in files(&root(), &["package.json"]) {
        let text = std::fs::read_to_string(&manifest).unwrap();
        let manifest_json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for group in ["dependencies", "devDependencies", "optionalDependencies"] {
            let Some(entries) = manifest_json[group].as_object() else {
                continue;
            };
            for (name, version) in entries {
                let exact = version
                    .as_str()
                    .unwrap()
                    .starts_with(|first: char| first.is_ascii_digit());
                assert!(exact, "{}: {name} {version}", manifest.display());
            }
        }
    }
}
