//! Certificates issued, blank forms, number series.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_model::certificate::{CertificateKind, FormSerial};
use dengbu_register::forms::FormError;
use dengbu_register::{RegisterError, certificates, forms, numbers};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Page, limit, page};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::case::kind_name;
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_certificates))
        .routes(routes!(form_stock, receive_forms))
        .routes(routes!(list_forms))
        .routes(routes!(spoil_form))
        .routes(routes!(number_series))
}

/// A search for certificates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CertificateQuery {
    /// Part of the number.
    q: Option<String>,
    /// Certificate or proof.
    kind: Option<CertificateKind>,
    /// `valid` or `revoked`.
    state: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A certificate in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateLine {
    /// Number.
    certificate_no: String,
    /// `title` or `proof`.
    kind: String,
    /// In Chinese.
    kind_name: String,
    /// The unit.
    unit_code: String,
    /// The case.
    case_no: Option<String>,
    /// `valid` or `revoked`.
    state: String,
    /// In Chinese.
    state_name: String,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
    /// Paper form.
    form_serial: Option<String>,
    /// When it was handed over.
    delivered_at: Option<DateTime<Utc>>,
}

fn plain(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().replace('（', "(").replace('）', ")"))
        .filter(|t| !t.is_empty() && !t.contains('\0'))
}

/// Searches certificates issued.
#[utoipa::path(get, path = "/certificates", operation_id = "search_certificates", params(CertificateQuery),
    responses((status = 200, body = Page<CertificateLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn search_certificates(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<CertificateQuery>,
) -> Result<Json<Page<CertificateLine>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let search = certificates::Search {
        number: plain(query.q),
        kind: query.kind.map(|k| k.code().to_owned()),
        state: plain(query.state),
        after: plain(query.cursor),
        limit: rows + 1,
    };
    let found = certificates::search(&mut tx, &search).await?;
    let lines = found
        .into_iter()
        .map(|c| CertificateLine {
            kind_name: kind_name(&c.kind).to_owned(),
            state_name: if c.state == "valid" {
                "有效"
            } else {
                "已注销"
            }
            .to_owned(),
            certificate_no: c.certificate_no,
            kind: c.kind,
            unit_code: c.unit_code,
            case_no: c.case_no,
            state: c.state,
            issued_at: c.issued_at,
            revoked_at: c.revoked_at,
            form_serial: c.form_serial,
            delivered_at: c.delivered_at,
        })
        .collect();
    Ok(Json(page(lines, rows, |c| c.certificate_no.clone())))
}

/// Stock of one kind of form.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockLine {
    /// `title` or `proof`.
    form_kind: String,
    /// In Chinese.
    form_kind_name: String,
    /// Lowest serial.
    first: Option<String>,
    /// Highest serial.
    last: Option<String>,
    /// All ever received.
    total: i64,
    /// Free.
    in_stock: i64,
    /// Used.
    used: i64,
    /// Spoiled.
    spoiled: i64,
    /// Destroyed.
    destroyed: i64,
    /// The next free serial.
    next: Option<String>,
}

/// The stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockView {
    /// By kind.
    items: Vec<StockLine>,
}

/// Blank forms in stock.
#[utoipa::path(get, path = "/form-stock", operation_id = "form_stock",
    responses((status = 200, body = StockView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn form_stock(State(app): State<App>, signed: Signed) -> Result<Json<StockView>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let mut items = Vec::new();
    for s in forms::stock(&mut tx, &signed.actor.authority).await? {
        let next = forms::list(
            &mut tx,
            &signed.actor.authority,
            Some(&s.form_kind),
            Some("in_stock"),
            None,
            1,
        )
        .await?;
        items.push(StockLine {
            form_kind_name: kind_name(&s.form_kind).to_owned(),
            form_kind: s.form_kind,
            first: s.first,
            last: s.last,
            total: s.total,
            in_stock: s.in_stock,
            used: s.used,
            spoiled: s.spoiled,
            destroyed: s.destroyed,
            next: next.into_iter().next().map(|f| f.serial),
        });
    }
    Ok(Json(StockView { items }))
}

/// Forms that came in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Certificate or proof.
    form_kind: CertificateKind,
    /// First serial.
    first_serial: FormSerial,
    /// How many.
    #[schema(minimum = 1, maximum = 10000)]
    count: u32,
}

/// What was put in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedView {
    /// First serial.
    first: String,
    /// How many.
    count: u32,
}

/// Puts blank forms into stock.
#[utoipa::path(post, path = "/form-stock", operation_id = "receive_forms", request_body = Received,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = ReceivedView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn receive_forms(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<Received>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("receive_forms", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    forms::receive(
        &mut w.tx,
        &actor.authority,
        given.form_kind.code(),
        &given.first_serial,
        given.count,
        &actor.name,
        actor.request.now,
    )
    .await
    .map_err(|e| match e {
        RegisterError::Form(f @ FormError::Count) => {
            Problem::field("/count", "form", f.to_string())
        }
        RegisterError::Form(f) => Problem::field("/first_serial", "form", f.to_string()),
        other => other.into(),
    })?;
    let answer = ReceivedView {
        first: given.first_serial.to_string(),
        count: given.count,
    };
    let record = AuditRecord::by(actor, "stock.changed")
        .on("form", &answer.first)
        .detail(serde_json::json!({ "received": given.count, "kind": given.form_kind.code() }));
    w.finish(record, StatusCode::CREATED, &answer).await
}

