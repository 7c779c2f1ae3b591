//! Payment orders as shown.

use chrono::{DateTime, Utc};
use dengbu_fees::assess::{Assessment, Item, Line, rule_code};
use dengbu_fees::desk::{Event, LineRow, Order, Payment};
use dengbu_fees::exemption;
use dengbu_fees::gateway::BillGateway;
use dengbu_fees::order::{Method, OrderState};
use dengbu_fees::tariff::UseClass;
use dengbu_law::catalogue;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An amount as sent: yuan with two decimals.
#[must_use]
pub fn yuan(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// A payment order as listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeOrderSummary {
    /// Number.
    pub order_no: String,
    /// Case number.
    pub case_no: String,
    /// Registration authority.
    pub authority: String,
    /// Business code.
    pub business: String,
    /// Business name.
    pub business_name: String,
    /// Who pays.
    pub payer: String,
    /// True for an individual.
    pub individual: bool,
    /// Where the units lie.
    pub address: String,
    /// Before exemption, yuan.
    pub charged: String,
    /// To be paid, yuan.
    pub due: String,
    /// Taken in, yuan.
    pub paid: String,
    /// Given back, yuan.
    pub refunded: String,
    /// Left to pay, yuan.
    pub balance: String,
    /// To be given back, yuan.
    pub overpaid: String,
    /// State.
    pub state: String,
    /// State in Chinese.
    pub state_name: String,
    /// State in the field's numbers (收费状态).
    pub state_number: i32,
    /// True when settled by the month.
    pub monthly: bool,
    /// Unit whose use must be decided before money is taken.
    pub undecided_unit: Option<String>,
    /// Issued.
    pub issued_at: DateTime<Utc>,
    /// Version.
    pub version: i64,
}

/// An order as listed.
#[must_use]
pub fn summary(o: &Order) -> FeeOrderSummary {
    let (sums, state) = (o.sums(), o.state());
    FeeOrderSummary {
        order_no: o.order_no.clone(),
        case_no: o.case_no.clone(),
        authority: o.authority.clone(),
        business_name: business_name(&o.business),
        business: o.business.clone(),
        payer: o.payer.clone(),
        individual: o.individual,
        address: o.address.clone(),
        charged: yuan(o.charged),
        due: yuan(o.due),
        paid: yuan(o.paid),
        refunded: yuan(o.refunded),
        balance: yuan(sums.balance()),
        overpaid: yuan(sums.overpaid()),
        state: state.code().to_owned(),
        state_name: state.name_zh().to_owned(),
        state_number: state.field_code(),
        monthly: o.monthly,
        undecided_unit: o.undecided_unit.clone(),
        issued_at: o.issued_at,
        version: o.version,
    }
}

fn business_name(code: &str) -> String {
    catalogue::business(code).map_or_else(|| code.to_owned(), |b| b.short_name.clone())
}

/// A line of an order or of an estimate.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeLineView {
    /// What for.
    pub item: String,
    /// What for, in Chinese.
    pub item_name: String,
    /// Unit, the first of those counted as one 件; absent in an estimate.
    pub unit_code: Option<String>,
    /// Units counted as one 件.
    pub units: i64,
    /// Use.
    pub use_class: String,
    /// Use in Chinese.
    pub use_name: String,
    /// Fee rule of the business.
    pub rule: String,
    /// Standard, yuan.
    pub standard: String,
    /// How many.
    pub quantity: i64,
    /// Before exemption, yuan.
    pub charged: String,
    /// To be paid, yuan.
    pub due: String,
    /// Name of the exemption.
    pub exemption_name: Option<String>,
    /// What it rests on.
    pub law: String,
    /// What is not certain.
    pub unverified: Option<String>,
}

fn use_name(code: &str) -> String {
    UseClass::from_code(code).map_or_else(|| code.to_owned(), |c| c.name_zh().to_owned())
}

fn exemption_name(code: Option<&str>) -> Option<String> {
    let code = code?;
    Some(exemption::of(code).map_or_else(|| code.to_owned(), |e| e.name.clone()))
}

