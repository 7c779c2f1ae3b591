use std::sync::atomic::{AtomicU64, Ordering};

use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::right::{BuildingOwnership, Mortgage, RightDetail};
use dengbu_model::unit_code::UnitCode;
use dengbu_register::entry::Provenance;
use proptest::prelude::*;

use super::*;
use crate::existing::{LandFacts, Subject, check};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn right(
    kind: RightType,
    detail: RightDetail,
    from: Option<&str>,
    to: Option<&str>,
    current: bool,
) -> ExistingRight {
    let holder = Party::named("示例人", PartyKind::Person);
    ExistingRight {
        right: Right {
            right_type: kind,
            co_ownership: CoOwnership::Sole,
            holders: vec![Holder {
                party: holder,
                share: None,
            }],
            obligors: Vec::new(),
            detail,
            other_conditions: None,
            remarks: None,
        },
        registration_type: RegistrationType::First,
        certificate_no: None,
        registered_on: from.map(day),
        ended_on: to.map(day),
        end_reason: None,
        current,
        provenance: Provenance {
            source: "test".into(),
            table: "T".into(),
            legacy_id: "1".into(),
            file_sm3: None,
        },
    }
}

fn title(from: Option<&str>, current: bool) -> ExistingRight {
    let detail = RightDetail::BuildingOwnership(BuildingOwnership::default());
    let mut title = right(
        RightType::StateConstructionLandAndBuilding,
        detail,
        from,
        None,
        current,
    );
    title.registration_type = RegistrationType::Transfer;
    title
}

fn mortgage(from: Option<&str>, to: Option<&str>, current: bool) -> ExistingRight {
    right(
        RightType::Mortgage,
        RightDetail::Mortgage(Mortgage::default()),
        from,
        to,
        current,
    )
}

fn unit(ownerships: Vec<ExistingRight>, others: Vec<ExistingRight>) -> ExistingUnit {
    ExistingUnit {
        authority: "510400".into(),
        subject: Subject::Land(LandFacts {
            unit: UnitCode::parse("510402101001GB00001W00000000").unwrap(),
            address: "示例路".into(),
            area: None,
            use_code: None,
        }),
        ownerships,
        others,
        provenance: Provenance {
            source: "test".into(),
            table: "T".into(),
            legacy_id: "1".into(),
            file_sm3: None,
        },
    }
}

fn made(unit: &ExistingUnit) -> Vec<NewEntry> {
    let count = AtomicU64::new(0);
    let ids = move || Uuid::from_u64_pair(0, count.fetch_add(1, Ordering::Relaxed));
    entries(unit, now(), &ids)
}

/// Kind of registration, day in Shanghai, how many rights end.
fn seen(entries: &[NewEntry]) -> Vec<(&str, String, usize)> {
    entries
        .iter()
        .map(|e| {
            let day = dengbu_model::time::date_in_shanghai(e.effective_at.unwrap());
            (e.registration_type.code(), day.to_string(), e.ends.len())
        })
        .collect()
}

#[test]
fn owners_follow_one_another_and_a_released_mortgage_is_two_entries() {
    let unit = unit(
        vec![
            title(Some("2008-05-01"), false),
            title(Some("2019-03-04"), true),
        ],
        vec![
            mortgage(Some("2008-06-01"), Some("2018-01-02"), false),
            mortgage(Some("2019-04-01"), None, true),
        ],
    );
    let entries = made(&unit);
    assert_eq!(
        seen(&entries),
        [
            ("200", "2008-05-01".into(), 0),
            ("100", "2008-06-01".into(), 0),
            ("400", "2018-01-02".into(), 1),
            ("200", "2019-03-04".into(), 1),
            ("100", "2019-04-01".into(), 0),
        ]
    );
    assert_eq!(
        entries[0].effective_at.unwrap().to_rfc3339(),
        "2008-04-30T16:00:00+00:00"
    );
    assert_eq!(entries[3].ends[0].right_id, entries[0].right_id);
    assert_eq!(entries[2].ends[0].right_id, entries[1].right_id);
    assert_eq!(entries[2].right_id, entries[1].right_id);
    assert!(!entries[2].creates);
    assert!(
        entries
            .iter()
            .all(|e| e.recorded_at == now() && e.business == "existing")
    );
}

#[test]
fn rights_of_one_record_and_type_have_identities_of_their_own() {
    let unit = unit(
        vec![],
        vec![mortgage(None, None, true), mortgage(None, None, true)],
    );
    let entries = made(&unit);
    assert_ne!(entries[0].right_id, entries[1].right_id);
    assert_eq!(entries[0].right_id, made(&unit)[0].right_id);
}

