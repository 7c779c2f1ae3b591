//! What runs from the day a document was served.

use chrono::{Days, Months, NaiveDate};
use serde::Deserialize;

use super::{FILE, ServedDocument};
use crate::calendar::Calendar;

/// A period that begins with service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRule {
    /// Code.
    pub code: String,
    /// What may be done until then, in Chinese.
    pub name: String,
    /// From which documents it runs.
    pub documents: Vec<ServedDocument>,
    /// Length in days.
    #[serde(default)]
    pub days: Option<u64>,
    /// Length in months.
    #[serde(default)]
    pub months: Option<u32>,
    /// Article.
    pub source: String,
}

/// A period with its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Code.
    pub code: &'static str,
    /// What may be done until then.
    pub name: &'static str,
    /// The last day.
    pub last_day: NaiveDate,
    /// Article.
    pub source: &'static str,
}

/// The periods that run from a document served on that day. The day itself is not counted; a
/// period of months ends on the day of the same number, or on the last of the month; a last day
/// that is a holiday moves to the next working day (民法典第二百零一条至第二百零三条;
/// 民事诉讼法第八十五条, to which 行政复议法第八十八条 and 行政诉讼法第一百零一条 refer).
#[must_use]
pub fn deadlines(
    document: ServedDocument,
    served_on: NaiveDate,
    calendar: &Calendar,
) -> Vec<Deadline> {
    FILE.deadline
        .iter()
        .filter(|d| d.documents.contains(&document))
        .map(|d| {
            let last = served_on
                .checked_add_months(Months::new(d.months.unwrap_or(0)))
                .and_then(|day| day.checked_add_days(Days::new(d.days.unwrap_or(0))))
                .unwrap_or(NaiveDate::MAX);
            Deadline {
                code: &d.code,
                name: &d.name,
                last_day: calendar.due(last, 0),
                source: &d.source,
            }
        })
        .collect()
}
