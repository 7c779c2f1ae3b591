//! Service of documents (文书送达): each decision that must reach the applicants in writing, whom
//! it must reach, and what was tried.
//!
//! Persons are those who applied on the day of the decision; a later change of the application
//! changes nothing of whom that decision was for. Attempts are only ever added: one that was
//! recorded in error is annulled by another row. Map: [`queue`] lists who waits.

pub mod queue;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::application::FieldError;
use dengbu_law::calendar::Calendar;
use dengbu_law::flow::Move;
use dengbu_law::service::deadline::{Deadline, deadlines};
use dengbu_law::service::{
    self, Attempt, Before, Method, Outcome, Particulars, ServedDocument, addressee,
};
use dengbu_store::TenantTx;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::case::{Case, load, require_version};
use crate::trail::{Happening, note};
use crate::{CaseError, Doing, days};

/// Item under which a signed receipt (送达回证) is kept among the papers of a case.
pub const RECEIPT_ITEM: &str = "SDHZ";
/// Its name.
pub const RECEIPT_NAME: &str = "送达回证";
/// Longest reason of an annulment, in characters.
const REASON_MAX: usize = 200;

/// A decision of a case that must reach persons.
#[derive(Debug, Clone)]
pub struct Document {
    /// The event that made it.
    pub event_seq: i32,
    /// Which document.
    pub document: ServedDocument,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// Whom it must reach.
    pub persons: Vec<Person>,
}

/// A person a document must reach (受送达人).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// The event that made the document.
    pub event_seq: i32,
    /// Position among the persons.
    pub person: i32,
    /// Name.
    pub name: String,
    /// Kind of person, code.
    pub kind: String,
    /// What their side is called, such as 受让人.
    pub side_name: String,
    /// Their agent.
    pub agent: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// From which day the document counts as served on them; to come during a public notice.
    pub served_on: Option<NaiveDate>,
    /// What was tried, in order.
    #[sqlx(skip)]
    pub attempts: Vec<Tried>,
}

/// An attempt as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Position.
    pub attempt: i32,
    /// What was tried; none for an annulment.
    pub made: Option<Attempt>,
    /// The day from which the document counts as served by it.
    pub served_on: Option<NaiveDate>,
    /// The attempt that an annulment takes back, and why.
    pub annuls: Option<(i32, String)>,
    /// True when it was taken back.
    pub annulled: bool,
    /// Who recorded it.
    pub actor_name: String,
    /// When.
    pub at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct TriedRow {
    event_seq: i32,
    person: i32,
    attempt: i32,
    result: String,
    annuls: Option<i32>,
    method: Option<String>,
    done_on: NaiveDate,
    served_on: Option<NaiveDate>,
    reason: Option<String>,
    particulars: Json<Particulars>,
    actor_name: String,
    at: DateTime<Utc>,
}

impl TriedRow {
    fn tried(self) -> Tried {
        let reason = self.reason.unwrap_or_default();
        let made = self.method.as_deref().and_then(Method::from_code);
        let made = made.map(|method| Attempt {
            method,
            on: self.done_on,
            outcome: if self.result == "served" {
                Outcome::Served
            } else {
                Outcome::Failed(reason.clone())
            },
            particulars: self.particulars.0,
        });
        Tried {
            attempt: self.attempt,
            made,
            served_on: self.served_on,
            annuls: self.annuls.map(|a| (a, reason)),
            annulled: false,
            actor_name: self.actor_name,
            at: self.at,
        }
    }
}

impl Person {
    fn find(&self, attempt: i32) -> Option<&Tried> {
        self.attempts.iter().find(|t| t.attempt == attempt)
    }

    /// Whether an attempt by another method than public notice failed.
    fn failed_otherwise(&self) -> bool {
        self.attempts.iter().filter(|t| !t.annulled).any(|t| {
            t.made.as_ref().is_some_and(|a| {
                a.method != Method::Public && matches!(a.outcome, Outcome::Failed(_))
            })
        })
    }

    /// The attempt by which the document was served.
    #[must_use]
    pub fn served_by(&self) -> Option<&Tried> {
        self.attempts
            .iter()
            .rev()
            .find(|t| !t.annulled && t.served_on.is_some())
    }

    /// What runs from the service, with last days.
    #[must_use]
    pub fn deadlines(&self, document: ServedDocument, calendar: &Calendar) -> Vec<Deadline> {
        self.served_on
            .map_or_else(Vec::new, |on| deadlines(document, on, calendar))
    }
}

