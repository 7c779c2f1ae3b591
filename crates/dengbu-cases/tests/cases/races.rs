//! Cases that meet at the same moment on the real database.

use std::sync::Arc;

use dengbu_cases::CaseError;
use dengbu_cases::case::Case;
use dengbu_cases::moves::{self, Promise, Request};
use dengbu_cases::recording::Tools;
use dengbu_law::flow::{Move, Step};
use dengbu_model::right::{RightDetail, SeizureKind};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::{numbers, read};
use tokio::sync::Barrier;

use crate::fixture::{CITY, MORTGAGE, Office, REGISTRAR, RELEASE, SALE, SEIZURE, doing, hour, key};
use crate::forms::{bank, loan_from, order, paid, person, sale_to};

/// Records all of them at the same moment, each with the version it has now; results in the order
/// of the cases.
async fn at_once(o: &Arc<Office>, cases: &[String]) -> Vec<Result<Case, CaseError>> {
    let start = Arc::new(Barrier::new(cases.len()));
    let mut tasks = Vec::new();
    for case_no in cases {
        let version = o.case(case_no).await.version;
        let (o, start, case_no) = (o.clone(), start.clone(), case_no.clone());
        tasks.push(tokio::spawn(async move {
            start.wait().await;
            let request = Request::plain(Move::Record);
            o.make_seen(&case_no, version, &request, REGISTRAR, hour(8))
                .await
        }));
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

async fn waiting(o: &Office, business: &str, unit: &UnitCode, n: usize) -> String {
    let case_no = match business {
        SALE => o.ready(SALE, unit, sale_to(person("买方", 101))).await,
        SEIZURE => o.ready(SEIZURE, unit, order(&n.to_string())).await,
        RELEASE => o.ready(RELEASE, unit, paid).await,
        _ => o.ready(MORTGAGE, unit, loan_from(bank(1))).await,
    };
    o.bring_to(&case_no, Step::Recording).await;
    case_no
}

/// Chains whole, numbers without gap or twin.
async fn sound(o: &Office) {
    o.seal().await;
    let report = o.verify().await;
    assert_eq!((report.broken, report.unsealed), (None, 0));
    let mut tx = o.tx(CITY).await;
    for s in numbers::series(&mut tx).await.unwrap() {
        assert!(s.unexplained.is_empty() && s.last == s.issued, "{s:?}");
    }
    let twins = "select count(*)::text from (select certificate_no from issued_number
                 group by certificate_no having count(*) > 1) t";
    assert_eq!(o.text(twins).await, "0");
}

/// The sale's place among the unit's entries, and that of the first seizure.
async fn places(o: &Office, unit: &UnitCode) -> (Option<i64>, Option<i64>) {
    let mut tx = o.tx(CITY).await;
    let entries = read::entries(&mut tx, unit).await.unwrap();
    let seq = |business: &str| {
        entries
            .iter()
            .find(|e| e.body.business == business)
            .map(|e| e.body.unit_seq)
    };
    (seq(SALE), seq(SEIZURE))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sale_and_a_seizure_at_the_same_moment() {
    let (o, units) = Office::with_dwellings(6).await;
    let o = Arc::new(o);
    let mut cases = Vec::new();
    for (n, unit) in units.iter().enumerate() {
        cases.push(waiting(&o, SALE, unit, n).await);
        cases.push(waiting(&o, SEIZURE, unit, n).await);
    }
    // all twelve together: pairs that conflict and pairs that do not
    let results = at_once(&o, &cases).await;
    for (unit, pair) in units.iter().zip(results.chunks(2)) {
        match (&pair[0], &pair[1], places(&o, unit).await) {
            // the sale came first: the seller's debt no longer reaches the house
            (Ok(_), Err(CaseError::Rules(v)), (Some(_), None)) => assert_eq!(v[0].rule, "R18"),
            (Err(CaseError::Rules(v)), Ok(_), (None, Some(_))) => assert_eq!(v[0].rule, "R10"),
            other => panic!("{other:?}"),
        }
    }
    sound(&o).await;
}

/// Records `first`, but holds its commit back until the recording of `second` waits for it; gives
/// what became of the second.
async fn one_behind_the_other(
    o: &Arc<Office>,
    first: &str,
    second: &str,
) -> Result<Case, CaseError> {
    let version = o.case(first).await.version;
    let mut tx = o.tx(CITY).await;
    let key = key();
    let tools = Tools { person_key: &key };
    let (request, promise) = (Request::plain(Move::Record), Promise { committed_days: 3 });
    let who = doing(REGISTRAR, hour(8));
    moves::make(&mut tx, &tools, first, version, &request, &promise, &who)
        .await
        .unwrap();
    let later = {
        let (o, second) = (o.clone(), second.to_owned());
        tokio::spawn(async move { o.go(&second, Move::Record).await })
    };
    // the database's own list of locks says when it waits, not the clock
    let waits = "select count(*)::text from pg_locks l join pg_stat_activity a on a.pid = l.pid
                 where a.datname = current_database() and not l.granted";
    while o.text(waits).await == "0" {
        assert!(!later.is_finished(), "{second} did not wait for {first}");
    }
    tx.commit().await.unwrap();
    later.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sale_behind_a_seizure_sees_it_though_it_came_before_the_commit() {
    let (o, units) = Office::with_dwellings(2).await;
    let o = Arc::new(o);
    let sale = waiting(&o, SALE, &units[0], 0).await;
    let seizure = waiting(&o, SEIZURE, &units[0], 0).await;
    match one_behind_the_other(&o, &seizure, &sale).await {
        Err(CaseError::Rules(v)) => assert_eq!(v[0].rule, "R10"),
        other => panic!("{other:?}"),
    }
    // the other way round the order names a seller who no longer owns
    let sale = waiting(&o, SALE, &units[1], 1).await;
    let seizure = waiting(&o, SEIZURE, &units[1], 1).await;
    match one_behind_the_other(&o, &sale, &seizure).await {
        Err(CaseError::Rules(v)) => assert_eq!(v[0].rule, "R18"),
        other => panic!("{other:?}"),
    }
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_seizure_of_the_land_and_a_sale_on_it_are_not_recorded_past_one_another() {
    let (o, units) = Office::with_dwellings(2).await;
    let o = Arc::new(o);
    let land = UnitCode::of_land(&units[0].parcel()).unwrap();
    let sold = waiting(&o, SALE, &units[0], 0).await;
    let stopped = waiting(&o, SALE, &units[1], 1).await;
    let first = waiting(&o, SEIZURE, &land, 0).await;
    let second = waiting(&o, SEIZURE, &land, 1).await;
    one_behind_the_other(&o, &sold, &first).await.unwrap();
    match one_behind_the_other(&o, &second, &stopped).await {
        Err(CaseError::Rules(v)) => assert_eq!(v[0].rule, "R11"),
        other => panic!("{other:?}"),
    }
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_mortgage_released_by_several_cases_at_the_same_moment() {
    let (o, units) = Office::with_dwellings(1).await;
    let o = Arc::new(o);
    let loan = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    o.record(&loan).await.unwrap();
    let mut cases = Vec::new();
    for n in 0..4 {
        cases.push(waiting(&o, RELEASE, &units[0], n).await);
    }
    let results = at_once(&o, &cases).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.iter().filter_map(|r| r.as_ref().err()) {
        let CaseError::Rules(v) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(v[0].rule, "R_MORTGAGE_LIVE");
    }
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_seizures_at_the_same_moment_one_is_first() {
    let (o, units) = Office::with_dwellings(1).await;
    let o = Arc::new(o);
    let mut cases = Vec::new();
    for n in 0..8 {
        cases.push(waiting(&o, SEIZURE, &units[0], n).await);
    }
    let results = at_once(&o, &cases).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let ranks: Vec<_> = o
        .standing(&units[0])
        .await
        .into_iter()
        .filter_map(|r| match r.right.detail {
            RightDetail::Seizure(s) => Some((s.kind == SeizureKind::Seizure, s.rank)),
            _ => None,
        })
        .collect();
    let expected: Vec<_> = (0..8).map(|n| (n == 0, Some(n))).collect();
    assert_eq!(ranks, expected);
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_recordings_on_different_units_all_succeed() {
    let (o, units) = Office::with_dwellings(16).await;
    let o = Arc::new(o);
    let mut cases = Vec::new();
    for (n, unit) in units.iter().enumerate() {
        cases.push(waiting(&o, SALE, unit, n).await);
    }
    let results = at_once(&o, &cases).await;
    let mut drawn: Vec<String> = results
        .into_iter()
        .map(|r| {
            let case = r.unwrap();
            let detail = case.events.last().unwrap().detail.clone().unwrap();
            detail["certificates"][0].as_str().unwrap().to_owned()
        })
        .collect();
    drawn.sort();
    let expected: Vec<_> = (1..=16)
        .map(|n| format!("川(2026)攀枝花市不动产权第{n:07}号"))
        .collect();
    assert_eq!(drawn, expected);
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_case_pressed_twice_is_recorded_once() {
    let (o, units) = Office::with_dwellings(1).await;
    let o = Arc::new(o);
    let case_no = waiting(&o, SALE, &units[0], 0).await;
    let results = at_once(&o, &vec![case_no; 4]).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.iter().filter_map(|r| r.as_ref().err()) {
        assert!(matches!(refused, CaseError::Stale { .. }), "{refused:?}");
    }
    assert_eq!(
        o.text("select count(*)::text from issued_number").await,
        "1"
    );
    sound(&o).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_several_sales_begun_at_the_same_moment_is_taken_in() {
    let (o, units) = Office::with_dwellings(1).await;
    let o = Arc::new(o);
    let start = Arc::new(Barrier::new(5));
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let (o, start, units) = (o.clone(), start.clone(), units.clone());
            tokio::spawn(async move {
                start.wait().await;
                let business = if n % 2 == 0 { SALE } else { MORTGAGE };
                o.try_open(business, &units, None).await
            })
        })
        .collect();
    let mut opened = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => opened += 1,
            Err(CaseError::UnitBusy { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(opened, 1);
    // the numbers of those turned away went back to the series
    assert_eq!(
        o.text("select last::text from case_number_series").await,
        "1"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_over_the_same_units_in_another_order_do_not_lock_each_other_out() {
    let (o, units) = Office::with_dwellings(3).await;
    let o = Arc::new(o);
    let mut cases = Vec::new();
    for n in 0..6_usize {
        let mut mixed = units.clone();
        mixed.rotate_left(n % 3);
        if n >= 3 {
            mixed.reverse();
        }
        let case_no = o.try_open(SEIZURE, &mixed, None).await.unwrap();
        o.fill(&case_no, order(&n.to_string())).await.unwrap();
        o.papers(&case_no).await;
        o.bring_to(&case_no, Step::Recording).await;
        cases.push(case_no);
    }
    let results = at_once(&o, &cases).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    sound(&o).await;
}
