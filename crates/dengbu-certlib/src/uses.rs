//! Who saw or took a certificate, why and on what ground: written before anything leaves.

use chrono::{DateTime, Utc};
use dengbu_register::NewId;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::LibraryError;
use crate::record::ECertificate;

/// On what ground somebody sees a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// 工作人员.
    Staff,
    /// 持证人.
    Owner,
    /// 持证人授权.
    Grant,
    /// 共享接口.
    Sharing,
    /// 公开查验.
    Public,
}

impl Channel {
    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Owner => "owner",
            Self::Grant => "grant",
            Self::Sharing => "sharing",
            Self::Public => "public",
        }
    }
}

/// Name of a channel.
#[must_use]
pub fn channel_name(code: &str) -> &'static str {
    match code {
        "staff" => "登记机构工作人员",
        "owner" => "持证人本人",
        "grant" => "持证人授权",
        "sharing" => "部门共享",
        _ => "公开查验",
    }
}

/// Name of what was taken.
#[must_use]
pub fn what_name(code: &str) -> &'static str {
    match code {
        "state" => "查看状态",
        "fields" => "查看内容",
        "copy" => "取得加注件",
        _ => "下载原件",
    }
}

/// A use about to be noted.
#[derive(Debug, Clone)]
pub struct NewUse<'a> {
    /// Ground.
    pub channel: Channel,
    /// Who.
    pub who: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// `state`, `fields`, `copy` or `file`.
    pub what: &'a str,
    /// The grant.
    pub grant_id: Option<Uuid>,
    /// The program of others.
    pub application_id: Option<Uuid>,
    /// Address of the caller.
    pub ip: Option<String>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Notes a use.
///
/// # Errors
/// A database error.
pub async fn note(
    tx: &mut TenantTx,
    c: &ECertificate,
    u: &NewUse<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    sqlx::query(
        "insert into e_certificate_use (county, use_id, e_certificate_id, at, channel, who, purpose, what, grant_id, application_id, ip)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&c.county)
    .bind(ids())
    .bind(c.e_certificate_id)
    .bind(u.now)
    .bind(u.channel.code())
    .bind(u.who)
    .bind(u.purpose)
    .bind(u.what)
    .bind(u.grant_id)
    .bind(u.application_id)
    .bind(&u.ip)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A use as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Use {
    /// Identity.
    pub use_id: Uuid,
    /// The certificate.
    pub e_certificate_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Ground.
    pub channel: String,
    /// Who.
    pub who: String,
    /// For what.
    pub purpose: String,
    /// What.
    pub what: String,
    /// The grant.
    pub grant_id: Option<Uuid>,
}

const COLUMNS: &str = "use_id, e_certificate_id, at, channel, who, purpose, what, grant_id";

/// Uses of a certificate, newest first.
///
/// # Errors
/// A database error.
pub async fn of_certificate(
    tx: &mut TenantTx,
    c: &ECertificate,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Use>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_use where county = $1 and e_certificate_id = $2
           and ($3::uuid is null or use_id < $3) order by use_id desc limit $4"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&c.county)
        .bind(c.e_certificate_id)
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Uses of a grant, newest first.
///
/// # Errors
/// A database error.
pub async fn of_grant(
    tx: &mut TenantTx,
    county: &str,
    grant_id: Uuid,
) -> Result<Vec<Use>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_certificate_use where county = $1 and grant_id = $2 order by use_id desc limit 200"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(county)
        .bind(grant_id)
        .fetch_all(tx.conn())
        .await?)
}
