use proptest::prelude::*;

use super::*;

fn sale(price: &str) -> Question {
    Question {
        day: "2026-11-23".parse().unwrap(),
        passing: Passing::Sale,
        subject: Subject::Home,
        price: Money::parse(price).unwrap(),
        with_vat: false,
        area: Some(Area::parse("120").unwrap()),
        homes: Some(1),
        exemption: None,
        seller_individual: true,
        held_years: Some(5),
        original_price: None,
        local_rate: None,
    }
}

fn deed(q: &Question) -> String {
    estimate(q).unwrap()[0]
        .amount
        .unwrap()
        .normalize()
        .to_string()
}

#[test]
fn the_brackets_of_announcement_16_of_2024() {
    for (homes, area, tax) in [
        (1, "140", "8000"),
        (1, "140.01", "12000"),
        (2, "120", "8000"),
        (2, "140.01", "16000"),
        (3, "90", "24000"),
    ] {
        let q = Question {
            homes: Some(homes),
            area: Some(Area::parse(area).unwrap()),
            ..sale("800000")
        };
        assert_eq!(deed(&q), tax, "{homes} {area}");
    }
    let before = Question {
        day: "2024-11-30".parse().unwrap(),
        ..sale("800000")
    };
    assert_eq!(
        deed(&before),
        "24000",
        "the general rate until the day before"
    );
    let shop = Question {
        subject: Subject::Other,
        homes: None,
        area: None,
        ..sale("500000")
    };
    assert_eq!(deed(&shop), "15000");
}

#[test]
fn an_authority_sets_its_general_rate_and_nothing_else() {
    let local = Some("0.04".parse().unwrap());
    let shop = Question {
        subject: Subject::Other,
        local_rate: local,
        ..sale("500000")
    };
    assert_eq!(deed(&shop), "20000");
    assert_eq!(estimate(&shop).unwrap()[0].unverified, None);
    let home = Question {
        local_rate: local,
        ..sale("800000")
    };
    assert_eq!(deed(&home), "8000");
    let day = "2026-11-23".parse().unwrap();
    assert_eq!(
        table::local_limits(day),
        Some(("0.03".parse().unwrap(), "0.05".parse().unwrap()))
    );
}

#[test]
fn exemptions_of_articles_6_and_7() {
    for reason in &table::rates().deed_exemption {
        let q = Question {
            exemption: Some(reason.code.clone()),
            ..sale("800000")
        };
        let line = estimate(&q).unwrap().remove(0);
        assert_eq!(line.amount, Some(Decimal::ZERO));
        assert!(line.law.contains("契税法》第六条") || line.law.contains("契税法》第七条"));
    }
    let unknown = Question {
        exemption: Some("friend".into()),
        ..sale("1")
    };
    assert!(matches!(
        estimate(&unknown),
        Err(FeeError::Field {
            field: "/exemption",
            ..
        })
    ));
}

#[test]
fn vat_is_taken_off_the_price_where_it_is_in_it() {
    let q = |day: &str, years| Question {
        day: day.parse().unwrap(),
        with_vat: true,
        held_years: Some(years),
        ..sale("1050000")
    };
    let lines = estimate(&q("2025-12-31", 1)).unwrap();
    assert_eq!(lines[0].base.normalize().to_string(), "1000000");
    assert_eq!(lines[0].amount.unwrap().normalize().to_string(), "10000");
    assert_eq!(lines[1].amount.unwrap().normalize().to_string(), "50000");
    let lines = estimate(&q("2026-01-01", 1)).unwrap();
    assert_eq!(
        lines[1].amount.unwrap().to_string(),
        "30582.52",
        "1050000 / 1.03 × 3 %"
    );
    assert!(lines[1].hint && lines[1].unverified.is_some());
    let lines = estimate(&q("2026-01-01", 2)).unwrap();
    assert_eq!(
        lines[0].base.normalize().to_string(),
        "1050000",
        "free: nothing in it"
    );
    assert_eq!(lines[1].amount, Some(Decimal::ZERO));
}

#[test]
fn stamp_duty_of_both_sides_but_not_for_homes_of_individuals() {
    let stamps = |q: &Question| -> Vec<Decimal> {
        let lines = estimate(q).unwrap();
        let own = lines.iter().filter(|l| l.tax == "印花税");
        own.filter_map(|l| l.amount)
            .map(|a| a.normalize())
            .collect()
    };
    assert_eq!(stamps(&sale("800000")), [Decimal::ZERO, Decimal::ZERO]);
    let shop = Question {
        subject: Subject::Other,
        ..sale("800000")
    };
    assert_eq!(stamps(&shop), [Decimal::from(400), Decimal::from(400)]);
}

#[test]
fn what_is_missing_is_named() {
    let field = |q: Question| match estimate(&q) {
        Err(FeeError::Field { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        field(Question {
            homes: None,
            ..sale("1")
        }),
        "/homes"
    );
    assert_eq!(
        field(Question {
            area: None,
            ..sale("1")
        }),
        "/area"
    );
    let early = "2020-01-01".parse().unwrap();
    assert_eq!(
        field(Question {
            day: early,
            ..sale("1")
        }),
        "/day"
    );
    let third = Question {
        homes: Some(3),
        area: None,
        ..sale("1")
    };
    assert!(estimate(&third).is_ok(), "the area plays no part");
}

#[test]
fn an_exchange_is_taxed_on_the_difference() {
    let q = Question {
        passing: Passing::Exchange,
        homes: Some(3),
        ..sale("100000")
    };
    assert_eq!(deed(&q), "3000");
    assert!(estimate(&q).unwrap()[0].rule.contains("差额"));
}

proptest! {
    /// More area, more homes or a higher price never cost less; amounts are whole 分.
    #[test]
    fn deed_tax_grows(price in 1u64..10_000_000_000, more in 0u64..1_000_000, area in 1u32..40_000, homes in 1u8..4) {
        let q = |fen_: u64, area: u32, homes| Question {
            price: Money::new(Decimal::new(i64::try_from(fen_).unwrap(), 2)).unwrap(),
            area: Some(Area::new(Decimal::new(i64::from(area), 2)).unwrap()),
            homes: Some(homes),
            ..sale("1")
        };
        let tax = |q: &Question| estimate(q).unwrap()[0].amount.unwrap();
        let base = tax(&q(price, area, homes));
        prop_assert!(base.scale() <= 2);
        prop_assert!(base <= tax(&q(price + more, area, homes)));
        prop_assert!(base <= tax(&q(price, area + 1, homes)));
        prop_assert!(base <= tax(&q(price, area, 3)));
    }
}
