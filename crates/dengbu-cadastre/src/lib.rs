//! The cadastre (权籍): parcels, buildings and estate units as surveyed facts,
//! how they are found, and the building table (楼盘表).
//!
//! Invariants: it knows what is surveyed, not who owns it; rights are the
//! register's. Every function takes a tenant-scoped transaction.
//!
//! Map: [`load`] writes surveyed facts; [`change`] what entries change about a unit; [`search`] finds units and buildings;
//! [`facts`] reads one unit, parcel or building; [`table`] arranges the units
//! of a building by storey and entrance; [`around`] what lies around a parcel; [`shapes`] outlines of units on their storeys.

pub mod around;
pub mod change;
pub mod facts;
pub mod load;
pub mod search;
pub mod shapes;
pub mod table;

use dengbu_store::StoreError;

/// What can go wrong with the cadastre.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CadastreError {
    /// A search text that cannot be searched for.
    #[error("{0}")]
    BadQuery(String),
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CadastreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}
