//! Printing stations (打印工位) and what their printers are off by.

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;

use crate::RegisterError;

/// A station with its correction.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Station {
    /// Name, such as 一号窗口针式打印机.
    pub station: String,
    /// To the right, hundredths of a millimetre.
    pub shift_x: i32,
    /// Downwards, hundredths of a millimetre.
    pub shift_y: i32,
    /// Width, ten-thousandths.
    pub scale_x: i32,
    /// Height, ten-thousandths.
    pub scale_y: i32,
    /// When it was set.
    pub changed_at: DateTime<Utc>,
    /// By whom.
    pub changed_by: String,
}

/// The stations of an authority by name.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, authority: &str) -> Result<Vec<Station>, RegisterError> {
    Ok(sqlx::query_as(
        "select station, shift_x, shift_y, scale_x, scale_y, changed_at, changed_by
         from print_station where authority = $1 order by station",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}

/// One station.
///
/// # Errors
/// A database error.
pub async fn one(
    tx: &mut TenantTx,
    authority: &str,
    station: &str,
) -> Result<Option<Station>, RegisterError> {
    Ok(sqlx::query_as(
        "select station, shift_x, shift_y, scale_x, scale_y, changed_at, changed_by
         from print_station where authority = $1 and station = $2",
    )
    .bind(authority)
    .bind(station)
    .fetch_optional(tx.conn())
    .await?)
}

/// Sets what a station is off by; a new name makes a new station.
///
/// # Errors
/// A database error.
pub async fn save(tx: &mut TenantTx, authority: &str, s: &Station) -> Result<(), RegisterError> {
    sqlx::query(
        "insert into print_station (authority, station, shift_x, shift_y, scale_x, scale_y, changed_at, changed_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (authority, station) do update set shift_x = excluded.shift_x, shift_y = excluded.shift_y,
             scale_x = excluded.scale_x, scale_y = excluded.scale_y,
             changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(authority)
    .bind(&s.station)
    .bind(s.shift_x)
    .bind(s.shift_y)
    .bind(s.scale_x)
    .bind(s.scale_y)
    .bind(s.changed_at)
    .bind(&s.changed_by)
    .execute(tx.conn())
    .await?;
    Ok(())
}
