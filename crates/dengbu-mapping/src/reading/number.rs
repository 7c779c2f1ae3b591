//! Areas and amounts as written, and Chinese numerals.

use super::text::squeeze;
use rust_decimal::Decimal;
use std::str::FromStr;

/// Chinese or Arabic whole number up to 99 (三, 十二, 二十, 7).
pub fn small_number(text: &str) -> Option<u32> {
    let text = squeeze(text);
    if !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit = |c: char| {
        "零一二三四五六七八九"
            .chars()
            .position(|x| x == c)
            .and_then(|p| u32::try_from(p).ok())
    };
    let chars: Vec<char> = text
        .chars()
        .map(|c| match c {
            '〇' => '零',
            '两' => '二',
            c => c,
        })
        .collect();
    match chars[..] {
        ['十'] => Some(10),
        ['十', u] => Some(10 + digit(u)?),
        [t, '十'] => Some(digit(t)? * 10),
        [t, '十', u] => Some(digit(t)? * 10 + digit(u)?),
        [u] => digit(u),
        _ => None,
    }
}

/// A plain decimal, blanks and thousands' commas forgiven. `None` when it is no number.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = squeeze(text).replace(',', "");
    let body = text.strip_prefix('-').unwrap_or(&text);
    let shape = !body.is_empty()
        && body.starts_with(|c: char| c.is_ascii_digit())
        && body.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    shape.then(|| Decimal::from_str(&text).ok()).flatten()
}

/// An area in m²: the number may carry its unit (90.5平方米, 90.5㎡). Binary noise of a
/// spreadsheet (68.23999999999999) is rounded to the 0.01 m² that GB/T 17986 surveys to, anything
/// with up to four honest decimals stays.
pub fn area(text: &str) -> Option<Decimal> {
    let text = squeeze(text);
    let body = ["平方米", "平米", "㎡", "m²", "m2", "M2"]
        .iter()
        .find_map(|u| text.strip_suffix(u))
        .unwrap_or(&text);
    let value = decimal(body)?;
    Some(
        if value.scale() > 4 {
            value.round_dp(2)
        } else {
            value
        }
        .normalize(),
    )
}

/// An amount with its unit, in yuan: 元 as it is, 万元 times ten thousand.
pub fn yuan(amount: &str, unit: &str) -> Option<Decimal> {
    let value = decimal(amount)?;
    match squeeze(unit).as_str() {
        "元" | "人民币元" | "" => Some(value),
        "万元" | "万" => value.checked_mul(Decimal::from(10_000)),
        _ => None,
    }
    .map(|v| v.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        for (s, n) in [
            ("一", 1),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("三十四", 34),
            ("７", 7),
            ("12", 12),
            ("两", 2),
        ] {
            assert_eq!(small_number(s), Some(n), "{s}");
        }
        for s in ["", "一百", "甲", "1a", "十十"] {
            assert_eq!(small_number(s), None, "{s}");
        }
    }

    #[test]
    fn areas() {
        for (s, v) in [
            ("90.5平方米", "90.5"),
            ("139.99", "139.99"),
            ("68.23999999999999", "68.24"),
            ("79", "79"),
            ("１０５．８６㎡", "105.86"),
            ("64.04000000000001", "64.04"),
        ] {
            assert_eq!(area(s), Decimal::from_str(v).ok(), "{s}");
        }
        for s in ["约九十", "", "平方米", "1e3", "--5", ".5"] {
            assert_eq!(area(s), None, "{s}");
        }
    }

    #[test]
    fn money() {
        assert_eq!(yuan("90", "万元"), Some(Decimal::from(900_000)));
        assert_eq!(yuan("780,000", "元"), Some(Decimal::from(780_000)));
        assert_eq!(yuan("-66.0", "万元"), Some(Decimal::from(-660_000)));
        assert_eq!(yuan("90", "美元"), None);
        assert_eq!(yuan("99999999999999999999999999", "万元"), None);
    }
}
