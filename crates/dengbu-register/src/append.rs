//! Writing entries: the only way into the register.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dengbu_model::right::{RegistrationType, Right};
use dengbu_model::unit_code::{Fixture, UnitCode};
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::RegisterError;
use crate::entry::{
    EndedRight, EntryBody, EntryCertificate, FORMAT, Provenance, Registrar, chain_hash,
    register_time,
};
use crate::person::PersonKey;
use crate::projection::{Change, Ending, RightRow, change};

/// Head of a unit's chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Position of the last entry; 0 when there is none.
    pub seq: i64,
    /// Hash of the last entry; empty when there is none.
    pub hash: Vec<u8>,
    /// When the last entry was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// An entry to be made.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Identity of the entry.
    pub entry_id: Uuid,
    /// Registration authority.
    pub authority: String,
    /// The unit.
    pub unit: UnitCode,
    /// Kind of registration.
    pub registration_type: RegistrationType,
    /// Catalogue code of the business, or `existing`.
    pub business: String,
    /// Registration cause.
    pub cause: Option<String>,
    /// The case.
    pub case_no: Option<String>,
    /// Who records.
    pub registrar: Registrar,
    /// The moment of recording.
    pub recorded_at: DateTime<Utc>,
    /// Original date of a title taken over; none for everything recorded here.
    pub effective_at: Option<DateTime<Utc>>,
    /// Articles it rests on.
    pub legal_basis: Vec<String>,
    /// The right.
    pub right_id: Uuid,
    /// The right, complete.
    pub right: Right,
    /// True when the entry creates it.
    pub creates: bool,
    /// Rights that end.
    pub ends: Vec<EndedRight>,
    /// Certificates issued.
    pub certificates: Vec<EntryCertificate>,
    /// Number of an older certificate, for titles taken over.
    pub certificate_no: Option<String>,
    /// Origin of a title taken over.
    pub provenance: Option<Provenance>,
}

/// An entry that was made.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The entry.
    pub body: EntryBody,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Locks the units, in order of their codes, and gives the heads of their chains.
///
/// Their parcels are locked before them: shared for what stands on the land, alone
/// for the land itself, because a seizure of the land reaches the house (rule R11)
/// and the two must not be recorded past one another.
///
/// # Errors
/// [`RegisterError::UnknownUnit`] when one is not there or not in scope.
pub async fn lock_units(
    tx: &mut TenantTx,
    units: &[UnitCode],
) -> Result<BTreeMap<UnitCode, Head>, RegisterError> {
    let mut codes: Vec<&UnitCode> = units.iter().collect();
    codes.sort();
    codes.dedup();
    lock_parcels(tx, &codes).await?;
    let mut heads = BTreeMap::new();
    for code in codes {
        let county = code.county().as_str().to_owned();
        let row: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "select head_seq, head_hash from estate_unit where county = $1 and unit_code = $2 for no key update",
        )
        .bind(&county)
        .bind(code.as_str())
        .fetch_optional(tx.conn())
        .await?;
        let (seq, hash) =
            row.ok_or_else(|| RegisterError::UnknownUnit(code.as_str().to_owned()))?;
        let recorded_at: Option<DateTime<Utc>> = sqlx::query_scalar(
            "select recorded_at from register_entry where county = $1 and unit_code = $2 and unit_seq = $3",
        )
        .bind(&county)
        .bind(code.as_str())
        .bind(seq)
        .fetch_optional(tx.conn())
        .await?;
        heads.insert(
            code.clone(),
            Head {
                seq,
                hash,
                recorded_at,
            },
        );
    }
    Ok(heads)
}