/// A stored line.
#[must_use]
pub fn line(l: &LineRow) -> FeeLineView {
    FeeLineView {
        item_name: Item::from_code(&l.item)
            .map_or_else(|| l.item.clone(), |i| i.name_zh().to_owned()),
        item: l.item.clone(),
        unit_code: Some(l.unit_code.clone()),
        units: l.units.into(),
        use_name: use_name(&l.use_class),
        use_class: l.use_class.clone(),
        rule: l.rule.clone(),
        standard: yuan(l.standard),
        quantity: l.quantity.into(),
        charged: yuan(l.charged),
        due: yuan(l.due),
        exemption_name: exemption_name(l.exemption.as_deref()),
        law: l.law.clone(),
        unverified: l.unverified.clone(),
    }
}

/// A line of an estimate.
fn estimated(l: &Line) -> FeeLineView {
    FeeLineView {
        item: l.item.code().to_owned(),
        item_name: l.item.name_zh().to_owned(),
        unit_code: None,
        units: l.units.into(),
        use_class: l.class.code().to_owned(),
        use_name: l.class.name_zh().to_owned(),
        rule: rule_code(l.rule).to_owned(),
        standard: yuan(l.standard),
        quantity: l.quantity.into(),
        charged: yuan(l.charged),
        due: yuan(l.due),
        exemption_name: exemption_name(l.exemption.as_deref()),
        law: l.law.clone(),
        unverified: l.unverified.clone(),
    }
}

/// What one business would cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeEstimatePart {
    /// Business code.
    pub business: String,
    /// Business name.
    pub business_name: String,
    /// Fee rule.
    pub rule: String,
    /// To be paid, yuan.
    pub due: String,
    /// Why which side pays.
    pub payer_law: String,
    /// Lines; like lines are put together.
    pub lines: Vec<FeeLineView>,
}

/// An estimate: like lines are put together.
#[must_use]
pub fn estimate(business: &catalogue::Business, found: &Assessment) -> FeeEstimatePart {
    let mut lines: Vec<Line> = Vec::new();
    for l in &found.lines {
        let like = lines.iter_mut().find(|k| {
            (k.item, k.class, k.standard, &k.law) == (l.item, l.class, l.standard, &l.law)
        });
        match like {
            Some(known) => {
                known.quantity += l.quantity;
                known.units += l.units;
                known.charged += l.charged;
                known.due += l.due;
            }
            None => lines.push(l.clone()),
        }
    }
    FeeEstimatePart {
        business: business.code.clone(),
        business_name: business.short_name.clone(),
        rule: rule_code(business.fee).to_owned(),
        due: yuan(found.due()),
        payer_law: found.payer_law.clone(),
        lines: lines.iter().map(estimated).collect(),
    }
}

/// Money taken or given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeePaymentView {
    /// Identity.
    pub payment_id: Uuid,
    /// The order.
    pub order_no: String,
    /// The case.
    pub case_no: String,
    /// True when it went back.
    pub refund: bool,
    /// How.
    pub method: String,
    /// How, in Chinese.
    pub method_name: String,
    /// Yuan, above zero.
    pub amount: String,
    /// In capital Chinese numerals.
    pub amount_capital: String,
    /// Receipt number.
    pub receipt_no: String,
    /// Number at the bank or terminal.
    pub channel_no: Option<String>,
    /// Electronic bill or its reversal.
    pub bill_no: String,
    /// True when the bill is only pretended.
    pub simulated: bool,
    /// When.
    pub paid_at: DateTime<Utc>,
    /// By whom.
    pub cashier_name: String,
    /// Office point.
    pub office_id: Option<String>,
    /// Why it went back.
    pub reason: Option<String>,
    /// Which payment went back.
    pub refund_of: Option<Uuid>,
    /// Monthly statement it belongs to.
    pub statement_no: Option<String>,
    /// What of a payment can still go back, yuan.
    pub refundable: String,
}

