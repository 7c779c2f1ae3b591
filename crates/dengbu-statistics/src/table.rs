//! A table of figures, ready to be written to a sheet.

use rust_decimal::Decimal;

use crate::dimension::Dimension;
use crate::figures::{Figures, Used, Work, hours};

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A name or words; never a formula.
    Text(String),
    /// A number of cases or days.
    Count(i64),
    /// Percent or hours, with one decimal.
    Tenths(Decimal),
    /// Nothing to say.
    Empty,
}

/// A table with a head (统计表).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name, also of the sheet.
    pub title: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Rows as long as the head.
    pub rows: Vec<Vec<Cell>>,
}

/// Columns of figures after the name of a row.
const FIGURES: [&str; 16] = [
    "受理（件）",
    "其中网上（件）",
    "网上占比（%）",
    "登簿（件）",
    "其中自动审核（件）",
    "自动审核占比（%）",
    "按期（件）",
    "按期率（%）",
    "补正件（件）",
    "用时中位数（工作日）",
    "用时九成位（工作日）",
    "用时中位数（小时）",
    "用时九成位（小时）",
    "发证（件）",
    "不予登记（件）",
    "撤回（件）",
];

/// A breakdown: names of each row, its figures; and the sum in the last row.
#[must_use]
pub fn breakdown(by: Dimension, rows: &[(Vec<String>, Figures)], total: &Figures) -> Table {
    let names = by.columns_zh();
    named(&format!("按{}", names.join("×")), names, rows, Some(total))
}

/// A trend: a row for each day or month.
#[must_use]
pub fn trend(rows: &[(String, Figures)], total: &Figures) -> Table {
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, f)| (vec![key.clone()], f.clone()))
        .collect();
    named("趋势", &["时间"], &rows, Some(total))
}

fn named(
    title: &str,
    names: &[&str],
    rows: &[(Vec<String>, Figures)],
    total: Option<&Figures>,
) -> Table {
    let mut head: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    head.extend(FIGURES.map(str::to_owned));
    head.push("不予受理（件）".to_owned());
    let line = |key: &[String], f: &Figures| {
        let mut cells: Vec<Cell> = key.iter().cloned().map(Cell::Text).collect();
        cells.resize(names.len(), Cell::Empty);
        cells.extend(figures(f));
        cells
    };
    let mut all: Vec<Vec<Cell>> = rows.iter().map(|(key, f)| line(key, f)).collect();
    if let Some(total) = total {
        all.push(line(&["合计".to_owned()], total));
    }
    Table {
        title: title.to_owned(),
        head,
        rows: all,
    }
}

fn figures(f: &Figures) -> Vec<Cell> {
    let share = |d: Option<Decimal>| d.map_or(Cell::Empty, Cell::Tenths);
    let used = |read: fn(&Used) -> Cell| f.used.as_ref().map_or(Cell::Empty, read);
    vec![
        Cell::Count(f.accepted),
        Cell::Count(f.online),
        share(f.online_share()),
        Cell::Count(f.recorded),
        Cell::Count(f.automatic),
        share(f.automatic_share()),
        Cell::Count(f.on_time),
        share(f.on_time_rate()),
        Cell::Count(f.corrected),
        used(|u| Cell::Count(i64::from(u.days_median))),
        used(|u| Cell::Count(i64::from(u.days_p90))),
        used(|u| Cell::Tenths(hours(u.minutes_median))),
        used(|u| Cell::Tenths(hours(u.minutes_p90))),
        Cell::Count(f.delivered),
        Cell::Count(f.refused),
        Cell::Count(f.withdrawn),
        Cell::Count(f.not_accepted),
    ]
}

/// What each person did.
#[must_use]
pub fn work(rows: &[(String, Work)]) -> Table {
    let head = [
        "人员",
        "受理（次）",
        "审查同意（次）",
        "登簿（次）",
        "缮证（次）",
        "发证（次）",
        "归档（次）",
        "退回、补正（次）",
        "不予受理、不予登记（次）",
    ];
    Table {
        title: "人员工作量".to_owned(),
        head: head.map(str::to_owned).into(),
        rows: rows
            .iter()
            .map(|(name, w)| {
                let counts = [
                    w.accepted,
                    w.agreed,
                    w.recorded,
                    w.certificates,
                    w.delivered,
                    w.archived,
                    w.sent_back,
                    w.refused,
                ];
                let mut cells = vec![Cell::Text(name.clone())];
                cells.extend(counts.map(Cell::Count));
                cells
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_long_as_the_head() {
        let one = Figures {
            accepted: 3,
            recorded: 2,
            on_time: 1,
            ..Figures::default()
        };
        for by in Dimension::ALL {
            let key = vec!["=1+1".to_owned(); by.columns_zh().len()];
            let t = breakdown(by, &[(key, one.clone())], &one);
            assert_eq!(t.rows.len(), 2);
            for row in &t.rows {
                assert_eq!(row.len(), t.head.len(), "{}", t.title);
            }
            assert_eq!(t.rows[1][0], Cell::Text("合计".into()));
        }
        let t = work(&[("甲".into(), Work::default())]);
        assert_eq!(t.rows[0].len(), t.head.len());
        let t = trend(&[("2026-11".into(), one.clone())], &one);
        let rate = t.head.iter().position(|h| h == "按期率（%）").unwrap();
        assert_eq!(t.rows[0][rate], Cell::Tenths(Decimal::new(500, 1)));
    }
}
