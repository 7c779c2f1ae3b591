//! Old papers taken back (收回旧证): which are awaited, and that one came back.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_register::returns::{self, Mark, ReturnState, Wanted};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::void_notices::number_part;
use super::{Page, limit, page};
use crate::auth::Signed;
use crate::crossing;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::register::OldPaperView;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_old_papers))
        .routes(routes!(take_paper_back))
}

/// What became of an old paper.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OldPaperState {
    /// To come back.
    Awaited,
    /// Came back.
    Returned,
    /// Cannot be had; published as void or declared lost.
    Unreturned,
}

impl From<OldPaperState> for ReturnState {
    fn from(state: OldPaperState) -> Self {
        match state {
            OldPaperState::Awaited => Self::Awaited,
            OldPaperState::Returned => Self::Returned,
            OldPaperState::Unreturned => Self::Unreturned,
        }
    }
}

/// Which old papers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OldPaperQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<OldPaperState>,
    /// Only those a case made void.
    case_no: Option<String>,
    /// Part of the paper's number.
    q: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Lists papers that are void: awaited, come back, or published as void.
#[utoipa::path(get, path = "/old-papers", operation_id = "list_old_papers", params(OldPaperQuery),
    responses((status = 200, body = Page<OldPaperView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_old_papers(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<OldPaperQuery>,
) -> Result<Json<Page<OldPaperView>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let case_no = number_part(query.case_no.as_deref());
    // the office that took a case for another place sees the papers of that case
    let signed = match &case_no {
        Some(no) => crossing::on_case(&app, signed, no).await?,
        None => signed,
    };
    let rows = limit(query.limit);
    let from = match query.cursor.as_deref() {
        None => 0,
        Some(text) => text.parse::<u32>().map(i64::from).map_err(|_| {
            Problem::field("/cursor", "bad_cursor", "翻页标记无效，请从第一页重新查询")
        })?,
    };
    let wanted = Wanted {
        state: query.state.map(ReturnState::from),
        case_no,
        text: number_part(query.q.as_deref()),
        from,
        limit: rows + 1,
    };
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = returns::list(&mut tx, &wanted).await?;
    let lines = found.into_iter().map(OldPaperView::from).collect();
    Ok(Json(page(lines, rows, |_| (from + rows).to_string())))
}

/// What is said when a paper comes back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenBack {
    /// Who brought it, or how it came.
    note: Option<String>,
    /// The case that made it void, where the paper is handed in at the office that took the case.
    #[serde(default)]
    case_no: Option<String>,
}

/// Notes that an old paper came back (收回).
#[utoipa::path(post, path = "/old-papers/{certificate_no}/return", operation_id = "take_paper_back", request_body = TakenBack,
    params(("certificate_no" = String, Path, description = "number of the paper"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OldPaperView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn take_paper_back(
    State(app): State<App>,
    signed: Signed,
    At(number): At<String>,
    headers: HeaderMap,
    Body(given): Body<TakenBack>,
) -> Result<Response, Problem> {
    let case_no = number_part(given.case_no.as_deref());
    let signed = match &case_no {
        Some(no) => crossing::on_case(&app, signed, no).await?,
        None => signed,
    };
    let actor = &signed.actor;
    signed.require(Action::Deliver)?;
    let note = given
        .note
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty());
    if note.is_some_and(|n| n.chars().count() > 200 || n.contains('\0')) {
        return Err(Problem::field("/note", "too_long", "说明不能超过 200 字"));
    }
    let mut w =
        match write::begin(&app, actor, &headers, &("take_paper_back", &number, &given)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let number = number_part(Some(&number)).unwrap_or_default();
    let missing = || Problem::not_found(format!("没有应收回的旧证 {number}，请核对证号"));
    let paper = returns::one(&mut w.tx, &number)
        .await?
        .ok_or_else(missing)?;
    // what is lent for one case reaches no other paper of that place
    if case_no.is_some() && paper.case_no != case_no {
        return Err(missing());
    }
    signed.require_at(Action::Deliver, &paper.authority, None)?;
    let mark = Mark {
        state: ReturnState::Returned,
        at: actor.request.now,
        by: &actor.name,
        note,
    };
    if !returns::mark(&mut w.tx, &paper.county, &number, &mark).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "already_returned",
            format!("{number} 已经收回，不必重复登记"),
        ));
    }
    let paper = returns::one(&mut w.tx, &number)
        .await?
        .ok_or_else(missing)?;
    let record = AuditRecord::by(actor, "paper.returned")
        .on("certificate", &number)
        .county(&paper.county)
        .detail(serde_json::json!({ "note": note }));
    w.finish(record, StatusCode::OK, &OldPaperView::from(paper))
        .await
}
