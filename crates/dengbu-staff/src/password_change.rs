//! Changing one's own password.

use chrono::{DateTime, Utc};
use dengbu_store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::actor::{Actor, RequestContext, Standing};
use crate::audit::{self, AuditRecord};
use crate::password::HashError;
use crate::policy::PasswordRejected;
use crate::session::{Session, SessionError};
use crate::sign_in::clock;
use crate::throttle::{self, Attempt, Proof};
use crate::token::SessionToken;

/// Most hashes kept of former passwords; the policy asks for at most that many.
const HISTORY_MAX: i32 = 24;

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordChangeError {
    /// The present password is wrong.
    #[error("原口令不正确，请重新输入（还可尝试 {attempts_left} 次）")]
    WrongCurrent {
        /// Attempts left until lock-out.
        attempts_left: u32,
    },
    /// Too many wrong ones; the session is over.
    #[error("原口令连续输错次数过多，请在 {} 后重新登录", clock(*.until))]
    Locked {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// The second factor comes first.
    #[error("请先完成动态码验证，再修改口令")]
    PassFirst,
    /// The new one does not do.
    #[error(transparent)]
    Rejected(#[from] PasswordRejected),
    /// No session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasswordChangeError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            PasswordChangeError::WrongCurrent { .. } => "wrong_password",
            PasswordChangeError::Locked { .. } => "locked",
            PasswordChangeError::PassFirst => "second_factor_needed",
            PasswordChangeError::Rejected(rejected) => rejected.code(),
            PasswordChangeError::Session(error) => error.code(),
            PasswordChangeError::Hash(_) | PasswordChangeError::Store(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for PasswordChangeError {
    fn from(error: sqlx::Error) -> PasswordChangeError {
        PasswordChangeError::Store(error.into())
    }
}

impl Accounts {
    /// Changes the password of the person signed in; all their other sessions end.
    pub async fn change_password(
        &self,
        token: &SessionToken,
        current: &str,
        new: &str,
        request: &RequestContext,
    ) -> Result<Session, PasswordChangeError> {
        let actor = self.session(token, request).await?.actor;
        if actor.standing == Standing::SecondFactorNeeded {
            return Err(PasswordChangeError::PassFirst);
        }
        let policy = self.policy(&actor.authority).await?;
        let key = throttle::key(Proof::Password, &actor.username);
        let mut conn = self.store.pool().acquire().await?;
        let attempt = throttle::reserve(&mut conn, &key, &policy, request.now).await?;
        drop(conn);
        let attempts_left = match attempt {
            Attempt::Allowed { left } => left,
            Attempt::Locked { until } => {
                self.drop_session(token).await?;
                return Err(PasswordChangeError::Locked { until });
            }
        };
        let (present, former) = self.hashes(&actor).await?;
        if !self.hasher.check(current, &present).await?.matches {
            let mut tx = self.begin_at(&actor.authority).await?;
            let record = AuditRecord::by(&actor, audit::PASSWORD_CHANGED).failed();
            audit::record(&mut tx, &record).await?;
            tx.commit().await?;
            if attempts_left == 0 {
                self.drop_session(token).await?;
                let until = request.now + policy.lockout();
                return Err(PasswordChangeError::Locked { until });
            }
            return Err(PasswordChangeError::WrongCurrent { attempts_left });
        }
        let mut conn = self.store.pool().acquire().await?;
        throttle::clear(&mut conn, &key).await?;
        drop(conn);
        policy.check_password(new, &actor.username)?;
        let barred = std::iter::once(&present).chain(&former);
        for hash in barred.take(policy.password_history as usize) {
            if self.hasher.check(new, hash).await?.matches {
                return Err(PasswordRejected::UsedBefore.into());
            }
        }
        let hash = self.hasher.hash(self.entropy.as_ref(), new).await?;
        let mut tx = self.begin_at(&actor.authority).await?;
        let account = (actor.authority.as_str(), actor.staff_id);
        let replaced =
            replace_hash(&mut tx, account, &hash, Some(&present), false, request.now).await?;
        if !replaced {
            // Another request, or an administrator, was faster; what was checked no longer holds.
            return Err(PasswordChangeError::WrongCurrent { attempts_left });
        }
        Accounts::end_sessions(
            &mut tx,
            &actor.authority,
            actor.staff_id,
            Some(token.hash()),
        )
        .await?;
        audit::record(&mut tx, &AuditRecord::by(&actor, audit::PASSWORD_CHANGED)).await?;
        tx.commit().await?;
        Ok(self.session(token, request).await?)
    }

    async fn hashes(&self, actor: &Actor) -> Result<(String, Vec<String>), StoreError> {
        let mut tx = self.begin_at(&actor.authority).await?;
        let hashes = sqlx::query_as(
            "select password_hash, password_history from staff_credential \
             where authority = $1 and staff_id = $2",
        )
        .bind(&actor.authority)
        .bind(actor.staff_id)
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(hashes)
    }
}

/// Replaces a password's hash and keeps the former one; with `expected`, only if that is still
/// the present one.
pub(crate) async fn replace_hash(
    tx: &mut TenantTx,
    (authority, staff_id): (&str, Uuid),
    hash: &str,
    expected: Option<&str>,
    must_change: bool,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update staff_credential set \
            password_history = (array_prepend(password_hash, password_history))[1:$7], \
            password_hash = $3, must_change_password = $5, password_changed_at = $6 \
         where authority = $1 and staff_id = $2 and ($4::text is null or password_hash = $4)",
    )
    .bind(authority)
    .bind(staff_id)
    .bind(hash)
    .bind(expected)
    .bind(must_change)
    .bind(now)
    .bind(HISTORY_MAX)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
