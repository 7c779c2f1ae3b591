//! Letting a batch into the register, some hundred units per transaction.

use chrono::{DateTime, Utc};
use dengbu_cadastre::load::{self as cadastre, NewBuilding, NewParcel};
use dengbu_register::person::PersonKey;
use dengbu_store::{Scope, Store, TenantTx, is_contention, outbox};
use dengbu_takeover::{ExistingUnit, Options, Taken, TakeoverError, take};
use serde_json::json;
use uuid::Uuid;

use crate::IntakeError;
use crate::batch::{self, Batch, Settled};

/// Parcels or buildings per transaction.
const LAND: i64 = 500;
/// Units per transaction.
const UNITS: i64 = 200;

/// Topic of the message that a batch is in the register.
pub const TOPIC: &str = "intake.published";

/// What publishing needs.
#[derive(Clone, Copy)]
pub struct Press<'a> {
    /// The database.
    pub store: &'a Store,
    /// The authority and its counties.
    pub scope: &'a Scope,
    /// Key of the person index.
    pub key: &'a PersonKey,
    /// The clock.
    pub now: &'a (dyn Fn() -> DateTime<Utc> + Send + Sync),
    /// Identities of entries.
    pub ids: &'a (dyn Fn() -> Uuid + Send + Sync),
}

/// How a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// There is more.
    More,
    /// All of it is in.
    Done,
    /// Somebody paused it, or it is none to be published.
    Halted,
}

/// Lets the next part of a batch in: one transaction. May be called again after any error, and by
/// another process after this one was killed.
///
/// # Errors
/// [`IntakeError`]; nothing of the round was written then.
pub async fn round(
    press: Press<'_>,
    authority: &str,
    batch_no: &str,
) -> Result<Round, IntakeError> {
    match press_units(press, authority, batch_no, UNITS).await {
        // one unit that the register will not have must not keep the others out
        Err(IntakeError::Takeover(TakeoverError::Register(_)) | IntakeError::Register(_)) => {}
        other => return other,
    }
    for _ in 0..UNITS {
        let round = press_one(press, authority, batch_no).await?;
        if round != Round::More {
            return Ok(round);
        }
    }
    Ok(Round::More)
}

async fn press_units(
    press: Press<'_>,
    authority: &str,
    batch_no: &str,
    limit: i64,
) -> Result<Round, IntakeError> {
    press
        .store
        .with_retry(press.scope, |mut tx| async move {
            let batch = batch::one(&mut tx, authority, batch_no, true).await?;
            if batch.state != "publishing" {
                return Ok((tx, Round::Halted));
            }
            let round = part(&mut tx, press, &batch, limit).await?;
            Ok::<_, IntakeError>((tx, round))
        })
        .await
}

/// The next unit by itself; what the register will not have is noted as refused.
async fn press_one(
    press: Press<'_>,
    authority: &str,
    batch_no: &str,
) -> Result<Round, IntakeError> {
    let mut tx = press.store.begin(press.scope).await?;
    let batch = batch::one(&mut tx, authority, batch_no, false).await?;
    let next = batch::next_units(&mut tx, &batch, 1).await?;
    tx.rollback().await?;
    match press_units(press, authority, batch_no, 1).await {
        Err(error) if refusal(&error) => {
            refuse(press, authority, batch_no, &next, &error.to_string()).await
        }
        other => other,
    }
}

/// Whether the register refused the unit itself.
fn refusal(error: &IntakeError) -> bool {
    let register = matches!(
        error,
        IntakeError::Takeover(TakeoverError::Register(_)) | IntakeError::Register(_)
    );
    register && !is_contention(error)
}

async fn part(
    tx: &mut TenantTx,
    press: Press<'_>,
    batch: &Batch,
    limit: i64,
) -> Result<Round, IntakeError> {
    let parcels: Vec<(String, NewParcel)> = batch::next_land(tx, batch, "parcel", LAND).await?;
    if !parcels.is_empty() {
        let (codes, rows): (Vec<_>, Vec<_>) = parcels.into_iter().unzip();
        cadastre::parcels(tx, &rows).await.map_err(takeover)?;
        batch::land_done(tx, batch, "parcel", &codes).await?;
        return Ok(Round::More);
    }
    let buildings: Vec<(String, NewBuilding)> =
        batch::next_land(tx, batch, "building", LAND).await?;
    if !buildings.is_empty() {
        let (codes, rows): (Vec<_>, Vec<_>) = buildings.into_iter().unzip();
        cadastre::buildings(tx, &rows).await.map_err(takeover)?;
        batch::land_done(tx, batch, "building", &codes).await?;
        return Ok(Round::More);
    }
    let now = (press.now)();
    let units = batch::next_units(tx, batch, limit).await?;
    if units.is_empty() {
        batch::finish(tx, batch, now).await?;
        let counts = batch::unit_counts(tx, &batch.authority, &batch.batch_no).await?;
        let payload =
            json!({ "batch_no": batch.batch_no, "source": batch.source, "counts": counts });
        outbox::insert(tx, &batch.authority, TOPIC, &batch.source, &payload).await?;
        return Ok(Round::Done);
    }
    let taken = take(tx, press.key, &units, Options::new(now, press.ids)).await?;
    let settled: Vec<Settled> = units.iter().zip(taken).map(settled).collect();
    batch::settle(tx, batch, &settled, now).await?;
    Ok(Round::More)
}

fn takeover(error: dengbu_cadastre::CadastreError) -> IntakeError {
    IntakeError::Takeover(error.into())
}

fn settled((unit, taken): (&ExistingUnit, Taken)) -> Settled {
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let (state, entries, reason) = match taken {
        Taken::New(n) => ("new", count(n), None),
        Taken::Grown(n) => ("grown", count(n), None),
        Taken::Same => ("same", 0, None),
        Taken::Refused(reason) => ("refused", 0, Some(reason)),
    };
    Settled {
        unit_code: unit.code().as_str().to_owned(),
        state,
        entries,
        reason,
    }
}

/// Notes that a unit is refused, with what the register said.
async fn refuse(
    press: Press<'_>,
    authority: &str,
    batch_no: &str,
    units: &[ExistingUnit],
    reason: &str,
) -> Result<Round, IntakeError> {
    press
        .store
        .with_retry(press.scope, |mut tx| async move {
            let batch = batch::one(&mut tx, authority, batch_no, true).await?;
            if batch.state != "publishing" {
                return Ok((tx, Round::Halted));
            }
            let rows: Vec<Settled> = units
                .iter()
                .map(|u| settled((u, Taken::Refused(reason.to_owned()))))
                .collect();
            batch::settle(&mut tx, &batch, &rows, (press.now)()).await?;
            Ok::<_, IntakeError>((tx, Round::More))
        })
        .await
}
