//! Characters: full width to half width, blanks out.

/// Full-width ASCII to half width and the ideographic space to a plain one; other characters stay.
pub fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' | '\u{a0}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// Narrow and without any white space at all.
pub fn squeeze(text: &str) -> String {
    narrow(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// A holder's name as the register writes it: no blanks inside Chinese names (张 三 → 张三),
/// single blanks inside Latin ones, brackets left as they stand.
pub fn holder_name(text: &str) -> String {
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    if latin {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_and_blanks() {
        assert_eq!(narrow("１＃楼　（Ａ）"), "1#楼 (A)");
        assert_eq!(squeeze(" 一期 １幢\u{3000}"), "一期1幢");
        assert_eq!(holder_name("邓 　婷"), "邓婷");
        assert_eq!(holder_name("John   Smith"), "John Smith");
        assert_eq!(holder_name("某（攀枝花）有限公司 "), "某（攀枝花）有限公司");
    }
}
