//! Houses: places, storeys, numbers and areas against their buildings.

use super::{Context, on};
use crate::area::View;
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::number;
use dengbu_staging::extension as x;
use std::collections::{BTreeMap, HashMap};

/// The building and place of a house as far as they are told apart; `None` where unsaid.
fn place<'a>(view: &View<'a>, row: usize) -> Option<[&'a str; 8]> {
    let value = |field| view.value(field, row);
    let place = [value(x::UNIT), value(x::STOREY), value(x::ROOM)];
    // Of the building its own key; else what the address says.
    let building = match (value("ZRZH"), value(x::BUILDING)) {
        ("", "") => [
            value(x::ESTATE),
            value(x::BLOCK),
            value(x::ROAD),
            value(x::GATE),
        ],
        ("", key) => [key, "", "", ""],
        (code, _) => [code, "", "", ""],
    };
    let said =
        !building.concat().is_empty() && !value(x::STOREY).is_empty() && !value(x::ROOM).is_empty();
    said.then(|| {
        let [a, b, c, d] = building;
        let [e, f, g] = place;
        [a, b, c, d, e, f, g, ""]
    })
}

/// DQ-LOG-005: a second record of the same house.
pub fn same_place(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("H") else {
        return Vec::new();
    };
    // Assignment has told second records by their buildings; keys of a source alone may repeat.
    if !view.table.column(x::STATUS).is_empty() {
        return Vec::new();
    }
    let mut first: HashMap<(u16, [&str; 8]), u32> = HashMap::with_capacity(view.len());
    let mut out = Vec::new();
    for (row, source) in (0u32..).zip(&view.source) {
        let Some(place) = place(view, row as usize) else {
            continue;
        };
        if let Some(known) = first.get(&(*source, place)) {
            let message = format!(
                "与记录 {} 是同一处房屋",
                view.table.legacy_id(*known as usize)
            );
            out.push(on(
                view,
                row as usize,
                "ZL",
                message,
                Some(Kind::DuplicateHouse),
            ));
        } else {
            first.insert((*source, place), row);
        }
    }
    out
}

/// Storeys above and below ground of a house's building; what its own record says where the
/// building is not found.
fn storeys(context: &Context<'_, '_>, view: &View<'_>, row: usize) -> Option<(f64, f64)> {
    let building = context.area.building_of(row);
    let of_building = building
        .zip(context.area.view("ZRZ"))
        .and_then(|(b, buildings)| {
            let value = |field| number(buildings.value(field, b)).filter(|v| *v > 0.0);
            let above = value("DSCS").or_else(|| value("ZCS"))?;
            Some((above, value("DXCS").unwrap_or(0.0)))
        });
    of_building.or_else(|| {
        Some((
            number(view.value(x::STOREYS, row)).filter(|v| *v > 0.0)?,
            0.0,
        ))
    })
}

/// DQ-LOG-009.
pub fn storey_in_building(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("H") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for row in 0..view.len() {
        let own = ["SJCS", "SZC", x::STOREY]
            .into_iter()
            .filter_map(|field| Some((field, number(view.value(field, row))?)));
        let Some((above, below)) = storeys(context, view, row) else {
            continue;
        };
        for (field, storey) in own {
            if storey > above || storey == 0.0 || (below > 0.0 && storey < -below) {
                let message = format!("所在层 {storey} 不在该幢的层数之内（地上 {above} 层）");
                out.push(on(view, row, field, message, Some(Kind::FloorExceeds)));
                break;
            }
        }
    }
    out
}

/// House rows of each building row.
fn by_building(context: &Context<'_, '_>) -> BTreeMap<usize, Vec<usize>> {
    let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let houses = context.area.view("H").map_or(0, View::len);
    for row in 0..houses {
        if let Some(building) = context.area.building_of(row) {
            all.entry(building).or_default().push(row);
        }
    }
    all
}

/// DQ-LOG-008: 总套数 of a building against its house records.
pub fn units_counted(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZRZ") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (building, houses) in by_building(context) {
        #[expect(clippy::cast_precision_loss, reason = "houses of one building")]
        let count = houses.len() as f64;
        if number(view.value("ZTS", building))
            .is_some_and(|told| told > 0.0 && (told - count).abs() > 0.1)
        {
            let message = format!(
                "总套数 {} 与户记录 {count} 条不符",
                view.value("ZTS", building)
            );
            out.push(on(view, building, "ZTS", message, None));
        }
    }
    out
}

/// DQ-LOG-007: 总层数 against the storeys recorded.
pub fn storeys_counted(context: &Context<'_, '_>, _: &Rule) -> Vec<Found> {
    let (Some(view), Some(storeys)) = (context.area.view("ZRZ"), context.area.view("C")) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<(u16, &str), std::collections::BTreeSet<&str>> = BTreeMap::new();
    for row in 0..storeys.len() {
        let building = storeys.value("ZRZH", row);
        if !building.is_empty() {
            counts
                .entry((storeys.source[row], building))
                .or_default()
                .insert(storeys.value("CH", row));
        }
    }
    let mut out = Vec::new();
    for row in 0..view.len() {
        let Some(known) = counts.get(&(view.source[row], view.value("ZRZH", row))) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "storeys of one building")]
        let count = known.len() as f64;
        if number(view.value("ZCS", row)).is_some_and(|told| (told - count).abs() > 0.1) {
            let message = format!("总层数 {} 与层记录 {count} 条不符", view.value("ZCS", row));
            out.push(on(view, row, "ZCS", message, None));
        }
    }
    out
}

/// DQ-LOG-014.
pub fn building_area(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(houses)) = (context.area.view("ZRZ"), context.area.view("H")) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (building, rows) in by_building(context) {
        let Some(whole) = number(view.value("SCJZMJ", building)).filter(|v| *v > 0.0) else {
            continue;
        };
        let sum: f64 = rows
            .iter()
            .filter_map(|r| number(houses.value("SCJZMJ", *r)))
            .sum();
        let allowed = rule.parameter("least").max(rule.parameter("part") * whole);
        if (whole - sum).abs() > allowed {
            let message = format!("幢建筑面积 {whole:.2} 与各户合计 {sum:.2} 不符");
            out.push(on(view, building, "SCJZMJ", message, None));
        }
    }
    out
}

/// DQ-LOG-015.
pub fn storey_area(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(houses)) = (context.area.view("C"), context.area.view("H")) else {
        return Vec::new();
    };
    let mut sums: HashMap<(u16, &str, &str), f64> = HashMap::new();
    for row in 0..houses.len() {
        let key = (
            houses.source[row],
            houses.value("ZRZH", row),
            houses.value("CH", row),
        );
        if !key.1.is_empty() && !key.2.is_empty() {
            *sums.entry(key).or_default() += number(houses.value("SCJZMJ", row)).unwrap_or(0.0);
        }
    }
    let mut out = Vec::new();
    for row in 0..view.len() {
        let key = (
            view.source[row],
            view.value("ZRZH", row),
            view.value("CH", row),
        );
        let (Some(sum), Some(whole)) = (sums.get(&key), number(view.value("CJZMJ", row))) else {
            continue;
        };
        let common = number(view.value("CGYJZMJ", row)).unwrap_or(0.0);
        if (whole - sum - common).abs() > rule.parameter("least") {
            let message =
                format!("层建筑面积 {whole:.2} 与本层各户合计 {sum:.2} 加共有 {common:.2} 不符");
            out.push(on(view, row, "CJZMJ", message, None));
        }
    }
    out
}
