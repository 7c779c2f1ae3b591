//! `serve --catalogue`: the folder takes the place of the catalogue that is built in, and one with
//! a fault stops the start with file and line before anything is begun.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::program::{Place, Program, run};

/// A copy of the built-in catalogue as a folder.
fn folder(place: &Place, name: &str) -> PathBuf {
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../dengbu-law/catalogue");
    let copy = place.path(name);
    fs::create_dir(&copy).unwrap();
    for file in fs::read_dir(built_in).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    copy
}

/// Puts text in the place of the first line that begins so; gives the number of that line.
fn change(file: &Path, begins: &str, with: &str) -> usize {
    let text = fs::read_to_string(file).unwrap();
    let at = text.lines().position(|l| l.starts_with(begins)).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .enumerate()
        .map(|(i, line)| if i == at { with } else { line })
        .collect();
    fs::write(file, lines.join("\n")).unwrap();
    at + 1
}

fn refused(place: &Place, catalogue: &Path, words: &[&str]) {
    let shown = catalogue.to_str().unwrap();
    let ended = run(
        &["serve", "--port", "0", "--catalogue", shown],
        &place.data(),
    );
    ended.refusal(words);
    assert!(!place.data().exists(), "nothing was begun");
}

#[test]
fn a_fault_stops_the_start_with_file_and_line() {
    let place = Place::new();
    let unknown_rule = folder(&place, "unknown-rule");
    let with = "rules = [\"R999\"]";
    let line = change(&unknown_rule.join("seizure.toml"), "rules", with);
    let line = format!("第 {line} 行");
    refused(&place, &unknown_rule, &["seizure.toml", &line, "R999"]);

    let missing_field = folder(&place, "missing-field");
    change(&missing_field.join("caution.toml"), "legal_basis", "");
    refused(
        &place,
        &missing_field,
        &["caution.toml", "行", "legal_basis"],
    );

    let no_toml = folder(&place, "no-toml");
    let line = change(&no_toml.join("transfer.toml"), "name", "name = ");
    refused(
        &place,
        &no_toml,
        &["transfer.toml", &format!("第 {line} 行")],
    );

    let no_shared = folder(&place, "no-shared");
    fs::remove_file(no_shared.join("shared.toml")).unwrap();
    refused(&place, &no_shared, &["shared.toml"]);
    let nowhere = place.path("nowhere");
    refused(&place, &nowhere, &[nowhere.to_str().unwrap(), "业务目录"]);
}

#[test]
fn a_good_folder_is_what_is_served() {
    let place = Place::new();
    let own = folder(&place, "own");
    fs::remove_file(own.join("sea.toml")).unwrap();
    let program = Program::serve(&place.data(), &["--catalogue", own.to_str().unwrap()]);
    let health = format!("{}/healthz", program.address);
    assert_eq!(ureq::get(health).call().unwrap().status(), 200);
    program.stop(Signal::TERM);
}
