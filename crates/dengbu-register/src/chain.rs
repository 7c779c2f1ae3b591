//! Sealing entries into the authority's chain, right after they were committed.
//!
//! The chain orders entries as the sealer met them; it does not slow recording
//! down, because nobody waits for it (see `docs/decisions/`).

use chrono::{DateTime, Utc};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::RegisterError;
use crate::entry::chain_hash;

/// Entries sealed in one go at most.
const BATCH: i64 = 2_000;

/// The bytes that a link hashes after the previous link: position, entry, entry hash.
#[must_use]
pub fn link_body(seq: i64, entry_id: Uuid, entry_hash: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(8 + 16 + entry_hash.len());
    body.extend_from_slice(&seq.to_be_bytes());
    body.extend_from_slice(entry_id.as_bytes());
    body.extend_from_slice(entry_hash);
    body
}

/// Links about to be put behind a chain's last one, column by column.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Positions.
    pub seqs: Vec<i64>,
    /// Hash of the link before each.
    pub prevs: Vec<Vec<u8>>,
    /// Hash of each.
    pub hashes: Vec<Vec<u8>>,
}

impl Links {
    /// One for each item and its hash, in their order, behind the last link (its position and
    /// hash; none: the chain is empty).
    pub fn after<'a>(
        last: Option<(i64, Vec<u8>)>,
        items: impl IntoIterator<Item = (Uuid, &'a [u8])>,
    ) -> Self {
        let (mut seq, mut prev) = last.unwrap_or_default();
        let mut links = Self::default();
        for (id, item_hash) in items {
            seq += 1;
            let hash = chain_hash(&prev, &link_body(seq, id, item_hash)).to_vec();
            links.seqs.push(seq);
            links.prevs.push(std::mem::replace(&mut prev, hash.clone()));
            links.hashes.push(hash);
        }
        links
    }
}

/// Seals waiting entries of one authority; gives how many. Only one sealer
/// works on an authority at a time: the others wait for its row.
///
/// # Errors
/// A database error.
pub async fn seal(
    tx: &mut TenantTx,
    authority: &str,
    now: DateTime<Utc>,
) -> Result<usize, RegisterError> {
    sqlx::query("select authority from authority where authority = $1 for no key update")
        .bind(authority)
        .execute(tx.conn())
        .await?;
    let waiting: Vec<(Uuid, String, Vec<u8>)> = sqlx::query_as(
        "select entry_id, county, entry_hash from register_unsealed
         where authority = $1 order by recorded_at, entry_id limit $2",
    )
    .bind(authority)
    .bind(BATCH)
    .fetch_all(tx.conn())
    .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let head: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select chain_seq, hash from register_chain where authority = $1 order by chain_seq desc limit 1",
    )
    .bind(authority)
    .fetch_optional(tx.conn())
    .await?;
    let links = Links::after(head, waiting.iter().map(|w| (w.0, w.2.as_slice())));
    let ids: Vec<Uuid> = waiting.iter().map(|w| w.0).collect();
    sqlx::query(
        "insert into register_chain (authority, chain_seq, county, entry_id, entry_hash, prev_hash, hash, sealed_at)
         select $1, n.*, $8 from unnest($2::bigint[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[]) n",
    )
    .bind(authority)
    .bind(&links.seqs)
    .bind(waiting.iter().map(|w| w.1.as_str()).collect::<Vec<_>>())
    .bind(&ids)
    .bind(waiting.iter().map(|w| w.2.as_slice()).collect::<Vec<_>>())
    .bind(&links.prevs)
    .bind(&links.hashes)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query("delete from register_unsealed where authority = $1 and entry_id = any($2)")
        .bind(authority)
        .bind(&ids)
        .execute(tx.conn())
        .await?;
    Ok(waiting.len())
}

/// How the sealing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Entries sealed.
    pub sealed: i64,
    /// Entries waiting.
    pub unsealed: i64,
    /// When the oldest of them was recorded.
    pub oldest_unsealed: Option<DateTime<Utc>>,
}

/// How the sealing of the authorities in scope stands.
///
/// # Errors
/// A database error.
pub async fn health(tx: &mut TenantTx) -> Result<Health, RegisterError> {
    let sealed: Option<i64> = sqlx::query_scalar(
        "select sum(m)::bigint from (select max(chain_seq) as m from register_chain group by authority) t",
    )
    .fetch_one(tx.conn())
    .await?;
    let (unsealed, oldest_unsealed) =
        sqlx::query_as("select count(*), min(recorded_at) from register_unsealed")
            .fetch_one(tx.conn())
            .await?;
    Ok(Health {
        sealed: sealed.unwrap_or(0),
        unsealed,
        oldest_unsealed,
    })
}
