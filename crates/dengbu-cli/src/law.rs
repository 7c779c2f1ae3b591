//! Commands about the law itself: they need no data folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dengbu_law::catalogue::{self, CatalogueFault};
use dengbu_law::rules::Severity;
use dengbu_scenario::{Report, play, read, run};

/// Plays scenario files on a register in memory.
pub fn run_scenarios(files: &[PathBuf], explain: bool) -> anyhow::Result<()> {
    let (mut played, mut failed) = (0, 0);
    for path in files {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("读不到情景文件 {name}，请检查路径"))?;
        let file = read(&name, &text)?;
        println!("{name}  {}", file.title);
        for scenario in &file.scenario {
            let report = run(scenario);
            played += 1;
            failed += usize::from(!report.holds());
            println!(
                "  {} {}",
                if report.holds() { "✓" } else { "✗" },
                report.name
            );
            for fault in &report.faults {
                println!("      {fault}");
            }
            if explain {
                explained(&report);
            }
        }
    }
    println!("共 {played} 个情景，{failed} 个不符");
    if failed > 0 {
        bail!("有 {failed} 个情景与预期不符");
    }
    Ok(())
}

fn explained(report: &Report) {
    for (i, outcome) in report.outcomes.iter().enumerate() {
        println!("      第 {} 件：{}", i + 1, said(outcome));
        for v in &outcome.violations {
            let weight = match v.severity {
                Severity::Info => "提示",
                Severity::Warn => "须说明",
                Severity::Consent => "须同意",
                Severity::Block => "阻止",
            };
            println!("        {} {weight} {}（{}）", v.rule, v.message, v.law);
        }
    }
}

fn said(outcome: &play::Outcome) -> &'static str {
    if outcome.recorded {
        "登簿"
    } else {
        "未登簿"
    }
}

/// Lists the businesses of the catalogue.
pub fn list_catalogue() {
    for b in catalogue::all() {
        println!("{}\t{}\t{}", b.code, b.family, b.name);
    }
    println!("共 {} 项业务", catalogue::all().len());
}

/// Reads the catalogue of a folder: `shared.toml` and one file per family.
fn read_folder(folder: &Path) -> anyhow::Result<Vec<catalogue::Business>> {
    let shown = folder.display();
    let mut texts = Vec::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("打不开业务目录文件夹 {shown}，请检查路径"))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            let name = path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("读不到业务目录文件 {}，请检查文件", path.display()))?;
            texts.push((name, text));
        }
    }
    texts.sort();
    let (shared, families): (Vec<_>, Vec<_>) = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .partition(|(name, _)| *name == "shared.toml");
    let Some(shared) = shared.first() else {
        bail!("业务目录文件夹 {shown} 中没有 shared.toml，请放入全部目录文件");
    };
    if families.is_empty() {
        bail!("业务目录文件夹 {shown} 中没有业务类别文件，请放入全部目录文件");
    }
    Ok(catalogue::read(*shared, &families)?)
}

/// Puts the catalogue of a folder in the place of the one that is built in; gives how many
/// businesses it has.
pub fn install_catalogue(folder: &Path) -> anyhow::Result<usize> {
    let found = read_folder(folder).map_err(|e| match e.downcast::<CatalogueFault>() {
        Ok(fault) => anyhow::anyhow!(
            "业务目录文件夹 {} 有错误：{fault}。请改正后重新启动",
            folder.display()
        ),
        Err(other) => other,
    })?;
    let count = found.len();
    catalogue::install(found)?;
    Ok(count)
}

/// Reads the catalogue of a folder, or the one that is built in, and says what is wrong.
pub fn check_catalogue(folder: Option<&Path>) -> anyhow::Result<()> {
    let found = match folder {
        None => catalogue::compiled()?,
        Some(folder) => read_folder(folder)?,
    };
    println!("业务目录正确：共 {} 项业务", found.len());
    Ok(())
}
