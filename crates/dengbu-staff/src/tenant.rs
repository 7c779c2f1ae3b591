//! Setting up a registration authority (开通登记机构): its name, districts, halls and the first
//! administrator, in one transaction. The platform's operator does it and sees nothing of what the
//! authority then does: the transaction's scope is the platform and the new authority, once.

use chrono::NaiveDate;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::authority_list::{self, Office};
use dengbu_store::{Scope, StoreError, TenantTx};
use serde_json::json;

use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::audit::{self, AuditRecord};
use crate::grant::Grant;
use crate::manage::{InitialPassword, NewStaff, StaffError};
use crate::password::first_password;
use crate::permission::Action;
use crate::role::{PLATFORM, Role};

/// Districts and halls of one authority at most.
pub const PLACES_MAX: usize = 100;

/// A registration authority to be set up.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Six-digit code (GB/T 2260).
    pub authority: String,
    /// Full name, as it signs certificates.
    pub name: String,
    /// Place name in certificate numbers.
    pub place_name: String,
    /// Province abbreviation in certificate numbers, such as 川.
    pub province_short: String,
    /// Districts: code and name.
    pub counties: Vec<(String, String)>,
    /// Halls.
    pub offices: Vec<Office>,
    /// User name of the first administrator.
    pub username: String,
    /// Name of the first administrator.
    pub administrator: String,
}

/// A field that does not do: JSON pointer and what is wrong, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantFault {
    /// JSON pointer.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why an authority was not set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// Fields that do not do.
    #[error("有 {} 处填写有误，请按提示修改", .0.len())]
    Fields(Vec<TenantFault>),
    /// The first administrator's account.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for TenantError {
    fn from(error: sqlx::Error) -> TenantError {
        TenantError::Store(error.into())
    }
}

fn text(value: &str, max: usize) -> bool {
    let length = value.trim().chars().count();
    (1..=max).contains(&length) && !value.chars().any(char::is_control)
}

fn code(value: &str) -> bool {
    Scope::single(value).is_ok() && value != PLATFORM
}

impl NewTenant {
    /// What is wrong with it in itself; empty when nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<TenantFault> {
        let mut found = Vec::new();
        let mut fault = |bad: bool, field: String, message: &str| {
            if bad {
                let message = message.to_owned();
                found.push(TenantFault { field, message });
            }
        };
        let at = |f: &str| format!("/{f}");
        fault(
            !code(&self.authority),
            at("authority"),
            "登记机构代码应为 6 位数字（GB/T 2260），例如 510500",
        );
        fault(
            !text(&self.name, 50),
            at("name"),
            "请填写登记机构全称（50 字以内）",
        );
        fault(
            !text(&self.place_name, 20),
            at("place_name"),
            "请填写证号中的地名（20 字以内），例如 某某市",
        );
        fault(
            self.province_short.chars().count() != 1 || !text(&self.province_short, 1),
            at("province_short"),
            "省份简称应为一个汉字，例如 川",
        );
        fault(
            self.counties.is_empty(),
            at("counties"),
            "请至少填写一个行政区",
        );
        fault(
            self.counties.len() > PLACES_MAX,
            at("counties"),
            "行政区太多，请核对",
        );
        fault(
            self.offices.is_empty(),
            at("offices"),
            "请至少填写一个办事点",
        );
        fault(
            self.offices.len() > PLACES_MAX,
            at("offices"),
            "办事点太多，请核对",
        );
        for (i, (county, name)) in self.counties.iter().enumerate() {
            fault(
                !code(county),
                format!("/counties/{i}/code"),
                "行政区代码应为 6 位数字，是不动产单元代码的前 6 位",
            );
            let twice = self.counties[..i].iter().any(|(c, _)| c == county);
            fault(twice, format!("/counties/{i}/code"), "行政区代码重复");
            fault(
                !text(name, 30),
                format!("/counties/{i}/name"),
                "请填写行政区名称",
            );
        }
        for (i, o) in self.offices.iter().enumerate() {
            let plain = (2..=30).contains(&o.office_id.len())
                && o.office_id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-');
            fault(
                !plain,
                format!("/offices/{i}/office_id"),
                "办事点编号应为 2 至 30 位字母、数字或连字符，例如 510500-01",
            );
            let twice = self.offices[..i].iter().any(|p| p.office_id == o.office_id);
            fault(twice, format!("/offices/{i}/office_id"), "办事点编号重复");
            fault(
                !text(&o.name, 100),
                format!("/offices/{i}/name"),
                "请填写办事点名称",
            );
            let far = !self.counties.iter().any(|(c, _)| *c == o.county);
            fault(
                far,
                format!("/offices/{i}/county"),
                "办事点所在行政区应为本机构的行政区",
            );
            let long = o.address.chars().count() > 200 || o.address.chars().any(char::is_control);
            fault(long, format!("/offices/{i}/address"), "地址不超过 200 字");
        }
        fault(
            !text(&self.administrator, 50),
            "/administrator/name".to_owned(),
            "请填写首任管理员姓名",
        );
        found
    }
}

/// What is new and the one-time password of its first administrator.
#[derive(Debug)]
pub struct Opened {
    /// The transaction in which it was set up, over the platform and the new authority: what else
    /// belongs to it is written here, then the caller commits.
    pub tx: TenantTx,
    /// To be handed to the first administrator and replaced at the first sign-in.
    pub password: InitialPassword,
}

