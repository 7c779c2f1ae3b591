//! Paths, colours, strokes.

/// A colour of the screen, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Colour {
    /// Black.
    pub const BLACK: Colour = Colour::new(0, 0, 0);
    /// White.
    pub const WHITE: Colour = Colour::new(255, 255, 255);
    /// Red of a seal.
    pub const SEAL: Colour = Colour::new(214, 20, 20);

    /// A colour of its three parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Colour {
        Colour { red, green, blue }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// Width in millimetres.
    pub width: f64,
    /// Colour.
    pub colour: Colour,
    /// Lengths of dash and gap in turn; empty for a full line.
    pub dash: Vec<f64>,
}

impl Stroke {
    /// A full line.
    #[must_use]
    pub const fn new(width: f64, colour: Colour) -> Stroke {
        Stroke {
            width,
            colour,
            dash: Vec::new(),
        }
    }

    /// The same with dashes and gaps.
    #[must_use]
    pub fn dashed(mut self, dash: &[f64]) -> Stroke {
        self.dash = dash.to_vec();
        self
    }
}

/// How a path is painted: filled, stroked or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paint {
    /// Colour of the inside (non-zero rule).
    pub fill: Option<Colour>,
    /// The line.
    pub stroke: Option<Stroke>,
}

impl From<Stroke> for Paint {
    fn from(stroke: Stroke) -> Paint {
        Paint {
            fill: None,
            stroke: Some(stroke),
        }
    }
}

impl From<Colour> for Paint {
    fn from(colour: Colour) -> Paint {
        Paint {
            fill: Some(colour),
            stroke: None,
        }
    }
}

impl From<(Colour, Stroke)> for Paint {
    fn from((colour, stroke): (Colour, Stroke)) -> Paint {
        Paint {
            fill: Some(colour),
            stroke: Some(stroke),
        }
    }
}

/// A piece of a path. Points are (x, y) on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// A new beginning.
    Move(f64, f64),
    /// A straight line.
    Line(f64, f64),
    /// A Bézier curve: two control points and the end.
    Curve(f64, f64, f64, f64, f64, f64),
    /// Straight back to the last beginning.
    Close,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Path {
    /// Its pieces.
    pub segments: Vec<Segment>,
}

impl Path {
    /// An empty path.
    #[must_use]
    pub fn new() -> Path {
        Path::default()
    }

    /// Begins at a point.
    #[must_use]
    pub fn move_to(mut self, x: f64, y: f64) -> Path {
        self.segments.push(Segment::Move(x, y));
        self
    }

    /// A straight line to a point.
    #[must_use]
    pub fn line_to(mut self, x: f64, y: f64) -> Path {
        self.segments.push(Segment::Line(x, y));
        self
    }

    /// A Bézier curve to `end` by two control points.
    #[must_use]
    pub fn curve_to(mut self, a: (f64, f64), b: (f64, f64), end: (f64, f64)) -> Path {
        self.segments
            .push(Segment::Curve(a.0, a.1, b.0, b.1, end.0, end.1));
        self
    }

    /// Back to the beginning.
    #[must_use]
    pub fn close(mut self) -> Path {
        self.segments.push(Segment::Close);
        self
    }

    /// Through the points and, if `closed`, back to the first.
    #[must_use]
    pub fn polyline(points: &[(f64, f64)], closed: bool) -> Path {
        let mut path = Path::new();
        path.add_polyline(points, closed);
        path
    }

    /// Adds a line through the points, for instance a hole of an area.
    pub fn add_polyline(&mut self, points: &[(f64, f64)], closed: bool) {
        let Some((first, rest)) = points.split_first() else {
            return;
        };
        self.segments.push(Segment::Move(first.0, first.1));
        self.segments
            .extend(rest.iter().map(|p| Segment::Line(p.0, p.1)));
        if closed {
            self.segments.push(Segment::Close);
        }
    }

    /// A circle.
    #[must_use]
    pub fn circle(x: f64, y: f64, radius: f64) -> Path {
        // distance of the control points of a quarter, 4/3·(√2−1)
        let k = radius * 0.552_284_75;
        Path::new()
            .move_to(x + radius, y)
            .curve_to((x + radius, y + k), (x + k, y + radius), (x, y + radius))
            .curve_to((x - k, y + radius), (x - radius, y + k), (x - radius, y))
            .curve_to((x - radius, y - k), (x - k, y - radius), (x, y - radius))
            .curve_to((x + k, y - radius), (x + radius, y - k), (x + radius, y))
            .close()
    }

    /// Smallest box around all points, control points too: left, top, right, bottom. None of an
    /// empty path.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64, f64, f64)> {
        let mut out: Option<(f64, f64, f64, f64)> = None;
        let mut take = |x: f64, y: f64| {
            out = Some(out.map_or((x, y, x, y), |(l, t, r, b)| {
                (l.min(x), t.min(y), r.max(x), b.max(y))
            }));
        };
        for segment in &self.segments {
            match *segment {
                Segment::Move(x, y) | Segment::Line(x, y) => take(x, y),
                Segment::Curve(a, b, c, d, x, y) => {
                    take(a, b);
                    take(c, d);
                    take(x, y);
                }
                Segment::Close => {}
            }
        }
        out
    }
}

/// A path with its paint.
#[derive(Debug, Clone, PartialEq)]
pub struct PathItem {
    /// The path.
    pub path: Path,
    /// How it is painted.
    pub paint: Paint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_of_a_path_holds_all_its_points() {
        let path = Path::polyline(&[(3.0, 4.0), (1.0, 9.0), (7.0, 5.0)], true);
        assert_eq!(path.bounds(), Some((1.0, 4.0, 7.0, 9.0)));
        assert_eq!(Path::new().bounds(), None);
        let (l, t, r, b) = Path::circle(10.0, 20.0, 5.0).bounds().unwrap();
        assert_eq!((l, t, r, b), (5.0, 15.0, 15.0, 25.0));
    }
}
