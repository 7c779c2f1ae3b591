//! Beginning a case: the draft is filled from the register.

use dengbu_law::application::{FieldError, prefill};
use dengbu_law::catalogue::{self, Business};
use dengbu_law::flow::{CaseState, Step};
use dengbu_law::state::UnitState;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::{numbers, read};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::{CaseError, Doing, extras, promise};

/// Units in one case at most: the dwellings of a developer's whole project. They are recorded
/// in one transaction, all or none.
pub const UNITS_MAX: usize = 3_000;

/// What a new case is about.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Business code.
    pub business: String,
    /// Units.
    pub units: Vec<UnitCode>,
    /// The right acted on, where the business needs one.
    pub target_right_id: Option<Uuid>,
    /// Registration authority of the units.
    pub authority: String,
    /// Office point that takes it.
    pub office_id: Option<String>,
    /// The authority the office belongs to; not always the one of the units (同城通办).
    pub office_authority: String,
    /// Its name; the authority of the land does not see the offices of others.
    pub office_name: Option<String>,
    /// How it came in: `counter`, `court`, …
    pub source: String,
}

fn fault(field: &str, code: &'static str, message: impl Into<String>) -> CaseError {
    CaseError::Fields(vec![FieldError {
        field: field.to_owned(),
        code,
        message: message.into(),
    }])
}

/// Begins a case as a draft; gives its number.
///
/// # Errors
/// [`CaseError::Fields`] for units that do not go together, [`CaseError::UnitBusy`]
/// when another open case disposes of one of them.
pub async fn open(
    tx: &mut TenantTx,
    new: &NewCase,
    doing: &Doing<'_>,
) -> Result<String, CaseError> {
    let business = catalogue::business(&new.business)
        .ok_or_else(|| CaseError::UnknownBusiness(new.business.clone()))?;
    let county = shared_county(&new.units)?;
    let mut states = Vec::with_capacity(new.units.len());
    for unit in &new.units {
        states.push(read::unit_state(tx, unit, None).await?);
    }
    busy(business, &states)?;
    let application =
        prefill(business, &states, new.target_right_id).map_err(|f| CaseError::Fields(vec![f]))?;
    let settings = promise::settings(tx, &new.authority).await?;
    let extras = extras::of(&settings, business);
    let number = numbers::draw_case_number(tx, &county, doing.today()).await?;
    let case_no = number.as_str().to_owned();
    sqlx::query(
        "insert into registration_case (county, case_no, authority, business, state, step, source, application,
             target_right_id, address, holders_summary, obligors_summary, office_id, taken_by, taken_by_name,
             created_at, arrived_at, assignee, assignee_name,
             office_authority, office_name, extra_materials)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $14, $15, $17, $18, $19)",
    )
    .bind(&county)
    .bind(&case_no)
    .bind(&new.authority)
    .bind(&business.code)
    .bind(CaseState::Draft.code())
    .bind(Step::Acceptance.code())
    .bind(&new.source)
    .bind(sqlx::types::Json(&application))
    .bind(new.target_right_id)
    .bind(address(&states))
    .bind(crate::draft::holder_names(&application))
    .bind(crate::draft::obligor_names(&application))
    .bind(&new.office_id)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(doing.now)
    .bind(&new.office_authority)
    .bind(&new.office_name)
    .bind(sqlx::types::Json(&extras))
    .execute(tx.conn())
    .await?;
    attach(tx, business, &county, &case_no, &new.units).await?;
    Ok(case_no)
}

async fn attach(
    tx: &mut TenantTx,
    business: &Business,
    county: &str,
    case_no: &str,
    units: &[UnitCode],
) -> Result<(), CaseError> {
    for (ordinal, unit) in units.iter().enumerate() {
        let done = sqlx::query(
            "insert into case_unit (county, case_no, unit_code, ordinal, exclusive) values ($1, $2, $3, $4, $5)",
        )
        .bind(county)
        .bind(case_no)
        .bind(unit.as_str())
        .bind(i32::try_from(ordinal).unwrap_or(i32::MAX))
        .bind(business.exclusive)
        .execute(tx.conn())
        .await;
        if let Err(e) = done {
            // two clerks began at the same moment: the index lets only one through (R01)
            let raced = e
                .as_database_error()
                .is_some_and(|d| d.constraint() == Some("case_unit_one_exclusive"));
            return Err(if raced {
                CaseError::UnitBusy {
                    unit: unit.grouped(),
                    other: "（刚刚由他人受理）".to_owned(),
                }
            } else {
                e.into()
            });
        }
    }
    Ok(())
}

fn shared_county(units: &[UnitCode]) -> Result<String, CaseError> {
    let first = units
        .first()
        .ok_or_else(|| fault("/units", "required", "请选择不动产单元"))?;
    if units.len() > UNITS_MAX {
        return Err(fault(
            "/units",
            "too_many",
            format!("一件业务最多 {UNITS_MAX} 个不动产单元"),
        ));
    }
    let mut seen: Vec<&UnitCode> = units.iter().collect();
    seen.sort();
    seen.dedup();
    if seen.len() != units.len() {
        return Err(fault("/units", "duplicate", "不动产单元重复"));
    }
    if units.iter().any(|u| u.county() != first.county()) {
        return Err(fault(
            "/units",
            "mixed_counties",
            "一件业务的不动产单元应在同一县（区）",
        ));
    }
    Ok(first.county().as_str().to_owned())
}

fn busy(business: &Business, states: &[UnitState]) -> Result<(), CaseError> {
    if !business.exclusive {
        return Ok(());
    }
    for s in states {
        if let Some(other) = s.open_cases.iter().find(|o| o.exclusive) {
            return Err(CaseError::UnitBusy {
                unit: s.unit.grouped(),
                other: other.case_no.clone(),
            });
        }
    }
    Ok(())
}

fn address(states: &[UnitState]) -> String {
    match states {
        [one] => one.address.clone(),
        [first, ..] => format!("{} 等 {} 个单元", first.address, states.len()),
        [] => String::new(),
    }
}
