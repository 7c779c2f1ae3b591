//! Footprints of buildings, on their parcels and among each other.

use super::{Context, on, views};
use crate::area::View;
use crate::finding::Kind;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::{number, part};
use dengbu_geo::Shape;
use dengbu_geo::topology::{Layer, Slack};

fn at(found: Found, shape: &Shape) -> Found {
    Found {
        place: shape.place(),
        bounds: Some(shape.bounds()),
        ..found
    }
}

/// DQ-TOP-013: on no parcel; on two; over its parcel's boundary; on another than its code says.
pub fn building_on_parcel(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(parcels)) = (context.area.view("ZRZ"), context.area.view("ZDJBXX"))
    else {
        return Vec::new();
    };
    if context.area.shapes("ZDJBXX").iter().all(Option::is_none) {
        return Vec::new();
    }
    let (across, over_part, over_m2) = (
        rule.parameter("across"),
        rule.parameter("over_part"),
        rule.parameter("over_m2"),
    );
    let mut out = Vec::new();
    for (row, shape) in context.area.shapes("ZRZ").iter().enumerate() {
        let Some(shape) = shape.as_ref().filter(|s| s.rings().is_some()) else {
            continue;
        };
        let shares = &context.shares()[row];
        if shares.area_m2 <= 0.0 {
            continue;
        }
        let bearing = shares.bearing(across);
        let name = |parcel: usize| parcels.table.legacy_id(parcel);
        // On overlapping parcels a footprint inside one of them is on both by their fault.
        let inside = bearing.iter().any(|(_, part)| *part >= 1.0 - over_part);
        let (message, kind) = match bearing.as_slice() {
            [] => (
                "幢的图形不在任何宗地内".to_owned(),
                Some(Kind::BuildingOutsideParcel),
            ),
            [_, _, ..] if !inside => {
                let list: Vec<String> = bearing
                    .iter()
                    .map(|(p, part)| format!("{}（{:.1}%）", name(*p), part * 100.0))
                    .collect();
                (
                    format!("幢的图形跨宗地 {}", list.join("、")),
                    Some(Kind::BuildingAcrossParcels),
                )
            }
            [(parcel, _), ..] => {
                let outside = shares.area_m2 * (1.0 - shares.part_on(*parcel));
                let over = !inside && outside > over_m2 && outside > over_part * shares.area_m2;
                let code = view.value("ZDDM", row);
                let own = bearing
                    .iter()
                    .any(|(p, _)| parcels.value("ZDDM", *p) == code);
                if over {
                    (
                        format!("幢的图形超出宗地 {} {outside:.2} 平方米", name(*parcel)),
                        None,
                    )
                } else if !code.is_empty()
                    && !own
                    && context
                        .area
                        .parcels()
                        .contains_key(&(view.source[row], code))
                {
                    (
                        format!(
                            "幢的图形在宗地 {} 内，不在其代码所示的宗地 {code} 内",
                            name(*parcel)
                        ),
                        None,
                    )
                } else {
                    continue;
                }
            }
        };
        out.push(at(on(view, row, "GEOM", message, kind), shape));
    }
    out
}

/// DQ-TOP-023: buildings on homesteads stay within them, in area and outline.
pub fn homestead_building(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(parcels)) = (context.area.view("ZRZ"), context.area.view("ZDJBXX"))
    else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (row, shape) in context.area.shapes("ZRZ").iter().enumerate() {
        let Some(shape) = shape.as_ref().filter(|s| s.rings().is_some()) else {
            continue;
        };
        let shares = &context.shares()[row];
        let Some((parcel, area)) = shares.on.first().copied() else {
            continue;
        };
        if part(parcels.value("ZDDM", parcel), 13, 14) != "JC" {
            continue;
        }
        let outside = shares.area_m2 - area;
        let parcel_area = number(parcels.value("ZDMJ", parcel));
        if outside > rule.parameter("area_m2") || parcel_area.is_some_and(|a| shares.area_m2 > a) {
            let message = format!(
                "房屋超出宅基地 {} 的范围 {outside:.2} 平方米",
                parcels.table.legacy_id(parcel)
            );
            out.push(at(on(view, row, "GEOM", message, None), shape));
        }
    }
    out
}

