//! One unit, parcel or building as surveyed.

use dengbu_model::cadastre::Parcel;
use dengbu_model::codes::Code;
use dengbu_model::quantity::Area;
use dengbu_model::unit_code::ParcelCode;
use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::types::Json;

use crate::CadastreError;

/// A unit's surveyed facts.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UnitFacts {
    /// Code (不动产单元号, BDCDYH).
    pub unit_code: String,
    /// Registration authority.
    pub authority: String,
    /// Parcel code (宗地代码, ZDDM).
    pub parcel_code: String,
    /// Building code (自然幢号, ZRZH).
    pub building_code: Option<String>,
    /// Kind of unit.
    pub kind: String,
    /// Status.
    pub status: String,
    /// Address (坐落, ZL).
    pub address: String,
    /// Use code (房屋用途 or 土地用途).
    pub use_code: Option<String>,
    /// Area in m².
    pub area: Option<Decimal>,
    /// Entrance (单元).
    pub entrance: Option<String>,
    /// Storey (所在层).
    pub storey: Option<i32>,
    /// Room (室号).
    pub room: Option<String>,
    /// The whole record: `dengbu_model::cadastre::Dwelling` as JSON, or `{}` for land.
    pub facts: Value,
    /// Origin.
    pub provenance: Option<Value>,
    /// Entries in the register.
    pub head_seq: i64,
}

const UNIT_COLUMNS: &str = "unit_code, authority, parcel_code, building_code, kind, status, address, use_code, \
     area, entrance, storey, room, facts, provenance, head_seq";

/// The units with these codes, in order of their codes.
///
/// # Errors
/// A database error.
pub async fn units(tx: &mut TenantTx, codes: &[String]) -> Result<Vec<UnitFacts>, CadastreError> {
    let counties: Vec<&str> = codes.iter().filter_map(|c| c.get(..6)).collect();
    let sql = format!(
        "select {UNIT_COLUMNS} from estate_unit
         where county = any($1) and unit_code = any($2) order by unit_code"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(counties)
        .bind(codes)
        .fetch_all(tx.conn())
        .await?)
}

/// The unit with this code.
///
/// # Errors
/// A database error.
pub async fn unit(tx: &mut TenantTx, code: &str) -> Result<Option<UnitFacts>, CadastreError> {
    Ok(units(tx, &[code.to_owned()]).await?.into_iter().next())
}

/// A parcel's surveyed facts.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ParcelFacts {
    /// Code (宗地代码, ZDDM).
    pub parcel_code: String,
    /// Address.
    pub address: String,
    /// Area in m².
    pub area: Option<Decimal>,
    /// Land use code (土地用途).
    pub land_use: Option<String>,
    /// Type of right in the land (权利类型, QLLX).
    pub right_type: Option<String>,
    /// Nature of the right (权利性质).
    pub right_nature: Option<String>,
    /// What lies east, south, west and north of it (宗地四至).
    pub bounds: Option<Json<[String; 4]>>,
    /// Boundary.
    pub ring: Option<Value>,
    /// Origin.
    pub provenance: Option<Value>,
}

impl ParcelFacts {
    /// The same as the model's parcel; none when what is stored is no parcel.
    #[must_use]
    pub fn into_parcel(self) -> Option<Parcel> {
        let code = |text: Option<String>| text.and_then(|t| Code::parse(&t).ok());
        Some(Parcel {
            code: ParcelCode::parse(&self.parcel_code).ok()?,
            address: self.address,
            area: self.area.and_then(|a| Area::new(a).ok()),
            use_code: code(self.land_use),
            right_type: code(self.right_type),
            right_nature: code(self.right_nature),
            bounds: self.bounds.map(|b| b.0),
            geometry: self.ring.and_then(|r| serde_json::from_value(r).ok()),
        })
    }
}

/// The parcel with this code.
///
/// # Errors
/// A database error.
pub async fn parcel(tx: &mut TenantTx, code: &str) -> Result<Option<ParcelFacts>, CadastreError> {
    Ok(sqlx::query_as(
        "select parcel_code, address, area, land_use, right_type, right_nature, bounds, ring, provenance
         from parcel where county = left($1, 6) and parcel_code = $1",
    )
    .bind(code)
    .fetch_optional(tx.conn())
    .await?)
}

/// A building's surveyed facts.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BuildingFacts {
    /// Code (自然幢号, ZRZH).
    pub building_code: String,
    /// Parcel it stands on.
    pub parcel_code: String,
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Structure code (房屋结构).
    pub structure: Option<String>,
    /// Storeys above ground.
    pub storeys_above: Option<i32>,
    /// Storeys below ground.
    pub storeys_below: Option<i32>,
    /// When it was completed.
    pub completed: Option<String>,
}

const BUILDING_COLUMNS: &str =
    "building_code, parcel_code, name, address, structure, storeys_above, storeys_below, completed";

/// The building with this code.
///
/// # Errors
/// A database error.
pub async fn building(
    tx: &mut TenantTx,
    code: &str,
) -> Result<Option<BuildingFacts>, CadastreError> {
    let sql = format!(
        "select {BUILDING_COLUMNS} from building where county = left($1, 6) and building_code = $1"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(code)
        .fetch_optional(tx.conn())
        .await?)
}

/// Buildings on a parcel.
///
/// # Errors
/// A database error.
pub async fn buildings_on(
    tx: &mut TenantTx,
    parcel: &str,
) -> Result<Vec<BuildingFacts>, CadastreError> {
    let sql = format!(
        "select {BUILDING_COLUMNS} from building where county = left($1, 6) and parcel_code = $1 order by building_code"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(parcel)
        .fetch_all(tx.conn())
        .await?)
}

/// The units of a building, in order of their codes.
///
/// # Errors
/// A database error.
pub async fn units_of_building(
    tx: &mut TenantTx,
    building: &str,
) -> Result<Vec<UnitFacts>, CadastreError> {
    let sql = format!(
        "select {UNIT_COLUMNS} from estate_unit where county = left($1, 6) and building_code = $1 order by unit_code"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(building)
        .fetch_all(tx.conn())
        .await?)
}
