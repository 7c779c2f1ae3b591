//! Payment orders: lists, one order, assessing, exempting, monthly accounts.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use dengbu_cases::case::{self, Case};
use dengbu_cases::fees as bridge;
use dengbu_fees::assess::chargeable;
use dengbu_fees::desk::orders;
use dengbu_fees::desk::read::{self, Filter, Order, Which};
use dengbu_fees::gateway;
use dengbu_fees::tariff::UseClass;
use dengbu_fees::{FeeError, settings};
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::payments::resume;
use super::{cursor_moment, limit, page};
use crate::auth::Signed;
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, Body, Params};
use crate::state::App;
use crate::views::fee::{self as view, FeeOrderSummary, FeeOrderView, OrderRows};
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_fee_orders))
        .routes(routes!(read_fee_order))
        .routes(routes!(case_fee, assess_case_fee))
        .routes(routes!(exempt_fee))
        .routes(routes!(put_fee_on_account))
}

impl From<FeeError> for Problem {
    fn from(e: FeeError) -> Self {
        let text = e.to_string();
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, text.clone());
        match e {
            FeeError::UnknownOrder(_) => Self::not_found(text),
            FeeError::Field {
                field,
                code,
                message,
            } => Self::field(field, code, message),
            FeeError::Stale { current } => {
                let mut p = conflict("stale_version");
                p.current_version = Some(current);
                p
            }
            FeeError::NothingToPay => conflict("nothing_to_pay"),
            FeeError::NoTariff(_) => conflict("no_tariff"),
            FeeError::Closed(_) => conflict("fee_closed"),
            FeeError::UseUnknown(_) => conflict("use_unknown"),
            FeeError::NotSettled(_) => conflict("fee_not_settled"),
            FeeError::Gateway(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "bill_system", text),
            FeeError::Store(store) => store.into(),
            other => Self::internal(&other),
        }
    }
}

/// Which orders to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeeOrderQuery {
    /// `to_pay`, `to_refund`, `monthly`, `done` or `all`.
    #[serde(rename = "box")]
    #[param(inline)]
    which: Option<FeeBox>,
    /// Part of number, address or payer.
    q: Option<String>,
    /// Rows at most.
    limit: Option<i64>,
    /// Where the page begins.
    cursor: Option<String>,
}

/// A list of orders.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeBox {
    /// To be paid.
    ToPay,
    /// To be given back.
    ToRefund,
    /// On monthly accounts.
    Monthly,
    /// Done.
    Done,
    /// All.
    All,
}

impl From<FeeBox> for Which {
    fn from(b: FeeBox) -> Self {
        match b {
            FeeBox::ToPay => Self::ToPay,
            FeeBox::ToRefund => Self::ToRefund,
            FeeBox::Monthly => Self::Monthly,
            FeeBox::Done => Self::Done,
            FeeBox::All => Self::All,
        }
    }
}

/// A page of orders with the figures above the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPage {
    /// Rows.
    items: Vec<FeeOrderSummary>,
    /// Where the next page begins.
    next_cursor: Option<String>,
    /// To be paid.
    to_pay: i64,
    /// To be given back.
    to_refund: i64,
    /// On monthly accounts.
    monthly: i64,
}

/// Lists payment orders.
#[utoipa::path(get, path = "/fee-orders", operation_id = "list_fee_orders", params(FeeOrderQuery),
    responses((status = 200, body = OrderPage), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn list_fee_orders(
    State(app): State<App>,
    signed: Signed,
    Params(query): Params<FeeOrderQuery>,
) -> Result<Json<OrderPage>, Problem> {
    signed.require(Action::CollectFee)?;
    let rows = limit(query.limit);
    let text = query.q.map(|t| t.trim().to_owned());
    let filter = Filter {
        which: query.which.unwrap_or(FeeBox::ToPay).into(),
        authorities: signed.actor.authorities_for(Action::CollectFee),
        text: text.filter(|t| !t.is_empty()),
        after: query.cursor.as_deref().map(cursor).transpose()?,
        limit: rows + 1,
    };
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let found = read::list(&mut tx, &filter).await?;
    let page = page(found, rows, |o| {
        format!("{}~{}", o.issued_at.timestamp_micros(), o.order_no)
    });
    let own = &filter.authorities;
    Ok(Json(OrderPage {
        items: page.items.iter().map(view::summary).collect(),
        next_cursor: page.next_cursor,
        to_pay: read::count(&mut tx, own, Which::ToPay).await?,
        to_refund: read::count(&mut tx, own, Which::ToRefund).await?,
        monthly: read::count(&mut tx, own, Which::Monthly).await?,
    }))
}

fn cursor(text: &str) -> Result<(DateTime<Utc>, String), Problem> {
    let wrong = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_cursor",
            "翻页标记无效，请从第一页重新查询",
        )
    };
    let (at, no) = text.split_once('~').ok_or_else(wrong)?;
    let at = cursor_moment(at).ok_or_else(wrong)?;
    let plain = no.len() <= 30 && no.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if plain {
        Ok((at, no.to_owned()))
    } else {
        Err(wrong())
    }
}

