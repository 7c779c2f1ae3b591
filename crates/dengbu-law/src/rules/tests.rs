//! Every rule once broken and once kept.

mod notice;
mod seizure;

use chrono::{DateTime, Utc};
use dengbu_model::cadastre::{UnitKind, UnitStatus};
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Area, Money, Share};
use dengbu_model::right::{
    BuildingOwnership, Caution, Habitation, Mortgage, MortgageMethod, PriorityNotice, Restriction,
    Right, RightDetail, RightType, Seizure, SeizureKind,
};
use dengbu_model::unit_code::UnitCode;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::application::{
    Acknowledgement, DeliveryMethod, Detail, MortgageDetail, MortgageReleaseDetail, SeizureDetail,
    TransferDetail,
};
use crate::catalogue;
use crate::effect;
use crate::state::{OpenCase, StandingRight};

const MORTGAGE_ID: Uuid = Uuid::from_u128(77);

fn today() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

fn person(name: &str, number: &str) -> Party {
    Party {
        id: Some(IdDocument::from_register(IdKind::ResidentId, number)),
        ..Party::named(name, PartyKind::Person)
    }
}

fn holder(p: Party) -> Holder {
    Holder {
        party: p,
        share: None,
    }
}

fn unit() -> UnitCode {
    UnitCode::parse("510402001003GB00012F00030027").unwrap()
}

fn right(right_type: RightType, holders: Vec<Holder>, detail: RightDetail) -> Right {
    Right {
        right_type,
        co_ownership: CoOwnership::Sole,
        holders,
        obligors: Vec::new(),
        detail,
        other_conditions: None,
        remarks: None,
    }
}

fn standing(n: u128, right: Right, at: &str) -> StandingRight {
    let registered_at: DateTime<Utc> = at.parse().unwrap();
    StandingRight {
        right_id: Uuid::from_u128(n),
        unit: unit(),
        right,
        certificate_no: None,
        registered_at,
        case_no: None,
    }
}

fn title() -> StandingRight {
    let detail = RightDetail::BuildingOwnership(BuildingOwnership::default());
    standing(
        1,
        right(
            RightType::StateConstructionLandAndBuilding,
            vec![holder(person("甲", "A"))],
            detail,
        ),
        "2019-01-01T00:00:00Z",
    )
}

fn clean() -> UnitState {
    UnitState {
        unit: unit(),
        kind: UnitKind::Dwelling,
        status: UnitStatus::Live,
        area: Some(Area::parse("98.76").unwrap()),
        address: "东区示例路1号".to_owned(),
        rights: vec![title()],
        ..UnitState::bare(unit(), UnitKind::Dwelling)
    }
}

fn calendar() -> crate::calendar::Calendar {
    let days = crate::calendar::parse_days(crate::calendar::SHIPPED).unwrap();
    crate::calendar::Calendar::new(days.into_iter().map(|d| (d.day, d.kind)))
}

/// The one entry that a case on one unit makes.
fn drafted(business: &str, a: &Application, u: &UnitState, id: u128) -> effect::EntryDraft {
    let now = today().and_hms_opt(4, 0, 0).unwrap().and_utc();
    let all = effect::draft(
        catalogue::business(business).unwrap(),
        a,
        &crate::state::World::new([u.clone()], &calendar()),
        now,
        today(),
        &|| Uuid::from_u128(id),
    )
    .unwrap();
    assert_eq!(all.len(), 1);
    all.into_iter().next().unwrap()
}

fn seizure(kind: SeizureKind, end: Option<&str>) -> StandingRight {
    let detail = Seizure {
        kind,
        court: "示例法院".to_owned(),
        document_no: "(2026)示例1号".to_owned(),
        end: end.map(|d| d.parse().unwrap()),
        ..Seizure::default()
    };
    standing(
        50,
        right(
            RightType::Seizure,
            vec![holder(Party::named("示例法院", PartyKind::StateOrgan))],
            RightDetail::Seizure(detail),
        ),
        "2026-01-01T00:00:00Z",
    )
}

