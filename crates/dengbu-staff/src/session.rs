//! Sessions: finding the person behind a token, idle and absolute time-out.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::Scope;
use dengbu_store::{StoreError, TenantTx};
use sqlx::{FromRow, Row};
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::actor::{Actor, RequestContext, Standing};
use crate::audit::{self, AuditRecord};
use crate::grant::Grant;
use crate::policy::AuthorityPolicy;
use crate::second_factor::SecondFactor;
use crate::token::SessionToken;

/// A session's last use is written at most this often. Idleness is reckoned from what is written,
/// so a session may end up to this much early and never late.
const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// A session and the person signed in by it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The person.
    pub actor: Actor,
    /// When sign-in began.
    pub created_at: DateTime<Utc>,
    /// When the session ends in any case.
    pub expires_at: DateTime<Utc>,
    /// After how many seconds without a request it ends before that.
    pub idle_seconds: u32,
    /// State of the second factor.
    pub second_factor: SecondFactor,
    /// Whether the password must be replaced before anything else may be done.
    pub must_change_password: bool,
}

/// Why a token signs nobody in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// No such session: never begun, signed out, or ended by a change of password or account.
    #[error("您尚未登录或登录已失效，请重新登录")]
    NotSignedIn,
    /// No request for too long.
    #[error("您已超过 {minutes} 分钟没有操作，为保护数据已自动退出，请重新登录")]
    Idle {
        /// The authority's limit.
        minutes: u32,
    },
    /// The longest duration of a session is over.
    #[error("本次登录已达最长时限，请重新登录")]
    Expired,
    /// The account was closed meanwhile.
    #[error("您的账号已停用，请联系本机构系统管理员")]
    Disabled,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SessionError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SessionError::NotSignedIn => "not_signed_in",
            SessionError::Idle { .. } => "session_idle",
            SessionError::Expired => "session_expired",
            SessionError::Disabled => "account_disabled",
            SessionError::Store(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for SessionError {
    fn from(error: sqlx::Error) -> SessionError {
        SessionError::Store(error.into())
    }
}

#[derive(FromRow)]
struct SessionRow {
    authority: String,
    staff_id: Uuid,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    second_factor_ok: bool,
    settings: serde_json::Value,
}

#[derive(FromRow)]
struct PersonRow {
    username: String,
    name: String,
    registrar_licence: Option<String>,
    office_id: Option<String>,
    active: bool,
    must_change_password: bool,
    password_changed_at: DateTime<Utc>,
    enrolled: bool,
}

impl Accounts {
    /// The session of `token` at the time of `request`; the request counts as a sign of life.
    pub async fn session(
        &self,
        token: &SessionToken,
        request: &RequestContext,
    ) -> Result<Session, SessionError> {
        let row: Option<SessionRow> = sqlx::query_as(
            "select s.authority, s.staff_id, s.created_at, s.last_seen_at, s.expires_at, \
                s.second_factor_ok, a.settings \
             from session s join authority a on a.authority = s.authority \
             where s.token_hash = $1",
        )
        .bind(token.hash().as_slice())
        .fetch_optional(self.store.pool())
        .await?;
        let row = row.ok_or(SessionError::NotSignedIn)?;
        let policy = AuthorityPolicy::effective(&row.settings);
        if let Some(over) = time_out(&row, &policy, request.now) {
            self.drop_session(token).await?;
            return Err(over);
        }
        let mut tx = self.begin_at(&row.authority).await?;
        let person = read_person(&mut tx, &row.authority, row.staff_id).await?;
        if !person.active {
            tx.rollback().await?;
            self.drop_session(token).await?;
            return Err(SessionError::Disabled);
        }
        let today = date_in_shanghai(request.now);
        let grants: Vec<Grant> = read_grants(&mut tx, &row.authority, &[row.staff_id])
            .await?
            .into_iter()
            .map(|(_, grant)| grant)
            .filter(|grant| grant.in_force(today))
            .collect();
        let scope = scope_of(&mut tx, &row.authority, &grants).await?;
        if request.now - row.last_seen_at >= TOUCH_EVERY {
            touch(&mut tx, token, request.now).await?;
        }
        tx.commit().await?;
        Ok(assemble(row, person, grants, scope, &policy, request))
    }

    /// Ends the session of `token`; a token of none is no error, the person is signed out anyway.
    pub async fn sign_out(
        &self,
        token: &SessionToken,
        request: &RequestContext,
    ) -> Result<(), StoreError> {
        let owner: Option<(String, Uuid)> =
            sqlx::query_as("select authority, staff_id from session where token_hash = $1")
                .bind(token.hash().as_slice())
                .fetch_optional(self.store.pool())
                .await?;
        let Some((authority, staff_id)) = owner else {
            return Ok(());
        };
        let mut tx = self.begin_at(&authority).await?;
        let person = read_person(&mut tx, &authority, staff_id).await?;
        delete(&mut tx, token).await?;
        let who = Some((staff_id, person.name.as_str()));
        audit::record(
            &mut tx,
            &AuditRecord::of(&authority, who, audit::SIGN_OUT, request),
        )
        .await?;
        tx.commit().await
    }

    /// Removes a session that is over.
    pub(crate) async fn drop_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        delete(&mut conn, token).await
    }
}

