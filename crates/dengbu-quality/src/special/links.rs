//! References: what a record points to must be there.

use super::{Context, current, on, on_table, views};
use crate::area::View;
use crate::finding::Kind;
use crate::rule::{Rule, Severity};
use crate::run::Found;
use crate::value::plain_name;
use dengbu_staging::extension as x;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// DQ-REL-005: the building a house names. Where hardly any of a source's houses name a building
/// that is there, the source uses other keys: that is for the assignment, not a fault of rows.
pub fn house_has_building(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(_)) = (context.area.view("H"), context.area.view("ZRZ")) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for field in ["ZRZH", x::BUILDING] {
        let column = view.column(field);
        let mut missing: Vec<usize> = Vec::new();
        let mut hits: BTreeMap<u16, (u32, u32)> = BTreeMap::new();
        for (row, source) in view.source.iter().enumerate() {
            let key = column.get(row);
            if key.is_empty() {
                continue;
            }
            let there = context.area.buildings().contains_key(&(*source, key));
            let count = hits.entry(*source).or_default();
            count.1 += 1;
            if there {
                count.0 += 1
            } else {
                missing.push(row)
            }
        }
        let least = rule.parameter("least_known");
        let own_keys = |source: u16| {
            hits.get(&source)
                .is_some_and(|(there, all)| f64::from(*there) >= least * f64::from(*all))
        };
        out.extend(
            missing
                .into_iter()
                .filter(|row| own_keys(view.source[*row]))
                .map(|row| {
                    let message = format!("所指的自然幢“{}”不存在", column.get(row));
                    on(view, row, field, message, Some(Kind::Orphan))
                }),
        );
    }
    // One finding a house, whichever key says so.
    out.sort_by_key(|f| f.row);
    out.dedup_by_key(|f| f.row);
    out
}

/// DQ-REL-007, 011, 013, 014: the house or parcel a right names.
pub fn right_has_object(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let code = view.table.code();
        if matches!(code, "H" | "ZDJBXX" | "ZRZ") {
            continue;
        }
        let land = matches!(code, "JSYDSYQ" | "TDSYQ" | "NYDSYQ");
        for row in 0..view.len() {
            let found = if land {
                missing_parcel(context, view, row)
            } else {
                missing_house(context, view, row)
            };
            out.extend(found);
        }
    }
    out
}

fn missing_house<'a>(context: &Context<'_, 'a>, view: &View<'a>, row: usize) -> Option<Found> {
    context.area.view("H")?;
    let (key, rows) = context.area.house_of(view, row)?;
    // A unit of land without a building is a parcel's.
    let on_land = key.len() == 28 && key.as_bytes()[19] == b'W';
    let there = !rows.is_empty()
        || on_land
            && key
                .get(..19)
                .is_some_and(|p| context.area.parcels().contains_key(&(view.source[row], p)));
    (!there).then(|| {
        let field = if view.value(x::HOUSE, row).is_empty() {
            "BDCDYH"
        } else {
            x::HOUSE
        };
        let message = format!("所指的房屋“{key}”不存在");
        on(view, row, field, message, Some(Kind::Orphan))
    })
}

fn missing_parcel(context: &Context<'_, '_>, view: &View<'_>, row: usize) -> Option<Found> {
    let parcels = context.area.view("ZDJBXX")?;
    let code = match view.value("ZDDM", row) {
        "" => view.value("BDCDYH", row).get(..19)?,
        code => code,
    };
    let source = view.source[row];
    let there = context.area.parcels().contains_key(&(source, code));
    (!there && parcels.has("ZDDM", source)).then(|| {
        on(
            view,
            row,
            "ZDDM",
            format!("所指的宗地“{code}”不存在"),
            Some(Kind::Orphan),
        )
    })
}

