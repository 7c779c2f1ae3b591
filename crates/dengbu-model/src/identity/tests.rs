use proptest::prelude::*;

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

fn read(kind: IdKind, text: &str) -> Result<String, &'static str> {
    IdDocument::parse(kind, text, today())
        .map(|p| p.document.number)
        .map_err(|e| e.code())
}

#[test]
fn resident_numbers_of_the_standard() {
    assert_eq!(
        read(IdKind::ResidentId, "11010519491231002x"),
        Ok("11010519491231002X".to_owned())
    );
    let old = IdDocument::parse(IdKind::ResidentId, "110105491231002", today()).unwrap();
    assert_eq!(old.document.number, "11010519491231002X");
    assert_eq!(old.upgraded_from.as_deref(), Some("110105491231002"));
    assert_eq!(resident_id_check_digit("51040218000101001"), Some('2'));
    assert_eq!(resident_id_check_digit("51042118000101002"), Some('X'));
    assert_eq!(
        read(IdKind::ResidentId, "11010519491231002"),
        Err("id_form")
    );
    assert_eq!(
        read(IdKind::ResidentId, "110105194912310021"),
        Err("id_checksum")
    );
    assert_eq!(
        read(IdKind::ResidentId, "510402180002300011"),
        Err("id_birth")
    );
    assert_eq!(
        read(IdKind::ResidentId, "510402180001010012"),
        Err("id_birth"),
        "older than anyone"
    );
    assert_eq!(
        read(IdKind::ResidentId, "１１０１０５ 19491231 002Ｘ"),
        Ok("11010519491231002X".to_owned())
    );
    assert_eq!(read(IdKind::ResidentId, "  "), Err("required"));
}

#[test]
fn check_characters_of_the_vectors() {
    // nobody's numbers: the year of birth is 1800
    for number in [
        "510402180001010012",
        "51042118000101002X",
        "810000180001010019",
        "51040218000101016X",
        "510402180002300011",
    ] {
        let last = number.chars().last();
        assert_eq!(resident_id_check_digit(&number[..17]), last, "{number}");
        assert!(IdDocument::from_register(IdKind::ResidentId, number).has_valid_check());
        // far enough back in time, all but the day that never was are read
        let then = NaiveDate::from_ymd_opt(1850, 1, 1).unwrap();
        let read = IdDocument::parse(IdKind::ResidentId, number, then);
        assert_eq!(read.is_ok(), !number.contains("0230"), "{number}");
    }
    assert_ne!(resident_id_check_digit("51040218000101001"), Some('0'));
    for wrong in ["", "1234", "5104021800010100X", "５10402180001010"] {
        assert_eq!(resident_id_check_digit(wrong), None);
    }
    for wrong in ["", "1234", "9135010OM000100Y4", "９1350100M000100"] {
        assert_eq!(credit_code_check(wrong), None);
    }
}

#[test]
fn days_of_birth_lie_in_a_life() {
    let of = |day: &str| {
        let base = format!("510402{day}001");
        let number = format!("{base}{}", resident_id_check_digit(&base).unwrap());
        read(IdKind::ResidentId, &number)
    };
    assert!(of("20261123").is_ok(), "born today");
    assert_eq!(of("20261124"), Err("id_birth"), "born tomorrow");
    assert!(of("20240229").is_ok());
    assert_eq!(of("20230229"), Err("id_birth"));
    assert_eq!(of("20261301"), Err("id_birth"));
    assert_eq!(of("18751231"), Err("id_birth"));
}

