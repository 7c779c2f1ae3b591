//! Requests already answered, so that a repeated one does nothing twice
//! (idempotency keys).

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde_json::Value;
use sm3::{Digest, Sm3};
use uuid::Uuid;

use crate::CaseError;

/// Whose request it is.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Authority of the person.
    pub authority: &'a str,
    /// The person.
    pub staff_id: Uuid,
    /// The key the client made up.
    pub key: &'a str,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Seen for the first time: do it, then call [`remember`].
    New,
    /// Done before, with this status and answer.
    Answered(u16, Value),
}

/// Claims a key within the transaction that does the work: a second request with
/// the same key waits here until the first is committed or rolled back.
///
/// # Errors
/// [`CaseError::KeyReused`] when the key came with another request.
pub async fn claim(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    request: &[u8],
    at: DateTime<Utc>,
) -> Result<Known, CaseError> {
    let hash = Sm3::digest(request).to_vec();
    let fresh = sqlx::query(
        "insert into answered_request (authority, staff_id, key, request_hash, at) values ($1, $2, $3, $4, $5)
         on conflict (authority, staff_id, key) do nothing",
    )
    .bind(asked.authority)
    .bind(asked.staff_id)
    .bind(asked.key)
    .bind(&hash)
    .bind(at)
    .execute(tx.conn())
    .await?;
    if fresh.rows_affected() == 1 {
        return Ok(Known::New);
    }
    let (old, status, answer): (Vec<u8>, Option<i32>, Option<Value>) = sqlx::query_as(
        "select request_hash, status, answer from answered_request where authority = $1 and staff_id = $2 and key = $3",
    )
    .bind(asked.authority)
    .bind(asked.staff_id)
    .bind(asked.key)
    .fetch_one(tx.conn())
    .await?;
    if old != hash {
        return Err(CaseError::KeyReused);
    }
    let status = status.and_then(|s| u16::try_from(s).ok()).unwrap_or(200);
    Ok(Known::Answered(status, answer.unwrap_or(Value::Null)))
}

/// Keeps the answer with the key.
///
/// # Errors
/// A database error.
pub async fn remember(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    status: u16,
    answer: &Value,
) -> Result<(), CaseError> {
    sqlx::query(
        "update answered_request set status = $4, answer = $5 where authority = $1 and staff_id = $2 and key = $3",
    )
    .bind(asked.authority)
    .bind(asked.staff_id)
    .bind(asked.key)
    .bind(i32::from(status))
    .bind(answer)
    .execute(tx.conn())
    .await?;
    Ok(())
}
