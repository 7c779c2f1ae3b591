//! The figures of the day (今日概况) over all cases in scope.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use dengbu_law::flow::{Move, Step};
use dengbu_model::time::shanghai;
use dengbu_store::TenantTx;

use crate::CaseError;

/// The figures of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Cases begun that day.
    pub begun: i64,
    /// Cases accepted for the first time that day (受理).
    pub accepted: i64,
    /// Cases recorded that day (登簿).
    pub recorded: i64,
    /// Cases whose result was handed over that day (发证).
    pub delivered: i64,
    /// Cases not yet recorded whose committed limit ended before that day (超期); a clock that stands
    /// is not over.
    pub overdue: i64,
    /// Cases not yet recorded whose committed limit ends that day.
    pub due_today: i64,
    /// Open cases by the step they wait at, in the order of the steps; drafts wait at
    /// acceptance.
    pub waiting: Vec<(Step, i64)>,
}

#[derive(sqlx::FromRow)]
struct Figures {
    begun: i64,
    accepted: i64,
    recorded: i64,
    overdue: i64,
    due_today: i64,
}

/// The figures of a day in Asia/Shanghai.
///
/// # Errors
/// A database error.
pub async fn of_day(tx: &mut TenantTx, day: NaiveDate) -> Result<Board, CaseError> {
    let from = midnight(day);
    let to = midnight(day.checked_add_days(Days::new(1)).unwrap_or(day));
    // row security keeps this to the caller's counties
    let figures: Figures = sqlx::query_as(
        "select (select count(*) from registration_case where created_at >= $1 and created_at < $2) as begun,
                (select count(*) from registration_case where accepted_at >= $1 and accepted_at < $2) as accepted,
                (select count(*) from registration_case where recorded_at >= $1 and recorded_at < $2) as recorded,
                (select count(*) from registration_case where closed_at is null and recorded_at is null and paused_at is null and due_on < $3) as overdue,
                (select count(*) from registration_case where closed_at is null and recorded_at is null and paused_at is null and due_on = $3) as due_today",
    )
    .bind(from)
    .bind(to)
    .bind(day)
    .fetch_one(tx.conn())
    .await?;
    let delivered: i64 = sqlx::query_scalar(
        "select count(*) from case_event where action = $3 and at >= $1 and at < $2",
    )
    .bind(from)
    .bind(to)
    .bind(Move::Deliver.code())
    .fetch_one(tx.conn())
    .await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select step, count(*) from registration_case where closed_at is null group by step",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Board {
        begun: figures.begun,
        accepted: figures.accepted,
        recorded: figures.recorded,
        delivered,
        overdue: figures.overdue,
        due_today: figures.due_today,
        waiting: Step::ALL
            .into_iter()
            .map(|s| {
                let found = rows.iter().find(|(code, _)| code == s.code());
                (s, found.map_or(0, |(_, n)| *n))
            })
            .collect(),
    })
}

/// When a day begins in Asia/Shanghai.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    local
        .and_local_timezone(shanghai())
        .single()
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::midnight;

    #[test]
    fn a_day_begins_at_four_in_the_afternoon_before_in_utc() {
        let day = "2026-11-23".parse().unwrap();
        assert_eq!(midnight(day).to_rfc3339(), "2026-11-22T16:00:00+00:00");
    }
}
