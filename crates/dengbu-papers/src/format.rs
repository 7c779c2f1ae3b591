//! How dates, money, areas and shares are written on papers.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use dengbu_model::codes;
use dengbu_model::party::{CoOwnership, Holder};
use dengbu_model::quantity::{Area, Money};
use dengbu_model::time::shanghai;

use crate::mask::Mask;

/// What stands in a field that is empty, so that nothing can be added by hand.
pub const NONE: &str = "—";

/// A date: 2026年11月23日.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    format!("{}年{:02}月{:02}日", day.year(), day.month(), day.day())
}

/// A date in Asia/Shanghai: 2026年11月23日.
#[must_use]
pub fn day(at: DateTime<Utc>) -> String {
    date(at.with_timezone(&shanghai()).date_naive())
}

/// An instant in Asia/Shanghai to the second: 2026年11月23日 09:30:05.
#[must_use]
pub fn instant(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&shanghai());
    format!(
        "{} {:02}:{:02}:{:02}",
        date(local.date_naive()),
        local.hour(),
        local.minute(),
        local.second()
    )
}

/// An instant to the minute, as the service of orders is noted.
#[must_use]
pub fn minute(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&shanghai());
    format!(
        "{} {:02}时{:02}分",
        date(local.date_naive()),
        local.hour(),
        local.minute()
    )
}

/// Money in figures and in words: `800,000.00 元（捌拾万元整）`.
#[must_use]
pub fn money(amount: &Money) -> String {
    format!("{} 元（{}）", amount.grouped(), amount.chinese_capital())
}

/// Money that may be in another currency (币种): the words are added for yuan only.
#[must_use]
pub fn money_in(amount: &Money, currency: Option<&str>) -> String {
    match currency {
        None | Some("人民币") => money(amount),
        Some(name) => format!("{} {name}", amount.grouped()),
    }
}

/// An area: 112.25 ㎡.
#[must_use]
pub fn area(area: &Area) -> String {
    format!("{area} ㎡")
}

/// A term: 2001年05月01日起2071年04月30日止; one end may be open.
#[must_use]
pub fn term(start: Option<NaiveDate>, end: Option<NaiveDate>) -> String {
    match (start, end) {
        (Some(s), Some(e)) => format!("{}起{}止", date(s), date(e)),
        (Some(s), None) => format!("{}起", date(s)),
        (None, Some(e)) => format!("至{}止", date(e)),
        (None, None) => NONE.to_owned(),
    }
}

/// The name of a code that may be in one of several lists, first match counts.
#[must_use]
pub fn name_in(lists: &[&str], code: &str) -> String {
    lists
        .iter()
        .find_map(|name| codes::list(name).and_then(|l| l.name_of(code)))
        .map_or_else(|| code.to_owned(), ToOwned::to_owned)
}

/// 共有情况: 单独所有, 共同共有, or 按份共有：张三 1/2、李四 1/2.
#[must_use]
pub fn co_ownership(kind: CoOwnership, holders: &[Holder], mask: Mask) -> String {
    let shares: Vec<_> = holders
        .iter()
        .filter_map(|h| {
            h.share
                .as_ref()
                .map(|s| format!("{} {s}", mask.name(&h.party)))
        })
        .collect();
    if kind == CoOwnership::ByShares && !shares.is_empty() {
        format!("{}：{}", kind.name_zh(), shares.join("、"))
    } else {
        kind.name_zh().to_owned()
    }
}

/// 是 or 否.
#[must_use]
pub fn yes_no(yes: bool) -> &'static str {
    if yes { "是" } else { "否" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_twice() {
        let m = Money::parse("800000").unwrap();
        assert_eq!(money(&m), "800,000.00 元（捌拾万元整）");
        assert_eq!(money_in(&m, Some("美元")), "800,000.00 美元");
        assert_eq!(money_in(&m, Some("人民币")), money(&m));
    }

    #[test]
    fn days_are_those_of_shanghai() {
        // 17:00 UTC is already the next day in Shanghai
        let at = DateTime::parse_from_rfc3339("2026-11-22T17:00:05Z")
            .unwrap()
            .to_utc();
        assert_eq!(day(at), "2026年11月23日");
        assert_eq!(instant(at), "2026年11月23日 01:00:05");
        assert_eq!(minute(at), "2026年11月23日 01时00分");
    }

    #[test]
    fn terms_may_be_open() {
        let d = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        assert_eq!(
            term(d(2001, 5, 1), d(2071, 4, 30)),
            "2001年05月01日起2071年04月30日止"
        );
        assert_eq!(term(None, d(2071, 4, 30)), "至2071年04月30日止");
        assert_eq!(term(None, None), NONE);
    }
}
