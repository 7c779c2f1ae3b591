//! The steps of a case (办理流程): which moves exist, who may make them, and
//! what state they lead to. Pure: `decide` looks, it does not write.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::{Business, ResultPaper};

/// A step of the process (环节).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 受理: the application is written, materials are taken in.
    Acceptance,
    /// 实地查看 (不动产登记暂行条例第十九条).
    Inspection,
    /// 初审.
    FirstReview,
    /// 公告 (实施细则第十七条).
    Notice,
    /// 审核（核定）.
    Approval,
    /// 登簿.
    Recording,
    /// 缮证.
    Certificate,
    /// 发证.
    Delivery,
    /// 归档.
    Archive,
}

impl Step {
    /// All steps in their order.
    pub const ALL: [Self; 9] = [
        Self::Acceptance,
        Self::Inspection,
        Self::FirstReview,
        Self::Notice,
        Self::Approval,
        Self::Recording,
        Self::Certificate,
        Self::Delivery,
        Self::Archive,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance",
            Self::Inspection => "inspection",
            Self::FirstReview => "first_review",
            Self::Notice => "notice",
            Self::Approval => "approval",
            Self::Recording => "recording",
            Self::Certificate => "certificate",
            Self::Delivery => "delivery",
            Self::Archive => "archive",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Acceptance => "受理",
            Self::Inspection => "实地查看",
            Self::FirstReview => "初审",
            Self::Notice => "公告",
            Self::Approval => "审核",
            Self::Recording => "登簿",
            Self::Certificate => "缮证",
            Self::Delivery => "发证",
            Self::Archive => "归档",
        }
    }

    /// The step with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// True once the entry stands: nothing can be taken back by a move any more.
    #[must_use]
    pub fn after_recording(self) -> bool {
        self > Self::Recording
    }
}

/// State of a case (案件状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// 草稿: being written, not yet accepted.
    Draft,
    /// 在办.
    InProgress,
    /// 补正: waiting for the applicants.
    Correction,
    /// 暂停办理（挂起）: the clock stands for a reason of [`crate::suspension`].
    Suspended,
    /// 已办结.
    Closed,
    /// 不予受理.
    NotAccepted,
    /// 不予登记.
    Refused,
    /// 已撤回.
    Withdrawn,
}

impl CaseState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::InProgress,
        Self::Correction,
        Self::Suspended,
        Self::Closed,
        Self::NotAccepted,
        Self::Refused,
        Self::Withdrawn,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InProgress => "in_progress",
            Self::Correction => "correction",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
            Self::NotAccepted => "not_accepted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::InProgress => "在办",
            Self::Correction => "待补正",
            Self::Suspended => "已暂停",
            Self::Closed => "已办结",
            Self::NotAccepted => "不予受理",
            Self::Refused => "不予登记",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// True when no further move exists.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Closed | Self::NotAccepted | Self::Refused | Self::Withdrawn
        )
    }
}

/// A move on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// 提交: acceptance is done (条例第十七条: a written receipt is given).
    Submit,
    /// 同意: the review agrees.
    Agree,
    /// 退回: back to an earlier step, the clock runs on.
    SendBack,
    /// 补正: back to the applicants, the clock starts anew (条例第十七条).
    Correct,
    /// 不予受理 (条例第十七条).
    RejectAcceptance,
    /// 不予登记 (条例第二十二条).
    Refuse,
    /// 撤回: by all applicants, before recording (条例第十五条).
    Withdraw,
    /// 登簿: the entry is made (条例第二十一条).
    Record,
    /// 缮证.
    MakeCertificate,
    /// 发证.
    Deliver,
    /// 归档.
    Archive,
    /// 自动审核登簿 (秒批): acceptance, review and recording in one, by the rules alone. No
    /// person makes it; [`moves`] never offers it.
    AutoDecide,
}

