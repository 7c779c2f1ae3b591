//! Cases that wait: for a public notice to end, for an objection to be decided, for a reason to pass.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_cases::case::Case;
use dengbu_cases::clock::{self, Suspension};
use dengbu_cases::moves::Request;
use dengbu_cases::notices::{self, NewNotice};
use dengbu_cases::objections::{self, NewObjection};
use dengbu_cases::{CaseError, days};
use dengbu_law::application::{Application, Detail};
use dengbu_law::calendar::{SHIPPED, parse_days};
use dengbu_law::flow::{CaseState, FlowError, Move, Step};
use serde_json::Value;
use uuid::Uuid;

use crate::fixture::{
    CITY, FIRST, Office, Person, RECEPTION, REGISTRAR, REVIEWER, SALE, because, doing, hour,
    next_id,
};
use crate::forms::{person, sale_to};

/// 补发 (a lost certificate): fifteen working days of notice.
const REISSUE: &str = "900-00-02";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().unwrap()
}

fn told(refused: Result<Case, CaseError>) -> (String, String) {
    match refused {
        Err(CaseError::Fields(f)) => (f[0].field.clone(), f[0].message.clone()),
        other => panic!("{other:?}"),
    }
}

async fn office() -> (Office, String) {
    let (o, units) = Office::with_dwellings(1).await;
    let mut tx = o.tx(CITY).await;
    days::put(&mut tx, CITY, &parse_days(SHIPPED).unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let lost = |a: &mut Application| {
        if let Detail::Amend(d) = &mut a.detail {
            d.matter = Some("遗失补发".to_owned());
        }
    };
    let case_no = o.ready(REISSUE, &units[0], lost).await;
    (o, case_no)
}

impl Office {
    async fn publish(
        &self,
        case_no: &str,
        days: u32,
        when: DateTime<Utc>,
    ) -> Result<Case, CaseError> {
        let version = self.case(case_no).await.version;
        let mut tx = self.tx(CITY).await;
        let new = NewNotice {
            title: "遗失声明",
            body: "某人声明遗失不动产权证书。",
            places: "不动产所在地",
            days,
            objection_address: "某路 1 号",
            contact: "0812-0000000",
            notified_on: None,
        };
        let done = notices::publish(&mut tx, case_no, version, &new, &doing(FIRST, when)).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn take_back(&self, case_no: &str, when: DateTime<Utc>) -> Case {
        let version = self.case(case_no).await.version;
        let mut tx = self.tx(CITY).await;
        let who = doing(FIRST, when);
        let done = notices::withdraw(&mut tx, case_no, version, "内容有误", &who)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        done
    }

    async fn object(&self, case_no: &str, when: DateTime<Utc>) -> Uuid {
        let version = self.case(case_no).await.version;
        let mut tx = self.tx(CITY).await;
        let new = NewObjection {
            objector: "异议人",
            contact: "13000000000",
            grounds: "证书在我手里",
            evidence: "证书复印件",
            received_on: dengbu_model::time::date_in_shanghai(when),
        };
        let who = doing(RECEPTION, when);
        let case = objections::object(&mut tx, case_no, version, &new, &who)
            .await
            .unwrap();
        let last = objections::of_case(&mut tx, &case).await.unwrap();
        tx.commit().await.unwrap();
        last.last().unwrap().objection_id
    }

    async fn settle(
        &self,
        case_no: &str,
        objection: Uuid,
        upheld: bool,
        who: Person,
        when: DateTime<Utc>,
    ) -> Result<Case, CaseError> {
        let version = self.case(case_no).await.version;
        let mut tx = self.tx(CITY).await;
        let who = doing(who, when);
        let done = objections::decide(&mut tx, case_no, version, objection, upheld, "经查证", &who)
            .await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn agree(&self, case_no: &str, when: DateTime<Utc>) -> Result<Case, CaseError> {
        self.make(case_no, &Request::plain(Move::Agree), FIRST, when)
            .await
    }

    async fn suspend(
        &self,
        case_no: &str,
        code: &str,
        until: &str,
        when: DateTime<Utc>,
    ) -> Result<Case, CaseError> {
        let version = self.case(case_no).await.version;
        let mut tx = self.tx(CITY).await;
        let asked = Suspension {
            reason_code: code,
            reason: "向街道核实坐落",
            until: day(until),
        };
        let who = doing(FIRST, when);
        let done = clock::suspend(&mut tx, case_no, version, &asked, &Value::Null, &who).await?;
        tx.commit().await?;
        Ok(done)
    }
}

#[tokio::test]
async fn a_case_waits_until_its_notice_is_over_and_its_limit_with_it() {
    let (o, case_no) = office().await;
    let waiting = o.bring_to(&case_no, Step::Notice).await;
    assert_eq!(
        waiting.due_on,
        Some(day("2026-11-26")),
        "three working days from the 23rd"
    );
    assert_eq!(waiting.paused_at, None, "nothing runs yet");

    let (field, message) = told(o.agree(&case_no, at("2026-11-24T09:00")).await);
    assert!(
        field == "/action" && message.contains("尚未发布公告"),
        "{message}"
    );
    let (field, message) = told(o.publish(&case_no, 14, at("2026-11-24T09:00")).await);
    assert!(
        field == "/days" && message.contains("不能少于 15 个工作日"),
        "{message}"
    );

    // Tuesday the 24th and fifteen working days: Tuesday 15 December
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    let runs = o.case(&case_no).await;
    assert_eq!(
        runs.paused_at,
        Some(at("2026-11-24T09:00")),
        "the days of the notice do not count"
    );
    let again = told(o.publish(&case_no, 15, at("2026-11-24T10:00")).await);
    assert!(again.1.contains("已有公告"));
    let last_day = told(o.agree(&case_no, at("2026-12-15T23:59")).await);
    assert!(last_day.1.contains("2026-12-15"), "{}", last_day.1);
    let on = o.agree(&case_no, at("2026-12-16T00:00")).await.unwrap();
    assert_eq!(on.step, Step::Approval);
    // it stood from the 24th to the 16th: sixteen working days later
    assert_eq!((on.due_on, on.paused_at), (Some(day("2026-12-18")), None));
    let row = "select kind || ' ' || began_by_name || ' ' || ended_by_name from case_pause";
    assert_eq!(o.text(row).await, "notice 初审员 初审员");
    let acts: Vec<&str> = on.events.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(acts, ["submit", "agree", "publish_notice", "agree"]);
}

/// A declaration of loss that ran before the case counts: the same fifteen working days are not
/// waited for twice (实施细则第二十二条第二款).
#[tokio::test]
async fn a_declaration_of_loss_published_before_counts_as_the_notice() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::Notice).await;
    let mut tx = o.tx(CITY).await;
    sqlx::query(
        "insert into void_notice (county, certificate_no, paper_kind, kind, authority, holder_names,
             holder_masked, reason, published_on, runs_until, published_by)
         select r.county, r.certificate_no, 'title', 'lost', $1, '某', '某', '保管不善', '2026-11-02', '2026-11-25', '缮证员'
           from register_right r where r.is_title and r.valid_to is null",
    )
    .bind(CITY)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let runs = told(o.agree(&case_no, at("2026-11-25T23:00")).await);
    assert!(runs.1.contains("2026-11-25"), "{}", runs.1);
    let on = o.agree(&case_no, at("2026-11-26T00:00")).await.unwrap();
    assert_eq!(on.step, Step::Approval);
    for (action, who) in [(Move::Agree, REVIEWER), (Move::Record, REGISTRAR)] {
        let request = Request::plain(action);
        o.make(&case_no, &request, who, at("2026-11-26T09:00"))
            .await
            .unwrap();
    }
    // the new paper says that it was issued anew, and the lost one is not waited for
    let unit = on.units.first().unwrap();
    let title = o.standing(unit).await.remove(0);
    let remarks = title.right.remarks.unwrap();
    assert!(remarks.starts_with("补发。原证号："), "{remarks}");
    let lost = "select state || ' ' || marked_by from paper_return";
    assert_eq!(o.text(lost).await, "unreturned 登簿员");
}

