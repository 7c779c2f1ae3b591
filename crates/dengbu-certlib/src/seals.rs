//! Electronic seals (电子印章) of authorities: what is public of them. The keys stay in the key
//! store; a seal is used by its own authority only.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::LibraryError;
use crate::record::ECertificate;

/// What a seal is for. A search's result bears another seal than a certificate (查询专用章,
/// 不动产登记资料查询暂行办法第十条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// 不动产登记专用章: certificates and proofs.
    Registration,
    /// 不动产登记资料查询专用章: result papers of searches.
    Search,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 2] = [Self::Registration, Self::Search];

    /// The seal a certificate bears.
    #[must_use]
    pub fn of(c: &ECertificate) -> Self {
        if c.follows_register() {
            Self::Registration
        } else {
            Self::Search
        }
    }

    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Search => "search",
        }
    }

    /// The purpose with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.code() == code)
    }

    /// Name of the seal.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Registration => "登记专用章",
            Self::Search => "查询专用章",
        }
    }
}

/// A seal.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Seal {
    /// The authority.
    pub authority: String,
    /// Identity.
    pub seal_id: Uuid,
    /// ES_ID of the seal structure (GB/T 38540).
    pub es_id: String,
    /// Name, as in the picture.
    pub name: String,
    /// `registration` or `search`.
    pub purpose: String,
    /// `active`, `retired` or `revoked`.
    pub state: String,
    /// Number of its key in the codes of certificates.
    pub key_id: i16,
    /// The seal, DER.
    pub seal: Vec<u8>,
    /// SM2 certificate of the signer, DER.
    pub certificate: Vec<u8>,
    /// SM2 certificate of the key that signs codes and status lists, DER.
    pub code_certificate: Vec<u8>,
    /// P-256 certificate for PDF, DER.
    pub pdf_certificate: Vec<u8>,
    /// Numbers of the keys in the key store: seal, codes, PDF.
    pub key_refs: Vec<i32>,
    /// Valid from.
    pub valid_from: DateTime<Utc>,
    /// Valid to.
    pub valid_to: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it went out of use.
    pub ended_at: Option<DateTime<Utc>>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Name of a state.
#[must_use]
pub fn state_name(code: &str) -> &'static str {
    match code {
        "active" => "在用",
        "retired" => "已停用",
        _ => "已撤销",
    }
}

const COLUMNS: &str = "authority, seal_id, es_id, name, purpose, state, key_id, seal, certificate, code_certificate, pdf_certificate, key_refs, valid_from, \
     valid_to, created_at, created_by, ended_at, ended_by, reason";

/// Seals of all authorities in scope, newest first.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Seal>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_seal where authority = any (string_to_array(current_setting('app.scope', true), ','))
         order by authority, key_id desc"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .fetch_all(tx.conn())
        .await?)
}

/// The seal an authority uses now for a purpose.
///
/// # Errors
/// A database error.
pub async fn active(
    tx: &mut TenantTx,
    authority: &str,
    purpose: Purpose,
) -> Result<Option<Seal>, LibraryError> {
    let sql = format!(
        "select {COLUMNS} from e_seal where authority = $1 and purpose = $2 and state = 'active'"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(purpose.code())
        .fetch_optional(tx.conn())
        .await?)
}

/// The number of the next key of an authority. Locks its seals.
///
/// # Errors
/// [`LibraryError::Refused`] after 255 keys, or a database error.
pub async fn next_key(tx: &mut TenantTx, authority: &str) -> Result<i16, LibraryError> {
    let used: Vec<i16> =
        sqlx::query_scalar("select key_id from e_seal where authority = $1 for update")
            .bind(authority)
            .fetch_all(tx.conn())
            .await?;
    let next = used.into_iter().max().unwrap_or(0) + 1;
    if next > 255 {
        return Err(LibraryError::Refused(
            "本机构已经制作过 255 枚印章，不能再制作".to_owned(),
        ));
    }
    Ok(next)
}

/// Puts a seal into use; the one before it of the same purpose is retired: what it sealed stays valid.
///
/// # Errors
/// A database error.
pub async fn put_into_use(tx: &mut TenantTx, seal: &Seal) -> Result<(), LibraryError> {
    sqlx::query(
        "update e_seal set state = 'retired', ended_at = $2, ended_by = $3, reason = '换用新印章'
         where authority = $1 and purpose = $4 and state = 'active'",
    )
    .bind(&seal.authority)
    .bind(seal.created_at)
    .bind(&seal.created_by)
    .bind(&seal.purpose)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "insert into e_seal (authority, seal_id, es_id, name, state, key_id, seal, certificate, code_certificate, pdf_certificate,
             key_refs, valid_from, valid_to, created_at, created_by, purpose)
         values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&seal.authority)
    .bind(seal.seal_id)
    .bind(&seal.es_id)
    .bind(&seal.name)
    .bind(seal.key_id)
    .bind(&seal.seal)
    .bind(&seal.certificate)
    .bind(&seal.code_certificate)
    .bind(&seal.pdf_certificate)
    .bind(&seal.key_refs)
    .bind(seal.valid_from)
    .bind(seal.valid_to)
    .bind(seal.created_at)
    .bind(&seal.created_by)
    .bind(&seal.purpose)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Revokes a seal: nothing is sealed with it any more.
///
/// # Errors
/// [`LibraryError::Unknown`] when it is not of this authority, [`LibraryError::Refused`] when it
/// was revoked before.
pub async fn revoke(
    tx: &mut TenantTx,
    authority: &str,
    seal_id: Uuid,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Seal, LibraryError> {
    let sql =
        format!("select {COLUMNS} from e_seal where authority = $1 and seal_id = $2 for update");
    let before: Seal = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(seal_id)
        .fetch_optional(tx.conn())
        .await?
        .ok_or(LibraryError::Unknown("这枚印章"))?;
    if before.state == "revoked" {
        return Err(LibraryError::Refused("这枚印章已经撤销".to_owned()));
    }
    let sql = format!(
        "update e_seal set state = 'revoked', ended_at = $3, ended_by = $4, reason = $5
         where authority = $1 and seal_id = $2 returning {COLUMNS}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(seal_id)
        .bind(now)
        .bind(by)
        .bind(reason)
        .fetch_one(tx.conn())
        .await?)
}
