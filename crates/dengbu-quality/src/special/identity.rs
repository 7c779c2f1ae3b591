//! Identity documents of holders.

use super::{Context, on, views};
use crate::area::View;
use crate::finding::Kind;
use crate::rule::{Rule, Severity};
use crate::run::Found;
use chrono::{Datelike as _, NaiveDate};
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_staging::NoteKind;

/// Where a table has the number: members of a household have theirs in a field of its own.
fn number_field(view: &View<'_>) -> &'static str {
    if view.table.code() == "JTCY" {
        "SFZHM"
    } else {
        "ZJH"
    }
}

/// 证件种类 of a holder: as recorded, else by what the number looks like.
fn id_kind(view: &View<'_>, row: usize) -> &'static str {
    let number = view.value(number_field(view), row);
    match view.value("ZJZL", row) {
        "1" => "1",
        // Business licences since 2015 bear the unified code (国办发〔2015〕50号).
        "7" if number.len() == 18 => "8",
        "8" => "8",
        "" => match number.len() {
            15 => "1",
            18 if number.as_bytes()[..17].iter().all(u8::is_ascii_digit) && looks_born(number) => {
                "1"
            }
            18 => "8",
            _ => "",
        },
        _ => "99",
    }
}

/// Characters 7–14 are a day of the last 150 years.
fn looks_born(number: &str) -> bool {
    matches!(number.get(6..8), Some("18" | "19" | "20"))
}

/// Whether an 18-digit resident number holds, quickly.
fn resident_holds(number: &str, today: NaiveDate) -> bool {
    let bytes = number.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = bytes
        .iter()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    let born = crate::value::date(&number[6..14]);
    bytes[17].to_ascii_uppercase() == check && born.is_some_and(|d| d <= today && d.year() >= 1880)
}

fn masked(number: &str) -> String {
    IdDocument::from_register(IdKind::ResidentId, number).masked()
}

/// DQ-ATT-045: missing, wrong, or of 15 digits.
pub fn resident_id(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let today = context.settings.today;
    let mut out = Vec::new();
    for view in views(context, rule) {
        let field = number_field(view);
        let numbers = view.column(field);
        let rows = crate::run::rows_where(view, |row| {
            let number = numbers.get(row);
            number.is_empty() || (id_kind(view, row) == "1" && !resident_holds(number, today))
        });
        for row in rows.into_iter().map(|r| r as usize) {
            let number = numbers.get(row);
            if number.is_empty() {
                let raw = view.table.raw(field, row).trim();
                if raw.is_empty() && view.has(field, view.source[row]) {
                    out.push(on(
                        view,
                        row,
                        field,
                        "没有证件号码".to_owned(),
                        Some(Kind::IdMissing),
                    ));
                } else if !raw.is_empty() {
                    out.push(on(
                        view,
                        row,
                        field,
                        "证件号码无法识别".to_owned(),
                        Some(Kind::IdChecksum),
                    ));
                }
            } else if number.len() == 15
                && IdDocument::parse(IdKind::ResidentId, number, today).is_ok()
            {
                out.push(old_number(view, row, field));
            } else {
                let why = match resident_id_check_digit(number.get(..17).unwrap_or_default()) {
                    Some(digit) if number.len() == 18 && !number.ends_with(digit) => "校验位不符",
                    _ => "位数或者出生日期有误",
                };
                let message = format!("居民身份证号 {} {why}", masked(number));
                out.push(on(view, row, field, message, Some(Kind::IdChecksum)));
            }
        }
        let upgraded = view
            .notes(field)
            .iter()
            .filter(|(_, kind)| *kind == NoteKind::IdUpgraded);
        out.extend(upgraded.map(|(row, _)| old_number(view, *row as usize, field)));
    }
    out
}

fn old_number(view: &View<'_>, row: usize, field: &str) -> Found {
    let message = "十五位身份证号，应升为十八位".to_owned();
    Found {
        severity: Some(Severity::Warning),
        ..on(view, row, field, message, Some(Kind::Id15))
    }
}

/// DQ-ATT-046.
pub fn credit_code(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let numbers = view.column("ZJH");
        let rows = crate::run::rows_where(view, |row| {
            let number = numbers.get(row);
            !number.is_empty()
                && id_kind(view, row) == "8"
                && !(number.len() == 18
                    && number
                        .get(..17)
                        .and_then(credit_code_check)
                        .is_some_and(|c| number.ends_with(c)))
        });
        out.extend(rows.into_iter().map(|row| {
            let message = "统一社会信用代码的位数、字符或者校验位有误".to_owned();
            on(view, row as usize, "ZJH", message, Some(Kind::IdChecksum))
        }));
    }
    out
}

/// DQ-ATT-047: other documents: 5 to 20 letters, digits, brackets, 字第号.
pub fn other_id(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let numbers = view.column("ZJH");
        let rows = crate::run::rows_where(view, |row| {
            let number = numbers.get(row);
            let length = number.chars().count();
            !number.is_empty()
                && id_kind(view, row) == "99"
                && !((5..=30).contains(&length)
                    && number.chars().all(|c| {
                        c.is_ascii_alphanumeric()
                            || "()（）-字第号".contains(c)
                            || ('一'..='龥').contains(&c)
                    }))
        });
        out.extend(rows.into_iter().map(|row| {
            on(
                view,
                row as usize,
                "ZJH",
                "证件号码的长度或者字符不合该证件种类".to_owned(),
                None,
            )
        }));
    }
    out
}

/// DQ-ATT-048: persons show documents of persons, organisations those of organisations.
pub fn holder_kind(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let rows = crate::run::rows_where(view, |row| {
            let (kind, document) = (view.value("QLRLX", row), view.value("ZJZL", row));
            matches!(
                (kind, document),
                ("1", "6" | "7" | "8") | ("2" | "3" | "4", "1" | "2" | "3" | "4" | "5")
            )
        });
        out.extend(rows.into_iter().map(|row| {
            on(
                view,
                row as usize,
                "ZJZL",
                "证件种类与权利人类型不相容".to_owned(),
                None,
            )
        }));
    }
    out
}

/// DQ-ATT-051.
pub fn sex(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let rows = crate::run::rows_where(view, |row| {
            let (sex, number) = (view.value("XB", row), view.value("ZJH", row).as_bytes());
            let odd = number
                .get(16)
                .is_some_and(|b| b.is_ascii_digit() && (b - b'0') % 2 == 1);
            number.len() == 18
                && id_kind(view, row) == "1"
                && matches!((sex, odd), ("1", false) | ("2", true))
        });
        out.extend(rows.into_iter().map(|row| {
            on(
                view,
                row as usize,
                "XB",
                "性别与身份证号第 17 位不一致".to_owned(),
                None,
            )
        }));
    }
    out
}

/// DQ-RGT-017: current holders under eighteen (民法典第十七条) without a word on a guardian.
pub fn minor(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let today = context.settings.today;
    let Some(grown) = today.with_year(today.year() - 18) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| v.table.code() == "QLR")
    {
        let rows = crate::run::rows_where(view, |row| {
            let number = view.value("ZJH", row);
            number.len() == 18
                && id_kind(view, row) == "1"
                && super::current(view, row)
                && crate::value::date(number.get(6..14).unwrap_or(""))
                    .is_some_and(|born| born > grown)
                && !view.value("BZ", row).contains("监护")
        });
        out.extend(rows.into_iter().map(|row| {
            on(
                view,
                row as usize,
                "ZJH",
                "权利人未成年，没有监护说明".to_owned(),
                None,
            )
        }));
    }
    out
}
