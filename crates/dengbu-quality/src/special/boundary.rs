//! Boundary points and lines against the parcels they bound.

use super::{Context, on};
use crate::area::keyed;
use crate::rule::Rule;
use crate::run::Found;
use crate::value::number;
use dengbu_geo::shape::{distance, open_ring};
use dengbu_geo::tree::Tree;
use dengbu_geo::{Bounds, Point, Shape};
use std::collections::BTreeSet;

/// Where a boundary point lies: its shape, else its coordinates as written (XZBZ east in the
/// sense of the file: tried both ways by the caller's tolerance).
fn point(context: &Context<'_, '_>, row: usize) -> Option<Point> {
    match context.area.shapes("JZD").get(row) {
        Some(Some(Shape::Point(p))) => return Some(*p),
        Some(Some(_)) => return None,
        _ => {}
    }
    let view = context.area.view("JZD")?;
    Some([
        number(view.value("YZBZ", row))?,
        number(view.value("XZBZ", row))?,
    ])
}

/// DQ-TOP-009: points of a parcel are the vertices of its polygon, all of them.
pub fn points_on_boundary(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let (Some(view), Some(parcels)) = (context.area.view("JZD"), context.area.view("ZDJBXX"))
    else {
        return Vec::new();
    };
    let near = rule.parameter("near_m");
    let mut out = Vec::new();
    let mut groups: Vec<_> = keyed(view, |row| view.value("ZDZHDM", row))
        .into_iter()
        .collect();
    groups.sort_unstable();
    for ((source, code), rows) in groups {
        let Some(parcel) = context
            .area
            .parcels()
            .get(&(source, code))
            .map(|p| p[0] as usize)
        else {
            continue;
        };
        let Some(Some(rings)) = context
            .area
            .shapes("ZDJBXX")
            .get(parcel)
            .map(|s| s.as_ref().and_then(Shape::rings))
        else {
            continue;
        };
        let vertices: Vec<Point> = rings
            .iter()
            .flat_map(|r| open_ring(r).iter().copied())
            .collect();
        for row in &rows {
            let Some(p) = point(context, *row as usize) else {
                continue;
            };
            let swapped = [p[1], p[0]];
            let off = vertices
                .iter()
                .map(|v| distance(*v, p).min(distance(*v, swapped)))
                .fold(f64::INFINITY, f64::min);
            if off > near {
                let message = format!("界址点距宗地 {code} 的节点 {off:.3} 米");
                out.push(Found {
                    place: Some(p),
                    ..on(view, *row as usize, "JZDH", message, None)
                });
            }
        }
        if rows.len() != vertices.len() {
            let message = format!(
                "界址点 {} 个，宗地图形节点 {} 个",
                rows.len(),
                vertices.len()
            );
            out.push(Found {
                place: vertices.first().copied(),
                ..on(parcels, parcel, "GEOM", message, None)
            });
        }
    }
    out
}

/// DQ-TOP-010: the recorded length of a boundary line is that of its shape, its ends are points.
pub fn line_length(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("JZX") else {
        return Vec::new();
    };
    let points: Vec<Point> = (0..context.area.view("JZD").map_or(0, crate::area::View::len))
        .filter_map(|r| point(context, r))
        .collect();
    let tree = Tree::new(&points.iter().map(|p| Bounds::of([p])).collect::<Vec<_>>());
    let mut out = Vec::new();
    for (row, shape) in context.area.shapes("JZX").iter().enumerate() {
        let Some(Shape::Lines(parts)) = shape else {
            continue;
        };
        let length = Shape::Lines(parts.clone()).length();
        if let Some(told) = number(view.value("JZXCD", row))
            .filter(|t| (t - length).abs() > rule.parameter("length_m"))
        {
            let message = format!("界址线长度 {told:.3} 米，图形长 {length:.3} 米");
            out.push(Found {
                place: parts.first().and_then(|p| p.first()).copied(),
                ..on(view, row, "JZXCD", message, None)
            });
        }
        let ends = parts.iter().flat_map(|p| [p.first(), p.last()]).flatten();
        let loose = ends.copied().find(|end| {
            !points.is_empty()
                && tree
                    .query(Bounds::of([end]).grown(rule.parameter("near_m")))
                    .is_empty()
        });
        if let Some(end) = loose {
            let message = "界址线端点不是界址点".to_owned();
            out.push(Found {
                place: Some(end),
                ..on(view, row, "GEOM", message, None)
            });
        }
    }
    out
}

/// DQ-TOP-011: points of neighbouring parcels that nearly coincide should be one.
pub fn shared_points(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let Some(view) = context.area.view("JZD") else {
        return Vec::new();
    };
    let points: Vec<Option<Point>> = (0..view.len()).map(|r| point(context, r)).collect();
    let boxes: Vec<Bounds> = points
        .iter()
        .map(|p| p.map_or(Bounds::EMPTY, |p| Bounds::of([&p])))
        .collect();
    let tree = Tree::new(&boxes);
    let (least, most) = (rule.parameter("least_m"), rule.parameter("most_m"));
    let mut out = Vec::new();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for (row, p) in points.iter().enumerate() {
        let Some(p) = p else { continue };
        for other in tree.query(Bounds::of([p]).grown(most)) {
            let Some(q) = points[other].filter(|_| other < row) else {
                continue;
            };
            let off = distance(*p, q);
            if (least..=most).contains(&off) && told.insert(row) {
                let message = format!(
                    "与界址点 {} 相距 {off:.3} 米，应为同一点",
                    view.table.legacy_id(other)
                );
                out.push(Found {
                    place: Some(*p),
                    ..on(view, row, "JZDH", message, None)
                });
            }
        }
    }
    out
}
