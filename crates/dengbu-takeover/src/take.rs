//! One batch of units in a transaction of the caller's: units that are not there come with all
//! their rights, units that are there get what a later delivery knows beyond the register.

use std::collections::BTreeMap;

use dengbu_model::unit_code::UnitCode;
use dengbu_register::append::{Head, append, lock_units};
use dengbu_register::person::PersonKey;
use dengbu_register::read;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::entries::{Held, entries, further};
use crate::existing::ExistingUnit;
use crate::load::{Options, TakeoverError, insert_units};
use crate::{BUSINESS, existing};

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It was not there and came with so many entries.
    New(usize),
    /// It was there and got so many entries.
    Grown(usize),
    /// It was there, the delivery says nothing new.
    Same,
    /// It was left as it is, for this reason in Chinese.
    Refused(String),
}

/// Takes units over; gives what became of each, in their order. Nothing is committed. The parcels
/// and buildings of the units must be there.
///
/// # Errors
/// [`TakeoverError`]; the transaction is then to be rolled back.
pub async fn take(
    tx: &mut TenantTx,
    key: &PersonKey,
    units: &[ExistingUnit],
    options: Options<'_>,
) -> Result<Vec<Taken>, TakeoverError> {
    for unit in units {
        tx.require(&unit.authority)?;
        tx.require(unit.code().county().as_str())?;
    }
    let sound: Vec<ExistingUnit> = units
        .iter()
        .filter(|u| existing::fault(u).is_none())
        .cloned()
        .collect();
    let new = insert_units(tx, &sound).await?;
    let known: Vec<&ExistingUnit> = sound
        .iter()
        .filter(|u| !new.contains(u.code().as_str()))
        .collect();
    // The register forgets nothing: a unit of which it knows all that is delivered needs no lock.
    let held = held(tx, &known).await?;
    let more: Vec<UnitCode> = known
        .into_iter()
        .filter(|u| {
            let held = held.get(u.code().as_str()).unwrap_or(&NOTHING);
            further(u, held, options.now, options.ids).map_or(true, |m| !m.is_empty())
        })
        .map(|u| u.code().clone())
        .collect();
    // units inserted by this transaction nobody else can see: no lock is needed for them
    let mut heads: BTreeMap<UnitCode, Head> = lock_units(tx, &more).await?;
    let mut made = Vec::new();
    let mut taken = Vec::with_capacity(units.len());
    for unit in units {
        if let Some(what) = existing::fault(unit) {
            taken.push(Taken::Refused(what.to_owned()));
            continue;
        }
        if new.contains(unit.code().as_str()) {
            let all = entries(unit, options.now, options.ids);
            taken.push(Taken::New(all.len()));
            made.extend(all);
            continue;
        }
        if !heads.contains_key(unit.code()) {
            taken.push(Taken::Same);
            continue;
        }
        match beyond(tx, unit, options).await? {
            Err(reason) => taken.push(Taken::Refused(reason.to_owned())),
            Ok(more) if more.is_empty() => taken.push(Taken::Same),
            Ok(more) => {
                taken.push(Taken::Grown(more.len()));
                made.extend(more);
            }
        }
    }
    append(tx, key, &mut heads, made).await?;
    Ok(taken)
}

static NOTHING: Held = Held::new();

/// The rights that the register holds of units, by unit code.
async fn held(
    tx: &mut TenantTx,
    units: &[&ExistingUnit],
) -> Result<BTreeMap<String, Held>, TakeoverError> {
    let codes: Vec<&str> = units.iter().map(|u| u.code().as_str()).collect();
    let counties: Vec<&str> = codes.iter().map(|code| &code[..6]).collect();
    let rows: Vec<(String, Uuid, bool)> = sqlx::query_as(
        "select unit_code, right_id, valid_to is null from register_right
         where county = any ($1) and unit_code = any ($2)",
    )
    .bind(&counties)
    .bind(&codes)
    .fetch_all(tx.conn())
    .await
    .map_err(dengbu_store::StoreError::from)?;
    let mut held: BTreeMap<String, Held> = BTreeMap::new();
    for (unit, right, stands) in rows {
        held.entry(unit).or_default().insert(right, stands);
    }
    Ok(held)
}

/// What the delivery knows of a unit beyond the register, or why nothing is to be entered.
async fn beyond(
    tx: &mut TenantTx,
    unit: &ExistingUnit,
    options: Options<'_>,
) -> Result<Result<Vec<dengbu_register::append::NewEntry>, &'static str>, TakeoverError> {
    let rights = read::rights(tx, unit.code()).await?;
    let held: Held = rights
        .iter()
        .map(|r| (r.right_id, r.valid_to.is_none()))
        .collect();
    let more = match further(unit, &held, options.now, options.ids) {
        Ok(more) => more,
        Err(reason) => return Ok(Err(reason)),
    };
    if more.is_empty() {
        return Ok(Ok(more));
    }
    let lived = read::entries(tx, unit.code())
        .await?
        .iter()
        .any(|e| e.body.business != BUSINESS);
    if lived {
        return Ok(Err(
            "该单元已在本平台办理过登记，存量数据中的新内容不再自动入库，请走登记业务",
        ));
    }
    let ends: Vec<_> = more
        .iter()
        .flat_map(|e| &e.ends)
        .map(|e| e.right_id)
        .collect();
    let brings_title = more
        .iter()
        .any(|e| e.creates && e.right.right_type.is_title());
    let stands = rights
        .iter()
        .find(|r| r.valid_to.is_none() && r.right.right_type.is_title());
    if brings_title && stands.is_some_and(|r| !ends.contains(&r.right_id)) {
        return Ok(Err(
            "登记簿中的现势权利不在本批数据的权利链上，两者不一致，请人工核对",
        ));
    }
    Ok(Ok(more))
}
