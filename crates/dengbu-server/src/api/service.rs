//! Service of documents (文书送达): what a case must bring to whom, recorded and listed.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_cases::case::{self, Case};
use dengbu_cases::days;
use dengbu_cases::service::queue::{self, Filter, Key};
use dengbu_cases::service::{self as served, Document, Person, To};
use dengbu_law::service::{Attempt, Method, Outcome, Particulars, ServedDocument};
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::Mask;
use dengbu_papers::service_receipt::{self, ServiceDone, ServiceReceiptFacts};
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::papers::{html, print_facts};
use super::{Page, limit, page, plausible};
use crate::auth::Signed;
use crate::crossing;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::service as view;
use crate::views::service::{CaseServiceView, WaitingView};
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_case_service, record_service))
        .routes(routes!(annul_service))
        .routes(routes!(service_receipt))
        .routes(routes!(list_waiting_service))
}

async fn whole(tx: &mut TenantTx, case: &Case, actor: &Actor) -> Result<CaseServiceView, Problem> {
    let calendar = days::calendar(tx, &case.authority).await?;
    let today = date_in_shanghai(actor.request.now);
    let documents = served::of_case(tx, case).await?;
    let business = Some(case.business.code.as_str());
    Ok(CaseServiceView {
        documents: documents
            .iter()
            .map(|d| view::document(&case.case_no, d, &calendar, today))
            .collect(),
        methods: view::methods(),
        relations: view::relations(),
        may_record: actor.may(Action::ServeDocument, &case.authority, business),
    })
}

/// The documents of a case that must reach persons, and what was tried; each reading is recorded.
#[utoipa::path(get, path = "/cases/{case_no}/service", operation_id = "read_case_service",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = CaseServiceView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_case_service(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<CaseServiceView>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let view = whole(&mut tx, &case, actor).await?;
    // most cases have nothing to serve, and then nothing of anybody is shown
    if !view.documents.is_empty() {
        let record = AuditRecord::by(actor, "service.read")
            .on("case", &case_no)
            .county(&case.county);
        audit::record(&mut tx, &record).await?;
    }
    tx.commit().await?;
    Ok(Json(view))
}

/// An attempt to serve a document on a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceInput {
    /// The event that made the document.
    event_seq: i32,
    /// The person's position.
    person: i32,
    /// How.
    method: Method,
    /// The day of the signature, the receipt, the arrival or the publication; of the attempt where
    /// it failed.
    on: NaiveDate,
    /// Why it was not served; none where it was.
    #[serde(default)]
    failure: Option<String>,
    /// What is recorded of it.
    #[serde(default)]
    particulars: Particulars,
}

async fn may_serve(tx: &mut TenantTx, signed: &Signed, case_no: &str) -> Result<Case, Problem> {
    let case = case::load(tx, case_no, false).await?;
    let business = Some(case.business.code.as_str());
    signed.require_at(Action::ServeDocument, &case.authority, business)?;
    Ok(case)
}

/// Records an attempt to serve a document of a case on a person.
#[utoipa::path(post, path = "/cases/{case_no}/service", operation_id = "record_service", request_body = ServiceInput,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = CaseServiceView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn record_service(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<ServiceInput>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::ServeDocument)?;
    let seen = if_match(&headers)?;
    let asked = ("serve", &case_no, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &asked).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    may_serve(&mut w.tx, &signed, &case_no).await?;
    let to = To {
        event_seq: given.event_seq,
        person: given.person,
    };
    let attempt = Attempt {
        method: given.method,
        on: given.on,
        outcome: given.failure.map_or(Outcome::Served, Outcome::Failed),
        particulars: given.particulars,
    };
    let doing = write::doing(actor);
    let case = served::record(&mut w.tx, &case_no, seen, to, &attempt, &doing).await?;
    let view = whole(&mut w.tx, &case, actor).await?;
    let record = AuditRecord::by(actor, "service.recorded")
        .on("case", &case_no)
        .county(&case.county)
        .detail(
            json!({ "event_seq": to.event_seq, "person": to.person, "method": attempt.method,
            "served": attempt.outcome == Outcome::Served }),
        );
    w.finish(record, StatusCode::CREATED, &view).await
}

/// Takes back an attempt that was recorded in error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnulmentInput {
    /// The event that made the document.
    event_seq: i32,
    /// The person's position.
    person: i32,
    /// The attempt.
    attempt: i32,
    /// Why.
    reason: String,
}

