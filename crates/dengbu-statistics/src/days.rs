//! Working days as a table, for SQL to join: the calendar of the law stays the only one that
//! knows what a working day is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_law::calendar::Calendar;

use crate::period::next;

/// For each authority and day: how many working days there were since the table's first day.
///
/// The difference of two days' numbers is the working days between them, the first not counted
/// (民法典第二百零一条), which is [`Calendar::days_left`].
#[derive(Debug, Default)]
pub struct WorkingDays {
    /// Authority of each row.
    pub authorities: Vec<String>,
    /// Day of each row.
    pub days: Vec<NaiveDate>,
    /// Working days up to and with the day.
    pub numbers: Vec<i32>,
}

impl WorkingDays {
    /// The table of these calendars from one day to another.
    #[must_use]
    pub fn new(calendars: &BTreeMap<String, Calendar>, from: NaiveDate, to: NaiveDate) -> Self {
        let mut table = Self::default();
        for (authority, calendar) in calendars {
            let mut number = 0;
            let mut day = from;
            while day <= to && day != NaiveDate::MAX {
                number += i32::from(calendar.is_working_day(day));
                table.authorities.push(authority.clone());
                table.days.push(day);
                table.numbers.push(number);
                day = next(day);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use dengbu_law::calendar::{SHIPPED, parse_days};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The table says what the calendar says, whichever way round.
        #[test]
        fn the_table_agrees_with_the_calendar(a in 0_usize..500, b in 0_usize..500) {
            let days = parse_days(SHIPPED).unwrap().into_iter().map(|d| (d.day, d.kind));
            let calendar = Calendar::new(days);
            let first: NaiveDate = "2025-06-01".parse().unwrap();
            let last = first.checked_add_days(Days::new(499)).unwrap();
            let all = BTreeMap::from([("510400".to_owned(), calendar.clone())]);
            let table = WorkingDays::new(&all, first, last);
            prop_assert_eq!(table.days.len(), 500);
            let left = calendar.days_left(table.days[a], table.days[b]);
            prop_assert_eq!(table.numbers[b] - table.numbers[a], left);
        }
    }
}
