//! Runs (运行): asked for, worked by a job, stopped, gone on with.

use chrono::{DateTime, Utc};
use dengbu_store::{TenantTx, jobs};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::engine::Step;
use crate::{Doing, IntakeError, source};

/// Kind of the job that works a run.
pub const JOB: &str = "intake.run";

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 排队.
    Waiting,
    /// 运行中.
    Running,
    /// 正在停止.
    Stopping,
    /// 已停止.
    Stopped,
    /// 完成.
    Done,
    /// 失败.
    Failed,
}

impl State {
    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The name staff read of a stored code.
    #[must_use]
    pub fn name_zh(code: &str) -> &'static str {
        match code {
            "waiting" => "排队",
            "running" => "运行中",
            "stopping" => "正在停止",
            "stopped" => "已停止",
            "done" => "完成",
            _ => "失败",
        }
    }
}

/// A run as kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Run {
    /// Authority.
    pub authority: String,
    /// Identity.
    pub run_id: Uuid,
    /// `package` or `register`.
    pub kind: String,
    /// Source.
    pub source: String,
    /// Package.
    pub package_id: Option<Uuid>,
    /// Version of the mapping it uses.
    pub mapping_version: Option<i32>,
    /// Code of its state.
    pub state: String,
    /// Stage in Chinese.
    pub stage: String,
    /// Done of the stage.
    pub stage_done: i64,
    /// Of how many; 0 when not known.
    pub stage_total: i64,
    /// When the stage began.
    pub stage_began_at: Option<DateTime<Utc>>,
    /// When it was last begun.
    pub began_at: Option<DateTime<Utc>>,
    /// When it was last heard of.
    pub touched_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How often it was begun.
    pub begun: i32,
    /// Why it failed.
    pub error: Option<String>,
    /// Figures.
    pub summary: Value,
    /// Digest of the stock made ready.
    pub stock_sm3: Option<String>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl Run {
    /// Things per second in the stage and seconds left of it, as far as they can be told.
    #[must_use]
    pub fn pace(&self) -> (Option<f64>, Option<i64>) {
        let (Some(from), Some(to)) = (self.stage_began_at, self.touched_at) else {
            return (None, None);
        };
        let seconds = (to - from).as_seconds_f64();
        if seconds <= 0.0 || self.stage_done <= 0 {
            return (None, None);
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = self.stage_done as f64 / seconds;
        let left = (self.stage_total > self.stage_done).then(|| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "seconds for people"
            )]
            let seconds = ((self.stage_total - self.stage_done) as f64 / rate).ceil() as i64;
            seconds
        });
        (Some(rate), left)
    }
}

const COLUMNS: &str = "select authority, run_id, kind, source, package_id, mapping_version, state, stage, stage_done, stage_total,
    stage_began_at, began_at, touched_at, finished_at, begun, error, summary, stock_sm3, asked_by, asked_at
    from intake_run";

/// Runs of an authority, newest first, from behind `before`.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    source: Option<&str>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Run>, IntakeError> {
    let sql = format!(
        "{COLUMNS} where authority = $1 and ($2::text is null or source = $2)
         and ($3::timestamptz is null or (asked_at, run_id) < ($3, $4))
         order by asked_at desc, run_id desc limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(source)
        .bind(before.map(|b| b.0))
        .bind(before.map(|b| b.1))
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One run.
///
/// # Errors
/// [`IntakeError::Unknown`].
pub async fn one(tx: &mut TenantTx, authority: &str, id: Uuid) -> Result<Run, IntakeError> {
    read(tx, authority, id, "").await
}

async fn read(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    lock: &str,
) -> Result<Run, IntakeError> {
    let sql = format!("{COLUMNS} where authority = $1 and run_id = $2 {lock}");
    let found: Option<Run> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    found.ok_or(IntakeError::Unknown("该次运行"))
}

/// What a run is to be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A package.
    Package(Uuid),
    /// The register itself.
    Register,
}

/// Name under which quality control over the register runs.
pub const REGISTER_SOURCE: &str = "登记簿";

/// Asks for a run; a job will work it.
///
/// # Errors
/// [`IntakeError::State`] while another run over the source goes on.
pub async fn ask(tx: &mut TenantTx, over: Over, doing: &Doing<'_>) -> Result<Run, IntakeError> {
    let (kind, source, package, version) = match over {
        Over::Register => ("register", REGISTER_SOURCE.to_owned(), None, None),
        Over::Package(id) => {
            let package = source::package(tx, doing.authority, id).await?;
            let version = source::mapping(tx, doing.authority, &package.source, None)
                .await?
                .map(|m| m.version);
            ("package", package.source, Some(id), version)
        }
    };
    let id = (doing.ids)();
    let made = sqlx::query(
        "insert into intake_run (authority, run_id, kind, source, package_id, mapping_version, state, asked_by, asked_id, asked_at)
         values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9) on conflict do nothing",
    )
    .bind(doing.authority)
    .bind(id)
    .bind(kind)
    .bind(&source)
    .bind(package)
    .bind(version)
    .bind(doing.name)
    .bind(doing.staff_id)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    if made.rows_affected() == 0 {
        return Err(IntakeError::State(
            "该数据源正在运行，请等它结束或者先停止它".to_owned(),
        ));
    }
    queue(tx, doing.authority, id, doing.now).await?;
    one(tx, doing.authority, id).await
}

