//! Walking all chains: every unit's and every authority's.

use std::collections::BTreeMap;

use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::RegisterError;
use crate::chain::link_body;
use crate::entry::{EntryBody, chain_hash};

/// Rows read in one go.
const PAGE: i64 = 5_000;

/// What the walk found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries walked.
    pub entries: u64,
    /// Units walked.
    pub units: u64,
    /// Links of authority chains walked.
    pub links: u64,
    /// Entries not yet sealed.
    pub unsealed: u64,
    /// The first broken link, in words for the operator.
    pub broken: Option<String>,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    county: String,
    unit_code: String,
    unit_seq: i64,
    entry_id: Uuid,
    authority: String,
    registration_type: String,
    right_id: Uuid,
    right_type: String,
    case_no: Option<String>,
    recorded_at: chrono::DateTime<chrono::Utc>,
    body: String,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// An entry walked and not yet found in its authority's chain.
struct Walked {
    authority: String,
    hash: Vec<u8>,
}

/// Walks the chains of all units and authorities in scope and stops at the
/// first broken link.
///
/// Others may record and seal meanwhile: what reaches a chain after the walk has
/// passed is looked at again by itself before it counts as a fault.
///
/// # Errors
/// A database error.
pub async fn verify(tx: &mut TenantTx) -> Result<Report, RegisterError> {
    let mut report = Report {
        entries: 0,
        units: 0,
        links: 0,
        unsealed: 0,
        broken: None,
    };
    let mut walked: BTreeMap<Uuid, Walked> = BTreeMap::new();
    units(tx, &mut report, &mut walked).await?;
    if report.broken.is_none() {
        heads(tx, &mut report).await?;
    }
    if report.broken.is_none() {
        authorities(tx, &mut report, walked).await?;
    }
    Ok(report)
}

async fn units(
    tx: &mut TenantTx,
    report: &mut Report,
    walked: &mut BTreeMap<Uuid, Walked>,
) -> Result<(), RegisterError> {
    let mut at = (String::new(), 0_i64);
    let mut prev: Vec<u8> = Vec::new();
    loop {
        let page: Vec<EntryRow> = sqlx::query_as(
            "select county, unit_code, unit_seq, entry_id, authority, registration_type, right_id, right_type,
                    case_no, recorded_at, body, prev_hash, hash
             from register_entry where (unit_code, unit_seq) > ($1, $2)
             order by unit_code, unit_seq limit $3",
        )
        .bind(&at.0)
        .bind(at.1)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
        if page.is_empty() {
            return Ok(());
        }
        for row in page {
            let first = row.unit_code != at.0;
            if first {
                report.units += 1;
                prev.clear();
            }
            let expected = if first { 1 } else { at.1 + 1 };
            if let Some(fault) = fault(&row, expected, &prev) {
                report.broken = Some(format!(
                    "不动产单元 {} 的第 {} 条登记簿记录：{fault}",
                    row.unit_code, row.unit_seq
                ));
                return Ok(());
            }
            report.entries += 1;
            prev.clone_from(&row.hash);
            walked.insert(
                row.entry_id,
                Walked {
                    authority: row.authority,
                    hash: row.hash,
                },
            );
            at = (row.unit_code, row.unit_seq);
        }
    }
}

fn fault(row: &EntryRow, expected_seq: i64, prev: &[u8]) -> Option<String> {
    if row.unit_seq != expected_seq {
        return Some(format!(
            "序号不连续，应为第 {expected_seq} 条，中间的记录缺失"
        ));
    }
    if row.prev_hash != prev {
        return Some("与上一条记录的哈希不衔接".to_owned());
    }
    if chain_hash(prev, row.body.as_bytes()).as_slice() != row.hash.as_slice() {
        return Some("内容与哈希不符，记录被改动".to_owned());
    }
    let body = match EntryBody::parse(&row.body) {
        Ok(body) => body,
        Err(e) => return Some(format!("内容无法读取：{e}")),
    };
    let agrees = body.entry_id == row.entry_id
        && body.unit_code.as_str() == row.unit_code
        && body.unit_code.county().as_str() == row.county
        && body.unit_seq == row.unit_seq
        && body.authority == row.authority
        && body.registration_type.code() == row.registration_type
        && body.right_id == row.right_id
        && body.right.right_type.code() == row.right_type
        && body.case_no == row.case_no
        && body.recorded_at == row.recorded_at;
    (!agrees).then(|| "索引字段与记录内容不一致".to_owned())
}

