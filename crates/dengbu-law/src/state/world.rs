//! The units of a case together, and what entries make of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use dengbu_model::right::RightDetail;
use dengbu_model::unit_code::{Fixture, UnitCode};

use super::{Houses, PastRight, StandingRight, UnitState};
use crate::calendar::Calendar;
use crate::effect::EntryDraft;

/// Units as they stand, by code. Entries are applied to it one after the other: a combined
/// business is checked and drafted part by part, and a scenario plays a whole register.
#[derive(Debug, Clone, Default)]
pub struct World {
    units: BTreeMap<UnitCode, UnitState>,
    order: Vec<UnitCode>,
    calendar: Calendar,
}

impl World {
    /// A world of these units, in this order, with the working days of their authority.
    #[must_use]
    pub fn new(units: impl IntoIterator<Item = UnitState>, calendar: &Calendar) -> Self {
        let mut world = Self {
            calendar: calendar.clone(),
            ..Self::default()
        };
        for unit in units {
            world.put(unit);
        }
        world
    }

    /// The working days of the authority: some periods end on none of its days off.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Puts a unit in, in place of what was there under its code.
    pub fn put(&mut self, unit: UnitState) {
        if !self.units.contains_key(&unit.unit) {
            self.order.push(unit.unit.clone());
        }
        self.units.insert(unit.unit.clone(), unit);
    }

    /// One unit.
    #[must_use]
    pub fn unit(&self, code: &UnitCode) -> Option<&UnitState> {
        self.units.get(code)
    }

    /// One unit, to change what is known of it besides its rights.
    pub fn unit_mut(&mut self, code: &UnitCode) -> Option<&mut UnitState> {
        self.units.get_mut(code)
    }

    /// All units in the order in which they were put in.
    pub fn units(&self) -> impl Iterator<Item = &UnitState> {
        self.order.iter().filter_map(|c| self.units.get(c))
    }

    /// What entries change, in their order: rights end, rights stand, units themselves change.
    pub fn apply(&mut self, drafts: &[EntryDraft], at: DateTime<Utc>) {
        let mut parcels = BTreeSet::new();
        for draft in drafts {
            self.enter(draft, at);
            parcels.insert(draft.unit.parcel().as_str().to_owned());
        }
        for parcel in parcels {
            self.relink(&parcel);
        }
    }

    fn enter(&mut self, draft: &EntryDraft, at: DateTime<Utc>) {
        let Some(unit) = self.units.get_mut(&draft.unit) else {
            return;
        };
        for ended in &draft.ends {
            if let Some(i) = unit
                .rights
                .iter()
                .position(|r| r.right_id == ended.right_id)
            {
                let right = unit.rights.remove(i);
                unit.past.push(PastRight {
                    right,
                    ended_by: draft.creates.then_some(draft.right_id),
                });
            }
        }
        if draft.creates {
            unit.rights.push(StandingRight {
                right_id: draft.right_id,
                unit: draft.unit.clone(),
                right: draft.right.clone(),
                certificate_no: draft.continues_no.clone(),
                registered_at: at,
                case_no: None,
            });
        }
        if let Some(change) = &draft.unit_change {
            if let Some(status) = change.status {
                unit.status = status;
            }
            if let Some(address) = &change.address {
                unit.address.clone_from(address);
            }
        }
    }

    /// Land and what stands on it see each other (房地一体, 民法典第三百五十六条、第三百五十七条).
    pub fn relink(&mut self, parcel: &str) {
        let on_parcel = |u: &&UnitState| u.unit.parcel().as_str() == parcel;
        let is_land = |u: &UnitState| u.unit.fixture() == Fixture::None;
        let Some(land) = self.units.values().find(|u| on_parcel(u) && is_land(u)) else {
            return;
        };
        let land_rights = land.rights.clone();
        let land_code = land.unit.clone();
        let mut houses = Houses::default();
        for house in self.units.values().filter(|u| on_parcel(u) && !is_land(u)) {
            houses.titles += u32::from(house.titles().next().is_some());
            houses.seizures.extend(
                house
                    .rights
                    .iter()
                    .filter(|r| matches!(r.right.detail, RightDetail::Seizure(_)))
                    .cloned(),
            );
        }
        for unit in self.units.values_mut() {
            if unit.unit == land_code {
                unit.houses.clone_from(&houses);
            } else if unit.unit.parcel().as_str() == parcel {
                unit.land_rights.clone_from(&land_rights);
            }
        }
    }
}
