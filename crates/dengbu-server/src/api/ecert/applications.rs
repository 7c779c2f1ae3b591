//! Programs of other departments: letting them in, their terms, what they called.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::sharing::{self, Application, Call, Deed, Network, Service, Terms};
use dengbu_staff::{Action, AuditRecord, OsEntropy};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words;
use crate::api::{Page, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            list_sharing_applications,
            admit_sharing_application
        ))
        .routes(routes!(set_sharing_application))
        .routes(routes!(act_on_sharing_application))
        .routes(routes!(list_sharing_calls))
}

/// A service of the sharing interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharingService {
    /// 证照检索.
    Search,
    /// 证照查询.
    Query,
    /// 信息获取.
    Metadata,
    /// 文件下载.
    File,
    /// 信息验证.
    VerifyInfo,
    /// 文件验证.
    VerifyFile,
}

impl From<SharingService> for Service {
    fn from(s: SharingService) -> Self {
        match s {
            SharingService::Search => Self::Search,
            SharingService::Query => Self::Query,
            SharingService::Metadata => Self::Metadata,
            SharingService::File => Self::File,
            SharingService::VerifyInfo => Self::VerifyInfo,
            SharingService::VerifyFile => Self::VerifyFile,
        }
    }
}

/// On which terms a program is let in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationTerms {
    /// Name of the program.
    name: String,
    /// Department.
    organisation: String,
    /// The ground on which it may ask (共享依据).
    basis: String,
    /// Services.
    scopes: Vec<SharingService>,
    /// Addresses or networks it may call from, such as 10.1.0.0/16; none: any.
    #[serde(default)]
    addresses: Vec<String>,
    /// Calls a minute.
    #[schema(minimum = 1, maximum = 6000)]
    per_minute: i32,
}

impl ApplicationTerms {
    fn check(&self) -> Result<Terms, Problem> {
        let mut scopes: Vec<Service> = Vec::new();
        for s in &self.scopes {
            let s = Service::from(*s);
            if !scopes.contains(&s) {
                scopes.push(s);
            }
        }
        if scopes.is_empty() {
            return Err(Problem::field("/scopes", "required", "请至少选择一项服务"));
        }
        if self.addresses.len() > 50 {
            return Err(Problem::field("/addresses", "too_long", "最多 50 个地址"));
        }
        for (at, a) in self.addresses.iter().enumerate() {
            if Network::parse(a).is_none() {
                let message = "应为 IP 地址或网段，例如 10.1.2.3 或 10.1.0.0/16";
                return Err(Problem::field(
                    &format!("/addresses/{at}"),
                    "bad_address",
                    message,
                ));
            }
        }
        if !(1..=6000).contains(&self.per_minute) {
            let message = "每分钟次数应为 1 至 6000";
            return Err(Problem::field("/per_minute", "out_of_range", message));
        }
        Ok(Terms {
            name: words("/name", &self.name, 60)?,
            organisation: words("/organisation", &self.organisation, 60)?,
            basis: words("/basis", &self.basis, 200)?,
            scopes,
            addresses: self.addresses.iter().map(|a| a.trim().to_owned()).collect(),
            per_minute: self.per_minute,
        })
    }
}

/// A program.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    /// Identity.
    application_id: Uuid,
    /// What it calls itself with.
    access_id: String,
    /// Name.
    name: String,
    /// Department.
    organisation: String,
    /// The ground.
    basis: String,
    /// Codes of its services.
    scopes: Vec<String>,
    /// Their names.
    scope_names: Vec<String>,
    /// Addresses.
    addresses: Vec<String>,
    /// Calls a minute.
    per_minute: i32,
    /// `active` or `suspended`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// When it was let in.
    created_at: DateTime<Utc>,
    /// By whom.
    created_by: String,
    /// When it was changed.
    changed_at: DateTime<Utc>,
    /// By whom.
    changed_by: String,
    /// Its secret, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

fn view(a: Application, secret: Option<String>) -> ApplicationView {
    ApplicationView {
        application_id: a.application_id,
        access_id: a.access_id,
        name: a.name,
        organisation: a.organisation,
        basis: a.basis,
        scope_names: Service::ALL
            .into_iter()
            .filter(|s| a.scopes.iter().any(|c| c == s.code()))
            .map(|s| s.name_zh().to_owned())
            .collect(),
        scopes: a.scopes,
        addresses: a.addresses,
        per_minute: a.per_minute,
        state_name: if a.state == "active" {
            "启用"
        } else {
            "停用"
        }
        .to_owned(),
        state: a.state,
        created_at: a.created_at,
        created_by: a.created_by,
        changed_at: a.changed_at,
        changed_by: a.changed_by,
        secret,
    }
}

/// The programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationList {
    /// Oldest first.
    items: Vec<ApplicationView>,
}

