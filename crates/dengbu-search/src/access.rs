//! The table of applicants: who may search by what and see which parts, on which papers.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What a search goes by (查询索引).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchIndex))]
#[serde(rename_all = "snake_case")]
pub enum Index {
    /// 权利人姓名或者名称及证件号.
    Person,
    /// 不动产具体坐落位置.
    Address,
    /// 不动产权属证书号.
    Certificate,
    /// 不动产单元号.
    UnitCode,
}

impl Index {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::Person,
        Self::Address,
        Self::Certificate,
        Self::UnitCode,
    ];

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Person => "权利人姓名（名称）和证件号",
            Self::Address => "坐落",
            Self::Certificate => "不动产权证书（证明）号",
            Self::UnitCode => "不动产单元号",
        }
    }

    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Address => "address",
            Self::Certificate => "certificate",
            Self::UnitCode => "unit_code",
        }
    }
}

/// A part of the register that can be shown or withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchPart))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 不动产的自然状况.
    NaturalFacts,
    /// 是否存在共有情形.
    Common,
    /// 是否存在抵押权登记、预告登记、异议登记等情形.
    Burdens,
    /// 是否存在查封登记或者其他限制处分的情形.
    Restrictions,
    /// 共有形式.
    CoOwnershipForm,
    /// 要求办理查封登记或者限制处分机关的名称.
    RestrictingOrgan,
    /// 所提供的权利主体名称与登记簿的记载是否一致.
    HolderMatch,
    /// 权利人及权利内容（登记结果）.
    Holders,
    /// 债权数额、价格.
    Amounts,
    /// 登记原始资料.
    Originals,
    /// 完整证件号码.
    IdentityNumbers,
}

impl Part {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::NaturalFacts,
        Self::Common,
        Self::Burdens,
        Self::Restrictions,
        Self::CoOwnershipForm,
        Self::RestrictingOrgan,
        Self::HolderMatch,
        Self::Holders,
        Self::Amounts,
        Self::Originals,
        Self::IdentityNumbers,
    ];

    /// Code in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NaturalFacts => "natural_facts",
            Self::Common => "common",
            Self::Burdens => "burdens",
            Self::Restrictions => "restrictions",
            Self::CoOwnershipForm => "co_ownership_form",
            Self::RestrictingOrgan => "restricting_organ",
            Self::HolderMatch => "holder_match",
            Self::Holders => "holders",
            Self::Amounts => "amounts",
            Self::Originals => "originals",
            Self::IdentityNumbers => "identity_numbers",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::NaturalFacts => "自然状况",
            Self::Common => "是否共有",
            Self::Burdens => "是否有抵押、预告、异议",
            Self::Restrictions => "是否有查封或者其他限制",
            Self::CoOwnershipForm => "共有形式",
            Self::RestrictingOrgan => "查封（限制）机关名称",
            Self::HolderMatch => "权利人名称是否一致",
            Self::Holders => "权利人和登记结果",
            Self::Amounts => "债权数额、价格",
            Self::Originals => "原始资料",
            Self::IdentityNumbers => "完整证件号码",
        }
    }
}

/// Whose name may be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchPersonIndex))]
#[serde(rename_all = "snake_case")]
pub enum PersonIndex {
    /// The applicant's own.
    #[serde(rename = "self")]
    Own,
    /// That of the person the applicant stands for.
    Represented,
    /// That of the person named in official papers.
    Named,
    /// That of a person who authorised it in writing.
    Authorised,
}

/// What makes somebody entitled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchEntitled))]
#[serde(rename_all = "snake_case")]
pub enum Entitled {
    /// The register shows the applicant.
    Registered,
    /// The register shows the person the applicant stands for.
    Represented,
    /// The papers.
    Papers,
}

/// When a paper is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchPaperWhen))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// 必收.
    #[default]
    Always,
    /// If an agent acts.
    Agent,
    /// If members of the household are searched with.
    Family,
}

/// A paper (申请材料).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchPaper))]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// When it is needed.
    #[serde(default)]
    pub when: When,
}

