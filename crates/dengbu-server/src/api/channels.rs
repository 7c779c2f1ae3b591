//! Trusted channels (可信渠道): which account may speak for which department.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::{channels, promise};
use dengbu_staff::{Action, AuditRecord, directory};
use serde::{Deserialize, Serialize};
use serde_json::json;
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
        .routes(routes!(list_channels))
        .routes(routes!(set_channel))
}

/// An account and the departments it speaks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// User name of the account that connects.
    account: String,
    /// Departments.
    sources: Vec<String>,
}

impl From<channels::Channel> for ChannelView {
    fn from(c: channels::Channel) -> Self {
        Self {
            account: c.account,
            sources: c.sources,
        }
    }
}

/// Channels.
#[derive(Debug, Serialize, ToSchema)]
pub struct Channels {
    /// By account.
    items: Vec<ChannelView>,
}

/// The channels the authority trusts for shared data.
#[utoipa::path(get, path = "/authority/trusted-channels", operation_id = "list_channels",
    responses((status = 200, body = Channels), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_channels(State(app): State<App>, signed: Signed) -> Result<Json<Channels>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let settings = promise::settings(&mut tx, &actor.authority).await?;
    Ok(Json(Channels {
        items: channels::of(&settings)
            .into_iter()
            .map(ChannelView::from)
            .collect(),
    }))
}

/// What an account shall speak for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    /// Departments, such as 税务; none: the account is no channel any more.
    sources: Vec<String>,
}

/// Sets for which departments an account is believed; it holds for data given from then on.
#[utoipa::path(put, path = "/authority/trusted-channels/{account}", operation_id = "set_channel", request_body = ChannelChange,
    params(("account" = String, Path, description = "user name"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ChannelView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_channel(
    State(app): State<App>,
    signed: Signed,
    At(account): At<String>,
    headers: HeaderMap,
    Body(given): Body<ChannelChange>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let account = account.trim().to_lowercase();
    let mut w = match write::begin(&app, actor, &headers, &("channel", &account, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let settings = promise::settings(&mut w.tx, &actor.authority).await?;
    let before = channels::of(&settings)
        .into_iter()
        .find(|c| c.account == account)
        .map_or_else(Vec::new, |c| c.sources);
    // an account that was closed or mistyped long ago can still be taken off the list
    let leaves = given.sources.is_empty() && !before.is_empty();
    if !leaves && !directory::is_account(&mut w.tx, &actor.authority, &account).await? {
        return Err(Problem::field(
            "/account",
            "unknown_account",
            "本机构没有这个登录名的账号，请先在“人员与授权”中为接口开通账号",
        ));
    }
    let view = channels::set(&mut w.tx, &actor.authority, &account, &given.sources).await?;
    let record = AuditRecord::by(actor, "settings.trusted_channel_set")
        .on("account", &account)
        .detail(json!({ "before": before, "after": view.sources }));
    w.finish(record, StatusCode::OK, &ChannelView::from(view))
        .await
}
