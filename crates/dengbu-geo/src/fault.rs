//! What is wrong with one polygon, told with exact predicates.
//!
//! The validity asked for is that of OGC 06-103r4 §6.1.11 (simple rings, no crossing of rings),
//! with one difference: orientation and order of rings do not matter here, see
//! [`crate::shape::Shape::Polygon`].

use crate::shape::{Point, distance, open_ring, signed_area, without_repeats};
use robust::{Coord, orient2d};

/// A fault of a polygon and where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// A ring of less than three different points.
    TooFewPoints,
    /// A coordinate that is no number.
    NotANumber,
    /// Two edges cross.
    Crossing(Point),
    /// A ring touches itself.
    Touching(Point),
    /// The boundary runs back on itself.
    Spike(Point),
    /// A vertex repeats the one before it.
    DuplicateVertex(Point),
    /// The angle at a vertex is sharper than allowed.
    SharpAngle {
        /// The vertex.
        at: Point,
        /// Degrees.
        degrees: f64,
    },
    /// A part smaller than allowed.
    Tiny {
        /// Area in m².
        area_m2: f64,
    },
}

impl Fault {
    /// Whether the polygon is invalid for it; the others are only untidy.
    pub fn invalid(self) -> bool {
        matches!(
            self,
            Self::TooFewPoints
                | Self::NotANumber
                | Self::Crossing(_)
                | Self::Touching(_)
                | Self::Spike(_)
        )
    }

    /// Where, if it has a place.
    pub fn place(self) -> Option<Point> {
        match self {
            Self::TooFewPoints | Self::NotANumber | Self::Tiny { .. } => None,
            Self::Crossing(p) | Self::Touching(p) | Self::Spike(p) | Self::DuplicateVertex(p) => {
                Some(p)
            }
            Self::SharpAngle { at, .. } => Some(at),
        }
    }
}

/// What is still accepted (DQ-TOP-002).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tidy {
    /// Neighbouring vertices nearer than this (m) repeat each other.
    pub vertex_m: f64,
    /// Sharpest angle in degrees.
    pub angle_deg: f64,
    /// Smallest part in m².
    pub part_m2: f64,
}

impl Default for Tidy {
    fn default() -> Self {
        Self {
            vertex_m: 0.001,
            angle_deg: 5.0,
            part_m2: 0.5,
        }
    }
}

/// Faults of one kind and polygon told at most; a scrambled ring would tell thousands.
const TOLD: usize = 8;

/// All faults of a polygon, invalid ones first.
pub fn faults(rings: &[Vec<Point>], tidy: Tidy) -> Vec<Fault> {
    if rings.is_empty() {
        return vec![Fault::TooFewPoints];
    }
    if rings.iter().flatten().flatten().any(|v| !v.is_finite()) {
        return vec![Fault::NotANumber];
    }
    let mut found = invalid(rings);
    found.extend(repeats(rings, tidy.vertex_m).into_iter().take(TOLD));
    let clean = without_repeats(rings, tidy.vertex_m);
    if found.iter().any(|f| f.invalid()) {
        return found;
    }
    for ring in &clean {
        let ring = open_ring(ring);
        found.extend(sharp(ring, tidy.angle_deg).take(TOLD));
        let area_m2 = signed_area(ring).abs();
        if area_m2 < tidy.part_m2 {
            found.push(Fault::Tiny { area_m2 });
        }
    }
    found
}

/// Vertices that repeat the one before them.
pub fn repeats(rings: &[Vec<Point>], nearer_than_m: f64) -> Vec<Fault> {
    rings
        .iter()
        .flat_map(|ring| {
            let ring = open_ring(ring);
            (0..ring.len())
                .map(move |i| (ring[i], ring[(i + 1) % ring.len()]))
                .filter(move |(a, b)| ring.len() > 1 && distance(*a, *b) < nearer_than_m)
                .map(|(_, b)| Fault::DuplicateVertex(b))
        })
        .collect()
}

