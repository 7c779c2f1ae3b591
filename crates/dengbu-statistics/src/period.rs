//! The period that is counted (统计期间).

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use dengbu_model::time::shanghai;

use crate::StatisticsError;

/// Days at most: three years and a leap day.
pub const DAYS_MAX: i64 = 1096;
/// A trend of at most so many days is drawn by day, a longer one by month.
pub const DAILY_MAX: i64 = 62;

/// Whole days in Asia/Shanghai, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

/// The steps of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// 按日.
    Day,
    /// 按月.
    Month,
}

impl Period {
    /// A period from one day to another.
    ///
    /// # Errors
    /// When it ends before it begins, is too long or out of any calendar.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, StatisticsError> {
        if [from, to]
            .iter()
            .any(|d| !(1990..=2199).contains(&d.year()))
        {
            return Err(StatisticsError::OutOfRange);
        }
        if to < from {
            return Err(StatisticsError::EndsBeforeItStarts { from, to });
        }
        if (to - from).num_days() >= DAYS_MAX {
            return Err(StatisticsError::TooLong);
        }
        Ok(Self { from, to })
    }

    /// First day.
    #[must_use]
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// Last day.
    #[must_use]
    pub fn to(self) -> NaiveDate {
        self.to
    }

    /// The moment it begins.
    #[must_use]
    pub fn begins(self) -> DateTime<Utc> {
        midnight(self.from)
    }

    /// The moment after its end.
    #[must_use]
    pub fn ends(self) -> DateTime<Utc> {
        midnight(next(self.to))
    }

    /// By day when it is short, by month otherwise.
    #[must_use]
    pub fn grain(self) -> Grain {
        if (self.to - self.from).num_days() < DAILY_MAX {
            Grain::Day
        } else {
            Grain::Month
        }
    }

    /// The keys of a trend in their order: `2026-11-23` by day, `2026-11` by month.
    #[must_use]
    pub fn keys(self, grain: Grain) -> Vec<String> {
        let form = match grain {
            Grain::Day => "%Y-%m-%d",
            Grain::Month => "%Y-%m",
        };
        let mut keys: Vec<String> = Vec::new();
        let mut day = self.from;
        while day <= self.to {
            let key = day.format(form).to_string();
            if keys.last() != Some(&key) {
                keys.push(key);
            }
            day = next(day);
        }
        keys
    }
}

/// The day after.
pub(crate) fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

/// When a day begins in Asia/Shanghai.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    // a fixed offset: every local moment exists once
    local
        .and_local_timezone(shanghai())
        .single()
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_counts_both_its_ends_in_shanghai() {
        let p = Period::new(day("2026-11-01"), day("2026-11-30")).unwrap();
        assert_eq!(p.begins().to_rfc3339(), "2026-10-31T16:00:00+00:00");
        assert_eq!(p.ends().to_rfc3339(), "2026-11-30T16:00:00+00:00");
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let refused = |from, to| Period::new(day(from), day(to)).unwrap_err().to_string();
        assert!(refused("2026-11-02", "2026-11-01").contains("早于"));
        assert!(refused("2020-01-01", "2026-01-01").contains("1096"));
        assert!(refused("0001-01-01", "0001-01-02").contains("1990"));
        let whole = Period::new(day("2024-01-01"), day("2026-12-31")).unwrap();
        assert_eq!(whole.keys(Grain::Month).len(), 36);
        assert!(Period::new(day("2024-01-01"), day("2027-01-01")).is_err());
    }

    #[test]
    fn a_trend_has_every_day_or_month_once() {
        let p = Period::new(day("2026-01-30"), day("2026-03-01")).unwrap();
        assert_eq!(p.grain(), Grain::Day);
        assert_eq!(p.keys(Grain::Day).len(), 31);
        assert_eq!(p.keys(Grain::Month), ["2026-01", "2026-02", "2026-03"]);
        let long = Period::new(day("2026-01-01"), day("2026-03-04")).unwrap();
        assert_eq!(long.grain(), Grain::Month);
    }
}
