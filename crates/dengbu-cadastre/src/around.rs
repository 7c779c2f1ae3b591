//! What lies around a parcel, for the plan of its certificate.

use dengbu_model::cadastre::Polygon;
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::CadastreError;

/// Parcels looked at most.
const MAX: i64 = 500;

/// Boundaries of the other parcels in the same cadastral sub-district (地籍子区, the first twelve
/// characters of the parcel code), with their codes.
///
/// # Errors
/// A database error.
pub async fn parcels(
    tx: &mut TenantTx,
    parcel_code: &str,
) -> Result<Vec<(String, Polygon)>, CadastreError> {
    let rows: Vec<(String, Value)> = sqlx::query_as(
        "select parcel_code, ring from parcel
         where county = left($1, 6) and parcel_code like left($1, 12) || '%' and parcel_code <> $1
           and ring is not null
         order by parcel_code limit $2",
    )
    .bind(parcel_code)
    .bind(MAX)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(code, ring)| Some((code, serde_json::from_value(ring).ok()?)))
        .collect())
}