/// Faults that make it invalid: crossings, touchings, spikes, too few points.
pub fn invalid(rings: &[Vec<Point>]) -> Vec<Fault> {
    let clean = without_repeats(rings, crate::shape::SAME_M);
    let mut found = Vec::new();
    if clean.len() < rings.len() {
        found.push(Fault::TooFewPoints);
    }
    let mut edges: Vec<Edge> = Vec::new();
    for (of, ring) in clean.iter().enumerate() {
        let ring = open_ring(ring);
        let n = ring.len();
        edges.extend((0..n).map(|i| Edge {
            a: ring[i],
            b: ring[(i + 1) % n],
            of,
            i,
            n,
        }));
        found.extend((0..n).filter_map(|i| {
            let (a, b, c) = (ring[i], ring[(i + 1) % n], ring[(i + 2) % n]);
            let back = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0.0;
            (back && side(a, b, c) == 0.0).then_some(Fault::Spike(b))
        }));
    }
    found.extend(meetings(edges));
    found.truncate(TOLD);
    found
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    a: Point,
    b: Point,
    of: usize,
    i: usize,
    n: usize,
}

impl Edge {
    fn west(&self) -> f64 {
        self.a[0].min(self.b[0])
    }

    fn east(&self) -> f64 {
        self.a[0].max(self.b[0])
    }

    fn follows(&self, other: &Self) -> bool {
        self.of == other.of
            && ((self.i + 1) % self.n == other.i || (other.i + 1) % self.n == self.i)
    }
}

fn meetings(mut edges: Vec<Edge>) -> Vec<Fault> {
    edges.sort_by(|e, f| e.west().total_cmp(&f.west()));
    let mut found: Vec<Fault> = Vec::new();
    for (i, e) in edges.iter().enumerate() {
        for f in edges[i + 1..].iter().take_while(|f| f.west() <= e.east()) {
            if e.follows(f) || apart(e, f) {
                continue;
            }
            let fault = match meet(e, f) {
                Some(Meet::Cross(p)) => Fault::Crossing(p),
                // A hole may touch the outer ring in a point (OGC), a ring not itself.
                Some(Meet::Touch(p)) if e.of == f.of => Fault::Touching(p),
                Some(Meet::Along(p)) => Fault::Touching(p),
                _ => continue,
            };
            if !found.contains(&fault) {
                found.push(fault);
                if found.len() >= TOLD {
                    return found;
                }
            }
        }
    }
    found
}

fn apart(e: &Edge, f: &Edge) -> bool {
    e.a[1].max(e.b[1]) < f.a[1].min(f.b[1]) || f.a[1].max(f.b[1]) < e.a[1].min(e.b[1])
}

enum Meet {
    Cross(Point),
    Touch(Point),
    Along(Point),
}

fn side(a: Point, b: Point, c: Point) -> f64 {
    let coord = |p: Point| Coord { x: p[0], y: p[1] };
    orient2d(coord(a), coord(b), coord(c))
}

fn meet(e: &Edge, f: &Edge) -> Option<Meet> {
    let (c, d) = (side(e.a, e.b, f.a), side(e.a, e.b, f.b));
    if c * d > 0.0 {
        return None;
    }
    let (a, b) = (side(f.a, f.b, e.a), side(f.a, f.b, e.b));
    if a * b > 0.0 {
        return None;
    }
    if c * d < 0.0 && a * b < 0.0 {
        let t = a / (a - b);
        return Some(Meet::Cross([
            e.a[0] + t * (e.b[0] - e.a[0]),
            e.a[1] + t * (e.b[1] - e.a[1]),
        ]));
    }
    if c == 0.0 && d == 0.0 {
        return along(e, f);
    }
    [(c, f.a, e), (d, f.b, e), (a, e.a, f), (b, e.b, f)]
        .into_iter()
        .find(|(side, p, on)| *side == 0.0 && within(*p, on))
        .map(|(_, p, _)| Meet::Touch(p))
}

fn within(p: Point, e: &Edge) -> bool {
    (0..2).all(|k| (e.a[k].min(e.b[k])..=e.a[k].max(e.b[k])).contains(&p[k]))
}

