//! Taking money for payment orders and giving it back.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::case::Case;
use dengbu_cases::moves::Promise;
use dengbu_cases::{automatic, promise};
use dengbu_fees::desk::money::{self, Giving, Taking};
use dengbu_fees::gateway;
use dengbu_fees::order::Method;
use dengbu_model::quantity::Money;
use dengbu_staff::{Action, AuditRecord};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::fees::{desk, locked_case, whole};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::views::fee::FeeOrderView;
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pay_fee))
        .routes(routes!(refund_fee))
}

/// A payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayRequest {
    /// How.
    #[schema(value_type = MethodName)]
    method: Method,
    /// Yuan.
    amount: Money,
    /// Number at the bank or terminal; for all but cash.
    #[serde(default)]
    channel_no: Option<String>,
}

/// How money is taken or given back.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MethodName {
    /// Cash.
    Cash,
    /// Card terminal.
    Pos,
    /// Bank transfer.
    Transfer,
    /// Payment code.
    Code,
}

/// An order after money was taken or given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeePaidView {
    /// The payment or refund just made.
    payment_id: Uuid,
    /// The order.
    order: FeeOrderView,
}

/// Takes a payment.
#[utoipa::path(post, path = "/fee-orders/{order_no}/payments", operation_id = "pay_fee", request_body = PayRequest,
    params(("order_no" = String, Path, description = "number of the order"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = FeePaidView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn pay_fee(
    State(app): State<App>,
    signed: Signed,
    At(order_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<PayRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let seen = if_match(&headers)?;
    let stands_for = ("pay_fee", &order_no, seen, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    let case = locked_case(&mut w.tx, &signed, &order_no).await?;
    let taking = Taking {
        method: request.method,
        amount: request.amount.yuan(),
        channel_no: request.channel_no,
    };
    let bills = gateway::bills();
    let (_, made) = money::pay(&mut w.tx, bills, &order_no, seen, &taking, &desk(actor)).await?;
    resume(&mut w.tx, &case, actor).await?;
    let (order, view) = whole(&mut w.tx, &order_no).await?;
    let record = AuditRecord::by(actor, "fee.paid")
        .on("fee_order", &order_no)
        .county(&order.county)
        .detail(serde_json::json!({ "receipt_no": made.receipt_no, "amount": made.amount, "method": made.method }));
    let answer = FeePaidView {
        payment_id: made.payment_id,
        order: view,
    };
    w.finish(record, StatusCode::CREATED, &answer).await
}

/// A case decided without a person that only waited for its fee goes on.
pub(super) async fn resume(
    tx: &mut TenantTx,
    case: &Case,
    actor: &dengbu_staff::Actor,
) -> Result<(), Problem> {
    let own = promise::settings(tx, &case.authority).await?;
    let promise = Promise {
        committed_days: promise::committed(&own, case.business),
    };
    automatic::resume(tx, &case.case_no, &promise, &write::doing(actor)).await?;
    Ok(())
}

/// A refund.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// The payment that goes back, by the way it came.
    payment_id: Uuid,
    /// Yuan.
    amount: Money,
    /// Why.
    reason: String,
    /// Number at the bank or terminal; for all but cash.
    #[serde(default)]
    channel_no: Option<String>,
}

/// Gives money back: what was paid too much, or all when the case ended without registration.
#[utoipa::path(post, path = "/fee-orders/{order_no}/refunds", operation_id = "refund_fee", request_body = RefundRequest,
    params(("order_no" = String, Path, description = "number of the order"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = FeePaidView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn refund_fee(
    State(app): State<App>,
    signed: Signed,
    At(order_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<RefundRequest>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::CollectFee)?;
    let seen = if_match(&headers)?;
    let stands_for = ("refund_fee", &order_no, seen, &request);
    let mut w = match write::begin(&app, actor, &headers, &stands_for).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(w) => w,
    };
    locked_case(&mut w.tx, &signed, &order_no).await?;
    let giving = Giving {
        payment_id: request.payment_id,
        amount: request.amount.yuan(),
        reason: request.reason,
        channel_no: request.channel_no,
    };
    let bills = gateway::bills();
    let (_, made) = money::refund(&mut w.tx, bills, &order_no, seen, &giving, &desk(actor)).await?;
    let (order, view) = whole(&mut w.tx, &order_no).await?;
    let record = AuditRecord::by(actor, "fee.refunded")
        .on("fee_order", &order_no)
        .county(&order.county)
        .detail(serde_json::json!({ "receipt_no": made.receipt_no, "amount": made.amount, "method": made.method }));
    let answer = FeePaidView {
        payment_id: made.payment_id,
        order: view,
    };
    w.finish(record, StatusCode::CREATED, &answer).await
}