async fn delete(conn: &mut sqlx::PgConnection, token: &SessionToken) -> Result<(), StoreError> {
    sqlx::query("delete from session where token_hash = $1")
        .bind(token.hash().as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether and why the session is over.
fn time_out(
    row: &SessionRow,
    policy: &AuthorityPolicy,
    now: DateTime<Utc>,
) -> Option<SessionError> {
    // The policy of today counts too: a shortened limit takes hold of open sessions.
    if now >= row.expires_at || now >= row.created_at + policy.session_max() {
        return Some(SessionError::Expired);
    }
    (now - row.last_seen_at >= policy.idle()).then_some(SessionError::Idle {
        minutes: policy.idle_minutes,
    })
}

async fn touch(
    tx: &mut TenantTx,
    token: &SessionToken,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("update session set last_seen_at = $2 where token_hash = $1 and last_seen_at < $2")
        .bind(token.hash().as_slice())
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn read_person(
    tx: &mut TenantTx,
    authority: &str,
    staff_id: Uuid,
) -> Result<PersonRow, StoreError> {
    Ok(sqlx::query_as(
        "select s.username, s.name, s.registrar_licence, s.office_id, s.active, \
            c.must_change_password, c.password_changed_at, \
            c.totp_confirmed_at is not null as enrolled \
         from staff s join staff_credential c \
           on c.authority = s.authority and c.staff_id = s.staff_id \
         where s.authority = $1 and s.staff_id = $2",
    )
    .bind(authority)
    .bind(staff_id)
    .fetch_one(tx.conn())
    .await?)
}

/// The grants of accounts of one authority, past and coming ones included.
pub(crate) async fn read_grants(
    tx: &mut TenantTx,
    authority: &str,
    staff_ids: &[Uuid],
) -> Result<Vec<(Uuid, Grant)>, StoreError> {
    let rows = sqlx::query(
        "select staff_id, role, business, grant_authority, valid_from, valid_to \
         from staff_grant where authority = $1 and staff_id = any ($2) \
         order by staff_id, grant_authority, role, business, valid_from",
    )
    .bind(authority)
    .bind(staff_ids)
    .fetch_all(tx.conn())
    .await?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in rows {
        let code: &str = row.try_get("role")?;
        let Ok(role) = code.parse() else {
            // A role this program does not know gives nothing; the rest of the account works.
            tracing::warn!(code, "unknown role in staff_grant, ignored");
            continue;
        };
        let grant = Grant {
            role,
            business: row.try_get("business")?,
            authority: row.try_get("grant_authority")?,
            valid_from: row.try_get::<NaiveDate, _>("valid_from")?,
            valid_to: row.try_get("valid_to")?,
        };
        grants.push((row.try_get("staff_id")?, grant));
    }
    Ok(grants)
}

/// The own authority, those of the grants, and the counties of all of them.
async fn scope_of(
    tx: &mut TenantTx,
    authority: &str,
    grants: &[Grant],
) -> Result<Scope, StoreError> {
    let mut codes: BTreeSet<String> = grants.iter().map(|grant| grant.authority.clone()).collect();
    codes.insert(authority.to_owned());
    let authorities: Vec<&String> = codes.iter().collect();
    let counties: Vec<String> =
        sqlx::query_scalar("select county from authority_county where authority = any ($1)")
            .bind(&authorities)
            .fetch_all(tx.conn())
            .await?;
    codes.extend(counties);
    Ok(Scope::new(codes)?)
}

fn assemble(
    row: SessionRow,
    person: PersonRow,
    grants: Vec<Grant>,
    scope: Scope,
    policy: &AuthorityPolicy,
    request: &RequestContext,
) -> Session {
    let second_factor = SecondFactor {
        // Who has enrolled keeps using it, whether or not the authority demands it.
        required: policy.require_totp || person.enrolled,
        enrolled: person.enrolled,
        passed: row.second_factor_ok,
    };
    let too_old = policy.password_days_max > 0
        && request.now - person.password_changed_at
            >= TimeDelta::days(i64::from(policy.password_days_max));
    let must_change_password = person.must_change_password || too_old;
    let standing = if second_factor.enrolled && !second_factor.passed {
        Standing::SecondFactorNeeded
    } else if must_change_password {
        Standing::PasswordChangeNeeded
    } else if second_factor.required && !second_factor.enrolled {
        Standing::EnrolmentNeeded
    } else {
        Standing::Ready
    };
    let actor = Actor {
        staff_id: row.staff_id,
        name: person.name,
        username: person.username,
        registrar_licence: person.registrar_licence,
        authority: row.authority,
        scope,
        grants,
        office: person.office_id,
        second_factor_ok: row.second_factor_ok,
        standing,
        request: request.clone(),
    };
    Session {
        actor,
        created_at: row.created_at,
        expires_at: row.expires_at.min(row.created_at + policy.session_max()),
        idle_seconds: policy.idle_seconds(),
        second_factor,
        must_change_password,
    }
}
