//! Printed certificate forms by their serial numbers (印制号): received, used,
//! spoiled, destroyed. One form carries one certificate.

use chrono::{DateTime, Utc};
use dengbu_model::certificate::FormSerial;
use dengbu_store::TenantTx;
use serde::Serialize;

use crate::RegisterError;

/// Forms received in one go at most.
pub const BATCH_MAX: u32 = 10_000;

/// Why a form cannot be used or moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// No such serial in this authority's stock.
    #[error("本登记机构的库存里没有印制号 {0}，请核对，或先办理入库")]
    Unknown(String),
    /// Not in stock any more.
    #[error("印制号 {serial} 已经{state}，不能再使用")]
    NotInStock {
        /// The serial.
        serial: String,
        /// State in Chinese.
        state: &'static str,
    },
    /// Certificate form for a proof or the reverse.
    #[error("印制号 {serial} 是{have}空白纸，本业务需要{need}空白纸")]
    WrongKind {
        /// The serial.
        serial: String,
        /// What it is.
        have: &'static str,
        /// What is needed.
        need: &'static str,
    },
    /// Some of the serials are there already.
    #[error("这批印制号中有 {0} 个已经入库，请核对起号和数量")]
    Overlap(u64),
    /// The run goes past the last number that its digits can hold.
    #[error("从印制号 {0} 起不够这么多个号码，请核对起号和数量")]
    PastEnd(String),
    /// Too many at once, or none.
    #[error("每次入库数量应为 1 至 {BATCH_MAX}")]
    Count,
    /// Some of a run are used, spoiled, of another kind or unknown.
    #[error("这段印制号中有 {0} 个不在库或者种类不符，请核对起号、数量和种类")]
    NotFree(u64),
    /// The blank was handed to somebody else.
    #[error("印制号 {serial} 已由 {name} 领用，请改用自己领用的或者公共库存的空白纸")]
    HeldByOther {
        /// The serial.
        serial: String,
        /// Who holds it.
        name: String,
    },
    /// Only spoiled forms are destroyed.
    #[error("印制号 {serial} 目前为“{state}”，先作废才能销毁")]
    NotSpoiled {
        /// The serial.
        serial: String,
        /// State in Chinese.
        state: &'static str,
    },
    /// The same person asked for it.
    #[error("印制号 {0} 的销毁由您提出，须由另一人到场确认")]
    SecondPerson(String),
    /// A count differs from the book and nothing is said about it.
    #[error("账面在库 {booked} 本，实点 {counted} 本，不一致，请写明原因")]
    Unexplained {
        /// By the book.
        booked: i64,
        /// Found.
        counted: i64,
    },
}

/// Name of a form's state.
#[must_use]
pub fn state_name(state: &str) -> &'static str {
    match state {
        "in_stock" => "在库",
        "used" => "使用",
        "spoiled" => "作废",
        "destroyed" => "销毁",
        _ => "未知",
    }
}

fn kind_name(kind: &str) -> &'static str {
    if kind == "title" {
        "不动产权证书"
    } else {
        "不动产登记证明"
    }
}

/// Puts a run of serials into stock.
///
/// # Errors
/// [`FormError`] when some are there already, the count is out of bounds or the serials run out.
pub async fn receive(
    tx: &mut TenantTx,
    authority: &str,
    kind: &str,
    first: &FormSerial,
    count: u32,
    by: &str,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    if count == 0 || count > BATCH_MAX {
        return Err(FormError::Count.into());
    }
    let serials: Vec<String> = first.run(count).map(|s| s.to_string()).collect();
    if serials.len() != count as usize {
        return Err(FormError::PastEnd(first.to_string()).into());
    }
    let done = sqlx::query(
        "insert into paper_form (authority, form_kind, serial, received_at, received_by)
         select $1, $2, s, $4, $5 from unnest($3::text[]) s
         on conflict (authority, serial) do nothing",
    )
    .bind(authority)
    .bind(kind)
    .bind(&serials)
    .bind(at)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let fresh = done.rows_affected();
    if fresh != u64::from(count) {
        return Err(FormError::Overlap(u64::from(count) - fresh).into());
    }
    Ok(())
}

