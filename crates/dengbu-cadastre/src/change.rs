//! What an entry changes about a unit itself: it comes into force, ends, gets another address.
//! What stood there before is kept, for whoever asks how things were on an earlier day.

use dengbu_model::address::normalise_address;
use dengbu_model::cadastre::UnitStatus;
use dengbu_model::unit_code::UnitCode;
use dengbu_store::TenantTx;

use crate::CadastreError;
use crate::load::bigrams;

/// Writes the change; what is none stays.
///
/// # Errors
/// A database error.
pub async fn apply(
    tx: &mut TenantTx,
    unit: &UnitCode,
    status: Option<UnitStatus>,
    new_address: Option<&str>,
) -> Result<(), CadastreError> {
    if status.is_none() && new_address.is_none() {
        return Ok(());
    }
    // Of several changes within one transaction only what was there before it counts.
    sqlx::query(
        "insert into estate_unit_history (county, unit_code, status, address)
         select county, unit_code, status, address from estate_unit
         where county = $1 and unit_code = $2
           and (status <> coalesce($3, status) or address <> coalesce($4, address))
         on conflict do nothing",
    )
    .bind(unit.county().as_str())
    .bind(unit.as_str())
    .bind(status.map(UnitStatus::code))
    .bind(new_address)
    .execute(tx.conn())
    .await?;
    if let Some(status) = status {
        sqlx::query("update estate_unit set status = $3 where county = $1 and unit_code = $2")
            .bind(unit.county().as_str())
            .bind(unit.as_str())
            .bind(status.code())
            .execute(tx.conn())
            .await?;
    }
    if let Some(text) = new_address {
        let norm = normalise_address(text);
        sqlx::query(
            "update estate_unit set address = $3, address_norm = $4, address_bigrams = $5
             where county = $1 and unit_code = $2",
        )
        .bind(unit.county().as_str())
        .bind(unit.as_str())
        .bind(text)
        .bind(&norm)
        .bind(bigrams(&norm))
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
