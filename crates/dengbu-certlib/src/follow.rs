//! The library follows the register: called for every entry in the entry's own transaction; and
//! takes in the result papers of searches in the paper's transaction ([`result`]).
//!
//! Recording makes the record of each certificate it issues (待制证) and queues its sealing;
//! what the entry ends is revoked, or replaced when the holder gets another certificate of the
//! same right. Law: 不动产登记暂行条例实施细则 第二十条、第二十一条 (certificates follow the
//! register); a certificate whose right ended must not pass for valid from that moment on.

use chrono::{DateTime, Utc};
use dengbu_model::party::{Holder, Party, PartyKind};
use dengbu_model::right::RegistrationType;
use dengbu_register::NewId;
use dengbu_register::append::Appended;
use dengbu_register::entry::{EndedRight, EntryBody};
use dengbu_store::{TenantTx, jobs, outbox};
use serde_json::json;
use uuid::Uuid;

use crate::record::Event;
use crate::{LibraryError, LibraryKey, State, record};

/// Kind of the job that has a certificate made.
pub const MAKE: &str = "e_certificate.make";

/// Topic of the messages that tell the outside of a new state.
pub const TOPIC: &str = "e_certificate.state";

/// A certificate about to enter the library.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// County; for a result paper the authority that answered.
    pub county: &'a str,
    /// Authority.
    pub authority: &'a str,
    /// Number.
    pub certificate_no: &'a str,
    /// `title` or `proof`, or the kind of a result paper.
    pub kind: &'a str,
    /// Version, from 1.
    pub version: i32,
    /// The unit.
    pub unit_code: Option<&'a str>,
    /// The right.
    pub right_id: Option<Uuid>,
    /// The search whose result it is.
    pub search_no: Option<&'a str>,
    /// The entry it comes from.
    pub entry_id: Option<Uuid>,
    /// The case.
    pub case_no: Option<&'a str>,
    /// Position of the holder it is for.
    pub holder_ordinal: Option<i32>,
    /// `recording`, `stock`, `counter` or `search`.
    pub origin: &'a str,
    /// When the register issued it.
    pub issued_at: DateTime<Utc>,
    /// The certificate it takes the place of.
    pub previous_id: Option<Uuid>,
    /// Place in the status list when it was drawn before ([`record::next_list_index`]).
    pub list_index: Option<u32>,
}

/// Follows one entry.
///
/// # Errors
/// A database error.
pub async fn follow(
    tx: &mut TenantTx,
    made: &Appended,
    key: &LibraryKey,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    let body = &made.body;
    let county = body.unit_code.county().as_str().to_owned();
    // no new number: the old one goes on for the right as it now stands
    let goes_on = body.creates && body.certificates.is_empty() && body.certificate_no.is_some();
    let mut ended = Vec::new();
    for end in &body.ends {
        for old in record::living_of_right(tx, &county, end.right_id).await? {
            if goes_on {
                go_on(tx, &old, body, key, ids).await?;
            } else {
                end_one(tx, &old, body, end, ids).await?;
                ended.push(old);
            }
        }
    }
    for c in &body.certificates {
        let holder = c.holder.and_then(|h| i32::try_from(h).ok());
        // the predecessor in the hands of the same person, where there is exactly one
        let before = match &ended[..] {
            [one] if stays_with_holder(body) => Some(one.e_certificate_id),
            _ => None,
        };
        let new = New {
            county: &county,
            authority: &body.authority,
            certificate_no: &c.number,
            kind: &c.kind,
            version: 1,
            unit_code: Some(body.unit_code.as_str()),
            right_id: Some(body.right_id),
            search_no: None,
            entry_id: Some(body.entry_id),
            case_no: body.case_no.as_deref(),
            holder_ordinal: holder,
            origin: "recording",
            issued_at: body.recorded_at,
            previous_id: before,
            list_index: None,
        };
        let id = enter(tx, &new, &body.right.holders, key, ids, body.recorded_at).await?;
        if let Some(before) = before {
            record::set_next(tx, &county, before, id).await?;
        }
    }
    Ok(())
}

/// A result paper of a search (查询结果证明、登记簿摘录、有房无房证明) about to enter the library.
#[derive(Debug, Clone, Copy)]
pub struct NewResult<'a> {
    /// Authority that answered.
    pub authority: &'a str,
    /// Number of the paper.
    pub document_no: &'a str,
    /// `holding_proof`, `search_result` or `register_extract`.
    pub kind: &'a str,
    /// The search.
    pub search_no: &'a str,
    /// Who applied for it (持证主体).
    pub applicant: &'a Party,
    /// When the paper was given out.
    pub issued_at: DateTime<Utc>,
}

