//! Programs of other departments (共享应用) and their calls: identity and secret, what they may
//! ask, from which addresses, how often (GB/T 36906 共享服务接口规范).

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_register::NewId;
use dengbu_staff::{Entropy, entropy};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::LibraryError;
use crate::secret::{handed_out, sm3};

/// Minutes for which a token is good.
pub const TOKEN_MINUTES: i64 = 30;

/// What a program may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// 检索: find by holder.
    Search,
    /// 查询: find by number.
    Query,
    /// 信息获取.
    Metadata,
    /// 文件下载.
    File,
    /// 信息验证.
    VerifyInfo,
    /// 文件验证.
    VerifyFile,
}

impl Service {
    /// All services.
    pub const ALL: [Self; 6] = [
        Self::Search,
        Self::Query,
        Self::Metadata,
        Self::File,
        Self::VerifyInfo,
        Self::VerifyFile,
    ];

    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Query => "query",
            Self::Metadata => "metadata",
            Self::File => "file",
            Self::VerifyInfo => "verify_info",
            Self::VerifyFile => "verify_file",
        }
    }

    /// Name that people see.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Search => "证照检索",
            Self::Query => "证照查询",
            Self::Metadata => "信息获取",
            Self::File => "文件下载",
            Self::VerifyInfo => "信息验证",
            Self::VerifyFile => "文件验证",
        }
    }
}

/// A program.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Application {
    /// The authority that let it in.
    pub authority: String,
    /// Identity.
    pub application_id: Uuid,
    /// What it calls itself with.
    pub access_id: String,
    /// Name.
    pub name: String,
    /// Department.
    pub organisation: String,
    /// The ground on which it may ask.
    pub basis: String,
    /// Codes of its services.
    pub scopes: Vec<String>,
    /// Addresses it may call from; none: any.
    pub addresses: Vec<String>,
    /// Calls a minute.
    pub per_minute: i32,
    /// `active` or `suspended`.
    pub state: String,
    /// When it was let in.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it was changed.
    pub changed_at: DateTime<Utc>,
    /// By whom.
    pub changed_by: String,
}

const COLUMNS: &str = "authority, application_id, access_id, name, organisation, basis, scopes, addresses, per_minute, state, \
     created_at, created_by, changed_at, changed_by";
const IN_SCOPE: &str = "authority = any (string_to_array(current_setting('app.scope', true), ','))";

impl Application {
    /// Whether it may call from there.
    #[must_use]
    pub fn admits(&self, from: Option<IpAddr>) -> bool {
        self.addresses.is_empty()
            || from.is_some_and(|ip| {
                let ip = ip.to_canonical();
                self.addresses
                    .iter()
                    .any(|a| Network::parse(a).is_some_and(|n| n.holds(ip)))
            })
    }

    /// Whether it may ask for this.
    #[must_use]
    pub fn may(&self, service: Service) -> bool {
        self.scopes.iter().any(|s| s == service.code())
    }
}

/// An address, or a network such as 10.1.0.0/16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u32,
    four: bool,
}

fn number(ip: IpAddr) -> (u128, bool) {
    match ip {
        IpAddr::V4(four) => (u128::from(u32::from(four)) << 96, true),
        IpAddr::V6(six) => (u128::from(six), false),
    }
}

impl Network {
    /// Reads an address or a network.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ip, bits) = match text.trim().split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let (base, four) = number(ip.parse().ok()?);
        let most = if four { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { base, bits, four })
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn holds(self, ip: IpAddr) -> bool {
        let (value, four) = number(ip);
        let mask = if self.bits == 0 {
            0
        } else {
            u128::MAX << (128 - self.bits)
        };
        four == self.four && value & mask == self.base & mask
    }
}

/// A program about to be let in.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Name.
    pub name: String,
    /// Department.
    pub organisation: String,
    /// The ground.
    pub basis: String,
    /// Services.
    pub scopes: Vec<Service>,
    /// Addresses.
    pub addresses: Vec<String>,
    /// Calls a minute.
    pub per_minute: i32,
}

