//! Loops beside the requests: sealing entries, sweeping old sessions, reminders of limits,
//! entries about rights whose time is over.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use dengbu_cases::lapses::{Candidate, Own};
use dengbu_cases::{CaseError, clock, days, lapses, promise};
use dengbu_certlib::{LibraryError, chain as events, citizens, seals};
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::{RegisterError, chain};
use dengbu_staff::{AuditRecord, RequestContext, audit};
use dengbu_statistics::{StatisticsError, store as statistics};
use dengbu_store::{Store, StoreError};

use crate::ecert::work;
use crate::problem::Problem;
use crate::state::{App, new_id, now};

/// How often waiting entries are looked for when there were none.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// How often old sessions are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(300);
/// How often cases near their limit are looked for; a light changes at midnight only.
const REMIND_EVERY: Duration = Duration::from_secs(600);

/// How often rights are looked for whose time is over; a day ends at midnight only.
const LAPSE_EVERY: Duration = Duration::from_secs(1800);
/// How often suspended cases are looked for whose day has come.
const WAKE_EVERY: Duration = Duration::from_secs(600);
/// How often jobs of data integration are looked for when there were none.
const INTAKE_EVERY: Duration = Duration::from_millis(700);
/// Cases looked at in one go.
const WAKE_BATCH: i64 = 200;
/// Units looked at in one go.
const LAPSE_BATCH: i64 = 200;

/// Runs until the process ends.
pub async fn run(app: App) {
    tokio::join!(
        seal_forever(app.store().clone()),
        remind_forever(app.store().clone()),
        lapse_forever(app.clone()),
        wake_forever(app.store().clone()),
        crate::giving_out::run(app.clone()),
        make_forever(app.clone()),
        issue_forever(app.clone()),
        resume_forever(app.clone()),
        intake_forever(app.clone()),
        sweep_forever(app)
    );
}

/// Makes certificates right after they were recorded.
async fn make_forever(app: App) {
    if let Err(problem) = first_seals(&app).await {
        tracing::warn!(
            error = problem.title,
            "seals of the demonstration were not made"
        );
    }
    loop {
        match work::make_waiting(&app).await {
            Ok(0) => tokio::time::sleep(SEAL_EVERY).await,
            Ok(_) => {}
            Err(problem) => {
                tracing::warn!(
                    error = problem.title,
                    "certificates were not made, trying again"
                );
                tokio::time::sleep(SEAL_EVERY * 10).await;
            }
        }
    }
}

/// A demonstration has seals from the start; elsewhere an administrator makes them.
async fn first_seals(app: &App) -> Result<(), Problem> {
    if !app.config().demo {
        return Ok(());
    }
    let mut tx = app.store().system().await?;
    for a in dengbu_store::authority_list::list(&mut tx).await? {
        for purpose in seals::Purpose::ALL {
            let none = seals::active(&mut tx, &a.authority, purpose).await?;
            if none.is_some() || a.counties.is_empty() {
                continue;
            }
            let name = format!("{}{}", a.name, purpose.name_zh());
            app.office()
                .make_seal(
                    &mut tx,
                    &a.authority,
                    (&name, purpose),
                    "系统（演示）",
                    now(),
                )
                .await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Works on bulk issues, a chunk at a time.
async fn issue_forever(app: App) {
    loop {
        match work::batch_step(&app, None).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(SEAL_EVERY).await,
            Err(problem) => {
                tracing::warn!(error = problem.title, "a bulk issue stopped, trying again");
                tokio::time::sleep(SEAL_EVERY * 20).await;
            }
        }
    }
}

async fn resume_forever(app: App) {
    loop {
        if let Err(problem) = work::resume_over(&app, now()).await {
            tracing::warn!(
                error = problem.title,
                "suspended certificates were not looked at"
            );
        }
        tokio::time::sleep(WAKE_EVERY).await;
    }
}

async fn seal_forever(store: Store) {
    loop {
        if let Err(error) = seal_library(&store).await {
            tracing::warn!(%error, "events of certificates did not reach their chain, trying again");
        }
        match seal_all(&store).await {
            Ok(0) => tokio::time::sleep(SEAL_EVERY).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "sealing of register entries failed, trying again");
                tokio::time::sleep(SEAL_EVERY * 10).await;
            }
        }
    }
}

