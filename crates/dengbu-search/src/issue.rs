//! Answering, and giving out papers: what was shown goes into the log, papers are made of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Utc};
use dengbu_cases::Doing;
use dengbu_certlib::{LibraryKey, follow};
use dengbu_model::party::masked_name;
use dengbu_model::time::date_in_shanghai;
use dengbu_store::TenantTx;
use serde::Serialize;
use uuid::Uuid;

use crate::access::Access;
use crate::anomaly::{self, Rules};
use crate::answer::{self, Answer, Place};
use crate::application::{self, Application, State};
use crate::decide::{Evidence, decide};
use crate::document::{self, Body, DoubtDecision, EXTRACT, Frame, PROPERTY_PROOF, REFUSAL};
use crate::{FieldFault, SearchError, log, sm3_hex};

/// Decides on an application and shows the answer: kept in the log, looked at for anomalies.
///
/// # Errors
/// [`SearchError::Refused`] with all that stands in the way.
pub async fn answer(
    tx: &mut TenantTx,
    place: &Place<'_>,
    search_no: &str,
    doing: &Doing<'_>,
) -> Result<(Application, Answer), SearchError> {
    let found = application::load(tx, search_no, true).await?;
    if found.state == State::Refused {
        return Err(SearchError::Closed(found.state.name_zh()));
    }
    let request = &found.request;
    let row = Access::builtin()
        .applicant(&request.applicant_kind)
        .ok_or_else(|| SearchError::Unreadable(search_no.to_owned()))?;
    let mut papers: BTreeSet<String> = request.papers.iter().map(|p| p.code.clone()).collect();
    let scans = application::scans(tx, &found).await?;
    papers.extend(scans.into_iter().map(|s| s.item));
    let resolved = answer::resolve(tx, place, row, request).await?;
    let evidence = Evidence {
        papers,
        units: resolved.units.len() + resolved.outside.len(),
        outside: resolved.outside.clone(),
        registered: resolved.registered,
    };
    let permit = decide(row, request, &evidence).map_err(SearchError::Refused)?;
    let answer = answer::gather(tx, place, &permit, &resolved, request).await?;
    let showing_id = log::append(tx, place.key, &found, &permit.people, &answer, doing).await?;
    if found.state == State::Open {
        application::set_state(tx, &found, State::Answered, None, doing.now).await?;
    }
    let names: Vec<_> = permit
        .people
        .iter()
        .map(|(_, s)| masked_name(&s.name))
        .collect();
    let shown = anomaly::Shown {
        authority: &found.authority,
        search_no,
        showing_id,
        subjects_masked: &names.join("、"),
    };
    anomaly::watch(tx, &Rules::of(place.settings), shown, doing).await?;
    Ok((application::load(tx, search_no, false).await?, answer))
}

/// A paper as kept.
#[derive(Debug, Clone, Serialize)]
pub struct Issued {
    /// Number.
    pub document_no: String,
    /// Kind.
    pub kind: String,
    /// Check code.
    pub check_code: String,
    /// SM3 of the content.
    pub sm3: String,
    /// When it was given out.
    pub issued_at: DateTime<Utc>,
    /// By whom.
    pub issued_by: String,
    /// Whether content, digest and code fit each other.
    pub genuine: bool,
    /// The content.
    #[serde(skip)]
    pub body: Option<Body>,
}

