//! Bulk issue of certificates for rights that stand in the register already.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_certlib::batch::{self, Batch, Deed, Fault, NewBatch, state_name};
use dengbu_model::certificate::CertificateKind;
use dengbu_staff::{Action, AuditRecord};
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
            list_e_certificate_batches,
            begin_e_certificate_batch
        ))
        .routes(routes!(read_e_certificate_batch))
        .routes(routes!(act_on_e_certificate_batch))
        .routes(routes!(list_e_certificate_batch_faults))
}

/// A batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueBatchView {
    /// Identity.
    batch_id: Uuid,
    /// Name.
    name: String,
    /// Everything but sealing and keeping.
    dry_run: bool,
    /// Counties.
    counties: Vec<String>,
    /// `title`, `proof` or none for both.
    kind: Option<String>,
    /// `collecting`, `running`, `paused`, `done` or `cancelled`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// Items.
    total: i64,
    /// Made.
    done: i64,
    /// Had a certificate already, or ended meanwhile.
    skipped: i64,
    /// Could not be made.
    failed: i64,
    /// Items that wait.
    waiting: i64,
    /// Whole percent of the items that are through; none while they are being listed.
    percent: Option<i64>,
    /// Items a minute so far; none before the first.
    per_minute: Option<i64>,
    /// Seconds left at this rate.
    seconds_left: Option<i64>,
    /// When it was begun.
    created_at: DateTime<Utc>,
    /// By whom.
    created_by: String,
    /// When the last item was through.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Batch> for IssueBatchView {
    fn from(b: Batch) -> Self {
        let through = b.done + b.skipped + b.failed;
        let waiting = (b.total - through).max(0);
        let per_minute = (b.busy_ms > 0 && through > 0).then(|| through * 60_000 / b.busy_ms);
        let seconds_left = (b.busy_ms > 0 && through > 0 && b.state == "running")
            .then(|| waiting * b.busy_ms / through / 1000);
        Self {
            batch_id: b.batch_id,
            name: b.name,
            dry_run: b.dry_run,
            counties: b.counties,
            kind: b.kind,
            state_name: state_name(&b.state).to_owned(),
            percent: (b.state != "collecting").then(|| {
                if b.total == 0 {
                    100
                } else {
                    through * 100 / b.total
                }
            }),
            state: b.state,
            total: b.total,
            done: b.done,
            skipped: b.skipped,
            failed: b.failed,
            waiting,
            per_minute,
            seconds_left,
            created_at: b.created_at,
            created_by: b.created_by,
            finished_at: b.finished_at,
        }
    }
}

/// A page of batches.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchesQuery {
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<Uuid>,
}

/// Batches of the authority, newest first.
#[utoipa::path(get, path = "/e-certificate-batches", operation_id = "list_e_certificate_batches", params(BatchesQuery),
    responses((status = 200, body = Page<IssueBatchView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_e_certificate_batches(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<BatchesQuery>,
) -> Result<Json<Page<IssueBatchView>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = batch::list(&mut tx, &actor.authority, query.cursor, rows + 1).await?;
    let lines = found.into_iter().map(IssueBatchView::from).collect();
    Ok(Json(page(lines, rows, |b: &IssueBatchView| {
        b.batch_id.to_string()
    })))
}

/// A batch that is wanted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchOrder {
    /// Name.
    name: String,
    /// True: find what cannot be made, without making anything.
    #[serde(default)]
    dry_run: bool,
    /// Counties; none: all of the authority.
    #[serde(default)]
    counties: Vec<String>,
    /// Certificates or proofs only.
    #[serde(default)]
    kind: Option<CertificateKind>,
    /// Items at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000_000)]
    items_max: Option<i64>,
}

/// Begins a bulk issue; it is worked on in the background and survives restarts.
#[utoipa::path(post, path = "/e-certificate-batches", operation_id = "begin_e_certificate_batch", request_body = BatchOrder,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = IssueBatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn begin_e_certificate_batch(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<BatchOrder>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::IssueECertificates, &actor.authority, None)?;
    let name = words("/name", &given.name, 60)?;
    if given
        .items_max
        .is_some_and(|m| !(1..=10_000_000).contains(&m))
    {
        let message = "件数上限应为 1 至 10000000";
        return Err(Problem::field("/items_max", "out_of_range", message));
    }
    let mut w = match write::begin(
        &app,
        actor,
        &headers,
        &("begin_e_certificate_batch", &given),
    )
    .await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let own: Vec<String> = dengbu_store::authority_list::list(&mut w.tx)
        .await?
        .into_iter()
        .filter(|a| a.authority == actor.authority)
        .flat_map(|a| a.counties.into_iter().map(|c| c.county))
        .collect();
    for (at, c) in given.counties.iter().enumerate() {
        if !own.contains(c) {
            let message = "不是本机构的行政区";
            return Err(Problem::field(
                &format!("/counties/{at}"),
                "not_own",
                message,
            ));
        }
    }
    let mut counties = if given.counties.is_empty() {
        own
    } else {
        given.counties.clone()
    };
    counties.sort();
    counties.dedup();
    let new = NewBatch {
        authority: &actor.authority,
        name: &name,
        dry_run: given.dry_run,
        counties,
        kind: given.kind.map(CertificateKind::code),
        items_max: given.items_max,
        by: &actor.name,
        staff_id: Some(actor.staff_id),
    };
    let made = batch::begin(&mut w.tx, &new, actor.request.now, &new_id).await?;
    let record = AuditRecord::by(actor, "e_certificate.batch_created")
        .on("e_certificate_batch", made.batch_id.to_string())
        .detail(serde_json::json!({ "name": name, "dry_run": given.dry_run }));
    w.finish(record, StatusCode::CREATED, &IssueBatchView::from(made))
        .await
}

