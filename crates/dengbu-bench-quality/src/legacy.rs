//! A city as it comes from its offices: files of three legacy systems, read, mapped and assigned.

use anyhow::Context as _;
use chrono::NaiveDate;
use dengbu_staging::Staging;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Seed of the benchmark's city.
const SEED: u64 = 20_261_123;

/// Makes the offices' files in `folder` and fuses them; the same as `dengbu demo make-legacy` and
/// `dengbu fusion run` do.
///
/// # Errors
/// The file system; a fusion that cannot be done.
pub fn fused(
    folder: &Path,
    houses: u32,
    parcels: u32,
    today: NaiveDate,
) -> anyhow::Result<Staging> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("无法清空 {}", folder.display()))?;
    }
    let source = folder.join("source");
    let started = Instant::now();
    let made = dengbu_legacy_city::make(
        &dengbu_legacy_city::Options {
            houses,
            parcels,
            seed: SEED,
            defects: 1.0,
            hard: false,
        },
        &source,
    )?;
    println!(
        "旧系统数据：{} 户、{} 宗地、{} 幢，植入 {} 处缺陷，生成 {:.1} 秒",
        made.houses,
        made.parcels,
        made.buildings,
        made.defects,
        started.elapsed().as_secs_f64()
    );
    let started = Instant::now();
    let outcome = dengbu_fusion::run(
        &dengbu_fusion::Options {
            source,
            out: folder.join("out"),
            work: None,
            decisions: None,
            mappings: None,
            today,
        },
        &dengbu_fusion::Silent,
    )?;
    let stages: Vec<String> = outcome
        .summary
        .seconds
        .iter()
        .map(|(stage, seconds)| format!("{stage} {seconds:.1}"))
        .collect();
    println!(
        "整合：{:.1} 秒（{}）",
        started.elapsed().as_secs_f64(),
        stages.join("，")
    );
    Ok(outcome.staging)
}
