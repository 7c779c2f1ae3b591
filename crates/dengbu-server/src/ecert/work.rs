//! Making what waits: one by one right after recording, and bulk issue in chunks. Both can be
//! killed at any moment: what was not committed is done again, what was is not.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use dengbu_certlib::batch::{self, Batch, Item, Outcome};
use dengbu_certlib::follow::{self, MAKE, New};
use dengbu_certlib::making::{self, Made};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::seals::Purpose;
use dengbu_certlib::{State, change};
use dengbu_model::party::Holder;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::read;
use dengbu_store::{TenantTx, jobs};
use uuid::Uuid;

use super::facts::{self, About, Hindrance, PlanCache, Work};
use super::make::{self, Bench, Product};
use super::vault::Desk;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::state::{App, new_id, now};

/// Jobs claimed in one go.
const JOBS: i64 = 16;
/// After so long a job whose worker died is given out again.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Items of a chunk: one transaction, one pack of files.
const CHUNK: i64 = 100;

/// Makes certificates that wait; gives how many jobs were looked at.
///
/// # Errors
/// A database error while looking for them. One that cannot be made is noted and left.
pub async fn make_waiting(app: &App) -> Result<usize, Problem> {
    let mut tx = app.store().system().await?;
    let claimed = jobs::claim(&mut tx, &[MAKE], JOBS, LEASE, now()).await?;
    tx.commit().await?;
    for job in &claimed {
        if let Err(problem) = one(app, job).await {
            tracing::warn!(
                error = problem.title,
                "a certificate was not made, trying again later"
            );
        }
    }
    Ok(claimed.len())
}

