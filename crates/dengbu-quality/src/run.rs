//! All rules over a staging area.

use crate::area::{Area, View};
use crate::finding::{Finding, Kind};
use crate::rule::{Rule, RuleSet, Severity};
use crate::{keyed, row, special};
use chrono::NaiveDate;
use dengbu_geo::envelope::Envelopes;
use dengbu_geo::{Bounds, Point};
use dengbu_staging::Staging;

/// Where the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// One legacy source after its mapping.
    Source,
    /// The staging area before loading.
    Staging,
    /// The live register: "now" is today, not the day a source's books were closed.
    Register,
}

/// What a run needs besides the rows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Civil date in Asia/Shanghai.
    pub today: NaiveDate,
    /// Where the rows come from.
    pub stage: Stage,
    /// Where counties lie; without, DQ-STR-012 finds nothing.
    pub envelopes: Option<Envelopes>,
    /// Only these rules; all when empty.
    pub only: Vec<String>,
}

impl Settings {
    /// Of a staging area in Panzhihua.
    pub fn new(today: NaiveDate) -> Self {
        Self {
            today,
            stage: Stage::Staging,
            envelopes: Envelopes::panzhihua().ok(),
            only: Vec::new(),
        }
    }
}

/// A finding before its origin is looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub table: String,
    pub row: Option<u32>,
    pub field: String,
    pub value: String,
    pub message: String,
    pub kind: Option<Kind>,
    pub severity: Option<Severity>,
    pub place: Option<Point>,
    pub bounds: Option<Bounds>,
    /// Names another record than the row's own.
    pub legacy_id: Option<String>,
    /// Names a source where there is no row.
    pub source: String,
}

/// What a run did with one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule_id: String,
    /// Its severity.
    pub severity: Severity,
    /// Rows it looked at.
    pub rows: u64,
    /// Findings of severity 强制.
    pub mandatory: u64,
    /// Findings of severity 警告.
    pub warnings: u64,
}

/// Runs the rules in order and hands every finding to `sink` in order: by rule, table, row.
/// Gives what each rule looked at and found.
pub fn check(
    staging: &Staging,
    rules: &RuleSet,
    settings: &Settings,
    mut sink: impl FnMut(Finding),
) -> Vec<RuleCount> {
    let area = Area::new(staging);
    let context = special::Context::new(&area, settings);
    let chosen = |rule: &&Rule| {
        rule.applies() && (settings.only.is_empty() || settings.only.contains(&rule.id))
    };
    rules
        .rules
        .iter()
        .filter(chosen)
        .map(|rule| {
            let mut found = by_checks(&area, rule, settings.today);
            if !rule.special.is_empty() {
                found.extend(special::run(&context, rule));
            }
            found.sort_by(|a, b| {
                (&a.table, a.row, &a.field, &a.message)
                    .cmp(&(&b.table, b.row, &b.field, &b.message))
            });
            found.dedup_by(|a, b| {
                (&a.table, a.row, &a.field, a.kind, &a.legacy_id, &a.source)
                    == (&b.table, b.row, &b.field, b.kind, &b.legacy_id, &b.source)
                    && (a.row.is_some() || a.message == b.message)
            });
            let mut count = RuleCount {
                rule_id: rule.id.clone(),
                severity: rule.severity,
                rows: looked_at(&area, rule),
                mandatory: 0,
                warnings: 0,
            };
            for found in found {
                let finding = finish(&area, rule, found);
                match finding.severity {
                    Severity::Mandatory => count.mandatory += 1,
                    Severity::Warning => count.warnings += 1,
                }
                sink(finding);
            }
            count
        })
        .collect()
}

/// Rows of a table for which `fails` holds, in order, told by all cores.
pub(crate) fn rows_where(view: &View<'_>, fails: impl Fn(usize) -> bool + Sync) -> Vec<u32> {
    const PIECE: usize = 16_384;
    let starts: Vec<usize> = (0..view.len()).step_by(PIECE).collect();
    dengbu_geo::parallel::in_pieces(&starts, 4, |starts| {
        let mut rows = Vec::new();
        for start in starts {
            let end = (start + PIECE).min(view.len());
            let failing = (*start..end).filter(|row| fails(*row));
            rows.extend(failing.filter_map(|row| u32::try_from(row).ok()));
        }
        rows
    })
}

fn by_checks(area: &Area<'_>, rule: &Rule, today: NaiveDate) -> Vec<Found> {
    let mut found = Vec::new();
    let all = rule.standard_tables();
    for check in &rule.checks {
        let tables: Vec<&str> = if check.tables.is_empty() {
            all.clone()
        } else {
            check.tables.iter().map(String::as_str).collect()
        };
        for view in tables.iter().filter_map(|code| area.view(code)) {
            for field in check.field.each() {
                found.extend(if check.must.groups() || check.must.relates() {
                    keyed::run(area, view, check, field)
                } else {
                    row::run(view, check, field, today)
                });
            }
        }
    }
    found
}

fn looked_at(area: &Area<'_>, rule: &Rule) -> u64 {
    let all = rule.standard_tables();
    let views: u64 = area
        .views()
        .filter(|(code, _)| all.contains(&"*") || all.contains(code))
        .map(|(_, view): (_, &View<'_>)| view.len() as u64)
        .sum();
    views
}

/// Identity numbers are personal data: a finding shows their beginning and end only.
fn masked(field: &str, value: &str) -> String {
    let long = value.chars().count() > 10;
    if !matches!(field, "ZJH" | "DLRZJH" | "FDDBRZJH" | "SFZH") || !long {
        return value.to_owned();
    }
    let chars: Vec<char> = value.chars().collect();
    let (head, tail) = (&chars[..6], &chars[chars.len() - 2..]);
    let stars = "*".repeat(chars.len() - 8);
    format!(
        "{}{stars}{}",
        head.iter().collect::<String>(),
        tail.iter().collect::<String>()
    )
}

fn finish(area: &Area<'_>, rule: &Rule, found: Found) -> Finding {
    let view = area.view(&found.table);
    let origin = found
        .row
        .and_then(|row| view.map(|v| v.table.origin(row as usize)));
    let (source, table, legacy_id, file, line) = match origin {
        Some(o) => (o.source, o.table, o.legacy_id, o.file, o.line),
        None => (found.source, String::new(), String::new(), String::new(), 0),
    };
    Finding {
        rule_id: rule.id.clone(),
        severity: found.severity.unwrap_or(rule.severity),
        source,
        table: if table.is_empty() {
            found.table.clone()
        } else {
            table
        },
        legacy_id: found.legacy_id.unwrap_or(legacy_id),
        value: masked(&found.field, &found.value),
        field: found.field,
        message: found.message,
        kind: found.kind,
        standard_table: found.table,
        row: found.row,
        file,
        line,
        place: found.place,
        bounds: found.bounds,
    }
}
