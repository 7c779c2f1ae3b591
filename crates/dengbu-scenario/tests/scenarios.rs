//! Every scenario file of the house is played; together they cover the catalogue and the
//! rules.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::Path;

use dengbu_law::catalogue::{self, Business};
use dengbu_law::rules;
use dengbu_scenario::file::CaseLine;
use dengbu_scenario::{File, read, run};

fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let file = read(&name, &text).unwrap_or_else(|e| panic!("{e}"));
            (name, file)
        })
        .collect()
}

#[test]
fn every_scenario_holds() {
    let mut played = 0;
    let mut wrong = Vec::new();
    for (name, file) in files() {
        for scenario in &file.scenario {
            played += 1;
            for fault in run(scenario).faults {
                wrong.push(format!("{name}「{}」{fault}", scenario.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {played}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_two_hundred_of_them_each_with_its_own_name_and_law() {
    let files = files();
    let all: Vec<_> = files.iter().flat_map(|(_, f)| &f.scenario).collect();
    assert!(all.len() >= 200, "only {} scenarios", all.len());
    let mut names = BTreeSet::new();
    for scenario in all {
        assert!(names.insert(&scenario.name), "twice: {}", scenario.name);
        assert!(!scenario.law.is_empty(), "no law: {}", scenario.name);
    }
}

#[test]
fn every_business_of_the_catalogue_is_recorded_in_some_scenario() {
    let files = files();
    let recorded: BTreeSet<&str> = lines(&files)
        .filter(|c| c.outcome == "recorded")
        .map(|c| c.business.as_str())
        .collect();
    let missing: Vec<&str> = catalogue::all()
        .iter()
        .map(|b| b.code.as_str())
        .filter(|code| !recorded.contains(code))
        .collect();
    assert!(missing.is_empty(), "not recorded anywhere: {missing:?}");
}

#[test]
fn every_rule_is_found_in_one_scenario_and_not_found_in_another() {
    let files = files();
    let (mut found, mut not_found) = (BTreeSet::new(), BTreeSet::new());
    for line in lines(&files) {
        let business = catalogue::business(&line.business).unwrap();
        found.extend(line.rules.iter().map(String::as_str));
        // a business that does not run the rule shows nothing about it
        not_found.extend(
            line.not_rules
                .iter()
                .map(String::as_str)
                .filter(|rule| runs(business, rule)),
        );
    }
    let without = |seen: &BTreeSet<&str>| -> Vec<&str> {
        rules::all()
            .iter()
            .map(|r| r.id)
            .filter(|id| !seen.contains(id))
            .collect()
    };
    // R51 speaks in either case: the term is over, or why the right ends before it
    assert_eq!(
        (without(&found), without(&not_found)),
        (vec![], vec!["R51"])
    );
}

#[test]
fn no_scenario_names_a_rule_that_does_not_exist() {
    let files = files();
    for line in lines(&files) {
        let named = line.rules.iter().chain(&line.not_rules);
        for rule in named.chain(&line.acknowledged) {
            assert!(rules::rule(rule).is_some(), "{rule} in {}", line.business);
        }
    }
}

fn lines(files: &[(String, File)]) -> impl Iterator<Item = &CaseLine> {
    files
        .iter()
        .flat_map(|(_, f)| &f.scenario)
        .flat_map(|s| &s.case)
}

/// True when the business, or a part of it, runs the rule.
fn runs(business: &Business, rule: &str) -> bool {
    let own = business.rules.iter().any(|r| r == rule);
    own || business
        .parts
        .iter()
        .filter_map(|code| catalogue::business(code))
        .any(|part| part.rules.iter().any(|r| r == rule))
}
