//! A unit as the register shows it at the moment of a check, and the units of a case together.

mod world;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::quantity::Area;
use dengbu_model::right::{Mortgage, Right, RightDetail, Seizure};
use dengbu_model::unit_code::UnitCode;
use uuid::Uuid;

pub use world::World;

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
    /// Use of the unit as surveyed (用途), a code of the standard.
    pub use_code: Option<String>,
    /// How the land was obtained (权利性质, QLXZ), such as `101` for 划拨.
    pub land_nature: Option<String>,
    /// What stands on the land, where the unit is land.
    pub houses: Houses,
    /// Rights that ended on the unit, with what ended them.
    pub past: Vec<PastRight>,
    /// Other units on the same certificate (一证多房).
    pub certificate_units: Vec<UnitCode>,
}

/// What stands on a parcel, as its own unit sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Houses {
    /// How many units on it have a title.
    pub titles: u32,
    /// Seizures of units on it.
    pub seizures: Vec<StandingRight>,
}

/// A right that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRight {
    /// The right as it stood.
    pub right: StandingRight,
    /// The right that the entry which ended it created, if it created one.
    pub ended_by: Option<Uuid>,
}

impl UnitState {
    /// A unit of which only its code and kind are known; nothing is registered on it.
    #[must_use]
    pub fn bare(unit: UnitCode, kind: UnitKind) -> Self {
        Self {
            unit,
            kind,
            status: UnitStatus::Live,
            area: None,
            address: String::new(),
            rights: Vec::new(),
            land_rights: Vec::new(),
            open_cases: Vec::new(),
            use_code: None,
            land_nature: None,
            houses: Houses::default(),
            past: Vec::new(),
            certificate_units: Vec::new(),
        }
    }

    /// True for dwellings by their use: 住宅 is 10 to 19 in 房屋用途 (FWYT); the land under
    /// them is 07 in 土地用途 (GB/T 21010, and 用地用海分类 alike).
    #[must_use]
    pub fn residential(&self) -> bool {
        if self.kind == UnitKind::Land {
            let registered = self.titles().find_map(|t| match &t.right.detail {
                RightDetail::LandUse(l) => l.use_code.as_ref().map(|c| c.as_str().to_owned()),
                _ => None,
            });
            return registered
                .or_else(|| self.use_code.clone())
                .is_some_and(|u| u.starts_with("07"));
        }
        let planned = self.titles().find_map(|t| match &t.right.detail {
            RightDetail::BuildingOwnership(b) => {
                b.planned_use.as_ref().map(|c| c.as_str().to_owned())
            }
            _ => None,
        });
        planned
            .or_else(|| self.use_code.clone())
            .is_some_and(|u| u.starts_with('1'))
    }

    /// True when the land was allocated, not granted (划拨, 权利性质 101).
    #[must_use]
    pub fn allocated_land(&self) -> bool {
        self.land_nature.as_deref() == Some("101")
    }

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
    /// 最高人民法院查封扣押冻结规定第二十七条: without renewal the effect ends with the term;
    /// the term of one that waits has not begun (第二十六条: it takes effect when the one
    /// before it ends).
    #[must_use]
    pub fn seizures_in_force(&self, today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
        in_force(&self.rights, today)
    }

    /// Seizures of the land in force on that day.
    #[must_use]
    pub fn land_seizures_in_force(&self, today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
        in_force(&self.land_rights, today)
    }

    /// Seizures of what stands on the land in force on that day.
    #[must_use]
    pub fn house_seizures_in_force(&self, today: NaiveDate) -> Vec<(&StandingRight, &Seizure)> {
        in_force(&self.houses.seizures, today)
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
            RightDetail::Seizure(s)
                if s.kind.is_waiting() || s.end.is_none_or(|end| end >= today) =>
            {
                Some((r, s))
            }
            _ => None,
        })
        .collect()
}
