//! Plane geometry of parcels and footprints: area, faults of a ring, exact overlap of two rings.
//!
//! Coordinates stay as they are in the files (f64, metres of a plane system); nothing is
//! reprojected. Areas from here are only compared with recorded ones, never registered.

/// A closed or open ring of `[east, north]` pairs.
pub type Ring = [[f64; 2]];

/// Two vertices closer than this (m) are the same one: a tenth of the last digit delivered.
const SAME: f64 = 1e-4;

fn open(ring: &Ring) -> &Ring {
    match ring {
        [body @ .., last] if body.len() > 2 && same(body[0], *last) => body,
        _ => ring,
    }
}

fn same(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() < SAME && (a[1] - b[1]).abs() < SAME
}

fn edges(ring: &Ring) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
    let ring = open(ring);
    (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()]))
}

/// Area enclosed, without sign.
pub fn area(ring: &Ring) -> f64 {
    let Some(o) = ring.first() else { return 0.0 };
    (edges(ring)
        .map(|(a, b)| (a[0] - o[0]) * (b[1] - o[1]) - (b[0] - o[0]) * (a[1] - o[1]))
        .sum::<f64>()
        / 2.0)
        .abs()
}

/// The ring repeats a vertex right behind itself.
pub fn has_duplicate_vertex(ring: &Ring) -> bool {
    edges(ring).any(|(a, b)| same(a, b))
}

/// The ring without repeated vertices, closed.
pub fn without_duplicates(ring: &Ring) -> Vec<[f64; 2]> {
    let mut out: Vec<[f64; 2]> = Vec::with_capacity(ring.len());
    for p in open(ring) {
        if out.last().is_none_or(|q| !same(*p, *q)) {
            out.push(*p);
        }
    }
    if let Some(first) = out.first().copied() {
        out.push(first);
    }
    out
}

/// Two edges that don't follow each other cross.
pub fn self_intersects(ring: &Ring) -> bool {
    let ring = without_duplicates(ring);
    let edges: Vec<_> = edges(&ring).collect();
    let n = edges.len();
    (0..n).any(|i| {
        (i + 2..n).any(|j| !(i == 0 && j == n - 1) && crossing(edges[i], edges[j]).is_some())
    })
}

fn crossing((a, b): ([f64; 2], [f64; 2]), (c, d): ([f64; 2], [f64; 2])) -> Option<f64> {
    let (r, s) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]]);
    let cross = r[0] * s[1] - r[1] * s[0];
    if cross.abs() < 1e-12 {
        return None;
    }
    let q = [c[0] - a[0], c[1] - a[1]];
    let t = (q[0] * s[1] - q[1] * s[0]) / cross;
    let u = (q[0] * r[1] - q[1] * r[0]) / cross;
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u)).then_some(a[1] + t * r[1])
}

/// Lower left and upper right corner.
fn bounds(ring: &Ring) -> [f64; 4] {
    ring.iter()
        .fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |b, p| {
            [
                b[0].min(p[0]),
                b[1].min(p[1]),
                b[2].max(p[0]),
                b[3].max(p[1]),
            ]
        })
}

/// Area common to both rings (inside by the even-odd rule, so a ring that crosses itself is no
/// trouble). Exact: between two neighbouring heights at which anything bends or crosses, every
/// edge is straight and their order is fixed, so the width at half height times the height is
/// the area of the slab.
pub fn overlap_area(a: &Ring, b: &Ring) -> f64 {
    let (ba, bb) = (bounds(a), bounds(b));
    if ba[0] > bb[2] || bb[0] > ba[2] || ba[1] > bb[3] || bb[1] > ba[3] {
        return 0.0;
    }
    let all: Vec<_> = edges(a).chain(edges(b)).collect();
    let mut heights: Vec<f64> = all.iter().map(|e| e.0[1]).collect();
    for i in 0..all.len() {
        heights.extend((i + 1..all.len()).filter_map(|j| crossing(all[i], all[j])));
    }
    heights.sort_by(f64::total_cmp);
    heights
        .windows(2)
        .filter(|w| w[1] - w[0] > 1e-9)
        .map(|w| (w[1] - w[0]) * common_width(a, b, f64::midpoint(w[0], w[1])))
        .sum()
}

