//! The day's sheet (日结): what was booked by method, cashier and office; what was counted; the
//! differences; what was expected.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_store::TenantTx;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::read::{PAYMENT_COLUMNS, Payment};
use crate::order::Method;
use crate::{Doing, FeeError};

/// What was booked on a day in one way by one cashier at one office.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Booked {
    /// Cashier.
    pub cashier: Uuid,
    /// Their name.
    pub cashier_name: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Method.
    pub method: String,
    /// Payments.
    pub payments: i64,
    /// Their sum, yuan.
    pub taken: Decimal,
    /// Refunds.
    pub refunds: i64,
    /// Their sum, yuan.
    pub given: Decimal,
}

impl Booked {
    /// What should be there.
    #[must_use]
    pub fn net(&self) -> Decimal {
        self.taken - self.given
    }
}

/// What a cashier counted.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Counted {
    /// Cashier.
    pub cashier: Uuid,
    /// Their name.
    pub cashier_name: String,
    /// Method.
    pub method: String,
    /// How often it was counted.
    pub revision: i32,
    /// What was booked when it was counted.
    pub booked: Decimal,
    /// What was counted.
    pub counted: Decimal,
    /// Why they differ.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A day at the desks of an authority.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The day in Asia/Shanghai.
    pub day: NaiveDate,
    /// Booked.
    pub booked: Vec<Booked>,
    /// Counted, the latest of each.
    pub counted: Vec<Counted>,
    /// Orders issued that day.
    pub issued: i64,
    /// What they were to bring, yuan; orders that were closed are left out.
    pub expected: Decimal,
    /// What of that was kept by now, yuan.
    pub received: Decimal,
    /// What of that is on monthly accounts, yuan.
    pub on_account: Decimal,
    /// Money of the day, each row.
    pub entries: Vec<Payment>,
}

/// The sheet of a day.
///
/// # Errors
/// A database error.
pub async fn sheet(tx: &mut TenantTx, authority: &str, day: NaiveDate) -> Result<Sheet, FeeError> {
    let (issued, expected, received, on_account): (i64, Decimal, Decimal, Decimal) =
        sqlx::query_as(
            "select count(*), coalesce(sum(due), 0), coalesce(sum(paid - refunded), 0),
                    coalesce(sum(due - paid + refunded) filter (where monthly), 0)
             from fee_order where authority = $1 and issued_on = $2 and not closed",
        )
        .bind(authority)
        .bind(day)
        .fetch_one(tx.conn())
        .await?;
    let sql = format!(
        "select {PAYMENT_COLUMNS} from fee_payment where authority = $1 and day = $2 order by receipt_no"
    );
    let entries = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(authority)
        .bind(day)
        .fetch_all(tx.conn())
        .await?;
    Ok(Sheet {
        day,
        booked: booked(tx, authority, day, None).await?,
        counted: counted(tx, authority, day).await?,
        issued,
        expected,
        received,
        on_account,
        entries,
    })
}

async fn booked(
    tx: &mut TenantTx,
    authority: &str,
    day: NaiveDate,
    cashier: Option<Uuid>,
) -> Result<Vec<Booked>, FeeError> {
    Ok(sqlx::query_as(
        "select cashier, max(cashier_name) as cashier_name, office_id, method,
                count(*) filter (where kind = 'payment') as payments,
                coalesce(sum(amount) filter (where kind = 'payment'), 0) as taken,
                count(*) filter (where kind = 'refund') as refunds,
                coalesce(sum(amount) filter (where kind = 'refund'), 0) as given
         from fee_payment
         where authority = $1 and day = $2 and ($3::uuid is null or cashier = $3)
         group by cashier, office_id, method order by max(cashier_name), cashier, office_id, method",
    )
    .bind(authority)
    .bind(day)
    .bind(cashier)
    .fetch_all(tx.conn())
    .await?)
}

async fn counted(
    tx: &mut TenantTx,
    authority: &str,
    day: NaiveDate,
) -> Result<Vec<Counted>, FeeError> {
    Ok(sqlx::query_as(
        "select distinct on (cashier, method) cashier, cashier_name, method, revision, booked, counted, note, at
         from fee_count where authority = $1 and day = $2 order by cashier, method, revision desc",
    )
    .bind(authority)
    .bind(day)
    .fetch_all(tx.conn())
    .await?)
}

