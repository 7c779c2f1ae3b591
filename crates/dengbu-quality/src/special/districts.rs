//! Districts: where a county lies, parcels in their sub-zone, zones within zones.

use super::{Context, on, views};
use crate::rule::Rule;
use crate::run::Found;
use crate::value::part;
use dengbu_geo::Shape;
use dengbu_geo::envelope::Placement;
use dengbu_geo::topology::{Layer, Slack};

/// DQ-STR-012: outside the county however read, axes swapped, another zone.
pub fn envelope(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(envelopes) = &context.settings.envelopes else {
        return Vec::new();
    };
    let Some(any) = envelopes.counties.first() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for view in views(context, rule) {
        for (row, shape) in context.area.shapes(view.table.code()).iter().enumerate() {
            let Some(shape) = shape else { continue };
            let code = ["ZDDM", "ZRZH", "BDCDYH", "ZDZHDM"]
                .into_iter()
                .map(|f| view.value(f, row))
                .find(|c| !c.is_empty());
            let county = code.and_then(|c| envelopes.of(c)).unwrap_or(any);
            let placement = county.place(shape);
            if placement != Placement::Inside {
                let message = format!("{}（{}）", placement.message(), county.name);
                out.push(Found {
                    place: shape.place(),
                    bounds: Some(shape.bounds()),
                    ..on(view, row, "GEOM", message, None)
                });
            }
        }
    }
    out
}

/// DQ-TOP-006: a parcel lies in the sub-zone its code names.
pub fn in_its_district(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(districts)) = (context.area.view("ZDJBXX"), context.area.view("DJZQ"))
    else {
        return Vec::new();
    };
    let zones = context.layer("DJZQ");
    if zones.tree().is_empty() {
        return Vec::new();
    }
    let shares = context.parcels().shares_on(&zones);
    let mut out = Vec::new();
    for (row, shares) in shares.iter().enumerate() {
        let code = part(view.value("ZDDM", row), 1, 12);
        if code.is_empty() || shares.area_m2 <= 0.0 {
            continue;
        }
        let inside: f64 = shares
            .on
            .iter()
            .filter(|(d, _)| districts.value("DJZQDM", *d) == code)
            .map(|(_, a)| a)
            .sum();
        let outside = shares.area_m2 - inside;
        if outside > rule.parameter("area_m2") {
            let at = shares.on.first().map_or("任何地籍子区之外", |(d, _)| {
                districts.value("DJZQDM", *d)
            });
            let message = if inside > 0.0 {
                format!("有 {outside:.2} 平方米超出地籍子区 {code}")
            } else {
                format!("不在代码所示的地籍子区 {code} 内，位于 {at}")
            };
            let shape = context.area.shapes("ZDJBXX")[row].as_ref();
            out.push(Found {
                place: shape.and_then(Shape::place),
                bounds: shape.map(Shape::bounds),
                ..on(view, row, "ZDDM", message, None)
            });
        }
    }
    out
}

/// DQ-TOP-007: zones lie in the zone above and not on each other.
pub fn districts_nest(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    const LEVELS: [(&str, &str, usize, &str, &str); 2] = [
        ("DJZQ", "DJZQDM", 9, "DJQ", "DJQDM"),
        ("DJQ", "DJQDM", 6, "XZQ", "XZQDM"),
    ];
    let mut out = Vec::new();
    for (code, field, above_digits, above, above_field) in LEVELS {
        let Some(view) = context.area.view(code) else {
            continue;
        };
        let layer: Layer<'_> = context.layer(code);
        let slack = Slack {
            area_m2: rule.parameter("area_m2"),
            width_m: 0.01,
        };
        for overlap in layer.overlaps(slack, |_, _| true) {
            let message = format!(
                "与 {} 重叠 {:.2} 平方米",
                view.value(field, overlap.a),
                overlap.area_m2
            );
            out.push(Found {
                place: Some(overlap.bounds.centre()),
                bounds: Some(overlap.bounds),
                ..on(view, overlap.b, field, message, None)
            });
        }
        let Some(upper) = context.area.view(above) else {
            continue;
        };
        let ground = context.layer(above);
        if ground.tree().is_empty() {
            continue;
        }
        for (row, shares) in layer.shares_on(&ground).iter().enumerate() {
            let own = part(view.value(field, row), 1, above_digits);
            let inside: f64 = shares
                .on
                .iter()
                .filter(|(u, _)| upper.value(above_field, *u).starts_with(own))
                .map(|(_, a)| a)
                .sum();
            if shares.area_m2 - inside > rule.parameter("area_m2") {
                let message = format!(
                    "有 {:.2} 平方米不在上级区 {own} 内",
                    shares.area_m2 - inside
                );
                let shape = context.area.shapes(code)[row].as_ref();
                out.push(Found {
                    place: shape.and_then(Shape::place),
                    ..on(view, row, field, message, None)
                });
            }
        }
    }
    out
}
