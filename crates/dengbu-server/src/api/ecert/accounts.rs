//! Accounts of citizens, opened at the counter (公众账号).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::LibraryKey;
use dengbu_certlib::citizens::{self, Citizen, Deed, NewCitizen};
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{masked_name, masked_phone};
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::{Action, AuditRecord, OsEntropy};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{plain, words};
use crate::api::{Page, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_citizen_accounts, open_citizen_account))
        .routes(routes!(act_on_citizen_account))
}

/// An account of a citizen.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitizenAccountView {
    /// Identity.
    citizen_id: Uuid,
    /// Name, masked.
    name: String,
    /// Identity number, masked.
    id_number: String,
    /// Telephone, masked.
    phone: Option<String>,
    /// `active` or `locked`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// The one-time password was not replaced yet.
    must_change: bool,
    /// How the clerk checked who it is.
    identity_check: String,
    /// When it was opened.
    opened_at: DateTime<Utc>,
    /// By whom.
    opened_by: String,
    /// Last sign-in.
    signed_in_at: Option<DateTime<Utc>>,
    /// The one-time password, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
}

fn view(
    c: &Citizen,
    key: &LibraryKey,
    password: Option<String>,
) -> Result<CitizenAccountView, Problem> {
    let number = c.id_number(key)?;
    Ok(CitizenAccountView {
        citizen_id: c.citizen_id,
        name: masked_name(&c.name),
        id_number: IdDocument::from_register(IdKind::ResidentId, number).masked(),
        phone: c.phone.as_deref().map(masked_phone),
        state_name: if c.state == "active" {
            "正常"
        } else {
            "已锁定"
        }
        .to_owned(),
        state: c.state.clone(),
        must_change: c.must_change,
        identity_check: c.identity_check.clone(),
        opened_at: c.opened_at,
        opened_by: c.opened_by.clone(),
        signed_in_at: c.signed_in_at,
        one_time_password: password,
    })
}

/// A search of accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CitizenQuery {
    /// Beginning of the name, or the whole identity number.
    q: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<Uuid>,
}

/// Accounts of citizens that this authority opened, newest first.
#[utoipa::path(get, path = "/citizen-accounts", operation_id = "list_citizen_accounts", params(CitizenQuery),
    responses((status = 200, body = Page<CitizenAccountView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_citizen_accounts(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<CitizenQuery>,
) -> Result<Json<Page<CitizenAccountView>>, Problem> {
    signed.require(Action::ServeCitizens)?;
    let rows = limit(query.limit);
    let actor = &signed.actor;
    let key = app.library_key();
    let text = plain(query.q);
    let number = text
        .as_deref()
        .filter(|t| t.chars().filter(char::is_ascii_digit).count() >= 8);
    let hash = number.map(|n| key.index(n));
    let name = text.as_deref().filter(|_| number.is_none());
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = citizens::list(
        &mut tx,
        &actor.authority,
        name,
        hash.as_deref(),
        query.cursor,
        rows + 1,
    )
    .await?;
    let lines = found
        .iter()
        .map(|c| view(c, &key, None))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Json(page(lines, rows, |c| c.citizen_id.to_string())))
}

/// An account that is to be opened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenOrder {
    /// Name, as in the document.
    name: String,
    /// 公民身份号码.
    id_number: String,
    /// Telephone.
    #[serde(default)]
    phone: Option<String>,
    /// How the clerk checked who it is, such as 当面核验身份证原件并读卡.
    identity_check: String,
}

/// Opens an account for a citizen who stands at the counter; the one-time password is in this
/// answer and nowhere else.
#[utoipa::path(post, path = "/citizen-accounts", operation_id = "open_citizen_account", request_body = CitizenOrder,
    params(("X-CSRF-Token" = String, Header)),
    responses((status = 201, body = CitizenAccountView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn open_citizen_account(
    State(app): State<App>,
    signed: Signed,
    Body(given): Body<CitizenOrder>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ServeCitizens, &actor.authority, None)?;
    let name = words("/name", &given.name, 60)?;
    let check = words("/identity_check", &given.identity_check, 200)?;
    let phone = match given.phone.as_deref().filter(|p| !p.trim().is_empty()) {
        Some(phone) => Some(words("/phone", phone, 30)?),
        None => None,
    };
    let now = actor.request.now;
    let id = IdDocument::parse(IdKind::ResidentId, &given.id_number, date_in_shanghai(now))
        .map_err(|e| Problem::field("/id_number", e.code(), e.to_string()))?
        .document;
    let key = app.library_key();
    // one person, one account, whichever authority opened it
    let mut tx = app.store().system().await?;
    let new = NewCitizen {
        authority: &actor.authority,
        name: &name,
        id_number: &id.number,
        phone: phone.as_deref(),
        identity_check: &check,
        opened_by: &actor.name,
    };
    let (made, password) =
        citizens::open(&mut tx, &new, &key, app.hasher(), &OsEntropy, now, &new_id).await?;
    let record = AuditRecord::by(actor, "citizen.opened")
        .on("citizen", made.citizen_id.to_string())
        .purpose(&check);
    dengbu_staff::audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(no_store(
        StatusCode::CREATED,
        &view(&made, &key, Some(password))?,
    ))
}

/// A JSON answer that nobody keeps.
pub(super) fn no_store(status: StatusCode, body: &impl Serialize) -> Response {
    use axum::response::IntoResponse;
    (
        status,
        [(axum::http::header::CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response()
}

/// What is done to an account.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CitizenDeed {
    /// A new one-time password.
    ResetPassword,
    /// No sign-in any more.
    Lock,
    /// Sign-in again.
    Unlock,
}

/// What is done to an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenAction {
    /// What.
    action: CitizenDeed,
    /// Why, and how it was checked who asks.
    reason: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CitizenActed {
    /// The one-time password after a reset, told this once.
    one_time_password: Option<String>,
}

/// Gives an account a new one-time password, locks or unlocks it; its sessions end.
#[utoipa::path(post, path = "/citizen-accounts/{citizen_id}/actions", operation_id = "act_on_citizen_account",
    request_body = CitizenAction,
    params(("citizen_id" = Uuid, Path), ("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = CitizenActed), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn act_on_citizen_account(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Body(given): Body<CitizenAction>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ServeCitizens, &actor.authority, None)?;
    let reason = words("/reason", &given.reason, 200)?;
    let deed = match given.action {
        CitizenDeed::ResetPassword => Deed::Reset,
        CitizenDeed::Lock => Deed::Lock,
        CitizenDeed::Unlock => Deed::Unlock,
    };
    let mut w = match write::begin(&app, actor, &HeaderMap::new(), &()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let password = citizens::act(
        &mut w.tx,
        &actor.authority,
        id,
        deed,
        app.hasher(),
        &OsEntropy,
        actor.request.now,
    )
    .await?;
    let record = AuditRecord::by(actor, "citizen.acted")
        .on("citizen", id.to_string())
        .purpose(&reason)
        .detail(serde_json::json!({ "action": given.action }));
    let answer = CitizenActed {
        one_time_password: password,
    };
    w.finish(record, StatusCode::OK, &answer).await
}
