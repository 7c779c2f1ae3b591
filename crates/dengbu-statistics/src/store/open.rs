//! Open cases: how many wait where, and those with a limit to keep.

use chrono::NaiveDate;
use dengbu_store::TenantTx;

use super::{calendars, day, settings};
use crate::StatisticsError;
use crate::backlog::Heap;
use crate::board::{OpenCase, Reckoning, Watched};
use crate::dimension::Filter;

fn condition(filter: &Filter) -> String {
    format!(
        "{} and ($2::text is null or c.county = $2)
     and ($3::text is null or c.office_id = $3) and ($4::text[] is null or c.business = any($4))
     and ($5::text is null or c.source = $5)",
        filter.side.condition("$1")
    )
}

/// Accepted cases that are not over, heaped by step and day of acceptance.
///
/// # Errors
/// A database error.
pub async fn heaps(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Heap>, StatisticsError> {
    let accepted_on = day!("c.accepted_at");
    let condition = condition(filter);
    let sql = format!(
        "select c.authority, c.step, {accepted_on} as accepted_on, count(*) as cases
         from registration_case c
         where c.closed_at is null and c.accepted_at is not null and {condition}
         group by 1, 2, 3 order by 1, 2, 3"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&filter.authorities)
        .bind(&filter.county)
        .bind(&filter.office)
        .bind(filter.businesses())
        .bind(&filter.source)
        .fetch_all(tx.conn())
        .await?)
}

/// Accepted cases not yet recorded and not over, with their lights today: those whose limit runs
/// (登记事项自记载于登记簿时完成登记: 不动产登记暂行条例第二十一条).
///
/// # Errors
/// A database error.
pub async fn watched(
    tx: &mut TenantTx,
    filter: Filter,
    today: NaiveDate,
) -> Result<Vec<Watched>, StatisticsError> {
    let calendars = calendars(tx, filter.lands()).await?;
    let settings = settings(tx, filter.lands()).await?;
    let open = open_cases(tx, &filter).await?;
    let reckoning = Reckoning {
        calendars: &calendars,
        settings: &settings,
        today,
    };
    Ok(open.into_iter().map(|c| reckoning.watch(c)).collect())
}

async fn open_cases(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<OpenCase>, StatisticsError> {
    let condition = condition(filter);
    let sql = format!(
        "select c.case_no, c.county, c.authority, c.business, c.state, c.step, c.address, c.office_id,
                c.taken_by_name, c.assignee, c.assignee_name, c.accepted_at, c.arrived_at, c.due_on, c.paused_at,
                (select max(r.made_at) from case_reminder r where r.county = c.county
                     and r.case_no = c.case_no and r.step = c.step) as reminded_at
         from registration_case c
         where c.closed_at is null and c.recorded_at is null and c.accepted_at is not null and {condition}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&filter.authorities)
        .bind(&filter.county)
        .bind(&filter.office)
        .bind(filter.businesses())
        .bind(&filter.source)
        .fetch_all(tx.conn())
        .await?)
}
