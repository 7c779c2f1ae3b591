//! The routes, one module per noun.

pub mod actions;
pub mod automatic;
pub mod blank_layouts;
pub mod board;
pub mod buildings;
pub mod case_units;
pub mod cases;
pub mod cashier;
pub mod certificate_print;
pub mod certificates;
pub mod channels;
pub mod distribution;
pub mod ecert;
pub mod estimates;
pub mod fees;
pub mod hands;
pub mod intake_batches;
pub mod intake_mapping;
pub mod intake_report;
pub mod intake_runs;
pub mod intake_sources;
pub mod joint;
pub mod materials;
pub mod notices;
pub mod offices;
pub mod old_papers;
pub mod operations;
pub mod papers;
pub mod payments;
pub mod promises;
pub mod reference;
pub mod register;
pub mod same_city;
pub mod search_log;
pub mod searches;
pub mod service;
pub mod session;
pub mod staff;
pub mod statistics;
pub mod stock;
pub mod supervision;
pub mod suspensions;
pub mod tenants;
pub mod tightening;
pub mod units;
pub mod void_notices;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// Rows.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// Whether a day is one that papers and the database can hold.
#[must_use]
pub fn plausible(day: NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

/// The moment that begins a cursor; none when it is no moment the database can hold.
#[must_use]
pub fn cursor_moment(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::from_timestamp_micros(text.parse().ok()?)?;
    plausible(at.date_naive()).then_some(at)
}

/// Rows of a page: 20 when not said, 100 at most.
#[must_use]
pub fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(20).clamp(1, 100)
}

/// Cuts the row too many that tells whether there is a next page.
pub fn page<T>(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(20);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(cursor);
    Page {
        items: rows,
        next_cursor,
    }
}
