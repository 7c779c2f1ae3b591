//! Lines of Chinese text by the metrics of the fonts used. (The overprint of paper blanks in
//! `dengbu_papers` has only guesses of widths: there the browser sets the type.)

use dengbu_page::{Fonts, pt};

/// Distance of baselines in units of the type size.
pub const LEADING: f64 = 1.3;
/// Baseline below the top of the line, in units of the type size.
pub const ASCENT: f64 = 1.0;

/// A line, and whether its paragraph ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The characters.
    pub text: String,
    /// Whether a line end of the text follows.
    pub last: bool,
}

/// How a text may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Between any two Chinese characters.
    Text,
    /// Between the members of a list only, while each has room on a line.
    Names,
}

/// Height of a line, mm.
pub fn line_height(points: f64) -> f64 {
    pt(points) * LEADING
}

/// Signs that do not begin a line (GB/T 15834-2011 标点符号用法 5.1.10).
fn closes(c: char) -> bool {
    "、，。；：？！）》〉」』】〕”’·…—/,.;:?!)]}%㎡".contains(c)
}

/// Signs that do not end a line.
fn opens(c: char) -> bool {
    "（《〈「『【〔“‘([{".contains(c)
}

/// A word of Latin letters and digits stays together.
fn of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_@.,".contains(c)
}

fn width_of(fonts: &Fonts, c: char) -> f64 {
    // a character without a font is told when it is drawn
    fonts
        .find(c)
        .map_or(1.0, |(face, glyph)| face.advance(glyph))
}

/// A text ready to be set: line ends are `\n` only, other control characters are blanks.
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

/// The text in lines not wider than `width` mm; put together they are the text again.
pub fn wrap(fonts: &Fonts, text: &str, points: f64, width: f64, how: Break) -> Vec<Line> {
    let em = pt(points);
    let mut out = Vec::new();
    for paragraph in clean(text).split('\n') {
        let chars: Vec<char> = paragraph.chars().collect();
        let widths: Vec<f64> = chars.iter().map(|c| width_of(fonts, *c) * em).collect();
        let mut from = 0;
        while let Some(at) = overflow(&widths, from, width) {
            let mut to = break_at(&chars, &widths, from, at, width, how);
            // a blank does not begin a line
            while to < chars.len() && chars[to] == ' ' {
                to += 1;
            }
            if to == chars.len() {
                break;
            }
            out.push(line(&chars[from..to], false));
            from = to;
        }
        out.push(line(&chars[from..], true));
    }
    out
}

fn line(chars: &[char], last: bool) -> Line {
    Line {
        text: chars.iter().collect(),
        last,
    }
}

/// The character that has no room on the line any more; never the first.
fn overflow(widths: &[f64], from: usize, width: f64) -> Option<usize> {
    let mut used = 0.0;
    for (i, w) in widths.iter().enumerate().skip(from) {
        used += w;
        if used > width + 1e-9 && i > from {
            return Some(i);
        }
    }
    None
}

/// Where the line is broken: at `at` or before.
fn break_at(
    chars: &[char],
    widths: &[f64],
    from: usize,
    at: usize,
    width: f64,
    how: Break,
) -> usize {
    if how == Break::Names
        && let Some(to) = (from + 1..=at).rev().find(|i| chars[i - 1] == '、')
    {
        // the name that follows goes to the next line only if it has room there
        let end = (to..chars.len())
            .find(|i| chars[*i] == '、')
            .map_or(chars.len(), |i| i + 1);
        if widths[to..end].iter().sum::<f64>() <= width {
            return to;
        }
    }
    let allowed = |i: usize| {
        let (before, after) = (chars[i - 1], chars[i]);
        let inside_word = of_word(before) && of_word(after);
        !closes(after) && !opens(before) && !inside_word
    };
    // a word longer than the line, or a row of signs, is broken where it must be
    (from + 1..=at).rev().find(|i| allowed(*i)).unwrap_or(at)
}