async fn lock_parcels(tx: &mut TenantTx, codes: &[&UnitCode]) -> Result<(), RegisterError> {
    let mut parcels: BTreeMap<String, bool> = BTreeMap::new();
    for code in codes {
        let land = code.fixture() == Fixture::None;
        *parcels
            .entry(code.parcel().as_str().to_owned())
            .or_default() |= land;
    }
    for (parcel, alone) in parcels {
        let sql = if alone {
            "select 1 from parcel where county = $1 and parcel_code = $2 for update"
        } else {
            "select 1 from parcel where county = $1 and parcel_code = $2 for share"
        };
        sqlx::query(sql)
            .bind(&parcel[..6])
            .bind(&parcel)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Appends entries in the order given. The units must have been locked with
/// [`lock_units`] in the same transaction, or have been inserted in it.
///
/// # Errors
/// [`RegisterError::NotStanding`] when an entry ends a right that does not stand on its unit,
/// [`RegisterError::SecondTitle`] when a unit would get two current titles.
pub async fn append(
    tx: &mut TenantTx,
    key: &PersonKey,
    heads: &mut BTreeMap<UnitCode, Head>,
    entries: Vec<NewEntry>,
) -> Result<Vec<Appended>, RegisterError> {
    let mut made = Vec::with_capacity(entries.len());
    let mut rows = EntryRows::default();
    for new in entries {
        let head = heads.entry(new.unit.clone()).or_default();
        let body = complete(new, head);
        let text = body.canonical()?;
        let hash = chain_hash(&head.hash, text.as_bytes());
        rows.push(&body, text, &head.hash, &hash);
        *head = Head {
            seq: body.unit_seq,
            hash: hash.to_vec(),
            recorded_at: Some(body.recorded_at),
        };
        made.push(Appended { body, hash });
    }
    rows.insert(tx).await?;
    move_heads(tx, heads, &made).await?;
    let changes: Vec<Change> = made.iter().map(|m| change(&m.body)).collect();
    apply(tx, key, &changes).await?;
    Ok(made)
}

fn complete(new: NewEntry, head: &Head) -> EntryBody {
    // strictly increasing within a unit, whatever the clock does
    let floor = head
        .recorded_at
        .map(|t| t + chrono::TimeDelta::microseconds(1));
    let recorded_at = register_time(new.recorded_at).max(floor.unwrap_or(DateTime::<Utc>::MIN_UTC));
    let certificate_no = new.certificate_no.or_else(|| {
        (!new.certificates.is_empty()).then(|| {
            new.certificates
                .iter()
                .map(|c| c.number.as_str())
                .collect::<Vec<_>>()
                .join("、")
        })
    });
    EntryBody {
        format: FORMAT.to_owned(),
        entry_id: new.entry_id,
        authority: new.authority,
        unit_seq: head.seq + 1,
        unit_code: new.unit,
        registration_type: new.registration_type,
        business: new.business,
        cause: new.cause,
        case_no: new.case_no,
        registrar: new.registrar,
        recorded_at,
        effective_at: new.effective_at.map_or(recorded_at, register_time),
        legal_basis: new.legal_basis,
        right_id: new.right_id,
        right: new.right,
        creates: new.creates,
        ends: new.ends,
        certificates: new.certificates,
        certificate_no,
        provenance: new.provenance,
    }
}

#[derive(Default)]
struct EntryRows {
    county: Vec<String>,
    unit: Vec<String>,
    seq: Vec<i64>,
    id: Vec<Uuid>,
    authority: Vec<String>,
    registration_type: Vec<String>,
    right_id: Vec<Uuid>,
    right_type: Vec<String>,
    case_no: Vec<Option<String>>,
    recorded_at: Vec<DateTime<Utc>>,
    body: Vec<String>,
    prev: Vec<Vec<u8>>,
    hash: Vec<Vec<u8>>,
}

impl EntryRows {
    fn push(&mut self, b: &EntryBody, text: String, prev: &[u8], hash: &[u8; 32]) {
        self.county.push(b.unit_code.county().as_str().to_owned());
        self.unit.push(b.unit_code.as_str().to_owned());
        self.seq.push(b.unit_seq);
        self.id.push(b.entry_id);
        self.authority.push(b.authority.clone());
        self.registration_type
            .push(b.registration_type.code().to_owned());
        self.right_id.push(b.right_id);
        self.right_type.push(b.right.right_type.code().to_owned());
        self.case_no.push(b.case_no.clone());
        self.recorded_at.push(b.recorded_at);
        self.body.push(text);
        self.prev.push(prev.to_vec());
        self.hash.push(hash.to_vec());
    }

    async fn insert(self, tx: &mut TenantTx) -> Result<(), RegisterError> {
        sqlx::query(
            "insert into register_entry (county, unit_code, unit_seq, entry_id, authority, registration_type,
                 right_id, right_type, case_no, recorded_at, body, prev_hash, hash)
             select * from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[],
                 $7::uuid[], $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::bytea[], $13::bytea[])",
        )
        .bind(&self.county)
        .bind(&self.unit)
        .bind(&self.seq)
        .bind(&self.id)
        .bind(&self.authority)
        .bind(&self.registration_type)
        .bind(&self.right_id)
        .bind(&self.right_type)
        .bind(&self.case_no)
        .bind(&self.recorded_at)
        .bind(&self.body)
        .bind(&self.prev)
        .bind(&self.hash)
        .execute(tx.conn())
        .await?;
        sqlx::query(
            "insert into register_unsealed (authority, entry_id, county, entry_hash, recorded_at)
             select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[])",
        )
        .bind(&self.authority)
        .bind(&self.id)
        .bind(&self.county)
        .bind(&self.hash)
        .bind(&self.recorded_at)
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

async fn move_heads(
    tx: &mut TenantTx,
    heads: &BTreeMap<UnitCode, Head>,
    made: &[Appended],
) -> Result<(), RegisterError> {
    let mut units: Vec<&UnitCode> = made.iter().map(|m| &m.body.unit_code).collect();
    units.sort();
    units.dedup();
    let moved: Vec<(&UnitCode, &Head)> = units
        .into_iter()
        .filter_map(|u| heads.get(u).map(|h| (u, h)))
        .collect();
    let county: Vec<&str> = moved.iter().map(|(u, _)| &u.as_str()[..6]).collect();
    let unit: Vec<&str> = moved.iter().map(|(u, _)| u.as_str()).collect();
    let seq: Vec<i64> = moved.iter().map(|(_, h)| h.seq).collect();
    let hash: Vec<&[u8]> = moved.iter().map(|(_, h)| h.hash.as_slice()).collect();
    let done = sqlx::query(
        "update estate_unit u set head_seq = n.seq, head_hash = n.hash
         from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[]) as n (county, unit_code, seq, hash)
         where u.county = n.county and u.unit_code = n.unit_code",
    )
    .bind(&county)
    .bind(&unit)
    .bind(&seq)
    .bind(&hash)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() != moved.len() as u64 {
        let unknown = moved
            .first()
            .map(|(u, _)| u.as_str().to_owned())
            .unwrap_or_default();
        return Err(RegisterError::UnknownUnit(unknown));
    }
    Ok(())
}

