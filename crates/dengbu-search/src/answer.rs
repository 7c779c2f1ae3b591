//! Gathers an answer from the register: the units an index leads to, all that stands there, all
//! that stands in somebody's name.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cadastre::facts::{self, ParcelFacts, UnitFacts};
use dengbu_cadastre::search;
use dengbu_cases::{CaseError, case, materials};
use dengbu_model::address::normalise_address;
use dengbu_model::certificate::CertificateNumber;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::find;
use dengbu_register::person::PersonKey;
use dengbu_register::read::{self, RegisterRight};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};

use crate::access::{Applicant, Entitled, Index, Part};
use crate::decide::{Permit, Registered};
use crate::holding::{self, ShownPerson};
use crate::person::{self, Likeness, likeness};
use crate::request::{SearchRequest, Subject};
use crate::settings::SearchSettings;
use crate::shown::{self, Known, ShownOriginal, ShownUnit, View};
use crate::{FieldFault, SearchError};

/// Form of a stored answer.
pub const FORMAT: &str = "dengbu-search-answer/1";

/// A county searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchCounty))]
#[serde(deny_unknown_fields)]
pub struct ScopeCounty {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// An answer: exactly what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchAnswer))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Form.
    pub format: String,
    /// The moment the register was read (查询时点).
    pub as_of: DateTime<Utc>,
    /// Counties searched (查询范围).
    pub scope: Vec<ScopeCounty>,
    /// Parts shown.
    pub parts: Vec<Part>,
    /// Persons searched for.
    pub people: Vec<ShownPerson>,
    /// Units shown.
    pub units: Vec<ShownUnit>,
}

/// Where and how a search is made.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Key of the person index.
    pub key: &'a PersonKey,
    /// Name of the authority.
    pub authority_name: &'a str,
    /// Its counties.
    pub counties: &'a [ScopeCounty],
    /// Its settings.
    pub settings: &'a SearchSettings,
    /// Now.
    pub now: DateTime<Utc>,
    /// The day in Asia/Shanghai.
    pub today: NaiveDate,
}

impl Place<'_> {
    fn holds(&self, unit: &str) -> bool {
        self.counties.iter().any(|c| unit.starts_with(&c.code))
    }

    fn codes(&self) -> Vec<&str> {
        self.counties.iter().map(|c| c.code.as_str()).collect()
    }
}

/// Where an index leads.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Units, in the order of their codes.
    pub units: Vec<String>,
    /// Those outside the authority.
    pub outside: Vec<String>,
    /// The weakest standing of the person the right depends on.
    pub registered: Registered,
}

/// Finds the units an application is about and whether the register shows the person it depends on.
///
/// # Errors
/// [`SearchError::Fields`] when the index leads nowhere or to several places.
pub async fn resolve(
    tx: &mut TenantTx,
    place: &Place<'_>,
    row: &Applicant,
    request: &SearchRequest,
) -> Result<Resolved, SearchError> {
    if request.index == Index::Person {
        return Ok(Resolved {
            units: Vec::new(),
            outside: Vec::new(),
            registered: Registered::No,
        });
    }
    let mut outside = Vec::new();
    let mut asked = Vec::new();
    for unit in &request.units {
        if place.holds(unit) {
            asked.push(unit.clone());
        } else {
            outside.push(unit.clone());
        }
    }
    let units = match request.index {
        Index::Certificate => by_certificate(tx, place, request, asked).await?,
        Index::Address => by_address(tx, place, request, asked).await?,
        Index::Person | Index::UnitCode => asked,
    };
    let known: BTreeSet<String> = facts::units(tx, &units)
        .await?
        .into_iter()
        .map(|u| u.unit_code)
        .collect();
    if let Some(missing) = units.iter().find(|u| !known.contains(*u)) {
        return Err(SearchError::Fields(vec![FieldFault::new(
            "/units",
            "unknown_unit",
            format!("没有找到不动产单元 {missing}，请核对单元号"),
        )]));
    }
    let who = match row.entitled {
        Entitled::Papers => None,
        Entitled::Registered => request.own_subject(),
        Entitled::Represented => request.subject.clone(),
    };
    let registered = match who {
        Some(who) if !units.is_empty() => standing_of(tx, &units, &who).await?,
        _ => Registered::No,
    };
    Ok(Resolved {
        units: known.into_iter().collect(),
        outside,
        registered,
    })
}

fn field(name: &str, code: &'static str, message: impl Into<String>) -> SearchError {
    SearchError::Fields(vec![FieldFault::new(name, code, message)])
}

