//! Topology over whole layers: overlaps, gaps, what lies on what, equal shapes.
//!
//! A layer is built once from the shapes of a table; the answers name shapes by their place in
//! it. Work is split over the cores and joined sorted.

use crate::common::{Ready, Scratch, surely_apart};
use crate::parallel;
use crate::shape::{Bounds, Point, Shape, distance, edges, holds, open_ring};
use crate::tree::Tree;

/// Polygons of a table with their index. Rows without a polygon keep their place and are never
/// found.
#[derive(Debug)]
pub struct Layer<'a> {
    items: Vec<Ready<'a>>,
    tree: Tree,
}

/// Two polygons that share more than is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The first, by its place in the layer.
    pub a: usize,
    /// The second, behind the first (in the same layer) or of the other layer.
    pub b: usize,
    /// Area in m².
    pub area_m2: f64,
    /// Box around what they share.
    pub bounds: Bounds,
}

/// What is still accepted between two polygons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slack {
    /// Area in m² up to which it is the noise of a boundary drawn twice.
    pub area_m2: f64,
    /// Mean width in m up to which it is.
    pub width_m: f64,
}

impl Slack {
    /// DQ-TOP-003: more than 0.01 m² and wider than 0.01 m.
    pub const OVERLAP: Self = Self {
        area_m2: 0.01,
        width_m: 0.01,
    };
}

/// A narrow strip between two polygons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The first.
    pub a: usize,
    /// The second.
    pub b: usize,
    /// Length along both, in m.
    pub length_m: f64,
    /// Mean width in m.
    pub width_m: f64,
    /// A point in it.
    pub place: Point,
}

/// Where a polygon of one layer lies in another.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Its own area in m².
    pub area_m2: f64,
    /// Polygons of the other layer and the area on each, largest first, equal ones by place.
    pub on: Vec<(usize, f64)>,
}

impl Shares {
    /// The part (0 to 1) that lies on polygon `j`.
    pub fn part_on(&self, j: usize) -> f64 {
        self.on
            .iter()
            .find(|(k, _)| *k == j)
            .map_or(0.0, |(_, a)| self.part(*a))
    }

    /// Polygons that bear more than `least` (0 to 1) of it, with their part.
    pub fn bearing(&self, least: f64) -> Vec<(usize, f64)> {
        let parts = self.on.iter().map(|(j, a)| (*j, self.part(*a)));
        parts.filter(|(_, part)| *part > least).collect()
    }

    fn part(&self, area: f64) -> f64 {
        if self.area_m2 > 0.0 {
            area / self.area_m2
        } else {
            0.0
        }
    }
}

impl<'a> Layer<'a> {
    /// Of rows that may have a polygon.
    pub fn new(rows: impl IntoIterator<Item = Option<&'a [Vec<Point>]>>) -> Self {
        let items: Vec<Ready<'a>> = rows
            .into_iter()
            .map(|rings| Ready::new(rings.unwrap_or_default()))
            .collect();
        let boxes: Vec<Bounds> = items.iter().map(|r| r.bounds).collect();
        Self {
            tree: Tree::new(&boxes),
            items,
        }
    }

    /// Of rows that may have a shape; lines and points count as none.
    pub fn of_shapes(rows: impl IntoIterator<Item = Option<&'a Shape>>) -> Self {
        Self::new(rows.into_iter().map(|shape| shape.and_then(Shape::rings)))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The polygon of a row.
    pub fn polygon(&self, row: usize) -> &Ready<'a> {
        &self.items[row]
    }

    /// The index.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Rows whose polygon holds a point, sorted.
    pub fn at(&self, point: Point) -> Vec<usize> {
        let [x, y] = point;
        let mut rows = self.tree.query(Bounds([x, y, x, y]));
        rows.retain(|i| holds(self.items[*i].rings, point));
        rows
    }

    /// Pairs of the layer that overlap by more than `slack`, of those `compare` wants compared;
    /// sorted.
    pub fn overlaps(
        &self,
        slack: Slack,
        compare: impl Fn(usize, usize) -> bool + Sync,
    ) -> Vec<Overlap> {
        let mut found = parallel::in_pieces(self.tree.items(), 256, |piece| {
            let (mut scratch, mut found) = (Scratch::default(), Vec::new());
            for i in piece.iter().map(|i| *i as usize) {
                let a = &self.items[i];
                self.tree.each(a.bounds, |j| {
                    if j > i && compare(i, j) {
                        found.extend(overlap(&mut scratch, (i, a), (j, &self.items[j]), slack));
                    }
                });
            }
            found
        });
        found.sort_unstable_by_key(|o| (o.a, o.b));
        found
    }

