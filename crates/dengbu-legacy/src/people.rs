//! Parties of the model out of what is written about them.

use crate::finding::{At, FindingClass, Findings};
use crate::reading::holder::{WrittenHolder, is_organisation};
use chrono::NaiveDate;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{Party, PartyKind};

/// Remark of a right one of whose holders' identity numbers a person has to check.
pub const ID_TO_CHECK: &str = "证件号码待核";

/// Where a party was read, for findings.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The record.
    pub at: At<'a>,
    /// Field with the number.
    pub field: &'static str,
}

/// A party and whether its identity number needs checking by a person.
#[derive(Debug, Clone)]
pub struct ReadParty {
    /// The party.
    pub party: Party,
    /// The number is missing or fails its check digit.
    pub id_doubtful: bool,
}

/// A party without any more than a name: the other side of a mortgage, a court's debtor.
pub fn named(name: &str) -> Party {
    let kind = match name {
        // 住房公积金管理中心 are public institutions (住房公积金管理条例 Art. 10).
        n if n.contains("公积金管理中心") => PartyKind::PublicInstitution,
        n if is_organisation(n) => PartyKind::Enterprise,
        _ => PartyKind::Person,
    };
    Party {
        name: name.to_owned(),
        kind,
        id: None,
        phone: None,
        address: None,
        legal_representative: None,
        agent: None,
        winding_up: None,
    }
}

/// A holder with identity number. A 15-digit number is upgraded (GB 11643—1999), a missing or
/// wrong one is a finding and never a reason to leave the right out: the register then holds
/// the number as written.
pub fn holder(
    written: &WrittenHolder,
    kind: Option<IdKind>,
    place: Place<'_>,
    today: NaiveDate,
    findings: &mut Findings,
) -> ReadParty {
    let mut party = named(&written.name);
    let organisation = party.kind != PartyKind::Person;
    let kind = kind.unwrap_or(if organisation {
        IdKind::UnifiedSocialCredit
    } else {
        IdKind::ResidentId
    });
    let mut add = |class, value: &str, message: String| {
        findings.add(class, place.at, (place.field, value), message)
    };
    if written.id.is_empty() {
        add(
            FindingClass::IdMissing,
            "",
            format!("权利人“{}”没有证件号码，已装载，待补充", written.name),
        );
        return ReadParty {
            party,
            id_doubtful: true,
        };
    }
    match IdDocument::parse(kind, &written.id, today) {
        Ok(parsed) => {
            if let Some(old) = &parsed.upgraded_from {
                add(
                    FindingClass::Id15,
                    &masked(kind, old),
                    format!(
                        "权利人“{}”的证件号码为十五位，已按规则升为十八位",
                        written.name
                    ),
                );
            }
            party.id = Some(parsed.document);
            ReadParty {
                party,
                id_doubtful: false,
            }
        }
        Err(error) => {
            add(
                FindingClass::IdChecksum,
                &masked(kind, &written.id),
                format!(
                    "权利人“{}”的证件号码有误（{error}），已按原文装载，待核",
                    written.name
                ),
            );
            party.id = Some(IdDocument::from_register(kind, written.id.clone()));
            ReadParty {
                party,
                id_doubtful: true,
            }
        }
    }
}

fn masked(kind: IdKind, number: &str) -> String {
    IdDocument::from_register(kind, number.to_owned()).masked()
}
