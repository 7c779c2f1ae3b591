//! Data integration: runs, their findings, doubts and decisions.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_intake::decision::{self, Choice, Decision};
use dengbu_intake::engine::Outcome;
use dengbu_intake::results::{self, Count, Finding, FindingFilter, Record, Which, severity_name};
use dengbu_intake::run::{self, Over, Run};
use dengbu_intake::{batch, sheet};
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::intake_sources::{doing, packages};
use super::{Page, cursor_moment, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params, attachment};
use crate::state::App;
use crate::views::intake::{DoubtPage, DoubtView, RunDetail, RunView};
use crate::write::{self, Begun};

/// Findings of one file at most.
const EXPORT_MAX: usize = 200_000;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_runs, ask_run))
        .routes(routes!(read_run))
        .routes(routes!(stop_run))
        .routes(routes!(resume_run))
        .routes(routes!(list_findings))
        .routes(routes!(count_findings))
        .routes(routes!(export_findings))
        .routes(routes!(list_records))
        .routes(routes!(list_doubts))
        .routes(routes!(decide_doubt))
        .routes(routes!(list_decisions))
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// Only of this source.
    source: Option<String>,
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Runs, newest first.
#[utoipa::path(get, path = "/intake/runs", operation_id = "list_runs", params(RunQuery),
    responses((status = 200, body = Page<RunView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_runs(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<RunQuery>,
) -> Result<Json<Page<RunView>>, Problem> {
    signed.require(Action::Integrate)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(
            text.split_once('.')
                .and_then(|(at, id)| Some((cursor_moment(at)?, id.parse::<Uuid>().ok()?)))
                .ok_or_else(bad_cursor)?,
        ),
    };
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let source = query.source.as_deref();
    let found = run::list(&mut tx, &signed.actor.authority, source, before, rows + 1).await?;
    let found = found.into_iter().map(RunView::from).collect();
    Ok(Json(page(found, rows, |r: &RunView| {
        format!("{}.{}", r.asked_at.timestamp_micros(), r.run_id)
    })))
}

fn bad_cursor() -> Problem {
    Problem::field(
        "/cursor",
        "bad_cursor",
        "翻页位置不正确，请从第一页重新查询",
    )
}

/// What is to be run over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// A delivery; absent: quality control over the register itself.
    package_id: Option<Uuid>,
}

