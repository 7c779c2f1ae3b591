//! Batches (入库批次): a run's stock in waiting, let into the register, or taken away again.

use chrono::{DateTime, Utc};
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::{TenantTx, jobs};
use dengbu_takeover::{ExistingUnit, Subject};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Doing, IntakeError, run};

/// Kind of the job that fills a batch.
pub const PREPARE: &str = "intake.prepare";
/// Kind of the job that lets a batch into the register.
pub const PUBLISH: &str = "intake.publish";

/// A batch as kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    /// Authority.
    pub authority: String,
    /// Number (RK20261129-001).
    pub batch_no: String,
    /// The run it comes from.
    pub run_id: Uuid,
    /// Source.
    pub source: String,
    /// Code of its state.
    pub state: String,
    /// Units it holds.
    pub units_total: i64,
    /// Why its filling or publishing was interrupted.
    pub error: Option<String>,
    /// Who prepared it.
    pub prepared_by: String,
    /// Identity of that person.
    pub prepared_id: Uuid,
    /// When.
    pub prepared_at: DateTime<Utc>,
    /// Who let it in.
    pub published_by: Option<String>,
    /// When.
    pub published_at: Option<DateTime<Utc>>,
    /// When all of it was in.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who rolled it back.
    pub undone_by: Option<String>,
    /// When.
    pub undone_at: Option<DateTime<Utc>>,
    /// Why.
    pub undone_reason: Option<String>,
}

/// The name staff read of a state.
#[must_use]
pub fn state_name(code: &str) -> &'static str {
    match code {
        "preparing" => "正在装载",
        "prepared" => "已装载未发布",
        "publishing" => "正在发布",
        "paused" => "发布已暂停",
        "published" => "已发布",
        _ => "已回退",
    }
}

const COLUMNS: &str = "select authority, batch_no, run_id, source, state, units_total, error, prepared_by, prepared_id, prepared_at,
    published_by, published_at, finished_at, undone_by, undone_at, undone_reason from intake_batch";

/// Batches of an authority, newest first, behind `before`.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Batch>, IntakeError> {
    let sql = format!(
        "{COLUMNS} where authority = $1 and ($2::text is null or batch_no < $2) order by batch_no desc limit $3"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One batch; `lock` holds it until the transaction ends.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub async fn one(
    tx: &mut TenantTx,
    authority: &str,
    batch_no: &str,
    lock: bool,
) -> Result<Batch, IntakeError> {
    let sql = format!(
        "{COLUMNS} where authority = $1 and batch_no = $2 {}",
        if lock { "for update" } else { "" }
    );
    let found: Option<Batch> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(batch_no)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or(IntakeError::Unknown("该入库批次"))
}

/// The batch of a run that is not rolled back.
///
/// # Errors
/// A database error.
pub async fn of_run(
    tx: &mut TenantTx,
    authority: &str,
    run: Uuid,
) -> Result<Option<Batch>, IntakeError> {
    let sql = format!("{COLUMNS} where authority = $1 and run_id = $2 and state <> 'rolled_back'");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(run)
        .fetch_optional(tx.conn())
        .await?)
}

