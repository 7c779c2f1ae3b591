//! Rules about seizures.

use super::*;

#[test]
fn r10_seized_means_no_sale_and_no_mortgage() {
    for kind in [
        SeizureKind::Seizure,
        SeizureKind::Waiting,
        SeizureKind::PreSeizure,
    ] {
        let mut u = clean();
        u.rights.push(seizure(kind, Some("2026-11-23")));
        assert_eq!(
            found("200-04-02", &sale(), &u),
            one("R10", Severity::Block),
            "in force on its last day"
        );
        assert_eq!(found("100-DY-01", &loan(), &u), one("R10", Severity::Block));
    }
    let mut u = clean();
    u.rights
        .push(seizure(SeizureKind::Seizure, Some("2026-11-22")));
    assert_eq!(found("200-04-02", &sale(), &u), [], "run out");
    let mut u = clean();
    u.rights.push(seizure(SeizureKind::Seizure, None));
    assert_eq!(
        found("200-04-02", &sale(), &u),
        one("R10", Severity::Block),
        "no end known: in force"
    );
    let v = check(
        catalogue::business("200-04-02").unwrap(),
        &sale(),
        std::slice::from_ref(&u),
        &calendar(),
        today(),
    );
    assert!(
        v[0].law.contains("《城市房地产管理法》第三十八条"),
        "{}",
        v[0].law
    );
}

#[test]
fn r11_a_seizure_of_the_land_reaches_the_house() {
    let mut u = clean();
    u.land_rights
        .push(seizure(SeizureKind::Seizure, Some("2027-01-01")));
    assert_eq!(found("200-04-02", &sale(), &u), one("R11", Severity::Block));
    u.land_rights = vec![seizure(SeizureKind::Seizure, Some("2020-01-01"))];
    assert_eq!(found("200-04-02", &sale(), &u), []);
}

#[test]
fn r13_a_second_seizure_waits() {
    let mut u = clean();
    u.rights
        .push(seizure(SeizureKind::Seizure, Some("2028-01-01")));
    let a = order("2026-11-23", "2029-11-23");
    assert_eq!(found("800-00-01", &a, &u), one("R13", Severity::Info));
    let draft = drafted("800-00-01", &a, &u, 9);
    let RightDetail::Seizure(s) = &draft.right.detail else {
        panic!("a seizure")
    };
    assert_eq!((s.kind, s.rank), (SeizureKind::Waiting, Some(1)));
    let first = drafted("800-00-01", &a, &clean(), 9);
    let RightDetail::Seizure(s) = &first.right.detail else {
        panic!("a seizure")
    };
    assert_eq!((s.kind, s.rank), (SeizureKind::Seizure, Some(0)));
}

#[test]
fn seizure_terms_beyond_three_years_warn_and_past_ones_are_refused() {
    assert_eq!(
        found("800-00-01", &order("2026-11-23", "2029-11-24"), &clean()),
        one("R_SEIZURE_TERM", Severity::Warn)
    );
    assert_eq!(
        found("800-00-01", &order("2020-01-01", "2023-01-01"), &clean()),
        one("R_SEIZURE_TERM", Severity::Block)
    );
}
