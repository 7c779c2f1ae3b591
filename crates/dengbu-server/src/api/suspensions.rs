//! Stopping the clock of a case and starting it again (暂停、恢复计时).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use dengbu_cases::case::{self, Case};
use dengbu_cases::clock::{self, Suspension};
use dengbu_cases::promise;
use dengbu_law::flow::Move;
use dengbu_law::suspension;
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

/// Characters of a reason at most.
const REASON_MAX: usize = 500;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(suspension_reasons))
        .routes(routes!(suspend_case))
        .routes(routes!(resume_case))
}

/// Whoever holds the post of the present step keeps its clock.
pub(super) fn may_keep(actor: &Actor, case: &Case) -> bool {
    may_move(actor, case, Move::Agree)
}

/// A reason for which the clock may stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionReason {
    /// Code.
    code: String,
    /// In Chinese.
    name: String,
    /// What it rests on.
    source: String,
    /// Working days for it in one case, altogether.
    max_days: u32,
}

/// For which reasons the clock of this case may be stopped.
#[utoipa::path(get, path = "/cases/{case_no}/suspension-reasons", operation_id = "suspension_reasons",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = Vec<SuspensionReason>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn suspension_reasons(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<Vec<SuspensionReason>>, Problem> {
    signed.require(Action::ReadCases)?;
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    let settings = promise::settings(&mut tx, &case.authority).await?;
    let reasons = suspension::reasons(&settings).into_iter();
    Ok(Json(
        reasons
            .map(|r| SuspensionReason {
                code: r.code,
                name: r.name,
                source: r.source,
                max_days: r.max_days,
            })
            .collect(),
    ))
}

/// A clock to be stopped.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspensionRequest {
    /// Reason.
    reason_code: String,
    /// Why, in words.
    reason: String,
    /// The day on which it starts again by itself.
    until: NaiveDate,
}

fn bounded(text: &str) -> Result<(), Problem> {
    if text.chars().count() > REASON_MAX || text.contains('\0') {
        return Err(Problem::field("/reason", "too_long", "事由不能超过 500 字"));
    }
    Ok(())
}

fn require_keeper(actor: &Actor, case: &Case) -> Result<(), Problem> {
    if may_keep(actor, case) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "您没有办理“{}”环节的权限，不能暂停或者恢复计时",
        case.step.name_zh()
    )))
}

/// Stops the clock of a case.
#[utoipa::path(post, path = "/cases/{case_no}/suspension", operation_id = "suspend_case", request_body = SuspensionRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn suspend_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<SuspensionRequest>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    bounded(&request.reason)?;
    let mut w = match write::begin(
        &app,
        actor,
        &headers,
        &("suspend", &case_no, seen, &request),
    )
    .await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    require_keeper(actor, &before)?;
    super::hands::leave_alone(&mut w.tx, actor, &before).await?;
    let settings = promise::settings(&mut w.tx, &before.authority).await?;
    let doing = write::doing(actor);
    let asked = Suspension {
        reason_code: &request.reason_code,
        reason: &request.reason,
        until: request.until,
    };
    let case = clock::suspend(&mut w.tx, &case_no, seen, &asked, &settings, &doing).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.suspended")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "reason_code": request.reason_code, "until": request.until }));
    w.finish(record, StatusCode::OK, &view).await
}

/// A clock to be started again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumptionRequest {
    /// Why.
    reason: String,
}

/// Starts the clock of a suspended case again.
#[utoipa::path(post, path = "/cases/{case_no}/resumption", operation_id = "resume_case", request_body = ResumptionRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn resume_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<ResumptionRequest>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    bounded(&request.reason)?;
    let mut w =
        match write::begin(&app, actor, &headers, &("resume", &case_no, seen, &request)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    require_keeper(actor, &before)?;
    super::hands::leave_alone(&mut w.tx, actor, &before).await?;
    let doing = write::doing(actor);
    let case = clock::resume(&mut w.tx, &case_no, seen, &request.reason, &doing).await?;
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.resumed")
        .on("case", &case_no)
        .county(&case.county);
    w.finish(record, StatusCode::OK, &view).await
}
