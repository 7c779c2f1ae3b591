//! The loader against the truth about the sample.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use chrono::NaiveDate;
use dengbu_legacy::{ExistingTitle, FindingClass, LegacyCity, Summary, read_city};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::LazyLock;

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

static CITY: LazyLock<LegacyCity> = LazyLock::new(|| read_city(&sample(), today()).unwrap());

fn truth(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(sample().join("truth").join(file)).unwrap();
    let heads = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|r| {
            heads
                .iter()
                .map(|h| h.trim_start_matches('\u{feff}').to_owned())
                .zip(r.unwrap().iter().map(str::to_owned))
                .collect()
        })
        .collect()
}

fn place(t: &ExistingTitle) -> String {
    let room = &t.dwelling.room;
    let in_storey: u32 = room[room.len() - 2..].parse().unwrap();
    format!(
        "{}-{}-{}",
        t.dwelling.entrance.as_deref().unwrap(),
        t.dwelling.storey,
        in_storey
    )
}

#[test]
fn counts_of_rows_read_are_those_of_the_truth() {
    let counts: HashMap<String, HashMap<String, usize>> =
        serde_json::from_slice(&std::fs::read(sample().join("truth/counts.json")).unwrap())
            .unwrap();
    for (source, table, name) in [
        ("a-municipal", "ZD", "parcels"),
        ("a-municipal", "ZRZ", "buildings"),
        ("a-municipal", "FC_HOUSE", "houses"),
        ("a-municipal", "FC_OWNER", "owners"),
        ("a-municipal", "FC_MORTGAGE", "mortgages"),
        ("a-municipal", "FC_SEAL", "seizures"),
        ("b-miyi", "ZDJBXX", "parcels"),
        ("b-miyi", "ZRZ", "buildings"),
        ("b-miyi", "H", "houses"),
        ("b-miyi", "FDCQ2", "owners"),
        ("b-miyi", "QLR", "persons"),
        ("b-miyi", "DYAQ", "mortgages"),
        ("b-miyi", "CFDJ", "seizures"),
        ("c-yanbian", "宗地", "parcels"),
        ("c-yanbian", "房屋", "buildings"),
        ("c-yanbian", "台账", "houses"),
    ] {
        let count = CITY
            .counts
            .iter()
            .find(|c| c.source == source && c.table == table)
            .unwrap();
        assert_eq!(count.read, counts[source][name], "{source} {table}");
        assert_eq!(
            count.read,
            count.loaded + count.left_out,
            "{source} {table}"
        );
    }
}

#[test]
fn titles_stand_where_the_truth_says() {
    let links: HashMap<(String, String), BTreeMap<String, String>> = truth("links.csv")
        .into_iter()
        .map(|l| ((l["source"].clone(), l["legacy_id"].clone()), l))
        .collect();
    let buildings: HashMap<&str, &str> = CITY
        .buildings
        .iter()
        .map(|b| (b.building.code.as_str(), b.provenance.legacy_id.as_str()))
        .collect();
    let (mut agree, mut total) = (BTreeMap::new(), BTreeMap::new());
    for t in &CITY.titles {
        let link = &links[&(t.provenance.source.clone(), t.provenance.legacy_id.clone())];
        assert!(
            !link["parcel_code"].is_empty(),
            "no building in truth: {:?}",
            t.provenance
        );
        let source = t.provenance.source.as_str();
        let building = match source {
            "a-municipal" => format!(
                "{}#{}",
                t.parcel,
                t.building.as_str()[20..].parse::<u32>().unwrap()
            ),
            "b-miyi" => t.building.to_string(),
            _ => buildings[t.building.as_str()].to_owned(),
        };
        *total.entry(source).or_insert(0) += 1;
        let same = link["parcel_code"] == t.parcel.as_str()
            && link["building"] == building
            && (link["unit"] == place(t));
        if same {
            *agree.entry(source).or_insert(0) += 1;
        } else if total[source] - agree.get(source).unwrap_or(&0) <= 5 {
            println!(
                "differs: {:?} {} {building} {} / {link:?}",
                t.provenance.legacy_id,
                t.parcel,
                place(t)
            );
        }
    }
    println!("links: {agree:?} of {total:?}");
    for (source, n) in &total {
        assert!(
            *agree.get(source).unwrap_or(&0) * 1000 >= n * 995,
            "{source}: {agree:?} of {total:?}"
        );
    }
    // Most of what has a building in truth is loaded, too.
    assert!(CITY.titles.len() >= 9_900, "{}", CITY.titles.len());
}

