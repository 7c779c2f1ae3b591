//! Recording (登簿): the one move that writes the register.
//!
//! In one transaction: units locked in order, every rule checked again on what
//! stands now, entries and projection written, certificate numbers drawn, old
//! certificates revoked, messages put into the outbox. The case's step and the
//! audit record are written by the callers in the same transaction.

use chrono::{DateTime, Utc};
use dengbu_cadastre::change;
use dengbu_law::effect::{self, EntryDraft};
use dengbu_law::state::World;
use dengbu_register::NewId;
use dengbu_register::append::{Appended, NewEntry, append, lock_units};
use dengbu_register::certificates;
use dengbu_register::entry::{EndedRight, EntryCertificate, Registrar};
use dengbu_register::numbers::{self, Issuer, Purpose};
use dengbu_register::person::PersonKey;
use dengbu_store::{TenantTx, outbox};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::case::Case;
use crate::progress::{self, Stage};
use crate::{CaseError, Doing, check, days, old_papers};

/// What recording needs besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Tools<'a> {
    /// Key of the person index.
    pub person_key: &'a PersonKey,
}

/// Records a case; gives what the event says about it.
///
/// # Errors
/// [`CaseError::Rules`] when what stands now does not allow it.
pub async fn record(
    tx: &mut TenantTx,
    tools: &Tools<'_>,
    case: &Case,
    doing: &Doing<'_>,
) -> Result<Value, CaseError> {
    let mut heads = lock_units(tx, &case.units).await?;
    let states = check::units(tx, case).await?;
    let faults = case
        .application
        .validate(case.business, doing.today(), true);
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    let calendar = days::calendar(tx, &case.authority).await?;
    let checks = check::require_clear(case, &states, &calendar, doing)?;
    let drafts = effect::draft(
        case.business,
        &case.application,
        &World::new(states, &calendar),
        doing.now,
        doing.today(),
        doing.ids,
    )?;
    // the counter row is hot: it is taken last before the entries that carry its numbers
    let issuer = numbers::issuer(tx, &case.authority).await?;
    let mut entries = Vec::with_capacity(drafts.len());
    let all = drafts.len();
    for (i, draft) in drafts.into_iter().enumerate() {
        progress::tell(Stage::Drafting, i, all);
        if let Some(c) = &draft.unit_change {
            change::apply(tx, &draft.unit, c.status, c.address.as_deref()).await?;
        }
        entries.push(entry(tx, case, &issuer, draft, doing).await?);
    }
    let made = append(tx, tools.person_key, &mut heads, entries).await?;
    for (i, m) in made.iter().enumerate() {
        progress::tell(Stage::Writing, i, all);
        certificates::follow(tx, m, doing.ids).await?;
        announce(tx, m).await?;
    }
    old_papers::recorded(tx, case, doing).await?;
    Ok(json!({
        "entries": made.iter().map(|m| m.body.entry_id).collect::<Vec<Uuid>>(),
        "certificates": made.iter().flat_map(|m| &m.body.certificates).map(|c| c.number.as_str()).collect::<Vec<_>>(),
        "checks": checks,
        "recorded_at": made.first().map(|m| m.body.recorded_at),
    }))
}

async fn entry(
    tx: &mut TenantTx,
    case: &Case,
    issuer: &Issuer,
    draft: EntryDraft,
    doing: &Doing<'_>,
) -> Result<NewEntry, CaseError> {
    let entry_id = (doing.ids)();
    let mut drawn = Vec::with_capacity(draft.certificates.len());
    for c in &draft.certificates {
        let purpose = Purpose {
            county: &case.county,
            case_no: Some(&case.case_no),
            entry_id,
            at: doing.now,
        };
        let number = numbers::draw_certificate(tx, issuer, c.kind, &purpose).await?;
        drawn.push(EntryCertificate {
            number: number.to_string(),
            kind: c.kind.code().to_owned(),
            holder: c.holder,
        });
    }
    Ok(NewEntry {
        entry_id,
        authority: case.authority.clone(),
        unit: draft.unit,
        registration_type: draft.registration_type,
        business: draft.business,
        cause: Some(draft.reason),
        case_no: Some(case.case_no.clone()),
        registrar: Registrar {
            staff_id: Some(doing.staff_id),
            name: doing.name.to_owned(),
        },
        recorded_at: doing.now,
        effective_at: None,
        legal_basis: draft.legal_basis,
        right_id: draft.right_id,
        right: draft.right,
        creates: draft.creates,
        ends: ended(draft.ends),
        certificates: drawn,
        certificate_no: draft.continues_no,
        provenance: None,
    })
}

/// An entry that no case asked for and that issues no paper.
pub(crate) fn without_case(
    authority: &str,
    registrar: Registrar,
    draft: EntryDraft,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> NewEntry {
    NewEntry {
        entry_id: ids(),
        authority: authority.to_owned(),
        unit: draft.unit,
        registration_type: draft.registration_type,
        business: draft.business,
        cause: Some(draft.reason),
        case_no: None,
        registrar,
        recorded_at: now,
        effective_at: None,
        legal_basis: draft.legal_basis,
        right_id: draft.right_id,
        right: draft.right,
        creates: draft.creates,
        ends: ended(draft.ends),
        certificates: Vec::new(),
        certificate_no: draft.continues_no,
        provenance: None,
    }
}

fn ended(ends: Vec<effect::EndedRight>) -> Vec<EndedRight> {
    ends.into_iter()
        .map(|e| EndedRight {
            right_id: e.right_id,
            reason: e.reason,
        })
        .collect()
}

/// Tells the outside that an entry was made: reporting, sharing, e-certificates and
/// the ledger take it from the outbox. The message names the entry; whoever may
/// read it fetches it.
pub(crate) async fn announce(tx: &mut TenantTx, made: &Appended) -> Result<(), CaseError> {
    let body = &made.body;
    let payload = json!({
        "entry_id": body.entry_id,
        "unit_code": body.unit_code,
        "unit_seq": body.unit_seq,
        "registration_type": body.registration_type,
        "case_no": body.case_no,
        "hash": made.hash.iter().map(|b| format!("{b:02x}")).collect::<String>(),
    });
    let county = body.unit_code.county();
    outbox::insert(
        tx,
        county.as_str(),
        "register.entry",
        body.unit_code.as_str(),
        &payload,
    )
    .await?;
    Ok(())
}