/// Puts an order together.
pub(super) async fn whole(
    tx: &mut TenantTx,
    order_no: &str,
) -> Result<(Order, FeeOrderView), Problem> {
    let order = read::order(tx, order_no, false).await?;
    let rows = OrderRows {
        lines: read::lines(tx, &order).await?,
        payments: read::payments(tx, &order).await?,
        events: read::events(tx, &order).await?,
    };
    let names = gather::names(tx).await?;
    let monthly = settings::load(tx, &order.authority)
        .await?
        .monthly(&order.payer);
    let name = names.authority(&order.authority);
    let monthly = monthly && !order.individual;
    let view = view::order(&order, &rows, gateway::bills(), name, monthly);
    Ok((order, view))
}

/// One payment order; each reading is recorded.
#[utoipa::path(get, path = "/fee-orders/{order_no}", operation_id = "read_fee_order",
    params(("order_no" = String, Path, description = "number of the order")),
    responses((status = 200, body = FeeOrderView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_fee_order(
    State(app): State<App>,
    signed: Signed,
    At(order_no): At<String>,
) -> Result<Json<FeeOrderView>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let (order, view) = whole(&mut tx, &order_no).await?;
    signed.require_at(Action::CollectFee, &order.authority, Some(&order.business))?;
    let record = AuditRecord::by(actor, "fee.read")
        .on("fee_order", &order_no)
        .county(&order.county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// How the fee of a case stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseFeeView {
    /// True when something is charged for the business.
    charged: bool,
    /// True when the case may go on as far as the fee goes.
    settled: bool,
    /// Orders, one for each side that pays.
    orders: Vec<FeeOrderSummary>,
}

async fn standing(tx: &mut TenantTx, case: &Case) -> Result<CaseFeeView, Problem> {
    let orders = read::of_case(tx, &case.case_no).await?;
    let parts = bridge::charged_parts(case);
    let ordered = |part: &u8| orders.iter().any(|o| o.part == i32::from(*part));
    Ok(CaseFeeView {
        charged: !parts.is_empty(),
        settled: parts.iter().all(ordered) && orders.iter().all(Order::lets_pass),
        orders: orders.iter().map(view::summary).collect(),
    })
}

/// How the fee of a case stands.
#[utoipa::path(get, path = "/cases/{case_no}/fee", operation_id = "case_fee",
    params(("case_no" = String, Path, description = "20-digit case number")),
    responses((status = 200, body = CaseFeeView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn case_fee(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
) -> Result<Json<CaseFeeView>, Problem> {
    signed.require(Action::ReadCases)?;
    let mut tx = app.store().begin(&signed.actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    signed.require_at(
        Action::ReadCases,
        &case.authority,
        Some(&case.business.code),
    )?;
    Ok(Json(standing(&mut tx, &case).await?))
}

/// What the cashier decided about a unit's use.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseDecision {
    /// Unit code.
    unit: String,
    /// Use.
    #[schema(value_type = UseClassName)]
    use_class: UseClass,
    /// What shows it.
    note: String,
}

/// What a unit is for, as far as the fee goes.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum UseClassName {
    /// Dwelling.
    Residential,
    /// Other.
    NonResidential,
    /// Garage, parking place, storage room.
    Garage,
}

/// An assessment asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessRequest {
    /// A unit's use as decided on the papers.
    #[serde(default)]
    decision: Option<UseDecision>,
}

/// Issues the orders of an accepted case or assesses them anew.
#[utoipa::path(post, path = "/cases/{case_no}/fee", operation_id = "assess_case_fee", request_body = AssessRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseFeeView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn assess_case_fee(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<AssessRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let stands_for = ("assess_fee", &case_no, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let case = case::load(&mut w.tx, &case_no, true).await?;
    signed.require_at(
        Action::CollectFee,
        &case.authority,
        Some(&case.business.code),
    )?;
    if case.accepted_at.is_none() || (case.state.is_final() && case.recorded_at.is_none()) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "not_accepted",
            "业务件尚未受理或已终止，不能核定登记费",
        ));
    }
    let doing = desk(actor);
    let facts = bridge::facts(&mut w.tx, &case).await?;
    if !facts.parts.iter().any(|p| chargeable(p.business.fee)) {
        return Err(FeeError::NothingToPay.into());
    }
    match &request.decision {
        Some(d) => {
            let (unit, class) = (d.unit.trim(), d.use_class);
            let bills = gateway::bills();
            orders::decide_use(&mut w.tx, bills, &facts, unit, class, &d.note, &doing).await?
        }
        None => orders::charge(&mut w.tx, gateway::bills(), &facts, &doing).await?,
    };
    let view = standing(&mut w.tx, &case).await?;
    let record = AuditRecord::by(actor, "fee.assessed")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "decided_unit": request.decision.as_ref().map(|d| &d.unit) }));
    w.finish(record, StatusCode::OK, &view).await
}