async fn by_certificate(
    tx: &mut TenantTx,
    place: &Place<'_>,
    request: &SearchRequest,
    asked: Vec<String>,
) -> Result<Vec<String>, SearchError> {
    let Some(text) = &request.text else {
        return Err(field("/text", "required", "请填写不动产权证书（证明）号"));
    };
    let number = CertificateNumber::parse(text).map_or_else(|_| text.clone(), |n| n.to_string());
    let mut found = find::by_certificate(tx, &number, "", 101).await?;
    found.retain(|u| place.holds(u));
    if asked.is_empty() {
        return Ok(found);
    }
    if asked.iter().all(|u| found.contains(u)) {
        Ok(asked)
    } else {
        Err(field(
            "/units",
            "not_of_certificate",
            "选定的不动产单元与填写的证书号不一致，请重新查找",
        ))
    }
}

async fn by_address(
    tx: &mut TenantTx,
    place: &Place<'_>,
    request: &SearchRequest,
    asked: Vec<String>,
) -> Result<Vec<String>, SearchError> {
    let Some(text) = &request.text else {
        return Err(field("/text", "required", "请填写不动产坐落"));
    };
    if asked.is_empty() {
        let mut found = search::units_by_address(tx, text, None, 101).await?;
        found.retain(|u| place.holds(u));
        return match found.len() {
            0 | 1 => Ok(found),
            n => Err(field(
                "/units",
                "several",
                format!("该坐落找到 {n} 个以上不动产单元，请选定要查询的一个（不得批量查询）"),
            )),
        };
    }
    let wanted = normalise_address(text);
    for unit in facts::units(tx, &asked).await? {
        if !normalise_address(&unit.address).contains(&wanted) {
            return Err(field(
                "/units",
                "not_at_address",
                "选定的不动产单元与填写的坐落不一致，请重新查找",
            ));
        }
    }
    Ok(asked)
}

/// The weakest standing of a person over these units.
async fn standing_of(
    tx: &mut TenantTx,
    units: &[String],
    who: &Subject,
) -> Result<Registered, SearchError> {
    let rights = find::standing(tx, units).await?;
    let of_unit = |unit: &String| {
        rights
            .iter()
            .filter(|r| r.unit_code == *unit)
            .flat_map(|r| &r.right.holders)
            .map(|h| likeness(&h.party, who))
            .max()
            .unwrap_or(Likeness::Other)
    };
    Ok(match units.iter().map(of_unit).min() {
        Some(Likeness::Same) => Registered::Yes,
        Some(Likeness::Doubtful) => Registered::NameOnly,
        _ => Registered::No,
    })
}

/// Reads the register for an application that may be answered. Nothing is left out: what would be
/// too much is refused as a whole.
///
/// # Errors
/// [`SearchError::TooMany`].
pub async fn gather(
    tx: &mut TenantTx,
    place: &Place<'_>,
    permit: &Permit,
    resolved: &Resolved,
    request: &SearchRequest,
) -> Result<Answer, SearchError> {
    let mut units = resolved.units.clone();
    let mut people = Vec::new();
    if !permit.people.is_empty() {
        let subjects: Vec<&Subject> = permit.people.iter().map(|(_, s)| s).collect();
        let candidates = units_of(tx, place, &subjects).await?;
        let rights = find::standing(tx, &candidates).await?;
        let surveyed: BTreeMap<String, UnitFacts> = facts::units(tx, &candidates)
            .await?
            .into_iter()
            .map(|u| (u.unit_code.clone(), u))
            .collect();
        for (relation, subject) in &permit.people {
            let rules = &place.settings.holding;
            let person = holding::of_person(relation, subject, &rights, &surveyed, rules);
            units.extend(person.hits.iter().map(|h| h.unit_code.clone()));
            people.push(person);
        }
    }
    units.sort_unstable();
    units.dedup();
    if units.len() > place.settings.units_max {
        return Err(SearchError::TooMany {
            found: units.len(),
            most: place.settings.units_max,
        });
    }
    Ok(Answer {
        format: FORMAT.to_owned(),
        as_of: dengbu_register::entry::register_time(place.now),
        scope: place.counties.to_vec(),
        parts: permit.parts.clone(),
        people,
        units: show(tx, place, permit, &units, request).await?,
    })
}

