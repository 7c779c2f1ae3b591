//! Shapes of the cadastre: points, lines, polygons of rings.

use serde::{Deserialize, Serialize};

/// East and north in metres, or longitude and latitude in degrees.
pub type Point = [f64; 2];

/// A box: west, south, east, north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds(pub [f64; 4]);

impl Bounds {
    /// Holds nothing; grows with [`Bounds::with`].
    pub const EMPTY: Self = Self([
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ]);

    /// Of some points.
    pub fn of<'a>(points: impl IntoIterator<Item = &'a Point>) -> Self {
        points.into_iter().fold(Self::EMPTY, |b, p| b.with(*p))
    }

    /// Grown to hold a point.
    pub fn with(self, [x, y]: Point) -> Self {
        let [a, b, c, d] = self.0;
        Self([a.min(x), b.min(y), c.max(x), d.max(y)])
    }

    /// Grown to hold another box.
    pub fn union(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a.min(e), b.min(f), c.max(g), d.max(h)])
    }

    /// What both hold; empty boxes have no width.
    pub fn intersection(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a.max(e), b.max(f), c.min(g), d.min(h)])
    }

    /// Grown by a margin on all sides.
    pub fn grown(self, by: f64) -> Self {
        let [a, b, c, d] = self.0;
        Self([a - by, b - by, c + by, d + by])
    }

    /// Whether both have a point in common, borders included.
    pub fn touches(self, other: Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        a <= g && e <= c && b <= h && f <= d
    }

    /// Whether the other lies in this one, borders included.
    pub fn covers(self, other: Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        a <= e && b <= f && c >= g && d >= h
    }

    /// Whether a point lies in it, borders included.
    pub fn holds(self, [x, y]: Point) -> bool {
        let [a, b, c, d] = self.0;
        (a..=c).contains(&x) && (b..=d).contains(&y)
    }

    /// East–west and north–south extent, negative when empty.
    pub fn size(self) -> [f64; 2] {
        let [a, b, c, d] = self.0;
        [c - a, d - b]
    }

    /// Its middle.
    pub fn centre(self) -> Point {
        let [a, b, c, d] = self.0;
        [f64::midpoint(a, c), f64::midpoint(b, d)]
    }
}

/// What a record may have for a shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One point (界址点).
    Point(Point),
    /// Lines (界址线).
    Lines(Vec<Vec<Point>>),
    /// A polygon of one or several parts: all rings, outer ones and holes alike; what is inside
    /// is told by the even-odd rule, so that neither order nor orientation matters.
    Polygon(Vec<Vec<Point>>),
}

impl Shape {
    /// All its points in order.
    pub fn points(&self) -> Box<dyn Iterator<Item = &Point> + '_> {
        match self {
            Self::Point(point) => Box::new(std::iter::once(point)),
            Self::Lines(parts) | Self::Polygon(parts) => Box::new(parts.iter().flatten()),
        }
    }

    /// Rings, if it is a polygon.
    pub fn rings(&self) -> Option<&[Vec<Point>]> {
        match self {
            Self::Polygon(rings) => Some(rings),
            _ => None,
        }
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(self.points())
    }

    /// Area in m² by the even-odd rule, 0 for points and lines.
    pub fn area(&self) -> f64 {
        self.rings().map_or(0.0, area)
    }

    /// Length in m of lines and of all rings of a polygon.
    pub fn length(&self) -> f64 {
        match self {
            Self::Point(_) => 0.0,
            Self::Lines(parts) => parts.iter().map(|p| path_length(p)).sum(),
            Self::Polygon(rings) => rings
                .iter()
                .map(|r| edges(r).map(|(a, b)| distance(a, b)).sum::<f64>())
                .sum(),
        }
    }

    /// Applies `f` to every point; the first failure ends it.
    ///
    /// # Errors
    /// What `f` gives.
    pub fn try_map<E>(&self, mut f: impl FnMut(Point) -> Result<Point, E>) -> Result<Self, E> {
        let mut part = |points: &Vec<Point>| points.iter().map(|p| f(*p)).collect();
        Ok(match self {
            Self::Point(point) => Self::Point(f(*point)?),
            Self::Lines(parts) => {
                Self::Lines(parts.iter().map(&mut part).collect::<Result<_, E>>()?)
            }
            Self::Polygon(rings) => {
                Self::Polygon(rings.iter().map(&mut part).collect::<Result<_, E>>()?)
            }
        })
    }

    /// Applies `f` to every point.
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(Point) -> Point) -> Self {
        match self.try_map(|p| Ok::<_, std::convert::Infallible>(f(p))) {
            Ok(shape) => shape,
            Err(never) => match never {},
        }
    }

    /// A point for a label or a map jump: inside the polygon wherever it is valid.
    pub fn place(&self) -> Option<Point> {
        match self {
            Self::Point(point) => Some(*point),
            Self::Lines(parts) => parts.iter().flatten().next().copied(),
            Self::Polygon(rings) => inner_point(rings),
        }
    }
}

/// Two vertices closer than this (m) are the same one: a tenth of the last digit delivered
/// (0.0001 m, 农村土地承包经营权确权登记数据库成果质检规则, coordinate precision).
pub const SAME_M: f64 = 1e-5;

/// Distance of two points.
pub fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// A ring without its closing point.
pub fn open_ring(ring: &[Point]) -> &[Point] {
    match ring {
        [first, .., last] if ring.len() > 3 && distance(*first, *last) < SAME_M => {
            &ring[..ring.len() - 1]
        }
        _ => ring,
    }
}

/// Edges of a ring, closed if it is not.
pub fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    let ring = open_ring(ring);
    (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()]))
}

