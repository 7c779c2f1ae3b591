//! Working days and time limits (工作日、时限).
//!
//! 民法典第二百零一条: the day on which a period begins is not counted;
//! 第二百零三条: a last day that is a holiday moves to the next working day.
//! The holidays and make-up working days are data, as the State Council
//! publishes them each year.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Deserialize;

/// What a published calendar says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A statutory holiday or a day off in exchange (放假).
    Holiday,
    /// A weekend day that is worked (调休上班).
    Workday,
}

/// A working-day calendar: weekends off, but for the exceptions listed. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    exceptions: Arc<BTreeMap<NaiveDate, DayKind>>,
}

impl Calendar {
    /// A calendar with these exceptions to the five-day week.
    #[must_use]
    pub fn new(exceptions: impl IntoIterator<Item = (NaiveDate, DayKind)>) -> Self {
        Self {
            exceptions: Arc::new(exceptions.into_iter().collect()),
        }
    }

    /// Whether the office works on that day.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        match self.exceptions.get(&day) {
            Some(DayKind::Holiday) => false,
            Some(DayKind::Workday) => true,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// The last day of a limit of `days` working days that begins on `start`.
    /// A limit of zero days ends on the first working day from `start` on.
    #[must_use]
    pub fn due(&self, start: NaiveDate, days: u32) -> NaiveDate {
        let mut day = start;
        let mut left = days;
        while left > 0 {
            day = next(day);
            if self.is_working_day(day) {
                left -= 1;
            }
        }
        while !self.is_working_day(day) {
            day = next(day);
        }
        day
    }

    /// The limit once the clock stood from `stopped` to `started`: as many working days later as
    /// passed in between, so that as many are left as were when it stopped.
    #[must_use]
    pub fn shifted(&self, due: NaiveDate, stopped: NaiveDate, started: NaiveDate) -> NaiveDate {
        let stood = u32::try_from(self.between(stopped, started)).unwrap_or(0);
        if stood == 0 {
            due
        } else {
            self.due(due, stood)
        }
    }

    /// Working days from `today` until `due`; negative when it has passed.
    #[must_use]
    pub fn days_left(&self, today: NaiveDate, due: NaiveDate) -> i32 {
        if due >= today {
            self.between(today, due)
        } else {
            -self.between(due, today)
        }
    }

    /// Working days after `from` up to and with `to`; none when `to` is not later.
    #[must_use]
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> i32 {
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = next(day);
            if self.is_working_day(day) {
                count += 1;
            }
        }
        count
    }
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

/// The lights on a case's clock (红黄灯).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Time enough.
    Green,
    /// Due within one working day or the last fifth of the limit.
    Yellow,
    /// Past due.
    Red,
}

/// The light for what is left of a limit.
#[must_use]
pub fn light(days_left: i32, limit: u32) -> Light {
    let fifth = i32::try_from(limit / 5).unwrap_or(i32::MAX);
    if days_left < 0 {
        Light::Red
    } else if days_left <= fifth.max(1) && limit > 0 {
        Light::Yellow
    } else {
        Light::Green
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    #[serde(rename = "source")]
    _source: String,
    days: Vec<CalendarDay>,
}

/// A day of a published calendar.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// The day, `YYYY-MM-DD`.
    pub day: NaiveDate,
    /// Off or worked.
    pub kind: DayKind,
    /// Name of the holiday.
    pub name: String,
}

/// Reads a calendar file (TOML): `source` and a list `days`.
///
/// # Errors
/// The parser's message when the text is not of that form.
pub fn parse_days(text: &str) -> Result<Vec<CalendarDay>, toml::de::Error> {
    toml::from_str::<CalendarFile>(text).map(|f| f.days)
}

/// The calendar shipped with the platform; an authority loads later years itself.
pub const SHIPPED: &str = include_str!("../data/calendar.toml");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn shipped() -> Calendar {
        Calendar::new(
            parse_days(SHIPPED)
                .unwrap()
                .into_iter()
                .map(|d| (d.day, d.kind)),
        )
    }

    #[test]
    fn the_day_of_acceptance_is_not_counted() {
        // Monday + 3 working days = Thursday
        assert_eq!(shipped().due(day("2026-11-23"), 3), day("2026-11-26"));
        // Friday + 1 = Monday
        assert_eq!(shipped().due(day("2026-11-27"), 1), day("2026-11-30"));
    }

    #[test]
    fn a_limit_of_no_days_ends_at_once_or_on_the_next_working_day() {
        assert_eq!(shipped().due(day("2026-11-23"), 0), day("2026-11-23"));
        assert_eq!(shipped().due(day("2026-11-28"), 0), day("2026-11-30"));
    }

    #[test]
    fn national_day_is_off_and_make_up_days_count() {
        let c = shipped();
        assert!(!c.is_working_day(day("2026-10-01")));
        assert!(!c.is_working_day(day("2026-10-07")));
        assert!(c.is_working_day(day("2026-10-10")), "a worked Saturday");
        // 30 September + 1: the 1st to 7th are off, the 8th is worked
        assert_eq!(c.due(day("2026-09-30"), 1), day("2026-10-08"));
    }

    #[test]
    fn lights() {
        assert_eq!(light(-1, 3), Light::Red);
        assert_eq!(light(1, 3), Light::Yellow);
        assert_eq!(light(3, 3), Light::Green);
        assert_eq!(light(6, 30), Light::Yellow);
        assert_eq!(light(0, 0), Light::Green);
    }

    proptest! {
        #[test]
        fn as_many_days_are_left_after_a_pause_as_before(
            offset in 0_u64..500, days in 0_u32..40, used in 0_u64..60, stood in 0_u64..60
        ) {
            let c = shipped();
            let start = day("2025-01-02").checked_add_days(Days::new(offset)).unwrap();
            let due = c.due(start, days);
            let stopped = start.checked_add_days(Days::new(used)).unwrap();
            let started = stopped.checked_add_days(Days::new(stood)).unwrap();
            let later = c.shifted(due, stopped, started);
            prop_assert_eq!(c.days_left(started, later), c.days_left(stopped, due));
            prop_assert!(later >= due);
        }

        #[test]
        fn due_is_a_working_day_and_days_left_agrees(offset in 0_u64..700, days in 0_u32..40) {
            let c = shipped();
            let start = day("2025-06-01").checked_add_days(Days::new(offset)).unwrap();
            let due = c.due(start, days);
            prop_assert!(c.is_working_day(due));
            if days > 0 {
                prop_assert_eq!(c.days_left(start, due), i32::try_from(days).unwrap());
            }
            prop_assert_eq!(c.days_left(due, start), -c.days_left(start, due));
        }
    }
}
