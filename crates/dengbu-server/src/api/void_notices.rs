//! Notices about lost and void certificates (遗失声明、作废公告): published, listed, printed.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_cases::days;
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::Mask;
use dengbu_papers::void_notice::{self, NoticeFacts};
use dengbu_register::returns::{self, Mark, ReturnState};
use dengbu_register::void_notices::{self, LOST_DAYS, VoidKind, VoidNotice};
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::certificate_print::{facts, load};
use super::papers::{html, print_facts};
use super::stock::text_of;
use super::{Page, limit, page};
use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_void_notices, publish_void_notice))
        .routes(routes!(void_notice_paper))
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoidNoticeKind {
    /// Lost; a new one is asked for (遗失声明).
    Lost,
    /// Void and not returned (作废公告).
    Unreturned,
}

impl From<VoidNoticeKind> for VoidKind {
    fn from(kind: VoidNoticeKind) -> Self {
        match kind {
            VoidNoticeKind::Lost => Self::Lost,
            VoidNoticeKind::Unreturned => Self::Unreturned,
        }
    }
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoidNoticeView {
    /// Number of the certificate.
    certificate_no: String,
    /// `lost` or `unreturned`.
    kind: String,
    /// In Chinese.
    kind_name: String,
    /// Holders, masked as in public.
    holders: String,
    /// Why.
    reason: String,
    /// Day of publication.
    published_on: NaiveDate,
    /// Last day of a declaration of loss.
    runs_until: Option<NaiveDate>,
    /// Who published it.
    published_by: String,
    /// The text of the notice.
    text: String,
}

/// A notice's facts for papers.
pub(crate) fn paper(n: &VoidNotice, names: &Names) -> NoticeFacts {
    let proof = n.paper_kind == "proof";
    // earlier systems issued 房屋所有权证, 土地使用证 and others
    let present = n.certificate_no.contains("不动产");
    let paper_name = match (proof, present) {
        (true, true) => "不动产登记证明",
        (false, true) => "不动产权证书",
        (true, false) => "登记证明",
        (false, false) => "权属证书",
    };
    NoticeFacts {
        lost: n.kind == VoidKind::Lost.code(),
        paper_name: paper_name.to_owned(),
        certificate_no: n.certificate_no.clone(),
        holders: n.holder_masked.clone(),
        authority_name: names.authority(&n.authority),
        reason: n.reason.clone(),
        published_on: n.published_on,
        runs_until: n.runs_until,
    }
}

fn view(n: VoidNotice, names: &Names) -> VoidNoticeView {
    VoidNoticeView {
        text: paper(&n, names).text(),
        kind_name: VoidKind::from_code(&n.kind)
            .map_or("", VoidKind::name_zh)
            .to_owned(),
        certificate_no: n.certificate_no,
        kind: n.kind,
        holders: n.holder_masked,
        reason: n.reason,
        published_on: n.published_on,
        runs_until: n.runs_until,
        published_by: n.published_by,
    }
}

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VoidNoticeQuery {
    /// Part of the certificate's number.
    q: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Number as kept: half-width brackets.
pub(crate) fn number_part(text: Option<&str>) -> Option<String> {
    text.map(|t| t.trim().replace('（', "(").replace('）', ")"))
        .filter(|t| !t.is_empty() && !t.contains('\0'))
}

/// Lists notices about lost and void certificates.
#[utoipa::path(get, path = "/void-notices", operation_id = "list_void_notices", params(VoidNoticeQuery),
    responses((status = 200, body = Page<VoidNoticeView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_void_notices(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<VoidNoticeQuery>,
) -> Result<Json<Page<VoidNoticeView>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let from = match query.cursor.as_deref() {
        None => 0,
        Some(text) => text.parse::<u32>().map(i64::from).map_err(|_| {
            Problem::field("/cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询")
        })?,
    };
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let q = number_part(query.q.as_deref());
    let found = void_notices::list(&mut tx, q.as_deref(), from, rows + 1).await?;
    let lines = found.into_iter().map(|n| view(n, &names)).collect();
    Ok(Json(page(lines, rows, |_| (from + rows).to_string())))
}

/// A notice to be published.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidNoticeInput {
    /// Number of the certificate.
    certificate_no: String,
    /// Lost, or void and not returned.
    kind: VoidNoticeKind,
    /// Why, such as 保管不善.
    reason: String,
}

/// Publishes a notice about a lost or void certificate.
#[utoipa::path(post, path = "/void-notices", operation_id = "publish_void_notice", request_body = VoidNoticeInput,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = VoidNoticeView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn publish_void_notice(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<VoidNoticeInput>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ManageStock)?;
    let reason = text_of(&given.reason)
        .ok_or_else(|| Problem::field("/reason", "required", "请填写原因（200 字以内）"))?;
    let mut w = match write::begin(&app, actor, &headers, &("publish_void_notice", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let number = number_part(Some(&given.certificate_no)).unwrap_or_default();
    let certificate = load(&mut w.tx, &number).await?;
    signed.require_at(Action::ManageStock, &certificate.authority, None)?;
    let kind = VoidKind::from(given.kind);
    let refuse = |e: void_notices::VoidError| {
        Problem::new(StatusCode::CONFLICT, "void_notice", e.to_string())
    };
    kind.suits(&certificate).map_err(refuse)?;
    let said = facts(&mut w.tx, &certificate).await?;
    let holders = |mask: Mask| {
        let all = said.right.holders.iter().map(|h| mask.name(&h.party));
        all.collect::<Vec<_>>().join("、")
    };
    let today = date_in_shanghai(actor.request.now);
    let runs_until = match kind {
        VoidKind::Lost => {
            let calendar = days::calendar(&mut w.tx, &certificate.authority).await?;
            Some(calendar.due(today, LOST_DAYS))
        }
        VoidKind::Unreturned => None,
    };
    let notice = VoidNotice {
        county: certificate.county.clone(),
        certificate_no: number.clone(),
        paper_kind: certificate.kind.clone(),
        kind: kind.code().to_owned(),
        authority: certificate.authority.clone(),
        holder_names: holders(Mask::Full),
        holder_masked: holders(Mask::Masked),
        reason: reason.to_owned(),
        published_on: today,
        runs_until,
        published_by: actor.name.clone(),
    };
    void_notices::publish(&mut w.tx, &notice)
        .await?
        .map_err(refuse)?;
    if kind == VoidKind::Unreturned {
        let mark = Mark {
            state: ReturnState::Unreturned,
            at: actor.request.now,
            by: &actor.name,
            note: Some(reason),
        };
        returns::mark(&mut w.tx, &certificate.county, &number, &mark).await?;
    }
    let names = gather::names(&mut w.tx).await?;
    let record = AuditRecord::by(actor, "void_notice.published")
        .on("certificate", &number)
        .county(&certificate.county)
        .purpose(reason)
        .detail(serde_json::json!({ "kind": kind.code() }));
    w.finish(record, StatusCode::CREATED, &view(notice, &names))
        .await
}

/// Which notice of a certificate.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VoidPaperQuery {
    /// Lost, or void and not returned.
    kind: VoidNoticeKind,
}

/// The sheet of a notice, as HTML; each printing is recorded.
#[utoipa::path(get, path = "/void-notices/{certificate_no}/paper", operation_id = "void_notice_paper", params(VoidPaperQuery,
        ("certificate_no" = String, Path, description = "number of the certificate")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn void_notice_paper(
    State(app): State<App>,
    signed: Signed,
    At(number): At<String>,
    Params(query): Params<VoidPaperQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let missing = || Problem::not_found("没有找到这份公告，请核对证号");
    if number.contains('\0') {
        return Err(missing());
    }
    let notice = void_notices::one(&mut tx, &number, query.kind.into())
        .await?
        .ok_or_else(missing)?;
    let names = gather::names(&mut tx).await?;
    let paper = paper(&notice, &names);
    let body = void_notice::render(
        &paper,
        &print_facts(actor, &paper.authority_name, Mask::Masked),
    );
    let record = AuditRecord::by(actor, "paper.printed")
        .on("certificate", &number)
        .county(&notice.county)
        .detail(serde_json::json!({ "paper": "void-notice" }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}
