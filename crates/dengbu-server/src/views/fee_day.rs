//! The cashiers' day as shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_fees::desk::day::{Booked, Counted, Sheet};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fee::{FeePaymentView, method_name, payment, yuan};

/// What was booked and counted of one method by one cashier.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeDayRow {
    /// Cashier.
    pub cashier: Uuid,
    /// Their name.
    pub cashier_name: String,
    /// Office points, those of the cashier's payments of the day.
    pub offices: Vec<String>,
    /// Method.
    pub method: String,
    /// Method in Chinese.
    pub method_name: String,
    /// Payments.
    pub payments: i64,
    /// Their sum, yuan.
    pub taken: String,
    /// Refunds.
    pub refunds: i64,
    /// Their sum, yuan.
    pub given: String,
    /// What should be there, yuan.
    pub net: String,
    /// What was counted, yuan.
    pub counted: Option<String>,
    /// Counted less booked as it now is, yuan.
    pub difference: Option<String>,
    /// Why they differ.
    pub note: Option<String>,
    /// When it was counted.
    pub counted_at: Option<DateTime<Utc>>,
}

/// A day at the cashiers' desks.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeDayView {
    /// The day.
    pub day: NaiveDate,
    /// Name of the authority.
    pub authority_name: String,
    /// Rows by cashier and method.
    pub rows: Vec<FeeDayRow>,
    /// Sum taken, yuan.
    pub taken: String,
    /// Sum given back, yuan.
    pub given: String,
    /// What should be there, yuan.
    pub net: String,
    /// What was counted, yuan; absent while something is not counted.
    pub counted: Option<String>,
    /// Orders issued that day.
    pub issued: i64,
    /// What they were to bring, yuan.
    pub expected: String,
    /// What of that was received by now, yuan.
    pub received: String,
    /// What of that is on monthly accounts, yuan.
    pub on_account: String,
    /// What of that is still open, yuan.
    pub open: String,
    /// Each payment and refund of the day.
    pub entries: Vec<FeePaymentView>,
    /// True when receipts are only pretended.
    pub simulated: bool,
}

/// The day's sheet as shown.
#[must_use]
pub fn day(sheet: &Sheet, authority_name: String, simulated: bool) -> FeeDayView {
    let mut rows: Vec<FeeDayRow> = Vec::new();
    let mut nets: Vec<Decimal> = Vec::new();
    for b in &sheet.booked {
        let at = rows
            .iter()
            .position(|r| r.cashier == b.cashier && r.method == b.method);
        let at = at.unwrap_or_else(|| {
            rows.push(day_row(b.cashier, &b.cashier_name, &b.method));
            nets.push(Decimal::ZERO);
            rows.len() - 1
        });
        add(&mut rows[at], &mut nets[at], b);
    }
    // counted though nothing is booked: money whose origin is not known
    for c in &sheet.counted {
        let known = |r: &FeeDayRow| r.cashier == c.cashier && r.method == c.method;
        if !rows.iter().any(known) && !c.counted.is_zero() {
            rows.push(day_row(c.cashier, &c.cashier_name, &c.method));
            nets.push(Decimal::ZERO);
        }
    }
    for (row, net) in rows.iter_mut().zip(&nets) {
        let own = |c: &&Counted| c.cashier == row.cashier && c.method == row.method;
        if let Some(c) = sheet.counted.iter().find(own) {
            row.counted = Some(yuan(c.counted));
            row.difference = Some(yuan(c.counted - net));
            row.note.clone_from(&c.note);
            row.counted_at = Some(c.at);
        }
    }
    let sum = |f: fn(&Booked) -> Decimal| -> Decimal { sheet.booked.iter().map(f).sum() };
    let all_counted = rows.iter().all(|r| r.counted.is_some());
    let counted: Decimal = sheet.counted.iter().map(|c| c.counted).sum();
    FeeDayView {
        day: sheet.day,
        authority_name,
        taken: yuan(sum(|b| b.taken)),
        given: yuan(sum(|b| b.given)),
        net: yuan(sum(Booked::net)),
        counted: (all_counted && !rows.is_empty()).then(|| yuan(counted)),
        issued: sheet.issued,
        expected: yuan(sheet.expected),
        received: yuan(sheet.received),
        on_account: yuan(sheet.on_account),
        open: yuan(sheet.expected - sheet.received - sheet.on_account),
        entries: sheet
            .entries
            .iter()
            .map(|p| payment(p, &sheet.entries, Decimal::ZERO))
            .collect(),
        rows,
        simulated,
    }
}

fn day_row(cashier: Uuid, name: &str, method: &str) -> FeeDayRow {
    FeeDayRow {
        cashier,
        cashier_name: name.to_owned(),
        offices: Vec::new(),
        method: method.to_owned(),
        method_name: method_name(method),
        payments: 0,
        taken: yuan(Decimal::ZERO),
        refunds: 0,
        given: yuan(Decimal::ZERO),
        net: yuan(Decimal::ZERO),
        counted: None,
        difference: None,
        note: None,
        counted_at: None,
    }
}

/// Adds what was booked at one office.
fn add(row: &mut FeeDayRow, net: &mut Decimal, b: &Booked) {
    let plus = |text: &str, more: Decimal| yuan(text.parse().unwrap_or(Decimal::ZERO) + more);
    row.payments += b.payments;
    row.refunds += b.refunds;
    row.taken = plus(&row.taken, b.taken);
    row.given = plus(&row.given, b.given);
    *net += b.net();
    row.net = yuan(*net);
    row.offices.extend(b.office_id.clone());
}