/// Keeps the document that a move made and whom it must reach; called with the move's event just
/// written.
pub(crate) async fn after(
    tx: &mut TenantTx,
    case: &Case,
    action: Move,
    doing: &Doing<'_>,
) -> Result<(), CaseError> {
    let Some(document) = ServedDocument::of_move(action) else {
        return Ok(());
    };
    let seq: i32 = sqlx::query_scalar(
        "insert into case_service_document (county, case_no, event_seq, document, authority, decided_on)
         select $1, $2, max(seq), $3, $4, $5 from case_event where county = $1 and case_no = $2
         returning event_seq",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(document.code())
    .bind(&case.authority)
    .bind(doing.today())
    .fetch_one(tx.conn())
    .await?;
    let all = addressee::addressees(case.business, &case.application);
    for (person, a) in (1_i32..).zip(&all) {
        sqlx::query(
            "insert into case_service_person (county, case_no, event_seq, person, document, decided_on, name, kind,
                 side, side_name, agent, phone, address)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&case.county)
        .bind(&case.case_no)
        .bind(seq)
        .bind(person)
        .bind(document.code())
        .bind(doing.today())
        .bind(&a.name)
        .bind(a.kind.code())
        .bind(a.side.code())
        .bind(&a.side_name)
        .bind(&a.agent)
        .bind(&a.phone)
        .bind(&a.address)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// The documents of a case with persons and attempts, newest decision first.
///
/// # Errors
/// A database error.
pub async fn of_case(tx: &mut TenantTx, case: &Case) -> Result<Vec<Document>, CaseError> {
    let rows: Vec<(i32, String, NaiveDate)> = sqlx::query_as(
        "select event_seq, document, decided_on from case_service_document
         where county = $1 and case_no = $2 order by event_seq desc",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let persons = persons(tx, case).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(event_seq, document, decided_on)| {
            let of_it = |p: &&Person| p.event_seq == event_seq;
            Some(Document {
                event_seq,
                document: ServedDocument::from_code(&document)?,
                decided_on,
                persons: persons.iter().filter(of_it).cloned().collect(),
            })
        })
        .collect())
}

