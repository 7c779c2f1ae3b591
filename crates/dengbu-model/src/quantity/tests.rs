use proptest::prelude::*;

use super::*;

#[test]
fn areas() {
    assert_eq!(Area::parse("112.25").unwrap().to_string(), "112.25");
    assert_eq!(
        serde_json::to_string(&Area::parse("90.5").unwrap()).unwrap(),
        "\"90.50\""
    );
    for bad in ["0", "-1", "1.23456", "abc", "", "1e3", "99999999999999"] {
        assert!(Area::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn money_in_capitals() {
    for (figure, want) in [
        ("800000", "捌拾万元整"),
        ("0", "零元整"),
        ("0.5", "伍角整"),
        ("1005.06", "壹仟零伍元零陆分"),
        ("10000000000", "壹佰亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("120034.5", "壹拾贰万零叁拾肆元伍角整"),
        ("1230000", "壹佰贰拾叁万元整"),
    ] {
        assert_eq!(
            Money::parse(figure).unwrap().chinese_capital(),
            want,
            "{figure}"
        );
    }
    assert_eq!(
        Money::parse("1,234,567.8").unwrap().grouped(),
        "1,234,567.80"
    );
    assert_eq!(
        Money::from_wan("81.5".parse().unwrap())
            .unwrap()
            .to_string(),
        "815000.00"
    );
    assert!(Money::parse("-1").is_err() && Money::parse("0.001").is_err());
}

/// Reads capital numerals back, digit by digit and unit by unit, to fen.
fn from_capitals(text: &str) -> u64 {
    let (mut total, mut group, mut digit) = (0_u64, 0_u64, 0_u64);
    for c in text.chars() {
        if let Some(d) = CAPITALS.iter().position(|x| *x == c) {
            digit = d as u64;
            continue;
        }
        match c {
            '拾' | '佰' | '仟' => {
                group += digit * [10, 100, 1000]["拾佰仟".chars().position(|x| x == c).unwrap()];
            }
            '万' => {
                total += (group + digit) * 10_000 * 100;
                group = 0;
            }
            '亿' => {
                total += (group + digit) * 100_000_000 * 100;
                group = 0;
            }
            '元' => {
                total += (group + digit) * 100;
                group = 0;
            }
            '角' => total += digit * 10,
            '分' => total += digit,
            '整' => {}
            other => panic!("{other} in {text}"),
        }
        digit = 0;
    }
    total
}

#[test]
fn figures_with_commas_and_wide_digits() {
    for (text, want) in [
        ("1,234,567.8", "1234567.80"),
        ("８０００００．５", "800000.50"),
        ("12，345", "12345.00"),
        (" 0.10 ", "0.10"),
        ("-0", "0.00"),
    ] {
        let m = Money::parse(text).unwrap();
        assert_eq!(m.to_string(), want);
        assert_eq!(serde_json::to_string(&m).unwrap(), format!("\"{want}\""));
    }
    for bad in [
        "1,5", "1,23,456", "1234,567", ",123", "1,", "1.", ".5", "1.2.3", "--1", "1-2", "+1", "¥1",
        "8万", "1.0,000",
    ] {
        assert!(Money::parse(bad).is_err(), "{bad}");
        assert!(Area::parse(bad).is_err(), "{bad}");
    }
    assert!(Share::parse("0,5").is_err());
    assert_eq!(Share::parse("５０％").unwrap().to_string(), "1/2");
    assert_eq!(Share::parse("１／３").unwrap().to_string(), "1/3");
}

#[test]
fn limits_of_quantities() {
    assert!(Money::parse("999999999999.99").is_ok());
    assert!(Money::parse("1000000000000").is_err());
    assert!(Money::from_wan(Decimal::MAX).is_err());
    assert!(
        Money::from_wan("0.0000001".parse().unwrap()).is_err(),
        "finer than fen"
    );
    assert!(!Money::parse("0").unwrap().is_positive());
    assert_eq!(
        Area::parse("98.7600").unwrap(),
        Area::parse("98.76").unwrap()
    );
    assert_eq!(
        serde_json::to_string(&Area::parse("0.0001").unwrap()).unwrap(),
        "\"0.0001\""
    );
    assert_eq!(
        serde_json::to_string(&Area::parse("1.230").unwrap()).unwrap(),
        "\"1.23\""
    );
    // shares too fine to add up exactly are no sum, never a wrong one
    let fine: Vec<Share> = [
        4_294_967_291,
        4_294_967_279,
        4_294_967_231,
        4_294_967_197,
        4_294_967_189,
    ]
    .map(|p| Share::new(1, p).unwrap())
    .to_vec();
    assert_eq!(Share::sum(fine.iter().copied()), None);
    assert!(!Share::adds_to_one(&fine));
}

#[test]
fn shares_in_every_writing() {
    for (text, want) in [
        ("1/3", "1/3"),
        ("50%", "1/2"),
        ("0.25", "1/4"),
        ("2/4", "1/2"),
        ("100%", "1/1"),
        ("33.33%", "3333/10000"),
    ] {
        assert_eq!(Share::parse(text).unwrap().to_string(), want);
    }
    for bad in ["0", "3/2", "1/0", "-1/2", "一半", "120%", "1/2/3", ""] {
        assert!(Share::parse(bad).is_err(), "{bad}");
    }
    let third = Share::parse("1/3").unwrap();
    assert!(Share::adds_to_one(&[third, third, third]));
    assert!(!Share::adds_to_one(&[Share::parse("33.33%").unwrap(); 3]));
    assert!(!Share::adds_to_one(&[]));
}

proptest! {
    #[test]
    fn equal_parts_always_make_one(n in 1_u32..500) {
        let part = Share::new(1, n).unwrap();
        prop_assert!(Share::adds_to_one(&vec![part; n as usize]));
        prop_assert!(!Share::adds_to_one(&vec![part; n as usize + 1]));
    }

    #[test]
    fn capitals_say_the_amount(fen in 0_u64..100_000_000_000_000, zeros in 0_u32..12) {
        // round amounts have the zeros that capitals get wrong
        let fen = fen / 10_u64.pow(zeros) * 10_u64.pow(zeros);
        let m = Money::new(Decimal::new(i64::try_from(fen).unwrap(), 2)).unwrap();
        let text = m.chinese_capital();
        prop_assert_eq!(from_capitals(&text), fen, "{}", text);
        prop_assert!(!text.contains("零零") && !text.contains("亿万"), "{}", text);
    }

    #[test]
    fn areas_round_trip(tenth_mm in 1_i64..100_000_000_000) {
        let a = Area::new(Decimal::new(tenth_mm, 4)).unwrap();
        let text = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<Area>(&text).unwrap(), a);
        let places = text.trim_matches('"').split_once('.').unwrap().1.len();
        prop_assert!((2..=4).contains(&places));
    }

    #[test]
    fn parts_of_a_whole_add_up(cuts in proptest::collection::vec(1_u32..1000, 1..12)) {
        let whole: u32 = cuts.iter().sum();
        let shares: Vec<Share> = cuts.iter().map(|c| Share::new(*c, whole).unwrap()).collect();
        prop_assert!(Share::adds_to_one(&shares));
        if let Some((_, fewer)) = shares.split_last() {
            prop_assert!(!Share::adds_to_one(fewer));
        }
    }

    #[test]
    fn money_and_shares_round_trip(fen in 0_i64..100_000_000_000, n in 1_u32..1000, extra in 0_u32..1000) {
        let m = Money::new(Decimal::new(fen, 2)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&m).unwrap()).unwrap(), m);
        prop_assert_eq!(Money::parse(&m.grouped()).unwrap(), m);
        let s = Share::new(n, n + extra).unwrap();
        prop_assert_eq!(Share::parse(&s.to_string()).unwrap(), s);
    }
}