/// What a cashier counted of one method.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// Method.
    pub method: Method,
    /// Yuan.
    pub counted: Decimal,
}

/// Keeps what a cashier counted of the own takings. Where all agrees, the orders paid at that desk
/// are marked 已核验.
///
/// # Errors
/// [`FeeError::Field`] when a difference is not explained or a method is left out.
pub async fn count(
    tx: &mut TenantTx,
    authority: &str,
    day: NaiveDate,
    counts: &[Count],
    note: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    if day > doing.today() {
        let message = "不能对以后的日期做日结";
        return Err(FeeError::field("/day", "future", message));
    }
    lock(tx, authority, day, doing).await?;
    let own = booked(tx, authority, day, Some(doing.staff_id)).await?;
    let net = |method: Method| -> Decimal {
        let rows = own.iter().filter(|b| b.method == method.code());
        rows.map(Booked::net).sum()
    };
    complete(&own, counts)?;
    let note = note.map(str::trim).filter(|n| !n.is_empty());
    let agrees = counts.iter().all(|c| c.counted == net(c.method));
    if !agrees && note.is_none() {
        let message = "实点金额与账面不一致，请写明差额原因";
        return Err(FeeError::field("/note", "required", message));
    }
    if note.is_some_and(|n| n.chars().count() > 200 || n.contains('\0')) {
        return Err(FeeError::field("/note", "too_long", "说明不超过 200 字"));
    }
    for c in counts {
        sqlx::query(
            "insert into fee_count (authority, day, cashier, method, revision, cashier_name, booked, counted, note, at)
             select $1, $2, $3, $4, coalesce(max(revision), 0) + 1, $5, $6, $7, $8, $9 from fee_count
             where authority = $1 and day = $2 and cashier = $3 and method = $4",
        )
        .bind(authority)
        .bind(day)
        .bind(doing.staff_id)
        .bind(c.method.code())
        .bind(doing.name)
        .bind(net(c.method))
        .bind(c.counted)
        .bind(note)
        .bind(doing.now)
        .execute(tx.conn())
        .await?;
    }
    if agrees {
        verify(tx, authority, day, doing).await?;
    }
    Ok(())
}

/// Two counts of one cashier at one moment come one after the other.
async fn lock(
    tx: &mut TenantTx,
    authority: &str,
    day: NaiveDate,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("fee_count {authority} {day} {}", doing.staff_id))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn complete(own: &[Booked], counts: &[Count]) -> Result<(), FeeError> {
    let mut methods: Vec<Method> = counts.iter().map(|c| c.method).collect();
    methods.sort_unstable();
    methods.dedup();
    if methods.len() != counts.len() || counts.is_empty() {
        let message = "每种收款方式填写一次实点金额";
        return Err(FeeError::field("/counts", "duplicate", message));
    }
    let most = Decimal::from(100_000_000);
    if counts
        .iter()
        .any(|c| c.counted.normalize().scale() > 2 || c.counted.abs() > most)
    {
        let message = "实点金额最多到分（2 位小数），且不超过 1 亿元";
        return Err(FeeError::field("/counts", "invalid_amount", message));
    }
    let left_out = own
        .iter()
        .find(|b| !methods.iter().any(|m| m.code() == b.method));
    match left_out.and_then(|b| Method::from_code(&b.method)) {
        None => Ok(()),
        Some(method) => {
            let message = format!("当日有{}收款，请填写其实点金额", method.name_zh());
            Err(FeeError::field("/counts", "required", message))
        }
    }
}

/// 已核验: orders wholly paid, to which this cashier took money that day.
async fn verify(
    tx: &mut TenantTx,
    authority: &str,
    day: NaiveDate,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    sqlx::query(
        "update fee_order o set verified = true, state = 'verified', version = version + 1
         where o.authority = $1 and o.state = 'paid' and exists (
             select 1 from fee_payment p where p.county = o.county and p.order_no = o.order_no
               and p.day = $2 and p.cashier = $3)",
    )
    .bind(authority)
    .bind(day)
    .bind(doing.staff_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}