/// The head kept with each unit is that of its last entry: an entry cut off at
/// the end of a chain shows here.
async fn heads(tx: &mut TenantTx, report: &mut Report) -> Result<(), RegisterError> {
    let odd: Option<(String, i64)> = sqlx::query_as(
        "select u.unit_code, u.head_seq from estate_unit u
         left join register_entry e
           on e.county = u.county and e.unit_code = u.unit_code and e.unit_seq = u.head_seq
         left join (select county, unit_code, max(unit_seq) as last from register_entry group by 1, 2) l
           on l.county = u.county and l.unit_code = u.unit_code
         where (u.head_seq > 0 and (e.entry_id is null or e.hash <> u.head_hash))
            or l.last > u.head_seq
         order by u.unit_code limit 1",
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some((unit, seq)) = odd {
        report.broken = Some(format!(
            "不动产单元 {unit} 的末条记录与单元上的链头（第 {seq} 条）不一致，末尾的记录可能缺失"
        ));
    }
    Ok(())
}

async fn authorities(
    tx: &mut TenantTx,
    report: &mut Report,
    mut walked: BTreeMap<Uuid, Walked>,
) -> Result<(), RegisterError> {
    let mut at = (String::new(), 0_i64);
    let mut prev: Vec<u8> = Vec::new();
    loop {
        let page: Vec<(String, i64, Uuid, Vec<u8>, Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "select authority, chain_seq, entry_id, entry_hash, prev_hash, hash from register_chain
             where (authority, chain_seq) > ($1, $2) order by authority, chain_seq limit $3",
        )
        .bind(&at.0)
        .bind(at.1)
        .bind(PAGE)
        .fetch_all(tx.conn())
        .await?;
        if page.is_empty() {
            break;
        }
        for (authority, seq, entry_id, entry_hash, prev_hash, hash) in page {
            let first = authority != at.0;
            if first {
                prev.clear();
            }
            let expected = if first { 1 } else { at.1 + 1 };
            let wrong = if seq != expected {
                Some(format!("序号不连续，应为第 {expected} 环"))
            } else if prev_hash != prev
                || chain_hash(&prev, &link_body(seq, entry_id, &entry_hash)).as_slice() != hash
            {
                Some("哈希不衔接".to_owned())
            } else {
                let agrees = match walked.remove(&entry_id) {
                    Some(w) => w.authority == authority && w.hash == entry_hash,
                    None => settled(tx, entry_id, &authority).await?,
                };
                (!agrees).then(|| format!("对应的登记簿记录 {entry_id} 缺失、重复或哈希不符"))
            };
            if let Some(fault) = wrong {
                report.broken = Some(format!("登记机构 {authority} 总链第 {seq} 环：{fault}"));
                return Ok(());
            }
            report.links += 1;
            prev = hash;
            at = (authority, seq);
        }
    }
    remaining(tx, report, &walked).await
}

/// What is not sealed must be waiting to be sealed.
async fn remaining(
    tx: &mut TenantTx,
    report: &mut Report,
    walked: &BTreeMap<Uuid, Walked>,
) -> Result<(), RegisterError> {
    let waiting: Vec<(Uuid, String, Vec<u8>)> =
        sqlx::query_as("select entry_id, authority, entry_hash from register_unsealed")
            .fetch_all(tx.conn())
            .await?;
    report.unsealed = waiting.len() as u64;
    let mut queue: BTreeMap<Uuid, Walked> = BTreeMap::new();
    for (id, authority, hash) in waiting {
        if queue.insert(id, Walked { authority, hash }).is_some() {
            report.broken = Some(format!("登记簿记录 {id} 同时在两个登记机构的待上链队列中"));
            return Ok(());
        }
    }
    let same = |a: &Walked, b: &Walked| a.authority == b.authority && a.hash == b.hash;
    for (id, w) in walked {
        if !queue.get(id).is_some_and(|q| same(w, q)) && !settled(tx, *id, &w.authority).await? {
            report.broken = Some(format!("登记簿记录 {id} 既不在总链上，也不在待上链队列中"));
            return Ok(());
        }
    }
    for (id, q) in &queue {
        if !walked.contains_key(id) && !settled(tx, *id, &q.authority).await? {
            report.broken = Some(format!(
                "待上链队列中的记录 {id} 在登记簿里不存在，或已经上链"
            ));
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the entry now stands in the register of that authority and either in
/// its chain or in its queue, once and with the same hash. One statement, so that
/// recording and sealing cannot come in between.
async fn settled(
    tx: &mut TenantTx,
    entry_id: Uuid,
    authority: &str,
) -> Result<bool, RegisterError> {
    let places: Vec<bool> = sqlx::query_scalar(
        "select coalesce(c.entry_hash, u.entry_hash) = e.hash and (c.entry_id is null or u.entry_id is null)
         from register_entry e
         left join register_chain c on c.entry_id = e.entry_id and c.authority = e.authority
         left join register_unsealed u on u.entry_id = e.entry_id and u.authority = e.authority
         where e.entry_id = $1 and e.authority = $2
           and e.county = any (string_to_array(current_setting('app.scope', true), ','))
           and (c.entry_id is not null or u.entry_id is not null)",
    )
    .bind(entry_id)
    .bind(authority)
    .fetch_all(tx.conn())
    .await?;
    Ok(places == [true])
}
