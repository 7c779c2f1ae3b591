//! Each format, read by somebody else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use dengbu_distribution::Request;
use dengbu_distribution::data_set::Personal;
use dengbu_distribution::format::Format;
use dengbu_distribution::place::{Area, Plane};
use dengbu_distribution::request::{Dress, Names};

use crate::fixture::{City, now};

/// GDAL; absent on some machines of developers, never on a build server (`.ci/run` brings it).
fn gdal() -> bool {
    let there = Command::new("ogrinfo").arg("--version").output().is_ok();
    assert!(
        there || std::env::var("CI").is_err(),
        "a build server has gdal-bin"
    );
    there
}

/// What GDAL sees: rows by layer.
fn layers(path: &str) -> BTreeMap<String, u64> {
    let out = Command::new("ogrinfo")
        .args(["-so", "-al", "-ro", path])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let mut layer = String::new();
    let mut seen = BTreeMap::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("Layer name: ") {
            name.clone_into(&mut layer);
        }
        if let Some(rows) = line.strip_prefix("Feature Count: ") {
            seen.insert(layer.clone(), rows.trim().parse().unwrap());
        }
    }
    seen
}

fn unpacked(archive: &Path) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::open(archive).unwrap();
    zip::ZipArchive::new(file)
        .unwrap()
        .extract(folder.path())
        .unwrap();
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    (folder, names)
}

#[tokio::test]
async fn gdal_reads_every_format_and_finds_every_row() {
    let city = City::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sets = [
        "parcels",
        "buildings",
        "units",
        "building_titles",
        "mortgages",
        "seizures",
    ];
    let mut counted = None;
    for format in Format::ALL {
        let path = folder.path().join(format!("all.{}", format.extension()));
        let request = Request::new(&sets, format);
        let exported = city.export(&request, &path).await.unwrap();
        let rows: Vec<u64> = exported.sets.iter().map(|s| s.rows).collect();
        assert!(rows.iter().all(|r| *r > 0), "{rows:?}");
        assert!(exported.sets.iter().all(|s| s.unplaced == 0));
        assert_eq!(
            counted.get_or_insert_with(|| rows.clone()),
            &rows,
            "{format:?}"
        );
        if !gdal() {
            continue;
        }
        let tables = ["ZDJBXX", "ZRZ", "H", "FDCQ2", "DYAQ", "CFDJ"];
        let found = match format {
            Format::GeoPackage => layers(path.to_str().unwrap()),
            // GDAL has no reader of VCT: ours reads what it wrote; a workbook has its own test
            Format::Vct | Format::Xlsx => continue,
            _ => {
                let (_kept, names) = unpacked(&path);
                let wanted = |p: &&PathBuf| {
                    let ending = p.extension().and_then(|e| e.to_str()).unwrap_or_default();
                    ["shp", "dbf", "csv", "geojson", "fgb"].contains(&ending)
                };
                names
                    .iter()
                    .filter(wanted)
                    .flat_map(|p| layers(p.to_str().unwrap()))
                    .collect()
            }
        };
        for (table, rows) in tables.iter().zip(&rows) {
            assert_eq!(
                found.get(*table),
                Some(rows),
                "{format:?} {table} {found:?}"
            );
        }
        std::fs::remove_file(&path).unwrap();
    }
}

#[tokio::test]
async fn vct_is_read_back_with_every_row_and_its_place() {
    let city = City::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.vct");
    let exported = city
        .export(&Request::new(&["parcels", "mortgages"], Format::Vct), &path)
        .await
        .unwrap();
    let source = dengbu_sources::Source::open(
        path.to_str().unwrap(),
        &dengbu_sources::OpenOptions::default(),
    )
    .unwrap();
    let rows = |table: &str| {
        let mut count = 0u64;
        let mut placed = 0u64;
        for record in source.records(table).unwrap() {
            let record = record.unwrap();
            count += 1;
            placed += u64::from(record.geometry.is_some());
        }
        (count, placed)
    };
    assert_eq!(
        rows("ZDJBXX"),
        (exported.sets[0].rows, exported.sets[0].rows)
    );
    assert_eq!(rows("DYAQ"), (exported.sets[1].rows, 0));
}

#[tokio::test]
async fn a_workbook_holds_the_rows_and_the_notes() {
    use calamine::{Reader as _, open_workbook_auto};
    let city = City::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xlsx");
    let mut request = Request::new(&["parcels", "holders"], Format::Xlsx);
    request.names = Names::Chinese;
    let exported = city.export(&request, &path).await.unwrap();
    let mut book = open_workbook_auto(&path).unwrap();
    assert_eq!(book.sheet_names(), ["宗地", "权利人", "说明"]);
    let sheet = book.worksheet_range("权利人").unwrap();
    assert_eq!(
        u64::try_from(sheet.height()).unwrap(),
        exported.sets[1].rows + 1
    );
    let notes = format!("{:?}", book.worksheet_range("说明").unwrap());
    assert!(
        notes.contains("攀枝花市不动产登记中心") && notes.contains("证件号：已脱敏"),
        "{notes}"
    );
}

/// All text of a CSV export.
async fn text(city: &City, request: &Request, table: &str) -> (String, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let exported = city.export(request, &path).await.unwrap();
    let (_kept, names) = unpacked(&path);
    let file = names
        .iter()
        .find(|p| p.ends_with(format!("{table}.csv")))
        .unwrap();
    (std::fs::read_to_string(file).unwrap(), exported.rows())
}

