//! What a source holds, shown on the command line, and a mapping held against it.

use std::path::Path;

use anyhow::{Context, bail};
use dengbu_mapping::inspect::{Profile, TableProfile, inspect as profile, propose};
use dengbu_mapping::preview::check;
use dengbu_sources::{OpenOptions, Source};

/// Profiles a source; writes the proposed mapping where asked.
pub fn inspect(
    place: &str,
    tables: &[String],
    to: Option<&Path>,
    json: bool,
) -> anyhow::Result<()> {
    let source = Source::open(place, &OpenOptions::default())?;
    if let Some(missing) = tables.iter().find(|t| source.table(t).is_none()) {
        let known: Vec<&str> = source.tables().map(|t| t.name.as_str()).collect();
        bail!("“{place}”中没有表“{missing}”。已有：{}", known.join("、"));
    }
    let mut found = profile(&source)?;
    if !tables.is_empty() {
        found.tables.retain(|t| tables.contains(&t.name));
    }
    if let Some(to) = to {
        let name = Path::new(place)
            .file_name()
            .map_or_else(|| "source".to_owned(), |n| n.to_string_lossy().into_owned());
        std::fs::write(to, propose(&found, &name))
            .with_context(|| format!("无法写入“{}”，请检查路径和权限", to.display()))?;
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    show(&found);
    match to {
        Some(to) => println!("建议的对照文件已写入 {}，请逐项核对后使用", to.display()),
        None => println!("加 --propose 文件名 可写出建议的对照文件"),
    }
    Ok(())
}

fn show(profile: &Profile) {
    for table in &profile.tables {
        show_table(table);
    }
    for skipped in &profile.skipped {
        println!("未读取 {}：{}", skipped.file, skipped.reason);
    }
    let records: u64 = profile.tables.iter().map(|t| t.records).sum();
    let broken: u64 = profile.tables.iter().map(|t| t.broken).sum();
    println!(
        "共 {} 个表，{records} 条记录，{broken} 条无法读取",
        profile.tables.len()
    );
}

fn show_table(table: &TableProfile) {
    println!(
        "■ {}（{}，{}）{} 条记录",
        table.name,
        table.format.name_zh(),
        table.file,
        table.records
    );
    if let Some((encoding, evidence)) = &table.encoding {
        println!("  编码 {encoding}：{evidence}");
    }
    if let Some(shapes) = &table.shapes {
        println!(
            "  图形 {} 个，缺 {} 个，共 {} 个点；{}",
            shapes.count, shapes.missing, shapes.points, shapes.looks_like
        );
    }
    if let Some(crs) = &table.crs {
        println!("  坐标系 {}", crs.chars().take(120).collect::<String>());
    }
    if let Some(sm3) = &table.sm3 {
        println!("  SM3 {sm3}");
    }
    for note in &table.notes {
        println!("  注意：{note}");
    }
    for (text, count) in &table.remarks {
        println!("  {text}：{count} 条");
    }
    for broken in &table.broken_shown {
        println!("  无法读取：{broken}");
    }
    let more = table.broken.saturating_sub(table.broken_shown.len() as u64);
    if more > 0 {
        println!("  另有 {more} 条无法读取");
    }
    println!(
        "  {}{}{}{}举例",
        pad("字段", 24),
        pad("填充率", 9),
        pad("不同值", 9),
        pad("内容", 16)
    );
    for f in &table.fields {
        let samples: Vec<&str> = f.samples.iter().take(3).map(|(t, _)| t.as_str()).collect();
        let distinct = format!("{}{}", f.distinct, if f.distinct_more { "+" } else { "" });
        println!(
            "  {}{}{}{}{}",
            pad(&f.name, 24),
            pad(&format!("{:.1}%", f.fill_rate), 9),
            pad(&distinct, 9),
            pad(f.content.name_zh(), 16),
            samples.join(" | ").chars().take(60).collect::<String>()
        );
    }
    println!();
}

/// Pads to a width in columns of a terminal, where a Chinese character takes two.
fn pad(text: &str, width: usize) -> String {
    let taken: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(taken).max(1)))
}

/// Holds a mapping against a source.
pub fn check_mapping(mapping: &Path, place: &str) -> anyhow::Result<()> {
    let name = mapping.display().to_string();
    let text = std::fs::read_to_string(mapping)
        .with_context(|| format!("读不到对照文件 {name}，请检查路径"))?;
    let source = Source::open(place, &OpenOptions::default())?;
    let faults = check(&text, &name, &source);
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() {
        println!("对照文件没有错误");
        return Ok(());
    }
    bail!("对照文件有 {} 处错误，请改正", faults.len());
}
