//! Managing accounts: open, change, close, unlock, reset.

use std::fmt;

use dengbu_store::{StoreError, TenantTx};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::accounts::{Accounts, normalise_username};
use crate::actor::{Actor, RequestContext};
use crate::audit::{self, AuditRecord};
use crate::directory::{StaffRecord, managed};
use crate::entropy::{self, EntropyError};
use crate::fields::{Fields, check_username, required_reason};
use crate::grant::{Grant, GrantError};
use crate::grants::{check_reach, insert_grants};
use crate::password::{HashError, first_password};
use crate::password_change::replace_hash;
use crate::permission::Action;
use crate::policy::{PasswordRejected, PolicyError};
use crate::second_factor;
use crate::throttle::{self, Proof};

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewStaff {
    /// The authority the person belongs to.
    pub authority: String,
    /// 登录名, unique over the whole system, not to be changed later: 2 to 32 of `a-z 0-9 . _ -`.
    pub username: String,
    /// 姓名.
    pub name: String,
    /// 电话.
    pub phone: Option<String>,
    /// 办事点.
    pub office_id: Option<String>,
    /// 登记员证号.
    pub registrar_licence: Option<String>,
    /// Grants to begin with.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// The new state of what may be changed of an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StaffChanges {
    /// 姓名.
    pub name: String,
    /// 电话.
    pub phone: Option<String>,
    /// 办事点.
    pub office_id: Option<String>,
    /// 登记员证号.
    pub registrar_licence: Option<String>,
}

/// A random password, to be handed to the person and replaced at their first sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct InitialPassword(String);

impl InitialPassword {
    pub(crate) fn of(password: String) -> InitialPassword {
        InitialPassword(password)
    }

