//! The authority: offices and settings.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_staff::{Action, AuditRecord, AuthorityPolicy};
use dengbu_store::authority_list::{self, Office};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_offices))
        .routes(routes!(put_office))
        .routes(routes!(read_authority))
        .routes(routes!(set_policy))
}

/// An office point.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeView {
    /// Authority.
    authority: String,
    /// Its name.
    authority_name: String,
    /// Identity within the authority.
    office_id: String,
    /// Name.
    name: String,
    /// Address.
    address: String,
    /// County it takes cases of by default.
    county: String,
    /// False when closed.
    active: bool,
}

impl OfficeView {
    fn of(o: Office, names: &Names) -> Self {
        Self {
            authority_name: names.authority(&o.authority),
            authority: o.authority,
            office_id: o.office_id,
            name: o.name,
            address: o.address,
            county: o.county,
            active: o.active,
        }
    }
}

/// Office points.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offices {
    /// Offices.
    items: Vec<OfficeView>,
}

/// Office points in scope.
#[utoipa::path(get, path = "/offices", operation_id = "list_offices",
    responses((status = 200, body = Offices), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_offices(State(app): State<App>, signed: Signed) -> Result<Json<Offices>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let items = authority_list::offices(&mut tx)
        .await?
        .into_iter()
        .map(|o| OfficeView::of(o, &names))
        .collect();
    Ok(Json(Offices { items }))
}

/// What can be set of an office.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeChange {
    /// Name.
    name: String,
    /// Address.
    #[serde(default)]
    address: String,
    /// County it takes cases of by default.
    county: String,
    /// False when closed.
    active: bool,
}

/// Adds an office point or changes it.
#[utoipa::path(put, path = "/offices/{office_id}", operation_id = "put_office", request_body = OfficeChange,
    params(("office_id" = String, Path, description = "identity within the authority"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = OfficeView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn put_office(
    State(app): State<App>,
    signed: Signed,
    At(id): At<String>,
    headers: HeaderMap,
    Body(given): Body<OfficeChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageOffices, &actor.authority, None)?;
    let plain =
        (2..=30).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain {
        return Err(Problem::field(
            "/office_id",
            "invalid_field",
            "办事点编号应为 2 至 30 位字母、数字或连字符",
        ));
    }
    let name = given.name.trim();
    if name.is_empty()
        || name.chars().count() > 100
        || name.contains('\0')
        || given.address.chars().count() > 200
        || given.address.contains('\0')
    {
        return Err(Problem::field(
            "/name",
            "invalid_field",
            "请填写办事点名称（100 字以内），地址不超过 200 字",
        ));
    }
    let mut w = match write::begin(&app, actor, &headers, &("office", &id, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let names = gather::names(&mut w.tx).await?;
    if names.authority_of.get(&given.county).map(String::as_str) != Some(actor.authority.as_str()) {
        return Err(Problem::field(
            "/county",
            "invalid_field",
            "行政区划不属于本登记机构",
        ));
    }
    let office = Office {
        authority: actor.authority.clone(),
        office_id: id.clone(),
        name: name.to_owned(),
        address: given.address.trim().to_owned(),
        county: given.county,
        active: given.active,
    };
    authority_list::put_office(&mut w.tx, &office).await?;
    let record = AuditRecord::by(actor, "office.updated").on("office", &id);
    w.finish(record, StatusCode::OK, &OfficeView::of(office, &names))
        .await
}

/// The authority and its sign-in rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorityView {
    /// Code.
    authority: String,
    /// Name.
    name: String,
    /// Sign-in rules.
    policy: AuthorityPolicy,
}

/// The authority of the person signed in.
#[utoipa::path(get, path = "/authority", operation_id = "read_authority",
    responses((status = 200, body = AuthorityView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_authority(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<AuthorityView>, Problem> {
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    drop(tx);
    let policy = app.accounts().policy(&signed.actor.authority).await?;
    Ok(Json(AuthorityView {
        name: names.authority(&signed.actor.authority),
        authority: signed.actor.authority.clone(),
        policy,
    }))
}

/// Sets the sign-in rules of the authority; they hold from the next request on.
#[utoipa::path(put, path = "/authority/policy", operation_id = "set_policy", request_body = AuthorityPolicy,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = AuthorityPolicy), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_policy(
    State(app): State<App>,
    signed: Signed,
    Body(policy): Body<AuthorityPolicy>,
) -> Result<Json<AuthorityPolicy>, Problem> {
    let actor = &signed.actor;
    app.accounts()
        .set_policy(actor, &actor.authority, &policy)
        .await
        .map_err(super::staff::staff_problem)?;
    Ok(Json(policy))
}