    /// Pairs (own, other's) that overlap by more than `slack`; sorted.
    pub fn overlaps_with(&self, other: &Layer<'_>, slack: Slack) -> Vec<Overlap> {
        let mut found = parallel::in_pieces(self.tree.items(), 256, |piece| {
            let (mut scratch, mut found) = (Scratch::default(), Vec::new());
            for i in piece.iter().map(|i| *i as usize) {
                let a = &self.items[i];
                other.tree.each(a.bounds, |j| {
                    found.extend(overlap(&mut scratch, (i, a), (j, &other.items[j]), slack));
                });
            }
            found
        });
        found.sort_unstable_by_key(|o| (o.a, o.b));
        found
    }

    /// For every row of this layer where it lies on `ground`.
    pub fn shares_on(&self, ground: &Layer<'_>) -> Vec<Shares> {
        parallel::in_pieces(&self.items, 256, |piece| {
            let mut scratch = Scratch::default();
            piece
                .iter()
                .map(|item| shares(&mut scratch, item, ground))
                .collect()
        })
    }

    /// Where one polygon lies on this layer.
    pub fn shares_of(&self, rings: &[Vec<Point>]) -> Shares {
        shares(&mut Scratch::default(), &Ready::new(rings), self)
    }

    /// Strips between two polygons wider than `least_m` and narrower than `most_m`, at least half
    /// a metre long; sorted.
    pub fn gaps(&self, least_m: f64, most_m: f64) -> Vec<Gap> {
        let mut found = parallel::in_pieces(self.tree.items(), 256, |piece| {
            let mut found = Vec::new();
            for i in piece.iter().map(|i| *i as usize) {
                let a = &self.items[i];
                self.tree.each(a.bounds.grown(most_m), |j| {
                    if j > i {
                        found.extend(gap((i, a), (j, &self.items[j]), least_m, most_m));
                    }
                });
            }
            found
        });
        found.sort_unstable_by_key(|g| (g.a, g.b));
        found
    }

    /// Groups of rows with the same polygon, whatever its first vertex and orientation; sorted.
    pub fn equal(&self) -> Vec<Vec<usize>> {
        let mut keyed: Vec<(Vec<[u64; 2]>, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter(|(_, r)| !r.rings.is_empty())
            .map(|(i, r)| (normal_form(r.rings), i))
            .collect();
        keyed.sort_unstable();
        let mut groups: Vec<Vec<usize>> = keyed
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.len() > 1)
            .map(|group| group.iter().map(|(_, i)| *i).collect())
            .collect();
        groups.sort_unstable();
        groups
    }
}

