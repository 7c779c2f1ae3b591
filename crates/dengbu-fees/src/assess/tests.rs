use dengbu_law::catalogue;
use proptest::prelude::*;

use super::*;
use crate::exemption;

const DAY: &str = "2026-11-23";

fn day() -> NaiveDate {
    DAY.parse().unwrap()
}

fn unit(parcel: u32, n: u32, class: UseClass) -> Unit {
    let code = format!("510402001003GB{parcel:05}F0001{n:04}");
    Unit {
        code: UnitCode::parse(&code).unwrap(),
        class,
    }
}

fn home(n: u32) -> Unit {
    unit(12, n, UseClass::Residential)
}

/// A business of the catalogue, with another fee rule where one is given.
fn business(code: &str, fee: Option<FeeRule>) -> &'static Business {
    let found = catalogue::business(code).unwrap();
    match fee {
        None => found,
        Some(fee) => Box::leak(Box::new(Business {
            fee,
            ..found.clone()
        })),
    }
}

fn part(business: &'static Business, units: Vec<Unit>, certificates: u32) -> Part {
    Part {
        ordinal: 1,
        business,
        units,
        certificates_per_unit: certificates,
        payer: Payer {
            name: "甲".into(),
            individual: true,
        },
    }
}

fn sale(units: Vec<Unit>) -> Part {
    part(business("200-04-02", Some(FeeRule::F1)), units, 1)
}

fn due(part: &Part) -> String {
    assess(part, None, day()).unwrap().due().to_string()
}

#[test]
fn a_dwelling_costs_80_anything_else_550_a_garage_80() {
    for (class, yuan) in [
        (UseClass::Residential, "80"),
        (UseClass::NonResidential, "550"),
        (UseClass::Garage, "80"),
    ] {
        assert_eq!(due(&sale(vec![unit(12, 1, class)])), yuan, "{class:?}");
    }
}

#[test]
fn each_unit_is_one_item_and_each_further_certificate_ten() {
    assert_eq!(due(&sale(vec![home(1), home(2)])), "160");
    let couple = part(business("200-04-02", Some(FeeRule::F1)), vec![home(1)], 2);
    let a = assess(&couple, None, day()).unwrap();
    assert_eq!(a.due().to_string(), "90");
    assert_eq!(a.lines[1].item, Item::ExtraCertificate);
    assert!(a.lines.iter().all(|l| l.law.contains('〕')));
}

#[test]
fn mortgaged_objects_of_one_parcel_are_one_item() {
    let mortgage = |units| part(business("100-DY-01", None), units, 1);
    assert_eq!(due(&mortgage(vec![home(1), home(2), home(3)])), "80");
    let two = vec![
        home(1),
        home(2),
        unit(13, 1, UseClass::NonResidential),
        unit(13, 2, UseClass::NonResidential),
    ];
    assert_eq!(due(&mortgage(two)), "630");
    let mixed = mortgage(vec![home(1), unit(12, 2, UseClass::NonResidential)]);
    let a = assess(&mixed, None, day()).unwrap();
    assert_eq!(a.due().to_string(), "550");
    assert!(a.lines[0].unverified.is_some(), "told to the cashier");
    let garage = mortgage(vec![home(1), unit(12, 2, UseClass::Garage)]);
    assert_eq!(due(&garage), "80");
}

#[test]
fn the_other_rules() {
    let by = |fee, class, n| {
        due(&part(
            business("200-04-02", Some(fee)),
            vec![unit(12, 1, class)],
            n,
        ))
    };
    assert_eq!(by(FeeRule::F0, UseClass::NonResidential, 3), "0");
    assert_eq!(by(FeeRule::F2, UseClass::Unknown, 2), "20");
    assert_eq!(by(FeeRule::FH, UseClass::Residential, 1), "40");
    assert_eq!(by(FeeRule::FH, UseClass::NonResidential, 1), "275");
    assert_eq!(by(FeeRule::FC, UseClass::NonResidential, 1), "80");
    assert!(!chargeable(business("400-DY-01", None).fee));
}

