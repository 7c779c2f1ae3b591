//! May a case go on? Asked before a certificate is made and before it is handed over.

use dengbu_store::TenantTx;

use super::read::{self, Order};
use crate::FeeError;
use crate::settings::{self, SettleBefore};

/// The step a case wants to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// 缮证.
    Certificate,
    /// 发证.
    Delivery,
}

/// Refuses when the fee of a case is neither paid, exempted nor on a monthly account.
/// `charged_parts`: the parts of the case something is charged for.
///
/// # Errors
/// [`FeeError::NotSettled`] says who has to pay how much.
pub async fn require_settled(
    tx: &mut TenantTx,
    authority: &str,
    case_no: &str,
    charged_parts: &[u8],
    wants: Wants,
) -> Result<(), FeeError> {
    if charged_parts.is_empty() {
        return Ok(());
    }
    let asked = match settings::load(tx, authority).await?.settle_before {
        SettleBefore::Never => false,
        SettleBefore::Certificate => true,
        SettleBefore::Delivery => wants == Wants::Delivery,
    };
    if !asked {
        return Ok(());
    }
    let orders = read::of_case(tx, case_no).await?;
    let known = |part: &u8| orders.iter().any(|o| o.part == i32::from(*part));
    if !charged_parts.iter().all(known) {
        return Err(FeeError::NotSettled(
            "登记费还没有核定，请收费岗在“收费”页面核定并收费后再继续".to_owned(),
        ));
    }
    let open: Vec<String> = orders.iter().filter(|o| !o.lets_pass()).map(owed).collect();
    if open.is_empty() {
        Ok(())
    } else {
        Err(FeeError::NotSettled(format!(
            "登记费未缴清：{}。请缴清或办理减免后再继续",
            open.join("；")
        )))
    }
}

fn owed(order: &Order) -> String {
    format!(
        "缴款单 {} 欠缴 {} 元",
        order.order_no,
        order.sums().balance()
    )
}