#[test]
fn every_kind_says_which_it_is() {
    for kind in IdKind::all() {
        assert_eq!(IdKind::from_code(kind.code()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        assert!(!kind.name_zh().is_empty());
        assert_eq!(read(kind, "\u{3000} "), Err("required"));
        assert_eq!(read(kind, &"9".repeat(51)), Err("id_form"));
    }
    assert_eq!(IdKind::from_code("10"), None);
    // a residence permit has a resident number, a travel permit has not
    assert_eq!(
        read(IdKind::HkMacauTaiwan, "810000199001010011").err(),
        Some("id_checksum")
    );
    assert_eq!(
        read(IdKind::HkMacauTaiwan, "h12345678"),
        Ok("H12345678".to_owned())
    );
    assert_eq!(
        read(IdKind::Passport, "e 1234 5678"),
        Ok("E12345678".to_owned())
    );
}

#[test]
fn codes_of_bodies() {
    for good in [
        "91350100M000100Y43",
        "11100000MB03271699",
        "91510400MA0000015H",
        "11510400MA0000015R",
        "91510402MA0000015E",
    ] {
        assert_eq!(read(IdKind::UnifiedSocialCredit, good), Ok(good.to_owned()));
    }
    assert_eq!(
        read(IdKind::UnifiedSocialCredit, "91350100M000100Y44"),
        Err("id_checksum")
    );
    assert_eq!(
        read(IdKind::UnifiedSocialCredit, "9135010OM000100Y43"),
        Err("id_form")
    );
    assert_eq!(
        read(IdKind::BusinessLicence, "110108000000016"),
        Ok("110108000000016".to_owned())
    );
    assert_eq!(
        read(IdKind::BusinessLicence, "110108000000017"),
        Err("id_checksum")
    );
    assert_eq!(
        read(IdKind::OrganisationCode, "M000100Y-4"),
        Ok("M000100Y-4".to_owned())
    );
    assert_eq!(
        read(IdKind::OrganisationCode, "M000100Y-5"),
        Err("id_checksum")
    );
}

#[test]
fn masks_hide_the_middle() {
    let d = IdDocument::from_register(IdKind::ResidentId, "11010519491231002X");
    assert_eq!(d.masked(), "1101**********002X");
    for (number, want) in [
        ("E12345678", "E1*****78"),
        ("M000100Y-4", "M0******-4"),
        ("12345678", "1*******"),
        ("1234", "****"),
        ("", ""),
    ] {
        let d = IdDocument::from_register(IdKind::Other, number);
        assert_eq!(d.masked(), want);
    }
    assert_eq!(
        IdDocument::from_register(IdKind::Other, "123").masked(),
        "***"
    );
}

proptest! {
    #[test]
    fn the_check_catches_every_single_changed_digit(area in 110_000_u32..660_000, days in 0_u64..30_000, order in 0_u32..999, at in 0_usize..17, by in 1_u8..10) {
        let day = NaiveDate::from_ymd_opt(1930, 1, 1).unwrap() + chrono::Days::new(days);
        let base = format!("{area:06}{}{order:03}", day.format("%Y%m%d"));
        let full = format!("{base}{}", resident_id_check_digit(&base).unwrap());
        prop_assert!(IdDocument::parse(IdKind::ResidentId, &full, today()).is_ok());
        let mut bytes = full.into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(IdDocument::parse(IdKind::ResidentId, &changed, today()).is_err());
    }

    #[test]
    fn an_upgrade_keeps_the_birth_date(area in 110_000_u32..660_000, days in 0_u64..25_000, order in 0_u32..999) {
        let day = NaiveDate::from_ymd_opt(1930, 1, 1).unwrap() + chrono::Days::new(days);
        let old = format!("{area:06}{}{order:03}", day.format("%y%m%d"));
        let read = IdDocument::parse(IdKind::ResidentId, &old, today()).unwrap();
        prop_assert_eq!(&read.document.number[6..14], day.format("%Y%m%d").to_string());
        prop_assert_eq!(&read.document.number[14..17], &old[12..15]);
    }

    #[test]
    fn a_credit_code_catches_every_single_changed_character(first in "[1-9A-HJ-NP-RTUW-Y][0-9A-HJ-NP-RTUW-Y]{16}", at in 0_usize..18, by in 1_usize..31) {
        let full = format!("{first}{}", credit_code_check(&first).unwrap());
        prop_assert!(IdDocument::parse(IdKind::UnifiedSocialCredit, &full, today()).is_ok());
        let mut c: Vec<char> = full.chars().collect();
        let place = CREDIT_ALPHABET.find(c[at]).unwrap();
        c[at] = CREDIT_ALPHABET.chars().nth((place + by) % 31).unwrap();
        let changed: String = c.into_iter().collect();
        prop_assert!(IdDocument::parse(IdKind::UnifiedSocialCredit, &changed, today()).is_err());
    }

    #[test]
    fn a_mask_keeps_the_length_and_hides_half(number in "[0-9A-Z]{0,50}") {
        let masked = IdDocument::from_register(IdKind::Other, number.clone()).masked();
        let hidden = masked.chars().filter(|c| *c == '*').count();
        prop_assert_eq!(masked.len(), number.len());
        prop_assert!(hidden >= number.len() / 2);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        for kind in IdKind::all() {
            let _ = IdDocument::parse(kind, &text, today());
            let _ = IdDocument::from_register(kind, text.clone()).masked();
        }
    }
}
