//! The kinds of electronic certificates and their catalogue records (GB/T 36902-2018 电子证照
//! 目录信息规范). The records are data: `data/kinds.toml`.

use std::sync::LazyLock;

use dengbu_model::certificate::CertificateKind;
use serde::{Deserialize, Serialize};

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 不动产权证书.
    Title,
    /// 不动产登记证明.
    Proof,
    /// 个人住房登记情况查询证明（有房无房证明）.
    HoldingProof,
    /// 不动产登记资料查询结果证明.
    SearchResult,
    /// 不动产登记簿查询摘录.
    RegisterExtract,
}

/// The catalogue record of a kind (GB/T 36902-2018).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueRecord {
    /// Code used in records.
    pub code: DocumentKind,
    /// Number in the code printed on the certificate.
    pub qr: u8,
    /// Name on the document (证照名称).
    pub name: String,
    /// Name in the catalogue (证照类型名称).
    pub catalogue_name: String,
    /// 证照类型代码; none for kinds without a national code.
    #[serde(default)]
    pub type_code: Option<String>,
    /// Three characters behind the defining authority's code, for kinds without a national code.
    #[serde(default)]
    pub local_suffix: Option<String>,
    /// 定义机构.
    pub define_authority: String,
    /// 定义机构代码; none: the registration authority itself.
    #[serde(default)]
    pub define_authority_code: Option<String>,
    /// 定义机构级别.
    pub define_authority_level: String,
    /// 关联事项.
    pub item_name: String,
    /// 持证主体类别.
    pub holder_category: String,
    /// 有效期范围.
    pub validity_range: String,
    /// 颁发机构级别.
    pub issuing_level: String,
}

#[derive(Deserialize)]
struct File {
    kind: Vec<CatalogueRecord>,
}

static RECORDS: LazyLock<Vec<CatalogueRecord>> = LazyLock::new(|| {
    crate::built_in::<File>("kinds.toml", include_str!("../data/kinds.toml")).kind
});

/// The catalogue, in the order of [`DocumentKind::ALL`].
#[must_use]
pub fn catalogue() -> &'static [CatalogueRecord] {
    &RECORDS
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Title,
        Self::Proof,
        Self::HoldingProof,
        Self::SearchResult,
        Self::RegisterExtract,
    ];

    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Proof => "proof",
            Self::HoldingProof => "holding_proof",
            Self::SearchResult => "search_result",
            Self::RegisterExtract => "register_extract",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The kind with this number in the printed code.
    #[must_use]
    pub fn from_qr(number: u8) -> Option<Self> {
        catalogue().iter().find(|r| r.qr == number).map(|r| r.code)
    }

    /// Its catalogue record.
    #[must_use]
    pub fn record(self) -> &'static CatalogueRecord {
        // the table has all kinds in this order, held by a test
        &catalogue()[self as usize]
    }

    /// Name on the document (证照名称).
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        &self.record().name
    }

    /// 证照类型代码. `authority_code`: 统一社会信用代码 of the registration authority, which defines
    /// the kinds that have no national code.
    #[must_use]
    pub fn type_code(self, authority_code: &str) -> String {
        let record = self.record();
        match (&record.type_code, &record.local_suffix) {
            (Some(code), _) => code.clone(),
            (None, suffix) => format!("{authority_code}{}", suffix.as_deref().unwrap_or("")),
        }
    }

    /// True for the two papers that state a right or matter of the register and follow its state;
    /// the others reflect one moment.
    #[must_use]
    pub fn follows_register(self) -> bool {
        matches!(self, Self::Title | Self::Proof)
    }
}

impl From<CertificateKind> for DocumentKind {
    fn from(kind: CertificateKind) -> Self {
        match kind {
            CertificateKind::Title => Self::Title,
            CertificateKind::Proof => Self::Proof,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_all_kinds_in_order() {
        let codes: Vec<_> = catalogue().iter().map(|r| r.code).collect();
        assert_eq!(codes, DocumentKind::ALL);
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::from_code(kind.code()), Some(kind));
            assert_eq!(DocumentKind::from_qr(kind.record().qr), Some(kind));
            assert_eq!(kind.type_code("11510400MA0000015R").len(), 21);
        }
        assert_eq!(DocumentKind::from_qr(0), None);
    }

    #[test]
    fn type_codes() {
        let own = "11510400MA0000015R";
        assert_eq!(DocumentKind::Title.type_code(own), "11100000MB03271699001");
        assert_eq!(DocumentKind::Proof.type_code(own), "11100000MB03271699022");
        assert_eq!(
            DocumentKind::HoldingProof.type_code(own),
            "11510400MA0000015RL01"
        );
    }
}
