//! Bulk issue of certificates for rights that stand in the register already (存量证照批量签发).
//!
//! A batch freezes its items first (the numbers that stand), then works through them in chunks,
//! each chunk one transaction: records, files, items and counters are committed together, so that
//! a process killed at any moment leaves neither a gap nor a double, and whoever comes next goes
//! on with the items that wait. Memory does not grow with the batch. A number that has a living
//! certificate is left alone, in this batch or any other.

use chrono::{DateTime, Utc};
use dengbu_register::NewId;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::LibraryError;

/// Items collected in one transaction.
const COLLECT: i64 = 20_000;

/// A batch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    /// The authority.
    pub authority: String,
    /// Identity.
    pub batch_id: Uuid,
    /// Name.
    pub name: String,
    /// Everything but sealing and keeping: finds what cannot be made.
    pub dry_run: bool,
    /// Counties.
    pub counties: Vec<String>,
    /// `title` or `proof`; none: both.
    pub kind: Option<String>,
    /// Items at most.
    pub items_max: Option<i64>,
    /// `collecting`, `running`, `paused`, `done` or `cancelled`.
    pub state: String,
    /// Where collecting goes on.
    pub collect_county: Option<String>,
    /// The last number collected there.
    pub collect_after: Option<String>,
    /// Items.
    pub total: i64,
    /// Made.
    pub done: i64,
    /// Had a certificate already, or ended meanwhile.
    pub skipped: i64,
    /// Could not be made.
    pub failed: i64,
    /// Milliseconds of work.
    pub busy_ms: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When the first chunk was worked on.
    pub started_at: Option<DateTime<Utc>>,
    /// When the last one was.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Name of a state.
#[must_use]
pub fn state_name(code: &str) -> &'static str {
    match code {
        "collecting" => "正在列出证号",
        "running" => "正在签发",
        "paused" => "已暂停",
        "done" => "已完成",
        _ => "已取消",
    }
}

const COLUMNS: &str = "authority, batch_id, name, dry_run, counties, kind, items_max, state, collect_county, collect_after, \
     total, done, skipped, failed, busy_ms, created_at, created_by, started_at, finished_at";

/// A batch about to be begun.
#[derive(Debug, Clone)]
pub struct NewBatch<'a> {
    /// The authority.
    pub authority: &'a str,
    /// Name.
    pub name: &'a str,
    /// Without sealing.
    pub dry_run: bool,
    /// Counties of the authority.
    pub counties: Vec<String>,
    /// `title` or `proof`; none: both.
    pub kind: Option<&'a str>,
    /// Items at most.
    pub items_max: Option<i64>,
    /// By whom.
    pub by: &'a str,
    /// Their identity; none for the command line.
    pub staff_id: Option<Uuid>,
}

/// Begins a batch.
///
/// # Errors
/// [`LibraryError::Refused`] while another batch of the authority is at work.
pub async fn begin(
    tx: &mut TenantTx,
    new: &NewBatch<'_>,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<Batch, LibraryError> {
    let busy: Option<String> = sqlx::query_scalar(
        "select name from e_certificate_batch where authority = $1 and state in ('collecting', 'running', 'paused') limit 1",
    )
    .bind(new.authority)
    .fetch_optional(tx.conn())
    .await?;
    if let Some(name) = busy {
        return Err(LibraryError::Refused(format!(
            "批次“{name}”还没有结束，请等它完成或先取消它"
        )));
    }
    let first = new.counties.first();
    let sql = format!(
        "insert into e_certificate_batch (authority, batch_id, name, dry_run, counties, kind, items_max, state,
             collect_county, collect_after, created_at, created_by, created_by_id)
         values ($1, $2, $3, $4, $5, $6, $7, 'collecting', $8, '', $9, $10, $11) returning {COLUMNS}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(new.authority)
        .bind(ids())
        .bind(new.name)
        .bind(new.dry_run)
        .bind(&new.counties)
        .bind(new.kind)
        .bind(new.items_max)
        .bind(first)
        .bind(now)
        .bind(new.by)
        .bind(new.staff_id)
        .fetch_one(tx.conn())
        .await?)
}

