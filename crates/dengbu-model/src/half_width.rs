//! Full-width characters, which Chinese input methods leave behind, made half-width.

/// The half-width form of a character; characters without one stay.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        // the block mirrors ASCII 0x21 to 0x7E at a fixed distance
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// Half width, without white space, ASCII letters in upper case. Letters beyond
/// ASCII stay as they are: their upper case may be ASCII (`ſ` → `S`), and a wrong
/// character must not turn into a right one.
pub(crate) fn compact(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ascii_and_its_wide_twin_change() {
        assert_eq!(compact(" ｇｂ\u{3000}１２（a） 攀"), "GB12(A)攀");
        assert_eq!(compact("ſßﬁ"), "ſßﬁ");
    }
}
