//! The three legacy offices read by their mappings, held against the planted truth.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dengbu_mapping::{Mapped, Mapping, SeenKind, defaults};
use dengbu_sources::{OpenOptions, Source};

fn city() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 1).unwrap()
}

fn mapping(office: &str) -> Mapping {
    defaults::mapping(office).unwrap().unwrap()
}

/// All records of an office, by the name of the table.
fn read(office: &str) -> BTreeMap<String, Vec<Mapped>> {
    let source = Source::open_path(&city().join(office), &OpenOptions::default()).unwrap();
    assert_eq!(source.skipped(), [], "{office}");
    let mapping = mapping(office);
    let mut out = BTreeMap::new();
    for table in &mapping.tables {
        let info = source.table(&table.from).unwrap();
        let bound = mapping.bind(table, info).unwrap();
        let mapped: Vec<Mapped> = source
            .records(&table.from)
            .unwrap()
            .map(|r| bound.apply(&r.unwrap(), today()))
            .collect();
        out.insert(table.name.clone(), mapped);
    }
    out
}

fn truth(name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(city().join("truth").join(name)).unwrap();
    reader
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

type Found = BTreeSet<(String, String, String, String)>;

/// Exactly the planted defects that a single value shows, no other.
#[test]
fn every_planted_defect_of_a_value_and_no_other() {
    let kinds = [
        SeenKind::Id15,
        SeenKind::IdChecksum,
        SeenKind::IdMissing,
        SeenKind::NameMissing,
        SeenKind::CodeInvalid,
        SeenKind::NumberInvalid,
        SeenKind::AmountInvalid,
        SeenKind::DateInvalid,
        SeenKind::CertFormat,
    ];
    let classes: BTreeSet<&str> = kinds.iter().filter_map(|k| k.class()).collect();
    let planted: Found = truth("defects.csv")
        .into_iter()
        .filter(|d| classes.contains(d[3].as_str()))
        .map(|d| (d[0].clone(), d[1].clone(), d[2].clone(), d[3].clone()))
        .collect();
    let mut found = Found::new();
    for (office, _) in defaults::FILES {
        for (table, records) in read(office) {
            for mapped in records {
                for seen in mapped.rows.iter().flat_map(|r| &r.seen) {
                    if let Some(class) = seen.kind.class() {
                        found.insert((
                            office.to_owned(),
                            table.clone(),
                            mapped.origin.legacy_id.clone(),
                            class.to_owned(),
                        ));
                    }
                }
            }
        }
    }
    let missed: Vec<_> = planted.difference(&found).collect();
    let false_alarms: Vec<_> = found.difference(&planted).collect();
    assert!(
        missed.is_empty(),
        "{} missed: {:?}",
        missed.len(),
        missed.iter().take(20).collect::<Vec<_>>()
    );
    assert!(
        false_alarms.is_empty(),
        "{} false alarms: {:?}",
        false_alarms.len(),
        false_alarms.iter().take(20).collect::<Vec<_>>()
    );
    assert!(planted.len() > 800, "{}", planted.len());
}

#[test]
fn every_row_is_read_and_has_its_identifier() {
    let counts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(city().join("truth/counts.json")).unwrap())
            .unwrap();
    let tables = [
        ("a-municipal", "parcels", "ZD"),
        ("a-municipal", "buildings", "ZRZ"),
        ("a-municipal", "houses", "FC_HOUSE"),
        ("a-municipal", "owners", "FC_OWNER"),
        ("a-municipal", "mortgages", "FC_MORTGAGE"),
        ("a-municipal", "seizures", "FC_SEAL"),
        ("b-miyi", "parcels", "ZDJBXX"),
        ("b-miyi", "buildings", "ZRZ"),
        ("b-miyi", "houses", "H"),
        ("b-miyi", "owners", "FDCQ2"),
        ("b-miyi", "persons", "QLR"),
        ("b-miyi", "mortgages", "DYAQ"),
        ("b-miyi", "seizures", "CFDJ"),
        ("c-yanbian", "parcels", "宗地"),
        ("c-yanbian", "buildings", "房屋"),
        ("c-yanbian", "houses", "台账"),
    ];
    let read: BTreeMap<&str, _> = defaults::FILES.map(|(o, _)| (o, read(o))).into();
    for (office, what, table) in tables {
        let records = &read[office][table];
        assert_eq!(
            records.len() as u64,
            counts[office][what],
            "{office} {table}"
        );
        assert!(
            records
                .iter()
                .all(|m| !m.origin.legacy_id.is_empty() && m.origin.line > 0)
        );
        let shapes = ["parcels", "buildings"].contains(&what);
        let shaped = records
            .iter()
            .filter(|m| m.rows[0].geometry.is_some())
            .count();
        assert_eq!(
            shaped,
            if shapes { records.len() } else { 0 },
            "{office} {table}"
        );
    }
    let ledger: BTreeSet<&str> = read["c-yanbian"]["台账"]
        .iter()
        .map(|m| m.origin.legacy_id.as_str())
        .collect();
    let links = truth("links.csv");
    let want: BTreeSet<&str> = links
        .iter()
        .filter(|l| l[1] == "台账")
        .map(|l| l[2].as_str())
        .collect();
    assert_eq!(ledger, want);
}