/// A batch that has work left, locked; none when there is none or others are at it.
///
/// # Errors
/// A database error.
pub async fn claim(tx: &mut TenantTx, only: Option<Uuid>) -> Result<Option<Batch>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_batch
         where authority = any (string_to_array(current_setting('app.scope', true), ','))
           and state in ('collecting', 'running') and ($1::uuid is null or batch_id = $1)
         order by created_at limit 1 for update skip locked"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(only)
        .fetch_optional(tx.conn())
        .await?)
}

/// Collects the next items of a claimed batch that is still collecting.
///
/// # Errors
/// A database error.
pub async fn collect(tx: &mut TenantTx, batch: &Batch) -> Result<(), LibraryError> {
    let Some(county) = &batch.collect_county else {
        return ready(tx, batch).await;
    };
    let room = batch
        .items_max
        .map_or(COLLECT, |most| (most - batch.total).clamp(0, COLLECT));
    let after = batch.collect_after.as_deref().unwrap_or_default();
    // what this system issued, and what stands in the register under the number of an earlier one
    let found: Vec<String> = sqlx::query_scalar(
        "select n.certificate_no from (
             (select c.certificate_no from certificate c
              where c.county = $1 and c.certificate_no > $2 and c.state = 'valid' and ($3::text is null or c.kind = $3)
                and not exists (select from e_certificate e where e.county = c.county and e.certificate_no = c.certificate_no
                    and e.state in ('draft', 'issued', 'suspended'))
              order by c.certificate_no limit $4)
             union
             (select distinct r.certificate_no from register_right r
              where r.county = $1 and r.certificate_no > $2 and r.valid_to is null
                and ($3::text is null or r.is_title = ($3 = 'title'))
                and not exists (select from certificate c where c.county = r.county and c.right_id = r.right_id)
                and not exists (select from e_certificate e where e.county = r.county and e.certificate_no = r.certificate_no
                    and e.state in ('draft', 'issued', 'suspended'))
              order by r.certificate_no limit $4)) n
         order by n.certificate_no limit $4",
    )
    .bind(county)
    .bind(after)
    .bind(&batch.kind)
    .bind(room)
    .fetch_all(tx.conn())
    .await?;
    let added = sqlx::query(
        "insert into e_certificate_batch_item (county, batch_id, certificate_no)
         select $1, $2, n from unnest($3::text[]) n on conflict (county, batch_id, certificate_no) do nothing",
    )
    .bind(county)
    .bind(batch.batch_id)
    .bind(&found)
    .execute(tx.conn())
    .await?
    .rows_affected();
    let added = i64::try_from(added).unwrap_or(0);
    let full = i64::try_from(found.len()).unwrap_or(0) >= room;
    let at_limit = batch
        .items_max
        .is_some_and(|most| batch.total + added >= most);
    let next = if at_limit {
        None
    } else if full {
        Some((county.clone(), found.last().cloned().unwrap_or_default()))
    } else {
        let following = batch.counties.iter().skip_while(|c| *c != county).nth(1);
        following.map(|c| (c.clone(), String::new()))
    };
    let (county, after) = next.unzip();
    sqlx::query(
        "update e_certificate_batch set total = total + $3, collect_county = $4, collect_after = $5
         where authority = $1 and batch_id = $2",
    )
    .bind(&batch.authority)
    .bind(batch.batch_id)
    .bind(added)
    .bind(&county)
    .bind(&after)
    .execute(tx.conn())
    .await?;
    if county.is_none() {
        ready(tx, batch).await?;
    }
    Ok(())
}