/// Makes a paper of what was shown today, and keeps it; its electronic certificate is entered with it.
///
/// # Errors
/// [`SearchError::NoAnswerToday`], [`SearchError::NoSuchPaper`], [`SearchError::Fields`] when a
/// right of somebody of the same name was not looked into.
pub async fn document(
    tx: &mut TenantTx,
    authority_name: &str,
    search_no: &str,
    (kind, doubts): (&str, &[DoubtDecision]),
    library: &LibraryKey,
    doing: &Doing<'_>,
) -> Result<Issued, SearchError> {
    let found = application::load(tx, search_no, true).await?;
    if found.state == State::Refused {
        return Err(SearchError::Closed(found.state.name_zh()));
    }
    let rule = Access::builtin().document(kind).ok_or_else(|| {
        SearchError::Fields(vec![FieldFault::new(
            "/kind",
            "unknown_value",
            "没有这种结果文书",
        )])
    })?;
    let (showing_id, shown_at, answer) = log::last(tx, &found)
        .await?
        .ok_or(SearchError::NoAnswerToday)?;
    if date_in_shanghai(shown_at) != date_in_shanghai(doing.now) {
        return Err(SearchError::NoAnswerToday);
    }
    if let Some(part) = rule.parts.iter().find(|p| !answer.parts.contains(p)) {
        return Err(SearchError::NoSuchPaper(format!(
            "该类查询人无权查询“{}”，不能出具《{}》",
            part.name_zh(),
            rule.name
        )));
    }
    let empty = (rule.needs_units && answer.units.is_empty())
        || (rule.needs_person && answer.people.is_empty());
    if empty {
        return Err(SearchError::NoSuchPaper(format!(
            "本次查询结果中没有可以写入《{}》的内容",
            rule.name
        )));
    }
    let relevant = if kind == PROPERTY_PROOF {
        looked_into(&answer, doubts)?
    } else {
        Vec::new()
    };
    let prefix = if kind == PROPERTY_PROOF {
        if has_dwelling(&answer, &relevant) {
            "有房"
        } else {
            "无房"
        }
    } else {
        rule.number_prefix.as_str()
    };
    let number = number(tx, &found, prefix, doing).await?;
    let frame = frame(&found, authority_name, number, doing);
    let body = document::of_answer(&frame, kind, &rule.name, &answer, &relevant);
    let issued = keep(tx, &found, Some(showing_id), &body, &relevant, doing).await?;
    enter(tx, &found, &issued, library, doing).await?;
    Ok(issued)
}

/// The paper enters the library of electronic certificates in the same transaction.
async fn enter(
    tx: &mut TenantTx,
    found: &Application,
    issued: &Issued,
    library: &LibraryKey,
    doing: &Doing<'_>,
) -> Result<(), SearchError> {
    let kind = match issued.kind.as_str() {
        PROPERTY_PROOF => "holding_proof",
        EXTRACT => "register_extract",
        _ => "search_result",
    };
    let new = follow::NewResult {
        authority: &found.authority,
        document_no: &issued.document_no,
        kind,
        search_no: &found.search_no,
        applicant: &found.request.applicant,
        issued_at: issued.issued_at,
    };
    follow::result(tx, &new, library, doing.ids).await?;
    Ok(())
}

/// Refuses an application and makes the notice of it.
///
/// # Errors
/// [`SearchError::Fields`], [`SearchError::Closed`].
pub async fn refusal(
    tx: &mut TenantTx,
    authority_name: &str,
    search_no: &str,
    (ground, reason): (&str, &str),
    doing: &Doing<'_>,
) -> Result<(Application, Issued), SearchError> {
    let found = application::refuse(tx, search_no, ground, reason, doing).await?;
    let refusal = found
        .refusal
        .clone()
        .ok_or_else(|| SearchError::Unreadable(search_no.to_owned()))?;
    let number = number(tx, &found, "不予查", doing).await?;
    let body = document::of_refusal(&frame(&found, authority_name, number, doing), &refusal);
    let issued = keep(tx, &found, None, &body, &[], doing).await?;
    Ok((found, issued))
}

fn frame<'a>(
    application: &'a Application,
    authority_name: &'a str,
    number: String,
    doing: &'a Doing<'_>,
) -> Frame<'a> {
    Frame {
        application,
        authority_name,
        number,
        issued_at: doing.now,
        issued_by: doing.name,
        nonce: (doing.ids)(),
    }
}

/// The decisions that concern this answer; each right of somebody of the same name needs one.
fn looked_into(
    answer: &Answer,
    doubts: &[DoubtDecision],
) -> Result<Vec<DoubtDecision>, SearchError> {
    let mut relevant = Vec::new();
    let mut faults = Vec::new();
    for hit in answer.people.iter().flat_map(|p| &p.doubts) {
        let decision = doubts.iter().find(|d| d.right_id == hit.right_id);
        let reason = decision.map_or("", |d| d.reason.trim());
        if !(2..=200).contains(&reason.chars().count()) {
            faults.push(FieldFault::new(
                &format!("/doubts/{}", hit.right_id),
                "doubt_open",
                format!(
                    "登记簿上有同名而没有可核对证件号码的登记（{}，{}），请核对是否同一人并写明核对方法",
                    hit.right_type_name, hit.address
                ),
            ));
        } else if let Some(d) = decision {
            relevant.push(DoubtDecision {
                reason: reason.to_owned(),
                ..d.clone()
            });
        }
    }
    if faults.is_empty() {
        relevant.sort_by_key(|d| d.right_id);
        relevant.dedup_by_key(|d| d.right_id);
        Ok(relevant)
    } else {
        Err(SearchError::Fields(faults))
    }
}

