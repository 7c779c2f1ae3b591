//! Events of certificates in a chain per authority, as the register's entries are: who changes or
//! takes away an event afterwards breaks the chain, and `dengbu register verify` says where.
//!
//! A link is `SM3(previous link ‖ position ‖ event ‖ SM3 of the event)`; the order is that in which
//! the sealer met the events, so that nobody who records waits for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_register::chain::{Links, link_body};
use dengbu_register::entry::chain_hash;
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::secret::sm3;
use crate::{LibraryError, State};

/// Events sealed in one go at most.
const BATCH: i64 = 2_000;
/// Links read in one go.
const PAGE: i64 = 5_000;

/// An event as it is hashed; the names in their order, no white space.
#[derive(Debug, Serialize, sqlx::FromRow)]
struct Body {
    actor: String,
    at: DateTime<Utc>,
    county: String,
    e_certificate_id: Uuid,
    entry_id: Option<Uuid>,
    event_id: Uuid,
    kind: String,
    reason: Option<String>,
    staff_id: Option<Uuid>,
}

impl Body {
    fn digest(&self) -> Result<[u8; 32], LibraryError> {
        let text = serde_json::to_vec(self).map_err(|_| LibraryError::Unreadable)?;
        Ok(sm3(&text))
    }
}

const FIELDS: &str = "e.actor, e.at, e.county, e.e_certificate_id, e.entry_id, e.event_id, e.kind, e.reason, e.staff_id";

