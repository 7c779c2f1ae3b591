//! Mortgage cases (抵押权首次登记) brought to the step before recording, through the same
//! functions as the counter's requests.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use dengbu_cases::materials::{self, Described};
use dengbu_cases::moves::{self, Promise, Request};
use dengbu_cases::open::{self, NewCase};
use dengbu_cases::recording::Tools;
use dengbu_cases::scans::Stored;
use dengbu_cases::{Doing, case, draft};
use dengbu_law::application::{Application, Detail, MortgageDetail};
use dengbu_law::catalogue;
use dengbu_law::flow::{Move, Step};
use dengbu_model::party::Holder;
use dengbu_model::quantity::Money;
use dengbu_model::right::MortgageMethod;
use dengbu_register::person::PersonKey;
use dengbu_server::state::{new_id, now};
use dengbu_store::{Scope, Store, TenantTx};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::city::{self, Household};
use crate::place::Place;

/// The business prepared.
const BUSINESS: &str = "100-DY-01";
/// Cases in one transaction: preparing is not measured, and need not wait for the disk each time.
const TOGETHER: usize = 20;

/// A case that waits for its recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Number.
    pub case_no: String,
    /// Version to send with the recording.
    pub version: i64,
}

/// Prepares so many cases in each county, the counties at work side by side.
///
/// # Errors
/// The rules or the database refused.
pub async fn cases(
    place: &Place,
    wanted: &BTreeMap<&'static str, usize>,
    units: usize,
) -> Result<BTreeMap<&'static str, Vec<Ready>>> {
    // one scanned page serves for all papers: contents are kept by their digest
    let scan = place.scans.put(b"%PDF-1.4 bench".to_vec()).await?;
    let mut tasks = Vec::new();
    for (county, count) in wanted {
        let (store, scope, key) = (place.store.clone(), place.scope.clone(), place.key.clone());
        let (county, count, scan) = (*county, *count, scan.clone());
        tasks.push(tokio::spawn(async move {
            let free = free_units(&store, &scope, county, count, units).await?;
            let mut ready = Vec::with_capacity(count);
            for some in free.chunks(TOGETHER) {
                let mut tx = store.begin(&scope).await?;
                for household in some {
                    ready.push(one(&mut tx, &key, *household, &scan).await?);
                }
                tx.commit().await?;
            }
            anyhow::Ok((county, ready))
        }));
    }
    let mut all = BTreeMap::new();
    for task in tasks {
        let (county, ready) = task.await??;
        all.insert(county, ready);
    }
    Ok(all)
}

/// Households of the county on whose unit neither a mortgage nor a case is.
pub(crate) async fn free_units(
    store: &Store,
    scope: &Scope,
    county: &str,
    count: usize,
    units: usize,
) -> Result<Vec<Household>> {
    let mut tx = store.begin(scope).await?;
    let taken: Vec<String> =
        sqlx::query_scalar("select unit_code from case_unit where county = $1")
            .bind(county)
            .fetch_all(tx.conn())
            .await?;
    let taken: std::collections::BTreeSet<String> = taken.into_iter().collect();
    let mut free = Vec::with_capacity(count);
    // a stride that shares no factor with the size spreads them over the county
    let stride = 7_919;
    let mut at = 0;
    for _ in 0..units {
        if free.len() == count {
            break;
        }
        at = (at + stride) % units;
        let household = Household(at);
        if household.county() == county
            && !household.is_mortgaged()
            && !taken.contains(household.unit()?.as_str())
        {
            free.push(household);
        }
    }
    anyhow::ensure!(
        free.len() == count,
        "区县 {county} 只有 {} 个可用单元，需要 {count} 个：请加大 --units",
        free.len()
    );
    Ok(free)
}

async fn one(
    tx: &mut TenantTx,
    key: &PersonKey,
    household: Household,
    scan: &Stored,
) -> Result<Ready> {
    let [clerk, first, second] = [1, 2, 3].map(|n| Doing {
        staff_id: Uuid::from_u128(n),
        name: "测量员",
        now: now(),
        ids: &new_id,
    });
    let new = NewCase {
        business: BUSINESS.to_owned(),
        units: vec![household.unit()?],
        target_right_id: None,
        authority: city::authority_of(household.county()).to_owned(),
        office_id: None,
        office_authority: city::authority_of(household.county()).to_owned(),
        office_name: None,
        source: "counter".to_owned(),
    };
    let case_no = open::open(tx, &new, &clerk).await?;
    let drafted = case::load(tx, &case_no, false).await?;
    let application = filled(drafted.application)?;
    let mut case = draft::save(tx, &case_no, drafted.version, application, &clerk).await?;
    let business = catalogue::business(BUSINESS).context("业务目录")?;
    for item in business.materials.iter().filter(|m| m.required) {
        let described = Described {
            item: item.code.clone(),
            file_name: "scan.pdf".to_owned(),
            copies: 1,
            pages: Some(1),
            original: true,
        };
        materials::add(tx, &case_no, &described, scan, &clerk).await?;
    }
    let promise = Promise {
        committed_days: business.days.committed,
    };
    let tools = Tools { person_key: key };
    for (action, doing) in [
        (Move::Submit, &clerk),
        (Move::Agree, &first),
        (Move::Agree, &second),
    ] {
        let asked = Request::plain(action);
        case = moves::make(tx, &tools, &case_no, case.version, &asked, &promise, doing).await?;
    }
    anyhow::ensure!(
        case.step == Step::Recording,
        "业务件 {case_no} 没有到登簿环节"
    );
    Ok(Ready {
        case_no,
        version: case.version,
    })
}

pub(crate) fn filled(mut application: Application) -> Result<Application> {
    application.holders = vec![Holder {
        party: city::bank(),
        share: None,
    }];
    application.detail = Detail::Mortgage(MortgageDetail {
        method: MortgageMethod::General,
        secured_amount: Some(Money::new(Decimal::new(50_000_000, 2))?),
        maximum_amount: None,
        term_start: NaiveDate::from_ymd_opt(2026, 11, 1),
        term_end: NaiveDate::from_ymd_opt(2046, 10, 31),
        scope: Some("主债权及利息、违约金、实现抵押权的费用".to_owned()),
        transfer_restricted: Some(false),
        contract_no: Some("示例抵字第1号".to_owned()),
        debtor: None,
        construction_scope: None,
    });
    Ok(application)
}
