//! Deed tax (契税).

use rust_decimal::Decimal;

use super::table::{DeedRate, Table};
use super::{Passing, Question, Subject, TaxLine, fen, hints};
use crate::FeeError;
use crate::dated::Dated;

const PAYER: &str = "承受方";

/// The deed tax of a transfer.
pub(super) fn line(table: &Table, q: &Question) -> Result<TaxLine, FeeError> {
    let base = base(table, q);
    if let Some(code) = &q.exemption {
        let reason = table
            .deed_exemption
            .iter()
            .find(|e| e.code == *code)
            .ok_or_else(|| {
                FeeError::field("/exemption", "unknown_exemption", "没有这种契税减免情形")
            })?;
        return Ok(TaxLine {
            tax: "契税",
            payer: PAYER,
            rule: format!("免征：{}", reason.name),
            base,
            rate: Decimal::ZERO,
            amount: Some(Decimal::ZERO),
            law: reason.law.clone(),
            unverified: reason.unverified.clone(),
            hint: false,
        });
    }
    let row = row(table, q)?;
    let rate = match q.local_rate {
        Some(local) if row.local => local,
        _ => row.rate,
    };
    Ok(TaxLine {
        tax: "契税",
        payer: PAYER,
        rule: format!("{}；{}", row.name, basis(q)),
        base,
        rate,
        amount: Some(fen(base * rate)),
        law: row.law.clone(),
        // a rate the authority set itself is its own
        unverified: row
            .unverified
            .clone()
            .filter(|_| !(row.local && q.local_rate.is_some())),
        hint: false,
    })
}

/// Which base the law takes (契税法第四条第一款).
fn basis(q: &Question) -> &'static str {
    match q.passing {
        Passing::Sale => "按合同成交价格（不含增值税）计税（契税法第四条第一款第一项）",
        Passing::Exchange => {
            "按互换价格的差额计税，由支付差额的一方缴纳（契税法第四条第一款第二项）"
        }
        Passing::Gift | Passing::Inheritance => {
            "按税务机关核定的价格计税（契税法第四条第一款第三项）"
        }
    }
}

/// The price without VAT. Where the seller pays none, nothing is taken off: a price in which no
/// tax is contained has none to take off.
fn base(table: &Table, q: &Question) -> Decimal {
    let price = q.price.yuan();
    match hints::vat_rate(table, q) {
        Some(rate) if q.with_vat && q.passing == Passing::Sale => {
            fen(price / (Decimal::ONE + rate))
        }
        _ => price,
    }
}

fn row<'t>(table: &'t Table, q: &Question) -> Result<&'t DeedRate, FeeError> {
    if q.subject == Subject::Home && q.homes.is_none() {
        let message = "请选择是家庭唯一住房、第二套还是三套及以上";
        return Err(FeeError::field("/homes", "required", message));
    }
    let by_area = |d: &DeedRate| d.homes == q.homes && d.holds_on(q.day);
    let area_matters = q.subject == Subject::Home && table.deed.iter().any(by_area);
    if area_matters && q.area.is_none() {
        let message = "请填写建筑面积（平方米），住房契税税率按面积分档";
        return Err(FeeError::field("/area", "required", message));
    }
    table
        .deed
        .iter()
        .find(|d| {
            d.holds_on(q.day)
                && d.subject.is_none_or(|s| s == q.subject)
                && d.homes.is_none_or(|h| Some(h) == q.homes)
                && d.area_to
                    .is_none_or(|to| q.area.is_some_and(|a| a.value() <= to))
        })
        .ok_or_else(|| {
            let message = "该日期没有可用的契税税率，请选择 2021 年 9 月 1 日以后的日期";
            FeeError::field("/day", "no_rate", message)
        })
}
