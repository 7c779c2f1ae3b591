//! Texts: encoding, words that stand for nothing, blanks and full-width forms.

use super::{Context, on};
use crate::area::View;
use crate::row::field_name;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::stands_for_nothing;
use dengbu_staging::{FieldType, Schema, extension};

/// Runs a test over all texts of all tables of the standard.
fn over_texts(
    context: &Context<'_, '_>,
    concerns: impl Fn(&str, &str) -> bool,
    fails: impl Fn(&str) -> bool + Sync,
    say: impl Fn(&str, &str) -> String,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (code, view) in context.area.views() {
        for field in view.table.fields().filter(|f| !extension::is_extension(f)) {
            if concerns(code, field) {
                found.extend(in_column(view, field, &fails, &say));
            }
        }
    }
    found
}

fn in_column(
    view: &View<'_>,
    field: &str,
    fails: &(impl Fn(&str) -> bool + Sync),
    say: &impl Fn(&str, &str) -> String,
) -> Vec<Found> {
    let column = view.column(field);
    let rows = crate::run::rows_where(view, |row| {
        let text = column.get(row);
        !text.is_empty() && fails(text)
    });
    let name = field_name(view.table.code(), field);
    rows.into_iter()
        .map(|row| {
            on(
                view,
                row as usize,
                field,
                say(&name, column.get(row as usize)),
                None,
            )
        })
        .collect()
}

/// DQ-STR-009.
pub fn clean_text(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let broken = |c: char| {
        c == '\u{fffd}'
            || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
            || ('\u{e000}'..='\u{f8ff}').contains(&c)
    };
    // Control characters are single bytes; the others begin with 0xEE or 0xEF.
    let suspicious = |b: &u8| *b < 0x20 || *b == 0x7f || matches!(*b, 0xee | 0xef | 0xc2);
    over_texts(
        context,
        |_, _| true,
        |text| text.as_bytes().iter().any(suspicious) && text.chars().any(broken),
        |name, _| format!("{name}含有乱码或者不可见字符"),
    )
}

/// Fields of free text, where any word may stand.
fn free_text(table: &str, field: &str) -> bool {
    let definition = Schema::standard().table(table).and_then(|t| t.field(field));
    definition.is_some_and(|f| f.length.is_none_or(|l| l > 500)) || remark(field)
}

/// Remarks and reasons.
fn remark(field: &str) -> bool {
    matches!(field, "BZ" | "FJ" | "QLQTZK" | "DJYY" | "ZXDYYY" | "JSYT")
}

/// DQ-STR-022.
pub fn nothing_words(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    over_texts(
        context,
        |table, field| !free_text(table, field),
        |text| text.len() <= 6 && stands_for_nothing(text),
        |name, text| format!("{name}用“{text}”代替空值"),
    )
}

/// DQ-STR-023: on values as normalised; what the mapping cleaned is no finding.
pub fn tidy_text(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let wide = |c: char| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '\u{3000}');
    over_texts(
        context,
        |table, field| {
            let kind = Schema::standard().table(table).and_then(|t| t.field(field));
            kind.is_some_and(|f| f.field_type == FieldType::Char) && !remark(field)
        },
        |text| {
            let bytes = text.as_bytes();
            let edge = |b: Option<&u8>| b.is_some_and(|b| *b == b' ' || *b == b'\t');
            // Full-width forms begin with 0xEF, the wide blank with 0xE3 0x80 0x80.
            edge(bytes.first())
                || edge(bytes.last())
                || (bytes.iter().any(|b| matches!(*b, 0xef | 0xe3)) && text.contains(wide))
        },
        |name, _| format!("{name}首尾有空白，或者含有全角字母、数字"),
    )
}