#[tokio::test]
async fn an_objection_keeps_the_case_and_one_that_stands_ends_it() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::Notice).await;
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    let first = o.object(&case_no, at("2026-12-01T09:00")).await;
    let later = at("2026-12-16T09:00");
    let open = told(o.agree(&case_no, later).await);
    assert!(open.1.contains("1 项公告异议尚未处理"), "{}", open.1);

    let own = told(o.settle(&case_no, first, false, RECEPTION, later).await);
    assert!(
        own.1.contains("岗位分离"),
        "whoever took it in does not decide it"
    );
    o.settle(&case_no, first, false, REVIEWER, later)
        .await
        .unwrap();
    let twice = told(o.settle(&case_no, first, true, REVIEWER, later).await);
    assert!(twice.1.contains("已经处理"));

    let second = o.object(&case_no, later).await;
    o.settle(&case_no, second, true, REVIEWER, later)
        .await
        .unwrap();
    // it goes to the approval at once, which can only refuse
    let sent = o.agree(&case_no, later).await.unwrap();
    assert_eq!(sent.step, Step::Approval);
    let agree = Request::plain(Move::Agree);
    let stands = told(o.make(&case_no, &agree, REVIEWER, later).await);
    assert!(stands.1.contains("第二十二条"), "{}", stands.1);
    let refused = o
        .make(
            &case_no,
            &because(Move::Refuse, "权属争议未解决"),
            REVIEWER,
            later,
        )
        .await
        .unwrap();
    assert_eq!(
        (refused.state, refused.paused_at),
        (CaseState::Refused, None)
    );
}

