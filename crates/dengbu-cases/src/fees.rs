//! Where cases and fees meet: what fees need to know of a case, orders issued at acceptance, closed
//! when the case ends without registration, and asked for before a certificate is made.

use std::collections::BTreeMap;

use dengbu_cadastre::facts::{self, UnitFacts};
use dengbu_fees::assess::{Part, Payer, Unit, chargeable};
use dengbu_fees::desk::gate::{self, Wants};
use dengbu_fees::desk::orders::{self, CaseFacts};
use dengbu_fees::gateway;
use dengbu_fees::tariff::UseClass;
use dengbu_law::application::Application;
use dengbu_law::flow::Move;
use dengbu_law::state::UnitState;
use dengbu_model::cadastre::Dwelling;
use dengbu_model::party::PartyKind;
use dengbu_model::right::RightDetail;
use dengbu_model::unit_code::{Fixture, UnitCode};
use dengbu_store::TenantTx;

use crate::case::Case;
use crate::{CaseError, Doing, check};

/// 房屋类型 6: 车库.
const GARAGE: &str = "6";

/// Who does it, as fees record it.
#[must_use]
pub fn doing<'a>(case: &'a Case, doing: &Doing<'a>) -> dengbu_fees::Doing<'a> {
    dengbu_fees::Doing {
        staff_id: doing.staff_id,
        name: doing.name,
        office_id: case.office_id.as_deref(),
        now: doing.now,
        ids: doing.ids,
    }
}

/// What fees need to know of a case.
///
/// # Errors
/// [`CaseError::Fields`] when a combined application lacks a part.
pub async fn facts(tx: &mut TenantTx, case: &Case) -> Result<CaseFacts, CaseError> {
    let parts = case
        .application
        .parts(case.business)
        .map_err(|f| CaseError::Fields(vec![f]))?;
    let uses = uses(tx, case).await?;
    let units: Vec<Unit> = case
        .units
        .iter()
        .map(|code| Unit {
            code: code.clone(),
            class: uses.get(code).copied().unwrap_or(UseClass::Unknown),
        })
        .collect();
    let parts = (1..)
        .zip(parts)
        .map(|(ordinal, (business, application))| Part {
            ordinal,
            business,
            units: units.clone(),
            certificates_per_unit: certificates(&application),
            payer: payer(&application),
        })
        .collect();
    Ok(CaseFacts {
        county: case.county.clone(),
        case_no: case.case_no.clone(),
        authority: case.authority.clone(),
        address: case.address.clone(),
        parts,
    })
}

/// The parts of a case something is charged for.
#[must_use]
pub fn charged_parts(case: &Case) -> Vec<u8> {
    let fees = if case.business.parts.is_empty() {
        vec![case.business.fee]
    } else {
        let part = |code: &String| dengbu_law::catalogue::business(code).map(|b| b.fee);
        case.business.parts.iter().filter_map(part).collect()
    };
    (1..)
        .zip(fees)
        .filter(|(_, fee)| chargeable(*fee))
        .map(|(ordinal, _)| ordinal)
        .collect()
}

fn certificates(application: &Application) -> u32 {
    if application.separate_certificates {
        u32::try_from(application.holders.len()).unwrap_or(u32::MAX)
    } else {
        1
    }
}

/// The side that is registered as holder; of an objection or the like, who applies.
fn payer(application: &Application) -> Payer {
    let holders = application.holders.iter().map(|h| &h.party);
    let mut side: Vec<_> = holders.collect();
    if side.is_empty() {
        side = application.obligors.iter().collect();
    }
    Payer {
        name: side
            .iter()
            .map(|p| p.name.trim())
            .collect::<Vec<_>>()
            .join("、"),
        individual: side.iter().all(|p| p.kind == PartyKind::Person),
    }
}

/// What each unit is for: as surveyed, else as the title says.
async fn uses(tx: &mut TenantTx, case: &Case) -> Result<BTreeMap<UnitCode, UseClass>, CaseError> {
    let codes: Vec<String> = case.units.iter().map(|u| u.as_str().to_owned()).collect();
    let surveyed = facts::units(tx, &codes).await?;
    let mut found: BTreeMap<UnitCode, UseClass> = case
        .units
        .iter()
        .map(|unit| {
            let own = surveyed.iter().find(|f| f.unit_code == unit.as_str());
            (unit.clone(), class(unit, own))
        })
        .collect();
    if found.values().any(|c| *c == UseClass::Unknown) {
        for state in check::units(tx, case).await? {
            if let Some(slot) = found.get_mut(&state.unit)
                && *slot == UseClass::Unknown
            {
                *slot = titled(&state);
            }
        }
    }
    Ok(found)
}

fn class(unit: &UnitCode, surveyed: Option<&UnitFacts>) -> UseClass {
    if unit.fixture() != Fixture::House {
        // 发改价格规〔2016〕2559号: what is no dwelling with its land is 非住宅类
        return UseClass::NonResidential;
    }
    let dwelling = surveyed.and_then(|f| serde_json::from_value::<Dwelling>(f.facts.clone()).ok());
    let garage = dwelling
        .and_then(|d| d.kind)
        .is_some_and(|k| k.as_str() == GARAGE);
    if garage {
        return UseClass::Garage;
    }
    UseClass::of_house(surveyed.and_then(|f| f.use_code.as_deref()))
}

fn titled(state: &UnitState) -> UseClass {
    let planned = state.titles().find_map(|t| match &t.right.detail {
        RightDetail::BuildingOwnership(b) => b.planned_use.as_ref().map(|c| c.as_str()),
        _ => None,
    });
    UseClass::of_house(planned)
}

/// Refuses a step that the fee stands before.
pub(crate) async fn before(tx: &mut TenantTx, case: &Case, action: Move) -> Result<(), CaseError> {
    let wants = match action {
        Move::MakeCertificate => Wants::Certificate,
        Move::Deliver => Wants::Delivery,
        _ => return Ok(()),
    };
    let parts = charged_parts(case);
    gate::require_settled(tx, &case.authority, &case.case_no, &parts, wants).await?;
    Ok(())
}

/// What a move means for the fee: an accepted case is charged, an ended one owes nothing.
pub(crate) async fn after(
    tx: &mut TenantTx,
    case: &Case,
    action: Move,
    by: &Doing<'_>,
) -> Result<(), CaseError> {
    match action {
        Move::Submit | Move::AutoDecide if !charged_parts(case).is_empty() => {
            let known = facts(tx, case).await?;
            orders::charge(tx, gateway::bills(), &known, &doing(case, by)).await?;
        }
        Move::RejectAcceptance | Move::Refuse | Move::Withdraw => {
            orders::close(tx, &case.case_no, &doing(case, by)).await?;
        }
        _ => {}
    }
    Ok(())
}
