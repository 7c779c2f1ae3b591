//! Certificate and proof numbers (不动产权证号、不动产登记证明号) and the serial
//! numbers printed on blank forms (印制号).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::half_width::{compact, half_width};
use crate::text_newtype::text_newtype;

/// What a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// 不动产权证书.
    Title,
    /// 不动产登记证明.
    Proof,
}

impl CertificateKind {
    /// Code used in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Proof => "proof",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Title, Self::Proof]
            .into_iter()
            .find(|k| k.code() == code)
    }

    /// Name of the paper.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Title => "不动产权证书",
            Self::Proof => "不动产登记证明",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Title => "不动产权",
            Self::Proof => "不动产证明",
        }
    }
}

/// Why a text is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NumberError(pub String);

/// A certificate or proof number: 川(2021)攀枝花市不动产权第0000001号.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateNumber {
    province: String,
    year: i32,
    place: String,
    title: bool,
    serial: u64,
}

impl CertificateNumber {
    /// A number from its parts.
    #[must_use]
    pub fn new(province: &str, year: i32, place: &str, kind: CertificateKind, serial: u64) -> Self {
        Self {
            province: province.to_owned(),
            year,
            place: place.to_owned(),
            title: kind == CertificateKind::Title,
            serial,
        }
    }

    /// Reads a number with either kind of brackets, blanks and full-width digits.
    ///
    /// # Errors
    /// [`NumberError`] shows the form.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let wrong = || {
            NumberError(format!(
                "“{text}”不是不动产权证号，应如 川(2021)攀枝花市不动产权第0000001号"
            ))
        };
        let t: String = text
            .chars()
            .map(half_width)
            .filter(|c| !c.is_whitespace())
            .collect();
        let (province, rest) = t.split_once('(').ok_or_else(wrong)?;
        let (year, rest) = rest.split_once(')').ok_or_else(wrong)?;
        if !(1..=2).contains(&province.chars().count())
            || year.len() != 4
            || !year.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(wrong());
        }
        let kind = if rest.contains("不动产证明第") {
            CertificateKind::Proof
        } else {
            CertificateKind::Title
        };
        let (place, serial) = rest
            .split_once(&format!("{}第", kind.word()))
            .ok_or_else(wrong)?;
        let serial = serial.strip_suffix('号').ok_or_else(wrong)?;
        let plain = (1..=18).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_digit());
        if place.is_empty() || place.chars().count() > 30 || !plain {
            return Err(wrong());
        }
        Ok(Self::new(
            province,
            year.parse().map_err(|_| wrong())?,
            place,
            kind,
            serial.parse().map_err(|_| wrong())?,
        ))
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> CertificateKind {
        if self.title {
            CertificateKind::Title
        } else {
            CertificateKind::Proof
        }
    }

    /// Abbreviation of the province (省区市简称).
    #[must_use]
    pub fn province(&self) -> &str {
        &self.province
    }

    /// Year of issue.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.year
    }

    /// Issuing city or county.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Serial within issuer, year and kind.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// With the full-width brackets of the statutory form.
    #[must_use]
    pub fn statutory(&self) -> String {
        self.to_string().replace('(', "（").replace(')', "）")
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}({}){}{}第{:07}号",
            self.province,
            self.year,
            self.place,
            self.kind().word(),
            self.serial
        )
    }
}

text_newtype!(
    CertificateNumber,
    text,
    "川(2021)攀枝花市不动产权第0000001号",
    r"^.{1,2}\([0-9]{4}\).+不动产(权|证明)第[0-9]{7,}号$"
);

/// Serial number printed on a blank form (印制号, YSXLH): an optional letter and at
/// least eleven digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FormSerial {
    letter: Option<char>,
    digits: String,
}

