//! Data integration: the mapping of a source, made by a person who sees what it does.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_intake::IntakeError;
use dengbu_intake::look::{self, CheckedMapping, MappingPreview, SourceProfile};
use dengbu_intake::packages::LaidOut;
use dengbu_intake::source::{self, MappingVersion, Package};
use dengbu_mapping::edit::{self, Edit};
use dengbu_mapping::words::{self, Words};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::intake_sources::{doing, packages};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::intake::MappingView;
use crate::write::{self, Begun};

/// Records of a preview at most.
const PREVIEW_MAX: usize = 100;
/// Changes asked for at once.
const EDITS_MAX: usize = 200;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mapping_words))
        .routes(routes!(read_mapping, save_mapping))
        .routes(routes!(list_mapping_versions))
        .routes(routes!(profile_package))
        .routes(routes!(check_mapping))
        .routes(routes!(preview_mapping))
}

/// What may stand in a mapping: standard tables and fields, transforms, code lists.
#[utoipa::path(get, path = "/intake/mapping-words", operation_id = "mapping_words",
    responses((status = 200, body = Words), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn mapping_words(signed: Signed) -> Result<Json<Words>, Problem> {
    signed.require(Action::Integrate)?;
    Ok(Json(words::words()))
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MappingQuery {
    /// Version; the newest when absent.
    version: Option<i32>,
}

/// The mapping of a source; version 0 and empty when none was saved.
#[utoipa::path(get, path = "/intake/sources/{source}/mapping", operation_id = "read_mapping",
    params(MappingQuery, ("source" = String, Path)),
    responses((status = 200, body = MappingView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_mapping(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
    Params(query): Params<MappingQuery>,
) -> Result<Json<MappingView>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    source::one(&mut tx, authority, &name).await?;
    let found = source::mapping(&mut tx, authority, &name, query.version).await?;
    if let (None, Some(_)) = (&found, query.version) {
        return Err(Problem::not_found("没有这一版字段对照"));
    }
    Ok(Json(found.map_or_else(
        || MappingView {
            version: 0,
            body: String::new(),
            saved_by: None,
            saved_at: None,
        },
        MappingView::from,
    )))
}

/// Versions of a mapping.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappingVersionList {
    /// Newest first.
    items: Vec<MappingVersion>,
}

/// Who saved which version of a source's mapping, when.
#[utoipa::path(get, path = "/intake/sources/{source}/mapping/versions", operation_id = "list_mapping_versions",
    params(("source" = String, Path)),
    responses((status = 200, body = MappingVersionList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_mapping_versions(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
) -> Result<Json<MappingVersionList>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    source::one(&mut tx, authority, &name).await?;
    let items = source::mapping_versions(&mut tx, authority, &name).await?;
    Ok(Json(MappingVersionList { items }))
}

/// A mapping to be saved.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMapping {
    /// The text.
    body: String,
    /// Delivery it was made for: a mapping that names tables or fields it has not is refused.
    package_id: Option<Uuid>,
}

/// Saves a mapping as the next version; `If-Match` holds the version it was made from.
#[utoipa::path(put, path = "/intake/sources/{source}/mapping", operation_id = "save_mapping", request_body = NewMapping,
    params(("source" = String, Path), ("X-CSRF-Token" = String, Header), ("If-Match" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = MappingView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn save_mapping(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
    headers: HeaderMap,
    Body(new): Body<NewMapping>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let seen = i32::try_from(write::if_match(&headers)?)
        .ok()
        .filter(|v| *v > 0);
    if let Some(id) = new.package_id {
        let (package, laid) = opened(&app, &signed, id).await?;
        if package.source != name {
            return Err(Problem::field(
                "/package_id",
                "invalid",
                "该数据包不属于这个数据源",
            ));
        }
        let text = new.body.clone();
        let checked = off(move || look::check(&laid, text, &package.source)).await?;
        if !checked.faults.is_empty() {
            let faults = checked.faults.into_iter().map(|f| dengbu_mapping::Fault {
                file: String::new(),
                line: f.line,
                text: f.text,
            });
            return Err(IntakeError::Mapping(faults.collect()).into());
        }
    }
    let mut w = match write::begin(&app, actor, &headers, &("mapping", &name, &new)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = source::save_mapping(&mut w.tx, &name, &new.body, seen, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.mapping_saved")
        .on("source", &name)
        .detail(serde_json::json!({ "version": made.version }));
    w.finish(record, StatusCode::OK, &MappingView::from(made))
        .await
}

/// A delivery of the own authority, laid out for reading.
async fn opened(app: &App, signed: &Signed, id: Uuid) -> Result<(Package, LaidOut), Problem> {
    let packages = packages(app)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let package = source::package(&mut tx, &signed.actor.authority, id).await?;
    tx.rollback().await?;
    let laid = packages.opened(&package).await?;
    Ok((package, laid))
}

/// Reads files: not on the threads that serve requests.
async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntakeError> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Problem::internal(&e))?
        .map_err(Problem::from)
}

/// Notes that somebody saw records of a delivery: they tell of persons.
async fn seen(app: &App, signed: &Signed, seen: AuditRecord, id: Uuid) -> Result<(), Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    audit::record(&mut tx, &seen.on("package", id.to_string())).await?;
    tx.commit().await?;
    Ok(())
}

/// What a delivery holds, table by table and field by field, and the mapping to begin with.
#[utoipa::path(get, path = "/intake/packages/{package_id}/profile", operation_id = "profile_package",
    params(("package_id" = Uuid, Path)),
    responses((status = 200, body = SourceProfile), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn profile_package(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<SourceProfile>, Problem> {
    signed.require(Action::Integrate)?;
    let (package, laid) = opened(&app, &signed, id).await?;
    let found = off(move || look::profile(&laid, &package.source)).await?;
    let record = AuditRecord::by(&signed.actor, "intake.package_profiled");
    seen(&app, &signed, record, id).await?;
    Ok(Json(found))
}

/// A mapping being made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftMapping {
    /// The text.
    body: String,
    /// Changes to make to it first.
    #[serde(default)]
    edits: Vec<Edit>,
}

/// Makes changes to a mapping, outlines it and says all that is wrong with it for the delivery.
/// Nothing is saved.
#[utoipa::path(post, path = "/intake/packages/{package_id}/mapping-check", operation_id = "check_mapping", request_body = DraftMapping,
    params(("package_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = CheckedMapping), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn check_mapping(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(draft): Body<DraftMapping>,
) -> Result<Json<CheckedMapping>, Problem> {
    signed.require(Action::Integrate)?;
    bounded(&draft.body)?;
    if draft.edits.len() > EDITS_MAX {
        return Err(Problem::field(
            "/edits",
            "too_many",
            format!("一次最多修改 {EDITS_MAX} 处"),
        ));
    }
    let (package, laid) = opened(&app, &signed, id).await?;
    let checked = off(move || {
        let body = edit::apply(&draft.body, &draft.edits).or_else(|e| {
            match (&e, draft.edits.is_empty()) {
                // what is no TOML is told of by the check, with its line
                (edit::EditError::Syntax(_), true) => Ok(draft.body.clone()),
                _ => Err(IntakeError::State(e.to_string())),
            }
        })?;
        look::check(&laid, body, &package.source)
    });
    Ok(Json(checked.await?))
}

fn bounded(body: &str) -> Result<(), Problem> {
    if body.len() > source::MAPPING_MAX {
        return Err(Problem::field(
            "/body",
            "too_long",
            "字段对照不能超过 512 KB",
        ));
    }
    Ok(())
}

/// What is to be previewed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The mapping.
    body: String,
    /// Table of the source.
    table: String,
    /// Records, at most 100.
    #[serde(default)]
    count: Option<usize>,
}

/// The first records of a table before and after a mapping; each reading is recorded, for they
/// show persons.
#[utoipa::path(post, path = "/intake/packages/{package_id}/mapping-preview", operation_id = "preview_mapping", request_body = PreviewRequest,
    params(("package_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = MappingPreview), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn preview_mapping(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(wanted): Body<PreviewRequest>,
) -> Result<Json<MappingPreview>, Problem> {
    signed.require(Action::Integrate)?;
    bounded(&wanted.body)?;
    let (_, laid) = opened(&app, &signed, id).await?;
    let today = date_in_shanghai(signed.actor.request.now);
    let count = wanted.count.unwrap_or(20).clamp(1, PREVIEW_MAX);
    let shown =
        off(move || look::preview(&laid, &wanted.body, &wanted.table, count, today)).await?;
    let record = AuditRecord::by(&signed.actor, "intake.package_previewed");
    seen(&app, &signed, record, id).await?;
    Ok(Json(shown))
}
