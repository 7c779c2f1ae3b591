//! Monthly settlement (月结): banks pay what their cases of a month cost at once.

use chrono::{DateTime, Months, NaiveDate, Utc};
use dengbu_store::TenantTx;
use rust_decimal::Decimal;

use super::money::{self, Taking};
use super::read::{COLUMNS, Order};
use super::series::{self, Series};
use crate::gateway::BillGateway;
use crate::order::Method;
use crate::{Doing, FeeError};

/// A payer's month.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PayerMonth {
    /// Who pays.
    pub payer: String,
    /// Orders.
    pub orders: i64,
    /// What they come to, yuan.
    pub due: Decimal,
    /// Paid, yuan.
    pub paid: Decimal,
    /// Orders not paid.
    pub open: i64,
}

/// A settlement that was made.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Statement {
    /// Number (月结单号).
    pub statement_no: String,
    /// Month, `2026-11`.
    pub month: String,
    /// Who paid.
    pub payer: String,
    /// How.
    pub method: String,
    /// Number at the bank.
    pub channel_no: Option<String>,
    /// Orders.
    pub orders: i32,
    /// Yuan.
    pub amount: Decimal,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub staff_name: String,
}

/// First day of a month and of the next.
///
/// # Errors
/// [`FeeError::Field`] when the text is no month.
pub fn span(month: &str) -> Result<(NaiveDate, NaiveDate), FeeError> {
    let wrong = || FeeError::field("/month", "invalid_month", "月份格式应为 2026-11");
    let first =
        dengbu_model::time::parse_date_strict(&format!("{month}-01")).map_err(|_| wrong())?;
    let next = first.checked_add_months(Months::new(1)).ok_or_else(wrong)?;
    Ok((first, next))
}

/// Payers with orders of a month on account.
///
/// # Errors
/// A database error.
pub async fn payers(
    tx: &mut TenantTx,
    authority: &str,
    month: &str,
) -> Result<Vec<PayerMonth>, FeeError> {
    let (first, next) = span(month)?;
    Ok(sqlx::query_as(
        "select payer, count(*) as orders, sum(due) as due, sum(paid - refunded) as paid,
                count(*) filter (where state in ('unpaid', 'partial')) as open
         from fee_order where authority = $1 and monthly and issued_on >= $2 and issued_on < $3 and not closed
         group by payer order by payer",
    )
    .bind(authority)
    .bind(first)
    .bind(next)
    .fetch_all(tx.conn())
    .await?)
}

/// The orders of a payer's month; with `lock` their rows are locked until the transaction ends.
///
/// # Errors
/// A database error.
pub async fn orders(
    tx: &mut TenantTx,
    authority: &str,
    month: &str,
    payer: &str,
    lock: bool,
) -> Result<Vec<Order>, FeeError> {
    let (first, next) = span(month)?;
    let suffix = if lock { " for update" } else { "" };
    let sql = format!(
        "select {COLUMNS} from fee_order
         where authority = $1 and monthly and payer = $2 and issued_on >= $3 and issued_on < $4 and not closed
         order by county, order_no{suffix}"
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(payer)
        .bind(first)
        .bind(next)
        .fetch_all(tx.conn())
        .await?)
}

/// Settlements of a month.
///
/// # Errors
/// A database error.
pub async fn statements(
    tx: &mut TenantTx,
    authority: &str,
    month: &str,
) -> Result<Vec<Statement>, FeeError> {
    Ok(sqlx::query_as(
        "select statement_no, month, payer, method, channel_no, orders, amount, at, staff_name
         from fee_statement where authority = $1 and month = $2 order by statement_no",
    )
    .bind(authority)
    .bind(month)
    .fetch_all(tx.conn())
    .await?)
}

/// A settlement as the cashier enters it.
#[derive(Debug, Clone)]
pub struct Settling<'a> {
    /// Authority.
    pub authority: &'a str,
    /// Month.
    pub month: &'a str,
    /// Who pays.
    pub payer: &'a str,
    /// How.
    pub method: Method,
    /// What came in, yuan: must be what the orders come to.
    pub amount: Decimal,
    /// Number at the bank.
    pub channel_no: Option<&'a str>,
}

/// Pays all open orders of a payer's month with one sum.
///
/// # Errors
/// [`FeeError::Field`] when nothing is open or the sum is another.
pub async fn settle(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    asked: &Settling<'_>,
    doing: &Doing<'_>,
) -> Result<Statement, FeeError> {
    let mut open = orders(tx, asked.authority, asked.month, asked.payer, true).await?;
    open.retain(|o| !o.sums().balance().is_zero());
    let total: Decimal = open.iter().map(|o| o.sums().balance()).sum();
    if open.is_empty() {
        let message = "该单位当月没有未结的缴款单";
        return Err(FeeError::field("/payer", "nothing_due", message));
    }
    if asked.amount != total {
        let message = format!("到账金额应等于未结合计 {total} 元，请核对清单");
        return Err(FeeError::field("/amount", "differs", message));
    }
    let statement_no = series::next(tx, asked.authority, Series::Statement, doing.today()).await?;
    for order in &open {
        let taking = Taking {
            method: asked.method,
            amount: order.sums().balance(),
            channel_no: asked.channel_no.map(str::to_owned),
        };
        money::take(tx, gateway, order, &taking, Some(&statement_no), doing).await?;
    }
    sqlx::query(
        "insert into fee_statement (authority, statement_no, month, payer, method, channel_no, orders, amount, at,
             staff_id, staff_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(asked.authority)
    .bind(&statement_no)
    .bind(asked.month)
    .bind(asked.payer)
    .bind(asked.method.code())
    .bind(asked.channel_no)
    .bind(i32::try_from(open.len()).unwrap_or(i32::MAX))
    .bind(total)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    Ok(Statement {
        statement_no,
        month: asked.month.to_owned(),
        payer: asked.payer.to_owned(),
        method: asked.method.code().to_owned(),
        channel_no: asked.channel_no.map(str::to_owned),
        orders: i32::try_from(open.len()).unwrap_or(i32::MAX),
        amount: total,
        at: doing.now,
        staff_name: doing.name.to_owned(),
    })
}
