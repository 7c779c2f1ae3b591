//! Reading what a map shows.

use chrono::{DateTime, Utc};
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde_json::Value as Json;

use super::classify::{Class, Facts, Theme};
use crate::DistributionError;
use crate::gather::polygon;
use crate::place::{Area, Plane};
use crate::row::Shape;

/// Parcels of one map at most; more would neither be read nor shown.
pub const PLACES_MAX: usize = 200_000;

/// A parcel on a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Parcel code.
    pub parcel_code: String,
    /// Address.
    pub address: String,
    /// Class, a position in the map's classes.
    pub class: usize,
    /// What the reader sees of it.
    pub told: String,
    /// Boundary in metres on the county's plane (EPSG:4543).
    pub shape: Shape,
}

/// A map.
#[derive(Debug, Clone)]
pub struct ThemeMap {
    /// What it shows.
    pub theme: Theme,
    /// Classes in the legend's order.
    pub classes: Vec<Class>,
    /// Parcels.
    pub places: Vec<Place>,
    /// Parcels that have no boundary or one in a local system.
    pub unplaced: usize,
    /// The register as it stood at this moment.
    pub as_of: DateTime<Utc>,
}

impl ThemeMap {
    /// Parcels of each class.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for place in &self.places {
            if let Some(count) = counts.get_mut(place.class) {
                *count += 1;
            }
        }
        counts
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    parcel_code: String,
    address: String,
    land_use: Option<String>,
    ring: Option<Json>,
    units: i64,
    mortgaged: i64,
    seizures: i64,
    last_title: Option<DateTime<Utc>>,
    right_type: Option<String>,
}

const SQL: &str = "
    with standing as (
        select u.parcel_code, r.unit_code, r.kind, r.is_title, r.right_type, r.registered_at
        from register_right r
        join estate_unit u on u.county = r.county and u.unit_code = r.unit_code
        where r.county = any($1) and r.valid_from <= $2 and (r.valid_to is null or r.valid_to > $2)),
    told as (
        select parcel_code,
               count(distinct unit_code) filter (where kind = 'mortgage') as mortgaged,
               count(*) filter (where kind = 'seizure') as seizures,
               max(registered_at) filter (where is_title) as last_title,
               mode() within group (order by right_type) filter (where is_title) as right_type
        from standing group by parcel_code),
    held as (
        select parcel_code, count(*) as units from estate_unit
        where county = any($1) group by parcel_code)
    select p.parcel_code, p.address, p.land_use, p.ring,
           coalesce(h.units, 0) as units, coalesce(t.mortgaged, 0) as mortgaged,
           coalesce(t.seizures, 0) as seizures, t.last_title, t.right_type
    from parcel p
    left join told t using (parcel_code)
    left join held h using (parcel_code)
    where p.county = any($1)
    order by p.parcel_code
    limit $3";

/// Reads a map of these counties, or of the parcels in them that meet an area.
///
/// # Errors
/// A database error.
pub async fn survey(
    tx: &mut TenantTx,
    theme: Theme,
    counties: &[String],
    area: Option<&Area>,
    as_of: DateTime<Utc>,
) -> Result<ThemeMap, DistributionError> {
    let rows: Vec<Row> = sqlx::query_as(SQL)
        .bind(counties)
        .bind(as_of)
        .bind(i64::try_from(PLACES_MAX).unwrap_or(i64::MAX))
        .fetch_all(tx.conn())
        .await?;
    let mut map = ThemeMap {
        theme,
        classes: theme.classes(),
        places: Vec::with_capacity(rows.len()),
        unplaced: 0,
        as_of,
    };
    for row in rows {
        let boundary = row.ring.and_then(polygon);
        if let Some(area) = area {
            let there = boundary.as_ref().and_then(|p| Plane::Geographic.shape(p));
            if !there.is_some_and(|s| area.meets(&s)) {
                continue;
            }
        }
        let Some(shape) = boundary.and_then(|p| Plane::Projected.shape(&p)) else {
            map.unplaced += 1;
            continue;
        };
        let facts = Facts {
            land_use: row.land_use,
            right_type: row.right_type,
            units: row.units,
            mortgaged: row.mortgaged,
            seizures: row.seizures,
            last_title: row.last_title.map(date_in_shanghai),
        };
        map.places.push(Place {
            parcel_code: row.parcel_code,
            address: row.address,
            class: theme.class(&facts),
            told: theme.told(&facts),
            shape,
        });
    }
    Ok(map)
}