/// Lets a program in; its secret is told once.
///
/// # Errors
/// A database error.
pub async fn admit(
    tx: &mut TenantTx,
    authority: &str,
    terms: &Terms,
    by: &str,
    source: &dyn Entropy,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<(Application, String), LibraryError> {
    let (text, hash) = handed_out(source)?;
    let id = ids();
    let access: String = entropy::bytes::<8>(source)?
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let sql = format!(
        "insert into sharing_application (authority, application_id, access_id, name, organisation, basis, secret_hash,
             scopes, addresses, per_minute, state, created_at, created_by, changed_at, changed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'active', $11, $12, $11, $12) returning {COLUMNS}"
    );
    let made = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(id)
        .bind(format!("{authority}{access}"))
        .bind(&terms.name)
        .bind(&terms.organisation)
        .bind(&terms.basis)
        .bind(&hash[..])
        .bind(terms.scopes.iter().map(|s| s.code()).collect::<Vec<_>>())
        .bind(&terms.addresses)
        .bind(terms.per_minute)
        .bind(now)
        .bind(by)
        .fetch_one(tx.conn())
        .await?;
    Ok((made, text))
}

/// Programs of the authority.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, authority: &str) -> Result<Vec<Application>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from sharing_application where authority = $1 order by application_id limit 500"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .fetch_all(tx.conn())
        .await?)
}

/// What is changed about a program.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A new secret.
    Rotate,
    /// No calls any more.
    Suspend,
    /// Calls again.
    Resume,
    /// Other terms.
    Terms(Terms),
}

/// Changes a program; its tokens end. Gives the new secret of a rotation.
///
/// # Errors
/// [`LibraryError::Unknown`] when it is not of this authority.
pub async fn act(
    tx: &mut TenantTx,
    (authority, application_id): (&str, Uuid),
    deed: &Deed,
    by: &str,
    source: &dyn Entropy,
    now: DateTime<Utc>,
) -> Result<(Application, Option<String>), LibraryError> {
    let (text, hash) = match deed {
        Deed::Rotate => {
            let (text, hash) = handed_out(source)?;
            (Some(text), Some(hash.to_vec()))
        }
        _ => (None, None),
    };
    let state = match deed {
        Deed::Suspend => Some("suspended"),
        Deed::Resume => Some("active"),
        _ => None,
    };
    let terms = match deed {
        Deed::Terms(terms) => Some(terms),
        _ => None,
    };
    let sql = format!(
        "update sharing_application set secret_hash = coalesce($3, secret_hash), state = coalesce($4, state),
             name = coalesce($5, name), organisation = coalesce($6, organisation), basis = coalesce($7, basis),
             scopes = coalesce($8, scopes), addresses = coalesce($9, addresses), per_minute = coalesce($10, per_minute),
             changed_at = $11, changed_by = $12
         where authority = $1 and application_id = $2 returning {COLUMNS}"
    );
    let changed = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(application_id)
        .bind(hash)
        .bind(state)
        .bind(terms.map(|t| &t.name))
        .bind(terms.map(|t| &t.organisation))
        .bind(terms.map(|t| &t.basis))
        .bind(terms.map(|t| t.scopes.iter().map(|s| s.code()).collect::<Vec<_>>()))
        .bind(terms.map(|t| &t.addresses))
        .bind(terms.map(|t| t.per_minute))
        .bind(now)
        .bind(by)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这个共享应用"))?;
    sqlx::query("delete from sharing_token where authority = $1 and application_id = $2")
        .bind(authority)
        .bind(application_id)
        .execute(tx.conn())
        .await?;
    Ok((changed, text))
}

/// Gives a token to who knows the secret; none for anybody else.
///
/// # Errors
/// A database error.
pub async fn token(
    tx: &mut TenantTx,
    access_id: &str,
    given: &str,
    source: &dyn Entropy,
    now: DateTime<Utc>,
) -> Result<Option<(Application, String, DateTime<Utc>)>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from sharing_application where {IN_SCOPE} and access_id = $1 and secret_hash = $2 and state = 'active'"
    );
    let found: Option<Application> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(access_id)
        .bind(&sm3(given.as_bytes())[..])
        .fetch_optional(tx.conn())
        .await?;
    let Some(application) = found else {
        return Ok(None);
    };
    let (text, hash) = handed_out(source)?;
    let until = now + TimeDelta::minutes(TOKEN_MINUTES);
    sqlx::query("delete from sharing_token where authority = $1 and expires_at < $2")
        .bind(&application.authority)
        .bind(now)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "insert into sharing_token (authority, token_hash, application_id, expires_at) values ($1, $2, $3, $4)",
    )
    .bind(&application.authority)
    .bind(&hash[..])
    .bind(application.application_id)
    .bind(until)
    .execute(tx.conn())
    .await?;
    Ok(Some((application, text, until)))
}

