//! What two polygons have in common: its area, measured slab by slab.
//!
//! Between two neighbouring heights at which anything bends or crosses every edge is straight and
//! their order is fixed; the width at half height times the height is the area of the slab. Rings
//! count by the even-odd rule, so holes, parts and even a ring that crosses itself are no
//! trouble. Only the window that both boxes share is looked at.

use crate::shape::{Bounds, Point, edges, open_ring, signed_area};

/// A polygon made ready for many comparisons.
#[derive(Debug, Clone, Copy)]
pub struct Ready<'a> {
    /// Its rings.
    pub rings: &'a [Vec<Point>],
    /// The box around them.
    pub bounds: Bounds,
    /// +1 when the only ring runs anticlockwise, −1 when clockwise, 0 when there are several
    /// rings or too many vertices for the separating edge to be worth a try.
    turn: f64,
}

/// More vertices than this and a separating edge is not sought.
const SEPARABLE: usize = 24;

impl<'a> Ready<'a> {
    /// Makes it ready.
    pub fn new(rings: &'a [Vec<Point>]) -> Self {
        let turn = match rings {
            [ring] if ring.len() <= SEPARABLE => signed_area(ring).signum(),
            _ => 0.0,
        };
        Self {
            rings,
            bounds: Bounds::of(rings.iter().flatten()),
            turn,
        }
    }

    /// The number of vertices.
    pub fn vertices(&self) -> usize {
        self.rings.iter().map(|r| open_ring(r).len()).sum()
    }
}

/// What two polygons share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Common {
    /// Area in m².
    pub area: f64,
    /// The box around it.
    pub bounds: Bounds,
}

impl Common {
    /// Nothing.
    pub const NONE: Self = Self {
        area: 0.0,
        bounds: Bounds::EMPTY,
    };

    /// Mean width in m: area over the longer side of its box.
    pub fn width(&self) -> f64 {
        let [w, h] = self.bounds.size();
        if self.area > 0.0 {
            self.area / w.max(h)
        } else {
            0.0
        }
    }
}

/// Whether nothing wider than `tolerance_m` can be common, told from cheap signs only: the boxes,
/// or an edge that has all of one polygon on its one side and all of the other on its other.
/// `false` says nothing.
pub fn surely_apart(a: &Ready<'_>, b: &Ready<'_>, tolerance_m: f64) -> bool {
    let [w, h] = a.bounds.intersection(b.bounds).size();
    !(w > tolerance_m && h > tolerance_m)
        || separates(a, b, tolerance_m)
        || separates(b, a, tolerance_m)
}

fn separates(a: &Ready<'_>, b: &Ready<'_>, tolerance_m: f64) -> bool {
    if a.turn == 0.0 || b.rings.len() != 1 || b.rings[0].len() > SEPARABLE {
        return false;
    }
    let (own, other) = (&a.rings[0], &b.rings[0]);
    edges(own).any(|(p, q)| {
        let d = [q[0] - p[0], q[1] - p[1]];
        let slack = tolerance_m * d[0].hypot(d[1]);
        // Twice the signed area over the edge: positive on the polygon's own side.
        let side = |r: &Point| a.turn * (d[0] * (r[1] - p[1]) - d[1] * (r[0] - p[0]));
        slack > 0.0
            && other.iter().all(|r| side(r) <= slack)
            && own.iter().all(|r| side(r) >= -slack)
    })
}

/// An edge with its lower end first, from the window's corner.
#[derive(Debug, Clone, Copy)]
struct Edge {
    low: Point,
    high: Point,
    /// East per north.
    slope: f64,
    /// 0 of the first polygon, 1 of the second.
    of: u8,
    /// Lies wholly west of the window: counts for parity only.
    west: bool,
}

impl Edge {
    fn at(&self, y: f64) -> f64 {
        self.low[0] + (y - self.low[1]) * self.slope
    }
}

/// Working space, kept from pair to pair.
#[derive(Debug, Default)]
pub struct Scratch {
    edges: Vec<Edge>,
    heights: Vec<f64>,
    active: Vec<usize>,
    /// Where an active edge cuts the slab at half height, and which edge.
    cuts: Vec<(f64, usize)>,
}

impl Scratch {
    /// What `a` and `b` share.
    pub fn common(&mut self, a: &Ready<'_>, b: &Ready<'_>) -> Common {
        let window = a.bounds.intersection(b.bounds);
        let [width, height] = window.size();
        if !(width > 0.0 && height > 0.0) {
            return Common::NONE;
        }
        self.collect(a.rings, 0, window, true);
        self.collect(b.rings, 1, window, false);
        self.edges
            .sort_unstable_by(|x, y| x.low[1].total_cmp(&y.low[1]));
        self.find_heights(width, height);
        self.sum_slabs(window, width)
    }

