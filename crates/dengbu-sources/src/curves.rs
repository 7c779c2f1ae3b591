//! Arcs and circles as lines of short chords.

use std::f64::consts::TAU;

use geo_types::Coord;

/// Distance a chord may have from its arc, in metres.
const CHORD: f64 = 0.001;
/// Corners a full circle gets at most.
const CIRCLE_CORNERS: f64 = 3_600.0;

/// The arc through three points; the whole circle when `closed`.
pub fn arc([a, b, c]: [Coord<f64>; 3], closed: bool) -> Option<Vec<Coord<f64>>> {
    let d = 2.0 * (a.x * (b.y - c.y) + b.x * (c.y - a.y) + c.x * (a.y - b.y));
    if d.abs() < 1e-9 {
        return None;
    }
    let square = |p: Coord<f64>| p.x * p.x + p.y * p.y;
    let centre = Coord {
        x: (square(a) * (b.y - c.y) + square(b) * (c.y - a.y) + square(c) * (a.y - b.y)) / d,
        y: (square(a) * (c.x - b.x) + square(b) * (a.x - c.x) + square(c) * (b.x - a.x)) / d,
    };
    let angle = |p: Coord<f64>| (p.y - centre.y).atan2(p.x - centre.x);
    let radius = ((a.x - centre.x).powi(2) + (a.y - centre.y).powi(2)).sqrt();
    let start = angle(a);
    let turn = |to: f64| (to - start).rem_euclid(TAU);
    if closed {
        return Some(circle(centre, radius, start, TAU));
    }
    let (mid, end) = (turn(angle(b)), turn(angle(c)));
    let sweep = if mid < end { end } else { end - TAU };
    let mut out = circle(centre, radius, start, sweep);
    // The given ends stand exactly.
    if let Some(first) = out.first_mut() {
        *first = a;
    }
    if let Some(last) = out.last_mut() {
        *last = c;
    }
    Some(out)
}

/// Corners on a circle from an angle on, close enough to the arc.
pub fn circle(centre: Coord<f64>, radius: f64, start: f64, sweep: f64) -> Vec<Coord<f64>> {
    let step = 2.0 * (1.0 - (CHORD / radius).min(1.0)).acos();
    let corners = (sweep.abs() / step.max(1e-6))
        .ceil()
        .clamp(8.0, CIRCLE_CORNERS);
    let count = corners as usize;
    (0..=count)
        .map(|i| {
            let angle = start + sweep * (i as f64) / corners;
            Coord {
                x: centre.x + radius * angle.cos(),
                y: centre.y + radius * angle.sin(),
            }
        })
        .collect()
}

/// The corners between two points of a polyline whose segment bulges (DXF group 42: tangent of a
/// quarter of the arc's angle, positive to the left), both points aside.
pub fn bulged(from: Coord<f64>, to: Coord<f64>, bulge: f64) -> Vec<Coord<f64>> {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let chord = dx.hypot(dy);
    if chord < 1e-9 || !bulge.is_finite() || bulge.abs() < 1e-9 {
        return Vec::new();
    }
    // The middle of the arc lies off the middle of the chord by bulge times half the chord.
    let middle = Coord {
        x: f64::midpoint(from.x, to.x) + dy * bulge / 2.0,
        y: f64::midpoint(from.y, to.y) - dx * bulge / 2.0,
    };
    let mut corners = arc([from, middle, to], false).unwrap_or_default();
    corners.pop();
    if !corners.is_empty() {
        corners.remove(0);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_circle_bulges_by_one() {
        let at = |x, y| Coord { x, y };
        let corners = bulged(at(0.0, 0.0), at(2.0, 0.0), 1.0);
        assert!(corners.len() > 20);
        assert!(
            corners
                .iter()
                .all(|c| ((c.x - 1.0).hypot(c.y) - 1.0).abs() < 1e-9 && c.y < 0.0)
        );
        let chord = (corners[0].x - corners[1].x).hypot(corners[0].y - corners[1].y);
        assert!(1.0 - (1.0 - chord * chord / 4.0).sqrt() < 0.0011);
        assert!(bulged(at(0.0, 0.0), at(0.0, 0.0), 1.0).is_empty());
        assert!(bulged(at(0.0, 0.0), at(1.0, 0.0), 0.0).is_empty());
    }
}
