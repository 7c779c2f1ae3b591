//! Files cut short or full of rubbish: a finding or an error with file and place, never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use chrono::NaiveDate;
use dengbu_legacy::{LegacyCity, LegacyError, Office, read_office};
use std::path::{Path, PathBuf};

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-city/open")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// Files that are read (projections, indices and control points aren't).
fn files() -> Vec<PathBuf> {
    let mut out = Vec::new();
    for folder in [
        "a-municipal/house",
        "a-municipal/land",
        "b-miyi",
        "c-yanbian",
    ] {
        for entry in std::fs::read_dir(sample().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let read = ["csv", "dbf", "shp", "vct", "xlsx"]
                .iter()
                .any(|e| name.ends_with(e))
                && name != "控制点.csv";
            if read {
                out.push(path.strip_prefix(sample()).unwrap().to_path_buf());
            }
        }
    }
    out.sort();
    assert_eq!(out.len(), 19);
    out
}

fn copy_of_sample() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files() {
        let to = dir.path().join(&file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(sample().join(&file), to).unwrap();
    }
    for cpg in ["宗地.cpg", "房屋.cpg"] {
        std::fs::copy(
            sample().join("c-yanbian").join(cpg),
            dir.path().join("c-yanbian").join(cpg),
        )
        .unwrap();
    }
    dir
}

/// Reads the office that a file belongs to.
fn read(dir: &Path, file: &Path) -> Result<LegacyCity, LegacyError> {
    let office = Office::ALL
        .into_iter()
        .find(|o| file.starts_with(o.folder()))
        .unwrap();
    read_office(dir, office, today())
}

fn with_file(
    dir: &Path,
    file: &Path,
    bytes: &[u8],
    check: impl FnOnce(Result<LegacyCity, LegacyError>),
) {
    let whole = std::fs::read(sample().join(file)).unwrap();
    std::fs::write(dir.join(file), bytes).unwrap();
    check(read(dir, file));
    std::fs::write(dir.join(file), whole).unwrap();
}

fn is_said(error: &LegacyError, file: &Path) {
    let text = error.to_string();
    assert!(
        text.contains(&*file.file_name().unwrap().to_string_lossy()),
        "{text}"
    );
    assert!(text.contains('。'), "{text}");
}

#[test]
fn cut_short() {
    let dir = copy_of_sample();
    let all = Office::ALL.map(|o| read_office(dir.path(), o, today()).unwrap());
    for file in files() {
        let whole = Office::ALL
            .iter()
            .position(|o| file.starts_with(o.folder()))
            .map(|i| &all[i])
            .unwrap();
        let bytes = std::fs::read(sample().join(&file)).unwrap();
        for cut in [0, bytes.len() / 2, bytes.len() - 3] {
            with_file(dir.path(), &file, &bytes[..cut], |result| match result {
                Ok(city) => assert!(
                    // A table that ends early leaves rights without houses or houses without rights,
                    // or a last row that is no row; cut inside a last field it may only differ.
                    city.findings != whole.findings
                        || city.titles != whole.titles
                        || city.counts != whole.counts,
                    "{} cut at {cut} went unnoticed",
                    file.display()
                ),
                Err(error) => is_said(&error, &file),
            });
        }
    }
}

#[test]
fn full_of_rubbish() {
    let dir = copy_of_sample();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    for file in files() {
        let bytes = std::fs::read(sample().join(&file)).unwrap();
        let mut garbled = bytes.clone();
        for _ in 0..40 {
            let at = random() % garbled.len();
            garbled[at] = u8::try_from(random() % 256).unwrap();
        }
        with_file(dir.path(), &file, &garbled, |result| {
            if let Err(error) = result {
                is_said(&error, &file);
            }
        });
        let noise: Vec<u8> = (0..4096)
            .map(|_| u8::try_from(random() % 256).unwrap())
            .collect();
        with_file(dir.path(), &file, &noise, |result| {
            is_said(&result.expect_err("noise is no table"), &file)
        });
    }
}

#[test]
fn missing() {
    let dir = copy_of_sample();
    std::fs::remove_file(dir.path().join("b-miyi/QLR.csv")).unwrap();
    let error = read_office(dir.path(), Office::Miyi, today()).unwrap_err();
    assert!(matches!(error, LegacyError::Io { .. }));
    is_said(&error, Path::new("QLR.csv"));
}

#[test]
fn rows_of_another_shape() {
    let dir = copy_of_sample();
    let file = Path::new("b-miyi/H.csv");
    let mut text = String::from_utf8(std::fs::read(sample().join(file)).unwrap()).unwrap();
    text.push_str("510421001001GB00001F00019999,只有两列\n");
    with_file(dir.path(), file, text.as_bytes(), |result| {
        let city = result.unwrap();
        let found = city
            .findings
            .iter()
            .find(|f| f.class.code() == "row_unreadable")
            .unwrap();
        assert_eq!(
            (found.table.as_str(), found.legacy_id.as_str()),
            ("H", "510421001001GB00001F00019999")
        );
        assert!(found.message.contains("第 3709 行"), "{}", found.message);
    });
}
