//! Committed time limits of the authority (承诺时限).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::promise;
use dengbu_law::catalogue::{self, Business};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_promises))
        .routes(routes!(set_promise))
}

/// The time limit of a business at the authority, in working days.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromiseView {
    /// Business code.
    business: String,
    /// Business in Chinese.
    business_name: String,
    /// What is promised now (承诺时限).
    days: u32,
    /// True when the authority has set it itself.
    own: bool,
    /// What is promised where the authority sets nothing.
    default_days: u32,
    /// What the law allows at most (法定时限).
    legal_days: u32,
}

impl PromiseView {
    fn of(settings: &Value, b: &Business) -> Self {
        Self {
            business: b.code.clone(),
            business_name: b.short_name.clone(),
            days: promise::committed(settings, b),
            own: promise::own(settings, b).is_some(),
            default_days: b.days.committed,
            legal_days: b.days.legal,
        }
    }
}

/// Time limits.
#[derive(Debug, Serialize, ToSchema)]
pub struct Promises {
    /// One per business.
    items: Vec<PromiseView>,
}

/// The committed time limits of the authority, for every business.
#[utoipa::path(get, path = "/authority/committed-days", operation_id = "list_promises",
    responses((status = 200, body = Promises), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_promises(State(app): State<App>, signed: Signed) -> Result<Json<Promises>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let settings = promise::settings(&mut tx, &signed.actor.authority).await?;
    Ok(Json(Promises {
        items: catalogue::all()
            .iter()
            .map(|b| PromiseView::of(&settings, b))
            .collect(),
    }))
}

/// The time limit to promise.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromiseChange {
    /// Working days, at most those of the law; null: what the catalogue promises.
    days: Option<u32>,
}

/// Sets the committed time limit of a business; it holds for cases accepted from then on.
#[utoipa::path(put, path = "/authority/committed-days/{business}", operation_id = "set_promise", request_body = PromiseChange,
    params(("business" = String, Path, description = "business code"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = PromiseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_promise(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    headers: HeaderMap,
    Body(given): Body<PromiseChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let business =
        catalogue::business(&code).ok_or_else(|| Problem::not_found("业务目录中没有这项业务"))?;
    let mut w = match write::begin(&app, actor, &headers, &("promise", &code, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = promise::set(&mut w.tx, &actor.authority, business, given.days).await?;
    let settings = promise::settings(&mut w.tx, &actor.authority).await?;
    let view = PromiseView::of(&settings, business);
    let record = AuditRecord::by(actor, "settings.committed_days_set")
        .on("business", &business.code)
        .detail(json!({ "before": before, "after": view.days }));
    w.finish(record, StatusCode::OK, &view).await
}
