//! The second factor: one-time codes of an authenticator app (动态码; RFC 6238, 6 digits, 30 s).

use chrono::{DateTime, Utc};
use dengbu_store::{StoreError, TenantTx};
use serde::Serialize;
use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use uuid::Uuid;

use crate::accounts::{Accounts, normalise_username};
use crate::actor::{Actor, RequestContext, Standing};
use crate::audit::{self, AuditRecord};
use crate::entropy::{self, EntropyError};
use crate::seal::{self, SECRET_BYTES, SealError, SecretsKey};
use crate::session::{Session, SessionError};
use crate::sign_in::clock;
use crate::throttle::{self, Attempt, Proof};
use crate::token::SessionToken;

/// Digits of a code.
const DIGITS: u8 = 6;
/// Seconds a code lasts.
const STEP_SECONDS: u64 = 30;
/// Steps before and after the present one that are taken too: clocks of telephones drift
/// (RFC 6238 5.2 recommends one).
const SKEW: u16 = 1;

/// State of the second factor in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactor {
    /// Whether it is needed.
    pub required: bool,
    /// Whether the person has one.
    pub enrolled: bool,
    /// Whether this session passed it.
    pub passed: bool,
}

/// A new secret, shown to its owner this once.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// For the QR code.
    pub otpauth_url: String,
    /// The same in Base32, for typing.
    pub secret: String,
}

/// A secret never shows itself in a log.
impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Why a second-factor operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecondFactorError {
    /// Wrong code.
    #[error("动态码不正确，请核对手机时间后输入当前显示的 6 位数字（还可尝试 {attempts_left} 次）")]
    WrongCode {
        /// Attempts left until lock-out.
        attempts_left: u32,
    },
    /// The code, or a newer one, has been used.
    #[error("该动态码已使用过，请等待显示下一个动态码后再输入")]
    Replayed,
    /// Too many wrong codes; the session is over.
    #[error("动态码连续输错次数过多，请在 {} 后重新登录", clock(*.until))]
    Locked {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Nothing is waiting for a code.
    #[error("当前不需要验证动态码，请刷新页面")]
    NotExpected,
    /// The person must pass the present second factor before binding another.
    #[error("请先完成动态码验证，再重新绑定")]
    PassFirst,
    /// Confirmation without enrolment.
    #[error("没有待确认的绑定，请重新获取二维码")]
    NothingToConfirm,
    /// The stored secret or the user name cannot be used.
    #[error("动态码功能异常：{0}。请联系系统管理员")]
    Unusable(String),
    /// No session.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SecondFactorError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SecondFactorError::WrongCode { .. } => "wrong_code",
            SecondFactorError::Replayed => "code_replayed",
            SecondFactorError::Locked { .. } => "locked",
            SecondFactorError::NotExpected => "code_not_expected",
            SecondFactorError::PassFirst => "second_factor_needed",
            SecondFactorError::NothingToConfirm => "nothing_to_confirm",
            SecondFactorError::Session(error) => error.code(),
            SecondFactorError::Unusable(_)
            | SecondFactorError::Entropy(_)
            | SecondFactorError::Store(_) => "internal",
        }
    }
}

