//! The rows behind [`crate::same_city`]. Nothing here commits: the caller does, with its audit
//! record in the same transaction.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::permission::Action;
use crate::same_city::{Cell, DELEGABLE, Delegation, Desk};

type CellRow = (String, String, String, String, String, bool);

fn cell(row: CellRow) -> Cell {
    let (authority, county, office_authority, office_id, family, allowed) = row;
    Cell {
        authority,
        county,
        office_authority,
        office_id,
        family,
        allowed,
    }
}

/// What the matrices of all authorities say about one desk; an empty list where it has no office.
///
/// # Errors
/// A database error.
pub async fn of_desk(tx: &mut TenantTx, desk: Desk<'_>) -> Result<Vec<Cell>, StoreError> {
    let rows: Vec<CellRow> = sqlx::query_as(
        "select authority, county, office_authority, office_id, family, allowed from office_permission
         where office_authority = $1 and office_id = $2 order by authority, county, family",
    )
    .bind(desk.authority)
    .bind(desk.office)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(cell).collect())
}

/// Authority and county of each place of others that offices of these authorities were ever allowed
/// to take for: what was taken stays theirs to count when the square is shut.
///
/// # Errors
/// A database error.
pub async fn places_of(
    tx: &mut TenantTx,
    authorities: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "select distinct authority, county from office_permission
         where office_authority = any($1) and not authority = any($1) order by authority, county",
    )
    .bind(authorities)
    .fetch_all(tx.conn())
    .await?)
}

/// The matrix of an authority: its version, and what was ever said in it.
///
/// # Errors
/// A database error.
pub async fn matrix(tx: &mut TenantTx, authority: &str) -> Result<(i64, Vec<Cell>), StoreError> {
    let version: Option<i64> =
        sqlx::query_scalar("select version from office_matrix where authority = $1")
            .bind(authority)
            .fetch_optional(tx.conn())
            .await?;
    let rows: Vec<CellRow> = sqlx::query_as(
        "select authority, county, office_authority, office_id, family, allowed from office_permission
         where authority = $1 order by office_authority, office_id, county, family",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?;
    Ok((version.unwrap_or(0), rows.into_iter().map(cell).collect()))
}

/// Puts squares into the matrix of an authority that stands at `seen`; gives the version it then
/// has, or none when another has changed it meanwhile.
///
/// # Errors
/// A database error; an authority outside the scope is refused.
pub async fn put(
    tx: &mut TenantTx,
    authority: &str,
    seen: i64,
    cells: &[Cell],
    by: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    tx.require(authority)?;
    sqlx::query(
        "insert into office_matrix (authority, version, changed_at, changed_by_name) values ($1, 0, $2, $3)
         on conflict (authority) do nothing",
    )
    .bind(authority)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let version: Option<i64> = sqlx::query_scalar(
        "update office_matrix set version = version + 1, changed_at = $3, changed_by_name = $4
         where authority = $1 and version = $2 returning version",
    )
    .bind(authority)
    .bind(seen)
    .bind(now)
    .bind(by)
    .fetch_optional(tx.conn())
    .await?;
    if version.is_none() {
        return Ok(None);
    }
    let column =
        |f: fn(&Cell) -> &str| -> Vec<String> { cells.iter().map(|c| f(c).to_owned()).collect() };
    sqlx::query(
        "insert into office_permission (authority, county, office_authority, office_id, family, allowed)
         select $1, c, a, o, f, w from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
             as t (c, a, o, f, w)
         on conflict (authority, county, office_authority, office_id, family)
             do update set allowed = excluded.allowed",
    )
    .bind(authority)
    .bind(column(|c| &c.county))
    .bind(column(|c| &c.office_authority))
    .bind(column(|c| &c.office_id))
    .bind(column(|c| &c.family))
    .bind(cells.iter().map(|c| c.allowed).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(version)
}

#[derive(sqlx::FromRow)]
struct DelegationRow {
    delegation_id: Uuid,
    authority: String,
    to_authority: String,
    family: String,
    action: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    document: String,
    ended: bool,
}

fn delegation(row: DelegationRow) -> Option<Delegation> {
    let action = DELEGABLE
        .into_iter()
        .map(|(action, _)| action)
        .find(|a| a.code() == row.action)?;
    Some(Delegation {
        id: row.delegation_id,
        authority: row.authority,
        to_authority: row.to_authority,
        family: row.family,
        action,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        document: row.document,
        ended: row.ended,
    })
}

/// Delegations an authority gave and was given, newest first; with `standing` only those that were
/// not ended.
///
/// # Errors
/// A database error.
pub async fn delegations(
    tx: &mut TenantTx,
    authority: &str,
    standing: bool,
) -> Result<Vec<Delegation>, StoreError> {
    let rows: Vec<DelegationRow> = sqlx::query_as(
        "select delegation_id, authority, to_authority, family, action, valid_from, valid_to, document,
                ended_at is not null as ended
         from review_delegation where (authority = $1 or to_authority = $1) and not ($2 and ended_at is not null)
         order by valid_from desc, delegation_id desc limit 500",
    )
    .bind(authority)
    .bind(standing)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(delegation).collect())
}

/// Writes a new delegation.
///
/// # Errors
/// A database error; an authority outside the scope is refused.
pub async fn delegate(
    tx: &mut TenantTx,
    new: &Delegation,
    by: (Uuid, &str),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.require(&new.authority)?;
    sqlx::query(
        "insert into review_delegation (authority, delegation_id, to_authority, family, action, valid_from,
             valid_to, document, granted_by, granted_by_name, granted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&new.authority)
    .bind(new.id)
    .bind(&new.to_authority)
    .bind(&new.family)
    .bind(new.action.code())
    .bind(new.valid_from)
    .bind(new.valid_to)
    .bind(&new.document)
    .bind(by.0)
    .bind(by.1)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a delegation at once; false when there is none standing.
///
/// # Errors
/// A database error.
pub async fn end(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update review_delegation set ended_at = $3, ended_by_name = $4
         where authority = $1 and delegation_id = $2 and ended_at is null",
    )
    .bind(authority)
    .bind(id)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a step's action can be delegated, by its code.
#[must_use]
pub fn delegable(code: &str) -> Option<Action> {
    DELEGABLE
        .into_iter()
        .map(|(action, _)| action)
        .find(|a| a.code() == code)
}
