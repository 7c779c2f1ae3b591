//! Fees on the way of a case: charged at acceptance, asked for before the certificate, given back
//! when the case ends.

use dengbu_cases::{CaseError, fees};
use dengbu_fees::FeeError;
use dengbu_fees::desk::money::{self, Taking};
use dengbu_fees::desk::read::{self, Order};
use dengbu_fees::desk::{orders, read::of_case};
use dengbu_fees::gateway::LocalBills;
use dengbu_fees::order::{Method, OrderState};
use dengbu_fees::tariff::UseClass;
use dengbu_law::flow::{Move, Step};
use dengbu_model::certificate::FormSerial;
use dengbu_register::forms;

use crate::fixture::{
    CITY, DESK, MAKER, Office, RECEPTION, RELEASE, REVIEWER, SALE, authority_of, because, doing,
    handing_to, hour, now, printing,
};
use crate::forms::{person, sale_to};

/// Decides that the units are dwellings and pays whatever the case costs.
pub async fn settle(o: &Office, case_no: &str) {
    let case = o.case(case_no).await;
    let mut tx = o.tx(authority_of(case_no)).await;
    let doing = doing(DESK, hour(4));
    let by = fees::doing(&case, &doing);
    let facts = fees::facts(&mut tx, &case).await.unwrap();
    for unit in &case.units {
        let why = "规划许可载明住宅";
        let done = orders::decide_use(
            &mut tx,
            &LocalBills,
            &facts,
            unit.as_str(),
            UseClass::Residential,
            why,
            &by,
        );
        if matches!(done.await, Err(FeeError::Field { .. })) {
            return; // nothing is charged
        }
    }
    for order in of_case(&mut tx, case_no).await.unwrap() {
        let taking = Taking {
            method: Method::Cash,
            amount: order.sums().balance(),
            channel_no: None,
        };
        let number = &order.order_no;
        money::pay(&mut tx, &LocalBills, number, order.version, &taking, &by)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn orders_of(o: &Office, case_no: &str) -> Vec<Order> {
    let mut tx = o.tx(authority_of(case_no)).await;
    read::of_case(&mut tx, case_no).await.unwrap()
}

#[tokio::test]
async fn no_certificate_before_the_fee_is_paid() {
    let (o, units) = Office::with_dwellings(1).await;
    let mut tx = o.tx(CITY).await;
    let first = FormSerial::parse("D51000000001").unwrap();
    forms::receive(&mut tx, CITY, "title", &first, 1, "管理员", now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    assert!(
        orders_of(&o, &case_no).await.is_empty(),
        "a draft owes nothing"
    );
    o.record(&case_no).await.unwrap();
    let order = orders_of(&o, &case_no).await.remove(0);
    assert_eq!(
        (order.payer.as_str(), order.individual, order.part),
        ("买方", true, 1)
    );
    assert!(order.undecided_unit.is_some(), "no use is registered");
    let print = printing(&["D51000000001"]);
    let refused = o.make(&case_no, &print, MAKER, hour(5)).await;
    let said = match refused {
        Err(CaseError::Fee(e @ FeeError::NotSettled(_))) => e.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(said.contains(&order.order_no), "{said}");
    assert_eq!(o.case(&case_no).await.step, Step::Certificate);
    settle(&o, &case_no).await;
    let paid = orders_of(&o, &case_no).await.remove(0);
    assert_eq!(
        (paid.due.to_string(), paid.state()),
        ("80.00".to_owned(), OrderState::Paid)
    );
    o.make(&case_no, &print, MAKER, hour(5)).await.unwrap();
    o.make(&case_no, &handing_to("业主"), DESK, hour(6))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_taken_in_again_is_assessed_again_and_one_withdrawn_gets_its_money_back() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.bring_to(&case_no, Step::Approval).await;
    settle(&o, &case_no).await;
    let back = because(Move::Correct, "补正");
    o.make(&case_no, &back, REVIEWER, hour(5)).await.unwrap();
    o.fill(&case_no, |a| {
        a.holders[0].party.name = "买方改名".to_owned();
    })
    .await
    .unwrap();
    let again = dengbu_cases::moves::Request::plain(Move::Submit);
    o.make(&case_no, &again, RECEPTION, hour(6)).await.unwrap();
    let order = orders_of(&o, &case_no).await.remove(0);
    assert_eq!(order.payer, "买方改名");
    assert_eq!(order.state(), OrderState::Paid, "what was paid counts");
    let gone = because(Move::Withdraw, "不买了");
    o.make(&case_no, &gone, RECEPTION, hour(7)).await.unwrap();
    let order = orders_of(&o, &case_no).await.remove(0);
    assert_eq!(order.state(), OrderState::RefundDue);
    assert_eq!(order.sums().overpaid().to_string(), "80.00");
}

#[tokio::test]
async fn a_release_costs_nothing() {
    assert_eq!(
        dengbu_law::catalogue::business(RELEASE).unwrap().fee,
        dengbu_law::catalogue::FeeRule::F0
    );
}
