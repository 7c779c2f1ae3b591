//! Each business from the counter to the archive, by different persons.

use dengbu_law::application::Detail;
use dengbu_law::flow::{CaseState, Move, Step};
use dengbu_model::certificate::FormSerial;
use dengbu_model::party::CoOwnership;
use dengbu_model::right::{RightDetail, SeizureKind};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::{certificates, forms, read};

use crate::fixture::{
    ARCHIVIST, CITY, DESK, MAKER, MIYI, MIYI_PARCEL, MORTGAGE, Office, RELEASE, SALE, SEIZURE,
    archiving, authority_of, handing_to, hour, now, printing,
};
use crate::forms::{bank, loan_from, order, owner, paid, part, person, sale_to};

async fn stock(o: &Office, authority: &str, kind: &str, first: &str, count: u32) {
    let mut tx = o.tx(authority).await;
    let first = FormSerial::parse(first).unwrap();
    forms::receive(&mut tx, authority, kind, &first, count, "管理员", now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Prints, hands over, archives.
async fn finish(o: &Office, case_no: &str, serials: &[&str]) {
    crate::paying::settle(o, case_no).await;
    o.make(case_no, &printing(serials), MAKER, hour(5))
        .await
        .unwrap();
    o.make(case_no, &handing_to("业主"), DESK, hour(6))
        .await
        .unwrap();
    o.make(case_no, &archiving("2026-0001"), ARCHIVIST, hour(7))
        .await
        .unwrap();
}

async fn numbers(o: &Office, case_no: &str) -> Vec<(String, String)> {
    let mut tx = o.tx(authority_of(case_no)).await;
    certificates::of_case(&mut tx, &case_no[..6], case_no)
        .await
        .unwrap()
        .into_iter()
        .map(|c| (c.certificate_no, c.state))
        .collect()
}

async fn messages(o: &Office, topic: &str) -> String {
    o.text(&format!(
        "select count(*)::text from outbox where topic = '{topic}'"
    ))
    .await
}

#[tokio::test]
async fn a_sale_from_the_counter_to_the_archive() {
    let (o, units) = Office::with_dwellings(1).await;
    stock(&o, CITY, "title", "D51000000001", 2).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    assert_eq!(case_no, "51040220261123000001");
    let begun = o.case(&case_no).await;
    assert_eq!(
        (begun.state, begun.step),
        (CaseState::Draft, Step::Acceptance)
    );
    assert_eq!(
        begun.application.obligors,
        [owner(1)],
        "filled from the register"
    );
    assert!(!begun.application.inquiry.is_empty());

    let recorded = o.record(&case_no).await.unwrap();
    assert_eq!(
        (recorded.state, recorded.step),
        (CaseState::InProgress, Step::Certificate)
    );
    assert_eq!(
        recorded.due_on,
        Some("2026-11-26".parse().unwrap()),
        "three working days"
    );
    finish(&o, &case_no, &["d51000000001"]).await;

    let case = o.case(&case_no).await;
    assert_eq!(case.state, CaseState::Closed);
    assert_eq!(case.closed_at, Some(hour(7)));
    assert_eq!(case.archive_no.as_deref(), Some("2026-0001"));
    let events: Vec<_> = case
        .events
        .iter()
        .map(|e| (e.action.as_str(), e.step.as_str(), e.actor_name.as_str()))
        .collect();
    assert_eq!(
        events,
        [
            ("submit", "acceptance", "受理员"),
            ("agree", "first_review", "初审员"),
            ("agree", "approval", "审核员"),
            ("record", "recording", "登簿员"),
            ("make_certificate", "certificate", "缮证员"),
            ("deliver", "delivery", "发证员"),
            ("archive", "archive", "档案员"),
        ]
    );

    let number = "川(2026)攀枝花市不动产权第0000001号";
    assert_eq!(
        numbers(&o, &case_no).await,
        [(number.to_owned(), "valid".to_owned())]
    );
    let detail = case.events[3].detail.clone().unwrap();
    assert_eq!(detail["certificates"][0], number);

    let mut tx = o.tx(CITY).await;
    let entries = read::entries(&mut tx, &units[0]).await.unwrap();
    assert_eq!(entries.len(), 2);
    let entry = &entries[1].body;
    assert_eq!(detail["entries"][0], entry.entry_id.to_string());
    assert_eq!(entry.case_no.as_deref(), Some(case_no.as_str()));
    assert_eq!(entry.registrar.name, "登簿员");
    assert_eq!(entry.business, SALE);
    assert_eq!(entry.cause.as_deref(), Some("买卖"));
    assert!(!entry.legal_basis.is_empty());
    assert_eq!(entry.ends.len(), 1);
    assert_eq!(entry.certificate_no.as_deref(), Some(number));

    let rights = read::rights(&mut tx, &units[0]).await.unwrap();
    assert_eq!(rights[0].end_reason.as_deref(), Some("因买卖转移登记"));
    assert_eq!(rights[0].end_case_no.as_deref(), Some(case_no.as_str()));
    let standing = o.standing(&units[0]).await;
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].right.holders[0].party, person("买方", 101));
    assert_eq!(standing[0].right.obligors, [owner(1)]);
    assert_eq!(standing[0].certificate_no.as_deref(), Some(number));

    let used = forms::list(&mut tx, CITY, None, Some("used"), None, 10)
        .await
        .unwrap();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].serial, "D51000000001");
    assert_eq!(used[0].certificate_no.as_deref(), Some(number));
    assert_eq!(used[0].changed_by.as_deref(), Some("缮证员"));
    let handed = certificates::recipient(&mut tx, "510402", &case_no)
        .await
        .unwrap();
    assert_eq!(handed.unwrap().name, "业主");
    assert_eq!(messages(&o, "register.entry").await, "1");
    assert_eq!(messages(&o, "case.moved").await, "7");
    o.seal().await;
    assert_eq!(o.verify().await.broken, None);
}