#[test]
fn an_unknown_day_is_bounded_by_the_next_owner_and_remarked() {
    let unit = unit(
        vec![title(None, false), title(Some("2015-01-01"), true)],
        vec![mortgage(None, None, true)],
    );
    let entries = made(&unit);
    assert_eq!(
        seen(&entries),
        [
            ("200", "2015-01-01".into(), 0),
            ("200", "2015-01-01".into(), 1),
            ("100", "2026-11-23".into(), 0)
        ]
    );
    assert_eq!(entries[0].right.remarks.as_deref(), Some(DATE_UNKNOWN));
    assert_eq!(entries[1].right.remarks, None);
}

#[test]
fn a_title_that_ended_by_itself_is_deregistered() {
    let mut ended = title(Some("2010-01-01"), false);
    ended.ended_on = Some(day("2012-01-01"));
    ended.end_reason = Some("地上房屋已登记".into());
    let entries = made(&unit(vec![ended], vec![]));
    assert_eq!(
        seen(&entries),
        [
            ("200", "2010-01-01".into(), 0),
            ("400", "2012-01-01".into(), 1)
        ]
    );
    assert_eq!(entries[1].ends[0].reason, "地上房屋已登记");
}

#[test]
fn days_in_the_future_count_from_now() {
    let entries = made(&unit(vec![title(Some("2027-01-01"), true)], vec![]));
    assert_eq!(entries[0].effective_at, Some(now()));
}

#[test]
fn contradictions_are_refused_by_name() {
    let code = "510402101001GB00001W00000000";
    let two = unit(vec![title(None, true), title(None, true)], vec![]);
    let fault = check(std::slice::from_ref(&two)).unwrap_err();
    assert_eq!(fault.unit, code);
    assert!(fault.to_string().contains("多个现势所有权"), "{fault}");
    let misplaced = [
        unit(vec![mortgage(None, None, true)], vec![]),
        unit(vec![], vec![title(None, true)]),
        unit(
            vec![],
            vec![mortgage(Some("2015-01-01"), Some("2014-01-01"), false)],
        ),
        unit(vec![], vec![mortgage(None, Some("2014-01-01"), true)]),
    ];
    for unit in misplaced {
        assert!(check(&[unit]).is_err());
    }
    let fine = unit(vec![title(None, true)], vec![]);
    assert!(check(std::slice::from_ref(&fine)).is_ok());
    assert!(
        check(&[fine.clone(), fine])
            .unwrap_err()
            .what
            .contains("两次")
    );
}

fn any_day() -> impl Strategy<Value = Option<NaiveDate>> {
    proptest::option::of((0_u64..14_000).prop_map(|n| day("1995-01-01") + chrono::Days::new(n)))
}

proptest! {
    /// Whatever the days say: a right is created once before it is ended at most once, what is
    /// current at the end is what was said to be current, and there is one title at most at any time.
    #[test]
    fn entries_lead_to_what_was_said(
        owners in proptest::collection::vec(any_day(), 0..5),
        last_current in any::<bool>(),
        others in proptest::collection::vec((any_day(), any_day(), any::<bool>()), 0..5),
    ) {
        let count = owners.len();
        let ownerships: Vec<_> = owners.into_iter().enumerate().map(|(i, on)| {
            let mut t = title(None, last_current && i + 1 == count);
            t.registered_on = on;
            t
        }).collect();
        let others: Vec<_> = others.into_iter().map(|(a, b, current)| {
            let (from, to) = match (a, b) { (Some(a), Some(b)) if b < a => (Some(b), Some(a)), both => both };
            let mut m = mortgage(None, None, current);
            m.registered_on = from;
            m.ended_on = to.filter(|_| !current);
            m
        }).collect();
        let unit = unit(ownerships, others);
        let mut standing: BTreeMap<Uuid, bool> = BTreeMap::new();
        for e in made(&unit) {
            for ended in &e.ends {
                prop_assert!(standing.remove(&ended.right_id).is_some());
            }
            if e.creates {
                prop_assert!(standing.insert(e.right_id, e.right.right_type.is_title()).is_none());
            }
            prop_assert!(standing.values().filter(|title| **title).count() <= 1);
            prop_assert!(e.effective_at.unwrap() <= now());
        }
        let current = unit.ownerships.iter().chain(&unit.others).filter(|r| r.current).count();
        prop_assert_eq!(standing.len(), current);
    }
}
