//! The clock of a case (计时): it stands while its public notice runs, whatever is done beside it,
//! while the applicants complete their papers, and when somebody stops it for a reason of
//! [`dengbu_law::suspension`].
//!
//! What stood is one table. When the clock starts again the last day of the limit moves by the
//! working days that passed ([`dengbu_law::calendar::Calendar::shifted`]); after a correction it
//! counts anew (不动产登记暂行条例第十七条). So `due_on` is true whenever `paused_at` is empty, and
//! whoever lists cases needs no more than the two.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::flow::{self, CaseState, Step};
use dengbu_law::suspension;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::moves::fault;
use crate::trail::{self, Happening};
use crate::{CaseError, Doing, days};

/// Whose name stands under what the platform starts again by itself.
pub const WAKER: &str = "系统（到期恢复）";

/// Why a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseKind {
    /// 公告 (实施细则第十七条).
    Notice,
    /// 补正 (条例第十七条).
    Correction,
    /// 暂停计时.
    Suspension,
}

impl PauseKind {
    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Correction => "correction",
            Self::Suspension => "suspension",
        }
    }

    /// Name shown to people for the code.
    #[must_use]
    pub fn name_of(code: &str) -> &'static str {
        match code {
            "notice" => "公告",
            "correction" => "补正",
            _ => "暂停计时",
        }
    }
}

/// A time in which the clock stood, or stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Pause {
    /// Identity.
    pub pause_id: Uuid,
    /// `notice`, `correction` or `suspension`.
    pub kind: String,
    /// Reason in [`dengbu_law::suspension`].
    pub reason_code: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// What it rests on.
    pub law: String,
    /// When it starts again by itself.
    pub until: Option<NaiveDate>,
    /// Since.
    pub began_at: DateTime<Utc>,
    /// Who stopped it.
    pub began_by_name: String,
    /// Until.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who started it.
    pub ended_by_name: Option<String>,
    /// Why.
    pub end_reason: Option<String>,
}

