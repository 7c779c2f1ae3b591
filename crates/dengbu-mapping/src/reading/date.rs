//! Dates in the shapes found in twenty years of typing.

use super::text::squeeze;
use chrono::NaiveDate;

/// Why a written date is no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadDate {
    /// Nothing is written.
    Empty,
    /// Not in any shape of a date (不详, 20O8-5-1).
    Unreadable,
    /// A shape, but no such day (2013-02-30, 2018-13-05, 0000-00-00).
    Impossible,
    /// After today, where the thing dated must already have happened.
    Future,
}

impl BadDate {
    /// Said to a person, in Chinese.
    pub fn message(&self) -> &'static str {
        match self {
            Self::Empty => "没有填写日期",
            Self::Unreadable => "不是日期",
            Self::Impossible => "没有这一天",
            Self::Future => "日期在今天之后",
        }
    }
}

/// Reads 2015-09-14, 2015/9/14, 2015.9.14, 20150914, 2015年9月14日, each also with a time of day
/// behind it (2015-09-14 10:16:00), which is dropped.
pub fn parse(text: &str) -> Result<NaiveDate, BadDate> {
    let narrowed = super::text::narrow(text);
    let day = narrowed
        .trim()
        .split_once(' ')
        .map_or(narrowed.trim(), |(d, rest)| {
            if rest.contains(':') {
                d
            } else {
                narrowed.trim()
            }
        });
    let day = squeeze(day);
    if day.is_empty() {
        return Err(BadDate::Empty);
    }
    let parts: Vec<&str> = if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        vec![&day[..4], &day[4..6], &day[6..]]
    } else {
        let day = day.strip_suffix(['日', '号']).unwrap_or(&day);
        day.split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts[..] else {
        return Err(BadDate::Unreadable);
    };
    let digits = |s: &str, max: usize| {
        (!s.is_empty() && s.len() <= max && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse::<u32>().ok())
            .flatten()
            .ok_or(BadDate::Unreadable)
    };
    if year.len() != 4 {
        return Err(BadDate::Unreadable);
    }
    let (y, m, d) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    if y < 1900 {
        return Err(BadDate::Impossible);
    }
    NaiveDate::from_ymd_opt(i32::try_from(y).map_err(|_| BadDate::Impossible)?, m, d)
        .ok_or(BadDate::Impossible)
}

/// As [`parse`], for something that has happened: not after `today`.
pub fn parse_past(text: &str, today: NaiveDate) -> Result<NaiveDate, BadDate> {
    let date = parse(text)?;
    if date > today {
        Err(BadDate::Future)
    } else {
        Ok(date)
    }
}

/// A span written 2020-07-07至2023-07-07 or 2014.4.8-2044.4.8.
pub fn parse_span(text: &str) -> Result<(NaiveDate, NaiveDate), BadDate> {
    let text = squeeze(text);
    if let Some((a, b)) = text.split_once(['至', '~', '—']) {
        return Ok((parse(a)?, parse(b)?));
    }
    // With '-' as the joint the dates themselves are written with another sign.
    match text.split('-').collect::<Vec<_>>()[..] {
        [a, b] => Ok((parse(a)?, parse(b)?)),
        [a, b, c, d, e, f] => Ok((
            parse(&format!("{a}-{b}-{c}"))?,
            parse(&format!("{d}-{e}-{f}"))?,
        )),
        _ => Err(BadDate::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn five_shapes() {
        for s in [
            "2015-09-04",
            "2015/09/04",
            "2015.9.4",
            "20150904",
            "2015年9月4日",
            "2015-9-4 10:16:00",
            "２０１５年９月４日",
            " 2015.09.04 ",
        ] {
            assert_eq!(parse(s), Ok(d(2015, 9, 4)), "{s}");
        }
    }

    #[test]
    fn no_dates() {
        assert_eq!(parse(""), Err(BadDate::Empty));
        for s in [
            "不详",
            "20O8-5-1",
            "2015",
            "2015-09",
            "15-9-4",
            "2015-09-04-1",
            "2015-+9-4",
        ] {
            assert_eq!(parse(s), Err(BadDate::Unreadable), "{s}");
        }
        for s in [
            "2013-02-30",
            "2018-13-05",
            "0000-00-00 00:00:00",
            "20130230",
        ] {
            assert_eq!(parse(s), Err(BadDate::Impossible), "{s}");
        }
        assert_eq!(
            parse_past("2031-12-01 09:00:00", d(2026, 1, 1)),
            Err(BadDate::Future)
        );
    }

    #[test]
    fn spans() {
        let want = Ok((d(2014, 4, 8), d(2044, 4, 8)));
        for s in [
            "2014-04-08至2044-04-08",
            "2014.4.8-2044.4.8",
            "2014-4-8-2044-4-8",
            "20140408-20440408",
        ] {
            assert_eq!(parse_span(s), want, "{s}");
        }
        assert!(parse_span("2014.4.8").is_err());
    }

    proptest::proptest! {
        #[test]
        fn every_day_in_every_shape(y in 1900i32..2200, m in 1u32..13, day in 1u32..32) {
            let want = NaiveDate::from_ymd_opt(y, m, day).ok_or(BadDate::Impossible);
            for text in [
                format!("{y}-{m:02}-{day:02}"),
                format!("{y}/{m}/{day}"),
                format!("{y}.{m}.{day}"),
                format!("{y}{m:02}{day:02}"),
                format!("{y}年{m}月{day}日"),
            ] {
                proptest::prop_assert_eq!(parse(&text), want.clone(), "{}", text);
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = parse(&text);
            let _ = parse_span(&text);
        }
    }
}
