//! Decisions that must reach the applicants: whom, how, and from when they count.

use chrono::NaiveDate;
use dengbu_cases::moves::Request;
use dengbu_cases::service::{self, Document, To, queue};
use dengbu_cases::{CaseError, days, materials};
use dengbu_law::calendar::{CalendarDay, DayKind};
use dengbu_law::flow::Move;
use dengbu_law::service::{Attempt, Method, Outcome, Particulars, PublicGround, Relation};

use crate::fixture::{CITY, FIRST, MIYI, Office, RECEPTION, REVIEWER, SALE, because, doing, hour};
use crate::forms::{person, sale_to};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A sale refused at the review on 2026-11-23.
async fn refused() -> (Office, String) {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    let submit = Request::plain(Move::Submit);
    o.make(&case_no, &submit, RECEPTION, hour(1)).await.unwrap();
    o.make(&case_no, &Request::plain(Move::Agree), FIRST, hour(2))
        .await
        .unwrap();
    let no = because(Move::Refuse, "存在尚未解决的权属争议");
    o.make(&case_no, &no, REVIEWER, hour(3)).await.unwrap();
    (o, case_no)
}

async fn documents(o: &Office, case_no: &str) -> Vec<Document> {
    let case = o.case(case_no).await;
    service::of_case(&mut o.tx(CITY).await, &case)
        .await
        .unwrap()
}

fn handed(on: &str) -> Attempt {
    Attempt {
        method: Method::Direct,
        on: day(on),
        outcome: Outcome::Served,
        particulars: Particulars {
            receiver: Some("买方".to_owned()),
            relation: Some(Relation::Addressee),
            ..Particulars::default()
        },
    }
}

fn returned(on: &str) -> Attempt {
    Attempt {
        method: Method::Post,
        on: day(on),
        outcome: Outcome::Failed("退回：查无此人".to_owned()),
        particulars: Particulars::default(),
    }
}

fn published(on: &str) -> Attempt {
    Attempt {
        method: Method::Public,
        on: day(on),
        outcome: Outcome::Served,
        particulars: Particulars {
            published_in: Some("登记机构门户网站".to_owned()),
            ground: Some(PublicGround::OthersFailed),
            ..Particulars::default()
        },
    }
}

/// Recorded some days after the decision.
async fn record(
    o: &Office,
    case_no: &str,
    to: To,
    attempt: &Attempt,
    later: i64,
) -> Result<i64, CaseError> {
    let seen = o.case(case_no).await.version;
    let mut tx = o.tx(CITY).await;
    let who = doing(RECEPTION, hour(3 + 24 * later));
    let case = service::record(&mut tx, case_no, seen, to, attempt, &who).await?;
    tx.commit().await?;
    Ok(case.version - seen)
}

fn code(refused: Result<i64, CaseError>) -> &'static str {
    match refused {
        Err(CaseError::Fields(f)) => f[0].code,
        other => panic!("{other:?}"),
    }
}

async fn waiting(o: &Office, authority: &str, filter: &queue::Filter, today: &str) -> Vec<String> {
    let filter = queue::Filter {
        limit: 100,
        ..filter.clone()
    };
    let mut tx = o.tx(authority).await;
    let found = queue::list(&mut tx, &filter, day(today)).await.unwrap();
    found.into_iter().map(|w| w.name).collect()
}

#[tokio::test]
async fn both_sides_of_a_refused_sale_are_to_be_served_and_each_once() {
    let (o, case_no) = refused().await;
    let all = documents(&o, &case_no).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].decided_on, day("2026-11-23"));
    let names: Vec<_> = all[0].persons.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["买方", "业主1"]);
    let any = queue::Filter::default();
    assert_eq!(waiting(&o, CITY, &any, "2026-11-23").await, names);
    assert!(
        waiting(&o, MIYI, &any, "2026-11-23").await.is_empty(),
        "another's"
    );

    let to = To {
        event_seq: all[0].event_seq,
        person: 1,
    };
    assert_eq!(
        record(&o, &case_no, to, &handed("2026-11-24"), 1)
            .await
            .unwrap(),
        1
    );
    assert_eq!(waiting(&o, CITY, &any, "2026-11-24").await, ["业主1"]);
    let again = record(&o, &case_no, to, &handed("2026-11-24"), 1).await;
    assert_eq!(code(again), "already_served");

    let case = o.case(&case_no).await;
    let last = case.events.last().unwrap();
    assert_eq!(last.action, "serve");
    assert_eq!(
        last.reason.as_deref(),
        Some("不予登记告知书 直接送达 已送达")
    );
    assert_eq!(last.to_state, case.state.code(), "the case stays refused");

    let now = documents(&o, &case_no).await;
    let served = &now[0].persons[0];
    assert_eq!(served.served_on, Some(day("2026-11-24")));
    let calendar = days::calendar(&mut o.tx(CITY).await, CITY).await.unwrap();
    let ends: Vec<_> = served
        .deadlines(now[0].document, &calendar)
        .into_iter()
        .map(|d| d.last_day)
        .collect();
    // 2026-11-24 + 60 days = Saturday 2027-01-23, moved to Monday; six months: a Monday
    assert_eq!(ends, [day("2027-01-25"), day("2027-05-24")]);
}

