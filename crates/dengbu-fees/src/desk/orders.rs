//! Issuing orders, assessing them anew, exempting, closing.

use std::collections::BTreeMap;

use dengbu_store::TenantTx;
use serde_json::json;

use super::read::{self, Order};
use super::trail::note;
use crate::assess::{self, Assessment, Part, chargeable, rule_code};
use crate::exemption::{self, Exemption};
use crate::gateway::{Bill, BillGateway};
use crate::order::{OrderState, Sums};
use crate::settings;
use crate::tariff::UseClass;
use crate::{Doing, FeeError};

/// What fees need to know of a case.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// County of its units.
    pub county: String,
    /// Number.
    pub case_no: String,
    /// Registration authority.
    pub authority: String,
    /// Where the units lie.
    pub address: String,
    /// Its businesses.
    pub parts: Vec<Part>,
}

impl CaseFacts {
    /// The parts something is charged for.
    pub fn charged_parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|p| chargeable(p.business.fee))
    }
}

/// Issues the orders of a case or assesses them anew; gives them by part. What did not change is
/// left as it is.
///
/// # Errors
/// [`FeeError::NothingToPay`] when the case costs nothing.
pub async fn charge(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    facts: &CaseFacts,
    doing: &Doing<'_>,
) -> Result<Vec<Order>, FeeError> {
    let decided = decided_uses(tx, facts).await?;
    let standing = read::of_case(tx, &facts.case_no).await?;
    let mut made = false;
    for part in facts.charged_parts() {
        made = true;
        let part = with_uses(part, &decided);
        match standing.iter().find(|o| o.part == i32::from(part.ordinal)) {
            None => issue(tx, gateway, facts, &part, doing).await?,
            Some(known) => {
                let order = read::order(tx, &known.order_no, true).await?;
                let reason = order.exemption.as_deref().and_then(exemption::of);
                reassess(tx, &order, &part, reason, "reassessed", None, doing).await?;
            }
        }
    }
    if !made {
        return Err(FeeError::NothingToPay);
    }
    read::of_case(tx, &facts.case_no).await
}

async fn decided_uses(
    tx: &mut TenantTx,
    facts: &CaseFacts,
) -> Result<BTreeMap<String, UseClass>, FeeError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select unit_code, use_class from fee_use where county = $1 and case_no = $2 order by seq",
    )
    .bind(&facts.county)
    .bind(&facts.case_no)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(unit, class)| Some((unit, UseClass::from_code(&class)?)))
        .collect())
}

fn with_uses(part: &Part, decided: &BTreeMap<String, UseClass>) -> Part {
    let mut part = part.clone();
    for unit in &mut part.units {
        if let Some(class) = decided.get(unit.code.as_str()) {
            unit.class = *class;
        }
    }
    part
}

async fn issue(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    facts: &CaseFacts,
    part: &Part,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    let found = assess::assess(part, None, doing.today())?;
    let order_no = format!("{}-{:02}", facts.case_no, part.ordinal);
    let bill_code = gateway
        .open(&Bill {
            authority: &facts.authority,
            order_no: &order_no,
            payer: &part.payer.name,
            amount: found.due(),
        })
        .await?;
    // a bank with an agreement does not pay case by case
    let undecided = found.undecided().map(|u| u.as_str().to_owned());
    let monthly = !part.payer.individual
        && undecided.is_none()
        && settings::load(tx, &facts.authority)
            .await?
            .monthly(&part.payer.name);
    let sums = Sums {
        due: found.due(),
        paid: 0.into(),
        refunded: 0.into(),
        closed: false,
        verified: false,
    };
    sqlx::query(
        "insert into fee_order (county, order_no, authority, case_no, part, business, payer, individual, address,
             charged, due, state, undecided_unit, revision, bill_code, payer_law, office_id, issued_at, issued_on,
             issued_by, issued_by_name, monthly)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, $17, $18, $19, $20, $21)",
    )
    .bind(&facts.county)
    .bind(&order_no)
    .bind(&facts.authority)
    .bind(&facts.case_no)
    .bind(i32::from(part.ordinal))
    .bind(&part.business.code)
    .bind(&part.payer.name)
    .bind(part.payer.individual)
    .bind(&facts.address)
    .bind(found.charged())
    .bind(found.due())
    .bind(sums.state().code())
    .bind(&undecided)
    .bind(&bill_code)
    .bind(&found.payer_law)
    .bind(doing.office_id)
    .bind(doing.now)
    .bind(doing.today())
    .bind(doing.staff_id)
    .bind(doing.name)
    .bind(monthly)
    .execute(tx.conn())
    .await?;
    let order = read::order(tx, &order_no, false).await?;
    write_lines(tx, &order, 1, &found).await?;
    let detail = json!({ "due": found.due() });
    note(
        tx,
        &order,
        "issued",
        None,
        sums.state(),
        Some(detail),
        doing,
    )
    .await
}