#[tokio::test]
async fn what_was_announced_is_what_is_recorded() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::Notice).await;
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    let back = Request {
        target: Some(Step::Acceptance),
        ..because(Move::SendBack, "事项写错")
    };
    let home = o
        .make(&case_no, &back, FIRST, at("2026-11-25T09:00"))
        .await
        .unwrap();
    assert_eq!(
        home.paused_at, None,
        "no notice is waited for at the counter"
    );
    o.fill(&case_no, |a| "灭失".clone_into(&mut a.reason))
        .await
        .unwrap();
    let submit = Request::plain(Move::Submit);
    o.make(&case_no, &submit, RECEPTION, at("2026-11-25T10:00"))
        .await
        .unwrap();
    o.agree(&case_no, at("2026-11-25T11:00")).await.unwrap();
    let other = told(o.agree(&case_no, at("2026-12-16T09:00")).await);
    assert!(other.1.contains("重新公告"), "{}", other.1);
    // an objection that comes later than the last day counts until the matter is recorded
    o.take_back(&case_no, at("2026-12-16T09:30")).await;
    o.publish(&case_no, 15, at("2026-12-16T10:00"))
        .await
        .unwrap();
    o.agree(&case_no, at("2027-01-20T09:00")).await.unwrap();
    o.object(&case_no, at("2027-01-20T10:00")).await;
    let agree = Request::plain(Move::Agree);
    let open = told(
        o.make(&case_no, &agree, REVIEWER, at("2027-01-20T11:00"))
            .await,
    );
    assert!(open.1.contains("尚未处理"), "{}", open.1);
}

#[tokio::test]
async fn the_clock_runs_again_the_day_after_a_notice_whoever_is_slow() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::FirstReview).await;
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    let wake = async |when: &str| {
        let mut tx = o.db.store().system().await.unwrap();
        let woken = clock::wake(&mut tx, &case_no, at(when), &next_id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        woken.is_some()
    };
    assert!(
        !wake("2026-12-15T12:00").await,
        "the last day is part of it"
    );
    assert!(wake("2026-12-16T00:10").await);
    let case = o.case(&case_no).await;
    assert_eq!(
        (case.paused_at, case.due_on),
        (None, Some(day("2026-12-18")))
    );
    assert_eq!(case.state, CaseState::InProgress);
    // what stood has ended: the next moves change nothing of it
    o.agree(&case_no, at("2026-12-16T09:00")).await.unwrap();
    let on = o.agree(&case_no, at("2026-12-16T10:00")).await.unwrap();
    assert_eq!(
        (on.step, on.due_on),
        (Step::Approval, Some(day("2026-12-18")))
    );
}

#[tokio::test]
async fn a_notice_taken_back_begins_anew_and_drops_no_objection() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::Notice).await;
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    o.object(&case_no, at("2026-12-01T09:00")).await;
    o.take_back(&case_no, at("2026-12-10T09:00")).await;
    let gone = told(o.agree(&case_no, at("2026-12-16T09:00")).await);
    assert!(gone.1.contains("异议尚未处理"), "{}", gone.1);
    o.publish(&case_no, 15, at("2026-12-16T09:00"))
        .await
        .unwrap();
    let runs = told(o.agree(&case_no, at("2026-12-20T09:00")).await);
    assert!(runs.1.contains("届满"), "{}", runs.1);
    let open = told(o.agree(&case_no, at("2027-01-20T09:00")).await);
    assert!(open.1.contains("异议尚未处理"), "{}", open.1);
    let numbers = "select string_agg(notice_no, ' ' order by notice_no) from public_notice";
    assert_eq!(o.text(numbers).await, "2026-0001 2026-0002");
}

