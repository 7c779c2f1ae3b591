//! Control of the stock of blank forms: handed to a maker (领用), destroyed by two persons (销毁),
//! counted (盘点). What comes in and is used is in [`crate::forms`].

use chrono::{DateTime, Utc};
use dengbu_model::certificate::FormSerial;
use dengbu_store::TenantTx;
use uuid::Uuid;

use crate::RegisterError;
use crate::forms::{BATCH_MAX, FormError, state_name};

/// A member of staff, as kept with a form.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: &'a str,
}

/// Hands a run of blanks to a maker, or back to the common stock.
///
/// # Errors
/// [`FormError::Count`], [`FormError::PastEnd`], [`FormError::NotFree`] when some of the run are
/// not in stock or of another kind.
pub async fn hand_over(
    tx: &mut TenantTx,
    authority: &str,
    kind: &str,
    first: &FormSerial,
    count: u32,
    to: Option<Person<'_>>,
    at: DateTime<Utc>,
) -> Result<(), RegisterError> {
    if count == 0 || count > BATCH_MAX {
        return Err(FormError::Count.into());
    }
    let serials: Vec<String> = first.run(count).map(|s| s.to_string()).collect();
    if serials.len() != count as usize {
        return Err(FormError::PastEnd(first.to_string()).into());
    }
    let done = sqlx::query(
        "update paper_form set held_by = $4, held_by_name = $5, held_at = $6
         where authority = $1 and form_kind = $2 and serial = any($3) and state = 'in_stock'",
    )
    .bind(authority)
    .bind(kind)
    .bind(&serials)
    .bind(to.map(|p| p.id))
    .bind(to.map(|p| p.name))
    .bind(to.map(|_| at))
    .execute(tx.conn())
    .await?;
    let missing = u64::from(count) - done.rows_affected();
    if missing > 0 {
        return Err(FormError::NotFree(missing).into());
    }
    Ok(())
}