/// Codes of all authorities, read in a transaction of its own.
async fn authorities(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut tx = store.system().await?;
    let all = dengbu_store::authority_list::list(&mut tx).await?;
    Ok(all.into_iter().map(|a| a.authority).collect())
}

/// Seals what waits at every authority, a batch each; gives how many entries.
///
/// # Errors
/// A database error.
pub async fn seal_all(store: &Store) -> Result<usize, dengbu_register::RegisterError> {
    let mut sealed = 0;
    for authority in authorities(store).await? {
        let mut tx = store.system().await?;
        sealed += chain::seal(&mut tx, &authority, now()).await?;
        tx.commit().await?;
    }
    Ok(sealed)
}

/// Puts waiting events of certificates into the chain of every authority, a batch each; gives how
/// many.
///
/// # Errors
/// A database error.
pub async fn seal_library(store: &Store) -> Result<usize, LibraryError> {
    let mut sealed = 0;
    for authority in authorities(store).await? {
        let mut tx = store.system().await?;
        sealed += events::seal(&mut tx, &authority, now()).await?;
        tx.commit().await?;
    }
    Ok(sealed)
}

async fn sweep_forever(app: App) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = app.accounts().sweep(now()).await {
            tracing::warn!(%error, "sweeping of old sessions failed");
        }
        if let Err(problem) = sweep_citizens(app.store()).await {
            tracing::warn!(
                error = problem.title,
                "sweeping of citizens' sessions failed"
            );
        }
    }
}

async fn sweep_citizens(store: &Store) -> Result<(), Problem> {
    let mut tx = store.system().await?;
    citizens::sweep(&mut tx, now()).await?;
    Ok(tx.commit().await?)
}

async fn remind_forever(store: Store) {
    loop {
        match remind_all(&store).await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "reminders of cases near or past their limit"),
            Err(error) => tracing::warn!(%error, "reminders failed, trying again"),
        }
        tokio::time::sleep(REMIND_EVERY).await;
    }
}

/// Reminds of cases near or past their limit at every authority, of each light once; gives how
/// many reminders were new.
///
/// # Errors
/// A database error.
pub async fn remind_all(store: &Store) -> Result<usize, StatisticsError> {
    let now = now();
    let mut tx = store.system().await?;
    let authorities = dengbu_store::authority_list::list(&mut tx).await?;
    drop(tx);
    let mut made = 0;
    for a in authorities {
        let mut tx = store.system().await?;
        made += statistics::remind(&mut tx, &a.authority, now, &new_id).await?;
        tx.commit().await?;
    }
    Ok(made)
}

async fn wake_forever(store: Store) {
    loop {
        match wake_all(&store, now()).await {
            Ok(0) => {}
            Ok(woken) => tracing::info!(woken, "suspended cases whose day has come"),
            Err(error) => tracing::warn!(%error, "waking of suspended cases failed, trying again"),
        }
        tokio::time::sleep(WAKE_EVERY).await;
    }
}

/// Starts the clock of each suspended case whose day has come, a case per transaction; gives how
/// many. A case that cannot be woken is left for the next time and keeps nobody else asleep.
///
/// # Errors
/// A database error while looking for them.
pub async fn wake_all(store: &Store, at: DateTime<Utc>) -> Result<usize, CaseError> {
    let today = date_in_shanghai(at);
    let mut woken = 0;
    let mut after = String::new();
    loop {
        let mut tx = store.system().await?;
        let cases = clock::overslept(&mut tx, today, &after, WAKE_BATCH).await?;
        drop(tx);
        let Some(last) = cases.last() else {
            return Ok(woken);
        };
        after.clone_from(last);
        for case_no in &cases {
            match wake_one(store, case_no, at).await {
                Ok(done) => woken += usize::from(done),
                Err(error) => {
                    tracing::warn!(%error, case_no, "a suspended case could not be woken")
                }
            }
        }
    }
}

