//! The states of an authority's certificates, for checking off line: those that are not valid, by their
//! place in the list. Whoever signs and publishes the list packs it.

use dengbu_store::TenantTx;

use crate::{LibraryError, State};

/// Reads the states that are not 有效, and the first place not given out yet.
///
/// # Errors
/// A database error.
pub async fn read(
    tx: &mut TenantTx,
    authority: &str,
) -> Result<(u32, Vec<(u32, State)>), LibraryError> {
    const SCOPE: &str = "county = any (string_to_array(current_setting('app.scope', true), ','))";
    let end: Option<i32> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select max(list_index) from e_certificate where {SCOPE} and authority = $1"
    )))
    .bind(authority)
    .fetch_one(tx.conn())
    .await?;
    let rows: Vec<(i32, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select list_index, state from e_certificate where {SCOPE} and authority = $1
           and state not in ('draft', 'issued') order by list_index"
    )))
    .bind(authority)
    .fetch_all(tx.conn())
    .await?;
    let ended = rows
        .into_iter()
        .filter_map(|(at, state)| Some((u32::try_from(at).ok()?, State::from_code(&state)?)))
        .collect();
    let length = end.and_then(|e| u32::try_from(e).ok()).map_or(0, |e| e + 1);
    Ok((length, ended))
}
