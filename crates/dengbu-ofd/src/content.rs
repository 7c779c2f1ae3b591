//! Pages and templates as `Content.xml` (GB/T 33190 §8).

use std::fmt::Write as _;

use dengbu_page::{Colour, FaceId, Item, Path, PathItem, Segment, TextRun};

use crate::xml::escape;

/// Name space of OFD.
pub const NAMESPACE: &str = "http://www.ofdspec.org/2016";

/// Height of a text object above its baseline and below, as parts of the size. Wider than the
/// glyphs: readers clip to the boundary.
const ABOVE: f64 = 1.0;
const BELOW: f64 = 0.35;
/// Room to the left and right, as a part of the size.
const BESIDE: f64 = 0.1;

/// Identifier of a font in `PublicRes.xml`: the same in all documents, so that templates are too.
#[must_use]
pub const fn font_id(face: FaceId) -> u64 {
    face.index() as u64 + 1
}

/// A field and the object that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Name of the field.
    pub field: String,
    /// Identifier of the object.
    pub object: u64,
}

/// Items of a page being written.
#[derive(Debug)]
pub struct Writer<'a> {
    /// The XML so far.
    pub xml: String,
    /// Fields shown so far.
    pub tagged: Vec<Tagged>,
    next: u64,
    images: &'a [u64],
}

