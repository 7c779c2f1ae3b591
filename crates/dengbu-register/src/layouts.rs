//! Where things stand on the pre-printed blanks of an authority (套打版式), where it differs from
//! what comes with the program. What a layout must be is for who draws it; here it is kept.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::RegisterError;

/// A layout of an authority's own.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Layout {
    /// `title` or `proof`.
    pub form_kind: String,
    /// Version, from 1.
    pub version: i64,
    /// The blank as its pages and places.
    pub layout: Value,
    /// When it was set.
    pub changed_at: DateTime<Utc>,
    /// By whom.
    pub changed_by: String,
}

/// The authority's own layout of a kind of blank; none: the program's stands.
///
/// # Errors
/// A database error.
pub async fn own(
    tx: &mut TenantTx,
    authority: &str,
    form_kind: &str,
) -> Result<Option<Layout>, RegisterError> {
    Ok(sqlx::query_as(
        "select form_kind, version, layout, changed_at, changed_by from blank_layout
         where authority = $1 and form_kind = $2",
    )
    .bind(authority)
    .bind(form_kind)
    .fetch_optional(tx.conn())
    .await?)
}

/// Puts a layout in the place of the one that was seen; version 0 means that there was none. Gives
/// the new version, or nothing when somebody else was faster.
///
/// # Errors
/// A database error.
pub async fn put(
    tx: &mut TenantTx,
    authority: &str,
    seen: i64,
    new: &Layout,
) -> Result<Option<i64>, RegisterError> {
    Ok(sqlx::query_scalar(
        "insert into blank_layout as b (authority, form_kind, version, layout, changed_at, changed_by)
         select $1, $2, 1, $4, $5, $6 where $3 = 0
            or exists (select 1 from blank_layout where authority = $1 and form_kind = $2)
         on conflict (authority, form_kind) do update set version = b.version + 1, layout = excluded.layout,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by where b.version = $3
         returning version",
    )
    .bind(authority)
    .bind(&new.form_kind)
    .bind(seen)
    .bind(&new.layout)
    .bind(new.changed_at)
    .bind(&new.changed_by)
    .fetch_optional(tx.conn())
    .await?)
}

/// Takes the authority's own layout away: the program's stands again. Gives false when there was none
/// of this version.
///
/// # Errors
/// A database error.
pub async fn remove(
    tx: &mut TenantTx,
    authority: &str,
    form_kind: &str,
    seen: i64,
) -> Result<bool, RegisterError> {
    let done = sqlx::query(
        "delete from blank_layout where authority = $1 and form_kind = $2 and version = $3",
    )
    .bind(authority)
    .bind(form_kind)
    .bind(seen)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
