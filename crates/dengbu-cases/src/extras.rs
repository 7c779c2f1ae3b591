//! Materials an authority asks for on top of the catalogue (机构加收材料): kept in
//! `authority.settings`, key `extra_materials`, by business. They hold for cases begun from then
//! on; [`crate::open`] keeps the list of that moment with the case.

use dengbu_law::catalogue::Business;
use dengbu_law::extra::{self, ExtraMaterial};
use dengbu_store::TenantTx;
use serde_json::{Value, json};

use crate::CaseError;

/// The key within an authority's settings.
pub const SETTINGS_KEY: &str = "extra_materials";

/// What an authority with these settings asks for on top. What is stored and does not do is left
/// out as a whole: the catalogue's own list stands in any case.
#[must_use]
pub fn of(settings: &Value, business: &Business) -> Vec<ExtraMaterial> {
    let stored = settings
        .get(SETTINGS_KEY)
        .and_then(|all| all.get(&business.code));
    let Some(stored) = stored else {
        return Vec::new();
    };
    match serde_json::from_value::<Vec<ExtraMaterial>>(stored.clone()) {
        Ok(items) if extra::faults(business, &items).is_empty() => items,
        _ => {
            tracing::error!(business = %business.code, "extra_materials in authority.settings is unusable, left out");
            Vec::new()
        }
    }
}

/// Sets what an authority asks for on top for a business; an empty list: nothing.
///
/// # Errors
/// [`CaseError::Fields`]; a database error.
pub async fn set(
    tx: &mut TenantTx,
    authority: &str,
    business: &Business,
    items: &[ExtraMaterial],
) -> Result<(), CaseError> {
    tx.require(authority)?;
    let faults = extra::faults(business, items);
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    // one statement: two changes at once do not lose one
    sqlx::query(
        "update authority set settings = settings || jsonb_build_object($2::text,
             coalesce(settings -> $2, '{}'::jsonb) || jsonb_build_object($3::text, $4::jsonb))
         where authority = $1",
    )
    .bind(authority)
    .bind(SETTINGS_KEY)
    .bind(&business.code)
    .bind(json!(items))
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use dengbu_law::catalogue;

    use super::*;

    #[test]
    fn what_is_stored_and_does_not_do_takes_nothing_from_the_catalogue() {
        let sale = catalogue::business("200-04-02").unwrap();
        let good =
            json!([{ "code": "JS1", "name": "结清证明", "required": true, "basis": "示例" }]);
        let with = |items: Value| json!({ SETTINGS_KEY: { "200-04-02": items } });
        assert_eq!(of(&with(good), sale).len(), 1);
        for bad in [
            json!("none"),
            json!([{ "code": "A1", "name": "替换申请书", "required": false, "basis": "示例" }]),
            json!([{ "code": "JS1", "name": "结清证明", "required": true }]),
        ] {
            assert!(of(&with(bad), sale).is_empty());
        }
        assert!(of(&json!({}), sale).is_empty());
    }
}