    fn collect(&mut self, rings: &[Vec<Point>], of: u8, window: Bounds, fresh: bool) {
        let [x0, y0, _, _] = window.0;
        let [width, height] = window.size();
        if fresh {
            self.edges.clear();
        }
        for (p, q) in rings.iter().flat_map(|r| edges(r)) {
            let (p, q) = ([p[0] - x0, p[1] - y0], [q[0] - x0, q[1] - y0]);
            let (low, high) = if p[1] <= q[1] { (p, q) } else { (q, p) };
            if high[1] <= low[1] || high[1] <= 0.0 || low[1] >= height {
                continue;
            }
            if low[0] >= width && high[0] >= width {
                continue;
            }
            self.edges.push(Edge {
                low,
                high,
                slope: (high[0] - low[0]) / (high[1] - low[1]),
                of,
                west: low[0] <= 0.0 && high[0] <= 0.0,
            });
        }
    }

    fn find_heights(&mut self, width: f64, height: f64) {
        let heights = &mut self.heights;
        heights.clear();
        heights.extend([0.0, height]);
        let mut add = |y: f64| {
            if y > 0.0 && y < height {
                heights.push(y);
            }
        };
        for (i, e) in self.edges.iter().enumerate() {
            add(e.low[1]);
            add(e.high[1]);
            if e.west {
                continue;
            }
            // Where it enters or leaves the window its part of the width bends.
            for x in [0.0, width] {
                if (e.low[0] - x) * (e.high[0] - x) < 0.0 {
                    add(e.low[1] + (x - e.low[0]) / e.slope);
                }
            }
            for f in self.edges[i + 1..]
                .iter()
                .take_while(|f| f.low[1] < e.high[1])
            {
                if f.west {
                    continue;
                }
                let (from, to) = (f.low[1], e.high[1].min(f.high[1]));
                let (before, behind) = (e.at(from) - f.at(from), e.at(to) - f.at(to));
                if before * behind < 0.0 {
                    add(from + (to - from) * before / (before - behind));
                }
            }
        }
        heights.sort_unstable_by(f64::total_cmp);
    }

    fn sum_slabs(&mut self, window: Bounds, width: f64) -> Common {
        let mut common = Common::NONE;
        let (mut next, [x0, y0, _, _]) = (0, window.0);
        self.active.clear();
        for slab in self.heights.windows(2) {
            let (from, to) = (slab[0], slab[1]);
            if to - from <= 1e-10 {
                continue;
            }
            let y = f64::midpoint(from, to);
            while next < self.edges.len() && self.edges[next].low[1] < y {
                self.active.push(next);
                next += 1;
            }
            let all = &self.edges;
            self.active.retain(|i| all[*i].high[1] > y);
            self.cuts.clear();
            self.cuts.extend(
                self.active
                    .iter()
                    .map(|i| (all[*i].at(y).clamp(0.0, width), *i)),
            );
            self.cuts.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let (mut inside, mut sum) = ([false; 2], 0.0);
            let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
            let (mut last, mut behind) = (0.0, None);
            for (x, edge) in self
                .cuts
                .iter()
                .map(|(x, i)| (*x, Some(&all[*i])))
                .chain([(width, None)])
            {
                if inside == [true, true] && x > last {
                    sum += x - last;
                    // The slab's corners, not its middle: a wedge is as long as it is drawn.
                    let reach = |edge: Option<&Edge>, open: f64| {
                        edge.map_or([open; 2], |e| {
                            [from, to].map(|end| e.at(end).clamp(0.0, width))
                        })
                    };
                    let (left, right) = (reach(behind, 0.0), reach(edge, width));
                    west = west.min(left[0].min(left[1]));
                    east = east.max(right[0].max(right[1]));
                }
                (last, behind) = (x, edge);
                if let Some(flag) = edge.and_then(|e| inside.get_mut(usize::from(e.of))) {
                    *flag ^= true;
                }
            }
            if sum > 1e-9 {
                common.area += sum * (to - from);
                common.bounds =
                    common
                        .bounds
                        .union(Bounds([x0 + west, y0 + from, x0 + east, y0 + to]));
            }
        }
        common
    }
}

