//! By what figures are broken down (统计维度), and which cases are counted at all.

use dengbu_law::catalogue;

/// What a row of a breakdown stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// 业务小类.
    Business,
    /// 业务类别: a family of the catalogue.
    Family,
    /// 收件点: the office point that took the case.
    Office,
    /// 登记机构: the authority of jurisdiction.
    Authority,
    /// 县（区） of the land.
    County,
    /// 收件来源.
    Source,
    /// 收件点 × 属地: where it was taken against who has jurisdiction (同城通办).
    Place,
    /// 收件机构 × 登记机构: whose office took it against the authority of jurisdiction.
    Taker,
}

impl Dimension {
    /// All dimensions.
    pub const ALL: [Self; 8] = [
        Self::Business,
        Self::Family,
        Self::Office,
        Self::Authority,
        Self::County,
        Self::Source,
        Self::Place,
        Self::Taker,
    ];

    /// Code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Family => "family",
            Self::Office => "office",
            Self::Authority => "authority",
            Self::County => "county",
            Self::Source => "source",
            Self::Place => "place",
            Self::Taker => "taker",
        }
    }

    /// Names of its one or two columns.
    #[must_use]
    pub fn columns_zh(self) -> &'static [&'static str] {
        match self {
            Self::Business => &["业务"],
            Self::Family => &["业务类别"],
            Self::Office => &["收件点"],
            Self::Authority => &["登记机构"],
            Self::County => &["县（区）"],
            Self::Source => &["收件来源"],
            Self::Place => &["收件点", "属地县（区）"],
            Self::Taker => &["收件机构", "登记机构"],
        }
    }

    /// The dimension with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }
}

/// From which side cases are counted (同城通办).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// Cases of the authorities' own land, wherever they were taken.
    #[default]
    Jurisdiction,
    /// Cases that the authorities' offices took for the land of others.
    TakenElsewhere,
}

impl Side {
    /// The cases `c` of this side; `authorities` is the parameter that holds them.
    pub(crate) fn condition(self, authorities: &str) -> String {
        match self {
            Self::Jurisdiction => format!("c.authority = any({authorities})"),
            Self::TakenElsewhere => format!(
                "c.office_authority = any({authorities}) and c.office_authority <> c.authority
                 and not c.authority = any({authorities})"
            ),
        }
    }
}

/// Which cases are counted. `authorities` is what the asker may count at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Authorities of jurisdiction, or whose offices took the cases; nothing is counted when there
    /// is none.
    pub authorities: Vec<String>,
    /// From which side.
    pub side: Side,
    /// Authorities of the land whose cases may come in; none: `authorities`.
    pub lands: Vec<String>,
    /// Only this county.
    pub county: Option<String>,
    /// Only cases taken at this office point.
    pub office: Option<String>,
    /// Only this business.
    pub business: Option<String>,
    /// Only this family of the catalogue.
    pub family: Option<String>,
    /// Only cases that came this way.
    pub source: Option<String>,
}

impl Filter {
    /// The authorities whose working days count.
    #[must_use]
    pub fn lands(&self) -> &[String] {
        match self.side {
            Side::Jurisdiction => &self.authorities,
            Side::TakenElsewhere => &self.lands,
        }
    }

    /// The businesses counted; none: all.
    pub(crate) fn businesses(&self) -> Option<Vec<String>> {
        match (&self.business, &self.family) {
            (None, None) => None,
            (business, family) => Some(
                catalogue::all()
                    .iter()
                    .filter(|b| business.as_ref().is_none_or(|code| *code == b.code))
                    .filter(|b| family.as_ref().is_none_or(|f| *f == b.family))
                    .map(|b| b.code.clone())
                    .collect(),
            ),
        }
    }
}

/// Ways a case comes in without anybody at a counter (网上): the public's portal, a bank's, an
/// interface of another department. A court's order (嘱托) is neither.
pub const ONLINE: [&str; 3] = ["web", "bank", "interface"];

/// The ways a case comes in, code and name.
pub const SOURCES: [(&str, &str); 5] = [
    ("counter", "窗口"),
    ("court", "法院嘱托"),
    ("web", "互联网"),
    ("bank", "银行"),
    ("interface", "部门接口"),
];

/// Name of a way a case comes in; an unknown code stands for itself.
#[must_use]
pub fn source_name(code: &str) -> &str {
    SOURCES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_for_its_businesses() {
        assert_eq!(Filter::default().businesses(), None);
        let sale = catalogue::business("200-04-02").unwrap();
        let family = Filter {
            family: Some(sale.family.clone()),
            ..Filter::default()
        };
        let all = family.businesses().unwrap();
        assert!(all.contains(&sale.code) && !all.contains(&"800-00-01".to_owned()));
        let wrong = Filter {
            business: Some("800-00-01".into()),
            ..family
        };
        assert_eq!(wrong.businesses(), Some(Vec::new()), "both must hold");
    }

    #[test]
    fn codes_lead_back() {
        for d in Dimension::ALL {
            assert_eq!(Dimension::from_code(d.code()), Some(d));
        }
        for code in ONLINE {
            assert_ne!(source_name(code), code);
        }
    }
}
