//! Who carries a role at an authority: for picking a colleague, not for managing staff.

use chrono::NaiveDate;
use dengbu_store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::Role;

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
