//! Tables, columns, types.

use super::{Context, on, on_table, views};
use crate::area::View;
use crate::keyed::table_name;
use crate::row::{field_name, kind_of};
use crate::rule::{RIGHTS, Rule, Severity};
use crate::run::Found;
use crate::value::{date, number};
use dengbu_geo::Shape;
use dengbu_model::codes;
use dengbu_staging::{Constraint, FieldType, NoteKind, Schema, extension};
use std::collections::{BTreeSet, HashMap};

/// Columns that loading makes itself: identifiers, element codes, shapes, pictures.
const MADE_BY_LOADING: [&str; 10] = [
    "BSM", "YSDM", "GEOM", "ZDT", "FCFHT", "QXDM", "DJJGBM", "DJJGMC", "ZT", "FWBM",
];

/// DQ-STR-003.
pub fn tables_complete(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let staged = |code: &str| context.area.view(code).is_some_and(|v| !v.is_empty());
    let mut found: Vec<Found> = rule
        .standard_tables()
        .into_iter()
        .filter(|code| *code != "*" && !staged(code))
        .map(|code| on_table(code, "", "", format!("缺少{}（{code}）", table_name(code))))
        .collect();
    if !RIGHTS.iter().any(|code| staged(code)) {
        found.push(on_table("FDCQ2", "", "", "没有任何权利表".to_owned()));
    }
    found
}

/// DQ-STR-004.
pub fn tables_known(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let unknown = context
        .area
        .views()
        .filter(|(code, _)| Schema::standard().table(code).is_none());
    unknown
        .map(|(code, _)| on_table(code, "", "", format!("表 {code} 不在数据库标准内")))
        .collect()
}

/// DQ-STR-005: once per table, source and column. What a legacy system never had is no fault of
/// its rows: before the register it is a warning.
pub fn columns_complete(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    let severity = match context.settings.stage {
        crate::run::Stage::Register => Severity::Mandatory,
        _ => Severity::Warning,
    };
    for (code, view) in context.area.views() {
        let Some(table) = Schema::standard().table(code) else {
            continue;
        };
        let here: BTreeSet<u16> = view.source.iter().copied().collect();
        let required = table.fields.iter().filter(|f| {
            f.of_2015
                && f.constraint == Constraint::Mandatory
                && !MADE_BY_LOADING.contains(&f.code.as_str())
        });
        for field in required {
            for source in &here {
                if !view.has(&field.code, *source) {
                    let name = context.area.sources()[usize::from(*source)];
                    let message = format!("数据源没有必备字段{}（{}）", field.name_zh, field.code);
                    let told = on_table(code, name, &field.code, message);
                    found.push(Found {
                        severity: Some(severity),
                        ..told
                    });
                }
            }
        }
    }
    found
}

/// DQ-STR-008.
pub fn columns_known(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        let Some(table) = Schema::standard().table(code) else {
            continue;
        };
        for field in view.table.fields().filter(|f| !extension::is_extension(f)) {
            if table.field(field).is_none() {
                let message = format!("字段 {field} 不在{}的字典内", table.name_zh);
                found.push(on_table(code, "", field, message));
            }
        }
    }
    found
}

/// DQ-STR-006: numbers that are none, and codes the mapping found in no list.
pub fn types(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        for field in fields_of(view) {
            let numeric = matches!(
                field_type(code, field),
                Some(FieldType::Int | FieldType::Float)
            );
            let column = view.column(field);
            let mut rows: Vec<(u32, NoteKind)> = Vec::new();
            if numeric {
                let storeys = field == "SZC";
                let bad = crate::run::rows_where(view, |row| {
                    let text = column.get(row);
                    !text.is_empty() && number(text).is_none() && !(storeys && several(text))
                });
                rows.extend(bad.into_iter().map(|row| (row, NoteKind::NumberInvalid)));
            }
            rows.extend(view.notes(field).iter().filter(|(_, kind)| {
                matches!(kind, NoteKind::NumberInvalid | NoteKind::CodeInvalid)
            }));
            rows.sort_unstable();
            rows.dedup_by_key(|(row, _)| *row);
            found.extend(rows.into_iter().map(|(row, note)| {
                let row = row as usize;
                let (name, raw) = (field_name(code, field), view.table.raw(field, row));
                let message = match note {
                    NoteKind::CodeInvalid => format!("{name}“{raw}”不在代码表内"),
                    _ => format!("{name}“{raw}”不是数字"),
                };
                on(view, row, field, message, kind_of(note))
            }));
        }
    }
    found
}

/// A span of storeys (3-4, -1-2): the standard's 所在层 is a number, but a house of several storeys
/// has no single one, and registers write the span.
fn several(text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let low = text.strip_prefix('-').unwrap_or(text);
    low.split_once('-')
        .is_some_and(|(from, to)| digits(from) && digits(to.strip_prefix('-').unwrap_or(to)))
}

/// DQ-STR-007. A code that the field's own list has is not too long: the list of house uses has codes
/// of three digits (111, 112) for fields of two.
pub fn lengths(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        let Some(table) = Schema::standard().table(code) else {
            continue;
        };
        for field in &table.fields {
            let (FieldType::Char, Some(most)) = (field.field_type, field.length) else {
                continue;
            };
            let (column, most) = (view.column(&field.code), most as usize);
            let list = codes::list(&field.value_domain);
            let long = crate::run::rows_where(view, |row| {
                let text = column.get(row);
                // Bytes bound characters from above: most texts need no counting.
                text.len() > most
                    && text.chars().count() > most
                    && !list.is_some_and(|l| l.contains(text))
            });
            found.extend(long.into_iter().map(|row| {
                let message = format!("{}超过 {most} 个字符", field.name_zh);
                on(view, row as usize, &field.code, message, None)
            }));
        }
    }
    found
}

