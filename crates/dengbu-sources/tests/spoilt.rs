//! Real files cut short and with bytes turned: an error or a reading, never a panic, and what is
//! read is never more than there was.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use dengbu_sources::{OpenOptions, Source};
use proptest::prelude::*;

const CITY: &str = "../../samples/legacy-city/open";

/// Records that could be read of all tables of a folder.
fn readable(dir: &Path) -> usize {
    let Ok(source) = Source::open_path(dir, &OpenOptions::default()) else {
        return 0;
    };
    let names: Vec<String> = source.tables().map(|t| t.name.clone()).collect();
    names
        .iter()
        .filter_map(|n| source.records(n).ok())
        .map(|records| records.take(100_000).filter(Result::is_ok).count())
        .sum()
}

/// Copies files of the sample, one of them spoilt, and reads them.
fn spoilt(files: &[&str], which: usize, spoil: impl Fn(&mut Vec<u8>)) -> usize {
    let dir = tempfile::tempdir().unwrap();
    for (i, file) in files.iter().enumerate() {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(CITY).join(file);
        let mut bytes = std::fs::read(&from).unwrap();
        if i == which % files.len() {
            spoil(&mut bytes);
        }
        std::fs::write(dir.path().join(from.file_name().unwrap()), bytes).unwrap();
    }
    readable(dir.path())
}

const SHAPES: [&str; 3] = [
    "a-municipal/land/ZRZ.shp",
    "a-municipal/land/ZRZ.dbf",
    "a-municipal/land/ZRZ.shx",
];

#[test]
fn whole_files_are_read_whole() {
    assert_eq!(spoilt(&SHAPES, 0, |_| {}), 139);
    assert_eq!(spoilt(&["b-miyi/cadastre.vct"], 0, |_| {}), 90 + 149);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn shapefiles(which in 0usize..3, cut in 0.0f64..1.0, places in proptest::collection::vec((0.0f64..1.0, any::<u8>()), 0..6)) {
        let cut_off = spoilt(&SHAPES, which, |b| b.truncate((b.len() as f64 * cut) as usize));
        prop_assert!(cut_off <= 139);
        spoilt(&SHAPES, which, |b| {
            for (at, byte) in &places {
                // Headers more often than the rest.
                let at = (b.len() as f64 * at * at) as usize;
                b[at] = *byte;
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn exchange_files(cut in 0.0f64..1.0, places in proptest::collection::vec((0.0f64..1.0, any::<u8>()), 1..12)) {
        let read = spoilt(&["b-miyi/cadastre.vct"], 0, |b| b.truncate((b.len() as f64 * cut) as usize));
        prop_assert!(read <= 90 + 149);
        spoilt(&["b-miyi/cadastre.vct"], 0, |b| {
            for (at, byte) in &places {
                let at = (b.len() as f64 * at) as usize;
                b[at] = *byte;
            }
        });
    }
}

/// A GeoPackage of our own making, spoilt.
#[test]
fn geopackages() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.gpkg");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
         CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
         CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
         INSERT INTO gpkg_contents VALUES ('zd', 'features');
         INSERT INTO gpkg_geometry_columns VALUES ('zd', 'geom', 4543);
         CREATE TABLE zd (fid INTEGER PRIMARY KEY, geom BLOB, 名称 TEXT);",
    )
    .unwrap();
    let mut blob = b"GP\0\x01\0\0\0\0\x01\x03\0\0\0\x01\0\0\0\x04\0\0\0".to_vec();
    for c in [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0_f64] {
        blob.extend(c.to_le_bytes());
    }
    for i in 0..40 {
        db.execute("INSERT INTO zd VALUES (?1, ?2, '名')", (i, &blob))
            .unwrap();
    }
    drop(db);
    assert_eq!(readable(dir.path()), 40);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        std::fs::write(&path, &bytes).unwrap();
        readable(dir.path());
        if at % 10 == 0 {
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(readable(dir.path()) <= 40);
        }
    }
}