#[tokio::test]
async fn the_next_sale_revokes_the_certificate_of_the_last() {
    let (o, units) = Office::with_dwellings(1).await;
    let first = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.record(&first).await.unwrap();
    let second = o
        .ready(SALE, &units[0], sale_to(person("再买方", 102)))
        .await;
    assert_eq!(
        o.case(&second).await.application.obligors,
        [person("买方", 101)]
    );
    o.record(&second).await.unwrap();
    let number = |n: u32| format!("川(2026)攀枝花市不动产权第{n:07}号");
    assert_eq!(
        numbers(&o, &first).await,
        [(number(1), "revoked".to_owned())]
    );
    assert_eq!(
        numbers(&o, &second).await,
        [(number(2), "valid".to_owned())]
    );
}

#[tokio::test]
async fn co_owners_by_shares_get_a_certificate_each_on_request() {
    let (o, units) = Office::with_dwellings(1).await;
    stock(&o, CITY, "title", "D51000000001", 2).await;
    let case_no = o
        .ready(SALE, &units[0], |a| {
            sale_to(person("买方", 101))(a);
            a.holders = vec![
                part(person("买方一", 101), "1/3"),
                part(person("买方二", 102), "2/3"),
            ];
            a.co_ownership = CoOwnership::ByShares;
            a.separate_certificates = true;
        })
        .await;
    o.record(&case_no).await.unwrap();
    let issued: Vec<_> = numbers(&o, &case_no)
        .await
        .into_iter()
        .map(|n| n.0)
        .collect();
    assert_eq!(
        issued,
        [
            "川(2026)攀枝花市不动产权第0000001号",
            "川(2026)攀枝花市不动产权第0000002号"
        ]
    );
    finish(&o, &case_no, &["D51000000001", "D51000000002"]).await;
    assert_eq!(o.case(&case_no).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_mortgage_in_miyi_and_its_release() {
    let o = Office::new().await;
    let units = o.plant(MIYI, MIYI_PARCEL, 1).await;
    stock(&o, MIYI, "proof", "51000000001", 1).await;
    let loan = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    o.record(&loan).await.unwrap();
    finish(&o, &loan, &["51000000001"]).await;
    let proof = "川(2026)米易县不动产证明第0000001号";
    assert_eq!(
        numbers(&o, &loan).await,
        [(proof.to_owned(), "valid".to_owned())]
    );
    let standing = o.standing(&units[0]).await;
    assert_eq!(standing.len(), 2, "the title stays");
    let RightDetail::Mortgage(m) = &standing[1].right.detail else {
        panic!("{standing:?}")
    };
    assert_eq!(m.rank, Some(1));
    assert_eq!(m.secured_amount.unwrap().grouped(), "500,000.00");
    assert_eq!(standing[1].right.holders[0].party, bank(1));
    assert_eq!(standing[1].right.obligors, [owner(1)]);

    let release = o.ready(RELEASE, &units[0], paid).await;
    let filled = o.case(&release).await.application;
    assert_eq!(filled.holders[0].party, bank(1), "filled from the register");
    let recorded = o.record(&release).await.unwrap();
    assert_eq!(
        recorded.step,
        Step::Archive,
        "nothing is printed or handed over"
    );
    let closed = o
        .make(&release, &archiving("2026-2"), ARCHIVIST, hour(9))
        .await
        .unwrap();
    assert_eq!(closed.state, CaseState::Closed);
    assert_eq!(o.standing(&units[0]).await.len(), 1);
    assert_eq!(numbers(&o, &loan).await[0].1, "revoked");
    let mut tx = o.tx(MIYI).await;
    let ended = read::rights(&mut tx, &units[0])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(ended.end_reason.as_deref(), Some("主债权消灭"));
    assert_eq!(ended.end_case_no.as_deref(), Some(release.as_str()));
    o.seal().await;
    assert_eq!(o.verify().await.broken, None);
}

#[tokio::test]
async fn a_sale_leaves_the_mortgage_standing() {
    let (o, units) = Office::with_dwellings(1).await;
    let loan = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    o.record(&loan).await.unwrap();
    let sale = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.record(&sale).await.unwrap();
    let holders: Vec<_> = o
        .standing(&units[0])
        .await
        .iter()
        .map(|r| r.right.holders[0].party.name.clone())
        .collect();
    assert_eq!(holders, ["示例银行1", "买方"]);
    assert_eq!(numbers(&o, &loan).await[0].1, "valid");
}

#[tokio::test]
async fn a_seizure_and_those_that_wait_behind_it() {
    let (o, units) = Office::with_dwellings(1).await;
    for (n, (kind, rank)) in [
        (SeizureKind::Seizure, 0),
        (SeizureKind::Waiting, 1),
        (SeizureKind::Waiting, 2),
    ]
    .into_iter()
    .enumerate()
    {
        let case_no = o.ready(SEIZURE, &units[0], order(&n.to_string())).await;
        o.record(&case_no).await.unwrap();
        let closed = o
            .make(&case_no, &archiving("查封"), ARCHIVIST, hour(9))
            .await
            .unwrap();
        assert_eq!(closed.state, CaseState::Closed);
        assert_eq!(closed.events.len(), 4);
        assert!(numbers(&o, &case_no).await.is_empty(), "nothing is issued");
        let last = o.standing(&units[0]).await.pop().unwrap();
        let RightDetail::Seizure(s) = &last.right.detail else {
            panic!("{last:?}")
        };
        assert_eq!((s.kind, s.rank), (kind, Some(rank)));
        assert_eq!(last.right.obligors, [owner(1)]);
        assert!(s.served_at.is_some() && s.officers.len() == 2);
    }
    assert_eq!(
        o.text("select count(*)::text from issued_number").await,
        "0"
    );
}

#[tokio::test]
async fn one_case_over_several_units_makes_an_entry_and_a_number_for_each() {
    let (o, _) = Office::with_dwellings(1).await;
    let units = o.plant(CITY, "510402001003GB00013", 3).await;
    // one owner for all three
    let three: Vec<UnitCode> = units.clone();
    for unit in &three[1..] {
        let case_no = o.ready(SALE, unit, sale_to(owner(1))).await;
        o.record(&case_no).await.unwrap();
    }
    let case_no = o.try_open(MORTGAGE, &three, None).await.unwrap();
    o.fill(&case_no, loan_from(bank(1))).await.unwrap();
    o.papers(&case_no).await;
    assert_eq!(
        o.case(&case_no).await.application.obligors,
        [owner(1)],
        "the owner once"
    );
    o.record(&case_no).await.unwrap();
    assert_eq!(numbers(&o, &case_no).await.len(), 3);
    for unit in &three {
        assert_eq!(o.standing(unit).await.len(), 2);
    }
    o.seal().await;
    assert_eq!(o.verify().await.broken, None);
}

#[tokio::test]
async fn a_release_names_the_mortgage_when_there_are_several() {
    let (o, units) = Office::with_dwellings(1).await;
    let first = o.ready(MORTGAGE, &units[0], loan_from(bank(1))).await;
    o.record(&first).await.unwrap();
    let second = o
        .ready(MORTGAGE, &units[0], |a| {
            loan_from(bank(2))(a);
            a.acknowledged
                .push(dengbu_law::application::Acknowledgement {
                    rule: "R21".to_owned(),
                    reason: "已告知第一顺位抵押权人".to_owned(),
                });
        })
        .await;
    o.record(&second).await.unwrap();
    let refused = o.try_open(RELEASE, &units, None).await.unwrap_err();
    assert!(
        matches!(refused, dengbu_cases::CaseError::Fields(f) if f[0].field == "/target_right_id")
    );
    let standing = o.standing(&units[0]).await;
    let target = standing[2].right_id;
    let case_no = o.try_open(RELEASE, &units, Some(target)).await.unwrap();
    o.fill(&case_no, paid).await.unwrap();
    o.papers(&case_no).await;
    let Detail::MortgageRelease(d) = o.case(&case_no).await.application.detail else {
        panic!("not a release")
    };
    assert_eq!(d.mortgage_right_id, Some(target));
    o.record(&case_no).await.unwrap();
    let left: Vec<_> = o
        .standing(&units[0])
        .await
        .iter()
        .map(|r| r.right_id)
        .collect();
    assert_eq!(left, [standing[0].right_id, standing[1].right_id]);
    let again = o.go(&case_no, Move::Record).await;
    assert!(again.is_err(), "a case is recorded once");
}