/// Units on which a right stands whose holder has one of the numbers, or one of the names: who of
/// the latter it is, [`likeness`] says. Standing means what it means for recording: no end.
async fn units_of(
    tx: &mut TenantTx,
    place: &Place<'_>,
    subjects: &[&Subject],
) -> Result<Vec<String>, SearchError> {
    let hashes: Vec<Vec<u8>> = subjects
        .iter()
        .flat_map(|s| person::numbers(s))
        .map(|n| place.key.index(&n))
        .collect();
    let names: Vec<String> = subjects.iter().flat_map(|s| person::names(s)).collect();
    Ok(sqlx::query_scalar(
        "select r.unit_code from register_holder h
         join register_right r on r.county = h.county and r.right_id = h.right_id
         where h.county = any($1) and h.id_hash = any($2) and h.role = 'holder' and r.valid_to is null
         union
         select r.unit_code from register_holder h
         join register_right r on r.county = h.county and r.right_id = h.right_id
         where h.county = any($1) and h.name = any($3) and h.role = 'holder' and r.valid_to is null
         order by 1",
    )
    .bind(place.codes())
    .bind(hashes)
    .bind(names)
    .fetch_all(tx.conn())
    .await?)
}

async fn show(
    tx: &mut TenantTx,
    place: &Place<'_>,
    permit: &Permit,
    units: &[String],
    request: &SearchRequest,
) -> Result<Vec<ShownUnit>, SearchError> {
    let surveyed = facts::units(tx, units).await?;
    let land = |u: &UnitFacts| format!("{}W00000000", u.parcel_code);
    // one statement for the units and their land: one moment of the register
    let mut all: Vec<String> = surveyed.iter().map(land).collect();
    all.extend(units.iter().cloned());
    all.sort_unstable();
    all.dedup();
    let rights = find::standing(tx, &all).await?;
    let mut parcels: BTreeMap<String, Option<ParcelFacts>> = BTreeMap::new();
    let mut answer = Vec::with_capacity(surveyed.len());
    for u in &surveyed {
        if !parcels.contains_key(&u.parcel_code) {
            let parcel = facts::parcel(tx, &u.parcel_code).await?;
            parcels.insert(u.parcel_code.clone(), parcel);
        }
        let on = |code: &str| -> Vec<&RegisterRight> {
            rights.iter().filter(|r| r.unit_code == code).collect()
        };
        let (own, below) = (on(&u.unit_code), land(u));
        let originals = if permit.parts.contains(&Part::Originals) {
            originals(tx, &own).await?
        } else {
            Vec::new()
        };
        let causes = if permit.parts.contains(&Part::Holders) {
            causes(tx, [&u.unit_code, &below]).await?
        } else {
            BTreeMap::new()
        };
        let known = Known {
            facts: u,
            causes,
            parcel: parcels.get(&u.parcel_code).and_then(Option::as_ref),
            land: if below == u.unit_code {
                Vec::new()
            } else {
                on(&below)
            },
            own,
            originals,
            authority_name: place.authority_name,
        };
        let view = View {
            parts: &permit.parts,
            claimed_holder: request.claimed_holder.as_deref(),
            today: place.today,
        };
        answer.push(shown::unit(&known, view));
    }
    Ok(answer)
}

/// Registration causes of a unit and its land, by unit and position.
async fn causes(
    tx: &mut TenantTx,
    units: [&String; 2],
) -> Result<BTreeMap<(String, i64), String>, SearchError> {
    let mut all = BTreeMap::new();
    for unit in units {
        if let Ok(code) = UnitCode::parse(unit) {
            let found = read::causes(tx, &code).await?;
            all.extend(found.into_iter().map(|(seq, c)| ((unit.clone(), seq), c)));
        }
    }
    Ok(all)
}

/// The papers of the cases that made these rights. Titles taken over from older offices have
/// theirs in the paper archive.
async fn originals(
    tx: &mut TenantTx,
    rights: &[&RegisterRight],
) -> Result<Vec<ShownOriginal>, SearchError> {
    let cases: BTreeSet<&str> = rights.iter().filter_map(|r| r.case_no.as_deref()).collect();
    let mut all = Vec::new();
    for case_no in cases {
        let found = match case::load(tx, case_no, false).await {
            Ok(found) => found,
            Err(CaseError::Unknown(_)) => continue,
            Err(e) => return Err(e.into()),
        };
        for m in materials::list(tx, &found).await? {
            all.push(ShownOriginal {
                case_no: case_no.to_owned(),
                name: found
                    .item_name(&m.item)
                    .map_or_else(|| m.item.clone(), str::to_owned),
                copies: m.copies,
            });
        }
    }
    Ok(all)
}
