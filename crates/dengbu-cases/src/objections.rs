//! Objections to public notices (公告异议): taken in, decided.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::flow::FlowError;
use dengbu_law::notice::Objection;
use dengbu_store::TenantTx;
use sqlx::FromRow;
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::moves::fault;
use crate::notices::{self, wanting};
use crate::trail::{self, Happening};
use crate::{CaseError, Doing};

/// An objection (公告异议).
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct NoticeObjection {
    /// Identity.
    pub objection_id: Uuid,
    /// The notice.
    pub notice_id: Uuid,
    /// Who objects.
    pub objector: String,
    /// How to reach them.
    pub contact: String,
    /// On what grounds.
    pub grounds: String,
    /// Papers handed in.
    pub evidence: String,
    /// The day it came in.
    pub received_on: NaiveDate,
    /// When it was taken down.
    pub received_at: DateTime<Utc>,
    /// Who took it in.
    pub received_by_name: String,
    /// `dismissed`, `upheld`, or nothing yet.
    pub decision: Option<String>,
    /// Why.
    pub decision_reason: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by_name: Option<String>,
}

impl NoticeObjection {
    /// As the law sees it.
    #[must_use]
    pub fn standing(&self) -> Objection {
        self.decision
            .as_deref()
            .and_then(Objection::from_code)
            .unwrap_or(Objection::Open)
    }
}

/// The objections to the notices of a case, in the order they came in.
///
/// # Errors
/// A database error.
pub async fn of_case(tx: &mut TenantTx, case: &Case) -> Result<Vec<NoticeObjection>, CaseError> {
    Ok(sqlx::query_as(
        "select objection_id, notice_id, objector, contact, grounds, evidence, received_on, received_at, received_by_name,
                decision, decision_reason, decided_at, decided_by_name
         from notice_objection where county = $1 and case_no = $2 order by received_at, objection_id",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?)
}

/// An objection as it came in.
#[derive(Debug, Clone)]
pub struct NewObjection<'a> {
    /// Who objects.
    pub objector: &'a str,
    /// How to reach them.
    pub contact: &'a str,
    /// On what grounds.
    pub grounds: &'a str,
    /// Papers handed in.
    pub evidence: &'a str,
    /// The day it came in, by the post mark or the counter.
    pub received_on: NaiveDate,
}

/// Takes an objection in (登记公告异议), until the matter is in the register: one that comes after the
/// last day is a dispute all the same (不动产登记暂行条例第二十二条第（二）项).
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when nothing was published or it is recorded.
pub async fn object(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    new: &NewObjection<'_>,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    let faults: Vec<_> = [
        ("/objector", new.objector, 100, "异议人"),
        ("/contact", new.contact, 100, "联系方式"),
        ("/grounds", new.grounds, 2000, "异议理由"),
    ]
    .into_iter()
    .filter_map(|(field, text, most, name)| wanting(field, text, most, name))
    .collect();
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    if new.evidence.chars().count() > 2000 || new.evidence.contains('\0') {
        return Err(fault("/evidence", "too_long", "证据材料不能超过 2000 字"));
    }
    if case.state.is_final() {
        return Err(FlowError::Over(case.state).into());
    }
    if new.received_on > doing.today() {
        return Err(fault("/received_on", "future", "收到日期不能晚于今天"));
    }
    if case.recorded_at.is_some() {
        return Err(fault(
            "/objector",
            "recorded",
            "本业务已登簿，请申请更正登记或者异议登记（《民法典》第二百二十条）",
        ));
    }
    // to the notice that runs or ran last; it may have been taken back meanwhile
    let published = notices::of_case(tx, &case).await?;
    let running = published
        .iter()
        .find(|n| n.withdrawn_at.is_none())
        .or(published.first());
    let Some(running) = running else {
        return Err(fault("/objector", "not_here", "本业务没有发布过公告"));
    };
    sqlx::query(
        "insert into notice_objection (county, objection_id, notice_id, case_no, objector, contact, grounds, evidence,
             received_at, received_by, received_by_name, received_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&case.county)
    .bind((doing.ids)())
    .bind(running.notice_id)
    .bind(&case.case_no)
    .bind(new.objector.trim())
    .bind(new.contact.trim())
    .bind(new.grounds.trim())
    .bind(new.evidence.trim())
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(new.received_on)
    .execute(tx.conn())
    .await?;
    // the trail names nobody: who reads it need not know who objected
    trail::note(
        tx,
        &case,
        Happening::Object,
        Some("收到书面异议"),
        None,
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

/// Decides an objection (处理公告异议), with reasons; not by whoever took it in.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when there is no such objection or it is decided.
pub async fn decide(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    objection: Uuid,
    upheld: bool,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if let Some(f) = wanting("/reason", reason, 2000, "处理意见") {
        return Err(CaseError::Fields(vec![f]));
    }
    if case.state.is_final() {
        return Err(FlowError::Over(case.state).into());
    }
    let found: Option<(Option<String>, Uuid)> = sqlx::query_as(
        "select decision, received_by from notice_objection
         where county = $1 and case_no = $2 and objection_id = $3 for update",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(objection)
    .fetch_optional(tx.conn())
    .await?;
    let (decided, received_by) =
        found.ok_or_else(|| fault("/objection", "unknown", "没有这项异议"))?;
    if decided.is_some() {
        return Err(fault(
            "/objection",
            "decided",
            "这项异议已经处理，处理结果不能更改",
        ));
    }
    let publisher: Option<Uuid> = sqlx::query_scalar(
        "select n.published_by from public_notice n join notice_objection o
             on o.county = n.county and o.notice_id = n.notice_id
         where o.county = $1 and o.objection_id = $2",
    )
    .bind(&case.county)
    .bind(objection)
    .fetch_optional(tx.conn())
    .await?;
    if publisher == Some(doing.staff_id) {
        return Err(fault(
            "/objection",
            "four_eyes",
            "公告由您发布，按照岗位分离要求请由其他人员处理异议",
        ));
    }
    if received_by == doing.staff_id {
        return Err(fault(
            "/objection",
            "four_eyes",
            "异议由您收件，按照岗位分离要求请由其他人员处理",
        ));
    }
    let decision = if upheld {
        Objection::Upheld
    } else {
        Objection::Dismissed
    };
    sqlx::query(
        "update notice_objection set decision = $4, decision_reason = $5, decided_at = $6, decided_by = $7,
             decided_by_name = $8
         where county = $1 and case_no = $2 and objection_id = $3",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(objection)
    .bind(decision.code())
    .bind(reason.trim())
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    // why is with the objection, for those who decide on it
    let said = decision.name_zh();
    trail::note(
        tx,
        &case,
        Happening::DecideObjection,
        Some(said),
        None,
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}
