//! The cashier's day and month: sheets, counts, monthly settlement, and what an authority sets.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use dengbu_fees::desk::day::{self, Count};
use dengbu_fees::desk::month::{self, Settling, Statement};
use dengbu_fees::gateway;
use dengbu_fees::order::Method;
use dengbu_fees::settings::{self, FeeSettings, SettleBefore};
use dengbu_fees::sheet;
use dengbu_model::quantity::Money;
use dengbu_model::time::{date_in_shanghai, parse_date_strict};
use dengbu_staff::{Action, AuditRecord, audit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fees::desk;
use super::payments::MethodName;
use crate::auth::Signed;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::fee::{self as view, FeeOrderSummary, yuan};
use crate::views::fee_day::{self, FeeDayView};
use crate::write::{self, Begun};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(fee_day))
        .routes(routes!(fee_day_csv))
        .routes(routes!(count_fee_day))
        .routes(routes!(fee_month))
        .routes(routes!(fee_month_orders))
        .routes(routes!(fee_month_csv))
        .routes(routes!(settle_fee_month))
        .routes(routes!(read_fee_settings, set_fee_settings))
}

fn a_day(text: &str) -> Result<NaiveDate, Problem> {
    parse_date_strict(text).map_err(|e| Problem::field("/day", "invalid_date", e.to_string()))
}

/// The day's sheet of the authority of the person signed in.
#[utoipa::path(get, path = "/fee-days/{day}", operation_id = "fee_day",
    params(("day" = String, Path, description = "day, `2026-11-23`")),
    responses((status = 200, body = FeeDayView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_day(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
) -> Result<Json<FeeDayView>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let on = a_day(&text)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let found = day::sheet(&mut tx, &actor.authority, on).await?;
    let name = names.authority(&actor.authority);
    Ok(Json(fee_day::day(
        &found,
        name,
        gateway::bills().simulated(),
    )))
}

fn csv(name: &str, body: String) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    )
        .into_response()
}

/// The day's money for a spreadsheet.
#[utoipa::path(get, path = "/fee-days/{day}/csv", operation_id = "fee_day_csv",
    params(("day" = String, Path, description = "day, `2026-11-23`")),
    responses((status = 200, description = "CSV", body = String, content_type = "text/csv"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_day_csv(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let on = a_day(&text)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = day::sheet(&mut tx, &actor.authority, on).await?;
    let record = AuditRecord::by(actor, "fee.exported").on("fee_day", on.to_string());
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(csv(&format!("fees-{on}.csv"), sheet::day_csv(&found)))
}

/// What was counted of one method.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountLine {
    /// Method.
    #[schema(value_type = MethodName)]
    method: Method,
    /// Yuan; below zero when more was given back than taken.
    counted: String,
}

/// What a cashier counted at the end of the day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// Each method once.
    counts: Vec<CountLine>,
    /// Why it differs from the book.
    #[serde(default)]
    note: Option<String>,
}

