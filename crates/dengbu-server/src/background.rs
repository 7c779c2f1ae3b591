//! Loops beside the requests: sealing entries, sweeping old sessions, reminders of limits.

use std::time::Duration;

use dengbu_register::chain;
use dengbu_statistics::{StatisticsError, store as statistics};
use dengbu_store::Store;

use crate::state::{App, new_id, now};

/// How often waiting entries are looked for when there were none.
const SEAL_EVERY: Duration = Duration::from_millis(500);
/// How often old sessions are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(300);
/// How often cases near their limit are looked for; a light changes at midnight only.
const REMIND_EVERY: Duration = Duration::from_secs(600);

/// Runs until the process ends.
pub async fn run(app: App) {
    tokio::join!(
        seal_forever(app.store().clone()),
        remind_forever(app.store().clone()),
        sweep_forever(app)
    );
}

async fn seal_forever(store: Store) {
    loop {
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

/// Seals what waits at every authority, a batch each; gives how many entries.
///
/// # Errors
/// A database error.
pub async fn seal_all(store: &Store) -> Result<usize, dengbu_register::RegisterError> {
    let mut tx = store.system().await?;
    let authorities = dengbu_store::authority_list::list(&mut tx).await?;
    drop(tx);
    let mut sealed = 0;
    for a in authorities {
        let mut tx = store.system().await?;
        sealed += chain::seal(&mut tx, &a.authority, now()).await?;
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
    }
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
