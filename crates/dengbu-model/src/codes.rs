//! The standard's code lists (字典), compiled in with their Chinese names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::text_newtype::text_newtype;

/// 登记类型 (DJLX).
pub const REGISTRATION_TYPE: &str = "登记类型";
/// 权利类型 (QLLX).
pub const RIGHT_TYPE: &str = "权利类型";
/// 房屋用途 (GHYT).
pub const HOUSE_USE: &str = "房屋用途";
/// 房屋性质 (FWXZ).
pub const HOUSE_NATURE: &str = "房屋性质";
/// 房屋结构 (FWJG).
pub const HOUSE_STRUCTURE: &str = "房屋结构";
/// 土地用途 (TDYT), list of 2017.
pub const LAND_USE: &str = "土地用途_2017";
/// 土地用途, list of 2007.
pub const LAND_USE_2007: &str = "土地用途_2007";
/// 权利性质 (QLXZ).
pub const RIGHT_NATURE: &str = "权利性质";
/// 证件种类 (ZJZL).
pub const ID_KIND: &str = "证件种类";
/// 币种 (BZ).
pub const CURRENCY: &str = "币种";
/// 抵押不动产类型 (DYBDCLX).
pub const MORTGAGE_OBJECT: &str = "抵押不动产类型";

/// 构筑物类型 (GJZWLX).
pub const STRUCTURE_KIND: &str = "构筑物类型";
/// 土地所有权性质 (TDSYQXZ).
pub const LAND_OWNERSHIP_NATURE: &str = "土地所有权性质";
/// 水域滩涂类型 (SYTTLX).
pub const WATER_KIND: &str = "水域滩涂类型";
/// 养殖业方式 (YZYFS).
pub const FARMING_METHOD: &str = "养殖业方式";
/// 用地用海分类 (YDYHFL).
pub const LAND_CLASS: &str = "用地用海分类";
/// 林种 (LZ).
pub const FOREST_KIND: &str = "林种";
/// 起源 (QY).
pub const FOREST_ORIGIN: &str = "起源";
/// 海域使用类型 (YHLX), first and second level.
pub const SEA_USE: &[&str] = &["海域使用类型A", "海域使用类型B"];

const CSV: &str = include_str!("../data/standard-codes.csv");

/// A code of a list; which list it belongs to is the field's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(String);

/// Why a text is no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是有效代码")]
pub struct CodeTextError(String);

impl Code {
    /// Reads a code: 1 to 30 letters or digits.
    ///
    /// # Errors
    /// [`CodeTextError`].
    pub fn parse(text: &str) -> Result<Self, CodeTextError> {
        let t = text.trim();
        let ok = (1..=30).contains(&t.len())
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if ok {
            Ok(Self(t.to_owned()))
        } else {
            Err(CodeTextError(text.to_owned()))
        }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name in a list; the code itself when the list lacks it.
    #[must_use]
    pub fn name_in(&self, name: &str) -> String {
        list(name)
            .and_then(|l| l.name_of(&self.0))
            .unwrap_or(&self.0)
            .to_owned()
    }
}

text_newtype!(Code, as_str, "10", r"^[A-Za-z0-9.\-]{1,30}$");

/// One code and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeItem {
    /// Code.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
}

/// A code list.
#[derive(Debug, Clone)]
pub struct CodeList {
    name: String,
    items: Vec<CodeItem>,
}

impl CodeList {
    /// Name of the list.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its codes, in the standard's order.
    #[must_use]
    pub fn items(&self) -> &[CodeItem] {
        &self.items
    }

    /// The name of a code.
    #[must_use]
    pub fn name_of(&self, code: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|i| i.code == code)
            .map(|i| i.name.as_str())
    }

    /// The code of a name.
    #[must_use]
    pub fn code_of(&self, name: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|i| i.name == name)
            .map(|i| i.code.as_str())
    }

    /// True when the list has the code.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.name_of(code).is_some()
    }
}

static LISTS: LazyLock<BTreeMap<String, CodeList>> = LazyLock::new(|| {
    let mut lists: BTreeMap<String, CodeList> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(CSV.as_bytes());
    for row in reader.records().flatten() {
        let (Some(list), Some(code), Some(name)) = (row.get(0), row.get(1), row.get(2)) else {
            continue;
        };
        lists
            .entry(list.to_owned())
            .or_insert_with(|| CodeList {
                name: list.to_owned(),
                items: Vec::new(),
            })
            .items
            .push(CodeItem {
                code: code.to_owned(),
                name: name.to_owned(),
            });
    }
    lists
});

/// The list of this name.
#[must_use]
pub fn list(name: &str) -> Option<&'static CodeList> {
    LISTS.get(name)
}

/// All lists, by name.
pub fn all() -> impl Iterator<Item = &'static CodeList> {
    LISTS.values()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_standard_is_there() {
        assert_eq!(all().count(), 102);
        assert_eq!(all().map(|l| l.items().len()).sum::<usize>(), 1668);
    }

    #[test]
    fn a_list_has_each_code_once_and_no_blank() {
        for l in all() {
            let mut seen = std::collections::BTreeSet::new();
            for item in l.items() {
                assert!(!item.code.trim().is_empty() && !item.name.trim().is_empty());
                assert!(seen.insert(&item.code), "{} {}", l.name(), item.code);
                assert_eq!(l.name_of(&item.code), Some(item.name.as_str()));
            }
        }
        // an enum of this crate and the list of the standard say the same
        for kind in crate::identity::IdKind::all() {
            assert!(list(ID_KIND).unwrap().contains(kind.code()));
        }
        for (name, code) in [("共有方式", "3"), ("权利人类型", "99"), ("查封类型", "4")]
        {
            assert!(list(name).unwrap().contains(code), "{name}");
        }
    }

    #[test]
    fn the_lists_named_here_exist() {
        for name in [
            REGISTRATION_TYPE,
            RIGHT_TYPE,
            HOUSE_USE,
            HOUSE_NATURE,
            HOUSE_STRUCTURE,
            LAND_USE,
            LAND_USE_2007,
            RIGHT_NATURE,
            ID_KIND,
            CURRENCY,
            MORTGAGE_OBJECT,
            STRUCTURE_KIND,
            LAND_OWNERSHIP_NATURE,
            WATER_KIND,
            FARMING_METHOD,
            LAND_CLASS,
            FOREST_KIND,
            FOREST_ORIGIN,
            SEA_USE[0],
            SEA_USE[1],
        ] {
            assert!(!list(name).unwrap().items().is_empty(), "{name}");
        }
        assert_eq!(list(HOUSE_USE).unwrap().name_of("10"), Some("住宅"));
        assert_eq!(
            list(REGISTRATION_TYPE).unwrap().code_of("转移登记"),
            Some("200")
        );
    }
}
