//! Giving and withdrawing grants.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::audit::{self, AuditRecord};
use crate::directory::{StaffRecord, managed};
use crate::fields::required_reason;
use crate::grant::{Grant, GrantError};
use crate::manage::StaffError;
use crate::permission::Action;
use crate::session::read_grants;

impl Accounts {
    /// Replaces the grants of an account that stands at `version`. They hold from the person's
    /// next request on. Nobody changes their own; nobody gives or takes grants at an authority
    /// where they manage no staff, such grants of others must stay as they are.
    pub async fn set_grants(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        version: i64,
        grants: &[Grant],
        reason: &str,
    ) -> Result<StaffRecord, StaffError> {
        let reason = required_reason(reason)?;
        Grant::check_all(grants)?;
        let mut tx = self.begin_other(actor, staff_id).await?;
        let row = managed(&mut tx, actor, staff_id).await?;
        if row.version != version {
            return Err(StaffError::StaleVersion);
        }
        let before: Vec<Grant> = read_grants(&mut tx, &row.authority, &[staff_id])
            .await?
            .into_iter()
            .map(|(_, grant)| grant)
            .collect();
        let given: Vec<Grant> = grants
            .iter()
            .filter(|grant| !before.contains(grant))
            .cloned()
            .collect();
        let taken: Vec<Grant> = before
            .iter()
            .filter(|grant| !grants.contains(grant))
            .cloned()
            .collect();
        check_reach(actor, &given)?;
        check_reach(actor, &taken)?;
        delete_grants(&mut tx, (&row.authority, staff_id), &taken).await?;
        let by = Some(actor.staff_id);
        insert_grants(
            &mut tx,
            (&row.authority, staff_id),
            &given,
            by,
            actor.request.now,
        )
        .await?;
        sqlx::query(
            "update staff set version = version + 1 where authority = $1 and staff_id = $2",
        )
        .bind(&row.authority)
        .bind(staff_id)
        .execute(tx.conn())
        .await?;
        let record = AuditRecord::by(actor, audit::GRANTS_SET)
            .in_trail_of(&row.authority)
            .on("staff", staff_id.to_string())
            .purpose(reason)
            .detail(json!({ "given": given, "taken": taken }));
        audit::record(&mut tx, &record).await?;
        tx.commit().await?;
        self.get_staff(actor, staff_id).await
    }
}

/// Whether `actor` manages staff wherever `grants` apply.
pub(crate) fn check_reach(actor: &Actor, grants: &[Grant]) -> Result<(), StaffError> {
    match grants
        .iter()
        .find(|grant| !actor.may(Action::ManageStaff, &grant.authority, None))
    {
        Some(grant) => Err(StaffError::OutOfReach {
            authority: grant.authority.clone(),
        }),
        None => Ok(()),
    }
}

async fn delete_grants(
    tx: &mut TenantTx,
    (authority, staff_id): (&str, Uuid),
    grants: &[Grant],
) -> Result<(), StaffError> {
    for grant in grants {
        sqlx::query(
            "delete from staff_grant where authority = $1 and staff_id = $2 and role = $3 \
             and business = $4 and grant_authority = $5 and valid_from = $6",
        )
        .bind(authority)
        .bind(staff_id)
        .bind(grant.role.code())
        .bind(&grant.business)
        .bind(&grant.authority)
        .bind(grant.valid_from)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

pub(crate) async fn insert_grants(
    tx: &mut TenantTx,
    (authority, staff_id): (&str, Uuid),
    grants: &[Grant],
    granted_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), StaffError> {
    for grant in grants {
        sqlx::query(
            "insert into staff_grant (authority, staff_id, role, business, grant_authority, \
                valid_from, valid_to, granted_by, granted_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(authority)
        .bind(staff_id)
        .bind(grant.role.code())
        .bind(&grant.business)
        .bind(&grant.authority)
        .bind(grant.valid_from)
        .bind(grant.valid_to)
        .bind(granted_by)
        .bind(now)
        .execute(tx.conn())
        .await
        .map_err(|error| unknown_authority(error, grant))?;
    }
    Ok(())
}

fn unknown_authority(error: sqlx::Error, grant: &Grant) -> StaffError {
    match error
        .as_database_error()
        .and_then(|answer| answer.constraint())
    {
        Some("staff_grant_grant_authority_fkey") => {
            GrantError::Authority(grant.authority.clone()).into()
        }
        _ => error.into(),
    }
}
