//! What the other programs read: the tables as CSV, the parcels as plain doubles.

use anyhow::Context as _;
use dengbu_geo::topology::Overlap;
use dengbu_staging::archive::{table_from_bytes, table_to_bytes};
use dengbu_staging::{Staging, Table};
use geo_types::Geometry;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

const TABLES: [(&str, &[&str]); 3] = [
    (
        "H",
        &["BDCDYH", "SCJZMJ", "SCTNJZMJ", "SCFTJZMJ", "FWYT1", "FWJG"],
    ),
    ("QLR", &["QLRMC", "ZJZL", "ZJH", "GYFS"]),
    (
        "FDCQ2",
        &[
            "BDCDYH", "QLLX", "JZMJ", "ZYJZMJ", "FTJZMJ", "BDCQZH", "QSZT",
        ],
    ),
];

/// Keeps a staging area in a folder.
pub fn keep(folder: &Path, staging: &Staging) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("无法建立 {}", folder.display()))?;
    for table in staging.tables() {
        let path = folder.join(format!("{}.rows", table.code()));
        fs::write(path, table_to_bytes(table)?)?;
    }
    Ok(())
}

/// Reads it again.
pub fn kept(folder: &Path) -> anyhow::Result<Staging> {
    let mut staging = Staging::new();
    for entry in fs::read_dir(folder)? {
        staging.insert(table_from_bytes(&fs::read(entry?.path())?)?);
    }
    Ok(staging)
}

/// Writes them into a folder.
pub fn write(folder: &Path, staging: &Staging) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("无法建立 {}", folder.display()))?;
    for (code, fields) in TABLES {
        let table = staging.table(code).context("table")?;
        let mut out = BufWriter::new(File::create(folder.join(format!("{code}.csv")))?);
        writeln!(out, "{}", fields.join(","))?;
        for row in 0..table.len() {
            let values: Vec<&str> = fields.iter().map(|f| table.value(f, row)).collect();
            writeln!(out, "{}", values.join(","))?;
        }
        out.flush()?;
    }
    polygons(folder, staging.table("ZDJBXX").context("parcels")?)
}

/// `overlaps.csv`: the pairs we found with their common area in m².
pub fn pairs(folder: &Path, found: &[Overlap]) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(folder.join("overlaps.csv"))?);
    writeln!(out, "a,b,area")?;
    for o in found {
        writeln!(out, "{},{},{}", o.a, o.b, o.area_m2)?;
    }
    Ok(out.flush()?)
}

/// `offsets.bin`: where each ring begins (int64); `points.bin`: pairs of doubles.
fn polygons(folder: &Path, table: &Table) -> anyhow::Result<()> {
    let mut offsets = BufWriter::new(File::create(folder.join("offsets.bin"))?);
    let mut points = BufWriter::new(File::create(folder.join("points.bin"))?);
    let mut at = 0i64;
    for row in 0..table.len() {
        let Some(Geometry::Polygon(polygon)) = table.geometry(row) else {
            continue;
        };
        offsets.write_all(&at.to_le_bytes())?;
        for c in &polygon.exterior().0 {
            points.write_all(&c.x.to_le_bytes())?;
            points.write_all(&c.y.to_le_bytes())?;
            at += 1;
        }
    }
    offsets.write_all(&at.to_le_bytes())?;
    offsets.flush()?;
    points.flush()?;
    Ok(())
}