/// Days that may lie ahead: ends of terms, and beginnings agreed for later.
fn may_be_ahead(field: &str) -> bool {
    field.ends_with("JSSJ") || field.ends_with("QSSJ") || field.ends_with("JSRQ") || field == "SYQX"
}

/// Days of building, which may be older than the republic.
fn may_be_old(field: &str) -> bool {
    matches!(field, "JGRQ" | "JGSJ")
}

/// DQ-STR-024.
pub fn dates(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let today = context.settings.today;
    let first = chrono::NaiveDate::from_ymd_opt(1949, 10, 1).unwrap_or(today);
    let oldest = chrono::NaiveDate::from_ymd_opt(1900, 1, 2).unwrap_or(today);
    let last = today + chrono::Days::new(parameter_days(rule));
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        for field in fields_of(view) {
            let dated = is_date(code, field);
            let column = view.column(field);
            let least = if may_be_old(field) { oldest } else { first };
            let most = if may_be_ahead(field) { last } else { today };
            let mut rows = crate::run::rows_where(view, |row| {
                let text = column.get(row);
                dated
                    && !text.is_empty()
                    && !date(text).is_some_and(|d| (least..=most).contains(&d))
            });
            rows.extend(
                view.notes(field)
                    .iter()
                    .filter(|n| n.1 == NoteKind::DateInvalid)
                    .map(|n| n.0),
            );
            rows.sort_unstable();
            rows.dedup();
            found.extend(rows.into_iter().map(|row| {
                let row = row as usize;
                let (name, raw) = (field_name(code, field), view.table.raw(field, row));
                let message = match date(column.get(row)) {
                    Some(day) if day > most => format!("{name}“{raw}”在今天之后"),
                    Some(_) => format!("{name}“{raw}”早于 {least}"),
                    None => format!("{name}“{raw}”不是有效日期"),
                };
                on(view, row, field, message, Some(crate::Kind::DateInvalid))
            }));
        }
    }
    found
}

fn parameter_days(rule: &Rule) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    let days = (rule.parameter("years_ahead").clamp(0.0, 1000.0) * 366.0) as u64;
    days
}

/// Columns with values, and those of which the mapping could read none.
fn fields_of<'a>(view: &View<'a>) -> BTreeSet<&'a str> {
    view.table
        .fields()
        .chain(view.noted())
        .filter(|f| !f.is_empty())
        .collect()
}

fn field_type(table: &str, field: &str) -> Option<FieldType> {
    Schema::standard()
        .table(table)?
        .field(field)
        .map(|f| f.field_type)
}

fn is_date(table: &str, field: &str) -> bool {
    match field_type(table, field) {
        Some(FieldType::Date | FieldType::DateTime) => true,
        // 竣工日期 stands as text in some editions of the standard.
        Some(_) => may_be_old(field),
        None => false,
    }
}

/// DQ-STR-010.
pub fn geometry_types(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        let want = match code {
            "JZD" | "DZDZW" => "点",
            "JZX" | "XZDZW" | "XZQJX" => "线",
            _ => "面",
        };
        for (row, shape) in context.area.shapes(code).iter().enumerate() {
            let is = match shape {
                Some(Shape::Point(_)) => "点",
                Some(Shape::Lines(_)) => "线",
                Some(Shape::Polygon(_)) => "面",
                None => continue,
            };
            if is != want {
                let message = format!("{}的图形应为{want}，实为{is}", table_name(code));
                found.push(on(view, row, "GEOM", message, None));
            }
        }
    }
    found
}

/// DQ-STR-020: empty ones where the source has them at all, and repeated ones.
pub fn identifiers(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut found = Vec::new();
    let mut known: HashMap<(u16, &str), (&str, u32)> = HashMap::new();
    for (code, view) in context.area.views() {
        for (row, source) in (0u32..).zip(&view.source) {
            let value = view.value("BSM", row as usize);
            if value.is_empty() {
                if view.has("BSM", *source) {
                    found.push(on(
                        view,
                        row as usize,
                        "BSM",
                        "标识码没有填写".to_owned(),
                        None,
                    ));
                }
            } else if let Some((table, first)) = known.insert((*source, value), (code, row)) {
                let first = context
                    .area
                    .view(table)
                    .map_or("", |v| v.table.legacy_id(first as usize));
                let message = format!("标识码“{value}”与{}的记录 {first} 重复", table_name(table));
                found.push(on(view, row as usize, "BSM", message, None));
            }
        }
    }
    found
}

/// DQ-STR-021: the list of element codes names each table in brackets.
pub fn element_codes(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(list) = dengbu_model::codes::list("要素代码") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for view in views(context, rule) {
        let mark = format!("[{}]", view.table.code());
        let Some(item) = list.items().iter().find(|i| i.name.ends_with(&mark)) else {
            continue;
        };
        let column = view.column("YSDM");
        let wrong = crate::run::rows_where(view, |row| {
            let text = column.get(row);
            !text.is_empty() && text != item.code
        });
        found.extend(wrong.into_iter().map(|row| {
            let message = format!("要素代码“{}”应为 {}", column.get(row as usize), item.code);
            Found {
                severity: Some(Severity::Mandatory),
                ..on(view, row as usize, "YSDM", message, None)
            }
        }));
    }
    found
}