async fn write_lines(
    tx: &mut TenantTx,
    order: &Order,
    revision: i32,
    found: &Assessment,
) -> Result<(), FeeError> {
    for (n, line) in (1..).zip(&found.lines) {
        sqlx::query(
            "insert into fee_line (county, order_no, revision, line_no, item, unit_code, units, use_class, rule,
                 standard, quantity, charged, due, exemption, law, unverified)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(&order.county)
        .bind(&order.order_no)
        .bind(revision)
        .bind(n)
        .bind(line.item.code())
        .bind(line.unit.as_str())
        .bind(i32::try_from(line.units).unwrap_or(i32::MAX))
        .bind(line.class.code())
        .bind(rule_code(line.rule))
        .bind(line.standard)
        .bind(i32::try_from(line.quantity).unwrap_or(i32::MAX))
        .bind(line.charged)
        .bind(line.due)
        .bind(&line.exemption)
        .bind(&line.law)
        .bind(&line.unverified)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Whether the lines in force say the same as an assessment.
async fn unchanged(tx: &mut TenantTx, order: &Order, found: &Assessment) -> Result<bool, FeeError> {
    let rows = read::lines(tx, order).await?;
    let same = |row: &read::LineRow, line: &assess::Line| {
        row.item == line.item.code()
            && row.unit_code == line.unit.as_str()
            && row.use_class == line.class.code()
            && row.standard == line.standard
            && i64::from(row.quantity) == i64::from(line.quantity)
            && row.due == line.due
            && row.exemption == line.exemption
    };
    Ok(rows.len() == found.lines.len() && rows.iter().zip(&found.lines).all(|(r, l)| same(r, l)))
}

async fn reassess(
    tx: &mut TenantTx,
    order: &Order,
    part: &Part,
    exemption: Option<&Exemption>,
    what: &'static str,
    exemption_note: Option<&str>,
    doing: &Doing<'_>,
) -> Result<(), FeeError> {
    if order.closed {
        return Err(FeeError::Closed(order.order_no.clone()));
    }
    // the tariff of the day on which the order was issued stays in force for it
    let found = assess::assess(part, exemption, order.issued_on)?;
    if order.payer == part.payer.name && unchanged(tx, order, &found).await? {
        return Ok(());
    }
    let revision = order.revision + 1;
    write_lines(tx, order, revision, &found).await?;
    let sums = Sums {
        due: found.due(),
        verified: false,
        ..order.sums()
    };
    // the order of one payer is not settled with the month of another
    let monthly = order.monthly && order.payer == part.payer.name;
    sqlx::query(
        "update fee_order set charged = $3, due = $4, state = $5, undecided_unit = $6, revision = $7, payer = $8,
             individual = $9, exemption = $10, exemption_note = $11, monthly = $12, verified = false,
             version = version + 1
         where county = $1 and order_no = $2",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .bind(found.charged())
    .bind(found.due())
    .bind(sums.state().code())
    .bind(found.undecided().map(|u| u.as_str().to_owned()))
    .bind(revision)
    .bind(&part.payer.name)
    .bind(part.payer.individual)
    .bind(exemption.map(|e| e.code.as_str()))
    .bind(exemption_note.or(order.exemption_note.as_deref()).filter(|_| exemption.is_some()))
    .bind(monthly)
    .execute(tx.conn())
    .await?;
    let detail = json!({ "due_before": order.due, "due": found.due(), "exemption": exemption.map(|e| &e.code) });
    note(
        tx,
        order,
        what,
        Some(order.state()),
        sums.state(),
        Some(detail),
        doing,
    )
    .await
}

/// Refuses when the caller saw another version.
pub(super) fn require_version(order: &Order, seen: i64) -> Result<(), FeeError> {
    if order.version == seen {
        Ok(())
    } else {
        Err(FeeError::Stale {
            current: order.version,
        })
    }
}

/// Applies an exemption (减免) or takes it back (`code` none); what was already paid becomes due
/// for refund.
///
/// # Errors
/// [`FeeError::Closed`], [`FeeError::Stale`], [`FeeError::Field`].
pub async fn exempt(
    tx: &mut TenantTx,
    order_no: &str,
    seen: i64,
    facts: &CaseFacts,
    code: Option<&str>,
    evidence: &str,
    doing: &Doing<'_>,
) -> Result<Order, FeeError> {
    let order = read::order(tx, order_no, true).await?;
    require_version(&order, seen)?;
    let reason = code
        .map(|c| {
            exemption::of(c).ok_or_else(|| {
                FeeError::field("/exemption", "unknown_exemption", "没有这种减免情形")
            })
        })
        .transpose()?;
    let evidence = evidence.trim();
    let length = evidence.chars().count();
    if !(2..=200).contains(&length) || evidence.contains('\0') {
        let message = "请写明减免依据（证明材料名称、文号等，2 至 200 字）";
        return Err(FeeError::field("/note", "required", message));
    }
    let decided = decided_uses(tx, facts).await?;
    let part = facts
        .charged_parts()
        .find(|p| i32::from(p.ordinal) == order.part)
        .map(|p| with_uses(p, &decided))
        .ok_or(FeeError::NothingToPay)?;
    let what = if reason.is_some() {
        "exempted"
    } else {
        "exemption_removed"
    };
    reassess(tx, &order, &part, reason, what, Some(evidence), doing).await?;
    read::order(tx, order_no, false).await
}

/// Keeps what a unit is for as decided on the papers, and assesses the case anew.
///
/// # Errors
/// [`FeeError::Field`] for a unit that is not in the case or a reason that is missing.
pub async fn decide_use(
    tx: &mut TenantTx,
    gateway: &dyn BillGateway,
    facts: &CaseFacts,
    unit: &str,
    class: UseClass,
    reason: &str,
    doing: &Doing<'_>,
) -> Result<Vec<Order>, FeeError> {
    let own = facts.charged_parts().flat_map(|p| &p.units);
    if !own.into_iter().any(|u| u.code.as_str() == unit) {
        return Err(FeeError::field(
            "/unit",
            "unknown_unit",
            "该业务没有这个不动产单元",
        ));
    }
    if class == UseClass::Unknown {
        let message = "请选择住宅、非住宅或车库";
        return Err(FeeError::field("/use_class", "required", message));
    }
    let reason = reason.trim();
    if !(2..=200).contains(&reason.chars().count()) || reason.contains('\0') {
        let message = "请写明核定依据（2 至 200 字），例如：规划许可证载明用途为住宅";
        return Err(FeeError::field("/note", "required", message));
    }
    sqlx::query(
        "insert into fee_use (county, case_no, unit_code, seq, use_class, note, at, staff_id, staff_name)
         select $1, $2, $3, coalesce(max(seq), 0) + 1, $4, $5, $6, $7, $8 from fee_use
         where county = $1 and case_no = $2 and unit_code = $3",
    )
    .bind(&facts.county)
    .bind(&facts.case_no)
    .bind(unit)
    .bind(class.code())
    .bind(reason)
    .bind(doing.now)
    .bind(doing.staff_id)
    .bind(doing.name)
    .execute(tx.conn())
    .await?;
    charge(tx, gateway, facts, doing).await
}

/// Puts an order on its payer's monthly account (月结), or takes it off.
///
/// # Errors
/// [`FeeError::Field`] when the authority has no such agreement with the payer.
pub async fn put_on_account(
    tx: &mut TenantTx,
    order_no: &str,
    seen: i64,
    monthly: bool,
    doing: &Doing<'_>,
) -> Result<Order, FeeError> {
    let order = read::order(tx, order_no, true).await?;
    require_version(&order, seen)?;
    if order.closed || !matches!(order.state(), OrderState::Unpaid | OrderState::Partial) {
        let message = "只有未缴清的缴款单可以转月结";
        return Err(FeeError::field("/monthly", "not_open", message));
    }
    if let Some(unit) = &order.undecided_unit {
        return Err(FeeError::UseUnknown(unit.clone()));
    }
    let agreed = settings::load(tx, &order.authority)
        .await?
        .monthly(&order.payer);
    if monthly && (order.individual || !agreed) {
        let message = format!("“{}”不在月结单位名单中，请先在收费参数中登记", order.payer);
        return Err(FeeError::field("/monthly", "no_agreement", message));
    }
    sqlx::query(
        "update fee_order set monthly = $3, version = version + 1 where county = $1 and order_no = $2",
    )
    .bind(&order.county)
    .bind(&order.order_no)
    .bind(monthly)
    .execute(tx.conn())
    .await?;
    let what = if monthly {
        "put_on_account"
    } else {
        "taken_off_account"
    };
    note(
        tx,
        &order,
        what,
        Some(order.state()),
        order.state(),
        None,
        doing,
    )
    .await?;
    read::order(tx, order_no, false).await
}

/// The case ended without registration: nothing is due any more, what was paid goes back.
///
/// # Errors
/// A database error.
pub async fn close(tx: &mut TenantTx, case_no: &str, doing: &Doing<'_>) -> Result<(), FeeError> {
    for known in read::of_case(tx, case_no).await? {
        let order = read::order(tx, &known.order_no, true).await?;
        if order.closed {
            continue;
        }
        let sums = Sums {
            closed: true,
            ..order.sums()
        };
        sqlx::query(
            "update fee_order set closed = true, monthly = false, state = $3, version = version + 1
             where county = $1 and order_no = $2",
        )
        .bind(&order.county)
        .bind(&order.order_no)
        .bind(sums.state().code())
        .execute(tx.conn())
        .await?;
        note(
            tx,
            &order,
            "closed",
            Some(order.state()),
            sums.state(),
            None,
            doing,
        )
        .await?;
    }
    Ok(())
}
