//! When a delivery is due: pure reckoning, in Beijing time.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeZone as _, Utc};
use dengbu_model::time::shanghai;
use serde::{Deserialize, Serialize};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// 每日.
    Day,
    /// 每周: on a weekday, 1 Monday to 7 Sunday.
    Week(u8),
    /// 每月: on a day, 1 to 28, so that every month has it.
    Month(u8),
}

/// A schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How often.
    pub every: Every,
    /// At which full hour, 0 to 23.
    pub hour: u8,
}

impl Schedule {
    /// Says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn check(self) -> Result<(), &'static str> {
        if self.hour > 23 {
            return Err("时间应为 0 到 23 点");
        }
        match self.every {
            Every::Week(day) if !(1..=7).contains(&day) => Err("星期应为 1（周一）到 7（周日）"),
            Every::Month(day) if !(1..=28).contains(&day) => Err("每月的日期应为 1 到 28 日"),
            _ => Ok(()),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        let hour = self.hour;
        match self.every {
            Every::Day => format!("每日 {hour} 时"),
            Every::Week(day) => {
                let name = ["一", "二", "三", "四", "五", "六", "日"]
                    .get(usize::from(day).saturating_sub(1))
                    .unwrap_or(&"一");
                format!("每周{name} {hour} 时")
            }
            Every::Month(day) => format!("每月 {day} 日 {hour} 时"),
        }
    }

    /// The first moment after `now` at which it is due.
    #[must_use]
    pub fn next(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(&shanghai()).date_naive();
        let mut day = self.on_or_after(today);
        if self.moment(day) <= now {
            day = self.on_or_after(day.checked_add_days(Days::new(1)).unwrap_or(day));
        }
        self.moment(day)
    }

    fn on_or_after(self, day: NaiveDate) -> NaiveDate {
        match self.every {
            Every::Day => day,
            Every::Week(weekday) => {
                let ahead =
                    (7 + u64::from(weekday) - u64::from(day.weekday().number_from_monday())) % 7;
                day.checked_add_days(Days::new(ahead)).unwrap_or(day)
            }
            Every::Month(nth) => {
                let this = day.with_day(u32::from(nth)).unwrap_or(day);
                if this >= day {
                    this
                } else {
                    this.checked_add_months(Months::new(1)).unwrap_or(this)
                }
            }
        }
    }

    fn moment(self, day: NaiveDate) -> DateTime<Utc> {
        let time = NaiveTime::from_hms_opt(u32::from(self.hour), 0, 0).unwrap_or(NaiveTime::MIN);
        shanghai()
            .from_local_datetime(&day.and_time(time))
            .single()
            .map_or(DateTime::<Utc>::MAX_UTC, |at| at.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_day_week_month() {
        let now = at("2026-11-29T20:00:00Z"); // Monday the 30th, 4 o'clock in Beijing
        let due = |every, hour| Schedule { every, hour }.next(now);
        assert_eq!(due(Every::Day, 5), at("2026-11-29T21:00:00Z"));
        assert_eq!(
            due(Every::Day, 4),
            at("2026-11-30T20:00:00Z"),
            "not now again"
        );
        assert_eq!(due(Every::Week(1), 5), at("2026-11-29T21:00:00Z"));
        assert_eq!(due(Every::Week(7), 5), at("2026-12-05T21:00:00Z"));
        assert_eq!(due(Every::Month(1), 0), at("2026-11-30T16:00:00Z"));
        assert_eq!(due(Every::Month(28), 0), at("2026-12-27T16:00:00Z"));
    }

    #[test]
    fn what_is_no_schedule_is_told() {
        for (every, hour) in [
            (Every::Day, 24),
            (Every::Week(0), 1),
            (Every::Week(8), 1),
            (Every::Month(29), 1),
        ] {
            assert!(Schedule { every, hour }.check().is_err());
        }
    }

    proptest! {
        #[test]
        fn the_next_is_later_and_within_a_period(seconds in 0i64..4_000_000_000, hour in 0u8..24, day in 1u8..29) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            for (every, days) in [(Every::Day, 1), (Every::Week(day % 7 + 1), 7), (Every::Month(day), 31)] {
                let next = Schedule { every, hour }.next(now);
                prop_assert!(next > now && (next - now).num_hours() <= days * 24);
            }
        }
    }
}
