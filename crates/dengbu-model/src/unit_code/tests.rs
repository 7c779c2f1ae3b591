use proptest::prelude::*;

use super::*;

#[test]
fn codes_of_the_standard_are_read() {
    for code in [
        "510402001003GB00012W00000000",
        "510402001003GB00012F00030027",
        "510402001003GB00012F99990001",
        "510402001003GX00001F00010001",
        "510411005002JA00001W00000000",
        "510421007004JC00105F00010001",
        "510422003001JD00234W00000000",
        "510422003006JE00018L00000001",
        "510402001003GB00012Q00000001",
        "532301002001GB00736F00040001",
        "320902004004GB00018F00010003",
    ] {
        assert_eq!(UnitCode::parse(code).unwrap().as_str(), code);
    }
}

#[test]
fn each_wrong_code_names_its_rule() {
    for (code, rule) in [
        ("510402001003GB00012W00000001", "UC06"),
        ("510402001003GB00012F00000001", "UC07"),
        ("510402001003GB00012F00010000", "UC07"),
        ("510402001003GA00001W00000000", "UC04"),
        ("510402001003GB00000W00000000", "UC09"),
        ("510402001003GB00012W0000000", "UC01"),
        ("510402001003GB00012L00000000", "UC08"),
        ("510402001003XB00012W00000000", "UC01"),
        ("510402001003GP00012W00000000", "UC01"),
        ("51040200100３ＧB00012T00000000", "UC01"),
    ] {
        assert_eq!(UnitCode::parse(code).unwrap_err().rule, rule, "{code}");
    }
}

#[test]
fn parts_and_groups() {
    let code = UnitCode::parse("510402 001003 gb00012 f00030027").unwrap();
    assert_eq!(code.grouped(), "510402 001003 GB00012 F00030027");
    assert_eq!(code.county().as_str(), "510402");
    assert_eq!(code.parcel().as_str(), "510402001003GB00012");
    assert_eq!(
        code.building().unwrap().as_str(),
        "510402001003GB00012F0003"
    );
    assert_eq!(code.fixture(), Fixture::House);
    assert!(
        UnitCode::parse("510402001003GB00012F99990001")
            .unwrap()
            .building()
            .is_none()
    );
}

#[test]
fn only_codes_of_the_tenant_are_issued() {
    let allowed = [CountyCode::parse("510402").unwrap()];
    let check = |c: &str| {
        UnitCode::parse(c)
            .unwrap()
            .issue_check(&allowed)
            .map_err(|e| e.rule)
    };
    assert_eq!(check("510402001003GB00012F00030027"), Ok(()));
    assert_eq!(check("510421001003GB00012F00030027"), Err("UC02"));
    assert_eq!(check("510402000000GB00012F00030027"), Err("UC03"));
    assert_eq!(check("510402001003GH00012W00000000"), Err("UC04"));
    assert_eq!(check("510402001003GB00012F0003A001"), Err("UC01"));
}

#[test]
fn a_virtual_code_is_one_without_a_place() {
    let is = |c: &str| UnitCode::parse(c).unwrap().is_virtual();
    assert!(is("510402000000GB00012F00030027"));
    assert!(!is("510402001003GB00012F00030027"));
    assert!(!is("350200000000GH00001W00000000"), "zeros are real at sea");
}

#[test]
fn building_numbers_given_out() {
    let parcel = ParcelCode::parse("510402001003GB00012").unwrap();
    assert_eq!(parcel.feature(), "GB");
    assert_eq!(parcel.county().as_str(), "510402");
    let b = BuildingCode::on(&parcel, 9998).unwrap();
    assert_eq!(
        (b.parcel(), b.county().as_str()),
        (parcel.clone(), "510402")
    );
    for number in [0, 9999, 10_000] {
        assert_eq!(BuildingCode::on(&parcel, number).unwrap_err().rule, "UC07");
    }
    assert_eq!(UnitCode::in_building(&b, 0).unwrap_err().rule, "UC07");
    assert!(UnitCode::in_building(&b, 10_000).is_err());
    let land = UnitCode::of_land(&parcel).unwrap();
    assert_eq!(land.as_str(), "510402001003GB00012W00000000");
    assert!(land.building().is_none());
}

#[test]
fn a_wrong_character_does_not_become_a_right_one() {
    // the upper case of ſ is S; a code with it is none
    let e = UnitCode::parse("510402001003Gſ00012W00000000").unwrap_err();
    assert_eq!(e.rule, "UC01");
    assert_eq!(
        UnitCode::parse("510402-001003-gs00012-w00000000")
            .unwrap()
            .as_str(),
        "510402001003GS00012W00000000"
    );
}

#[test]
fn units_sort_by_code_and_travel_as_text() {
    let mut codes: Vec<_> = [
        "510411001003GB00001F00010001",
        "510402001003GB00012F00030027",
        "510402001003GB00012F00030003",
    ]
    .map(|c| UnitCode::parse(c).unwrap())
    .to_vec();
    codes.sort();
    assert_eq!(codes[0].as_str(), "510402001003GB00012F00030003");
    assert_eq!(codes[2].county().as_str(), "510411");
    assert_eq!(
        serde_json::to_string(&codes[0]).unwrap(),
        "\"510402001003GB00012F00030003\""
    );
    assert_eq!(
        serde_json::from_str::<UnitCode>("\"510402 001003 GB00012 F00030003\"").unwrap(),
        codes[0]
    );
}

#[test]
fn nothing_but_the_parcel_is_coded_on_disputed_land() {
    let rules = |c: &str| {
        let found = UnitCode::parse(c).unwrap().warnings();
        found.into_iter().map(|w| w.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("510402001003ZW00001W00000000"), [""; 0]);
    assert_eq!(rules("510402001003ZW00001F00010001"), ["UC05"]);
}

#[test]
fn odd_pairs_warn() {
    let code = UnitCode::parse("510402001003GC00012L00000001").unwrap();
    let rules: Vec<_> = code.warnings().iter().map(|w| w.rule).collect();
    assert_eq!(rules, ["UC04", "UC05"]);
}

proptest! {
    #[test]
    fn reading_what_was_shown_gives_the_same(county in 100_000_u32..999_999, zone in 0_u32..999_999,
        seq in 1_u32..99_999, building in 1_u32..9_998, unit in 1_u32..9_999) {
        let text = format!("{county:06}{zone:06}GB{seq:05}F{building:04}{unit:04}");
        let code = UnitCode::parse(&text).unwrap();
        prop_assert_eq!(&UnitCode::parse(&code.grouped()).unwrap(), &code);
        let wide: String = text.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        prop_assert_eq!(&UnitCode::parse(&wide).unwrap(), &code);
        prop_assert_eq!(&UnitCode::in_building(&code.building().unwrap(), unit).unwrap(), &code);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = UnitCode::parse(&text);
        let _ = ParcelCode::parse(&text);
        let _ = BuildingCode::parse(&text);
    }
}