/// A kind of applicant (查询主体).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchApplicantKind))]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What may be searched by; empty: nothing.
    pub indexes: Vec<Index>,
    /// Whose name may be searched by; none: nobody's.
    #[serde(default)]
    pub person: Option<PersonIndex>,
    /// What makes the applicant entitled.
    pub entitled: Entitled,
    /// How the person the applicant stands for is called.
    #[serde(default)]
    pub represented_label: Option<String>,
    /// Units of one application at most; none: no limit of law.
    #[serde(default)]
    pub units_max: Option<usize>,
    /// What is shown.
    pub parts: Vec<Part>,
    /// Whether members of the household may be searched with.
    #[serde(default)]
    pub family: bool,
    /// Whether the undertaking of 查询办法第二十五条 is needed.
    pub undertaking: bool,
    /// Whether the number of the official paper is needed.
    #[serde(default)]
    pub document_no: bool,
    /// Officers who must identify themselves.
    #[serde(default)]
    pub officers: usize,
    /// Articles.
    pub basis: String,
    /// Papers.
    pub papers: Vec<Paper>,
}

impl Applicant {
    /// Whether a part is shown to this kind.
    #[must_use]
    pub fn sees(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

/// A ground for not answering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchRefusalGround))]
#[serde(deny_unknown_fields)]
pub struct RefusalGround {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Article.
    pub basis: String,
}

/// A kind of result paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchDocumentRule))]
#[serde(deny_unknown_fields)]
pub struct DocumentRule {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// First letters of the number.
    pub number_prefix: String,
    /// Parts it shows: the applicant must be allowed all of them.
    pub parts: Vec<Part>,
    /// Whether units must have been shown.
    #[serde(default)]
    pub needs_units: bool,
    /// Whether a person must have been searched for.
    #[serde(default)]
    pub needs_person: bool,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SearchRules))]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Purposes that can be stated.
    pub purposes: Vec<String>,
    /// Working days within which an answer is due.
    pub days_max: u32,
    /// Article of that limit.
    pub days_basis: String,
    /// Grounds for not answering.
    pub refusals: Vec<RefusalGround>,
    /// Kinds of result paper.
    pub documents: Vec<DocumentRule>,
    /// Kinds of applicant.
    pub applicants: Vec<Applicant>,
}

/// Why a file is no access table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("查询权限表不正确：{0}")]
pub struct AccessError(pub String);

const BUILTIN: &str = include_str!("../data/access.toml");

