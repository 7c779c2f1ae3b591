//! Open cases: how many wait where, and those with a limit to keep.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_law::calendar::Calendar;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;

use super::{calendars, day, number, settings, working};
use crate::StatisticsError;
use crate::backlog::Heap;
use crate::board::{OpenCase, Reckoning, Watched};
use crate::days::WorkingDays;
use crate::dimension::Filter;

const FILTER: &str = "c.authority = any($1) and ($2::text is null or c.county = $2)
     and ($3::text is null or c.office_id = $3) and ($4::text[] is null or c.business = any($4))
     and ($5::text is null or c.source = $5)";

/// Accepted cases that are not over, heaped by step and day of acceptance.
///
/// # Errors
/// A database error.
pub async fn heaps(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Heap>, StatisticsError> {
    let accepted_on = day!("c.accepted_at");
    let sql = format!(
        "select c.authority, c.step, {accepted_on} as accepted_on, count(*) as cases
         from registration_case c
         where c.closed_at is null and c.accepted_at is not null and {FILTER}
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
    let calendars = calendars(tx, &filter.authorities).await?;
    let settings = settings(tx, &filter.authorities).await?;
    let open = open_cases(tx, &filter, &calendars, today).await?;
    let reckoning = Reckoning {
        calendars: &calendars,
        settings: &settings,
        today,
    };
    Ok(open.into_iter().map(|c| reckoning.watch(c)).collect())
}

async fn open_cases(
    tx: &mut TenantTx,
    filter: &Filter,
    calendars: &BTreeMap<String, Calendar>,
    today: NaiveDate,
) -> Result<Vec<OpenCase>, StatisticsError> {
    let oldest: Option<chrono::DateTime<chrono::Utc>> = sqlx::query_scalar(
        "select min(c.accepted_at) from registration_case c
         where c.closed_at is null and c.recorded_at is null and c.authority = any($1)",
    )
    .bind(&filter.authorities)
    .fetch_one(tx.conn())
    .await?;
    let Some(oldest) = oldest else {
        return Ok(Vec::new());
    };
    let days = WorkingDays::new(calendars, date_in_shanghai(oldest), today);
    let working = working!("$6", "$7", "$8");
    let (from, to) = (number!("e.at"), number!("z.at"));
    let sql = format!(
        "with {working},
         noticed as materialized (
            select e.county, e.case_no, sum({to} - {from})::int as days
            from case_event e
            join registration_case c on c.county = e.county and c.case_no = e.case_no
            cross join lateral (select n.at from case_event n where n.county = e.county and n.case_no = e.case_no
                and n.seq > e.seq order by n.seq limit 1) z
            join working w on w.authority = c.authority
            where (e.to_state = 'correction' or e.to_step = 'notice') and e.to_step = 'notice' and e.at >= $9
                  and e.at >= c.clock_start and c.closed_at is null and c.recorded_at is null
            group by e.county, e.case_no)
         select c.case_no, c.county, c.authority, c.business, c.state, c.step, c.address, c.office_id,
                c.taken_by_name, c.assignee, c.assignee_name, c.accepted_at, c.arrived_at, c.due_on,
                coalesce(p.days, 0) as paused_days,
                (select max(r.made_at) from case_reminder r where r.county = c.county
                     and r.case_no = c.case_no and r.step = c.step) as reminded_at
         from registration_case c left join noticed p on p.county = c.county and p.case_no = c.case_no
         where c.closed_at is null and c.recorded_at is null and c.accepted_at is not null and {FILTER}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&filter.authorities)
        .bind(&filter.county)
        .bind(&filter.office)
        .bind(filter.businesses())
        .bind(&filter.source)
        .bind(days.authorities)
        .bind(days.days)
        .bind(days.numbers)
        .bind(oldest)
        .fetch_all(tx.conn())
        .await?)
}
