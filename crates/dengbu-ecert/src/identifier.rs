//! 电子证照标识 (GB/T 36904-2018): `1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>`.
//!
//! What we make has a right check character. Foreign identifiers exist whose last character does
//! not fit; they are read, and [`Identifier::parse`] says that it does not fit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::check37::check_character;

/// Root of all identifiers of electronic certificates (GB/T 36904-2018).
pub const ROOT: &str = "1.2.156.3005.2";
/// Longest serial taken (public ones have up to 32 characters).
const SERIAL_MAX: usize = 40;

/// Why a text is no identifier, or parts make none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// It does not begin with the root, or has not five parts behind it.
    #[error(
        "“{0}”不是电子证照标识：应以 1.2.156.3005.2 开头，后接类型代码、颁发机构代码、流水号、版本号、校验位五段，用点隔开"
    )]
    Shape(String),
    /// The type code has not 21 digits and capital letters.
    #[error("证照类型代码“{0}”应为 21 位数字或大写字母（定义机构的统一社会信用代码加 3 位）")]
    TypeCode(String),
    /// The issuer has not 6 to 18 digits and capital letters.
    #[error("颁发机构代码“{0}”应为 6 至 18 位数字或大写字母")]
    Issuer(String),
    /// The serial has none or too many characters, or others than digits and capital letters.
    #[error("流水号“{0}”应为 1 至 40 位数字或大写字母")]
    Serial(String),
    /// The version is not 001 to 999.
    #[error("版本号“{0}”应为 001 至 999")]
    Version(String),
    /// The check character does not fit.
    #[error("电子证照标识的校验位应为“{expected}”，写的是“{found}”，请核对是否抄错")]
    Check {
        /// What it should be.
        expected: char,
        /// What stands there.
        found: char,
    },
}

/// An identifier (证照标识, ZZBS).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    type_code: String,
    issuer: String,
    serial: String,
    version: u16,
    check: char,
}

fn plain(text: &str, shortest: usize, longest: usize) -> bool {
    (shortest..=longest).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

impl Identifier {
    /// An identifier from its parts; the check character is computed.
    ///
    /// # Errors
    /// [`IdentifierError`] names the part that is wrong.
    pub fn new(
        type_code: &str,
        issuer: &str,
        serial: &str,
        version: u16,
    ) -> Result<Self, IdentifierError> {
        if !plain(type_code, 21, 21) {
            return Err(IdentifierError::TypeCode(type_code.to_owned()));
        }
        if !plain(issuer, 6, 18) {
            return Err(IdentifierError::Issuer(issuer.to_owned()));
        }
        if !plain(serial, 1, SERIAL_MAX) {
            return Err(IdentifierError::Serial(serial.to_owned()));
        }
        if !(1..=999).contains(&version) {
            return Err(IdentifierError::Version(version.to_string()));
        }
        let body = format!("{type_code}{issuer}{serial}{version:03}");
        let check = check_character(&body).ok_or(IdentifierError::Shape(body))?;
        Ok(Self {
            type_code: type_code.to_owned(),
            issuer: issuer.to_owned(),
            serial: serial.to_owned(),
            version,
            check,
        })
    }

    /// Reads an identifier and its check character.
    ///
    /// # Errors
    /// [`IdentifierError`] names what is wrong; [`IdentifierError::Check`] when only the check
    /// character does not fit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let (made, found) = Self::read(text)?;
        if made.check == found {
            Ok(made)
        } else {
            Err(IdentifierError::Check {
                expected: made.check,
                found,
            })
        }
    }

    /// Reads an identifier made by others: a check character that does not fit is told, and kept.
    ///
    /// # Errors
    /// [`IdentifierError`] when it has not the shape of an identifier.
    pub fn parse_foreign(text: &str) -> Result<(Self, Option<IdentifierError>), IdentifierError> {
        let (mut made, found) = Self::read(text)?;
        let expected = made.check;
        made.check = found;
        let warning = (expected != found).then_some(IdentifierError::Check { expected, found });
        Ok((made, warning))
    }

    fn read(text: &str) -> Result<(Self, char), IdentifierError> {
        let shape = || IdentifierError::Shape(text.chars().take(120).collect());
        let rest = text
            .trim()
            .strip_prefix(ROOT)
            .and_then(|r| r.strip_prefix('.'))
            .ok_or_else(shape)?;
        let parts: Vec<&str> = rest.split('.').collect();
        let [type_code, issuer, serial, version, check] = parts[..] else {
            return Err(shape());
        };
        if version.len() != 3 || !version.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdentifierError::Version(version.to_owned()));
        }
        let number = version
            .parse()
            .map_err(|_| IdentifierError::Version(version.to_owned()))?;
        if !plain(check, 1, 1) {
            return Err(shape());
        }
        let found = check.chars().next().ok_or_else(shape)?;
        Ok((Self::new(type_code, issuer, serial, number)?, found))
    }

    /// 证照类型代码: 21 characters.
    #[must_use]
    pub fn type_code(&self) -> &str {
        &self.type_code
    }

    /// 颁发机构代码.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// 流水号.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// 版本号, from 1.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// The identifier of the next version of the same certificate (换发).
    ///
    /// # Errors
    /// [`IdentifierError::Version`] after version 999.
    pub fn next_version(&self) -> Result<Self, IdentifierError> {
        Self::new(
            &self.type_code,
            &self.issuer,
            &self.serial,
            self.version.saturating_add(1),
        )
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{ROOT}.{}.{}.{}.{:03}.{}",
            self.type_code, self.issuer, self.serial, self.version, self.check
        )
    }
}