impl Access {
    /// The table that comes with the program.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static TABLE: OnceLock<Access> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "the file is part of the program and read by a test"
        )]
        TABLE.get_or_init(|| Self::parse(BUILTIN).expect("the built-in access table is one"))
    }

    /// Reads a table and checks that it hangs together.
    ///
    /// # Errors
    /// What is wrong, with the line or the row.
    pub fn parse(text: &str) -> Result<Self, AccessError> {
        let table: Self = toml::from_str(text).map_err(|e| AccessError(e.to_string()))?;
        let wrong = |row: &str, what: &str| Err(AccessError(format!("“{row}”{what}")));
        let mut codes = BTreeSet::new();
        for a in &table.applicants {
            if !codes.insert(a.code.as_str()) {
                return wrong(&a.code, "重复");
            }
            if a.indexes.contains(&Index::Person) != a.person.is_some() {
                return wrong(&a.code, "按人查询须同时写明 indexes 的 person 和 person 项");
            }
            let stands_for =
                a.entitled == Entitled::Represented || a.person == Some(PersonIndex::Represented);
            if stands_for && a.represented_label.is_none() {
                return wrong(&a.code, "缺少 represented_label");
            }
            if a.indexes.is_empty() != a.parts.is_empty() {
                return wrong(&a.code, "的 indexes 与 parts 应同时为空或者同时不为空");
            }
            if a.basis.trim().is_empty() || a.papers.is_empty() {
                return wrong(&a.code, "缺少依据或者申请材料");
            }
            let papers: BTreeSet<_> = a.papers.iter().map(|p| &p.code).collect();
            if papers.len() != a.papers.len() {
                return wrong(&a.code, "的申请材料代码重复");
            }
        }
        for ground in ["papers", "entitlement", "purpose", "other"] {
            if !table.refusals.iter().any(|r| r.code == ground) {
                return wrong(ground, "这一项不予查询的情形缺失");
            }
        }
        if table.purposes.is_empty() {
            return wrong("purposes", "没有查询目的");
        }
        Ok(table)
    }

    /// The kind with this code.
    #[must_use]
    pub fn applicant(&self, code: &str) -> Option<&Applicant> {
        self.applicants.iter().find(|a| a.code == code)
    }

    /// The ground with this code.
    #[must_use]
    pub fn refusal(&self, code: &str) -> Option<&RefusalGround> {
        self.refusals.iter().find(|r| r.code == code)
    }

    /// The kind of paper with this code.
    #[must_use]
    pub fn document(&self, code: &str) -> Option<&DocumentRule> {
        self.documents.iter().find(|d| d.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of business rules §4.5, written out once more: kind, indexes (P person, A address,
    /// C certificate, U unit code), whose name, units at most, parts (n natural facts, c common, b
    /// burdens, r restrictions, f form of co-ownership, o restricting organ, m holder match,
    /// H holders, € amounts, O originals, I identity numbers).
    const TABLE: &[(&str, &str, &str, usize, &str)] = &[
        ("holder", "PACU", "self", 0, "ncbrfoH€OI"),
        ("heir", "PACU", "represented", 0, "ncbrfoH€O"),
        ("manager", "PACU", "represented", 0, "ncbrfoH€O"),
        ("contract_party", "ACU", "", 1, "ncbrfoH€"),
        ("litigant", "ACU", "", 1, "ncbrfoH€"),
        ("intending", "ACU", "", 1, "ncbr"),
        ("intending_lawyer", "ACU", "", 1, "ncbrfom"),
        ("lawyer_with_order", "ACU", "", 0, "ncbrfoH€O"),
        ("state_organ", "PACU", "named", 0, "ncbrfoH€OI"),
        ("sharing_department", "PACU", "authorised", 0, "ncbrH"),
        ("public", "", "", 0, ""),
    ];

    #[test]
    fn every_kind_index_and_part_is_as_the_table_says() {
        let access = Access::builtin();
        assert_eq!(access.applicants.len(), TABLE.len());
        let part_letters: Vec<char> = "ncbrfomH€OI".chars().collect();
        let index_letters: Vec<char> = "PACU".chars().collect();
        for (code, indexes, person, units, parts) in TABLE {
            let a = access.applicant(code).unwrap();
            for (letter, index) in index_letters.iter().zip(Index::ALL) {
                assert_eq!(
                    indexes.contains(*letter),
                    a.indexes.contains(&index),
                    "{code} {index:?}"
                );
            }
            for (letter, part) in part_letters.iter().zip(Part::ALL) {
                assert_eq!(parts.contains(*letter), a.sees(part), "{code} {part:?}");
            }
            let whose = a.person.map(|p| {
                serde_json::to_value(p)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            });
            assert_eq!(whose.unwrap_or_default(), *person, "{code}");
            assert_eq!(a.units_max.unwrap_or(0), *units, "{code}");
            assert!(a.basis.contains('条'), "{code} names its article");
        }
    }

    #[test]
    fn nobody_is_found_by_name_without_being_named_in_the_table() {
        for a in &Access::builtin().applicants {
            let by_name = a.indexes.contains(&Index::Person);
            let allowed = [
                "holder",
                "heir",
                "manager",
                "state_organ",
                "sharing_department",
            ]
            .contains(&a.code.as_str());
            assert_eq!(by_name, allowed, "{}", a.code);
        }
    }

    #[test]
    fn a_table_that_does_not_hang_together_is_refused() {
        let broken = [
            BUILTIN.replacen("person = \"self\"", "", 1),
            BUILTIN.replacen("code = \"heir\"", "code = \"holder\"", 1),
            BUILTIN.replacen("code = \"purpose\"", "code = \"purposes\"", 1),
            BUILTIN.replacen("parts = []", "parts = [\"common\"]", 1),
            BUILTIN.replacen("\"S2\"", "\"S1\"", 1),
            BUILTIN.replacen("days_max", "days", 1),
            BUILTIN.replacen("represented_label", "label", 1),
        ];
        for text in broken {
            let error = Access::parse(&text).unwrap_err();
            assert!(error.to_string().starts_with("查询权限表不正确"), "{error}");
        }
    }
}