/// The program of a token that is good.
///
/// # Errors
/// A database error.
pub async fn by_token(
    tx: &mut TenantTx,
    given: &str,
    now: DateTime<Utc>,
) -> Result<Option<Application>, LibraryError> {
    let found: Option<(String, Uuid)> = sqlx::query_as(
        "select authority, application_id from sharing_token
         where authority = any (string_to_array(current_setting('app.scope', true), ','))
           and token_hash = $1 and expires_at > $2",
    )
    .bind(&sm3(given.as_bytes())[..])
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    let Some((authority, id)) = found else {
        return Ok(None);
    };
    let sql = format!(
        "select {COLUMNS} from sharing_application where authority = $1 and application_id = $2 and state = 'active'"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?)
}

/// A call about to be noted.
#[derive(Debug, Clone)]
pub struct NewCall<'a> {
    /// Which service.
    pub service: &'a str,
    /// For what.
    pub purpose: Option<&'a str>,
    /// About which certificate.
    pub object: Option<&'a str>,
    /// What was answered.
    pub status: &'a str,
    /// From where.
    pub ip: Option<String>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Notes a call.
///
/// # Errors
/// A database error.
pub async fn note_call(
    tx: &mut TenantTx,
    application: &Application,
    call: &NewCall<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    sqlx::query(
        "insert into sharing_call (authority, call_id, application_id, at, service, purpose, object, status, ip)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&application.authority)
    .bind(ids())
    .bind(application.application_id)
    .bind(call.now)
    .bind(call.service)
    .bind(call.purpose)
    .bind(call.object)
    .bind(call.status)
    .bind(&call.ip)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A call as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Call {
    /// Identity.
    pub call_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Which service.
    pub service: String,
    /// For what.
    pub purpose: Option<String>,
    /// About which certificate.
    pub object: Option<String>,
    /// What was answered.
    pub status: String,
    /// From where.
    pub ip: Option<String>,
}

/// Calls of a program, newest first.
///
/// # Errors
/// A database error.
pub async fn calls(
    tx: &mut TenantTx,
    authority: &str,
    application_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Call>, LibraryError> {
    Ok(sqlx::query_as(
        "select call_id, at, service, purpose, object, status, ip from sharing_call
         where authority = $1 and application_id = $2 and ($3::uuid is null or call_id < $3)
         order by call_id desc limit $4",
    )
    .bind(authority)
    .bind(application_id)
    .bind(before)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Calls of a program since a moment.
///
/// # Errors
/// A database error.
pub async fn calls_since(
    tx: &mut TenantTx,
    application: &Application,
    since: DateTime<Utc>,
) -> Result<i64, LibraryError> {
    Ok(sqlx::query_scalar(
        "select count(*) from sharing_call where authority = $1 and application_id = $2 and at > $3",
    )
    .bind(&application.authority)
    .bind(application.application_id)
    .bind(since)
    .fetch_one(tx.conn())
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_only() {
        let in_it = |net: &str, ip: &str| Network::parse(net).unwrap().holds(ip.parse().unwrap());
        assert!(in_it("10.1.0.0/16", "10.1.200.3") && !in_it("10.1.0.0/16", "10.2.0.1"));
        assert!(in_it("192.0.2.7", "192.0.2.7") && !in_it("192.0.2.7", "192.0.2.8"));
        assert!(in_it("0.0.0.0/0", "203.0.113.9") && !in_it("0.0.0.0/0", "2001:db8::1"));
        assert!(in_it("2001:db8::/32", "2001:db8:1::1") && !in_it("2001:db8::/32", "2001:db9::1"));
        for bad in ["", "10.1.0.0/33", "10.1", "x/8", "10.0.0.1/-1"] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
