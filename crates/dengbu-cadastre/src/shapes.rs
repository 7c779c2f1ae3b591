//! Outlines of units on their storeys (房产分户图), with those beside them.

use dengbu_model::cadastre::Polygon;
use dengbu_model::unit_code::{BuildingCode, UnitCode};
use dengbu_store::TenantTx;
use serde_json::Value;

use crate::CadastreError;

/// Units of a storey at most.
const MAX: i64 = 400;

/// The surveyed outline of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct NewShape {
    /// The unit.
    pub unit: UnitCode,
    /// Its building; all its units are in one system of coordinates.
    pub building: BuildingCode,
    /// Storey; the first where it has several.
    pub storey: i32,
    /// What the neighbours call it, such as 101室.
    pub label: String,
    /// Outline.
    pub outline: Polygon,
    /// Where it comes from.
    pub provenance: Option<Value>,
}

/// A unit's outline as it stands on the storey.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The unit.
    pub unit_code: String,
    /// What the neighbours call it.
    pub label: String,
    /// Outline.
    pub outline: Polygon,
}

/// Writes outlines; gives how many were new. Their units must be there.
///
/// # Errors
/// A database error.
pub async fn load(tx: &mut TenantTx, rows: &[NewShape]) -> Result<u64, CadastreError> {
    let rings: Vec<Value> = rows
        .iter()
        .map(|r| serde_json::to_value(&r.outline).unwrap_or(Value::Null))
        .collect();
    let done = sqlx::query(
        "insert into unit_shape (county, unit_code, building_code, storey, label, ring, provenance)
         select left(c, 6), c, b, s, l, r, p
         from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::jsonb[], $6::jsonb[])
              as t (c, b, s, l, r, p)
         on conflict do nothing",
    )
    .bind(rows.iter().map(|r| r.unit.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.building.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.storey).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.label.as_str()).collect::<Vec<_>>())
    .bind(&rings)
    .bind(
        rows.iter()
            .map(|r| r.provenance.clone())
            .collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// The outlines of the storey on which a unit lies, the unit's own among them; empty when it has
/// none.
///
/// # Errors
/// A database error.
pub async fn of_storey(tx: &mut TenantTx, unit_code: &str) -> Result<Vec<Shape>, CadastreError> {
    let rows: Vec<(String, String, Value)> = sqlx::query_as(
        "select o.unit_code, o.label, o.ring from unit_shape s
         join unit_shape o on o.county = s.county and o.building_code = s.building_code and o.storey = s.storey
         where s.county = left($1, 6) and s.unit_code = $1 order by o.unit_code limit $2",
    )
    .bind(unit_code)
    .bind(MAX)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(unit_code, label, ring)| {
            Some(Shape {
                unit_code,
                label,
                outline: serde_json::from_value(ring).ok()?,
            })
        })
        .collect())
}
