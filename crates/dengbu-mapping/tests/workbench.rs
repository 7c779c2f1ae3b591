//! Profile, proposal, preview and check, on the three offices.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dengbu_mapping::inspect::{Content, inspect, propose};
use dengbu_mapping::preview::{PreviewError, check, preview};
use dengbu_mapping::{Mapping, defaults};
use dengbu_sources::{OpenOptions, Source};

fn open(office: &str) -> Source {
    let city: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open");
    Source::open_path(&city.join(office), &OpenOptions::default()).unwrap()
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 1).unwrap()
}

/// Pairs of standard field and source field in a mapping.
fn pairs(mapping: &Mapping) -> Vec<String> {
    let mut out = Vec::new();
    for table in &mapping.tables {
        for row in &table.rows {
            for field in row.fields.iter().filter(|f| !f.to.starts_with("X_")) {
                let text = format!("{:?}", field.text);
                let name = text
                    .split("text: \"")
                    .nth(1)
                    .and_then(|t| t.split('"').next())
                    .unwrap_or_default();
                let last = name
                    .rsplit('·')
                    .next()
                    .unwrap_or(name)
                    .split('(')
                    .next()
                    .unwrap_or(name);
                out.push(format!("{}.{} {} {last}", table.from, row.table, field.to));
            }
        }
    }
    out
}

#[test]
fn what_inspect_proposes_is_a_mapping_close_to_the_finished_one() {
    for (office, _) in defaults::FILES {
        let source = open(office);
        let profile = inspect(&source).unwrap();
        assert!(profile.skipped.is_empty());
        let text = propose(&profile, office);
        let proposed = Mapping::parse(&text, "建议.toml").unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(check(&text, "建议.toml", &source), [], "{text}");
        let finished = defaults::mapping(office).unwrap().unwrap();
        let (have, want) = (pairs(&proposed), pairs(&finished));
        let found = want.iter().filter(|p| have.contains(p)).count();
        let missed: Vec<_> = want.iter().filter(|p| !have.contains(p)).collect();
        assert!(
            found * 100 >= want.len() * 80,
            "{office}: {found} of {}, missed {missed:?}\n{text}",
            want.len()
        );
    }
}

#[test]
fn a_profile_says_what_fields_hold() {
    let profile = inspect(&open("a-municipal")).unwrap();
    let table = |name: &str| profile.tables.iter().find(|t| t.name == name).unwrap();
    let field = |t: &str, f: &str| {
        table(t)
            .fields
            .iter()
            .find(|x| x.name == f)
            .unwrap()
            .clone()
    };
    let houses = table("FC_HOUSE");
    assert_eq!((houses.records, houses.broken), (3453, 0));
    assert_eq!(houses.encoding.as_ref().unwrap().0, "gb18030");
    assert!(houses.sm3.as_ref().unwrap().len() == 64);
    assert!(field("FC_HOUSE", "HOUSE_ID").unique);
    assert_eq!(field("FC_HOUSE", "ADDRESS").content, Content::Address);
    assert_eq!(field("FC_HOUSE", "YT").content, Content::Category);
    assert_eq!(field("FC_HOUSE", "JZMJ").content, Content::Area);
    assert_eq!(field("FC_OWNER", "DJRQ").content, Content::Date);
    assert_eq!(field("FC_SEAL", "CFQX").content, Content::Span);
    let ids = field("FC_OWNER", "ZJH");
    assert_eq!(ids.content, Content::IdNumber);
    assert!(
        ids.samples.iter().all(|(t, _)| t.contains('*')),
        "{:?}",
        ids.samples
    );
    assert!(ids.fill_rate < 100.0);
    let shapes = table("ZD").shapes.clone().unwrap();
    assert_eq!((shapes.count, shapes.missing), (90, 0));
    assert!(
        shapes.looks_like.contains("带号 34"),
        "{}",
        shapes.looks_like
    );
    let local = inspect(&open("c-yanbian")).unwrap();
    let parcels = local.tables.iter().find(|t| t.name == "宗地").unwrap();
    assert!(parcels.shapes.as_ref().unwrap().looks_like.contains("地方"));
}

#[test]
fn a_preview_shows_before_and_after() {
    let source = open("c-yanbian");
    let text = defaults::text("c-yanbian").unwrap();
    let shown = preview(text, "c.toml", &source, "房屋登记台账", 5, today()).unwrap();
    assert_eq!(shown.rows.len(), 5);
    assert_eq!(shown.fields[4], "房屋状况·建筑面积(㎡)");
    let second = &shown.rows[1];
    assert_eq!((second.line, second.legacy_id.as_str()), (5, "桐子林镇!2"));
    let tables: Vec<&str> = second.after.iter().map(|a| a.table.as_str()).collect();
    assert_eq!(tables, ["H", "FDCQ2", "QLR", "QLR", "QLR"]);
    let place = second.after[0]
        .cells
        .iter()
        .find(|c| c.field == "ZL")
        .unwrap();
    assert_eq!(
        (place.name.as_str(), place.raw.as_deref()),
        ("坐落", Some("盐边县新华街222号望江公馆二期1＃1单元1层2号"))
    );
    assert!(place.value.contains("二期1#1单元"), "{}", place.value);
    let json = serde_json::to_value(&shown).unwrap();
    assert!(json["rows"][0]["after"][0]["cells"].is_array());
    assert!(matches!(
        preview(text, "c.toml", &source, "宗地表", 5, today()),
        Err(PreviewError::Unmapped(_))
    ));
}

#[test]
fn faults_have_file_line_and_what_was_meant() {
    let source = open("a-municipal");
    let text = "source = \"a\"\ncounty = \"510402\"\n[[table]]\nfrom = \"FC_HOUSE\"\nid = \"HOUSEID\"\n[table.H]\nZL = \"ADRESS\"\nSCJZMJ = { field = \"JZMJ\", as = \"aera\" }\nSCTNJZM = \"TNMJ\"\n[[table]]\nfrom = \"FC_HOUSES\"\nid = \"X\"\n";
    let said: Vec<String> = check(text, "m.toml", &source)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("m.toml 第 8 行") && said[0].contains("是否应为“area”"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("m.toml 第 9 行") && said[1].contains("是否应为“SCTNJZMJ”"),
        "{said:?}"
    );
    let text = text
        .replace("aera", "area")
        .replace("SCTNJZM =", "SCTNJZMJ =");
    let said: Vec<String> = check(&text, "m.toml", &source)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        said.iter()
            .any(|s| s.contains("第 5 行") && s.contains("是否应为“HOUSE_ID”")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|s| s.contains("第 7 行") && s.contains("是否应为“ADDRESS”")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|s| s.contains("第 10 行") && s.contains("是否应为“FC_HOUSE”")),
        "{said:?}"
    );
    let said = check(
        "source = \"a\"\n[crs]\ndatum = \"local\"\nkind = \"plane\"\n[[table]\n",
        "m.toml",
        &source,
    );
    assert!(said[0].text.contains("TOML"), "{said:?}");
    let said = check(
        "source = \"a\"\n[crs]\ndatum = \"local\"\nkind = \"plane\"\n",
        "m.toml",
        &source,
    );
    assert!(said[0].text.contains("控制点"), "{said:?}");
}