async fn queue(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    let payload = json!({ "run_id": id });
    let key = id.to_string();
    jobs::insert(
        tx,
        &jobs::NewJob {
            county: authority,
            kind: JOB,
            dedupe_key: Some(&key),
            payload: &payload,
            run_at: now,
        },
    )
    .await?;
    Ok(())
}

/// Asks a run to stop: one that waits stops at once, one at work at its next step.
///
/// # Errors
/// [`IntakeError::State`] when it is over.
pub async fn stop(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Run, IntakeError> {
    let run = read(tx, authority, id, "for update").await?;
    let next = match run.state.as_str() {
        "waiting" => State::Stopped,
        "running" => State::Stopping,
        "stopping" | "stopped" => return Ok(run),
        _ => return Err(IntakeError::State("该次运行已经结束".to_owned())),
    };
    set(tx, &run, next, None, now).await?;
    one(tx, authority, id).await
}

/// Goes on with a run that was stopped or failed.
///
/// # Errors
/// [`IntakeError::State`] when it is not stopped or another run over the source goes on.
pub async fn resume(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Run, IntakeError> {
    let run = read(tx, authority, id, "for update").await?;
    if !matches!(run.state.as_str(), "stopped" | "failed") {
        return Err(IntakeError::State(
            "只有已停止或者失败的运行可以继续".to_owned(),
        ));
    }
    let busy: bool = sqlx::query_scalar(
        "select exists (select from intake_run where authority = $1 and source = $2
             and state in ('waiting', 'running', 'stopping'))",
    )
    .bind(authority)
    .bind(&run.source)
    .fetch_one(tx.conn())
    .await?;
    if busy {
        return Err(IntakeError::State(
            "该数据源正在运行，请等它结束或者先停止它".to_owned(),
        ));
    }
    set(tx, &run, State::Waiting, None, now).await?;
    queue(tx, authority, id, now).await?;
    one(tx, authority, id).await
}

async fn set(
    tx: &mut TenantTx,
    run: &Run,
    state: State,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    let over = matches!(state, State::Stopped | State::Done | State::Failed);
    sqlx::query(
        "update intake_run set state = $3, error = $4, touched_at = $5, finished_at = $6
         where authority = $1 and run_id = $2",
    )
    .bind(&run.authority)
    .bind(run.run_id)
    .bind(state.code())
    .bind(error)
    .bind(now)
    .bind(over.then_some(now))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Begins a run, or begins it again after a crash: what it had found is cleared. `None` when
/// there is nothing to do.
///
/// # Errors
/// A database error.
pub async fn begin(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Run>, IntakeError> {
    let run = read(tx, authority, id, "for update").await?;
    match run.state.as_str() {
        "waiting" | "running" => {}
        // the program died between the wish to stop and the stop
        "stopping" => {
            set(tx, &run, State::Stopped, None, now).await?;
            return Ok(None);
        }
        _ => return Ok(None),
    }
    sqlx::query(
        "update intake_run set state = 'running', begun = begun + 1, began_at = $3, touched_at = $3, stage = '准备',
             stage_done = 0, stage_total = 0, stage_began_at = $3, finished_at = null, error = null
         where authority = $1 and run_id = $2",
    )
    .bind(authority)
    .bind(id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    clear(tx, authority, id).await?;
    Ok(Some(one(tx, authority, id).await?))
}

/// Takes away what a run had found before it is found again.
async fn clear(tx: &mut TenantTx, authority: &str, id: Uuid) -> Result<(), IntakeError> {
    for sql in [
        "delete from intake_record where authority = $1 and run_id = $2",
        "delete from intake_finding where authority = $1 and run_id = $2",
        "delete from intake_doubt where authority = $1 and run_id = $2",
    ] {
        sqlx::query(sql)
            .bind(authority)
            .bind(id)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Notes how far a run is; tells whether it is to stop.
///
/// # Errors
/// A database error.
pub async fn touch(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    step: &Step,
    now: DateTime<Utc>,
) -> Result<bool, IntakeError> {
    let state: Option<String> = sqlx::query_scalar(
        "update intake_run set stage_began_at = case when stage = $3 then stage_began_at else $6 end,
             stage = $3, stage_done = $4, stage_total = $5, touched_at = $6
         where authority = $1 and run_id = $2 returning state",
    )
    .bind(authority)
    .bind(id)
    .bind(&step.stage)
    .bind(i64::try_from(step.done).unwrap_or(i64::MAX))
    .bind(i64::try_from(step.total).unwrap_or(i64::MAX))
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(state.as_deref() != Some("running"))
}

/// Ends a run with its figures and the digest of its stock.
///
/// # Errors
/// A database error.
pub async fn finish(
    tx: &mut TenantTx,
    run: &Run,
    summary: &Value,
    stock_sm3: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    sqlx::query(
        "update intake_run set state = 'done', summary = $3, stock_sm3 = $4, stage = '完成', stage_done = stage_total,
             touched_at = $5, finished_at = $5, error = null
         where authority = $1 and run_id = $2",
    )
    .bind(&run.authority)
    .bind(run.run_id)
    .bind(summary)
    .bind(stock_sm3)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a run that was stopped or failed.
///
/// # Errors
/// A database error.
pub async fn break_off(
    tx: &mut TenantTx,
    run: &Run,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), IntakeError> {
    let state = if error.is_some() {
        State::Failed
    } else {
        State::Stopped
    };
    set(tx, run, state, error, now).await
}
