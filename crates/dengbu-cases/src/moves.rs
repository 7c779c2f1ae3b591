//! Making moves: each is decided by the flow, written as an event, and leads the
//! case to its next step.

use chrono::NaiveDate;
use dengbu_law::flow::{self, Move, Outcome, Step};
use dengbu_law::materials as list;
use dengbu_register::{certificates, forms};
use dengbu_store::{TenantTx, outbox};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::{
    CaseError, Doing, check, clock, days, fees, hand, joint, materials, notices, recording,
    service, trail,
};

/// A move as asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The move.
    pub action: Move,
    /// Opinion (审核意见).
    pub opinion: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Where a case is sent back to.
    pub target: Option<Step>,
    /// Paper forms to print on, one per certificate (印制号).
    pub form_serials: Vec<String>,
    /// To whom the result is handed.
    pub recipient: Option<Recipient>,
    /// Archive number.
    pub archive_no: Option<String>,
    /// For whom the doer stands in (代理), who has claimed the case. The trail names both; what
    /// goes into the register names the doer alone.
    pub standing_for: Option<Absent>,
}

/// An absent colleague (被代理人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// Identity.
    pub staff_id: Uuid,
    /// Name.
    pub name: String,
}

impl Request {
    /// A move with nothing said about it.
    #[must_use]
    pub fn plain(action: Move) -> Self {
        Self {
            action,
            opinion: None,
            reason: None,
            target: None,
            form_serials: Vec::new(),
            recipient: None,
            archive_no: None,
            standing_for: None,
        }
    }
}

/// To whom the result is handed (领证人).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Name.
    pub name: String,
    /// Identity number.
    #[serde(default)]
    pub id_number: Option<String>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
}

/// What the authority promises and who it is, for the move at hand.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Working days committed; the catalogue's unless the authority tightened it.
    pub committed_days: u32,
}

/// Makes a move; gives the case as it then is.
///
/// # Errors
/// [`CaseError::Stale`], [`CaseError::Flow`], and whatever the step demands:
/// fields, rules, materials, forms.
pub async fn make(
    tx: &mut TenantTx,
    tools: &recording::Tools<'_>,
    case_no: &str,
    seen_version: i64,
    request: &Request,
    promise: &Promise,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    joint::queue(tx, &case).await?;
    let taken = case.taken();
    let standing = case.standing(&taken);
    let outcome = flow::decide(
        &standing,
        request.action,
        doing.staff_id,
        request.reason.as_deref(),
        request.target,
    )?;
    let absent = request.standing_for.as_ref().map(|a| a.staff_id);
    hand::require_hand(&case, request.action, doing.staff_id, absent)?;
    if let Some(absent) = absent.filter(|_| request.action != Move::Withdraw) {
        // the deputy decides for somebody who must not have decided before
        flow::barred(&standing, absent)?;
    }
    fees::before(tx, &case, request.action).await?;
    let detail = demand(tx, tools, &case, request, doing).await?;
    write(tx, &case, request, outcome, detail, promise, doing).await?;
    load(tx, case_no, false).await
}

/// What each move needs before it may be made; gives what the event records of it.
async fn demand(
    tx: &mut TenantTx,
    tools: &recording::Tools<'_>,
    case: &Case,
    request: &Request,
    doing: &Doing<'_>,
) -> Result<Option<Value>, CaseError> {
    match request.action {
        Move::Submit => {
            complete(tx, case, doing).await?;
            Ok(None)
        }
        Move::Agree => {
            if case.step == Step::Notice {
                let reason = request.reason.as_deref();
                notices::require_over(tx, case, reason, doing.today()).await?;
            } else if case.step == Step::Approval {
                notices::require_clear(tx, case).await?;
            }
            let states = check::units(tx, case).await?;
            let calendar = days::calendar(tx, &case.authority).await?;
            check::require_clear(case, &states, &calendar, doing)?;
            Ok(None)
        }
        Move::Record => {
            joint::require_decided(tx, case).await?;
            notices::require_clear(tx, case).await?;
            Ok(Some(recording::record(tx, tools, case, doing).await?))
        }
        Move::MakeCertificate => Ok(Some(print(tx, case, request, doing).await?)),
        Move::Deliver => {
            let recipient = request
                .recipient
                .as_ref()
                .filter(|r| !r.name.trim().is_empty());
            let recipient = recipient
                .ok_or_else(|| fault("/recipient/name", "required", "请填写领证人姓名"))?;
            let value = json!(recipient);
            certificates::delivered(tx, &case.county, &case.case_no, &value, doing.now).await?;
            Ok(Some(json!({ "recipient": recipient.name })))
        }
        Move::Archive => {
            let number = request
                .archive_no
                .as_deref()
                .map(str::trim)
                .filter(|n| !n.is_empty());
            let number = number.ok_or_else(|| fault("/archive_no", "required", "请填写档案号"))?;
            if number.chars().count() > 50 {
                return Err(fault("/archive_no", "too_long", "档案号不能超过 50 字"));
            }
            Ok(Some(json!({ "archive_no": number })))
        }
        Move::SendBack
        | Move::Correct
        | Move::RejectAcceptance
        | Move::Refuse
        | Move::Withdraw
        | Move::AutoDecide => Ok(None),
    }
}