/// Enters a result paper as 待制证 in the transaction that keeps the paper, and queues its sealing.
/// It tells of one moment: its state does not follow the register.
///
/// # Errors
/// A database error.
pub async fn result(
    tx: &mut TenantTx,
    new: &NewResult<'_>,
    key: &LibraryKey,
    ids: NewId<'_>,
) -> Result<Uuid, LibraryError> {
    let entering = New {
        county: new.authority,
        authority: new.authority,
        certificate_no: new.document_no,
        kind: new.kind,
        version: 1,
        unit_code: None,
        right_id: None,
        search_no: Some(new.search_no),
        entry_id: None,
        case_no: None,
        holder_ordinal: None,
        origin: "search",
        issued_at: new.issued_at,
        previous_id: None,
        list_index: None,
    };
    let holder = Holder {
        party: new.applicant.clone(),
        share: None,
    };
    enter(tx, &entering, &[holder], key, ids, new.issued_at).await
}

/// Whether the right stays with whom it was: then the old certificate was exchanged, not ended.
fn stays_with_holder(body: &EntryBody) -> bool {
    use RegistrationType::{Alteration, Other, Rectification};
    body.creates && matches!(body.registration_type, Alteration | Rectification | Other)
}

async fn end_one(
    tx: &mut TenantTx,
    old: &record::ECertificate,
    body: &EntryBody,
    end: &EndedRight,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    let from = old.state();
    let to = match from {
        State::Draft => State::Void,
        _ if stays_with_holder(body) && !body.certificates.is_empty() => State::Replaced,
        _ => State::Revoked,
    };
    let event = Event {
        kind: to.code(),
        at: body.recorded_at,
        actor: &body.registrar.name,
        staff_id: body.registrar.staff_id,
        entry_id: Some(body.entry_id),
        reason: Some(&end.reason),
    };
    set_state(tx, old, to, &event, ids).await
}

/// The number goes on for another right: what was sealed is replaced by a new version; what was
/// not sealed yet is sealed for the right as it now stands.
async fn go_on(
    tx: &mut TenantTx,
    old: &record::ECertificate,
    body: &EntryBody,
    key: &LibraryKey,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    let event = Event {
        kind: "replaced",
        at: body.recorded_at,
        actor: &body.registrar.name,
        staff_id: body.registrar.staff_id,
        entry_id: Some(body.entry_id),
        reason: body.cause.as_deref(),
    };
    if old.state() == State::Draft {
        // it was never shown to anybody: void, and the next version begins
        let void = Event {
            kind: "void",
            ..event.clone()
        };
        set_state(tx, old, State::Void, &void, ids).await?;
    } else {
        set_state(tx, old, State::Replaced, &event, ids).await?;
    }
    let new = New {
        county: &old.county,
        authority: &old.authority,
        certificate_no: &old.certificate_no,
        kind: &old.kind,
        version: old.version + 1,
        unit_code: Some(body.unit_code.as_str()),
        right_id: Some(body.right_id),
        search_no: None,
        entry_id: Some(body.entry_id),
        case_no: body.case_no.as_deref(),
        holder_ordinal: old.holder_ordinal,
        origin: "recording",
        issued_at: body.recorded_at,
        previous_id: Some(old.e_certificate_id),
        list_index: None,
    };
    let id = enter(tx, &new, &body.right.holders, key, ids, body.recorded_at).await?;
    record::set_next(tx, &old.county, old.e_certificate_id, id).await
}

/// Sets a state that [`State::may_become`] allows, with its event and its message.
///
/// # Errors
/// [`LibraryError::NotNow`], or a database error.
pub async fn set_state(
    tx: &mut TenantTx,
    old: &record::ECertificate,
    to: State,
    event: &Event<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    let from = old.state();
    if !from.may_become(to) {
        return Err(LibraryError::NotNow {
            from,
            what: "这样处理",
        });
    }
    sqlx::query(
        "update e_certificate set state = $3, state_at = $4, state_reason = $5, state_entry = $6, state_by = $7,
             suspended_until = null, order_no = null
         where county = $1 and e_certificate_id = $2",
    )
    .bind(&old.county)
    .bind(old.e_certificate_id)
    .bind(to.code())
    .bind(event.at)
    .bind(event.reason)
    .bind(event.entry_id)
    .bind(event.actor)
    .execute(tx.conn())
    .await?;
    record::add_event(tx, &old.county, old.e_certificate_id, event, ids).await?;
    tell(
        tx,
        &old.county,
        old.e_certificate_id,
        &old.certificate_no,
        to,
    )
    .await
}