/// Both lie on one line: what they share is a piece, a point or nothing.
fn along(e: &Edge, f: &Edge) -> Option<Meet> {
    let k = usize::from((e.a[0] - e.b[0]).abs() < (e.a[1] - e.b[1]).abs());
    let from = e.a[k].min(e.b[k]).max(f.a[k].min(f.b[k]));
    let to = e.a[k].max(e.b[k]).min(f.a[k].max(f.b[k]));
    let place = [e.a, e.b, f.a, f.b].into_iter().find(|p| p[k] == from)?;
    match from.total_cmp(&to) {
        std::cmp::Ordering::Less => Some(Meet::Along(place)),
        std::cmp::Ordering::Equal => Some(Meet::Touch(place)),
        std::cmp::Ordering::Greater => None,
    }
}

fn sharp(ring: &[Point], angle_deg: f64) -> impl Iterator<Item = Fault> + '_ {
    let n = ring.len();
    (0..n).filter_map(move |i| {
        let (a, at, c) = (ring[i], ring[(i + 1) % n], ring[(i + 2) % n]);
        let (u, v) = ([a[0] - at[0], a[1] - at[1]], [c[0] - at[0], c[1] - at[1]]);
        let degrees = (u[0] * v[1] - u[1] * v[0])
            .abs()
            .atan2(u[0] * v[0] + u[1] * v[1])
            .to_degrees();
        (degrees < angle_deg).then_some(Fault::SharpAngle { at, degrees })
    })
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

    fn of(ring: &[Point]) -> Vec<Fault> {
        faults(&[ring.to_vec()], Tidy::default())
    }

    #[test]
    fn sound_polygons_have_none() {
        assert!(of(&square(34_482_658.735, 2_955_101.133, 30.0)).is_empty());
        let holed = [square(0., 0., 10.), square(2., 2., 3.), square(5., 5., 2.)];
        assert!(
            faults(&holed, Tidy::default()).is_empty(),
            "holes may touch in a point"
        );
        // A vertex in the middle of a straight side is no fault.
        assert!(of(&[[0., 0.], [5., 0.], [10., 0.], [10., 10.], [0., 10.]]).is_empty());
    }

    #[test]
    fn each_fault_is_told() {
        assert_eq!(
            of(&[[0., 0.], [10., 10.], [10., 0.], [0., 10.], [0., 0.]]),
            [Fault::Crossing([5., 5.])]
        );
        assert_eq!(
            of(&[
                [0., 0.],
                [10., 0.],
                [5., 5.],
                [10., 10.],
                [0., 10.],
                [5., 5.]
            ]),
            [Fault::Touching([5., 5.])]
        );
        assert_eq!(
            of(&[[0., 0.], [20., 0.], [10., 0.], [10., 10.], [0., 10.]]),
            [Fault::Spike([20., 0.]), Fault::Touching([10., 0.])]
        );
        let mut double = square(0., 0., 10.);
        double.insert(2, [10.0, 0.0]);
        assert_eq!(of(&double), [Fault::DuplicateVertex([10., 0.])]);
        assert_eq!(of(&[[0., 0.], [1., 1.]]), [Fault::TooFewPoints]);
        assert_eq!(
            of(&[[0., 0.], [f64::NAN, 1.], [1., 0.]]),
            [Fault::NotANumber]
        );
        assert_eq!(faults(&[], Tidy::default()), [Fault::TooFewPoints]);
        assert!(matches!(of(&square(0., 0., 0.5))[..], [Fault::Tiny { .. }]));
        let needle = of(&[[0., 0.], [100., 0.], [100., 4.]]);
        assert!(
            matches!(needle[..], [Fault::SharpAngle { .. }]),
            "{needle:?}"
        );
        let crossed = [square(0., 0., 10.), square(5., 5., 10.)];
        assert!(
            faults(&crossed, Tidy::default())
                .iter()
                .any(|f| matches!(f, Fault::Crossing(_)))
        );
        let shared = [square(0., 0., 10.), square(10., 2., 5.)];
        assert!(
            invalid(&shared)
                .iter()
                .all(|f| matches!(f, Fault::Touching(_)))
        );
    }

    #[test]
    fn a_scrambled_ring_of_thousands_ends_soon() {
        let ring: Vec<Point> = (0u32..20_000)
            .map(|i| {
                [
                    f64::from(i * 7919 % 10_007),
                    f64::from(i * 104_729 % 10_009),
                ]
            })
            .collect();
        assert_eq!(of(&ring).iter().filter(|f| f.invalid()).count(), TOLD);
    }
}
