//! Saving the application while the case is being accepted.

use dengbu_law::application::Application;
use dengbu_store::TenantTx;

use crate::case::{Case, load, require_version};
use crate::{CaseError, Doing};

/// Saves the application of a draft; gives the case as it then is.
///
/// # Errors
/// [`CaseError::Fields`] for what is wrong in itself (a draft may be
/// incomplete), [`CaseError::Stale`], [`CaseError::NotEditable`].
pub async fn save(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    mut application: Application,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    if !case.editable() {
        return Err(CaseError::NotEditable);
    }
    application.normalise(doing.today());
    let faults = application.validate(case.business, doing.today(), false);
    // identity numbers half typed may be saved; what cannot be stored sensibly may not
    let hard: Vec<_> = faults
        .into_iter()
        .filter(|f| {
            matches!(
                f.code,
                "too_long"
                    | "too_many"
                    | "detail_mismatch"
                    | "content_mismatch"
                    | "parts_mismatch"
                    | "unknown_business"
                    | "date_order"
                    | "date_in_future"
            )
        })
        .collect();
    if !hard.is_empty() {
        return Err(CaseError::Fields(hard));
    }
    sqlx::query(
        "update registration_case set application = $3, holders_summary = $4, obligors_summary = $5,
             version = version + 1 where county = $1 and case_no = $2",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(sqlx::types::Json(&application))
    .bind(holder_names(&application))
    .bind(obligor_names(&application))
    .execute(tx.conn())
    .await?;
    load(tx, case_no, false).await
}

/// Names of the holders, for lists.
#[must_use]
pub fn holder_names(application: &Application) -> String {
    join(application.holders.iter().map(|h| h.party.name.as_str()))
}

/// Names of the obligors, for lists.
#[must_use]
pub fn obligor_names(application: &Application) -> String {
    join(application.obligors.iter().map(|p| p.name.as_str()))
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .filter(|n| !n.is_empty())
        .collect::<Vec<_>>()
        .join("、")
}
