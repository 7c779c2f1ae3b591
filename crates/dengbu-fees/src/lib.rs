//! Registration fees and tax estimates (登记费、税费试算), and the cashier's work with them.
//!
//! Invariants:
//! - what is charged is data with days and a source (`data/*.toml`); no amount stands in code, and
//!   none depends on area or value (民法典第二百二十三条);
//! - amounts are exact decimals in yuan, rounded to 分 half up where a rate is applied;
//! - each line of an assessment names the rule and the document it rests on;
//! - money once taken is never changed or deleted: payments, refunds, lines and events are rows the
//!   server may only insert; an order's sums follow from them;
//! - money goes back only when the case ended without registration or the fee became lower;
//! - nothing here commits: the caller does, with its audit record in the same transaction.
//!
//! Map: [`tariff`], [`exemption`] the data of the registration fee · [`assess`] what a case costs
//! (件, use, certificates) · [`tax`] deed tax, with VAT and stamp duty as hints · [`order`] the
//! states of a payment order (缴款单) · [`gateway`] the door to the non-tax bill system (非税) ·
//! [`settings`] what an authority sets · [`desk`] orders, payments, refunds, the day's sheet and the
//! monthly settlement in the database · [`sheet`] their CSV · [`error`] what can go wrong.

pub mod assess;
mod dated;
pub mod desk;
pub mod error;
pub mod exemption;
pub mod gateway;
pub mod order;
pub mod settings;
pub mod sheet;
pub mod tariff;
pub mod tax;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub use error::{DataFault, FeeError};

/// Who does something at the cashier's desk, when, and where new identifiers come from.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// The member of staff.
    pub staff_id: Uuid,
    /// Their name as recorded.
    pub name: &'a str,
    /// Office point (办事点) they sit at.
    pub office_id: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
    /// New identifiers.
    pub ids: &'a (dyn Fn() -> Uuid + Send + Sync),
}

impl Doing<'_> {
    /// The day in Asia/Shanghai.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        dengbu_model::time::date_in_shanghai(self.now)
    }
}
