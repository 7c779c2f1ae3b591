//! The plan page of a certificate (附图页): the parcel plan (宗地图) drawn from the surveyed
//! boundary, and the place for the floor plan (房产分户图).
//!
//! Invariants: what is written at a side is the length of that side of the geometry, to the
//! centimetre; the scale is a standard one and the drawing is true to it. Points are numbered
//! clockwise from the north-west corner (TD/T 1001-2012 地籍调查规程, 界址点编号).

mod drawing;

use dengbu_model::cadastre::Polygon;

pub use drawing::{PlanFacts, floor_plan_page, parcel_plan_page};

/// Scales a parcel plan may have (TD/T 1001-2012: 宗地图 may be at any scale that suits the
/// sheet; these are the usual ones).
pub const SCALES: [u32; 10] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000,
];

/// Metres in a degree of latitude (GB 22021, mean sphere), for boundaries in degrees.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// A side between two boundary points.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Number of the point it begins at, from 1.
    pub from: usize,
    /// Number of the point it ends at.
    pub to: usize,
    /// Its length in metres.
    pub length: f64,
}

/// A boundary prepared for drawing: metres, clockwise from the north-west corner, closed by the
/// last side.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// Points of the outer ring: east and north in metres.
    pub points: Vec<[f64; 2]>,
    /// Inner rings.
    pub holes: Vec<Vec<[f64; 2]>>,
}

impl Boundary {
    /// Prepares a polygon; none when its outer ring has no three points or no extent.
    #[must_use]
    pub fn of(polygon: &Polygon) -> Option<Self> {
        let outer = polygon.rings.first()?;
        let middle = outer.iter().map(|p| p[1]).sum::<f64>() / count(outer.len());
        let degrees = [4326, 4490].contains(&polygon.srid);
        let metres = |p: &[f64; 2]| {
            if degrees {
                let east = p[0] * METRES_PER_DEGREE * middle.to_radians().cos();
                [east, p[1] * METRES_PER_DEGREE]
            } else {
                *p
            }
        };
        let ring = |r: &Vec<[f64; 2]>| open(r.iter().map(metres).collect());
        let mut points = ring(outer);
        if points.len() < 3 || points.iter().flatten().any(|v| !v.is_finite()) {
            return None;
        }
        if area2(&points) > 0.0 {
            points.reverse();
        }
        let first = north_west(&points);
        points.rotate_left(first);
        let made = Self {
            points,
            holes: polygon.rings.iter().skip(1).map(ring).collect(),
        };
        let [w, h] = made.extent();
        (w > 0.0 && h > 0.0).then_some(made)
    }

    /// Its sides in the order of the points.
    #[must_use]
    pub fn sides(&self) -> Vec<Side> {
        let n = self.points.len();
        (0..n)
            .map(|i| {
                let (a, b) = (self.points[i], self.points[(i + 1) % n]);
                Side {
                    from: i + 1,
                    to: (i + 1) % n + 1,
                    length: (b[0] - a[0]).hypot(b[1] - a[1]),
                }
            })
            .collect()
    }

    /// Lower left and upper right corner.
    fn corners(&self) -> ([f64; 2], [f64; 2]) {
        let mut low = self.points[0];
        let mut high = low;
        for p in &self.points {
            for axis in 0..2 {
                low[axis] = low[axis].min(p[axis]);
                high[axis] = high[axis].max(p[axis]);
            }
        }
        (low, high)
    }

    /// Width and height in metres.
    #[must_use]
    pub fn extent(&self) -> [f64; 2] {
        let (low, high) = self.corners();
        [high[0] - low[0], high[1] - low[1]]
    }

    /// The largest standard scale at which it fits into a frame of these millimetres.
    #[must_use]
    pub fn scale(&self, width_mm: f64, height_mm: f64) -> Option<u32> {
        let [w, h] = self.extent();
        SCALES.into_iter().find(|s| {
            let on_paper = 1_000.0 / f64::from(*s);
            w * on_paper <= width_mm && h * on_paper <= height_mm
        })
    }

    /// What borders it: for each side the parcel (by its place in `others`) that has a boundary
    /// within `near` metres of the middle of that side.
    #[must_use]
    pub fn neighbours(&self, others: &[Boundary], near: f64) -> Vec<Option<usize>> {
        let n = self.points.len();
        (0..n)
            .map(|i| {
                let (a, b) = (self.points[i], self.points[(i + 1) % n]);
                let middle = [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])];
                others
                    .iter()
                    .map(|o| o.distance(middle))
                    .enumerate()
                    .filter(|(_, d)| *d <= near)
                    .min_by(|x, y| x.1.total_cmp(&y.1))
                    .map(|(at, _)| at)
            })
            .collect()
    }

    /// Metres from a point to its outline.
    fn distance(&self, p: [f64; 2]) -> f64 {
        let n = self.points.len();
        (0..n)
            .map(|i| to_segment(p, self.points[i], self.points[(i + 1) % n]))
            .fold(f64::INFINITY, f64::min)
    }
}

fn to_segment(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length2 = d[0] * d[0] + d[1] * d[1];
    let along = if length2 > 0.0 {
        (((p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1]) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p[0] - a[0] - along * d[0]).hypot(p[1] - a[1] - along * d[1])
}

fn count(n: usize) -> f64 {
    u32::try_from(n.max(1)).map_or(f64::INFINITY, f64::from)
}

/// Without the last point where it repeats the first, and without points that repeat the one before.
fn open(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let same = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < 1e-6;
    ring.dedup_by(|a, b| same(a, b));
    while ring.len() > 1 && same(&ring[0], &ring[ring.len() - 1]) {
        ring.pop();
    }
    ring
}

/// Twice the signed area; positive when counter-clockwise.
fn area2(ring: &[[f64; 2]]) -> f64 {
    let n = ring.len();
    let base = ring[0];
    (0..n)
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % n]);
            (a[0] - base[0]) * (b[1] - base[1]) - (b[0] - base[0]) * (a[1] - base[1])
        })
        .sum()
}

/// The point farthest to the north-west.
fn north_west(ring: &[[f64; 2]]) -> usize {
    (0..ring.len())
        .max_by(|a, b| {
            let west = |i: usize| ring[i][1] - ring[i][0];
            west(*a).total_cmp(&west(*b)).then(b.cmp(a))
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
