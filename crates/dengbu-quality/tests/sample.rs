//! The rules on the invented city's sample, against the truth about it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use chrono::NaiveDate;
use dengbu_geo::CoordinateSystem;
use dengbu_geo::control::{ControlPoint, Method, TOLERANCE_M, fit};
use dengbu_mapping::defaults;
use dengbu_quality::report::check_and_report;
use dengbu_quality::{Finding, Kind, RuleSet, Settings, Verdict, export, metrics};
use dengbu_sources::{OpenOptions, Source};
use dengbu_staging::Staging;
use geo_types::{Coord, Geometry, LineString, Polygon};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn city() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn control_points() -> Vec<ControlPoint> {
    let bytes = std::fs::read(city().join("c-yanbian/控制点.csv")).unwrap();
    let (text, _, _) = encoding_rs::GB18030.decode(&bytes);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let n = |i: usize| row[i].parse().unwrap();
            ControlPoint {
                name: row[0].to_owned(),
                from: [n(1), n(2)],
                to: [n(3), n(4)],
            }
        })
        .collect()
}

fn moved(geometry: &Geometry<f64>, f: &dyn Fn([f64; 2]) -> [f64; 2]) -> Geometry<f64> {
    let line = |l: &LineString<f64>| {
        LineString(
            l.0.iter()
                .map(|c| f([c.x, c.y]))
                .map(|[x, y]| Coord { x, y })
                .collect(),
        )
    };
    match geometry {
        Geometry::Polygon(p) => {
            Polygon::new(line(p.exterior()), p.interiors().iter().map(line).collect()).into()
        }
        Geometry::MultiPolygon(m) => {
            let polygons = m.0.iter().map(|p| {
                Polygon::new(line(p.exterior()), p.interiors().iter().map(line).collect())
            });
            geo_types::MultiPolygon(polygons.collect()).into()
        }
        other => panic!("no polygon: {other:?}"),
    }
}

/// All three offices through their mappings, shapes on the plane of the city.
fn staged() -> Staging {
    let mut staging = Staging::new();
    for (office, _) in defaults::FILES {
        let source = Source::open_path(&city().join(office), &OpenOptions::default()).unwrap();
        let mapping = defaults::mapping(office).unwrap().unwrap();
        for table in &mapping.tables {
            let bound = mapping
                .bind(table, source.table(&table.from).unwrap())
                .unwrap();
            for record in source.records(&table.from).unwrap() {
                for row in bound.apply(&record.unwrap(), today()).into_staging() {
                    staging.push(&row).unwrap();
                }
            }
        }
    }
    let local = fit(&control_points(), Method::Similarity, TOLERANCE_M)
        .unwrap()
        .transformation;
    let zone = CoordinateSystem::from_epsg(4522).unwrap();
    for table in staging.tables_mut() {
        for row in 0..table.len() {
            let Some(geometry) = table.geometry(row) else {
                continue;
            };
            let here = if table.source(row) == "c-yanbian" {
                moved(geometry, &|p| local.apply(p))
            } else {
                moved(geometry, &|p| {
                    zone.transform(p, CoordinateSystem::PANZHIHUA).unwrap()
                })
            };
            table.set_geometry(row, Some(here));
        }
    }
    staging
}

type Key = (String, String, String);

fn truth() -> BTreeMap<String, BTreeSet<Key>> {
    let mut reader = csv::Reader::from_path(city().join("truth/defects.csv")).unwrap();
    let mut all: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let key = (row[0].to_owned(), row[1].to_owned(), row[2].to_owned());
        all.entry(row[3].to_owned()).or_default().insert(key);
    }
    all
}

fn checked(staging: &Staging) -> (dengbu_quality::Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = check_and_report(
        "样例",
        staging,
        &RuleSet::standard().unwrap(),
        &Settings::new(today()),
        &metrics::standard_definitions().unwrap(),
        |f| findings.push(f),
    );
    (report, findings)
}

