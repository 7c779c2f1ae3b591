//! What is staged comes back: values, raw texts, notes, origins and shapes.

use dengbu_staging::archive::{table_from_bytes, table_to_bytes};
use dengbu_staging::{Cell, Note, NoteKind, Origin, Record, Staging, TextColumn};
use geo_types::polygon;
use proptest::prelude::*;

fn record(id: &str, cells: Vec<Cell>) -> Record {
    Record {
        table: "H".to_owned(),
        origin: Origin {
            source: "a-municipal".to_owned(),
            table: "FC_HOUSE".to_owned(),
            legacy_id: id.to_owned(),
            file: "house/FC_HOUSE.csv".to_owned(),
            line: 7,
        },
        cells,
        notes: Vec::new(),
        geometry: None,
    }
}

#[test]
fn cells_keep_raw_text_where_it_differs() {
    let mut staging = Staging::new();
    let mut first = record("H1", vec![Cell::with_raw("SCJZMJ", "90.5", "90.5平方米")]);
    first.notes.push(Note {
        field: "FWYT1".to_owned(),
        source_field: "YT".to_owned(),
        kind: NoteKind::CodeInvalid,
        text: "不在用途代码表内".to_owned(),
    });
    staging.push(&first).unwrap();
    let mut second = record(
        "H2",
        vec![
            Cell::with_raw("SCJZMJ", "88", "88"),
            Cell::plain("ZL", "东区"),
        ],
    );
    second.geometry = Some(polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)].into());
    staging.push(&second).unwrap();
    let table = staging.table("H").unwrap();
    assert_eq!(
        (table.value("SCJZMJ", 0), table.raw("SCJZMJ", 0)),
        ("90.5", "90.5平方米")
    );
    assert_eq!(
        (table.value("SCJZMJ", 1), table.raw("SCJZMJ", 1)),
        ("88", "88")
    );
    assert_eq!((table.value("ZL", 0), table.value("ZL", 1)), ("", "东区"));
    assert_eq!(table.origin(1).legacy_id, "H2");
    assert!(table.geometry(0).is_none() && table.geometry(1).is_some());
    assert_eq!(table.notes_of(0).count(), 1);
    let back = table_from_bytes(&table_to_bytes(table).unwrap()).unwrap();
    assert_eq!(&back, table);
}

#[test]
fn bytes_that_break_off_are_refused() {
    let mut staging = Staging::new();
    staging
        .push(&record("H1", vec![Cell::plain("ZL", "仁和区")]))
        .unwrap();
    let bytes = table_to_bytes(staging.table("H").unwrap()).unwrap();
    for cut in 0..bytes.len() {
        assert!(table_from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn two_areas_put_together_are_as_if_pushed_one_after_the_other() {
    let rows = [
        record("H1", vec![Cell::with_raw("SCJZMJ", "90.5", "90.5平方米")]),
        record("H2", vec![Cell::plain("ZL", "东区")]),
    ];
    let mut other = record("甲!1", vec![Cell::with_raw("ZL", "西区", "西 区")]);
    other.origin.source = "c-yanbian".to_owned();
    other.geometry = Some(polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)].into());
    let (mut one, mut first, mut second) = (Staging::new(), Staging::new(), Staging::new());
    for row in rows.iter().chain([&other]) {
        one.push(row).unwrap();
    }
    for row in rows.iter() {
        first.push(row).unwrap();
    }
    second.push(&other).unwrap();
    first.append(second).unwrap();
    assert_eq!(first, one);
}

proptest! {
    #[test]
    fn a_column_gives_back_its_texts(texts in proptest::collection::vec(".{0,12}", 0..60)) {
        let column = TextColumn::from_texts(&texts).unwrap();
        let back: Vec<&str> = column.iter(texts.len()).collect();
        prop_assert_eq!(back, texts);
    }
}
