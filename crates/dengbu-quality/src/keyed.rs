//! Checks over rows of a table together and over references between tables.

use crate::area::{Area, SourceId, View, keyed};
use crate::check::{Check, Must};
use crate::row::{field_name, holds};
use crate::run::Found;
use crate::value::number;
use std::collections::HashMap;

/// Runs a group or reference check on one field; findings in order of rows.
pub fn run(area: &Area<'_>, view: &View<'_>, check: &Check, field: &str) -> Vec<Found> {
    let mut found = match check.must {
        Must::Unique => unique(view, check),
        Must::Consecutive => consecutive(view, check, field),
        Must::Agree => agree(view, check, field),
        Must::Exists => exists(area, view, check, field),
        Must::Matches => matches(area, view, check, field),
        Must::NoRow => no_row(view),
        _ => Vec::new(),
    };
    found.sort_by(|a, b| (a.row, &a.field).cmp(&(b.row, &b.field)));
    found
}

fn applies(view: &View<'_>, check: &Check, row: usize) -> bool {
    check
        .when
        .iter()
        .all(|w| holds(w, view.value(&w.field, row)))
}

fn found(view: &View<'_>, check: &Check, row: u32, field: &str, message: String) -> Found {
    Found {
        table: view.table.code().to_owned(),
        row: Some(row),
        field: field.to_owned(),
        value: view.table.raw(field, row as usize).to_owned(),
        message: if check.say.is_empty() {
            message
        } else {
            check.say.clone()
        },
        kind: check.kind,
        severity: check.severity,
        ..Found::default()
    }
}

/// The values of key fields joined; empty when one is.
pub fn key_of(view: &View<'_>, fields: &[String], row: usize) -> String {
    let mut key = String::new();
    for field in fields {
        let value = view.value(field, row);
        if value.is_empty() {
            return String::new();
        }
        key.push_str(value);
        key.push('\u{1f}');
    }
    key
}

/// Rows by key of a source, those with the check's condition only.
fn groups(view: &View<'_>, check: &Check) -> Vec<Vec<u32>> {
    let mut all: HashMap<(SourceId, String), Vec<u32>> = HashMap::new();
    if let [field] = check.fields.as_slice() {
        let column = view.column(field);
        let rows = keyed(view, |row| column.get(row));
        let mut groups: Vec<Vec<u32>> = rows
            .into_values()
            .map(|rows| {
                rows.into_iter()
                    .filter(|r| applies(view, check, *r as usize))
                    .collect()
            })
            .filter(|rows: &Vec<u32>| !rows.is_empty())
            .collect();
        groups.sort_unstable();
        return groups;
    }
    for (row, source) in (0u32..).zip(&view.source) {
        let key = key_of(view, &check.fields, row as usize);
        if !key.is_empty() && applies(view, check, row as usize) {
            all.entry((*source, key)).or_default().push(row);
        }
    }
    let mut groups: Vec<Vec<u32>> = all.into_values().collect();
    groups.sort_unstable();
    groups
}

fn unique(view: &View<'_>, check: &Check) -> Vec<Found> {
    let field = check.fields.last().map_or("", String::as_str);
    let mut out = Vec::new();
    for group in groups(view, check).iter().filter(|g| g.len() > 1) {
        let first = view.table.legacy_id(group[0] as usize);
        // The first bearer keeps it; the others are named.
        out.extend(group[1..].iter().map(|row| {
            let message = format!(
                "{}“{}”已被记录 {first} 使用，共 {} 条",
                field_name(view.table.code(), field),
                view.value(field, *row as usize),
                group.len()
            );
            found(view, check, *row, field, message)
        }));
    }
    out
}

fn consecutive(view: &View<'_>, check: &Check, field: &str) -> Vec<Found> {
    let mut out = Vec::new();
    for group in groups(view, check) {
        let mut order: Vec<(u64, u32)> = group
            .iter()
            .filter_map(|row| Some((view.value(field, *row as usize).parse().ok()?, *row)))
            .collect();
        order.sort_unstable();
        let gap = (1u64..).zip(&order).find(|(want, (have, _))| want != have);
        if let Some((want, (_, row))) = gap {
            let message = format!(
                "{}不连续，缺少或者重复序号 {want}",
                field_name(view.table.code(), field)
            );
            out.push(found(view, check, *row, field, message));
        }
    }
    out
}

