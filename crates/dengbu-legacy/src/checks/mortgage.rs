//! Mortgage records: amount, term, creditor.

use super::{Field, ordered};
use crate::finding::{At, FindingClass, Findings};
use crate::reading::{date, number, text};
use crate::rights;
use chrono::NaiveDate;
use dengbu_model::right::Right;
use rust_decimal::Decimal;

/// A mortgage record's fields as written.
pub struct MortgageFields<'a> {
    /// The record.
    pub at: At<'a>,
    /// Field, amount, unit.
    pub amount: (&'static str, &'a str, &'a str),
    /// 债务履行期限起.
    pub start: Field<'a>,
    /// 债务履行期限止.
    pub end: Field<'a>,
    /// 抵押方式 with its code; `None` where the books don't say.
    pub method: Option<Field<'a>>,
    /// 抵押权人.
    pub mortgagee: &'a str,
    /// 抵押人.
    pub mortgagors: &'a str,
}

/// Checks a mortgage; the right is `None` when it can't be registered as it stands. Also gives
/// the day from which it runs.
pub fn mortgage(
    f: &MortgageFields<'_>,
    today: NaiveDate,
    findings: &mut Findings,
) -> (Option<Right>, Option<NaiveDate>) {
    let mut sound = true;
    let amount = amount(f, findings);
    let mut day = |(field, written): Field<'_>| match date::parse(written) {
        Ok(d) => Some(d),
        Err(error) => {
            findings.add(
                FindingClass::DateInvalid,
                f.at,
                (field, written),
                format!("日期无效（{}），按无日期装载", error.message()),
            );
            None
        }
    };
    let (start, end) = (day(f.start), day(f.end));
    sound &= ordered(f.at, f.start, start, end, findings);
    if sound && let Some(s) = start.filter(|s| *s > today) {
        findings.add(
            FindingClass::DateInvalid,
            f.at,
            (f.start.0, f.start.1),
            format!("起日 {s} 在今天之后，未装载"),
        );
        sound = false;
    }
    if text::squeeze(f.mortgagee).is_empty() {
        findings.add(
            FindingClass::NameMissing,
            f.at,
            ("DYQR", ""),
            "没有抵押权人，未装载",
        );
        sound = false;
    }
    if let Some((field, written)) = f
        .method
        .filter(|(_, v)| !matches!(text::squeeze(v).as_str(), "1" | "2"))
    {
        findings.add(
            FindingClass::CodeInvalid,
            f.at,
            (field, written),
            "抵押方式不在字典内，未装载",
        );
        sound = false;
    }
    let right = amount
        .filter(|_| sound)
        .and_then(|a| rights::mortgage(f, a, (start, end)));
    (right, start.filter(|s| *s <= today))
}

/// The secured amount in yuan; nothing when it isn't a positive number.
fn amount(f: &MortgageFields<'_>, findings: &mut Findings) -> Option<Decimal> {
    let (name, written, unit) = f.amount;
    let (class, message) = match number::yuan(written, unit) {
        Some(value) if value > Decimal::ZERO => return Some(value),
        Some(_) => (
            FindingClass::AmountInvalid,
            "被担保债权数额不大于零，未装载",
        ),
        None => (
            FindingClass::NumberInvalid,
            "被担保债权数额不是数字，未装载",
        ),
    };
    findings.add(class, f.at, (name, written), message);
    None
}
