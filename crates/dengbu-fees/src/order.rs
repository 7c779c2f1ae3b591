//! A payment order (缴款单): its state follows from its sums.

use rust_decimal::Decimal;

/// States of a payment order (收费状态), with the numbers the field uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// 不收费: nothing is left to pay after exemption.
    Free,
    /// 未缴.
    Unpaid,
    /// 部分缴.
    Partial,
    /// 已缴.
    Paid,
    /// 待退款: more was paid than is due.
    RefundDue,
    /// 已退款: all that was paid went back.
    Refunded,
    /// 退款失败, as a bill system may report.
    RefundFailed,
    /// 已核验: the day's sheet agreed with the money.
    Verified,
    /// 已失效: the bill ran out unpaid, as a bill system may report.
    Lapsed,
    /// 作废: the case ended and nothing had been paid.
    Void,
}

impl OrderState {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Free,
        Self::Unpaid,
        Self::Partial,
        Self::Paid,
        Self::RefundDue,
        Self::Refunded,
        Self::RefundFailed,
        Self::Verified,
        Self::Lapsed,
        Self::Void,
    ];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Unpaid => "unpaid",
            Self::Partial => "partial",
            Self::Paid => "paid",
            Self::RefundDue => "refund_due",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::Verified => "verified",
            Self::Lapsed => "lapsed",
            Self::Void => "void",
        }
    }

    /// The number other systems of the field use (收费状态 SFZT).
    #[must_use]
    pub fn field_code(self) -> i32 {
        match self {
            Self::Free => 0,
            Self::Unpaid => 1,
            Self::Paid => 2,
            Self::Partial => 3,
            Self::RefundDue => 4,
            Self::Refunded => 5,
            Self::RefundFailed => 6,
            Self::Verified => 7,
            Self::Lapsed => 8,
            Self::Void => -1,
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Free => "不收费",
            Self::Unpaid => "未缴",
            Self::Partial => "部分缴",
            Self::Paid => "已缴",
            Self::RefundDue => "待退款",
            Self::Refunded => "已退款",
            Self::RefundFailed => "退款失败",
            Self::Verified => "已核验",
            Self::Lapsed => "已失效",
            Self::Void => "作废",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// True when nothing more has to be paid for the case to go on.
    #[must_use]
    pub fn settled(self) -> bool {
        match self {
            Self::Free | Self::Paid | Self::RefundDue | Self::RefundFailed | Self::Verified => true,
            Self::Unpaid | Self::Partial | Self::Refunded | Self::Lapsed | Self::Void => false,
        }
    }
}

/// The sums of an order, in yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// What is to be paid.
    pub due: Decimal,
    /// What was taken in.
    pub paid: Decimal,
    /// What went back.
    pub refunded: Decimal,
    /// True when the case ended without registration.
    pub closed: bool,
    /// True when the day's sheet agreed with the money.
    pub verified: bool,
}

impl Sums {
    /// What is kept.
    #[must_use]
    pub fn net(&self) -> Decimal {
        self.paid - self.refunded
    }

    /// What is left to pay.
    #[must_use]
    pub fn balance(&self) -> Decimal {
        if self.closed {
            return Decimal::ZERO;
        }
        (self.due - self.net()).max(Decimal::ZERO)
    }

    /// What has to go back.
    #[must_use]
    pub fn overpaid(&self) -> Decimal {
        let owed = if self.closed { Decimal::ZERO } else { self.due };
        (self.net() - owed).max(Decimal::ZERO)
    }

    /// The state these sums make.
    #[must_use]
    pub fn state(&self) -> OrderState {
        if self.overpaid() > Decimal::ZERO {
            return OrderState::RefundDue;
        }
        match (self.closed, self.paid.is_zero()) {
            (true, true) => OrderState::Void,
            (true, false) => OrderState::Refunded,
            (false, _) if self.due.is_zero() => OrderState::Free,
            (false, _) if self.net().is_zero() => OrderState::Unpaid,
            (false, _) if self.net() < self.due => OrderState::Partial,
            (false, _) if self.verified => OrderState::Verified,
            (false, _) => OrderState::Paid,
        }
    }
}

/// How money is taken or given back (缴款方式).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 现金.
    Cash,
    /// 刷卡 (POS).
    Pos,
    /// 转账.
    Transfer,
    /// 扫码或缴款码 (offline code of the non-tax system).
    Code,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Cash, Self::Pos, Self::Transfer, Self::Code];

    /// The code stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Pos => "pos",
            Self::Transfer => "transfer",
            Self::Code => "code",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Cash => "现金",
            Self::Pos => "刷卡",
            Self::Transfer => "转账",
            Self::Code => "扫码（缴款码）",
        }
    }

    /// The method with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(due: i64, paid: i64, refunded: i64, closed: bool) -> Sums {
        Sums {
            due: due.into(),
            paid: paid.into(),
            refunded: refunded.into(),
            closed,
            verified: false,
        }
    }

    #[test]
    fn states() {
        use OrderState::*;
        for (due, paid, refunded, closed, state) in [
            (0, 0, 0, false, Free),
            (80, 0, 0, false, Unpaid),
            (80, 30, 0, false, Partial),
            (80, 80, 0, false, Paid),
            (0, 80, 0, false, RefundDue),
            (0, 80, 80, false, Free),
            (80, 80, 0, true, RefundDue),
            (80, 80, 80, true, Refunded),
            (80, 0, 0, true, Void),
        ] {
            let s = sums(due, paid, refunded, closed);
            assert_eq!(s.state(), state, "{s:?}");
        }
        let checked = Sums {
            verified: true,
            ..sums(80, 80, 0, false)
        };
        assert_eq!(checked.state(), Verified);
        let numbers: Vec<i32> = OrderState::ALL.iter().map(|s| s.field_code()).collect();
        assert_eq!(numbers, [0, 1, 3, 2, 4, 5, 6, 7, 8, -1]);
    }

    proptest! {
        /// A case goes on exactly when what is kept covers what is due and the case is alive.
        #[test]
        fn settled_means_covered(due in 0i64..1000, paid in 0i64..1000, back in 0i64..1000, closed: bool) {
            let s = sums(due, paid, back.min(paid), closed);
            let state = s.state();
            if !closed {
                prop_assert_eq!(state.settled(), s.net() >= s.due);
            } else if state != OrderState::RefundDue {
                prop_assert!(!state.settled());
            }
            prop_assert!(s.balance().is_zero() || s.overpaid().is_zero());
            prop_assert_eq!(OrderState::from_code(state.code()), Some(state));
        }
    }
}