/// DQ-REL-008: the parcel of a current house right bears a current land right, in a title of its own
/// or in the very title of the house.
pub fn land_right_there(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("FDCQ2") else {
        return Vec::new();
    };
    let land = land_rights(context);
    let with_land: BTreeSet<u16> = land.keys().map(|(source, _)| *source).collect();
    let mut out = Vec::new();
    let mut told: BTreeSet<u16> = BTreeSet::new();
    for row in 0..view.len() {
        let source = view.source[row];
        let Some(parcel) = view.value("BDCDYH", row).get(..19) else {
            continue;
        };
        let together = view.value(x::WITH_LAND, row) == "1";
        if !current(view, row) || together || land.contains_key(&(source, parcel)) {
            continue;
        }
        if with_land.contains(&source) {
            let message = format!("宗地 {parcel} 没有现势土地使用权（有房无地）");
            out.push(on(view, row, "BDCDYH", message, None));
        } else if told.insert(source) {
            let name = context.area.sources()[usize::from(source)];
            let message = "数据源没有土地使用权记录，房地关联无从检查".to_owned();
            out.push(Found {
                severity: Some(Severity::Warning),
                ..on_table("FDCQ2", name, "", message)
            });
        }
    }
    out
}

/// Parcels with current land rights and the rows of these.
fn land_rights<'a>(
    context: &Context<'_, 'a>,
) -> BTreeMap<(u16, &'a str), Vec<(&'static str, usize)>> {
    let mut all: BTreeMap<(u16, &'a str), Vec<(&'static str, usize)>> = BTreeMap::new();
    for code in ["JSYDSYQ", "NYDSYQ", "TDSYQ"] {
        let Some(view) = context.area.view(code) else {
            continue;
        };
        for row in 0..view.len() {
            let parcel = match view.value("ZDDM", row) {
                "" => view.value("BDCDYH", row).get(..19).unwrap_or(""),
                code => code,
            };
            if !parcel.is_empty() && current(view, row) {
                all.entry((view.source[row], parcel))
                    .or_default()
                    .push((code, row));
            }
        }
    }
    all
}

fn holder_names(context: &Context<'_, '_>, view: &View<'_>, row: usize) -> BTreeSet<String> {
    let Some(holders) = context.area.view("QLR") else {
        return BTreeSet::new();
    };
    let key = (view.source[row], view.value("YWH", row));
    let rows = context
        .area
        .holders()
        .get(&key)
        .map_or(&[][..], Vec::as_slice);
    let names = rows
        .iter()
        .map(|r| plain_name(holders.value("QLRMC", *r as usize)));
    names.filter(|n| !n.is_empty()).collect()
}

/// DQ-REL-009: house and land of one owner, unless a developer's whole right stands behind.
pub fn same_owner(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("FDCQ2") else {
        return Vec::new();
    };
    let land = land_rights(context);
    let mut out = Vec::new();
    for row in 0..view.len() {
        let Some(parcel) = view.value("BDCDYH", row).get(..19) else {
            continue;
        };
        let Some(rights) = land
            .get(&(view.source[row], parcel))
            .filter(|_| current(view, row))
        else {
            continue;
        };
        let owners = holder_names(context, view, row);
        let mut of_land = BTreeSet::new();
        for (code, right) in rights {
            if let Some(land) = context.area.view(code) {
                of_land.extend(holder_names(context, land, *right));
            }
        }
        let organisation = |n: &String| n.chars().count() > 4;
        if !owners.is_empty()
            && !of_land.is_empty()
            && !of_land.iter().any(organisation)
            && !owners.is_subset(&of_land)
        {
            let message = format!(
                "房屋权利人“{}”与土地使用权人“{}”不一致",
                owners.into_iter().collect::<Vec<_>>().join("、"),
                of_land.into_iter().collect::<Vec<_>>().join("、")
            );
            out.push(on(view, row, "BDCDYH", message, None));
        }
    }
    out
}

