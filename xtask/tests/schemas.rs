//! Schema names of the interface's document: two types of one name would silently overwrite each
//! other in it, so that an answer no longer fits its own schema.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All Rust files below `folder`.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                sources(&path, into);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Names of the types in `text` whose derive or attribute makes them a schema.
fn schema_types(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut schema = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[derive(") && line.contains("ToSchema") {
            schema = true;
            continue;
        }
        let Some(rest) = ["struct ", "enum "]
            .iter()
            .find_map(|kind| line.split_once(kind).map(|(_, rest)| rest))
            .filter(|_| schema)
        else {
            continue;
        };
        schema = false;
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        names.push(name);
    }
    names
}

#[test]
fn no_two_types_share_a_schema_name() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .join("crates");
    let mut files = Vec::new();
    sources(&crates, &mut files);
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        for name in schema_types(&std::fs::read_to_string(&file).unwrap()) {
            places.entry(name).or_default().push(file.clone());
        }
    }
    assert!(places.len() > 100, "the sources are read: {}", places.len());
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "schema names used twice: {twice:#?}");
}

#[test]
fn a_type_is_found_through_its_derive() {
    let text = "#[derive(Debug, ToSchema)]\n#[serde(x)]\npub struct A<'a> {\n}\n#[derive(Debug)]\nstruct B;";
    assert_eq!(schema_types(text), ["A"]);
}