/// What stopped the clock of a case, in order.
///
/// # Errors
/// A database error.
pub async fn pauses(tx: &mut TenantTx, case: &Case) -> Result<Vec<Pause>, CaseError> {
    Ok(sqlx::query_as(
        "select pause_id, kind, reason_code, reason, law, until, began_at, began_by_name, ended_at,
                ended_by_name, end_reason
         from case_pause where county = $1 and case_no = $2 order by began_at, pause_id",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?)
}

/// A clock that stops.
struct Stop<'a> {
    kind: PauseKind,
    reason_code: Option<&'a str>,
    reason: &'a str,
    law: &'a str,
    until: Option<NaiveDate>,
}

/// What stands a clock at this point of a case, a suspension aside.
async fn standing(
    tx: &mut TenantTx,
    case: &Case,
    state: CaseState,
    step: Step,
    today: NaiveDate,
) -> Result<Option<Stop<'static>>, CaseError> {
    if state == CaseState::Correction {
        return Ok(Some(Stop {
            kind: PauseKind::Correction,
            reason_code: None,
            reason: "补正",
            law: "《不动产登记暂行条例》第十七条",
            until: None,
        }));
    }
    let tended = state == CaseState::InProgress && step > Step::Acceptance && step <= Step::Notice;
    let Some(rule) = case.business.notice.as_ref().filter(|_| tended) else {
        return Ok(None);
    };
    let ends_on: Option<NaiveDate> = sqlx::query_scalar(
        "select ends_on from public_notice
         where county = $1 and case_no = $2 and withdrawn_at is null and ends_on >= $3",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(today)
    .fetch_optional(tx.conn())
    .await?;
    Ok(ends_on.map(|last| Stop {
        kind: PauseKind::Notice,
        reason_code: None,
        reason: "公告",
        law: &rule.source,
        until: last.succ_opt(),
    }))
}

async fn open_kind(tx: &mut TenantTx, case: &Case) -> Result<Option<String>, CaseError> {
    Ok(sqlx::query_scalar(
        "select kind from case_pause where county = $1 and case_no = $2 and ended_at is null",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_optional(tx.conn())
    .await?)
}

async fn begin(
    tx: &mut TenantTx,
    case: &Case,
    stop: &Stop<'_>,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    sqlx::query(
        "insert into case_pause (county, case_no, pause_id, kind, reason_code, reason, law, until, began_at,
             began_by, began_by_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind((doing.ids)())
    .bind(stop.kind.code())
    .bind(stop.reason_code)
    .bind(stop.reason)
    .bind(stop.law)
    .bind(stop.until)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends what stands; gives the last day of the limit as it then is.
async fn end(
    tx: &mut TenantTx,
    case: &Case,
    reason: Option<&str>,
    doing: &Doing<'_>,
) -> Result<Option<NaiveDate>, CaseError> {
    sqlx::query(
        "update case_pause set ended_at = greatest(began_at, $3), ended_by_name = $4, end_reason = $5
         where county = $1 and case_no = $2 and ended_at is null",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(doing.now)
    .bind(doing.name)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    let (Some(due), Some(stopped)) = (case.due_on, case.paused_at) else {
        return Ok(case.due_on);
    };
    let calendar = days::calendar(tx, &case.authority).await?;
    Ok(Some(calendar.shifted(
        due,
        date_in_shanghai(stopped),
        doing.today(),
    )))
}

/// Has the clock follow a move: what stood ends unless it stands on, and what stands where the
/// move leads begins. Gives the last day of the limit, had it not begun anew, and since when the
/// clock stands.
pub(crate) async fn follow(
    tx: &mut TenantTx,
    case: &Case,
    outcome: flow::Outcome,
    reason: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(Option<NaiveDate>, Option<DateTime<Utc>>), CaseError> {
    let stop = standing(tx, case, outcome.state, outcome.step, doing.today()).await?;
    settle(tx, case, stop, reason, doing).await
}

async fn settle(
    tx: &mut TenantTx,
    case: &Case,
    stop: Option<Stop<'_>>,
    reason: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(Option<NaiveDate>, Option<DateTime<Utc>>), CaseError> {
    let open = open_kind(tx, case).await?;
    if open.is_some() && open.as_deref() == stop.as_ref().map(|s| s.kind.code()) {
        return Ok((case.due_on, case.paused_at));
    }
    let due = if open.is_some() {
        end(tx, case, None, doing).await?
    } else {
        case.due_on
    };
    let Some(stop) = stop else {
        return Ok((due, None));
    };
    let stop = Stop {
        reason: reason.unwrap_or(stop.reason),
        ..stop
    };
    begin(tx, case, &stop, doing).await?;
    Ok((due, Some(doing.now)))
}

/// Has the clock follow a notice that was published or taken back.
pub(crate) async fn follow_notice(
    tx: &mut TenantTx,
    case: &Case,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let stop = standing(tx, case, case.state, case.step, doing.today()).await?;
    let (due, paused_at) = settle(tx, case, stop, None, doing).await?;
    stand(tx, case, case.state, due, paused_at).await
}

/// A suspension as asked for.
#[derive(Debug, Clone)]
pub struct Suspension<'a> {
    /// Reason in [`dengbu_law::suspension`].
    pub reason_code: &'a str,
    /// Why, in words.
    pub reason: &'a str,
    /// When the clock starts again by itself.
    pub until: NaiveDate,
}

/// Stops the clock (暂停计时).
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when the case cannot be stopped, the reason is
/// none of the authority's or lasts too long.
pub async fn suspend(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    asked: &Suspension<'_>,
    settings: &Value,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if case.state.is_final() {
        return Err(flow::FlowError::Over(case.state).into());
    }
    if !flow::may_suspend(&case.standing(&case.taken())) {
        let message = format!(
            "业务件{}，处于“{}”环节，不能暂停计时；只有已受理、尚未登簿的在办业务可以暂停",
            case.state.name_zh(),
            case.step.name_zh()
        );
        return Err(fault("/reason_code", "not_here", &message));
    }
    let reason = asked.reason.trim();
    if reason.is_empty() {
        return Err(fault("/reason", "required", "请写明暂停的具体事由"));
    }
    let calendar = days::calendar(tx, &case.authority).await?;
    let used = used(&pauses(tx, &case).await?, asked.reason_code, &calendar);
    let reasons = suspension::reasons(settings);
    let found = suspension::allow(
        &reasons,
        asked.reason_code,
        used,
        suspension::total(settings),
        doing.today(),
        asked.until,
        &calendar,
    )
    .map_err(|e| {
        let field = match e {
            suspension::SuspensionError::UnknownReason(_) => "/reason_code",
            _ => "/until",
        };
        fault(field, "suspension", &e.to_string())
    })?;
    let due = if case.paused_at.is_some() {
        end(tx, &case, Some("转为暂停计时"), doing).await?
    } else {
        case.due_on
    };
    let stop = Stop {
        kind: PauseKind::Suspension,
        reason_code: Some(asked.reason_code),
        reason,
        law: &found.source,
        until: Some(asked.until),
    };
    begin(tx, &case, &stop, doing).await?;
    stand(tx, &case, CaseState::Suspended, due, Some(doing.now)).await?;
    let detail = json!({ "reason_code": found.code, "until": asked.until });
    let said = format!("{}：{reason}（至 {}）", found.name, asked.until);
    trail::note_as(
        tx,
        &case,
        Happening::Suspend,
        CaseState::Suspended,
        Some(&said),
        Some(detail),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

/// Working days for which the clock of a case was stopped, for one reason and for all.
fn used(
    pauses: &[Pause],
    code: &str,
    calendar: &dengbu_law::calendar::Calendar,
) -> suspension::Used {
    let days = |of: &dyn Fn(&str) -> bool| {
        pauses
            .iter()
            .filter(|p| p.reason_code.as_deref().is_some_and(of))
            .filter_map(|p| Some((p.began_at, p.ended_at?)))
            .map(|(from, to)| calendar.between(date_in_shanghai(from), date_in_shanghai(to)))
            .map(|n| u32::try_from(n).unwrap_or(0))
            .sum()
    };
    suspension::Used {
        same: days(&|c| c == code),
        all: days(&|_| true),
    }
}

async fn stand(
    tx: &mut TenantTx,
    case: &Case,
    state: CaseState,
    due: Option<NaiveDate>,
    paused_at: Option<DateTime<Utc>>,
) -> Result<(), CaseError> {
    sqlx::query(
        "update registration_case set state = $3, due_on = $4, paused_at = $5
         where county = $1 and case_no = $2",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(state.code())
    .bind(due)
    .bind(paused_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Starts the clock of a suspended case again (恢复计时).
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when it is not suspended or no reason is given.
pub async fn resume(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if reason.trim().is_empty() {
        return Err(fault("/reason", "required", "请写明恢复的事由"));
    }
    start(tx, &case, reason.trim(), doing).await?;
    load(tx, case_no, false).await
}

async fn start(
    tx: &mut TenantTx,
    case: &Case,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    if case.state != CaseState::Suspended {
        return Err(fault(
            "/reason",
            "not_suspended",
            "业务件没有暂停计时，不需要恢复",
        ));
    }
    let due = end(tx, case, Some(reason), doing).await?;
    // a notice that still runs stands the clock on
    let stop = standing(tx, case, CaseState::InProgress, case.step, doing.today()).await?;
    if let Some(stop) = &stop {
        begin(tx, case, stop, doing).await?;
    }
    stand(
        tx,
        case,
        CaseState::InProgress,
        due,
        stop.map(|_| doing.now),
    )
    .await?;
    trail::note_as(
        tx,
        case,
        Happening::Resume,
        CaseState::InProgress,
        Some(reason),
        None,
        doing,
    )
    .await
}

/// Cases whose suspension or notice was to end by that day, a page each.
///
/// # Errors
/// A database error.
pub async fn overslept(
    tx: &mut TenantTx,
    today: NaiveDate,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, CaseError> {
    Ok(sqlx::query_scalar(
        "select case_no from case_pause
         where ended_at is null and until <= $1 and case_no > $2 order by case_no limit $3",
    )
    .bind(today)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Starts a clock whose day has come; gives its case, none when somebody was quicker.
///
/// # Errors
/// A database error.
pub async fn wake(
    tx: &mut TenantTx,
    case_no: &str,
    now: DateTime<Utc>,
    ids: dengbu_register::NewId<'_>,
) -> Result<Option<Case>, CaseError> {
    let case = load(tx, case_no, true).await?;
    let doing = Doing {
        staff_id: Uuid::nil(),
        name: WAKER,
        now,
        ids,
    };
    let today = doing.today();
    let open = pauses(tx, &case)
        .await?
        .into_iter()
        .find(|p| p.ended_at.is_none());
    let Some(pause) = open.filter(|p| p.until.is_some_and(|d| d <= today)) else {
        return Ok(None);
    };
    if pause.kind == PauseKind::Suspension.code() {
        if case.state != CaseState::Suspended {
            return Ok(None);
        }
        start(tx, &case, "预计恢复日期已到", &doing).await?;
    } else {
        let due = end(tx, &case, Some("公告期满"), &doing).await?;
        stand(tx, &case, case.state, due, None).await?;
    }
    Ok(Some(case))
}
