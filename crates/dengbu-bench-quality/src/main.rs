//! `dengbu-bench-quality`: three legacy offices made, fused and put under full quality control;
//! attribute rules beside DuckDB, polygon overlaps beside GEOS (Shapely's STRtree), all in one run.
//!
//! A crate of its own, so that it builds without the server.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks on its standard output"
)]

mod city;
mod compare;
mod files;
mod legacy;

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Parser;
use dengbu_geo::Shape;
use dengbu_geo::topology::{Layer, Overlap, Slack};
use dengbu_quality::{RuleSet, Settings, check};
use dengbu_staging::Staging;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// 性能测量：全面质检、属性规则、宗地重叠
#[derive(Parser)]
#[command(name = "dengbu-bench-quality", disable_help_subcommand = true)]
struct Args {
    /// 房屋数
    #[arg(long, default_value_t = 500_000)]
    houses: usize,
    /// 宗地数
    #[arg(long, default_value_t = 100_000)]
    parcels: usize,
    /// 小规模快速运行，只看各项是否还能测量
    #[arg(long)]
    quick: bool,
    /// 不与 DuckDB、Shapely 对照
    #[arg(long)]
    alone: bool,
    /// 每项重复的次数，取最快的一次
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// 只对这个文件夹中整理好的数据质检（由本程序自己使用）
    #[arg(long, hide = true)]
    staged: Option<PathBuf>,
}

/// Rules that `tools/quality_compare.py` states in SQL: each looks at single rows.
const ATTRIBUTE_RULES: [&str; 12] = [
    "DQ-ATT-030",
    "DQ-ATT-034",
    "DQ-ATT-035",
    "DQ-ATT-036",
    "DQ-LOG-010",
    "DQ-LOG-012",
    "DQ-ATT-043",
    "DQ-ATT-045",
    "DQ-ATT-049",
    "DQ-ATT-056",
    "DQ-ATT-082",
    "DQ-LOG-024",
];

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("测量没有完成：{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let (houses, parcels) = if args.quick {
        (5_000, 1_000)
    } else {
        (args.houses, args.parcels)
    };
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).context("a day")?;
    let rules = RuleSet::standard()?;
    let settings = Settings::new(today);
    if let Some(staged) = &args.staged {
        let fused = files::kept(staged)?;
        whole("旧系统数据整合后的全市数据", &fused, &rules, &settings);
        return Ok(());
    }
    let staged = target().join("bench/staged");
    {
        let folder = target().join("bench/legacy");
        let (houses, parcels) = (u32::try_from(houses)?, u32::try_from(parcels)?);
        files::keep(&staged, &legacy::fused(&folder, houses, parcels, today)?)?;
    }
    // in a process of its own, whose peak is that of quality control and not of the fusion
    let checked = Command::new(std::env::current_exe()?)
        .arg("--staged")
        .arg(&staged)
        .status()?;
    anyhow::ensure!(checked.success(), "质检没有完成");
    std::fs::remove_dir_all(&staged)?;
    let started = Instant::now();
    let staging = city::make(houses, parcels)?;
    println!(
        "\n对照用城市：{houses} 户、{parcels} 宗地、{} 条记录，生成 {:.1} 秒",
        staging.rows(),
        started.elapsed().as_secs_f64()
    );
    let attributes = attribute_rules(args, &staging, &rules, &settings);
    let (overlaps, pairs) = overlaps(args, &staging);
    if !args.alone {
        let folder = target().join("bench/quality");
        files::write(&folder, &staging)?;
        files::pairs(&folder, &pairs)?;
        let theirs = compare::run(&folder)?;
        compare::tell(&attributes, &overlaps, &theirs);
    }
    Ok(())
}

/// Every rule over all records, and the rules that found most.
fn whole(what: &str, staging: &Staging, rules: &RuleSet, settings: &Settings) {
    let before = peak_mib();
    let started = Instant::now();
    let mut findings = 0u64;
    let mut counts = check(staging, rules, settings, |_| findings += 1);
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "全面质检（{what}）：{} 条记录，{} 条规则，{findings} 个问题，{seconds:.2} 秒，程序内存最高 {:.2} GiB（质检前 {:.2}）",
        staging.rows(),
        counts.len(),
        peak_mib() / 1024.0,
        before / 1024.0
    );
    counts.sort_by_key(|c| std::cmp::Reverse(c.mandatory + c.warnings));
    for count in counts.iter().take(12) {
        println!(
            "    {}  {:>8}",
            count.rule_id,
            count.mandatory + count.warnings
        );
    }
}

/// What one side needed and found.
#[derive(Debug)]
struct Measured {
    seconds: f64,
    found: Vec<(String, u64)>,
}

fn attribute_rules(
    args: &Args,
    staging: &Staging,
    rules: &RuleSet,
    settings: &Settings,
) -> Measured {
    let mut settings = settings.clone();
    settings.only = ATTRIBUTE_RULES.iter().map(|id| (*id).to_owned()).collect();
    let mut best = Measured {
        seconds: f64::INFINITY,
        found: Vec::new(),
    };
    for _ in 0..args.rounds.max(1) {
        let started = Instant::now();
        let counts = check(staging, rules, &settings, |_| {});
        let seconds = started.elapsed().as_secs_f64();
        if seconds < best.seconds {
            let found = counts
                .into_iter()
                .map(|c| (c.rule_id, c.mandatory + c.warnings))
                .collect();
            best = Measured { seconds, found };
        }
    }
    println!(
        "属性规则 {} 条：{:.3} 秒",
        ATTRIBUTE_RULES.len(),
        best.seconds
    );
    best
}

fn overlaps(args: &Args, staging: &Staging) -> (Measured, Vec<Overlap>) {
    let shapes: Vec<Option<Shape>> = staging.table("ZDJBXX").map_or_else(Vec::new, |t| {
        (0..t.len())
            .map(|r| t.geometry(r).and_then(dengbu_quality::area::shape))
            .collect()
    });
    let mut best = Measured {
        seconds: f64::INFINITY,
        found: Vec::new(),
    };
    let mut pairs = Vec::new();
    for _ in 0..args.rounds.max(1) {
        let started = Instant::now();
        // The index is built within the time, on both sides.
        let layer = Layer::of_shapes(shapes.iter().map(Option::as_ref));
        let found = layer.overlaps(Slack::OVERLAP, |_, _| true);
        let seconds = started.elapsed().as_secs_f64();
        if seconds < best.seconds {
            best = Measured {
                seconds,
                found: vec![("overlaps".to_owned(), found.len() as u64)],
            };
        }
        pairs = found;
    }
    println!(
        "宗地重叠 {} 宗：{:.3} 秒，{} 对",
        shapes.len(),
        best.seconds,
        best.found[0].1
    );
    (best, pairs)
}

/// Greatest memory of this program so far, from the kernel; 0 where it does not tell.
fn peak_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|l| l.split_whitespace().next())
        .and_then(|n| n.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// The workspace's target folder, beside the program.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program
        .ancestors()
        .find(|p| p.ends_with("target"))
        .map(PathBuf::from);
    folder.unwrap_or_else(|| PathBuf::from("target"))
}

/// Digits of a small number, as texts are made by the hundred thousand.
fn padded(out: &mut String, number: usize, width: usize) {
    let _ = write!(out, "{number:0width$}");
}
