//! Taking money and giving it back.

use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::orders::require_version;
use super::read::{self, Order, Payment};
use super::series::{self, Series};
use super::trail::note;
use crate::gateway::{BillGateway, Movement};
use crate::order::{Method, Sums};
use crate::{Doing, FeeError};

/// A payment as the cashier enters it.
#[derive(Debug, Clone)]
pub struct Taking {
    /// How.
    pub method: Method,
    /// Yuan.
    pub amount: Decimal,
    /// Number at the bank or terminal.
    pub channel_no: Option<String>,
}

/// A refund as the cashier enters it.
#[derive(Debug, Clone)]
pub struct Giving {
    /// Which payment goes back, by the way it came.
    pub payment_id: Uuid,
    /// Yuan.
    pub amount: Decimal,
    /// Why.
    pub reason: String,
    /// Number at the bank or terminal.
    pub channel_no: Option<String>,
}

/// Takes a payment; gives the order as it then is and the payment.
///
/// # Errors
/// [`FeeError::Closed`], [`FeeError::UseUnknown`], [`FeeError::Field`], [`FeeError::Stale`].
pub async fn pay(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    order_no: &str,
    seen: i64,
    taking: &Taking,
    doing: &Doing<'_>,
) -> Result<(Order, Payment), FeeError> {
    let order = read::order(tx, order_no, true).await?;
    require_version(&order, seen)?;
    take(tx, gateway, &order, taking, None, doing).await
}

/// Takes a payment for an order whose row is locked.
pub(super) async fn take(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    order: &Order,
    taking: &Taking,
    statement_no: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(Order, Payment), FeeError> {
    if order.closed {
        return Err(FeeError::Closed(order.order_no.clone()));
    }
    if let Some(unit) = &order.undecided_unit {
        return Err(FeeError::UseUnknown(unit.clone()));
    }
    let balance = order.sums().balance();
    if balance.is_zero() {
        let message = "该缴款单没有欠缴，不需要再收费";
        return Err(FeeError::field("/amount", "nothing_due", message));
    }
    whole_fen(taking.amount)?;
    if taking.amount > balance {
        let message = format!("收款金额不能超过欠缴金额 {balance} 元");
        return Err(FeeError::field("/amount", "too_much", message));
    }
    let channel_no = channel(taking.method, taking.channel_no.as_deref())?;
    let entry = Entry {
        kind: "payment",
        method: taking.method,
        amount: taking.amount,
        channel_no,
        reason: None,
        of: None,
        statement_no,
    };
    let sums = Sums {
        paid: order.paid + taking.amount,
        verified: false,
        ..order.sums()
    };
    enter(tx, gateway, order, sums, &entry, doing).await
}

/// Gives money back by the way it came; only what was paid too much.
///
/// # Errors
/// [`FeeError::Field`] says how much may go back.
pub async fn refund(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    order_no: &str,
    seen: i64,
    giving: &Giving,
    doing: &Doing<'_>,
) -> Result<(Order, Payment), FeeError> {
    let order = read::order(tx, order_no, true).await?;
    require_version(&order, seen)?;
    let reason = giving.reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.contains('\0') {
        let message = "请写明退款原因（2 至 200 字）";
        return Err(FeeError::field("/reason", "required", message));
    }
    whole_fen(giving.amount)?;
    let rows = read::payments(tx, &order).await?;
    let origin = rows
        .iter()
        .find(|p| p.payment_id == giving.payment_id && p.kind == "payment")
        .ok_or_else(|| FeeError::field("/payment_id", "unknown_payment", "该缴款单没有这笔收款"))?;
    let gone: Decimal = rows
        .iter()
        .filter(|p| p.refund_of == Some(origin.payment_id))
        .map(|p| p.amount)
        .sum();
    let most = order.sums().overpaid().min(origin.amount - gone);
    if giving.amount > most {
        let message = if order.sums().overpaid().is_zero() {
            "该缴款单没有应退金额：业务撤回、不予登记或减免后才能退款".to_owned()
        } else {
            format!("这笔收款最多可退 {most} 元")
        };
        return Err(FeeError::field("/amount", "too_much", message));
    }
    let method = Method::from_code(&origin.method).ok_or_else(|| FeeError::Unreadable {
        order: order.order_no.clone(),
        what: "method",
    })?;
    let channel_no = channel(method, giving.channel_no.as_deref())?;
    let entry = Entry {
        kind: "refund",
        method,
        amount: giving.amount,
        channel_no,
        reason: Some(reason),
        of: Some(origin),
        statement_no: None,
    };
    let sums = Sums {
        refunded: order.refunded + giving.amount,
        verified: false,
        ..order.sums()
    };
    enter(tx, gateway, &order, sums, &entry, doing).await
}

/// A row of money about to be written.
struct Entry<'a> {
    kind: &'static str,
    method: Method,
    amount: Decimal,
    channel_no: Option<&'a str>,
    reason: Option<&'a str>,
    of: Option<&'a Payment>,
    statement_no: Option<&'a str>,
}

