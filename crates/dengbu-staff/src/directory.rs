//! Reading accounts: the list and the single account an administrator sees.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use dengbu_store::{StoreError, TenantTx};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::grant::Grant;
use crate::manage::StaffError;
use crate::permission::Action;
use crate::session::read_grants;
use crate::throttle::{self, Proof};

/// An account as administrators see it; nothing in it helps to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffRecord {
    /// The authority the person belongs to.
    pub authority: String,
    /// Its name.
    pub authority_name: String,
    /// The account.
    pub staff_id: Uuid,
    /// 登录名.
    pub username: String,
    /// 姓名.
    pub name: String,
    /// 电话.
    pub phone: Option<String>,
    /// 办事点.
    pub office_id: Option<String>,
    /// Its name.
    pub office_name: Option<String>,
    /// 登记员证号.
    pub registrar_licence: Option<String>,
    /// Whether the account is open (启用).
    pub active: bool,
    /// Whether the next sign-in must replace the password.
    pub must_change_password: bool,
    /// Whether a second factor is bound.
    pub second_factor_enrolled: bool,
    /// End of a lock-out after failed attempts, if one is on.
    pub locked_until: Option<DateTime<Utc>>,
    /// Last sign-in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// For `If-Match`.
    pub version: i64,
    /// Grants: past, present and coming.
    pub grants: Vec<Grant>,
}

/// Which accounts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaffQuery {
    /// Part of the name or the user name.
    pub text: Option<String>,
    /// Of one authority only.
    pub authority: Option<String>,
    /// Open or closed ones only.
    pub active: Option<bool>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Between 1 and 100.
    pub limit: u32,
}

/// A page of accounts, by user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffPage {
    /// The accounts.
    pub items: Vec<StaffRecord>,
    /// Pass it back for the next page; none: this was the last.
    pub next_cursor: Option<String>,
}

#[derive(FromRow)]
pub(crate) struct StaffRow {
    pub(crate) authority: String,
    authority_name: String,
    pub(crate) staff_id: Uuid,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    pub(crate) office_id: Option<String>,
    office_name: Option<String>,
    pub(crate) registrar_licence: Option<String>,
    pub(crate) active: bool,
    must_change_password: bool,
    second_factor_enrolled: bool,
    last_sign_in_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// The columns of [`StaffRow`]; a macro because SQL must be a literal to be known safe.
macro_rules! select_staff {
    ($rest:literal) => {
        concat!(
            "select s.authority, s.staff_id, s.username, s.name, s.phone, s.office_id, \
                s.registrar_licence, s.active, s.last_sign_in_at, s.version, \
                c.must_change_password, a.name as authority_name, o.name as office_name, \
                c.totp_confirmed_at is not null as second_factor_enrolled \
             from staff s join staff_credential c \
               on c.authority = s.authority and c.staff_id = s.staff_id \
             join authority a on a.authority = s.authority \
             left join office o on o.authority = s.authority and o.office_id = s.office_id ",
            $rest
        )
    };
}

impl Accounts {
    /// The accounts of the authorities at which `actor` manages staff, by user name.
    pub async fn list_staff(
        &self,
        actor: &Actor,
        query: &StaffQuery,
    ) -> Result<StaffPage, StaffError> {
        let mut authorities = actor.authorities_for(Action::ManageStaff);
        if authorities.is_empty() {
            return Err(StaffError::NotAllowed {
                action: Action::ManageStaff,
            });
        }
        if let Some(wanted) = &query.authority {
            authorities.retain(|authority| authority == wanted);
        }
        let limit = query.limit.clamp(1, 100);
        let mut tx = self.store.begin(&actor.scope).await?;
        let mut rows: Vec<StaffRow> = sqlx::query_as(select_staff!(
            "where s.authority = any ($1) \
               and ($2::text is null or strpos(s.name, $2) > 0 \
                    or strpos(s.username, lower($2)) > 0) \
               and ($3::boolean is null or s.active = $3) \
               and ($4::text is null or s.username > $4) \
             order by s.username limit $5"
        ))
        .bind(&authorities)
        .bind(
            query
                .text
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty()),
        )
        .bind(query.active)
        .bind(&query.cursor)
        .bind(i64::from(limit) + 1)
        .fetch_all(tx.conn())
        .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.username.clone());
        let items = complete(&mut tx, rows, actor.request.now).await?;
        tx.commit().await?;
        Ok(StaffPage { items, next_cursor })
    }

    /// One account.
    pub async fn get_staff(
        &self,
        actor: &Actor,
        staff_id: Uuid,
    ) -> Result<StaffRecord, StaffError> {
        let mut tx = self.store.begin(&actor.scope).await?;
        let row = managed(&mut tx, actor, staff_id).await?;
        let record = complete(&mut tx, vec![row], actor.request.now).await?.pop();
        tx.commit().await?;
        record.ok_or(StaffError::NotFound)
    }
}

/// An account `actor` manages, locked for the rest of the transaction. One of an authority where
/// they manage nobody is not found rather than forbidden: its existence is none of their business.
pub(crate) async fn managed(
    tx: &mut TenantTx,
    actor: &Actor,
    staff_id: Uuid,
) -> Result<StaffRow, StaffError> {
    let authorities = actor.authorities_for(Action::ManageStaff);
    if authorities.is_empty() {
        return Err(StaffError::NotAllowed {
            action: Action::ManageStaff,
        });
    }
    let row: Option<StaffRow> = sqlx::query_as(select_staff!(
        "where s.staff_id = $1 and s.authority = any ($2) for update of s"
    ))
    .bind(staff_id)
    .bind(&authorities)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or(StaffError::NotFound)
}

/// Adds grants and lock-outs to rows.
async fn complete(
    tx: &mut TenantTx,
    rows: Vec<StaffRow>,
    now: DateTime<Utc>,
) -> Result<Vec<StaffRecord>, StoreError> {
    let mut by_authority: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for row in &rows {
        by_authority
            .entry(&row.authority)
            .or_default()
            .push(row.staff_id);
    }
    let mut grants: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for (authority, staff_ids) in by_authority {
        for (staff_id, grant) in read_grants(tx, authority, &staff_ids).await? {
            grants.entry(staff_id).or_default().push(grant);
        }
    }
    let names: Vec<&str> = rows.iter().map(|row| row.username.as_str()).collect();
    let mut locked = throttle::locked(tx.conn(), Proof::Password, &names, now).await?;
    for (name, until) in throttle::locked(tx.conn(), Proof::Code, &names, now).await? {
        let longest = locked.entry(name).or_insert(until);
        *longest = until.max(*longest);
    }
    Ok(rows
        .into_iter()
        .map(|row| StaffRecord {
            locked_until: locked.get(&row.username).copied(),
            grants: grants.remove(&row.staff_id).unwrap_or_default(),
            authority: row.authority,
            authority_name: row.authority_name,
            staff_id: row.staff_id,
            username: row.username,
            name: row.name,
            phone: row.phone,
            office_id: row.office_id,
            office_name: row.office_name,
            registrar_licence: row.registrar_licence,
            active: row.active,
            must_change_password: row.must_change_password,
            second_factor_enrolled: row.second_factor_enrolled,
            last_sign_in_at: row.last_sign_in_at,
            version: row.version,
        })
        .collect())
}

/// Whether an authority has an account of this user name.
///
/// # Errors
/// A database error.
pub async fn is_account(
    tx: &mut TenantTx,
    authority: &str,
    username: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select 1 from staff where authority = $1 and username = $2)",
    )
    .bind(authority)
    .bind(username)
    .fetch_one(tx.conn())
    .await?)
}
