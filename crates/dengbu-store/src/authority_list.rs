//! Reading authorities, their counties and offices.

use serde_json::Value;

use crate::store::{StoreError, TenantTx};

/// A registration authority (登记机构) as stored.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Code.
    pub authority: String,
    /// Name.
    pub name: String,
    /// Name printed on certificates.
    pub place_name: String,
    /// Settings.
    pub settings: Value,
    /// Counties it registers for.
    pub counties: Vec<County>,
}

/// A county.
#[derive(Debug, Clone)]
pub struct County {
    /// Code.
    pub county: String,
    /// Name.
    pub name: String,
}

/// An office point (办事点).
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Office {
    /// Authority it belongs to.
    pub authority: String,
    /// Identity within the authority.
    pub office_id: String,
    /// Name.
    pub name: String,
    /// Address.
    pub address: String,
    /// County it takes cases of by default.
    pub county: String,
    /// False when closed.
    pub active: bool,
}

/// All authorities with their counties; names are public.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<Authority>, StoreError> {
    let rows: Vec<(String, String, String, Value)> = sqlx::query_as(
        "select authority, name, place_name, settings from authority order by authority",
    )
    .fetch_all(tx.conn())
    .await?;
    let counties: Vec<(String, String, String)> =
        sqlx::query_as("select authority, county, name from authority_county order by county")
            .fetch_all(tx.conn())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(authority, name, place_name, settings)| Authority {
            counties: counties
                .iter()
                .filter(|c| c.0 == authority)
                .map(|c| County {
                    county: c.1.clone(),
                    name: c.2.clone(),
                })
                .collect(),
            authority,
            name,
            place_name,
            settings,
        })
        .collect())
}

/// Offices in scope.
///
/// # Errors
/// A database error.
pub async fn offices(tx: &mut TenantTx) -> Result<Vec<Office>, StoreError> {
    Ok(sqlx::query_as(
        "select authority, office_id, name, address, county, active from office order by authority, office_id",
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Adds an office or changes one.
///
/// # Errors
/// A database error; outside the scope nothing is written.
pub async fn put_office(tx: &mut TenantTx, office: &Office) -> Result<(), StoreError> {
    tx.require(&office.authority)?;
    sqlx::query(
        "insert into office (authority, office_id, name, address, county, active) values ($1, $2, $3, $4, $5, $6)
         on conflict (authority, office_id) do update
             set name = excluded.name, address = excluded.address, county = excluded.county, active = excluded.active",
    )
    .bind(&office.authority)
    .bind(&office.office_id)
    .bind(&office.name)
    .bind(&office.address)
    .bind(&office.county)
    .bind(office.active)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sets one key of an authority's settings.
///
/// # Errors
/// A database error; an authority outside the scope is refused.
pub async fn put_setting(
    tx: &mut TenantTx,
    authority: &str,
    key: &str,
    value: &Value,
) -> Result<(), StoreError> {
    tx.require(authority)?;
    sqlx::query("update authority set settings = settings || jsonb_build_object($2::text, $3::jsonb) where authority = $1")
        .bind(authority)
        .bind(key)
        .bind(value)
        .execute(tx.conn())
        .await?;
    Ok(())
}
