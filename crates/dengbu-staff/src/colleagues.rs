//! Who carries a role at an authority: for picking a colleague, not for managing staff.

use chrono::NaiveDate;
use dengbu_store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::Role;
use crate::grant::Grant;
use crate::permission::Action;

/// A colleague.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Colleague {
    /// Identity.
    pub staff_id: Uuid,
    /// Name.
    pub name: String,
}

/// Active staff of the authority who carry the role there on this day, by name.
///
/// # Errors
/// A database error.
pub async fn with_role(
    tx: &mut TenantTx,
    authority: &str,
    role: Role,
    today: NaiveDate,
) -> Result<Vec<Colleague>, StoreError> {
    Ok(sqlx::query_as(
        "select s.staff_id, s.name from staff s
         where s.authority = $1 and s.active and exists (
             select from staff_grant g where g.authority = s.authority and g.staff_id = s.staff_id and g.role = $2
               and g.grant_authority = $1 and g.valid_from <= $3 and (g.valid_to is null or g.valid_to >= $3))
         order by s.name, s.staff_id",
    )
    .bind(authority)
    .bind(role.code())
    .bind(today)
    .fetch_all(tx.conn())
    .await?)
}

/// Active staff who may do `action` at the authority for the business on this day, by name.
/// Whoever belongs to another authority and was given the post here is among them where the scope
/// holds their authority, too.
///
/// # Errors
/// A database error.
pub async fn who_may(
    tx: &mut TenantTx,
    authority: &str,
    action: Action,
    business: &str,
    today: NaiveDate,
) -> Result<Vec<Colleague>, StoreError> {
    let roles: Vec<&str> = action.roles().iter().map(|r| r.code()).collect();
    Ok(sqlx::query_as(
        "select s.staff_id, s.name from staff s
         where s.active and exists (
             select from staff_grant g where g.authority = s.authority and g.staff_id = s.staff_id and g.role = any($2)
               and g.grant_authority = $1 and g.valid_from <= $4 and (g.valid_to is null or g.valid_to >= $4)
               and (not $5 or g.business = any($3)))
         order by s.name, s.staff_id",
    )
    .bind(authority)
    .bind(&roles)
    .bind([Grant::ANY_BUSINESS, business])
    .bind(today)
    .bind(action.by_business())
    .fetch_all(tx.conn())
    .await?)
}

/// One active member of staff of the authority.
///
/// # Errors
/// A database error.
pub async fn one(
    tx: &mut TenantTx,
    authority: &str,
    staff_id: Uuid,
) -> Result<Option<Colleague>, StoreError> {
    Ok(sqlx::query_as(
        "select staff_id, name from staff where authority = $1 and staff_id = $2 and active",
    )
    .bind(authority)
    .bind(staff_id)
    .fetch_optional(tx.conn())
    .await?)
}

/// Active staff of the authority who hold a post there, by name: for picking a deputy.
///
/// # Errors
/// A database error.
pub async fn all(
    tx: &mut TenantTx,
    authority: &str,
    today: NaiveDate,
) -> Result<Vec<Colleague>, StoreError> {
    Ok(sqlx::query_as(
        "select s.staff_id, s.name from staff s
         where s.authority = $1 and s.active and exists (
             select from staff_grant g where g.authority = s.authority and g.staff_id = s.staff_id
               and g.valid_from <= $2 and (g.valid_to is null or g.valid_to >= $2))
         order by s.name, s.staff_id limit 500",
    )
    .bind(authority)
    .bind(today)
    .fetch_all(tx.conn())
    .await?)
}
