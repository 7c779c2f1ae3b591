//! Which materials an application needs (收件材料清单).

use chrono::NaiveDate;
use dengbu_model::party::CoOwnership;
use dengbu_model::right::RightDetail;

use crate::application::Application;
use crate::catalogue::{Business, MaterialCondition, MaterialItem};
use crate::extra::ExtraMaterial;
use crate::state::UnitState;

/// An item of the checklist as it stands for one application.
#[derive(Debug, Clone)]
pub struct ChecklistItem {
    /// The catalogue's item, or one the authority asks for on top.
    pub item: MaterialItem,
    /// True when this application must bring it.
    pub required: bool,
}

/// The checklist for an application on these units as of `today`: who is a minor is told by the day.
#[must_use]
pub fn checklist(
    business: &Business,
    application: &Application,
    units: &[UnitState],
    today: NaiveDate,
) -> Vec<ChecklistItem> {
    business
        .materials
        .iter()
        .map(|item| ChecklistItem {
            item: item.clone(),
            required: item.required
                || item
                    .when
                    .is_some_and(|c| holds(c, application, units, today)),
        })
        .collect()
}

/// The same with what the authority asks for on top; nothing of the catalogue is lost by it.
#[must_use]
pub fn checklist_with(
    business: &Business,
    application: &Application,
    units: &[UnitState],
    extras: &[ExtraMaterial],
    today: NaiveDate,
) -> Vec<ChecklistItem> {
    let mut list = checklist(business, application, units, today);
    list.extend(extras.iter().map(|e| ChecklistItem {
        item: e.item(),
        required: e.required,
    }));
    list
}

/// Items of the checklist that are required but not among the items received.
#[must_use]
pub fn missing<'a>(checklist: &'a [ChecklistItem], received: &[String]) -> Vec<&'a ChecklistItem> {
    checklist
        .iter()
        .filter(|c| c.required && !received.contains(&c.item.code))
        .collect()
}

fn holds(
    condition: MaterialCondition,
    application: &Application,
    units: &[UnitState],
    today: NaiveDate,
) -> bool {
    let stands = |f: fn(&RightDetail) -> bool| {
        units
            .iter()
            .flat_map(|u| &u.rights)
            .any(|r| f(&r.right.detail))
    };
    match condition {
        MaterialCondition::Agent => application.persons().any(|p| p.agent.is_some()),
        MaterialCondition::MortgageeConsent => stands(
            |d| matches!(d, RightDetail::Mortgage(m) if m.transfer_restricted != Some(false)),
        ),
        MaterialCondition::Mortgaged => stands(|d| matches!(d, RightDetail::Mortgage(_))),
        MaterialCondition::Noticed => stands(|d| matches!(d, RightDetail::PriorityNotice(_))),
        MaterialCondition::Guardian => application.persons().any(|p| crate::rules::minor(p, today)),
        MaterialCondition::Asked => false,
        MaterialCondition::AllocatedLand => units.iter().any(UnitState::allocated_land),
        MaterialCondition::ByShares => units
            .iter()
            .flat_map(UnitState::titles)
            .any(|t| t.right.co_ownership == CoOwnership::ByShares),
    }
}
