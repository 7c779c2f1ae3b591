//! Seizures: terms, order, and what was registered in spite of them.

use super::rights::{by_object, object};
use super::{Context, current, on, views};
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::date;
use chrono::{Months, NaiveDate};
use std::collections::HashMap;

/// DQ-LOG-029: a seizure of immovables lasts three years at most (最高人民法院关于适用《民事诉讼法》
/// 的解释第四百八十五条).
pub fn seizure_years(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    let months = (rule.parameter("years").clamp(0.0, 100.0) * 12.0) as u32;
    let mut out = Vec::new();
    for view in views(context, rule) {
        for row in 0..view.len() {
            let (Some(start), Some(end)) = (
                date(view.value("CFQSSJ", row)),
                date(view.value("CFJSSJ", row)),
            ) else {
                continue;
            };
            if start
                .checked_add_months(Months::new(months))
                .is_some_and(|most| end > most)
            {
                let message = format!("查封期限自 {start} 至 {end}，超过三年");
                out.push(on(view, row, "CFJSSJ", message, None));
            }
        }
    }
    out
}

/// DQ-RGT-009: still current long after its end (a year before the source's books were closed; in
/// the live register a day).
pub fn seizure_expired(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    let grace = match context.settings.stage {
        crate::run::Stage::Register => 0,
        _ => rule.parameter("grace_months").clamp(0.0, 1200.0) as u32,
    };
    let mut out = Vec::new();
    for view in views(context, rule) {
        for row in 0..view.len() {
            let closed = context.closed(view.source[row]);
            let limit = closed
                .checked_sub_months(Months::new(grace))
                .unwrap_or(closed);
            let Some(end) = date(view.value("CFJSSJ", row)).filter(|end| *end < limit) else {
                continue;
            };
            if current(view, row) && view.value("JFDJSJ", row).is_empty() {
                let message = format!("查封期限已于 {end} 届满，未见续封或者解封，仍标为现势");
                out.push(on(
                    view,
                    row,
                    "QSZT",
                    message,
                    Some(Kind::SeizureExpiredCurrent),
                ));
            }
        }
    }
    out
}

/// DQ-RGT-008: one first seizure at a time; later ones wait (同解释第四百八十四条以下, 轮候查封).
pub fn first_seizure(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let first = |row: usize| current(view, row) && view.value("CFLX", row) == "1";
        for (_, rows) in by_object(view, first) {
            for row in rows.iter().skip(1) {
                let (before, now) = (view.value("CFWH", rows[0]), view.value("CFWH", *row));
                // The same order renewed is no second seizure.
                if before != now || before.is_empty() {
                    let message = format!("同一单元已有现势首封（{before}），本条应为轮候查封");
                    out.push(on(view, *row, "CFLX", message, None));
                }
            }
        }
    }
    out
}

/// DQ-RGT-007: transfers and mortgages registered while a seizure stood (城市房地产管理法第三十八条
/// 第（二）项, 不动产登记暂行条例实施细则).
pub fn disposed_while_seized(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(seizures) = context.area.view("CFDJ") else {
        return Vec::new();
    };
    let mut terms: HashMap<(u16, &str), Vec<(NaiveDate, NaiveDate)>> = HashMap::new();
    for row in 0..seizures.len() {
        let object = object(seizures, row);
        let end =
            date(seizures.value("JFDJSJ", row)).or_else(|| date(seizures.value("CFJSSJ", row)));
        let waiting = matches!(seizures.value("CFLX", row), "2" | "4");
        if let (Some(start), Some(end)) = (date(seizures.value("CFQSSJ", row)), end)
            && !object.is_empty()
            && !waiting
        {
            terms
                .entry((seizures.source[row], object))
                .or_default()
                .push((start, end));
        }
    }
    let mut out = Vec::new();
    for (table, kinds) in [("FDCQ2", &["200"][..]), ("DYAQ", &["100", "200"][..])] {
        let Some(view) = context.area.view(table) else {
            continue;
        };
        for row in 0..view.len() {
            let Some(day) = date(view.value("DJSJ", row)) else {
                continue;
            };
            let Some(terms) = terms.get(&(view.source[row], object(view, row))) else {
                continue;
            };
            let during = terms
                .iter()
                .find(|(start, end)| (*start..=*end).contains(&day) && day > *start);
            if let Some((start, end)) = during.filter(|_| kinds.contains(&view.value("DJLX", row)))
            {
                let message = format!("在查封期间（{start} 至 {end}）办理了登记");
                out.push(on(view, row, "DJSJ", message, None));
            }
        }
    }
    out
}