/// Applies changes to the projection in their order.
pub(crate) async fn apply(
    tx: &mut TenantTx,
    key: &PersonKey,
    changes: &[Change],
) -> Result<(), RegisterError> {
    // A right may be created and ended within one batch: runs of creations are
    // written together, and an ending waits for the creations before it.
    let mut created: Vec<&RightRow> = Vec::new();
    for c in changes {
        if !c.ended.is_empty() {
            insert_rights(tx, key, &created).await?;
            created.clear();
            end_rights(tx, &c.ended).await?;
        }
        created.extend(c.created.iter());
    }
    insert_rights(tx, key, &created).await
}

async fn end_rights(tx: &mut TenantTx, ended: &[Ending]) -> Result<(), RegisterError> {
    for e in ended {
        let done = sqlx::query(
            "update register_right set ended_seq = $3, valid_to = greatest($4, valid_from), end_reason = $5, end_case_no = $6
             where county = $1 and right_id = $2 and unit_code = $7 and valid_to is null",
        )
        .bind(&e.county)
        .bind(e.right_id)
        .bind(e.ended_seq)
        .bind(e.valid_to)
        .bind(&e.reason)
        .bind(&e.case_no)
        .bind(&e.unit_code)
        .execute(tx.conn())
        .await?;
        if done.rows_affected() != 1 {
            return Err(RegisterError::NotStanding(e.right_id));
        }
        sqlx::query(
            "update register_holder set is_current = false where county = $1 and right_id = $2",
        )
        .bind(&e.county)
        .bind(e.right_id)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn insert_rights(
    tx: &mut TenantTx,
    key: &PersonKey,
    rows: &[&RightRow],
) -> Result<(), RegisterError> {
    if rows.is_empty() {
        return Ok(());
    }
    let bodies: Vec<serde_json::Value> = rows
        .iter()
        .map(|r| serde_json::to_value(&r.right).map_err(|e| unreadable(r.right_id, &e)))
        .collect::<Result<_, _>>()?;
    let origins: Vec<Option<serde_json::Value>> = rows
        .iter()
        .map(|r| {
            r.provenance
                .as_ref()
                .map(serde_json::to_value)
                .transpose()
                .map_err(|e| unreadable(r.right_id, &e))
        })
        .collect::<Result<_, _>>()?;
    sqlx::query(
        "insert into register_right (county, right_id, unit_code, right_type, kind, is_title, created_seq,
             valid_from, registered_at, registration_type, registrar, case_no, certificate_no, body, provenance)
         select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[],
             $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[], $15::jsonb[])",
    )
    .bind(rows.iter().map(|r| r.county.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.right_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.unit_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.right_type.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.kind.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.is_title).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.created_seq).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.valid_from).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.registered_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.registration_type.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.registrar.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.case_no.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.certificate_no.as_deref()).collect::<Vec<_>>())
    .bind(bodies)
    .bind(origins)
    .execute(tx.conn())
    .await
    .map_err(|e| second_title(e, rows))?;
    insert_holders(tx, key, rows).await
}

