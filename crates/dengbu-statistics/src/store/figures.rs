//! Counting what happened in a period. Four statements, each over an index that holds all it
//! needs (migration 0031): accepted, recorded, delivered, ended without an entry.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_law::catalogue;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::{AssertSqlSafe, Postgres};

use super::{Asked, day, number, working};
use crate::StatisticsError;
use crate::days::WorkingDays;
use crate::dimension::{Dimension, ONLINE};
use crate::figures::{Figures, Used};
use crate::period::Grain;

/// What a row of the answer stands for.
#[derive(Clone, Copy)]
enum Key {
    Total,
    Trend(Grain),
    By(Dimension),
}

/// Key columns of a case `c`; `at` is the moment that counts.
fn key(key: Key, at: &str) -> (String, &'static str) {
    let day = format!("({at} at time zone interval '8 hours')");
    match key {
        Key::Total => ("''".to_owned(), "''"),
        Key::Trend(Grain::Day) => (format!("to_char({day}, 'YYYY-MM-DD')"), "''"),
        Key::Trend(Grain::Month) => (format!("to_char({day}, 'YYYY-MM')"), "''"),
        Key::By(Dimension::Business) => ("c.business".to_owned(), "''"),
        Key::By(Dimension::Family) => ("coalesce(f.family, '')".to_owned(), "''"),
        Key::By(Dimension::Office) => ("coalesce(c.office_id, '')".to_owned(), "''"),
        Key::By(Dimension::Authority) => ("c.authority".to_owned(), "''"),
        Key::By(Dimension::County) => ("c.county".to_owned(), "''"),
        Key::By(Dimension::Source) => ("c.source".to_owned(), "''"),
        Key::By(Dimension::Place) => ("coalesce(c.office_id, '')".to_owned(), "c.county"),
        Key::By(Dimension::Taker) => (
            "coalesce(c.office_authority, c.authority)".to_owned(),
            "c.authority",
        ),
    }
}

/// Begins each statement: the families of the catalogue as a table, joined by [`family`] where
/// they are asked for. $1 and $2: begin and end of the period, $3 to $7: the filter.
const FAMILY: &str =
    "with family (code, family) as materialized (select * from unnest($8::text[], $9::text[]))";

/// A join, not a subquery: that one would go through the whole catalogue for each case.
fn family(key: Key) -> &'static str {
    match key {
        Key::By(Dimension::Family) => "left join family f on f.code = c.business",
        _ => "",
    }
}

fn filter(asked: &Asked) -> String {
    format!(
        "{} and ($4::text is null or c.county = $4)
     and ($5::text is null or c.office_id = $5) and ($6::text[] is null or c.business = any($6))
     and ($7::text is null or c.source = $7)",
        asked.filter.side.condition("$3")
    )
}

/// Binds $1 to $9.
fn asking<O>(sql: String, asked: &Asked) -> QueryAs<'static, Postgres, O, PgArguments>
where
    O: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
{
    let all = catalogue::all();
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(asked.period.begins())
        .bind(asked.period.ends())
        .bind(asked.filter.authorities.clone())
        .bind(asked.filter.county.clone())
        .bind(asked.filter.office.clone())
        .bind(asked.filter.businesses())
        .bind(asked.filter.source.clone())
        .bind(all.iter().map(|b| b.code.clone()).collect::<Vec<_>>())
        .bind(all.iter().map(|b| b.family.clone()).collect::<Vec<_>>())
}

type Found = BTreeMap<(String, String), Figures>;

/// All together.
///
/// # Errors
/// A database error.
pub async fn total(tx: &mut TenantTx, asked: &Asked) -> Result<Figures, StatisticsError> {
    let mut found = count(tx, asked, Key::Total).await?;
    Ok(found.pop_first().map(|(_, f)| f).unwrap_or_default())
}

/// Each day or month of the period, those on which nothing happened too.
///
/// # Errors
/// A database error.
pub async fn trend(
    tx: &mut TenantTx,
    asked: &Asked,
) -> Result<Vec<(String, Figures)>, StatisticsError> {
    let grain = asked.period.grain();
    let mut found = count(tx, asked, Key::Trend(grain)).await?;
    Ok(asked
        .period
        .keys(grain)
        .into_iter()
        .map(|key| {
            let figures = found.remove(&(key.clone(), String::new()));
            (key, figures.unwrap_or_default())
        })
        .collect())
}

/// A breakdown: codes of each row (two for [`Dimension::Place`]) and its figures.
///
/// # Errors
/// A database error.
pub async fn by(
    tx: &mut TenantTx,
    asked: &Asked,
    dimension: Dimension,
) -> Result<Vec<(Vec<String>, Figures)>, StatisticsError> {
    let found = count(tx, asked, Key::By(dimension)).await?;
    let two = dimension.columns_zh().len() == 2;
    Ok(found
        .into_iter()
        .map(|((one, other), f)| (if two { vec![one, other] } else { vec![one] }, f))
        .collect())
}

