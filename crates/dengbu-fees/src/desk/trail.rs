//! What happened to an order, row by row.

use dengbu_store::TenantTx;
use serde_json::Value;

use super::read::Order;
use crate::order::OrderState;
use crate::{Doing, FeeError};

/// Writes what happened. The caller holds the order's lock or has just made it.
pub(super) async fn note(
    tx: &mut TenantTx,
    order: &Order,
    what: &str,
    from: Option<OrderState>,
    to: OrderState,
    detail: Option<Value>,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    sqlx::query(
        "insert into fee_event (county, order_no, seq, at, actor_id, actor_name, what, from_state, to_state, detail)
         select $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7, $8, $9 from fee_event
         where county = $1 and order_no = $2",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(what)
    .bind(from.map(OrderState::code))
    .bind(to.code())
    .bind(detail)
    .execute(tx.conn())
    .await?;
    Ok(())
}
