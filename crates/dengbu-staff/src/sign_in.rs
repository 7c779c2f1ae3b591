//! Sign-in with user name and password.

use chrono::{DateTime, Utc};
use dengbu_store::StoreError;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::{Accounts, normalise_username};
use crate::actor::RequestContext;
use crate::audit::{self, AuditRecord};
use crate::entropy::EntropyError;
use crate::password::{Checked, HashError};
use crate::policy::AuthorityPolicy;
use crate::session::{Session, SessionError};
use crate::throttle::{self, Attempt, Proof};
use crate::token::SessionToken;

/// Longest `User-Agent` kept.
const USER_AGENT_CHARS_MAX: usize = 200;

/// A session just begun. Look at `session.actor.standing`: it may need a second factor, an
/// enrolment or a new password before the person may do anything.
#[derive(Debug)]
pub struct SignIn {
    /// For the cookie; shown this once.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
}

/// Why sign-in failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// No such user name, or not its password; which of the two is not said.
    #[error("{}", wrong_credentials(*.attempts_left, *.lockout_minutes))]
    WrongCredentials {
        /// Attempts left until lock-out.
        attempts_left: u32,
        /// How long that would last.
        lockout_minutes: u32,
    },
    /// Too many failed attempts.
    #[error("连续登录失败次数过多，账号已临时锁定，请在 {} 后重试，或联系系统管理员解锁", clock(*.until))]
    Locked {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Too many failed attempts from the network address, under whatever names.
    #[error("本网络地址登录失败次数过多，请在 {} 后重试；仍需立即登录的，请联系系统管理员", clock(*.until))]
    TooManyFromAddress {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// The account is closed; said only to who knows the password.
    #[error("您的账号已停用，请联系本机构系统管理员")]
    Disabled,
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn wrong_credentials(attempts_left: u32, lockout_minutes: u32) -> String {
    if attempts_left == 0 {
        return format!("登录名或口令不正确，失败次数过多，账号已锁定 {lockout_minutes} 分钟");
    }
    format!(
        "登录名或口令不正确，请检查后重试（还可尝试 {attempts_left} 次，之后将锁定 {lockout_minutes} 分钟）"
    )
}

/// Time of day as people here read it.
pub(crate) fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&dengbu_model::time::shanghai())
        .format("%H:%M")
        .to_string()
}

