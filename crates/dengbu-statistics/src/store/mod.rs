//! All SQL of the room, on the tenant's transaction: row level security keeps every statement to
//! the counties in scope, and the filter to the authorities the asker may count.
//!
//! Statements are put together from fixed texts of this module; what is asked for is always bound.

mod figures;
mod open;
mod reminders;
mod work;

use std::collections::BTreeMap;

use dengbu_cases::days;
use dengbu_law::calendar::Calendar;
use dengbu_store::TenantTx;
use serde_json::Value;

#[doc(hidden)]
pub use figures::plan;
pub use figures::{by, total, trend};
pub use open::{heaps, watched};
pub use reminders::{Reminder, mine, remind, urge};
pub use work::{Person, work};

use crate::StatisticsError;
use crate::dimension::Filter;
use crate::period::Period;

/// What is counted: when and which cases, with the calendars of their authorities.
#[derive(Debug)]
pub struct Asked {
    /// From when to when.
    pub period: Period,
    /// Which cases.
    pub filter: Filter,
    /// Calendar of each authority counted.
    pub calendars: BTreeMap<String, Calendar>,
}

/// The calendars of these authorities.
///
/// # Errors
/// A database error.
pub async fn calendars(
    tx: &mut TenantTx,
    authorities: &[String],
) -> Result<BTreeMap<String, Calendar>, StatisticsError> {
    let mut all = BTreeMap::new();
    for authority in authorities {
        let calendar = days::calendar(tx, authority).await?;
        all.insert(authority.clone(), calendar);
    }
    Ok(all)
}

/// The settings of these authorities.
async fn settings(
    tx: &mut TenantTx,
    authorities: &[String],
) -> Result<BTreeMap<String, Value>, StatisticsError> {
    let rows: Vec<(String, Value)> =
        sqlx::query_as("select authority, settings from authority where authority = any($1)")
            .bind(authorities)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().collect())
}

/// The day in Asia/Shanghai of a moment; a fixed offset, as in `dengbu_model::time`.
macro_rules! day {
    ($moment:literal) => {
        concat!("(", $moment, " at time zone interval '8 hours')::date")
    };
}
pub(crate) use day;

/// The working-day table as one row for each authority: first day, numbers of the days in order.
/// `w.n[day - w.first + 1]` is then a day's number; joining a row for each day instead, the
/// planner, who cannot know how long the arrays are, goes through all of them for each case.
macro_rules! working {
    ($authorities:literal, $days:literal, $numbers:literal) => {
        concat!(
            "working (authority, first, n) as materialized (
                select t.authority, min(t.day), array_agg(t.n order by t.day)
                from unnest(",
            $authorities,
            "::text[], ",
            $days,
            "::date[], ",
            $numbers,
            "::int[]) as t (authority, day, n) group by t.authority)"
        )
    };
}
pub(crate) use working;

/// The number of a moment's day in the table `w`.
macro_rules! number {
    ($moment:literal) => {
        concat!("w.n[", $crate::store::day!($moment), " - w.first + 1]")
    };
}
pub(crate) use number;
