//! Rings of a file to polygons: which ring is a hole of which.

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

/// Polygons out of rings in any order and direction: legacy deliveries keep neither to the rule of
/// shapefiles (outer rings clockwise) nor to that of VCT (outer ring first), and a ring that
/// crosses itself has no direction. A ring inside an odd number of others is a hole of the
/// smallest of them. `None` without rings.
pub fn polygons(rings: Vec<Vec<Coord<f64>>>) -> Option<Geometry<f64>> {
    let mut rings: Vec<LineString<f64>> = rings
        .into_iter()
        .filter(|r| !r.is_empty())
        .map(|r| {
            let mut line = LineString::new(r);
            line.close();
            line
        })
        .collect();
    match rings.len() {
        0 => None,
        1 => Some(Polygon::new(rings.remove(0), Vec::new()).into()),
        _ => Some(nested(rings)),
    }
}

fn nested(rings: Vec<LineString<f64>>) -> Geometry<f64> {
    let areas: Vec<f64> = rings.iter().map(area).collect();
    let holders: Vec<Vec<usize>> = (0..rings.len())
        .map(|i| {
            (0..rings.len())
                .filter(|&j| j != i && areas[j] > areas[i] && inside(&rings[i], &rings[j]))
                .collect()
        })
        .collect();
    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); rings.len()];
    for (i, within) in holders.iter().enumerate() {
        if within.len() % 2 == 1
            && let Some(smallest) = within
                .iter()
                .min_by(|a, b| areas[**a].total_cmp(&areas[**b]))
        {
            holes[*smallest].push(rings[i].clone());
        }
    }
    let mut out: Vec<Polygon<f64>> = Vec::new();
    for (i, ring) in rings.into_iter().enumerate() {
        if holders[i].len().is_multiple_of(2) {
            out.push(Polygon::new(ring, std::mem::take(&mut holes[i])));
        }
    }
    if out.len() == 1 {
        out.remove(0).into()
    } else {
        MultiPolygon::new(out).into()
    }
}

fn area(ring: &LineString<f64>) -> f64 {
    let Some(o) = ring.0.first() else { return 0.0 };
    (ring
        .0
        .windows(2)
        .map(|w| (w[0].x - o.x) * (w[1].y - o.y) - (w[1].x - o.x) * (w[0].y - o.y))
        .sum::<f64>()
        / 2.0)
        .abs()
}

/// Most of the ring's corners lie within the other, so that shared corners don't decide.
fn inside(ring: &LineString<f64>, other: &LineString<f64>) -> bool {
    let corners = ring.0.split_last().map_or(&[][..], |(_, rest)| rest);
    // Corners of a long ring are judged by a sample: the cost stays that of one pass.
    let step = (corners.len() / 16).max(1);
    let sample: Vec<&Coord<f64>> = corners.iter().step_by(step).collect();
    let within = sample.iter().filter(|p| contains(other, p)).count();
    within * 2 > sample.len()
}

/// Even-odd rule.
pub fn contains(ring: &LineString<f64>, p: &Coord<f64>) -> bool {
    let mut inside = false;
    for w in ring.0.windows(2) {
        let (a, b) = (w[0], w[1]);
        if (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, side: f64) -> Vec<Coord<f64>> {
        [
            (x, x),
            (x + side, x),
            (x + side, x + side),
            (x, x + side),
            (x, x),
        ]
        .map(|(x, y)| Coord { x, y })
        .to_vec()
    }

    #[test]
    fn holes_and_islands() {
        let Some(Geometry::Polygon(p)) = polygons(vec![square(2.0, 1.0), square(0.0, 10.0)]) else {
            panic!()
        };
        assert_eq!(p.interiors().len(), 1);
        let with_island = vec![square(0.0, 10.0), square(1.0, 8.0), square(3.0, 2.0)];
        let Some(Geometry::MultiPolygon(m)) = polygons(with_island) else {
            panic!()
        };
        assert_eq!(m.0.len(), 2);
        let Some(Geometry::MultiPolygon(m)) = polygons(vec![square(0.0, 1.0), square(5.0, 1.0)])
        else {
            panic!()
        };
        assert_eq!(m.0.len(), 2);
        assert!(polygons(vec![]).is_none());
    }
}