/// Keys of houses with a current ownership, by source.
fn titled<'a>(context: &Context<'_, 'a>) -> HashSet<(u16, &'a str)> {
    let mut all = HashSet::new();
    for view in ["FDCQ2", "FDCQ1", "JSYDSYQ", "YGDJ"]
        .iter()
        .filter_map(|t| context.area.view(t))
    {
        for row in 0..view.len() {
            if current(view, row) {
                for field in [x::HOUSE, "BDCDYH"] {
                    let key = view.value(field, row);
                    if !key.is_empty() {
                        all.insert((view.source[row], key));
                    }
                }
            }
        }
    }
    all
}

/// DQ-REL-011, DQ-RGT-023: a current burden stands on a current title. What names no house at all
/// is DQ-REL-007's business.
pub fn title_there(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let titled = titled(context);
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| matches!(v.table.code(), "DYAQ" | "JZQ" | "YGDJ"))
    {
        for row in 0..view.len() {
            let keys = [view.value(x::HOUSE, row), view.value("BDCDYH", row)];
            let named = keys.iter().any(|k| !k.is_empty());
            let there = keys
                .iter()
                .any(|k| titled.contains(&(view.source[row], *k)));
            let house = context
                .area
                .house_of(view, row)
                .is_some_and(|(_, rows)| !rows.is_empty());
            if current(view, row) && named && house && !there {
                let message = "所在单元没有现势所有权或者使用权".to_owned();
                out.push(on(view, row, "BDCDYH", message, None));
            }
        }
    }
    out
}

/// DQ-REL-012: mortgagors are holders of the current title.
pub fn mortgagor_owns(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let (Some(mortgages), Some(titles)) = (context.area.view("DYAQ"), context.area.view("FDCQ2"))
    else {
        return Vec::new();
    };
    let mut owners: BTreeMap<(u16, &str), BTreeSet<String>> = BTreeMap::new();
    for row in 0..titles.len() {
        if current(titles, row)
            && let Some((key, _)) = context.area.house_of(titles, row)
        {
            let names = holder_names(context, titles, row);
            owners
                .entry((titles.source[row], key))
                .or_default()
                .extend(names);
        }
    }
    let mut out = Vec::new();
    for row in 0..mortgages.len() {
        let Some((key, _)) = context
            .area
            .house_of(mortgages, row)
            .filter(|_| current(mortgages, row))
        else {
            continue;
        };
        let Some(owners) = owners
            .get(&(mortgages.source[row], key))
            .filter(|o| !o.is_empty())
        else {
            continue;
        };
        let text = mortgages.value("DYR", row);
        let strangers = text.split(['、', ',', '，', ';', '；']).map(plain_name);
        let strangers: Vec<String> = strangers
            .filter(|n| !n.is_empty() && !owners.contains(n))
            .collect();
        if !strangers.is_empty() {
            let message = format!("抵押人“{}”不是现势权利人", strangers.join("、"));
            out.push(on(mortgages, row, "DYR", message, None));
        }
    }
    out
}

/// DQ-REL-015: what was cancelled is there, and history.
pub fn cancel_refers(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| v.table.code() == "ZXDJ")
    {
        for row in 0..view.len() {
            let key = view.value("ZXYWH", row);
            if key.is_empty() {
                continue;
            }
            match context.area.rights().get(&(view.source[row], key)) {
                None => {
                    let message = format!("所注销的权利“{key}”不存在");
                    out.push(on(view, row, "ZXYWH", message, Some(Kind::Orphan)));
                }
                Some(rights) => {
                    let still = rights.iter().any(|(table, right)| {
                        context
                            .area
                            .view(table)
                            .is_some_and(|v| v.value("QSZT", *right as usize) == "1")
                    });
                    if still {
                        let message = format!("权利“{key}”已注销，权属状态仍为现势");
                        out.push(on(view, row, "ZXYWH", message, None));
                    }
                }
            }
        }
    }
    out
}