impl Accounts {
    /// Sets up a registration authority. Not committed: see [`Opened::tx`].
    ///
    /// # Errors
    /// [`TenantError::Fields`], also for codes that are taken; a missing permission.
    pub async fn open_tenant(&self, actor: &Actor, new: &NewTenant) -> Result<Opened, TenantError> {
        if !actor.may(Action::ManageTenants, PLATFORM, None) {
            let action = Action::ManageTenants;
            return Err(StaffError::NotAllowed { action }.into());
        }
        let faults = new.faults();
        if !faults.is_empty() {
            return Err(TenantError::Fields(faults));
        }
        let password = first_password(self.entropy.as_ref()).map_err(StaffError::from)?;
        let hash = self
            .hasher
            .hash(self.entropy.as_ref(), &password)
            .await
            .map_err(StaffError::from)?;
        let codes = new.counties.iter().map(|(c, _)| c.clone());
        let own = [PLATFORM.to_owned(), new.authority.clone()];
        let scope = Scope::new(own.into_iter().chain(codes)).map_err(StoreError::from)?;
        let mut tx = self.store.begin(&scope).await?;
        insert(&mut tx, new).await?;
        let today = date_in_shanghai(actor.request.now);
        let record = AuditRecord::by(actor, audit::STAFF_CREATED).in_trail_of(&new.authority);
        let first = first_administrator(new, today);
        self.insert_in(&mut tx, &first, hash, true, Some(actor), record)
            .await?;
        for trail in [PLATFORM, &new.authority] {
            let record = AuditRecord::by(actor, "tenant.created")
                .in_trail_of(trail)
                .on("authority", &new.authority)
                .detail(json!({ "name": new.name, "counties": new.counties,
                    "offices": new.offices.iter().map(|o| &o.office_id).collect::<Vec<_>>() }));
            audit::record(&mut tx, &record).await?;
        }
        Ok(Opened {
            tx,
            password: InitialPassword::of(password),
        })
    }
}

fn first_administrator(new: &NewTenant, today: NaiveDate) -> NewStaff {
    NewStaff {
        authority: new.authority.clone(),
        username: new.username.clone(),
        name: new.administrator.clone(),
        phone: None,
        office_id: None,
        registrar_licence: None,
        grants: vec![Grant::everywhere(
            Role::Administrator,
            &new.authority,
            today,
        )],
    }
}

async fn insert(tx: &mut TenantTx, new: &NewTenant) -> Result<(), TenantError> {
    let taken =
        |field: String, message: String| TenantError::Fields(vec![TenantFault { field, message }]);
    let done = sqlx::query(
        "insert into authority (authority, name, place_name, province_short) values ($1, $2, $3, $4)
         on conflict (authority) do nothing",
    )
    .bind(&new.authority)
    .bind(new.name.trim())
    .bind(new.place_name.trim())
    .bind(&new.province_short)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        let message = format!("登记机构 {} 已经开通，请核对代码", new.authority);
        return Err(taken("/authority".to_owned(), message));
    }
    for (i, (county, name)) in new.counties.iter().enumerate() {
        let done = sqlx::query(
            "insert into authority_county (authority, county, name) values ($1, $2, $3)
             on conflict (county) do nothing",
        )
        .bind(&new.authority)
        .bind(county)
        .bind(name.trim())
        .execute(tx.conn())
        .await?;
        if done.rows_affected() == 0 {
            let message = format!("行政区 {county} 已属于另一个登记机构，请核对代码");
            return Err(taken(format!("/counties/{i}/code"), message));
        }
    }
    for office in &new.offices {
        authority_list::put_office(tx, office).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> NewTenant {
        NewTenant {
            authority: "519900".into(),
            name: "示例市不动产登记中心".into(),
            place_name: "示例市".into(),
            province_short: "川".into(),
            counties: vec![("519902".into(), "甲区".into())],
            offices: vec![Office {
                authority: "519900".into(),
                office_id: "519900-01".into(),
                name: "市登记大厅".into(),
                address: String::new(),
                county: "519902".into(),
                active: true,
            }],
            username: "first".into(),
            administrator: "首任".into(),
        }
    }

    #[test]
    fn each_fault_is_told_with_its_field() {
        assert!(good().faults().is_empty());
        type Change = fn(&mut NewTenant);
        let table: [(Change, &str); 9] = [
            (|t| t.authority = "51990".into(), "/authority"),
            (|t| t.authority = PLATFORM.into(), "/authority"),
            (|t| t.name = " ".into(), "/name"),
            (|t| t.province_short = "四川".into(), "/province_short"),
            (|t| t.counties[0].1.clear(), "/counties/0/name"),
            (
                |t| t.counties.push(t.counties[0].clone()),
                "/counties/1/code",
            ),
            (
                |t| t.offices[0].office_id = "大厅".into(),
                "/offices/0/office_id",
            ),
            (
                |t| t.offices[0].county = "519903".into(),
                "/offices/0/county",
            ),
            (|t| t.offices.clear(), "/offices"),
        ];
        for (change, field) in table {
            let mut tenant = good();
            change(&mut tenant);
            let fields: Vec<String> = tenant.faults().into_iter().map(|f| f.field).collect();
            assert_eq!(fields, [field]);
        }
    }
}
