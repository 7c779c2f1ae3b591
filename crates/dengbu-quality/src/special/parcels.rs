//! Shapes of parcels.

use super::{Context, on, views};
use crate::finding::Kind;
use crate::rule::{Rule, Severity};
use crate::run::Found;
use crate::value::{number, part};
use dengbu_geo::area::{Agreement, AreaTolerance};
use dengbu_geo::fault::{Fault, Tidy, faults, invalid};
use dengbu_geo::{Point, Shape, parallel, shape};
use std::collections::BTreeMap;

/// Which parcels may not overlap each other: those on one level of one kind of right. `None`:
/// historic. Above (S) and below ground (X) lie over and under others; collective ownership (JA),
/// state ownership (GA) and rights of use lie on each other.
pub fn levels(context: &Context<'_, '_>) -> Vec<Option<u8>> {
    let Some(view) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    // Whether a source's parcels tell current from historic ones at all.
    let mut told = vec![false; context.area.sources().len()];
    for row in 0..view.len() {
        told[usize::from(view.source[row])] |= view.value("ZT", row) == "1";
    }
    (0..view.len())
        .map(|row| {
            let history = view.value("ZT", row) == "0" && told[usize::from(view.source[row])];
            (!history).then_some(match part(view.value("ZDDM", row), 14, 14) {
                "A" => 1,
                "S" => 2,
                "X" => 3,
                _ => 0,
            })
        })
        .collect()
}

fn at(found: Found, place: Option<Point>, shape: &Shape) -> Found {
    Found {
        place: place.or_else(|| shape.place()),
        bounds: Some(shape.bounds()),
        ..found
    }
}

/// DQ-TOP-001.
pub fn valid_shape(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        let shapes = context.area.shapes(view.table.code());
        let rows: Vec<usize> = (0..shapes.len()).collect();
        out.extend(parallel::in_pieces(&rows, 512, |rows| {
            rows.iter()
                .filter_map(|row| {
                    let shape = shapes[*row].as_ref()?;
                    let fault = invalid(shape.rings()?).into_iter().next()?;
                    let message = match fault {
                        Fault::TooFewPoints => "图形的节点不足三个",
                        Fault::NotANumber => "图形坐标不是有效数字",
                        Fault::Touching(_) => "图形边界自相接触，请核对界址点顺序",
                        Fault::Spike(_) => "图形边界原路折返",
                        _ => "图形自相交，请核对界址点顺序",
                    };
                    let found = on(
                        view,
                        *row,
                        "GEOM",
                        message.to_owned(),
                        Some(Kind::SelfIntersection),
                    );
                    Some(at(found, fault.place(), shape))
                })
                .collect()
        }));
        // A row without a shape, where its source has shapes.
        for (row, source) in view.source.iter().enumerate() {
            let none = shapes.get(row).is_none_or(Option::is_none);
            let others =
                || (0..shapes.len()).any(|r| shapes[r].is_some() && view.source[r] == *source);
            if none && !shapes.is_empty() && others() {
                out.push(on(view, row, "GEOM", "没有图形".to_owned(), None));
            }
        }
    }
    out
}

/// DQ-TOP-002.
pub fn tidy_shape(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let tidy = Tidy {
        vertex_m: rule.parameter("vertex_m"),
        angle_deg: rule.parameter("angle_deg"),
        part_m2: rule.parameter("part_m2"),
    };
    let mut out = Vec::new();
    for view in views(context, rule) {
        let shapes = context.area.shapes(view.table.code());
        let rows: Vec<usize> = (0..shapes.len()).collect();
        out.extend(parallel::in_pieces(&rows, 512, |rows| {
            let mut out = Vec::new();
            for row in rows {
                let Some(shape) = shapes[*row].as_ref() else {
                    continue;
                };
                let Some(rings) = shape.rings() else { continue };
                let mut told = Vec::new();
                for fault in faults(rings, tidy).into_iter().filter(|f| !f.invalid()) {
                    let (message, kind) = match fault {
                        Fault::DuplicateVertex(_) => {
                            ("相邻节点重复".to_owned(), Some(Kind::DuplicateVertex))
                        }
                        Fault::SharpAngle { degrees, .. } => (
                            format!("有小于 {} 度的尖角（{degrees:.1} 度）", tidy.angle_deg),
                            None,
                        ),
                        Fault::Tiny { area_m2 } => {
                            (format!("有碎小多边形（{area_m2:.3} 平方米）"), None)
                        }
                        _ => continue,
                    };
                    // One of a kind per shape.
                    if !told.contains(&std::mem::discriminant(&fault)) {
                        told.push(std::mem::discriminant(&fault));
                        let found = on(view, *row, "GEOM", message, kind);
                        out.push(at(found, fault.place(), shape));
                    }
                }
            }
            out
        }));
    }
    out
}

/// How far a parcel's drawn area is from the recorded one, as a part of it.
fn doubt(context: &Context<'_, '_>, row: usize) -> f64 {
    let (Some(view), Some(Some(shape))) = (
        context.area.view("ZDJBXX"),
        context.area.shapes("ZDJBXX").get(row),
    ) else {
        return 0.0;
    };
    // The area of a ring that crosses itself says nothing.
    let crossed = shape
        .rings()
        .is_some_and(|rings| !invalid(rings).is_empty());
    match number(view.value("ZDMJ", row)) {
        Some(recorded) if recorded > 0.0 && !crossed => (shape.area() / recorded - 1.0).abs(),
        _ => 0.0,
    }
}