fn mortgage(restricted: Option<bool>, at: &str) -> StandingRight {
    let detail = Mortgage {
        transfer_restricted: restricted,
        ..Mortgage::new(MortgageMethod::General)
    };
    let mut r = standing(
        77,
        right(
            RightType::Mortgage,
            vec![holder(Party::named("示例银行", PartyKind::Enterprise))],
            RightDetail::Mortgage(detail),
        ),
        at,
    );
    r.right_id = MORTGAGE_ID;
    r
}

fn application(detail: Detail) -> Application {
    Application {
        reason: "买卖".to_owned(),
        holders: vec![holder(person("乙", "B"))],
        obligors: vec![person("甲", "A")],
        co_ownership: CoOwnership::Sole,
        separate_certificates: false,
        detail,
        contact: None,
        delivery_method: DeliveryMethod::Counter,
        inquiry: Vec::new(),
        acknowledged: Vec::new(),
        remarks: None,
        further: Vec::new(),
    }
}

fn sale() -> Application {
    application(Detail::Transfer(TransferDetail {
        price: Some(Money::parse("800000").unwrap()),
        contract_no: Some("W1".to_owned()),
        contract_date: None,
        deed_tax_proof_no: Some("T1".to_owned()),
        ..TransferDetail::default()
    }))
}

fn loan() -> Application {
    application(Detail::Mortgage(MortgageDetail {
        method: MortgageMethod::General,
        secured_amount: Some(Money::parse("500000").unwrap()),
        maximum_amount: None,
        term_start: Some("2026-12-01".parse().unwrap()),
        term_end: Some("2046-12-01".parse().unwrap()),
        scope: Some("本金及利息".to_owned()),
        transfer_restricted: Some(false),
        contract_no: Some("D1".to_owned()),
        debtor: None,
        construction_scope: None,
    }))
}

fn release() -> Application {
    let mut a = application(Detail::MortgageRelease(MortgageReleaseDetail {
        mortgage_right_id: Some(MORTGAGE_ID),
        cause: Some("主债权消灭".to_owned()),
        creditor_consent_no: None,
    }));
    a.holders = vec![holder(Party::named("示例银行", PartyKind::Enterprise))];
    a
}

fn order(start: &str, end: &str) -> Application {
    let mut a = application(Detail::Seizure(SeizureDetail {
        court: "示例法院".to_owned(),
        document_no: "(2026)示例2号".to_owned(),
        start: Some(start.parse().unwrap()),
        end: Some(end.parse().unwrap()),
        ..SeizureDetail::default()
    }));
    a.holders.clear();
    a
}

fn found(code: &str, a: &Application, u: &UnitState) -> Vec<(String, Severity)> {
    let business = catalogue::business(code).unwrap();
    check(business, a, std::slice::from_ref(u), &calendar(), today())
        .into_iter()
        .map(|v| (v.rule, v.severity))
        .collect()
}

fn one(rule: &str, severity: Severity) -> Vec<(String, Severity)> {
    vec![(rule.to_owned(), severity)]
}

#[test]
fn a_clean_unit_meets_every_rule() {
    assert_eq!(found("200-04-02", &sale(), &clean()), []);
    assert_eq!(found("100-DY-01", &loan(), &clean()), []);
    let mut u = clean();
    u.rights.push(mortgage(Some(false), "2022-01-01T00:00:00Z"));
    assert_eq!(found("400-DY-01", &release(), &u), []);
    assert_eq!(
        found("800-00-01", &order("2026-11-23", "2029-11-23"), &clean()),
        []
    );
}

#[test]
fn r01_one_disposing_case_at_a_time() {
    let mut u = clean();
    u.open_cases = vec![OpenCase {
        case_no: "1".to_owned(),
        business: "100-DY-01".to_owned(),
        exclusive: true,
    }];
    assert_eq!(found("200-04-02", &sale(), &u), one("R01", Severity::Block));
    assert_eq!(
        found("800-00-01", &order("2026-11-23", "2029-11-23"), &u),
        one("R17", Severity::Info)
    );
    u.open_cases[0].exclusive = false;
    assert_eq!(found("200-04-02", &sale(), &u), []);
}