/// Keeps what the person signed in counted of the own takings.
#[utoipa::path(post, path = "/fee-days/{day}/counts", operation_id = "count_fee_day", request_body = CountRequest,
    params(("day" = String, Path, description = "day, `2026-11-23`"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = FeeDayView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn count_fee_day(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
    headers: HeaderMap,
    Body(request): Body<CountRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let on = a_day(&text)?;
    let counts = request
        .counts
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let counted = signed_amount(&c.counted).ok_or_else(|| {
                let field = format!("/counts/{i}/counted");
                let message = "实点金额应为数字（元），最多 2 位小数，例如 80.00";
                Problem::field(&field, "invalid_amount", message)
            })?;
            Ok(Count {
                method: c.method,
                counted,
            })
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    let stands_for = ("count_fee_day", &text, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let note = request.note.as_deref();
    day::count(&mut w.tx, &actor.authority, on, &counts, note, &desk(actor)).await?;
    let names = gather::names(&mut w.tx).await?;
    let found = day::sheet(&mut w.tx, &actor.authority, on).await?;
    let name = names.authority(&actor.authority);
    let view = fee_day::day(&found, name, gateway::bills().simulated());
    let record = AuditRecord::by(actor, "fee.counted").on("fee_day", on.to_string());
    w.finish(record, StatusCode::OK, &view).await
}

/// An amount that may be below zero.
fn signed_amount(text: &str) -> Option<Decimal> {
    let text = text.trim();
    match text.strip_prefix('-') {
        Some(rest) => Money::parse(rest).ok().map(|m| -m.yuan()),
        None => Money::parse(text).ok().map(Money::yuan),
    }
}

/// A payer's month.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeePayerMonthView {
    /// Who pays.
    payer: String,
    /// Orders.
    orders: i64,
    /// What they come to, yuan.
    due: String,
    /// Paid, yuan.
    paid: String,
    /// Left to pay, yuan.
    balance: String,
    /// Orders not paid.
    open: i64,
}

/// A settlement that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeStatementView {
    /// Number.
    statement_no: String,
    /// Month.
    month: String,
    /// Who paid.
    payer: String,
    /// How.
    method_name: String,
    /// Number at the bank.
    channel_no: Option<String>,
    /// Orders.
    orders: i32,
    /// Yuan.
    amount: String,
    /// When.
    at: DateTime<Utc>,
    /// By whom.
    staff_name: String,
}

fn statement(s: &Statement) -> FeeStatementView {
    FeeStatementView {
        statement_no: s.statement_no.clone(),
        month: s.month.clone(),
        payer: s.payer.clone(),
        method_name: Method::from_code(&s.method)
            .map_or_else(|| s.method.clone(), |m| m.name_zh().to_owned()),
        channel_no: s.channel_no.clone(),
        orders: s.orders,
        amount: yuan(s.amount),
        at: s.at,
        staff_name: s.staff_name.clone(),
    }
}

/// A month of settlements.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeMonthView {
    /// The month.
    month: String,
    /// Payers.
    payers: Vec<FeePayerMonthView>,
    /// Settlements made.
    statements: Vec<FeeStatementView>,
}

/// Payers with orders of a month on account, and the settlements made.
#[utoipa::path(get, path = "/fee-months/{month}", operation_id = "fee_month",
    params(("month" = String, Path, description = "month, `2026-11`")),
    responses((status = 200, body = FeeMonthView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_month(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
) -> Result<Json<FeeMonthView>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let payers = month::payers(&mut tx, &actor.authority, &text).await?;
    let made = month::statements(&mut tx, &actor.authority, &text).await?;
    Ok(Json(FeeMonthView {
        month: text,
        payers: payers
            .iter()
            .map(|p| FeePayerMonthView {
                payer: p.payer.clone(),
                orders: p.orders,
                due: yuan(p.due),
                paid: yuan(p.paid),
                balance: yuan((p.due - p.paid).max(Decimal::ZERO)),
                open: p.open,
            })
            .collect(),
        statements: made.iter().map(statement).collect(),
    }))
}

/// Whose month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PayerQuery {
    /// Who pays.
    payer: String,
}

/// Orders of a payer's month.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonthOrders {
    /// Orders.
    items: Vec<FeeOrderSummary>,
}

/// The orders of a payer's month.
#[utoipa::path(get, path = "/fee-months/{month}/orders", operation_id = "fee_month_orders",
    params(("month" = String, Path, description = "month, `2026-11`"), PayerQuery),
    responses((status = 200, body = MonthOrders), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_month_orders(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
    Params(query): Params<PayerQuery>,
) -> Result<Json<MonthOrders>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = month::orders(&mut tx, &actor.authority, &text, &query.payer, false).await?;
    Ok(Json(MonthOrders {
        items: found.iter().map(view::summary).collect(),
    }))
}