/// Every holder of the truth comes out with name, number and share.
#[test]
fn holders_as_they_are() {
    let mut wrong = Vec::new();
    let persons = truth("persons.csv");
    for (office, table, key) in [
        ("a-municipal", "FC_OWNER", "YWH"),
        ("b-miyi", "QLR", "YWH"),
        ("c-yanbian", "台账", "YWH"),
    ] {
        let defective: BTreeSet<String> = truth("defects.csv")
            .into_iter()
            .filter(|d| d[0] == office)
            .map(|d| d[2].clone())
            .collect();
        let mut holders: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        for mapped in &read(office)[table] {
            if defective.contains(&mapped.origin.legacy_id) {
                continue;
            }
            for row in mapped.rows.iter().filter(|r| r.table == "QLR") {
                holders
                    .entry(row.value(key).to_owned())
                    .or_default()
                    .insert((row.value("QLRMC").to_owned(), row.value("ZJH").to_owned()));
            }
        }
        for p in persons
            .iter()
            .filter(|p| p[0] == office && !defective.contains(&p[1]))
        {
            let Some(found) = holders.get(&p[1]) else {
                continue;
            };
            // A person whose own row is defective is judged elsewhere.
            let own = office == "b-miyi" && !found.iter().any(|(n, _)| *n == p[2]);
            if !own && !found.contains(&(p[2].clone(), p[3].clone())) {
                wrong.push((p.clone(), found.clone()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong: {:?}",
        wrong.len(),
        wrong.iter().take(5).collect::<Vec<_>>()
    );
}

#[test]
fn limits_of_the_ledger_become_rows() {
    let records = &read("c-yanbian")["台账"];
    let count = |table: &str| {
        records
            .iter()
            .flat_map(|m| &m.rows)
            .filter(|r| r.table == table)
            .count()
    };
    assert!(count("DYAQ") > 300, "{}", count("DYAQ"));
    assert!(count("CFDJ") > 20, "{}", count("CFDJ"));
    let unread = records
        .iter()
        .flat_map(|m| &m.rows)
        .flat_map(|r| &r.seen)
        .filter(|s| s.kind == SeenKind::PartlyRead)
        .count();
    assert_eq!(unread, 0);
    let mortgage = records
        .iter()
        .flat_map(|m| &m.rows)
        .find(|r| r.table == "DYAQ")
        .unwrap();
    assert!(mortgage.value("BDBZZQSE").parse::<f64>().unwrap() >= 10_000.0);
    assert!(mortgage.value("DYQR").chars().count() > 4);
}
