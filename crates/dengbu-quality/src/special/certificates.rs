//! Certificate numbers: their year, and whose they are.

use super::{Context, current, on, views};
use crate::area::{SourceId, View};
use crate::finding::Kind;
use crate::form::{self, Form};
use crate::rule::Rule;
use crate::run::Found;
use crate::value::date;
use chrono::Datelike as _;
use std::collections::HashMap;

fn registered(view: &View<'_>, row: usize) -> Option<i32> {
    date(view.value("DJSJ", row)).map(|d| d.year())
}

/// Whether the year in a number of the new form is that of the registration, give or take some.
fn year_fits(view: &View<'_>, row: usize, years: i32) -> bool {
    match (
        form::certificate_year(view.value("BDCQZH", row)),
        registered(view, row),
    ) {
        (Some(year), Some(registered)) => (year - registered).abs() <= years,
        _ => true,
    }
}

/// DQ-LOG-031.
pub fn certificate_year(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    #[expect(clippy::cast_possible_truncation, reason = "a small number of years")]
    let years = rule.parameter("years") as i32;
    let mut out = Vec::new();
    for view in views(context, rule) {
        let rows = crate::run::rows_where(view, |row| !year_fits(view, row, years));
        out.extend(rows.into_iter().map(|row| {
            let message = "证号中的年份与登记时间不符".to_owned();
            on(view, row as usize, "BDCQZH", message, None)
        }));
    }
    out
}

/// DQ-RGT-022: one certificate number on two current rights. Numbers are an office's own: the old
/// ones begin anew in every county. The bearer whose registration fits the number's year keeps
/// it, otherwise the first.
pub fn certificate_double(context: &Context<'_, '_>, rule: &Rule) -> Vec<Found> {
    let mut bearers: HashMap<(SourceId, &str), Vec<(usize, u32)>> = HashMap::new();
    let all = views(context, rule);
    for (v, view) in all.iter().enumerate() {
        let column = view.column("BDCQZH");
        for (row, source) in (0u32..).zip(&view.source) {
            let number = column.get(row as usize);
            if !number.is_empty() && current(view, row as usize) {
                bearers.entry((*source, number)).or_default().push((v, row));
            }
        }
    }
    let mut out = Vec::new();
    for ((_, number), list) in bearers {
        let business = |(v, row): &(usize, u32)| match all[*v].value("YWH", *row as usize) {
            "" => all[*v].table.legacy_id(*row as usize),
            key => key,
        };
        let first = business(&list[0]);
        // One certificate of one case may list several units.
        if list.iter().all(|b| business(b) == first) || !Form::Certificate.fits(number) {
            continue;
        }
        let keeper = list
            .iter()
            .position(|(v, row)| year_fits(all[*v], *row as usize, 0))
            .unwrap_or(0);
        let (v, row) = list[keeper];
        let kept = all[v].table.legacy_id(row as usize).to_owned();
        for (v, row) in list
            .iter()
            .filter(|b| business(b) != business(&list[keeper]))
        {
            let message = format!("证号与现势权利 {kept} 的证号相同");
            out.push(on(
                all[*v],
                *row as usize,
                "BDCQZH",
                message,
                Some(Kind::CertDuplicate),
            ));
        }
    }
    out
}
