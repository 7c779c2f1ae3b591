//! Open cases by step and age (在办积压).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_law::calendar::Calendar;
use dengbu_law::flow::Step;

/// Ages since acceptance, in working days: last day of each class, and its name.
pub const AGES: [(i32, &str); 6] = [
    (1, "1 日以内"),
    (3, "2–3 日"),
    (5, "4–5 日"),
    (10, "6–10 日"),
    (30, "11–30 日"),
    (i32::MAX, "30 日以上"),
];

/// Open cases of one kind, as counted by the database.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Heap {
    /// Authority of jurisdiction.
    pub authority: String,
    /// Step they wait at.
    pub step: String,
    /// Day of acceptance in Asia/Shanghai.
    pub accepted_on: NaiveDate,
    /// Cases.
    pub cases: i64,
}

/// Open cases at a step, by age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The step.
    pub step: Step,
    /// Cases of each class of [`AGES`].
    pub by_age: [i64; AGES.len()],
}

impl Waiting {
    /// All cases at the step.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.by_age.iter().sum()
    }
}

/// Which class of [`AGES`] an age belongs to.
#[must_use]
pub fn class(age: i32) -> usize {
    AGES.iter()
        .position(|(last, _)| age <= *last)
        .unwrap_or(AGES.len() - 1)
}

/// Sorts heaps by step and age; every step once, in its order. Heaps of a step nobody knows are
/// left out.
#[must_use]
pub fn sort(
    heaps: &[Heap],
    calendars: &BTreeMap<String, Calendar>,
    today: NaiveDate,
) -> Vec<Waiting> {
    let weekdays = Calendar::default();
    let mut all: Vec<Waiting> = Step::ALL
        .into_iter()
        .map(|step| Waiting {
            step,
            by_age: [0; AGES.len()],
        })
        .collect();
    for heap in heaps {
        let calendar = calendars.get(&heap.authority).unwrap_or(&weekdays);
        let age = calendar.days_left(heap.accepted_on, today);
        let at = Step::from_code(&heap.step).and_then(|s| all.iter_mut().find(|w| w.step == s));
        if let Some(waiting) = at {
            waiting.by_age[class(age)] += heap.cases;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_working_days_and_nothing_is_lost() {
        let heap = |step: &str, day: &str, cases| Heap {
            authority: "510400".into(),
            step: step.into(),
            accepted_on: day.parse().unwrap(),
            cases,
        };
        // Monday 23 November 2026
        let heaps = [
            heap("approval", "2026-11-23", 1),
            heap("approval", "2026-11-20", 2),
            heap("approval", "2026-11-19", 4),
            heap("archive", "2026-01-05", 8),
        ];
        let all = sort(&heaps, &BTreeMap::new(), "2026-11-23".parse().unwrap());
        let of = |step| all.iter().find(|w| w.step == step).unwrap();
        assert_eq!(of(Step::Approval).by_age, [3, 4, 0, 0, 0, 0]);
        assert_eq!(of(Step::Archive).by_age, [0, 0, 0, 0, 0, 8]);
        assert_eq!(all.iter().map(Waiting::total).sum::<i64>(), 15);
        assert_eq!(all.len(), Step::ALL.len());
    }

    #[test]
    fn classes_meet_without_a_gap() {
        let classes: Vec<usize> = [-1, 0, 1, 2, 3, 4, 5, 6, 10, 11, 30, 31].map(class).into();
        assert_eq!(classes, [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    }
}