/// Asks for a run; it is worked in the background.
#[utoipa::path(post, path = "/intake/runs", operation_id = "ask_run", request_body = NewRun,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = RunView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn ask_run(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(new): Body<NewRun>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    packages(&app)?;
    let mut w = match write::begin(&app, actor, &headers, &("intake_run", &new)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let over = new.package_id.map_or(Over::Register, Over::Package);
    let made = run::ask(&mut w.tx, over, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.run_asked")
        .on("run", made.run_id.to_string())
        .detail(serde_json::json!({ "source": made.source }));
    w.finish(record, StatusCode::CREATED, &RunView::from(made))
        .await
}

/// A run with what it left, counted.
#[utoipa::path(get, path = "/intake/runs/{run_id}", operation_id = "read_run", params(("run_id" = Uuid, Path)),
    responses((status = 200, body = RunDetail), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_run(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<RunDetail>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = run::one(&mut tx, authority, id).await?;
    let tables = results::tables(&mut tx, authority, id).await?;
    let (doubts, decided) = results::doubt_counts(&mut tx, authority, id).await?;
    let batch = batch::of_run(&mut tx, authority, id).await?;
    Ok(Json(RunDetail {
        run: found.into(),
        tables,
        doubts,
        decided,
        batch_no: batch.map(|b| b.batch_no),
    }))
}

/// Asks a run to stop.
#[utoipa::path(post, path = "/intake/runs/{run_id}/stop", operation_id = "stop_run",
    params(("run_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RunView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn stop_run(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("stop_run", id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let found = run::stop(&mut w.tx, &actor.authority, id, actor.request.now).await?;
    let record = AuditRecord::by(actor, "intake.run_stopped").on("run", id.to_string());
    w.finish(record, StatusCode::OK, &RunView::from(found))
        .await
}

/// Goes on with a run that was stopped or failed.
#[utoipa::path(post, path = "/intake/runs/{run_id}/resumption", operation_id = "resume_run",
    params(("run_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = RunView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn resume_run(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("resume_run", id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let found = run::resume(&mut w.tx, &actor.authority, id, actor.request.now).await?;
    let record = AuditRecord::by(actor, "intake.run_resumed").on("run", id.to_string());
    w.finish(record, StatusCode::OK, &RunView::from(found))
        .await
}

/// Which findings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindingQuery {
    /// Only of this rule.
    rule: Option<String>,
    /// Only of this class.
    kind: Option<String>,
    /// Only of this severity: `error`, `warning`, `note`.
    severity: Option<String>,
    /// Only of this table.
    table: Option<String>,
    /// Only in this county or parcel.
    place: Option<String>,
    /// Words in identifier, value or message.
    q: Option<String>,
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
    /// Form of an export.
    #[param(inline)]
    format: Option<SheetForm>,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetForm {
    /// A workbook: counts and findings.
    #[default]
    Xlsx,
    /// The findings as CSV.
    Csv,
}

fn filter(query: &FindingQuery) -> FindingFilter {
    FindingFilter {
        rule_id: query.rule.clone(),
        kind: query.kind.clone(),
        severity: query.severity.clone(),
        table: query.table.clone(),
        place: query.place.clone(),
        words: query.q.clone().filter(|q| !q.is_empty()),
    }
}

fn after(cursor: Option<&str>) -> Result<i64, Problem> {
    cursor.map_or(Ok(-1), |text| text.parse().map_err(|_| bad_cursor()))
}

/// Findings of a run.
#[utoipa::path(get, path = "/intake/runs/{run_id}/findings", operation_id = "list_findings",
    params(FindingQuery, ("run_id" = Uuid, Path)),
    responses((status = 200, body = Page<Finding>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_findings(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<FindingQuery>,
) -> Result<Json<Page<Finding>>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let rows = limit(query.limit);
    let after = after(query.cursor.as_deref())?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    run::one(&mut tx, authority, id).await?;
    let found = results::findings(&mut tx, authority, id, &filter(&query), after, rows + 1).await?;
    Ok(Json(page(found, rows, |f: &Finding| f.seq.to_string())))
}

/// Findings of a run counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingCounts {
    /// By severity, rule, class, table, county.
    items: Vec<Count>,
}

/// Findings of a run counted by severity, rule, class, table and county.
#[utoipa::path(get, path = "/intake/runs/{run_id}/finding-counts", operation_id = "count_findings", params(("run_id" = Uuid, Path)),
    responses((status = 200, body = FindingCounts), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn count_findings(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<FindingCounts>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    run::one(&mut tx, authority, id).await?;
    let items = results::counts(&mut tx, authority, id).await?;
    Ok(Json(FindingCounts { items }))
}

/// Findings of a run for a spreadsheet.
#[utoipa::path(get, path = "/intake/runs/{run_id}/findings/export", operation_id = "export_findings",
    params(FindingQuery, ("run_id" = Uuid, Path)),
    responses((status = 200, description = "XLSX or CSV", content((Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (Vec<u8> = "text/csv"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn export_findings(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<FindingQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Integrate)?;
    let authority = &actor.authority;
    let mut tx = app.store().begin(&actor.scope).await?;
    let run = run::one(&mut tx, authority, id).await?;
    let counts = results::counts(&mut tx, authority, id).await?;
    let rows = all_findings(&mut tx, authority, id, &filter(&query)).await?;
    let record = AuditRecord::by(actor, "intake.findings_exported")
        .on("run", id.to_string())
        .detail(serde_json::json!({ "rows": rows.len() }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let notes = notes(&run, rows.len());
    let form = query.format.unwrap_or_default();
    // pure work of some milliseconds a thousand rows: not on the threads that serve requests
    let made = tokio::task::spawn_blocking(move || match form {
        SheetForm::Csv => {
            let mut body = sheet::csv_head();
            body.extend(sheet::csv_rows(&rows));
            Ok(body)
        }
        SheetForm::Xlsx => sheet::xlsx(&rows, &counts, &notes),
    });
    let body = made.await.map_err(|e| Problem::internal(&e))??;
    Ok(match form {
        SheetForm::Csv => attachment(
            &format!("findings-{id}.csv"),
            "text/csv; charset=utf-8",
            body,
        ),
        SheetForm::Xlsx => attachment(
            &format!("findings-{id}.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            body,
        ),
    })
}

fn notes(run: &Run, rows: usize) -> Vec<String> {
    let mut notes = vec![
        format!("数据源：{}", run.source),
        format!("运行编号：{}", run.run_id),
        format!("问题数：{rows}"),
    ];
    if rows >= EXPORT_MAX {
        notes.push(format!(
            "只导出前 {EXPORT_MAX} 条，请按规则或数据表筛选后分次导出"
        ));
    }
    notes.push(format!(
        "级别：{}必须改正，{}应核实，{}只作说明",
        severity_name("error"),
        severity_name("warning"),
        severity_name("note")
    ));
    notes
}

async fn all_findings(
    tx: &mut TenantTx,
    authority: &str,
    id: Uuid,
    filter: &FindingFilter,
) -> Result<Vec<Finding>, Problem> {
    let mut rows = Vec::new();
    let mut after = -1;
    loop {
        let more = results::findings(tx, authority, id, filter, after, 5_000).await?;
        let Some(last) = more.last() else { break };
        after = last.seq;
        rows.extend(more);
        if rows.len() >= EXPORT_MAX {
            rows.truncate(EXPORT_MAX);
            break;
        }
    }
    Ok(rows)
}

/// Which source rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// What became of them.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// Only of this table.
    table: Option<String>,
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Source rows of a run and what became of each.
#[utoipa::path(get, path = "/intake/runs/{run_id}/records", operation_id = "list_records",
    params(RecordQuery, ("run_id" = Uuid, Path)),
    responses((status = 200, body = Page<Record>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_records(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<RecordQuery>,
) -> Result<Json<Page<Record>>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let rows = limit(query.limit);
    let after = after(query.cursor.as_deref())?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    run::one(&mut tx, authority, id).await?;
    let table = query.table.as_deref();
    let found = results::records(
        &mut tx,
        authority,
        id,
        query.outcome,
        table,
        after,
        rows + 1,
    )
    .await?;
    Ok(Json(page(found, rows, |r: &Record| r.seq.to_string())))
}

/// Which doubts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DoubtQuery {
    /// `open` (default), `decided`, `all`.
    #[param(inline)]
    which: Option<WhichDoubts>,
    /// Rows of a page.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// Which doubts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhichDoubts {
    /// Not decided.
    #[default]
    Open,
    /// Decided.
    Decided,
    /// All.
    All,
}

/// Doubts of a run; each reading is recorded, for they show persons.
#[utoipa::path(get, path = "/intake/runs/{run_id}/doubts", operation_id = "list_doubts",
    params(DoubtQuery, ("run_id" = Uuid, Path)),
    responses((status = 200, body = DoubtPage), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_doubts(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<DoubtQuery>,
) -> Result<Json<DoubtPage>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Integrate)?;
    let authority = &actor.authority;
    let rows = limit(query.limit);
    let after = after(query.cursor.as_deref())?;
    let which = match query.which.unwrap_or_default() {
        WhichDoubts::Open => Which::Open,
        WhichDoubts::Decided => Which::Decided,
        WhichDoubts::All => Which::All,
    };
    let mut tx = app.store().begin(&actor.scope).await?;
    run::one(&mut tx, authority, id).await?;
    let found = results::doubts(&mut tx, authority, id, which, after, rows + 1).await?;
    let (total, decided) = results::doubt_counts(&mut tx, authority, id).await?;
    let found: Vec<DoubtView> = found.into_iter().map(DoubtView::from).collect();
    let page = page(found, rows, |d: &DoubtView| d.seq.to_string());
    let record = AuditRecord::by(actor, "intake.doubts_read")
        .on("run", id.to_string())
        .detail(serde_json::json!({ "rows": page.items.len() }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(DoubtPage {
        items: page.items,
        next_cursor: page.next_cursor,
        total,
        decided,
    }))
}

/// A decision about a doubt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// Key of the doubt.
    key: String,
    /// What is decided.
    choice: ChoiceKind,
    /// The candidate, when one is chosen.
    candidate: Option<String>,
    /// Remark.
    #[serde(default)]
    note: String,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceKind {
    /// The record belongs to the candidate.
    Candidate,
    /// It belongs to none of them.
    None,
    /// What was decided before is taken back.
    Withdrawn,
}

/// Decides a doubt; later runs over the source keep to it.
#[utoipa::path(post, path = "/intake/runs/{run_id}/decisions", operation_id = "decide_doubt", request_body = NewDecision,
    params(("run_id" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = DoubtView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn decide_doubt(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    At(id): At<Uuid>,
    Body(new): Body<NewDecision>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::Integrate, &actor.authority, None)?;
    let choice = match (new.choice, &new.candidate) {
        (ChoiceKind::Candidate, Some(c)) => Choice::Candidate(c.clone()),
        (ChoiceKind::None, None) => Choice::None,
        (ChoiceKind::Withdrawn, None) => Choice::Withdrawn,
        (ChoiceKind::Candidate, None) => {
            return Err(Problem::field("/candidate", "required", "请选择候选对象"));
        }
        _ => {
            return Err(Problem::field(
                "/candidate",
                "unexpected",
                "只有选定候选对象时才填写候选对象",
            ));
        }
    };
    let mut w = match write::begin(&app, actor, &headers, &("decide", id, &new)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let done = decision::decide(&mut w.tx, id, &new.key, &choice, &new.note, &doing(actor)).await?;
    let record = AuditRecord::by(actor, "intake.doubt_decided")
        .on("run", id.to_string())
        .detail(
            serde_json::json!({ "key": new.key, "choice": new.choice, "candidate": new.candidate }),
        );
    w.finish(record, StatusCode::OK, &DoubtView::from(done))
        .await
}

/// The doubt asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecisionQuery {
    /// Key of the doubt.
    key: String,
}

/// What was decided about a doubt.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionList {
    /// Oldest first.
    items: Vec<Decision>,
}

/// All that was decided about a doubt, by whom and when.
#[utoipa::path(get, path = "/intake/runs/{run_id}/decisions", operation_id = "list_decisions",
    params(DecisionQuery, ("run_id" = Uuid, Path)),
    responses((status = 200, body = DecisionList), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_decisions(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    Params(query): Params<DecisionQuery>,
) -> Result<Json<DecisionList>, Problem> {
    signed.require(Action::Integrate)?;
    let authority = &signed.actor.authority;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let doubt = results::doubt(&mut tx, authority, id, &query.key).await?;
    let items = decision::history(&mut tx, authority, &doubt.source, &query.key).await?;
    Ok(Json(DecisionList { items }))
}
