//! Rules of sign-in as data of each authority: passwords, lock-out, time-outs, second factor.
//!
//! Stored in `authority.settings`, key `policy`; what is not there has the default below. The
//! defaults answer GB/T 22239-2019 (网络安全等级保护基本要求, level 3) 8.1.4.1 身份鉴别; the standard
//! names the duties and no numbers, so each number states its reason.

use serde::{Deserialize, Serialize};

/// The key of the policy within an authority's settings.
pub const SETTINGS_KEY: &str = "policy";

/// Longest password taken, in bytes: hashing longer ones would only serve to keep us busy.
const PASSWORD_BYTES_MAX: usize = 256;

/// How an authority's staff sign in (登录安全策略).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AuthorityPolicy {
    /// Shortest password, in characters. 10: with three classes beyond guessing within the
    /// lock-out's limits, and still typed at a counter (8.1.4.1 a 复杂度).
    pub password_length_min: u32,
    /// Of lower case, upper case, digits and others, how many a password must mix. 3: the usual
    /// reading of 复杂度 in assessments (8.1.4.1 a).
    pub password_classes_min: u32,
    /// How many passwords, the present one included, may not be taken again. 3: makes 定期更换
    /// (8.1.4.1 a) more than a toggle between two.
    pub password_history: u32,
    /// Days after which a password must be changed; 0: never. 90: the usual reading of 定期更换
    /// (8.1.4.1 a).
    pub password_days_max: u32,
    /// Failed attempts until lock-out. 5: room for a wrong keyboard state, none for guessing
    /// (8.1.4.1 b 限制非法登录次数).
    pub lockout_attempts: u32,
    /// Minutes a lock-out lasts. 15: about 480 guesses a day, with nobody needed to unlock.
    pub lockout_minutes: u32,
    /// Failed sign-ins from one network address, under whatever names, until the address must
    /// wait. 30: a hall behind one address on a bad morning; beyond it somebody is trying one
    /// password on many names (8.1.4.1 b).
    pub address_attempts: u32,
    /// Minutes over which these are counted. 10.
    pub address_minutes: u32,
    /// Minutes without a request after which a session ends. 15: a clerk called away from the
    /// counter (8.1.4.1 b 登录连接超时自动退出).
    pub idle_minutes: u32,
    /// Hours after which a session ends in any case. 12: one working day.
    pub session_hours_max: u32,
    /// Whether everyone needs the second factor (one-time code, RFC 6238). True: 8.1.4.1 d asks
    /// for two kinds of proof, one of them cryptographic.
    pub require_totp: bool,
}

impl Default for AuthorityPolicy {
    fn default() -> AuthorityPolicy {
        AuthorityPolicy {
            password_length_min: 10,
            password_classes_min: 3,
            password_history: 3,
            password_days_max: 90,
            lockout_attempts: 5,
            lockout_minutes: 15,
            address_attempts: 30,
            address_minutes: 10,
            idle_minutes: 15,
            session_hours_max: 12,
            require_totp: true,
        }
    }
}

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not readable as a policy.
    #[error("登录安全策略无法识别：{0}")]
    Unreadable(String),
    /// A number outside what is sensible.
    #[error("登录安全策略中“{name}”为 {found}，应在 {min} 到 {max} 之间")]
    OutOfRange {
        /// What the number is, in Chinese.
        name: &'static str,
        /// The number.
        found: u32,
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
    },
}

impl AuthorityPolicy {
    /// The policy within an authority's settings.
    pub fn from_settings(settings: &serde_json::Value) -> Result<AuthorityPolicy, PolicyError> {
        let Some(policy) = settings.get(SETTINGS_KEY) else {
            return Ok(AuthorityPolicy::default());
        };
        let policy = AuthorityPolicy::deserialize(policy)
            .map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        policy.check()?;
        Ok(policy)
    }