async fn count(tx: &mut TenantTx, asked: &Asked, by: Key) -> Result<Found, StatisticsError> {
    // percentiles sort all cases of the period, in memory rather than on disk; compiling the
    // statements takes longer than it saves
    sqlx::query("select set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
        .execute(tx.conn())
        .await?;
    let mut found = Found::new();
    accepted(tx, asked, by, &mut found).await?;
    recorded(tx, asked, by, &mut found).await?;
    delivered(tx, asked, by, &mut found).await?;
    ended(tx, asked, by, &mut found).await?;
    Ok(found)
}

async fn accepted(
    tx: &mut TenantTx,
    asked: &Asked,
    by: Key,
    found: &mut Found,
) -> Result<(), StatisticsError> {
    let (one, other) = key(by, "c.accepted_at");
    let filter = filter(asked);
    let family = family(by);
    let sql = format!(
        "{FAMILY} select {one}, {other}, count(*), count(*) filter (where c.source = any($10))
         from registration_case c {family}
         where c.accepted_at >= $1 and c.accepted_at < $2 and {filter} group by 1, 2"
    );
    let rows: Vec<(String, String, i64, i64)> = asking(sql, asked)
        .bind(ONLINE.map(str::to_owned).to_vec())
        .fetch_all(tx.conn())
        .await?;
    for (one, other, accepted, online) in rows {
        let f = found.entry((one, other)).or_default();
        (f.accepted, f.online) = (accepted, online);
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Recorded {
    one: String,
    other: String,
    recorded: i64,
    automatic: i64,
    on_time: i64,
    corrected: i64,
    days: Vec<i32>,
    minutes: Vec<i64>,
}

/// Pauses of cases recorded in the period. $11 to $13: working days; $14: no pause can be earlier.
/// The limit itself has moved with them already (`dengbu_cases::clock`).
const PAUSED: &str = concat!(
    working!("$11", "$12", "$13"),
    ", paused as materialized (
        select p.county, p.case_no,
               sum(extract(epoch from p.ended_at - p.began_at))::bigint as seconds,
               sum(",
    number!("p.ended_at"),
    " - ",
    number!("p.began_at"),
    ")::int as days,
               bool_or(p.kind = 'correction') as corrected
        from case_pause p
        join registration_case c on c.county = p.county and c.case_no = p.case_no
        join working w on w.authority = c.authority
        where p.ended_at is not null and p.began_at >= $14 and p.began_at < $2
            and c.recorded_at >= $1 and c.recorded_at < $2
        group by p.county, p.case_no),
     decided as materialized (
        select e.county, e.case_no from case_event e
        where e.action = 'auto_decide' and e.at >= $1 and e.at < $2)"
);

async fn recorded(
    tx: &mut TenantTx,
    asked: &Asked,
    by: Key,
    found: &mut Found,
) -> Result<(), StatisticsError> {
    let Some(earliest) = earliest(tx, asked).await? else {
        return Ok(());
    };
    let rows: Vec<Recorded> = asking_recorded(recorded_sql(asked, by), asked, earliest)
        .fetch_all(tx.conn())
        .await?;
    for r in rows {
        let f = found.entry((r.one, r.other)).or_default();
        f.recorded = r.recorded;
        f.automatic = r.automatic;
        f.on_time = r.on_time;
        f.corrected = r.corrected;
        if let ([days_median, days_p90], [minutes_median, minutes_p90]) =
            (r.days.as_slice(), r.minutes.as_slice())
        {
            f.used = Some(Used {
                days_median: *days_median,
                days_p90: *days_p90,
                minutes_median: *minutes_median,
                minutes_p90: *minutes_p90,
            });
        }
    }
    Ok(())
}

fn recorded_sql(asked: &Asked, by: Key) -> String {
    let filter = filter(asked);
    let (one, other) = key(by, "c.recorded_at");
    let family = family(by);
    let done = day!("c.recorded_at");
    let (begun_n, done_n) = (number!("c.accepted_at"), number!("c.recorded_at"));
    format!(
        "{FAMILY}, {PAUSED}
         select one, other, count(*) as recorded, count(*) filter (where automatic) as automatic,
                count(*) filter (where on_time) as on_time, count(*) filter (where corrected) as corrected,
                percentile_disc(array[0.5, 0.9]) within group (order by days) as days,
                percentile_disc(array[0.5, 0.9]) within group (order by minutes) as minutes
         from (
            select {one} as one, {other} as other, d.case_no is not null as automatic,
                   coalesce(p.corrected, false) as corrected,
                   coalesce({done} <= c.due_on, false) as on_time,
                   greatest({done_n} - {begun_n} - coalesce(p.days, 0), 0) as days,
                   greatest((extract(epoch from c.recorded_at - c.accepted_at)::bigint - coalesce(p.seconds, 0)) / 60, 0)
                       as minutes
            from registration_case c
            join working w on w.authority = c.authority {family}
            left join paused p on p.county = c.county and p.case_no = c.case_no
            left join decided d on d.county = c.county and d.case_no = c.case_no
            where c.recorded_at >= $1 and c.recorded_at < $2 and {filter} and $10::text[] is not null
         ) t group by one, other"
    )
}

/// Binds $1 to $14.
fn asking_recorded<O>(
    sql: String,
    asked: &Asked,
    earliest: DateTime<Utc>,
) -> QueryAs<'static, Postgres, O, PgArguments>
where
    O: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
{
    let days = WorkingDays::new(
        &asked.calendars,
        date_in_shanghai(earliest),
        asked.period.to(),
    );
    asking(sql, asked)
        .bind(ONLINE.map(str::to_owned).to_vec())
        .bind(days.authorities)
        .bind(days.days)
        .bind(days.numbers)
        .bind(earliest)
}

/// How the database counts what was recorded, with times: the widest statement, for measuring.
///
/// # Errors
/// A database error.
#[doc(hidden)]
pub async fn plan(
    tx: &mut TenantTx,
    asked: &Asked,
    dimension: Dimension,
) -> Result<String, StatisticsError> {
    let Some(earliest) = earliest(tx, asked).await? else {
        return Ok(String::new());
    };
    let sql = format!(
        "explain (analyze, costs off, buffers) {}",
        recorded_sql(asked, Key::By(dimension))
    );
    let lines: Vec<(String,)> = asking_recorded(sql, asked, earliest)
        .fetch_all(tx.conn())
        .await?;
    Ok(lines.into_iter().map(|(l,)| l + "\n").collect())
}

/// When the first of the cases recorded in the period was accepted: working days are counted
/// from there.
async fn earliest(
    tx: &mut TenantTx,
    asked: &Asked,
) -> Result<Option<DateTime<Utc>>, StatisticsError> {
    let sql = format!(
        "select min(c.accepted_at) from registration_case c
         where c.recorded_at >= $1 and c.recorded_at < $2 and {}",
        asked.filter.side.condition("$3")
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(asked.period.begins())
        .bind(asked.period.ends())
        .bind(&asked.filter.authorities)
        .fetch_one(tx.conn())
        .await?)
}

async fn delivered(
    tx: &mut TenantTx,
    asked: &Asked,
    by: Key,
    found: &mut Found,
) -> Result<(), StatisticsError> {
    let (one, other) = key(by, "e.at");
    let filter = filter(asked);
    let family = family(by);
    // what is handed over was recorded before: said here so that an index holds all that is asked
    let sql = format!(
        "{FAMILY} select {one}, {other}, count(*)
         from case_event e join registration_case c on c.county = e.county and c.case_no = e.case_no {family}
         where e.action = 'deliver' and e.at >= $1 and e.at < $2 and c.recorded_at < $2 and {filter} group by 1, 2"
    );
    let rows: Vec<(String, String, i64)> = asking(sql, asked).fetch_all(tx.conn()).await?;
    for (one, other, delivered) in rows {
        found.entry((one, other)).or_default().delivered = delivered;
    }
    Ok(())
}

async fn ended(
    tx: &mut TenantTx,
    asked: &Asked,
    by: Key,
    found: &mut Found,
) -> Result<(), StatisticsError> {
    let (one, other) = key(by, "c.closed_at");
    let filter = filter(asked);
    let family = family(by);
    let sql = format!(
        "{FAMILY} select {one}, {other}, count(*) filter (where c.state = 'not_accepted'),
                count(*) filter (where c.state = 'refused'), count(*) filter (where c.state = 'withdrawn')
         from registration_case c {family}
         where c.state in ('not_accepted', 'refused', 'withdrawn')
               and c.closed_at >= $1 and c.closed_at < $2 and {filter} group by 1, 2"
    );
    let rows: Vec<(String, String, i64, i64, i64)> =
        asking(sql, asked).fetch_all(tx.conn()).await?;
    for (one, other, not_accepted, refused, withdrawn) in rows {
        let f = found.entry((one, other)).or_default();
        (f.not_accepted, f.refused, f.withdrawn) = (not_accepted, refused, withdrawn);
    }
    Ok(())
}
