use geo_types::{Coord, Geometry, LineString, Polygon, point};
use proptest::prelude::*;

use super::*;
use crate::error::BrokenRecord;
use crate::record::{Cell, Record};

type Read = Vec<(TableInfo, Vec<Result<Record, BrokenRecord>>)>;

fn read(bytes: &[u8]) -> Result<Read, SourceError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.vct");
    std::fs::write(&path, bytes).unwrap();
    let file = FileAt {
        path,
        shown: "t.vct".into(),
    };
    let entries = open(&file, &OpenOptions::default())?;
    Ok(entries
        .into_iter()
        .map(|e| {
            let all = e.open.records().unwrap().collect();
            (e.info, all)
        })
        .collect())
}

const HEAD: &str = "HeadBegin\nDataMark:CNSDTF-VCT\nVersion:3.0\nSeparator:,\nHeadEnd\n\
    FeatureCodeBegin\n1000,宗地,Polygon,ZD\n2000,界址线,Line,JZX\nFeatureCodeEnd\n\
    TableStructureBegin\nZD,2\nZDDM,Char,19\nMJ,Float,15,2\n0\nJZX,1\nLB,Char,2\n0\nTableStructureEnd\n";

#[test]
fn indirect_polygons_arcs_and_dialects() {
    let text = format!(
        "{HEAD}CommentBegin\n说明\nCommentEnd\n\
         LineBegin\n1\n2000\nUnknown\n1\n1\n11\n3\n0,0\n10,0\n10,10\n0\n\
         2\nUnknown\n2000\n1\n1\n11\n3\n0,0\n0,10\n10,10\n0\n\
         3\n2000\nUnknown\n1\n1\n12\n2,2\n3,3\n4,2\n0\nLineEnd\n\
         polygonbegin\n10\n1000\nUnknown\n100\n5,5\n21\n2\n1,-2\n0\n\
         11\n1000\nUnknown\n1\n5,5\n1\n13\n50,50\n5\n0\nPOLYGONEND\n\
         AttributeBegin\nZD\n10,A,100\n11,,78.5\nTableEnd\nJZX\n1,1\n3,2\nTableEnd\nAttributeEnd\n"
    );
    let tables = read(text.as_bytes()).unwrap();
    let parcels = &tables[0].1;
    let Some(Geometry::Polygon(p)) = &parcels[0].as_ref().unwrap().geometry else {
        panic!("{parcels:?}")
    };
    assert_eq!(p.exterior().0.len(), 5);
    let second = parcels[1].as_ref().unwrap();
    assert_eq!(
        second.cells[0],
        Cell::Empty,
        "empty values keep their place"
    );
    let Some(Geometry::Polygon(circle)) = &second.geometry else {
        panic!()
    };
    let inside: f64 = circle
        .exterior()
        .0
        .windows(2)
        .map(|w| w[0].x * w[1].y - w[1].x * w[0].y)
        .sum::<f64>()
        / 2.0;
    assert!(
        (inside - 25.0 * std::f64::consts::PI).abs() < 0.1,
        "{inside}"
    );
    let Some(Geometry::LineString(arc)) = &tables[1].1[1].as_ref().unwrap().geometry else {
        panic!()
    };
    assert!(
        arc.0
            .iter()
            .all(|p| ((p.x - 3.0).powi(2) + (p.y - 2.0).powi(2) - 1.0).abs() < 1e-9)
    );
}

#[test]
fn what_is_missing_or_broken_costs_no_more_than_itself() {
    let ring = "1\n5,5\n1\n11\n4\n0,0\n1,0\n1,1\n0,0\n0\n";
    let text = format!(
        "{HEAD}PolygonBegin\n1\n1000\nUnknown\n{ring}2\n1000\nUnknown\n1\n5,5\n1\n11\n3\n0,0\n1,甲\n1,1\n0\n\
         3\n1000\nUnknown\n{ring}PolygonEnd\nStyleBegin\nx\nStyleEnd\n\
         AttributeBegin\nZD\n1,A,1\n2,B,2\n3,C\n3,D,4\n9,E,5\n"
    );
    let tables = read(text.as_bytes()).unwrap();
    let (info, rows) = &tables[0];
    let notes = info.notes.join("\n");
    assert!(notes.contains("图形对象 2 无法读取"), "{notes}");
    assert!(notes.contains("缺少 Line 一节"), "{notes}");
    assert!(notes.contains("缺少 attributeend"), "{notes}");
    assert!(rows[0].as_ref().unwrap().geometry.is_some());
    let second = rows[1].as_ref().unwrap();
    assert!(second.geometry.is_none() && second.remarks[0].text.contains("坐标"));
    assert!(
        rows[2]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("应为标识码和 2 个字段")
    );
    assert!(rows[3].as_ref().unwrap().geometry.is_some());
    assert!(
        rows[4].as_ref().unwrap().remarks[0]
            .text
            .contains("没有标识码为 9")
    );
}

#[test]
fn no_exchange_file_at_all() {
    assert!(read(b"").is_err());
    assert!(read("PK\u{3}\u{4}".as_bytes()).is_err());
    assert!(
        read(b"HeadBegin\nHeadEnd\n")
            .unwrap_err()
            .to_string()
            .contains("没有表结构")
    );
}

