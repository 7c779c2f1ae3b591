//! Moves: back and forth, by whom, and when no more.

use dengbu_cases::moves::Request;
use dengbu_cases::{CaseError, days, draft, hand, materials};
use dengbu_law::calendar::{CalendarDay, DayKind};
use dengbu_law::flow::{CaseState, FlowError, Move, Step};

use crate::fixture::{
    CITY, FIRST, MAKER, Office, Person, RECEPTION, REGISTRAR, REVIEWER, SALE, SEIZURE, because,
    doing, hour, now,
};
use crate::forms::{order, person, sale_to};

async fn sale() -> (Office, String) {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SALE, &units[0], sale_to(person("买方", 101))).await;
    (o, case_no)
}

fn flow<T: std::fmt::Debug>(refused: Result<T, CaseError>) -> FlowError {
    match refused {
        Err(CaseError::Flow(e)) => e,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn correction_starts_the_clock_anew_and_sending_back_does_not() {
    let (o, case_no) = sale().await;
    let submit = Request::plain(Move::Submit);
    let first = o.make(&case_no, &submit, RECEPTION, hour(1)).await.unwrap();
    assert_eq!(
        (first.clock_start, first.accepted_at),
        (Some(hour(1)), Some(hour(1)))
    );
    assert_eq!(first.due_on, Some("2026-11-26".parse().unwrap()));

    // a day later: sent back within the office
    let back = o
        .make(
            &case_no,
            &because(Move::SendBack, "面积有误"),
            FIRST,
            hour(24),
        )
        .await
        .unwrap();
    assert_eq!(
        (back.state, back.step),
        (CaseState::InProgress, Step::Acceptance)
    );
    assert!(back.sent_back);
    assert_eq!(back.assignee, Some(RECEPTION.id()), "to whoever took it in");
    let again = o
        .make(&case_no, &submit, RECEPTION, hour(25))
        .await
        .unwrap();
    assert_eq!(
        (again.clock_start, again.due_on),
        (first.clock_start, first.due_on)
    );
    assert!(!again.sent_back);
    assert_eq!(again.assignee, None);

    // the applicants must bring something
    let wait = o
        .make(
            &case_no,
            &because(Move::Correct, "缺少证明"),
            FIRST,
            hour(48),
        )
        .await
        .unwrap();
    assert_eq!(
        (wait.state, wait.step),
        (CaseState::Correction, Step::Acceptance)
    );
    assert!(wait.editable());
    let anew = o
        .make(&case_no, &submit, RECEPTION, hour(72))
        .await
        .unwrap();
    assert_eq!(anew.clock_start, Some(hour(72)));
    // Thursday, three working days: past the week-end
    assert_eq!(anew.due_on, Some("2026-12-01".parse().unwrap()));
    assert_eq!(anew.accepted_at, Some(hour(1)), "accepted once");
}

#[tokio::test]
async fn the_limit_counts_by_the_authoritys_own_calendar() {
    let (o, case_no) = sale().await;
    let mut tx = o.tx(CITY).await;
    let holiday = CalendarDay {
        day: "2026-11-24".parse().unwrap(),
        kind: DayKind::Holiday,
        name: "试验假日".to_owned(),
    };
    days::put(&mut tx, CITY, &[holiday]).await.unwrap();
    tx.commit().await.unwrap();
    let case = o.go(&case_no, Move::Submit).await.unwrap();
    assert_eq!(case.due_on, Some("2026-11-27".parse().unwrap()));
}

#[tokio::test]
async fn nobody_reviews_their_own_work() {
    let (o, case_no) = sale().await;
    let agree = Request::plain(Move::Agree);
    o.go(&case_no, Move::Submit).await.unwrap();
    let own = flow(o.make(&case_no, &agree, RECEPTION, hour(2)).await);
    assert_eq!(
        own,
        FlowError::FourEyes {
            step: Step::FirstReview,
            earlier: Step::Acceptance
        }
    );
    o.make(&case_no, &agree, FIRST, hour(2)).await.unwrap();
    for (who, earlier) in [(RECEPTION, Step::Acceptance), (FIRST, Step::FirstReview)] {
        let own = flow(o.make(&case_no, &agree, who, hour(3)).await);
        assert_eq!(
            own,
            FlowError::FourEyes {
                step: Step::Approval,
                earlier
            }
        );
    }
    // nor sends it back or refuses it in the reviewer's place
    let refusal = because(Move::Refuse, "不符");
    assert!(matches!(
        flow(o.make(&case_no, &refusal, FIRST, hour(3)).await),
        FlowError::FourEyes { .. }
    ));
    o.make(&case_no, &agree, REVIEWER, hour(3)).await.unwrap();
    let own = o
        .make(&case_no, &Request::plain(Move::Record), RECEPTION, hour(4))
        .await;
    assert_eq!(
        flow(own),
        FlowError::FourEyes {
            step: Step::Recording,
            earlier: Step::Acceptance
        }
    );
    assert_eq!(
        o.case(&case_no).await.events.len(),
        3,
        "refused moves are no events"
    );
}

#[tokio::test]
async fn only_the_latest_pass_counts_for_the_four_eyes() {
    let (o, case_no) = sale().await;
    o.bring_to(&case_no, Step::Approval).await;
    let to_first = Request {
        target: Some(Step::FirstReview),
        ..because(Move::SendBack, "请再核")
    };
    let back = o
        .make(&case_no, &to_first, REVIEWER, hour(5))
        .await
        .unwrap();
    assert_eq!(back.step, Step::FirstReview);
    // a colleague does the first review this time: the one who did it before may now approve
    let other = Person(20, "初审员二");
    let agree = Request::plain(Move::Agree);
    o.make(&case_no, &agree, other, hour(6)).await.unwrap();
    let own = flow(o.make(&case_no, &agree, other, hour(7)).await);
    assert!(matches!(own, FlowError::FourEyes { .. }));
    o.make(&case_no, &agree, FIRST, hour(7)).await.unwrap();
}

#[tokio::test]
async fn a_case_is_sent_back_only_to_an_earlier_step() {
    let (o, case_no) = sale().await;
    o.bring_to(&case_no, Step::FirstReview).await;
    for target in [Step::FirstReview, Step::Approval, Step::Archive] {
        let request = Request {
            target: Some(target),
            ..because(Move::SendBack, "退")
        };
        assert_eq!(
            flow(o.make(&case_no, &request, FIRST, hour(3)).await),
            FlowError::NotEarlier
        );
    }
}

#[tokio::test]
async fn a_move_needs_its_step_and_its_reason() {
    let (o, case_no) = sale().await;
    for action in [
        Move::Agree,
        Move::Record,
        Move::MakeCertificate,
        Move::Deliver,
        Move::Archive,
        Move::Refuse,
    ] {
        let request = because(action, "理由");
        let refused = flow(
            o.make(&case_no, &request, Person(30, "旁人"), hour(2))
                .await,
        );
        assert_eq!(
            refused,
            FlowError::NotHere {
                step: Step::Acceptance,
                action
            }
        );
    }
    for reason in [None, Some("  ")] {
        let request = Request {
            reason: reason.map(str::to_owned),
            ..Request::plain(Move::Withdraw)
        };
        let refused = flow(o.make(&case_no, &request, RECEPTION, hour(2)).await);
        assert_eq!(refused, FlowError::ReasonMissing(Move::Withdraw));
    }
}

#[tokio::test]
async fn refused_withdrawn_and_not_accepted_are_final() {
    for (at, action, who, state) in [
        (
            Step::Acceptance,
            Move::RejectAcceptance,
            RECEPTION,
            CaseState::NotAccepted,
        ),
        (
            Step::Acceptance,
            Move::Withdraw,
            RECEPTION,
            CaseState::Withdrawn,
        ),
        (
            Step::Recording,
            Move::Withdraw,
            RECEPTION,
            CaseState::Withdrawn,
        ),
        (Step::Approval, Move::Refuse, REVIEWER, CaseState::Refused),
        (Step::Recording, Move::Refuse, REGISTRAR, CaseState::Refused),
    ] {
        let (o, case_no) = sale().await;
        o.bring_to(&case_no, at).await;
        let over = o
            .make(&case_no, &because(action, "理由"), who, hour(9))
            .await
            .unwrap();
        assert_eq!((over.state, over.closed_at), (state, Some(hour(9))));
        assert!(!over.editable());
        assert_eq!(over.events.last().unwrap().reason.as_deref(), Some("理由"));
        assert_eq!(
            o.text("select bool_or(open)::text from case_unit").await,
            "false"
        );
        let more = flow(
            o.make(&case_no, &because(Move::Withdraw, "再"), who, hour(10))
                .await,
        );
        assert_eq!(more, FlowError::Over(state));
        assert_eq!(
            o.text("select count(*)::text from register_entry").await,
            "1"
        );
    }
}

#[tokio::test]
async fn after_recording_nothing_is_taken_back_by_a_move() {
    let (o, case_no) = sale().await;
    o.record(&case_no).await.unwrap();
    for action in [Move::Withdraw, Move::Refuse, Move::SendBack, Move::Correct] {
        let refused = flow(
            o.make(&case_no, &because(action, "理由"), MAKER, hour(9))
                .await,
        );
        assert_eq!(
            refused,
            FlowError::NotHere {
                step: Step::Certificate,
                action
            }
        );
    }
}

#[tokio::test]
async fn a_seizure_skips_the_first_review() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.ready(SEIZURE, &units[0], order("1")).await;
    let submitted = o.go(&case_no, Move::Submit).await.unwrap();
    assert_eq!(submitted.step, Step::Approval);
}

#[tokio::test]
async fn whoever_saw_an_older_version_does_nothing() {
    let (o, case_no) = sale().await;
    let case = o.case(&case_no).await;
    let old = case.version - 1;
    let stale = |r: Result<_, CaseError>| match r {
        Err(CaseError::Stale { current }) => assert_eq!(current, case.version),
        other => panic!("{other:?}"),
    };
    let submit = Request::plain(Move::Submit);
    stale(
        o.make_seen(&case_no, old, &submit, RECEPTION, hour(1))
            .await,
    );
    let mut tx = o.tx(CITY).await;
    let who = doing(RECEPTION, now());
    stale(draft::save(&mut tx, &case_no, old, case.application.clone(), &who).await);
    stale(hand::assign(&mut tx, &case_no, old, true, &who).await);
    drop(tx);
    assert_eq!(o.case(&case_no).await.version, case.version);
}

#[tokio::test]
async fn what_was_submitted_is_not_edited_until_it_comes_back() {
    let (o, case_no) = sale().await;
    let paper = o.paper(&case_no, "A1").await.unwrap();
    o.go(&case_no, Move::Submit).await.unwrap();
    let edit = async || o.fill(&case_no, |a| a.reason = "赠与".to_owned()).await;
    assert!(matches!(edit().await, Err(CaseError::NotEditable)));
    assert!(matches!(
        o.paper(&case_no, "A1").await,
        Err(CaseError::NotEditable)
    ));
    let mut tx = o.tx(CITY).await;
    let who = doing(RECEPTION, hour(3));
    let removed = materials::remove(&mut tx, &case_no, paper.material_id, &who).await;
    assert!(matches!(removed, Err(CaseError::NotEditable)));
    drop(tx);
    o.make(&case_no, &because(Move::Correct, "补"), FIRST, hour(4))
        .await
        .unwrap();
    assert_eq!(edit().await.unwrap().application.reason, "赠与");
    o.paper(&case_no, "A1").await.unwrap();
}

#[tokio::test]
async fn a_draft_may_be_incomplete_but_a_submission_may_not() {
    let (o, units) = Office::with_dwellings(1).await;
    let case_no = o.open(SALE, &units[0]).await;
    o.fill(&case_no, |a| {
        a.holders = vec![crate::forms::whole(person("买", 101))]
    })
    .await
    .unwrap();
    match o.go(&case_no, Move::Submit).await {
        Err(CaseError::Fields(faults)) => {
            let fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
            assert_eq!(fields, ["/detail/price", "/detail/contract_no"]);
        }
        other => panic!("{other:?}"),
    }
    let long = o.fill(&case_no, |a| a.reason = "长".repeat(201)).await;
    assert!(matches!(long, Err(CaseError::Fields(f)) if f[0].field == "/reason"));
}

#[tokio::test]
async fn a_case_is_claimed_by_one_person_at_a_time() {
    let (o, case_no) = sale().await;
    o.go(&case_no, Move::Submit).await.unwrap();
    let assign = async |who: Person, claim: bool| {
        let version = o.case(&case_no).await.version;
        let mut tx = o.tx(CITY).await;
        let case = hand::assign(&mut tx, &case_no, version, claim, &doing(who, hour(2))).await?;
        tx.commit().await?;
        Ok::<_, CaseError>(case)
    };
    assert_eq!(
        assign(FIRST, true).await.unwrap().assignee,
        Some(FIRST.id())
    );
    let other = assign(Person(21, "初审员二"), true).await;
    assert!(matches!(other, Err(CaseError::Fields(f)) if f[0].message.contains("初审员认领")));
    assert_eq!(assign(FIRST, false).await.unwrap().assignee, None);
    assert!(assign(Person(21, "初审员二"), true).await.is_ok());
}