/// Programs of other departments that may ask this authority.
#[utoipa::path(get, path = "/sharing-applications", operation_id = "list_sharing_applications",
    responses((status = 200, body = ApplicationList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_sharing_applications(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<ApplicationList>, Problem> {
    signed.require(Action::ManageSharing)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = sharing::list(&mut tx, &actor.authority).await?;
    Ok(Json(ApplicationList {
        items: found.into_iter().map(|a| view(a, None)).collect(),
    }))
}

/// Lets a program in; its secret is in this answer and nowhere else. A repeated request with the
/// same key gets no secret again: rotate it.
#[utoipa::path(post, path = "/sharing-applications", operation_id = "admit_sharing_application", request_body = ApplicationTerms,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = ApplicationView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn admit_sharing_application(
    State(app): State<App>,
    signed: Signed,
    Body(given): Body<ApplicationTerms>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSharing, &actor.authority, None)?;
    let terms = given.check()?;
    // no idempotency key: the kept answer would hold the secret
    let mut w = match write::begin(&app, actor, &HeaderMap::new(), &()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let now = actor.request.now;
    let (made, secret) = sharing::admit(
        &mut w.tx,
        &actor.authority,
        &terms,
        &actor.name,
        &OsEntropy,
        now,
        &new_id,
    )
    .await?;
    let record = AuditRecord::by(actor, "sharing.application_set")
        .on("sharing_application", &made.access_id)
        .purpose(&terms.basis)
        .detail(serde_json::json!({ "admitted": made.scopes }));
    w.finish(record, StatusCode::CREATED, &view(made, Some(secret)))
        .await
}

/// Changes the terms of a program; its tokens end.
#[utoipa::path(put, path = "/sharing-applications/{application_id}", operation_id = "set_sharing_application",
    request_body = ApplicationTerms,
    params(("application_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = ApplicationView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_sharing_application(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(given): Body<ApplicationTerms>,
) -> Result<Response, Problem> {
    let terms = given.check();
    change(&app, &signed, id, || terms.map(Deed::Terms), "terms").await
}

/// What is done to a program.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationDeed {
    /// A new secret.
    Rotate,
    /// No calls any more.
    Suspend,
    /// Calls again.
    Resume,
}

/// What is done to a program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationAction {
    /// What.
    action: ApplicationDeed,
}

/// Gives a program a new secret, suspends or resumes it; its tokens end.
#[utoipa::path(post, path = "/sharing-applications/{application_id}/actions", operation_id = "act_on_sharing_application",
    request_body = ApplicationAction,
    params(("application_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = ApplicationView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn act_on_sharing_application(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(given): Body<ApplicationAction>,
) -> Result<Response, Problem> {
    let (deed, code) = match given.action {
        ApplicationDeed::Rotate => (Deed::Rotate, "rotate"),
        ApplicationDeed::Suspend => (Deed::Suspend, "suspend"),
        ApplicationDeed::Resume => (Deed::Resume, "resume"),
    };
    change(&app, &signed, id, || Ok(deed), code).await
}

async fn change(
    app: &App,
    signed: &Signed,
    id: Uuid,
    deed: impl FnOnce() -> Result<Deed, Problem>,
    code: &str,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSharing, &actor.authority, None)?;
    let deed = deed()?;
    let mut w = match write::begin(app, actor, &HeaderMap::new(), &()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let at = (actor.authority.as_str(), id);
    let now = actor.request.now;
    let (changed, secret) =
        sharing::act(&mut w.tx, at, &deed, &actor.name, &OsEntropy, now).await?;
    let record = AuditRecord::by(actor, "sharing.application_set")
        .on("sharing_application", &changed.access_id)
        .detail(serde_json::json!({ "action": code }));
    w.finish(record, StatusCode::OK, &view(changed, secret))
        .await
}

/// A page of calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CallsQuery {
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<Uuid>,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// Identity.
    call_id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Which service.
    service: String,
    /// In Chinese.
    service_name: String,
    /// For what.
    purpose: Option<String>,
    /// About which certificate.
    object: Option<String>,
    /// What was answered.
    status: String,
    /// From where.
    ip: Option<String>,
}

impl From<Call> for CallView {
    fn from(c: Call) -> Self {
        Self {
            call_id: c.call_id,
            at: c.at,
            service_name: Service::ALL
                .into_iter()
                .find(|s| s.code() == c.service)
                .map_or("取得令牌", Service::name_zh)
                .to_owned(),
            service: c.service,
            purpose: c.purpose,
            object: c.object,
            status: c.status,
            ip: c.ip,
        }
    }
}

/// What a program called, newest first.
#[utoipa::path(get, path = "/sharing-applications/{application_id}/calls", operation_id = "list_sharing_calls",
    params(("application_id" = Uuid, Path), CallsQuery),
    responses((status = 200, body = Page<CallView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_sharing_calls(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<CallsQuery>,
) -> Result<Json<Page<CallView>>, Problem> {
    signed.require(Action::ManageSharing)?;
    let rows = limit(query.limit);
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = sharing::calls(&mut tx, &actor.authority, id, query.cursor, rows + 1).await?;
    let lines = found.into_iter().map(CallView::from).collect();
    Ok(Json(page(lines, rows, |c: &CallView| {
        c.call_id.to_string()
    })))
}