async fn one(app: &App, job: &jobs::Job) -> Result<(), Problem> {
    let id = job.payload["e_certificate_id"]
        .as_str()
        .and_then(|t| t.parse::<Uuid>().ok())
        .unwrap_or_default();
    let mut tx = app.store().system().await?;
    let found = record::one(&mut tx, id).await?;
    let Some(c) = found.filter(|c| c.state() == State::Draft) else {
        jobs::complete(&mut tx, job, now()).await?;
        return Ok(tx.commit().await?);
    };
    let made = prepare(app, &mut tx, &c).await;
    drop(tx);
    let mut tx = app.store().system().await?;
    match made {
        Ok(made) => {
            // locked: the register may have ended it meanwhile
            let c = record::locked(&mut tx, id).await?;
            making::made(&mut tx, &c, &made, &app.library_key(), now(), &new_id).await?;
            jobs::complete(&mut tx, job, now()).await?;
        }
        Err(hindrance) => {
            making::failed(&mut tx, &c, &hindrance.text(), now(), &new_id).await?;
            jobs::fail(&mut tx, job, &hindrance.text(), now()).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn prepare(app: &App, tx: &mut TenantTx, c: &ECertificate) -> Result<Made, Hindrance> {
    let names = gather::names(tx).await?;
    let mut cache = PlanCache::default();
    let work = facts::work(tx, c, &names, &mut cache).await?;
    let desk = app.office().desk(tx, &c.authority, Purpose::of(c)).await?;
    let products = press(app, &desk, vec![work], now()).await?;
    let mut products = products.into_iter();
    let product = products
        .next()
        .unwrap_or_else(|| Err(Hindrance::fault("seal", "没有制作结果")))?;
    let stored = app.office().packs()?.put(&[&product.ofd])?;
    Ok(finished(&product, stored.into_iter().next(), desk.seal_id))
}

fn finished(
    product: &Product,
    stored: Option<dengbu_certlib::files::Stored>,
    seal_id: Uuid,
) -> Made {
    Made {
        identifier: product.identifier.clone(),
        content_digest: product.digest,
        content: product.content.clone(),
        seal_id,
        files: stored.into_iter().map(|s| ("ofd", s)).collect(),
    }
}

/// Draws and seals on all cores, off the async threads; in the order given.
async fn press(
    app: &App,
    desk: &Arc<Desk>,
    works: Vec<Work>,
    at: DateTime<Utc>,
) -> Result<Vec<Result<Product, Hindrance>>, Problem> {
    let app = app.clone();
    let desk = desk.clone();
    let trust = app.office().trust(at)?;
    let done = tokio::task::spawn_blocking(move || -> Result<_, Problem> {
        let vault = app.office().vault()?;
        let host = app.office().host();
        let bench = Bench {
            vault: &vault,
            desk: &desk,
            trust: &trust,
            host: &host,
            now: at,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = works.len().div_ceil(cores).max(1);
        let parts: Vec<Vec<Result<Product, Hindrance>>> = std::thread::scope(|scope| {
            let running: Vec<_> = works
                .chunks(share)
                .map(|part| {
                    scope.spawn(move || {
                        part.iter()
                            .map(|w| make::original(&bench, w))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            running
                .into_iter()
                .zip(works.chunks(share))
                .map(|(thread, part)| {
                    thread.join().unwrap_or_else(|_| {
                        let lost = || Err(Hindrance::fault("seal", "制作时程序出错"));
                        part.iter().map(|_| lost()).collect()
                    })
                })
                .collect()
        });
        Ok(parts.into_iter().flatten().collect())
    })
    .await;
    done.map_err(|e| Problem::internal(&e))?
}

/// Works on one chunk of a bulk issue, of `only` that batch when said; false when there is none.
///
/// # Errors
/// A database error, or no seal: the batch stays as it was.
pub async fn batch_step(app: &App, only: Option<Uuid>) -> Result<bool, Problem> {
    match step(app, only, CHUNK).await {
        Ok(more) => Ok(more),
        // an item that breaks the transaction is found by going one by one, and left
        Err(problem) if problem.status == 500 => step(app, only, 1).await,
        Err(problem) => Err(problem),
    }
}

async fn step(app: &App, only: Option<Uuid>, size: i64) -> Result<bool, Problem> {
    let began = Instant::now();
    let mut tx = app.store().system().await?;
    let Some(batch) = batch::claim(&mut tx, only).await? else {
        return Ok(false);
    };
    if batch.state == "collecting" {
        batch::collect(&mut tx, &batch).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let items = batch::waiting(&mut tx, &batch, size).await?;
    let chunk = chunk(app, &mut tx, &batch, items).await?;
    let busy = i64::try_from(began.elapsed().as_millis())
        .unwrap_or(0)
        .max(1);
    batch::finish_chunk(&mut tx, &batch, &chunk, busy, now()).await?;
    tx.commit().await?;
    Ok(true)
}

/// An item that can be made.
struct Ready {
    item: Item,
    source: batch::Source,
    holders: Vec<Holder>,
    version: i32,
    list_index: u32,
}

async fn chunk(
    app: &App,
    tx: &mut TenantTx,
    batch: &Batch,
    items: Vec<Item>,
) -> Result<Vec<(Item, Outcome)>, Problem> {
    let names = gather::names(tx).await?;
    let desk = if items.is_empty() {
        return Ok(Vec::new());
    } else {
        app.office()
            .desk(tx, &batch.authority, Purpose::Registration)
            .await?
    };
    let mut cache = PlanCache::default();
    let mut outcomes = Vec::with_capacity(items.len());
    let mut ready = Vec::new();
    let mut works = Vec::new();
    for item in items {
        match look(tx, batch, &item, &names, &mut cache).await {
            Ok(Some((found, work))) => {
                ready.push(found);
                works.push(work);
            }
            Ok(None) => {
                let why = "已有电子证照，或者登记簿上已经没有现势权利".to_owned();
                outcomes.push((item, Outcome::Skipped(why)));
            }
            Err(Hindrance::Fault { code, text }) => {
                outcomes.push((item, Outcome::Failed { code, text }));
            }
            Err(Hindrance::Failed(problem)) => return Err(*problem),
        }
    }
    let at = now();
    if batch.dry_run {
        // drawn, so that a missing character is found; not sealed, not kept
        let drawn = draw_only(app, &desk, works, at).await?;
        outcomes.extend(ready.into_iter().zip(drawn).map(|(r, d)| (r.item, d)));
        return Ok(outcomes);
    }
    let products = press(app, &desk, works, at).await?;
    let good: Vec<&[u8]> = products
        .iter()
        .flatten()
        .map(|p| p.ofd.as_slice())
        .collect();
    let mut stored = if good.is_empty() {
        Vec::new().into_iter()
    } else {
        app.office().packs()?.put(&good)?.into_iter()
    };
    let key = app.library_key();
    for (found, product) in ready.into_iter().zip(products) {
        let outcome = match product {
            Ok(product) => {
                let made = finished(&product, stored.next(), desk.seal_id);
                let c = enter(app, tx, batch, &found, at).await?;
                making::made(tx, &c, &made, &key, at, &new_id).await?;
                Outcome::Done
            }
            Err(Hindrance::Fault { code, text }) => Outcome::Failed { code, text },
            Err(Hindrance::Failed(problem)) => return Err(*problem),
        };
        outcomes.push((found.item, outcome));
    }
    Ok(outcomes)
}

async fn draw_only(
    app: &App,
    desk: &Arc<Desk>,
    works: Vec<Work>,
    at: DateTime<Utc>,
) -> Result<Vec<Outcome>, Problem> {
    let (app, desk) = (app.clone(), desk.clone());
    let trust = app.office().trust(at)?;
    let done = tokio::task::spawn_blocking(move || -> Result<_, Problem> {
        let vault = app.office().vault()?;
        let host = app.office().host();
        let bench = Bench {
            vault: &vault,
            desk: &desk,
            trust: &trust,
            host: &host,
            now: at,
        };
        let none = dengbu_ecert::layout::Mark::None;
        Ok(works
            .iter()
            .map(|w| match make::draw(&bench, w, &none) {
                Ok(_) => Outcome::Done,
                Err(Hindrance::Fault { code, text }) => Outcome::Failed { code, text },
                Err(Hindrance::Failed(p)) => Outcome::Failed {
                    code: "other",
                    text: p.title,
                },
            })
            .collect())
    })
    .await;
    done.map_err(|e| Problem::internal(&e))?
}

async fn look(
    tx: &mut TenantTx,
    batch: &Batch,
    item: &Item,
    names: &Names,
    cache: &mut PlanCache,
) -> Result<Option<(Ready, Work)>, Hindrance> {
    let latest = record::by_number(tx, &item.certificate_no).await?;
    if latest.as_ref().is_some_and(|c| !c.state().is_final()) {
        return Ok(None);
    }
    let sources = batch::sources(tx, item).await?;
    let Some(source) = sources.first().cloned() else {
        return Ok(None);
    };
    let unit = UnitCode::parse(&source.unit_code)
        .map_err(|e| Hindrance::fault("unit_code", e.to_string()))?;
    let holders = read::rights(tx, &unit)
        .await?
        .into_iter()
        .find(|r| r.right_id == source.right_id)
        .map(|r| r.right.holders)
        .ok_or_else(|| Hindrance::fault("right", "登记簿上没有读到这项权利"))?;
    let version = latest.map_or(1, |c| c.version + 1);
    let about = About {
        county: &item.county,
        authority: &batch.authority,
        certificate_no: &item.certificate_no,
        version,
        // given when it enters: a dry run takes no place in the list
        list_index: 0,
    };
    let mut work = facts::of_sources(tx, &about, &sources, names, cache).await?;
    if !batch.dry_run {
        work.list_index = record::next_list_index(tx).await?;
    }
    let found = Ready {
        item: item.clone(),
        source,
        holders,
        version,
        list_index: work.list_index,
    };
    Ok(Some((found, work)))
}

async fn enter(
    app: &App,
    tx: &mut TenantTx,
    batch: &Batch,
    found: &Ready,
    at: DateTime<Utc>,
) -> Result<ECertificate, Problem> {
    let source = &found.source;
    let new = New {
        county: &found.item.county,
        authority: &batch.authority,
        certificate_no: &found.item.certificate_no,
        kind: &source.kind,
        version: found.version,
        unit_code: Some(&source.unit_code),
        right_id: Some(source.right_id),
        search_no: None,
        entry_id: source.entry_id,
        case_no: source.case_no.as_deref(),
        holder_ordinal: source.holder_ordinal,
        origin: "stock",
        issued_at: source.issued_at,
        previous_id: None,
        list_index: Some(found.list_index),
    };
    let id = follow::insert(tx, &new, &found.holders, &app.library_key(), &new_id, at).await?;
    record::one(tx, id)
        .await?
        .ok_or_else(|| Problem::not_found("没有找到刚刚建立的电子证照"))
}

/// Makes valid again what was suspended until yesterday; gives how many.
///
/// # Errors
/// A database error.
pub async fn resume_over(app: &App, at: DateTime<Utc>) -> Result<usize, Problem> {
    let mut tx = app.store().system().await?;
    let count = change::resume_over(&mut tx, date_in_shanghai(at), at, &new_id).await?;
    tx.commit().await?;
    Ok(count)
}
