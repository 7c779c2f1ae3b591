//! Audit trail, health of the register's chains, version.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use dengbu_register::{chain, verify};
use dengbu_staff::audit::{self, AuditError, AuditFilter};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Page, cursor_moment, limit, plausible};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::Params;
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_audit))
        .routes(routes!(register_health))
        .routes(routes!(verify_register))
}

/// A search of the audit trail.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Action or its first part.
    action: Option<String>,
    /// Part of the name of the person.
    staff: Option<String>,
    /// Object: unit code, case number, …
    object: Option<String>,
    /// From.
    from: Option<DateTime<Utc>>,
    /// Before.
    to: Option<DateTime<Utc>>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// Identity.
    audit_id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Who.
    staff_name: String,
    /// What.
    action: String,
    /// What, in Chinese.
    action_name: String,
    /// True when it succeeded.
    success: bool,
    /// Kind of object.
    object_kind: Option<String>,
    /// Object.
    object_id: Option<String>,
    /// Why.
    purpose: Option<String>,
    /// More.
    #[schema(value_type = Option<Object>)]
    detail: Option<serde_json::Value>,
    /// From which address.
    ip: Option<String>,
    /// Request.
    request_id: Option<String>,
}

/// Searches the audit trail; the search is recorded itself.
#[utoipa::path(get, path = "/audit", operation_id = "search_audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_audit(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<AuditQuery>,
) -> Result<Json<Page<AuditLine>>, Problem> {
    signed.require(Action::ReadAudit)?;
    let clean = |t: Option<String>| {
        t.map(|t| t.trim().to_owned())
            .filter(|t| !t.is_empty() && !t.contains('\0'))
    };
    let filter = AuditFilter {
        action: clean(query.action),
        staff_name: clean(query.staff),
        object_id: clean(query.object),
        from: query.from,
        to: query.to,
        ..AuditFilter::default()
    };
    for (field, at) in [("/from", query.from), ("/to", query.to)] {
        if at.is_some_and(|at| !plausible(at.date_naive())) {
            return Err(Problem::field(
                field,
                "date_out_of_range",
                "日期超出范围，年份应为 1 至 9999",
            ));
        }
    }
    let bad_cursor = query
        .cursor
        .as_deref()
        .is_some_and(|c| cursor_moment(c.split('.').next().unwrap_or("")).is_none());
    if bad_cursor {
        let e = AuditError::Cursor;
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_cursor",
            e.to_string(),
        ));
    }
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let rows = u32::try_from(limit(query.limit)).unwrap_or(20);
    let found = audit::search(
        &mut tx,
        &signed.actor,
        &filter,
        query.cursor.as_deref(),
        rows,
    )
    .await
    .map_err(|e| match e {
        AuditError::NotAllowed => Problem::forbidden(e.to_string()),
        AuditError::Cursor => Problem::new(StatusCode::BAD_REQUEST, "bad_cursor", e.to_string()),
        AuditError::Store(s) => s.into(),
        other => Problem::internal(&other),
    })?;
    tx.commit().await?;
    let items = found
        .items
        .into_iter()
        .map(|r| AuditLine {
            audit_id: r.audit_id,
            at: r.at,
            staff_name: r.staff_name,
            action_name: audit::action_name(&r.action).to_owned(),
            action: r.action,
            success: r.outcome == dengbu_staff::Outcome::Success,
            object_kind: r.object_kind,
            object_id: r.object_id,
            purpose: r.purpose,
            detail: r.detail,
            ip: r.ip,
            request_id: r.request_id,
        })
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: found.next_cursor,
    }))
}

/// How the sealing of entries stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// Entries sealed.
    sealed: i64,
    /// Entries waiting.
    unsealed: i64,
    /// When the oldest of them was recorded.
    oldest_unsealed: Option<DateTime<Utc>>,
}

/// How the sealing of entries into the authority's chain stands.
#[utoipa::path(get, path = "/register/health", operation_id = "register_health",
    responses((status = 200, body = HealthView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn register_health(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<HealthView>, Problem> {
    signed.require(Action::ReadStatistics)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let h = chain::health(&mut tx).await?;
    Ok(Json(HealthView {
        sealed: h.sealed,
        unsealed: h.unsealed,
        oldest_unsealed: h.oldest_unsealed,
    }))
}

/// What the walk over all chains found.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyView {
    /// Entries walked.
    entries: u64,
    /// Units walked.
    units: u64,
    /// Links of authority chains walked.
    links: u64,
    /// Entries not yet sealed.
    unsealed: u64,
    /// The first broken link; none when all hold.
    broken: Option<String>,
}

/// Walks all chains of the authority's register.
#[utoipa::path(post, path = "/register/verification", operation_id = "verify_register", params(("X-CSRF-Token" = String, Header)),
    responses((status = 200, body = VerifyView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn verify_register(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<VerifyView>, Problem> {
    signed.require(Action::VerifyRegister)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let r = verify::verify(&mut tx).await?;
    audit::record(
        &mut tx,
        &AuditRecord::by(&signed.actor, "register.verified"),
    )
    .await?;
    tx.commit().await?;
    Ok(Json(VerifyView {
        entries: r.entries,
        units: r.units,
        links: r.links,
        unsealed: r.unsealed,
        broken: r.broken,
    }))
}
