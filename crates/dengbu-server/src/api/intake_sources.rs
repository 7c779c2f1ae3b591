//! Data integration: sources, deliveries, mappings.

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_intake::packages::{Packages, SIZE_MAX};
use dengbu_intake::{Doing, IntakeError, source};
use dengbu_staff::{Action, Actor, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::problem::{FieldProblem, Problem};
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id};
use crate::views::intake::{PackageView, SourceDetail, SourceList, SourceView};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    let upload = OpenApiRouter::new()
        .routes(routes!(add_package))
        // bounded while it is read, see `Packages::take`
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .routes(routes!(list_sources, create_source))
        .routes(routes!(read_source))
        .merge(upload)
}

impl From<IntakeError> for Problem {
    fn from(e: IntakeError) -> Self {
        let text = e.to_string();
        match e {
            IntakeError::Unknown(_) => Self::not_found(text),
            IntakeError::Field { field, .. } => Self::field(field, "invalid", text),
            IntakeError::Mapping(faults) => Self::fields(
                faults
                    .into_iter()
                    .map(|f| FieldProblem {
                        field: "/body".to_owned(),
                        code: "mapping".to_owned(),
                        message: format!("第 {} 行：{}", f.line, f.text),
                    })
                    .collect(),
            ),
            IntakeError::State(_) => Self::new(StatusCode::CONFLICT, "state", text),
            IntakeError::Package(_) => Self::field("/file", "package", text),
            IntakeError::Store(store) => store.into(),
            IntakeError::Register(register) => register.into(),
            other => Self::internal(&other),
        }
    }
}

/// Who works on the data of the own authority.
pub(super) fn doing(actor: &Actor) -> Doing<'_> {
    Doing {
        authority: &actor.authority,
        staff_id: actor.staff_id,
        name: &actor.name,
        now: actor.request.now,
        ids: &new_id,
    }
}

/// The store of deliveries.
pub(super) fn packages(app: &App) -> Result<&Packages, Problem> {
    app.packages().ok_or_else(|| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_set_up",
            "本服务没有配置数据包存储，不能进行数据整合，请联系系统管理员",
        )
    })
}

/// The sources of the own authority.
#[utoipa::path(get, path = "/intake/sources", operation_id = "list_sources",
    responses((status = 200, body = SourceList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_sources(State(app): State<App>, signed: Signed) -> Result<Json<SourceList>, Problem> {
    signed.require(Action::Integrate)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let items = source::list(&mut tx, &signed.actor.authority).await?;
    Ok(Json(SourceList {
        items: items.into_iter().map(SourceView::from).collect(),
    }))
}

/// A source to be set up.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Name in provenance: letters, digits, hyphens; stays for ever.
    source: String,
    /// Title for people.
    title: String,
}

/// Sets a source up.
#[utoipa::path(post, path = "/intake/sources", operation_id = "create_source", request_body = NewSource,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SourceView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn create_source(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(new): Body<NewSource>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("intake_source", &new)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = source::create(&mut w.tx, &new.source, &new.title, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.source_created").on("source", &made.source);
    w.finish(record, StatusCode::CREATED, &SourceView::from(made))
        .await
}

/// A source with its deliveries.
#[utoipa::path(get, path = "/intake/sources/{source}", operation_id = "read_source",
    params(("source" = String, Path)),
    responses((status = 200, body = SourceDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_source(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
) -> Result<Json<SourceDetail>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = source::one(&mut tx, authority, &name).await?;
    let packages = source::packages(&mut tx, authority, &name).await?;
    Ok(Json(SourceDetail {
        source: found.into(),
        packages: packages.into_iter().map(PackageView::from).collect(),
    }))
}

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Name of the file with its ending; `.zip` is unpacked.
    file_name: String,
}

/// Takes a delivery in: the file itself is the body. The same file again is the same delivery.
#[utoipa::path(post, path = "/intake/sources/{source}/packages", operation_id = "add_package",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(UploadQuery, ("source" = String, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = PackageView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn add_package(
    State(app): State<App>,
    signed: Signed,
    At(name): At<String>,
    Params(query): Params<UploadQuery>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let packages = packages(&app)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    source::one(&mut tx, &actor.authority, &name).await?;
    tx.rollback().await?;
    if query.file_name.trim().is_empty() || query.file_name.chars().count() > 200 {
        return Err(Problem::field(
            "/file_name",
            "invalid",
            "文件名为 1 至 200 字",
        ));
    }
    // kept under its digest before the row: a crash in between leaves a file nobody names
    let kept = packages
        .take(&query.file_name, body.into_data_stream(), SIZE_MAX)
        .await?;
    let mut w = match write::begin(&app, actor, &headers, &("package", &name, &kept.sm3)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = source::deliver(&mut w.tx, &name, &query.file_name, &kept, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.package_added")
        .on("source", &name)
        .detail(serde_json::json!({ "package": made.package_id, "sm3": made.sm3, "bytes": made.size_bytes }));
    w.finish(record, StatusCode::CREATED, &PackageView::from(made))
        .await
}
