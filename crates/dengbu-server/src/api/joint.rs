//! Cases that are handled together (并案), and parting them (分案).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::case::{self, Case};
use dengbu_cases::joint;
use dengbu_law::flow::Move;
use dengbu_staff::{Action, Actor, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::{may_move, whole};
use crate::auth::Signed;
use crate::crossing;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::views::case::CaseView;
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(join_case))
        .routes(routes!(part_case))
}

/// Whoever holds the post of the present step joins and parts.
pub(super) fn may_join(actor: &Actor, case: &Case) -> bool {
    !case.state.is_final() && case.recorded_at.is_none() && may_move(actor, case, Move::Agree)
}

fn require_post(actor: &Actor, case: &Case) -> Result<(), Problem> {
    if may_move(actor, case, Move::Agree) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "您没有办理“{}”环节的权限，不能并案或者分案",
        case.step.name_zh()
    )))
}

/// With which case to handle it together.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// Number of the other case.
    with: String,
}

/// Has a case handled together with another: neither is recorded before both are decided.
#[utoipa::path(post, path = "/cases/{case_no}/joint", operation_id = "join_case", request_body = JoinRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn join_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<JoinRequest>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    let key = ("join", &case_no, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &key).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    // its row is locked with the other's, in one order: not here
    let before = case::load(&mut w.tx, &case_no, false).await?;
    require_post(actor, &before)?;
    let with = given.with.trim();
    match case::load(&mut w.tx, with, false).await {
        Ok(other)
            if !actor.may(
                Action::ReadCases,
                &other.authority,
                Some(&other.business.code),
            ) =>
        {
            return Err(Problem::field(
                "/with",
                "unknown",
                "没有找到这件业务，请核对受理编号",
            ));
        }
        _ => {}
    }
    let doing = write::doing(actor);
    let case = joint::join(&mut w.tx, &case_no, seen, with, &doing).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.joined")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "with": with }));
    w.finish(record, StatusCode::OK, &view).await
}

/// Why a case goes its own way.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRequest {
    /// Why.
    reason: String,
}

/// Parts a case from those it is handled together with.
#[utoipa::path(post, path = "/cases/{case_no}/joint/parting", operation_id = "part_case", request_body = PartRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn part_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(given): Body<PartRequest>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    if given.reason.chars().count() > 500 || given.reason.contains('\0') {
        return Err(Problem::field("/reason", "too_long", "理由不能超过 500 字"));
    }
    let key = ("part", &case_no, seen, &given);
    let mut w = match write::begin(&app, actor, &headers, &key).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    require_post(actor, &before)?;
    let doing = write::doing(actor);
    let case = joint::part(&mut w.tx, &case_no, seen, &given.reason, &doing).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.parted")
        .on("case", &case_no)
        .county(&case.county)
        .purpose(given.reason.trim());
    w.finish(record, StatusCode::OK, &view).await
}
