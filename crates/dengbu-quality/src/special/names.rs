//! Persons under two names, names under two numbers, families with two homesteads.

use super::{Context, current, on, views};
use crate::area::View;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::plain_name;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// DQ-LOG-033.
pub fn two_names(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let mut names: HashMap<&str, (u32, String)> = HashMap::with_capacity(view.len());
        for row in 0..view.len() {
            let (number, name) = (view.value("ZJH", row), view.value("QLRMC", row));
            if number.len() < 15 || name.is_empty() {
                continue;
            }
            match names.get(number) {
                None => {
                    names.insert(number, (u32::try_from(row).unwrap_or(0), name.to_owned()));
                }
                Some((_, known)) if known == name || plain_name(known) == plain_name(name) => {}
                Some((_, known)) => {
                    let message = format!("同一证件号对应“{known}”与“{name}”两个姓名");
                    out.push(on(view, row, "QLRMC", message, None));
                }
            }
        }
    }
    out
}

/// DQ-LOG-034: the same name and day of birth under two numbers.
pub fn two_numbers(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let mut numbers: HashMap<(&str, &str), &str> = HashMap::with_capacity(view.len());
        for row in 0..view.len() {
            let (number, name) = (view.value("ZJH", row), view.value("QLRMC", row));
            let Some(born) = number.get(6..14).filter(|_| number.len() == 18) else {
                continue;
            };
            if name.is_empty() || !born.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            let known = *numbers.entry((name, born)).or_insert(number);
            if known != number {
                let message = format!("“{name}”同一出生日期有两个证件号，请核对是否同一人");
                out.push(on(view, row, "ZJH", message, None));
            }
        }
    }
    out
}

/// DQ-LOG-043: one number holds current homesteads on two parcels (土地管理法第六十二条: 一户一宅).
pub fn one_homestead(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    let Some(holders) = context.area.view("QLR") else {
        return out;
    };
    let mut parcels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for row in 0..holders.len() {
        let number = holders.value("ZJH", row);
        if number.is_empty() {
            continue;
        }
        for (view, right) in rights_of(context, holders, row) {
            let unit = view.value("BDCDYH", right);
            if current(view, right) && unit.get(12..14) == Some("JC") {
                parcels.entry(number).or_default().insert(&unit[..19]);
                rows.insert(number, row);
            }
        }
    }
    for (number, parcels) in parcels.iter().filter(|(_, p)| p.len() > 1) {
        let list: Vec<&str> = parcels.iter().copied().collect();
        let message = format!("同一人有 {} 宗现势宅基地：{}", list.len(), list.join("、"));
        out.push(on(holders, rows[number], "ZJH", message, None));
    }
    out
}

/// Rights a holder row belongs to.
pub fn rights_of<'c, 'a>(
    context: &'c Context<'_, 'a>,
    holders: &View<'a>,
    row: usize,
) -> Vec<(&'c View<'a>, usize)> {
    let key = (holders.source[row], holders.value("YWH", row));
    let rights = context
        .area
        .rights()
        .get(&key)
        .map_or(&[][..], Vec::as_slice);
    let rights = rights
        .iter()
        .filter_map(|(table, right)| Some((context.area.view(table)?, *right as usize)));
    rights.collect()
}