#[test]
fn what_a_unit_is_for_must_be_decided_before_money_is_taken() {
    let unknown = unit(12, 7, UseClass::Unknown);
    let a = assess(&sale(vec![home(1), unknown.clone()]), None, day()).unwrap();
    assert_eq!(a.undecided(), Some(&unknown.code));
    assert_eq!(
        assess(&sale(vec![home(1)]), None, day())
            .unwrap()
            .undecided(),
        None
    );
    let free = exemption::of("small_enterprise");
    let a = assess(&sale(vec![unknown]), free, day()).unwrap();
    assert_eq!(a.undecided(), None);
}

#[test]
fn exemptions_leave_nothing_or_the_paper_and_say_why() {
    let two = part(business("200-04-02", Some(FeeRule::F1)), vec![home(1)], 2);
    let a = assess(&two, exemption::of("small_enterprise"), day()).unwrap();
    assert_eq!(
        (a.charged().to_string(), a.due().to_string()),
        ("90".into(), "0".into())
    );
    let a = assess(&two, exemption::of("spouses"), day()).unwrap();
    assert_eq!(a.due().to_string(), "20", "two certificates");
    assert!(a.lines.iter().all(|l| l.law.contains("财税〔2016〕79号")));
}

#[test]
fn a_sample_is_counted_like_a_case() {
    let mortgage = business("100-DY-01", None);
    let part = sample(mortgage, UseClass::NonResidential, 5, 2, 1).unwrap();
    assert_eq!(part.units.len(), 5);
    assert_eq!(due(&part), "1100");
    for (units, parcels, certificates) in [(0, 1, 1), (1, 2, 1), (1000, 1, 1), (1, 1, 0)] {
        assert!(sample(mortgage, UseClass::Garage, units, parcels, certificates).is_err());
    }
}

#[test]
fn no_tariff_no_assessment() {
    let early = "2010-01-01".parse().unwrap();
    assert!(matches!(
        assess(&sale(vec![home(1)]), None, early),
        Err(FeeError::NoTariff(_))
    ));
}

fn any_class() -> impl Strategy<Value = UseClass> {
    prop::sample::select(UseClass::ALL.to_vec())
}

proptest! {
    /// Whatever the case: no line is negative or above its charge, the order of the units does
    /// not matter, and an exemption never costs more.
    #[test]
    fn sums_hold(
        units in prop::collection::vec((12u32..15, any_class()), 1..12),
        certificates in 1u32..6,
        fee in prop::sample::select(vec![FeeRule::F0, FeeRule::F1, FeeRule::F2, FeeRule::FH, FeeRule::FC]),
        mortgage in any::<bool>(),
        reason in prop::sample::select(exemption::all().iter().map(|e| e.code.as_str()).collect::<Vec<_>>()),
    ) {
        let code = if mortgage { "100-DY-01" } else { "200-04-02" };
        let units: Vec<Unit> = (1..).zip(units).map(|(n, (p, c))| unit(p, n, c)).collect();
        let mut turned = units.clone();
        turned.reverse();
        let business = business(code, Some(fee));
        let plain = assess(&part(business, units.clone(), certificates), None, day()).unwrap();
        let other = assess(&part(business, turned, certificates), None, day()).unwrap();
        prop_assert_eq!(plain.due(), other.due());
        prop_assert_eq!(plain.due(), plain.charged());
        prop_assert_eq!(plain.due() == Decimal::ZERO, fee == FeeRule::F0);
        let free = assess(&part(business, units, certificates), exemption::of(reason), day()).unwrap();
        prop_assert!(free.due() <= plain.due());
        for l in plain.lines.iter().chain(&free.lines) {
            prop_assert!(l.due >= Decimal::ZERO && l.due <= l.charged);
            prop_assert_eq!(l.charged, l.standard * Decimal::from(l.quantity));
        }
    }
}
