//! Failed attempts, counted before they are checked.
//!
//! The count is by what was typed as user name, known or not, so that lock-out tells an outsider
//! nothing (GB/T 22239-2019 8.1.4.1 b). Passwords and second-factor codes are counted apart: who
//! knows the password must not be able to buy new tries at the code with it. Failed sign-ins are
//! counted by network address as well: one password tried on many names locks no name out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};
use sm3::{Digest, Sm3};
use sqlx::PgConnection;

use crate::policy::AuthorityPolicy;

/// Rows without a failure for this long are cleared away.
const KEEP: TimeDelta = TimeDelta::days(1);

/// What is being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Password,
    Code,
}

/// The row's key: SM3 of the kind and the user name.
pub(crate) fn key(proof: Proof, username: &str) -> [u8; 32] {
    let kind: &[u8] = match proof {
        Proof::Password => b"password\0",
        Proof::Code => b"code\0",
    };
    Sm3::new()
        .chain_update(kind)
        .chain_update(username)
        .finalize()
        .into()
}

/// The row's key of a network address: SM3 of it. Of version 6 the first 64 bits count, which is
/// what one subscriber holds (RFC 6177).
pub(crate) fn address_key(ip: IpAddr) -> [u8; 32] {
    let ip = match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 => v4,
    };
    Sm3::new()
        .chain_update(b"address\0")
        .chain_update(ip.to_string())
        .finalize()
        .into()
}

/// Counts a sign-in from an address that is about to be tried; [`give_back`] takes it off again
/// when it succeeds. Refused: until when the address must wait. The count starts anew one window
/// after its first attempt.
pub(crate) async fn reserve_address(
    conn: &mut PgConnection,
    key: &[u8; 32],
    policy: &AuthorityPolicy,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let window = policy.address_window();
    let (count, begun): (i32, DateTime<Utc>) = sqlx::query_as(
        "insert into login_throttle as t (name_hash, failed_count, last_failed_at, locked_until) \
         values ($1, 1, $2, null) on conflict (name_hash) do update set \
            failed_count = case when t.last_failed_at <= $3 then 1 \
                                when t.failed_count > $4 then t.failed_count \
                                else t.failed_count + 1 end, \
            last_failed_at = case when t.last_failed_at <= $3 then $2 else t.last_failed_at end \
         returning failed_count, last_failed_at",
    )
    .bind(key.as_slice())
    .bind(now)
    .bind(now - window)
    .bind(i64::from(policy.address_attempts))
    .fetch_one(conn)
    .await?;
    let refused = i64::from(count) > i64::from(policy.address_attempts);
    Ok(refused.then(|| begun + window))
}

/// Takes an attempt off the count of its address: it succeeded.
pub(crate) async fn give_back(conn: &mut PgConnection, key: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with gone as (delete from login_throttle where name_hash = $1 and failed_count <= 1 \
                       returning 1) \
         update login_throttle set failed_count = failed_count - 1 \
         where name_hash = $1 and not exists (select from gone)",
    )
    .bind(key.as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It may; so many are left should it fail. It is counted as failed until [`clear`].
    Allowed { left: u32 },
    /// It may not, until then.
    Locked { until: DateTime<Utc> },
}

/// Counts an attempt that is about to be made. The row lock of the single statement lets attempts
/// made at once pass one after another, so no more than the limit are ever checked.
pub(crate) async fn reserve(
    conn: &mut PgConnection,
    key: &[u8; 32],
    policy: &AuthorityPolicy,
    now: DateTime<Utc>,
) -> Result<Attempt, sqlx::Error> {
    let limit = i64::from(policy.lockout_attempts);
    let until = now + policy.lockout();
    // A count older than the lock-out's length starts anew, as a lock-out that has run out does.
    let count: Option<i32> = sqlx::query_scalar(
        "insert into login_throttle as t (name_hash, failed_count, last_failed_at, locked_until) \
         values ($1, 1, $2, null) on conflict (name_hash) do update set \
            failed_count = case when t.locked_until is not null or t.last_failed_at <= $5 \
                                then 1 else t.failed_count + 1 end, \
            locked_until = case when t.locked_until is null and t.last_failed_at > $5 \
                                     and t.failed_count + 1 >= $4 then $3 end, \
            last_failed_at = $2 \
         where t.locked_until is null or t.locked_until <= $2 \
         returning failed_count",
    )
    .bind(key.as_slice())
    .bind(now)
    .bind(until)
    .bind(limit)
    .bind(now - policy.lockout())
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(count) = count {
        let left = limit.saturating_sub(i64::from(count)).max(0);
        return Ok(Attempt::Allowed {
            left: u32::try_from(left).unwrap_or(0),
        });
    }
    let locked: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("select locked_until from login_throttle where name_hash = $1")
            .bind(key.as_slice())
            .fetch_optional(conn)
            .await?;
    Ok(Attempt::Locked {
        until: locked.flatten().unwrap_or(until),
    })
}

/// Forgets the failures: the attempt succeeded, or an administrator unlocked the account.
pub(crate) async fn clear(conn: &mut PgConnection, key: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query("delete from login_throttle where name_hash = $1")
        .bind(key.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Clears away counts that no longer matter; names that do not exist leave nothing behind.
pub(crate) async fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from login_throttle where last_failed_at < $1 \
         and (locked_until is null or locked_until <= $2)",
    )
    .bind(now - KEEP)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of `usernames` are locked out, and until when.
pub(crate) async fn locked(
    conn: &mut PgConnection,
    proof: Proof,
    usernames: &[&str],
    now: DateTime<Utc>,
) -> Result<HashMap<String, DateTime<Utc>>, sqlx::Error> {
    let names: HashMap<Vec<u8>, &str> = usernames
        .iter()
        .map(|name| (key(proof, name).to_vec(), *name))
        .collect();
    let keys: Vec<&Vec<u8>> = names.keys().collect();
    let rows: Vec<(Vec<u8>, DateTime<Utc>)> = sqlx::query_as(
        "select name_hash, locked_until from login_throttle \
         where name_hash = any ($1) and locked_until > $2",
    )
    .bind(&keys)
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(key, until)| names.get(&key).map(|name| ((*name).to_owned(), until)))
        .collect())
}
