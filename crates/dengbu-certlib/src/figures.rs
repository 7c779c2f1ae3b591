//! Figures of the library.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;

use crate::LibraryError;

/// A count by two codes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// First code.
    pub one: String,
    /// Second code.
    pub other: String,
    /// How many.
    pub count: i64,
}

/// The library in figures.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Certificates by kind and state.
    pub states: Vec<Count>,
    /// Uses by ground and what was taken, since a moment.
    pub uses: Vec<Count>,
    /// Waiting to be sealed whose last try failed.
    pub faulty: i64,
    /// Grants that can be used.
    pub open_grants: i64,
    /// Sealed since that moment.
    pub sealed: i64,
}

/// Figures of what is in scope; uses and sealings since `since`.
///
/// # Errors
/// A database error.
pub async fn read(
    tx: &mut TenantTx,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Figures, LibraryError> {
    const SCOPE: &str = "county = any (string_to_array(current_setting('app.scope', true), ','))";
    let states = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select kind as one, state as other, count(*) as count from e_certificate where {SCOPE} group by 1, 2 order by 1, 2"
    )))
    .fetch_all(tx.conn())
    .await?;
    let uses = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select channel as one, what as other, count(*) as count from e_certificate_use
         where {SCOPE} and at >= $1 group by 1, 2 order by 1, 2"
    )))
    .bind(since)
    .fetch_all(tx.conn())
    .await?;
    let (faulty, sealed): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select count(*) filter (where state = 'draft' and fault is not null), count(*) filter (where sealed_at >= $1)
         from e_certificate where {SCOPE}"
    )))
    .bind(since)
    .fetch_one(tx.conn())
    .await?;
    let open_grants = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select count(*) from e_certificate_grant
         where {SCOPE} and revoked_at is null and uses < uses_max and not_after > $1"
    )))
    .bind(now)
    .fetch_one(tx.conn())
    .await?;
    Ok(Figures {
        states,
        uses,
        faulty,
        open_grants,
        sealed,
    })
}