impl Move {
    /// All moves.
    pub const ALL: [Self; 12] = [
        Self::Submit,
        Self::Agree,
        Self::Record,
        Self::MakeCertificate,
        Self::Deliver,
        Self::Archive,
        Self::SendBack,
        Self::Correct,
        Self::RejectAcceptance,
        Self::Refuse,
        Self::Withdraw,
        Self::AutoDecide,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Agree => "agree",
            Self::SendBack => "send_back",
            Self::Correct => "correct",
            Self::RejectAcceptance => "reject_acceptance",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Record => "record",
            Self::MakeCertificate => "make_certificate",
            Self::Deliver => "deliver",
            Self::Archive => "archive",
            Self::AutoDecide => "auto_decide",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::AutoDecide => "自动审核登簿",
            Self::Submit => "提交",
            Self::Agree => "同意",
            Self::SendBack => "退回",
            Self::Correct => "补正",
            Self::RejectAcceptance => "不予受理",
            Self::Refuse => "不予登记",
            Self::Withdraw => "撤回",
            Self::Record => "登簿",
            Self::MakeCertificate => "缮证",
            Self::Deliver => "发证",
            Self::Archive => "归档",
        }
    }

    /// True when the doer must give a reason.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::SendBack | Self::Correct | Self::RejectAcceptance | Self::Refuse | Self::Withdraw
        )
    }

    /// True when the doer gives an opinion (审核意见).
    #[must_use]
    pub fn takes_opinion(self) -> bool {
        matches!(self, Self::Agree | Self::Record)
    }

    fn belongs_to(self, step: Step) -> bool {
        match self {
            Self::Submit | Self::RejectAcceptance => step == Step::Acceptance,
            Self::Agree => matches!(
                step,
                Step::Inspection | Step::FirstReview | Step::Notice | Step::Approval
            ),
            Self::Refuse => matches!(step, Step::Approval | Step::Recording),
            Self::Correct => matches!(
                step,
                Step::Inspection | Step::FirstReview | Step::Notice | Step::Approval
            ),
            Self::SendBack => step > Step::Acceptance && step <= Step::Recording,
            Self::Withdraw => step <= Step::Recording,
            Self::Record => step == Step::Recording,
            Self::MakeCertificate => step == Step::Certificate,
            Self::Deliver => step == Step::Delivery,
            Self::Archive => step == Step::Archive,
            Self::AutoDecide => false,
        }
    }
}

/// A step already taken and by whom; only the latest pass counts for the four-eyes test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The step.
    pub step: Step,
    /// The person.
    pub by: Uuid,
}

/// A case as the flow sees it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The business.
    pub business: &'a Business,
    /// State.
    pub state: CaseState,
    /// Step.
    pub step: Step,
    /// Steps taken so far.
    pub taken: &'a [Taken],
}

/// Where a move leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// State after the move.
    pub state: CaseState,
    /// Step after the move.
    pub step: Step,
    /// True when the time limit starts anew (补正: 条例第十七条, limit counts from complete papers).
    pub restarts_clock: bool,
    /// True when the units of the case are free for other cases.
    pub frees_units: bool,
}

/// Why a move cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// The case is over.
    #[error("业务已{}，不能再操作", .0.name_zh())]
    Over(CaseState),
    /// The clock stands: only the applicants may withdraw.
    #[error("业务已暂停计时，请先恢复，再{}", .0.name_zh())]
    Suspended(Move),
    /// The move does not exist at this step.
    #[error("当前环节是“{}”，不能{}", .step.name_zh(), .action.name_zh())]
    NotHere {
        /// Where the case is.
        step: Step,
        /// What was asked for.
        action: Move,
    },
    /// The same person may not take both steps.
    #[error("您已办理本业务的“{}”环节，按照岗位分离要求不能再办理“{}”环节，请由其他人员办理", .earlier.name_zh(), .step.name_zh())]
    FourEyes {
        /// The step barred.
        step: Step,
        /// The step the person took before.
        earlier: Step,
    },
    /// A reason is missing.
    #[error("请填写{}的原因", .0.name_zh())]
    ReasonMissing(Move),
    /// Not a step that lies before this one.
    #[error("只能退回到之前的环节")]
    NotEarlier,
}

/// Where a case stands once the rules alone have decided it and it was recorded (秒批).
///
/// # Errors
/// [`FlowError`] when the case is not at its acceptance.
pub fn decide_automatically(case: &Standing<'_>) -> Result<Outcome, FlowError> {
    if case.state.is_final() {
        return Err(FlowError::Over(case.state));
    }
    if case.step != Step::Acceptance {
        return Err(FlowError::NotHere {
            step: case.step,
            action: Move::AutoDecide,
        });
    }
    Ok(match case.business.next_step(Step::Recording) {
        Some(step) => Outcome {
            state: CaseState::InProgress,
            step,
            restarts_clock: true,
            frees_units: true,
        },
        None => Outcome {
            state: CaseState::Closed,
            step: Step::Recording,
            restarts_clock: true,
            frees_units: true,
        },
    })
}