/// Opens a batch for a finished run; a job fills it.
///
/// # Errors
/// [`IntakeError::State`] when the run is not finished, is about the register itself, or has a
/// batch already.
pub async fn open(
    tx: &mut TenantTx,
    run_id: Uuid,
    doing: &Doing<'_>,
) -> Result<Batch, IntakeError> {
    let run = run::one(tx, doing.authority, run_id).await?;
    if run.kind != "package" || run.state != "done" || run.stock_sm3.is_none() {
        return Err(IntakeError::State(
            "只有已完成的数据包运行可以生成入库批次".to_owned(),
        ));
    }
    // numbers of a day are drawn one after another
    sqlx::query("select 1 from authority where authority = $1 for no key update")
        .bind(doing.authority)
        .execute(tx.conn())
        .await?;
    if let Some(other) = of_run(tx, doing.authority, run_id).await? {
        return Err(IntakeError::State(format!(
            "该次运行已有入库批次 {}，回退后才能重新生成",
            other.batch_no
        )));
    }
    let day = date_in_shanghai(doing.now).format("%Y%m%d").to_string();
    let prefix = format!("RK{day}-");
    let last: Option<String> = sqlx::query_scalar(
        "select max(batch_no) from intake_batch where authority = $1 and starts_with(batch_no, $2)",
    )
    .bind(doing.authority)
    .bind(&prefix)
    .fetch_one(tx.conn())
    .await?;
    let nth = last
        .and_then(|no| no.strip_prefix(&prefix)?.parse::<u32>().ok())
        .unwrap_or(0)
        + 1;
    let batch_no = format!("{prefix}{nth:03}");
    sqlx::query(
        "insert into intake_batch (authority, batch_no, run_id, source, state, prepared_by, prepared_id, prepared_at)
         values ($1, $2, $3, $4, 'preparing', $5, $6, $7)",
    )
    .bind(doing.authority)
    .bind(&batch_no)
    .bind(run_id)
    .bind(&run.source)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    queue(tx, PREPARE, doing.authority, &batch_no, doing.now).await?;
    one(tx, doing.authority, &batch_no, false).await
}

async fn queue(
    tx: &mut TenantTx,
    kind: &str,
    authority: &str,
    batch_no: &str,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    let payload = json!({ "batch_no": batch_no });
    jobs::insert(
        tx,
        &jobs::NewJob {
            county: authority,
            kind,
            dedupe_key: Some(batch_no),
            payload: &payload,
            run_at: now,
        },
    )
    .await?;
    Ok(())
}

/// Lets a prepared batch into the register, or goes on with a paused one; a job does the work.
/// Whoever prepared it may not: an error here cannot be taken back, so two people look.
///
/// # Errors
/// [`IntakeError::State`].
pub async fn release(
    tx: &mut TenantTx,
    batch_no: &str,
    doing: &Doing<'_>,
) -> Result<Batch, IntakeError> {
    let batch = one(tx, doing.authority, batch_no, true).await?;
    if !matches!(batch.state.as_str(), "prepared" | "paused") {
        return Err(IntakeError::State(format!(
            "批次{}，不能发布",
            state_name(&batch.state)
        )));
    }
    if batch.prepared_id == doing.staff_id {
        return Err(IntakeError::State(
            "装载批次的人员不能发布同一批次，请由另一人复核后发布".to_owned(),
        ));
    }
    sqlx::query(
        "update intake_batch set state = 'publishing', error = null, published_by = $3, published_id = $4,
             published_at = coalesce(published_at, $5)
         where authority = $1 and batch_no = $2",
    )
    .bind(doing.authority)
    .bind(batch_no)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    queue(tx, PUBLISH, doing.authority, batch_no, doing.now).await?;
    one(tx, doing.authority, batch_no, false).await
}

/// Pauses a publishing: what is in stays, the rest waits.
///
/// # Errors
/// [`IntakeError::State`] when it is not publishing.
pub async fn pause(
    tx: &mut TenantTx,
    authority: &str,
    batch_no: &str,
    error: Option<&str>,
) -> Result<Batch, IntakeError> {
    let batch = one(tx, authority, batch_no, true).await?;
    if batch.state != "publishing" {
        return Err(IntakeError::State("批次不在发布中，无需暂停".to_owned()));
    }
    sqlx::query(
        "update intake_batch set state = 'paused', error = $3 where authority = $1 and batch_no = $2",
    )
    .bind(authority)
    .bind(batch_no)
    .bind(error)
    .execute(tx.conn())
    .await?;
    one(tx, authority, batch_no, false).await
}

