//! What a certificate cannot be made with: the reasons on the error list of a bulk issue.

use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::unit_code::UnitCode;

use crate::content::{Content, NONE};
use crate::kind::DocumentKind;

/// Longest value taken, characters: far beyond any real one, and a bound on pages.
pub const VALUE_CHARACTERS_MAX: usize = 20_000;
/// Most units of one certificate.
pub const UNITS_MAX: usize = 2_000;
/// Most holders of one certificate.
pub const HOLDERS_MAX: usize = 500;

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No unit.
    #[error("没有不动产单元")]
    NoUnit,
    /// No holder.
    #[error("没有权利人（持证主体）")]
    NoHolder,
    /// A holder without a name.
    #[error("第 {0} 个权利人没有姓名（名称）")]
    HolderWithoutName(usize),
    /// A natural person's document is missing: a holder of an electronic certificate is identified
    /// by it (持证主体代码 is required, GB/T 36903-2018).
    #[error("权利人“{0}”没有证件号码，请先补录")]
    HolderWithoutId(String),
    /// The unit code is not 28 characters of the right structure.
    #[error("不动产单元号“{0}”不符合编码规则")]
    UnitCode(String),
    /// The unit code is one given provisionally to a record not yet located.
    #[error("不动产单元号“{0}”是虚拟编码，落宗以后才能制作电子证照")]
    VirtualUnit(String),
    /// The number is not one of the certificate's kind.
    #[error("证号“{number}”不是{kind}的证号")]
    Number {
        /// The number.
        number: String,
        /// What it should be of.
        kind: &'static str,
    },
    /// No address.
    #[error("单元 {0} 没有坐落")]
    NoAddress(String),
    /// A value beyond all measure.
    #[error("“{label}”超过 {VALUE_CHARACTERS_MAX} 字，请核对登记簿")]
    TooLong {
        /// Its label.
        label: String,
    },
    /// Too many units or holders for one certificate.
    #[error("一本证照最多 {UNITS_MAX} 个单元、{HOLDERS_MAX} 个权利人")]
    TooMany,
    /// The kind asked for is no result paper.
    #[error("不动产权证书、不动产登记证明不由查询结果制作")]
    NotAResult,
}

impl Fault {
    /// Code for lists and programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoUnit => "no_unit",
            Self::NoHolder => "no_holder",
            Self::HolderWithoutName(_) => "holder_without_name",
            Self::HolderWithoutId(_) => "holder_without_id",
            Self::UnitCode(_) => "unit_code",
            Self::VirtualUnit(_) => "virtual_unit",
            Self::Number { .. } => "number",
            Self::NoAddress(_) => "no_address",
            Self::TooLong { .. } => "too_long",
            Self::TooMany => "too_many",
            Self::NotAResult => "not_a_result",
        }
    }
}

impl Content {
    /// All reasons against making this certificate; empty when there is none.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        self.holder_faults(&mut found);
        if self.kind().follows_register() {
            self.unit_faults(&mut found);
            self.number_faults(&mut found);
        }
        for row in self.rows() {
            if row.value.chars().count() > VALUE_CHARACTERS_MAX {
                found.push(Fault::TooLong { label: row.label });
            }
        }
        found
    }

    fn holder_faults(&self, found: &mut Vec<Fault>) {
        let holders = self.holders();
        if holders.is_empty() {
            found.push(Fault::NoHolder);
        }
        if holders.len() > HOLDERS_MAX {
            found.push(Fault::TooMany);
        }
        for (i, holder) in holders.iter().enumerate() {
            if holder.name.trim().is_empty() || holder.name == NONE {
                found.push(Fault::HolderWithoutName(i + 1));
            } else if holder
                .id
                .as_ref()
                .is_none_or(|id| id.number.trim().is_empty())
            {
                found.push(Fault::HolderWithoutId(holder.name.clone()));
            }
        }
    }

    fn unit_faults(&self, found: &mut Vec<Fault>) {
        let units = self.units();
        if units.is_empty() {
            found.push(Fault::NoUnit);
        }
        if units.len() > UNITS_MAX {
            found.push(Fault::TooMany);
        }
        for unit in units {
            match UnitCode::parse(&unit.code) {
                Err(_) => found.push(Fault::UnitCode(unit.code.clone())),
                Ok(code) if code.is_virtual() => {
                    found.push(Fault::VirtualUnit(unit.code.clone()));
                }
                Ok(_) => {}
            }
            if unit.address.trim().is_empty() || unit.address == NONE {
                found.push(Fault::NoAddress(unit.code.clone()));
            }
        }
    }

    fn number_faults(&self, found: &mut Vec<Fault>) {
        let wanted = match self.kind() {
            DocumentKind::Proof => CertificateKind::Proof,
            _ => CertificateKind::Title,
        };
        let number = &self.head().number;
        if CertificateNumber::parse(number).map(|n| n.kind()) != Ok(wanted) {
            found.push(Fault::Number {
                number: number.clone(),
                kind: wanted.name_zh(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::tests::title;

    fn codes(content: &Content) -> Vec<&'static str> {
        content.faults().iter().map(Fault::code).collect()
    }

    fn changed(change: impl FnOnce(&mut crate::content::TitleCertificate)) -> Content {
        let Content::Title(mut t) = title() else {
            unreachable!()
        };
        change(&mut t);
        Content::Title(t)
    }

    #[test]
    fn each_fault_is_found() {
        assert_eq!(codes(&title()), Vec::<&str>::new());
        assert_eq!(codes(&changed(|t| t.holders.clear())), ["no_holder"]);
        assert_eq!(
            codes(&changed(|t| t.holders[0].name = " ".to_owned())),
            ["holder_without_name"]
        );
        assert_eq!(
            codes(&changed(|t| t.holders[0].id = None)),
            ["holder_without_id"]
        );
        assert_eq!(codes(&changed(|t| t.units.clear())), ["no_unit"]);
        assert_eq!(
            codes(&changed(|t| t.units[0].code = "5104".to_owned())),
            ["unit_code"]
        );
        assert_eq!(
            codes(&changed(
                |t| t.units[0].code = "510402000000GB00012F00030027".to_owned()
            )),
            ["virtual_unit"]
        );
        assert_eq!(
            codes(&changed(|t| t.units[0].address = String::new())),
            ["no_address"]
        );
        assert_eq!(
            codes(&changed(
                |t| t.head.number = "川(2026)攀枝花市不动产证明第0000001号".to_owned()
            )),
            ["number"]
        );
        assert_eq!(
            codes(&changed(|t| t.remarks = "附".repeat(20_001))),
            ["too_long"]
        );
    }
}
