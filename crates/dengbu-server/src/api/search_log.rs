//! The search log and its alerts, for the security auditor.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_search::access::Access;
use dengbu_search::anomaly::{self, Alert, Rules};
use dengbu_search::log::{self, LogFilter, Showing};
use dengbu_staff::{Action, AuditRecord, audit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::searches::{bad_cursor, text};
use super::{Page, cursor_moment, limit, page, plausible};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_search_log))
        .routes(routes!(list_search_alerts))
        .routes(routes!(handle_search_alert))
}

/// What to look for in the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchLogQuery {
    /// Part of the clerk's name.
    staff: Option<String>,
    /// Number of the application.
    search_no: Option<String>,
    /// Code of a unit that was shown.
    unit: Option<String>,
    /// `person`, `address`, `certificate`, `unit_code`.
    index: Option<String>,
    /// From.
    from: Option<DateTime<Utc>>,
    /// Before.
    to: Option<DateTime<Utc>>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A line of the search log.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchLogLine {
    /// What was shown.
    #[serde(flatten)]
    showing: Showing,
    /// Kind of applicant in Chinese.
    applicant_kind_name: String,
    /// What was searched by, in Chinese.
    index_name: String,
    /// Parts in Chinese.
    part_names: Vec<String>,
}

fn line(showing: Showing) -> SearchLogLine {
    use dengbu_search::access::{Index, Part};
    let kind = Access::builtin().applicant(&showing.applicant_kind);
    let index = Index::ALL
        .into_iter()
        .find(|i| i.code() == showing.index_kind);
    SearchLogLine {
        applicant_kind_name: kind
            .map_or_else(|| showing.applicant_kind.clone(), |a| a.name.clone()),
        index_name: index.map_or_else(|| showing.index_kind.clone(), |i| i.name_zh().to_owned()),
        part_names: Part::ALL
            .into_iter()
            .filter(|p| showing.parts.iter().any(|code| code == p.code()))
            .map(|p| p.name_zh().to_owned())
            .collect(),
        showing,
    }
}

fn after(cursor: Option<String>) -> Result<Option<(DateTime<Utc>, Uuid)>, Problem> {
    let Some(cursor) = text(cursor) else {
        return Ok(None);
    };
    let (at, id) = cursor.split_once('~').ok_or_else(bad_cursor)?;
    let at = cursor_moment(at).ok_or_else(bad_cursor)?;
    let id = Uuid::try_parse(id).map_err(|_| bad_cursor())?;
    Ok(Some((at, id)))
}

/// The search log of the authorities the person audits, newest first; persons are masked, and
/// each reading is recorded.
#[utoipa::path(get, path = "/search-log", operation_id = "read_search_log", params(SearchLogQuery),
    responses((status = 200, body = Page<SearchLogLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_search_log(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<SearchLogQuery>,
) -> Result<Json<Page<SearchLogLine>>, Problem> {
    signed.require(Action::ReadAudit)?;
    for (field, at) in [("/from", query.from), ("/to", query.to)] {
        if at.is_some_and(|at| !plausible(at.date_naive())) {
            return Err(Problem::field(
                field,
                "date_out_of_range",
                "日期超出范围，年份应为 1 至 9999",
            ));
        }
    }
    let rows = limit(query.limit);
    let filter = LogFilter {
        staff: text(query.staff),
        search_no: text(query.search_no),
        unit: text(query.unit),
        index: text(query.index),
        from: query.from,
        to: query.to,
        before: after(query.cursor)?,
        limit: rows + 1,
    };
    let actor = &signed.actor;
    let mut tx = app.store().begin(&actor.scope).await?;
    let authorities = actor.authorities_for(Action::ReadAudit);
    let found = log::list(&mut tx, &authorities, &filter).await?;
    let record = AuditRecord::by(actor, "search.log_read")
        .detail(serde_json::json!({ "search_no": filter.search_no, "unit": filter.unit }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let kept = page(found, rows, |s| {
        format!("{}~{}", s.at.timestamp_micros(), s.showing_id)
    });
    Ok(Json(Page {
        items: kept.items.into_iter().map(line).collect(),
        next_cursor: kept.next_cursor,
    }))
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchAlertsQuery {
    /// Only those nobody dealt with yet.
    open: Option<bool>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// An alert with the name of its rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAlertLine {
    /// The alert.
    #[serde(flatten)]
    alert: Alert,
    /// Name of the rule.
    rule_name: String,
}

fn alert_line(alert: Alert) -> SearchAlertLine {
    SearchAlertLine {
        rule_name: Rules::name(&alert.rule),
        alert,
    }
}

/// Alerts about searches (查询异常), newest first.
#[utoipa::path(get, path = "/search-alerts", operation_id = "list_search_alerts", params(SearchAlertsQuery),
    responses((status = 200, body = Page<SearchAlertLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_search_alerts(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<SearchAlertsQuery>,
) -> Result<Json<Page<SearchAlertLine>>, Problem> {
    signed.require(Action::ReadAudit)?;
    let rows = limit(query.limit);
    let before = after(query.cursor)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let authorities = signed.actor.authorities_for(Action::ReadAudit);
    let open = query.open.unwrap_or(false);
    let found = anomaly::list(&mut tx, &authorities, open, before, rows + 1).await?;
    let kept = page(found, rows, |a| {
        format!("{}~{}", a.at.timestamp_micros(), a.alert_id)
    });
    Ok(Json(Page {
        items: kept.items.into_iter().map(alert_line).collect(),
        next_cursor: kept.next_cursor,
    }))
}

/// What was found about an alert.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandleAlert {
    /// What was found and done.
    note: String,
}

/// Notes what was found about an alert; it cannot be changed afterwards.
#[utoipa::path(post, path = "/search-alerts/{alert_id}/handling", operation_id = "handle_search_alert", request_body = HandleAlert,
    params(("alert_id" = Uuid, Path, description = "The alert"), ("X-CSRF-Token" = String, Header),
        ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = SearchAlertLine), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn handle_search_alert(
    State(app): State<App>,
    signed: Signed,
    At(alert_id): At<Uuid>,
    headers: HeaderMap,
    Body(request): Body<HandleAlert>,
) -> Result<Response, Problem> {
    signed.require(Action::ReadAudit)?;
    let note = request.note.trim();
    if !(2..=500).contains(&note.chars().count()) {
        return Err(Problem::field(
            "/note",
            "required",
            "请填写核查情况（2 至 500 字）",
        ));
    }
    let actor = &signed.actor;
    let fingerprint = ("search-alert", alert_id, note);
    let mut w = match write::begin(&app, actor, &headers, &fingerprint).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let authorities = actor.authorities_for(Action::ReadAudit);
    let doing = write::doing(actor);
    let handled = anomaly::handle(&mut w.tx, &authorities, alert_id, note, &doing).await?;
    let record = AuditRecord::by(actor, "search.alert_handled")
        .on("search", &handled.search_no)
        .purpose(note);
    w.finish(record, StatusCode::OK, &alert_line(handled)).await
}