impl FormSerial {
    /// Reads a serial.
    ///
    /// # Errors
    /// [`NumberError`] shows the form.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let t = compact(text);
        let letter = t.chars().next().filter(char::is_ascii_uppercase);
        let digits = if letter.is_some() { &t[1..] } else { &t };
        if (11..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self {
                letter,
                digits: digits.to_owned(),
            })
        } else {
            Err(NumberError(format!(
                "“{text}”不是印制号，应为至少 11 位数字，可带 1 位字母，例如 D51000000001"
            )))
        }
    }

    /// The letter before the digits (J or D by edition of the form, unit-code §4.4).
    #[must_use]
    pub fn letter(&self) -> Option<char> {
        self.letter
    }

    /// The digits as a figure.
    #[must_use]
    pub fn number(&self) -> u64 {
        // at most 18 digits: always a u64
        self.digits.parse().unwrap_or(0)
    }

    /// The serial after this one, of the same width; none when the digits run out.
    #[must_use]
    pub fn following(&self) -> Option<Self> {
        self.run(2).nth(1)
    }

    /// This serial and those that follow it, `count` in all; fewer when the digits run out.
    pub fn run(&self, count: u32) -> impl Iterator<Item = Self> + '_ {
        let first = self.number();
        let width = self.digits.len();
        (0..u64::from(count)).map_while(move |i| {
            let digits = format!("{:0width$}", first.checked_add(i)?);
            (digits.len() == width).then_some(Self {
                letter: self.letter,
                digits,
            })
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for FormSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(letter) = self.letter {
            write!(f, "{letter}")?;
        }
        f.write_str(&self.digits)
    }
}

text_newtype!(FormSerial, text, "D51000000001", r"^[A-Z]?[0-9]{11,18}$");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_every_writing() {
        let want = "川(2021)攀枝花市不动产权第0000001号";
        for text in [
            want,
            "川（2021）攀枝花市不动产权第1号",
            " 川 (２０２１) 攀枝花市不动产权第0000001号",
        ] {
            assert_eq!(CertificateNumber::parse(text).unwrap().to_string(), want);
        }
        let proof = CertificateNumber::parse("川（2021）盐边县不动产证明第0000007号").unwrap();
        assert_eq!(proof.kind(), CertificateKind::Proof);
        assert_eq!(proof.place(), "盐边县");
        assert_eq!(proof.statutory(), "川（2021）盐边县不动产证明第0000007号");
        for bad in [
            "",
            "攀房权证西字第000001号",
            "川(21)攀枝花市不动产权第1号",
            "川(2021)不动产权第1号",
            "川(2021)攀枝花市不动产权第号",
            "川(2021)攀枝花市不动产权第1",
        ] {
            assert!(CertificateNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn serials_run_on() {
        let first = FormSerial::parse("d51000000009").unwrap();
        let run: Vec<_> = first.run(3).map(|s| s.to_string()).collect();
        assert_eq!(run, ["D51000000009", "D51000000010", "D51000000011"]);
        assert_eq!(
            FormSerial::parse("99999999999").unwrap().run(5).count(),
            1,
            "no serial grows a digit"
        );
        assert_eq!(first.following().unwrap().to_string(), "D51000000010");
        assert_eq!(
            (first.letter(), first.number()),
            (Some('D'), 51_000_000_009)
        );
        let last = FormSerial::parse("99999999999").unwrap();
        assert_eq!(last.following(), None);
        assert_eq!(
            FormSerial::parse("0000000000９").unwrap().to_string(),
            "00000000009"
        );
        for bad in ["123", "DD51000000001", "D5100000000X", ""] {
            assert!(FormSerial::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reading_what_was_shown_gives_the_same(year in 2015_i32..2100, serial in 1_u64..99_999_999, title: bool) {
            let kind = if title { CertificateKind::Title } else { CertificateKind::Proof };
            let n = CertificateNumber::new("川", year, "米易县", kind, serial);
            prop_assert_eq!(&CertificateNumber::parse(&n.to_string()).unwrap(), &n);
            prop_assert_eq!(&CertificateNumber::parse(&n.statutory()).unwrap(), &n);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = CertificateNumber::parse(&text);
            let _ = FormSerial::parse(&text);
        }
    }
}
