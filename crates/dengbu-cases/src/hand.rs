//! In whose hands a case is: claimed, given back, handed to another (认领、转办、代理).

use dengbu_law::flow::{self, CaseState, FlowError, Move, Step};
use dengbu_store::TenantTx;
use serde_json::json;
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::moves::fault;
use crate::trail::{self, Happening};
use crate::{CaseError, Doing};

/// What keeps somebody's hands off a case that another has claimed. At the counter it keeps
/// nobody: the applicants bring what is missing, and withdraw (不动产登记暂行条例第十五条), at
/// whichever window is free.
#[must_use]
pub fn held_by_other(
    case: &Case,
    action: Move,
    staff_id: Uuid,
    standing_for: Option<Uuid>,
) -> Option<String> {
    let holder = case.assignee?;
    if action == Move::Withdraw
        || case.step == Step::Acceptance
        || holder == staff_id
        || Some(holder) == standing_for
    {
        return None;
    }
    let name = case.assignee_name.as_deref().unwrap_or("他人");
    Some(format!(
        "业务件已由{name}认领；需要由您办理的，请{name}放回待认领，或者由督办人员转办"
    ))
}

pub(crate) fn require_hand(
    case: &Case,
    action: Move,
    staff_id: Uuid,
    standing_for: Option<Uuid>,
) -> Result<(), CaseError> {
    match held_by_other(case, action, staff_id, standing_for) {
        Some(message) => Err(fault("/action", "claimed", &message)),
        None => Ok(()),
    }
}

/// Claims a case from the pool, or gives it back.
///
/// # Errors
/// [`CaseError::Stale`], [`CaseError::Fields`] when another has claimed it.
pub async fn assign(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    claim: bool,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if case.state.is_final() {
        return Err(FlowError::Over(case.state).into());
    }
    // a deputy acts on it and does not take it over: the trail would lose for whom
    if let Some(other) = case.assignee.filter(|a| *a != doing.staff_id) {
        let name = case
            .assignee_name
            .clone()
            .unwrap_or_else(|| other.to_string());
        return Err(fault(
            "/action",
            "claimed",
            &format!("业务件已由{name}认领"),
        ));
    }
    if case.state == CaseState::Draft && !claim {
        return Err(fault("/action", "draft", "草稿不能放回待认领，可以撤回"));
    }
    if claim {
        // who may not take the step would only keep others from it
        let taken = case.taken();
        flow::barred(&case.standing(&taken), doing.staff_id)?;
    }
    let to = claim.then_some((doing.staff_id, doing.name));
    put(tx, &case, to).await?;
    load(tx, case_no, false).await
}

async fn put(tx: &mut TenantTx, case: &Case, to: Option<(Uuid, &str)>) -> Result<(), CaseError> {
    sqlx::query(
        "update registration_case set assignee = $3, assignee_name = $4, version = version + 1
         where county = $1 and case_no = $2",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(to.map(|t| t.0))
    .bind(to.map(|t| t.1))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether a case can be handed to a person, who holds the post of its step: it is under way and
/// the person took none of the steps that bar from it (岗位分离).
///
/// # Errors
/// [`CaseError::Flow`], [`CaseError::Fields`].
pub fn may_receive(case: &Case, person: Uuid) -> Result<(), CaseError> {
    if case.state.is_final() {
        return Err(FlowError::Over(case.state).into());
    }
    if case.assignee == Some(person) {
        return Err(fault("/to", "same", "业务件已经由该人员办理"));
    }
    let taken = case.taken();
    flow::barred(&case.standing(&taken), person)?;
    Ok(())
}

/// Hands a case to another person, or back to the pool (转办). Who may hold it by their post is
/// the caller's to ask; drafts stay with somebody.
///
/// # Errors
/// [`CaseError::Flow`], [`CaseError::Fields`].
pub async fn reassign(
    tx: &mut TenantTx,
    case: &Case,
    to: Option<(Uuid, &str)>,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    match to {
        Some((person, _)) => may_receive(case, person)?,
        None if case.state.is_final() => return Err(FlowError::Over(case.state).into()),
        None if case.state == CaseState::Draft => {
            return Err(fault("/to", "draft", "草稿须有人办理，请选择接办人"));
        }
        None if case.assignee.is_none() => {
            return Err(fault("/to", "same", "业务件没有人认领，已在待认领中"));
        }
        None => {}
    }
    put(tx, case, to).await?;
    let from = case.assignee_name.as_deref().unwrap_or("待认领");
    let name = to.map_or("待认领", |t| t.1);
    let said = format!("由{from}转至{name}：{reason}");
    let detail = json!({ "from": case.assignee, "to": to.map(|t| t.0) });
    trail::note(
        tx,
        case,
        Happening::Reassign,
        Some(&said),
        Some(detail),
        doing,
    )
    .await
}

/// How many open cases each of these people has claimed.
///
/// # Errors
/// A database error.
pub async fn loads(
    tx: &mut TenantTx,
    people: &[Uuid],
) -> Result<std::collections::BTreeMap<Uuid, i64>, CaseError> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select assignee, count(*) from registration_case
         where closed_at is null and assignee = any($1) group by assignee",
    )
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}
