use dengbu_model::party::{Agent, Holder, Party, PartyKind};
use proptest::prelude::*;

use super::addressee::{Side, addressees};
use super::deadline::deadlines;
use super::*;
use crate::application::{Application, Contact, blank};
use crate::calendar::{SHIPPED, parse_days};
use crate::catalogue::{self, Business};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn calendar() -> Calendar {
    let days = parse_days(SHIPPED).unwrap();
    Calendar::new(days.into_iter().map(|d| (d.day, d.kind)))
}

fn before() -> Before {
    Before {
        decided_on: day("2026-11-20"),
        today: day("2026-11-25"),
        failed_otherwise: false,
        served: false,
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn full() -> Particulars {
    Particulars {
        receiver: some("张三"),
        relation: Some(Relation::Addressee),
        address: some("示例路 1 号"),
        mail_no: some("1234567890123"),
        witnesses: vec!["王一".to_owned(), "王二".to_owned()],
        pictures: false,
        electronic_address: some("sample@example.org"),
        consent: some("申请书中同意"),
        published_in: some("登记机构门户网站"),
        ground: Some(PublicGround::WhereaboutsUnknown),
        remarks: some("登记的地址查无此人，电话停机"),
    }
}

fn attempt(method: Method, particulars: Particulars) -> Attempt {
    Attempt {
        method,
        on: day("2026-11-23"),
        outcome: Outcome::Served,
        particulars,
    }
}

fn faults(method: Method, change: impl FnOnce(&mut Particulars)) -> Vec<String> {
    let mut p = full();
    change(&mut p);
    let found = check(&attempt(method, p), &before());
    found.into_iter().map(|f| f.field).collect()
}

const ALL: [Method; 5] = [
    Method::Direct,
    Method::Left,
    Method::Post,
    Method::Electronic,
    Method::Public,
];

#[test]
fn each_method_has_its_rule_and_article() {
    assert_eq!(methods().len(), ALL.len());
    for m in ALL {
        assert_eq!(Method::from_code(m.code()), Some(m));
        assert!(m.rule().source.contains("民事诉讼法"), "{m:?}");
        assert_eq!(faults(m, |_| {}), Vec::<String>::new(), "{m:?}");
    }
    for d in ServedDocument::ALL {
        assert_eq!(ServedDocument::from_code(d.code()), Some(d));
    }
    let moves = Move::ALL.into_iter().filter_map(ServedDocument::of_move);
    assert_eq!(moves.count(), 3);
}

#[test]
fn each_method_asks_for_what_it_needs_and_no_more() {
    assert_eq!(
        faults(Method::Direct, |p| *p = Particulars::default()),
        ["/receiver", "/relation"]
    );
    assert_eq!(
        faults(Method::Post, |p| *p = Particulars::default()),
        ["/address", "/mail_no"]
    );
    assert_eq!(
        faults(Method::Electronic, |p| p.consent = some(" ")),
        ["/consent"]
    );
    assert_eq!(
        faults(Method::Public, |p| *p = Particulars::default()),
        ["/published_in", "/ground"]
    );
}

#[test]
fn a_document_left_behind_needs_two_witnesses_or_pictures() {
    assert_eq!(
        faults(Method::Left, |p| p.witnesses.truncate(1)),
        ["/witnesses"]
    );
    let blank = |p: &mut Particulars| p.witnesses[1] = " ".to_owned();
    assert_eq!(faults(Method::Left, blank), ["/witnesses"]);
    let filmed = |p: &mut Particulars| {
        p.witnesses.clear();
        p.pictures = true;
    };
    assert_eq!(faults(Method::Left, filmed), Vec::<String>::new());
}

#[test]
fn a_public_notice_comes_last() {
    let others = |p: &mut Particulars| p.ground = Some(PublicGround::OthersFailed);
    assert_eq!(faults(Method::Public, others), ["/ground"]);
    let mut p = full();
    others(&mut p);
    let tried = Before {
        failed_otherwise: true,
        ..before()
    };
    assert_eq!(check(&attempt(Method::Public, p), &tried), vec![]);
    // 在案卷中记明原因和经过
    assert_eq!(faults(Method::Public, |p| p.remarks = None), ["/remarks"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let mut early = attempt(Method::Direct, full());
    early.on = day("2026-11-19");
    assert_eq!(check(&early, &before())[0].code, "before_decision");
    let mut late = attempt(Method::Direct, full());
    late.on = day("2026-11-26");
    assert_eq!(check(&late, &before())[0].code, "in_future");
    let twice = Before {
        served: true,
        ..before()
    };
    let again = check(&attempt(Method::Direct, full()), &twice);
    assert_eq!(again[0].code, "already_served");
    let mut failed = attempt(Method::Post, Particulars::default());
    failed.outcome = Outcome::Failed(" ".to_owned());
    assert_eq!(check(&failed, &before())[0].field, "/failure");
    failed.outcome = Outcome::Failed("退回：迁移新址不明".to_owned());
    assert_eq!(check(&failed, &before()), vec![]);
    let long = |p: &mut Particulars| p.remarks = Some("长".repeat(201));
    assert_eq!(faults(Method::Direct, long), ["/remarks"]);
}

#[test]
fn a_public_notice_serves_after_thirty_days_and_on_a_working_day() {
    let c = calendar();
    // Monday 2026-11-23 + 30 = Wednesday 2026-12-23
    assert_eq!(
        served_on(Method::Public, day("2026-11-23"), &c),
        day("2026-12-23")
    );
    // 2026-09-02 + 30 = 2026-10-02, within the National Day holidays; the 8th is worked
    assert_eq!(
        served_on(Method::Public, day("2026-09-02"), &c),
        day("2026-10-08")
    );
    assert_eq!(
        served_on(Method::Post, day("2026-10-02"), &c),
        day("2026-10-02")
    );
}

#[test]
fn sixty_days_and_six_months_run_from_the_day_after_service() {
    let c = calendar();
    let found = deadlines(ServedDocument::Refusal, day("2026-07-20"), &c);
    let days: Vec<_> = found.iter().map(|d| (d.code, d.last_day)).collect();
    assert_eq!(
        days,
        [
            // 2026-07-20 + 60 = 2026-09-18, a Friday
            ("reconsideration", day("2026-09-18")),
            ("litigation", day("2027-01-20")),
        ]
    );
    // no day of that number: the last of the month, a Sunday, moves to Monday
    let end = deadlines(ServedDocument::Rejection, day("2026-08-31"), &c);
    assert_eq!(end[1].last_day, day("2027-03-01"));
    assert!(deadlines(ServedDocument::Correction, day("2026-07-20"), &c).is_empty());
}

fn party(name: &str) -> Party {
    Party::named(name, PartyKind::Person)
}

fn application(business: &str) -> (&'static Business, Application) {
    let b = catalogue::business(business).unwrap();
    let mut a = blank(b.detail_kind);
    let held = |name: &str| Holder {
        party: party(name),
        share: None,
    };
    a.holders = vec![held("张三"), held("李四"), held(" 张三 ")];
    a.obligors = vec![party("王五")];
    (b, a)
}

fn names(found: &[addressee::Addressee]) -> Vec<&str> {
    found.iter().map(|a| a.name.as_str()).collect()
}

#[test]
fn both_sides_are_served_where_both_apply() {
    let (sale, mut a) = application("200-04-02");
    a.obligors[0].agent = Some(Agent {
        name: "赵六".to_owned(),
        id: None,
        phone: None,
        authority: None,
    });
    let found = addressees(sale, &a);
    assert_eq!(names(&found), ["张三", "李四", "王五"]);
    assert_eq!(found[2].side, Side::Obligor);
    assert_eq!(found[2].agent.as_deref(), Some("赵六"));
    assert!(found[0].side_name.contains("受让人"));
}

#[test]
fn who_did_not_apply_is_not_served() {
    // the mortgagee gives the mortgage up alone; a caution and an inheritance have one side
    for code in ["400-DY-01", "600-00-01", "200-04-08"] {
        let (b, a) = application(code);
        assert_eq!(names(&addressees(b, &a)), ["张三", "李四"], "{code}");
    }
}

#[test]
fn the_contact_stands_in_where_nobody_is_named_yet() {
    let (b, mut a) = application("200-04-02");
    a.holders.clear();
    a.obligors.clear();
    assert!(addressees(b, &a).is_empty());
    a.contact = Some(Contact {
        name: "孙七".to_owned(),
        phone: "13900000000".to_owned(),
    });
    assert_eq!(names(&addressees(b, &a)), ["孙七"]);
}

proptest! {
    /// No period ends on a day off, nor before it would end without the calendar.
    #[test]
    fn periods_end_on_working_days(offset in 0_u64..700) {
        let c = calendar();
        let served = day("2025-06-01").checked_add_days(chrono::Days::new(offset)).unwrap();
        let public = served_on(Method::Public, served, &c);
        prop_assert!(c.is_working_day(public));
        prop_assert!((public - served).num_days() >= 30);
        for d in deadlines(ServedDocument::Refusal, served, &c) {
            prop_assert!(c.is_working_day(d.last_day));
            prop_assert!((d.last_day - served).num_days() >= 60);
        }
    }
}