#[test]
fn r02_the_unit_is_live_real_and_measured() {
    let mut u = clean();
    u.status = UnitStatus::Historic;
    assert_eq!(found("200-04-02", &sale(), &u), one("R02", Severity::Block));
    let mut u = clean();
    u.area = None;
    assert_eq!(found("200-04-02", &sale(), &u), one("R02", Severity::Block));
    let mut u = clean();
    u.unit = UnitCode::parse("510402000000GB00012F00030027").unwrap();
    assert_eq!(found("200-04-02", &sale(), &u), one("R02", Severity::Block));
}

#[test]
fn r03_only_the_registered_holders_dispose() {
    let mut a = sale();
    a.obligors = vec![person("丙", "C")];
    assert_eq!(
        found("200-04-02", &a, &clean()).len(),
        2,
        "one missing, one strange"
    );
    let mut a = sale();
    a.obligors = vec![person("甲", "other number")];
    assert!(
        found("200-04-02", &a, &clean())
            .iter()
            .all(|f| f.0 == "R03" && f.1 == Severity::Block)
    );
    let mut u = clean();
    u.rights[0].right.holders.push(holder(person("戊", "E")));
    assert_eq!(
        found("200-04-02", &sale(), &u),
        one("R03", Severity::Block),
        "a co-owner does not take part"
    );
}

#[test]
fn r04_exactly_one_title() {
    let mut u = clean();
    u.rights.clear();
    assert_eq!(found("200-04-02", &sale(), &u), one("R04", Severity::Block));
    let mut u = clean();
    u.rights.push(title());
    assert_eq!(found("200-04-02", &sale(), &u), one("R04", Severity::Block));
}

#[test]
fn r20_sale_of_mortgaged_property() {
    for (restricted, at, want) in [
        (Some(false), "2022-01-01T00:00:00Z", Severity::Info),
        (Some(true), "2022-01-01T00:00:00Z", Severity::Consent),
        (None, "2019-01-01T00:00:00Z", Severity::Consent),
        (None, "2022-01-01T00:00:00Z", Severity::Consent),
    ] {
        let mut u = clean();
        u.rights.push(mortgage(restricted, at));
        assert_eq!(found("200-04-02", &sale(), &u), one("R20", want));
    }
    // the day turns at midnight in Shanghai, not in Greenwich
    let mut u = clean();
    u.rights.push(mortgage(None, "2020-12-31T16:30:00Z"));
    let v = check(
        catalogue::business("200-04-02").unwrap(),
        &sale(),
        std::slice::from_ref(&u),
        &calendar(),
        today(),
    );
    assert!(v[0].message.contains("没有记载"), "{}", v[0].message);
}

#[test]
fn r21_a_further_mortgage_takes_the_next_rank() {
    let mut u = clean();
    u.rights.push(mortgage(Some(false), "2022-01-01T00:00:00Z"));
    assert_eq!(found("100-DY-01", &loan(), &u), one("R21", Severity::Warn));
    let d = drafted("100-DY-01", &loan(), &u, 9);
    let RightDetail::Mortgage(m) = &d.right.detail else {
        panic!("a mortgage")
    };
    assert_eq!(m.rank, Some(2));
}

#[test]
fn a_rank_is_not_given_twice_after_a_release() {
    let mut u = clean();
    let mut second = mortgage(Some(false), "2022-01-01T00:00:00Z");
    if let RightDetail::Mortgage(m) = &mut second.right.detail {
        m.rank = Some(2);
    }
    u.rights.push(second);
    assert_eq!(effect::next_rank(&u), 3);
    assert_eq!(effect::next_rank(&clean()), 1);
}

#[test]
fn a_mortgage_is_struck_out_by_its_holder_and_only_while_it_stands() {
    assert_eq!(
        found("400-DY-01", &release(), &clean()),
        one("R_MORTGAGE_LIVE", Severity::Block)
    );
    let mut u = clean();
    u.rights.push(mortgage(Some(false), "2022-01-01T00:00:00Z"));
    let mut a = release();
    a.holders = vec![holder(Party::named("另一银行", PartyKind::Enterprise))];
    assert_eq!(found("400-DY-01", &a, &u), one("R03M", Severity::Block));
}

