//! Receipt and statement numbers. Drawn inside the transaction that uses them: rolled back, a
//! number returns to the series.

use chrono::{Datelike, NaiveDate};
use dengbu_store::TenantTx;

use crate::FeeError;

/// A series.
#[derive(Debug, Clone, Copy)]
pub(super) enum Series {
    /// 收据号.
    Receipt,
    /// 月结单号.
    Statement,
}

/// The next number of an authority's series in the year of a day.
pub(super) async fn next(
    tx: &mut TenantTx,
    authority: &str,
    series: Series,
    day: NaiveDate,
) -> Result<String, FeeError> {
    let (kind, mark) = match series {
        Series::Receipt => ("receipt", "SJ"),
        Series::Statement => ("statement", "YJ"),
    };
    let last: i64 = sqlx::query_scalar(
        "insert into fee_series (authority, kind, year, last) values ($1, $2, $3, 1)
         on conflict (authority, kind, year) do update set last = fee_series.last + 1
         returning last",
    )
    .bind(authority)
    .bind(kind)
    .bind(day.year())
    .fetch_one(tx.conn())
    .await?;
    Ok(format!("{mark}{authority}-{}-{last:07}", day.year()))
}
