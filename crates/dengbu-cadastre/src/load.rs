//! Writing surveyed facts, many at a time. What is there already stays as it is.

use dengbu_model::address::normalise_address;
use dengbu_model::cadastre::{Building, Dwelling, Parcel};
use dengbu_model::unit_code::UnitCode;
use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CadastreError;

/// A parcel with its origin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewParcel {
    /// The parcel.
    pub parcel: Parcel,
    /// Where it came from.
    pub provenance: Option<Value>,
}

/// A building with its origin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewBuilding {
    /// The building.
    pub building: Building,
    /// Where it came from.
    pub provenance: Option<Value>,
}

/// A unit of a building with its origin.
#[derive(Debug, Clone)]
pub struct NewDwelling {
    /// Registration authority of its county.
    pub authority: String,
    /// The unit.
    pub dwelling: Dwelling,
    /// Where it came from.
    pub provenance: Option<Value>,
}

/// A parcel as a unit of its own, without buildings (净地).
#[derive(Debug, Clone)]
pub struct NewLandUnit {
    /// Registration authority of its county.
    pub authority: String,
    /// The unit: the parcel's code and `W00000000`.
    pub unit: UnitCode,
    /// Where it lies.
    pub address: String,
    /// Its area in m².
    pub area: Option<Decimal>,
    /// Land use code.
    pub use_code: Option<String>,
}

/// Pairs of neighbouring characters, each once.
#[must_use]
pub fn bigrams(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut pairs: Vec<String> = chars.windows(2).map(|w| w.iter().collect()).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Writes parcels; gives how many were new.
///
/// # Errors
/// A database error.
pub async fn parcels(tx: &mut TenantTx, rows: &[NewParcel]) -> Result<u64, CadastreError> {
    let p =
        |f: fn(&Parcel) -> Option<String>| rows.iter().map(|r| f(&r.parcel)).collect::<Vec<_>>();
    let done = sqlx::query(
        "insert into parcel (county, parcel_code, address, area, land_use, right_type, right_nature, bounds, ring, provenance)
         select left(c, 6), c, a, m, u, r, n, b, g, p
         from unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[],
                     $8::text[], $9::jsonb[]) as t (c, a, m, u, n, g, p, r, b)
         on conflict do nothing",
    )
    .bind(rows.iter().map(|r| r.parcel.code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.parcel.address.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.parcel.area.map(|a| a.value())).collect::<Vec<Option<Decimal>>>())
    .bind(p(|x| x.use_code.as_ref().map(|c| c.as_str().to_owned())))
    .bind(p(|x| x.right_nature.as_ref().map(|c| c.as_str().to_owned())))
    .bind(rows.iter().map(|r| r.parcel.geometry.as_ref().and_then(|g| serde_json::to_value(g).ok())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.provenance.clone()).collect::<Vec<_>>())
    .bind(p(|x| x.right_type.as_ref().map(|c| c.as_str().to_owned())))
    .bind(rows.iter().map(|r| r.parcel.bounds.as_ref().map(|b| Value::from(b.to_vec()))).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Writes buildings; gives how many were new. Their parcels must be there.
///
/// # Errors
/// A database error.
pub async fn buildings(tx: &mut TenantTx, rows: &[NewBuilding]) -> Result<u64, CadastreError> {
    let done = sqlx::query(
        "insert into building (county, building_code, parcel_code, name, address, address_norm, structure,
             storeys_above, storeys_below, completed, ring, provenance)
         select left(c, 6), c, left(c, 19), n, a, an, s, sa, sb, d, g, p
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[],
                     $8::text[], $9::jsonb[], $10::jsonb[]) as t (c, n, a, an, s, sa, sb, d, g, p)
         on conflict do nothing",
    )
    .bind(rows.iter().map(|r| r.building.code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.name.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.address.as_str()).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|r| normalise_address(&format!("{}{}", r.building.address, r.building.name)))
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|r| r.building.structure.as_ref().map(|c| c.as_str())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.storeys_above).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.storeys_below).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.completed.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.footprint.as_ref().and_then(|g| serde_json::to_value(g).ok())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.provenance.clone()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Writes units of buildings; gives the codes that were new.
///
/// # Errors
/// A database error.
pub async fn dwellings(
    tx: &mut TenantTx,
    rows: &[NewDwelling],
) -> Result<Vec<String>, CadastreError> {
    let norms: Vec<String> = rows
        .iter()
        .map(|r| normalise_address(&r.dwelling.address))
        .collect();
    let grams: Vec<Value> = norms.iter().map(|n| Value::from(bigrams(n))).collect();
    let facts: Vec<Value> = rows
        .iter()
        .map(|r| serde_json::to_value(&r.dwelling).unwrap_or(Value::Null))
        .collect();
    Ok(sqlx::query_scalar(
        "insert into estate_unit (county, unit_code, authority, parcel_code, building_code, kind, address, address_norm,
             address_bigrams, use_code, area, entrance, storey, room, facts, provenance)
         select left(c, 6), c, au, left(c, 19), b, 'dwelling', a, an,
                array(select jsonb_array_elements_text(g)), u, m, e, s, r, f, p
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[], $8::numeric[],
                     $9::text[], $10::integer[], $11::text[], $12::jsonb[], $13::jsonb[])
              as t (c, au, b, a, an, g, u, m, e, s, r, f, p)
         on conflict do nothing returning unit_code",
    )
    .bind(rows.iter().map(|r| r.dwelling.unit.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.authority.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.building.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.address.as_str()).collect::<Vec<_>>())
    .bind(&norms)
    .bind(&grams)
    .bind(rows.iter().map(|r| r.dwelling.use_code.as_ref().map(|c| c.as_str())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.building_area.map(|a| a.value())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.entrance.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.storey).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.dwelling.room.as_str()).collect::<Vec<_>>())
    .bind(&facts)
    .bind(rows.iter().map(|r| r.provenance.clone()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?)
}

/// Writes land units; gives how many were new.
///
/// # Errors
/// A database error.
pub async fn land_units(tx: &mut TenantTx, rows: &[NewLandUnit]) -> Result<u64, CadastreError> {
    let mut new = 0;
    for r in rows {
        let norm = normalise_address(&r.address);
        new += sqlx::query(
            "insert into estate_unit (county, unit_code, authority, parcel_code, kind, address, address_norm,
                 address_bigrams, use_code, area, facts)
             values (left($1, 6), $1, $2, left($1, 19), 'land', $3, $4, $5, $6, $7, '{}')
             on conflict do nothing",
        )
        .bind(r.unit.as_str())
        .bind(&r.authority)
        .bind(&r.address)
        .bind(&norm)
        .bind(bigrams(&norm))
        .bind(&r.use_code)
        .bind(r.area)
        .execute(tx.conn())
        .await?
        .rows_affected();
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::bigrams;

    #[test]
    fn bigrams_are_each_once() {
        assert_eq!(bigrams("竹湖竹湖"), ["湖竹", "竹湖"]);
        assert!(bigrams("竹").is_empty());
    }
}
