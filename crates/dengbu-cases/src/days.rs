//! The working-day calendar of an authority.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use dengbu_law::calendar::{Calendar, CalendarDay, DayKind};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;

use crate::CaseError;

/// The calendar of an authority.
///
/// # Errors
/// A database error.
pub async fn calendar(tx: &mut TenantTx, authority: &str) -> Result<Calendar, CaseError> {
    let rows: Vec<(NaiveDate, String)> =
        sqlx::query_as("select day, kind from calendar_day where authority = $1")
            .bind(authority)
            .fetch_all(tx.conn())
            .await?;
    Ok(Calendar::new(rows.into_iter().map(|(day, kind)| {
        (
            day,
            if kind == "holiday" {
                DayKind::Holiday
            } else {
                DayKind::Workday
            },
        )
    })))
}

/// Puts days into the calendar of an authority, replacing what was there for them.
///
/// # Errors
/// A database error.
pub async fn put(
    tx: &mut TenantTx,
    authority: &str,
    days: &[CalendarDay],
) -> Result<(), CaseError> {
    sqlx::query(
        "insert into calendar_day (authority, day, kind, name)
         select $1, d, k, n from unnest($2::date[], $3::text[], $4::text[]) as t (d, k, n)
         on conflict (authority, day) do update set kind = excluded.kind, name = excluded.name",
    )
    .bind(authority)
    .bind(days.iter().map(|d| d.day).collect::<Vec<_>>())
    .bind(
        days.iter()
            .map(|d| {
                if d.kind == DayKind::Holiday {
                    "holiday"
                } else {
                    "workday"
                }
            })
            .collect::<Vec<_>>(),
    )
    .bind(days.iter().map(|d| d.name.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The exceptions of a year: day, `holiday` or `workday`, name.
///
/// # Errors
/// A database error.
pub async fn of_year(
    tx: &mut TenantTx,
    authority: &str,
    year: i32,
) -> Result<Vec<(NaiveDate, String, String)>, CaseError> {
    let rows: Vec<(NaiveDate, String, String)> = sqlx::query_as(
        "select day, kind, name from calendar_day where authority = $1 order by day",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter(|r| r.0.year() == year).collect())
}

/// The day on which a moment falls in Asia/Shanghai.
#[must_use]
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    date_in_shanghai(at)
}
