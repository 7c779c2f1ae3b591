//! The content of a quality report (质检报告): what was checked, by which rules, what was found,
//! the figures, the verdict. Signing and printing are others' work; the digest is over the
//! canonical JSON, so that a rerun on equal input proves equal.

use crate::Finding;
use crate::metrics::{Definition, Metrics, Tally};
use crate::rule::{Category, RuleSet, Severity};
use crate::run::{RuleCount, Settings, Stage, check};
use chrono::NaiveDate;
use dengbu_staging::Staging;
use serde::Serialize;
use sm3::{Digest as _, Sm3};
use std::fmt::Write as _;

/// Whether the data may be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 合格: no mandatory finding, all figures pass.
    Accepted,
    /// 基本合格: no mandatory finding, but a figure below its threshold; to be explained.
    AcceptedWithRemarks,
    /// 不合格.
    Rejected,
}

impl Verdict {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "合格",
            Self::AcceptedWithRemarks => "基本合格（有指标未达到，须说明）",
            Self::Rejected => "不合格（有强制问题，处理后重新检查）",
        }
    }
}

/// One rule's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// The rule.
    pub rule_id: String,
    /// What it is about.
    pub category: Category,
    /// How grave.
    pub severity: Severity,
    /// What must hold.
    pub title: String,
    /// What to do.
    pub action: String,
    /// Rows looked at.
    pub rows: u64,
    /// Mandatory findings.
    pub mandatory: u64,
    /// Warnings.
    pub warnings: u64,
    /// Why it was not judged here; empty when it was.
    pub elsewhere: String,
}

/// Rows of a table from a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableLine {
    /// Source.
    pub source: String,
    /// Table of the standard.
    pub table: String,
    /// Rows.
    pub rows: u64,
}

/// A report's content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Names the data checked (run or package id).
    pub package: String,
    /// Version of the rules.
    pub rules_version: String,
    /// The day the rules took for today.
    pub today: NaiveDate,
    /// 数据源, 整理区 or 登记簿.
    pub stage: &'static str,
    /// What was checked.
    pub tables: Vec<TableLine>,
    /// Every rule, those judged elsewhere too.
    pub rules: Vec<RuleLine>,
    /// Figures.
    pub metrics: Metrics,
    /// All mandatory findings.
    pub mandatory: u64,
    /// All warnings.
    pub warnings: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// SM3 over the findings, in order: what the report is about.
    pub findings_sm3: String,
}

/// Checks an area, hands every finding to `sink` and makes the report.
pub fn check_and_report(
    package: &str,
    staging: &Staging,
    rules: &RuleSet,
    settings: &Settings,
    definitions: &[Definition],
    mut sink: impl FnMut(Finding),
) -> Report {
    let (mut tally, mut digest) = (Tally::default(), Sm3::new());
    let counts = check(staging, rules, settings, |finding| {
        tally.add(&finding);
        for text in [
            &finding.rule_id,
            &finding.source,
            &finding.table,
            &finding.legacy_id,
            &finding.field,
            &finding.value,
            &finding.message,
        ] {
            digest.update(text.as_bytes());
            digest.update([0x1f]);
        }
        digest.update([b'\n']);
        sink(finding);
    });
    let metrics = Metrics::compute(staging, &tally, definitions);
    let verdict = verdict(tally.mandatory(), &metrics);
    Report {
        package: package.to_owned(),
        rules_version: rules.version.clone(),
        today: settings.today,
        stage: match settings.stage {
            Stage::Source => "数据源",
            Stage::Staging => "整理区",
            Stage::Register => "登记簿",
        },
        tables: tables(staging),
        rules: lines(rules, &counts),
        metrics,
        mandatory: tally.mandatory(),
        warnings: tally.warnings(),
        verdict,
        findings_sm3: hex(&digest.finalize()),
    }
}

fn verdict(mandatory: u64, metrics: &Metrics) -> Verdict {
    if mandatory > 0 {
        Verdict::Rejected
    } else if metrics.0.iter().all(|m| m.passes) {
        Verdict::Accepted
    } else {
        Verdict::AcceptedWithRemarks
    }
}

fn tables(staging: &Staging) -> Vec<TableLine> {
    let mut lines: Vec<TableLine> = Vec::new();
    for table in staging.tables() {
        let from = lines.len();
        for row in 0..table.len() {
            let source = table.source(row);
            match lines[from..].iter_mut().find(|l| l.source == source) {
                Some(line) => line.rows += 1,
                None => lines.push(TableLine {
                    source: source.to_owned(),
                    table: table.code().to_owned(),
                    rows: 1,
                }),
            }
        }
    }
    lines
}

fn lines(rules: &RuleSet, counts: &[RuleCount]) -> Vec<RuleLine> {
    let mut counts = counts.iter().peekable();
    rules
        .rules
        .iter()
        .map(|rule| {
            let count = counts.next_if(|c| c.rule_id == rule.id);
            RuleLine {
                rule_id: rule.id.clone(),
                category: rule.category(),
                severity: rule.severity,
                title: rule.title.clone(),
                action: rule.action.clone(),
                rows: count.map_or(0, |c| c.rows),
                mandatory: count.map_or(0, |c| c.mandatory),
                warnings: count.map_or(0, |c| c.warnings),
                elsewhere: rule.elsewhere.clone(),
            }
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
