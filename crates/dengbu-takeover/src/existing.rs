//! What is taken over, and what must hold of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_model::cadastre::Dwelling;
use dengbu_model::codes::Code;
use dengbu_model::quantity::Area;
use dengbu_model::right::{RegistrationType, Right};
use dengbu_model::unit_code::{Fixture, UnitCode};
use dengbu_register::entry::Provenance;
use serde::{Deserialize, Serialize};

/// The stock of an older register: what was surveyed and what rights stand on it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExistingStock {
    /// Parcels (宗地), those without units too.
    pub parcels: Vec<NewParcel>,
    /// Buildings (自然幢), those without units too.
    pub buildings: Vec<NewBuilding>,
    /// Units (不动产单元) with their rights.
    pub units: Vec<ExistingUnit>,
}

/// A unit with all rights that the older register knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingUnit {
    /// Registration authority (登记机构) of the unit's county.
    pub authority: String,
    /// The unit as surveyed.
    pub subject: Subject,
    /// Titles in the order in which they followed one another; only the last may be in force.
    pub ownerships: Vec<ExistingRight>,
    /// Mortgages, seizures and whatever else stands or stood on the unit.
    pub others: Vec<ExistingRight>,
    /// Where the unit's record came from.
    pub provenance: Provenance,
}

/// What kind of unit it is, with its surveyed facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A unit of a building (户).
    Dwelling(Box<Dwelling>),
    /// The parcel alone (净地、宗地单元).
    Land(LandFacts),
}

/// A parcel as a unit of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandFacts {
    /// The unit: the parcel's code and `W00000000`.
    pub unit: UnitCode,
    /// Where it lies (坐落).
    pub address: String,
    /// Its area in m².
    pub area: Option<Area>,
    /// Land use (土地用途).
    pub use_code: Option<Code>,
}

/// One right of the older register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingRight {
    /// The right, complete.
    pub right: Right,
    /// How it came into being there (登记类型).
    pub registration_type: RegistrationType,
    /// Number of its certificate or proof as written, old forms too.
    pub certificate_no: Option<String>,
    /// Day of its registration; none where the books have none.
    pub registered_on: Option<NaiveDate>,
    /// Day on which it ended; none when it stands or the books have none.
    pub ended_on: Option<NaiveDate>,
    /// Why it ended, in Chinese; a plain reason is put where none is given.
    pub end_reason: Option<String>,
    /// True when it is in force (现势).
    pub current: bool,
    /// Where its record came from.
    pub provenance: Provenance,
}

impl ExistingUnit {
    /// The unit's code (不动产单元号).
    #[must_use]
    pub fn code(&self) -> &UnitCode {
        match &self.subject {
            Subject::Dwelling(d) => &d.unit,
            Subject::Land(l) => &l.unit,
        }
    }
}

/// Why a stock cannot be taken over: it contradicts itself. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("不动产单元 {unit}：{what}。请先改正来源数据再导入，本次没有写入任何数据")]
pub struct Inconsistent {
    /// The unit.
    pub unit: String,
    /// What is wrong.
    pub what: String,
}

/// Checks that a stock does not contradict itself.
///
/// # Errors
/// [`Inconsistent`] names the first unit and fault.
pub fn check(units: &[ExistingUnit]) -> Result<(), Inconsistent> {
    let mut seen = BTreeSet::new();
    for unit in units {
        let code = unit.code();
        let wrong = |what: &str| Inconsistent {
            unit: code.as_str().to_owned(),
            what: what.to_owned(),
        };
        if !seen.insert(code) {
            return Err(wrong("在同一批存量数据中出现两次"));
        }
        if let Some(what) = fault(unit) {
            return Err(wrong(what));
        }
    }
    Ok(())
}

/// What is contradictory in a unit, in Chinese; none when it may be taken over.
#[must_use]
pub fn fault(unit: &ExistingUnit) -> Option<&'static str> {
    subject_fault(&unit.subject).or_else(|| rights_fault(unit))
}

fn subject_fault(subject: &Subject) -> Option<&'static str> {
    match subject {
        Subject::Dwelling(d) if d.unit.building().as_ref() != Some(&d.building) => {
            Some("单元代码与所在自然幢号不一致")
        }
        Subject::Land(l) if l.unit.fixture() != Fixture::None => {
            Some("宗地单元的代码应以 W00000000 结尾")
        }
        _ => None,
    }
}

fn rights_fault(unit: &ExistingUnit) -> Option<&'static str> {
    let earlier = unit.ownerships.len().saturating_sub(1);
    if unit.ownerships[..earlier].iter().any(|o| o.current) {
        return Some("有多个现势所有权，或者现势所有权不在最后");
    }
    if unit
        .ownerships
        .iter()
        .any(|o| !o.right.right_type.is_title())
    {
        return Some("所有权、使用权一栏里有其他种类的权利");
    }
    if unit.others.iter().any(|o| o.right.right_type.is_title()) {
        return Some("其他权利一栏里有所有权或者使用权");
    }
    let rights = || unit.ownerships.iter().chain(&unit.others);
    if rights().any(|r| r.current && r.ended_on.is_some()) {
        return Some("现势权利不应有终止日期");
    }
    if rights().any(|r| matches!((r.registered_on, r.ended_on), (Some(a), Some(b)) if b < a)) {
        return Some("权利的终止日期早于登记日期");
    }
    None
}
