//! The trail of a case (办理过程): moves and everything else that happened to it, each a row
//! that is never changed.

use dengbu_law::flow::CaseState;
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::case::Case;
use crate::{CaseError, Doing};

/// Something that happens to a case and is no move: state and step stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// 暂停计时.
    Suspend,
    /// 恢复计时.
    Resume,
    /// 发布公告.
    PublishNotice,
    /// 撤回公告.
    WithdrawNotice,
    /// 登记公告异议.
    Object,
    /// 处理公告异议.
    DecideObjection,
    /// 转办.
    Reassign,
    /// 登记送达.
    Serve,
    /// 并案.
    Join,
    /// 分案.
    Part,
}

impl Happening {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::Suspend,
        Self::Resume,
        Self::PublishNotice,
        Self::WithdrawNotice,
        Self::Object,
        Self::DecideObjection,
        Self::Reassign,
        Self::Serve,
        Self::Join,
        Self::Part,
    ];

    /// Code used in records; none is a move's.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::PublishNotice => "publish_notice",
            Self::WithdrawNotice => "withdraw_notice",
            Self::Object => "object",
            Self::DecideObjection => "decide_objection",
            Self::Reassign => "reassign",
            Self::Serve => "serve",
            Self::Join => "join",
            Self::Part => "part",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Suspend => "暂停计时",
            Self::Resume => "恢复计时",
            Self::PublishNotice => "发布公告",
            Self::WithdrawNotice => "撤回公告",
            Self::Object => "登记公告异议",
            Self::DecideObjection => "处理公告异议",
            Self::Reassign => "转办",
            Self::Serve => "登记送达",
            Self::Join => "并案",
            Self::Part => "分案",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.code() == code)
    }
}

/// Writes that it happened, and gives the case its next version: whoever looks at the case
/// sees it. The row of the case is locked by the caller ([`crate::case::load`]).
///
/// # Errors
/// A database error.
pub async fn note(
    tx: &mut TenantTx,
    case: &Case,
    what: Happening,
    reason: Option<&str>,
    detail: Option<Value>,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    note_as(tx, case, what, case.state, reason, detail, doing).await
}

/// The same for what leads to another state.
pub(crate) async fn note_as(
    tx: &mut TenantTx,
    case: &Case,
    what: Happening,
    state: CaseState,
    reason: Option<&str>,
    detail: Option<Value>,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let row = Row {
        action: what.code(),
        to_state: state.code(),
        to_step: case.step.code(),
        opinion: None,
        reason,
        detail,
        standing_for: None,
    };
    write(tx, case, row, doing).await?;
    sqlx::query(
        "update registration_case set version = version + 1 where county = $1 and case_no = $2",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A row of the trail.
pub(crate) struct Row<'a> {
    pub action: &'a str,
    pub to_state: &'a str,
    pub to_step: &'a str,
    pub opinion: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub detail: Option<Value>,
    /// For whom the doer stands in.
    pub standing_for: Option<&'a str>,
}

pub(crate) async fn write(
    tx: &mut TenantTx,
    case: &Case,
    row: Row<'_>,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let name = match row.standing_for {
        Some(absent) => format!("{}（代{absent}）", doing.name),
        None => doing.name.to_owned(),
    };
    // counted in the database: one transaction may write several
    sqlx::query(
        "insert into case_event (county, case_no, seq, at, actor_id, actor_name, action, step, from_state,
             to_state, to_step, opinion, reason, detail)
         values ($1, $2, (select coalesce(max(seq), 0) + 1 from case_event where county = $1 and case_no = $2),
             $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(name)
    .bind(row.action)
    .bind(case.step.code())
    .bind(case.state.code())
    .bind(row.to_state)
    .bind(row.to_step)
    .bind(row.opinion)
    .bind(row.reason)
    .bind(row.detail)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use dengbu_law::flow::Move;

    use super::Happening;

    #[test]
    fn what_happens_is_never_taken_for_a_move() {
        for h in Happening::ALL {
            assert_eq!(Happening::from_code(h.code()), Some(h));
            assert!(Move::ALL.iter().all(|m| m.code() != h.code()));
        }
    }
}