/// Who sits at the desk.
pub(super) fn desk(actor: &dengbu_staff::Actor) -> dengbu_fees::Doing<'_> {
    dengbu_fees::Doing {
        staff_id: actor.staff_id,
        name: &actor.name,
        office_id: actor.office.as_deref(),
        now: actor.request.now,
        ids: &crate::state::new_id,
    }
}

/// The case of an order, locked: always before the order, so that two desks do not wait for each
/// other.
pub(super) async fn locked_case(
    tx: &mut TenantTx,
    signed: &Signed,
    order_no: &str,
) -> Result<Case, Problem> {
    let order = read::order(tx, order_no, false).await?;
    signed.require_at(Action::CollectFee, &order.authority, Some(&order.business))?;
    Ok(case::load(tx, &order.case_no, true).await?)
}

/// An exemption.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExemptRequest {
    /// Code of the exemption; none takes it back.
    #[serde(default)]
    exemption: Option<String>,
    /// What shows it.
    note: String,
}

/// Exempts an order, or takes the exemption back.
#[utoipa::path(post, path = "/fee-orders/{order_no}/exemption", operation_id = "exempt_fee", request_body = ExemptRequest,
    params(("order_no" = String, Path, description = "number of the order"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = FeeOrderView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn exempt_fee(
    State(app): State<App>,
    signed: Signed,
    At(order_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<ExemptRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let seen = if_match(&headers)?;
    let stands_for = ("exempt_fee", &order_no, seen, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let case = locked_case(&mut w.tx, &signed, &order_no).await?;
    let facts = bridge::facts(&mut w.tx, &case).await?;
    let (code, note) = (request.exemption.as_deref(), request.note.as_str());
    orders::exempt(&mut w.tx, &order_no, seen, &facts, code, note, &desk(actor)).await?;
    resume(&mut w.tx, &case, actor).await?;
    let (order, view) = whole(&mut w.tx, &order_no).await?;
    let record = AuditRecord::by(actor, "fee.exempted")
        .on("fee_order", &order_no)
        .county(&order.county)
        .detail(serde_json::json!({ "exemption": request.exemption }));
    w.finish(record, StatusCode::OK, &view).await
}

/// On the monthly account or off it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRequest {
    /// True: on it.
    monthly: bool,
}

/// Puts an order on its payer's monthly account, or takes it off.
#[utoipa::path(post, path = "/fee-orders/{order_no}/account", operation_id = "put_fee_on_account", request_body = AccountRequest,
    params(("order_no" = String, Path, description = "number of the order"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = FeeOrderView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn put_fee_on_account(
    State(app): State<App>,
    signed: Signed,
    At(order_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<AccountRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let seen = if_match(&headers)?;
    let stands_for = ("fee_on_account", &order_no, seen, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let case = locked_case(&mut w.tx, &signed, &order_no).await?;
    orders::put_on_account(&mut w.tx, &order_no, seen, request.monthly, &desk(actor)).await?;
    resume(&mut w.tx, &case, actor).await?;
    let (order, view) = whole(&mut w.tx, &order_no).await?;
    let record = AuditRecord::by(actor, "fee.account")
        .on("fee_order", &order_no)
        .county(&order.county)
        .detail(serde_json::json!({ "monthly": request.monthly }));
    w.finish(record, StatusCode::OK, &view).await
}
