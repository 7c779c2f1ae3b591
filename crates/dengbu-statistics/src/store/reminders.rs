//! Reminders (督办提醒) by the clock and by a supervisor (催办).

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::Doing;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::{TenantTx, outbox};
use uuid::Uuid;

use super::watched;
use crate::StatisticsError;
use crate::board::Watched;
use crate::dimension::Filter;

/// Who reminds when nobody does.
const CLOCK: &str = "系统提醒";

/// A reminder of a case as shown to who is to act.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reminder {
    /// The case.
    pub case_no: String,
    /// `yellow`, `red`, `overdue` or `urged`.
    pub level: String,
    /// Business code.
    pub business: String,
    /// Step.
    pub step: String,
    /// Where the units lie.
    pub address: String,
    /// Last day of the limit.
    pub due_on: NaiveDate,
    /// What the supervisor says.
    pub note: Option<String>,
    /// Who reminds.
    pub made_by_name: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

struct New<'a> {
    level: &'a str,
    note: Option<&'a str>,
    made_by: Option<Uuid>,
    made_by_name: &'a str,
}

/// Reminds of an authority's cases near or past their limit, of each light once; gives how many
/// reminders were new.
///
/// # Errors
/// A database error.
pub async fn remind(
    tx: &mut TenantTx,
    authority: &str,
    now: DateTime<Utc>,
    ids: &(dyn Fn() -> Uuid + Sync),
) -> Result<usize, StatisticsError> {
    let filter = Filter {
        authorities: vec![authority.to_owned()],
        ..Filter::default()
    };
    let all = watched(tx, filter, date_in_shanghai(now)).await?;
    let mut made = 0;
    for watched in all.iter().filter(|w| w.level.urgent()) {
        let new = New {
            level: watched.level.code(),
            note: None,
            made_by: None,
            made_by_name: CLOCK,
        };
        made += usize::from(insert(tx, watched, &new, now, ids()).await?);
    }
    Ok(made)
}

/// A supervisor's reminder of these cases.
///
/// # Errors
/// A database error.
pub async fn urge(
    tx: &mut TenantTx,
    cases: &[Watched],
    note: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(), StatisticsError> {
    let new = New {
        level: "urged",
        note,
        made_by: Some(doing.staff_id),
        made_by_name: doing.name,
    };
    for watched in cases {
        insert(tx, watched, &new, doing.now, (doing.ids)()).await?;
    }
    Ok(())
}

async fn insert(
    tx: &mut TenantTx,
    watched: &Watched,
    new: &New<'_>,
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<bool, StatisticsError> {
    let case = &watched.case;
    let due_on = case
        .due_on
        .unwrap_or_else(|| date_in_shanghai(case.accepted_at));
    let done = sqlx::query(
        "insert into case_reminder (county, case_no, reminder_id, level, step, due_on, note, made_by, made_by_name, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (county, case_no, level, step, due_on) where made_by is null do nothing",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(id)
    .bind(new.level)
    .bind(&case.step)
    .bind(due_on)
    .bind(new.note)
    .bind(new.made_by)
    .bind(new.made_by_name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let made = done.rows_affected() == 1;
    if made {
        // for whoever sends messages to staff later on
        let message = serde_json::json!({
            "case_no": case.case_no, "level": new.level, "step": case.step, "assignee": case.assignee,
        });
        outbox::insert(tx, &case.county, "case.reminder", &case.case_no, &message).await?;
    }
    Ok(made)
}

/// The newest reminder of each case that waits for this person: claimed by them or by whom they stand
/// in for, or unclaimed at one of their steps. Reminders of steps that are past are past.
///
/// # Errors
/// A database error.
pub async fn mine(
    tx: &mut TenantTx,
    staff_id: Uuid,
    principals: &[Uuid],
    steps: &[String],
    limit: i64,
) -> Result<Vec<Reminder>, StatisticsError> {
    Ok(sqlx::query_as(
        "select * from (
            select distinct on (c.case_no) c.case_no, r.level, c.business, c.step, c.address, r.due_on,
                   r.note, r.made_by_name, r.made_at
            from registration_case c
            join case_reminder r on r.county = c.county and r.case_no = c.case_no and r.step = c.step
            where c.closed_at is null and c.recorded_at is null and c.paused_at is null
                  and (c.assignee = $1 or c.assignee = any($4) or (c.assignee is null and c.step = any($2)
                       and (c.step <> 'acceptance' or c.taken_by = $1)))
            order by c.case_no, r.made_at desc, r.reminder_id desc
         ) t order by made_at desc, case_no limit $3",
    )
    .bind(staff_id)
    .bind(steps)
    .bind(limit)
    .bind(principals)
    .fetch_all(tx.conn())
    .await?)
}