/// Tells where a move by this person leads.
///
/// # Errors
/// [`FlowError`] when the move does not exist here or the person may not make it.
pub fn decide(
    case: &Standing<'_>,
    action: Move,
    actor: Uuid,
    reason: Option<&str>,
    target: Option<Step>,
) -> Result<Outcome, FlowError> {
    if case.state.is_final() {
        return Err(FlowError::Over(case.state));
    }
    if !action.belongs_to(case.step) {
        return Err(FlowError::NotHere {
            step: case.step,
            action,
        });
    }
    standing_still(case, action)?;
    // what was accepted once can be refused or withdrawn, not un-accepted (条例第十七条)
    if action == Move::RejectAcceptance && case.state == CaseState::InProgress {
        return Err(FlowError::NotHere {
            step: case.step,
            action,
        });
    }
    if action != Move::Withdraw {
        four_eyes(case, actor)?;
    }
    if action.needs_reason() && reason.is_none_or(|r| r.trim().is_empty()) {
        return Err(FlowError::ReasonMissing(action));
    }
    let stay = |state| Outcome {
        state,
        step: case.step,
        restarts_clock: false,
        frees_units: true,
    };
    match action {
        Move::RejectAcceptance => Ok(stay(CaseState::NotAccepted)),
        Move::Refuse => Ok(stay(CaseState::Refused)),
        Move::Withdraw => Ok(stay(CaseState::Withdrawn)),
        Move::SendBack => {
            let to = target.unwrap_or(Step::Acceptance);
            if !case.business.earlier_steps(case.step).contains(&to) {
                return Err(FlowError::NotEarlier);
            }
            Ok(Outcome {
                state: CaseState::InProgress,
                step: to,
                restarts_clock: false,
                frees_units: false,
            })
        }
        Move::Correct => Ok(Outcome {
            state: CaseState::Correction,
            step: Step::Acceptance,
            restarts_clock: false,
            frees_units: false,
        }),
        forward => Ok(advance(case, forward)),
    }
}

fn standing_still(case: &Standing<'_>, action: Move) -> Result<(), FlowError> {
    if case.state == CaseState::Suspended && action != Move::Withdraw {
        return Err(FlowError::Suspended(action));
    }
    Ok(())
}

/// Whether the clock of the case may be stopped by hand: it runs, and nothing is recorded yet.
#[must_use]
pub fn may_suspend(case: &Standing<'_>) -> bool {
    case.state == CaseState::InProgress
        && case.step > Step::Acceptance
        && case.step <= Step::Recording
}

/// Whether this person is barred from the present step by one they took before (岗位分离).
///
/// # Errors
/// [`FlowError::FourEyes`].
pub fn barred(case: &Standing<'_>, person: Uuid) -> Result<(), FlowError> {
    barred_at(case, case.step, person)
}

/// The same for the work of another step of the case, such as its notice.
///
/// # Errors
/// [`FlowError::FourEyes`].
pub fn barred_at(case: &Standing<'_>, step: Step, person: Uuid) -> Result<(), FlowError> {
    let Some(here) = case.business.step(step) else {
        return Ok(());
    };
    for earlier in &here.not_by {
        let last = case.taken.iter().rev().find(|t| t.step == *earlier);
        if last.is_some_and(|t| t.by == person) {
            return Err(FlowError::FourEyes {
                step,
                earlier: *earlier,
            });
        }
    }
    Ok(())
}

fn advance(case: &Standing<'_>, action: Move) -> Outcome {
    let restarts_clock =
        action == Move::Submit && matches!(case.state, CaseState::Draft | CaseState::Correction);
    let frees_units = action == Move::Record;
    match case.business.next_step(case.step) {
        Some(step) => Outcome {
            state: CaseState::InProgress,
            step,
            restarts_clock,
            frees_units,
        },
        None => Outcome {
            state: CaseState::Closed,
            step: case.step,
            restarts_clock,
            frees_units,
        },
    }
}

fn four_eyes(case: &Standing<'_>, actor: Uuid) -> Result<(), FlowError> {
    barred_at(case, case.step, actor)
}

/// The moves that exist at this point, each with what stands in this person's way.
#[must_use]
pub fn moves(case: &Standing<'_>, actor: Uuid) -> Vec<(Move, Option<FlowError>)> {
    if case.state.is_final() {
        return Vec::new();
    }
    Move::ALL
        .into_iter()
        .filter(|m| m.belongs_to(case.step))
        .filter(|m| !(*m == Move::RejectAcceptance && case.state == CaseState::InProgress))
        .map(|m| {
            let refusal = if m == Move::Withdraw {
                None
            } else {
                standing_still(case, m)
                    .and_then(|()| four_eyes(case, actor))
                    .err()
            };
            (m, refusal)
        })
        .collect()
}

/// True when the business hands a paper over at this step.
#[must_use]
pub fn issues_paper(business: &Business) -> bool {
    business.result != ResultPaper::None
}

#[cfg(test)]
mod tests;