#[tokio::test]
async fn the_public_sees_what_runs_and_no_more() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::FirstReview).await;
    // beside the review, before its step has come
    o.publish(&case_no, 15, at("2026-11-24T09:00"))
        .await
        .unwrap();
    let seen = async |on: &str| {
        let mut tx = o.db.store().system().await.unwrap();
        let found = notices::running(&mut tx, None, day(on), 0, 10)
            .await
            .unwrap();
        found.len()
    };
    assert_eq!((seen("2026-11-24").await, seen("2026-12-15").await), (1, 1));
    assert_eq!(seen("2026-12-16").await, 0, "over");
    o.take_back(&case_no, at("2026-11-25T09:00")).await;
    assert_eq!(seen("2026-11-25").await, 0, "taken back");
}

async fn sale() -> (Office, String) {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    o.bring_to(&case_no, Step::FirstReview).await;
    (o, case_no)
}

#[tokio::test]
async fn what_is_suspended_stands_still_and_has_its_days_afterwards() {
    let (o, case_no) = sale().await;
    let stands = o
        .suspend(&case_no, "verify", "2026-12-04", hour(24))
        .await
        .unwrap();
    assert_eq!(stands.state, CaseState::Suspended);
    match o.agree(&case_no, hour(30)).await {
        Err(CaseError::Flow(FlowError::Suspended(Move::Agree))) => {}
        other => panic!("{other:?}"),
    }
    let version = o.case(&case_no).await.version;
    let mut tx = o.tx(CITY).await;
    // Tuesday to Friday: three working days
    let who = doing(FIRST, at("2026-11-27T09:00"));
    let runs = clock::resume(&mut tx, &case_no, version, "已核实", &who)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (runs.state, runs.due_on, runs.paused_at),
        (CaseState::InProgress, Some(day("2026-12-01")), None)
    );
    o.agree(&case_no, at("2026-11-27T10:00")).await.unwrap();
}

#[tokio::test]
async fn no_suspension_for_no_reason_too_long_or_on_what_is_not_under_way() {
    let (o, case_no) = sale().await;
    let (field, _) = told(o.suspend(&case_no, "weather", "2026-12-04", hour(2)).await);
    assert_eq!(field, "/reason_code");
    let (field, message) = told(
        o.suspend(&case_no, "force_majeure", "2026-12-31", hour(2))
            .await,
    );
    assert!(
        field == "/until" && message.contains("2026-12-07"),
        "{message}"
    );
    o.suspend(&case_no, "force_majeure", "2026-12-07", hour(2))
        .await
        .unwrap();
    let twice = told(o.suspend(&case_no, "verify", "2026-12-04", hour(3)).await);
    assert!(twice.1.contains("已暂停"), "{}", twice.1);
    // the applicants may withdraw all the same (条例第十五条)
    let withdrawn = o
        .make(
            &case_no,
            &because(Move::Withdraw, "不卖了"),
            RECEPTION,
            hour(4),
        )
        .await
        .unwrap();
    assert_eq!(
        (withdrawn.state, withdrawn.paused_at),
        (CaseState::Withdrawn, None)
    );
    assert_eq!(
        o.text("select count(*)::text from case_pause where ended_at is null")
            .await,
        "0"
    );
}

#[tokio::test]
async fn a_suspended_notice_goes_on_as_one_and_wakes_by_itself() {
    let (o, case_no) = office().await;
    o.bring_to(&case_no, Step::Notice).await;
    o.publish(&case_no, 15, hour(5)).await.unwrap();
    o.suspend(&case_no, "dispute", "2026-11-27", hour(10))
        .await
        .unwrap();
    let asleep = async |on: &str| {
        let mut tx = o.db.store().system().await.unwrap();
        let found = clock::overslept(&mut tx, day(on), "", 10).await.unwrap();
        let woken = match found.first() {
            Some(no) => clock::wake(&mut tx, no, at(&format!("{on}T08:00")), &next_id)
                .await
                .unwrap(),
            None => None,
        };
        tx.commit().await.unwrap();
        woken.is_some()
    };
    assert!(!asleep("2026-11-26").await);
    assert!(asleep("2026-11-27").await);
    assert!(!asleep("2026-11-28").await, "once");
    let case = o.case(&case_no).await;
    assert_eq!(
        (case.state, case.step),
        (CaseState::InProgress, Step::Notice)
    );
    assert!(
        case.paused_at.is_some(),
        "the notice still stands the clock"
    );
    let kinds = "select string_agg(kind || coalesce(' ' || ended_by_name, ''), ', ' order by began_at, kind) from case_pause";
    assert_eq!(
        o.text(kinds).await,
        "notice 初审员, suspension 系统（到期恢复）, notice"
    );
}