    /// The same for sign-in, where a spoilt policy must neither open nor shut the house: the
    /// defaults stand in for it.
    pub(crate) fn effective(settings: &serde_json::Value) -> AuthorityPolicy {
        AuthorityPolicy::from_settings(settings).unwrap_or_else(|error| {
            tracing::error!(%error, "policy in authority.settings is unusable, defaults apply");
            AuthorityPolicy::default()
        })
    }

    /// Checks that the numbers protect and do not shut everyone out.
    pub fn check(&self) -> Result<(), PolicyError> {
        let rules = [
            ("口令最短长度", self.password_length_min, 8, 64),
            ("口令字符种类数", self.password_classes_min, 1, 4),
            ("不得重复的历史口令数", self.password_history, 1, 24),
            ("口令有效天数", self.password_days_max, 0, 365),
            ("锁定前允许的失败次数", self.lockout_attempts, 3, 10),
            ("锁定分钟数", self.lockout_minutes, 5, 1440),
            ("同一地址允许的失败次数", self.address_attempts, 10, 1000),
            ("同一地址失败次数的统计分钟数", self.address_minutes, 1, 60),
            ("空闲退出分钟数", self.idle_minutes, 5, 60),
            ("会话最长小时数", self.session_hours_max, 1, 24),
        ];
        for (name, found, min, max) in rules {
            if !(min..=max).contains(&found) {
                return Err(PolicyError::OutOfRange {
                    name,
                    found,
                    min,
                    max,
                });
            }
        }
        Ok(())
    }

    /// Checks a new password against everything but history.
    pub fn check_password(&self, password: &str, username: &str) -> Result<(), PasswordRejected> {
        let length = password.chars().count();
        if length < self.password_length_min as usize {
            return Err(PasswordRejected::TooShort {
                min: self.password_length_min,
            });
        }
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordRejected::TooLong {
                max: PASSWORD_BYTES_MAX,
            });
        }
        if password.chars().any(char::is_control) {
            return Err(PasswordRejected::ControlCharacter);
        }
        if classes(password) < self.password_classes_min {
            return Err(PasswordRejected::TooFewClasses {
                min: self.password_classes_min,
            });
        }
        if !username.is_empty() && password.to_lowercase().contains(&username.to_lowercase()) {
            return Err(PasswordRejected::HoldsUsername);
        }
        // Four classes of four characters and a run of one letter passes the rules above.
        let mut distinct: Vec<char> = password.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < length.min(DISTINCT_MIN) {
            return Err(PasswordRejected::TooMonotonous { min: DISTINCT_MIN });
        }
        Ok(())
    }

    /// The password rules in a sentence, for forms.
    #[must_use]
    pub fn password_hint(&self) -> String {
        format!(
            "口令至少 {} 个字符，包含小写字母、大写字母、数字、其他符号中的至少 {} 类，\
             不得包含登录名，不得与最近 {} 次使用的口令相同",
            self.password_length_min, self.password_classes_min, self.password_history
        )
    }

    /// Seconds of idleness after which the front end locks.
    #[must_use]
    pub fn idle_seconds(&self) -> u32 {
        self.idle_minutes * 60
    }

    pub(crate) fn idle(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::minutes(i64::from(self.idle_minutes))
    }

    pub(crate) fn session_max(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::hours(i64::from(self.session_hours_max))
    }

    pub(crate) fn address_window(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::minutes(i64::from(self.address_minutes))
    }

    pub(crate) fn lockout(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::minutes(i64::from(self.lockout_minutes))
    }
}

/// Fewest different characters of a password.
const DISTINCT_MIN: usize = 6;

/// How many of the four classes a password mixes; letters without case (汉字) count as others.
fn classes(password: &str) -> u32 {
    let has = |test: fn(char) -> bool| u32::from(password.chars().any(test));
    has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_ascii_digit())
}

