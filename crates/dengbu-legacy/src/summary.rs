//! The counts of a reading as a table for the operator, in Chinese.

use crate::finding::FindingClass;
use crate::titles::{LegacyCity, TableCount};
use std::collections::BTreeMap;
use std::fmt;

/// Per table: read, loaded, left out; per class: findings. Printed with `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Tables in order of reading.
    pub tables: Vec<TableCount>,
    /// Findings by source and class.
    pub findings: BTreeMap<(String, FindingClass), usize>,
    /// Titles, with how many carry a current mortgage and a current seizure.
    pub titles: [usize; 3],
}

impl Summary {
    /// Counts a city.
    pub fn of(city: &LegacyCity) -> Self {
        let mut findings = BTreeMap::new();
        for f in &city.findings {
            *findings.entry((f.source.clone(), f.class)).or_insert(0) += 1;
        }
        let mortgaged = city
            .titles
            .iter()
            .filter(|t| t.mortgages.iter().any(|m| m.current))
            .count();
        let seized = city
            .titles
            .iter()
            .filter(|t| t.seizures.iter().any(|s| s.current))
            .count();
        Self {
            tables: city.counts.clone(),
            findings,
            titles: [city.titles.len(), mortgaged, seized],
        }
    }
}

/// The office's name for its folder.
pub fn office_name(source: &str) -> &str {
    match source {
        "a-municipal" => "市不动产登记中心",
        "b-miyi" => "米易县",
        "c-yanbian" => "盐边县",
        other => other,
    }
}

/// Pads to a width in columns, a Chinese character taking two.
fn pad(text: &str, width: usize) -> String {
    let used: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(used)))
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}{}{:>8}{:>8}{:>8}",
            pad("登记机构", 20),
            pad("数据表", 14),
            "读取",
            "装载",
            "未装载"
        )?;
        for t in &self.tables {
            writeln!(
                f,
                "{}{}{:>10}{:>10}{:>10}",
                pad(office_name(&t.source), 20),
                pad(&t.table, 14),
                t.read,
                t.loaded,
                t.left_out
            )?;
        }
        writeln!(
            f,
            "\n{}{}{:>8}",
            pad("登记机构", 20),
            pad("问题", 32),
            "条数"
        )?;
        for ((source, class), n) in &self.findings {
            writeln!(
                f,
                "{}{}{n:>10}",
                pad(office_name(source), 20),
                pad(class.name_zh(), 32)
            )?;
        }
        let [titles, mortgaged, seized] = self.titles;
        writeln!(
            f,
            "\n共装载不动产单元 {titles} 个，其中现有抵押 {mortgaged} 个、现有查封 {seized} 个。"
        )
    }
}