/// DQ-TOP-003: of an overlapping pair the parcel is named whose drawing differs more from its
/// recorded area, and each parcel once, with its greatest overlap.
pub fn parcel_overlap(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    let least = rule.parameter("area_m2");
    let mut worst: BTreeMap<usize, (f64, usize, dengbu_geo::Bounds, usize)> = BTreeMap::new();
    for overlap in context.overlaps().iter().filter(|o| o.area_m2 > least) {
        let (a, b) = (overlap.a, overlap.b);
        let (named, other) = if doubt(context, b) > doubt(context, a) {
            (b, a)
        } else {
            (a, b)
        };
        let entry = worst
            .entry(named)
            .or_insert((0.0, other, overlap.bounds, 0));
        entry.3 += 1;
        if overlap.area_m2 > entry.0 {
            (entry.0, entry.1, entry.2) = (overlap.area_m2, other, overlap.bounds);
        }
    }
    worst
        .into_iter()
        .map(|(named, (area, other, bounds, count))| {
            let more = if count > 1 {
                format!("等 {count} 宗")
            } else {
                String::new()
            };
            let message = format!(
                "与宗地 {}{more}重叠，最大 {area:.2} 平方米",
                view.table.legacy_id(other)
            );
            Found {
                value: view.table.legacy_id(other).to_owned(),
                place: Some(bounds.centre()),
                bounds: Some(bounds),
                ..on(view, named, "GEOM", message, Some(Kind::ParcelOverlap))
            }
        })
        .collect()
}

/// DQ-TOP-004: land in use lies on land owned, where both are staged.
pub fn covered_by_ownership(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    let (shapes, levels) = (context.area.shapes("ZDJBXX"), levels(context));
    let owned = |row: usize| levels[row] == Some(1);
    if !(0..shapes.len()).any(owned) {
        return Vec::new();
    }
    let ground = dengbu_geo::topology::Layer::of_shapes(
        shapes
            .iter()
            .enumerate()
            .map(|(row, s)| s.as_ref().filter(|_| owned(row))),
    );
    let mut out = Vec::new();
    for (row, shape) in shapes.iter().enumerate() {
        // Only collective land is parted into parcels of ownership.
        let collective = part(view.value("ZDDM", row), 13, 13) == "J";
        let Some(rings) = shape
            .as_ref()
            .and_then(Shape::rings)
            .filter(|_| collective && levels[row] == Some(0))
        else {
            continue;
        };
        let shares = ground.shares_of(rings);
        let covered: f64 = shares.on.iter().map(|(_, a)| a).sum();
        if shares.area_m2 - covered > rule.parameter("area_m2") {
            let message = format!(
                "有 {:.2} 平方米不在集体土地所有权宗地之内",
                shares.area_m2 - covered
            );
            let found = on(view, row, "GEOM", message, None);
            out.extend(shape.as_ref().map(|s| at(found, None, s)));
        }
    }
    out
}

/// DQ-TOP-005.
pub fn gaps(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    let gaps = context
        .parcels()
        .gaps(rule.parameter("least_m"), rule.parameter("most_m"));
    gaps.into_iter()
        .map(|gap| {
            let other = view.table.legacy_id(gap.b);
            let message = format!(
                "与宗地 {other} 之间有裂隙，长 {:.2} 米，平均宽 {:.3} 米",
                gap.length_m, gap.width_m
            );
            Found {
                place: Some(gap.place),
                value: other.to_owned(),
                ..on(view, gap.a, "GEOM", message, None)
            }
        })
        .collect()
}

/// DQ-TOP-008. A parcel drawn too large into its neighbour is that fault, not this one: there
/// the class is left open.
pub fn area_drawn(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let tolerance = AreaTolerance {
        least_m2: rule.parameter("least_m2"),
        warn_part: rule.parameter("warn_part"),
        wrong_part: rule.parameter("wrong_part"),
    };
    let Some(view) = context.area.view("ZDJBXX") else {
        return Vec::new();
    };
    let mut overlapped = vec![0.0; view.len()];
    for overlap in context.overlaps() {
        overlapped[overlap.a] += overlap.area_m2;
        overlapped[overlap.b] += overlap.area_m2;
    }
    let mut out = Vec::new();
    for (row, shape) in context.area.shapes("ZDJBXX").iter().enumerate() {
        let (Some(shape), Some(recorded)) = (shape, number(view.value("ZDMJ", row))) else {
            continue;
        };
        if shape.rings().is_none_or(|rings| !invalid(rings).is_empty()) {
            continue;
        }
        let drawn = shape.area();
        let agreement = tolerance.compare(recorded, drawn);
        if agreement == Agreement::Same {
            continue;
        }
        let explained = overlapped[row] > 0.0 && (drawn - recorded).abs() < overlapped[row] * 1.5;
        let far = agreement == Agreement::Far;
        let message = format!("宗地面积 {recorded:.2} 平方米，图形面积 {drawn:.2} 平方米");
        let kind = (far && !explained).then_some(Kind::AreaVsGeometry);
        let found = on(view, row, "ZDMJ", message, kind);
        let severity = if far {
            Severity::Mandatory
        } else {
            Severity::Warning
        };
        out.push(at(
            Found {
                severity: Some(severity),
                ..found
            },
            None,
            shape,
        ));
    }
    out
}

/// DQ-TOP-019.
pub fn several_parts(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut out = Vec::new();
    for view in views(context, rule) {
        for (row, shape) in context.area.shapes(view.table.code()).iter().enumerate() {
            let Some(shape) = shape else { continue };
            let parts = shape.rings().map_or(0, shape::parts);
            if parts > 1 {
                let message = format!("宗地图形有 {parts} 个部件，请说明各部件权属一致");
                out.push(at(on(view, row, "GEOM", message, None), None, shape));
            }
        }
    }
    out
}