#[test]
fn r30_r40_r50_r70_what_else_lies_on_the_unit() {
    let since = |detail, right_type, who: &str, day: &str| {
        let mut u = clean();
        let on_it = right(right_type, vec![holder(person(who, "Z"))], detail);
        u.rights.push(standing(60, on_it, day));
        found("200-04-02", &sale(), &u)
    };
    let lay =
        |detail, right_type, who: &str| since(detail, right_type, who, "2026-11-20T00:00:00Z");
    let notice = || RightDetail::PriorityNotice(PriorityNotice::default());
    assert_eq!(
        lay(notice(), RightType::PriorityNotice, "丁"),
        one("R30", Severity::Consent)
    );
    assert_eq!(
        lay(
            RightDetail::Caution(Caution::default()),
            RightType::Caution,
            "丁"
        ),
        one("R40", Severity::Warn)
    );
    // 民法典第二百二十条: without a suit the caution is gone after fifteen days
    let old = RightDetail::Caution(Caution::default());
    assert_eq!(
        since(old, RightType::Caution, "丁", "2026-11-01T00:00:00Z"),
        []
    );
    assert_eq!(
        lay(
            RightDetail::Habitation(Habitation::default()),
            RightType::Habitation,
            "丁"
        ),
        one("R50", Severity::Warn)
    );
    assert_eq!(
        lay(
            RightDetail::Restriction(Restriction::default()),
            RightType::Restriction,
            "丁"
        ),
        one("R70", Severity::Block)
    );
    let mut u = clean();
    u.rights.push(standing(
        60,
        right(
            RightType::PriorityNotice,
            vec![holder(person("乙", "B"))],
            notice(),
        ),
        "2026-01-01T00:00:00Z",
    ));
    assert_eq!(
        found("200-04-02", &sale(), &u),
        [],
        "the notice's own holder buys"
    );
}

#[test]
fn r62_shares_are_one_together() {
    let mut a = sale();
    a.co_ownership = CoOwnership::ByShares;
    a.holders = ["1/2", "1/3"]
        .iter()
        .zip(["乙", "丙"])
        .map(|(s, n)| Holder {
            party: person(n, n),
            share: Some(Share::parse(s).unwrap()),
        })
        .collect();
    assert_eq!(
        found("200-04-02", &a, &clean()),
        one("R62", Severity::Block)
    );
    a.holders[1].share = Some(Share::parse("50%").unwrap());
    assert_eq!(found("200-04-02", &a, &clean()), []);
}

#[test]
fn r71_no_entry_without_the_deed_tax() {
    let mut a = sale();
    if let Detail::Transfer(t) = &mut a.detail {
        t.deed_tax_proof_no = Some(" ".to_owned());
    }
    assert_eq!(
        found("200-04-02", &a, &clean()),
        one("R71", Severity::Block)
    );
}

#[test]
fn r901_nobody_deals_with_himself() {
    let mut a = sale();
    a.holders = vec![holder(person("甲", "A"))];
    assert_eq!(
        found("200-04-02", &a, &clean()),
        one("R901", Severity::Block)
    );
}

#[test]
fn warnings_stand_until_noted_and_blocks_always() {
    let mut u = clean();
    u.rights.push(mortgage(Some(true), "2022-01-01T00:00:00Z"));
    let business = catalogue::business("200-04-02").unwrap();
    let mut a = sale();
    let v = check(business, &a, std::slice::from_ref(&u), &calendar(), today());
    assert_eq!(super::standing(&v, &a).len(), 1);
    a.acknowledged = vec![Acknowledgement {
        rule: "R20".to_owned(),
        reason: " ".to_owned(),
    }];
    assert_eq!(super::standing(&v, &a).len(), 1, "an empty reason is none");
    a.acknowledged[0].reason = "已收抵押权人书面同意".to_owned();
    assert!(super::standing(&v, &a).is_empty());
    u.rights.push(seizure(SeizureKind::Seizure, None));
    a.acknowledged.push(Acknowledgement {
        rule: "R10".to_owned(),
        reason: "硬要办".to_owned(),
    });
    let v = check(business, &a, std::slice::from_ref(&u), &calendar(), today());
    assert_eq!(
        super::standing(&v, &a).len(),
        1,
        "nobody talks a seizure away"
    );
}

