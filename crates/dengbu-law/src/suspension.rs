//! Stopping the clock of a case (暂停计时、挂起): for which reasons, how long, on what ground.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

use crate::calendar::Calendar;

/// A reason for which the clock may stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Code.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// What it rests on.
    pub source: String,
    /// Working days for this reason in one case, altogether.
    pub max_days: u32,
    /// True when an article orders the pause itself.
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reason: Vec<Reason>,
}

/// Working days for all reasons in one case, altogether, unless an authority's
/// `settings.suspension.total` is less.
pub const TOTAL_DAYS: u32 = 30;

/// How long a case may be suspended at an authority, altogether.
#[must_use]
pub fn total(settings: &Value) -> u32 {
    settings
        .pointer("/suspension/total")
        .and_then(Value::as_u64)
        .and_then(|n| u32::try_from(n).ok())
        .map_or(TOTAL_DAYS, |n| n.min(TOTAL_DAYS))
}

/// The reasons shipped with the platform.
pub const SHIPPED: &str = include_str!("../data/suspension.toml");

static REASONS: LazyLock<Vec<Reason>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "part of the program; a test reads it, too"
    )]
    let file: File = toml::from_str(SHIPPED).expect("the shipped reasons are well formed");
    file.reason
});

/// The reasons open at an authority: `settings.suspension` shortens or, with 0, closes one.
#[must_use]
pub fn reasons(settings: &Value) -> Vec<Reason> {
    REASONS
        .iter()
        .filter_map(|r| {
            let own = settings
                .pointer(&format!("/suspension/{}", r.code))
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok());
            let max_days = own.map_or(r.max_days, |n| n.min(r.max_days));
            (max_days > 0).then(|| Reason {
                max_days,
                ..r.clone()
            })
        })
        .collect()
}

/// What stands in the way of a suspension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuspensionError {
    /// No such reason here.
    #[error("没有“{0}”这一暂停原因，请从列表中选择")]
    UnknownReason(String),
    /// The day of resuming is not after today.
    #[error("预计恢复日期应在今天之后")]
    NotLater,
    /// Longer than all reasons together allow.
    #[error(
        "一件业务各种原因累计最多暂停 {max} 个工作日，已用 {used} 个，预计恢复日期最晚为 {latest}"
    )]
    TooLongInAll {
        /// Working days at most.
        max: u32,
        /// Working days used before.
        used: u32,
        /// The last day possible.
        latest: NaiveDate,
    },
    /// Longer than the reason allows.
    #[error(
        "“{name}”在一件业务中累计最多暂停 {max} 个工作日，已用 {used} 个，预计恢复日期最晚为 {latest}"
    )]
    TooLong {
        /// The reason.
        name: String,
        /// Working days at most.
        max: u32,
        /// Working days used before.
        used: u32,
        /// The last day possible.
        latest: NaiveDate,
    },
}

/// Working days used before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// For the same reason.
    pub same: u32,
    /// For all reasons.
    pub all: u32,
}

/// The reason and whether the clock may stand for it from today until a day, after it stood for
/// some working days already; `total` is what [`total`] says.
///
/// # Errors
/// [`SuspensionError`].
pub fn allow<'a>(
    reasons: &'a [Reason],
    code: &str,
    used: Used,
    total: u32,
    today: NaiveDate,
    until: NaiveDate,
    calendar: &Calendar,
) -> Result<&'a Reason, SuspensionError> {
    let reason = reasons
        .iter()
        .find(|r| r.code == code)
        .ok_or_else(|| SuspensionError::UnknownReason(code.to_owned()))?;
    if until <= today {
        return Err(SuspensionError::NotLater);
    }
    let in_all = total.saturating_sub(used.all);
    let latest = calendar.due(today, in_all);
    if in_all == 0 || until > latest {
        return Err(SuspensionError::TooLongInAll {
            max: total,
            used: used.all,
            latest,
        });
    }
    let left = reason.max_days.saturating_sub(used.same);
    let latest = calendar.due(today, left);
    if left == 0 || until > latest {
        return Err(SuspensionError::TooLong {
            name: reason.name.clone(),
            max: reason.max_days,
            used: used.same,
            latest,
        });
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn each_reason_says_what_it_rests_on() {
        let all = reasons(&Value::Null);
        assert!(all.len() >= 5);
        for r in &all {
            assert!(!r.source.is_empty() && r.max_days <= 30, "{}", r.code);
            assert_eq!(all.iter().filter(|o| o.code == r.code).count(), 1);
        }
    }

    #[test]
    fn an_authority_shortens_and_closes_but_never_lengthens() {
        let own = reasons(&json!({ "suspension": { "tax": 0, "verify": 10, "survey": 99 } }));
        let of = |code: &str| own.iter().find(|r| r.code == code).map(|r| r.max_days);
        assert_eq!(of("tax"), None);
        assert_eq!(of("verify"), Some(10));
        assert_eq!(of("survey"), Some(30));
    }

    #[test]
    fn no_longer_than_the_reason_lasts_with_what_was_used_before() {
        let all = reasons(&json!({ "suspension": { "verify": 5 } }));
        let weekdays = Calendar::default();
        let (monday, friday) = (day("2026-11-23"), day("2026-11-27"));
        let ask = |same, until| {
            let used = Used { same, all: same };
            allow(&all, "verify", used, 30, monday, until, &weekdays)
        };
        assert_eq!(ask(0, day("2026-11-30")).map(|r| r.max_days), Ok(5));
        assert!(ask(1, friday).is_ok());
        assert!(matches!(
            ask(2, friday),
            Err(SuspensionError::TooLong { used: 2, latest, .. }) if latest == day("2026-11-26")
        ));
        assert_eq!(ask(0, monday), Err(SuspensionError::NotLater));
        let nearly = Used { same: 0, all: 29 };
        assert!(matches!(
            allow(&all, "verify", nearly, 30, monday, friday, &weekdays),
            Err(SuspensionError::TooLongInAll { used: 29, latest, .. }) if latest == day("2026-11-24")
        ));
        assert_eq!(total(&json!({ "suspension": { "total": 10 } })), 10);
        assert_eq!(total(&json!({ "suspension": { "total": 99 } })), 30);
        assert!(matches!(
            allow(
                &all,
                "holiday",
                Used::default(),
                30,
                monday,
                friday,
                &weekdays
            ),
            Err(SuspensionError::UnknownReason(_))
        ));
    }
}
