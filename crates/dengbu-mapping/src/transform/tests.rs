use super::*;

fn context<'a>(synonyms: &'a BTreeMap<String, BTreeMap<String, String>>) -> Context<'a> {
    Context {
        today: NaiveDate::from_ymd_opt(2026, 5, 1).unwrap(),
        synonyms,
        unit: None,
        id_kind: None,
    }
}

/// Value and what was seen.
fn read(transform: &Transform, text: &str) -> (String, Vec<SeenKind>) {
    let none = BTreeMap::new();
    let outcome = transform.apply(text, &context(&none));
    (
        outcome.value,
        outcome.seen.into_iter().map(|s| s.0).collect(),
    )
}

fn good(transform: &Transform, pairs: &[(&str, &str)]) {
    for (text, want) in pairs {
        assert_eq!(
            read(transform, text),
            ((*want).to_owned(), vec![]),
            "{text}"
        );
    }
}

fn bad(transform: &Transform, kind: SeenKind, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(transform, text).1, [kind], "{text}");
    }
}

#[test]
fn texts_and_names() {
    good(&Transform::Text, &[("　１栋 Ａ座 ", "1栋 A座"), ("", "")]);
    good(&Transform::Raw, &[(" 原 样 ", " 原 样 ")]);
    good(
        &Transform::Name,
        &[
            ("邓 　婷", "邓婷"),
            ("某（攀枝花）有限公司 ", "某（攀枝花）有限公司"),
            ("ＡＢＣ公司", "ABC公司"),
            ("John  Smith", "John Smith"),
        ],
    );
    bad(&Transform::Name, SeenKind::NameMissing, &["", " 　"]);
    good(
        &Transform::Names,
        &[("张 三，李四;王五", "张三、李四、王五"), ("", "")],
    );
}

#[test]
fn identity_numbers() {
    good(
        &Transform::Id,
        &[
            ("53322319570911350x", "53322319570911350X"),
            (
                " ５１０１０４１９９９０９２５４５１５",
                "510104199909254515",
            ),
        ],
    );
    let (value, seen) = read(&Transform::Id, "510104801201123");
    assert_eq!(
        (value.len(), &value[..8], seen),
        (18, "51010419", vec![SeenKind::Id15])
    );
    bad(&Transform::Id, SeenKind::IdMissing, &["", "  "]);
    bad(
        &Transform::Id,
        SeenKind::IdChecksum,
        &["510104199909254516", "510104199913254515", "12345", "无"],
    );
    // A wrong number stands as it was typed.
    assert_eq!(
        read(&Transform::Id, "510104199909254516").0,
        "510104199909254516"
    );
    assert_eq!(
        id_kind("91510400MA12345678", None),
        IdKind::UnifiedSocialCredit
    );
    assert_eq!(
        id_kind("91510400MA12345678", Some("7")),
        IdKind::UnifiedSocialCredit
    );
    assert_eq!(id_kind("510104199909254515", None), IdKind::ResidentId);
}

#[test]
fn codes_by_code_name_and_synonym() {
    let uses = Transform::Code(vec!["房屋用途".into()]);
    good(
        &uses,
        &[
            ("10", "10"),
            ("住宅", "10"),
            (" 住 宅 ", "10"),
            ("商业、金融、信息", "30"),
            ("其他", "80"),
            ("", ""),
        ],
    );
    bad(
        &uses,
        SeenKind::CodeInvalid,
        &["居住用房XX", "99", "住 宅?"],
    );
    assert_eq!(read(&uses, "99").0, "");
    let synonyms = BTreeMap::from([(
        "房屋用途".to_owned(),
        BTreeMap::from([("居住用房".to_owned(), "10".to_owned())]),
    )]);
    assert_eq!(uses.apply("居住用房", &context(&synonyms)).value, "10");
    let land = Transform::Code(vec!["土地用途_2017".into(), "土地用途_2007".into()]);
    good(
        &land,
        &[("0701", "0701"), ("城镇住宅用地", "0701"), ("071", "071")],
    );
}

#[test]
fn dates_in_any_shape() {
    let date = Transform::Date { past: false };
    for text in [
        "2015-09-04",
        "2015/9/4",
        "2015.9.4",
        "20150904",
        "2015年9月4日",
        "２０１５年９月４日",
        "2015-09-04 10:16:00",
    ] {
        good(&date, &[(text, "2015-09-04")]);
    }
    good(&date, &[("", ""), ("2099-01-01", "2099-01-01")]);
    bad(
        &date,
        SeenKind::DateInvalid,
        &["2013-02-30", "0000-00-00 00:00:00", "不详", "2018-13-05"],
    );
    bad(
        &Transform::Date { past: true },
        SeenKind::DateInvalid,
        &["2026-05-02", "2099-01-01"],
    );
    good(
        &Transform::SpanStart,
        &[("2020-07-07至2023-07-07", "2020-07-07")],
    );
    good(&Transform::SpanEnd, &[("2014.4.8-2044.4.8", "2044-04-08")]);
    bad(&Transform::SpanEnd, SeenKind::DateInvalid, &["三年"]);
    good(
        &Transform::Year,
        &[
            ("2009", "2009"),
            ("2009年", "2009"),
            ("2009-08-19", "2009-08-19"),
        ],
    );
    bad(&Transform::Year, SeenKind::DateInvalid, &["2031", "去年"]);
}