pub(crate) fn fault(field: &str, code: &'static str, message: &str) -> CaseError {
    CaseError::Fields(vec![dengbu_law::application::FieldError {
        field: field.to_owned(),
        code,
        message: message.to_owned(),
    }])
}

async fn complete(tx: &mut TenantTx, case: &Case, doing: &Doing<'_>) -> Result<(), CaseError> {
    let faults = case
        .application
        .validate(case.business, doing.today(), true);
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    let states = check::units(tx, case).await?;
    let calendar = days::calendar(tx, &case.authority).await?;
    check::require_clear(case, &states, &calendar, doing)?;
    let received = materials::received(tx, case).await?;
    let list = case.checklist(&states, doing.today());
    let missing: Vec<String> = list::missing(&list, &received)
        .into_iter()
        .map(|c| format!("{} {}", c.item.code, c.item.name))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CaseError::MaterialsMissing(missing))
    }
}

/// 缮证: one blank form per certificate, taken from the authority's stock.
async fn print(
    tx: &mut TenantTx,
    case: &Case,
    request: &Request,
    doing: &Doing<'_>,
) -> Result<Value, CaseError> {
    let issued = certificates::of_case(tx, &case.county, &case.case_no).await?;
    if request.form_serials.len() != issued.len() {
        let message = format!("本业务有 {} 本证书（证明），请逐本填写印制号", issued.len());
        return Err(fault("/form_serials", "count", &message));
    }
    let mut used = Vec::new();
    for (certificate, serial) in issued.iter().zip(&request.form_serials) {
        let serial = dengbu_model::certificate::FormSerial::parse(serial)
            .map_err(|e| fault("/form_serials", "form_serial_invalid", &e.to_string()))?
            .to_string();
        dengbu_register::stock::may_use(tx, &case.authority, &serial, doing.staff_id).await?;
        forms::use_form(
            tx,
            &case.authority,
            &certificate.kind,
            &serial,
            &certificate.certificate_no,
            &case.case_no,
            doing.name,
            doing.now,
        )
        .await?;
        certificates::printed(
            tx,
            &case.county,
            &certificate.certificate_no,
            &serial,
            doing.now,
        )
        .await?;
        used.push(json!({ "certificate_no": certificate.certificate_no, "form_serial": serial }));
    }
    Ok(json!({ "printed": used }))
}

/// Writes a move that was decided: its event, the case's new place, the message.
pub(crate) async fn write(
    tx: &mut TenantTx,
    case: &Case,
    request: &Request,
    outcome: Outcome,
    detail: Option<Value>,
    promise: &Promise,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let row = trail::Row {
        action: request.action.code(),
        to_state: outcome.state.code(),
        to_step: outcome.step.code(),
        opinion: request.opinion.as_deref(),
        reason: request.reason.as_deref(),
        detail,
        standing_for: request.standing_for.as_ref().map(|a| a.name.as_str()),
    };
    trail::write(tx, case, row, doing).await?;
    service::after(tx, case, request.action, doing).await?;
    let (ran, paused_at) =
        clock::follow(tx, case, outcome, request.reason.as_deref(), doing).await?;
    let due: Option<NaiveDate> = if outcome.restarts_clock {
        let calendar = days::calendar(tx, &case.authority).await?;
        Some(calendar.due(doing.today(), promise.committed_days))
    } else {
        ran
    };
    let clock_start = if outcome.restarts_clock {
        Some(doing.now)
    } else {
        case.clock_start
    };
    let accepted_at = case
        .accepted_at
        .or(outcome.restarts_clock.then_some(doing.now));
    let recorded_at =
        case.recorded_at
            .or(matches!(request.action, Move::Record | Move::AutoDecide).then_some(doing.now));
    let closed_at = outcome.state.is_final().then_some(doing.now);
    let archive_no = request
        .archive_no
        .as_deref()
        .map(str::trim)
        .or(case.archive_no.as_deref());
    let back = matches!(request.action, Move::SendBack | Move::Correct);
    // a case sent back or to be corrected returns to whoever took it in; any other goes to the pool
    let keep = back && outcome.step == Step::Acceptance;
    sqlx::query(
        "update registration_case set state = $3, step = $4, version = version + 1, due_on = $5, clock_start = $6,
             accepted_at = $7, recorded_at = $8, closed_at = $9, archive_no = $10, arrived_at = $11, sent_back = $12,
             assignee = case when $13 then taken_by end, assignee_name = case when $13 then taken_by_name end,
             paused_at = $14
         where county = $1 and case_no = $2",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(outcome.state.code())
    .bind(outcome.step.code())
    .bind(due)
    .bind(clock_start)
    .bind(accepted_at)
    .bind(recorded_at)
    .bind(closed_at)
    .bind(archive_no)
    .bind(doing.now)
    .bind(back)
    .bind(keep)
    .bind(paused_at)
    .execute(tx.conn())
    .await?;
    if outcome.frees_units {
        sqlx::query("update case_unit set open = false where county = $1 and case_no = $2")
            .bind(&case.county)
            .bind(&case.case_no)
            .execute(tx.conn())
            .await?;
    }
    let note = json!({ "case_no": case.case_no, "action": request.action.code(), "state": outcome.state.code() });
    outbox::insert(tx, &case.county, "case.moved", &case.case_no, &note).await?;
    fees::after(tx, case, request.action, doing).await
}