async fn insert_holders(
    tx: &mut TenantTx,
    key: &PersonKey,
    rows: &[&RightRow],
) -> Result<(), RegisterError> {
    let mut county = Vec::new();
    let mut right_id = Vec::new();
    let mut role = Vec::new();
    let mut ordinal = Vec::new();
    let mut unit = Vec::new();
    let mut name = Vec::new();
    let mut id_hash = Vec::new();
    for r in rows {
        let holders = r.right.holders.iter().map(|h| ("holder", &h.party));
        let obligors = r.right.obligors.iter().map(|p| ("obligor", p));
        for (at, (which, party)) in (0_i32..).zip(holders.chain(obligors)) {
            county.push(r.county.as_str());
            right_id.push(r.right_id);
            role.push(which);
            ordinal.push(at);
            unit.push(r.unit_code.as_str());
            name.push(party.name.as_str());
            id_hash.push(party.id.as_ref().map(|id| key.index(&id.number)));
        }
    }
    sqlx::query(
        "insert into register_holder (county, right_id, role, ordinal, unit_code, name, id_hash, is_current)
         select *, true from unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::bytea[])",
    )
    .bind(county)
    .bind(right_id)
    .bind(role)
    .bind(ordinal)
    .bind(unit)
    .bind(name)
    .bind(id_hash)
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn unreadable(right_id: Uuid, e: &serde_json::Error) -> RegisterError {
    RegisterError::Unreadable {
        entry: right_id.to_string(),
        reason: e.to_string(),
    }
}

fn second_title(error: sqlx::Error, rows: &[&RightRow]) -> RegisterError {
    let guarded = error
        .as_database_error()
        .is_some_and(|d| d.constraint() == Some("register_right_one_title"));
    if guarded {
        let units: Vec<_> = rows
            .iter()
            .filter(|r| r.is_title)
            .map(|r| r.unit_code.as_str())
            .collect();
        RegisterError::SecondTitle(units.join("、"))
    } else {
        error.into()
    }
}