    /// The password; shown this once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A password never shows itself in a log.
impl fmt::Debug for InitialPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitialPassword(…)")
    }
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StaffError {
    /// The permission is missing.
    #[error("您没有“{}”权限，请联系系统管理员", action.name_zh())]
    NotAllowed {
        /// The permission needed.
        action: Action,
    },
    /// The permission is missing at the authority a grant is for.
    #[error("您不能授予或收回登记机构 {authority} 的权限，请由该机构的系统管理员办理")]
    OutOfReach {
        /// The authority.
        authority: String,
    },
    /// One's own account.
    #[error("不能变更自己的授权、停用或重置自己的账号，请由另一名系统管理员办理")]
    OwnAccount,
    /// No such account among those the person manages.
    #[error("没有找到该人员，可能不属于您管理的登记机构")]
    NotFound,
    /// The user name is in use.
    #[error("登录名“{0}”已被使用，请换一个")]
    UsernameTaken(String),
    /// Someone else changed the account meanwhile.
    #[error("该人员信息已被他人修改，请刷新后重新操作")]
    StaleVersion,
    /// A field does not do.
    #[error("{message}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What is wrong and what to do, in Chinese.
        message: String,
    },
    /// The grants do not do.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The password does not do.
    #[error(transparent)]
    Password(#[from] PasswordRejected),
    /// The sign-in rules do not do.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StaffError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            StaffError::NotAllowed { .. } => "not_allowed",
            StaffError::OutOfReach { .. } => "out_of_reach",
            StaffError::OwnAccount => "own_account",
            StaffError::NotFound => "not_found",
            StaffError::UsernameTaken(_) => "username_taken",
            StaffError::StaleVersion => "stale_version",
            StaffError::Field { .. } => "invalid_field",
            StaffError::Grant(_) => "invalid_grants",
            StaffError::Password(rejected) => rejected.code(),
            StaffError::Policy(_) => "invalid_policy",
            StaffError::Hash(_) | StaffError::Store(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for StaffError {
    fn from(error: sqlx::Error) -> StaffError {
        StaffError::Store(error.into())
    }
}

impl From<EntropyError> for StaffError {
    fn from(error: EntropyError) -> StaffError {
        StaffError::Hash(error.into())
    }
}

impl Accounts {
    /// Opens an account; the first password must be replaced at the first sign-in.
    pub async fn create_staff(
        &self,
        actor: &Actor,
        new: &NewStaff,
    ) -> Result<(StaffRecord, InitialPassword), StaffError> {
        if !actor.may(Action::ManageStaff, &new.authority, None) {
            return Err(StaffError::NotAllowed {
                action: Action::ManageStaff,
            });
        }
        check_reach(actor, &new.grants)?;
        let password = first_password(self.entropy.as_ref())?;
        let record = AuditRecord::by(actor, audit::STAFF_CREATED).in_trail_of(&new.authority);
        let staff_id = self
            .insert_staff(new, &password, true, Some(actor), record)
            .await?;
        Ok((
            self.get_staff(actor, staff_id).await?,
            InitialPassword(password),
        ))
    }

    /// Opens an account without anyone signed in: the first administrator, the demonstration
    /// city. The password must pass the authority's rules like any other.
    pub async fn bootstrap_staff(
        &self,
        new: &NewStaff,
        password: &str,
        must_change_password: bool,
        request: &RequestContext,
    ) -> Result<Uuid, StaffError> {
        let policy = self.policy(&new.authority).await?;
        policy.check_password(password, &normalise_username(&new.username))?;
        let record = AuditRecord::by_system(&new.authority, audit::STAFF_CREATED, request);
        self.insert_staff(new, password, must_change_password, None, record)
            .await
    }

    async fn insert_staff(
        &self,
        new: &NewStaff,
        password: &str,
        must_change_password: bool,
        by: Option<&Actor>,
        record: AuditRecord,
    ) -> Result<Uuid, StaffError> {
        // checked before the costly hash as well as when it is written
        check_username(&new.username)?;
        Fields::of_new(new)?;
        Grant::check_all(&new.grants)?;
        let hash = self.hasher.hash(self.entropy.as_ref(), password).await?;
        let mut tx = self.begin_at(&new.authority).await?;
        let made = self.insert_in(&mut tx, new, hash, must_change_password, by, record);
        let staff_id = made.await?;
        tx.commit().await?;
        Ok(staff_id)
    }

    /// Writes a new account in a transaction of the caller.
    pub(crate) async fn insert_in(
        &self,
        tx: &mut TenantTx,
        new: &NewStaff,
        hash: String,
        must_change_password: bool,
        by: Option<&Actor>,
        record: AuditRecord,
    ) -> Result<Uuid, StaffError> {
        let username = check_username(&new.username)?;
        let fields = Fields::of_new(new)?;
        Grant::check_all(&new.grants)?;
        let now = record.at;
        let staff_id = entropy::uuid_v7(self.entropy.as_ref(), now)?;
        let free = sqlx::query(
            "insert into login (username, authority, staff_id) values ($1, $2, $3) \
             on conflict (username) do nothing",
        )
        .bind(&username)
        .bind(&new.authority)
        .bind(staff_id)
        .execute(tx.conn())
        .await
        .map_err(|error| from_database(error, &new.authority))?;
        if free.rows_affected() == 0 {
            return Err(StaffError::UsernameTaken(username));
        }
        sqlx::query(
            "insert into staff (authority, staff_id, username, name, phone, office_id, \
                registrar_licence, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&new.authority)
        .bind(staff_id)
        .bind(&username)
        .bind(&fields.name)
        .bind(&fields.phone)
        .bind(&fields.office_id)
        .bind(&fields.registrar_licence)
        .bind(now)
        .execute(tx.conn())
        .await
        .map_err(|error| from_database(error, &new.authority))?;
        sqlx::query(
            "insert into staff_credential (authority, staff_id, password_hash, \
                password_changed_at, must_change_password) values ($1, $2, $3, $4, $5)",
        )
        .bind(&new.authority)
        .bind(staff_id)
        .bind(hash)
        .bind(now)
        .bind(must_change_password)
        .execute(tx.conn())
        .await?;
        let granted_by = by.map(|actor| actor.staff_id);
        insert_grants(tx, (&new.authority, staff_id), &new.grants, granted_by, now).await?;
        let record = record
            .on("staff", staff_id.to_string())
            .detail(json!({ "username": username, "grants": new.grants }));
        audit::record(tx, &record).await?;
        Ok(staff_id)
    }

    /// Changes an account that stands at `version`.
    pub async fn update_staff(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        version: i64,
        changes: &StaffChanges,
    ) -> Result<StaffRecord, StaffError> {
        let fields = Fields::of_changes(changes)?;
        let mut tx = self.store.begin(&actor.scope).await?;
        let before = managed(&mut tx, actor, staff_id).await?;
        if before.version != version {
            return Err(StaffError::StaleVersion);
        }
        sqlx::query(
            "update staff set name = $3, phone = $4, office_id = $5, registrar_licence = $6, \
                version = version + 1 where authority = $1 and staff_id = $2",
        )
        .bind(&before.authority)
        .bind(staff_id)
        .bind(&fields.name)
        .bind(&fields.phone)
        .bind(&fields.office_id)
        .bind(&fields.registrar_licence)
        .execute(tx.conn())
        .await
        .map_err(|error| from_database(error, &before.authority))?;
        // The telephone is personal: that it changed is recorded, not what it was.
        let record = AuditRecord::by(actor, audit::STAFF_UPDATED)
            .in_trail_of(&before.authority)
            .on("staff", staff_id.to_string())
            .detail(json!({
                "name": [before.name, fields.name],
                "office_id": [before.office_id, fields.office_id],
                "registrar_licence": [before.registrar_licence, fields.registrar_licence],
                "phone_changed": before.phone != fields.phone,
            }));
        audit::record(&mut tx, &record).await?;
        tx.commit().await?;
        self.get_staff(actor, staff_id).await
    }

    /// Closes an account (停用): its sessions end at once. What it did stays under its name.
    pub async fn lock_staff(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        reason: &str,
    ) -> Result<StaffRecord, StaffError> {
        let reason = required_reason(reason)?;
        self.set_active(actor, staff_id, false, audit::STAFF_LOCKED, &reason)
            .await
    }

    /// Opens a closed account again and ends a lock-out after failed attempts.
    pub async fn unlock_staff(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        reason: &str,
    ) -> Result<StaffRecord, StaffError> {
        let reason = required_reason(reason)?;
        self.set_active(actor, staff_id, true, audit::STAFF_UNLOCKED, &reason)
            .await
    }

    async fn set_active(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        active: bool,
        action: &str,
        reason: &str,
    ) -> Result<StaffRecord, StaffError> {
        let mut tx = self.begin_other(actor, staff_id).await?;
        let row = managed(&mut tx, actor, staff_id).await?;
        sqlx::query(
            "update staff set active = $3, version = version + 1 \
             where authority = $1 and staff_id = $2",
        )
        .bind(&row.authority)
        .bind(staff_id)
        .bind(active)
        .execute(tx.conn())
        .await?;
        if active {
            for proof in [Proof::Password, Proof::Code] {
                throttle::clear(tx.conn(), &throttle::key(proof, &row.username)).await?;
            }
        } else {
            Accounts::end_sessions(&mut tx, &row.authority, staff_id, None).await?;
        }
        let record = AuditRecord::by(actor, action)
            .in_trail_of(&row.authority)
            .on("staff", staff_id.to_string())
            .purpose(reason);
        audit::record(&mut tx, &record).await?;
        tx.commit().await?;
        self.get_staff(actor, staff_id).await
    }

    /// Gives a random password that must be replaced at the next sign-in; sessions end, a
    /// lock-out ends.
    pub async fn reset_password(
        &self,
        actor: &Actor,
        staff_id: Uuid,
    ) -> Result<InitialPassword, StaffError> {
        let password = first_password(self.entropy.as_ref())?;
        // Checked before the costly hash as well as within the transaction.
        self.get_staff(actor, staff_id).await?;
        let hash = self.hasher.hash(self.entropy.as_ref(), &password).await?;
        let mut tx = self.begin_other(actor, staff_id).await?;
        let row = managed(&mut tx, actor, staff_id).await?;
        let account = (row.authority.as_str(), staff_id);
        replace_hash(&mut tx, account, &hash, None, true, actor.request.now).await?;
        Accounts::end_sessions(&mut tx, &row.authority, staff_id, None).await?;
        throttle::clear(tx.conn(), &throttle::key(Proof::Password, &row.username)).await?;
        let record = AuditRecord::by(actor, audit::PASSWORD_RESET)
            .in_trail_of(&row.authority)
            .on("staff", staff_id.to_string());
        audit::record(&mut tx, &record).await?;
        tx.commit().await?;
        Ok(InitialPassword(password))
    }

    /// Takes the second factor away (lost telephone); sessions end.
    pub async fn reset_totp(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        reason: &str,
    ) -> Result<(), StaffError> {
        let reason = required_reason(reason)?;
        let mut tx = self.begin_other(actor, staff_id).await?;
        let row = managed(&mut tx, actor, staff_id).await?;
        second_factor::forget(&mut tx, &row.authority, staff_id, &row.username).await?;
        Accounts::end_sessions(&mut tx, &row.authority, staff_id, None).await?;
        let record = AuditRecord::by(actor, audit::TOTP_RESET)
            .in_trail_of(&row.authority)
            .on("staff", staff_id.to_string())
            .purpose(reason);
        audit::record(&mut tx, &record).await?;
        Ok(tx.commit().await?)
    }

    /// A transaction for a change of someone else's account.
    pub(crate) async fn begin_other(
        &self,
        actor: &Actor,
        staff_id: Uuid,
    ) -> Result<TenantTx, StaffError> {
        if staff_id == actor.staff_id {
            return Err(StaffError::OwnAccount);
        }
        Ok(self.store.begin(&actor.scope).await?)
    }
}

/// A reference to something that is not there is a mistake in a field, not of the database.
pub(crate) fn from_database(error: sqlx::Error, authority: &str) -> StaffError {
    let constraint = error
        .as_database_error()
        .and_then(|answer| answer.constraint());
    match constraint {
        Some("staff_authority_office_id_fkey") => StaffError::Field {
            field: "office_id",
            message: format!("登记机构 {authority} 没有这个办事点，请从列表中选择"),
        },
        Some("login_authority_fkey" | "staff_authority_fkey") => StaffError::Field {
            field: "authority",
            message: format!("没有代码为 {authority} 的登记机构，请从列表中选择"),
        },
        _ => error.into(),
    }
}
