//! The ledger of what was given out: exports and deliveries with their state, versions of data
//! sets, subscriptions, and who took which file.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_store::TenantTx;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::DistributionError;
use crate::export::Exported;
use crate::request::Request;
use crate::schedule::Schedule;

/// Days after which a file is thrown away; its line in the ledger stays.
pub const KEPT_DAYS: i64 = 30;
/// An export whose worker says nothing for so long is begun again by another.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Tries until an export is given up.
const TRIES_MAX: i32 = 3;

/// A new export or delivery.
#[derive(Debug, Clone)]
pub struct NewGiveOut<'a> {
    /// Authority that gives it out.
    pub authority: &'a str,
    /// Identity.
    pub id: Uuid,
    /// Name for people.
    pub title: &'a str,
    /// Why (用途).
    pub purpose: &'a str,
    /// What.
    pub request: &'a Request,
    /// The subscription it is a delivery of, and the moment it was due.
    pub subscription: Option<(Uuid, DateTime<Utc>)>,
    /// Note of the version it makes of each of its data sets; none: it makes none.
    pub version_note: Option<&'a str>,
    /// Who asked, as shown.
    pub asked_by: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

/// Enters an export; false when this delivery of the subscription is entered already.
///
/// # Errors
/// A database error.
pub async fn ask(tx: &mut TenantTx, new: &NewGiveOut<'_>) -> Result<bool, DistributionError> {
    let (subscription, due) = new.subscription.unzip();
    let done = sqlx::query(
        "insert into give_out (authority, give_out_id, subscription_id, due_at, title, purpose,
             request, version_note, state, asked_by, asked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $10)
         on conflict (authority, subscription_id, due_at) do nothing",
    )
    .bind(new.authority)
    .bind(new.id)
    .bind(subscription)
    .bind(due)
    .bind(new.title)
    .bind(new.purpose)
    .bind(stored(new.request)?)
    .bind(new.version_note)
    .bind(new.asked_by)
    .bind(new.at)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

fn stored(request: &Request) -> Result<Json, DistributionError> {
    serde_json::to_value(request).map_err(|e| DistributionError::Unreadable(e.to_string()))
}

/// An export as the ledger has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct GiveOut {
    /// Authority.
    pub authority: String,
    /// Identity.
    pub give_out_id: Uuid,
    /// Subscription it is a delivery of.
    pub subscription_id: Option<Uuid>,
    /// Name for people.
    pub title: String,
    /// Why.
    pub purpose: String,
    /// What ([`Request`]).
    pub request: Json,
    /// Note of the version it makes.
    pub version_note: Option<String>,
    /// `waiting`, `running`, `done`, `failed`, `stopped`, `expired`.
    pub state: String,
    /// Rows read.
    pub done: i64,
    /// Rows in all.
    pub total: i64,
    /// What it gave ([`Exported`]).
    pub result: Option<Json>,
    /// What went wrong, for people.
    pub error: Option<String>,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// When work on it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How often its file was taken.
    pub taken: i64,
}

impl GiveOut {
    /// The request.
    ///
    /// # Errors
    /// [`DistributionError::Unreadable`].
    pub fn request(&self) -> Result<Request, DistributionError> {
        serde_json::from_value(self.request.clone())
            .map_err(|e| DistributionError::Unreadable(e.to_string()))
    }

    /// What it gave.
    #[must_use]
    pub fn exported(&self) -> Option<Exported> {
        serde_json::from_value(self.result.clone()?).ok()
    }
}

const COLUMNS: &str =
    "g.authority, g.give_out_id, g.subscription_id, g.title, g.purpose, g.request,
    g.version_note, g.state, g.done, g.total, g.result, g.error, g.asked_by, g.asked_at,
    g.started_at, g.finished_at,
    (select count(*) from give_out_taken t
     where t.authority = g.authority and t.give_out_id = g.give_out_id) as taken";

