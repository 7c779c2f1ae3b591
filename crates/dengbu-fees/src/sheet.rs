//! The day's sheet and the monthly list as CSV for a spreadsheet.

use csv::WriterBuilder;
use dengbu_model::time::shanghai;
use rust_decimal::Decimal;

use crate::desk::day::Sheet;
use crate::desk::{Order, Payment};
use crate::order::Method;

/// UTF-8 with a byte order mark: spreadsheet programs read Chinese only so.
const MARK: &str = "\u{feff}";

/// The day's money, one row each, with a sum.
#[must_use]
pub fn day_csv(sheet: &Sheet) -> String {
    let head = [
        "收据号",
        "类型",
        "缴款单号",
        "受理编号",
        "方式",
        "金额（元）",
        "流水号",
        "电子票号",
        "时间",
        "收费员",
        "办事点",
        "月结单号",
        "原因",
    ];
    let rows = sheet.entries.iter().map(row).collect();
    let net: Decimal = sheet.booked.iter().map(|b| b.taken - b.given).sum();
    write(&head, rows, Some(("合计", 5, net)))
}

fn row(p: &Payment) -> Vec<String> {
    let refund = p.kind == "refund";
    let amount = if refund { -p.amount } else { p.amount };
    let method =
        Method::from_code(&p.method).map_or_else(|| p.method.clone(), |m| m.name_zh().to_owned());
    let at = p.paid_at.with_timezone(&shanghai());
    vec![
        p.receipt_no.clone(),
        if refund { "退款" } else { "收款" }.to_owned(),
        p.order_no.clone(),
        p.case_no.clone(),
        method,
        format!("{amount:.2}"),
        p.channel_no.clone().unwrap_or_default(),
        p.bill_no.clone(),
        at.format("%Y-%m-%d %H:%M:%S").to_string(),
        p.cashier_name.clone(),
        p.office_id.clone().unwrap_or_default(),
        p.statement_no.clone().unwrap_or_default(),
        p.reason.clone().unwrap_or_default(),
    ]
}

/// The orders of a payer's month, with a sum.
#[must_use]
pub fn month_csv(orders: &[Order]) -> String {
    let head = [
        "缴款单号",
        "受理编号",
        "业务",
        "坐落",
        "缴款人",
        "应缴（元）",
        "已缴（元）",
        "未缴（元）",
        "开单日期",
        "状态",
    ];
    let rows = orders
        .iter()
        .map(|o| {
            vec![
                o.order_no.clone(),
                o.case_no.clone(),
                o.business.clone(),
                o.address.clone(),
                o.payer.clone(),
                format!("{:.2}", o.due),
                format!("{:.2}", o.sums().net()),
                format!("{:.2}", o.sums().balance()),
                o.issued_on.to_string(),
                o.state().name_zh().to_owned(),
            ]
        })
        .collect();
    let open = orders.iter().map(|o| o.sums().balance()).sum();
    write(&head, rows, Some(("未缴合计", 7, open)))
}

fn write(head: &[&str], rows: Vec<Vec<String>>, sum: Option<(&str, usize, Decimal)>) -> String {
    let mut out = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    // writing to memory does not fail
    let _ = out.write_record(head);
    for row in rows {
        let _ = out.write_record(row.iter().map(|cell| safe(cell)));
    }
    if let Some((name, column, amount)) = sum {
        let mut last = vec![String::new(); head.len()];
        last[0] = name.to_owned();
        last[column] = format!("{amount:.2}");
        let _ = out.write_record(&last);
    }
    let bytes = out.into_inner().unwrap_or_default();
    format!("{MARK}{}", String::from_utf8_lossy(&bytes))
}

/// A cell that a spreadsheet would take for a formula becomes text; amounts stay numbers.
fn safe(cell: &str) -> String {
    let formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<Decimal>().is_err();
    if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_amounts_stay() {
        assert_eq!(safe("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(safe("-80.00"), "-80.00");
        assert_eq!(safe("甲"), "甲");
        let text = write(&["名", "额"], vec![vec!["甲,乙".into(), "1".into()]], None);
        assert_eq!(text, "\u{feff}名,额\n\"甲,乙\",1\n");
    }
}
