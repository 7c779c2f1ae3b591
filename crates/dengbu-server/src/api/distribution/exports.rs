//! The catalogue of data sets, and exports.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use dengbu_distribution::format::Format;
use dengbu_distribution::ledger::{self, GiveOut, NewGiveOut};
use dengbu_distribution::{data_set, gather, request};
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::views::{self, DataCatalogue, DataRequest, ExportView};
use crate::api::{Page, cursor_moment, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::{App, new_id, now};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(data_catalogue))
        .routes(routes!(list_exports, ask_export))
        .routes(routes!(export_state))
        .routes(routes!(stop_export))
        .routes(routes!(export_file))
}

/// The data sets that can be given out, with their rows now and their versions.
#[utoipa::path(get, path = "/data/sets", operation_id = "data_catalogue",
    responses((status = 200, body = DataCatalogue), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn data_catalogue(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<DataCatalogue>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let all = request::Request::new(&["parcels"], Format::Csv);
    let selection = gather::selection(&mut tx, &all, actor.request.now).await?;
    let mut rows = Vec::new();
    for set in data_set::all() {
        rows.push((set, gather::count(&mut tx, set, &selection).await?));
    }
    let versions = ledger::versions(&mut tx, &actor.authority).await?;
    let last = gather::last_change(&mut tx).await?;
    Ok(Json(views::catalogue(&rows, &versions, last)))
}

/// Which exports.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Only deliveries of this subscription.
    subscription: Option<Uuid>,
    /// Where the page begins.
    cursor: Option<String>,
    /// Rows, 100 at most.
    limit: Option<i64>,
}

fn mark(cursor: Option<&str>) -> Result<Option<(DateTime<Utc>, Uuid)>, Problem> {
    let Some(text) = cursor else { return Ok(None) };
    text.split_once('.')
        .and_then(|(at, id)| Some((cursor_moment(at)?, id.parse().ok()?)))
        .map(Some)
        .ok_or_else(|| Problem::field("/cursor", "bad_cursor", "分页位置无效，请从第一页重新查看"))
}

/// Exports and deliveries, newest first.
#[utoipa::path(get, path = "/data/exports", operation_id = "list_exports", params(ExportQuery),
    responses((status = 200, body = Page<ExportView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_exports(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<ExportQuery>,
) -> Result<Json<Page<ExportView>>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let rows = limit(query.limit);
    let before = mark(query.cursor.as_deref())?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let own = [actor.authority.clone()];
    let found = ledger::list(&mut tx, &own, query.subscription, before, rows + 1).await?;
    let shown: Result<Vec<_>, _> = found.into_iter().map(|g| views::export(g, now())).collect();
    Ok(Json(page(shown?, rows, |e| {
        format!("{}.{}", e.asked_at.timestamp_micros(), e.export)
    })))
}

/// An export that is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// Name.
    title: String,
    /// Why (用途); with unmasked persons it names the basis.
    purpose: String,
    /// What.
    request: DataRequest,
    /// Note of the version that it makes of each of its data sets; none: it makes none.
    #[serde(default)]
    version_note: Option<String>,
}

/// A text that a person must give.
pub(super) fn said(field: &str, text: &str, what: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::field(field, "required", format!("请填写{what}")));
    }
    if text.chars().count() > most {
        return Err(Problem::field(
            field,
            "too_long",
            format!("{what}最多 {most} 字"),
        ));
    }
    Ok(text.to_owned())
}