fn common_width(a: &Ring, b: &Ring, height: f64) -> f64 {
    let cuts = |ring: &Ring, which: usize| -> Vec<(f64, usize)> {
        edges(ring)
            .filter(|(p, q)| (p[1] > height) != (q[1] > height))
            .map(|(p, q)| {
                (
                    p[0] + (height - p[1]) / (q[1] - p[1]) * (q[0] - p[0]),
                    which,
                )
            })
            .collect()
    };
    let mut all = cuts(a, 0);
    all.extend(cuts(b, 1));
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut inside, mut width) = ([false; 2], 0.0);
    for pair in all.windows(2) {
        inside[pair[0].1] ^= true;
        if inside == [true, true] {
            width += pair[1].0 - pair[0].0;
        }
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 5] = [
        [0.0, 0.0],
        [0.0, 10.0],
        [10.0, 10.0],
        [10.0, 0.0],
        [0.0, 0.0],
    ];

    #[test]
    fn areas_and_overlap() {
        let shifted: Vec<_> = SQUARE.iter().map(|p| [p[0] + 6.0, p[1] + 5.0]).collect();
        assert!((area(&SQUARE) - 100.0).abs() < 1e-9);
        assert!((overlap_area(&SQUARE, &shifted) - 20.0).abs() < 1e-9);
        assert!((overlap_area(&SQUARE, &SQUARE) - 100.0).abs() < 1e-9);
        let neighbour: Vec<_> = SQUARE.iter().map(|p| [p[0] + 10.0, p[1]]).collect();
        assert!(overlap_area(&SQUARE, &neighbour).abs() < 1e-9);
        let diamond = [[5.0, -5.0], [15.0, 5.0], [5.0, 15.0], [-5.0, 5.0]];
        assert!((overlap_area(&SQUARE, &diamond) - 100.0).abs() < 1e-6);
        let triangle = [[0.0, 0.0], [10.0, 0.0], [5.0, 10.0]];
        assert!((overlap_area(&SQUARE, &triangle) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn faults() {
        assert!(!self_intersects(&SQUARE) && !has_duplicate_vertex(&SQUARE));
        assert!(self_intersects(&[
            [0.0, 0.0],
            [10.0, 10.0],
            [10.0, 0.0],
            [0.0, 10.0],
            [0.0, 0.0]
        ]));
        let double = [
            [0.0, 0.0],
            [0.0, 10.0],
            [0.0, 10.0],
            [10.0, 10.0],
            [10.0, 0.0],
            [0.0, 0.0],
        ];
        assert!(has_duplicate_vertex(&double) && !self_intersects(&double));
        assert_eq!(without_duplicates(&double), SQUARE.to_vec());
        assert!(area(&[]).abs() < 1e-9 && !self_intersects(&[]));
    }

    proptest::proptest! {
        #[test]
        fn overlap_of_rectangles(x in -20i32..20, y in -20i32..20, w in 1i32..15, h in 1i32..15) {
            let (a, b) = (f64::from(x), f64::from(y));
            let (c, d) = (a + f64::from(w), b + f64::from(h));
            let other = [[a, b], [c, b], [c, d], [a, d]];
            let side = |low: f64, high: f64| (high.min(10.0) - low.max(0.0)).max(0.0);
            let want = side(a, c) * side(b, d);
            proptest::prop_assert!((overlap_area(&SQUARE, &other) - want).abs() < 1e-6);
            proptest::prop_assert!((overlap_area(&other, &SQUARE) - want).abs() < 1e-6);
        }
    }
}