/// Which forms to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FormQuery {
    /// Certificate or proof.
    form_kind: Option<CertificateKind>,
    /// `in_stock`, `used`, `spoiled` or `destroyed`.
    state: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormLine {
    /// Serial (印制号).
    serial: String,
    /// `title` or `proof`.
    form_kind: String,
    /// State.
    state: String,
    /// State in Chinese.
    state_name: String,
    /// Certificate printed on it.
    certificate_no: Option<String>,
    /// The case.
    case_no: Option<String>,
    /// Why it was written off.
    reason: Option<String>,
    /// When its state changed.
    changed_at: Option<DateTime<Utc>>,
    /// Who changed it.
    changed_by: Option<String>,
}

/// Lists blank forms.
#[utoipa::path(get, path = "/form-stock/serials", operation_id = "list_forms", params(FormQuery),
    responses((status = 200, body = Page<FormLine>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_forms(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<FormQuery>,
) -> Result<Json<Page<FormLine>>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let rows = limit(query.limit);
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let (state, after) = (plain(query.state), plain(query.cursor));
    let kind = query.form_kind.map(CertificateKind::code);
    let found = forms::list(
        &mut tx,
        &signed.actor.authority,
        kind,
        state.as_deref(),
        after.as_deref(),
        rows + 1,
    )
    .await?;
    let lines = found
        .into_iter()
        .map(|f| FormLine {
            state_name: forms::state_name(&f.state).to_owned(),
            serial: f.serial,
            form_kind: f.form_kind,
            state: f.state,
            certificate_no: f.certificate_no,
            case_no: f.case_no,
            reason: f.reason,
            changed_at: f.changed_at,
            changed_by: f.changed_by,
        })
        .collect();
    Ok(Json(page(lines, rows, |f| f.serial.clone())))
}

/// Why a form is written off.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// Reason.
    reason: String,
}

async fn write_off(
    app: &App,
    signed: &Signed,
    headers: &HeaderMap,
    serial: &str,
    given: &WriteOff,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageStock, &actor.authority, None)?;
    let reason = given.reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 || reason.contains('\0') {
        return Err(Problem::field(
            "/reason",
            "required",
            "请填写原因（200 字以内）",
        ));
    }
    let serial = FormSerial::parse(serial)
        .map_err(|e| Problem::field("/serial", "form_serial_invalid", e.to_string()))?
        .to_string();
    let mut w = match write::begin(app, actor, headers, &("spoiled", &serial, given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    forms::write_off(
        &mut w.tx,
        &actor.authority,
        &serial,
        "spoiled",
        reason,
        &actor.name,
        actor.request.now,
    )
    .await
    .map_err(|e| match e {
        RegisterError::Form(f @ FormError::Unknown(_)) => Problem::not_found(f.to_string()),
        RegisterError::Form(f) => Problem::new(StatusCode::CONFLICT, "form", f.to_string()),
        other => other.into(),
    })?;
    let record = AuditRecord::by(actor, "stock.changed")
        .on("form", &serial)
        .purpose(reason)
        .detail(serde_json::json!({ "state": "spoiled" }));
    w.finish(record, StatusCode::NO_CONTENT, &()).await
}

/// Writes a form off as spoiled.
#[utoipa::path(post, path = "/form-stock/{serial}/spoil", operation_id = "spoil_form", request_body = WriteOff,
    params(("serial" = String, Path, description = "serial of the form"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn spoil_form(
    State(app): State<App>,
    signed: Signed,
    At(serial): At<String>,
    headers: HeaderMap,
    Body(given): Body<WriteOff>,
) -> Result<Response, Problem> {
    write_off(&app, &signed, &headers, &serial, &given).await
}

/// A number series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesLine {
    /// Authority.
    authority: String,
    /// Its name.
    authority_name: String,
    /// Year.
    year: i32,
    /// Certificate or proof, in Chinese.
    kind_name: String,
    /// Last serial drawn.
    last: i64,
    /// Numbers on record.
    issued: i64,
    /// Voided serials and why.
    gaps: Vec<Gap>,
    /// Serials nobody can explain: must be empty.
    unexplained: Vec<i64>,
}

/// A voided serial.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    /// Serial.
    serial: i64,
    /// Why.
    reason: String,
}

/// Number series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// Series.
    items: Vec<SeriesLine>,
}

/// Number series with every gap explained.
#[utoipa::path(get, path = "/number-series", operation_id = "number_series",
    responses((status = 200, body = SeriesView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn number_series(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<SeriesView>, Problem> {
    signed.require(Action::ReadCertificates)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let names = crate::gather::names(&mut tx).await?;
    let items = numbers::series(&mut tx)
        .await?
        .into_iter()
        .map(|s| SeriesLine {
            authority_name: names.authority(&s.authority),
            authority: s.authority,
            year: s.year,
            kind_name: kind_name(&s.kind).to_owned(),
            last: s.last,
            issued: s.issued,
            gaps: s
                .void
                .into_iter()
                .map(|(serial, reason)| Gap { serial, reason })
                .collect(),
            unexplained: s.unexplained,
        })
        .collect();
    Ok(Json(SeriesView { items }))
}
