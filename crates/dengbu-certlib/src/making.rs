//! What waits to be sealed, and that it was.

use chrono::{DateTime, Utc};
use dengbu_register::NewId;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::files::Stored;
use crate::follow::tell;
use crate::record::{ECertificate, Event, add_event};
use crate::{LibraryError, LibraryKey, State};

/// A certificate as it was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// 证照标识.
    pub identifier: String,
    /// SM3 over the canonical fields.
    pub content_digest: [u8; 32],
    /// The fields, for metadata and for drawing them again.
    pub content: Vec<u8>,
    /// The seal.
    pub seal_id: Uuid,
    /// Its files.
    pub files: Vec<(&'static str, Stored)>,
}

/// Notes that a certificate was made and is valid from now on. One that is no draft any more is
/// left as it is: it was made by somebody else, or the register ended it meanwhile.
///
/// # Errors
/// A database error.
pub async fn made(
    tx: &mut TenantTx,
    c: &ECertificate,
    made: &Made,
    key: &LibraryKey,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<bool, LibraryError> {
    let content = key.seal(&c.about_content(), &made.content)?;
    let changed = sqlx::query(
        "update e_certificate set state = 'issued', state_at = $3, sealed_at = $3, identifier = $4, content_digest = $5,
             content = $6, seal_id = $7, fault = null, attempts = attempts + 1
         where county = $1 and e_certificate_id = $2 and state = 'draft'",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(now)
    .bind(&made.identifier)
    .bind(&made.content_digest[..])
    .bind(content)
    .bind(made.seal_id)
    .execute(tx.conn())
    .await?
    .rows_affected();
    if changed == 0 {
        return Ok(false);
    }
    for (format, stored) in &made.files {
        keep_file(tx, c, format, stored, now).await?;
    }
    let event = Event {
        kind: "issued",
        at: now,
        actor: "系统",
        staff_id: None,
        entry_id: c.entry_id,
        reason: None,
    };
    add_event(tx, &c.county, c.e_certificate_id, &event, ids).await?;
    tell(
        tx,
        &c.county,
        c.e_certificate_id,
        &c.certificate_no,
        State::Issued,
    )
    .await?;
    Ok(true)
}

/// Notes a file; the one of the same format before is no longer named.
///
/// # Errors
/// A database error.
pub async fn keep_file(
    tx: &mut TenantTx,
    c: &ECertificate,
    format: &str,
    stored: &Stored,
    now: DateTime<Utc>,
) -> Result<(), LibraryError> {
    sqlx::query(
        "insert into e_certificate_file (county, e_certificate_id, format, sm3, size, pack, pack_offset, pack_length, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (county, e_certificate_id, format) do nothing",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(format)
    .bind(&stored.sm3[..])
    .bind(stored.size)
    .bind(&stored.pack)
    .bind(stored.offset)
    .bind(stored.length)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes why a certificate could not be made; it stays 待制证.
///
/// # Errors
/// A database error.
pub async fn failed(
    tx: &mut TenantTx,
    c: &ECertificate,
    fault: &str,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    let fault: String = fault.chars().take(300).collect();
    sqlx::query(
        "update e_certificate set fault = $3, attempts = attempts + 1
         where county = $1 and e_certificate_id = $2 and state = 'draft'",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(&fault)
    .execute(tx.conn())
    .await?;
    // the same fault again is no news
    if c.fault.as_deref() != Some(fault.as_str()) {
        let event = Event {
            kind: "failed",
            at: now,
            actor: "系统",
            staff_id: None,
            entry_id: c.entry_id,
            reason: Some(&fault),
        };
        add_event(tx, &c.county, c.e_certificate_id, &event, ids).await?;
    }
    Ok(())
}
