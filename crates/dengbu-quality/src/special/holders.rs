//! Holders of a right together: shares, manner of co-ownership.

use super::{Context, current, on, on_table, views};
use crate::area::{SourceId, View};
use crate::finding::Kind;
use crate::rule::{RIGHTS, Rule, Severity};
use crate::run::Found;
use crate::value::share;
use dengbu_staging::NoteKind;
use std::collections::HashMap;

/// Holder rows of each right, in order of the first.
fn by_right(view: &View<'_>) -> Vec<Vec<u32>> {
    let mut groups: HashMap<(SourceId, &str), Vec<u32>> = HashMap::new();
    let (ids, column) = (view.table.legacy_ids(), view.column("YWH"));
    for (row, source) in (0u32..).zip(&view.source) {
        // Without a business number the record itself ties its holders together.
        let key = match column.get(row as usize) {
            "" => ids.get(row as usize),
            key => key,
        };
        groups.entry((*source, key)).or_default().push(row);
    }
    let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
    groups.sort_unstable();
    groups
}

/// DQ-ATT-050.
pub fn share_readable(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let (shares, manners) = (view.column("QLBL"), view.column("GYFS"));
        let noted = view.notes("QLBL");
        let rows = crate::run::rows_where(view, |row| {
            let text = shares.get(row);
            let by_shares = manners.get(row) == "2" && view.has("QLBL", view.source[row]);
            if text.is_empty() {
                by_shares
            } else {
                share(text).is_none()
            }
        });
        out.extend(rows.into_iter().map(|row| {
            on(
                view,
                row as usize,
                "QLBL",
                "按份共有的份额没有填写，或者不是 0 到 1 之间的份额".to_owned(),
                None,
            )
        }));
        let unread = noted
            .iter()
            .filter(|(_, kind)| *kind == NoteKind::ShareInvalid);
        out.extend(unread.map(|(row, _)| {
            on(
                view,
                *row as usize,
                "QLBL",
                "份额无法识别".to_owned(),
                Some(Kind::ShareSum),
            )
        }));
    }
    out
}

/// DQ-LOG-037: shares given by some or all holders of a right must make up the whole
/// (民法典第二百九十八条). The finding stands on the right: its record, the holders' table.
pub fn share_sum(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let tolerance = rule.parameter("tolerance");
    let mut out = Vec::new();
    for view in views(context, rule) {
        let column = view.column("QLBL");
        for group in by_right(view) {
            let given: Vec<f64> = group
                .iter()
                .filter_map(|r| share(column.get(*r as usize)))
                .collect();
            if given.is_empty() {
                continue;
            }
            let sum: f64 = given.iter().sum();
            let all = given.len() == group.len();
            // Thirds written with few digits: each may be half a unit of its last digit off.
            let rounding: f64 = group
                .iter()
                .map(|r| rounding(column.get(*r as usize)))
                .sum();
            if all && (sum - 1.0).abs() <= tolerance + rounding {
                continue;
            }
            let message = if all {
                format!("权利人 {} 人，份额合计 {sum:.4}，不等于 1", group.len())
            } else {
                format!("权利人 {} 人，只有 {} 人载明份额", group.len(), given.len())
            };
            let row = group[0] as usize;
            let found = on(view, row, "QLBL", message, Some(Kind::ShareSum));
            out.push(Found {
                legacy_id: right_record(context, view, row),
                ..found
            });
        }
    }
    out
}

/// How far a decimal share may be off by rounding; fractions are exact.
fn rounding(text: &str) -> f64 {
    let percent = text.ends_with(['%', '％']);
    let digits = text.trim_end_matches(['%', '％']);
    match digits.split_once('.') {
        Some((_, fraction)) if fraction.len() >= 2 => {
            let unit = 10f64.powi(-i32::try_from(fraction.len()).unwrap_or(9));
            // Two digits (0.33) are the coarsest that is meant as a rounded share.
            let unit = if percent { unit / 100.0 } else { unit };
            if is_third(digits) { unit / 2.0 } else { 0.0 }
        }
        _ if percent && is_third(digits) => 0.005,
        _ => 0.0,
    }
}

/// Only endless fractions are rounded: 0.33, 0.67, 33.33, 16.67, 0.1429.
fn is_third(digits: &str) -> bool {
    let fraction: String = digits.chars().filter(char::is_ascii_digit).collect();
    let fraction = fraction.trim_start_matches('0');
    fraction.len() >= 2 && !fraction.ends_with('0') && !fraction.ends_with('5')
}

/// The record of a holder's right, where the right is staged.
fn right_record(context: &Context<'_, '_>, view: &View<'_>, row: usize) -> Option<String> {
    let key = view.value("YWH", row);
    let rights = context.area.rights().get(&(view.source[row], key))?;
    let (table, right) = rights.first()?;
    let right = context.area.view(table)?.table.legacy_id(*right as usize);
    Some(right.to_owned())
}

/// DQ-LOG-036. One holder written as joint owner is a form filled in, told as a warning.
pub fn co_ownership(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let column = view.column("GYFS");
        for group in by_right(view) {
            let manners: Vec<&str> = group
                .iter()
                .map(|r| column.get(*r as usize))
                .filter(|m| !m.is_empty())
                .collect();
            let Some(first) = manners.first() else {
                continue;
            };
            let row = group[0] as usize;
            if manners.iter().any(|m| m != first) {
                let message = "同一权利的共有方式不一致".to_owned();
                out.push(on(view, row, "GYFS", message, None));
            } else if group.len() > 1 && *first == "0" {
                let message = format!("权利人 {} 人，共有方式为单独所有", group.len());
                out.push(on(view, row, "GYFS", message, None));
            }
        }
    }
    out
}

/// DQ-REL-010: current rights have holders, holders have rights.
pub fn right_has_holder(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    let Some(holders) = context.area.view("QLR") else {
        return out;
    };
    let sources =
        |view: &View<'_>, of: usize| view.source.contains(&u16::try_from(of).unwrap_or(0));
    for code in RIGHTS.iter().filter(|code| owned(code)) {
        let Some(view) = context.area.view(code) else {
            continue;
        };
        let column = view.column("YWH");
        for (row, source) in view.source.iter().enumerate() {
            let key = column.get(row);
            if !key.is_empty()
                && current(view, row)
                && holders.has("YWH", *source)
                && !context.area.holders().contains_key(&(*source, key))
            {
                out.push(on(view, row, "YWH", "现势权利没有权利人".to_owned(), None));
            }
        }
        for (i, source) in context.area.sources().iter().enumerate() {
            let unlinked = sources(view, i) && !holders.has("YWH", u16::try_from(i).unwrap_or(0));
            if unlinked {
                let message = "数据源没有权利人记录".to_owned();
                out.push(Found {
                    severity: Some(Severity::Warning),
                    ..on_table(code, source, "YWH", message)
                });
            }
        }
    }
    let column = holders.column("YWH");
    for (row, source) in holders.source.iter().enumerate() {
        let key = column.get(row);
        if !key.is_empty() && !context.area.rights().contains_key(&(*source, key)) {
            let message = format!("权利人所指的权利“{key}”不存在");
            out.push(on(holders, row, "YWH", message, Some(Kind::Orphan)));
        }
    }
    out
}

/// Rights whose holders stand in the table of holders.
fn owned(code: &str) -> bool {
    !matches!(
        code,
        "CFDJ" | "ZXDJ" | "GZDJ" | "XZDY" | "DYAQ" | "YYDJ" | "YGDJ" | "DYIQ" | "JZQ"
    )
}
