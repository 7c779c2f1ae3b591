//! Shapes of staging tables as layers of `dengbu-geo`.

use dengbu_geo::Point;
use dengbu_geo::topology::Layer;
use geo_types::{Geometry, LineString};

/// All rings of a polygon or several; none of lines and points.
pub fn rings(geometry: &Geometry<f64>) -> Vec<Vec<Point>> {
    let ring = |line: &LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect();
    match geometry {
        Geometry::Polygon(polygon) => [polygon.exterior()]
            .into_iter()
            .chain(polygon.interiors())
            .map(ring)
            .collect(),
        Geometry::MultiPolygon(parts) => parts
            .iter()
            .flat_map(|part| [part.exterior()].into_iter().chain(part.interiors()))
            .map(ring)
            .collect(),
        _ => Vec::new(),
    }
}

/// A layer over rings.
pub fn layer(rings: &[Vec<Vec<Point>>]) -> Layer<'_> {
    Layer::new(
        rings
            .iter()
            .map(|r| (!r.is_empty()).then_some(r.as_slice())),
    )
}

/// Rows whose box comes nearer than `by_m` to each row's own, for "touches or lies next to".
pub fn neighbours(layer: &Layer<'_>, by_m: f64) -> Vec<Vec<usize>> {
    (0..layer.len())
        .map(|row| {
            let bounds = layer.polygon(row).bounds;
            if bounds.size()[0] < 0.0 {
                return Vec::new();
            }
            let mut near = layer.tree().query(bounds.grown(by_m));
            near.retain(|other| *other != row);
            near
        })
        .collect()
}