/// Takes a form out of stock for a certificate.
///
/// # Errors
/// [`FormError`] when the form is not there, not free or of the wrong kind.
pub async fn use_form(
    tx: &mut TenantTx,
    authority: &str,
    kind: &str,
    serial: &str,
    certificate_no: &str,
    case_no: &str,
    by: &str,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    let have = locked(tx, authority, serial).await?;
    if have != kind {
        return Err(FormError::WrongKind {
            serial: serial.to_owned(),
            have: kind_name(&have),
            need: kind_name(kind),
        }
        .into());
    }
    sqlx::query(
        "update paper_form set state = 'used', certificate_no = $3, case_no = $4, changed_at = $5, changed_by = $6
         where authority = $1 and serial = $2",
    )
    .bind(authority)
    .bind(serial)
    .bind(certificate_no)
    .bind(case_no)
    .bind(at)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a form out of stock as spoiled or destroyed.
///
/// # Errors
/// [`FormError`] when the form is not in stock.
pub async fn write_off(
    tx: &mut TenantTx,
    authority: &str,
    serial: &str,
    state: &str,
    reason: &str,
    by: &str,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    locked(tx, authority, serial).await?;
    sqlx::query(
        "update paper_form set state = $3, reason = $4, changed_at = $5, changed_by = $6
         where authority = $1 and serial = $2",
    )
    .bind(authority)
    .bind(serial)
    .bind(state)
    .bind(reason)
    .bind(at)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn locked(tx: &mut TenantTx, authority: &str, serial: &str) -> Result<String, RegisterError> {
    let row: Option<(String, String)> = sqlx::query_as(
        "select form_kind, state from paper_form where authority = $1 and serial = $2 for update",
    )
    .bind(authority)
    .bind(serial)
    .fetch_optional(tx.conn())
    .await?;
    let (kind, state) = row.ok_or_else(|| FormError::Unknown(serial.to_owned()))?;
    if state != "in_stock" {
        return Err(FormError::NotInStock {
            serial: serial.to_owned(),
            state: state_name(&state),
        }
        .into());
    }
    Ok(kind)
}

/// Stock of one kind of form.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Stock {
    /// `title` or `proof`.
    pub form_kind: String,
    /// Lowest serial.
    pub first: Option<String>,
    /// Highest serial.
    pub last: Option<String>,
    /// All forms ever received.
    pub total: i64,
    /// Free.
    pub in_stock: i64,
    /// Used.
    pub used: i64,
    /// Spoiled.
    pub spoiled: i64,
    /// Destroyed.
    pub destroyed: i64,
}

/// The stock of an authority by kind.
///
/// # Errors
/// A database error.
pub async fn stock(tx: &mut TenantTx, authority: &str) -> Result<Vec<Stock>, RegisterError> {
    Ok(sqlx::query_as(
        "select form_kind, min(serial) as first, max(serial) as last, count(*) as total,
                count(*) filter (where state = 'in_stock') as in_stock,
                count(*) filter (where state = 'used') as used,
                count(*) filter (where state = 'spoiled') as spoiled,
                count(*) filter (where state = 'destroyed') as destroyed
         from paper_form where authority = $1 group by form_kind order by form_kind desc",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}

/// One form.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct PaperForm {
    /// Serial.
    pub serial: String,
    /// `title` or `proof`.
    pub form_kind: String,
    /// State code.
    pub state: String,
    /// Certificate printed on it.
    pub certificate_no: Option<String>,
    /// Case it was used in.
    pub case_no: Option<String>,
    /// Why it was written off.
    pub reason: Option<String>,
    /// When the state changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Who changed it.
    pub changed_by: Option<String>,
}

/// Forms of an authority in order of serials.
///
/// # Errors
/// A database error.
pub async fn list(
    tx: &mut TenantTx,
    authority: &str,
    kind: Option<&str>,
    state: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<PaperForm>, RegisterError> {
    Ok(sqlx::query_as(
        "select serial, form_kind, state, certificate_no, case_no, reason, changed_at, changed_by
         from paper_form
         where authority = $1 and ($2::text is null or form_kind = $2) and ($3::text is null or state = $3)
           and ($4::text is null or serial > $4)
         order by serial limit $5",
    )
    .bind(authority)
    .bind(kind)
    .bind(state)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}
