//! What is counted (统计指标).

use rust_decimal::Decimal;

/// The figures of a set of cases in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// 受理.
    pub accepted: i64,
    /// 其中网上申请.
    pub online: i64,
    /// 登簿.
    pub recorded: i64,
    /// 其中自动审核登簿 (秒批).
    pub automatic: i64,
    /// 其中按期.
    pub on_time: i64,
    /// 其中补正过 of those recorded.
    pub corrected: i64,
    /// 发证.
    pub delivered: i64,
    /// 不予登记.
    pub refused: i64,
    /// 不予受理.
    pub not_accepted: i64,
    /// 撤回.
    pub withdrawn: i64,
    /// Time used by those recorded; none when there is none.
    pub used: Option<Used>,
}

/// Time used from acceptance to recording, pauses left out (办理用时).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Median, working days.
    pub days_median: i32,
    /// What nine of ten keep within, working days.
    pub days_p90: i32,
    /// Median, minutes by the clock.
    pub minutes_median: i64,
    /// What nine of ten keep within, minutes by the clock.
    pub minutes_p90: i64,
}

impl Figures {
    /// 按期率: percent of those recorded; none when there is none.
    #[must_use]
    pub fn on_time_rate(&self) -> Option<Decimal> {
        percent(self.on_time, self.recorded)
    }

    /// 自动审核占比.
    #[must_use]
    pub fn automatic_share(&self) -> Option<Decimal> {
        percent(self.automatic, self.recorded)
    }

    /// 网上占比.
    #[must_use]
    pub fn online_share(&self) -> Option<Decimal> {
        percent(self.online, self.accepted)
    }

    /// True when nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A share in percent with one decimal. What is not all is never shown as 100.0, and what is not
/// nothing never as 0.0: one overdue case of ten thousand is to be seen.
#[must_use]
pub fn percent(part: i64, whole: i64) -> Option<Decimal> {
    if whole <= 0 {
        return None;
    }
    let exact = Decimal::from(part) * Decimal::ONE_HUNDRED / Decimal::from(whole);
    let rounded =
        exact.round_dp_with_strategy(1, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let tenth = Decimal::new(1, 1);
    let mut shown = if part < whole {
        rounded.min(Decimal::ONE_HUNDRED - tenth)
    } else {
        rounded
    };
    if part > 0 {
        shown = shown.max(tenth);
    }
    shown.rescale(1);
    Some(shown)
}

/// Minutes as hours with one decimal; what is not nothing is at least 0.1.
#[must_use]
pub fn hours(minutes: i64) -> Decimal {
    let exact = Decimal::from(minutes) / Decimal::from(60);
    let mut shown =
        exact.round_dp_with_strategy(1, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    if minutes > 0 {
        shown = shown.max(Decimal::new(1, 1));
    }
    shown.rescale(1);
    shown
}

/// What one person did in a period (人员工作量): moves made, not cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// 提交受理.
    pub accepted: i64,
    /// 审查同意 (初审、审核、实地查看、公告).
    pub agreed: i64,
    /// 登簿.
    pub recorded: i64,
    /// 缮证.
    pub certificates: i64,
    /// 发证.
    pub delivered: i64,
    /// 归档.
    pub archived: i64,
    /// 退回、补正.
    pub sent_back: i64,
    /// 不予受理、不予登记.
    pub refused: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_have_one_decimal_and_hide_nothing() {
        let shown = |a, b| percent(a, b).map(|d| d.to_string());
        assert_eq!(shown(0, 0), None);
        assert_eq!(shown(0, 7).as_deref(), Some("0.0"));
        assert_eq!(shown(7, 7).as_deref(), Some("100.0"));
        assert_eq!(shown(1, 3).as_deref(), Some("33.3"));
        assert_eq!(shown(9_999, 10_000).as_deref(), Some("99.9"));
        assert_eq!(shown(1, 10_000).as_deref(), Some("0.1"));
        assert_eq!(hours(90).to_string(), "1.5");
        assert_eq!(hours(1).to_string(), "0.1");
        assert_eq!(hours(0).to_string(), "0.0");
    }

    proptest! {
        #[test]
        fn a_share_and_the_rest_make_a_whole(part in 0_i64..5000, rest in 0_i64..5000) {
            prop_assume!(part + rest > 0);
            let sum = percent(part, part + rest).unwrap() + percent(rest, part + rest).unwrap();
            let off = (sum - Decimal::ONE_HUNDRED).abs();
            prop_assert!(off <= Decimal::new(1, 1));
        }
    }
}
