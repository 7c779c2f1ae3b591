//! A packed R-tree over boxes, built once and never changed.
//!
//! Items are sorted along a Hilbert curve and packed sixteen to a node, so that neighbours on the
//! ground are neighbours in memory (as in Flatbush, V. Agafonkin). Boxes are kept as they are,
//! nothing is rounded: what a query gives is exact.

use crate::shape::Bounds;

const NODE: usize = 16;

/// The tree. Items are known by their place in the list it was built from.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Boxes of all levels, items first, root last.
    boxes: Vec<Bounds>,
    /// For items the place in the list; for nodes the first child's place in `boxes`.
    links: Vec<u32>,
    /// Where each level ends in `boxes`.
    levels: Vec<usize>,
}

impl Tree {
    /// Builds it. Items with an empty box or one that is no number are never found.
    ///
    /// Lists of more than four billion items don't occur: what is beyond is left out.
    pub fn new(items: &[Bounds]) -> Self {
        let whole = items
            .iter()
            .filter(|b| b.size()[0] >= 0.0)
            .fold(Bounds::EMPTY, |a, b| a.union(*b));
        let mut order: Vec<(u32, u32)> = (0u32..)
            .zip(items)
            .filter(|(_, b)| b.size()[0] >= 0.0 && b.size()[1] >= 0.0)
            .map(|(i, b)| (along_curve(whole, *b), i))
            .collect();
        order.sort_unstable();
        let mut boxes: Vec<Bounds> = order.iter().map(|(_, i)| items[*i as usize]).collect();
        let mut links: Vec<u32> = order.iter().map(|(_, i)| *i).collect();
        let mut levels = vec![boxes.len()];
        let mut from = 0;
        while boxes.len() - from > 1 {
            let to = boxes.len();
            for first in (from..to).step_by(NODE) {
                let last = (first + NODE).min(to);
                let around = boxes[first..last]
                    .iter()
                    .fold(Bounds::EMPTY, |a, b| a.union(*b));
                boxes.push(around);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "as many as items, see above"
                )]
                links.push(first as u32);
            }
            levels.push(boxes.len());
            from = to;
        }
        Self {
            boxes,
            links,
            levels,
        }
    }

    /// Number of items that can be found.
    pub fn len(&self) -> usize {
        self.levels[0]
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items in the order of the curve: neighbours stand together.
    pub fn items(&self) -> &[u32] {
        &self.links[..self.levels[0]]
    }

    /// Calls `found` with every item whose box touches `window`, in no promised order.
    pub fn each(&self, window: Bounds, mut found: impl FnMut(usize)) {
        let Some(root) = self.boxes.len().checked_sub(1) else {
            return;
        };
        if !self.boxes[root].touches(window) {
            return;
        }
        // Level and place; a tree of four billion items is eight levels high.
        let mut stack = [(0usize, 0usize); NODE * 9];
        let mut height = 1;
        stack[0] = (self.levels.len() - 1, root);
        while height > 0 {
            height -= 1;
            let (level, node) = stack[height];
            if level == 0 {
                found(self.links[node] as usize);
                continue;
            }
            let first = self.links[node] as usize;
            let last = (first + NODE).min(self.levels[level - 1]);
            for child in first..last {
                if self.boxes[child].touches(window) {
                    if level == 1 {
                        found(self.links[child] as usize);
                    } else {
                        stack[height] = (level - 1, child);
                        height += 1;
                    }
                }
            }
        }
    }

    /// Items whose box touches `window`, sorted.
    pub fn query(&self, window: Bounds) -> Vec<usize> {
        let mut out = Vec::new();
        self.each(window, |i| out.push(i));
        out.sort_unstable();
        out
    }
}

/// Place of a box's centre on a Hilbert curve of 65 536 × 65 536 cells over `whole`.
fn along_curve(whole: Bounds, item: Bounds) -> u32 {
    let ([width, height], [x, y]) = (whole.size(), item.centre());
    let cell = |offset: f64, extent: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to sixteen bits"
        )]
        let cell = if extent > 0.0 {
            (offset / extent * 65_535.0).clamp(0.0, 65_535.0) as u32
        } else {
            0
        };
        cell
    };
    let (mut x, mut y) = (cell(x - whole.0[0], width), cell(y - whole.0[1], height));
    let (mut place, mut side) = (0u32, 1u32 << 15);
    while side > 0 {
        let (right, up) = (u32::from(x & side > 0), u32::from(y & side > 0));
        place = (place << 2) | ((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x & 65_535, !y & 65_535);
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_and_useless_boxes() {
        let tree = Tree::new(&[]);
        assert!(tree.is_empty() && tree.query(Bounds([0., 0., 1., 1.])).is_empty());
        let tree = Tree::new(&[
            Bounds::EMPTY,
            Bounds([f64::NAN; 4]),
            Bounds([0., 0., 1., 1.]),
        ]);
        assert_eq!(
            (tree.len(), tree.query(Bounds([1., 1., 2., 2.]))),
            (1, vec![2])
        );
    }

    proptest! {
        #[test]
        fn finds_what_a_walk_over_all_finds(
            boxes in proptest::collection::vec((0i32..1000, 0i32..1000, 0i32..60, 0i32..60), 0..700),
            window in (0i32..1000, 0i32..1000, 0i32..300, 0i32..300),
        ) {
            let make = |(x, y, w, h): (i32, i32, i32, i32)| {
                Bounds([x, y, x + w, y + h].map(f64::from))
            };
            let items: Vec<Bounds> = boxes.into_iter().map(make).collect();
            let window = make(window);
            let want: Vec<usize> = (0..items.len()).filter(|i| items[*i].touches(window)).collect();
            prop_assert_eq!(Tree::new(&items).query(window), want);
        }
    }
}
