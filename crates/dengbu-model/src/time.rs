//! Days and moments. Moments are UTC in storage; days are those of Asia/Shanghai.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};

/// China Standard Time: eight hours ahead, no summer time since 1991.
#[must_use]
pub fn shanghai() -> FixedOffset {
    const EIGHT_HOURS: i32 = 8 * 3600;
    #[expect(clippy::expect_used, reason = "a constant within a day")]
    FixedOffset::east_opt(EIGHT_HOURS).expect("eight hours are less than a day")
}

/// The day on which a moment falls in Asia/Shanghai.
#[must_use]
pub fn date_in_shanghai(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&shanghai()).date_naive()
}

/// The moment at which a day begins in Asia/Shanghai.
#[must_use]
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    (day.and_time(NaiveTime::MIN) - shanghai()).and_utc()
}

/// Why a text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是有效日期，应为存在的日期，格式如 2026-11-23")]
pub struct DateError(pub String);

/// Reads `YYYY-MM-DD`; a day that does not exist is refused.
///
/// # Errors
/// [`DateError`] names the text.
pub fn parse_date_strict(text: &str) -> Result<NaiveDate, DateError> {
    let plain = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| {
            if i == 4 || i == 7 {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    plain
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| DateError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        let before: DateTime<Utc> = "2026-11-22T15:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-22T16:00:00Z".parse().unwrap();
        assert_eq!(
            date_in_shanghai(before),
            NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
        );
        assert_eq!(
            date_in_shanghai(after),
            NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
        );
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(parse_date_strict("2024-02-29").is_ok());
        for bad in [
            "2023-02-29",
            "2026-13-01",
            "2026-1-1",
            "+2026-01-1",
            "二〇二六",
        ] {
            assert!(
                parse_date_strict(bad)
                    .unwrap_err()
                    .to_string()
                    .contains(bad)
            );
        }
    }
}
