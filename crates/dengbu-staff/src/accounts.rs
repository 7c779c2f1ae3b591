//! The one door to accounts and sessions, and what its parts share.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_store::Scope;
use dengbu_store::{Store, StoreError, TenantTx};
use serde_json::json;
use uuid::Uuid;

use crate::actor::Actor;
use crate::audit::{self, AuditRecord};
use crate::entropy::{Entropy, OsEntropy};
use crate::manage::StaffError;
use crate::password::{HashCost, HashError, Hasher};
use crate::permission::Action;
use crate::policy::{AuthorityPolicy, SETTINGS_KEY};
use crate::seal::SecretsKey;
use crate::throttle;

/// Sessions untouched for this long are over under any policy.
const SESSION_KEEP: TimeDelta = TimeDelta::hours(24);

/// Accounts, sessions and permissions of all authorities. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) store: Store,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hasher: Hasher,
    pub(crate) issuer: Arc<str>,
    pub(crate) secrets_key: Option<SecretsKey>,
}

/// The parts say nothing worth a log line.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

/// How [`Accounts`] works.
#[derive(Clone)]
pub struct AccountsOptions {
    /// What a password hash costs.
    pub hash_cost: HashCost,
    /// How many passwords are hashed at once at most; each takes the memory of the cost.
    pub hashes_at_once: usize,
    /// The name of this house in people's authenticator apps.
    pub issuer: String,
    /// The key under which second-factor secrets are kept; without one nobody can bind or use
    /// a second factor.
    pub secrets_key: Option<SecretsKey>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for AccountsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountsOptions")
            .field("hash_cost", &self.hash_cost)
            .field("hashes_at_once", &self.hashes_at_once)
            .finish_non_exhaustive()
    }
}

impl Default for AccountsOptions {
    fn default() -> AccountsOptions {
        AccountsOptions {
            hash_cost: HashCost::default(),
            hashes_at_once: 2,
            issuer: "不动产登记".to_owned(),
            secrets_key: None,
            entropy: Arc::new(OsEntropy),
        }
    }
}

impl Accounts {
    /// Accounts kept in `store`. Fails only for an impossible hash cost.
    pub fn new(store: Store, options: AccountsOptions) -> Result<Accounts, HashError> {
        Ok(Accounts {
            store,
            entropy: options.entropy,
            hasher: Hasher::new(options.hash_cost, options.hashes_at_once)?,
            issuer: options.issuer.into(),
            secrets_key: options.secrets_key,
        })
    }

    /// The sign-in rules of `authority`; defaults where it has none or unusable ones.
    pub async fn policy(&self, authority: &str) -> Result<AuthorityPolicy, StoreError> {
        let settings: Option<serde_json::Value> =
            sqlx::query_scalar("select settings from authority where authority = $1")
                .bind(authority)
                .fetch_optional(self.store.pool())
                .await?;
        Ok(AuthorityPolicy::effective(&settings.unwrap_or_default()))
    }

    /// Sets the sign-in rules of `authority`; they hold from the next request on.
    pub async fn set_policy(
        &self,
        actor: &Actor,
        authority: &str,
        policy: &AuthorityPolicy,
    ) -> Result<(), StaffError> {
        if !actor.may(Action::ManageSettings, authority, None) {
            return Err(StaffError::NotAllowed {
                action: Action::ManageSettings,
            });
        }
        policy.check()?;
        let before = self.policy(authority).await?;
        let mut tx = self.begin_at(authority).await?;
        sqlx::query(
            "update authority set settings = settings || jsonb_build_object($2::text, $3::jsonb) \
             where authority = $1",
        )
        .bind(authority)
        .bind(SETTINGS_KEY)
        .bind(json!(policy))
        .execute(tx.conn())
        .await?;
        let record = AuditRecord::by(actor, audit::POLICY_SET)
            .in_trail_of(authority)
            .on("authority", authority)
            .detail(json!({ "before": before, "after": policy }));
        audit::record(&mut tx, &record).await?;
        Ok(tx.commit().await?)
    }

    /// Clears away sessions and failure counts that are over; for a background loop. Nothing
    /// depends on it: what is over is refused whether or not it is still there.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        throttle::sweep(&mut conn, now).await?;
        sqlx::query("delete from session where expires_at <= $1 or last_seen_at < $2")
            .bind(now)
            .bind(now - SESSION_KEEP)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// The account behind a user name: (authority, staff_id).
    pub(crate) async fn find_login(
        &self,
        username: &str,
    ) -> Result<Option<(String, Uuid)>, StoreError> {
        Ok(
            sqlx::query_as("select authority, staff_id from login where username = $1")
                .bind(username)
                .fetch_optional(self.store.pool())
                .await?,
        )
    }

    /// A transaction over the accounts and the audit trail of one authority.
    pub(crate) async fn begin_at(&self, authority: &str) -> Result<TenantTx, StoreError> {
        self.store.begin(&Scope::single(authority)?).await
    }

    /// Ends sessions of an account, all or all but one.
    pub(crate) async fn end_sessions(
        tx: &mut TenantTx,
        authority: &str,
        staff_id: Uuid,
        except: Option<[u8; 32]>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "delete from session where authority = $1 and staff_id = $2 \
             and ($3::bytea is null or token_hash <> $3)",
        )
        .bind(authority)
        .bind(staff_id)
        .bind(except.map(Vec::from))
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

/// User names are compared without regard to case, width of letters and blanks around: what a
/// Chinese input method makes of them must not look like a wrong password.
pub(crate) fn normalise_username(text: &str) -> String {
    let narrow = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.trim()
        .chars()
        .map(narrow)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::normalise_username;

    #[test]
    fn a_user_name_is_the_same_however_it_is_typed() {
        for typed in ["sl-001", " SL-001 ", "ＳＬ－００１", "\u{3000}sl-001"] {
            assert_eq!(normalise_username(typed), "sl-001", "{typed}");
        }
    }
}
