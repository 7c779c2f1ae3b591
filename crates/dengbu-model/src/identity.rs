//! Identity documents (证件): kinds, numbers and their check digits.
//!
//! What people enter is read with [`IdDocument::parse`]. JSON is taken as it stands,
//! because the day that bounds a day of birth is not known there: whoever takes
//! people's data as JSON calls `parse` on each document in it.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::half_width::compact;

/// Kind of document (证件种类, ZJZL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum IdKind {
    /// 身份证.
    #[serde(rename = "1")]
    ResidentId,
    /// 港澳台身份证.
    #[serde(rename = "2")]
    HkMacauTaiwan,
    /// 护照.
    #[serde(rename = "3")]
    Passport,
    /// 户口簿.
    #[serde(rename = "4")]
    HouseholdRegister,
    /// 军官证（士兵证）.
    #[serde(rename = "5")]
    MilitaryId,
    /// 组织机构代码.
    #[serde(rename = "6")]
    OrganisationCode,
    /// 营业执照.
    #[serde(rename = "7")]
    BusinessLicence,
    /// 统一社会信用代码.
    #[serde(rename = "8")]
    UnifiedSocialCredit,
    /// 其它.
    #[serde(rename = "99")]
    Other,
}

const KINDS: &[(IdKind, &str, &str)] = &[
    (IdKind::ResidentId, "1", "身份证"),
    (IdKind::HkMacauTaiwan, "2", "港澳台身份证"),
    (IdKind::Passport, "3", "护照"),
    (IdKind::HouseholdRegister, "4", "户口簿"),
    (IdKind::MilitaryId, "5", "军官证（士兵证）"),
    (IdKind::OrganisationCode, "6", "组织机构代码"),
    (IdKind::BusinessLicence, "7", "营业执照"),
    (IdKind::UnifiedSocialCredit, "8", "统一社会信用代码"),
    (IdKind::Other, "99", "其它"),
];

impl IdKind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|k| k.0)
    }

    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        KINDS.iter().find(|k| k.0 == self).map_or("99", |k| k.1)
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        KINDS.iter().find(|k| k.0 == self).map_or("其它", |k| k.2)
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        KINDS.iter().find(|k| k.1 == code).map(|k| k.0)
    }
}

/// An identity document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IdDocument {
    /// Kind (证件种类, ZJZL).
    pub kind: IdKind,
    /// Number (证件号, ZJH).
    pub number: String,
}

/// A document that was read and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedId {
    /// The document in its standard form.
    pub document: IdDocument,
    /// The 15-digit number it was upgraded from.
    pub upgraded_from: Option<String>,
}

/// Why a number is no number of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing there.
    #[error("请填写证件号码")]
    Empty,
    /// Wrong length or characters.
    #[error("{0}")]
    Form(String),
    /// The day of birth does not exist or lies in the future.
    #[error("身份证号码第 7 至 14 位的出生日期 {0} 不存在或不合理")]
    Birth(String),
    /// The last character does not fit the others.
    #[error("{kind}校验位不正确：第 {position} 位应为“{expected}”，请核对证件")]
    CheckDigit {
        /// Kind in Chinese.
        kind: &'static str,
        /// Position of the check character.
        position: usize,
        /// What it should be.
        expected: char,
    },
}

impl IdError {
    /// Machine code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::Form(_) => "id_form",
            Self::Birth(_) => "id_birth",
            Self::CheckDigit { .. } => "id_checksum",
        }
    }
}

impl IdDocument {
    /// Reads a number as its kind demands: full width, blanks and lower case are
    /// mended, 15-digit resident numbers upgraded. `today` bounds the day of birth.
    ///
    /// # Errors
    /// [`IdError`] says what is wrong and where.
    pub fn parse(kind: IdKind, text: &str, today: NaiveDate) -> Result<ParsedId, IdError> {
        let number = compact(text);
        if number.is_empty() {
            return Err(IdError::Empty);
        }
        if number.chars().count() > 50 {
            return Err(IdError::Form("证件号码不能超过 50 位".to_owned()));
        }
        let plain = |number: String| ParsedId {
            document: Self { kind, number },
            upgraded_from: None,
        };
        match kind {
            IdKind::ResidentId => resident(&number, today),
            IdKind::UnifiedSocialCredit => {
                credit_code(&number)?;
                Ok(plain(number))
            }
            IdKind::BusinessLicence if number.len() == 18 => {
                credit_code(&number)?;
                Ok(plain(number))
            }
            IdKind::BusinessLicence => {
                licence(&number)?;
                Ok(plain(number))
            }
            IdKind::OrganisationCode => {
                organisation(&number)?;
                Ok(plain(number))
            }
            IdKind::HkMacauTaiwan if number.len() == 18 && number.starts_with('8') => {
                resident(&number, today).map(|p| plain(p.document.number))
            }
            _ => Ok(plain(number)),
        }
    }

    /// A number as the register or an older system has it, unchecked.
    #[must_use]
    pub fn from_register(kind: IdKind, number: impl Into<String>) -> Self {
        Self {
            kind,
            number: number.into(),
        }
    }

    /// With the middle hidden: `5104**********1234`. Shorter numbers (passports,
    /// travel permits) show fewer characters, so that half stays hidden there too.
    #[must_use]
    pub fn masked(&self) -> String {
        let c: Vec<char> = self.number.chars().collect();
        let shown = match c.len() {
            15.. => 4,
            9..=14 => 2,
            5..=8 => 1,
            _ => 0,
        };
        // a short number keeps its end hidden as well
        let tail = if c.len() > 8 { shown } else { 0 };
        let head: String = c[..shown].iter().collect();
        let end: String = c[c.len() - tail..].iter().collect();
        format!("{head}{}{end}", "*".repeat(c.len() - shown - tail))
    }

