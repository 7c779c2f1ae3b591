//! The catalogue of data sets (数据目录), read once from `data/data-sets.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::row::Kind;

const TOML: &str = include_str!("../data/data-sets.toml");

/// Where the rows of a data set come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Parcels of the cadastre.
    Parcels,
    /// Buildings of the cadastre.
    Buildings,
    /// Estate units.
    Units,
    /// Rights of the register.
    Rights,
    /// Holders of rights, one a row.
    Holders,
}

/// What a field tells of a person (个人信息保护法第四条、第二十八条: what identifies a natural person;
/// the agreement with a receiver says what of it may go out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Name.
    Name,
    /// Identity number.
    Identity,
    /// Telephone, postal address.
    Contact,
    /// Price, amount of a debt.
    Money,
    /// Number of a certificate.
    Certificate,
    /// Free text in which persons may be named.
    Text,
}

impl Personal {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Identity,
        Self::Contact,
        Self::Money,
        Self::Certificate,
        Self::Text,
    ];

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Name => "姓名、名称",
            Self::Identity => "证件号",
            Self::Contact => "电话、地址",
            Self::Money => "价格、债权数额",
            Self::Certificate => "证书、证明号",
            Self::Text => "附记等文字",
        }
    }
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Code in the standard's table.
    pub code: String,
    /// Heading in Chinese.
    pub title: String,
    /// What it holds.
    pub kind: Kind,
    /// Where its value stands (see [`crate::dress`]).
    pub from: String,
    /// What it tells of a person.
    #[serde(default)]
    pub personal: Option<Personal>,
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// Stable code.
    pub code: String,
    /// Table of the national standard.
    pub table: String,
    /// Name in Chinese.
    pub title: String,
    /// What is in it.
    pub about: String,
    /// Where its rows come from.
    pub rows: Rows,
    /// Kinds of rights, when its rows are rights.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// True when its rows have a shape.
    pub geometry: bool,
    /// Fields in their order.
    pub fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_set: Vec<DataSet>,
}

static ALL: LazyLock<Vec<DataSet>> =
    // a test reads the same text, so a fault in it never reaches a running server
    LazyLock::new(|| toml::from_str::<File>(TOML).map_or_else(|_| Vec::new(), |f| f.data_set));

/// All data sets in their order.
#[must_use]
pub fn all() -> &'static [DataSet] {
    &ALL
}

/// The data set with this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static DataSet> {
    ALL.iter().find(|s| s.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_catalogue_is_readable_and_has_no_name_twice() {
        let file: File = toml::from_str(TOML).unwrap();
        let codes: BTreeSet<_> = file.data_set.iter().map(|s| &s.code).collect();
        let tables: BTreeSet<_> = file.data_set.iter().map(|s| &s.table).collect();
        assert_eq!(codes.len(), file.data_set.len());
        assert_eq!(tables.len(), file.data_set.len());
        for set in &file.data_set {
            let fields: BTreeSet<_> = set.fields.iter().map(|f| &f.code).collect();
            let titles: BTreeSet<_> = set.fields.iter().map(|f| &f.title).collect();
            assert_eq!(fields.len(), set.fields.len(), "{}", set.code);
            assert_eq!(titles.len(), set.fields.len(), "{}", set.code);
            // dBASE names have ten bytes
            assert!(
                set.fields.iter().all(|f| f.code.len() <= 10),
                "{}",
                set.code
            );
            assert_eq!(set.rows == Rows::Rights, !set.kinds.is_empty());
        }
    }

    #[test]
    fn every_kind_of_right_is_in_one_data_set() {
        let kinds: Vec<_> = all().iter().flat_map(|s| &s.kinds).collect();
        let once: BTreeSet<_> = kinds.iter().collect();
        assert_eq!(kinds.len(), once.len());
        for kind in [
            "building_ownership",
            "land_use",
            "mortgage",
            "seizure",
            "habitation",
        ] {
            assert!(kinds.iter().any(|k| *k == kind), "{kind}");
        }
    }

    #[test]
    fn whoever_is_named_is_marked() {
        for set in all() {
            for field in &set.fields {
                let names = field.from.starts_with("names:") || field.from.contains("/id/number");
                assert!(
                    !names || field.personal.is_some(),
                    "{}.{}",
                    set.code,
                    field.code
                );
            }
        }
    }
}
