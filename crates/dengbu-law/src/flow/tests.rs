use proptest::prelude::*;

use super::*;
use crate::catalogue;

const ANN: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);
const CAT: Uuid = Uuid::from_u128(3);
const DAN: Uuid = Uuid::from_u128(4);

fn sale() -> &'static Business {
    catalogue::business("200-04-02").unwrap()
}

fn standing<'a>(state: CaseState, step: Step, taken: &'a [Taken]) -> Standing<'a> {
    Standing {
        business: sale(),
        state,
        step,
        taken,
    }
}

#[test]
fn a_sale_walks_from_counter_to_archive() {
    let mut taken = Vec::new();
    let (mut state, mut step) = (CaseState::Draft, Step::Acceptance);
    let path = [
        (Move::Submit, ANN),
        (Move::Agree, BOB),
        (Move::Agree, CAT),
        (Move::Record, DAN),
        (Move::MakeCertificate, ANN),
        (Move::Deliver, ANN),
        (Move::Archive, ANN),
    ];
    for (action, who) in path {
        let out = decide(&standing(state, step, &taken), action, who, None, None).unwrap();
        taken.push(Taken { step, by: who });
        (state, step) = (out.state, out.step);
    }
    assert_eq!((state, step), (CaseState::Closed, Step::Archive));
}

#[test]
fn whoever_accepted_can_neither_review_nor_record() {
    let taken = [Taken {
        step: Step::Acceptance,
        by: ANN,
    }];
    for (step, action) in [
        (Step::FirstReview, Move::Agree),
        (Step::Approval, Move::Agree),
        (Step::Recording, Move::Record),
    ] {
        let case = standing(CaseState::InProgress, step, &taken);
        assert_eq!(
            decide(&case, action, ANN, None, None),
            Err(FlowError::FourEyes {
                step,
                earlier: Step::Acceptance
            })
        );
        assert!(decide(&case, action, BOB, None, None).is_ok());
    }
}

#[test]
fn only_the_latest_pass_counts_for_four_eyes() {
    let taken = [
        Taken {
            step: Step::Acceptance,
            by: ANN,
        },
        Taken {
            step: Step::Acceptance,
            by: BOB,
        },
    ];
    let case = standing(CaseState::InProgress, Step::FirstReview, &taken);
    assert!(decide(&case, Move::Agree, ANN, None, None).is_ok());
    assert!(decide(&case, Move::Agree, BOB, None, None).is_err());
}

#[test]
fn a_reason_is_demanded_where_the_applicant_is_told_no() {
    let case = standing(CaseState::InProgress, Step::Approval, &[]);
    assert_eq!(
        decide(&case, Move::Refuse, BOB, Some("  "), None),
        Err(FlowError::ReasonMissing(Move::Refuse))
    );
    let out = decide(&case, Move::Refuse, BOB, Some("查封"), None).unwrap();
    assert_eq!(out.state, CaseState::Refused);
    assert!(out.frees_units);
}

#[test]
fn correction_restarts_the_clock_when_the_papers_are_complete() {
    let case = standing(CaseState::InProgress, Step::Approval, &[]);
    let out = decide(&case, Move::Correct, BOB, Some("缺合同"), None).unwrap();
    assert_eq!(
        (out.state, out.step, out.restarts_clock),
        (CaseState::Correction, Step::Acceptance, false)
    );
    let back = decide(
        &standing(out.state, out.step, &[]),
        Move::Submit,
        ANN,
        None,
        None,
    )
    .unwrap();
    assert!(back.restarts_clock);
}

#[test]
fn a_case_sent_back_keeps_its_clock() {
    let case = standing(CaseState::InProgress, Step::Recording, &[]);
    let out = decide(
        &case,
        Move::SendBack,
        BOB,
        Some("份额有误"),
        Some(Step::Acceptance),
    )
    .unwrap();
    let again = decide(
        &standing(out.state, out.step, &[]),
        Move::Submit,
        ANN,
        None,
        None,
    )
    .unwrap();
    assert!(!again.restarts_clock);
    assert_eq!(
        decide(
            &case,
            Move::SendBack,
            BOB,
            Some("x"),
            Some(Step::Certificate)
        ),
        Err(FlowError::NotEarlier)
    );
}

#[test]
fn nothing_is_withdrawn_after_recording() {
    for step in [Step::Certificate, Step::Delivery, Step::Archive] {
        let case = standing(CaseState::InProgress, step, &[]);
        assert!(decide(&case, Move::Withdraw, ANN, Some("不办了"), None).is_err());
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop::sample::select(Step::ALL.to_vec())
}

proptest! {
    #[test]
    fn an_ended_case_never_moves(action in prop::sample::select(Move::ALL.to_vec()), step in any_step()) {
        for state in CaseState::ALL.into_iter().filter(|s| s.is_final()) {
            let case = standing(state, step, &[]);
            prop_assert_eq!(decide(&case, action, ANN, Some("r"), None), Err(FlowError::Over(state)));
            prop_assert!(moves(&case, ANN).is_empty());
        }
    }

    #[test]
    fn every_open_case_has_a_way_on(which in 0..catalogue::all().len(), at in 0..7_usize) {
        let business = &catalogue::all()[which];
        let step = business.steps[at % business.steps.len()].step;
        let case = Standing { business, state: CaseState::InProgress, step, taken: &[] };
        let free: Vec<_> = moves(&case, ANN).into_iter().filter(|(_, no)| no.is_none()).collect();
        prop_assert!(!free.is_empty());
        for (m, _) in free {
            let out = decide(&case, m, ANN, Some("r"), None).unwrap();
            prop_assert!(business.step(out.step).is_some());
        }
    }

    #[test]
    fn recording_is_reached_only_through_every_step_before_it(
        which in 0..catalogue::all().len(),
        path in prop::collection::vec((prop::sample::select(Move::ALL.to_vec()), 1..6_u128), 0..40),
    ) {
        let business = &catalogue::all()[which];
        let (mut state, mut step) = (CaseState::Draft, Step::Acceptance);
        let mut taken: Vec<Taken> = Vec::new();
        for (action, who) in path {
            let actor = Uuid::from_u128(who);
            let case = Standing { business, state, step, taken: &taken };
            let Ok(out) = decide(&case, action, actor, Some("r"), None) else { continue };
            if action == Move::Record {
                for before in business.earlier_steps(Step::Recording) {
                    prop_assert!(taken.iter().any(|t| t.step == before));
                }
                let accepted = taken.iter().rev().find(|t| t.step == Step::Acceptance).unwrap();
                prop_assert_ne!(accepted.by, actor);
            }
            taken.push(Taken { step, by: actor });
            (state, step) = (out.state, out.step);
        }
    }
}