/// The orders of a payer's month for a spreadsheet.
#[utoipa::path(get, path = "/fee-months/{month}/csv", operation_id = "fee_month_csv",
    params(("month" = String, Path, description = "month, `2026-11`"), PayerQuery),
    responses((status = 200, description = "CSV", body = String, content_type = "text/csv"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_month_csv(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
    Params(query): Params<PayerQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let found = month::orders(&mut tx, &actor.authority, &text, &query.payer, false).await?;
    let record = AuditRecord::by(actor, "fee.exported").on("fee_month", &text);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(csv(
        &format!("fees-month-{text}.csv"),
        sheet::month_csv(&found),
    ))
}

/// A payer's month paid at once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    /// Who pays.
    payer: String,
    /// How.
    #[schema(value_type = MethodName)]
    method: Method,
    /// What came in, yuan; must be what the orders come to.
    amount: Money,
    /// Number at the bank; for all but cash.
    #[serde(default)]
    channel_no: Option<String>,
}

/// Pays all open orders of a payer's month with one sum.
#[utoipa::path(post, path = "/fee-months/{month}/settlements", operation_id = "settle_fee_month", request_body = SettleRequest,
    params(("month" = String, Path, description = "month, `2026-11`"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = FeeStatementView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn settle_fee_month(
    State(app): State<App>,
    signed: Signed,
    At(text): At<String>,
    headers: HeaderMap,
    Body(request): Body<SettleRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::CollectFee, &actor.authority, None)?;
    let stands_for = ("settle_fee_month", &text, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let asked = Settling {
        authority: &actor.authority,
        month: &text,
        payer: request.payer.trim(),
        method: request.method,
        amount: request.amount.yuan(),
        channel_no: request.channel_no.as_deref(),
    };
    let made = month::settle(&mut w.tx, gateway::bills(), &asked, &desk(actor)).await?;
    let record = AuditRecord::by(actor, "fee.settled")
        .on("fee_statement", &made.statement_no)
        .detail(serde_json::json!({ "month": text, "orders": made.orders, "amount": made.amount }));
    w.finish(record, StatusCode::CREATED, &statement(&made))
        .await
}

/// What an authority sets of fees.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeSettingsView {
    /// Before which step the fee must be settled: `certificate`, `delivery` or `never`.
    #[schema(value_type = SettleBeforeName)]
    settle_before: SettleBefore,
    /// The general rate of deed tax here, such as `0.03`; none: that of the data.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    deed_rate: Option<Decimal>,
    /// Banks and companies that settle once a month.
    monthly_payers: Vec<String>,
}

/// Before which step the fee must be settled.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum SettleBeforeName {
    /// Making the certificate.
    Certificate,
    /// Handing it over.
    Delivery,
    /// Not demanded.
    Never,
}

impl From<FeeSettings> for FeeSettingsView {
    fn from(s: FeeSettings) -> Self {
        Self {
            settle_before: s.settle_before,
            deed_rate: s.deed_rate,
            monthly_payers: s.monthly_payers,
        }
    }
}

/// What the authority of the person signed in has set of fees.
#[utoipa::path(get, path = "/authority/fees", operation_id = "read_fee_settings",
    responses((status = 200, body = FeeSettingsView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_fee_settings(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<FeeSettingsView>, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    Ok(Json(
        settings::load(&mut tx, &actor.authority).await?.into(),
    ))
}

/// Sets what the authority of the person signed in decides about fees.
#[utoipa::path(put, path = "/authority/fees", operation_id = "set_fee_settings", request_body = FeeSettingsView,
    params(("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = FeeSettingsView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn set_fee_settings(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Body(given): Body<FeeSettingsView>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require_at(Action::ManageSettings, &actor.authority, None)?;
    let mut w = match write::begin(&app, actor, &headers, &("fee_settings", &given)).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let asked = FeeSettings {
        settle_before: given.settle_before,
        deed_rate: given.deed_rate,
        monthly_payers: given.monthly_payers,
    };
    let set = asked.checked(date_in_shanghai(actor.request.now))?;
    settings::save(&mut w.tx, &actor.authority, &set).await?;
    let record = AuditRecord::by(actor, "settings.updated")
        .on("authority", &actor.authority)
        .detail(serde_json::json!({ "fees": set }));
    w.finish(record, StatusCode::OK, &FeeSettingsView::from(set))
        .await
}
