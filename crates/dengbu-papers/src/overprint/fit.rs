//! Breaking a text into lines and fitting it into a place.

use super::form::{Align, Place};

/// Millimetres in a point (1/72 inch).
const MM_PER_POINT: f64 = 25.4 / 72.0;
/// Height of a line in units of the type size.
const LEADING: f64 = 1.25;
/// The baseline below the top of the line, in units of the type size.
const ASCENT: f64 = 0.95;

/// A line of type.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Left end, or the middle of a centred line, mm.
    pub x: f64,
    /// Baseline, mm.
    pub baseline: f64,
    /// Size, points.
    pub size: f64,
    /// Whether `x` is the middle.
    pub centred: bool,
    /// The text.
    pub text: String,
}

/// Points in millimetres.
#[must_use]
pub fn points(size: f64) -> f64 {
    size * MM_PER_POINT
}

/// Height of a line of this size, mm.
#[must_use]
pub fn line_height(size: f64) -> f64 {
    points(size) * LEADING
}

/// Width of a character in units of the type size; never less than in the fonts used, so that a
/// line is rather broken too early than too late.
fn width_of(c: char) -> f64 {
    match c {
        'W' | 'M' | 'm' | 'w' | '@' | '%' | '—' | '…' => 1.0,
        'A'..='Z' | '&' => 0.8,
        ' '..='~' => 0.6,
        _ => 1.0,
    }
}

/// Width of a text of this size, mm.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(width_of).sum::<f64>() * points(size)
}

/// Signs that do not begin a line (GB/T 15834-2011 标点符号用法 5.1.10).
fn closes(c: char) -> bool {
    "、，。；：？！）》〉」』】〕”’·/,.;:?!)]}".contains(c)
}

/// A word of Latin letters and digits stays together.
fn of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.@".contains(c)
}

/// The text in lines not wider than `width_mm`; joined they are the text again, line ends apart.
#[must_use]
pub fn wrap(text: &str, width_mm: f64, size: f64) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in text.lines() {
        let mut line: Vec<char> = Vec::new();
        for c in paragraph.chars() {
            line.push(c);
            while line.len() > 1 && wide(&line, size) > width_mm {
                let at = break_before(&line);
                let next = line.split_off(at);
                out.push(line.iter().collect());
                line = next;
            }
        }
        out.push(line.into_iter().collect());
    }
    out
}

fn wide(line: &[char], size: f64) -> f64 {
    line.iter().copied().map(width_of).sum::<f64>() * points(size)
}

/// Where a line that became too wide with its last character is to be broken.
fn break_before(line: &[char]) -> usize {
    let last = line.len() - 1;
    let mut at = last;
    while at > 1 && (closes(line[at]) || (of_word(line[at]) && of_word(line[at - 1]))) {
        at -= 1;
    }
    // a word longer than the line, or a row of signs, is broken where it must be
    if at <= 1 { last } else { at }
}

/// The text in the largest size of type that fits; none when the smallest does not.
#[must_use]
pub fn fit(text: &str, place: &Place) -> Option<Vec<Line>> {
    place.sizes.iter().find_map(|&size| {
        let lines = wrap(text, place.width, size);
        (lines.len() <= place.rows(size)).then(|| set(&lines, place, size))
    })
}

/// The text in the smallest size, and whether it fits.
#[must_use]
pub fn at_smallest(text: &str, place: &Place) -> (Vec<Line>, bool) {
    let size = place.smallest();
    let lines = wrap(text, place.width, size);
    let fits = lines.len() <= place.rows(size);
    (set(&lines, place, size), fits)
}

/// Sets lines into a place from its top; a few of them stand in the middle of a low place.
#[must_use]
pub fn set(lines: &[String], place: &Place, size: f64) -> Vec<Line> {
    let step = line_height(size);
    let mut y = place.y;
    let mut used = 0.0;
    for _ in lines {
        used += step;
    }
    if place.height <= 20.0 && used < place.height {
        y += (place.height - used) / 2.0;
    }
    let centred = place.align == Align::Center;
    let x = if centred {
        place.x + place.width / 2.0
    } else {
        place.x
    };
    let mut out = Vec::with_capacity(lines.len());
    for text in lines {
        out.push(Line {
            x,
            baseline: y + points(size) * ASCENT,
            size,
            centred,
            text: text.clone(),
        });
        y += step;
    }
    out
}
