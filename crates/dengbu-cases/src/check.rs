//! Running the rules on a case.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use dengbu_law::calendar::Calendar;
use dengbu_law::effect;
use dengbu_law::rules::{self, Severity, Violation};
use dengbu_law::state::{UnitState, World};
use dengbu_model::right::{Right, RightFinding};
use dengbu_register::read;
use dengbu_store::TenantTx;
use serde::Deserialize;
use uuid::Uuid;

use crate::case::Case;
use crate::progress::{self, Stage};
use crate::{CaseError, Doing, days};

/// What the parts of a right that do not go together are reported as.
pub const CONTENT_RULE: &str = "R_CONTENT";
/// Tables, field codes and value ranges of what the register holds.
const CONTENT_LAW: &str = "《不动产登记数据库标准》（TD/T 1066-2021）";

/// The units of a case as they stand now.
///
/// # Errors
/// A database error.
pub async fn units(tx: &mut TenantTx, case: &Case) -> Result<Vec<UnitState>, CaseError> {
    let mut found = Vec::with_capacity(case.units.len());
    for (i, unit) in case.units.iter().enumerate() {
        progress::tell(Stage::Reading, i, case.units.len());
        found.push(read::unit_state(tx, unit, Some(&case.case_no)).await?);
    }
    Ok(found)
}

/// What the rules say to the application as saved.
///
/// # Errors
/// A database error.
pub async fn violations(
    tx: &mut TenantTx,
    case: &Case,
    doing: &Doing<'_>,
) -> Result<Vec<Violation>, CaseError> {
    let states = units(tx, case).await?;
    let calendar = days::calendar(tx, &case.authority).await?;
    Ok(on(case, &states, &calendar, doing))
}

/// The same on units already read: the rules of law, and whether the rights that would be
/// entered are whole in themselves.
#[must_use]
pub fn on(
    case: &Case,
    states: &[UnitState],
    calendar: &Calendar,
    doing: &Doing<'_>,
) -> Vec<Violation> {
    let today = doing.today();
    let mut found = rules::check(case.business, &case.application, states, calendar, today);
    found.extend(content(case, states, calendar, doing));
    found.sort_by_key(|v| std::cmp::Reverse(v.severity));
    rules::folded(found)
}

/// What does not go together in the rights that the case would enter. What an older book holds
/// already is taken over as it is: nobody at the counter can mend it.
fn content(
    case: &Case,
    states: &[UnitState],
    calendar: &Calendar,
    doing: &Doing<'_>,
) -> Vec<Violation> {
    // identities are counted, not drawn: nothing of this is kept
    let next = std::cell::Cell::new(1_u128);
    let ids = || {
        next.set(next.get() + 1);
        Uuid::from_u128(next.get())
    };
    let world = World::new(states.to_vec(), calendar);
    let drafts = effect::draft(
        case.business,
        &case.application,
        &world,
        doing.now,
        doing.today(),
        &ids,
    );
    // an application that is not complete yet is reported by its fields
    let Ok(drafts) = drafts else {
        return Vec::new();
    };
    let standing: Vec<&Right> = states
        .iter()
        .flat_map(|s| s.rights.iter().chain(&s.land_rights))
        .map(|r| &r.right)
        .collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for d in drafts.iter().filter(|d| d.creates) {
        for f in new_findings(&d.right, &standing) {
            if seen.insert((d.unit.clone(), f.field.clone(), f.message.clone())) {
                found.push(violation(d.unit.as_str(), &d.right, &f));
            }
        }
    }
    found
}

/// Findings of a right that no right standing already has.
fn new_findings(right: &Right, standing: &[&Right]) -> Vec<RightFinding> {
    let mut found = right.findings();
    if !found.is_empty() {
        let inherited: Vec<RightFinding> = standing.iter().flat_map(|r| r.findings()).collect();
        found.retain(|f| !inherited.contains(f));
    }
    found
}

fn violation(unit: &str, right: &Right, f: &RightFinding) -> Violation {
    let name = right.right_type.name_zh();
    let said = format!(
        "拟登记的{name}内容不符合数据标准：{}，请核对后修改",
        f.message
    );
    Violation {
        rule: CONTENT_RULE.to_owned(),
        severity: Severity::Block,
        citizen_message: said.clone(),
        message: said,
        law: CONTENT_LAW.to_owned(),
        // the field of the right, which need not be one of the application
        field: None,
        unit_code: Some(unit.to_owned()),
    }
}

/// Refuses when anything still stands in the way; gives what was found and may stand.
pub(crate) fn require_clear(
    case: &Case,
    states: &[UnitState],
    calendar: &Calendar,
    doing: &Doing<'_>,
) -> Result<Vec<Violation>, CaseError> {
    let found = on(case, states, calendar, doing);
    let standing: Vec<Violation> = rules::standing(&found, &case.application)
        .into_iter()
        .cloned()
        .collect();
    if standing.is_empty() {
        Ok(found)
    } else {
        Err(CaseError::Rules(standing))
    }
}

/// What the rules said when the case was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRecording {
    /// When.
    pub at: DateTime<Utc>,
    /// What was found and taken note of.
    pub violations: Vec<Violation>,
}

/// What the rules said when the case was recorded; none before that, or where the event of
/// the recording does not tell.
#[must_use]
pub fn at_recording(case: &Case) -> Option<AtRecording> {
    #[derive(Deserialize)]
    struct Told {
        checks: Vec<Violation>,
    }
    let at = case.recorded_at?;
    let event = case.events.iter().rev().find(|e| {
        use dengbu_law::flow::Move;
        e.action == Move::Record.code() || e.action == Move::AutoDecide.code()
    })?;
    let told: Told = serde_json::from_value(event.detail.clone()?).ok()?;
    Some(AtRecording {
        at,
        violations: told.checks,
    })
}

#[cfg(test)]
mod tests {
    use dengbu_model::party::CoOwnership;
    use dengbu_model::right::RightType;
    use serde_json::{Value, json};

    use super::*;

    fn house(detail: Value) -> Right {
        Right {
            right_type: RightType::StateConstructionLandAndBuilding,
            co_ownership: CoOwnership::Sole,
            holders: Vec::new(),
            obligors: Vec::new(),
            detail: serde_json::from_value(detail).unwrap(),
            other_conditions: None,
            remarks: None,
        }
    }

    /// What was entered now must be whole; what an older book holds is taken over as it is.
    #[test]
    fn only_what_is_new_is_found_fault_with() {
        let kind = "building_ownership";
        let odd = house(json!({ "kind": kind, "nature": "7777" }));
        let worse = house(json!({ "kind": kind, "nature": "7777", "planned_use": "XX" }));
        let good = house(json!({ "kind": kind, "nature": "0", "planned_use": "10" }));
        assert!(new_findings(&good, &[]).is_empty());
        assert_eq!(new_findings(&odd, &[&good]).len(), 1);
        assert!(new_findings(&odd, &[&good, &odd]).is_empty());
        let found = new_findings(&worse, &[&odd]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "/detail/planned_use");
        let v = violation("510402001003GB00012F00030027", &worse, &found[0]);
        assert_eq!(
            (v.rule.as_str(), v.severity),
            (CONTENT_RULE, Severity::Block)
        );
        assert!(v.message.contains("“XX”不在代码表"), "{}", v.message);
    }
}