#[test]
fn planted_defects_are_found_and_little_else() {
    let staging = staged();
    let (report, findings) = checked(&staging);
    equal_input_gives_equal_bytes(&staging, &report);
    findings_can_be_given_out(&report, &findings);
    let planted = truth();
    let defective: BTreeSet<&Key> = planted.values().flatten().collect();
    let mut found: BTreeMap<&str, BTreeSet<Key>> = BTreeMap::new();
    for f in &findings {
        let Some(kind) = f.kind else { continue };
        let own = (f.source.clone(), f.table.clone(), f.legacy_id.clone());
        let other = (f.source.clone(), f.table.clone(), f.value.clone());
        // Of an overlapping pair either may be named.
        let named = kind == Kind::ParcelOverlap && planted["parcel_overlap"].contains(&other);
        found
            .entry(kind.code())
            .or_default()
            .insert(if named { other } else { own });
    }
    println!("{:26}{:>8}{:>8}{:>8}", "class", "planted", "found", "both");
    let (mut sought, mut hit) = (0, 0);
    // Storeys are judged against the assigned building: dengbu-fusion's tests measure those.
    for kind in Kind::ALL.iter().filter(|k| **k != Kind::FloorExceeds) {
        let none = BTreeSet::new();
        let (planted, found) = (
            planted.get(kind.code()).unwrap_or(&none),
            found.get(kind.code()).unwrap_or(&none),
        );
        let both = planted.intersection(found).count();
        println!(
            "{:26}{:>8}{:>8}{both:>8}",
            kind.code(),
            planted.len(),
            found.len()
        );
        for miss in planted.difference(found).take(4) {
            println!("    missed {miss:?}");
        }
        for extra in found.difference(planted).take(4) {
            println!("    extra  {extra:?}");
        }
        sought += planted.len();
        hit += both;
    }
    let rows: usize = staging.rows();
    let mut alarms: BTreeMap<&str, BTreeSet<Key>> = BTreeMap::new();
    for f in findings.iter().filter(|f| f.row.is_some()) {
        let key = (f.source.clone(), f.table.clone(), f.legacy_id.clone());
        if !defective.contains(&key) {
            alarms.entry(&f.rule_id).or_default().insert(key);
        }
    }
    let all: BTreeSet<&Key> = alarms.values().flatten().collect();
    println!(
        "found {hit} of {sought}; {} of {rows} clean rows with any finding",
        all.len()
    );
    for (rule, keys) in &alarms {
        println!("    {rule} {}: {:?}", keys.len(), keys.iter().next());
    }
    assert!(hit * 1000 >= sought * 980, "{hit} of {sought}");
    assert!(all.len() * 100 < rows, "{} of {rows}", all.len());
    assert_eq!(report.verdict, Verdict::Rejected);
    println!(
        "{:?}",
        report
            .metrics
            .0
            .iter()
            .map(|m| (m.definition.name.clone(), m.shown()))
            .collect::<Vec<_>>()
    );
}

fn equal_input_gives_equal_bytes(staging: &Staging, report: &dengbu_quality::Report) {
    let (again, _) = checked(staging);
    assert_eq!(report.findings_sm3, again.findings_sm3);
    assert_eq!(
        serde_json::to_string(report).unwrap(),
        serde_json::to_string(&again).unwrap()
    );
}

fn findings_can_be_given_out(report: &dengbu_quality::Report, findings: &[Finding]) {
    let mut csv = export::CsvFindings::new(Vec::new()).unwrap();
    for finding in findings {
        csv.write(finding).unwrap();
    }
    let text = String::from_utf8(csv.finish().unwrap()).unwrap();
    assert!(text.starts_with("rule_id,severity,source,table,legacy_id,field,value,message"));
    assert_eq!(
        csv::Reader::from_reader(text.as_bytes()).records().count(),
        findings.len()
    );
    // No identity number leaves whole.
    let mut numbers = findings.iter().filter(|f| f.field == "ZJH");
    assert!(numbers.all(|f| f.value.len() < 15 || f.value.contains('*')));
    let bytes = export::workbook(report, findings).unwrap();
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    use calamine::Reader as _;
    assert_eq!(book.sheet_names(), ["汇总", "问题清单"]);
    assert_eq!(
        book.worksheet_range("问题清单").unwrap().height(),
        findings.len() + 1
    );
}
