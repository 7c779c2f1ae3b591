//! Texts made comparable.

/// Full-width to half-width, all blanks gone: what is left when only typing habits differ.
pub fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}' | '·'))
        .map(half_width)
        .collect()
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '—' | '–' => '-',
        _ => c,
    }
}

/// A whole number in digits or Chinese numerals up to 9999 (12, 十二, 一百零三, 二〇).
pub fn number(text: &str) -> Option<u32> {
    if !text.is_empty() && text.len() <= 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut total, mut digit, mut plain) = (0u32, None, String::new());
    for c in text.chars() {
        let value = match c {
            '零' | '〇' => 0,
            '一' => 1,
            '二' | '两' => 2,
            '三' => 3,
            '四' => 4,
            '五' => 5,
            '六' => 6,
            '七' => 7,
            '八' => 8,
            '九' => 9,
            '十' | '百' => {
                let unit = if c == '十' { 10 } else { 100 };
                total = total.checked_add(digit.take().unwrap_or(1) * unit)?;
                plain.clear();
                continue;
            }
            _ => return None,
        };
        plain.push(char::from_digit(value, 10)?);
        digit = Some(value);
    }
    if text.is_empty() || text.chars().count() > 6 {
        return None;
    }
    // 二〇三: digits one by one.
    if plain.len() > 1 && total == 0 {
        return plain.parse().ok();
    }
    total.checked_add(digit.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases = [
            ("12", Some(12)),
            ("十", Some(10)),
            ("十二", Some(12)),
            ("二十", Some(20)),
            ("三十四", Some(34)),
            ("一百零三", Some(103)),
            ("二〇三", Some(203)),
            ("", None),
            ("甲", None),
            ("一", Some(1)),
            ("9999999", None),
        ];
        for (text, want) in cases {
            assert_eq!(number(text), want, "{text}");
        }
    }

    #[test]
    fn blanks_and_widths() {
        assert_eq!(squeeze(" 凤凰　新村１＃ "), "凤凰新村1#");
    }
}
