//! Values as they stand in staging cells.

use chrono::NaiveDate;

/// A decimal number; `None` for anything else (also infinities and hexadecimal forms).
#[inline]
pub fn number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    // Up to fifteen digits and a point are exact in a double: read by hand, which is several
    // times quicker than the general way.
    if digits.is_empty() || digits.len() > 16 {
        return slow_number(text);
    }
    let (mut whole, mut scale, mut point) = (0u64, 1u64, false);
    for b in digits {
        match b {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(b - b'0');
                if point {
                    scale *= 10;
                }
            }
            b'.' if !point => point = true,
            _ => return slow_number(text),
        }
    }
    if digits.len() == 1 && point || whole > 9_007_199_254_740_991 {
        return slow_number(text);
    }
    #[expect(clippy::cast_precision_loss, reason = "below 2^53, see above")]
    let value = whole as f64 / scale as f64;
    Some(if bytes[0] == b'-' { -value } else { value })
}

#[cold]
fn slow_number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|v| plain && v.is_finite())
}

/// A day `YYYY-MM-DD`, a time of day behind it dropped; a year or a month alone counts as its
/// first day. `None` for no such day.
#[inline]
pub fn date(text: &str) -> Option<NaiveDate> {
    let day = match text.as_bytes() {
        [.., b':', _, _] => text.split([' ', 'T']).next()?,
        _ => text,
    };
    let bytes = day.as_bytes();
    let digits = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0u32, |n, b| {
            b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0'))
        })
    };
    let (year, month, day) = match bytes.len() {
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?)
        }
        8 => (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?),
        7 if bytes[4] == b'-' => (digits(0, 4)?, digits(5, 7)?, 1),
        4 => (digits(0, 4)?, 1, 1),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// A share: `1/3`, `33.33%`, `0.5`, `百分之五十` are the shapes of staging; in (0, 1] only.
pub fn share(text: &str) -> Option<f64> {
    let text = text.trim();
    let value = if let Some((a, b)) = text.split_once('/') {
        let (a, b) = (number(a.trim())?, number(b.trim())?);
        (b > 0.0).then(|| a / b)?
    } else if let Some(percent) = text.strip_suffix(['%', '％']) {
        number(percent.trim())? / 100.0
    } else {
        number(text)?
    };
    (value > 0.0 && value <= 1.0 + 1e-9).then_some(value)
}

/// Characters `from`..=`to`, from 1, of a text of ASCII codes; empty when it is shorter.
#[inline]
pub fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from.saturating_sub(1)..to).unwrap_or("")
}

/// Words clerks write for "nothing" (DQ-STR-022).
pub fn stands_for_nothing(text: &str) -> bool {
    matches!(
        text,
        "空" | "无" | "/" | "-" | "—" | "--" | "NULL" | "null" | "N/A" | "未知" | "不详"
    )
}

/// The text for comparing names: blanks, middle dots and brackets aside.
pub fn plain_name(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '．' | '(' | ')' | '（' | '）'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers() {
        for (text, want) in [
            ("0", Some(0.0)),
            ("-12.50", Some(-12.5)),
            ("+3", Some(3.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e3", Some(1000.0)),
            ("12345678901234567890", Some(12_345_678_901_234_567_890.0)),
            ("", None),
            (".", None),
            ("-", None),
            ("1.2.3", None),
            ("九十", None),
            ("inf", None),
            ("nan", None),
            ("1O", None),
        ] {
            assert_eq!(number(text), want, "{text}");
        }
    }

    #[test]
    fn days() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        for (text, want) in [
            ("2016-03-02", day(2016, 3, 2)),
            ("2016-03-02 10:16:00", day(2016, 3, 2)),
            ("2016-03-02T10:16:00", day(2016, 3, 2)),
            ("20160302", day(2016, 3, 2)),
            ("2009", day(2009, 1, 1)),
            ("2009-08", day(2009, 8, 1)),
            ("2013-02-30", None),
            ("0000-00-00", None),
            ("不详", None),
            ("", None),
            ("2016-3-2", None),
        ] {
            assert_eq!(date(text), want, "{text}");
        }
    }

    #[test]
    fn shares() {
        for (text, want) in [
            ("1/2", Some(0.5)),
            ("50%", Some(0.5)),
            ("0.25", Some(0.25)),
            ("1", Some(1.0)),
        ] {
            assert_eq!(share(text), want);
        }
        for text in ["", "0", "1/0", "2", "150%", "一半", "-0.5"] {
            assert_eq!(share(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_library(whole in -999_999_999i64..999_999_999, part in 0u32..10_000) {
            let text = format!("{whole}.{part:04}");
            prop_assert_eq!(number(&text), text.parse().ok());
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,24}") {
            let _ = (number(&text), date(&text), share(&text), part(&text, 2, 5));
        }
    }
}
