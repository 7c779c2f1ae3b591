//! The checklist of one case (收件材料清单): the catalogue's items and what the authority asked for
//! on top when the case was begun.

use chrono::NaiveDate;
use dengbu_law::materials::{self, ChecklistItem};
use dengbu_law::state::UnitState;

use crate::case::Case;
use crate::service;

impl Case {
    /// The checklist as it stands for these units on this day.
    #[must_use]
    pub fn checklist(&self, units: &[UnitState], today: NaiveDate) -> Vec<ChecklistItem> {
        materials::checklist_with(
            self.business,
            &self.application,
            units,
            &self.extra_materials,
            today,
        )
    }

    /// The name of an item of the checklist; none when the case has no such item.
    #[must_use]
    pub fn item_name(&self, code: &str) -> Option<&str> {
        let listed = self.business.materials.iter().find(|m| m.code == code);
        let extra = || self.extra_materials.iter().find(|m| m.code == code);
        listed
            .map(|m| m.name.as_str())
            .or_else(|| extra().map(|m| m.name.as_str()))
            .or((code == service::RECEIPT_ITEM).then_some(service::RECEIPT_NAME))
    }
}
