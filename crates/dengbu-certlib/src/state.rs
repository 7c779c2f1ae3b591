//! States of an electronic certificate and where each may go.

use serde::{Deserialize, Serialize};

/// State of an electronic certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待制证: recorded, not sealed yet.
    Draft,
    /// 有效.
    Issued,
    /// 暂时失效.
    Suspended,
    /// 已换发: a later version or another certificate took its place.
    Replaced,
    /// 已注销.
    Revoked,
    /// 作废: never issued.
    Void,
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

    /// Code in records.
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

    /// Name that people see.
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

    /// Whether it may go to that state.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        use State::{Draft, Issued, Replaced, Revoked, Suspended, Void};
        matches!(
            (self, to),
            (Draft, Issued | Void)
                | (Issued, Suspended | Replaced | Revoked)
                | (Suspended, Issued | Replaced | Revoked)
        )
    }

    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_final(self) -> bool {
        Self::ALL.into_iter().all(|to| !self.may_become(to))
    }

    /// 证照状态 (ZZZT): 1 现势, 2 注销; none before it is issued.
    #[must_use]
    pub fn standard_code(self) -> Option<&'static str> {
        match self {
            Self::Issued | Self::Suspended => Some("1"),
            Self::Replaced | Self::Revoked => Some("2"),
            Self::Draft | Self::Void => None,
        }
    }

    /// Answer to 信息验证 (GB/T 36906) when the information is right: 0 valid, 2 suspended, 3
    /// ended, 5 no such certificate (1, 未激活, would be one made and not sealed: we do both at once).
    #[must_use]
    pub fn check_code(self) -> u8 {
        match self {
            Self::Issued => 0,
            Self::Suspended => 2,
            Self::Replaced | Self::Revoked => 3,
            Self::Draft | Self::Void => 5,
        }
    }

    /// The two bits of the status list: 0 valid, 1 suspended, 2 replaced, 3 revoked.
    #[must_use]
    pub fn list_bits(self) -> u8 {
        match self {
            Self::Draft | Self::Issued => 0,
            Self::Suspended => 1,
            Self::Replaced => 2,
            Self::Revoked | Self::Void => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_stays_ended_and_nothing_comes_back_to_draft() {
        for from in State::ALL {
            assert_eq!(State::from_code(from.code()), Some(from));
            assert!(!from.may_become(from));
            assert!(!from.may_become(State::Draft));
        }
        let last: Vec<_> = State::ALL.into_iter().filter(|s| s.is_final()).collect();
        assert_eq!(last, [State::Replaced, State::Revoked, State::Void]);
        assert!(
            !State::Draft.may_become(State::Revoked),
            "what was never issued is void"
        );
    }
}
