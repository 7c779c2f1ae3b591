use std::collections::{BTreeMap, BTreeSet};

use dengbu_model::certificate::CertificateNumber;
use dengbu_model::identity::IdDocument;
use dengbu_model::party::{CoOwnership, Party, check_holders};
use dengbu_model::right::{RightDetail, RightType};
use dengbu_model::unit_code::CountyCode;

use super::*;
use crate::people::{AREAS, age_on};

fn today() -> NaiveDate {
    date(2026, 11, 23)
}

fn made() -> ExistingStock {
    city(today()).unwrap()
}

fn find<'a>(stock: &'a ExistingStock, code: &str) -> &'a ExistingUnit {
    stock
        .units
        .iter()
        .find(|u| u.code().as_str() == code)
        .unwrap()
}

fn current(unit: &ExistingUnit) -> Vec<&dengbu_takeover::ExistingRight> {
    unit.ownerships
        .iter()
        .chain(&unit.others)
        .filter(|r| r.current)
        .collect()
}

#[test]
fn the_same_day_gives_the_same_city_and_another_day_moves_terms_only() {
    let (a, b) = (made(), made());
    assert_eq!(a.units, b.units);
    let later = city(date(2027, 3, 1)).unwrap();
    let differ = |x: &ExistingUnit, y: &ExistingUnit| x != y;
    let moved: Vec<_> = a
        .units
        .iter()
        .zip(&later.units)
        .filter(|(x, y)| differ(x, y))
        .collect();
    assert!(!moved.is_empty());
    let seized = |u: &ExistingUnit| {
        u.others
            .iter()
            .any(|r| r.right.right_type == RightType::Seizure)
    };
    assert!(moved.iter().all(|(x, _)| seized(x)));
}

#[test]
fn it_is_of_the_size_and_kind_wanted() {
    let stock = made();
    let count = stock.units.len();
    assert!((1_900..2_100).contains(&count), "{count}");
    let counties: BTreeSet<_> = stock.units.iter().map(|u| u.code().county()).collect();
    assert_eq!(counties.len(), 5);
    let of_tower = stock
        .units
        .iter()
        .filter(|u| u.code().as_str().starts_with(story::TOWER));
    assert_eq!(of_tower.count(), 816);

    let mut kinds: BTreeMap<RightType, usize> = BTreeMap::new();
    for right in stock.units.iter().flat_map(current) {
        *kinds.entry(right.right.right_type).or_default() += 1;
    }
    let share = |kind| kinds.get(&kind).copied().unwrap_or(0) * 100 / count;
    assert!((20..30).contains(&share(RightType::Mortgage)), "{kinds:?}");
    for kind in [
        RightType::Seizure,
        RightType::Caution,
        RightType::PriorityNotice,
        RightType::Habitation,
        RightType::StateConstructionLand,
        RightType::HomesteadAndBuilding,
    ] {
        assert!(
            kinds.get(&kind).is_some_and(|n| (1..60).contains(n)),
            "{kind:?} {kinds:?}"
        );
    }
}

#[test]
fn every_unit_code_may_be_issued_and_has_its_parcel_and_building() {
    let stock = made();
    let allowed: Vec<CountyCode> = ["510402", "510403", "510411", "510421", "510422"]
        .map(|c| CountyCode::parse(c).unwrap())
        .to_vec();
    let parcels: BTreeSet<_> = stock.parcels.iter().map(|p| &p.parcel.code).collect();
    let buildings: BTreeSet<_> = stock.buildings.iter().map(|b| &b.building.code).collect();
    assert_eq!(parcels.len(), stock.parcels.len());
    assert_eq!(buildings.len(), stock.buildings.len());
    dengbu_takeover::existing::check(&stock.units).unwrap();
    for unit in &stock.units {
        let code = unit.code();
        code.issue_check(&allowed).unwrap();
        assert!(code.warnings().is_empty(), "{code:?}");
        assert!(parcels.contains(&code.parcel()));
        assert!(code.building().is_none_or(|b| buildings.contains(&b)));
    }
}

#[test]
fn areas_of_units_are_those_of_their_parts_and_land_shares_stay_within_the_parcel() {
    let stock = made();
    let mut shares: BTreeMap<_, rust_decimal::Decimal> = BTreeMap::new();
    for unit in &stock.units {
        let Subject::Dwelling(d) = &unit.subject else {
            continue;
        };
        let part =
            |a: Option<dengbu_model::quantity::Area>| a.map(|a| a.value()).unwrap_or_default();
        assert_eq!(
            part(d.building_area),
            part(d.inner_area) + part(d.shared_area)
        );
        let RightDetail::BuildingOwnership(b) = &unit.ownerships[0].right.detail else {
            panic!()
        };
        assert_eq!(b.building_area, d.building_area);
        *shares.entry(unit.code().parcel()).or_default() += part(b.shared_land_area);
    }
    for parcel in &stock.parcels {
        let area = parcel.parcel.area.unwrap().value();
        if let Some(sum) = shares.get(&parcel.parcel.code) {
            assert!(
                *sum <= area && *sum > area - rust_decimal::Decimal::TEN,
                "{sum} of {area}"
            );
        }
    }
}

fn people(stock: &ExistingStock) -> Vec<(NaiveDate, &Party)> {
    let rights = stock
        .units
        .iter()
        .flat_map(|u| u.ownerships.iter().chain(&u.others));
    rights
        .flat_map(|r| {
            let holders = r.right.holders.iter().map(|h| &h.party);
            holders
                .chain(&r.right.obligors)
                .map(|p| (r.registered_on.unwrap(), p))
        })
        .collect()
}

