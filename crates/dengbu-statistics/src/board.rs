//! The supervisor's list (督办台账): cases not yet recorded, most urgent first.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::calendar::Calendar;
use dengbu_law::catalogue;
use serde_json::Value;
use uuid::Uuid;

use crate::level::{Clock, Level};

/// A case that is accepted and not yet recorded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenCase {
    /// Number.
    pub case_no: String,
    /// County of the land.
    pub county: String,
    /// Authority of jurisdiction.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// State.
    pub state: String,
    /// Step.
    pub step: String,
    /// Where the units lie.
    pub address: String,
    /// Office point that took it.
    pub office_id: Option<String>,
    /// Who took it.
    pub taken_by_name: String,
    /// Who has claimed it.
    pub assignee: Option<Uuid>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// Accepted.
    pub accepted_at: DateTime<Utc>,
    /// At this step since.
    pub arrived_at: DateTime<Utc>,
    /// Due.
    pub due_on: Option<NaiveDate>,
    /// Since when the clock stands; none while it runs.
    pub paused_at: Option<DateTime<Utc>>,
    /// When somebody was last reminded of it at this step.
    pub reminded_at: Option<DateTime<Utc>>,
}

/// A case with its light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The case.
    pub case: OpenCase,
    /// Light.
    pub level: Level,
    /// Working days left; negative when overdue.
    pub days_left: i32,
}

/// What the lights are reckoned with.
#[derive(Debug)]
pub struct Reckoning<'a> {
    /// Calendar of each authority.
    pub calendars: &'a BTreeMap<String, Calendar>,
    /// Settings of each authority.
    pub settings: &'a BTreeMap<String, Value>,
    /// The day.
    pub today: NaiveDate,
}

impl Reckoning<'_> {
    /// The case with its light; a case without a limit is due the day it was accepted.
    #[must_use]
    pub fn watch(&self, case: OpenCase) -> Watched {
        let weekdays = Calendar::default();
        let calendar = self.calendars.get(&case.authority).unwrap_or(&weekdays);
        let nothing = Value::Null;
        let settings = self.settings.get(&case.authority).unwrap_or(&nothing);
        let limit = catalogue::business(&case.business)
            .map_or(30, |b| dengbu_cases::promise::committed(settings, b));
        let accepted = dengbu_model::time::date_in_shanghai(case.accepted_at);
        let clock = Clock {
            due_on: case.due_on.unwrap_or(accepted),
            stands_since: case.paused_at.map(dengbu_model::time::date_in_shanghai),
            limit,
        };
        Watched {
            level: clock.level(calendar, self.today),
            days_left: clock.days_left(calendar, self.today),
            case,
        }
    }
}

/// Which cases are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only this light.
    pub level: Option<Level>,
    /// Only this step.
    pub step: Option<String>,
    /// Only those claimed by this person; nil: by nobody.
    pub assignee: Option<Uuid>,
}

/// Cases of each light, most urgent first.
#[must_use]
pub fn counts(all: &[Watched]) -> [(Level, usize); 5] {
    Level::ALL.map(|level| (level, all.iter().filter(|w| w.level == level).count()))
}

/// The list: those wanted, most urgent first. The key of a row is unique and orders the list.
#[must_use]
pub fn list(all: Vec<Watched>, wanted: &Wanted) -> Vec<Watched> {
    let mut rows: Vec<Watched> = all
        .into_iter()
        .filter(|w| wanted.level.is_none_or(|l| l == w.level))
        .filter(|w| wanted.step.as_ref().is_none_or(|s| *s == w.case.step))
        .filter(|w| {
            wanted
                .assignee
                .is_none_or(|a| w.case.assignee.unwrap_or_default() == a)
        })
        .collect();
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}

/// What orders the list: light, days left, number.
fn key(w: &Watched) -> (Level, i32, &str) {
    (w.level, w.days_left, &w.case.case_no)
}

/// Where the next page begins after this row.
#[must_use]
pub fn cursor(w: &Watched) -> String {
    format!("{}:{}:{}", w.level.code(), w.days_left, w.case.case_no)
}

/// The rows after a cursor; none when it is no cursor.
#[must_use]
pub fn after(rows: Vec<Watched>, cursor: &str) -> Option<Vec<Watched>> {
    let mut parts = cursor.splitn(3, ':');
    let level = Level::from_code(parts.next()?)?;
    let days: i32 = parts.next()?.parse().ok()?;
    let case_no = parts.next()?.to_owned();
    let last = (level, days, case_no.as_str());
    Some(rows.into_iter().filter(|w| key(w) > last).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn watched(n: u32, level: usize, days_left: i32, step: &str, claimed: bool) -> Watched {
        let at = "2026-11-23T02:00:00Z".parse().unwrap();
        Watched {
            case: OpenCase {
                case_no: format!("510402202611230{n:05}"),
                county: "510402".into(),
                authority: "510400".into(),
                business: "200-04-02".into(),
                state: "in_progress".into(),
                step: step.into(),
                address: String::new(),
                office_id: None,
                taken_by_name: "甲".into(),
                assignee: claimed.then(|| Uuid::from_u128(7)),
                assignee_name: None,
                accepted_at: at,
                arrived_at: at,
                due_on: None,
                paused_at: None,
                reminded_at: None,
            },
            level: Level::ALL[level],
            days_left,
        }
    }

    #[test]
    fn unclaimed_cases_can_be_asked_for() {
        let all = vec![
            watched(1, 0, -1, "approval", true),
            watched(2, 0, -2, "approval", false),
            watched(3, 2, 1, "recording", false),
        ];
        let numbers = |wanted: &Wanted| -> Vec<i32> {
            list(all.clone(), wanted)
                .iter()
                .map(|w| w.days_left)
                .collect()
        };
        assert_eq!(numbers(&Wanted::default()), [-2, -1, 1]);
        let nobodys = Wanted {
            assignee: Some(Uuid::nil()),
            ..Wanted::default()
        };
        assert_eq!(numbers(&nobodys), [-2, 1]);
        let red = Wanted {
            level: Some(Level::Overdue),
            step: Some("approval".into()),
            assignee: Some(Uuid::from_u128(7)),
        };
        assert_eq!(numbers(&red), [-1]);
        assert_eq!(counts(&all).map(|(_, n)| n), [2, 0, 1, 0, 0]);
        assert!(after(all, "overdue:x:1").is_none());
    }

    proptest! {
        /// Page after page gives every case once, in the order of the whole list.
        #[test]
        fn pages_join_to_the_list(
            rows in prop::collection::vec((0_usize..5, -4_i32..4), 0..40), size in 1_usize..7
        ) {
            let all: Vec<Watched> = (0..).zip(rows).map(|(n, (l, d))| watched(n, l, d, "approval", false)).collect();
            let whole = list(all, &Wanted::default());
            let mut seen: Vec<Watched> = Vec::new();
            loop {
                let rest = match seen.last() {
                    Some(last) => after(whole.clone(), &cursor(last)).unwrap(),
                    None => whole.clone(),
                };
                if rest.is_empty() { break; }
                seen.extend(rest.into_iter().take(size));
            }
            prop_assert_eq!(seen, whole);
        }
    }
}
