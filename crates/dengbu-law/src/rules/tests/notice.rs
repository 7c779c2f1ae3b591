//! Rules about cautions and priority notices whose time runs.

use super::*;
use crate::application::AmendDetail;
use crate::effect::{caution_last_day, lapses, notice_last_day};
use crate::state::OpenCase;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A unit with such a right since that day.
fn with(right_type: RightType, detail: RightDetail, since: &str) -> UnitState {
    let mut u = clean();
    let on_it = right(right_type, vec![holder(person("丁", "Z"))], detail);
    u.rights
        .push(standing(60, on_it, &format!("{since}T02:00:00Z")));
    u
}

fn cautioned(since: &str) -> UnitState {
    with(
        RightType::Caution,
        RightDetail::Caution(Caution::default()),
        since,
    )
}

fn noticed(registrable_on: Option<&str>) -> UnitState {
    let detail = RightDetail::PriorityNotice(PriorityNotice {
        registrable_on: registrable_on.map(day),
        ..PriorityNotice::default()
    });
    with(RightType::PriorityNotice, detail, "2026-01-05")
}

/// An application that leaves the right with this content.
fn noting(content: RightDetail) -> Application {
    let mut a = application(Detail::Amend(AmendDetail {
        right_id: Some(Uuid::from_u128(60)),
        content: Some(content),
        matter: Some("按申请记载".to_owned()),
        ..AmendDetail::default()
    }));
    a.holders = vec![holder(person("丁", "Z"))];
    a
}

fn suit(on: &str) -> Application {
    noting(RightDetail::Caution(Caution {
        suit_body: Some("示例区人民法院".to_owned()),
        suit_no: Some("（2026）示例民初1号".to_owned()),
        suit_on: Some(day(on)),
        ..Caution::default()
    }))
}

fn under_way(u: &mut UnitState, business: &str, exclusive: bool) {
    u.open_cases.push(OpenCase {
        case_no: "51040220261123000009".to_owned(),
        business: business.to_owned(),
        exclusive,
    });
}

fn lapsed(u: &UnitState) -> usize {
    lapses(u, &calendar(), today(), &|| Uuid::from_u128(900)).len()
}

#[test]
fn the_last_days_are_working_days() {
    let c = calendar();
    // 2026-09-20 + 15 = 2026-10-05, in the holidays; the 8th is worked
    assert_eq!(caution_last_day(day("2026-09-20"), &c), day("2026-10-08"));
    assert_eq!(caution_last_day(day("2026-11-23"), &c), day("2026-12-08"));
    // 2026-06-01 + 90 = Sunday 2026-08-30
    assert_eq!(notice_last_day(day("2026-06-01"), &c), day("2026-08-31"));
}

#[test]
fn r40s_papers_of_a_suit_come_within_fifteen_days() {
    // today is Monday 2026-11-23; the last day of a caution of the 6th is Saturday, so today
    let u = cautioned("2026-11-06");
    assert_eq!(found("300-YY-01", &suit("2026-11-23"), &u), []);
    let block = one("R40S", Severity::Block);
    // handed in a day after the last
    let late = cautioned("2026-11-04");
    assert_eq!(found("300-YY-01", &suit("2026-11-20"), &late), block);
    // handed in on the last day, recorded some days later
    assert_eq!(found("300-YY-01", &suit("2026-11-19"), &late), []);
    // not before the caution, not to come
    assert_eq!(found("300-YY-01", &suit("2026-11-05"), &u), block);
    assert_eq!(found("300-YY-01", &suit("2026-11-24"), &u), block);
    // nor so long ago that the office would have been done with it: no dating back
    let old = cautioned("2026-03-02");
    assert_eq!(found("300-YY-01", &suit("2026-03-10"), &old), block);
}

#[test]
fn r40s_a_caution_whose_suit_is_being_noted_has_not_lapsed() {
    let mut u = cautioned("2026-11-01");
    assert_eq!(found("200-04-02", &sale(), &u), []);
    assert_eq!(lapsed(&u), 1);
    under_way(&mut u, "300-YY-01", false);
    assert_eq!(lapsed(&u), 0);
    assert_eq!(found("200-04-02", &sale(), &u), one("R40", Severity::Warn));
}

#[test]
fn r30d_the_day_a_right_could_be_registered_lies_in_the_past() {
    let u = noticed(None);
    let noted = |on: &str| {
        noting(RightDetail::PriorityNotice(PriorityNotice {
            registrable_on: Some(day(on)),
            ..PriorityNotice::default()
        }))
    };
    assert_eq!(found("300-YG-02", &noted("2026-11-23"), &u), []);
    let block = one("R30D", Severity::Block);
    assert_eq!(found("300-YG-02", &noted("2026-11-24"), &u), block);
    assert_eq!(found("300-YG-02", &noted("2026-01-04"), &u), block);
}

#[test]
fn r30_a_priority_notice_that_lapsed_asks_for_no_consent() {
    let consent = one("R30", Severity::Consent);
    // 2026-08-25 + 90 = today
    for standing in [noticed(None), noticed(Some("2026-08-25"))] {
        assert_eq!(found("200-04-02", &sale(), &standing), consent);
        assert_eq!(lapsed(&standing), 0);
    }
    let mut over = noticed(Some("2026-08-24"));
    // 2026-08-24 + 90 = Sunday 2026-11-22, moved to today
    assert_eq!(lapsed(&over), 0);
    over = noticed(Some("2026-08-20"));
    assert_eq!(found("200-04-02", &sale(), &over), []);
    assert_eq!(lapsed(&over), 1);
    // whoever applied in time keeps it until that case is done
    under_way(&mut over, "200-04-01", true);
    assert_eq!(lapsed(&over), 0);
}
