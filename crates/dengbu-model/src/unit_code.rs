//! Estate-unit codes (不动产单元代码, GB/T 37346—2019): 28 characters, seven
//! levels, no check digit; parcel and building codes are its prefixes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::half_width::compact;
use crate::text_newtype::text_newtype;

/// Why a text is no code: the rule it breaks and what is wrong, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CodeError {
    /// Identifier of the rule, such as `UC01`.
    pub rule: &'static str,
    /// What is wrong and where.
    pub message: String,
}

fn err(rule: &'static str, message: impl Into<String>) -> CodeError {
    CodeError {
        rule,
        message: message.into(),
    }
}

/// Six-digit county code (县级行政区划代码, GB/T 2260).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountyCode(String);

/// 19-character parcel code (宗地代码, ZDDM).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParcelCode(String);

/// 24-character building code (自然幢号, ZRZH): parcel, `F` and building number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuildingCode(String);

/// 28-character estate-unit code (不动产单元号, BDCDYH).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitCode(String);

/// What stands on the land (定着物特征码, level 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fixture {
    /// `F`: building or structure.
    House,
    /// `L`: forest.
    Forest,
    /// `Q`: other.
    Other,
    /// `W`: nothing, the land alone.
    None,
}

/// Use-right letters of level 4b (宗地特征码第二位) with the ownership letters and
/// fixture letters that go with them (unit-code table 1.1).
const FEATURES: &[(char, &str, &str)] = &[
    ('A', "J", "W"),
    ('B', "GJ", "WFQ"),
    ('S', "GJ", "WFQ"),
    ('X', "GJ", "WFQ"),
    ('C', "J", "WFQ"),
    ('D', "JG", "W"),
    ('E', "JG", "WLQ"),
    ('F', "JG", "W"),
    ('H', "G", "WFLQ"),
    ('G', "G", "WFLQ"),
    // undetermined or disputed: nothing but the parcel is coded on it
    ('W', "GJZ", "W"),
    ('Y', "GJ", "W"),
    ('L', "GJ", "WLQ"),
    ('N', "GJ", "W"),
];

/// Takes out blanks and hyphens, makes full-width characters half-width and upper case.
fn normalise(text: &str) -> String {
    compact(text).replace('-', "")
}

/// Building number that stands for the several buildings of a project.
const PROJECT_BUILDINGS: u32 = 9999;

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

impl CountyCode {
    /// Reads six digits.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let t = normalise(text);
        if t.len() == 6 && digits(&t) {
            Ok(Self(t))
        } else {
            Err(err("UC01", "行政区划代码应为 6 位数字，例如 510402"))
        }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_parcel(t: &str, what: &str) -> Result<(), CodeError> {
    let c: Vec<char> = t.chars().collect();
    if !digits(&t[..12]) {
        return Err(err(
            "UC01",
            format!("{what}第 1 至 12 位（行政区、地籍区、地籍子区）应为数字"),
        ));
    }
    let (owner, usage) = (c[12], c[13]);
    if !"GJZ".contains(owner) {
        return Err(err(
            "UC01",
            format!("{what}第 13 位“{owner}”应为 G、J 或 Z"),
        ));
    }
    let Some((_, owners, _)) = FEATURES.iter().find(|f| f.0 == usage) else {
        return Err(err(
            "UC01",
            format!("{what}第 14 位“{usage}”不是宗地特征码"),
        ));
    };
    if !digits(&t[14..19]) {
        return Err(err(
            "UC01",
            format!("{what}第 15 至 19 位（宗地顺序号）应为数字"),
        ));
    }
    if &t[14..19] == "00000" {
        return Err(err(
            "UC09",
            format!("{what}第 15 至 19 位（宗地顺序号）不能为 00000"),
        ));
    }
    // UC04: only collective ownership on state land is impossible; the rest warns
    if usage == 'A' && !owners.contains(owner) {
        return Err(err(
            "UC04",
            format!("{what}第 13、14 位“{owner}{usage}”矛盾：集体土地所有权宗地应为 JA"),
        ));
    }
    Ok(())
}

fn ascii_of_length(
    text: &str,
    length: usize,
    what: &str,
    example: &str,
) -> Result<String, CodeError> {
    let t = normalise(text);
    let found = t.chars().count();
    if found != length {
        return Err(err(
            "UC01",
            format!("{what}应为 {length} 位，现在是 {found} 位；例如 {example}"),
        ));
    }
    if !t.is_ascii() {
        return Err(err(
            "UC01",
            format!("{what}只能由数字和大写字母组成；例如 {example}"),
        ));
    }
    Ok(t)
}

impl ParcelCode {
    /// Reads a parcel code.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let t = ascii_of_length(text, 19, "宗地代码", "510402001003GB00012")?;
        check_parcel(&t, "宗地代码")?;
        Ok(Self(t))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its county.
    #[must_use]
    pub fn county(&self) -> CountyCode {
        CountyCode(self.0[..6].to_owned())
    }

