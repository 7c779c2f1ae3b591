//! Result papers of searches: made of what was shown, printed, taken as electronic certificates.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::record::{self, ECertificate};
use dengbu_certlib::uses::{self, Channel, NewUse};
use dengbu_search::document::{DoubtDecision, grouped_code};
use dengbu_search::issue::{self, Issued};
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Desk, mine};
use crate::api::ecert::views::{ECertificateLine, FileFormat, line};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::{App, new_id};
use crate::views::proof;
use crate::write::{self, Begun};

/// Routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(issue_search_document))
        .routes(routes!(search_document))
        .routes(routes!(search_document_file))
}

/// A result paper.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchDocumentView {
    /// Number.
    document_no: String,
    /// Kind.
    kind: String,
    /// Title.
    title: String,
    /// Check code in groups.
    check_code: String,
    /// SM3 of the content.
    sm3: String,
    /// When it was given out.
    issued_at: DateTime<Utc>,
    /// By whom.
    issued_by: String,
    /// Where it is printed.
    url: String,
    /// Its electronic certificate; none for a notice of refusal, and for papers of before.
    e_certificate: Option<ECertificateLine>,
}

pub(super) fn view(search_no: &str, i: Issued, library: &[ECertificate]) -> SearchDocumentView {
    let own = library.iter().find(|c| c.certificate_no == i.document_no);
    SearchDocumentView {
        e_certificate: own.map(|c| line(c, &BTreeMap::new())),
        url: format!("/api/v1/searches/{search_no}/documents/{}", i.document_no),
        title: i.body.map_or_else(|| i.kind.clone(), |b| b.title),
        check_code: grouped_code(&i.check_code),
        document_no: i.document_no,
        kind: i.kind,
        sm3: i.sm3,
        issued_at: i.issued_at,
        issued_by: i.issued_by,
    }
}

/// Which paper to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueDocument {
    /// Kind: `result_proof`, `register_extract`, `property_proof`.
    kind: String,
    /// What was found about rights of somebody of the same name.
    #[serde(default)]
    doubts: Vec<DoubtDecision>,
}

/// Makes a result paper of what was shown today.
#[utoipa::path(post, path = "/searches/{search_no}/documents", operation_id = "issue_search_document", request_body = IssueDocument,
    params(("search_no" = String, Path, description = "Number of the application"), ("X-CSRF-Token" = String, Header),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SearchDocumentView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn issue_search_document(
    State(app): State<App>,
    signed: Signed,
    At(search_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<IssueDocument>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let fingerprint = ("search-document", &search_no, &request);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let found = mine(&mut w.tx, &signed, &search_no).await?;
    let desk = Desk::of(&mut w.tx, &found.authority).await?;
    let doing = write::doing(actor);
    let made = issue::document(
        &mut w.tx,
        &desk.authority_name,
        &search_no,
        (&request.kind, &request.doubts),
        &app.library_key(),
        &doing,
    )
    .await?;
    let record = AuditRecord::by(actor, "search.document_issued")
        .on("search", &search_no)
        .detail(serde_json::json!({ "document": made.document_no, "sm3": made.sm3 }))
        .in_trail_of(&found.authority);
    let library = record::of_search(&mut w.tx, &found.authority, &search_no).await?;
    let view = view(&search_no, made, &library);
    w.finish(record, StatusCode::CREATED, &view).await
}

/// A result paper, ready for print; each printing is recorded.
#[utoipa::path(get, path = "/searches/{search_no}/documents/{document_no}", operation_id = "search_document",
    params(("search_no" = String, Path, description = "Number of the application"), ("document_no" = String, Path, description = "Number of the paper")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_document(
    State(app): State<App>,
    signed: Signed,
    At((search_no, document_no)): At<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = mine(&mut tx, &signed, &search_no).await?;
    let desk = Desk::of(&mut tx, &found.authority).await?;
    let kept = issue::one(&mut tx, &found, &document_no).await?;
    if !kept.genuine {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "document_damaged",
            "该文书的存档内容与校验值不符，不能打印，请联系系统管理员",
        ));
    }
    let base = proof::public_base(desk.settings.public_url.as_deref(), &headers, &app);
    let body =
        proof::paper(&kept, &base, actor).ok_or_else(|| Problem::not_found("没有找到这份文书"))?;
    let record = AuditRecord::by(actor, "paper.printed")
        .on("search", &search_no)
        .detail(serde_json::json!({ "document": document_no }))
        .in_trail_of(&found.authority);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(proof::html(body))
}

/// A result paper as sealed electronic certificate; each taking is recorded.
#[utoipa::path(get, path = "/searches/{search_no}/documents/{document_no}/files/{format}", operation_id = "search_document_file",
    params(("search_no" = String, Path, description = "Number of the application"), ("document_no" = String, Path, description = "Number of the paper"),
        ("format" = FileFormat, Path)),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/ofd"), (Vec<u8> = "application/pdf"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn search_document_file(
    State(app): State<App>,
    signed: Signed,
    At((search_no, document_no, format)): At<(String, String, FileFormat)>,
) -> Result<Response, Problem> {
    signed.require(Action::AnswerSearch)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = mine(&mut tx, &signed, &search_no).await?;
    let library = record::of_search(&mut tx, &found.authority, &search_no).await?;
    let c = library
        .iter()
        .rev()
        .find(|c| c.certificate_no == document_no)
        .ok_or_else(|| Problem::not_found("这份文书没有电子证照"))?;
    let content = app.office().original(&app, &mut tx, c, format).await?;
    let taken = NewUse {
        channel: Channel::Staff,
        who: &actor.name,
        purpose: "交付查询申请人",
        what: "file",
        grant_id: None,
        application_id: None,
        ip: actor.request.ip.map(|ip| ip.to_string()),
        now: actor.request.now,
    };
    uses::note(&mut tx, c, &taken, &new_id).await?;
    let record = AuditRecord::by(actor, "e_certificate.downloaded")
        .on("e_certificate", &document_no)
        .detail(serde_json::json!({ "format": format, "search": search_no }))
        .in_trail_of(&found.authority);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(crate::api::ecert::file(
        format.code(),
        &document_no,
        content,
        false,
    ))
}
