//! Reading orders.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::FeeError;
use crate::order::{OrderState, Sums};

/// A payment order (缴款单) as stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Order {
    /// County of the case.
    pub county: String,
    /// Number: the case's with the part's.
    pub order_no: String,
    /// Registration authority.
    pub authority: String,
    /// Case number (YWH).
    pub case_no: String,
    /// Part of the case, from 1.
    pub part: i32,
    /// Business code of the part.
    pub business: String,
    /// Who pays (付费方, FFF).
    pub payer: String,
    /// True for an individual.
    pub individual: bool,
    /// Where the units lie.
    pub address: String,
    /// Before exemption, yuan (应收金额, YSJE).
    pub charged: Decimal,
    /// To be paid, yuan (折扣后应收金额, ZKHYSJE).
    pub due: Decimal,
    /// Taken in, yuan.
    pub paid: Decimal,
    /// Given back, yuan.
    pub refunded: Decimal,
    /// State code.
    pub state: String,
    /// True when the case ended without registration.
    pub closed: bool,
    /// True when the day's sheet agreed.
    pub verified: bool,
    /// True when settled by the month.
    pub monthly: bool,
    /// Code of the exemption.
    pub exemption: Option<String>,
    /// What shows it.
    pub exemption_note: Option<String>,
    /// Unit whose use must be decided first.
    pub undecided_unit: Option<String>,
    /// Assessment in force.
    pub revision: i32,
    /// Version for optimistic concurrency.
    pub version: i64,
    /// Code it can be paid by (缴款码).
    pub bill_code: String,
    /// Why this side pays.
    pub payer_law: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Issued.
    pub issued_at: DateTime<Utc>,
    /// The day in Asia/Shanghai; its tariff holds for the order.
    pub issued_on: NaiveDate,
    /// By whom.
    pub issued_by_name: String,
}

impl Order {
    /// Its sums.
    #[must_use]
    pub fn sums(&self) -> Sums {
        Sums {
            due: self.due,
            paid: self.paid,
            refunded: self.refunded,
            closed: self.closed,
            verified: self.verified,
        }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> OrderState {
        self.sums().state()
    }

    /// Whether the case may go on as far as this order goes.
    #[must_use]
    pub fn lets_pass(&self) -> bool {
        !self.closed && (self.monthly || self.state().settled())
    }
}

pub(super) const COLUMNS: &str = "county, order_no, authority, case_no, part, business, payer, individual, address, charged, \
     due, paid, refunded, state, closed, verified, monthly, exemption, exemption_note, undecided_unit, revision, \
     version, bill_code, payer_law, office_id, issued_at, issued_on, issued_by_name";

/// A line as stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LineRow {
    /// Position.
    pub line_no: i32,
    /// What for, code.
    pub item: String,
    /// Unit code, the first of those counted as one.
    pub unit_code: String,
    /// Units counted as one.
    pub units: i32,
    /// Use.
    pub use_class: String,
    /// Fee rule.
    pub rule: String,
    /// Standard in yuan.
    pub standard: Decimal,
    /// How many.
    pub quantity: i32,
    /// Before exemption.
    pub charged: Decimal,
    /// To be paid.
    pub due: Decimal,
    /// Exemption.
    pub exemption: Option<String>,
    /// What it rests on.
    pub law: String,
    /// What is not certain.
    pub unverified: Option<String>,
}

/// Money taken or given back, as stored.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Payment {
    /// Identity.
    pub payment_id: Uuid,
    /// The order.
    pub order_no: String,
    /// The case.
    pub case_no: String,
    /// `payment` or `refund`.
    pub kind: String,
    /// How.
    pub method: String,
    /// Yuan, above zero.
    pub amount: Decimal,
    /// Receipt (收据号).
    pub receipt_no: String,
    /// Number at the bank or terminal.
    pub channel_no: Option<String>,
    /// Electronic bill or its reversal.
    pub bill_no: String,
    /// True when the bill is only pretended.
    pub simulated: bool,
    /// When.
    pub paid_at: DateTime<Utc>,
    /// Day in Asia/Shanghai.
    pub day: NaiveDate,
    /// By whom.
    pub cashier: Uuid,
    /// Their name.
    pub cashier_name: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Why it went back.
    pub reason: Option<String>,
    /// Which payment went back.
    pub refund_of: Option<Uuid>,
    /// Monthly statement it belongs to.
    pub statement_no: Option<String>,
}

pub(super) const PAYMENT_COLUMNS: &str = "payment_id, order_no, case_no, kind, method, amount, receipt_no, channel_no, \
     bill_no, simulated, paid_at, day, cashier, cashier_name, office_id, reason, refund_of, statement_no";

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Event {
    /// Position.
    pub seq: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor_name: String,
    /// What, code.
    pub what: String,
    /// State before.
    pub from_state: Option<String>,
    /// State after.
    pub to_state: String,
    /// More, without personal data.
    pub detail: Option<Value>,
}