    /// True for a resident number or credit code whose check character fits: such a
    /// number belongs to one person only.
    #[must_use]
    pub fn has_valid_check(&self) -> bool {
        let expected = self.number.get(..17).and_then(|first| match self.kind {
            IdKind::ResidentId => resident_id_check_digit(first),
            IdKind::UnifiedSocialCredit => credit_code_check(first),
            _ => None,
        });
        self.number.len() == 18 && expected.is_some_and(|c| self.number.ends_with(c))
    }
}

/// The check character of the first 17 digits (GB 11643—1999).
#[must_use]
pub fn resident_id_check_digit(first17: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if first17.len() != 17 || !first17.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = first17
        .bytes()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    "10X98765432".chars().nth((sum % 11) as usize)
}

fn resident(number: &str, today: NaiveDate) -> Result<ParsedId, IdError> {
    let upgraded_from = (number.len() == 15 && number.bytes().all(|b| b.is_ascii_digit()))
        .then(|| number.to_owned());
    let full = if upgraded_from.is_some() {
        let base = format!("{}19{}", &number[..6], &number[6..]);
        let check = resident_id_check_digit(&base).unwrap_or('0');
        format!("{base}{check}")
    } else {
        number.to_owned()
    };
    let form = full.len() == 18
        && full.is_ascii()
        && full[..17].bytes().all(|b| b.is_ascii_digit())
        && full.ends_with(|c: char| c.is_ascii_digit() || c == 'X');
    if !form {
        let found = number.chars().count();
        return Err(IdError::Form(format!(
            "身份证号码应为 18 位（17 位数字加 1 位数字或 X），现在是 {found} 位"
        )));
    }
    birth(&full[6..14], today)?;
    let expected = resident_id_check_digit(&full[..17]).unwrap_or('0');
    if !full.ends_with(expected) {
        return Err(IdError::CheckDigit {
            kind: "身份证号码",
            position: 18,
            expected,
        });
    }
    let document = IdDocument {
        kind: IdKind::ResidentId,
        number: full,
    };
    Ok(ParsedId {
        document,
        upgraded_from,
    })
}

fn birth(digits: &str, today: NaiveDate) -> Result<(), IdError> {
    let wrong = || IdError::Birth(digits.to_owned());
    let part = |r: std::ops::Range<usize>| digits.get(r).and_then(|t| t.parse::<u32>().ok());
    let (y, m, d) = (
        part(0..4).ok_or_else(wrong)?,
        part(4..6).ok_or_else(wrong)?,
        part(6..8).ok_or_else(wrong)?,
    );
    let day = i32::try_from(y)
        .ok()
        .and_then(|y| NaiveDate::from_ymd_opt(y, m, d))
        .ok_or_else(wrong)?;
    // nobody holding property is older than 150
    if day > today || today.year() - day.year() > 150 {
        Err(wrong())
    } else {
        Ok(())
    }
}

const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The check character of the first 17 of a unified social credit code (GB 32100—2015).
#[must_use]
pub fn credit_code_check(first17: &str) -> Option<char> {
    const WEIGHTS: [usize; 17] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    if first17.chars().count() != 17 {
        return None;
    }
    let mut sum = 0;
    for (c, w) in first17.chars().zip(WEIGHTS) {
        sum += CREDIT_ALPHABET.find(c)? * w;
    }
    CREDIT_ALPHABET.chars().nth((31 - sum % 31) % 31)
}

fn credit_code(number: &str) -> Result<(), IdError> {
    let form =
        IdError::Form("统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z）".to_owned());
    if number.len() != 18 || !number.is_ascii() {
        return Err(form);
    }
    let expected = credit_code_check(&number[..17]).ok_or(form)?;
    if number.ends_with(expected) {
        Ok(())
    } else {
        Err(IdError::CheckDigit {
            kind: "统一社会信用代码",
            position: 18,
            expected,
        })
    }
}

/// 组织机构代码 (GB 11714): eight characters and a check character.
fn organisation(number: &str) -> Result<(), IdError> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let plain: String = number.chars().filter(|c| *c != '-').collect();
    if plain.len() != 9
        || !plain
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        return Err(IdError::Form(
            "组织机构代码应为 8 位数字或大写字母加 1 位校验码".to_owned(),
        ));
    }
    let value = |c: char| c.to_digit(36).unwrap_or(0);
    let sum: u32 = plain
        .chars()
        .take(8)
        .zip(WEIGHTS)
        .map(|(c, w)| value(c) * w)
        .sum();
    let expected = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10).unwrap_or('0'),
    };
    if plain.ends_with(expected) {
        Ok(())
    } else {
        Err(IdError::CheckDigit {
            kind: "组织机构代码",
            position: 9,
            expected,
        })
    }
}

/// 营业执照注册号: 15 digits, ISO 7064 MOD 11,10.
fn licence(number: &str) -> Result<(), IdError> {
    if number.len() != 15 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdError::Form(
            "营业执照号应为 15 位注册号或 18 位统一社会信用代码".to_owned(),
        ));
    }
    let mut p = 10_u32;
    for b in number.bytes().take(14) {
        let s = (p + u32::from(b - b'0')) % 10;
        p = (if s == 0 { 10 } else { s }) * 2 % 11;
    }
    let expected = char::from_digit((11 - p) % 10, 10).unwrap_or('0');
    if number.ends_with(expected) {
        Ok(())
    } else {
        Err(IdError::CheckDigit {
            kind: "营业执照注册号",
            position: 15,
            expected,
        })
    }
}

#[cfg(test)]
mod tests;