/// Takes a batch away that is not in the register: deletes its rows in waiting. Its number and
/// who did it stay.
///
/// # Errors
/// [`IntakeError::State`] when any of it is in the register, which only grows: what is wrong there
/// is rectified by registration (更正登记).
pub async fn roll_back(
    tx: &mut TenantTx,
    batch_no: &str,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Batch, IntakeError> {
    let batch = one(tx, doing.authority, batch_no, true).await?;
    if !matches!(batch.state.as_str(), "preparing" | "prepared") {
        return Err(IntakeError::State(match batch.state.as_str() {
            "rolled_back" => "批次已经回退".to_owned(),
            _ => "批次已经开始写入登记簿，登记簿只增不改，不能回退；其中的错误请通过更正登记处理"
                .to_owned(),
        }));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(IntakeError::field(
            "/reason",
            "请填写回退原因，不超过 500 字",
        ));
    }
    for sql in [
        "delete from intake_unit where batch_no = $1 and authority = $2",
        "delete from intake_land where batch_no = $1 and authority = $2",
    ] {
        sqlx::query(sql)
            .bind(batch_no)
            .bind(doing.authority)
            .execute(tx.conn())
            .await?;
    }
    sqlx::query(
        "update intake_batch set state = 'rolled_back', undone_by = $3, undone_id = $4, undone_at = $5, undone_reason = $6
         where authority = $1 and batch_no = $2",
    )
    .bind(doing.authority)
    .bind(batch_no)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    one(tx, doing.authority, batch_no, false).await
}

/// Puts parcels and buildings of a batch into waiting; those that are there stay.
///
/// # Errors
/// A database error.
pub async fn put_land(
    tx: &mut TenantTx,
    authority: &str,
    batch_no: &str,
    parcels: &[NewParcel],
    buildings: &[NewBuilding],
) -> Result<(), IntakeError> {
    let as_json = |value: Result<serde_json::Value, serde_json::Error>| {
        value.map_err(|e| IntakeError::Contents(e.to_string()))
    };
    let mut rows: Vec<(&str, String, serde_json::Value)> = Vec::new();
    for p in parcels {
        let code = p.parcel.code.as_str().to_owned();
        rows.push(("parcel", code, as_json(serde_json::to_value(p))?));
    }
    for b in buildings {
        let code = b.building.code.as_str().to_owned();
        rows.push(("building", code, as_json(serde_json::to_value(b))?));
    }
    sqlx::query(
        "insert into intake_land (county, batch_no, kind, code, authority, body)
         select left(c, 6), $1, k, c, $2, b from unnest($3::text[], $4::text[], $5::jsonb[]) as t (k, c, b)
         on conflict do nothing",
    )
    .bind(batch_no)
    .bind(authority)
    .bind(rows.iter().map(|r| r.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.1.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| &r.2).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts units into waiting; those that are there stay.
///
/// # Errors
/// A database error.
pub async fn put_units(
    tx: &mut TenantTx,
    batch_no: &str,
    units: &[ExistingUnit],
) -> Result<(), IntakeError> {
    let bodies = units
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| IntakeError::Contents(e.to_string()))?;
    let address = |u: &ExistingUnit| match &u.subject {
        Subject::Dwelling(d) => d.address.clone(),
        Subject::Land(l) => l.address.clone(),
    };
    sqlx::query(
        "insert into intake_unit (county, batch_no, unit_code, authority, address, body)
         select left(c, 6), $1, c, a, z, b from unnest($2::text[], $3::text[], $4::text[], $5::jsonb[]) as t (c, a, z, b)
         on conflict do nothing",
    )
    .bind(batch_no)
    .bind(units.iter().map(|u| u.code().as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|u| u.authority.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(address).collect::<Vec<_>>())
    .bind(&bodies)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a batch is filled.
///
/// # Errors
/// A database error.
pub async fn filled(tx: &mut TenantTx, authority: &str, batch_no: &str) -> Result<(), IntakeError> {
    let units: i64 = sqlx::query_scalar(
        "select count(*) from intake_unit where batch_no = $1 and authority = $2",
    )
    .bind(batch_no)
    .bind(authority)
    .fetch_one(tx.conn())
    .await?;
    sqlx::query(
        "update intake_batch set state = 'prepared', units_total = $3, error = null
         where authority = $1 and batch_no = $2 and state = 'preparing'",
    )
    .bind(authority)
    .bind(batch_no)
    .bind(units)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many of a batch's units are in which state, with the entries made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnitCounts {
    /// In waiting.
    pub prepared: i64,
    /// New in the register.
    pub new: i64,
    /// There already, with something added.
    pub grown: i64,
    /// There already, nothing to add.
    pub same: i64,
    /// Not taken.
    pub refused: i64,
    /// Entries made.
    pub entries: i64,
    /// Parcels and buildings.
    pub land: i64,
}

/// Counts a batch.
///
/// # Errors
/// A database error.
pub async fn unit_counts(
    tx: &mut TenantTx,
    authority: &str,
    batch_no: &str,
) -> Result<UnitCounts, IntakeError> {
    Ok(sqlx::query_as(
        "select count(*) filter (where state = 'prepared') as prepared, count(*) filter (where state = 'new') as new,
                count(*) filter (where state = 'grown') as grown, count(*) filter (where state = 'same') as same,
                count(*) filter (where state = 'refused') as refused, coalesce(sum(entries), 0)::bigint as entries,
                (select count(*) from intake_land l where l.batch_no = $1 and l.authority = $2) as land
         from intake_unit where batch_no = $1 and authority = $2",
    )
    .bind(batch_no)
    .bind(authority)
    .fetch_one(tx.conn())
    .await?)
}

/// Source rows of a table and where each of them is: the sum of all but `read` is `read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reconciled {
    /// Table.
    pub table_name: String,
    /// Rows in the source.
    pub read: i64,
    /// In the register or cadastre by this batch.
    pub loaded: i64,
    /// There before; nothing changed.
    pub same: i64,
    /// In waiting.
    pub waiting: i64,
    /// Another record stands for them.
    pub merged: i64,
    /// Wait for a person.
    pub doubtful: i64,
    /// Not taken.
    pub rejected: i64,
}

impl Reconciled {
    /// Whether every row is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.read
            == self.loaded + self.same + self.waiting + self.merged + self.doubtful + self.rejected
    }
}

/// Accounts for every source row of a batch's run (入库对账).
///
/// # Errors
/// A database error.
pub async fn reconcile(tx: &mut TenantTx, batch: &Batch) -> Result<Vec<Reconciled>, IntakeError> {
    Ok(sqlx::query_as(
        "with r as (
             select r.seq, r.table_name,
                 case when r.outcome <> 'accepted' then r.outcome
                      when r.unit_code is not null then coalesce(u.state, 'rejected')
                      when l.code is null or l.published then 'new' else 'prepared' end as state
             from intake_record r
             left join intake_unit u on u.batch_no = $3 and u.county = left(r.unit_code, 6) and u.unit_code = r.unit_code
             left join intake_land l on r.unit_code is null and l.batch_no = $3
                  and l.kind = case when r.building_ref is null then 'parcel' else 'building' end
                  and l.code = coalesce(r.building_ref, r.parcel_code) and l.county = left(coalesce(r.building_ref, r.parcel_code), 6)
             where r.authority = $1 and r.run_id = $2)
         select table_name, count(*) as read,
                count(*) filter (where state in ('new', 'grown')) as loaded,
                count(*) filter (where state = 'same') as same,
                count(*) filter (where state = 'prepared') as waiting,
                count(*) filter (where state = 'merged') as merged,
                count(*) filter (where state = 'doubtful') as doubtful,
                count(*) filter (where state in ('rejected', 'refused')) as rejected
         from r group by table_name order by min(seq)",
    )
    .bind(&batch.authority)
    .bind(batch.run_id)
    .bind(&batch.batch_no)
    .fetch_all(tx.conn())
    .await?)
}

/// A unit of a batch as listed.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchUnit {
    /// Unit code.
    pub unit_code: String,
    /// Where it lies.
    pub address: String,
    /// `prepared`, `new`, `grown`, `same`, `refused`.
    pub state: String,
    /// Entries made.
    pub entries: i32,
    /// Why it was not taken.
    pub reason: Option<String>,
}

