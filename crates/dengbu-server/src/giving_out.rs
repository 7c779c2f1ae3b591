//! The loop that makes exports and deliveries: one at a time, so that counters stay quick; a
//! killed one is begun again by whoever finds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dengbu_distribution::DistributionError;
use dengbu_distribution::export::{self, Exported};
use dengbu_distribution::ledger::{self, GiveOut};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{AuditRecord, RequestContext, audit};
use dengbu_store::{Scope, StoreError};
use serde_json::json;

use crate::state::{App, new_id, now};

/// How often waiting exports are looked for when there were none.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often an export says how far it is.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// Looks between two sweeps of deliveries that are due and files that were kept long enough.
const SWEEP_LOOKS: u32 = 60;

/// Runs until the process ends.
pub async fn run(app: App) {
    let mut looks = 0;
    loop {
        if looks % SWEEP_LOOKS == 0
            && let Err(error) = sweep(&app).await
        {
            tracing::warn!(%error, "deliveries that are due could not be entered, trying again");
        }
        looks = looks.wrapping_add(1);
        match next(&app).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) => {
                tracing::warn!(%error, "an export could not be made, trying again");
                tokio::time::sleep(LOOK_EVERY * 10).await;
            }
        }
    }
}

/// Enters the deliveries that are due, and throws away files kept long enough.
///
/// # Errors
/// A database error.
pub async fn sweep(app: &App) -> Result<usize, DistributionError> {
    let at = now();
    let mut tx = app.store().system().await?;
    let entered = ledger::due(&mut tx, at, date_in_shanghai(at), &new_id).await?;
    let expired = ledger::expire(&mut tx, at).await?;
    tx.commit().await?;
    for (_, id) in expired {
        app.depot().discard(id)?;
    }
    Ok(entered)
}

/// Makes the oldest export that waits; false when there is none.
///
/// # Errors
/// A database error; the export is found again later.
pub async fn next(app: &App) -> Result<bool, DistributionError> {
    let mut tx = app.store().system().await?;
    let claimed = ledger::claim(&mut tx, now()).await?;
    tx.commit().await?;
    let Some(given) = claimed else {
        return Ok(false);
    };
    let ended = make(app, &given).await;
    if let Err(error) = &ended {
        app.depot().discard(given.give_out_id)?;
        if !matches!(error, DistributionError::Stopped) {
            tracing::error!(%error, export = %given.give_out_id, "an export failed");
        }
    }
    let mut tx = app.store().system().await?;
    ledger::finish(&mut tx, &given, &ended, now()).await?;
    if let Ok(exported) = &ended {
        let record = AuditRecord::by_system(
            &given.authority,
            "data.exported",
            &RequestContext::at(now()),
        )
        .on("export", given.give_out_id.to_string())
        .detail(json!({ "rows": exported.rows(), "sm3": exported.sm3 }));
        audit::record(&mut tx, &record).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Makes an export into the depot, telling once a second how far it is.
async fn make(app: &App, given: &GiveOut) -> Result<Exported, DistributionError> {
    let request = given.request()?;
    let id = given.give_out_id;
    let path = app.depot().begin(id)?;
    let (scope, name) = scope(app, &given.authority).await?;
    let far = Arc::new((AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(true)));
    let told = Arc::clone(&far);
    let progress = move |done, total| {
        told.0.store(done, Ordering::Relaxed);
        told.1.store(total, Ordering::Relaxed);
        told.2.load(Ordering::Relaxed)
    };
    let work = async {
        let mut tx = app.store().begin(&scope).await?;
        export::export(&mut tx, &request, &name, now(), &path, &progress).await
    };
    let beats = async {
        loop {
            tokio::time::sleep(BEAT_EVERY).await;
            let at = (far.0.load(Ordering::Relaxed), far.1.load(Ordering::Relaxed));
            match beat(app, given, at).await {
                Ok(true) => {}
                Ok(false) => far.2.store(false, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the progress of an export was not written"),
            }
        }
    };
    let exported = tokio::select! {
        done = work => done?,
        never = beats => never,
    };
    app.depot().complete(id, request.format.extension())?;
    Ok(exported)
}

async fn beat(app: &App, given: &GiveOut, at: (u64, u64)) -> Result<bool, DistributionError> {
    let mut tx = app.store().system().await?;
    let going = ledger::beat(&mut tx, &given.authority, given.give_out_id, at, now()).await?;
    tx.commit().await?;
    Ok(going)
}

/// Scope and name of an authority.
async fn scope(app: &App, authority: &str) -> Result<(Scope, String), DistributionError> {
    let mut tx = app.store().system().await?;
    let all = dengbu_store::authority_list::list(&mut tx).await?;
    let own = all
        .into_iter()
        .find(|a| a.authority == authority)
        .ok_or_else(|| DistributionError::Unreadable(format!("没有登记机构 {authority}")))?;
    let codes = own.counties.into_iter().map(|c| c.county);
    let scope = Scope::new(codes.chain([own.authority])).map_err(StoreError::from)?;
    Ok((scope, own.name))
}