/// One batch with its progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueBatchDetail {
    /// The batch.
    #[serde(flatten)]
    batch: IssueBatchView,
    /// Failures by reason.
    reasons: Vec<ReasonCount>,
}

/// How often a reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonCount {
    /// Code.
    code: String,
    /// In Chinese.
    name: String,
    /// How many.
    count: i64,
}

/// Name of a reason for which a certificate could not be made.
fn reason_name(code: &str) -> &'static str {
    match code {
        "several_rights" => "一证多项权利",
        "unit_code" => "不动产单元号不规范",
        "right" => "登记簿权利无法读取",
        "earlier_number" => "统一登记以前的证号",
        "number" => "证号不规范",
        "virtual_unit" => "单元还没有落宗（虚拟编码）",
        "no_holder" | "holder_without_name" => "没有权利人姓名（名称）",
        "holder_without_id" => "权利人没有证件号码",
        "no_address" => "没有坐落",
        "too_long" | "too_many" => "内容过多",
        "content" => "证照内容不完整",
        "font" => "有字库没有的字",
        "seal" => "签章失败",
        _ => "其他",
    }
}

/// One batch with its progress and the reasons of its failures.
#[utoipa::path(get, path = "/e-certificate-batches/{batch_id}", operation_id = "read_e_certificate_batch",
    params(("batch_id" = Uuid, Path)),
    responses((status = 200, body = IssueBatchDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_e_certificate_batch(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<IssueBatchDetail>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = batch::one(&mut tx, &actor.authority, id).await?;
    let reasons = batch::fault_counts(&mut tx, &found)
        .await?
        .into_iter()
        .map(|(code, count)| ReasonCount {
            name: reason_name(&code).to_owned(),
            code,
            count,
        })
        .collect();
    Ok(Json(IssueBatchDetail {
        batch: found.into(),
        reasons,
    }))
}

/// What is done to a batch.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchDeed {
    /// Stop after the chunk at work.
    Pause,
    /// Go on.
    Resume,
    /// End it; what was made stays.
    Cancel,
    /// Try again what failed.
    RetryFailed,
}

/// What is done to a batch.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchAction {
    /// What.
    action: BatchDeed,
}

/// Pauses, resumes or cancels a batch, or tries again what failed.
#[utoipa::path(post, path = "/e-certificate-batches/{batch_id}/actions", operation_id = "act_on_e_certificate_batch",
    request_body = BatchAction,
    params(("batch_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = IssueBatchView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn act_on_e_certificate_batch(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
    Body(given): Body<BatchAction>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::IssueECertificates, &actor.authority, None)?;
    let mut w = match write::begin(
        &app,
        actor,
        &headers,
        &("act_on_e_certificate_batch", id, &given),
    )
    .await?
    {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let deed = match given.action {
        BatchDeed::Pause => Deed::Pause,
        BatchDeed::Resume => Deed::Resume,
        BatchDeed::Cancel => Deed::Cancel,
        BatchDeed::RetryFailed => Deed::RetryFailed,
    };
    let changed = batch::act(&mut w.tx, &actor.authority, id, deed, actor.request.now).await?;
    let record = AuditRecord::by(actor, "e_certificate.batch_acted")
        .on("e_certificate_batch", id.to_string())
        .detail(serde_json::json!({ "action": given.action }));
    w.finish(record, StatusCode::OK, &IssueBatchView::from(changed))
        .await
}

/// A page of failures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FaultsQuery {
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// An item that could not be made.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// County.
    county: String,
    /// Number.
    certificate_no: String,
    /// Code of the reason.
    code: String,
    /// The reason and what to do.
    text: String,
}

impl From<Fault> for FaultView {
    fn from(f: Fault) -> Self {
        Self {
            county: f.county,
            certificate_no: f.certificate_no,
            code: f.error_code.unwrap_or_else(|| "other".to_owned()),
            text: f.error.unwrap_or_default(),
        }
    }
}

/// Items of a batch that could not be made, in order.
#[utoipa::path(get, path = "/e-certificate-batches/{batch_id}/faults", operation_id = "list_e_certificate_batch_faults",
    params(("batch_id" = Uuid, Path), FaultsQuery),
    responses((status = 200, body = Page<FaultView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_e_certificate_batch_faults(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<FaultsQuery>,
) -> Result<Json<Page<FaultView>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let actor = &signed.actor;
    let after = query
        .cursor
        .as_deref()
        .and_then(|c| c.split_once('_'))
        .map(|(county, number)| (county.to_owned(), number.to_owned()));
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = batch::one(&mut tx, &actor.authority, id).await?;
    let faults = batch::faults(&mut tx, &found, after.as_ref(), rows + 1).await?;
    let lines = faults.into_iter().map(FaultView::from).collect();
    Ok(Json(page(lines, rows, |f: &FaultView| {
        format!("{}_{}", f.county, f.certificate_no)
    })))
}
