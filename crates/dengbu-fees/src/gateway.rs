//! The door to the non-tax bill system (非税收入收缴系统): codes to pay by and electronic bills.
//!
//! [`LocalBills`] stands in for it and says so on every bill: it gives numbers of its own, moves no
//! money and reaches nothing outside. A real one is another implementation of [`BillGateway`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::FeeError;
use crate::order::Method;

/// A bill asked for.
#[derive(Debug, Clone)]
pub struct Bill<'a> {
    /// Authority that charges.
    pub authority: &'a str,
    /// The order.
    pub order_no: &'a str,
    /// Who pays.
    pub payer: &'a str,
    /// Yuan.
    pub amount: Decimal,
}

/// Money taken in or given back, for which a bill or its reversal (冲红) is asked.
#[derive(Debug, Clone)]
pub struct Movement<'a> {
    /// The order.
    pub order_no: &'a str,
    /// Our receipt.
    pub receipt_no: &'a str,
    /// Yuan.
    pub amount: Decimal,
    /// How.
    pub method: Method,
    /// When.
    pub at: DateTime<Utc>,
    /// The bill that is reversed.
    pub reverses: Option<&'a str>,
}

/// A bill system.
#[async_trait]
pub trait BillGateway: Send + Sync {
    /// What it calls itself, printed on receipts.
    fn name(&self) -> &str;

    /// True when it only pretends: receipts say so.
    fn simulated(&self) -> bool;

    /// Opens a bill; gives the code it can be paid by (缴款码).
    async fn open(&self, bill: &Bill<'_>) -> Result<String, FeeError>;

    /// Issues the electronic bill of a payment (电子票号).
    async fn issue(&self, paid: &Movement<'_>) -> Result<String, FeeError>;

    /// Reverses a bill for a refund; gives the number of the reversal.
    async fn reverse(&self, back: &Movement<'_>) -> Result<String, FeeError>;
}

/// A bill system that is none: for desks without a connection, for demonstration and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalBills;

#[async_trait]
impl BillGateway for LocalBills {
    fn name(&self) -> &'static str {
        "本机模拟票据（未接入财政非税系统）"
    }

    fn simulated(&self) -> bool {
        true
    }

    async fn open(&self, bill: &Bill<'_>) -> Result<String, FeeError> {
        let digits: String = bill.order_no.chars().filter(char::is_ascii_digit).collect();
        Ok(format!("{digits}{}", check_digit(&digits)))
    }

    async fn issue(&self, paid: &Movement<'_>) -> Result<String, FeeError> {
        Ok(format!("MN-{}", paid.receipt_no))
    }

    async fn reverse(&self, back: &Movement<'_>) -> Result<String, FeeError> {
        Ok(format!("MN-{}", back.receipt_no))
    }
}

/// The bill system in use. There is one for all authorities; none is connected yet.
#[must_use]
pub fn bills() -> &'static dyn BillGateway {
    &LocalBills
}

/// Luhn's check digit (ISO/IEC 7812-1), so that a mistyped code is noticed.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(i, d)| match (i % 2 == 0, d * 2) {
            (true, twice) if twice > 9 => twice - 9,
            (true, twice) => twice,
            (false, _) => d,
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_code_is_noticed() {
        assert_eq!(check_digit("7992739871"), 3);
        assert_ne!(check_digit("7992739871"), check_digit("7992739881"));
    }
}
