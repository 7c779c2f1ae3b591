//! Cases that are handled together (并案), and parting them (分案).

use dengbu_law::flow::{CaseState, FlowError, Step};
use dengbu_law::joint::{self as law, Fellow};
use dengbu_store::TenantTx;
use serde_json::json;
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::moves::fault;
use crate::trail::{self, Happening};
use crate::{CaseError, Doing};

/// Cases in one group, at most.
pub const GROUP_MAX: usize = 20;

/// A case handled together with another.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Joined {
    /// Number.
    pub case_no: String,
    /// Business code.
    pub business: String,
    /// State.
    pub state: String,
    /// Step.
    pub step: String,
    /// Where the units lie.
    pub address: String,
    /// True once it is in the register.
    pub recorded: bool,
}

async fn group(tx: &mut TenantTx, case: &Case) -> Result<Option<Uuid>, CaseError> {
    Ok(sqlx::query_scalar(
        "select joint_id from case_joint where county = $1 and case_no = $2 and left_at is null",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_optional(tx.conn())
    .await?)
}

async fn members(tx: &mut TenantTx, joint: Uuid) -> Result<Vec<Joined>, CaseError> {
    Ok(sqlx::query_as(
        "select c.case_no, c.business, c.state, c.step, c.address, c.recorded_at is not null as recorded
         from case_joint j join registration_case c on c.county = j.county and c.case_no = j.case_no
         where j.joint_id = $1 and j.left_at is null order by j.joined_at, c.case_no",
    )
    .bind(joint)
    .fetch_all(tx.conn())
    .await?)
}

/// The cases handled together with this one, in the order they joined.
///
/// # Errors
/// A database error.
pub async fn fellows(tx: &mut TenantTx, case: &Case) -> Result<Vec<Joined>, CaseError> {
    let Some(joint) = group(tx, case).await? else {
        return Ok(Vec::new());
    };
    let mut all = members(tx, joint).await?;
    all.retain(|j| j.case_no != case.case_no);
    Ok(all)
}

/// Has those who move cases of one group do so one after another until the transaction ends.
/// The row of the case is locked before; nobody waits for another's row while holding this.
pub(crate) async fn queue(tx: &mut TenantTx, case: &Case) -> Result<(), CaseError> {
    if let Some(joint) = group(tx, case).await? {
        lock(tx, joint).await?;
    }
    Ok(())
}

async fn lock(tx: &mut TenantTx, joint: Uuid) -> Result<(), CaseError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('case_joint ' || $1::text, 0))")
        .bind(joint)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Refuses unless all that are handled together with the case are decided.
pub(crate) async fn require_decided(tx: &mut TenantTx, case: &Case) -> Result<(), CaseError> {
    let others: Vec<Fellow> = fellows(tx, case)
        .await?
        .into_iter()
        .filter_map(|j| {
            Some(Fellow {
                state: CaseState::from_code(&j.state)?,
                step: Step::from_code(&j.step)?,
                case_no: j.case_no,
                recorded: j.recorded,
            })
        })
        .collect();
    law::may_record(&others).map_err(|e| fault("/action", "joint", &e.to_string()))
}

fn may_join(case: &Case) -> Result<(), CaseError> {
    if case.state.is_final() {
        return Err(FlowError::Over(case.state).into());
    }
    if case.recorded_at.is_some() {
        let message = format!("业务件 {} 已登簿，不能并案", case.case_no);
        return Err(fault("/with", "recorded", &message));
    }
    Ok(())
}

/// Has a case handled together with another of the same authority (并案), and with all that are with
/// that one already.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when the two cannot be joined.
pub async fn join(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    with: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    if with == case_no {
        return Err(fault("/with", "same", "请填写另一件业务的受理编号"));
    }
    // both rows in one order, whichever of the two is asked for
    let (first, second) = if case_no < with {
        (case_no, with)
    } else {
        (with, case_no)
    };
    let unknown = |e| match e {
        CaseError::Unknown(no) if no == with => {
            fault("/with", "unknown", "没有找到这件业务，请核对受理编号")
        }
        other => other,
    };
    let one = load(tx, first, true).await.map_err(unknown)?;
    let other = load(tx, second, true).await.map_err(unknown)?;
    let (case, fellow) = if one.case_no == case_no {
        (one, other)
    } else {
        (other, one)
    };
    require_version(&case, seen_version)?;
    if case.authority != fellow.authority {
        return Err(fault(
            "/with",
            "authority",
            "两件业务不属于同一登记机构，不能并案",
        ));
    }
    may_join(&case)?;
    may_join(&fellow)?;
    if group(tx, &case).await?.is_some() {
        return Err(fault(
            "/with",
            "joined",
            "本业务已经并案；并入其他业务的，请先分案",
        ));
    }
    let joint = match group(tx, &fellow).await? {
        Some(joint) => {
            lock(tx, joint).await?;
            if members(tx, joint).await?.len() >= GROUP_MAX {
                let message = format!("一组并案最多 {GROUP_MAX} 件");
                return Err(fault("/with", "too_many", &message));
            }
            joint
        }
        None => {
            let joint = (doing.ids)();
            put(tx, &fellow, joint, doing).await?;
            tell(
                tx,
                &fellow,
                Happening::Join,
                &format!("与 {case_no} 并案"),
                doing,
            )
            .await?;
            joint
        }
    };
    put(tx, &case, joint, doing).await?;
    tell(
        tx,
        &case,
        Happening::Join,
        &format!("与 {with} 并案"),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

async fn put(
    tx: &mut TenantTx,
    case: &Case,
    joint: Uuid,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    sqlx::query(
        "insert into case_joint (county, case_no, joint_id, authority, joined_at, joined_by_name)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (county, case_no, joint_id) do update set left_at = null, left_by_name = null, left_reason = null",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(joint)
    .bind(&case.authority)
    .bind(doing.now)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn tell(
    tx: &mut TenantTx,
    case: &Case,
    what: Happening,
    said: &str,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let detail = json!({ "case_no": case.case_no });
    trail::note(tx, case, what, Some(said), Some(detail), doing).await
}

/// Parts a case from those it is handled together with (分案).
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when it is with none or no reason is given.
pub async fn part(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(fault("/reason", "required", "请写明分案的理由"));
    }
    let Some(joint) = group(tx, &case).await? else {
        return Err(fault("/reason", "none", "本业务没有并案"));
    };
    lock(tx, joint).await?;
    sqlx::query(
        "update case_joint set left_at = $4, left_by_name = $5, left_reason = $6
         where county = $1 and case_no = $2 and joint_id = $3",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(joint)
    .bind(doing.now)
    .bind(doing.name)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    tell(
        tx,
        &case,
        Happening::Part,
        &format!("分案：{reason}"),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}