fn agree(view: &View<'_>, check: &Check, field: &str) -> Vec<Found> {
    let mut out = Vec::new();
    for group in groups(view, check) {
        let first = view.value(field, group[0] as usize);
        let other = group
            .iter()
            .find(|row| view.value(field, **row as usize) != first);
        if let Some(row) = other {
            let message = format!(
                "同一{}的{}不一致：“{first}”与“{}”",
                check
                    .fields
                    .iter()
                    .map(|f| field_name(view.table.code(), f))
                    .collect::<Vec<_>>()
                    .join("、"),
                field_name(view.table.code(), field),
                view.value(field, *row as usize)
            );
            out.push(found(view, check, *row, field, message));
        }
    }
    out
}

fn exists(area: &Area<'_>, view: &View<'_>, check: &Check, field: &str) -> Vec<Found> {
    let target = area.view(&check.in_table);
    let part_to = check.to;
    let known = target
        .map(|t| keyed(t, |row| t.value(&check.in_field, row)))
        .unwrap_or_default();
    let column = view.column(field);
    (0u32..)
        .zip(&view.source)
        .filter(|(row, source)| {
            let whole = column.get(*row as usize);
            let key = if part_to > 0 {
                crate::value::part(whole, check.from, part_to)
            } else {
                whole
            };
            !key.is_empty()
                && !known.contains_key(&(**source, key))
                // A source without the other table at all is told once, by DQ-STR-003.
                && target.is_some_and(|t| t.has(&check.in_field, **source))
                && applies(view, check, *row as usize)
        })
        .map(|(row, _)| {
            let message = format!(
                "{}“{}”所指的{}不存在",
                field_name(view.table.code(), field),
                column.get(row as usize),
                table_name(&check.in_table)
            );
            found(view, check, row, field, message)
        })
        .collect()
}

fn matches(area: &Area<'_>, view: &View<'_>, check: &Check, field: &str) -> Vec<Found> {
    let Some(target) = area.view(&check.in_table) else {
        return Vec::new();
    };
    let there = if check.in_fields.is_empty() {
        &check.fields
    } else {
        &check.in_fields
    };
    let mut known: HashMap<(SourceId, String), u32> = HashMap::with_capacity(target.len());
    for (row, source) in (0u32..).zip(&target.source) {
        let key = key_of(target, there, row as usize);
        if !key.is_empty() {
            known.entry((*source, key)).or_insert(row);
        }
    }
    let mut out = Vec::new();
    for (row, source) in (0u32..).zip(&view.source) {
        let own = view.value(field, row as usize);
        if own.is_empty() || !applies(view, check, row as usize) {
            continue;
        }
        let key = key_of(view, &check.fields, row as usize);
        let Some(other) = known.get(&(*source, key)) else {
            continue;
        };
        let other = target.value(&check.in_field, *other as usize);
        let same = match (number(own), number(other)) {
            (Some(a), Some(b)) => {
                (a - b).abs() <= check.tolerance.max(check.part * a.abs().max(b.abs())) + 5e-7
            }
            _ => own == other,
        };
        if !other.is_empty() && !same {
            let message = format!(
                "{}“{own}”与{}的{}“{other}”不一致",
                field_name(view.table.code(), field),
                table_name(&check.in_table),
                field_name(&check.in_table, &check.in_field)
            );
            out.push(found(view, check, row, field, message));
        }
    }
    out
}

fn no_row(view: &View<'_>) -> Vec<Found> {
    vec![Found {
        table: view.table.code().to_owned(),
        message: format!(
            "{}应当没有记录，现有 {} 条",
            table_name(view.table.code()),
            view.len()
        ),
        ..Found::default()
    }]
}

/// Name of a table for people.
pub fn table_name(code: &str) -> String {
    dengbu_staging::Schema::standard()
        .table(code)
        .map_or_else(|| code.to_owned(), |t| t.name_zh.clone())
}