/// Area in m² that two polygons share.
pub fn common_area(a: &[Vec<Point>], b: &[Vec<Point>]) -> f64 {
    Scratch::default()
        .common(&Ready::new(a), &Ready::new(b))
        .area
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::area;
    use proptest::prelude::*;

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
    fn areas() {
        let whole = [square(0., 0., 10.)];
        for (other, want) in [
            (square(6., 5., 10.), 20.0),
            (square(0., 0., 10.), 100.0),
            (square(10., 0., 10.), 0.0),
            (square(3., 3., 2.), 4.0),
            (vec![[5., -5.], [15., 5.], [5., 15.], [-5., 5.]], 100.0),
            (vec![[0., 0.], [10., 0.], [5., 10.]], 50.0),
        ] {
            let other = [other];
            assert!(
                (common_area(&whole, &other) - want).abs() < 1e-9,
                "{other:?}"
            );
            assert!(
                (common_area(&other, &whole) - want).abs() < 1e-9,
                "{other:?}"
            );
        }
        let holed = [square(0., 0., 10.), square(2., 2., 6.)];
        assert!((common_area(&holed, &whole) - 64.0).abs() < 1e-9);
        assert!(common_area(&holed, &[square(3., 3., 2.)]).abs() < 1e-9);
        assert!(common_area(&[], &whole).abs() < 1e-9);
    }

    #[test]
    fn width_tells_a_sliver() {
        let mut scratch = Scratch::default();
        let (a, b) = ([square(0., 0., 10.)], [square(9.995, 0., 10.)]);
        let common = scratch.common(&Ready::new(&a), &Ready::new(&b));
        assert!((common.area - 0.05).abs() < 1e-9 && (common.width() - 0.005).abs() < 1e-9);
        assert!(surely_apart(&Ready::new(&a), &Ready::new(&b), 0.01));
        assert!(!surely_apart(&Ready::new(&a), &Ready::new(&b), 0.001));
    }

    #[test]
    fn a_wedge_is_as_long_as_it_is_drawn() {
        // 10 m long, 2 cm wide at its mouth, whichever way it points.
        let base = [square(0., 0., 10.)];
        for (other, turned) in [
            (vec![[9.98, 0.], [20., 0.], [20., 10.], [10., 10.]], false),
            (vec![[0., 9.98], [10., 10.], [10., 20.], [0., 20.]], true),
        ] {
            let other = [other];
            let common = Scratch::default().common(&Ready::new(&base), &Ready::new(&other));
            assert!((common.area - 0.1).abs() < 1e-9);
            let [w, h] = common.bounds.size();
            let (long, short) = if turned { (w, h) } else { (h, w) };
            assert!((long - 10.0).abs() < 1e-9 && (short - 0.02).abs() < 1e-9);
            assert!((common.width() - 0.01).abs() < 1e-9);
        }
        // Slanted: the corners of a slab lie outside its middle.
        let (a, b) = (
            [vec![[0., 0.], [10., 0.], [20., 10.], [10., 10.]]],
            [vec![[-5., -5.], [30., -5.], [30., 30.], [-5., 30.]]],
        );
        let common = Scratch::default().common(&Ready::new(&a), &Ready::new(&b));
        assert_eq!(common.bounds, Bounds([0., 0., 20., 10.]));
    }

    fn star(points: &[(u32, f64)], centre: Point) -> Vec<Point> {
        let n = f64::from(u32::try_from(points.len()).unwrap());
        (0u32..)
            .zip(points)
            .map(|(i, (_, r))| {
                let angle = std::f64::consts::TAU * f64::from(i) / n;
                [centre[0] + r * angle.cos(), centre[1] + r * angle.sin()]
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Area of the common part by counting points of a fine grid says the same.
        #[test]
        fn agrees_with_counting(
            a in proptest::collection::vec((0u32..1, 2.0f64..10.0), 3..12),
            b in proptest::collection::vec((0u32..1, 2.0f64..10.0), 3..12),
            dx in -8.0f64..8.0, dy in -8.0f64..8.0,
        ) {
            let (a, b) = ([star(&a, [500_000.0, 3e6])], [star(&b, [500_000.0 + dx, 3e6 + dy])]);
            let got = common_area(&a, &b);
            let (mut inside, step) = (0u32, 0.2);
            for i in -55..55 {
                for j in -55..55 {
                    let p = [500_000.1 + step * f64::from(i), 3e6 + 0.1 + step * f64::from(j)];
                    inside += u32::from(crate::shape::holds(&a, p) && crate::shape::holds(&b, p));
                }
            }
            let counted = f64::from(inside) * step * step;
            prop_assert!((got - counted).abs() < 6.0, "{} {}", got, counted);
            prop_assert!(got <= area(&a).min(area(&b)) + 1e-6);
            if surely_apart(&Ready::new(&a), &Ready::new(&b), 1e-6) {
                prop_assert!(got < 1e-3);
            }
        }

        #[test]
        fn turning_changes_nothing(
            a in proptest::collection::vec((0u32..1, 2.0f64..10.0), 3..40),
            b in proptest::collection::vec((0u32..1, 2.0f64..10.0), 3..40),
            angle in 0.0f64..6.3,
        ) {
            let (a, b) = ([star(&a, [0.0, 0.0])], [star(&b, [5.0, 1.0])]);
            let (sin, cos) = angle.sin_cos();
            let turn = |r: &[Vec<Point>; 1]| {
                [r[0].iter().map(|p| [cos * p[0] - sin * p[1], sin * p[0] + cos * p[1]]).collect::<Vec<_>>()]
            };
            prop_assert!((common_area(&a, &b) - common_area(&turn(&a), &turn(&b))).abs() < 1e-6);
        }
    }
}
