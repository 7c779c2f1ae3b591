//! Values, fields and rows as they are given out.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// An exact decimal: areas in m², money in yuan.
    Decimal,
    /// A day.
    Date,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing is known.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
}

impl Value {
    /// As plain text: a day as 2026-01-31, nothing as the empty text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(n) => n.to_string(),
            Self::Decimal(d) => d.normalize().to_string(),
            Self::Date(day) => day.format("%Y-%m-%d").to_string(),
        }
    }

    /// As a floating number, for formats that know no other.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(n) => n.to_f64(),
            Self::Decimal(d) => d.to_f64(),
            _ => None,
        }
    }
}

/// A shape in the coordinate system of the export: rings of east/north or longitude/latitude,
/// outer ring first; closed, the outer ring counter-clockwise, holes clockwise (RFC 7946, OGC
/// simple features).
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Rings.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// Twice the signed area: positive when counter-clockwise.
fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    let origin = ring.first().copied().unwrap_or_default();
    let local = |p: &[f64; 2]| [p[0] - origin[0], p[1] - origin[1]];
    ring.windows(2)
        .filter_map(|w| Some((local(w.first()?), local(w.get(1)?))))
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum()
}

impl Shape {
    /// Closes and turns the rings as the formats want them; none when no ring has three points.
    #[must_use]
    pub fn new(rings: Vec<Vec<[f64; 2]>>) -> Option<Self> {
        let mut put = Vec::with_capacity(rings.len());
        for (nth, mut ring) in rings.into_iter().enumerate() {
            if ring.first() != ring.last()
                && let Some(first) = ring.first().copied()
            {
                ring.push(first);
            }
            let whole = ring.len() >= 4 && ring.iter().flatten().all(|x| x.is_finite());
            if !whole {
                if nth == 0 {
                    return None;
                }
                continue;
            }
            let outer = nth == 0;
            if (doubled_area(&ring) > 0.0) != outer {
                ring.reverse();
            }
            put.push(ring);
        }
        (!put.is_empty()).then_some(Self { rings: put })
    }

    /// Area in the square of its unit, holes left out.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.rings
            .iter()
            .map(|ring| doubled_area(ring))
            .sum::<f64>()
            / 2.0
    }

    /// West, south, east, north.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        let mut b = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for p in self.rings.iter().flatten() {
            b = [
                b[0].min(p[0]),
                b[1].min(p[1]),
                b[2].max(p[0]),
                b[3].max(p[1]),
            ];
        }
        b
    }

    /// As well-known binary (OGC 06-103r4), little endian.
    #[must_use]
    pub fn wkb(&self) -> Vec<u8> {
        let mut out = vec![1];
        out.extend(3u32.to_le_bytes());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        out.extend(count(self.rings.len()));
        for ring in &self.rings {
            out.extend(count(ring.len()));
            for p in ring {
                out.extend(p[0].to_le_bytes());
                out.extend(p[1].to_le_bytes());
            }
        }
        out
    }
}

/// A row that is given out: a value per field of its data set, and its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Values in the order of the fields.
    pub values: Vec<Value>,
    /// Shape, in data sets that have one.
    pub shape: Option<Shape>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]];

    #[test]
    fn rings_are_closed_and_turned() {
        let shape = Shape::new(vec![SQUARE.to_vec(), SQUARE.to_vec()]).unwrap();
        assert!(doubled_area(&shape.rings[0]) > 0.0);
        assert!(doubled_area(&shape.rings[1]) < 0.0);
        assert!(shape.rings.iter().all(|r| r.len() == 5 && r[0] == r[4]));
        assert_eq!(shape.bounds(), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_no_shape_is_none() {
        assert_eq!(Shape::new(vec![]), None);
        assert_eq!(Shape::new(vec![vec![[0.0, 0.0], [1.0, 1.0]]]), None);
        assert_eq!(
            Shape::new(vec![vec![[0.0, 0.0], [f64::NAN, 1.0], [1.0, 0.0]]]),
            None
        );
    }

    #[test]
    fn a_hole_that_is_none_takes_nothing_with_it() {
        let shape = Shape::new(vec![SQUARE.to_vec(), vec![[0.0, 0.0]]]).unwrap();
        assert_eq!(shape.rings.len(), 1);
    }

    #[test]
    fn binary_has_the_length_it_says() {
        let shape = Shape::new(vec![SQUARE.to_vec()]).unwrap();
        assert_eq!(shape.wkb().len(), 1 + 4 + 4 + 4 + 5 * 16);
    }

    #[test]
    fn decimals_are_written_without_idle_zeros() {
        assert_eq!(Value::Decimal("90.500".parse().unwrap()).text(), "90.5");
        assert_eq!(
            Value::Decimal("320000.00".parse().unwrap()).text(),
            "320000"
        );
    }
}
