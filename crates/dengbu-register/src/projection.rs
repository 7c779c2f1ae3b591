//! What an entry does to the rights as they stand. Pure: recording and
//! rebuilding share it.

use chrono::{DateTime, Utc};
use dengbu_model::right::Right;
use uuid::Uuid;

use crate::entry::{EntryBody, Provenance};

/// A right as the projection holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightRow {
    /// County of the unit.
    pub county: String,
    /// Identity of the right.
    pub right_id: Uuid,
    /// The unit.
    pub unit_code: String,
    /// Right type (权利类型).
    pub right_type: String,
    /// Which table of the standard it belongs to.
    pub kind: String,
    /// True for rights that a title certificate shows.
    pub is_title: bool,
    /// The entry that created it.
    pub created_seq: i64,
    /// From when it stands in the register.
    pub valid_from: DateTime<Utc>,
    /// When it was registered, as shown.
    pub registered_at: DateTime<Utc>,
    /// Kind of registration that created it.
    pub registration_type: String,
    /// Who recorded it.
    pub registrar: String,
    /// The case.
    pub case_no: Option<String>,
    /// Certificate or proof number.
    pub certificate_no: Option<String>,
    /// The right.
    pub right: Right,
    /// Where it was taken over from.
    pub provenance: Option<Provenance>,
}

/// A right that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// County of the unit.
    pub county: String,
    /// The unit of the entry: a right ends only by an entry on its own unit.
    pub unit_code: String,
    /// The right.
    pub right_id: Uuid,
    /// The entry that ends it.
    pub ended_seq: i64,
    /// From when it no longer stands.
    pub valid_to: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// The case that ended it.
    pub case_no: Option<String>,
}

/// What one entry changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Rights that end; applied before the creation.
    pub ended: Vec<Ending>,
    /// The right that comes into being.
    pub created: Option<RightRow>,
}

/// Reads the change out of an entry.
#[must_use]
pub fn change(body: &EntryBody) -> Change {
    let county = body.unit_code.county().as_str().to_owned();
    let ended = body
        .ends
        .iter()
        .map(|e| Ending {
            county: county.clone(),
            unit_code: body.unit_code.as_str().to_owned(),
            right_id: e.right_id,
            ended_seq: body.unit_seq,
            valid_to: body.effective_at,
            reason: e.reason.clone(),
            case_no: body.case_no.clone(),
        })
        .collect();
    let created = body.creates.then(|| RightRow {
        county: county.clone(),
        right_id: body.right_id,
        unit_code: body.unit_code.as_str().to_owned(),
        right_type: body.right.right_type.code().to_owned(),
        kind: body.right.detail.kind().to_owned(),
        is_title: body.right.right_type.is_title(),
        created_seq: body.unit_seq,
        valid_from: body.effective_at,
        registered_at: body.effective_at,
        registration_type: body.registration_type.code().to_owned(),
        registrar: body.registrar.name.clone(),
        case_no: body.case_no.clone(),
        certificate_no: body.certificate_no.clone(),
        right: body.right.clone(),
        provenance: body.provenance.clone(),
    });
    Change { ended, created }
}