/// Puts waiting events of an authority into its chain; gives how many. Only one sealer works on an
/// authority at a time.
///
/// # Errors
/// A database error.
pub async fn seal(
    tx: &mut TenantTx,
    authority: &str,
    now: DateTime<Utc>,
) -> Result<usize, LibraryError> {
    sqlx::query("select authority from authority where authority = $1 for no key update")
        .bind(authority)
        .execute(tx.conn())
        .await?;
    let sql = format!(
        "select {FIELDS} from e_certificate_unsealed u
         join e_certificate_event e on e.county = u.county and e.event_id = u.event_id
         where u.authority = $1 order by u.at, u.event_id limit $2"
    );
    let waiting: Vec<Body> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(BATCH)
        .fetch_all(tx.conn())
        .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let head: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select chain_seq, hash from e_certificate_chain where authority = $1 order by chain_seq desc limit 1",
    )
    .bind(authority)
    .fetch_optional(tx.conn())
    .await?;
    let digests = waiting
        .iter()
        .map(Body::digest)
        .collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = waiting.iter().map(|event| event.event_id).collect();
    let counties: Vec<&str> = waiting.iter().map(|event| event.county.as_str()).collect();
    let links = Links::after(
        head,
        ids.iter()
            .copied()
            .zip(digests.iter().map(<[u8; 32]>::as_slice)),
    );
    sqlx::query(
        "insert into e_certificate_chain (authority, chain_seq, county, event_id, event_hash, prev_hash, hash, sealed_at)
         select $1, n.*, $8 from unnest($2::bigint[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[]) n",
    )
    .bind(authority)
    .bind(&links.seqs)
    .bind(&counties)
    .bind(&ids)
    .bind(digests.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .bind(&links.prevs)
    .bind(&links.hashes)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query("delete from e_certificate_unsealed where authority = $1 and event_id = any ($2)")
        .bind(authority)
        .bind(&ids)
        .execute(tx.conn())
        .await?;
    Ok(waiting.len())
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Links walked.
    pub links: u64,
    /// Events that wait for the chain.
    pub unsealed: i64,
    /// The first fault, in words for the operator.
    pub broken: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Link {
    authority: String,
    chain_seq: i64,
    linked: Uuid,
    event_hash: Vec<u8>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
    actor: Option<String>,
    at: Option<DateTime<Utc>>,
    county: String,
    e_certificate_id: Option<Uuid>,
    entry_id: Option<Uuid>,
    kind: Option<String>,
    reason: Option<String>,
    staff_id: Option<Uuid>,
}

impl Link {
    /// The event as it stands now; none when it is gone.
    fn event(&self) -> Option<Body> {
        Some(Body {
            actor: self.actor.clone()?,
            at: self.at?,
            county: self.county.clone(),
            e_certificate_id: self.e_certificate_id?,
            entry_id: self.entry_id,
            event_id: self.linked,
            kind: self.kind.clone()?,
            reason: self.reason.clone(),
            staff_id: self.staff_id,
        })
    }

    fn fault(&self, expected: i64, prev: &[u8]) -> Result<Option<String>, LibraryError> {
        if self.chain_seq != expected {
            let text = format!("序号不连续，应为第 {expected} 环，中间的记录缺失");
            return Ok(Some(text));
        }
        let body = link_body(self.chain_seq, self.linked, &self.event_hash);
        if self.prev_hash != prev || chain_hash(prev, &body).as_slice() != self.hash {
            return Ok(Some("哈希不衔接".to_owned()));
        }
        Ok(match self.event() {
            None => Some(format!("对应的事件 {} 缺失", self.linked)),
            Some(e) if e.digest()?.as_slice() != self.event_hash => Some(format!(
                "事件 {}（证照 {}）的内容与哈希不符，记录被改动",
                self.linked, e.e_certificate_id
            )),
            Some(_) => None,
        })
    }
}

/// Walks the chains of all authorities in scope, stops at the first fault, and compares each
/// certificate's state with its last event.
///
/// # Errors
/// A database error.
pub async fn verify(tx: &mut TenantTx) -> Result<Report, LibraryError> {
    let mut report = Report {
        links: 0,
        unsealed: 0,
        broken: None,
    };
    let mut heads: BTreeMap<String, (i64, Vec<u8>)> = BTreeMap::new();
    let mut at = (String::new(), 0_i64);
    loop {
        let page: Vec<Link> = sqlx::query_as(
            "select c.authority, c.chain_seq, c.event_id as linked, c.event_hash, c.prev_hash, c.hash, c.county,
                    e.actor, e.at, e.e_certificate_id, e.entry_id, e.kind, e.reason, e.staff_id
             from e_certificate_chain c
             left join e_certificate_event e on e.county = c.county and e.event_id = c.event_id
             where (c.authority, c.chain_seq) > ($1, $2) order by c.authority, c.chain_seq limit $3",
        )
        .bind(&at.0)
        .bind(at.1)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = page.last() else {
            break;
        };
        at = (last.authority.clone(), last.chain_seq);
        for link in page {
            let (seq, prev) = heads.entry(link.authority.clone()).or_default();
            if let Some(fault) = link.fault(*seq + 1, prev)? {
                report.broken = Some(format!(
                    "登记机构 {} 电子证照事件链第 {} 环：{fault}",
                    link.authority, link.chain_seq
                ));
                return Ok(report);
            }
            *seq = link.chain_seq;
            *prev = link.hash;
            report.links += 1;
        }
    }
    rest(tx, &mut report).await?;
    Ok(report)
}

/// Events in no chain, and states that no event explains.
async fn rest(tx: &mut TenantTx, report: &mut Report) -> Result<(), LibraryError> {
    const SCOPE: &str = "county = any (string_to_array(current_setting('app.scope', true), ','))";
    report.unsealed = sqlx::query_scalar("select count(*) from e_certificate_unsealed")
        .fetch_one(tx.conn())
        .await?;
    let lost: Option<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select e.event_id from e_certificate_event e where e.{SCOPE}
           and not exists (select from e_certificate_chain l where l.county = e.county and l.event_id = e.event_id)
           and not exists (select from e_certificate_unsealed u where u.county = e.county and u.event_id = e.event_id)
         limit 1"
    )))
    .fetch_optional(tx.conn())
    .await?;
    if let Some(id) = lost {
        report.broken = Some(format!(
            "电子证照事件 {id} 不在事件链中，末尾的记录可能缺失"
        ));
        return Ok(());
    }
    // what entered, failed or was ordered again leaves the state; of two events of one moment the
    // entering comes first
    let odd: Option<(String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select c.certificate_no, c.state, l.state from e_certificate c
         join lateral (
             select case e.kind when 'entered' then 'draft' when 'resumed' then 'issued' else e.kind end as state
             from e_certificate_event e
             where e.county = c.county and e.e_certificate_id = c.e_certificate_id
               and e.kind not in ('failed', 'ordered')
             order by e.at desc, (e.kind = 'entered'), e.event_id desc limit 1) l on true
         where c.{SCOPE} and l.state <> c.state limit 1"
    )))
    .fetch_optional(tx.conn())
    .await?;
    if let Some((number, state, event)) = odd {
        let name = |code: &str| State::from_code(code).map_or("不明", State::name_zh);
        report.broken = Some(format!(
            "电子证照 {number} 的状态“{}”与最后一次事件“{}”不一致，记录被改动",
            name(&state),
            name(&event)
        ));
    }
    Ok(())
}
