//! Messages to the outside (transactional outbox): written in the transaction that caused them,
//! delivered at least once, in order within one (county, topic, key).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::scope::Scope;
use crate::store::{Store, StoreError, TenantTx};

/// How long a claimed message is ours before another relay may take it.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Messages of one round of the relay loop.
const BATCH: i64 = 50;

/// A message claimed for delivery.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Message {
    /// County (or authority) the message is about.
    pub county: String,
    /// Its key; hand it to the receiver as the idempotency key.
    pub id: Uuid,
    /// What kind of message.
    pub topic: String,
    /// Messages of one key are delivered one after another.
    pub key: String,
    /// The content.
    pub payload: Value,
    /// When the cause was committed, or nearly so.
    pub created_at: DateTime<Utc>,
    /// Deliveries tried so far, this one included.
    pub attempts: i32,
}

/// Adds a message to the transaction; returns its key.
pub async fn insert(
    tx: &mut TenantTx,
    county: &str,
    topic: &str,
    key: &str,
    payload: &Value,
) -> Result<Uuid, StoreError> {
    tx.require(county)?;
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into outbox (county, id, topic, key, payload, created_at, next_attempt_at) \
         values ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(county)
    .bind(id)
    .bind(topic)
    .bind(key)
    .bind(payload)
    .bind(Utc::now())
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Takes up to `limit` messages of `topics` that are due at `now`, oldest first; for two minutes
/// nobody else gets them. Commit the transaction before delivering.
///
/// Of messages with the same county, topic and key only the oldest undelivered one is given out.
pub async fn claim(
    tx: &mut TenantTx,
    topics: &[&str],
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Message>, StoreError> {
    let counties = tx.scope().codes().to_vec();
    let mut messages: Vec<Message> = sqlx::query_as(
        "with due as ( \
             select county, id from outbox o \
             where county = any ($1) and topic = any ($2) and delivered_at is null \
               and next_attempt_at <= $3 and (locked_until is null or locked_until <= $3) \
               and not exists ( \
                   select from outbox earlier \
                   where earlier.county = o.county and earlier.topic = o.topic \
                     and earlier.key = o.key and earlier.id < o.id \
                     and earlier.delivered_at is null) \
             order by id limit $4 for update of o skip locked) \
         update outbox o set locked_until = $5, attempts = o.attempts + 1 \
         from due where o.county = due.county and o.id = due.id \
         returning o.county, o.id, o.topic, o.key, o.payload, o.created_at, o.attempts",
    )
    .bind(&counties)
    .bind(topics)
    .bind(now)
    .bind(limit)
    .bind(now + LEASE)
    .fetch_all(tx.conn())
    .await?;
    messages.sort_by_key(|message| message.id);
    Ok(messages)
}

/// Notes that a message arrived.
pub async fn delivered(
    tx: &mut TenantTx,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update outbox set delivered_at = $3, locked_until = null, last_error = null \
         where county = $1 and id = $2",
    )
    .bind(&message.county)
    .bind(message.id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a message did not arrive; it is due again after a pause that doubles up to an hour.
pub async fn failed(
    tx: &mut TenantTx,
    message: &Message,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update outbox set next_attempt_at = $3, locked_until = null, last_error = $4 \
         where county = $1 and id = $2",
    )
    .bind(&message.county)
    .bind(message.id)
    .bind(now + back_off(message.attempts))
    .bind(error)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One round of a relay: claims, lets `deliver` send each message, notes the outcome.
/// Returns how many arrived; call it again at once while the batch was full.
pub async fn relay_once<F, D, E>(
    store: &Store,
    scope: &Scope,
    topics: &[&str],
    limit: i64,
    deliver: F,
) -> Result<usize, StoreError>
where
    F: Fn(Message) -> D,
    D: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut tx = store.begin(scope).await?;
    let messages = claim(&mut tx, topics, limit, Utc::now()).await?;
    tx.commit().await?;
    let mut arrived = 0;
    for message in &messages {
        let outcome = deliver(message.clone()).await;
        let mut tx = store.begin(scope).await?;
        match outcome {
            Ok(()) => {
                delivered(&mut tx, message, Utc::now()).await?;
                arrived += 1;
            }
            Err(error) => {
                tracing::warn!(%error, topic = message.topic, attempts = message.attempts,
                    "message not delivered");
                failed(&mut tx, message, &error.to_string(), Utc::now()).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(arrived)
}

/// Relays messages of all authorities until `stop` is done: at once while there are any, then
/// looking again every `pause`. A database that does not answer is waited for.
pub async fn relay_until<F, D, E>(
    store: &Store,
    topics: &[&str],
    pause: Duration,
    stop: impl Future<Output = ()>,
    deliver: F,
) where
    F: Fn(Message) -> D,
    D: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut stop = std::pin::pin!(stop);
    loop {
        // A round is never broken off: what was sent is also noted.
        let round = async {
            let scope = store.system_scope().await?;
            relay_once(store, &scope, topics, BATCH, &deliver).await
        };
        match round.await {
            Ok(0) => {}
            Ok(_) => {
                let stopped = tokio::select! {
                    biased;
                    () = &mut stop => true,
                    () = std::future::ready(()) => false,
                };
                if stopped {
                    return;
                }
                continue;
            }
            Err(error) => tracing::warn!(%error, "outbox round failed"),
        }
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// The pause after the `attempts`-th failure: 2 s, 4 s, 8 s … one hour.
pub(crate) fn back_off(attempts: i32) -> Duration {
    let exponent = u32::try_from(attempts.clamp(1, 12)).unwrap_or(12);
    Duration::from_secs((1_u64 << exponent).min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 11, 12, 13, i32::MAX]
            .map(|n| back_off(n).as_secs())
            .to_vec();
        assert_eq!(seconds, [2, 2, 4, 8, 2048, 3600, 3600, 3600]);
    }
}