/// Why a new password is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordRejected {
    /// Too short.
    #[error("新口令太短：至少需要 {min} 个字符")]
    TooShort {
        /// Fewest characters.
        min: u32,
    },
    /// Too long.
    #[error("新口令太长：不得超过 {max} 个字节")]
    TooLong {
        /// Most bytes.
        max: usize,
    },
    /// A tab, a line end or the like.
    #[error("新口令含有制表符、换行等不可见字符，请去掉")]
    ControlCharacter,
    /// Too few kinds of characters.
    #[error("新口令过于简单：小写字母、大写字母、数字、其他符号四类中至少包含 {min} 类")]
    TooFewClasses {
        /// Fewest classes.
        min: u32,
    },
    /// Contains the user name.
    #[error("新口令不得包含登录名，请更换")]
    HoldsUsername,
    /// A few characters over and over.
    #[error("新口令重复字符过多：至少包含 {min} 个不同的字符")]
    TooMonotonous {
        /// Fewest different characters.
        min: usize,
    },
    /// One of the last passwords.
    #[error("新口令与最近使用过的口令相同，请更换")]
    UsedBefore,
}

impl PasswordRejected {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            PasswordRejected::TooShort { .. } => "password_too_short",
            PasswordRejected::TooLong { .. } => "password_too_long",
            PasswordRejected::ControlCharacter => "password_control_character",
            PasswordRejected::TooFewClasses { .. } => "password_too_simple",
            PasswordRejected::HoldsUsername => "password_holds_username",
            PasswordRejected::TooMonotonous { .. } => "password_monotonous",
            PasswordRejected::UsedBefore => "password_used_before",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn password_table() {
        use PasswordRejected::*;
        let policy = AuthorityPolicy::default();
        let table = [
            ("Bai-shi-7x!", Ok(())),
            ("登记中心abc12345", Ok(())),
            ("Ab1-Ab1-A", Err(TooShort { min: 10 })),
            ("登记登记登A1", Err(TooShort { min: 10 })),
            ("abcdefghij", Err(TooFewClasses { min: 3 })),
            ("abcdefghi1", Err(TooFewClasses { min: 3 })),
            ("1234567890", Err(TooFewClasses { min: 3 })),
            ("xSL001x-abc", Err(HoldsUsername)),
            ("Aa1-Aa1-Aa1", Err(TooMonotonous { min: 6 })),
            ("Aa1-bcdefg\n", Err(ControlCharacter)),
        ];
        for (password, expected) in table {
            assert_eq!(
                policy.check_password(password, "sl001"),
                expected,
                "{password}"
            );
        }
        let long = "Ab1-cdef".repeat(33);
        assert_eq!(
            policy.check_password(&long, "sl001"),
            Err(TooLong { max: 256 })
        );
    }

    #[test]
    fn settings_override_single_values_and_keep_the_other_defaults() {
        let settings = json!({"policy": {"require_totp": false, "idle_minutes": 10}});
        let policy = AuthorityPolicy::from_settings(&settings).unwrap();
        assert!(!policy.require_totp);
        assert_eq!((policy.idle_minutes, policy.lockout_attempts), (10, 5));
        assert_eq!(
            AuthorityPolicy::from_settings(&json!({})).unwrap(),
            AuthorityPolicy::default()
        );
    }

    #[test]
    fn a_spoilt_policy_is_refused_and_never_weakens_sign_in() {
        for policy in [
            json!({"lockout_attempts": 0}),
            json!({"idle_minutes": 600}),
            json!({"password_length_min": 4}),
            json!({"require_topt": false}),
            json!("none"),
        ] {
            let settings = json!({ "policy": policy });
            assert!(
                AuthorityPolicy::from_settings(&settings).is_err(),
                "{settings}"
            );
            assert_eq!(
                AuthorityPolicy::effective(&settings),
                AuthorityPolicy::default()
            );
        }
        assert_eq!(AuthorityPolicy::default().check(), Ok(()));
    }
}
