//! Certificate numbers, proof numbers and case numbers: series without
//! unexplained gaps (证号、业务号).
//!
//! A number is drawn inside the transaction that uses it, as late as possible:
//! rolled back, it returns to the series.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use dengbu_model::case_number::CaseNumber;
use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::RegisterError;

/// Who issues numbers and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Authority code.
    pub authority: String,
    /// Province in one character (省区市简称, SQSJC).
    pub province: String,
    /// Full name of the issuing city or county (所在市县全称, SZSXQC).
    pub place: String,
}

/// What a number is drawn for.
#[derive(Debug, Clone)]
pub struct Purpose<'a> {
    /// County of the unit.
    pub county: &'a str,
    /// The case.
    pub case_no: Option<&'a str>,
    /// The entry.
    pub entry_id: Uuid,
    /// Now.
    pub at: DateTime<Utc>,
}

/// The issuer's data as kept with the authority.
///
/// # Errors
/// A database error; [`RegisterError::UnknownUnit`] names an unknown authority.
pub async fn issuer(tx: &mut TenantTx, authority: &str) -> Result<Issuer, RegisterError> {
    let row: Option<(String, String)> =
        sqlx::query_as("select province_short, place_name from authority where authority = $1")
            .bind(authority)
            .fetch_optional(tx.conn())
            .await?;
    let (province, place) = row.ok_or_else(|| RegisterError::UnknownUnit(authority.to_owned()))?;
    Ok(Issuer {
        authority: authority.to_owned(),
        province,
        place,
    })
}

/// Draws the next certificate or proof number of the year.
///
/// # Errors
/// A database error.
pub async fn draw_certificate(
    tx: &mut TenantTx,
    issuer: &Issuer,
    kind: CertificateKind,
    purpose: &Purpose<'_>,
) -> Result<CertificateNumber, RegisterError> {
    let year = date_in_shanghai(purpose.at).year();
    let serial: i64 = sqlx::query_scalar(
        "insert into number_series (authority, year, kind, last) values ($1, $2, $3, 1)
         on conflict (authority, year, kind) do update set last = number_series.last + 1
         returning last",
    )
    .bind(&issuer.authority)
    .bind(year)
    .bind(kind.code())
    .fetch_one(tx.conn())
    .await?;
    let number = CertificateNumber::new(
        &issuer.province,
        year,
        &issuer.place,
        kind,
        serial.unsigned_abs(),
    );
    sqlx::query(
        "insert into issued_number (authority, year, kind, serial, certificate_no, county, case_no, entry_id, issued_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&issuer.authority)
    .bind(year)
    .bind(kind.code())
    .bind(serial)
    .bind(number.to_string())
    .bind(purpose.county)
    .bind(purpose.case_no)
    .bind(purpose.entry_id)
    .bind(purpose.at)
    .execute(tx.conn())
    .await?;
    Ok(number)
}

/// Draws the next case number of the county and day: 6 + 8 + 6 digits.
///
/// # Errors
/// A database error.
pub async fn draw_case_number(
    tx: &mut TenantTx,
    county: &str,
    day: NaiveDate,
) -> Result<CaseNumber, RegisterError> {
    let serial: i32 = sqlx::query_scalar(
        "insert into case_number_series (county, day, last) values ($1, $2, 1)
         on conflict (county, day) do update set last = case_number_series.last + 1
         returning last",
    )
    .bind(county)
    .bind(day)
    .fetch_one(tx.conn())
    .await?;
    Ok(CaseNumber::of(county, day, serial.unsigned_abs()))
}

/// A series as shown to the administrator.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// Authority.
    pub authority: String,
    /// Year.
    pub year: i32,
    /// `title` or `proof`.
    pub kind: String,
    /// Last serial drawn.
    pub last: i64,
    /// Numbers on record.
    pub issued: i64,
    /// Serials voided, each with its reason.
    pub void: Vec<(i64, String)>,
    /// Serials that are neither issued nor voided: must be empty.
    pub unexplained: Vec<i64>,
}

/// All series in scope, newest year first, with every gap explained or named.
///
/// # Errors
/// A database error.
pub async fn series(tx: &mut TenantTx) -> Result<Vec<Series>, RegisterError> {
    let rows: Vec<(String, i32, String, i64, i64)> = sqlx::query_as(
        "select s.authority, s.year, s.kind, s.last,
                (select count(*) from issued_number n
                  where n.authority = s.authority and n.year = s.year and n.kind = s.kind)
         from number_series s order by s.year desc, s.authority, s.kind",
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for (authority, year, kind, last, issued) in rows {
        let void: Vec<(i64, String)> = sqlx::query_as(
            "select serial, coalesce(reason, '') from issued_number
             where authority = $1 and year = $2 and kind = $3 and state = 'void' order by serial",
        )
        .bind(&authority)
        .bind(year)
        .bind(&kind)
        .fetch_all(tx.conn())
        .await?;
        let unexplained: Vec<i64> = if issued == last {
            Vec::new()
        } else {
            sqlx::query_scalar(
                "select g from generate_series(1, $4) g
                 where not exists (select 1 from issued_number n
                    where n.authority = $1 and n.year = $2 and n.kind = $3 and n.serial = g)
                 order by g limit 100",
            )
            .bind(&authority)
            .bind(year)
            .bind(&kind)
            .bind(last)
            .fetch_all(tx.conn())
            .await?
        };
        found.push(Series {
            authority,
            year,
            kind,
            last,
            issued,
            void,
            unexplained,
        });
    }
    Ok(found)
}