/// Lines in a place, and what has no room there.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Size, points.
    pub points: f64,
    /// Lines.
    pub lines: Vec<Line>,
    /// The rest of the text; none when all of it has room.
    pub rest: Option<String>,
}

/// How many lines of a size have room.
pub fn capacity(height: f64, points: f64) -> usize {
    let mut lines = 0;
    let mut used = line_height(points);
    while used <= height + 1e-9 {
        lines += 1;
        used += line_height(points);
    }
    lines
}

/// The text in the largest of `sizes` that fits. If none does: as much as fits in the smallest
/// with one line left free for a reference to where it goes on.
pub fn fit(fonts: &Fonts, text: &str, sizes: &[f64], place: (f64, f64), how: Break) -> Fitted {
    let (width, height) = place;
    let mut smallest = None;
    for &points in sizes {
        let lines = wrap(fonts, text, points, width, how);
        if lines.len() <= capacity(height, points) {
            return Fitted {
                points,
                lines,
                rest: None,
            };
        }
        smallest = Some((points, lines));
    }
    let (points, mut lines) =
        smallest.unwrap_or((sizes.first().copied().unwrap_or(9.0), Vec::new()));
    let kept = capacity(height, points).saturating_sub(1);
    let rest = join(&lines.split_off(kept.min(lines.len())));
    Fitted {
        points,
        lines,
        rest: Some(rest),
    }
}

/// Lines as a text again.
pub fn join(lines: &[Line]) -> String {
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        out.push_str(&line.text);
        if line.last && i + 1 < lines.len() {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fonts() -> &'static Fonts {
        Fonts::shared().unwrap()
    }

    fn texts(text: &str, width: f64, how: Break) -> Vec<String> {
        let lines = wrap(fonts(), text, 72.0 / 25.4 * 10.0, width, how);
        lines.into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn signs_stand_on_their_side() {
        // ten millimetres to the em
        assert_eq!(
            texts("甲乙丙丁，戊己（庚辛）", 42.0, Break::Text),
            ["甲乙丙", "丁，戊己", "（庚辛）"]
        );
        assert_eq!(
            texts("面积A1234甲", 52.0, Break::Text).concat(),
            "面积A1234甲"
        );
        assert_eq!(
            texts("甲乙、丙丁戊、己", 42.0, Break::Names),
            ["甲乙、", "丙丁戊、", "己"]
        );
        // a name wider than the line is broken
        assert_eq!(
            texts("甲乙、丙丁戊己庚辛", 42.0, Break::Names).concat(),
            "甲乙、丙丁戊己庚辛"
        );
        assert_eq!(texts("甲\n\n乙", 42.0, Break::Text), ["甲", "", "乙"]);
    }

    #[test]
    fn text_shrinks_before_it_flows_on() {
        let sizes = [12.0, 9.0];
        let small = fit(fonts(), "甲乙", &sizes, (20.0, 6.0), Break::Text);
        assert_eq!((small.points, small.rest), (12.0, None));
        let long = "甲".repeat(100);
        let cut = fit(fonts(), &long, &sizes, (20.0, 10.0), Break::Text);
        assert_eq!(cut.points, 9.0);
        assert_eq!(cut.lines.len() + 1, capacity(10.0, 9.0));
        assert_eq!(join(&cut.lines) + &cut.rest.unwrap(), long);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_too_wide(text in "[一-龥，。（）A-Z0-9、\n]{0,120}", width in 8.0_f64..60.0, names: bool) {
            let how = if names { Break::Names } else { Break::Text };
            let lines = wrap(fonts(), &text, 12.0, width, how);
            prop_assert_eq!(join(&lines), text.clone());
            for l in &lines {
                let used = fonts().width(&l.text, pt(12.0)).unwrap();
                prop_assert!(used <= width + 1e-6 || l.text.chars().count() == 1, "{} {used}", l.text);
            }
        }
    }
}