impl<'a> Writer<'a> {
    /// A writer whose objects are numbered from `first`; `images` are the resources of
    /// the pictures and codes among the items, in their order.
    #[must_use]
    pub fn new(first: u64, images: &'a [u64]) -> Writer<'a> {
        Writer {
            xml: String::with_capacity(8 * 1024),
            tagged: Vec::new(),
            next: first,
            images,
        }
    }

    /// The next free number.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Writes all items.
    pub fn items(&mut self, items: &[Item]) {
        let mut picture = 0;
        for item in items {
            match item {
                Item::Text(run) => self.text(run),
                Item::Path(path) => self.path(path),
                Item::Image(image) => {
                    let size = (image.width, image.height);
                    self.image(picture, (image.x, image.y), size);
                    picture += 1;
                }
                Item::Qr(qr) => {
                    self.image(picture, (qr.x, qr.y), (qr.side, qr.side));
                    picture += 1;
                }
            }
        }
    }

    fn text(&mut self, run: &TextRun) {
        // readers trim white space around the text: it becomes a shift instead
        let skipped = run.text.chars().take_while(|c| c.is_whitespace()).count();
        let text = run.text.trim();
        if text.is_empty() {
            return;
        }
        let advances = &run.advances[skipped.min(run.advances.len())..];
        let kept = text.chars().count();
        let (sin, cos) = run.turn.to_radians().sin_cos();
        let along: f64 = run.advances.iter().take(skipped).sum();
        let (x, y) = (run.x + along * cos, run.baseline + along * sin);
        let width: f64 = advances.iter().take(kept).sum();
        let id = self.number();
        if let Some(field) = &run.field {
            let field = field.clone();
            self.tagged.push(Tagged { field, object: id });
        }
        let (boundary, matrix, at) = frame((x, y), width, run.size, run.turn);
        let _ = write!(
            self.xml,
            "<ofd:TextObject ID=\"{id}\" Boundary=\"{boundary}\" Font=\"{}\" Size=\"{}\"{matrix}>",
            font_id(run.face),
            Number(run.size)
        );
        if run.colour != Colour::BLACK {
            self.colour("FillColor", run.colour);
        }
        let _ = write!(
            self.xml,
            "<ofd:TextCode X=\"{}\" Y=\"{}\"",
            Number(at.0),
            Number(at.1)
        );
        if kept > 1 {
            self.xml.push_str(" DeltaX=\"");
            for (n, advance) in advances.iter().take(kept - 1).enumerate() {
                let gap = if n == 0 { "" } else { " " };
                let _ = write!(self.xml, "{gap}{}", Number(*advance));
            }
            self.xml.push('"');
        }
        let _ = write!(
            self.xml,
            ">{}</ofd:TextCode></ofd:TextObject>",
            escape(text)
        );
    }

    fn path(&mut self, item: &PathItem) {
        let Some((left, top, right, bottom)) = item.path.bounds() else {
            return;
        };
        let id = self.number();
        let line = item.paint.stroke.as_ref();
        let room = line.map_or(0.0, |stroke| stroke.width) + 0.1;
        let (x, y) = (left - room, top - room);
        let boundary = Box4(x, y, right - left + 2.0 * room, bottom - top + 2.0 * room);
        let _ = write!(
            self.xml,
            "<ofd:PathObject ID=\"{id}\" Boundary=\"{boundary}\" Stroke=\"{}\" Fill=\"{}\"",
            line.is_some(),
            item.paint.fill.is_some()
        );
        if let Some(stroke) = line {
            let _ = write!(self.xml, " LineWidth=\"{}\"", Number(stroke.width));
            if !stroke.dash.is_empty() {
                let dash: Vec<String> =
                    stroke.dash.iter().map(|d| Number(*d).to_string()).collect();
                let _ = write!(self.xml, " DashPattern=\"{}\"", dash.join(" "));
            }
        }
        self.xml.push('>');
        if let Some(stroke) = line {
            self.colour("StrokeColor", stroke.colour);
        }
        if let Some(fill) = item.paint.fill {
            self.colour("FillColor", fill);
        }
        self.xml.push_str("<ofd:AbbreviatedData>");
        self.segments(&item.path, (x, y));
        self.xml.push_str("</ofd:AbbreviatedData></ofd:PathObject>");
    }

    fn segments(&mut self, path: &Path, (x, y): (f64, f64)) {
        let mut begin = (0.0, 0.0);
        for (n, segment) in path.segments.iter().enumerate() {
            let gap = if n == 0 { "" } else { " " };
            let _ = match *segment {
                Segment::Move(a, b) => {
                    begin = (a, b);
                    write!(self.xml, "{gap}M {} {}", Number(a - x), Number(b - y))
                }
                Segment::Line(a, b) => {
                    write!(self.xml, "{gap}L {} {}", Number(a - x), Number(b - y))
                }
                Segment::Curve(a, b, c, d, e, f) => write!(
                    self.xml,
                    "{gap}B {} {} {} {} {} {}",
                    Number(a - x),
                    Number(b - y),
                    Number(c - x),
                    Number(d - y),
                    Number(e - x),
                    Number(f - y)
                ),
                // some readers do not stroke the closing line: it is drawn, then closed
                Segment::Close => write!(
                    self.xml,
                    "{gap}L {} {} C",
                    Number(begin.0 - x),
                    Number(begin.1 - y)
                ),
            };
        }
    }

    fn image(&mut self, nth: usize, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let id = self.number();
        let resource = self.images.get(nth).copied().unwrap_or_default();
        let _ = write!(
            self.xml,
            "<ofd:ImageObject ID=\"{id}\" Boundary=\"{}\" CTM=\"{} 0 0 {} 0 0\" ResourceID=\"{resource}\"/>",
            Box4(x, y, width, height),
            Number(width),
            Number(height)
        );
    }

    fn colour(&mut self, element: &str, colour: Colour) {
        let _ = write!(
            self.xml,
            "<ofd:{element} Value=\"{} {} {}\"/>",
            colour.red, colour.green, colour.blue
        );
    }
}

/// Boundary, matrix and the place of the first glyph inside, for text at a place of the page.
fn frame((x, y): (f64, f64), width: f64, size: f64, turn: f64) -> (Box4, String, (f64, f64)) {
    let (above, below, beside) = (size * ABOVE, size * BELOW, size * BESIDE);
    if turn == 0.0 {
        let boundary = Box4(x - beside, y - above, width + 2.0 * beside, above + below);
        return (boundary, String::new(), (beside, above));
    }
    let (sin, cos) = turn.to_radians().sin_cos();
    let corners = [
        (-beside, -above),
        (width + beside, -above),
        (width + beside, below),
        (-beside, below),
    ];
    let turned = corners.map(|(a, b)| (x + a * cos - b * sin, y + a * sin + b * cos));
    let least = |f: fn(&(f64, f64)) -> f64| turned.iter().map(f).fold(f64::INFINITY, f64::min);
    let most = |f: fn(&(f64, f64)) -> f64| turned.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
    let (left, top) = (least(|p| p.0), least(|p| p.1));
    let boundary = Box4(left, top, most(|p| p.0) - left, most(|p| p.1) - top);
    let matrix = format!(
        " CTM=\"{:.6} {:.6} {:.6} {:.6} {} {}\"",
        cos,
        sin,
        -sin,
        cos,
        Number(x - left),
        Number(y - top)
    );
    (boundary, matrix, (0.0, 0.0))
}

/// A length to the micrometre, without zeros at the end.
#[derive(Debug, Clone, Copy)]
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let thousandths = (self.0 * 1000.0).round() as i64;
        let sign = if thousandths < 0 { "-" } else { "" };
        let (whole, part) = (thousandths.abs() / 1000, thousandths.abs() % 1000);
        match part {
            0 => write!(f, "{sign}{whole}"),
            part if part % 100 == 0 => write!(f, "{sign}{whole}.{}", part / 100),
            part if part % 10 == 0 => write!(f, "{sign}{whole}.{:02}", part / 10),
            part => write!(f, "{sign}{whole}.{part:03}"),
        }
    }
}

/// x, y, width, height.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Box4(pub f64, pub f64, pub f64, pub f64);

impl std::fmt::Display for Box4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {} {} {}",
            Number(self.0),
            Number(self.1),
            Number(self.2),
            Number(self.3)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_to_the_micrometre() {
        let written: Vec<String> = [0.0, 1.5, -0.25, 12.3456, 3.0, -7.0, 0.001, 1e-9]
            .iter()
            .map(|n| Number(*n).to_string())
            .collect();
        assert_eq!(
            written,
            ["0", "1.5", "-0.25", "12.346", "3", "-7", "0.001", "0"]
        );
    }
}
