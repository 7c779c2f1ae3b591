//! Writing a stock into the cadastre and the register, some hundred units per transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use dengbu_cadastre::CadastreError;
use dengbu_cadastre::load::{self as cadastre, NewDwelling, NewLandUnit};
use dengbu_register::append::{Head, append};
use dengbu_register::person::PersonKey;
use dengbu_register::{NewId, RegisterError};
use dengbu_store::{Scope, Store, StoreError, TenantTx};
use serde_json::{Value, json};

use crate::entries::entries;
use crate::existing::{ExistingStock, ExistingUnit, Inconsistent, Subject, check};

/// Units per transaction unless told otherwise: large enough for multi-row inserts to pay,
/// small enough that a killed run loses little.
pub const BATCH: usize = 500;

/// How a stock is loaded.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The moment of taking over: recorded in every entry.
    pub now: DateTime<Utc>,
    /// Identities of entries.
    pub ids: NewId<'a>,
    /// Units per transaction; 0 counts as 1.
    pub batch: usize,
    /// Told after every transaction: units done, units in all.
    pub progress: &'a (dyn Fn(usize, usize) + Send + Sync),
}

impl<'a> Options<'a> {
    /// [`BATCH`] units per transaction, nobody told.
    #[must_use]
    pub fn new(now: DateTime<Utc>, ids: NewId<'a>) -> Self {
        Self {
            now,
            ids,
            batch: BATCH,
            progress: &|_, _| {},
        }
    }
}

/// What a run wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Parcels that were not there.
    pub parcels_new: u64,
    /// Buildings that were not there.
    pub buildings_new: u64,
    /// Units that were not there.
    pub units_new: usize,
    /// Units that were there and stayed as they are.
    pub units_skipped: usize,
    /// Entries made.
    pub entries: usize,
}

/// Why a stock was not taken over, or not wholly. What earlier transactions of the run wrote stays,
/// and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeoverError {
    /// The stock contradicts itself; nothing was written.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// The cadastre refused.
    #[error(transparent)]
    Cadastre(#[from] CadastreError),
    /// The register refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a stock into the cadastre and the register. `scope` holds the authorities and counties of
/// all its units. A unit already there is skipped with all its rights.
///
/// # Errors
/// [`TakeoverError`]; a run may be repeated after any of them.
pub async fn load(
    store: &Store,
    scope: &Scope,
    key: &PersonKey,
    stock: &ExistingStock,
    options: Options<'_>,
) -> Result<Loaded, TakeoverError> {
    check(&stock.units)?;
    let batch = options.batch.max(1);
    let mut loaded = Loaded::default();
    for rows in stock.parcels.chunks(batch) {
        loaded.parcels_new += store
            .with_retry(scope, |mut tx| async move {
                let new = cadastre::parcels(&mut tx, rows).await?;
                Ok::<_, TakeoverError>((tx, new))
            })
            .await?;
    }
    for rows in stock.buildings.chunks(batch) {
        loaded.buildings_new += store
            .with_retry(scope, |mut tx| async move {
                let new = cadastre::buildings(&mut tx, rows).await?;
                Ok::<_, TakeoverError>((tx, new))
            })
            .await?;
    }
    let total = stock.units.len();
    let mut done = 0;
    for units in stock.units.chunks(batch) {
        let (new, entries) = store
            .with_retry(scope, |mut tx| async move {
                let counts = load_units(&mut tx, key, units, options).await?;
                Ok::<_, TakeoverError>((tx, counts))
            })
            .await?;
        done += units.len();
        loaded.units_new += new;
        loaded.units_skipped += units.len() - new;
        loaded.entries += entries;
        tracing::debug!(done, total, "existing titles taken over");
        (options.progress)(done, total);
    }
    Ok(loaded)
}

/// One batch: gives how many units were new and how many entries were made.
async fn load_units(
    tx: &mut TenantTx,
    key: &PersonKey,
    units: &[ExistingUnit],
    options: Options<'_>,
) -> Result<(usize, usize), TakeoverError> {
    for unit in units {
        tx.require(&unit.authority)?;
        tx.require(unit.code().county().as_str())?;
    }
    let new = insert_units(tx, units).await?;
    let made: Vec<_> = units
        .iter()
        .filter(|unit| new.contains(unit.code().as_str()))
        .flat_map(|unit| entries(unit, options.now, options.ids))
        .collect();
    // The units were inserted by this transaction: nobody else can see them, no lock is needed.
    let mut heads: BTreeMap<_, Head> = BTreeMap::new();
    let made = append(tx, key, &mut heads, made).await?;
    Ok((new.len(), made.len()))
}

/// Puts the units into the cadastre; gives the codes of those that were not there.
pub(crate) async fn insert_units(
    tx: &mut TenantTx,
    units: &[ExistingUnit],
) -> Result<BTreeSet<String>, TakeoverError> {
    let mut dwellings = Vec::new();
    let mut new = BTreeSet::new();
    for unit in units {
        match &unit.subject {
            Subject::Dwelling(dwelling) => dwellings.push(NewDwelling {
                authority: unit.authority.clone(),
                dwelling: (**dwelling).clone(),
                provenance: Some(provenance(unit)),
            }),
            Subject::Land(land) => {
                let row = NewLandUnit {
                    authority: unit.authority.clone(),
                    unit: land.unit.clone(),
                    address: land.address.clone(),
                    area: land.area.map(|a| a.value()),
                    use_code: land.use_code.as_ref().map(|c| c.as_str().to_owned()),
                };
                if cadastre::land_units(tx, std::slice::from_ref(&row)).await? == 1 {
                    new.insert(land.unit.as_str().to_owned());
                }
            }
        }
    }
    if !dwellings.is_empty() {
        new.extend(cadastre::dwellings(tx, &dwellings).await?);
    }
    Ok(new)
}

fn provenance(unit: &ExistingUnit) -> Value {
    let from = &unit.provenance;
    let mut value =
        json!({ "source": from.source, "table": from.table, "legacy_id": from.legacy_id });
    if let (Some(sm3), Some(map)) = (&from.file_sm3, value.as_object_mut()) {
        map.insert("file_sm3".to_owned(), Value::from(sm3.as_str()));
    }
    value
}
