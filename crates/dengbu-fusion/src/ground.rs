//! Shapes of staging tables as layers of `dengbu-geo`.

use dengbu_geo::Point;
use dengbu_geo::topology::Layer;
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Polygon};

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

/// All coordinates of a shape, in order.
pub fn coordinates(geometry: &Geometry<f64>) -> Vec<Point> {
    let line = |line: &LineString<f64>| line.0.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>();
    match geometry {
        Geometry::Point(p) => vec![[p.x(), p.y()]],
        Geometry::MultiPoint(points) => points.iter().map(|p| [p.x(), p.y()]).collect(),
        Geometry::LineString(l) => line(l),
        Geometry::MultiLineString(lines) => lines.iter().flat_map(line).collect(),
        other => rings(other).into_iter().flatten().collect(),
    }
}

/// The shape with every point moved; `None` where a point has no image or the kind of shape is
/// none a cadastre has.
pub fn moved(
    geometry: &Geometry<f64>,
    by: impl Fn(Point) -> Option<Point>,
) -> Option<Geometry<f64>> {
    let line = |line: &LineString<f64>| -> Option<LineString<f64>> {
        line.0
            .iter()
            .map(|c| by([c.x, c.y]).map(|[x, y]| Coord { x, y }))
            .collect()
    };
    let polygon = |p: &Polygon<f64>| -> Option<Polygon<f64>> {
        let holes = p.interiors().iter().map(line).collect::<Option<Vec<_>>>()?;
        Some(Polygon::new(line(p.exterior())?, holes))
    };
    let point =
        |p: &geo_types::Point<f64>| by([p.x(), p.y()]).map(|[x, y]| geo_types::Point::new(x, y));
    Some(match geometry {
        Geometry::Point(p) => Geometry::Point(point(p)?),
        Geometry::MultiPoint(points) => {
            Geometry::MultiPoint(points.iter().map(point).collect::<Option<Vec<_>>>()?.into())
        }
        Geometry::LineString(l) => Geometry::LineString(line(l)?),
        Geometry::MultiLineString(lines) => Geometry::MultiLineString(MultiLineString(
            lines.iter().map(line).collect::<Option<Vec<_>>>()?,
        )),
        Geometry::Polygon(p) => Geometry::Polygon(polygon(p)?),
        Geometry::MultiPolygon(parts) => Geometry::MultiPolygon(MultiPolygon(
            parts.iter().map(polygon).collect::<Option<Vec<_>>>()?,
        )),
        _ => return None,
    })
}
