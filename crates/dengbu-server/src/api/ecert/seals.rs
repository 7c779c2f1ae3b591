//! Electronic seals of the authority: make, roll over, revoke.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::seals::{self, Purpose, Seal, state_name};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::words;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_seals, make_seal))
        .routes(routes!(revoke_seal))
}

/// What a seal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SealPurpose {
    /// 不动产登记专用章.
    #[default]
    Registration,
    /// 查询专用章, for result papers of searches.
    Search,
}

impl SealPurpose {
    fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Registration => Self::Registration,
            Purpose::Search => Self::Search,
        }
    }

    fn inner(self) -> Purpose {
        match self {
            Self::Registration => Purpose::Registration,
            Self::Search => Purpose::Search,
        }
    }
}

fn purpose(seal: &Seal) -> Purpose {
    // the database holds no other
    Purpose::from_code(&seal.purpose).unwrap_or(Purpose::Registration)
}

/// A seal.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealView {
    /// Identity.
    seal_id: Uuid,
    /// ES_ID (GB/T 38540).
    es_id: String,
    /// Name in the picture.
    name: String,
    /// What it is for.
    purpose: SealPurpose,
    /// In Chinese.
    purpose_name: String,
    /// `active`, `retired` or `revoked`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// Number of its key in the codes of certificates.
    key_id: i16,
    /// Valid from.
    valid_from: DateTime<Utc>,
    /// Valid to.
    valid_to: DateTime<Utc>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// By whom.
    created_by: String,
    /// When it went out of use.
    ended_at: Option<DateTime<Utc>>,
    /// By whom.
    ended_by: Option<String>,
    /// Why.
    reason: Option<String>,
}

impl From<Seal> for SealView {
    fn from(s: Seal) -> Self {
        let purpose = purpose(&s);
        Self {
            seal_id: s.seal_id,
            es_id: s.es_id,
            name: s.name,
            purpose: SealPurpose::of(purpose),
            purpose_name: purpose.name_zh().to_owned(),
            state_name: state_name(&s.state).to_owned(),
            state: s.state,
            key_id: s.key_id,
            valid_from: s.valid_from,
            valid_to: s.valid_to,
            created_at: s.created_at,
            created_by: s.created_by,
            ended_at: s.ended_at,
            ended_by: s.ended_by,
            reason: s.reason,
        }
    }
}

/// The seals.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealList {
    /// Newest first.
    items: Vec<SealView>,
    /// Whether a test authority vouches for them: then nothing they seal has legal effect.
    trial: bool,
}

/// Seals of the authority.
#[utoipa::path(get, path = "/seals", operation_id = "list_seals",
    responses((status = 200, body = SealList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_seals(State(app): State<App>, signed: Signed) -> Result<Json<SealList>, Problem> {
    signed.require(Action::ManageSeals)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let items = seals::list(&mut tx)
        .await?
        .into_iter()
        .filter(|s| s.authority == actor.authority)
        .map(SealView::from)
        .collect();
    let trial = app.office().trial();
    Ok(Json(SealList { items, trial }))
}

/// A seal that is wanted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealOrder {
    /// Name in the picture, such as 攀枝花市不动产登记专用章.
    name: String,
    /// What it is for; the seal for registration when not said.
    #[serde(default)]
    purpose: SealPurpose,
}

/// Makes a seal with new keys and puts it into use; the one before retires, what it sealed stays
/// valid (换章).
#[utoipa::path(post, path = "/seals", operation_id = "make_seal", request_body = SealOrder,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = SealView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn make_seal(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<SealOrder>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSeals, &actor.authority, None)?;
    let name = words("/name", &given.name, 30)?;
    let mut w = match write::begin(&app, actor, &headers, &("make_seal", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = app
        .office()
        .make_seal(
            &mut w.tx,
            &actor.authority,
            (&name, given.purpose.inner()),
            &actor.name,
            actor.request.now,
        )
        .await?;
    let record = AuditRecord::by(actor, "seal.created")
        .on("seal", &made.es_id)
        .detail(serde_json::json!({ "name": name, "key": made.key_id }));
    w.finish(record, StatusCode::CREATED, &SealView::from(made))
        .await
}

/// Why a seal is revoked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealRevocation {
    /// Why.
    reason: String,
}

/// Revokes a seal and its keys: nothing is sealed with it any more, and its certificates are on
/// the revocation list from now on.
#[utoipa::path(post, path = "/seals/{seal_id}/revocation", operation_id = "revoke_seal", request_body = SealRevocation,
    params(("seal_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SealView), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn revoke_seal(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(given): Body<SealRevocation>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSeals, &actor.authority, None)?;
    let reason = words("/reason", &given.reason, 200)?;
    let mut w = match write::begin(&app, actor, &headers, &("revoke_seal", id, &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let now = actor.request.now;
    let revoked = seals::revoke(&mut w.tx, &actor.authority, id, &actor.name, &reason, now).await?;
    // the keys first: a crash in between leaves a seal that cannot be used, never one that can
    app.office().revoke_keys(&revoked, now)?;
    let record = AuditRecord::by(actor, "seal.revoked")
        .on("seal", &revoked.es_id)
        .purpose(&reason);
    w.finish(record, StatusCode::OK, &SealView::from(revoked))
        .await
}
