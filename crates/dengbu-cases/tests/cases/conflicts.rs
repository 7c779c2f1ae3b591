//! What stands in the register, or on another desk, stops a case with the article of law; and
//! what is refused leaves no trace.

use dengbu_cases::CaseError;
use dengbu_cases::moves::{self, Promise, Request};
use dengbu_cases::recording::Tools;
use dengbu_law::flow::{Move, Step};
use dengbu_law::rules::Violation;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::numbers;

use crate::fixture::{
    CITY, MORTGAGE, Office, REGISTRAR, RELEASE, SALE, SEIZURE, because, doing, hour, key,
};
use crate::forms::{bank, loan_from, order, paid, person, sale_to};

fn rules<T: std::fmt::Debug>(refused: Result<T, CaseError>) -> Vec<Violation> {
    match refused {
        Err(CaseError::Rules(v)) => v,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_seized_house_is_neither_sold_nor_mortgaged() {
    let (o, units) = Office::with_dwellings(1).await;
    let seizure = o.ready(SEIZURE, &units[0], order("1")).await;
    o.record(&seizure).await.unwrap();
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    let found = rules(o.go(&sale, Move::Submit).await);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, "R10");
    assert!(
        found[0].law.contains("《城市房地产管理法》第三十八条"),
        "{}",
        found[0].law
    );
    assert!(
        found[0].message.contains("(2026)示例1号"),
        "{}",
        found[0].message
    );
    assert_eq!(found[0].unit_code.as_deref(), Some(units[0].as_str()));
    assert_eq!(o.case(&sale).await.step, Step::Acceptance);

    o.make(
        &sale,
        &because(Move::Withdraw, "已查封"),
        REGISTRAR,
        hour(2),
    )
    .await
    .unwrap();
    let loan = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    assert_eq!(rules(o.go(&loan, Move::Submit).await)[0].rule, "R10");
}

#[tokio::test]
async fn a_seizure_of_the_land_reaches_the_house() {
    let (o, units) = Office::with_dwellings(1).await;
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.bring_to(&sale, Step::Recording).await;
    let land = UnitCode::of_land(&units[0].parcel()).unwrap();
    let seizure = o.ready(SEIZURE, &land, order("1")).await;
    o.record(&seizure).await.unwrap();
    let found = rules(o.go(&sale, Move::Record).await);
    assert_eq!(found[0].rule, "R11");
    assert!(found[0].law.contains("第二十一条"));
}

#[tokio::test]
async fn a_seizure_that_comes_before_recording_stops_the_sale_and_nothing_is_written() {
    let (o, units) = Office::with_dwellings(2).await;
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.bring_to(&sale, Step::Recording).await;
    let seizure = o.ready(SEIZURE, &units[0], order("1")).await;
    o.record(&seizure).await.unwrap();

    let before = o.written().await;
    let found = rules(o.go(&sale, Move::Record).await);
    assert_eq!(found[0].rule, "R10");
    assert_eq!(before, o.written().await);

    // the next number is the first: the refused one took none
    let other = o.ready(SALE, &units[1], sale_to(person("买方", 101))).await;
    let recorded = o.record(&other).await.unwrap();
    let detail = recorded.events.last().unwrap().detail.clone().unwrap();
    assert_eq!(
        detail["certificates"][0],
        "川(2026)攀枝花市不动产权第0000001号"
    );

    // the case can still be refused, which frees the unit
    o.make(&sale, &because(Move::Refuse, "已查封"), REGISTRAR, hour(9))
        .await
        .unwrap();
    assert!(o.verify().await.broken.is_none());
}

#[tokio::test]
async fn a_recording_rolled_back_leaves_no_gap() {
    let (o, units) = Office::with_dwellings(2).await;
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    let version = o.bring_to(&sale, Step::Recording).await.version;
    let before = o.written().await;
    for _ in 0..3 {
        // all was written, and then the power failed
        let mut tx = o.tx(CITY).await;
        let key = key();
        let tools = Tools { person_key: &key };
        let promise = Promise { committed_days: 3 };
        let request = Request::plain(Move::Record);
        let who = doing(REGISTRAR, hour(4));
        moves::make(&mut tx, &tools, &sale, version, &request, &promise, &who)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
    }
    assert_eq!(before, o.written().await);
    o.record(&sale).await.unwrap();
    let second = o.ready(SALE, &units[1], sale_to(person("买方", 101))).await;
    o.record(&second).await.unwrap();
    let mut tx = o.tx(CITY).await;
    let series = numbers::series(&mut tx).await.unwrap();
    assert_eq!(series.len(), 1);
    assert_eq!((series[0].last, series[0].issued), (2, 2));
    assert!(series[0].unexplained.is_empty());
    assert_eq!(
        o.text("select string_agg(certificate_no, ' ' order by serial) from issued_number")
            .await,
        "川(2026)攀枝花市不动产权第0000001号 川(2026)攀枝花市不动产权第0000002号"
    );
}

#[tokio::test]
async fn one_disposing_case_per_unit_until_it_is_over() {
    let (o, units) = Office::with_dwellings(1).await;
    let busy = async |business: &str| match o.try_open(business, &units, None).await {
        Err(CaseError::UnitBusy { unit, other }) => {
            assert_eq!(unit, units[0].grouped());
            other
        }
        other => panic!("{other:?}"),
    };
    let first = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    assert_eq!(busy(SALE).await, first);
    assert_eq!(busy(MORTGAGE).await, first);
    // a court does not wait
    o.try_open(SEIZURE, &units, None).await.unwrap();

    let at_recording = o.bring_to(&first, Step::Recording).await;
    assert_eq!(busy(SALE).await, first);
    let withdrawn = because(Move::Withdraw, "双方协商解除合同");
    o.make(&first, &withdrawn, REGISTRAR, at_recording.arrived_at)
        .await
        .unwrap();
    let second = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    assert_eq!(busy(MORTGAGE).await, second);

    // recorded, but not yet printed: the unit is free again
    o.record(&second).await.unwrap();
    o.try_open(MORTGAGE, &units, None).await.unwrap();
}

#[tokio::test]
async fn a_mortgage_is_released_once() {
    let (o, units) = Office::with_dwellings(1).await;
    let loan = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    o.record(&loan).await.unwrap();
    let first = o.ready(RELEASE, &units[0], paid).await;
    let second = o.ready(RELEASE, &units[0], paid).await;
    o.bring_to(&second, Step::Recording).await;
    o.record(&first).await.unwrap();
    let found = rules(o.go(&second, Move::Record).await);
    assert_eq!(found[0].rule, "R_MORTGAGE_LIVE");
    let none = o.try_open(RELEASE, &units, None).await;
    assert!(matches!(none, Err(CaseError::Fields(f)) if f[0].code == "no_mortgage"));
}

#[tokio::test]
async fn who_is_not_in_the_register_cannot_sell() {
    let (o, units) = Office::with_dwellings(1).await;
    let sale = o
        .ready(SALE, &units[0], |a| {
            sale_to(person("买方", 101))(a);
            a.obligors = vec![person("骗子", 666)];
        })
        .await;
    let found = rules(o.go(&sale, Move::Submit).await);
    assert!(
        found.iter().all(|v| v.rule == "R03") && found.len() == 2,
        "{found:?}"
    );
}

#[tokio::test]
async fn units_that_do_not_go_together_are_refused() {
    let (o, units) = Office::with_dwellings(2).await;
    let code = async |units: &[UnitCode]| match o.try_open(SALE, units, None).await {
        Err(CaseError::Fields(f)) => f[0].code,
        other => panic!("{other:?}"),
    };
    let twice = [units[0].clone(), units[0].clone()];
    assert_eq!(code(&twice).await, "duplicate");
    let far = UnitCode::parse("510411001003GB00012F00010001").unwrap();
    assert_eq!(code(&[units[0].clone(), far]).await, "mixed_counties");
    let unknown = UnitCode::parse("510402001003GB00012F00010099").unwrap();
    assert!(o.try_open(SALE, &[unknown], None).await.is_err());
    assert_eq!(
        o.text("select count(*)::text from registration_case").await,
        "0"
    );
}