impl SignInError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SignInError::WrongCredentials { .. } => "wrong_credentials",
            SignInError::Locked { .. } => "locked",
            SignInError::TooManyFromAddress { .. } => "too_many_attempts",
            SignInError::Disabled => "account_disabled",
            SignInError::Hash(_) | SignInError::Store(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for SignInError {
    fn from(error: sqlx::Error) -> SignInError {
        SignInError::Store(error.into())
    }
}

impl From<EntropyError> for SignInError {
    fn from(error: EntropyError) -> SignInError {
        SignInError::Hash(error.into())
    }
}

/// What sign-in must know of an account.
struct Account {
    authority: String,
    staff_id: Uuid,
    name: String,
    active: bool,
    password_hash: String,
}

impl Accounts {
    /// Signs in with user name and password. The work done and the answer are the same for a user
    /// name that does not exist and for a wrong password.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &str,
        request: &RequestContext,
    ) -> Result<SignIn, SignInError> {
        let username = normalise_username(username);
        let account = self.find_account(&username).await?;
        let policy = match &account {
            Some(account) => self.policy(&account.authority).await?,
            None => AuthorityPolicy::default(),
        };
        let key = throttle::key(Proof::Password, &username);
        let address = request.ip.map(throttle::address_key);
        let mut conn = self.store.pool().acquire().await?;
        if let Some(address) = &address
            && let Some(until) =
                throttle::reserve_address(&mut conn, address, &policy, request.now).await?
        {
            return Err(SignInError::TooManyFromAddress { until });
        }
        let attempt = throttle::reserve(&mut conn, &key, &policy, request.now).await?;
        drop(conn);
        let left = match attempt {
            Attempt::Allowed { left } => left,
            Attempt::Locked { until } => return Err(SignInError::Locked { until }),
        };
        let wrong = SignInError::WrongCredentials {
            attempts_left: left,
            lockout_minutes: policy.lockout_minutes,
        };
        let Some(account) = account else {
            self.hasher.check_nobody(password).await?;
            return Err(wrong);
        };
        let checked = self.hasher.check(password, &account.password_hash).await?;
        if !checked.matches {
            let reason = if left == 0 {
                "locked_out"
            } else {
                "wrong_password"
            };
            self.record_failure(&account, reason, request).await?;
            return Err(wrong);
        }
        if !account.active {
            self.record_failure(&account, "account_disabled", request)
                .await?;
            return Err(SignInError::Disabled);
        }
        let token = self
            .begin_session(&account, password, checked, &policy, &key, request)
            .await?;
        if let Some(address) = &address {
            let mut conn = self.store.pool().acquire().await?;
            throttle::give_back(&mut conn, address).await?;
        }
        match self.session(&token, request).await {
            Ok(session) => Ok(SignIn { token, session }),
            Err(SessionError::Store(error)) => Err(error.into()),
            // Closed between the two transactions.
            Err(_) => Err(SignInError::Disabled),
        }
    }

    async fn find_account(&self, username: &str) -> Result<Option<Account>, StoreError> {
        let Some((authority, staff_id)) = self.find_login(username).await? else {
            return Ok(None);
        };
        let mut tx = self.begin_at(&authority).await?;
        let row: Option<(String, bool, String)> = sqlx::query_as(
            "select s.name, s.active, c.password_hash from staff s join staff_credential c \
               on c.authority = s.authority and c.staff_id = s.staff_id \
             where s.authority = $1 and s.staff_id = $2",
        )
        .bind(&authority)
        .bind(staff_id)
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(row.map(|(name, active, password_hash)| Account {
            authority,
            staff_id,
            name,
            active,
            password_hash,
        }))
    }

    async fn record_failure(
        &self,
        account: &Account,
        reason: &str,
        request: &RequestContext,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_at(&account.authority).await?;
        let who = Some((account.staff_id, account.name.as_str()));
        let record = AuditRecord::of(&account.authority, who, audit::SIGN_IN, request)
            .failed()
            .detail(json!({ "reason": reason }));
        audit::record(&mut tx, &record).await?;
        tx.commit().await
    }

    async fn begin_session(
        &self,
        account: &Account,
        password: &str,
        checked: Checked,
        policy: &AuthorityPolicy,
        key: &[u8; 32],
        request: &RequestContext,
    ) -> Result<SessionToken, SignInError> {
        let token = SessionToken::generate(self.entropy.as_ref())?;
        let rehashed = match checked.outdated {
            true => Some(self.hasher.hash(self.entropy.as_ref(), password).await?),
            false => None,
        };
        let mut tx = self.begin_at(&account.authority).await?;
        // A password changed since it was checked has ended all sessions; none may begin by it.
        let unchanged = sqlx::query(
            "update staff_credential set password_hash = coalesce($3, password_hash) \
             where authority = $1 and staff_id = $2 and password_hash = $4",
        )
        .bind(&account.authority)
        .bind(account.staff_id)
        .bind(rehashed)
        .bind(&account.password_hash)
        .execute(tx.conn())
        .await?;
        if unchanged.rows_affected() == 0 {
            return Err(SignInError::WrongCredentials {
                attempts_left: policy.lockout_attempts,
                lockout_minutes: policy.lockout_minutes,
            });
        }
        throttle::clear(tx.conn(), key).await?;
        let user_agent: Option<String> = request
            .user_agent
            .as_ref()
            .map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect());
        sqlx::query(
            "insert into session (token_hash, authority, staff_id, created_at, last_seen_at, \
                expires_at, user_agent, ip) values ($1, $2, $3, $4, $4, $5, $6, $7)",
        )
        .bind(token.hash().as_slice())
        .bind(&account.authority)
        .bind(account.staff_id)
        .bind(request.now)
        .bind(request.now + policy.session_max())
        .bind(user_agent)
        .bind(request.ip.map(|ip| ip.to_string()))
        .execute(tx.conn())
        .await?;
        sqlx::query("update staff set last_sign_in_at = $3 where authority = $1 and staff_id = $2")
            .bind(&account.authority)
            .bind(account.staff_id)
            .bind(request.now)
            .execute(tx.conn())
            .await?;
        let who = Some((account.staff_id, account.name.as_str()));
        let record = AuditRecord::of(&account.authority, who, audit::SIGN_IN, request);
        audit::record(&mut tx, &record).await?;
        tx.commit().await?;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_do_not_say_which_of_the_two_was_wrong() {
        let error = SignInError::WrongCredentials {
            attempts_left: 4,
            lockout_minutes: 15,
        };
        assert!(error.to_string().contains("登录名或口令不正确"), "{error}");
        assert!(error.to_string().contains("还可尝试 4 次"), "{error}");
        let error = SignInError::WrongCredentials {
            attempts_left: 0,
            lockout_minutes: 15,
        };
        assert!(error.to_string().contains("已锁定 15 分钟"), "{error}");
    }

    #[test]
    fn lock_out_ends_are_told_in_local_time() {
        let until = "2026-11-23T02:05:00Z".parse().unwrap();
        assert!(SignInError::Locked { until }.to_string().contains("10:05"));
    }
}