impl From<SealError> for SecondFactorError {
    fn from(error: SealError) -> SecondFactorError {
        match error {
            SealError::Entropy(error) => SecondFactorError::Entropy(error),
            other => SecondFactorError::Unusable(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for SecondFactorError {
    fn from(error: sqlx::Error) -> SecondFactorError {
        SecondFactorError::Store(error.into())
    }
}

/// Which of an account's secrets a code is checked against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Confirmed,
    Pending,
}

impl Accounts {
    /// Passes the second factor of the session with a code.
    pub async fn verify_totp(
        &self,
        token: &SessionToken,
        code: &str,
        request: &RequestContext,
    ) -> Result<Session, SecondFactorError> {
        let session = self.session(token, request).await?;
        if session.actor.standing != Standing::SecondFactorNeeded {
            return Err(SecondFactorError::NotExpected);
        }
        self.take_code(token, &session.actor, code, Which::Confirmed)
            .await?;
        Ok(self.session(token, request).await?)
    }

    /// Makes a new secret for the person; it counts once [`Accounts::confirm_totp`] has seen a
    /// code of it, until then an earlier one stays in force.
    pub async fn enrol_totp(
        &self,
        token: &SessionToken,
        request: &RequestContext,
    ) -> Result<Enrolment, SecondFactorError> {
        let actor = self.session(token, request).await?.actor;
        if actor.standing == Standing::SecondFactorNeeded {
            return Err(SecondFactorError::PassFirst);
        }
        let secret = entropy::bytes::<SECRET_BYTES>(self.entropy.as_ref())?;
        let totp = self.totp(&secret, &actor.username)?;
        let otpauth_url = totp
            .to_url()
            .map_err(|error| SecondFactorError::Unusable(error.to_string()))?;
        let stored = self.secrets_key()?.seal(
            self.entropy.as_ref(),
            &actor.authority,
            actor.staff_id,
            &secret,
        )?;
        let mut tx = self.begin_at(&actor.authority).await?;
        sqlx::query(
            "update staff_credential set totp_pending = $3 where authority = $1 and staff_id = $2",
        )
        .bind(&actor.authority)
        .bind(actor.staff_id)
        .bind(stored)
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(Enrolment {
            otpauth_url,
            secret: totp.secret().to_base32(),
        })
    }

    /// Puts the new secret into force with a code of it; the session counts as having passed.
    pub async fn confirm_totp(
        &self,
        token: &SessionToken,
        code: &str,
        request: &RequestContext,
    ) -> Result<Session, SecondFactorError> {
        let session = self.session(token, request).await?;
        if session.actor.standing == Standing::SecondFactorNeeded {
            return Err(SecondFactorError::PassFirst);
        }
        self.take_code(token, &session.actor, code, Which::Pending)
            .await?;
        Ok(self.session(token, request).await?)
    }

    /// Counts, checks and uses up a code, and marks the session.
    async fn take_code(
        &self,
        token: &SessionToken,
        actor: &Actor,
        code: &str,
        which: Which,
    ) -> Result<(), SecondFactorError> {
        let mut tx = self.begin_at(&actor.authority).await?;
        let stored = secret_of(&mut tx, actor, which).await?;
        tx.commit().await?;
        let stored = stored.ok_or(match which {
            Which::Confirmed => SecondFactorError::NotExpected,
            Which::Pending => SecondFactorError::NothingToConfirm,
        })?;
        let secret = self
            .secrets_key()?
            .open(&actor.authority, actor.staff_id, &stored)?;
        let policy = self.policy(&actor.authority).await?;
        let key = throttle::key(Proof::Code, &actor.username);
        let mut conn = self.store.pool().acquire().await?;
        let attempt = throttle::reserve(&mut conn, &key, &policy, actor.request.now).await?;
        drop(conn);
        let attempts_left = match attempt {
            Attempt::Allowed { left } => left,
            Attempt::Locked { until } => {
                self.drop_session(token).await?;
                return Err(SecondFactorError::Locked { until });
            }
        };
        let seconds = u64::try_from(actor.request.now.timestamp()).unwrap_or(0);
        let step = self
            .totp(&secret, &actor.username)?
            .check(&only_digits(code), seconds);
        let mut tx = self.begin_at(&actor.authority).await?;
        let used = match step {
            Some(step) => use_step(&mut tx, actor, which, &stored, step).await?,
            None => false,
        };
        let record = AuditRecord::by(
            actor,
            match which {
                Which::Confirmed => audit::SECOND_FACTOR,
                Which::Pending => audit::TOTP_ENROLLED,
            },
        );
        if !used {
            let reason = if step.is_some() {
                "replayed"
            } else {
                "wrong_code"
            };
            let record = record.failed().detail(json!({ "reason": reason }));
            audit::record(&mut tx, &record).await?;
            tx.commit().await?;
            if attempts_left == 0 {
                self.drop_session(token).await?;
                let until = actor.request.now + policy.lockout();
                return Err(SecondFactorError::Locked { until });
            }
            return Err(match step {
                Some(_) => SecondFactorError::Replayed,
                None => SecondFactorError::WrongCode { attempts_left },
            });
        }
        throttle::clear(tx.conn(), &key).await?;
        sqlx::query("update session set second_factor_ok = true where token_hash = $1")
            .bind(token.hash().as_slice())
            .execute(tx.conn())
            .await?;
        audit::record(&mut tx, &record).await?;
        Ok(tx.commit().await?)
    }

    fn secrets_key(&self) -> Result<&SecretsKey, SecondFactorError> {
        self.secrets_key
            .as_ref()
            .ok_or_else(|| SecondFactorError::Unusable("服务器没有配置动态码密钥文件".to_owned()))
    }

    /// Seals the secrets that were kept in plain before there was a key; for the start of the
    /// server. Gives how many accounts were taken over.
    pub async fn seal_plain_secrets(&self) -> Result<u64, SecondFactorError> {
        let authorities: Vec<String> =
            sqlx::query_scalar("select authority from authority order by authority")
                .fetch_all(self.store.pool())
                .await?;
        let mut taken_over = 0;
        for authority in authorities {
            let mut tx = self.begin_at(&authority).await?;
            let rows: Vec<(Uuid, Option<Vec<u8>>, Option<Vec<u8>>)> = sqlx::query_as(
                "select staff_id, totp_secret, totp_pending from staff_credential \
                 where authority = $1 and (length(totp_secret) = $2 or length(totp_pending) = $2) \
                 for update",
            )
            .bind(&authority)
            .bind(i32::try_from(SECRET_BYTES).unwrap_or(i32::MAX))
            .fetch_all(tx.conn())
            .await?;
            for (staff_id, secret, pending) in rows {
                let sealed = |plain: Option<Vec<u8>>| match plain {
                    Some(plain) if seal::is_plain(&plain) => self
                        .secrets_key()?
                        .seal(self.entropy.as_ref(), &authority, staff_id, &plain)
                        .map(Some)
                        .map_err(SecondFactorError::from),
                    other => Ok(other),
                };
                sqlx::query(
                    "update staff_credential set totp_secret = $3, totp_pending = $4 \
                     where authority = $1 and staff_id = $2",
                )
                .bind(&authority)
                .bind(staff_id)
                .bind(sealed(secret)?)
                .bind(sealed(pending)?)
                .execute(tx.conn())
                .await?;
                taken_over += 1;
            }
            tx.commit().await?;
        }
        Ok(taken_over)
    }

    fn totp(&self, secret: &[u8], username: &str) -> Result<Totp, SecondFactorError> {
        Builder::new()
            // SHA-1: what every authenticator app computes; RFC 6238 1.2 names it first, and
            // known attacks on SHA-1 do not touch HMAC.
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW)
            .with_step_duration(STEP_SECONDS)
            .with_secret(Secret::new(secret.into()))
            .with_issuer(Some(self.issuer.to_string()))
            .with_account_name(username)
            .build()
            .map_err(|error| SecondFactorError::Unusable(error.to_string()))
    }
}

async fn secret_of(
    tx: &mut TenantTx,
    actor: &Actor,
    which: Which,
) -> Result<Option<Vec<u8>>, StoreError> {
    let statement = match which {
        Which::Confirmed => {
            "select totp_secret from staff_credential where authority = $1 and staff_id = $2"
        }
        Which::Pending => {
            "select totp_pending from staff_credential where authority = $1 and staff_id = $2"
        }
    };
    let secret: Option<Option<Vec<u8>>> = sqlx::query_scalar(statement)
        .bind(&actor.authority)
        .bind(actor.staff_id)
        .fetch_optional(tx.conn())
        .await?;
    Ok(secret.flatten())
}

/// Uses up a step, once: of two requests with the same code one finds the row already moved on.
/// False: used before, or the secret was replaced meanwhile.
async fn use_step(
    tx: &mut TenantTx,
    actor: &Actor,
    which: Which,
    secret: &[u8],
    step: u64,
) -> Result<bool, StoreError> {
    let statement = match which {
        Which::Confirmed => {
            "update staff_credential set last_totp_step = $3 \
             where authority = $1 and staff_id = $2 and totp_secret = $4 \
               and (last_totp_step is null or last_totp_step < $3)"
        }
        // A new secret begins its own count of steps.
        Which::Pending => {
            "update staff_credential set totp_secret = totp_pending, totp_pending = null, \
                totp_confirmed_at = $5, last_totp_step = $3 \
             where authority = $1 and staff_id = $2 and totp_pending = $4"
        }
    };
    let mut query = sqlx::query(statement)
        .bind(&actor.authority)
        .bind(actor.staff_id)
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .bind(secret);
    if which == Which::Pending {
        query = query.bind(actor.request.now);
    }
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Takes a person's second factor away (lost telephone); part of [`Accounts::reset_totp`].
pub(crate) async fn forget(
    tx: &mut TenantTx,
    authority: &str,
    staff_id: Uuid,
    username: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update staff_credential set totp_secret = null, totp_pending = null, \
            totp_confirmed_at = null, last_totp_step = null \
         where authority = $1 and staff_id = $2",
    )
    .bind(authority)
    .bind(staff_id)
    .execute(tx.conn())
    .await?;
    throttle::clear(tx.conn(), &throttle::key(Proof::Code, username)).await?;
    Ok(())
}

/// Apps show codes as `123 456`, input methods widen digits.
fn only_digits(code: &str) -> String {
    normalise_username(code)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::only_digits;

    #[test]
    fn codes_are_read_as_apps_show_and_keyboards_write_them() {
        assert_eq!(only_digits(" 123 456 "), "123456");
        assert_eq!(only_digits("１２３４５６"), "123456");
    }
}