/// Tells the outside of a state, through the outbox.
///
/// # Errors
/// A database error.
pub async fn tell(
    tx: &mut TenantTx,
    county: &str,
    id: Uuid,
    number: &str,
    state: State,
) -> Result<(), LibraryError> {
    let payload =
        json!({ "e_certificate_id": id, "certificate_no": number, "state": state.code() });
    outbox::insert(tx, county, TOPIC, &id.to_string(), &payload).await?;
    Ok(())
}

/// Enters a certificate as 待制证 with its holders, and queues its sealing.
///
/// # Errors
/// A database error.
pub async fn enter(
    tx: &mut TenantTx,
    new: &New<'_>,
    holders: &[Holder],
    key: &LibraryKey,
    ids: NewId<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, LibraryError> {
    let id = insert(tx, new, holders, key, ids, now).await?;
    let payload = json!({ "e_certificate_id": id });
    let dedupe = id.to_string();
    let job = jobs::NewJob {
        county: new.county,
        kind: MAKE,
        dedupe_key: Some(&dedupe),
        payload: &payload,
        run_at: now,
    };
    jobs::insert(tx, &job).await?;
    Ok(id)
}

/// Enters a certificate as 待制证 with its holders; whoever calls this makes it in the same
/// transaction.
///
/// # Errors
/// A database error.
pub async fn insert(
    tx: &mut TenantTx,
    new: &New<'_>,
    holders: &[Holder],
    key: &LibraryKey,
    ids: NewId<'_>,
    now: DateTime<Utc>,
) -> Result<Uuid, LibraryError> {
    let id = ids();
    sqlx::query(
        "insert into e_certificate (county, e_certificate_id, authority, certificate_no, kind, version, unit_code,
             right_id, entry_id, case_no, holder_ordinal, origin, state, state_at, previous_id, issued_at, list_index, search_no)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'draft', $13, $14, $15,
             coalesce($16, nextval('e_certificate_list_index')), $17)",
    )
    .bind(new.county)
    .bind(id)
    .bind(new.authority)
    .bind(new.certificate_no)
    .bind(new.kind)
    .bind(new.version)
    .bind(new.unit_code)
    .bind(new.right_id)
    .bind(new.entry_id)
    .bind(new.case_no)
    .bind(new.holder_ordinal)
    .bind(new.origin)
    .bind(now)
    .bind(new.previous_id)
    .bind(new.issued_at)
    .bind(new.list_index.and_then(|i| i32::try_from(i).ok()))
    .bind(new.search_no)
    .execute(tx.conn())
    .await?;
    keep_holders(tx, new, id, holders, key).await?;
    let event = Event {
        kind: "entered",
        at: now,
        actor: "系统",
        staff_id: None,
        entry_id: new.entry_id,
        reason: None,
    };
    record::add_event(tx, new.county, id, &event, ids).await?;
    Ok(id)
}

async fn keep_holders(
    tx: &mut TenantTx,
    new: &New<'_>,
    id: Uuid,
    holders: &[Holder],
    key: &LibraryKey,
) -> Result<(), LibraryError> {
    let only = new.holder_ordinal.and_then(|o| usize::try_from(o).ok());
    let mut ordinal = Vec::new();
    let mut name = Vec::new();
    let mut person = Vec::new();
    let mut kind = Vec::new();
    let mut cipher = Vec::new();
    let mut hash = Vec::new();
    let mut share = Vec::new();
    for (at, h) in (0_i32..).zip(holders) {
        if only.is_some_and(|o| usize::try_from(at) != Ok(o)) {
            continue;
        }
        ordinal.push(at);
        name.push(h.party.name.as_str());
        person.push(matches!(h.party.kind, PartyKind::Person | PartyKind::Other));
        let document = h.party.id.as_ref();
        kind.push(document.map(|d| d.kind.code()));
        cipher.push(
            document
                .map(|d| key.seal(&about_holder(id, at), d.number.as_bytes()))
                .transpose()?,
        );
        hash.push(document.map(|d| key.index(&d.number)));
        share.push(h.share.as_ref().map(ToString::to_string));
    }
    sqlx::query(
        "insert into e_certificate_holder (county, e_certificate_id, ordinal, name, is_person, id_kind, id_cipher, id_hash, share)
         select $1, $2, * from unnest($3::integer[], $4::text[], $5::boolean[], $6::text[], $7::bytea[], $8::bytea[], $9::text[])",
    )
    .bind(new.county)
    .bind(id)
    .bind(ordinal)
    .bind(name)
    .bind(person)
    .bind(kind)
    .bind(cipher)
    .bind(hash)
    .bind(share)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the enciphered identity number of a holder belongs to.
#[must_use]
pub fn about_holder(id: Uuid, ordinal: i32) -> Vec<u8> {
    let mut about = b"holder\0".to_vec();
    about.extend_from_slice(id.as_bytes());
    about.extend_from_slice(&ordinal.to_be_bytes());
    about
}
