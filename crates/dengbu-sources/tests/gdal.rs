//! Files made by an independent program (GDAL's `ogr2ogr`), read by us.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::path::Path;
use std::process::Command;

use dengbu_sources::{OpenOptions, Record, Source};
use geo_types::{Geometry, Polygon};

const CITY: &str = r#"{"type": "FeatureCollection", "name": "zd",
"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4543"}},
"features": [
{"type": "Feature", "properties": {"DJH": "510422001001GB00001", "坐落": "盐边县新华街222号", "面积": 96.5, "登记日期": "2015-09-04", "层数": 6},
 "geometry": {"type": "Polygon", "coordinates": [[[482000.123, 2954000.5], [482010, 2954000.5], [482010, 2954010], [482000.123, 2954010], [482000.123, 2954000.5]], [[482002, 2954002], [482002, 2954004], [482004, 2954004], [482002, 2954002]]]}},
{"type": "Feature", "properties": {"DJH": "510422001001GB00002", "坐落": "桐子林镇４组", "面积": 1.25, "登记日期": null, "层数": null},
 "geometry": {"type": "Polygon", "coordinates": [[[482100, 2954000], [482110, 2954000], [482110, 2954010], [482100, 2954000]]]}}
]}"#;

/// Makes a file in a folder with ogr2ogr; `None` where GDAL is not installed.
fn made(dir: &Path, format: &str, name: &str, options: &[&str]) -> Option<std::path::PathBuf> {
    let from = dir.join("city.json");
    std::fs::write(&from, CITY).unwrap();
    let to = dir.join(name);
    let run = Command::new("ogr2ogr")
        .args(["-f", format])
        .args(options)
        .arg(&to)
        .arg(&from)
        .output();
    let Ok(output) = run else {
        eprintln!("skipped: ogr2ogr (Debian package gdal-bin) is not installed");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::remove_file(from).unwrap();
    Some(to)
}

fn read(path: &Path, table: Option<&str>) -> (Source, Vec<Record>) {
    let source = Source::open_path(path, &OpenOptions::default()).unwrap();
    let name = table.map_or_else(
        || source.tables().next().unwrap().name.clone(),
        str::to_owned,
    );
    let records = source.records(&name).unwrap().map(Result::unwrap).collect();
    (source, records)
}

fn value(source: &Source, record: &Record, field: &str) -> String {
    let at = source.tables().next().unwrap().field(field).unwrap();
    record.cell(at).as_text().into_owned()
}

fn polygon(record: &Record) -> Polygon<f64> {
    match record.geometry.clone().unwrap() {
        Geometry::Polygon(p) => p,
        Geometry::MultiPolygon(mut m) if m.0.len() == 1 => m.0.remove(0),
        other => panic!("{other:?}"),
    }
}

fn as_it_was(source: &Source, records: &[Record], fields: [&str; 4]) {
    assert_eq!(records.len(), 2);
    let first: Vec<String> = fields
        .iter()
        .map(|f| value(source, &records[0], f))
        .collect();
    assert_eq!(first[..2], ["510422001001GB00001", "盐边县新华街222号"]);
    assert_eq!(first[2].parse::<f64>().unwrap(), 96.5);
    assert_eq!(first[3], "2015-09-04");
    assert_eq!(value(source, &records[1], fields[1]), "桐子林镇４组");
    assert_eq!(value(source, &records[1], fields[3]), "");
    let p = polygon(&records[0]);
    assert_eq!((p.exterior().0.len(), p.interiors().len()), (5, 1));
    assert!(
        p.exterior()
            .0
            .iter()
            .any(|c| (c.x - 482_000.123).abs() < 1e-6 && (c.y - 2_954_010.0).abs() < 1e-6)
    );
    assert_eq!(polygon(&records[1]).exterior().0.len(), 4);
}

const FIELDS: [&str; 4] = ["DJH", "坐落", "面积", "登记日期"];

#[test]
fn geopackage() {
    let dir = tempfile::tempdir().unwrap();
    let Some(path) = made(dir.path(), "GPKG", "t.gpkg", &[]) else {
        return;
    };
    let (source, records) = read(&path, None);
    as_it_was(&source, &records, FIELDS);
    assert!(
        source
            .tables()
            .next()
            .unwrap()
            .crs
            .as_ref()
            .unwrap()
            .starts_with("EPSG:4543")
    );
}

#[test]
fn geojson() {
    let dir = tempfile::tempdir().unwrap();
    let Some(path) = made(dir.path(), "GeoJSON", "t.geojson", &["-lco", "RFC7946=NO"]) else {
        return;
    };
    let (source, records) = read(&path, None);
    as_it_was(&source, &records, FIELDS);
    assert!(
        source
            .tables()
            .next()
            .unwrap()
            .crs
            .as_ref()
            .unwrap()
            .contains("4543")
    );
}

#[test]
fn sqlite_and_spreadsheet() {
    let dir = tempfile::tempdir().unwrap();
    let Some(path) = made(dir.path(), "XLSX", "t.xlsx", &[]) else {
        return;
    };
    let (source, records) = read(&path, None);
    assert_eq!(value(&source, &records[0], "坐落"), "盐边县新华街222号");
    assert_eq!(value(&source, &records[0], "登记日期"), "2015-09-04");
    let Some(path) = made(dir.path(), "CSV", "t.csv", &["-lco", "SEPARATOR=TAB"]) else {
        return;
    };
    let (source, records) = read(&path, None);
    assert_eq!(value(&source, &records[1], "坐落"), "桐子林镇４组");
}

#[test]
fn shapefile_in_gbk_with_and_without_cpg_and_with_a_wrong_one() {
    for cpg in [Some("GBK"), None, Some("UTF-8")] {
        let dir = tempfile::tempdir().unwrap();
        let Some(path) = made(
            dir.path(),
            "ESRI Shapefile",
            "t.shp",
            &["-lco", "ENCODING=GBK"],
        ) else {
            return;
        };
        match cpg {
            None => std::fs::remove_file(dir.path().join("t.cpg")).unwrap(),
            Some(name) => std::fs::write(dir.path().join("t.cpg"), name).unwrap(),
        }
        let (source, records) = read(&path, None);
        as_it_was(&source, &records, FIELDS);
        let info = source.tables().next().unwrap();
        assert!(info.crs.as_ref().unwrap().contains("CGCS2000"));
        let evidence = &info.encoding.as_ref().unwrap().evidence;
        if cpg == Some("UTF-8") {
            assert!(evidence.contains("内容不符"), "{evidence}");
        }
        // The folder is one table, its companions are nobody's.
        let folder = Source::open_path(dir.path(), &OpenOptions::default()).unwrap();
        assert_eq!((folder.tables().count(), folder.skipped().len()), (1, 0));
    }
    let dir = tempfile::tempdir().unwrap();
    let Some(path) = made(
        dir.path(),
        "ESRI Shapefile",
        "t.shp",
        &["-lco", "ENCODING=UTF-8"],
    ) else {
        return;
    };
    let (source, records) = read(&path, None);
    // Ten bytes are three characters of a field's name in UTF-8.
    assert_eq!(value(&source, &records[0], "坐落"), "盐边县新华街222号");
    assert_eq!(value(&source, &records[1], "坐落"), "桐子林镇４组");
}

#[test]
fn truncated_shapefiles_lose_no_more_than_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let Some(path) = made(
        dir.path(),
        "ESRI Shapefile",
        "t.shp",
        &["-lco", "ENCODING=GBK"],
    ) else {
        return;
    };
    let shapes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &shapes[..shapes.len() - 10]).unwrap();
    std::fs::remove_file(dir.path().join("t.shx")).unwrap();
    let (source, records) = read(&path, None);
    let notes = source.tables().next().unwrap().notes.join(" ");
    assert!(
        notes.contains("文件不完整") && notes.contains(".shx"),
        "{notes}"
    );
    assert!(records[0].geometry.is_some() && records[1].geometry.is_none());
    assert!(
        records[1].remarks.iter().any(|r| r.text.contains("中断")),
        "{:?}",
        records[1].remarks
    );
    std::fs::write(&path, &shapes).unwrap();
    let dbf = dir.path().join("t.dbf");
    let table = std::fs::read(&dbf).unwrap();
    std::fs::write(&dbf, &table[..table.len() - 40]).unwrap();
    let source = Source::open_path(&path, &OpenOptions::default()).unwrap();
    let all: Vec<_> = source.records("t").unwrap().collect();
    assert!(all[0].is_ok());
    let broken = all[1].as_ref().unwrap_err();
    assert!(
        broken.line == 2 && broken.reason.contains("应有 2 条"),
        "{broken}"
    );
}

#[test]
fn dxf() {
    let dir = tempfile::tempdir().unwrap();
    // A drawing has no attributes: the layer is chosen by a field of this name. GDAL draws polygons
    // as hatches, survey programs as closed lines.
    let sql = "SELECT 'JZD' AS Layer, ExteriorRing(geometry) FROM zd";
    let Some(path) = made(
        dir.path(),
        "DXF",
        "t.dxf",
        &["-dialect", "SQLite", "-sql", sql],
    ) else {
        return;
    };
    let (_, records) = read(&path, Some("JZD"));
    assert!(records.len() >= 2, "{}", records.len());
    let rings: Vec<usize> = records
        .iter()
        .map(|r| polygon(r).exterior().0.len())
        .collect();
    assert!(rings.contains(&5) && rings.contains(&4), "{rings:?}");
}
