//! A unit as the register shows it at the moment of a check.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::quantity::Area;
use dengbu_model::right::{Mortgage, Right, RightDetail, Seizure};
use dengbu_model::unit_code::UnitCode;
use uuid::Uuid;

/// A right that stands in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRight {
    /// Identity of the right through all entries about it.
    pub right_id: Uuid,
    /// The unit it lies on.
    pub unit: UnitCode,
    /// The right as registered.
    pub right: Right,
    /// Its certificate or proof number, as written.
    pub certificate_no: Option<String>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// The case that made it; none for titles taken over from older systems.
    pub case_no: Option<String>,
}

/// Another case under way on the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// Case number (受理编号).
    pub case_no: String,
    /// Business code.
    pub business: String,
    /// True when its business disposes of the unit.
    pub exclusive: bool,
}

/// What the register and the desk know of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitState {
    /// The unit code (不动产单元号).
    pub unit: UnitCode,
    /// What the unit is.
    pub kind: UnitKind,
    /// Whether it is live (有效).
    pub status: UnitStatus,
    /// Its area in m².
    pub area: Option<Area>,
    /// Where it lies (坐落).
    pub address: String,
    /// Rights in force on the unit.
    pub rights: Vec<StandingRight>,
    /// Rights in force on the parcel's own unit: a seizure of the land reaches the house.
    pub land_rights: Vec<StandingRight>,
    /// Cases under way, other than the one under check.
    pub open_cases: Vec<OpenCase>,
}

impl UnitState {
    /// The current titles: rights of ownership or use that are shown on a title certificate.
    pub fn titles(&self) -> impl Iterator<Item = &StandingRight> {
        self.rights.iter().filter(|r| r.right.right_type.is_title())
    }

    /// Mortgages in force, in order of registration.
    #[must_use]
    pub fn mortgages(&self) -> Vec<(&StandingRight, &Mortgage)> {
        let mut found: Vec<_> = self
            .rights
            .iter()
            .filter_map(|r| match &r.right.detail {
                RightDetail::Mortgage(m) => Some((r, m)),
                _ => None,
            })
            .collect();
        found.sort_by_key(|(r, _)| (r.registered_at, r.right_id));
        found
    }

    /// Seizures of any kind that have not run out on that day.
    /// 最高人民法院查封扣押冻结规定第二十七条: without renewal the effect ends with the term.
    #[must_use]
    pub fn seizures_in_force(&self, today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
        in_force(&self.rights, today)
    }

    /// Seizures of the land in force on that day.
    #[must_use]
    pub fn land_seizures_in_force(&self, today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
        in_force(&self.land_rights, today)
    }

    /// The right with this identity.
    #[must_use]
    pub fn right(&self, right_id: Uuid) -> Option<&StandingRight> {
        self.rights.iter().find(|r| r.right_id == right_id)
    }
}

fn in_force(rights: &[StandingRight], today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
    rights
        .iter()
        .filter_map(|r| match &r.right.detail {
            RightDetail::Seizure(s) if s.end.is_none_or(|end| end >= today) => Some((r, s)),
            _ => None,
        })
        .collect()
}