#[test]
fn every_number_is_valid_and_nobodys() {
    let stock = made();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (on, party) in people(&stock) {
        let Some(id) = &party.id else {
            assert_eq!(party.kind.code(), "4", "{}", party.name);
            continue;
        };
        assert_eq!(
            &IdDocument::parse(id.kind, &id.number, today())
                .unwrap()
                .document,
            id
        );
        let area = if party.kind.code() == "1" {
            &id.number[..6]
        } else {
            &id.number[2..8]
        };
        assert!(AREAS.contains(&area), "{}", id.number);
        if party.kind.code() == "1" {
            assert!(
                age_on(&id.number, on).unwrap() >= 18,
                "{} on {on}",
                id.number
            );
        }
        let same = names.insert(&id.number, &party.name);
        assert!(
            same.is_none_or(|n| n == party.name),
            "one number, two names: {}",
            id.number
        );
    }
    assert!(names.len() > 2_000);
    for party in [story::buyer(), story::buyers_wife(), story::second_buyer()] {
        let id = party.id.unwrap();
        assert!(IdDocument::parse(id.kind, &id.number, today()).is_ok());
        assert!(
            !names.contains_key(id.number.as_str()),
            "buyers hold nothing yet"
        );
    }
}

#[test]
fn holders_go_together_and_days_follow_one_another() {
    let stock = made();
    for unit in &stock.units {
        for right in unit.ownerships.iter().chain(&unit.others) {
            check_holders(right.right.co_ownership, &right.right.holders).unwrap();
            let on = right.registered_on.unwrap();
            assert!(on <= today());
            assert!(
                right.ended_on.is_none_or(|end| end > on),
                "{:?}",
                unit.code()
            );
        }
        for sale in &unit.ownerships {
            let sold_to_self = |p: &Party| sale.right.holders.iter().any(|h| &h.party == p);
            assert!(
                !sale.right.obligors.iter().any(sold_to_self),
                "{:?}",
                unit.code()
            );
        }
        let days: Vec<_> = unit.ownerships.iter().map(|o| o.registered_on).collect();
        assert!(days.is_sorted(), "{:?} {days:?}", unit.code());
        let owner = unit.ownerships.last().unwrap();
        for right in unit.others.iter().filter(|r| r.current) {
            assert!(
                right.registered_on >= owner.registered_on,
                "{:?}",
                unit.code()
            );
            let holders: Vec<_> = owner.right.holders.iter().map(|h| &h.party).collect();
            assert_eq!(right.right.obligors.iter().collect::<Vec<_>>(), holders);
        }
    }
}

#[test]
fn certificate_numbers_are_unique_and_of_no_current_year() {
    let stock = made();
    let mut seen = BTreeSet::new();
    let rights = stock
        .units
        .iter()
        .flat_map(|u| u.ownerships.iter().chain(&u.others));
    let mut of_law = 0;
    for number in rights.filter_map(|r| r.certificate_no.as_deref()) {
        assert!(seen.insert(number), "{number}");
        if number.starts_with('川') {
            let parsed = CertificateNumber::parse(number).unwrap();
            assert!((2016..=2025).contains(&parsed.year()));
            assert_eq!(parsed.to_string(), number);
            of_law += 1;
        }
    }
    assert!(of_law > 1_000);
}

#[test]
fn the_stories_stand_as_told() {
    let stock = made();
    let clean = [
        story::CLEAN_FLAT,
        story::MIYI_CLEAN_FLAT,
        story::YANBIAN_CLEAN_FLAT,
    ];
    for code in clean.into_iter().chain(story::SPARE_CLEAN_FLATS) {
        let rights = current(find(&stock, code));
        assert_eq!(rights.len(), 1, "{code}");
        assert_eq!(rights[0].right.co_ownership, CoOwnership::Sole);
        assert_eq!(rights[0].right.holders[0].party.kind.code(), "1");
    }
    let limit = |code: &str| -> Vec<RightType> {
        current(find(&stock, code))
            .iter()
            .skip(1)
            .map(|r| r.right.right_type)
            .collect()
    };
    assert_eq!(limit(story::SEIZED_FLAT), [RightType::Seizure]);
    assert_eq!(
        limit(story::TWICE_SEIZED_FLAT),
        [RightType::Seizure, RightType::Seizure]
    );
    assert_eq!(limit(story::CAUTIONED_FLAT), [RightType::Caution]);
    assert_eq!(limit(story::INHABITED_FLAT), [RightType::Habitation]);
    assert_eq!(limit(story::NOTICED_FLAT), [RightType::PriorityNotice]);
    for (code, restricted) in [
        (story::MORTGAGED_RESTRICTED_FLAT, true),
        (story::MORTGAGED_FREE_FLAT, false),
    ] {
        let rights = current(find(&stock, code));
        let RightDetail::Mortgage(m) = &rights[1].right.detail else {
            panic!("{code}")
        };
        assert_eq!(m.transfer_restricted, Some(restricted));
    }
    let owner = |code: &str| find(&stock, code).ownerships.last().unwrap().right.clone();
    let joint = owner(story::JOINT_FLAT);
    assert_eq!(
        (joint.co_ownership, joint.holders.len()),
        (CoOwnership::Joint, 2)
    );
    let shared = owner(story::SHARED_FLAT);
    assert_eq!(shared.co_ownership, CoOwnership::ByShares);
    let shares: Vec<_> = shared
        .holders
        .iter()
        .map(|h| h.share.unwrap().to_string())
        .collect();
    assert_eq!(shares, ["1/3", "1/3", "1/3"]);
    assert_eq!(
        owner(story::LAND).right_type,
        RightType::StateConstructionLand
    );
    assert!(find(&stock, story::LAND).ownerships[0].current);
}
