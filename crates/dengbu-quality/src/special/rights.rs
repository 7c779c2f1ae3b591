//! Rights of one unit over time.

use super::{Context, current, on, views};
use crate::area::View;
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::{date, part};
use chrono::NaiveDate;
use dengbu_staging::extension as x;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a right stands on: the house's record where it names one, else the unit.
pub fn object<'a>(view: &View<'a>, row: usize) -> &'a str {
    match view.value(x::HOUSE, row) {
        "" => view.value("BDCDYH", row),
        house => house,
    }
}

/// Rows by object, in order of the first row.
pub fn by_object<'a>(
    view: &View<'a>,
    wanted: impl Fn(usize) -> bool,
) -> Vec<(&'a str, Vec<usize>)> {
    let mut all: HashMap<(u16, &'a str), Vec<usize>> = HashMap::new();
    for row in 0..view.len() {
        let object = object(view, row);
        if !object.is_empty() && wanted(row) {
            all.entry((view.source[row], object)).or_default().push(row);
        }
    }
    let mut all: Vec<(&'a str, Vec<usize>)> =
        all.into_iter().map(|((_, o), rows)| (o, rows)).collect();
    all.sort_unstable_by_key(|(_, rows)| rows[0]);
    all
}

/// DQ-RGT-001: of several current ownerships of a house only the last registered can hold
/// (民法典第二百零九条、第二百一十四条); the others are named.
pub fn one_owner(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        for (house, rows) in by_object(view, |row| current(view, row)) {
            if rows.len() < 2 {
                continue;
            }
            let day = |row: &usize| date(view.value("DJSJ", *row));
            let last = rows.iter().map(day).max().flatten();
            let clear = rows.iter().all(|r| day(r).is_some())
                && rows.iter().filter(|r| day(r) == last).count() == 1;
            let holding = if clear {
                rows.iter().find(|r| day(r) == last)
            } else {
                rows.first()
            };
            for row in rows.iter().filter(|r| Some(*r) != holding) {
                let message = format!("房屋 {house} 有 {} 条现势所有权", rows.len());
                out.push(on(view, *row, "QSZT", message, Some(Kind::MultipleCurrent)));
            }
        }
    }
    out
}

/// DQ-REL-018: the former right is there and is history; no right comes from itself.
pub fn title_chain(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let before: HashMap<(u16, &str), &str> = (0..view.len())
            .map(|row| {
                (
                    (view.source[row], view.value("YWH", row)),
                    view.value("SSYWH", row),
                )
            })
            .filter(|((_, key), before)| !key.is_empty() && !before.is_empty())
            .collect();
        for row in 0..view.len() {
            let former = view.value("SSYWH", row);
            if former.is_empty() {
                continue;
            }
            let source = view.source[row];
            let message = match context.area.rights().get(&(source, former)) {
                None => format!("上手权利“{former}”不存在"),
                Some(rights)
                    if rights.iter().any(|(table, right)| {
                        context
                            .area
                            .view(table)
                            .is_some_and(|v| v.value("QSZT", *right as usize) == "1")
                    }) =>
                {
                    format!("上手权利“{former}”仍为现势")
                }
                Some(_) if circular(&before, source, view.value("YWH", row)) => {
                    "权利链成环".to_owned()
                }
                Some(_) => continue,
            };
            out.push(on(view, row, "SSYWH", message, None));
        }
    }
    out
}

fn circular(before: &HashMap<(u16, &str), &str>, source: u16, start: &str) -> bool {
    let mut seen = HashSet::new();
    let mut at = start;
    while let Some(next) = before.get(&(source, at)) {
        if !seen.insert(at) {
            return true;
        }
        at = next;
    }
    false
}

/// DQ-LOG-023: type of right against the parcel's features (GB/T 37346—2019 表 1; 权利类型代码).
pub fn right_suits_feature(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let allowed = |feature: &str| -> &[&str] {
        match feature {
            "GA" => &["2"],
            "JA" => &["1"],
            "GB" | "GS" | "GX" => &["3", "4", "23", "24"],
            "JB" | "JS" | "JX" => &["7", "8", "26"],
            "JC" | "GC" => &["5", "6", "25"],
            "JD" | "GD" => &["9", "10", "23"],
            "JE" | "GE" => &["9", "10", "11", "12", "36"],
            "JF" | "GF" => &["9", "13"],
            _ => &[],
        }
    };
    mismatch(context, rule, "QLLX", |view, row| {
        let code = if view.value("ZDDM", row).is_empty() {
            view.value("BDCDYH", row)
        } else {
            view.value("ZDDM", row)
        };
        let (feature, right) = (part(code, 13, 14), view.value("QLLX", row));
        let allowed = allowed(feature);
        (!right.is_empty() && !allowed.is_empty() && !allowed.contains(&right))
            .then(|| format!("权利类型 {right} 与宗地特征码 {feature} 不相容"))
    })
}

