//! Work to be done later (table `job`): timers, reminders, sealing; at least once, with retries.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::outbox::back_off;
use crate::store::{StoreError, TenantTx};

/// A job to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob<'a> {
    /// County (or authority) the job is about.
    pub county: &'a str,
    /// What is to be done; workers claim by kind.
    pub kind: &'a str,
    /// While a job of this kind and key waits or runs, a second one is not queued.
    pub dedupe_key: Option<&'a str>,
    /// Its data.
    pub payload: &'a Value,
    /// Not before this instant.
    pub run_at: DateTime<Utc>,
}

/// A job claimed for work.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Job {
    /// County (or authority) the job is about.
    pub county: String,
    /// Its key.
    pub id: Uuid,
    /// What is to be done.
    pub kind: String,
    /// Its data.
    pub payload: Value,
    /// Tries so far, this one included.
    pub attempts: i32,
    /// After so many failed tries the job is dead and an operator must look.
    pub attempts_max: i32,
}

/// What became of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It runs again at this instant.
    Again(DateTime<Utc>),
    /// It was tried often enough.
    Dead,
}

/// Queues a job within the transaction; `None` when one of its kind and key is queued already.
pub async fn insert(tx: &mut TenantTx, job: &NewJob<'_>) -> Result<Option<Uuid>, StoreError> {
    tx.require(job.county)?;
    let id = Uuid::now_v7();
    let inserted = sqlx::query(
        "insert into job (county, id, kind, dedupe_key, payload, run_at, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (county, kind, dedupe_key) \
             where state = 'ready' and dedupe_key is not null do nothing",
    )
    .bind(job.county)
    .bind(id)
    .bind(job.kind)
    .bind(job.dedupe_key)
    .bind(job.payload)
    .bind(job.run_at)
    .bind(Utc::now())
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok((inserted == 1).then_some(id))
}

/// Takes up to `limit` jobs of `kinds` due at `now`, oldest first; nobody else gets them for
/// `lease`, after which a job whose worker died is given out again. Commit before working.
pub async fn claim(
    tx: &mut TenantTx,
    kinds: &[&str],
    limit: i64,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Job>, StoreError> {
    let counties = tx.scope().codes().to_vec();
    let mut jobs: Vec<Job> = sqlx::query_as(
        "with due as ( \
             select county, id from job \
             where county = any ($1) and kind = any ($2) and state = 'ready' \
               and run_at <= $3 and (locked_until is null or locked_until <= $3) \
             order by run_at, id limit $4 for update skip locked) \
         update job j set locked_until = $5, attempts = j.attempts + 1 \
         from due where j.county = due.county and j.id = due.id \
         returning j.county, j.id, j.kind, j.payload, j.attempts, j.attempts_max",
    )
    .bind(&counties)
    .bind(kinds)
    .bind(now)
    .bind(limit)
    .bind(now + lease)
    .fetch_all(tx.conn())
    .await?;
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// Notes that a job is done; do it in the transaction of the job's own work.
pub async fn complete(tx: &mut TenantTx, job: &Job, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update job set state = 'done', finished_at = $3, locked_until = null, last_error = null \
         where county = $1 and id = $2",
    )
    .bind(&job.county)
    .bind(job.id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a job failed: it runs again after a pause that doubles, or is dead.
pub async fn fail(
    tx: &mut TenantTx,
    job: &Job,
    error: &str,
    now: DateTime<Utc>,
) -> Result<Failure, StoreError> {
    let failure = if job.attempts >= job.attempts_max {
        Failure::Dead
    } else {
        Failure::Again(now + back_off(job.attempts))
    };
    let (state, run_at, finished_at) = match failure {
        Failure::Again(at) => ("ready", Some(at), None),
        Failure::Dead => ("dead", None, Some(now)),
    };
    sqlx::query(
        "update job set state = $3, run_at = coalesce($4, run_at), finished_at = $5, \
                locked_until = null, last_error = $6 \
         where county = $1 and id = $2",
    )
    .bind(&job.county)
    .bind(job.id)
    .bind(state)
    .bind(run_at)
    .bind(finished_at)
    .bind(error)
    .execute(tx.conn())
    .await?;
    Ok(failure)
}

/// Keeps a claimed job for its worker until `until`; for work that takes longer than its lease.
pub async fn extend(tx: &mut TenantTx, job: &Job, until: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query(
        "update job set locked_until = $3 where county = $1 and id = $2 and state = 'ready'",
    )
    .bind(&job.county)
    .bind(job.id)
    .bind(until)
    .execute(tx.conn())
    .await?;
    Ok(())
}