/// Loads an order; with `lock` its row is locked until the transaction ends.
///
/// # Errors
/// [`FeeError::UnknownOrder`] when there is none in scope.
pub async fn order(tx: &mut TenantTx, order_no: &str, lock: bool) -> Result<Order, FeeError> {
    let unknown = || FeeError::UnknownOrder(order_no.to_owned());
    let plain = (20..=30).contains(&order_no.len())
        && order_no.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !plain {
        return Err(unknown());
    }
    let suffix = if lock { " for update" } else { "" };
    let sql =
        format!("select {COLUMNS} from fee_order where county = $1 and order_no = $2{suffix}");
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&order_no[..6])
        .bind(order_no)
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(unknown)
}

/// The orders of a case, by part.
///
/// # Errors
/// A database error.
pub async fn of_case(tx: &mut TenantTx, case_no: &str) -> Result<Vec<Order>, FeeError> {
    let county = case_no.get(..6).unwrap_or_default();
    let sql =
        format!("select {COLUMNS} from fee_order where county = $1 and case_no = $2 order by part");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(county)
        .bind(case_no)
        .fetch_all(tx.conn())
        .await?)
}

/// The lines in force.
///
/// # Errors
/// A database error.
pub async fn lines(tx: &mut TenantTx, order: &Order) -> Result<Vec<LineRow>, FeeError> {
    Ok(sqlx::query_as(
        "select line_no, item, unit_code, units, use_class, rule, standard, quantity, charged, due, exemption,
                law, unverified
         from fee_line where county = $1 and order_no = $2 and revision = $3 order by line_no",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .bind(order.revision)
    .fetch_all(tx.conn())
    .await?)
}

/// Money taken and given back, in order.
///
/// # Errors
/// A database error.
pub async fn payments(tx: &mut TenantTx, order: &Order) -> Result<Vec<Payment>, FeeError> {
    let sql = format!(
        "select {PAYMENT_COLUMNS} from fee_payment where county = $1 and order_no = $2 order by paid_at, receipt_no"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&order.county)
        .bind(&order.order_no)
        .fetch_all(tx.conn())
        .await?)
}

/// What happened to an order, in order.
///
/// # Errors
/// A database error.
pub async fn events(tx: &mut TenantTx, order: &Order) -> Result<Vec<Event>, FeeError> {
    Ok(sqlx::query_as(
        "select seq, at, actor_name, what, from_state, to_state, detail from fee_event
         where county = $1 and order_no = $2 order by seq",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .fetch_all(tx.conn())
    .await?)
}

/// Which orders to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// To be paid, those settled by the month left out.
    ToPay,
    /// To be given back.
    ToRefund,
    /// Settled by the month and not paid yet.
    Monthly,
    /// Paid, free, given back or void.
    Done,
    /// All.
    All,
}

/// A list of orders.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Which.
    pub which: Which,
    /// Of these authorities.
    pub authorities: Vec<String>,
    /// Part of number, address or payer.
    pub text: Option<String>,
    /// Key of the last row of the page before.
    pub after: Option<(DateTime<Utc>, String)>,
    /// Rows at most.
    pub limit: i64,
}

const WHERE: &str = "authority = any($1)
    and (case $2
        when 'to_pay' then state in ('unpaid', 'partial') and not monthly
        when 'to_refund' then state in ('refund_due', 'refund_failed')
        when 'monthly' then state in ('unpaid', 'partial') and monthly
        when 'done' then state not in ('unpaid', 'partial', 'refund_due', 'refund_failed')
        else true end)
    and ($3::text is null or strpos(order_no, $3) > 0 or strpos(address, $3) > 0 or strpos(payer, $3) > 0
         or bill_code = $3)";

impl Which {
    fn code(self) -> &'static str {
        match self {
            Self::ToPay => "to_pay",
            Self::ToRefund => "to_refund",
            Self::Monthly => "monthly",
            Self::Done => "done",
            Self::All => "all",
        }
    }

    /// True when the longest waiting comes first.
    fn oldest_first(self) -> bool {
        matches!(self, Self::ToPay | Self::ToRefund | Self::Monthly)
    }
}

/// One page of a list: longest waiting first for what is to do, newest first otherwise.
///
/// # Errors
/// A database error.
pub async fn list(tx: &mut TenantTx, f: &Filter) -> Result<Vec<Order>, FeeError> {
    let (order, compare) = if f.which.oldest_first() {
        ("asc", ">")
    } else {
        ("desc", "<")
    };
    let sql = format!(
        "select {COLUMNS} from fee_order where {WHERE}
           and ($4::timestamptz is null or (issued_at, order_no) {compare} ($4, $5))
         order by issued_at {order}, order_no {order} limit $6"
    );
    let (at, no) = f.after.clone().unzip();
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&f.authorities)
        .bind(f.which.code())
        .bind(&f.text)
        .bind(at)
        .bind(no)
        .bind(f.limit)
        .fetch_all(tx.conn())
        .await?)
}

/// How many orders a list has.
///
/// # Errors
/// A database error.
pub async fn count(
    tx: &mut TenantTx,
    authorities: &[String],
    which: Which,
) -> Result<i64, FeeError> {
    let sql = format!("select count(*) from fee_order where {WHERE}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(authorities)
        .bind(which.code())
        .bind(None::<String>)
        .fetch_one(tx.conn())
        .await?)
}
