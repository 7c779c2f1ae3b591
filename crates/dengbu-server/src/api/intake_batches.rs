//! Data integration: batches into the register.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_intake::batch::{self, Batch, BatchUnit, Reconciled};
use dengbu_staff::{Action, AuditRecord};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::intake_sources::doing;
use super::{Page, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::intake::{self as view, BatchDetail, BatchView};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_batches, open_batch))
        .routes(routes!(read_batch))
        .routes(routes!(list_batch_units))
        .routes(routes!(release_batch))
        .routes(routes!(pause_batch))
        .routes(routes!(undo_batch))
}

/// A page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Batches, newest first.
#[utoipa::path(get, path = "/intake/batches", operation_id = "list_batches", params(BatchQuery),
    responses((status = 200, body = Page<BatchView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_batches(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<BatchQuery>,
) -> Result<Json<Page<BatchView>>, Problem> {
    signed.require(Action::PublishTitles)?;
    let actor = &signed.actor;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&actor.scope).await?;
    let before = query.cursor.as_deref();
    let found = batch::list(&mut tx, &actor.authority, before, rows + 1).await?;
    let found = found
        .into_iter()
        .map(|b| view::batch(b, actor.staff_id))
        .collect();
    Ok(Json(page(found, rows, |b: &BatchView| b.batch_no.clone())))
}

/// A batch to be opened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// A finished run.
    run_id: Uuid,
}

/// Opens a batch for a finished run; it is filled in the background.
#[utoipa::path(post, path = "/intake/batches", operation_id = "open_batch", request_body = NewBatch,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = BatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn open_batch(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(new): Body<NewBatch>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("intake_batch", &new)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let made = batch::open(&mut w.tx, new.run_id, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.batch_opened").on("batch", &made.batch_no);
    let shown = view::batch(made, actor.staff_id);
    w.finish(record, StatusCode::CREATED, &shown).await
}

async fn detail(tx: &mut TenantTx, b: Batch, staff_id: Uuid) -> Result<BatchDetail, Problem> {
    let counts = batch::unit_counts(tx, &b.authority, &b.batch_no).await?;
    let reconciliation = match b.state.as_str() {
        "rolled_back" | "preparing" => Vec::new(),
        _ => batch::reconcile(tx, &b).await?,
    };
    Ok(BatchDetail {
        balances: reconciliation.iter().all(Reconciled::balances),
        batch: view::batch(b, staff_id),
        counts,
        reconciliation,
    })
}

/// A batch with its counts and where every source row is.
#[utoipa::path(get, path = "/intake/batches/{batch_no}", operation_id = "read_batch", params(("batch_no" = String, Path)),
    responses((status = 200, body = BatchDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_batch(
    State(app): State<App>,
    signed: Signed,
    At(no): At<String>,
) -> Result<Json<BatchDetail>, Problem> {
    signed.require(Action::PublishTitles)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = batch::one(&mut tx, &actor.authority, &no, false).await?;
    Ok(Json(detail(&mut tx, found, actor.staff_id).await?))
}

/// Which units of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchUnitQuery {
    /// Only of this state: `prepared`, `new`, `grown`, `same`, `refused`.
    state: Option<String>,
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Units of a batch by code.
#[utoipa::path(get, path = "/intake/batches/{batch_no}/units", operation_id = "list_batch_units",
    params(BatchUnitQuery, ("batch_no" = String, Path)),
    responses((status = 200, body = Page<BatchUnit>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_batch_units(
    State(app): State<App>,
    signed: Signed,
    At(no): At<String>,
    Params(query): Params<BatchUnitQuery>,
) -> Result<Json<Page<BatchUnit>>, Problem> {
    signed.require(Action::PublishTitles)?;
    let authority = &signed.actor.authority;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    batch::one(&mut tx, authority, &no, false).await?;
    let after = query.cursor.as_deref().unwrap_or_default();
    let state = query.state.as_deref();
    let found = batch::units(&mut tx, authority, &no, state, after, rows + 1).await?;
    Ok(Json(page(found, rows, |u: &BatchUnit| u.unit_code.clone())))
}

/// Lets a batch into the register, or goes on with a paused one. Not by whoever prepared it.
#[utoipa::path(post, path = "/intake/batches/{batch_no}/publication", operation_id = "release_batch",
    params(("batch_no" = String, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn release_batch(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(no): At<String>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::PublishTitles, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("release_batch", &no)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let done = batch::release(&mut w.tx, &no, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.batch_released").on("batch", &no);
    let shown = view::batch(done, actor.staff_id);
    w.finish(record, StatusCode::OK, &shown).await
}

/// Pauses a publishing; what is in the register stays.
#[utoipa::path(post, path = "/intake/batches/{batch_no}/pause", operation_id = "pause_batch",
    params(("batch_no" = String, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn pause_batch(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(no): At<String>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::PublishTitles, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("pause_batch", &no)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let done = batch::pause(&mut w.tx, &actor.authority, &no, None).await?;
    let record = AuditRecord::by(actor, "intake.batch_paused").on("batch", &no);
    let shown = view::batch(done, actor.staff_id);
    w.finish(record, StatusCode::OK, &shown).await
}

/// Why a batch is rolled back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undoing {
    /// Reason.
    reason: String,
}

/// Takes a batch away of which nothing is in the register yet.
#[utoipa::path(post, path = "/intake/batches/{batch_no}/rollback", operation_id = "undo_batch", request_body = Undoing,
    params(("batch_no" = String, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn undo_batch(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(no): At<String>,
    Body(why): Body<Undoing>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::PublishTitles, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("undo_batch", &no, &why)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let done = batch::roll_back(&mut w.tx, &no, &why.reason, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.batch_undone")
        .on("batch", &no)
        .detail(serde_json::json!({ "reason": why.reason }));
    let shown = view::batch(done, actor.staff_id);
    w.finish(record, StatusCode::OK, &shown).await
}