/// Money as shown; `rows` are all of its order.
#[must_use]
pub fn payment(p: &Payment, rows: &[Payment], overpaid: Decimal) -> FeePaymentView {
    let gone: Decimal = rows
        .iter()
        .filter(|r| r.refund_of == Some(p.payment_id))
        .map(|r| r.amount)
        .sum();
    let refund = p.kind == "refund";
    let refundable = if refund {
        Decimal::ZERO
    } else {
        overpaid.min(p.amount - gone)
    };
    FeePaymentView {
        payment_id: p.payment_id,
        order_no: p.order_no.clone(),
        case_no: p.case_no.clone(),
        refund,
        method_name: method_name(&p.method),
        method: p.method.clone(),
        amount: yuan(p.amount),
        amount_capital: dengbu_model::quantity::Money::new(p.amount)
            .map(|m| m.chinese_capital())
            .unwrap_or_default(),
        receipt_no: p.receipt_no.clone(),
        channel_no: p.channel_no.clone(),
        bill_no: p.bill_no.clone(),
        simulated: p.simulated,
        paid_at: p.paid_at,
        cashier_name: p.cashier_name.clone(),
        office_id: p.office_id.clone(),
        reason: p.reason.clone(),
        refund_of: p.refund_of,
        statement_no: p.statement_no.clone(),
        refundable: yuan(refundable),
    }
}

pub(super) fn method_name(code: &str) -> String {
    Method::from_code(code).map_or_else(|| code.to_owned(), |m| m.name_zh().to_owned())
}

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeEventView {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub what: String,
    /// What, in Chinese.
    pub what_name: String,
    /// State after, in Chinese.
    pub state_name: String,
    /// More.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<serde_json::Value>,
}

/// An event as shown.
#[must_use]
pub fn event(e: &Event) -> FeeEventView {
    let what_name = match e.what.as_str() {
        "issued" => "开具缴款单",
        "reassessed" => "重新核定",
        "exempted" => "减免",
        "exemption_removed" => "取消减免",
        "paid" => "收款",
        "refunded" => "退款",
        "put_on_account" => "转月结",
        "taken_off_account" => "取消月结",
        "closed" => "业务终止",
        other => other,
    };
    FeeEventView {
        at: e.at,
        actor: e.actor_name.clone(),
        what: e.what.clone(),
        what_name: what_name.to_owned(),
        state_name: OrderState::from_code(&e.to_state)
            .map_or("", OrderState::name_zh)
            .to_owned(),
        detail: e.detail.clone(),
    }
}

/// A payment order wholly.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeOrderView {
    /// The order.
    pub order: FeeOrderSummary,
    /// Name of the authority.
    pub authority_name: String,
    /// Code it can be paid by.
    pub bill_code: String,
    /// Bill system.
    pub bill_system: String,
    /// True when the bill system only pretends.
    pub simulated: bool,
    /// Code of the exemption.
    pub exemption: Option<String>,
    /// Its name.
    pub exemption_name: Option<String>,
    /// What shows it.
    pub exemption_note: Option<String>,
    /// Why this side pays.
    pub payer_law: String,
    /// By whom it was issued.
    pub issued_by: String,
    /// True when the payer may settle by the month.
    pub may_be_monthly: bool,
    /// Lines.
    pub lines: Vec<FeeLineView>,
    /// Money taken and given back.
    pub payments: Vec<FeePaymentView>,
    /// What happened.
    pub events: Vec<FeeEventView>,
}

/// The rows an order is shown from.
pub struct OrderRows {
    /// Lines in force.
    pub lines: Vec<LineRow>,
    /// Money.
    pub payments: Vec<Payment>,
    /// Events.
    pub events: Vec<Event>,
}

/// An order wholly.
#[must_use]
pub fn order(
    o: &Order,
    rows: &OrderRows,
    bills: &dyn BillGateway,
    authority_name: String,
    may_be_monthly: bool,
) -> FeeOrderView {
    let overpaid = o.sums().overpaid();
    FeeOrderView {
        order: summary(o),
        authority_name,
        bill_code: o.bill_code.clone(),
        bill_system: bills.name().to_owned(),
        simulated: bills.simulated(),
        exemption: o.exemption.clone(),
        exemption_name: exemption_name(o.exemption.as_deref()),
        exemption_note: o.exemption_note.clone(),
        payer_law: o.payer_law.clone(),
        issued_by: o.issued_by_name.clone(),
        may_be_monthly,
        lines: rows.lines.iter().map(line).collect(),
        payments: rows
            .payments
            .iter()
            .map(|p| payment(p, &rows.payments, overpaid))
            .collect(),
        events: rows.events.iter().map(event).collect(),
    }
}
