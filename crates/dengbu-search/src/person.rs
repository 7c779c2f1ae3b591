//! The numbers under which one person may stand in the register.

use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::Party;

use crate::request::Subject;

/// All numbers to look up for a person: the present one, its 15-digit form (numbers given out
/// before 1999 have no century and no check digit, GB 11643—1989), and former documents.
#[must_use]
pub fn numbers(subject: &Subject) -> Vec<String> {
    let mut all = Vec::new();
    for id in std::iter::once(&subject.id).chain(&subject.former_ids) {
        all.push(id.number.clone());
        all.extend(fifteen_digits(id));
        all.extend(organisation_codes(id));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// All names under which a person may stand: the present one and former ones.
#[must_use]
pub fn names(subject: &Subject) -> Vec<String> {
    let mut all: Vec<String> = std::iter::once(&subject.name)
        .chain(&subject.former_names)
        .map(|n| n.trim().to_owned())
        .filter(|n| !n.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The 15-digit form of a resident number; people born in this century never had one.
#[must_use]
pub fn fifteen_digits(id: &IdDocument) -> Option<String> {
    let n = &id.number;
    let full = id.kind == IdKind::ResidentId && n.len() == 18 && n.is_ascii();
    (full && n.get(6..8) == Some("19")).then(|| format!("{}{}", &n[..6], &n[8..17]))
}

/// The organisation code inside a unified social credit code (GB 32100—2015: characters 9 to 17),
/// under which a body may still stand, with and without its hyphen.
fn organisation_codes(id: &IdDocument) -> Vec<String> {
    let n = &id.number;
    let credit = matches!(
        id.kind,
        IdKind::UnifiedSocialCredit | IdKind::BusinessLicence
    );
    if credit && n.len() == 18 && n.is_ascii() {
        vec![n[8..17].to_owned(), format!("{}-{}", &n[8..16], &n[16..17])]
    } else {
        Vec::new()
    }
}

/// How a party in the register and a person searched for go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Another person.
    Other,
    /// The same name, and the register has no number that would tell them apart: a clerk decides.
    Doubtful,
    /// The same person by number.
    Same,
}

/// Compares a party in the register with a person searched for.
#[must_use]
pub fn likeness(party: &Party, subject: &Subject) -> Likeness {
    let known = numbers(subject);
    let number = party.id.as_ref().map(|id| plain(&id.number));
    if number.as_ref().is_some_and(|n| known.contains(n)) {
        return Likeness::Same;
    }
    // a number with a fitting check character belongs to one person only: to somebody else
    let tells_apart =
        party.id.as_ref().is_some_and(IdDocument::has_valid_check) && subject.id.has_valid_check();
    let same_name = names(subject)
        .iter()
        .any(|n| plain(n) == plain(&party.name));
    if same_name && !tells_apart {
        Likeness::Doubtful
    } else {
        Likeness::Other
    }
}

/// Without white space, letters in upper case: as the person index reads numbers.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use dengbu_model::party::PartyKind;
    use proptest::prelude::*;

    use super::*;
    use crate::request::tests::{day, number, subject};

    #[test]
    fn a_person_is_looked_up_under_both_lengths_and_former_documents() {
        let mut s = subject("甲", "19800101", 1);
        s.former_ids = vec![IdDocument::from_register(IdKind::Passport, "E12345678")];
        assert_eq!(
            numbers(&s),
            [
                number("19800101", 1),
                "510499800101001".to_owned(),
                "E12345678".to_owned()
            ]
        );
        assert_eq!(numbers(&subject("乙", "20010101", 2)).len(), 1);
    }

    #[test]
    fn a_number_decides_and_a_bare_name_is_doubtful() {
        let s = subject("甲", "19800101", 1);
        let party = |name: &str, id: Option<&str>| Party {
            id: id.map(|n| IdDocument::from_register(IdKind::ResidentId, n)),
            ..Party::named(name, PartyKind::Person)
        };
        let full = number("19800101", 1);
        let other = number("19800101", 2);
        for (name, id, expected) in [
            ("甲", Some(full.as_str()), Likeness::Same),
            ("曾用名", Some(full.as_str()), Likeness::Same),
            ("甲", Some("510499800101001"), Likeness::Same),
            ("甲", None, Likeness::Doubtful),
            ("甲", Some("无"), Likeness::Doubtful),
            ("甲", Some(other.as_str()), Likeness::Other),
            ("乙", None, Likeness::Other),
        ] {
            assert_eq!(likeness(&party(name, id), &s), expected, "{name} {id:?}");
        }
    }

    #[test]
    fn a_body_is_found_under_its_organisation_code() {
        let mut s = subject("银行", "19800101", 1);
        s.id = IdDocument::from_register(IdKind::UnifiedSocialCredit, "91510499MA0000001X");
        assert!(numbers(&s).contains(&"MA0000001".to_owned()));
        assert!(numbers(&s).contains(&"MA000000-1".to_owned()));
    }

    proptest! {
        /// The short form read again is the number it was taken from.
        #[test]
        fn the_short_form_leads_back(y in 1900_i32..2000, m in 1_u32..13, d in 1_u32..29, n in 0_u32..1000) {
            let s = subject("甲", &format!("{y}{m:02}{d:02}"), n);
            let short = fifteen_digits(&s.id).unwrap();
            let back = IdDocument::parse(IdKind::ResidentId, &short, day("2026-11-23"));
            if let Ok(back) = back {
                prop_assert_eq!(back.document, s.id);
            } else {
                // older than 150 years: not a number of anybody alive
                prop_assert!(y < 1950);
            }
        }
    }
}