/// Signed area of one ring: positive when it runs anticlockwise.
pub fn signed_area(ring: &[Point]) -> f64 {
    let Some(o) = ring.first() else { return 0.0 };
    edges(ring)
        .map(|(a, b)| (a[0] - o[0]) * (b[1] - o[1]) - (b[0] - o[0]) * (a[1] - o[1]))
        .sum::<f64>()
        / 2.0
}

/// Area of a polygon by the even-odd rule: rings inside an odd number of others are holes.
pub fn area(rings: &[Vec<Point>]) -> f64 {
    match rings {
        [] => 0.0,
        [ring] => signed_area(ring).abs(),
        _ => rings
            .iter()
            .enumerate()
            .map(|(i, ring)| {
                let whole = signed_area(ring).abs();
                if depth(rings, i).is_multiple_of(2) {
                    whole
                } else {
                    -whole
                }
            })
            .sum::<f64>()
            .max(0.0),
    }
}

/// How many other rings hold ring `i`: 0 for an outer ring, 1 for a hole, 2 for an island in it.
pub fn depth(rings: &[Vec<Point>], i: usize) -> usize {
    let Some(first) = rings[i].first() else {
        return 0;
    };
    // A middle of an edge lies on another ring less often than a vertex does.
    let probe = edges(&rings[i]).next().map_or(*first, |(a, b)| {
        [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
    });
    rings
        .iter()
        .enumerate()
        .filter(|(j, ring)| *j != i && ring_holds(ring, probe))
        .count()
}

/// Number of separate parts (outer rings).
pub fn parts(rings: &[Vec<Point>]) -> usize {
    match rings {
        [] => 0,
        [_] => 1,
        _ => (0..rings.len())
            .filter(|i| depth(rings, *i).is_multiple_of(2))
            .count(),
    }
}

/// Whether a point lies in one ring (even-odd; a point on the border may fall either way).
pub fn ring_holds(ring: &[Point], [x, y]: Point) -> bool {
    edges(ring).fold(false, |inside, (a, b)| {
        let cuts =
            (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
        inside ^ cuts
    })
}

/// Whether a point lies in a polygon (even-odd over all rings).
pub fn holds(rings: &[Vec<Point>], point: Point) -> bool {
    rings
        .iter()
        .fold(false, |inside, ring| inside ^ ring_holds(ring, point))
}

/// The middle of the widest piece of the polygon at the height of its box's middle.
fn inner_point(rings: &[Vec<Point>]) -> Option<Point> {
    let bounds = Bounds::of(rings.iter().flatten());
    let [_, y] = bounds.centre();
    let mut cuts: Vec<f64> = rings
        .iter()
        .flat_map(|ring| edges(ring))
        .filter(|(a, b)| (a[1] > y) != (b[1] > y))
        .map(|(a, b)| a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        .collect();
    cuts.sort_by(f64::total_cmp);
    let widest = cuts
        .chunks_exact(2)
        .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    match widest {
        Some(pair) => Some([f64::midpoint(pair[0], pair[1]), y]),
        None => rings.iter().flatten().next().copied(),
    }
}

/// Length of an open line.
pub fn path_length(points: &[Point]) -> f64 {
    points.windows(2).map(|w| distance(w[0], w[1])).sum()
}

/// The polygon without vertices that repeat their neighbour, each ring closed; what is then
/// shorter than a triangle goes.
pub fn without_repeats(rings: &[Vec<Point>], nearer_than_m: f64) -> Vec<Vec<Point>> {
    rings
        .iter()
        .filter_map(|ring| {
            let mut out: Vec<Point> = Vec::with_capacity(ring.len());
            for p in open_ring(ring) {
                if out.last().is_none_or(|q| distance(*p, *q) >= nearer_than_m) {
                    out.push(*p);
                }
            }
            while out.len() > 1 && distance(out[0], out[out.len() - 1]) < nearer_than_m {
                out.pop();
            }
            let first = *out.first()?;
            out.push(first);
            (out.len() > 3).then_some(out)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
        vec![
            [x, y],
            [x + side, y],
            [x + side, y + side],
            [x, y + side],
            [x, y],
        ]
    }

    #[test]
    fn holes_and_islands_by_parity() {
        let rings = vec![square(0., 0., 10.), square(2., 2., 6.), square(4., 4., 2.)];
        assert!((area(&rings) - (100.0 - 36.0 + 4.0)).abs() < 1e-9);
        assert!(holds(&rings, [1., 1.]) && !holds(&rings, [3., 3.]) && holds(&rings, [5., 5.]));
        assert_eq!(parts(&rings), 2);
        assert_eq!(parts(&[square(0., 0., 1.), square(5., 5., 1.)]), 2);
        let shape = Shape::Polygon(rings.clone());
        assert!(holds(&rings, shape.place().unwrap()));
        assert!((shape.length() - 72.0).abs() < 1e-9);
    }

    #[test]
    fn eight_digits_of_easting_cost_nothing() {
        let far = vec![square(34_482_658.735, 2_955_101.133, 0.1)];
        assert!((area(&far) - 0.01).abs() < 1e-8);
    }

    #[test]
    fn repeats_go_and_rings_close() {
        let mut ring = square(0., 0., 10.);
        ring.insert(2, [10.0, 0.000_001]);
        assert_eq!(without_repeats(&[ring], 1e-4), vec![square(0., 0., 10.)]);
        assert!(without_repeats(&[vec![[0., 0.], [0., 0.]]], 1e-4).is_empty());
    }

    #[test]
    fn what_is_empty_stays_calm() {
        let none = Shape::Polygon(vec![]);
        assert!(none.area() == 0.0 && none.place().is_none() && parts(&[]) == 0);
        assert!(none.bounds().size()[0] < 0.0);
        assert!(area(&[vec![], vec![]]) == 0.0);
    }
}