fn layers() -> (Head, Vec<Layer>, Vec<Structure>) {
    let field = |name: &str, field_type| VctField {
        name: name.into(),
        field_type,
        width: 50,
        decimals: 4,
    };
    let layer = |code: &str, kind, table: &str| Layer {
        code: code.into(),
        name: format!("图层{table}"),
        kind,
        table: table.into(),
    };
    let table = |name: &str| Structure {
        table: name.into(),
        fields: vec![
            field("名称", VctType::Char),
            field("面积", VctType::Float),
            field("日期", VctType::Date),
        ],
    };
    let head = Head {
        scale: 500,
        meridian: 102,
        false_easting: 34_500_000.0,
        zone: 34,
        date: "20250101".into(),
        extent: [[0.0, 0.0], [1.0, 1.0]],
    };
    let layers = vec![
        layer("1", LayerKind::Polygon, "ZD"),
        layer("2", LayerKind::Line, "JZX"),
        layer("3", LayerKind::Point, "JZD"),
    ];
    (
        head,
        layers,
        ["ZD", "JZX", "JZD", "QLR"].map(table).to_vec(),
    )
}

#[test]
fn characters_the_encoding_lacks_are_said() {
    let (head, layers, tables) = layers();
    let mut writer = VctWriter::new(head, layers, tables, encoding_rs::GBK).unwrap();
    let cells = [Cell::Text("𠮷😀".into()), Cell::Empty, Cell::Empty];
    assert!(matches!(
        writer.feature("QLR", &cells, None),
        Err(VctWriteError::Unmappable { .. })
    ));
    assert!(matches!(
        writer.feature("无", &cells, None),
        Err(VctWriteError::Values { .. })
    ));
    let shape: Geometry<f64> = point! { x: 1.0, y: 1.0 }.into();
    assert!(matches!(
        writer.feature("ZD", &cells, Some(&shape)),
        Err(VctWriteError::Shape(_))
    ));
}

fn square(x: i32, y: i32, side: i32) -> LineString<f64> {
    let c = |dx: i32, dy: i32| Coord {
        x: 34_500_000.0 + f64::from(x + dx) / 8.0,
        y: f64::from(y + dy) / 8.0,
    };
    LineString::new(vec![
        c(0, 0),
        c(side, 0),
        c(side, side),
        c(0, side),
        c(0, 0),
    ])
}

prop_compose! {
    fn cells()(name in "[a-zA-Z甲乙丙丁戊己庚辛（）。、0-9]{0,8}", area in 0i64..1_000_000, day in 0i32..20_000, has in any::<bool>())
        -> Vec<Cell> {
        let date = chrono::NaiveDate::from_num_days_from_ce_opt(720_000 + day).unwrap();
        vec![
            if name.is_empty() { Cell::Empty } else { Cell::Text(name) },
            if has { Cell::Number(rust_decimal::Decimal::new(area, 2)) } else { Cell::Empty },
            if has { Cell::Date(date.into()) } else { Cell::Empty },
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is written is read as it was.
    #[test]
    fn read_of_write_is_the_same(
        features in proptest::collection::vec((cells(), 0usize..4, 0i32..1000, 8i32..80), 1..12),
        wide in any::<bool>(),
    ) {
        let (head, layers, tables) = layers();
        let encoding = if wide { encoding_rs::GB18030 } else { encoding_rs::UTF_8 };
        let mut writer = VctWriter::new(head, layers, tables, encoding).unwrap();
        let names = ["ZD", "JZX", "JZD", "QLR"];
        let mut want: Vec<Vec<(Vec<Cell>, Option<Geometry<f64>>)>> = vec![Vec::new(); 4];
        for (cells, which, at, side) in features {
            let shape: Option<Geometry<f64>> = match which {
                0 if at % 2 == 0 => Some(Polygon::new(square(at, at, side), vec![square(at + 2, at + 2, 3)]).into()),
                0 => Some(Polygon::new(square(at, 5, side), vec![]).into()),
                1 => Some(square(at, at, side).into()),
                2 => Some(point! { x: f64::from(at), y: 2.5 }.into()),
                _ => None,
            };
            writer.feature(names[which], &cells, shape.as_ref()).unwrap();
            want[which].push((cells, shape));
        }
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).unwrap();
        let got: Vec<Vec<_>> = read(&bytes).unwrap().into_iter().map(|(info, rows)| {
            assert!(info.notes.iter().all(|n| n.starts_with("图层")), "{:?}", info.notes);
            rows.into_iter().map(|r| { let r = r.unwrap(); (r.cells, r.geometry) }).collect()
        }).collect();
        prop_assert_eq!(got, want);
    }

    /// A cut or spoilt file never ends in a panic.
    #[test]
    fn cut_and_spoilt(cut in 0usize..2000, at in 0usize..2000, byte in any::<u8>()) {
        let ring = "1\n5,5\n1\n11\n4\n0,0\n1,0\n1,1\n0,0\n0\n";
        let text = format!("{HEAD}LineBegin\n5\n2000\nUnknown\n100\n2\n5,6\n0\nLineEnd\nPolygonBegin\n1\n1000\nUnknown\n{ring}2\n1000\nUnknown\n100\n1,1\n21\n3\n5,0,-5\n0\nPolygonEnd\nAttributeBegin\nZD\n1,A,1\n2,B,2\nTableEnd\nJZX\n5,1\nTableEnd\nAttributeEnd\n");
        let mut bytes = text.into_bytes();
        bytes.truncate(bytes.len().min(bytes.len() - cut % bytes.len()));
        if let Some(b) = bytes.get_mut(at) { *b = byte; }
        let _ = read(&bytes);
    }
}