fn overlap(
    scratch: &mut Scratch,
    (i, a): (usize, &Ready<'_>),
    (j, b): (usize, &Ready<'_>),
    slack: Slack,
) -> Option<Overlap> {
    if surely_apart(a, b, slack.width_m) {
        return None;
    }
    let common = scratch.common(a, b);
    (common.area > slack.area_m2 && common.width() > slack.width_m).then_some(Overlap {
        a: i,
        b: j,
        area_m2: common.area,
        bounds: common.bounds,
    })
}

fn shares(scratch: &mut Scratch, item: &Ready<'_>, ground: &Layer<'_>) -> Shares {
    let mut on = Vec::new();
    ground.tree.each(item.bounds, |j| {
        let other = &ground.items[j];
        if !surely_apart(item, other, 1e-6) {
            let area = scratch.common(item, other).area;
            if area > 1e-6 {
                on.push((j, area));
            }
        }
    });
    on.sort_by(|a: &(usize, f64), b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Shares {
        area_m2: crate::shape::area(item.rings),
        on,
    }
}

/// Directions that differ by less than this (as a sine) run along each other.
const ALONG: f64 = 0.05;
/// A strip shorter than this (m) is the meeting of corners.
const SHORTEST_M: f64 = 0.5;

fn gap(
    (i, a): (usize, &Ready<'_>),
    (j, b): (usize, &Ready<'_>),
    least_m: f64,
    most_m: f64,
) -> Option<Gap> {
    let (mut length, mut area, mut place) = (0.0, 0.0, None);
    let near = a.bounds.grown(most_m).intersection(b.bounds.grown(most_m));
    for (p, q) in a.rings.iter().flat_map(|r| edges(r)) {
        if !Bounds::of([&p, &q]).touches(near) {
            continue;
        }
        let run = distance(p, q);
        if run < SHORTEST_M {
            continue;
        }
        let d = [(q[0] - p[0]) / run, (q[1] - p[1]) / run];
        let window = Bounds::of([&p, &q]).grown(most_m);
        for (r, s) in b.rings.iter().flat_map(|r| edges(r)) {
            if !Bounds::of([&r, &s]).touches(window) {
                continue;
            }
            // Along the edge and across it.
            let local = |t: Point| {
                let t = [t[0] - p[0], t[1] - p[1]];
                [t[0] * d[0] + t[1] * d[1], d[0] * t[1] - d[1] * t[0]]
            };
            let (r, s) = (local(r), local(s));
            let (from, to) = (r[0].min(s[0]).max(0.0), r[0].max(s[0]).min(run));
            let across = f64::midpoint(r[1], s[1]);
            if to - from < SHORTEST_M
                || (r[1] - s[1]).abs() > ALONG * (r[0] - s[0]).abs()
                || !(least_m..most_m).contains(&across.abs())
            {
                continue;
            }
            let (at, half) = (f64::midpoint(from, to), across / 2.0);
            let middle = [
                p[0] + at * d[0] - half * d[1],
                p[1] + at * d[1] + half * d[0],
            ];
            if holds(a.rings, middle) || holds(b.rings, middle) {
                continue;
            }
            length += to - from;
            area += (to - from) * across.abs();
            place = place.or(Some(middle));
        }
    }
    place.map(|place| Gap {
        a: i,
        b: j,
        length_m: length,
        width_m: area / length,
        place,
    })
}

/// Vertices to a tenth of a millimetre, each ring from its least vertex on in its lesser
/// direction, rings sorted.
fn normal_form(rings: &[Vec<Point>]) -> Vec<[u64; 2]> {
    let rounded = |v: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "beyond 64 bits lies no place on earth"
        )]
        let units = (v * 1e4).round() as i64;
        units.cast_unsigned()
    };
    let mut all: Vec<Vec<[u64; 2]>> = rings
        .iter()
        .map(|ring| {
            let ring: Vec<[u64; 2]> = open_ring(ring).iter().map(|p| p.map(rounded)).collect();
            let n = ring.len();
            let Some(first) = (0..n).min_by_key(|i| ring[*i]) else {
                return ring;
            };
            let forth: Vec<_> = (0..n).map(|k| ring[(first + k) % n]).collect();
            let back: Vec<_> = (0..n).map(|k| ring[(first + n - k) % n]).collect();
            forth.min(back)
        })
        .collect();
    all.sort_unstable();
    all.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<Vec<Point>> {
        vec![vec![
            [x, y],
            [x + side, y],
            [x + side, y + side],
            [x, y + side],
            [x, y],
        ]]
    }

    fn layer(rows: &[Vec<Vec<Point>>]) -> Layer<'_> {
        Layer::new(rows.iter().map(|r| Some(&r[..])))
    }

    #[test]
    fn overlaps_but_not_neighbours() {
        let rows = [
            square(0., 0., 10.),
            square(10., 0., 10.),
            square(18., 5., 10.),
            square(10., 10.005, 5.),
        ];
        let got = layer(&rows).overlaps(Slack::OVERLAP, |_, _| true);
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].a, got[0].b), (1, 2));
        assert!((got[0].area_m2 - 10.0).abs() < 1e-9);
        assert_eq!(got[0].bounds, Bounds([18., 5., 20., 10.]));
        assert!(
            layer(&rows)
                .overlaps(Slack::OVERLAP, |a, _| a != 1)
                .is_empty()
        );
    }

    #[test]
    fn shares_across_and_outside() {
        let parcels = [square(0., 0., 10.), square(10., 0., 10.)];
        let buildings = [square(8., 2., 4.), square(1., 1., 2.), square(50., 50., 1.)];
        let got = layer(&buildings).shares_on(&layer(&parcels));
        assert_eq!(got[0].on.len(), 2);
        assert!((got[0].part_on(0) - 0.5).abs() < 1e-9 && (got[0].part_on(1) - 0.5).abs() < 1e-9);
        assert_eq!(got[0].bearing(0.05).len(), 2);
        assert_eq!((got[1].on.len(), got[2].on.len()), (1, 0));
        assert!((got[1].part_on(0) - 1.0).abs() < 1e-9);
        assert_eq!(layer(&parcels).at([12., 3.]), [1]);
    }

    #[test]
    fn gaps_and_their_widths() {
        let rows = [
            square(0., 0., 10.),
            square(10.03, 0., 10.),
            square(0., 10., 10.),
            square(30., 0., 5.),
        ];
        let got = layer(&rows).gaps(0.001, 0.05);
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!((got[0].a, got[0].b), (0, 1));
        assert!((got[0].length_m - 10.0).abs() < 1e-9 && (got[0].width_m - 0.03).abs() < 1e-9);
        // The same distance the other way is an overlap.
        let rows = [square(0., 0., 10.), square(9.97, 0., 10.)];
        assert!(layer(&rows).gaps(0.001, 0.05).is_empty());
    }

    #[test]
    fn equal_polygons_by_whatever_start() {
        let mut turned = square(0., 0., 10.);
        turned[0].reverse();
        let rows = [square(0., 0., 10.), square(5., 5., 1.), turned];
        assert_eq!(layer(&rows).equal(), [vec![0, 2]]);
        let none = Layer::new([None, None]);
        assert!(none.equal().is_empty() && none.overlaps(Slack::OVERLAP, |_, _| true).is_empty());
    }
}