/// Two heights that share a storey; unknown ones do.
fn same_level(view: &View<'_>, a: usize, b: usize) -> bool {
    let below_ground = |row| number(view.value("DSCS", row)) == Some(0.0);
    below_ground(a) == below_ground(b)
}

/// DQ-TOP-014.
pub fn building_overlap(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZRZ") else {
        return Vec::new();
    };
    let slack = Slack {
        area_m2: rule.parameter("area_m2"),
        width_m: rule.parameter("width_m"),
    };
    let layer = context.layer("ZRZ");
    let overlaps = layer.overlaps(slack, |a, b| same_level(view, a, b));
    overlaps
        .into_iter()
        .map(|o| {
            let other = view.table.legacy_id(o.a);
            let message = format!("与自然幢 {other} 的图形重叠 {:.2} 平方米", o.area_m2);
            Found {
                value: other.to_owned(),
                place: Some(o.bounds.centre()),
                bounds: Some(o.bounds),
                ..on(view, o.b, "GEOM", message, None)
            }
        })
        .collect()
}

/// DQ-TOP-015.
pub fn footprint_area(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZRZ") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (row, shape) in context.area.shapes("ZRZ").iter().enumerate() {
        let (Some(shape), Some(recorded)) = (shape, number(view.value("ZZDMJ", row))) else {
            continue;
        };
        let drawn = shape.area();
        if recorded > 0.0
            && drawn > 0.0
            && (drawn - recorded).abs() > rule.parameter("part") * recorded
        {
            let message = format!("占地面积 {recorded:.2} 平方米，图形面积 {drawn:.2} 平方米");
            out.push(at(on(view, row, "ZZDMJ", message, None), shape));
        }
    }
    out
}

/// DQ-TOP-016.
pub fn equal_shapes(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let shapes = context.area.shapes(view.table.code());
        for group in context.layer(view.table.code()).equal() {
            for row in &group[1..] {
                let message = format!("图形与记录 {} 完全相同", view.table.legacy_id(group[0]));
                let found = on(view, *row, "GEOM", message, None);
                out.extend(shapes[*row].as_ref().map(|s| at(found, s)));
            }
        }
    }
    out
}

/// DQ-TOP-017: structures lie on parcels and not on each other.
pub fn structures_on_parcel(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule)
        .into_iter()
        .filter(|v| v.table.code() != "ZDJBXX")
    {
        let shapes = context.area.shapes(view.table.code());
        let layer: Layer<'_> = context.layer(view.table.code());
        for (row, shares) in layer.shares_on(context.parcels()).iter().enumerate() {
            let on_parcels: f64 = shares.on.iter().map(|(_, a)| a).sum();
            if shares.area_m2 - on_parcels > rule.parameter("area_m2") {
                let message = format!("有 {:.2} 平方米不在宗地内", shares.area_m2 - on_parcels);
                let found = on(view, row, "GEOM", message, None);
                out.extend(shapes[row].as_ref().map(|s| at(found, s)));
            }
        }
        let slack = Slack {
            area_m2: rule.parameter("area_m2"),
            width_m: 0.01,
        };
        for overlap in layer.overlaps(slack, |_, _| true) {
            let message = format!(
                "与 {} 重叠 {:.2} 平方米",
                view.table.legacy_id(overlap.a),
                overlap.area_m2
            );
            out.push(Found {
                place: Some(overlap.bounds.centre()),
                bounds: Some(overlap.bounds),
                ..on(view, overlap.b, "GEOM", message, None)
            });
        }
    }
    out
}
