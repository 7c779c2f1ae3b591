//! The other programs, in the same run.

use crate::Measured;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What `tools/quality_compare.py` measured.
#[derive(Debug, Deserialize)]
pub struct Theirs {
    duckdb: String,
    shapely: String,
    attribute_seconds: f64,
    attribute_found: BTreeMap<String, u64>,
    overlap_seconds: f64,
    overlap_found: u64,
}

/// Runs them on the files of a folder.
pub fn run(folder: &Path) -> anyhow::Result<Theirs> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/quality-compare.sh");
    let output = Command::new("sh")
        .arg(&script)
        .arg(folder)
        .output()
        .with_context(|| format!("无法运行 {}", script.display()))?;
    if !output.status.success() {
        bail!("对照程序失败：{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("对照程序的结果看不懂：{line}"))
}

/// Prints both sides.
pub fn tell(attributes: &Measured, overlaps: &Measured, theirs: &Theirs) {
    println!(
        "\n属性规则   本程序 {:.3} 秒   DuckDB {} {:.3} 秒   倍数 {:.2}",
        attributes.seconds,
        theirs.duckdb,
        theirs.attribute_seconds,
        theirs.attribute_seconds / attributes.seconds
    );
    for (rule, found) in &attributes.found {
        let other = theirs.attribute_found.get(rule).copied();
        let same = if other == Some(*found) {
            "相同"
        } else {
            "不同"
        };
        println!(
            "    {rule}  {found:>8}  {:>8}  {same}",
            other.map_or_else(String::new, |n| n.to_string())
        );
    }
    println!(
        "宗地重叠   本程序 {:.3} 秒   Shapely {} {:.3} 秒   倍数 {:.2}   对数 {} / {}",
        overlaps.seconds,
        theirs.shapely,
        theirs.overlap_seconds,
        theirs.overlap_seconds / overlaps.seconds,
        overlaps.found.first().map_or(0, |f| f.1),
        theirs.overlap_found
    );
}
