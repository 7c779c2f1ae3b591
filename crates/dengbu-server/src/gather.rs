//! Putting together what several rooms know of units.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use dengbu_cadastre::facts::{self, UnitFacts};
use dengbu_cases::{inbox, promise};
use dengbu_law::catalogue::{self, Business};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::read::RegisterRight;
use dengbu_register::{find, read};
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::problem::Problem;
use crate::views::unit::{self, PendingCase, UnitDetail, UnitSummary};

/// Names of counties, authorities and offices, and what the authorities have set.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// County code to name.
    pub counties: BTreeMap<String, String>,
    /// Authority code to name.
    pub authorities: BTreeMap<String, String>,
    /// County code to authority code.
    pub authority_of: BTreeMap<String, String>,
    /// Authority code and office to the office's name; of the offices in scope.
    pub offices: BTreeMap<(String, String), String>,
    /// Authority code to its settings.
    pub settings: BTreeMap<String, Value>,
}

impl Names {
    /// The authority that registers for a county.
    ///
    /// # Errors
    /// 404 when no authority registers there.
    pub fn authority_for(&self, county: &str) -> Result<&str, Problem> {
        self.authority_of
            .get(county)
            .map(String::as_str)
            .ok_or_else(|| Problem::not_found(format!("行政区划 {county} 没有对应的登记机构")))
    }

    /// Name of an authority.
    #[must_use]
    pub fn authority(&self, code: &str) -> String {
        self.authorities
            .get(code)
            .cloned()
            .unwrap_or_else(|| code.to_owned())
    }

    /// Name of an office point of an authority; its code where it is not in scope.
    #[must_use]
    pub fn office(&self, authority: &str, office: Option<&str>) -> Option<String> {
        let office = office?;
        let key = (authority.to_owned(), office.to_owned());
        let name = self.offices.get(&key).cloned();
        Some(name.unwrap_or_else(|| office.to_owned()))
    }

    /// Working days that an authority promises for a business.
    #[must_use]
    pub fn committed_days(&self, authority: &str, business: &Business) -> u32 {
        match self.settings.get(authority) {
            Some(settings) => promise::committed(settings, business),
            None => business.days.committed,
        }
    }
}

/// Loads the names.
///
/// # Errors
/// A database error.
pub async fn names(tx: &mut TenantTx) -> Result<Names, Problem> {
    let rows = dengbu_store::authority_list::list(tx).await?;
    let mut names = Names::default();
    for a in rows {
        names.authorities.insert(a.authority.clone(), a.name);
        names.settings.insert(a.authority.clone(), a.settings);
        for c in a.counties {
            names
                .authority_of
                .insert(c.county.clone(), a.authority.clone());
            names.counties.insert(c.county, c.name);
        }
    }
    for o in dengbu_store::authority_list::offices(tx).await? {
        names.offices.insert((o.authority, o.office_id), o.name);
    }
    Ok(names)
}

/// Units as listed, in the order of the codes given.
///
/// # Errors
/// A database error.
pub async fn summaries(
    tx: &mut TenantTx,
    codes: &[String],
    names: &Names,
    today: NaiveDate,
) -> Result<Vec<UnitSummary>, Problem> {
    let units = facts::units(tx, codes).await?;
    let rights = find::standing(tx, codes).await?;
    let busy: BTreeSet<String> = inbox::pending(tx, codes)
        .await?
        .into_iter()
        .map(|p| p.unit_code)
        .collect();
    Ok(units
        .iter()
        .map(|u| {
            let own: Vec<&RegisterRight> = rights
                .iter()
                .filter(|r| r.unit_code == u.unit_code)
                .collect();
            unit::summary(u, &own, busy.contains(&u.unit_code), &names.counties, today)
        })
        .collect())
}

/// A unit with all its rights as the rooms know it.
#[derive(Debug)]
pub struct Whole {
    /// Surveyed facts.
    pub facts: UnitFacts,
    /// Rights, ended ones included.
    pub rights: Vec<RegisterRight>,
    /// Registration causes by the position of the entry that states them.
    pub causes: BTreeMap<i64, String>,
    /// As shown.
    pub detail: UnitDetail,
}

/// One unit wholly.
///
/// # Errors
/// 404 when it is not there or not in scope.
pub async fn whole(
    tx: &mut TenantTx,
    code: &UnitCode,
    names: &Names,
    today: NaiveDate,
) -> Result<Whole, Problem> {
    let text = code.as_str().to_owned();
    let facts = facts::unit(tx, &text)
        .await?
        .ok_or_else(|| Problem::not_found(format!("没有找到不动产单元 {}", code.grouped())))?;
    let parcel = facts::parcel(tx, &facts.parcel_code).await?;
    let rights = read::rights(tx, code).await?;
    let causes = read::causes(tx, code).await?;
    let pending: Vec<PendingCase> = inbox::pending(tx, std::slice::from_ref(&text))
        .await?
        .into_iter()
        .map(|p| PendingCase {
            business_name: catalogue::business(&p.business)
                .map_or_else(|| p.business.clone(), |b| b.short_name.clone()),
            case_no: p.case_no,
            blocking: p.exclusive,
        })
        .collect();
    let all: Vec<&RegisterRight> = rights.iter().collect();
    let authority_name = names.authority(&facts.authority);
    let detail = UnitDetail {
        summary: unit::summary(&facts, &all, !pending.is_empty(), &names.counties, today),
        facts: unit::facts(&facts, parcel.as_ref()),
        rights: rights
            .iter()
            .map(|r| {
                let cause = causes.get(&r.created_seq).map(String::as_str);
                unit::right(r, cause, &facts.address, &authority_name)
            })
            .collect(),
        pending_cases: pending,
        provenance: facts.provenance.clone(),
        register_version: facts.head_seq,
    };
    Ok(Whole {
        facts,
        rights,
        causes,
        detail,
    })
}