#[test]
fn holders_are_those_of_the_truth() {
    let mut persons: HashMap<(String, String), Vec<BTreeMap<String, String>>> = HashMap::new();
    for p in truth("persons.csv") {
        persons
            .entry((p["source"].clone(), p["right"].clone()))
            .or_default()
            .push(p);
    }
    let mut doubtful = BTreeSet::new();
    for d in truth("defects.csv")
        .into_iter()
        .filter(|d| ["id_checksum", "id_missing"].contains(&d["class"].as_str()))
    {
        doubtful.insert(d["note"].clone());
    }
    let (mut right, mut total) = (0, 0);
    for t in &CITY.titles {
        for o in t.ownerships.iter() {
            let Some(want) =
                persons.get(&(o.provenance.source.clone(), o.provenance.legacy_id.clone()))
            else {
                continue;
            };
            assert_eq!(want.len(), o.right.holders.len(), "{:?}", o.provenance);
            for (w, h) in want.iter().zip(&o.right.holders) {
                if doubtful.contains(&w["id_number"]) {
                    continue;
                }
                total += 1;
                let id = h
                    .party
                    .id
                    .as_ref()
                    .map(|i| i.number.clone())
                    .unwrap_or_default();
                let share = h.share.as_ref().is_none_or(|s| {
                    let w: f64 = w["share"].parse().unwrap();
                    let text = serde_json::to_value(s).unwrap();
                    let (n, d) = text.as_str().unwrap().split_once('/').unwrap();
                    (n.parse::<f64>().unwrap() / d.parse::<f64>().unwrap() - w).abs() < 1e-9
                });
                if h.party.name == w["name"] && id == w["id_number"] && share {
                    right += 1;
                } else if total - right < 5 {
                    println!("differs: {h:?} / {w:?}");
                }
            }
        }
    }
    println!("holders: {right} of {total}");
    assert!(
        total > 15_000 && right * 1000 >= total * 999,
        "{right} of {total}"
    );
}

/// Bounds are what the loader achieves on the sample, class by class. Of the second current
/// ownerships one can't be seen as such: the first one of its house refers to a house that
/// doesn't exist.
#[test]
fn defects_are_found() {
    let mut planted: BTreeMap<String, BTreeSet<(String, String, String)>> = BTreeMap::new();
    for d in truth("defects.csv") {
        planted.entry(d["class"].clone()).or_default().insert((
            d["source"].clone(),
            d["table"].clone(),
            d["legacy_id"].clone(),
        ));
    }
    let mut found: BTreeMap<&str, BTreeSet<(String, String, String)>> = BTreeMap::new();
    for f in &CITY.findings {
        // Of an overlapping pair either may be named.
        let other = (f.source.clone(), f.table.clone(), f.value.clone());
        let named = if f.class == FindingClass::ParcelOverlap
            && planted["parcel_overlap"].contains(&other)
        {
            other
        } else {
            (f.source.clone(), f.table.clone(), f.legacy_id.clone())
        };
        found.entry(f.class.code()).or_default().insert(named);
    }
    println!(
        "{:26}{:>8}{:>8}{:>8}{:>9}{:>9}",
        "class", "planted", "found", "both", "recall", "precision"
    );
    let mut low = Vec::new();
    for class in FindingClass::ALL {
        let Some(planted) = planted.get(class.code()) else {
            continue;
        };
        let empty = BTreeSet::new();
        let found = found.get(class.code()).unwrap_or(&empty);
        let both = planted.intersection(found).count();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts below a hundred thousand"
        )]
        let (recall, precision) = (
            both as f64 / planted.len() as f64,
            both as f64 / found.len().max(1) as f64,
        );
        println!(
            "{:26}{:>8}{:>8}{both:>8}{recall:>9.3}{precision:>9.3}",
            class.code(),
            planted.len(),
            found.len()
        );
        for miss in planted.difference(found).take(3) {
            println!("    missed {miss:?}");
        }
        for extra in found.difference(planted).take(3) {
            println!("    extra  {extra:?}");
        }
        let least = if *class == FindingClass::MultipleCurrent {
            0.95
        } else {
            1.0
        };
        if recall < least || precision < 1.0 {
            low.push((class.code(), recall, precision));
        }
    }
    assert!(low.is_empty(), "{low:?}");
}

#[test]
fn duplicates_name_their_first_record() {
    for d in truth("duplicates.csv") {
        let found = CITY
            .findings
            .iter()
            .find(|f| f.class == FindingClass::DuplicateHouse && f.legacy_id == d["duplicate_id"])
            .unwrap();
        assert_eq!(found.value, d["legacy_id"]);
        assert!(
            CITY.titles
                .iter()
                .all(|t| t.provenance.legacy_id != d["duplicate_id"])
        );
    }
}

