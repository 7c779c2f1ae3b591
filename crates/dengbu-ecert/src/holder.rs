//! Holders of a certificate (持证主体) and the codes of their documents (GB/T 36903-2018 电子证照
//! 元数据规范, annex A 持证主体代码类型).

use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_model::party::{Holder, Party, PartyKind};
use serde::{Deserialize, Serialize};

/// Codes of annex A that the register's documents map to, with their names.
const ID_TYPES: [(&str, &str); 8] = [
    ("001", "统一社会信用代码"),
    ("099", "其他法人或其他组织有效证件代码"),
    ("111", "公民身份号码"),
    ("114", "军官证号"),
    ("414", "普通护照号"),
    ("511", "台湾居民来往大陆通行证号"),
    ("516", "港澳居民来往内地通行证号"),
    ("999", "其他自然人有效证件代码"),
];

/// A document of a holder: its type and number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderId {
    /// 持证主体代码类型代码, such as 111.
    pub type_code: String,
    /// 持证主体代码.
    pub number: String,
}

impl HolderId {
    /// 持证主体代码类型 in words.
    #[must_use]
    pub fn type_name(&self) -> &str {
        ID_TYPES
            .iter()
            .find(|(code, _)| *code == self.type_code)
            .map_or(self.type_code.as_str(), |(_, name)| name)
    }

    /// The document of a party as the register has it.
    #[must_use]
    pub fn of(id: &IdDocument, kind: PartyKind) -> Self {
        Self {
            type_code: type_code(id, kind).to_owned(),
            number: id.number.clone(),
        }
    }
}

/// 港澳居民来往内地通行证: a letter H or M and eight or ten digits.
fn travel_permit(number: &str) -> bool {
    let mut chars = number.chars();
    matches!(chars.next(), Some('H' | 'M'))
        && matches!(number.len(), 9 | 11)
        && chars.all(|c| c.is_ascii_digit())
}

fn type_code(id: &IdDocument, kind: PartyKind) -> &'static str {
    match id.kind {
        IdKind::UnifiedSocialCredit => "001",
        IdKind::OrganisationCode | IdKind::BusinessLicence => "099",
        IdKind::ResidentId => "111",
        IdKind::MilitaryId => "114",
        IdKind::Passport => "414",
        IdKind::HkMacauTaiwan if travel_permit(&id.number) => "516",
        _ if kind == PartyKind::Person => "999",
        _ => "099",
    }
}

/// A holder (持证主体, CZZT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateHolder {
    /// Name.
    pub name: String,
    /// Whether a natural person: masked where strangers look.
    pub person: bool,
    /// Document; none where the register has none.
    pub id: Option<HolderId>,
    /// Share as printed (份额), such as 1/2.
    pub share: Option<String>,
}

impl CertificateHolder {
    /// A party of the register.
    #[must_use]
    pub fn of_party(party: &Party) -> Self {
        Self {
            name: party.name.trim().to_owned(),
            person: matches!(party.kind, PartyKind::Person | PartyKind::Other),
            id: party.id.as_ref().map(|id| HolderId::of(id, party.kind)),
            share: None,
        }
    }

    /// A holder of the register, with the share.
    #[must_use]
    pub fn of(holder: &Holder) -> Self {
        Self {
            share: holder.share.as_ref().map(ToString::to_string),
            ..Self::of_party(&holder.party)
        }
    }

    /// 持证主体类别.
    #[must_use]
    pub fn category(&self) -> &'static str {
        if self.person {
            "自然人"
        } else {
            "法人和其他组织"
        }
    }
}

/// Names in one line, as printed.
#[must_use]
pub fn names(holders: &[CertificateHolder]) -> String {
    let all: Vec<&str> = holders.iter().map(|h| h.name.as_str()).collect();
    all.join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: IdKind, number: &str, party: PartyKind) -> &'static str {
        type_code(&IdDocument::from_register(kind, number), party)
    }

    #[test]
    fn documents_have_the_codes_of_annex_a() {
        let person = PartyKind::Person;
        assert_eq!(
            code(IdKind::ResidentId, "11010519491231002X", person),
            "111"
        );
        assert_eq!(code(IdKind::Passport, "E00000000", person), "414");
        assert_eq!(code(IdKind::HkMacauTaiwan, "H12345678", person), "516");
        assert_eq!(
            code(IdKind::HkMacauTaiwan, "810000180001010019", person),
            "999"
        );
        assert_eq!(code(IdKind::Other, "1", person), "999");
        assert_eq!(code(IdKind::Other, "1", PartyKind::Enterprise), "099");
        assert_eq!(
            code(
                IdKind::UnifiedSocialCredit,
                "91510400MA0000015H",
                PartyKind::Enterprise
            ),
            "001"
        );
        for (code, name) in ID_TYPES {
            let id = HolderId {
                type_code: code.to_owned(),
                number: String::new(),
            };
            assert_eq!(id.type_name(), name);
        }
    }
}
