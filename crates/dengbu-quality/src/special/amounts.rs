//! Amounts, prices, terms, shares of land.

use super::{Context, on, views};
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::{date, number};
use chrono::Datelike as _;
use dengbu_staging::NoteKind;
use std::collections::BTreeMap;

/// DQ-ATT-069: an ordinary mortgage secures an amount, a maximum mortgage has a maximum
/// (民法典第三百八十九条、第四百二十条).
pub fn mortgage_amount(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        for row in 0..view.len() {
            let maximum = view.value("DYFS", row) == "2";
            let (own, other) = if maximum {
                ("ZGZQSE", "BDBZZQSE")
            } else {
                ("BDBZZQSE", "ZGZQSE")
            };
            // Some sources have one column of amounts only, whatever the mortgage.
            let field =
                if view.value(own, row).is_empty() && maximum && !view.value(other, row).is_empty()
                {
                    other
                } else {
                    own
                };
            let text = view.value(field, row);
            let noted = [own, other].into_iter().find(|f| {
                let at = view
                    .notes(f)
                    .binary_search_by_key(&row, |(r, _)| *r as usize);
                at.is_ok_and(|i| {
                    matches!(
                        view.notes(f)[i].1,
                        NoteKind::AmountInvalid | NoteKind::NumberInvalid
                    )
                })
            });
            let (field, bad) = match noted {
                Some(noted) => (noted, true),
                None if text.is_empty() => (field, view.has(field, view.source[row])),
                None => (field, !number(text).is_some_and(|v| v > 0.0)),
            };
            if bad {
                let message = format!("债权数额“{}”不是大于 0 的数", view.table.raw(field, row));
                out.push(on(view, row, field, message, Some(Kind::AmountInvalid)));
            }
            if !maximum && number(view.value("ZGZQSE", row)).is_some_and(|v| v > 0.0) {
                let message = "一般抵押不应填写最高债权数额".to_owned();
                out.push(on(view, row, "ZGZQSE", message, None));
            }
        }
    }
    out
}

/// DQ-ATT-058: price in yuan per m² out of all reason.
pub fn unit_price(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (low, high) = (rule.parameter("low"), rule.parameter("high"));
    let mut out = Vec::new();
    for view in views(context, rule) {
        let (prices, areas) = (view.column("FDCJYJG"), view.column("JZMJ"));
        for row in 0..view.len() {
            let (Some(price), Some(area)) = (number(prices.get(row)), number(areas.get(row)))
            else {
                continue;
            };
            if price > 0.0 && area > 0.0 && !(low..=high).contains(&(price / area)) {
                let message = format!("单价 {:.0} 元/平方米不合理，请核对金额单位", price / area);
                out.push(on(view, row, "FDCJYJG", message, None));
            }
        }
    }
    out
}

/// DQ-LOG-026: term of a granted right beyond the statutory years (城镇国有土地使用权出让和转让
/// 暂行条例第十二条: 居住 70、工业 50、商业 40、综合 50).
pub fn term_years(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        for (from, to) in [("TDSYQSSJ", "TDSYJSSJ"), ("SYQQSSJ", "SYQJSSJ")] {
            for row in 0..view.len() {
                let (Some(start), Some(end)) =
                    (date(view.value(from, row)), date(view.value(to, row)))
                else {
                    continue;
                };
                let most = match view.value("YT", row).get(..2) {
                    Some("07") => rule.parameter("dwelling"),
                    Some("06") => rule.parameter("industry"),
                    Some("05") => rule.parameter("commerce"),
                    _ => rule.parameter("dwelling"),
                };
                let years = f64::from(end.year() - start.year());
                // A year's grace: leap days and the day of signing.
                if years > most + 1.0 {
                    let message = format!("使用期限 {years} 年，超过法定最高 {most} 年");
                    out.push(on(view, row, to, message, None));
                }
            }
        }
    }
    out
}

/// DQ-RGT-014: shared land of a parcel's houses must not exceed the parcel.
pub fn shared_land(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut sums: BTreeMap<(u16, &str), (f64, usize)> = BTreeMap::new();
    let Some(view) = context.area.view("FDCQ2") else {
        return Vec::new();
    };
    for row in 0..view.len() {
        let unit = view.value("BDCDYH", row);
        let (Some(parcel), Some(share)) = (unit.get(..19), number(view.value("FTTDMJ", row)))
        else {
            continue;
        };
        if super::current(view, row) {
            sums.entry((view.source[row], parcel))
                .or_insert((0.0, row))
                .0 += share;
        }
    }
    let Some(parcels) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for ((source, code), (sum, row)) in sums {
        let area = context
            .area
            .parcels()
            .get(&(source, code))
            .and_then(|rows| number(parcels.value("ZDMJ", rows[0] as usize)));
        if let Some(area) = area.filter(|a| sum > a * (1.0 + rule.parameter("part"))) {
            let message =
                format!("宗地 {code} 分摊土地面积合计 {sum:.2}，超过宗地面积 {area:.2} 平方米");
            out.push(on(view, row, "FTTDMJ", message, None));
        }
    }
    out
}