/// Asks for an export; it is made in the background.
#[utoipa::path(post, path = "/data/exports", operation_id = "ask_export", request_body = NewExport,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 202, body = ExportView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn ask_export(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<NewExport>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("export", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let title = said("/title", &given.title, "名称", 100)?;
    let purpose = said("/purpose", &given.purpose, "用途", 500)?;
    let request = given.request.read()?;
    // 个人信息保护法第二十三条: whoever hands personal information on needs a basis; it is kept
    if request.tells_persons() && purpose.chars().count() < 10 {
        let text =
            "含未脱敏的个人信息，请在用途中写明依据（法律规定、数据共享协议编号等），不少于 10 字";
        return Err(Problem::field("/purpose", "basis_missing", text));
    }
    let note = match &given.version_note {
        Some(note) => Some(said("/version_note", note, "版本说明", 200)?),
        None => None,
    };
    // a county outside the scope is refused now, not in the background
    gather::selection(&mut w.tx, &request, actor.request.now).await?;
    let id = new_id();
    let new = NewGiveOut {
        authority: &actor.authority,
        id,
        title: &title,
        purpose: &purpose,
        request: &request,
        subscription: None,
        version_note: note.as_deref(),
        asked_by: &actor.name,
        at: actor.request.now,
    };
    ledger::ask(&mut w.tx, &new).await?;
    let view = views::export(one(&mut w.tx, &actor.authority, id).await?, now())?;
    let record = AuditRecord::by(actor, "data.export_asked")
        .on("export", id.to_string())
        .detail(json!({ "title": title, "purpose": purpose, "request": request }));
    w.finish(record, StatusCode::ACCEPTED, &view).await
}

async fn one(
    tx: &mut dengbu_store::TenantTx,
    authority: &str,
    id: Uuid,
) -> Result<GiveOut, Problem> {
    ledger::find(tx, &[authority.to_owned()], id)
        .await?
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no_export", "没有这次导出"))
}

/// How far an export is.
#[utoipa::path(get, path = "/data/exports/{export}", operation_id = "export_state",
    params(("export" = Uuid, Path)),
    responses((status = 200, body = ExportView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn export_state(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Json<ExportView>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let given = one(&mut tx, &actor.authority, id).await?;
    Ok(Json(views::export(given, now())?))
}

/// Stops an export that waits or runs.
#[utoipa::path(post, path = "/data/exports/{export}/stop", operation_id = "stop_export",
    params(("export" = Uuid, Path), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = ExportView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn stop_export(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("stop_export", id)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    one(&mut w.tx, &actor.authority, id).await?;
    let own = [actor.authority.clone()];
    if !ledger::stop(&mut w.tx, &own, id, actor.request.now).await? {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "export_ended",
            "这次导出已经结束，不需要停止",
        ));
    }
    let view = views::export(one(&mut w.tx, &actor.authority, id).await?, now())?;
    let record = AuditRecord::by(actor, "data.export_stopped").on("export", id.to_string());
    w.finish(record, StatusCode::OK, &view).await
}

/// The file of an export; that it was taken is written down before it goes out.
#[utoipa::path(get, path = "/data/exports/{export}/file", operation_id = "export_file",
    params(("export" = Uuid, Path)),
    responses((status = 200, description = "the file", content((Vec<u8> = "application/zip"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/geopackage+sqlite3"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn export_file(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::GiveOutData, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let given = one(&mut tx, &actor.authority, id).await?;
    let answer = file(&app, &given).await?;
    ledger::taken(&mut tx, &given, new_id(), (&actor.name, None), now()).await?;
    let record = AuditRecord::by(actor, "data.export_taken").on("export", id.to_string());
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The file of an export as an answer, streamed from the depot.
pub(super) async fn file(app: &App, given: &GiveOut) -> Result<Response, Problem> {
    if given.state != "done" {
        let text = match given.state.as_str() {
            "expired" => "文件已超过保存期限，请重新导出",
            "waiting" | "running" => "导出还没有完成，请稍候",
            _ => "这次导出没有生成文件，请重新导出",
        };
        return Err(Problem::new(StatusCode::CONFLICT, "no_file", text));
    }
    let format = given.request()?.format;
    let path = app.depot().file(given.give_out_id, format.extension());
    let file = tokio::fs::File::open(&path).await.map_err(|e| {
        tracing::error!(error = %e, export = %given.give_out_id, "the file of an export is missing");
        Problem::new(StatusCode::CONFLICT, "no_file", "文件已不在服务器上，请重新导出")
    })?;
    let bytes = file
        .metadata()
        .await
        .map_err(|e| Problem::internal(&e))?
        .len();
    let name = format!(
        "dengbu-{}-{}.{}",
        given.authority,
        given.asked_at.format("%Y%m%d%H%M%S"),
        format.extension()
    );
    let body = axum::body::Body::from_stream(tokio_util::io::ReaderStream::new(file));
    Ok((
        [
            (header::CONTENT_TYPE, format.media_type().to_owned()),
            (header::CONTENT_LENGTH, bytes.to_string()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    )
        .into_response())
}