/// Refuses a blank that was handed to somebody else.
///
/// # Errors
/// [`FormError::HeldByOther`].
pub async fn may_use(
    tx: &mut TenantTx,
    authority: &str,
    serial: &str,
    who: Uuid,
) -> Result<(), RegisterError> {
    let held: Option<(Option<Uuid>, Option<String>)> = sqlx::query_as(
        "select held_by, held_by_name from paper_form where authority = $1 and serial = $2 for update",
    )
    .bind(authority)
    .bind(serial)
    .fetch_optional(tx.conn())
    .await?;
    match held {
        Some((Some(id), name)) if id != who => Err(FormError::HeldByOther {
            serial: serial.to_owned(),
            name: name.unwrap_or_default(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// How far the destruction of a form has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destroyed {
    /// One person has asked for it; another one must confirm.
    Asked,
    /// Two persons have destroyed it.
    Done,
}

/// Destroys a spoiled form: the first person asks, a second one confirms.
///
/// # Errors
/// [`FormError::Unknown`], [`FormError::NotSpoiled`], [`FormError::SecondPerson`].
pub async fn destroy(
    tx: &mut TenantTx,
    authority: &str,
    serial: &str,
    reason: &str,
    who: Person<'_>,
    at: DateTime<Utc>,
) -> Result<Destroyed, RegisterError> {
    let row: Option<(String, Option<Uuid>, Option<String>)> = sqlx::query_as(
        "select state, destroy_by, destroy_by_name from paper_form where authority = $1 and serial = $2 for update",
    )
    .bind(authority)
    .bind(serial)
    .fetch_optional(tx.conn())
    .await?;
    let (state, first, first_name) = row.ok_or_else(|| FormError::Unknown(serial.to_owned()))?;
    if state != "spoiled" {
        let serial = serial.to_owned();
        let state = state_name(&state);
        return Err(FormError::NotSpoiled { serial, state }.into());
    }
    match first {
        None => {
            sqlx::query(
                "update paper_form set destroy_by = $3, destroy_by_name = $4 where authority = $1 and serial = $2",
            )
            .bind(authority)
            .bind(serial)
            .bind(who.id)
            .bind(who.name)
            .execute(tx.conn())
            .await?;
            Ok(Destroyed::Asked)
        }
        Some(id) if id == who.id => Err(FormError::SecondPerson(serial.to_owned()).into()),
        Some(_) => {
            let both = format!("{}、{}", first_name.unwrap_or_default(), who.name);
            sqlx::query(
                "update paper_form set state = 'destroyed', reason = coalesce(reason, '') || '；销毁：' || $3, changed_at = $4,
                     changed_by = $5 where authority = $1 and serial = $2",
            )
            .bind(authority)
            .bind(serial)
            .bind(reason)
            .bind(at)
            .bind(both)
            .execute(tx.conn())
            .await?;
            Ok(Destroyed::Done)
        }
    }
}

/// What a maker holds.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Held {
    /// `title` or `proof`.
    pub form_kind: String,
    /// Who holds them.
    pub held_by_name: String,
    /// Lowest serial.
    pub first: String,
    /// Highest serial.
    pub last: String,
    /// How many.
    pub count: i64,
}

/// Free blanks by who holds them.
///
/// # Errors
/// A database error.
pub async fn held(tx: &mut TenantTx, authority: &str) -> Result<Vec<Held>, RegisterError> {
    Ok(sqlx::query_as(
        "select form_kind, max(held_by_name) as held_by_name, min(serial) as first, max(serial) as last,
                count(*) as count
         from paper_form where authority = $1 and state = 'in_stock' and held_by is not null
         group by form_kind, held_by order by held_by_name, form_kind desc",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}

/// Spoiled forms that one person wants destroyed: serial and that person's name.
///
/// # Errors
/// A database error.
pub async fn to_destroy(
    tx: &mut TenantTx,
    authority: &str,
) -> Result<Vec<(String, String)>, RegisterError> {
    Ok(sqlx::query_as(
        "select serial, coalesce(destroy_by_name, '') from paper_form
         where authority = $1 and state = 'spoiled' and destroy_by is not null order by serial limit 200",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}

/// A count of the stock.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Count {
    /// Identity.
    pub count_id: Uuid,
    /// `title` or `proof`.
    pub form_kind: String,
    /// When it was counted.
    pub counted_at: DateTime<Utc>,
    /// Free blanks by the book.
    pub booked: i64,
    /// Free blanks found.
    pub counted: i64,
    /// Why they differ.
    pub explanation: Option<String>,
    /// Who counted.
    pub counted_by: String,
}

/// Writes down a count; the book's figure is taken at this moment.
///
/// # Errors
/// [`FormError::Unexplained`] when the figures differ and nothing is said about it.
pub async fn count(
    tx: &mut TenantTx,
    authority: &str,
    kind: &str,
    counted: u32,
    explanation: Option<&str>,
    by: &str,
    at: DateTime<Utc>,
    id: Uuid,
) -> Result<Count, RegisterError> {
    let booked: i64 = sqlx::query_scalar(
        "select count(*) from paper_form where authority = $1 and form_kind = $2 and state = 'in_stock'",
    )
    .bind(authority)
    .bind(kind)
    .fetch_one(tx.conn())
    .await?;
    let made = Count {
        count_id: id,
        form_kind: kind.to_owned(),
        counted_at: at,
        booked,
        counted: i64::from(counted),
        explanation: explanation.map(str::to_owned),
        counted_by: by.to_owned(),
    };
    if made.booked != made.counted && explanation.is_none() {
        return Err(FormError::Unexplained {
            booked: made.booked,
            counted: made.counted,
        }
        .into());
    }
    sqlx::query(
        "insert into form_count (authority, count_id, form_kind, counted_at, booked, counted, explanation, counted_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(authority)
    .bind(id)
    .bind(kind)
    .bind(at)
    .bind(made.booked)
    .bind(made.counted)
    .bind(&made.explanation)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(made)
}

/// The latest counts, newest first.
///
/// # Errors
/// A database error.
pub async fn counts(tx: &mut TenantTx, authority: &str) -> Result<Vec<Count>, RegisterError> {
    Ok(sqlx::query_as(
        "select count_id, form_kind, counted_at, booked, counted, explanation, counted_by
         from form_count where authority = $1 order by counted_at desc, count_id desc limit 50",
    )
    .bind(authority)
    .fetch_all(tx.conn())
    .await?)
}