/// Annuls an attempt that was recorded in error; both stay on record.
#[utoipa::path(post, path = "/cases/{case_no}/service/annulments", operation_id = "annul_service", request_body = AnnulmentInput,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = CaseServiceView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn annul_service(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<AnnulmentInput>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::ServeDocument)?;
    let seen = if_match(&headers)?;
    let asked = ("annul_service", &case_no, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &asked).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    may_serve(&mut w.tx, &signed, &case_no).await?;
    let to = To {
        event_seq: given.event_seq,
        person: given.person,
    };
    let doing = write::doing(actor);
    let (which, reason) = (given.attempt, given.reason.as_str());
    let case = served::annul(&mut w.tx, &case_no, seen, to, which, reason, &doing).await?;
    let view = whole(&mut w.tx, &case, actor).await?;
    let record = AuditRecord::by(actor, "service.annulled")
        .on("case", &case_no)
        .county(&case.county)
        .purpose(reason.trim())
        .detail(json!({ "event_seq": to.event_seq, "person": to.person, "attempt": which }));
    w.finish(record, StatusCode::CREATED, &view).await
}

/// The receipt of service (送达回证) of a document and a person, as HTML; each printing is recorded.
#[utoipa::path(get, path = "/cases/{case_no}/service/{event_seq}/{person}/receipt", operation_id = "service_receipt",
    params(("case_no" = String, Path, description = "20-digit case number"), ("event_seq" = i32, Path, description = "the event that made the document"),
           ("person" = i32, Path, description = "the person's position")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn service_receipt(
    State(app): State<App>,
    signed: Signed,
    At((case_no, event_seq, person)): At<(String, i32, i32)>,
) -> Result<Response, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let documents = served::of_case(&mut tx, &case).await?;
    let found = documents
        .iter()
        .find(|d| d.event_seq == event_seq)
        .and_then(|d| Some((d, d.persons.iter().find(|p| p.person == person)?)));
    let (document, person) = found.ok_or_else(|| Problem::not_found("该业务件没有这份送达回证"))?;
    let names = gather::names(&mut tx).await?;
    let print = print_facts(actor, &names.authority(&case.authority), Mask::Full);
    let body = service_receipt::render(&receipt_facts(&case, document, person), &print);
    let record = AuditRecord::by(actor, "paper.printed")
        .on("case", &case_no)
        .county(&case.county)
        .detail(json!({ "paper": "service-receipt" }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}

fn receipt_facts(case: &Case, document: &Document, person: &Person) -> ServiceReceiptFacts {
    let done = person.served_by().and_then(|t| {
        let made = t.made.as_ref()?;
        let lines = view::lines(&made.particulars);
        Some(ServiceDone {
            method_name: made.method.name_zh().to_owned(),
            lines: lines
                .into_iter()
                .map(|l| (l.label.to_owned(), l.value))
                .collect(),
            served_on: t.served_on?,
            recorded_by: t.actor_name.clone(),
        })
    });
    ServiceReceiptFacts {
        case_no: case.case_no.clone(),
        business_name: case.business.name.clone(),
        address: case.address.clone(),
        document_name: document.document.name_zh().to_owned(),
        decided_on: document.decided_on,
        addressee: person.name.clone(),
        side_name: person.side_name.clone(),
        agent: person.agent.clone(),
        phone: person.phone.clone(),
        service_address: person.address.clone(),
        done,
    }
}

/// Which of those who wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitingQuery {
    /// Only this document.
    #[param(inline)]
    document: Option<ServedDocument>,
    /// Only decisions at least so many days old.
    older_than: Option<u32>,
    /// True: those for whom a public notice runs, instead of those with nothing done.
    published: Option<bool>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

fn cursor(text: &str) -> Option<Key> {
    let mut parts = text.split('~');
    let day: NaiveDate = parts.next()?.parse().ok()?;
    let case_no = parts
        .next()
        .filter(|c| c.len() == 20 && c.bytes().all(|b| b.is_ascii_digit()))?;
    let key = (
        day,
        case_no.to_owned(),
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    (plausible(day) && parts.next().is_none()).then_some(key)
}

/// Persons whom a decision has not reached yet, over all cases, the oldest decision first (待送达).
#[utoipa::path(get, path = "/service", operation_id = "list_waiting_service", params(WaitingQuery),
    responses((status = 200, body = Page<WaitingView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_waiting_service(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<WaitingQuery>,
) -> Result<Json<Page<WaitingView>>, Problem> {
    signed.require(Action::ServeDocument)?;
    let actor = &signed.actor;
    let rows = limit(query.limit);
    let after = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(cursor(text).ok_or_else(|| {
            Problem::field("/cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询")
        })?),
    };
    let filter = Filter {
        document: query.document,
        older_than: query.older_than.map(|days| days.min(36_500)),
        published: query.published.unwrap_or(false),
        after,
        limit: rows + 1,
    };
    let today = date_in_shanghai(actor.request.now);
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = queue::list(&mut tx, &filter, today).await?;
    let lines = found.into_iter().map(|w| view::waiting(w, today)).collect();
    Ok(Json(page(lines, rows, |w: &WaitingView| {
        format!(
            "{}~{}~{}~{}",
            w.decided_on, w.case_no, w.event_seq, w.person
        )
    })))
}
