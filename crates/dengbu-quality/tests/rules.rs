//! Every rule finds its bad cases and leaves its good ones alone; every rule has both.
//!
//! How a case is written: a row of texts for the rule's first table, or rows by table. `#` is the
//! legacy id (else the row's number), `@` the shape (see `data/rules/topology.toml`), `~FIELD` what
//! the source had in a cell, `!FIELD` a note of the mapping on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use chrono::NaiveDate;
use dengbu_quality::rule::RIGHTS;
use dengbu_quality::{Finding, Rule, RuleSet, Settings, check};
use dengbu_staging::{Cell, Note, NoteKind, Origin, Record, Staging};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};
use std::collections::BTreeMap;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn shape(text: &str) -> Geometry<f64> {
    let coords = |text: &str| -> Vec<Coord<f64>> {
        text.split(',')
            .map(|pair| {
                let mut n = pair.split_whitespace().map(|v| v.parse::<f64>().unwrap());
                Coord {
                    x: 480_000.0 + n.next().unwrap(),
                    y: 2_950_000.0 + n.next().unwrap(),
                }
            })
            .collect()
    };
    let polygon = |text: &str| Polygon::new(LineString(coords(text)), vec![]);
    if let Some(line) = text.strip_prefix("- ") {
        return LineString(coords(line)).into();
    }
    if text.contains(';') {
        return MultiPolygon(text.split(';').map(polygon).collect()).into();
    }
    if text.contains(',') {
        return polygon(text).into();
    }
    let n: Vec<f64> = text
        .split_whitespace()
        .map(|v| v.parse().unwrap())
        .collect();
    match n[..] {
        [x, y] => Point::new(480_000.0 + x, 2_950_000.0 + y).into(),
        [x, y, w, h] => {
            let (r, t) = (x + w, y + h);
            polygon(&format!("{x} {y}, {r} {y}, {r} {t}, {x} {t}")).into()
        }
        _ => panic!("no shape: {text}"),
    }
}

fn note(field: &str, word: &str) -> Note {
    let kind = match word {
        "number" => NoteKind::NumberInvalid,
        "code" => NoteKind::CodeInvalid,
        "date" => NoteKind::DateInvalid,
        "amount" => NoteKind::AmountInvalid,
        "id15" => NoteKind::IdUpgraded,
        other => panic!("no note: {other}"),
    };
    Note {
        field: field.to_owned(),
        source_field: field.to_owned(),
        kind,
        text: String::new(),
    }
}

fn record(table: &str, number: usize, cells: &toml::Table) -> Record {
    let text = |key: &str| cells.get(key).map(|v| v.as_str().unwrap().to_owned());
    let mut record = Record {
        table: table.to_owned(),
        origin: Origin {
            source: "s".to_owned(),
            table: table.to_owned(),
            legacy_id: text("#").unwrap_or_else(|| number.to_string()),
            file: "f.csv".to_owned(),
            line: u32::try_from(number).unwrap(),
        },
        cells: Vec::new(),
        notes: Vec::new(),
        geometry: text("@").map(|t| shape(&t)),
    };
    for (key, value) in cells {
        let value = value.as_str().unwrap();
        match key.chars().next().unwrap() {
            '#' | '@' => {}
            '!' => record.notes.push(note(&key[1..], value)),
            '~' => record.cells.push(Cell::with_raw(&key[1..], "", value)),
            _ => record.cells.push(Cell::plain(key, value)),
        }
    }
    record
}

fn staging(rule: &Rule, case: &toml::Table) -> Staging {
    let mut staging = Staging::new();
    let mut tables: BTreeMap<String, Vec<toml::Table>> = BTreeMap::new();
    if case.values().all(toml::Value::is_array) {
        for (table, rows) in case {
            let rows = rows
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r.as_table().unwrap().clone());
            tables.insert(table.clone(), rows.collect());
        }
    } else {
        tables.insert(rule.standard_tables()[0].to_owned(), vec![case.clone()]);
    }
    for (table, rows) in tables {
        for (row, number) in rows.iter().zip(1..) {
            staging.push(&record(&table, number, row)).unwrap();
        }
    }
    staging
}

fn findings(rules: &RuleSet, rule: &Rule, case: &toml::Table) -> Vec<Finding> {
    let mut settings = Settings::new(today());
    settings.only = vec![rule.id.clone()];
    let mut found = Vec::new();
    check(&staging(rule, case), rules, &settings, |f| found.push(f));
    found
}

#[test]
fn every_rule_that_applies_has_cases_and_every_other_a_reason() {
    let rules = RuleSet::standard().unwrap();
    assert_eq!(rules.rules.len(), 231);
    for rule in &rules.rules {
        if rule.applies() {
            assert!(
                !rule.good.is_empty() && !rule.bad.is_empty(),
                "{} lacks a case",
                rule.id
            );
            assert!(!rule.action.is_empty(), "{} lacks what to do", rule.id);
        } else {
            assert!(
                rule.elsewhere.chars().count() > 8,
                "{} lacks a reason",
                rule.id
            );
        }
        assert!(
            rule.title.chars().count() > 4 && !rule.tables.is_empty(),
            "{}",
            rule.id
        );
    }
    let applied = rules.rules.iter().filter(|r| r.applies()).count();
    println!("{applied} of 231 rules are judged here");
    assert!(applied >= 180, "{applied}");
}

#[test]
fn bad_cases_are_found_good_ones_are_not() {
    let rules = RuleSet::standard().unwrap();
    let mut wrong = Vec::new();
    for rule in rules.rules.iter().filter(|r| r.applies()) {
        for (case, number) in rule.good.iter().zip(1..) {
            for found in findings(&rules, rule, case) {
                wrong.push(format!("{} good {number}: {}", rule.id, found.message));
            }
        }
        for (case, number) in rule.bad.iter().zip(1..) {
            let found = findings(&rules, rule, case);
            if found.is_empty() {
                wrong.push(format!("{} bad {number}: nothing found", rule.id));
            }
            let chinese = |t: &str| t.chars().any(|c| ('一'..='龥').contains(&c));
            assert!(
                found
                    .iter()
                    .all(|f| f.rule_id == rule.id && chinese(&f.message))
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn checks_name_fields_of_the_standard() {
    let rules = RuleSet::standard().unwrap();
    let schema = dengbu_staging::Schema::standard();
    let mut unknown = Vec::new();
    for rule in &rules.rules {
        for check in &rule.checks {
            let tables = if check.tables.is_empty() {
                rule.standard_tables()
            } else {
                check.tables.iter().map(String::as_str).collect()
            };
            let fields = check
                .field
                .each()
                .into_iter()
                .map(str::to_owned)
                .chain(check.of.clone());
            for field in fields.filter(|f| !f.is_empty() && !f.starts_with("X_")) {
                let known = |t: &&str| schema.table(t).is_some_and(|t| t.field(&field).is_some());
                let some = tables.iter().any(known);
                let legacy = ["FWJG", "ZXYWH"].contains(&field.as_str());
                if !some && !legacy {
                    unknown.push(format!("{} {field}", rule.id));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(RIGHTS.iter().all(|t| schema.table(t).is_some()));
}

#[test]
fn an_empty_area_has_no_rows_to_fault() {
    let rules = RuleSet::standard().unwrap();
    let mut found = Vec::new();
    check(&Staging::new(), &rules, &Settings::new(today()), |f| {
        found.push(f)
    });
    assert!(
        found
            .iter()
            .all(|f| f.row.is_none() && f.rule_id == "DQ-STR-003"),
        "{found:?}"
    );
}
