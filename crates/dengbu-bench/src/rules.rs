//! Rules in memory: how many unit states a second one core can test against all rules of a
//! business. No database, no HTTP: what the law itself costs.

use std::hint::black_box;
use std::time::Instant;

use chrono::NaiveDate;
use dengbu_law::application::{Application, prefill};
use dengbu_law::calendar::Calendar;
use dengbu_law::catalogue::{self, Business};
use dengbu_law::rules;
use dengbu_law::state::{StandingRight, UnitState};
use dengbu_model::cadastre::UnitKind;
use dengbu_model::party::{Holder, Party, PartyKind};
use dengbu_model::quantity::Area;
use dengbu_model::right::{Mortgage, MortgageMethod, Right, RightDetail, RightType};
use serde::Serialize;
use uuid::Uuid;

use crate::city::{self, Household};
use crate::options::Options;

/// One business.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluations {
    /// In Chinese, for the table.
    pub label: &'static str,
    /// Rules that the business runs.
    pub rules: usize,
    /// Unit states per second on one core.
    pub per_second: f64,
}

/// Measures a sale and a mortgage of units with a title and, every fifth, a mortgage.
#[must_use]
pub fn measure(options: &Options) -> Vec<Evaluations> {
    [("存量房转移", "200-04-02"), ("抵押权首次", "100-DY-01")]
        .into_iter()
        .filter_map(|(label, code)| one(label, catalogue::business(code)?, options.evaluations))
        .collect()
}

fn one(label: &'static str, business: &'static Business, count: usize) -> Option<Evaluations> {
    let pool: Vec<(UnitState, Application)> =
        (0..1_000).filter_map(|at| state(business, at)).collect();
    let today = NaiveDate::from_ymd_opt(2026, 11, 23)?;
    let calendar = Calendar::default();
    let start = Instant::now();
    for (state, application) in pool.iter().cycle().take(count) {
        let found = rules::check(
            business,
            application,
            std::slice::from_ref(state),
            &calendar,
            today,
        );
        black_box(found.len());
    }
    let seconds = start.elapsed().as_secs_f64();
    Some(Evaluations {
        label,
        rules: business.rules.len(),
        per_second: count as f64 / seconds,
    })
}

fn state(business: &'static Business, at: usize) -> Option<(UnitState, Application)> {
    let household = Household(at);
    let unit = household.unit().ok()?;
    let mut state = UnitState::bare(unit.clone(), UnitKind::Dwelling);
    state.area = Area::parse("98.76").ok();
    let since = NaiveDate::from_ymd_opt(2020, 1, 1)?
        .and_hms_opt(0, 0, 0)?
        .and_utc();
    let standing = |n: u128, right: Right| StandingRight {
        right_id: Uuid::from_u128(n),
        unit: unit.clone(),
        right,
        certificate_no: None,
        registered_at: since,
        case_no: None,
    };
    let title = household.title().ok()?;
    if at.is_multiple_of(5) {
        let mut mortgage = title.clone();
        mortgage.right_type = RightType::Mortgage;
        mortgage.holders = vec![Holder {
            party: city::bank(),
            share: None,
        }];
        let mut detail = Mortgage::new(MortgageMethod::General);
        detail.transfer_restricted = Some(false);
        mortgage.detail = RightDetail::Mortgage(detail);
        state.rights.push(standing(2, mortgage));
    }
    state.rights.push(standing(1, title));
    let mut application = prefill(business, std::slice::from_ref(&state), None).ok()?;
    application.holders = vec![Holder {
        party: Party::named("受让人", PartyKind::Person),
        share: None,
    }];
    Some((state, application))
}
