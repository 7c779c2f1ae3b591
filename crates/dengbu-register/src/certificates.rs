//! Certificates and proofs issued: their state follows the register.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::append::Appended;
use crate::{NewId, RegisterError, returns};

/// A certificate or proof as issued.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Certificate {
    /// County of the unit.
    pub county: String,
    /// Number.
    pub certificate_no: String,
    /// Identity.
    pub certificate_id: Uuid,
    /// Authority.
    pub authority: String,
    /// `title` or `proof`.
    pub kind: String,
    /// The unit.
    pub unit_code: String,
    /// The right.
    pub right_id: Uuid,
    /// The case.
    pub case_no: Option<String>,
    /// Position of the holder it is for.
    pub holder_ordinal: Option<i32>,
    /// `valid` or `revoked`.
    pub state: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Serial of the paper form (印制号).
    pub form_serial: Option<String>,
    /// When it was printed.
    pub printed_at: Option<DateTime<Utc>>,
    /// When it was handed over.
    pub delivered_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "county, certificate_no, certificate_id, authority, kind, unit_code, right_id, case_no, \
     holder_ordinal, state, issued_at, revoked_at, form_serial, printed_at, delivered_at";

/// Issues the certificates of an entry and revokes those of the rights it ends.
///
/// # Errors
/// A database error.
pub async fn follow(
    tx: &mut TenantTx,
    made: &Appended,
    ids: NewId<'_>,
) -> Result<(), RegisterError> {
    let body = &made.body;
    let county = body.unit_code.county().as_str().to_owned();
    // no new paper: the old one goes on for the right as it now stands
    let goes_on = body.creates && body.certificates.is_empty() && body.certificate_no.is_some();
    for ended in &body.ends {
        if goes_on {
            sqlx::query(
                "update certificate set right_id = $3 where county = $1 and right_id = $2 and state = 'valid'",
            )
            .bind(&county)
            .bind(ended.right_id)
            .bind(body.right_id)
            .execute(tx.conn())
            .await?;
            continue;
        }
        returns::await_papers(tx, made, ended.right_id).await?;
        sqlx::query(
            "update certificate set state = 'revoked', revoked_at = $3, revoked_entry = $4
             where county = $1 and right_id = $2 and state = 'valid'",
        )
        .bind(&county)
        .bind(ended.right_id)
        .bind(body.recorded_at)
        .bind(body.entry_id)
        .execute(tx.conn())
        .await?;
    }
    for c in &body.certificates {
        sqlx::query(
            "insert into certificate (county, certificate_no, certificate_id, authority, kind, unit_code, right_id,
                 entry_id, case_no, holder_ordinal, issued_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&county)
        .bind(&c.number)
        .bind(ids())
        .bind(&body.authority)
        .bind(&c.kind)
        .bind(body.unit_code.as_str())
        .bind(body.right_id)
        .bind(body.entry_id)
        .bind(&body.case_no)
        .bind(c.holder.and_then(|h| i32::try_from(h).ok()))
        .bind(body.recorded_at)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Certificates of a case, in order of their numbers.
///
/// # Errors
/// A database error.
pub async fn of_case(
    tx: &mut TenantTx,
    county: &str,
    case_no: &str,
) -> Result<Vec<Certificate>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from certificate where county = $1 and case_no = $2 order by certificate_no"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(county)
        .bind(case_no)
        .fetch_all(tx.conn())
        .await?)
}

/// The certificate with this number, in scope.
///
/// # Errors
/// A database error.
pub async fn one(
    tx: &mut TenantTx,
    certificate_no: &str,
) -> Result<Option<Certificate>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from certificate where certificate_no = $1
           and county = any (string_to_array(current_setting('app.scope', true), ','))"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(certificate_no)
        .fetch_optional(tx.conn())
        .await?)
}

/// The paper with this number that an earlier system issued: known from the right it states.
///
/// # Errors
/// A database error.
pub async fn of_earlier_system(
    tx: &mut TenantTx,
    certificate_no: &str,
) -> Result<Option<Certificate>, RegisterError> {
    Ok(sqlx::query_as(
        "select r.county, r.certificate_no, r.right_id as certificate_id, u.authority,
                case when r.is_title then 'title' else 'proof' end as kind, r.unit_code, r.right_id,
                null::text as case_no, null::integer as holder_ordinal,
                case when r.valid_to is null then 'valid' else 'revoked' end as state,
                r.registered_at as issued_at, r.valid_to as revoked_at, null::text as form_serial,
                null::timestamptz as printed_at, null::timestamptz as delivered_at
         from register_right r join estate_unit u on u.county = r.county and u.unit_code = r.unit_code
         where r.certificate_no = $1 and r.county = any (string_to_array(current_setting('app.scope', true), ','))
         order by r.valid_to is null desc, r.created_seq desc, r.unit_code limit 1",
    )
    .bind(certificate_no)
    .fetch_optional(tx.conn())
    .await?)
}

/// What to look for among certificates.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Part of the number, a whole serial of a paper form or a whole unit code.
    pub number: Option<String>,
    /// `title` or `proof`.
    pub kind: Option<String>,
    /// `valid` or `revoked`.
    pub state: Option<String>,
    /// Last number of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: i64,
}

/// Certificates that fit, in order of their numbers.
///
/// # Errors
/// A database error.
pub async fn search(tx: &mut TenantTx, s: &Search) -> Result<Vec<Certificate>, RegisterError> {
    let sql = format!(
        "select {COLUMNS} from certificate
         where ($1::text is null or strpos(certificate_no, $1) > 0 or form_serial = $1 or unit_code = replace($1, ' ', ''))
           and ($2::text is null or kind = $2) and ($3::text is null or state = $3)
           and ($4::text is null or certificate_no > $4)
         order by certificate_no limit $5"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&s.number)
        .bind(&s.kind)
        .bind(&s.state)
        .bind(&s.after)
        .bind(s.limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Notes the paper form a certificate was printed on.
///
/// # Errors
/// A database error.
pub async fn printed(
    tx: &mut TenantTx,
    county: &str,
    certificate_no: &str,
    serial: &str,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    sqlx::query(
        "update certificate set form_serial = $3, printed_at = $4 where county = $1 and certificate_no = $2",
    )
    .bind(county)
    .bind(certificate_no)
    .bind(serial)
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes to whom the certificates of a case were handed.
///
/// # Errors
/// A database error.
pub async fn delivered(
    tx: &mut TenantTx,
    county: &str,
    case_no: &str,
    recipient: &serde_json::Value,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    sqlx::query(
        "update certificate set delivered_at = $3, recipient = $4 where county = $1 and case_no = $2",
    )
    .bind(county)
    .bind(case_no)
    .bind(at)
    .bind(recipient)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// To whom the result of a case was handed.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Recipient {
    /// Name.
    pub name: String,
    /// Identity number.
    #[serde(default)]
    pub id_number: Option<String>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<String>,
}

/// To whom the certificates of a case were handed; none while they were not.
///
/// # Errors
/// A database error.
pub async fn recipient(
    tx: &mut TenantTx,
    county: &str,
    case_no: &str,
) -> Result<Option<Recipient>, RegisterError> {
    let row: Option<sqlx::types::Json<Recipient>> = sqlx::query_scalar(
        "select recipient from certificate where county = $1 and case_no = $2 and recipient is not null limit 1",
    )
    .bind(county)
    .bind(case_no)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|r| r.0))
}
