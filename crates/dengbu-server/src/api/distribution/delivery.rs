//! The door through which departments take their deliveries: no session, but the key of their
//! subscription as `Authorization: Bearer`. What was taken is written down before it goes out.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use dengbu_certlib::secret::sm3;
use dengbu_distribution::ledger::{self, Subscription};
use dengbu_staff::{AuditRecord, RequestContext, audit};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::exports::file;
use super::views::{self, ExportView};
use crate::problem::Problem;
use crate::reply::At;
use crate::state::{App, new_id, now};

/// Deliveries that are listed.
const LISTED: i64 = 100;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(my_deliveries))
        .routes(routes!(my_delivery))
}

/// A receiver who brought a key.
#[derive(Debug)]
pub struct Receiver {
    subscription: Subscription,
    address: Option<String>,
}

impl FromRequestParts<App> for Receiver {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad_key",
                "访问密钥无效，请向提供数据的登记机构核对",
            )
        };
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.strip_prefix("Bearer "))
            .map(str::trim)
            // 32 random bytes in hexadecimal, earlier in base64: nothing shorter was ever given out
            .filter(|k| matches!(k.len(), 43 | 64))
            .ok_or_else(refused)?;
        let mut tx = app.store().system().await?;
        let subscription = ledger::by_key(&mut tx, &sm3(key.as_bytes()))
            .await?
            .ok_or_else(refused)?;
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            subscription,
            address: address.map(|c| c.0.ip().to_string()),
        })
    }
}

/// Deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deliveries {
    /// Who receives.
    receiver: String,
    /// Newest first.
    items: Vec<ExportView>,
}

/// The receiver's deliveries, newest first.
#[utoipa::path(get, path = "/deliveries", operation_id = "my_deliveries", security(("receiver_key" = [])),
    responses((status = 200, body = Deliveries), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn my_deliveries(
    State(app): State<App>,
    receiver: Receiver,
) -> Result<Json<Deliveries>, Problem> {
    let s = receiver.subscription;
    let mut tx = app.store().system().await?;
    let own = [s.authority.clone()];
    let found = ledger::list(&mut tx, &own, Some(s.subscription_id), None, LISTED).await?;
    let items: Result<Vec<_>, _> = found.into_iter().map(|g| views::export(g, now())).collect();
    Ok(Json(Deliveries {
        receiver: s.receiver,
        items: items?,
    }))
}

/// The file of one of the receiver's deliveries.
#[utoipa::path(get, path = "/deliveries/{export}/file", operation_id = "my_delivery", security(("receiver_key" = [])),
    params(("export" = Uuid, Path)),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/zip"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/geopackage+sqlite3"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn my_delivery(
    State(app): State<App>,
    receiver: Receiver,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let s = receiver.subscription;
    let mut tx = app.store().system().await?;
    let own = [s.authority.clone()];
    let given = ledger::find(&mut tx, &own, id)
        .await?
        .filter(|g| g.subscription_id == Some(s.subscription_id))
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no_delivery", "没有这次交付"))?;
    let answer = file(&app, &given).await?;
    let by = (s.receiver.as_str(), receiver.address.as_deref());
    ledger::taken(&mut tx, &given, new_id(), by, now()).await?;
    let record = AuditRecord::by_system(
        &s.authority,
        "data.delivery_taken",
        &RequestContext::at(now()),
    )
    .on("export", id.to_string())
    .detail(json!({ "receiver": s.receiver, "address": receiver.address }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(answer)
}