async fn enter(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    order: &Order,
    sums: Sums,
    entry: &Entry<'_>,
    doing: &Doing<'_>,
) -> Result<(Order, Payment), FeeError> {
    let payment_id = (doing.ids)();
    let receipt_no = series::next(tx, &order.authority, Series::Receipt, doing.today()).await?;
    let movement = Movement {
        order_no: &order.order_no,
        receipt_no: &receipt_no,
        amount: entry.amount,
        method: entry.method,
        at: doing.now,
        reverses: entry.of.map(|p| p.bill_no.as_str()),
    };
    let bill_no = match entry.of {
        None => gateway.issue(&movement).await?,
        Some(_) => gateway.reverse(&movement).await?,
    };
    sqlx::query(
        "insert into fee_payment (county, payment_id, authority, order_no, case_no, kind, method, amount, receipt_no,
             channel_no, bill_no, simulated, paid_at, day, cashier, cashier_name, office_id, reason, refund_of,
             statement_no)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(&order.county)
    .bind(payment_id)
    .bind(&order.authority)
    .bind(&order.order_no)
    .bind(&order.case_no)
    .bind(entry.kind)
    .bind(entry.method.code())
    .bind(entry.amount)
    .bind(&receipt_no)
    .bind(entry.channel_no)
    .bind(&bill_no)
    .bind(gateway.simulated())
    .bind(doing.now)
    .bind(doing.today())
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(doing.office_id)
    .bind(entry.reason)
    .bind(entry.of.map(|p| p.payment_id))
    .bind(entry.statement_no)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "update fee_order set paid = $3, refunded = $4, state = $5, verified = false, version = version + 1
         where county = $1 and order_no = $2",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .bind(sums.paid)
    .bind(sums.refunded)
    .bind(sums.state().code())
    .execute(tx.conn())
    .await?;
    let what = if entry.of.is_some() {
        "refunded"
    } else {
        "paid"
    };
    let detail =
        json!({ "receipt_no": receipt_no, "amount": entry.amount, "method": entry.method.code() });
    let from = Some(order.state());
    note(tx, order, what, from, sums.state(), Some(detail), doing).await?;
    let after = read::order(tx, &order.order_no, false).await?;
    let made = read::payments(tx, &after)
        .await?
        .into_iter()
        .find(|p| p.payment_id == payment_id)
        .ok_or_else(|| FeeError::Unreadable {
            order: order.order_no.clone(),
            what: "payment",
        })?;
    Ok((after, made))
}

fn whole_fen(amount: Decimal) -> Result<(), FeeError> {
    if amount > Decimal::ZERO && amount.normalize().scale() <= 2 {
        Ok(())
    } else {
        let message = "金额应大于 0，最多到分（2 位小数）";
        Err(FeeError::field("/amount", "invalid_amount", message))
    }
}

/// The number at the bank or terminal, by which the money is found in their statement.
fn channel(method: Method, given: Option<&str>) -> Result<Option<&str>, FeeError> {
    let given = given.map(str::trim).filter(|t| !t.is_empty());
    let bad = |t: &&str| t.chars().count() > 64 || t.chars().any(char::is_control);
    if given.as_ref().is_some_and(bad) {
        let message = "流水号不超过 64 字";
        return Err(FeeError::field("/channel_no", "too_long", message));
    }
    match (method, given) {
        (Method::Cash, _) => Ok(None),
        (Method::Pos | Method::Transfer | Method::Code, Some(text)) => Ok(Some(text)),
        (Method::Pos | Method::Transfer | Method::Code, None) => {
            let message = "请填写刷卡、转账或扫码的流水号，日结对账要用";
            Err(FeeError::field("/channel_no", "required", message))
        }
    }
}