fn has_dwelling(answer: &Answer, doubts: &[DoubtDecision]) -> bool {
    answer.people.iter().any(|p| {
        p.dwellings().next().is_some()
            || p.doubts.iter().any(|h| {
                h.counted
                    && doubts
                        .iter()
                        .any(|d| d.same_person && d.right_id == h.right_id)
            })
    })
}

/// Number of a paper: kind, year, authority, six digits (有房2026510400000001).
async fn number(
    tx: &mut TenantTx,
    found: &Application,
    prefix: &str,
    doing: &Doing<'_>,
) -> Result<String, SearchError> {
    let year = date_in_shanghai(doing.now).year().to_string();
    let serial = application::next_number(tx, &found.authority, prefix, &year).await?;
    Ok(format!("{prefix}{year}{}{serial:06}", found.authority))
}

async fn keep(
    tx: &mut TenantTx,
    found: &Application,
    showing_id: Option<Uuid>,
    body: &Body,
    doubts: &[DoubtDecision],
    doing: &Doing<'_>,
) -> Result<Issued, SearchError> {
    let text = body.canonical()?;
    let code = document::check_code(&text);
    sqlx::query(
        "insert into search_document (authority, document_no, search_no, showing_id, kind, check_code, body, sm3,
             doubts, issued_by, issued_by_name, issued_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&found.authority)
    .bind(&body.number)
    .bind(&found.search_no)
    .bind(showing_id)
    .bind(&body.kind)
    .bind(&code)
    .bind(&text)
    .bind(sm3_hex(text.as_bytes()))
    .bind(sqlx::types::Json(doubts))
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(doing.now)
    .execute(tx.conn())
    .await?;
    one(tx, found, &body.number).await
}

#[derive(sqlx::FromRow)]
struct Row {
    document_no: String,
    kind: String,
    check_code: String,
    body: String,
    sm3: String,
    issued_at: DateTime<Utc>,
    issued_by_name: String,
}

impl From<Row> for Issued {
    fn from(r: Row) -> Self {
        let parsed: Option<Body> = serde_json::from_str(&r.body).ok();
        let fits = sm3_hex(r.body.as_bytes()) == r.sm3
            && document::check_code(&r.body) == r.check_code
            && parsed.as_ref().is_some_and(|b| b.number == r.document_no);
        Self {
            document_no: r.document_no,
            kind: r.kind,
            check_code: r.check_code,
            sm3: r.sm3,
            issued_at: r.issued_at,
            issued_by: r.issued_by_name,
            genuine: fits,
            body: parsed,
        }
    }
}

const COLUMNS: &str = "document_no, kind, check_code, body, sm3, issued_at, issued_by_name";

/// A paper of an application.
///
/// # Errors
/// [`SearchError::Unknown`].
pub async fn one(
    tx: &mut TenantTx,
    found: &Application,
    document_no: &str,
) -> Result<Issued, SearchError> {
    let sql = format!(
        "select {COLUMNS} from search_document where authority = $1 and document_no = $2 and search_no = $3"
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&found.authority)
        .bind(document_no)
        .bind(&found.search_no)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Issued::from)
        .ok_or_else(|| SearchError::Unknown(format!("查询结果文书 {document_no}")))
}

/// Papers of an application, in order.
///
/// # Errors
/// A database error.
pub async fn of(tx: &mut TenantTx, found: &Application) -> Result<Vec<Issued>, SearchError> {
    let sql = format!(
        "select {COLUMNS} from search_document where authority = $1 and search_no = $2
         order by issued_at, document_no"
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&found.authority)
        .bind(&found.search_no)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Issued::from).collect())
}

/// The paper with this check code, of whichever authority in scope.
///
/// # Errors
/// A database error.
pub async fn by_code(tx: &mut TenantTx, code: &str) -> Result<Option<Issued>, SearchError> {
    let sql = format!(
        "select {COLUMNS} from search_document
         where authority = any (string_to_array(current_setting('app.scope', true), ',')) and check_code = $1"
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(code)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Issued::from))
}

/// Whether a kind of paper is the notice of a refusal.
#[must_use]
pub fn is_refusal(kind: &str) -> bool {
    kind == REFUSAL
}