async fn wake_one(store: &Store, case_no: &str, at: DateTime<Utc>) -> Result<bool, CaseError> {
    let mut tx = store.system().await?;
    let Some(case) = clock::wake(&mut tx, case_no, at, &new_id).await? else {
        return Ok(false);
    };
    let record = AuditRecord::by_system(&case.authority, "case.resumed", &RequestContext::at(at))
        .on("case", case_no)
        .county(&case.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(true)
}

async fn lapse_forever(app: App) {
    loop {
        match lapse_all(&app, now()).await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "rights whose time was over"),
            Err(error) => tracing::warn!(%error, "entering of lapses failed, trying again"),
        }
        tokio::time::sleep(LAPSE_EVERY).await;
    }
}

/// Enters what ran out by that moment, a right per transaction; gives how many rights. A unit that
/// cannot be read or entered is told in the log and left out: the others do not wait for it.
///
/// # Errors
/// A database error while looking for units. What was entered before it stays.
pub async fn lapse_all(app: &App, at: DateTime<Utc>) -> Result<usize, CaseError> {
    let today = date_in_shanghai(at);
    let own = lapse_settings(app).await?;
    let none = Own::default();
    let mut made = 0;
    let mut after = String::new();
    loop {
        let mut tx = app.store().system().await?;
        let units = lapses::candidates(&mut tx, &own, today, &after, LAPSE_BATCH).await?;
        drop(tx);
        let Some(last) = units.last() else {
            return Ok(made);
        };
        after.clone_from(&last.unit_code);
        for unit in &units {
            let own = own.get(&unit.authority).unwrap_or(&none);
            match lapse_unit(app, unit, own, at).await {
                Ok(some) => made += some,
                Err(error) => {
                    tracing::warn!(unit = unit.unit_code, %error, "a unit's lapses were not entered, going on");
                }
            }
        }
    }
}

/// What each authority lets the platform enter.
async fn lapse_settings(app: &App) -> Result<BTreeMap<String, Own>, CaseError> {
    let mut tx = app.store().system().await?;
    let mut all = BTreeMap::new();
    for a in dengbu_store::authority_list::list(&mut tx).await? {
        let own = Own {
            kinds: lapses::kinds(&promise::settings(&mut tx, &a.authority).await?),
            calendar: days::calendar(&mut tx, &a.authority).await?,
        };
        all.insert(a.authority, own);
    }
    Ok(all)
}

/// Enters all that ran out on a unit; what was entered before an error stays.
async fn lapse_unit(
    app: &App,
    found: &Candidate,
    own: &Own,
    at: DateTime<Utc>,
) -> Result<usize, CaseError> {
    let unit = UnitCode::parse(&found.unit_code).map_err(|e| RegisterError::Unreadable {
        entry: found.unit_code.clone(),
        reason: e.to_string(),
    })?;
    let mut made = 0;
    while lapse_one(app, &unit, &found.authority, own, at).await? {
        made += 1;
    }
    Ok(made)
}

async fn lapse_one(
    app: &App,
    unit: &UnitCode,
    authority: &str,
    own: &Own,
    at: DateTime<Utc>,
) -> Result<bool, CaseError> {
    let mut tx = app.store().system().await?;
    let done = lapses::record_one(&mut tx, &app.tools(), unit, authority, own, at, &new_id).await?;
    let Some(lapse) = done else {
        return Ok(false);
    };
    let record = AuditRecord::by_system(authority, "register.lapsed", &RequestContext::at(at))
        .on("unit", unit.as_str())
        .county(unit.county().as_str())
        .detail(serde_json::json!({ "right_id": lapse.right_id, "cause": lapse.cause, "law": lapse.law }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(true)
}

async fn intake_forever(app: App) {
    let Some(worker) = app.intake_worker() else {
        return;
    };
    loop {
        match worker.once().await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(INTAKE_EVERY).await,
            Err(error) => {
                tracing::warn!(%error, "data integration failed, trying again");
                tokio::time::sleep(INTAKE_EVERY * 10).await;
            }
        }
    }
}
