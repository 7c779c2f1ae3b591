//! What an authority asks for on top of the catalogue (机构加收材料): tightening only.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::{extras, promise};
use dengbu_law::catalogue::{self, Business};
use dengbu_law::extra::{self, ExtraMaterial};
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
        .routes(routes!(list_extra_materials))
        .routes(routes!(set_extra_materials))
}

/// One material on top of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtraMaterialView {
    /// Code.
    code: String,
    /// Name as printed on the receipt.
    name: String,
    /// True when every application must bring it.
    required: bool,
    /// Rule that lets the authority ask for it.
    basis: String,
}

/// What is asked for on top for one business.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtraMaterialsView {
    /// Business code.
    business: String,
    /// Business in Chinese.
    business_name: String,
    /// Materials.
    items: Vec<ExtraMaterialView>,
}

impl ExtraMaterialsView {
    fn of(settings: &Value, b: &Business) -> Self {
        Self {
            business: b.code.clone(),
            business_name: b.short_name.clone(),
            items: extras::of(settings, b)
                .into_iter()
                .map(|m| ExtraMaterialView {
                    code: m.code,
                    name: m.name,
                    required: m.required,
                    basis: m.basis,
                })
                .collect(),
        }
    }
}

/// What is asked for on top.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllExtraMaterials {
    /// One for each business for which something is asked for.
    items: Vec<ExtraMaterialsView>,
}

/// What the authority asks for on top of the catalogue.
#[utoipa::path(get, path = "/authority/extra-materials", operation_id = "list_extra_materials",
    responses((status = 200, body = AllExtraMaterials), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_extra_materials(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<AllExtraMaterials>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let settings = promise::settings(&mut tx, &signed.actor.authority).await?;
    Ok(Json(AllExtraMaterials {
        items: catalogue::all()
            .iter()
            .map(|b| ExtraMaterialsView::of(&settings, b))
            .filter(|v| !v.items.is_empty())
            .collect(),
    }))
}

/// A material to ask for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraMaterialChange {
    /// Code of one that is there; absent: a new one.
    #[serde(default)]
    code: Option<String>,
    /// Name as printed on the receipt.
    name: String,
    /// True when every application must bring it.
    required: bool,
    /// Rule that lets the authority ask for it.
    basis: String,
}

/// All that shall be asked for on top for a business.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraMaterialsChange {
    /// Materials; none: only what the catalogue asks for.
    items: Vec<ExtraMaterialChange>,
}

/// Gives new items the codes that are free.
fn coded(given: Vec<ExtraMaterialChange>) -> Vec<ExtraMaterial> {
    let mut items: Vec<ExtraMaterial> = given
        .into_iter()
        .map(|m| ExtraMaterial {
            code: m.code.unwrap_or_default(),
            name: m.name.trim().to_owned(),
            required: m.required,
            basis: m.basis.trim().to_owned(),
        })
        .collect();
    for i in 0..items.len() {
        if items[i].code.is_empty() {
            items[i].code = extra::free_code(&items);
        }
    }
    items
}

/// Sets what the authority asks for on top for a business; it holds for cases begun from then on.
/// What the catalogue asks for can not be changed here.
#[utoipa::path(put, path = "/authority/extra-materials/{business}", operation_id = "set_extra_materials", request_body = ExtraMaterialsChange,
    params(("business" = String, Path, description = "business code"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ExtraMaterialsView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_extra_materials(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    headers: HeaderMap,
    Body(given): Body<ExtraMaterialsChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let business =
        catalogue::business(&code).ok_or_else(|| Problem::not_found("业务目录中没有这项业务"))?;
    let mut w = match write::begin(&app, actor, &headers, &("extra", &code, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let before = promise::settings(&mut w.tx, &actor.authority).await?;
    let items = coded(given.items);
    extras::set(&mut w.tx, &actor.authority, business, &items).await?;
    let settings = promise::settings(&mut w.tx, &actor.authority).await?;
    let view = ExtraMaterialsView::of(&settings, business);
    let record = AuditRecord::by(actor, "settings.extra_materials_set")
        .on("business", &business.code)
        .detail(json!({ "before": extras::of(&before, business), "after": items }));
    w.finish(record, StatusCode::OK, &view).await
}