#[test]
fn titles_are_fit_for_the_register() {
    let (mut units, mut parcels, mut buildings) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for p in &CITY.parcels {
        assert!(parcels.insert(p.parcel.code.clone()));
    }
    for b in &CITY.buildings {
        assert!(buildings.insert(b.building.code.clone()));
        assert!(parcels.contains(&b.building.code.parcel()));
    }
    // Numbers of the old form are one's own only within an office.
    let mut proofs = BTreeSet::new();
    for t in &CITY.titles {
        assert!(units.insert(t.unit.clone()), "{}", t.unit);
        assert!(parcels.contains(&t.parcel) && buildings.contains(&t.building));
        assert_eq!(t.unit.building().as_ref(), Some(&t.building));
        assert_eq!(t.dwelling.unit, t.unit);
        let (last, before) = t.ownerships.split_last().unwrap();
        assert!(last.current && before.iter().all(|o| !o.current));
        let dates: Vec<_> = t
            .ownerships
            .iter()
            .filter_map(|o| o.registered_on)
            .collect();
        assert!(dates.iter().all(|d| *d <= today()));
        assert!(before.iter().filter_map(|o| o.registered_on).is_sorted());
        for o in &t.ownerships {
            dengbu_model::party::check_holders(o.right.co_ownership, &o.right.holders).unwrap();
            assert!(o.right.holders.iter().all(|h| !h.party.name.is_empty()));
        }
        if let Some(no) = &last.certificate_no {
            assert!(
                proofs.insert((t.provenance.source.clone(), no.clone())),
                "{no}"
            );
        }
    }
    // Every house read is a title or has a finding that says why not.
    let said: BTreeSet<(&str, &str)> = CITY
        .findings
        .iter()
        .map(|f| (f.source.as_str(), f.legacy_id.as_str()))
        .collect();
    let titled: BTreeSet<(&str, &str)> = CITY
        .titles
        .iter()
        .map(|t| {
            (
                t.provenance.source.as_str(),
                t.provenance.legacy_id.as_str(),
            )
        })
        .collect();
    for l in truth("links.csv") {
        let key = (l["source"].as_str(), l["legacy_id"].as_str());
        assert!(titled.contains(&key) || said.contains(&key), "{key:?}");
    }
}

#[test]
fn amounts_and_terms() {
    let by_id = |id: &str| {
        CITY.titles
            .iter()
            .find(|t| t.provenance.legacy_id == id)
            .unwrap()
    };
    let mortgage = |t: &ExistingTitle| serde_json::to_value(&t.mortgages[0].right.detail).unwrap();
    let m = mortgage(by_id("H100001"));
    assert_eq!(
        (
            m["secured_amount"].as_str(),
            m["term_start"].as_str(),
            m["term_end"].as_str()
        ),
        (Some("900000.00"), Some("2016-03-02"), Some("2026-03-02"))
    );
    let m = mortgage(by_id("桐子林镇!4"));
    assert_eq!(
        (m["secured_amount"].as_str(), m["term_end"].as_str()),
        (Some("1290000.00"), Some("2044-04-08"))
    );
    let m = mortgage(by_id("510421001001GB00001F00010017"));
    assert_eq!(
        (m["maximum_amount"].as_str(), m["secured_amount"].as_str()),
        (Some("1290000.00"), None)
    );
    // Out of 2022 and before: none in force today.
    let t = by_id("H100255");
    assert_eq!(t.seizures.len(), 2);
    assert!(t.seizures.iter().all(|s| !s.current));
    // Read on the day the books were closed they are in force, save the one of 2014.
    let then = read_city(&sample(), NaiveDate::from_ymd_opt(2021, 12, 31).unwrap()).unwrap();
    let t = then
        .titles
        .iter()
        .find(|t| t.provenance.legacy_id == "H100385")
        .unwrap();
    assert_eq!(
        t.seizures.iter().map(|s| s.current).collect::<Vec<_>>(),
        [true, true, false]
    );
}

#[test]
fn doubtful_numbers_keep_no_title_out() {
    let (mut loaded, mut remarked) = (0, 0);
    for d in truth("defects.csv") {
        let owner = ["id_checksum", "id_missing"].contains(&d["class"].as_str());
        if !owner || d["table"] == "QLR" {
            continue;
        }
        let all = CITY.titles.iter().flat_map(|t| &t.ownerships);
        if let Some(o) = all
            .into_iter()
            .find(|o| o.provenance.legacy_id == d["legacy_id"])
        {
            loaded += 1;
            let remark = o.right.remarks.as_deref().unwrap_or_default();
            remarked += usize::from(remark.contains(dengbu_legacy::ID_TO_CHECK));
        }
    }
    assert!(loaded > 150, "{loaded}");
    assert_eq!(loaded, remarked);
}

#[test]
fn same_files_same_result() {
    let again = read_city(&sample(), today()).unwrap();
    assert_eq!(again.titles, CITY.titles);
    assert_eq!(again.findings, CITY.findings);
    assert_eq!(again.parcels, CITY.parcels);
    assert_eq!(again.buildings, CITY.buildings);
    println!("{}", Summary::of(&again));
}
