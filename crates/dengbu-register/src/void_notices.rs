//! Notices about certificates and proofs (遗失声明、作废公告).
//!
//! A lost paper is declared so before a new one is issued (实施细则第二十二条); a paper whose right
//! ended and that could not be taken back is published as void (实施细则第二十三条).

use chrono::NaiveDate;
use dengbu_store::TenantTx;

use crate::RegisterError;
use crate::certificates::Certificate;

/// Working days that a declaration of loss runs (实施细则第二十二条).
pub const LOST_DAYS: u32 = 15;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidKind {
    /// Lost or destroyed; the holder asks for a new one (遗失、灭失声明).
    Lost,
    /// Void and not returned (公告作废).
    Unreturned,
}

impl VoidKind {
    /// Code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Unreturned => "unreturned",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Lost, Self::Unreturned]
            .into_iter()
            .find(|k| k.code() == code)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Lost => "遗失（灭失）声明",
            Self::Unreturned => "作废公告",
        }
    }

    /// Whether such a notice suits the state of the certificate.
    ///
    /// # Errors
    /// [`VoidError`] with what to do instead.
    pub fn suits(self, certificate: &Certificate) -> Result<(), VoidError> {
        let valid = certificate.state == "valid";
        match self {
            Self::Lost if !valid => Err(VoidError::AlreadyVoid(certificate.certificate_no.clone())),
            Self::Unreturned if valid => {
                Err(VoidError::StillValid(certificate.certificate_no.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// Why a notice is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoidError {
    /// A declaration of loss is for a certificate in force.
    #[error("{0} 已经作废，不能再刊发遗失声明；没有收回的，请刊发作废公告（实施细则第二十三条）")]
    AlreadyVoid(String),
    /// Only what the register has ended is void.
    #[error(
        "{0} 仍然有效，不能公告作废；遗失的请刊发遗失声明（实施细则第二十二条），权利灭失的请先登簿"
    )]
    StillValid(String),
    /// It was published before.
    #[error("{0} 已经刊发过同类公告，不必重复刊发")]
    Twice(String),
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VoidNotice {
    /// County of the unit.
    pub county: String,
    /// Number of the certificate.
    pub certificate_no: String,
    /// `title` or `proof`.
    pub paper_kind: String,
    /// `lost` or `unreturned`.
    pub kind: String,
    /// Authority that publishes.
    pub authority: String,
    /// Holders.
    pub holder_names: String,
    /// Holders as the public sees them.
    pub holder_masked: String,
    /// Why.
    pub reason: String,
    /// Day of publication.
    pub published_on: NaiveDate,
    /// Last day of a declaration of loss.
    pub runs_until: Option<NaiveDate>,
    /// Who published it.
    pub published_by: String,
}

const COLUMNS: &str = "county, certificate_no, paper_kind, kind, authority, holder_names, holder_masked, reason, \
     published_on, runs_until, published_by";

/// Publishes a notice.
///
/// # Errors
/// [`VoidError::Twice`] inside the result when there is one already; a database error.
pub async fn publish(
    tx: &mut TenantTx,
    notice: &VoidNotice,
) -> Result<Result<(), VoidError>, RegisterError> {
    let done = sqlx::query(
        "insert into void_notice (county, certificate_no, kind, authority, holder_names, holder_masked, reason,
             published_on, runs_until, published_by, paper_kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
    )
    .bind(&notice.county)
    .bind(&notice.certificate_no)
    .bind(&notice.kind)
    .bind(&notice.authority)
    .bind(&notice.holder_names)
    .bind(&notice.holder_masked)
    .bind(&notice.reason)
    .bind(notice.published_on)
    .bind(notice.runs_until)
    .bind(&notice.published_by)
    .bind(&notice.paper_kind)
    .execute(tx.conn())
    .await?;
    Ok(if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(VoidError::Twice(notice.certificate_no.clone()))
    })
}

/// Notices, newest first; `q` is part of the certificate's number.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    q: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<Vec<VoidNotice>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from void_notice
         where county = any (string_to_array(current_setting('app.scope', true), ','))
           and ($1::text is null or strpos(certificate_no, $1) > 0)
         order by published_on desc, certificate_no, kind offset $2 limit $3"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(q)
        .bind(offset)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// One notice.
///
/// # Errors
/// A database error.
pub async fn one(
    tx: &mut TenantTx,
    certificate_no: &str,
    kind: VoidKind,
) -> Result<Option<VoidNotice>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from void_notice where certificate_no = $1 and kind = $2
           and county = any (string_to_array(current_setting('app.scope', true), ','))"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(certificate_no)
        .bind(kind.code())
        .fetch_optional(tx.conn())
        .await?)
}

/// When all papers of a right were declared lost: the day of the last declaration and the last day
/// it runs. None while a paper was not declared. `right_id` none: the titles of these units.
///
/// # Errors
/// A database error.
pub async fn declared_lost(
    tx: &mut TenantTx,
    county: &str,
    units: &[String],
    right_id: Option<uuid::Uuid>,
) -> Result<Option<(NaiveDate, NaiveDate)>, RegisterError> {
    let row: Option<(Option<NaiveDate>, Option<NaiveDate>, bool)> = sqlx::query_as(
        "select max(v.published_on), max(v.runs_until), bool_and(v.runs_until is not null)
         from register_right r
         cross join lateral unnest(string_to_array(r.certificate_no, '、')) as p (no)
         left join void_notice v on v.county = r.county and v.certificate_no = p.no and v.kind = 'lost'
         where r.county = $1 and r.unit_code = any ($2) and r.valid_to is null
           and case when $3::uuid is null then r.is_title else r.right_id = $3 end",
    )
    .bind(county)
    .bind(units)
    .bind(right_id)
    .fetch_optional(tx.conn())
    .await?;
    Ok(match row {
        Some((Some(on), Some(until), true)) => Some((on, until)),
        _ => None,
    })
}
