//! What a member of staff may do to a certificate: suspend, resume, void, have it made again.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_register::NewId;
use dengbu_store::{TenantTx, jobs};
use serde_json::json;
use uuid::Uuid;

use crate::follow::{MAKE, set_state};
use crate::record::{ECertificate, Event, add_event};
use crate::{LibraryError, State};

/// Who does it and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Name.
    pub name: &'a str,
    /// Identity.
    pub staff_id: Option<Uuid>,
    /// Why.
    pub reason: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

impl<'a> By<'a> {
    fn event(&self, kind: &'a str) -> Event<'a> {
        Event {
            kind,
            at: self.now,
            actor: self.name,
            staff_id: self.staff_id,
            entry_id: None,
            reason: Some(self.reason),
        }
    }
}

/// Refuses when the certificate is not in that state.
fn only_when(c: &ECertificate, state: State, what: &'static str) -> Result<(), LibraryError> {
    let from = c.state();
    if from == state {
        Ok(())
    } else {
        Err(LibraryError::NotNow { from, what })
    }
}

/// Suspends a certificate (暂时失效) under an order, until a day.
///
/// # Errors
/// [`LibraryError::NotNow`] unless it is valid.
pub async fn suspend(
    tx: &mut TenantTx,
    c: &ECertificate,
    order_no: &str,
    until: NaiveDate,
    by: &By<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    only_when(c, State::Issued, "暂停使用")?;
    set_state(tx, c, State::Suspended, &by.event("suspended"), ids).await?;
    sqlx::query(
        "update e_certificate set suspended_until = $3, order_no = $4 where county = $1 and e_certificate_id = $2",
    )
    .bind(&c.county)
    .bind(c.e_certificate_id)
    .bind(until)
    .bind(order_no)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a suspended certificate valid again.
///
/// # Errors
/// [`LibraryError::NotNow`] unless it is suspended.
pub async fn resume(
    tx: &mut TenantTx,
    c: &ECertificate,
    by: &By<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    only_when(c, State::Suspended, "恢复使用")?;
    set_state(tx, c, State::Issued, &by.event("resumed"), ids).await
}

/// Voids a certificate that was not sealed yet.
///
/// # Errors
/// [`LibraryError::NotNow`] when it was: an issued one ends by the register only.
pub async fn void(
    tx: &mut TenantTx,
    c: &ECertificate,
    by: &By<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    only_when(c, State::Draft, "作废（已签发的证照只能由登记簿记载注销）")?;
    set_state(tx, c, State::Void, &by.event("void"), ids).await
}

/// Queues the sealing of a certificate that could not be made.
///
/// # Errors
/// [`LibraryError::NotNow`] unless it waits to be sealed.
pub async fn make_again(
    tx: &mut TenantTx,
    c: &ECertificate,
    by: &By<'_>,
    ids: NewId<'_>,
) -> Result<(), LibraryError> {
    only_when(c, State::Draft, "重新制证")?;
    let key = c.e_certificate_id.to_string();
    // one that waits for a later try is tried now
    sqlx::query(
        "update job set run_at = $4 where county = $1 and kind = $2 and dedupe_key = $3 and state = 'ready'
           and locked_until is null",
    )
    .bind(&c.county)
    .bind(MAKE)
    .bind(&key)
    .bind(by.now)
    .execute(tx.conn())
    .await?;
    let payload = json!({ "e_certificate_id": c.e_certificate_id });
    let job = jobs::NewJob {
        county: &c.county,
        kind: MAKE,
        dedupe_key: Some(&key),
        payload: &payload,
        run_at: by.now,
    };
    jobs::insert(tx, &job).await?;
    add_event(tx, &c.county, c.e_certificate_id, &by.event("ordered"), ids).await
}

/// Makes valid again what was suspended until a day before `today`; gives how many.
///
/// # Errors
/// A database error.
pub async fn resume_over(
    tx: &mut TenantTx,
    today: NaiveDate,
    now: DateTime<Utc>,
    ids: NewId<'_>,
) -> Result<usize, LibraryError> {
    let sql = format!(
        "select {} from e_certificate c where {} and c.state = 'suspended' and c.suspended_until < $1
         order by c.county, c.e_certificate_id limit 200 for update skip locked",
        crate::record::COLUMNS,
        crate::record::IN_SCOPE
    );
    let over: Vec<ECertificate> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(today)
        .fetch_all(tx.conn())
        .await?;
    let by = By {
        name: "系统",
        staff_id: None,
        reason: "暂停期限届满",
        now,
    };
    for c in &over {
        resume(tx, c, &by, ids).await?;
    }
    Ok(over.len())
}