#[test]
fn numbers_areas_and_amounts() {
    good(&Transform::Number, &[("1,234.50", "1234.5"), ("-3", "-3")]);
    bad(
        &Transform::Number,
        SeenKind::NumberInvalid,
        &["约九十", "1e"],
    );
    good(
        &Transform::Integer,
        &[("十二", "12"), ("７", "7"), ("-1", "-1"), ("3.0", "3")],
    );
    bad(&Transform::Integer, SeenKind::NumberInvalid, &["3.5", "甲"]);
    let metres = Transform::Area(AreaUnit::SquareMetre);
    good(
        &metres,
        &[
            ("90.5平方米", "90.5"),
            ("68.23999999999999", "68.24"),
            ("１０５．８６㎡", "105.86"),
            ("1.5亩", "1000"),
            ("0.2公顷", "2000"),
        ],
    );
    bad(&metres, SeenKind::NumberInvalid, &["约九十", "九十平方米"]);
    good(
        &Transform::Area(AreaUnit::Mu),
        &[("3", "2000"), ("90.5平方米", "90.5")],
    );
    good(
        &Transform::Amount(AmountUnit::TenThousand),
        &[("90", "900000"), ("90元", "90"), ("¥1,000元", "1000")],
    );
    good(
        &Transform::Amount(AmountUnit::Yuan),
        &[("780000", "780000"), ("82万元", "820000")],
    );
    bad(
        &Transform::Amount(AmountUnit::Yuan),
        SeenKind::AmountInvalid,
        &["0", "-66"],
    );
    bad(
        &Transform::Amount(AmountUnit::Yuan),
        SeenKind::NumberInvalid,
        &["若干", "1..2"],
    );
    let none = BTreeMap::new();
    let told = Context {
        unit: Some("万元"),
        ..context(&none)
    };
    assert_eq!(
        Transform::Amount(AmountUnit::Yuan).apply("90", &told).value,
        "900000"
    );
}

#[test]
fn certificates_addresses_shares_and_limits() {
    good(
        &Transform::Certificate,
        &[(
            "川(2016)攀枝花市不动产权第0000002号",
            "川(2016)攀枝花市不动产权第0000002号",
        )],
    );
    bad(
        &Transform::Certificate,
        SeenKind::CertFormat,
        &["攀房权证", "无", "补办中", ""],
    );
    let none = BTreeMap::new();
    let read_parts = |text: &str| Transform::Address.apply(text, &context(&none)).parts;
    let parts = read_parts("攀枝花市东区炳草岗大街７４号凤凰新村一期1＃1单元1503室");
    let part = |code: &str| {
        parts
            .iter()
            .find(|p| p.0 == code)
            .map_or("", |p| p.1.as_str())
    };
    assert_eq!(
        [
            "X_DISTRICT",
            "X_ROAD",
            "X_GATE",
            "X_ESTATE",
            "X_BLOCK",
            "X_UNIT",
            "X_STOREY",
            "X_ROOM"
        ]
        .map(part),
        [
            "东区",
            "炳草岗大街",
            "74",
            "凤凰新村一期",
            "1",
            "1",
            "15",
            "3"
        ]
    );
    good(
        &Transform::Share,
        &[("50%", "50%"), ("1/3", "1/3"), ("0.50", "0.50")],
    );
    bad(&Transform::Share, SeenKind::ShareInvalid, &["一半多"]);
    bad(&Transform::Limits, SeenKind::PartlyRead, &["有纠纷"]);
    good(
        &Transform::Limits,
        &[
            ("", ""),
            (
                "盐边县人民法院(2020)川0403执997号查封",
                "盐边县人民法院(2020)川0403执997号查封",
            ),
        ],
    );
    good(
        &Transform::Building,
        &[("1幢", "1"), ("十二栋", "12"), ("甲幢", "甲幢")],
    );
}

#[test]
fn every_name_has_its_transform() {
    for (name, _) in Transform::NAMES {
        assert_eq!(
            Transform::named(name, None, None).map(|t| t.name().to_owned()),
            Some(name.to_owned())
        );
    }
    assert!(Transform::named("aera", None, None).is_none());
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(text in ".*") {
        for (name, _) in Transform::NAMES {
            let transform = Transform::named(name, Some(vec!["房屋用途".into()]), None).unwrap();
            let _ = read(&transform, &text);
        }
    }

    /// What is read once is read the same again.
    #[test]
    fn reading_settles(text in "[0-9０-９.年月日亩㎡ ]{0,12}") {
        for transform in [Transform::Text, Transform::Date { past: false }, Transform::Area(AreaUnit::SquareMetre), Transform::Integer] {
            let (value, seen) = read(&transform, &text);
            if seen.is_empty() {
                proptest::prop_assert_eq!(read(&transform, &value), (value.clone(), vec![]), "{:?} {}", transform, text);
            }
        }
    }
}