    /// The two feature letters (宗地特征码, ZDTZM).
    #[must_use]
    pub fn feature(&self) -> &str {
        &self.0[12..14]
    }
}

impl BuildingCode {
    /// Reads a building code.
    ///
    /// # Errors
    /// [`CodeError`] names the rule and the position.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let t = ascii_of_length(text, 24, "自然幢号", "510402001003GB00012F0003")?;
        check_parcel(&t, "自然幢号")?;
        if &t[19..20] != "F" || !digits(&t[20..]) {
            return Err(err(
                "UC01",
                "自然幢号第 20 位应为 F，第 21 至 24 位应为数字",
            ));
        }
        if &t[20..] == "0000" {
            return Err(err("UC07", "自然幢号第 21 至 24 位（幢号）不能为 0000"));
        }
        Ok(Self(t))
    }

    /// The code of a building on a parcel.
    ///
    /// # Errors
    /// [`CodeError`] when the number is not 1 to 9998; 9999 stands for the several
    /// buildings of a project (unit-code table 1.2).
    pub fn on(parcel: &ParcelCode, number: u32) -> Result<Self, CodeError> {
        if number >= PROJECT_BUILDINGS {
            return Err(err(
                "UC07",
                format!("幢号应为 1 至 9998，现在是 {number}；9999 留给项目内多幢房屋"),
            ));
        }
        Self::parse(&format!("{}F{number:04}", parcel.0))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parcel it stands on.
    #[must_use]
    pub fn parcel(&self) -> ParcelCode {
        ParcelCode(self.0[..19].to_owned())
    }

    /// Its county.
    #[must_use]
    pub fn county(&self) -> CountyCode {
        CountyCode(self.0[..6].to_owned())
    }
}

impl UnitCode {
    /// Reads a unit code: blanks, hyphens, full width and lower case are mended first.
    ///
    /// # Errors
    /// [`CodeError`] names the rule and the position.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let t = ascii_of_length(text, 28, "不动产单元号", "510402001003GB00012F00030027")?;
        check_parcel(&t, "不动产单元号")?;
        let fixture = &t[19..20];
        let number = &t[20..];
        if !"FLQW".contains(fixture) {
            return Err(err(
                "UC01",
                format!("不动产单元号第 20 位“{fixture}”应为 F、L、Q 或 W"),
            ));
        }
        // vendors let unit numbers run on as a001 after 9999: read, never issued
        let overflow = fixture == "F"
            && t.as_bytes()[24].is_ascii_uppercase()
            && digits(&t[20..24])
            && digits(&t[25..]);
        if !digits(number) && !overflow {
            return Err(err("UC01", "不动产单元号第 21 至 28 位应为数字"));
        }
        match fixture {
            "W" if number != "00000000" => Err(err(
                "UC06",
                "不动产单元号第 20 位为 W（无定着物）时，后 8 位应为 00000000",
            )),
            "F" if &number[..4] == "0000" || &number[4..] == "0000" => Err(err(
                "UC07",
                "不动产单元号的幢号（第 21 至 24 位）和户号（第 25 至 28 位）不能为 0000",
            )),
            "L" | "Q" if number == "00000000" => Err(err(
                "UC08",
                "不动产单元号的定着物顺序号（后 8 位）不能为 00000000",
            )),
            _ => Ok(Self(t)),
        }
    }

    /// The code of a unit in a building.
    ///
    /// # Errors
    /// [`CodeError`] when the number is not 1 to 9999.
    pub fn in_building(building: &BuildingCode, number: u32) -> Result<Self, CodeError> {
        Self::parse(&format!("{}{number:04}", building.0))
    }

