//! The lights of a case under way (督办级别).

use chrono::NaiveDate;
use dengbu_law::calendar::{Calendar, Light, light};

/// How near a case is to its limit. The order is that of urgency.
///
/// Levels as the domain has them (working-day accounting: 正常, 黄 at one working day or a fifth
/// of the limit, 红 at none left, 超期): built on [`light`], which the lists of cases show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 超期: the limit has passed.
    Overdue,
    /// 红灯: today is the last day.
    Red,
    /// 黄灯: one working day or a fifth of the limit left, or less.
    Yellow,
    /// 正常.
    Green,
    /// 计时暂停: waiting for the applicants or for a notice to end, or stopped for a reason.
    Paused,
}

impl Level {
    /// All levels, most urgent first.
    pub const ALL: [Self; 5] = [
        Self::Overdue,
        Self::Red,
        Self::Yellow,
        Self::Green,
        Self::Paused,
    ];

    /// Code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Paused => "paused",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Overdue => "超期",
            Self::Red => "红灯（今日到期）",
            Self::Yellow => "黄灯（临近时限）",
            Self::Green => "正常",
            Self::Paused => "计时暂停",
        }
    }

    /// The level with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// True for what a supervisor is reminded of.
    #[must_use]
    pub fn urgent(self) -> bool {
        self <= Self::Yellow
    }
}

/// The clock of a case that is not yet recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Last day of the committed limit, moved by what did not count.
    pub due_on: NaiveDate,
    /// Since when the clock stands; none while it runs.
    pub stands_since: Option<NaiveDate>,
    /// The committed limit in working days.
    pub limit: u32,
}

impl Clock {
    /// Working days left today, or when the clock stopped; negative when the limit has passed.
    #[must_use]
    pub fn days_left(&self, calendar: &Calendar, today: NaiveDate) -> i32 {
        calendar.days_left(self.stands_since.unwrap_or(today), self.due_on)
    }

    /// The level today.
    #[must_use]
    pub fn level(&self, calendar: &Calendar, today: NaiveDate) -> Level {
        if self.stands_since.is_some() {
            return Level::Paused;
        }
        let left = self.days_left(calendar, today);
        match light(left, self.limit) {
            Light::Red => Level::Overdue,
            Light::Yellow | Light::Green if left == 0 => Level::Red,
            Light::Yellow => Level::Yellow,
            Light::Green => Level::Green,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(due: &str, limit: u32) -> Level {
        let clock = Clock {
            due_on: due.parse().unwrap(),
            stands_since: None,
            limit,
        };
        // a Monday; no holidays
        clock.level(&Calendar::default(), "2026-11-23".parse().unwrap())
    }

    #[test]
    fn the_lights_change_at_a_day_or_a_fifth_at_none_and_below() {
        assert_eq!(level("2026-11-25", 3), Level::Green, "two days of three");
        assert_eq!(level("2026-11-24", 3), Level::Yellow, "one day");
        assert_eq!(level("2026-11-23", 3), Level::Red, "the last day");
        assert_eq!(level("2026-11-23", 0), Level::Red, "to be done at once");
        assert_eq!(level("2026-11-20", 3), Level::Overdue);
        assert_eq!(level("2026-12-01", 30), Level::Yellow, "six of thirty");
        assert_eq!(level("2026-12-02", 30), Level::Green, "seven of thirty");
    }

    #[test]
    fn a_standing_clock_has_no_light_and_keeps_the_days_it_had() {
        let mut clock = Clock {
            due_on: "2026-11-20".parse().unwrap(),
            stands_since: "2026-11-18".parse().ok(),
            limit: 3,
        };
        let today = "2026-11-23".parse().unwrap();
        let calendar = Calendar::default();
        assert_eq!(clock.days_left(&calendar, today), 2);
        assert_eq!(clock.level(&calendar, today), Level::Paused);
        clock.stands_since = None;
        assert_eq!(clock.level(&calendar, today), Level::Overdue);
    }

    #[test]
    fn urgency_is_the_order() {
        let urgent: Vec<_> = Level::ALL.into_iter().filter(|l| l.urgent()).collect();
        assert_eq!(urgent, [Level::Overdue, Level::Red, Level::Yellow]);
        assert!(Level::ALL.is_sorted());
        for l in Level::ALL {
            assert_eq!(Level::from_code(l.code()), Some(l));
        }
    }
}