/// Exports of these authorities, newest first, before a mark.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authorities: &[String],
    subscription: Option<Uuid>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<GiveOut>, DistributionError> {
    let (at, id) = before.unzip();
    let sql = format!(
        "select {COLUMNS} from give_out g
         where g.authority = any($1) and ($2::uuid is null or g.subscription_id = $2)
           and ($3::timestamptz is null or (g.asked_at, g.give_out_id) < ($3, $4))
         order by g.asked_at desc, g.give_out_id desc limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(subscription)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One export.
///
/// # Errors
/// A database error.
pub async fn find(
    tx: &mut TenantTx,
    authorities: &[String],
    id: Uuid,
) -> Result<Option<GiveOut>, DistributionError> {
    let sql = format!(
        "select {COLUMNS} from give_out g where g.authority = any($1) and g.give_out_id = $2"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// Takes the oldest export that waits, or whose worker died; nobody else gets it meanwhile.
///
/// # Errors
/// A database error.
pub async fn claim(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
) -> Result<Option<GiveOut>, DistributionError> {
    let authorities = tx.scope().codes().to_vec();
    sqlx::query(
        "update give_out set state = 'failed', finished_at = $2,
             error = '多次中断，没有完成，请重新导出'
         where authority = any($1) and state = 'running' and beat_at < $3 and tries >= $4",
    )
    .bind(&authorities)
    .bind(now)
    .bind(now - LEASE)
    .bind(TRIES_MAX)
    .execute(tx.conn())
    .await?;
    let sql = format!(
        "with next as (
             select authority, give_out_id from give_out
             where authority = any($1)
               and (state = 'waiting' or (state = 'running' and beat_at < $3))
             order by asked_at, give_out_id limit 1 for update skip locked),
         g as (
             update give_out g set state = 'running', started_at = $2, beat_at = $2, done = 0,
                 tries = g.tries + 1
             from next n where g.authority = n.authority and g.give_out_id = n.give_out_id
             returning g.*)
         select {COLUMNS} from g"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&authorities)
        .bind(now)
        .bind(now - LEASE)
        .fetch_optional(tx.conn())
        .await?)
}

/// Tells how far an export is; false when it is to stop.
///
/// # Errors
/// A database error.
pub async fn beat(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    (done, total): (u64, u64),
    now: DateTime<Utc>,
) -> Result<bool, DistributionError> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let going: Option<bool> = sqlx::query_scalar(
        "update give_out set done = $3, total = $4, beat_at = $5
         where authority = $1 and give_out_id = $2 and state = 'running'
         returning not stop_asked",
    )
    .bind(authority)
    .bind(id)
    .bind(number(done))
    .bind(number(total))
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(going.unwrap_or(false))
}

/// Asks an export to stop; false when it does not run or wait.
///
/// # Errors
/// A database error.
pub async fn stop(
    tx: &mut TenantTx,
    authorities: &[String],
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DistributionError> {
    let done = sqlx::query(
        "update give_out set stop_asked = true,
             state = case when state = 'waiting' then 'stopped' else state end,
             finished_at = case when state = 'waiting' then $3 else finished_at end
         where authority = any($1) and give_out_id = $2 and state in ('waiting', 'running')",
    )
    .bind(authorities)
    .bind(id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes how an export ended, and the versions it makes.
///
/// # Errors
/// A database error.
pub async fn finish(
    tx: &mut TenantTx,
    given: &GiveOut,
    ended: &Result<Exported, DistributionError>,
    now: DateTime<Utc>,
) -> Result<(), DistributionError> {
    let (state, result, error) = match ended {
        Ok(exported) => ("done", Some(json!(exported)), None),
        Err(DistributionError::Stopped) => ("stopped", None, None),
        Err(e) => ("failed", None, Some(e.to_string())),
    };
    sqlx::query(
        "update give_out set state = $3, result = $4, error = $5, finished_at = $6
         where authority = $1 and give_out_id = $2 and state = 'running'",
    )
    .bind(&given.authority)
    .bind(given.give_out_id)
    .bind(state)
    .bind(result)
    .bind(error)
    .bind(now)
    .execute(tx.conn())
    .await?;
    if let (Ok(exported), Some(note)) = (ended, &given.version_note) {
        for set in &exported.sets {
            let rows = i64::try_from(set.rows).unwrap_or(i64::MAX);
            sqlx::query(
                "insert into data_set_version (authority, data_set, version, give_out_id, as_of,
                     rows, sm3, note, made_by, made_at)
                 select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8, $9
                 from data_set_version where authority = $1 and data_set = $2
                 on conflict (authority, data_set, give_out_id) do nothing",
            )
            .bind(&given.authority)
            .bind(&set.code)
            .bind(given.give_out_id)
            .bind(exported.as_of)
            .bind(rows)
            .bind(&exported.sm3)
            .bind(note)
            .bind(&given.asked_by)
            .bind(now)
            .execute(tx.conn())
            .await?;
        }
    }
    Ok(())
}

/// Notes that somebody took the file.
///
/// # Errors
/// A database error.
pub async fn taken(
    tx: &mut TenantTx,
    given: &GiveOut,
    taken_id: Uuid,
    (by, address): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<(), DistributionError> {
    sqlx::query(
        "insert into give_out_taken (authority, taken_id, give_out_id, taken_by, address, taken_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&given.authority)
    .bind(taken_id)
    .bind(given.give_out_id)
    .bind(by)
    .bind(address)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks exports whose file has been kept long enough; gives their identities.
///
/// # Errors
/// A database error.
pub async fn expire(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
) -> Result<Vec<(String, Uuid)>, DistributionError> {
    let authorities = tx.scope().codes().to_vec();
    Ok(sqlx::query_as(
        "update give_out set state = 'expired'
         where authority = any($1) and state = 'done' and finished_at < $2
         returning authority, give_out_id",
    )
    .bind(authorities)
    .bind(now - TimeDelta::days(KEPT_DAYS))
    .fetch_all(tx.conn())
    .await?)
}

/// A version of a data set.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Version {
    /// Data set.
    pub data_set: String,
    /// Number, from 1.
    pub version: i32,
    /// Export it is in.
    pub give_out_id: Uuid,
    /// The register as it stood then.
    pub as_of: DateTime<Utc>,
    /// Rows.
    pub rows: i64,
    /// SM3 of the file.
    pub sm3: String,
    /// Note.
    pub note: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// Versions of an authority's data sets, newest first.
///
/// # Errors
/// A database error.
pub async fn versions(
    tx: &mut TenantTx,
    authority: &str,
) -> Result<Vec<Version>, DistributionError> {
    Ok(sqlx::query_as(
        "select data_set, version, give_out_id, as_of, rows, sm3, note, made_by, made_at
         from data_set_version where authority = $1
         order by data_set, version desc limit 1000",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}

/// A subscription (数据订阅).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Subscription {
    /// Authority.
    pub authority: String,
    /// Identity.
    pub subscription_id: Uuid,
    /// Who receives.
    pub receiver: String,
    /// Number of the agreement (数据共享协议).
    pub agreement_no: String,
    /// What it rests on.
    pub legal_basis: String,
    /// Why.
    pub purpose: String,
    /// What ([`Request`]).
    pub request: Json,
    /// When ([`Schedule`]).
    pub schedule: Json,
    /// True when each delivery holds only what changed since the last.
    pub increment: bool,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// `active`, `paused`, `ended`.
    pub state: String,
    /// When the next delivery is due.
    pub next_at: Option<DateTime<Utc>>,
    /// Moment of the register in the last delivery.
    pub last_as_of: Option<DateTime<Utc>>,
    /// Version for changes by several persons.
    pub version: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

const SUBSCRIPTION: &str =
    "authority, subscription_id, receiver, agreement_no, legal_basis, purpose,
    request, schedule, increment, starts_on, ends_on, state, next_at, last_as_of, version,
    created_by, created_at";

/// Enters a subscription. `key_hash`: SM3 of the receiver's key, which is shown once and not stored.
///
/// # Errors
/// A database error.
pub async fn subscribe(
    tx: &mut TenantTx,
    new: &Subscription,
    key_hash: &[u8],
) -> Result<(), DistributionError> {
    sqlx::query(
        "insert into data_subscription (authority, subscription_id, receiver, agreement_no,
             legal_basis, purpose, request, schedule, increment, starts_on, ends_on, state,
             next_at, version, created_by, created_at, key_hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16)",
    )
    .bind(&new.authority)
    .bind(new.subscription_id)
    .bind(&new.receiver)
    .bind(&new.agreement_no)
    .bind(&new.legal_basis)
    .bind(&new.purpose)
    .bind(&new.request)
    .bind(&new.schedule)
    .bind(new.increment)
    .bind(new.starts_on)
    .bind(new.ends_on)
    .bind(&new.state)
    .bind(new.next_at)
    .bind(&new.created_by)
    .bind(new.created_at)
    .bind(key_hash)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Subscriptions of these authorities.
///
/// # Errors
/// A database error.
pub async fn subscriptions(
    tx: &mut TenantTx,
    authorities: &[String],
) -> Result<Vec<Subscription>, DistributionError> {
    let sql = format!(
        "select {SUBSCRIPTION} from data_subscription where authority = any($1)
         order by state, receiver, created_at limit 1000"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .fetch_all(tx.conn())
        .await?)
}

/// One subscription.
///
/// # Errors
/// A database error.
pub async fn subscription(
    tx: &mut TenantTx,
    authorities: &[String],
    id: Uuid,
) -> Result<Option<Subscription>, DistributionError> {
    let sql = format!(
        "select {SUBSCRIPTION} from data_subscription
         where authority = any($1) and subscription_id = $2"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// The subscription a receiver's key belongs to, if it is one and not ended.
///
/// # Errors
/// A database error.
pub async fn by_key(
    tx: &mut TenantTx,
    key_hash: &[u8],
) -> Result<Option<Subscription>, DistributionError> {
    let authorities = tx.scope().codes().to_vec();
    let sql = format!(
        "select {SUBSCRIPTION} from data_subscription
         where authority = any($1) and key_hash = $2 and state <> 'ended'"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(key_hash)
        .fetch_optional(tx.conn())
        .await?)
}

/// Sets a subscription's state; false when it was changed meanwhile or has ended.
///
/// # Errors
/// A database error.
pub async fn set_state(
    tx: &mut TenantTx,
    subscription: &Subscription,
    state: &str,
    next_at: Option<DateTime<Utc>>,
) -> Result<bool, DistributionError> {
    let done = sqlx::query(
        "update data_subscription set state = $3, next_at = $4, version = version + 1
         where authority = $1 and subscription_id = $2 and version = $5 and state <> 'ended'",
    )
    .bind(&subscription.authority)
    .bind(subscription.subscription_id)
    .bind(state)
    .bind(next_at)
    .bind(subscription.version)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a subscription another key; the old one opens nothing any more.
///
/// # Errors
/// A database error.
pub async fn new_key(
    tx: &mut TenantTx,
    subscription: &Subscription,
    key_hash: &[u8],
) -> Result<(), DistributionError> {
    sqlx::query(
        "update data_subscription set key_hash = $3, version = version + 1
         where authority = $1 and subscription_id = $2",
    )
    .bind(&subscription.authority)
    .bind(subscription.subscription_id)
    .bind(key_hash)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Enters the deliveries that are due and reckons the next ones, all in this transaction; a
/// second run at the same moment enters nothing. Gives how many.
///
/// # Errors
/// [`DistributionError::Unreadable`] for a subscription that cannot be read; a database error.
pub async fn due(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
    today: NaiveDate,
    new_id: &(dyn Fn() -> Uuid + Send + Sync),
) -> Result<usize, DistributionError> {
    let authorities = tx.scope().codes().to_vec();
    let sql = format!(
        "select {SUBSCRIPTION} from data_subscription
         where authority = any($1) and state = 'active' and next_at <= $2
         order by next_at limit 100 for update skip locked"
    );
    let due: Vec<Subscription> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(now)
        .fetch_all(tx.conn())
        .await?;
    let mut entered = 0;
    for subscription in due {
        let unreadable = |e: serde_json::Error| DistributionError::Unreadable(e.to_string());
        let over = subscription.ends_on.is_some_and(|day| day < today);
        let schedule: Schedule =
            serde_json::from_value(subscription.schedule.clone()).map_err(unreadable)?;
        if !over {
            let mut request: Request =
                serde_json::from_value(subscription.request.clone()).map_err(unreadable)?;
            request.as_of = Some(now);
            request.since = subscription.last_as_of.filter(|_| subscription.increment);
            let new = NewGiveOut {
                authority: &subscription.authority,
                id: new_id(),
                title: &format!("{}（定期交付）", subscription.receiver),
                purpose: &subscription.purpose,
                request: &request,
                subscription: Some((
                    subscription.subscription_id,
                    subscription.next_at.unwrap_or(now),
                )),
                version_note: None,
                asked_by: "定期交付",
                at: now,
            };
            entered += usize::from(ask(tx, &new).await?);
        }
        sqlx::query(
            "update data_subscription set next_at = $3,
                 state = case when $4 then 'ended' else state end,
                 last_as_of = case when $4 then last_as_of else $5 end
             where authority = $1 and subscription_id = $2",
        )
        .bind(&subscription.authority)
        .bind(subscription.subscription_id)
        .bind((!over).then(|| schedule.next(now)))
        .bind(over)
        .bind(now)
        .execute(tx.conn())
        .await?;
    }
    Ok(entered)
}
