//! Committed time limits (承诺时限) of an authority: shorter than the law's, never longer
//! (不动产登记暂行条例第二十条: the law sets the longest). Kept in `authority.settings`, key
//! `committed_days`; a business that is not there has the catalogue's number.

use dengbu_law::application::FieldError;
use dengbu_law::catalogue::Business;
use dengbu_store::TenantTx;
use serde_json::{Value, json};

use crate::CaseError;

/// The key of the committed limits within an authority's settings.
pub const SETTINGS_KEY: &str = "committed_days";

/// Working days an authority with these settings promises for a business. A number that the
/// law does not allow counts as the law's.
#[must_use]
pub fn committed(settings: &Value, business: &Business) -> u32 {
    own(settings, business).map_or(business.days.committed, |days| {
        days.min(business.days.legal)
    })
}

/// The number the authority has set itself, if it has.
#[must_use]
pub fn own(settings: &Value, business: &Business) -> Option<u32> {
    let days = settings.get(SETTINGS_KEY)?.get(&business.code)?.as_u64()?;
    u32::try_from(days).ok()
}

/// The settings of an authority.
///
/// # Errors
/// A database error.
pub async fn settings(tx: &mut TenantTx, authority: &str) -> Result<Value, CaseError> {
    let settings: Option<Value> =
        sqlx::query_scalar("select settings from authority where authority = $1")
            .bind(authority)
            .fetch_optional(tx.conn())
            .await?;
    Ok(settings.unwrap_or_default())
}

/// Sets the working days an authority promises for a business; none: the catalogue's again.
/// It holds for cases accepted from then on. Gives what held before.
///
/// # Errors
/// [`CaseError::Fields`] when the law does not allow the number; a database error.
pub async fn set(
    tx: &mut TenantTx,
    authority: &str,
    business: &Business,
    days: Option<u32>,
) -> Result<u32, CaseError> {
    tx.require(authority)?;
    let legal = business.days.legal;
    let least = legal.min(1);
    if days.is_some_and(|d| !(least..=legal).contains(&d)) {
        return Err(CaseError::Fields(vec![FieldError {
            field: "/days".to_owned(),
            code: "out_of_range",
            message: format!(
                "“{}”的承诺时限应在 {least} 到 {legal} 个工作日之间，只能短于法定时限（{legal} 个工作日），不能更长",
                business.short_name
            ),
        }]));
    }
    // the row is locked, so that two changes at once do not lose one
    let before: Value =
        sqlx::query_scalar("select settings from authority where authority = $1 for update")
            .bind(authority)
            .fetch_one(tx.conn())
            .await?;
    let mut all = before
        .get(SETTINGS_KEY)
        .cloned()
        .unwrap_or_else(|| json!({}));
    if let Some(map) = all.as_object_mut() {
        match days {
            Some(days) => map.insert(business.code.clone(), json!(days)),
            None => map.remove(&business.code),
        };
    }
    sqlx::query(
        "update authority set settings = settings || jsonb_build_object($2::text, $3::jsonb) where authority = $1",
    )
    .bind(authority)
    .bind(SETTINGS_KEY)
    .bind(all)
    .execute(tx.conn())
    .await?;
    Ok(committed(&before, business))
}

#[cfg(test)]
mod tests {
    use dengbu_law::catalogue;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_longer_than_the_law_counts_as_the_laws() {
        let sale = catalogue::business("200-04-02").unwrap();
        let with = |days: u32| json!({ "committed_days": { "200-04-02": days } });
        assert_eq!(committed(&json!({}), sale), sale.days.committed);
        assert_eq!(committed(&with(1), sale), 1);
        assert_eq!(committed(&with(99), sale), sale.days.legal);
        assert_eq!(
            committed(&json!({ "committed_days": 3 }), sale),
            sale.days.committed
        );
    }
}
