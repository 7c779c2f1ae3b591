//! A boundary at a scale on a page: outline, numbered points, lengths inside, neighbours outside.

use dengbu_page::{Canvas, Colour, FontError, Path, Stroke, pt};
use dengbu_papers::plan::Boundary;

/// Red of boundaries (TD/T 1001-2012: 界址线 are red).
pub const BOUNDARY: Colour = Colour::new(200, 0, 0);
/// Room for what is written around the figure, mm.
pub const MARGIN: f64 = 15.0;
/// With more points than this, points and lengths are only listed.
pub const LABELS_MAX: usize = 60;
/// A side shorter than this on paper has its length in the list only, mm.
const LABELLED_SIDE_MIN: f64 = 7.0;
/// Room that a neighbour's name may take, mm.
const NEIGHBOUR_MAX: f64 = 24.0;

/// Where a figure stands.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Left, top, width, height.
    pub place: [f64; 4],
}

impl Frame {
    /// The largest standard scale at which the boundary fits with its labels.
    pub fn scale(&self, boundary: &Boundary) -> Option<u32> {
        boundary.scale(self.place[2] - 2.0 * MARGIN, self.place[3] - 2.0 * MARGIN)
    }

    fn middle(&self) -> (f64, f64) {
        let [x, y, w, h] = self.place;
        (x + w / 2.0, y + h / 2.0)
    }
}

/// Where metres come to lie on the page.
pub struct OnPaper {
    middle: [f64; 2],
    at: (f64, f64),
    per_metre: f64,
}

impl OnPaper {
    /// The boundary in the middle of a frame.
    pub fn new(boundary: &Boundary, frame: &Frame, scale: u32) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in &boundary.points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        Self {
            middle: [
                f64::midpoint(low[0], high[0]),
                f64::midpoint(low[1], high[1]),
            ],
            at: frame.middle(),
            per_metre: 1_000.0 / f64::from(scale),
        }
    }

    /// A point on the page; north is up.
    pub fn point(&self, p: [f64; 2]) -> (f64, f64) {
        (
            self.at.0 + (p[0] - self.middle[0]) * self.per_metre,
            self.at.1 - (p[1] - self.middle[1]) * self.per_metre,
        )
    }

    /// A ring on the page.
    pub fn ring(&self, ring: &[[f64; 2]]) -> Vec<(f64, f64)> {
        ring.iter().map(|p| self.point(*p)).collect()
    }
}

/// What is written around a figure.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Whether its points are numbered (J1, J2, …), as boundary points of parcels are.
    pub numbered: bool,
    /// What lies at each side.
    pub beside: &'a [Option<String>],
}

impl Labels<'_> {
    /// Numbers and nothing beside.
    pub const NUMBERED: Self = Self {
        numbered: true,
        beside: &[],
    };
}

/// Draws outline, points, lengths and neighbours.
pub fn draw(
    canvas: &mut Canvas<'_>,
    boundary: &Boundary,
    frame: &Frame,
    scale: u32,
    labels: &Labels<'_>,
) -> Result<(), FontError> {
    let neighbours = labels.beside;
    let paper = OnPaper::new(boundary, frame, scale);
    let outline = paper.ring(&boundary.points);
    canvas.path(Path::polyline(&outline, true), Stroke::new(0.35, BOUNDARY));
    for hole in &boundary.holes {
        canvas.path(
            Path::polyline(&paper.ring(hole), true),
            Stroke::new(0.2, BOUNDARY),
        );
    }
    let few = outline.len() <= LABELS_MAX;
    if few {
        sides(canvas, boundary, frame, &outline, neighbours)?;
    }
    for (i, (x, y)) in outline.iter().enumerate() {
        canvas.path(
            Path::circle(*x, *y, 0.55),
            (Colour::WHITE, Stroke::new(0.2, BOUNDARY)),
        );
        if few && labels.numbered {
            let (dx, dy) = outward(&outline, i);
            let text = format!("J{}", i + 1);
            label(canvas, frame, (x + 3.0 * dx, y + 3.0 * dy), &text, 7.5)?;
        }
    }
    Ok(())
}

/// A short text around a point, pushed back into the frame where it would stand over its edge.
fn label(
    canvas: &mut Canvas<'_>,
    frame: &Frame,
    (x, y): (f64, f64),
    text: &str,
    points: f64,
) -> Result<(), FontError> {
    let half = canvas.fonts().width(text, pt(points))? / 2.0;
    let [left, top, width, height] = frame.place;
    let x = x.clamp(
        left + half + 0.5,
        (left + width - half - 0.5).max(left + half + 0.5),
    );
    let y = y.clamp(top + pt(points), top + height - pt(points));
    canvas.centred(x, y + pt(points) * 0.36, pt(points), text)?;
    Ok(())
}

