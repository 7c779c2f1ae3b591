//! Running the rules on a case.

use dengbu_law::rules::{self, Violation};
use dengbu_law::state::UnitState;
use dengbu_register::read;
use dengbu_store::TenantTx;

use crate::case::Case;
use crate::{CaseError, Doing};

/// The units of a case as they stand now.
///
/// # Errors
/// A database error.
pub async fn units(tx: &mut TenantTx, case: &Case) -> Result<Vec<UnitState>, CaseError> {
    let mut found = Vec::with_capacity(case.units.len());
    for unit in &case.units {
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
    Ok(rules::check(
        case.business,
        &case.application,
        &states,
        doing.today(),
    ))
}

/// Refuses when anything still stands in the way.
pub(crate) fn require_clear(
    case: &Case,
    states: &[UnitState],
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let found = rules::check(case.business, &case.application, states, doing.today());
    let standing: Vec<Violation> = rules::standing(&found, &case.application)
        .into_iter()
        .cloned()
        .collect();
    if standing.is_empty() {
        Ok(())
    } else {
        Err(CaseError::Rules(standing))
    }
}