/// Units of a batch behind `after`, optionally of one state.
///
/// # Errors
/// A database error.
pub async fn units(
    tx: &mut TenantTx,
    authority: &str,
    batch_no: &str,
    state: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<BatchUnit>, IntakeError> {
    Ok(sqlx::query_as(
        "select unit_code, address, state, entries, reason from intake_unit
         where batch_no = $1 and authority = $2 and ($3::text is null or state = $3) and unit_code > $4
         order by unit_code limit $5",
    )
    .bind(batch_no)
    .bind(authority)
    .bind(state)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Units next to be let in, with their positions.
pub(crate) async fn next_units(
    tx: &mut TenantTx,
    batch: &Batch,
    limit: i64,
) -> Result<Vec<ExistingUnit>, IntakeError> {
    let rows: Vec<Json<ExistingUnit>> = sqlx::query_scalar(
        "select body from intake_unit where batch_no = $1 and authority = $2 and state = 'prepared'
         order by county, unit_code limit $3 for update",
    )
    .bind(&batch.batch_no)
    .bind(&batch.authority)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

/// What became of a unit when it was let in.
pub(crate) struct Settled {
    pub unit_code: String,
    pub state: &'static str,
    pub entries: i32,
    pub reason: Option<String>,
}

pub(crate) async fn settle(
    tx: &mut TenantTx,
    batch: &Batch,
    rows: &[Settled],
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    sqlx::query(
        "update intake_unit u set state = n.s, entries = n.e, reason = n.r, published_at = $2
         from unnest($3::text[], $4::text[], $5::integer[], $6::text[]) as n (c, s, e, r)
         where u.county = left(n.c, 6) and u.batch_no = $1 and u.unit_code = n.c and u.state = 'prepared'",
    )
    .bind(&batch.batch_no)
    .bind(now)
    .bind(rows.iter().map(|r| r.unit_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.state).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.entries).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.reason.as_deref()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Parcels or buildings next to be let in.
pub(crate) async fn next_land<T: serde::de::DeserializeOwned + Send + Unpin + 'static>(
    tx: &mut TenantTx,
    batch: &Batch,
    kind: &str,
    limit: i64,
) -> Result<Vec<(String, T)>, IntakeError> {
    let rows: Vec<(String, Json<T>)> = sqlx::query_as(
        "select code, body from intake_land where batch_no = $1 and authority = $2 and kind = $3 and not published
         order by county, code limit $4 for update",
    )
    .bind(&batch.batch_no)
    .bind(&batch.authority)
    .bind(kind)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(code, body)| (code, body.0))
        .collect())
}

pub(crate) async fn land_done(
    tx: &mut TenantTx,
    batch: &Batch,
    kind: &str,
    codes: &[String],
) -> Result<(), IntakeError> {
    sqlx::query(
        "update intake_land l set published = true from unnest($3::text[]) as n (c)
         where l.county = left(n.c, 6) and l.batch_no = $1 and l.kind = $2 and l.code = n.c",
    )
    .bind(&batch.batch_no)
    .bind(kind)
    .bind(codes)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn finish(
    tx: &mut TenantTx,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    sqlx::query(
        "update intake_batch set state = 'published', finished_at = $3, error = null where authority = $1 and batch_no = $2",
    )
    .bind(&batch.authority)
    .bind(&batch.batch_no)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