    /// The code of a parcel as a unit of its own.
    ///
    /// # Errors
    /// Never for a valid parcel code.
    pub fn of_land(parcel: &ParcelCode) -> Result<Self, CodeError> {
        Self::parse(&format!("{}W00000000", parcel.0))
    }

    /// The 28 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its county.
    #[must_use]
    pub fn county(&self) -> CountyCode {
        CountyCode(self.0[..6].to_owned())
    }

    /// Its parcel.
    #[must_use]
    pub fn parcel(&self) -> ParcelCode {
        ParcelCode(self.0[..19].to_owned())
    }

    /// Its building, where it is part of one building.
    #[must_use]
    pub fn building(&self) -> Option<BuildingCode> {
        (self.fixture() == Fixture::House && &self.0[20..24] != "9999")
            .then(|| BuildingCode(self.0[..24].to_owned()))
    }

    /// What stands on the land.
    #[must_use]
    pub fn fixture(&self) -> Fixture {
        match &self.0[19..20] {
            "F" => Fixture::House,
            "L" => Fixture::Forest,
            "Q" => Fixture::Other,
            _ => Fixture::None,
        }
    }

    /// True for a virtual code (虚拟代码), given to a record of old whose place is not
    /// known yet; no certificate may be issued on it (unit-code §3). At sea and on
    /// islands the same zeros are the real code.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        &self.0[6..12] == "000000" && !"HG".contains(&self.0[13..14])
    }

    /// In groups of 6, 6, 7 and 9 characters (GB/T 37346—2019 §8.3).
    #[must_use]
    pub fn grouped(&self) -> String {
        let t = &self.0;
        format!("{} {} {} {}", &t[..6], &t[6..12], &t[12..19], &t[19..])
    }

    /// What is unusual about the code but no reason to refuse it (UC04, UC05).
    #[must_use]
    pub fn warnings(&self) -> Vec<CodeError> {
        let c: Vec<char> = self.0.chars().collect();
        let mut found = Vec::new();
        if let Some((_, owners, fixtures)) = FEATURES.iter().find(|f| f.0 == c[13]) {
            if !owners.contains(c[12]) {
                found.push(err(
                    "UC04",
                    format!("第 13、14 位“{}{}”的组合少见，请核对", c[12], c[13]),
                ));
            }
            if !fixtures.contains(c[19]) {
                found.push(err(
                    "UC05",
                    format!("第 14 位“{}”与第 20 位“{}”的组合少见，请核对", c[13], c[19]),
                ));
            }
        }
        found
    }

    /// Whether the code may be given out anew: its county is one of those served,
    /// it is not virtual, not on the sea and without vendor letters (UC02, UC03).
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn issue_check(&self, allowed: &[CountyCode]) -> Result<(), CodeError> {
        if !allowed.contains(&self.county()) {
            return Err(err(
                "UC02",
                format!("行政区划 {} 不在本登记机构管辖范围内", self.county()),
            ));
        }
        if self.is_virtual() {
            return Err(err(
                "UC03",
                "地籍区和地籍子区为 000000 的是虚拟代码，不能发放",
            ));
        }
        if "HG".contains(&self.0[13..14]) {
            return Err(err("UC04", "本市没有海域、无居民海岛，不能发放该类代码"));
        }
        if !digits(&self.0[20..]) {
            return Err(err("UC01", "户号超出 9999 的字母编号不能发放"));
        }
        Ok(())
    }
}

macro_rules! display {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

display!(CountyCode, ParcelCode, BuildingCode, UnitCode);
text_newtype!(CountyCode, as_str, "510402", r"^[0-9]{6}$");
text_newtype!(
    ParcelCode,
    as_str,
    "510402001003GB00012",
    r"^[0-9]{12}[GJZ][ABCDEFGHLNSXWY][0-9]{5}$"
);
text_newtype!(
    BuildingCode,
    as_str,
    "510402001003GB00012F0003",
    r"^[0-9]{12}[GJZ][ABCDEFGHLNSXWY][0-9]{5}F[0-9]{4}$"
);
text_newtype!(
    UnitCode,
    as_str,
    "510402001003GB00012F00030027",
    r"^[0-9]{12}[GJZ][ABCDEFGHLNSXWY][0-9]{5}[FLQW][0-9]{4}[A-Z0-9][0-9]{3}$"
);

#[cfg(test)]
mod tests;
