//! The states of an electronic certificate as a table (证照状态). A state changes only because something
//! happened in the register or in the making of the certificate; the reason and the entry that
//! caused it are kept by the library.
//!
//! 查封 and 抵押 do not end a certificate: it stays valid, and whoever checks it is told that the
//! register counts for restrictions.

use serde::{Deserialize, Serialize};

/// A state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ECertificateState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待制证: recorded, not yet made and sealed; both are one step.
    Draft,
    /// 有效.
    Issued,
    /// 暂时失效: while a rectification, a dispute or a suspected fraud is looked into.
    Suspended,
    /// 已换发: a newer version stands in its place.
    Replaced,
    /// 已注销.
    Revoked,
    /// 作废: given up before it was issued.
    Void,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ECertificateHappening))]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// 签发: drawn, sealed, and our own verification passed.
    Issue,
    /// 暂停: 更正、异议 being handled, or a suspected fraud, by an order with an end date.
    Suspend,
    /// 恢复.
    Resume,
    /// 换发: 换证、补证、变更、更正 made a new version.
    Replace,
    /// 注销 in the ordinary course: 转移、注销登记 (变更原因 1 正常注销).
    Revoke,
    /// 撤销 because it should never have been issued (变更原因 2 异常注销).
    Annul,
    /// 作废 before issue.
    Discard,
}

/// A move that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("电子证照处于“{}”状态，不能{}", .state.name_zh(), .event.name_zh())]
pub struct Refused {
    /// The state it is in.
    pub state: State,
    /// What was to happen.
    pub event: Event,
}

/// The table: from, event, to.
pub const MOVES: [(State, Event, State); 10] = [
    (State::Draft, Event::Issue, State::Issued),
    (State::Draft, Event::Discard, State::Void),
    (State::Issued, Event::Suspend, State::Suspended),
    (State::Issued, Event::Replace, State::Replaced),
    (State::Issued, Event::Revoke, State::Revoked),
    (State::Issued, Event::Annul, State::Revoked),
    (State::Suspended, Event::Resume, State::Issued),
    // a suspended certificate whose right is transferred or rectified ends all the same
    (State::Suspended, Event::Replace, State::Replaced),
    (State::Suspended, Event::Revoke, State::Revoked),
    (State::Suspended, Event::Annul, State::Revoked),
];

/// The state after an event.
///
/// # Errors
/// [`Refused`] when the table has no such move.
pub fn next(state: State, event: Event) -> Result<State, Refused> {
    MOVES
        .iter()
        .find(|(from, what, _)| (*from, *what) == (state, event))
        .map(|(_, _, to)| *to)
        .ok_or(Refused { state, event })
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Issued,
        Self::Suspended,
        Self::Replaced,
        Self::Revoked,
        Self::Void,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Suspended => "suspended",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Void => "void",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Draft => "待制证",
            Self::Issued => "有效",
            Self::Suspended => "暂时失效",
            Self::Replaced => "已换发",
            Self::Revoked => "已注销",
            Self::Void => "作废",
        }
    }

    /// 证照状态 of the shared metadata (ZZZT): 1 现势, 2 注销; none before it is issued.
    #[must_use]
    pub fn shared_code(self) -> Option<&'static str> {
        match self {
            Self::Issued | Self::Suspended => Some("1"),
            Self::Replaced | Self::Revoked => Some("2"),
            Self::Draft | Self::Void => None,
        }
    }

    /// Answer of 信息验证 (GB/T 36906-2018) when the information is right: 0 正确且有效, 2 暂时失效,
    /// 3 已失效, 5 查无此信息; 1 (未激活) would be one made and not sealed: we do both at once.
    #[must_use]
    pub fn verification_code(self) -> u8 {
        match self {
            Self::Issued => 0,
            Self::Suspended => 2,
            Self::Replaced | Self::Revoked => 3,
            Self::Draft | Self::Void => 5,
        }
    }

    /// Whether some event leads from here to that state.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        MOVES
            .iter()
            .any(|(from, _, after)| *from == self && *after == to)
    }

    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Replaced | Self::Revoked | Self::Void)
    }

    /// Whether a copy of it is marked 电子证照已注销.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Replaced | Self::Revoked)
    }
}

impl Event {
    /// All events.
    pub const ALL: [Self; 7] = [
        Self::Issue,
        Self::Suspend,
        Self::Resume,
        Self::Replace,
        Self::Revoke,
        Self::Annul,
        Self::Discard,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Replace => "replace",
            Self::Revoke => "revoke",
            Self::Annul => "annul",
            Self::Discard => "discard",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Issue => "签发",
            Self::Suspend => "暂停",
            Self::Resume => "恢复",
            Self::Replace => "换发",
            Self::Revoke => "注销",
            Self::Annul => "撤销",
            Self::Discard => "作废",
        }
    }

    /// 变更原因 (ZZBGYY): 1 正常注销, 2 异常注销; none for events that do not end it.
    #[must_use]
    pub fn reason_code(self) -> Option<&'static str> {
        match self {
            Self::Replace | Self::Revoke => Some("1"),
            Self::Annul => Some("2"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> impl Strategy<Value = Event> {
        prop::sample::select(Event::ALL.to_vec())
    }

    #[test]
    fn the_table_names_each_pair_once() {
        for (i, (from, what, _)) in MOVES.iter().enumerate() {
            assert!(
                !MOVES[..i].iter().any(|(f, w, _)| (f, w) == (from, what)),
                "{from:?} {what:?}"
            );
        }
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
            let moves = MOVES.iter().filter(|(from, _, _)| *from == state).count();
            assert_eq!(moves == 0, state.is_final(), "{state:?}");
        }
    }

    #[test]
    fn what_ended_stays_ended_and_nothing_comes_back_to_draft() {
        for from in State::ALL {
            assert!(!from.may_become(from));
            assert!(!from.may_become(State::Draft));
            assert!(!from.is_final() || State::ALL.into_iter().all(|to| !from.may_become(to)));
        }
        assert!(
            !State::Draft.may_become(State::Revoked),
            "what was never issued is void"
        );
    }

    #[test]
    fn a_refusal_says_what_could_not_be_done() {
        let refused = next(State::Revoked, Event::Resume).unwrap_err();
        assert_eq!(refused.to_string(), "电子证照处于“已注销”状态，不能恢复");
    }

    proptest! {
        /// Whatever happens: a dead certificate stays dead, and none is valid that was not sealed.
        #[test]
        fn no_way_leads_back(events in prop::collection::vec(event(), 0..40)) {
            let mut state = State::Draft;
            let mut sealed = false;
            let mut dead = false;
            for event in events {
                let Ok(after) = next(state, event) else { continue };
                sealed |= event == Event::Issue;
                prop_assert!(!dead, "{state:?} left by {event:?}");
                dead = after.is_final();
                state = after;
                if state.shared_code().is_some() {
                    prop_assert!(sealed);
                }
                if state == State::Void {
                    prop_assert!(!sealed);
                }
            }
        }
    }
}
