//! What must be brought, what is printed on, what is handed over.

use dengbu_cases::moves::Request;
use dengbu_cases::{CaseError, materials};
use dengbu_law::flow::{Move, Step};
use dengbu_model::certificate::FormSerial;
use dengbu_model::party::Agent;
use dengbu_register::forms::{self, FormError};

use crate::fixture::{
    ARCHIVIST, CITY, DESK, MAKER, MORTGAGE, Office, RECEPTION, SALE, archiving, doing, handing_to,
    hour, now, printing,
};
use crate::forms::{bank, loan_from, person, sale_to};

fn missing<T: std::fmt::Debug>(refused: Result<T, CaseError>) -> Vec<String> {
    match refused {
        Err(CaseError::MaterialsMissing(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn field<T: std::fmt::Debug>(refused: Result<T, CaseError>) -> (String, &'static str) {
    match refused {
        Err(CaseError::Fields(f)) => (f[0].field.clone(), f[0].code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn missing_papers_are_named() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.open(SALE, &units[0]).await;
    o.fill(&case_no, sale_to(person("买方", 101)))
        .await
        .unwrap();
    let all = missing(o.go(&case_no, Move::Submit).await);
    assert_eq!(all.len(), 5);
    assert!(
        all.contains(&"H1 契税完税或减免税凭证".to_owned()),
        "{all:?}"
    );
    o.papers(&case_no).await;
    let tax = {
        let case = o.case(&case_no).await;
        let mut tx = o.tx(CITY).await;
        let list = materials::list(&mut tx, &case).await.unwrap();
        list.into_iter()
            .find(|m| m.item == "H1")
            .unwrap()
            .material_id
    };
    let mut tx = o.tx(CITY).await;
    materials::remove(&mut tx, &case_no, tax, &doing(RECEPTION, now()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        missing(o.go(&case_no, Move::Submit).await),
        ["H1 契税完税或减免税凭证"]
    );
    assert_eq!(
        o.text("select count(*)::text from case_material where removed_by = '受理员'")
            .await,
        "1",
        "what was taken off stays on record"
    );
    o.paper(&case_no, "H1").await.unwrap();
    assert_eq!(
        o.go(&case_no, Move::Submit).await.unwrap().step,
        Step::FirstReview
    );
}

#[tokio::test]
async fn an_agent_brings_a_power_of_attorney() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o
        .ready(SALE, &units[0], |a| {
            sale_to(person("买方", 101))(a);
            a.holders[0].party.agent = Some(Agent {
                name: "代理人".to_owned(),
                id: person("代理人", 200).id,
                phone: None,
                authority: None,
            });
        })
        .await;
    assert_eq!(
        missing(o.go(&case_no, Move::Submit).await),
        ["A3 授权委托书及代理人身份证明"]
    );
    o.paper(&case_no, "A3").await.unwrap();
    o.go(&case_no, Move::Submit).await.unwrap();
}

#[tokio::test]
async fn a_restricted_mortgage_asks_for_the_banks_consent() {
    let (o, units) = Office::with_dwellings(1).await;
    let loan = o
        .ready(MORTGAGE, &units[0], |a| {
            loan_from(bank(1))(a);
            if let dengbu_law::application::Detail::Mortgage(m) = &mut a.detail {
                m.transfer_restricted = Some(true);
            }
        })
        .await;
    o.record(&loan).await.unwrap();
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    match o.go(&sale, Move::Submit).await {
        Err(CaseError::Rules(v)) => assert_eq!(v[0].rule, "R20"),
        other => panic!("{other:?}"),
    }
    o.fill(&sale, |a| {
        a.acknowledged
            .push(dengbu_law::application::Acknowledgement {
                rule: "R20".to_owned(),
                reason: "已收取抵押权人书面同意".to_owned(),
            });
    })
    .await
    .unwrap();
    assert_eq!(
        missing(o.go(&sale, Move::Submit).await),
        ["F7 抵押权人同意转让的书面材料"]
    );
    o.paper(&sale, "F7").await.unwrap();
    o.record(&sale).await.unwrap();
}

#[tokio::test]
async fn a_paper_belongs_to_the_checklist() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.open(SALE, &units[0]).await;
    assert_eq!(
        field(o.paper(&case_no, "Z9").await),
        ("/item".to_owned(), "unknown_item")
    );
}

#[tokio::test]
async fn a_certificate_is_printed_on_one_fitting_form() {
    let (o, units) = Office::with_dwellings(2).await;
    let mut tx = o.tx(CITY).await;
    for (kind, first) in [("title", "D51000000001"), ("proof", "E51000000001")] {
        let first = FormSerial::parse(first).unwrap();
        forms::receive(&mut tx, CITY, kind, &first, 3, "管理员", now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let mut cases = Vec::new();
    for unit in &units {
        let case_no = o.ready(SALE, unit, sale_to(person("买方", 101))).await;
        o.record(&case_no).await.unwrap();
        crate::paying::settle(&o, &case_no).await;
        cases.push(case_no);
    }
    let print = async |which: usize, serials: &[&str]| {
        o.make(&cases[which], &printing(serials), MAKER, hour(9))
            .await
    };
    let odd = print(0, &["E51000000001"]).await;
    assert!(
        matches!(odd, Err(CaseError::Form(FormError::WrongKind { .. }))),
        "{odd:?}"
    );
    let unknown = print(0, &["D51000000009"]).await;
    assert!(matches!(
        unknown,
        Err(CaseError::Form(FormError::Unknown(_)))
    ));
    for serials in [&[][..], &["D51000000001", "D51000000002"]] {
        assert_eq!(
            field(print(0, serials).await),
            ("/form_serials".to_owned(), "count")
        );
    }
    assert_eq!(field(print(0, &["D12"]).await).1, "form_serial_invalid");
    assert_eq!(
        o.text("select count(*)::text from paper_form where state <> 'in_stock'")
            .await,
        "0"
    );
    print(0, &["D51000000001"]).await.unwrap();
    let again = print(1, &["D51000000001"]).await;
    assert!(matches!(
        again,
        Err(CaseError::Form(FormError::NotInStock { .. }))
    ));
    print(1, &["D51000000002"]).await.unwrap();
}

#[tokio::test]
async fn one_form_does_not_carry_two_certificates_of_a_case() {
    let (o, units) = Office::with_dwellings(1).await;
    let mut tx = o.tx(CITY).await;
    let first = FormSerial::parse("D51000000001").unwrap();
    forms::receive(&mut tx, CITY, "title", &first, 2, "管理员", now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let case_no = o
        .ready(SALE, &units[0], |a| {
            sale_to(person("买方", 101))(a);
            a.holders = vec![
                crate::forms::whole(person("买方一", 101)),
                crate::forms::whole(person("买方二", 102)),
            ];
            a.co_ownership = dengbu_model::party::CoOwnership::Joint;
            a.separate_certificates = true;
        })
        .await;
    o.record(&case_no).await.unwrap();
    crate::paying::settle(&o, &case_no).await;
    let twice = printing(&["D51000000001", "D51000000001"]);
    let refused = o.make(&case_no, &twice, MAKER, hour(9)).await;
    assert!(matches!(
        refused,
        Err(CaseError::Form(FormError::NotInStock { .. }))
    ));
    assert_eq!(
        o.text("select count(*)::text from paper_form where state = 'used'")
            .await,
        "0"
    );
}

#[tokio::test]
async fn who_takes_it_and_where_it_is_filed_is_said() {
    let (o, units) = Office::with_dwellings(1).await;
    let mut tx = o.tx(CITY).await;
    let first = FormSerial::parse("D51000000001").unwrap();
    forms::receive(&mut tx, CITY, "title", &first, 1, "管理员", now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.record(&case_no).await.unwrap();
    crate::paying::settle(&o, &case_no).await;
    o.make(&case_no, &printing(&["D51000000001"]), MAKER, hour(9))
        .await
        .unwrap();
    for request in [Request::plain(Move::Deliver), handing_to("  ")] {
        let refused = o.make(&case_no, &request, DESK, hour(9)).await;
        assert_eq!(field(refused), ("/recipient/name".to_owned(), "required"));
    }
    o.make(&case_no, &handing_to("买方"), DESK, hour(9))
        .await
        .unwrap();
    let long = "长".repeat(51);
    for (number, code) in [
        ("", "required"),
        (" ", "required"),
        (long.as_str(), "too_long"),
    ] {
        let refused = o
            .make(&case_no, &archiving(number), ARCHIVIST, hour(9))
            .await;
        assert_eq!(field(refused), ("/archive_no".to_owned(), code));
    }
}