#[tokio::test]
async fn a_public_notice_waits_for_a_failure_and_for_its_thirty_days() {
    let (o, case_no) = refused().await;
    let to = To {
        event_seq: documents(&o, &case_no).await[0].event_seq,
        person: 2,
    };
    let early = record(&o, &case_no, to, &published("2026-11-24"), 1).await;
    assert_eq!(code(early), "others_not_tried");
    record(&o, &case_no, to, &returned("2026-11-26"), 3)
        .await
        .unwrap();
    let holiday = CalendarDay {
        day: day("2026-12-28"),
        kind: DayKind::Holiday,
        name: "放假".to_owned(),
    };
    let mut tx = o.tx(CITY).await;
    days::put(&mut tx, CITY, &[holiday]).await.unwrap();
    tx.commit().await.unwrap();
    // thirty days from Friday 2026-11-27: Sunday 2026-12-27; the Monday after it is off here
    record(&o, &case_no, to, &published("2026-11-27"), 4)
        .await
        .unwrap();
    let served = &documents(&o, &case_no).await[0].persons[1];
    assert_eq!(served.served_on, Some(day("2026-12-29")));

    let open = queue::Filter::default();
    let running = queue::Filter {
        published: true,
        ..queue::Filter::default()
    };
    assert_eq!(waiting(&o, CITY, &open, "2026-11-27").await, ["买方"]);
    assert_eq!(waiting(&o, CITY, &running, "2026-12-28").await, ["业主1"]);
    assert!(waiting(&o, CITY, &running, "2026-12-29").await.is_empty());
}

#[tokio::test]
async fn an_attempt_in_error_is_annulled_and_stays_on_record() {
    let (o, case_no) = refused().await;
    let to = To {
        event_seq: documents(&o, &case_no).await[0].event_seq,
        person: 1,
    };
    record(&o, &case_no, to, &handed("2026-11-24"), 1)
        .await
        .unwrap();
    let annul = async |reason: &str| {
        let seen = o.case(&case_no).await.version;
        let mut tx = o.tx(CITY).await;
        let who = doing(RECEPTION, hour(30));
        service::annul(&mut tx, &case_no, seen, to, 1, reason, &who).await?;
        tx.commit().await?;
        Ok::<i64, CaseError>(0)
    };
    assert_eq!(code(annul(" ").await), "required");
    annul("登记到了别人名下").await.unwrap();
    assert_eq!(code(annul("再来一次").await), "unknown_attempt");
    let person = documents(&o, &case_no).await[0].persons[0].clone();
    assert_eq!(person.served_on, None);
    assert_eq!(person.attempts.len(), 2);
    assert!(person.attempts[0].annulled && person.served_by().is_none());
    record(&o, &case_no, to, &handed("2026-11-25"), 2)
        .await
        .unwrap();
    let person = documents(&o, &case_no).await[0].persons[0].clone();
    assert_eq!(person.served_on, Some(day("2026-11-25")));
    let said = o
        .text("select string_agg(result, ',' order by attempt) from case_service")
        .await;
    assert_eq!(said, "served,annulled,served");
}

#[tokio::test]
async fn whom_a_decision_is_for_does_not_change_with_the_application() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.make(&case_no, &Request::plain(Move::Submit), RECEPTION, hour(1))
        .await
        .unwrap();
    let incomplete = because(Move::Correct, "补交契税完税证明");
    o.make(&case_no, &incomplete, FIRST, hour(2)).await.unwrap();
    o.fill(&case_no, sale_to(person("另一买方", 102)))
        .await
        .unwrap();
    o.make(&case_no, &Request::plain(Move::Submit), RECEPTION, hour(3))
        .await
        .unwrap();
    o.make(&case_no, &incomplete, FIRST, hour(4)).await.unwrap();
    let all = documents(&o, &case_no).await;
    let first: Vec<_> = all.iter().map(|d| d.persons[0].name.as_str()).collect();
    assert_eq!(first, ["另一买方", "买方"], "newest first");
    // the first was answered: only the second is waited for
    let old = queue::Filter {
        older_than: Some(10),
        ..queue::Filter::default()
    };
    assert!(waiting(&o, CITY, &old, "2026-12-02").await.is_empty());
    let open = waiting(&o, CITY, &old, "2026-12-03").await;
    assert_eq!(open, ["另一买方", "业主1"]);

    let mut page = queue::Filter {
        limit: 1,
        ..queue::Filter::default()
    };
    let today = day("2026-12-03");
    let rows = queue::list(&mut o.tx(CITY).await, &page, today)
        .await
        .unwrap();
    let last = rows.last().unwrap();
    page.after = Some((
        last.decided_on,
        last.case_no.clone(),
        last.event_seq,
        last.person,
    ));
    let rest = queue::list(&mut o.tx(CITY).await, &page, today)
        .await
        .unwrap();
    assert_eq!((rows.len(), rest.len()), (1, 1));
    assert_ne!(rows[0].name, rest[0].name);

    // the applicants take the application back: nothing is left to tell
    let back = because(Move::Withdraw, "双方解除合同");
    o.make(&case_no, &back, RECEPTION, hour(5)).await.unwrap();
    assert!(waiting(&o, CITY, &old, "2026-12-03").await.is_empty());
}

#[tokio::test]
async fn a_signed_receipt_comes_in_after_the_decision() {
    let (o, case_no) = refused().await;
    let late = o.paper(&case_no, "A1").await;
    assert!(matches!(late, Err(CaseError::NotEditable)), "{late:?}");
    o.paper(&case_no, service::RECEIPT_ITEM).await.unwrap();
    let (other, units) = Office::with_dwellings(1).await;
    let open = other.open(SALE, &units[0]).await;
    let early = other.paper(&open, service::RECEIPT_ITEM).await;
    assert!(matches!(early, Err(CaseError::Fields(_))), "{early:?}");
    let case = o.case(&case_no).await;
    let kept = materials::received(&mut o.tx(CITY).await, &case)
        .await
        .unwrap();
    assert!(kept.iter().any(|i| i == service::RECEIPT_ITEM));
}