#[test]
fn a_sale_replaces_the_title_and_leaves_the_mortgage() {
    let mut u = clean();
    u.rights.push(mortgage(Some(false), "2022-01-01T00:00:00Z"));
    let d = drafted("200-04-02", &sale(), &u, 9);
    assert_eq!(
        d.ends.iter().map(|e| e.right_id).collect::<Vec<_>>(),
        [Uuid::from_u128(1)]
    );
    assert!(d.creates);
    assert_eq!(d.right.holders, sale().holders);
    assert_eq!(d.certificates.len(), 1);
    let mut apart = sale();
    apart.holders.push(holder(person("丙", "C")));
    apart.co_ownership = CoOwnership::Joint;
    apart.separate_certificates = true;
    let d = drafted("200-04-02", &apart, &u, 9);
    assert_eq!(
        d.certificates.iter().map(|c| c.holder).collect::<Vec<_>>(),
        [Some(0), Some(1)]
    );
}

/// What one granted application does to the unit, as the register would have it.
fn apply(u: &mut UnitState, d: effect::EntryDraft, n: u128) {
    u.rights
        .retain(|r| !d.ends.iter().any(|e| e.right_id == r.right_id));
    if d.creates {
        let mut s = standing(n, d.right, "2026-11-23T00:00:00Z");
        s.right_id = d.right_id;
        u.rights.push(s);
    }
}

proptest! {
    /// Whatever is asked for in whatever order: one title at all times, no disposal
    /// over a seizure, no mortgage without a title.
    #[test]
    fn no_sequence_of_recordings_breaks_the_register(wishes in prop::collection::vec((0_u8..4, 0_u8..4), 1..40)) {
        let mut u = clean();
        for (i, (what, who)) in wishes.into_iter().enumerate() {
            let (code, mut a) = match what {
                0 => ("200-04-02", sale()),
                1 => ("100-DY-01", loan()),
                2 => ("400-DY-01", release()),
                _ => ("800-00-01", order("2026-11-23", "2028-11-23")),
            };
            let owner = u.titles().next().unwrap().right.holders.clone();
            a.obligors = owner.iter().map(|h| h.party.clone()).collect();
            if what < 2 {
                let name = ["子", "丑", "寅", "卯"][who as usize];
                a.holders = vec![holder(person(name, name))];
            }
            if let (Detail::MortgageRelease(d), Some((m, _))) = (&mut a.detail, u.mortgages().first()) {
                d.mortgage_right_id = Some(m.right_id);
                a.holders = m.right.holders.clone();
            }
            a.acknowledged = ["R20", "R21", "R30", "R40", "R50", "R_SEIZURE_TERM"]
                .iter()
                .map(|r| Acknowledgement { rule: (*r).to_owned(), reason: "已核".to_owned() })
                .collect();
            let business = catalogue::business(code).unwrap();
            let v = check(business, &a, std::slice::from_ref(&u), &calendar(), today());
            if !super::standing(&v, &a).is_empty() {
                continue;
            }
            let seized = !u.seizures_in_force(today()).is_empty();
            prop_assert!(!(seized && what < 2), "a disposal over a seizure");
            let d = drafted(&business.code, &a, &u, 1000 + i as u128);
            apply(&mut u, d, 1000 + i as u128);
            prop_assert_eq!(u.titles().count(), 1);
            let firsts = u.seizures_in_force(today()).iter().filter(|(_, s)| s.kind == SeizureKind::Seizure).count();
            prop_assert!(firsts <= 1, "two seizures in force");
        }
    }
}
