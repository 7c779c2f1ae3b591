//! The city into the register, as titles that stood before (存量数据), many units a transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use dengbu_cadastre::load as cadastre;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::append::{Head, append};
use dengbu_register::person::PersonKey;
use dengbu_server::state::now;
use dengbu_store::{Scope, Store};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use crate::city::{self, ESTATE, Household};
use crate::options::Options;
use crate::place::Place;

/// Seconds between words about the progress.
const TELL_EVERY: u64 = 20;

/// How the load went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Load {
    /// Units in the register.
    pub units: usize,
    /// Entries that were made for them; 0 when an earlier load was taken.
    pub entries: usize,
    /// Seconds of writing units and entries.
    pub seconds: f64,
    /// Units per second.
    pub units_per_second: f64,
    /// Seconds of sealing all entries into the authorities' chains.
    pub sealing_seconds: f64,
    /// Entries sealed per second.
    pub sealed_per_second: f64,
    /// Size of the database in bytes.
    pub database_bytes: i64,
    /// Memory of this program at its highest, in bytes.
    pub memory_peak_bytes: u64,
}

/// Loads the city, seals what was loaded and gathers statistics for the planner.
///
/// # Errors
/// The database refused or failed; a city of another size is there.
pub async fn load(
    place: &Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Load> {
    let mut load = Load {
        units: options.units,
        ..Load::default()
    };
    let there = units_there(place).await?;
    if there == 0 {
        write_all(place, options, &mut load, say).await?;
        seal(place, &mut load, say).await?;
    } else {
        ensure!(
            there == options.units,
            "数据库里有 {there} 个单元，不是 {}：请去掉 --reuse 重新装入",
            options.units
        );
        say("沿用已装入的数据");
    }
    say("正在整理统计信息（vacuum analyze）……");
    let mut owner = PgConnection::connect(&place.owner_url).await?;
    sqlx::raw_sql("vacuum analyze").execute(&mut owner).await?;
    load.database_bytes = sqlx::query_scalar("select pg_database_size(current_database())")
        .fetch_one(&mut owner)
        .await?;
    owner.close().await?;
    load.memory_peak_bytes = memory("self", "VmHWM").unwrap_or_default();
    Ok(load)
}

async fn units_there(place: &Place) -> Result<usize> {
    let mut tx = place.store.begin(&place.scope).await?;
    let count: i64 = sqlx::query_scalar("select count(*) from estate_unit")
        .fetch_one(tx.conn())
        .await?;
    Ok(usize::try_from(count)?)
}

async fn write_all(
    place: &Place,
    options: &Options,
    load: &mut Load,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<()> {
    say(&format!("正在装入 {} 个不动产单元……", options.units));
    // whole estates: a parcel is written once, by the batch that holds its units
    let batch = options.batch.div_ceil(ESTATE) * ESTATE;
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut loaders = Vec::new();
    for _ in 0..options.loaders.max(1) {
        let (store, scope, key) = (place.store.clone(), place.scope.clone(), place.key.clone());
        let (next, units) = (Arc::clone(&next), options.units);
        loaders.push(tokio::spawn(async move {
            let mut entries = 0;
            loop {
                let first = next.fetch_add(batch, Ordering::Relaxed);
                if first >= units {
                    return anyhow::Ok(entries);
                }
                let last = (first + batch).min(units);
                entries += write(&store, &scope, &key, first, last).await?;
            }
        }));
    }
    let mut told = 0;
    while !loaders.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let seconds = begun.elapsed().as_secs();
        if seconds / TELL_EVERY > told {
            told = seconds / TELL_EVERY;
            let done = next.load(Ordering::Relaxed).min(options.units);
            say(&format!("  {done}/{}，{seconds} 秒", options.units));
        }
    }
    for loader in loaders {
        load.entries += loader.await??;
    }
    load.seconds = begun.elapsed().as_secs_f64();
    load.units_per_second = options.units as f64 / load.seconds;
    say(&format!(
        "已装入，用时 {:.0} 秒，每秒 {:.0} 个单元",
        load.seconds, load.units_per_second
    ));
    Ok(())
}

/// One transaction; gives how many entries it made.
async fn write(
    store: &Store,
    scope: &Scope,
    key: &PersonKey,
    first: usize,
    last: usize,
) -> Result<usize> {
    let mut parcels = Vec::new();
    let mut buildings = Vec::new();
    for estate in first / ESTATE..last.div_ceil(ESTATE) {
        let (parcel, standing) = city::estate(estate)?;
        parcels.push(parcel);
        buildings.extend(standing);
    }
    let at = now();
    let mut dwellings = Vec::with_capacity(last - first);
    let mut entries = Vec::with_capacity((last - first) * 6 / 5);
    for household in (first..last).map(Household) {
        dwellings.push(household.dwelling()?);
        entries.extend(household.entries(at)?);
    }
    let mut tx = store.begin(scope).await?;
    // a bulk load is no request: it may take its time
    sqlx::query("set local statement_timeout = 0")
        .execute(tx.conn())
        .await?;
    cadastre::parcels(&mut tx, &parcels).await?;
    cadastre::buildings(&mut tx, &buildings).await?;
    let new = cadastre::dwellings(&mut tx, &dwellings).await?;
    ensure!(new.len() == dwellings.len(), "有单元已经存在：{first}");
    // inserted by this transaction: nobody else sees them, no lock is needed
    let mut heads: BTreeMap<UnitCode, Head> = BTreeMap::new();
    let made = append(&mut tx, key, &mut heads, entries).await?.len();
    tx.commit().await?;
    Ok(made)
}

async fn seal(place: &Place, load: &mut Load, say: &(dyn Fn(&str) + Send + Sync)) -> Result<()> {
    say("正在封链（每个登记机构一条总链）……");
    let begun = Instant::now();
    let mut sealed = 0;
    let mut told = 0;
    loop {
        let more = dengbu_server::background::seal_all(&place.store).await?;
        if more == 0 {
            break;
        }
        sealed += more;
        if begun.elapsed().as_secs() / TELL_EVERY > told {
            told = begun.elapsed().as_secs() / TELL_EVERY;
            say(&format!("  {sealed}/{}", load.entries));
        }
    }
    ensure!(
        sealed == load.entries,
        "封链 {sealed} 条，应为 {}",
        load.entries
    );
    load.sealing_seconds = begun.elapsed().as_secs_f64();
    load.sealed_per_second = sealed as f64 / load.sealing_seconds;
    say(&format!("已封链，用时 {:.0} 秒", load.sealing_seconds));
    Ok(())
}

/// A line of what the system tells of a process' memory (`VmRSS`, `VmHWM`), in bytes; none where
/// there is no such process or the system does not say.
pub(crate) fn memory(process: &str, line: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = text
        .lines()
        .find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
    let kib: u64 = found.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