#[tokio::test]
async fn no_person_leaves_the_house_unless_the_agreement_says_so() {
    let city = City::new().await;
    let mut request = Request::new(&["holders"], Format::Csv);
    let numbers = regex_like_ids;
    let (masked, rows) = text(&city, &request, "QLR").await;
    assert!(rows > 100);
    assert_eq!(numbers(&masked), 0, "a full identity number went out");
    for personal in Personal::ALL {
        request.dress.insert(personal, Dress::Full);
    }
    let (full, same) = text(&city, &request, "QLR").await;
    assert_eq!(rows, same);
    assert!(numbers(&full) > 100);
}

/// Runs of 18 digits (the last may be X) in a text.
fn regex_like_ids(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit() && c != 'X')
        .filter(|part| part.len() == 18)
        .count()
}

#[tokio::test]
async fn an_area_gives_what_stands_in_it_and_nothing_else() {
    let city = City::new().await;
    let all = text(&city, &Request::new(&["units"], Format::Csv), "H")
        .await
        .1;
    let mut request = Request::new(&["units"], Format::Csv);
    request.area = Some(Area::Box([101.699, 26.569, 101.7015, 26.5715]));
    let (some, rows) = text(&city, &request, "H").await;
    assert!(rows > 0 && rows < all, "{rows} of {all}");
    assert!(some.contains("510402101001GB00001"));
    request.area = Some(Area::Box([100.0, 20.0, 100.1, 20.1]));
    assert_eq!(text(&city, &request, "H").await.1, 0);
    request.area = None;
    request.counties = vec!["510421".to_owned()];
    let folder = tempfile::tempdir().unwrap();
    let refused = city.export(&request, &folder.path().join("x")).await;
    assert!(
        refused.unwrap_err().to_string().contains("510421"),
        "another authority's county"
    );
}

#[tokio::test]
async fn the_register_is_given_out_as_it_stood_with_its_history_when_asked() {
    let city = City::new().await;
    let mut request = Request::new(&["building_titles"], Format::Csv);
    let today = text(&city, &request, "FDCQ2").await.1;
    request.as_of = Some("2013-06-01T00:00:00Z".parse().unwrap());
    let then = text(&city, &request, "FDCQ2").await.1;
    assert!(then > 0 && then < today, "{then} of {today}");
    request.as_of = None;
    request.historic = true;
    let (history, ever) = text(&city, &request, "FDCQ2").await;
    assert!(ever > today);
    assert!(history.contains(",2,"), "ended rights are marked");
    // an increment from after the taking over holds nothing, one from before holds everything
    request.since = Some(now());
    assert_eq!(text(&city, &request, "FDCQ2").await.1, 0);
    request.since = Some(now() - chrono::TimeDelta::days(1));
    assert_eq!(text(&city, &request, "FDCQ2").await.1, ever);
}

#[tokio::test]
async fn a_unit_renamed_is_given_out_under_the_address_of_the_day() {
    let city = City::new().await;
    let mut tx = city.db.store().begin(&city.scope()).await.unwrap();
    let (code, old): (String, String) = sqlx::query_as(
        "select unit_code, address from estate_unit
         where building_code is not null and status = 'live' order by unit_code limit 1",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    let unit = dengbu_model::unit_code::UnitCode::parse(&code).unwrap();
    for address in ["示例旧路 1 号", "示例新路 9999 号"] {
        dengbu_cadastre::change::apply(&mut tx, &unit, None, Some(address))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    // the moment of the change is the database's: now, later than the tests' day
    let request = Request::new(&["units"], Format::Csv);
    let (before, rows) = text(&city, &request, "H").await;
    assert!(before.contains(&old) && !before.contains("示例新路"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later.zip");
    let later = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let given = city.export_at(&request, &path, later).await.unwrap();
    let (_kept, files) = unpacked(&path);
    let house = files.iter().find(|f| f.ends_with("H.csv")).unwrap();
    let after = std::fs::read_to_string(house).unwrap();
    assert!(after.contains("示例新路 9999 号") && !after.contains(&format!("{old},")));
    assert_eq!(given.rows(), rows);
}

#[tokio::test]
async fn coordinates_are_in_the_plane_that_was_asked_for() {
    let city = City::new().await;
    if !gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (plane, west) in [
        (Plane::Geographic, 101.0..103.0),
        (Plane::Projected, 400_000.0..530_000.0),
    ] {
        let path = folder.path().join(format!("{}.gpkg", plane.epsg()));
        let mut request = Request::new(&["parcels"], Format::GeoPackage);
        request.plane = plane;
        city.export(&request, &path).await.unwrap();
        let out = Command::new("ogrinfo")
            .args(["-so", "-al", path.to_str().unwrap()])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let extent = text
            .lines()
            .find_map(|l| l.strip_prefix("Extent: ("))
            .unwrap();
        let first: f64 = extent.split(',').next().unwrap().parse().unwrap();
        assert!(west.contains(&first), "{extent}");
        assert!(
            text.contains(&format!("\"EPSG\",{}]", plane.epsg())),
            "{text}"
        );
    }
}

#[tokio::test]
async fn equal_requests_give_equal_files() {
    let city = City::new().await;
    let folder = tempfile::tempdir().unwrap();
    for format in [
        Format::Csv,
        Format::Geojson,
        Format::GeoPackage,
        Format::Vct,
    ] {
        let request = Request::new(&["parcels", "mortgages"], format);
        let one = city
            .export(&request, &folder.path().join("1"))
            .await
            .unwrap();
        let two = city
            .export(&request, &folder.path().join("2"))
            .await
            .unwrap();
        assert_eq!(one.sm3, two.sm3, "{format:?}");
        for name in ["1", "2"] {
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}