async fn ready(tx: &mut TenantTx, batch: &Batch) -> Result<(), LibraryError> {
    sqlx::query(
        "update e_certificate_batch set state = 'running' where authority = $1 and batch_id = $2 and state = 'collecting'",
    )
    .bind(&batch.authority)
    .bind(batch.batch_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// County.
    pub county: String,
    /// Number.
    pub certificate_no: String,
}

/// The next items of a claimed batch.
///
/// # Errors
/// A database error.
pub async fn waiting(
    tx: &mut TenantTx,
    batch: &Batch,
    limit: i64,
) -> Result<Vec<Item>, LibraryError> {
    Ok(sqlx::query_as(
        "select county, certificate_no from e_certificate_batch_item
         where county = any ($1) and batch_id = $2 and state = 'waiting'
         order by county, certificate_no limit $3",
    )
    .bind(&batch.counties)
    .bind(batch.batch_id)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A certificate was made, or could be.
    Done,
    /// There is one already, or nothing stands under the number any more.
    Skipped(String),
    /// It cannot be made.
    Failed {
        /// Code of the reason.
        code: &'static str,
        /// The reason.
        text: String,
    },
}

/// Notes what became of a chunk; a batch with nothing left is done.
///
/// # Errors
/// A database error.
pub async fn finish_chunk(
    tx: &mut TenantTx,
    batch: &Batch,
    chunk: &[(Item, Outcome)],
    busy_ms: i64,
    now: DateTime<Utc>,
) -> Result<(), LibraryError> {
    let mut county = Vec::new();
    let mut number = Vec::new();
    let mut state = Vec::new();
    let mut code = Vec::new();
    let mut text = Vec::new();
    let mut count = [0_i64; 3];
    for (item, outcome) in chunk {
        county.push(item.county.as_str());
        number.push(item.certificate_no.as_str());
        let (at, s, c, t) = match outcome {
            Outcome::Done => (0, "done", None, None),
            Outcome::Skipped(why) => (1, "skipped", None, Some(why.as_str())),
            Outcome::Failed { code, text } => (2, "failed", Some(*code), Some(text.as_str())),
        };
        count[at] += 1;
        state.push(s);
        code.push(c);
        text.push(t);
    }
    sqlx::query(
        "update e_certificate_batch_item i set state = n.state, error_code = n.code, error = n.text
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as n (county, certificate_no, state, code, text)
         where i.county = n.county and i.batch_id = $1 and i.certificate_no = n.certificate_no and i.state = 'waiting'",
    )
    .bind(batch.batch_id)
    .bind(county)
    .bind(number)
    .bind(state)
    .bind(code)
    .bind(text)
    .execute(tx.conn())
    .await?;
    let finished = chunk.is_empty();
    sqlx::query(
        "update e_certificate_batch set done = done + $3, skipped = skipped + $4, failed = failed + $5, busy_ms = busy_ms + $6,
             started_at = coalesce(started_at, $7), state = case when $8 then 'done' else state end,
             finished_at = case when $8 then $7 else finished_at end
         where authority = $1 and batch_id = $2",
    )
    .bind(&batch.authority)
    .bind(batch.batch_id)
    .bind(count[0])
    .bind(count[1])
    .bind(count[2])
    .bind(busy_ms)
    .bind(now)
    .bind(finished)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The right, and what else is known, behind an item.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Source {
    /// The unit.
    pub unit_code: String,
    /// The right.
    pub right_id: Uuid,
    /// `title` or `proof`.
    pub kind: String,
    /// The entry; none where an earlier system issued it.
    pub entry_id: Option<Uuid>,
    /// The case.
    pub case_no: Option<String>,
    /// Position of the holder it is for.
    pub holder_ordinal: Option<i32>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// The rights that stand under a number: one; several for a paper that covers several units; none
/// when nothing stands under it.
///
/// # Errors
/// A database error.
pub async fn sources(tx: &mut TenantTx, item: &Item) -> Result<Vec<Source>, LibraryError> {
    let own: Vec<Source> = sqlx::query_as(
        "select unit_code, right_id, kind, entry_id, case_no, holder_ordinal, issued_at from certificate
         where county = $1 and certificate_no = $2 and state = 'valid'",
    )
    .bind(&item.county)
    .bind(&item.certificate_no)
    .fetch_all(tx.conn())
    .await?;
    if !own.is_empty() {
        return Ok(own);
    }
    Ok(sqlx::query_as(
        "select r.unit_code, r.right_id, case when r.is_title then 'title' else 'proof' end as kind,
                null::uuid as entry_id, r.case_no, null::integer as holder_ordinal, r.registered_at as issued_at
         from register_right r where r.county = $1 and r.certificate_no = $2 and r.valid_to is null
         order by r.unit_code limit 201",
    )
    .bind(&item.county)
    .bind(&item.certificate_no)
    .fetch_all(tx.conn())
    .await?)
}

/// Batches of the authority, newest first.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Batch>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_batch where authority = $1 and ($2::uuid is null or batch_id < $2)
         order by batch_id desc limit $3"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One batch of the authority.
///
/// # Errors
/// [`LibraryError::Unknown`].
pub async fn one(
    tx: &mut TenantTx,
    authority: &str,
    batch_id: Uuid,
) -> Result<Batch, LibraryError> {
    let sql =
        format!("select {COLUMNS} from e_certificate_batch where authority = $1 and batch_id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(batch_id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这个批次"))
}

/// What is done to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Stop after the chunk at work.
    Pause,
    /// Go on.
    Resume,
    /// End it; what was made stays.
    Cancel,
    /// Try again what failed.
    RetryFailed,
}

/// Does it.
///
/// # Errors
/// [`LibraryError::Refused`] when the batch's state does not let it happen.
pub async fn act(
    tx: &mut TenantTx,
    authority: &str,
    batch_id: Uuid,
    deed: Deed,
    now: DateTime<Utc>,
) -> Result<Batch, LibraryError> {
    let batch = one(tx, authority, batch_id).await?;
    let (from, to): (&[&str], &str) = match deed {
        Deed::Pause => (&["collecting", "running"], "paused"),
        // an interrupted collecting goes on where it was
        Deed::Resume if batch.collect_county.is_some() => (&["paused"], "collecting"),
        Deed::Resume => (&["paused"], "running"),
        Deed::Cancel => (&["collecting", "running", "paused"], "cancelled"),
        Deed::RetryFailed => (&["done"], "running"),
    };
    let sql = format!(
        "update e_certificate_batch set state = $3,
             finished_at = case when $3 = 'cancelled' then $5 when $3 = 'running' then null else finished_at end
         where authority = $1 and batch_id = $2 and state = any ($4) returning {COLUMNS}"
    );
    let changed: Option<Batch> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(batch_id)
        .bind(to)
        .bind(from)
        .bind(now)
        .fetch_optional(tx.conn())
        .await?;
    let Some(changed) = changed else {
        return Err(LibraryError::Refused(format!(
            "批次{}，不能这样操作",
            state_name(&batch.state)
        )));
    };
    if deed != Deed::RetryFailed {
        return Ok(changed);
    }
    sqlx::query(
        "update e_certificate_batch_item set state = 'waiting', error_code = null, error = null
         where county = any ($1) and batch_id = $2 and state = 'failed'",
    )
    .bind(&batch.counties)
    .bind(batch_id)
    .execute(tx.conn())
    .await?;
    let sql = format!(
        "update e_certificate_batch set failed = 0 where authority = $1 and batch_id = $2 returning {COLUMNS}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(batch_id)
        .fetch_one(tx.conn())
        .await?)
}

/// An item that could not be made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Fault {
    /// County.
    pub county: String,
    /// Number.
    pub certificate_no: String,
    /// Code of the reason.
    pub error_code: Option<String>,
    /// The reason.
    pub error: Option<String>,
}

/// Items that could not be made, in order.
///
/// # Errors
/// A database error.
pub async fn faults(
    tx: &mut TenantTx,
    batch: &Batch,
    after: Option<&(String, String)>,
    limit: i64,
) -> Result<Vec<Fault>, LibraryError> {
    let (county, number) = after.map(|(c, n)| (c.as_str(), n.as_str())).unzip();
    Ok(sqlx::query_as(
        "select county, certificate_no, error_code, error from e_certificate_batch_item
         where county = any ($1) and batch_id = $2 and state = 'failed'
           and ($3::text is null or (county, certificate_no) > ($3, $4))
         order by county, certificate_no limit $5",
    )
    .bind(&batch.counties)
    .bind(batch.batch_id)
    .bind(county)
    .bind(number)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// How many items failed, by reason.
///
/// # Errors
/// A database error.
pub async fn fault_counts(
    tx: &mut TenantTx,
    batch: &Batch,
) -> Result<Vec<(String, i64)>, LibraryError> {
    Ok(sqlx::query_as(
        "select coalesce(error_code, 'other'), count(*) from e_certificate_batch_item
         where county = any ($1) and batch_id = $2 and state = 'failed' group by 1 order by 2 desc, 1",
    )
    .bind(&batch.counties)
    .bind(batch.batch_id)
    .fetch_all(tx.conn())
    .await?)
}
