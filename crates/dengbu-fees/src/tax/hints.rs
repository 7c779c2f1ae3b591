//! VAT and stamp duty: hints, for the tax office assesses them.

use rust_decimal::Decimal;

use super::table::Table;
use super::{Passing, Question, Subject, TaxLine, fen};
use crate::dated;

const SELLER: &str = "转让方";

/// The VAT rate contained in the price; none when it is free or not known.
pub(super) fn vat_rate(table: &Table, q: &Question) -> Option<Decimal> {
    if q.passing != Passing::Sale {
        return None;
    }
    match q.subject {
        Subject::Home if q.seller_individual => {
            let row = dated::on(&table.vat_home, q.day)?;
            let free = q.held_years.is_some_and(|y| y >= row.free_after_years);
            (!free).then_some(row.rate)
        }
        Subject::Home | Subject::Land => None,
        Subject::Other => dated::on(&table.vat_other, q.day).map(|r| r.rate),
    }
}

/// What the seller pays.
pub(super) fn vat(table: &Table, q: &Question) -> Option<TaxLine> {
    if q.passing != Passing::Sale {
        return None;
    }
    let price = q.price.yuan();
    let without = |amount: Decimal, rate: Decimal| {
        if q.with_vat {
            amount / (Decimal::ONE + rate)
        } else {
            amount
        }
    };
    let hint = |rule: String, base: Decimal, rate: Decimal, amount, law: &str, unverified: &str| {
        Some(TaxLine {
            tax: "增值税",
            payer: SELLER,
            rule,
            base: fen(base),
            rate,
            amount,
            law: law.to_owned(),
            unverified: Some(unverified.to_owned()),
            hint: true,
        })
    };
    match q.subject {
        Subject::Home if q.seller_individual => {
            let row = dated::on(&table.vat_home, q.day)?;
            if q.held_years.is_some_and(|y| y >= row.free_after_years) {
                let rule = format!("个人住房满 {} 年免征", row.free_after_years);
                let zero = Decimal::ZERO;
                return hint(rule, price, zero, Some(zero), &row.law, &row.unverified);
            }
            let base = without(price, row.rate);
            let rule = format!("个人住房不足 {} 年，全额计税", row.free_after_years);
            let amount = Some(fen(base * row.rate));
            hint(rule, base, row.rate, amount, &row.law, &row.unverified)
        }
        Subject::Home | Subject::Land => None,
        Subject::Other => {
            let Some(row) = dated::on(&table.vat_other, q.day) else {
                let rule = "2026 年起非住房增值税口径未核对，请向税务机关咨询".to_owned();
                let law = "《中华人民共和国增值税法》";
                return hint(rule, price, Decimal::ZERO, None, law, "税率口径未核对");
            };
            let gain = q
                .original_price
                .map(|o| (price - o.yuan()).max(Decimal::ZERO));
            let base = without(gain.unwrap_or(price), row.rate);
            let rule = if gain.is_some() {
                "按卖出价减购入价的差额计税"
            } else {
                "需填写购入价后按差额计税"
            };
            let amount = gain.map(|_| fen(base * row.rate));
            hint(
                rule.to_owned(),
                base,
                row.rate,
                amount,
                &row.law,
                &row.unverified,
            )
        }
    }
}

/// What each side pays on the deed.
pub(super) fn stamp(table: &Table, q: &Question) -> Vec<TaxLine> {
    if q.passing == Passing::Inheritance {
        return Vec::new();
    }
    let Some(row) = dated::on(&table.stamp, q.day) else {
        return Vec::new();
    };
    let base = q.price.yuan();
    let free = q.subject == Subject::Home && q.seller_individual && q.passing == Passing::Sale;
    [PAYER_TO, SELLER]
        .into_iter()
        .map(|payer| TaxLine {
            tax: "印花税",
            payer,
            rule: if free {
                row.home_free_law.clone()
            } else {
                "产权转移书据".to_owned()
            },
            base,
            rate: if free { Decimal::ZERO } else { row.rate },
            amount: Some(if free {
                Decimal::ZERO
            } else {
                fen(base * row.rate)
            }),
            law: row.law.clone(),
            unverified: Some(row.unverified.clone()),
            hint: true,
        })
        .collect()
}

const PAYER_TO: &str = "承受方";
