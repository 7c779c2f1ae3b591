//! Cases that are handled together (并案、一并申请): none is recorded before all are decided.
//!
//! What was applied for together stands and falls together where the applicants said so
//! (《不动产登记暂行条例实施细则》第二条: registration follows the application; 第二十四条 and others have several
//! registrations applied for together, 一并申请). One that was refused or withdrawn keeps the others
//! until somebody parts them, with a reason.

use crate::flow::{CaseState, Step};

/// Another case of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fellow {
    /// Number.
    pub case_no: String,
    /// State.
    pub state: CaseState,
    /// Step.
    pub step: Step,
    /// True once it is in the register.
    pub recorded: bool,
}

/// Why a case of a group cannot be recorded yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JointBar {
    /// Another is not decided.
    #[error("并案的业务件 {case_no} 还在“{}”环节，全部审核通过后才能登簿", .step.name_zh())]
    Undecided {
        /// Its number.
        case_no: String,
        /// Where it is.
        step: Step,
    },
    /// Another waits for the applicants or stands still.
    #[error("并案的业务件 {case_no} {}，全部审核通过后才能登簿", .state.name_zh())]
    Waiting {
        /// Its number.
        case_no: String,
        /// Its state.
        state: CaseState,
    },
    /// Another came to nothing.
    #[error("并案的业务件 {case_no} {}；本业务需要单独登记的，请先分案并写明理由", .state.name_zh())]
    Failed {
        /// Its number.
        case_no: String,
        /// Its state.
        state: CaseState,
    },
}

/// Whether a case may be recorded as far as those handled together with it go.
///
/// # Errors
/// [`JointBar`] of the first that stands in the way.
pub fn may_record(fellows: &[Fellow]) -> Result<(), JointBar> {
    for f in fellows {
        if f.recorded {
            continue;
        }
        let case_no = f.case_no.clone();
        match f.state {
            CaseState::InProgress if f.step == Step::Recording => {}
            CaseState::InProgress => {
                return Err(JointBar::Undecided {
                    case_no,
                    step: f.step,
                });
            }
            state if state.is_final() => return Err(JointBar::Failed { case_no, state }),
            state => return Err(JointBar::Waiting { case_no, state }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fellow(state: CaseState, step: Step, recorded: bool) -> Fellow {
        Fellow {
            case_no: "1".to_owned(),
            state,
            step,
            recorded,
        }
    }

    #[test]
    fn none_before_all_are_decided() {
        let ready = fellow(CaseState::InProgress, Step::Recording, false);
        let done = fellow(CaseState::Closed, Step::Archive, true);
        let delivered = fellow(CaseState::InProgress, Step::Delivery, true);
        assert_eq!(may_record(&[]), Ok(()));
        assert_eq!(may_record(&[ready.clone(), done, delivered]), Ok(()));
        let reviewed = fellow(CaseState::InProgress, Step::Approval, false);
        assert!(matches!(
            may_record(&[ready.clone(), reviewed]),
            Err(JointBar::Undecided {
                step: Step::Approval,
                ..
            })
        ));
        let stopped = fellow(CaseState::Suspended, Step::Recording, false);
        assert!(matches!(
            may_record(&[stopped]),
            Err(JointBar::Waiting { .. })
        ));
        for state in [
            CaseState::Refused,
            CaseState::Withdrawn,
            CaseState::NotAccepted,
        ] {
            let failed = fellow(state, Step::Approval, false);
            assert!(matches!(
                may_record(&[ready.clone(), failed]),
                Err(JointBar::Failed { .. })
            ));
        }
    }
}