/// Unit vector that halves the outer angle of a point. The ring runs clockwise on the page.
fn outward(ring: &[(f64, f64)], i: usize) -> (f64, f64) {
    let n = ring.len();
    let (before, here, after) = (ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]);
    let left = |a: (f64, f64), b: (f64, f64)| {
        let d = (b.0 - a.0).hypot(b.1 - a.1).max(1e-9);
        ((b.1 - a.1) / d, -(b.0 - a.0) / d)
    };
    let (p, q) = (left(before, here), left(here, after));
    let sum = (p.0 + q.0, p.1 + q.1);
    let d = sum.0.hypot(sum.1);
    if d > 1e-6 { (sum.0 / d, sum.1 / d) } else { p }
}

fn sides(
    canvas: &mut Canvas<'_>,
    boundary: &Boundary,
    frame: &Frame,
    outline: &[(f64, f64)],
    neighbours: &[Option<String>],
) -> Result<(), FontError> {
    let n = outline.len();
    for (i, side) in boundary.sides().iter().enumerate() {
        let (a, b) = (outline[i], outline[(i + 1) % n]);
        let drawn = (b.0 - a.0).hypot(b.1 - a.1);
        let middle = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        if drawn < 1e-9 {
            continue;
        }
        // clockwise on the page: the inside is to the right hand
        let inside = (-(b.1 - a.1) / drawn, (b.0 - a.0) / drawn);
        if drawn >= LABELLED_SIDE_MIN {
            length(canvas, (a, b), inside, side.length)?;
        }
        if let Some(name) = neighbours.get(i).and_then(Option::as_ref) {
            let mut points = 7.5;
            let natural = canvas.fonts().width(name, pt(points))?;
            if natural > NEIGHBOUR_MAX {
                points = (points * NEIGHBOUR_MAX / natural).max(5.5);
            }
            let at = (middle.0 - 7.0 * inside.0, middle.1 - 5.0 * inside.1);
            let reach = canvas.fonts().width(name, pt(points))? / 2.0 * inside.0.abs();
            let at = (at.0 - reach * inside.0.signum(), at.1);
            label(canvas, frame, at, name, points)?;
        }
    }
    Ok(())
}

/// The length of a side along it, inside the figure, never upside down.
fn length(
    canvas: &mut Canvas<'_>,
    (a, b): ((f64, f64), (f64, f64)),
    inside: (f64, f64),
    metres: f64,
) -> Result<(), FontError> {
    let size = pt(7.0);
    let text = format!("{metres:.2}");
    let width = canvas.fonts().width(&text, size)?;
    let mut turn = (b.1 - a.1).atan2(b.0 - a.0).to_degrees();
    // upright sides are read from below
    if turn > 90.0 - 1e-9 {
        turn -= 180.0;
    } else if turn < -90.0 - 1e-9 {
        turn += 180.0;
    }
    let (sin, cos) = turn.to_radians().sin_cos();
    let middle = (
        f64::midpoint(a.0, b.0) + 2.0 * inside.0,
        f64::midpoint(a.1, b.1) + 2.0 * inside.1,
    );
    // the baseline lies a third of the size below the middle of the figures
    let drop = size * 0.36;
    let x = middle.0 - width / 2.0 * cos - drop * sin;
    let y = middle.1 - width / 2.0 * sin + drop * cos;
    canvas.text(x, y, size, &text)?.turned(turn);
    Ok(())
}

/// The arrow to the north in the upper right corner of a frame.
pub fn north(canvas: &mut Canvas<'_>, frame: &Frame) -> Result<(), FontError> {
    let [left, top, width, _] = frame.place;
    let (x, y) = (left + width - 9.0, top + 8.0);
    let line = Stroke::new(0.2, Colour::BLACK);
    let tip = (x, y);
    let foot = (x, y + 8.5);
    canvas.path(
        Path::polyline(&[tip, (x - 2.5, y + 11.0), foot], true),
        (Colour::BLACK, line.clone()),
    );
    canvas.path(
        Path::polyline(&[tip, (x + 2.5, y + 11.0), foot], true),
        (Colour::WHITE, line),
    );
    canvas.centred(x, y - 1.5, pt(11.0), "北")?;
    Ok(())
}

/// The scale in figures and as a bar, in the lower right corner of a frame.
pub fn scale_bar(canvas: &mut Canvas<'_>, frame: &Frame, scale: u32) -> Result<(), FontError> {
    let [left, top, width, height] = frame.place;
    // 20 mm of paper
    let metres = f64::from(scale) * 0.02;
    let (x, y) = (left + width - 30.0, top + height - 4.0);
    let line = Stroke::new(0.25, Colour::BLACK);
    canvas.line((x, y), (x + 20.0, y), line.clone());
    for at in [x, x + 10.0, x + 20.0] {
        canvas.line((at, y - 1.2), (at, y), line.clone());
    }
    canvas.centred(x, y - 2.0, pt(7.0), "0")?;
    canvas.centred(x + 20.0, y - 2.0, pt(7.0), &format!("{metres}m"))?;
    canvas.centred(x + 10.0, y - 4.6, pt(9.5), &format!("1:{scale}"))?;
    Ok(())
}