/// DQ-LOG-024: rights in buildings stand on units with a building.
pub fn right_suits_fixture(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    mismatch(context, rule, "QLLX", |view, row| {
        let (fixture, right) = (
            part(view.value("BDCDYH", row), 20, 20),
            view.value("QLLX", row),
        );
        let building = matches!(right, "4" | "6" | "8");
        let wrong = match fixture {
            "F" => matches!(right, "1" | "2" | "3" | "5" | "7" | "9" | "11" | "13"),
            "W" => building,
            _ => false,
        };
        wrong.then(|| format!("权利类型 {right} 与定着物特征码 {fixture} 不相容"))
    })
}

/// DQ-RGT-016: reasons that fit one type of registration only.
pub fn reason_suits_type(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    const REASONS: [(&str, &[&str]); 6] = [
        ("买卖", &["200", "100", "700"]),
        ("赠与", &["200"]),
        ("继承", &["200"]),
        ("更正", &["500"]),
        ("查封", &["800"]),
        ("异议", &["600", "400"]),
    ];
    mismatch(context, rule, "DJYY", |view, row| {
        let (reason, kind) = (view.value("DJYY", row), view.value("DJLX", row));
        let fits = REASONS.iter().find(|(word, _)| reason == *word)?.1;
        (!kind.is_empty() && !fits.contains(&kind))
            .then(|| format!("登记原因“{reason}”与登记类型 {kind} 不相容"))
    })
}

fn mismatch(
    context: &Context<'_, '_>,
    rule: &Rule,
    field: &str,
    wrong: impl Fn(&View<'_>, usize) -> Option<String>,
) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let rows = (0..view.len()).filter_map(|row| Some((row, wrong(view, row)?)));
        out.extend(rows.map(|(row, message)| on(view, row, field, message, None)));
    }
    out
}

/// DQ-REL-020: a purchase notice whose title has been registered is no longer current.
pub fn notice_done(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let (Some(notices), Some(titles)) = (context.area.view("YGDJ"), context.area.view("FDCQ2"))
    else {
        return Vec::new();
    };
    let titled: HashSet<(u16, &str)> = (0..titles.len())
        .filter(|row| current(titles, *row))
        .map(|row| (titles.source[row], object(titles, row)))
        .collect();
    let still = (0..notices.len()).filter(|row| {
        notices.value("QSZT", *row) == "1"
            && notices.value("YGDJZL", *row) == "1"
            && titled.contains(&(notices.source[*row], object(notices, *row)))
    });
    still
        .map(|row| {
            on(
                notices,
                row,
                "QSZT",
                "已办理所有权登记，预告登记仍为现势".to_owned(),
                None,
            )
        })
        .collect()
}

/// DQ-RGT-010 (民法典第二百二十一条: ninety days), DQ-RGT-011 (第二百二十条: fifteen days): days
/// passed since a current notice or caution was registered.
pub fn days_passed(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    #[expect(clippy::cast_possible_truncation, reason = "a small number of days")]
    let days = rule.parameter("days") as i64;
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| matches!(v.table.code(), "YGDJ" | "YYDJ"))
    {
        for row in 0..view.len() {
            let Some(day) = date(view.value("DJSJ", row)) else {
                continue;
            };
            let passed = (context.closed(view.source[row]) - day).num_days();
            if view.value("QSZT", row) == "1" && passed > days {
                let message = format!("登记后已过 {passed} 日（{days} 日期满），请核实是否失效");
                out.push(on(view, row, "DJSJ", message, None));
            }
        }
    }
    out
}

/// DQ-RGT-019: a transfer has something before it; nothing is transferred after the end.
pub fn right_sequence(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| matches!(v.table.code(), "FDCQ2" | "JSYDSYQ" | "FDCQ1"))
    {
        for (_, rows) in by_object(view, |row| !view.value("DJLX", row).is_empty()) {
            let mut in_order: BTreeMap<(NaiveDate, usize), &str> = BTreeMap::new();
            for row in &rows {
                if let Some(day) = date(view.value("DJSJ", *row)) {
                    in_order.insert((day, *row), view.value("DJLX", *row));
                }
            }
            if in_order.len() < rows.len() {
                continue;
            }
            let (mut firsts, mut ended) = (0, false);
            for ((_, row), kind) in in_order {
                let wrong = match kind {
                    "100" => {
                        firsts += 1;
                        (firsts > 1 && !ended).then_some("同一单元有两次首次登记")
                    }
                    "200" if ended => Some("注销以后又办理转移登记"),
                    _ => None,
                };
                ended = kind == "400" || (ended && kind != "100");
                if let Some(wrong) = wrong {
                    out.push(on(view, row, "DJLX", wrong.to_owned(), None));
                }
            }
        }
    }
    out
}