async fn persons(tx: &mut TenantTx, case: &Case) -> Result<Vec<Person>, CaseError> {
    let mut persons: Vec<Person> = sqlx::query_as(
        "select event_seq, person, name, kind, side_name, agent, phone, address, served_on
         from case_service_person where county = $1 and case_no = $2 order by event_seq, person",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?;
    let tried: Vec<TriedRow> = sqlx::query_as(
        "select event_seq, person, attempt, result, annuls, method, done_on, served_on, reason, particulars,
                actor_name, at
         from case_service where county = $1 and case_no = $2 order by event_seq, person, attempt",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .fetch_all(tx.conn())
    .await?;
    for row in tried {
        let own = |p: &&mut Person| p.event_seq == row.event_seq && p.person == row.person;
        if let Some(p) = persons.iter_mut().find(own) {
            if let Some(gone) = row.annuls {
                for t in p.attempts.iter_mut().filter(|t| t.attempt == gone) {
                    t.annulled = true;
                }
            }
            p.attempts.push(row.tried());
        }
    }
    Ok(persons)
}

/// Which person of which document of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct To {
    /// The event that made the document.
    pub event_seq: i32,
    /// The person's position.
    pub person: i32,
}

fn fault(field: &str, code: &'static str, message: &str) -> CaseError {
    CaseError::Fields(vec![FieldError {
        field: field.to_owned(),
        code,
        message: message.to_owned(),
    }])
}

async fn find(tx: &mut TenantTx, case: &Case, to: To) -> Result<(Document, Person), CaseError> {
    let missing = || {
        fault(
            "/person",
            "unknown_person",
            "该业务件没有这份文书或者受送达人",
        )
    };
    let documents = of_case(tx, case).await?;
    let document = documents.into_iter().find(|d| d.event_seq == to.event_seq);
    let document = document.ok_or_else(missing)?;
    let person = document.persons.iter().find(|p| p.person == to.person);
    let person = person.cloned().ok_or_else(missing)?;
    Ok((document, person))
}

/// Records an attempt; gives the case as it then is.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] with what the method lacks.
pub async fn record(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    to: To,
    attempt: &Attempt,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    let (document, person) = find(tx, &case, to).await?;
    let before = Before {
        decided_on: document.decided_on,
        today: doing.today(),
        failed_otherwise: person.failed_otherwise(),
        served: person.served_on.is_some(),
    };
    let faults = service::check(attempt, &before);
    if !faults.is_empty() {
        return Err(CaseError::Fields(faults));
    }
    let (result, served_on, reason) = match &attempt.outcome {
        Outcome::Served => {
            let calendar = days::calendar(tx, &case.authority).await?;
            let on = service::served_on(attempt.method, attempt.on, &calendar);
            ("served", Some(on), None)
        }
        Outcome::Failed(why) => ("failed", None, Some(why.trim())),
    };
    let row = Row {
        result,
        annuls: None,
        method: Some(attempt.method.code()),
        done_on: attempt.on,
        served_on,
        reason,
        particulars: &attempt.particulars,
    };
    let number = insert(tx, &case, to, &row, doing).await?;
    if served_on.is_some() {
        set_served(tx, &case, to, served_on).await?;
    }
    let said = match &attempt.outcome {
        Outcome::Served if attempt.method == Method::Public => "已公告",
        Outcome::Served => "已送达",
        Outcome::Failed(_) => "未送达",
    };
    let told = format!(
        "{} {} {}",
        document.document.name_zh(),
        attempt.method.name_zh(),
        said
    );
    let detail = json!({ "document": document.document, "event_seq": to.event_seq, "person": to.person,
        "attempt": number, "method": attempt.method, "result": result, "served_on": served_on });
    note(
        tx,
        &case,
        Happening::Serve,
        Some(&told),
        Some(detail),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

/// Takes back an attempt that was recorded in error; gives the case as it then is.
///
/// # Errors
/// [`CaseError::Stale`]; [`CaseError::Fields`] when there is no such attempt, it was taken back
/// before or no reason is given.
pub async fn annul(
    tx: &mut TenantTx,
    case_no: &str,
    seen_version: i64,
    to: To,
    attempt: i32,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Case, CaseError> {
    let case = load(tx, case_no, true).await?;
    require_version(&case, seen_version)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX || reason.contains('\0') {
        return Err(fault(
            "/reason",
            "required",
            "请填写撤销的原因（200 字以内）",
        ));
    }
    let (document, person) = find(tx, &case, to).await?;
    let gone = person
        .find(attempt)
        .filter(|t| t.made.is_some() && !t.annulled)
        .ok_or_else(|| {
            fault(
                "/attempt",
                "unknown_attempt",
                "没有这条送达记录，或者已经撤销",
            )
        })?;
    let row = Row {
        result: "annulled",
        annuls: Some(attempt),
        method: None,
        done_on: doing.today(),
        served_on: None,
        reason: Some(reason),
        particulars: &Particulars::default(),
    };
    insert(tx, &case, to, &row, doing).await?;
    if gone.served_on.is_some() {
        set_served(tx, &case, to, None).await?;
    }
    let told = format!("撤销{}的送达记录：{reason}", document.document.name_zh());
    let detail = json!({ "document": document.document, "event_seq": to.event_seq, "person": to.person,
        "annuls": attempt });
    note(
        tx,
        &case,
        Happening::Serve,
        Some(&told),
        Some(detail),
        doing,
    )
    .await?;
    load(tx, case_no, false).await
}

struct Row<'a> {
    result: &'a str,
    annuls: Option<i32>,
    method: Option<&'a str>,
    done_on: NaiveDate,
    served_on: Option<NaiveDate>,
    reason: Option<&'a str>,
    particulars: &'a Particulars,
}

async fn insert(
    tx: &mut TenantTx,
    case: &Case,
    to: To,
    row: &Row<'_>,
    doing: &Doing<'_>,
) -> Result<i32, CaseError> {
    let actor: Uuid = doing.staff_id;
    Ok(sqlx::query_scalar(
        "insert into case_service (county, case_no, event_seq, person, attempt, result, annuls, method, done_on,
             served_on, reason, particulars, actor_id, actor_name, at)
         values ($1, $2, $3, $4, (select coalesce(max(attempt), 0) + 1 from case_service
                 where county = $1 and case_no = $2 and event_seq = $3 and person = $4),
             $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         returning attempt",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(to.event_seq)
    .bind(to.person)
    .bind(row.result)
    .bind(row.annuls)
    .bind(row.method)
    .bind(row.done_on)
    .bind(row.served_on)
    .bind(row.reason)
    .bind(Json(row.particulars))
    .bind(actor)
    .bind(doing.name)
    .bind(doing.now)
    .fetch_one(tx.conn())
    .await?)
}

async fn set_served(
    tx: &mut TenantTx,
    case: &Case,
    to: To,
    on: Option<NaiveDate>,
) -> Result<(), CaseError> {
    sqlx::query(
        "update case_service_person set served_on = $5
         where county = $1 and case_no = $2 and event_seq = $3 and person = $4",
    )
    .bind(&case.county)
    .bind(&case.case_no)
    .bind(to.event_seq)
    .bind(to.person)
    .bind(on)
    .execute(tx.conn())
    .await?;
    Ok(())
}