impl Serialize for Identifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_vectors() {
        let made = Identifier::new("11100000MB03271699022", "510400", "000000001", 1).unwrap();
        assert_eq!(
            made.to_string(),
            "1.2.156.3005.2.11100000MB03271699022.510400.000000001.001.Y"
        );
        let real = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9";
        assert_eq!(Identifier::parse(real).unwrap().to_string(), real);
        // an example of an interface's documentation whose check character does not fit
        let odd = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M";
        assert_eq!(
            Identifier::parse(odd),
            Err(IdentifierError::Check {
                expected: 'D',
                found: 'M'
            })
        );
        let (kept, warning) = Identifier::parse_foreign(odd).unwrap();
        assert_eq!(kept.to_string(), odd);
        assert!(warning.is_some());
    }

    #[test]
    fn wrong_parts_are_named() {
        let t = "11100000MB03271699001";
        assert!(matches!(
            Identifier::new("1110", "510400", "1", 1),
            Err(IdentifierError::TypeCode(_))
        ));
        assert!(matches!(
            Identifier::new(t, "5104", "1", 1),
            Err(IdentifierError::Issuer(_))
        ));
        assert!(matches!(
            Identifier::new(t, "510400", "", 1),
            Err(IdentifierError::Serial(_))
        ));
        assert!(matches!(
            Identifier::new(t, "510400", "a1", 1),
            Err(IdentifierError::Serial(_))
        ));
        for version in [0, 1000] {
            assert!(matches!(
                Identifier::new(t, "510400", "1", version),
                Err(IdentifierError::Version(_))
            ));
        }
        for bad in [
            "",
            "1.2.156.3005.2",
            "1.2.156.3005.2.a.b",
            "1.2.156.3005.3.x.y.z.001.A",
        ] {
            assert!(Identifier::parse(bad).is_err(), "{bad}");
        }
        let last = Identifier::new(t, "510400", "1", 999).unwrap();
        assert!(last.next_version().is_err());
    }

    proptest! {
        #[test]
        fn reading_what_was_written(issuer in "[0-9A-Z]{6,18}", serial in "[0-9A-Z]{1,32}", version in 1_u16..1000) {
            let made = Identifier::new("11100000MB03271699001", &issuer, &serial, version).unwrap();
            prop_assert_eq!(Identifier::parse(&made.to_string()).unwrap(), made);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,120}") {
            let _ = Identifier::parse(&text);
            let _ = Identifier::parse_foreign(&format!("{ROOT}.{text}"));
        }
    }
}
