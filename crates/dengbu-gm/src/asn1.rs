//! DER, written and read: the few types that certificates, seals and signed messages are made of.
//!
//! The reader is strict (definite, shortest lengths) and borrows; it never looks beyond what it
//! was given.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

/// Tag of BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// Tag of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Tag of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// Tag of ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// Tag of UTF8String.
pub const UTF8: u8 = 0x0c;
/// Tag of PrintableString.
pub const PRINTABLE: u8 = 0x13;
/// Tag of IA5String.
pub const IA5: u8 = 0x16;
/// Tag of UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// Tag of GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// Tag of SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of SET.
pub const SET: u8 = 0x31;

/// Tag of a constructed element with a context tag.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// An element of `parts` one after another.
#[must_use]
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (bytes.len() - zeros) as u8);
        out.extend(&bytes[zeros..]);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// SEQUENCE.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

/// SET OF, its members put into the order that DER wants.
#[must_use]
pub fn set_of(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort_unstable();
    let parts: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    element(SET, &parts)
}

/// OBJECT IDENTIFIER.
#[must_use]
pub fn oid(contents: &[u8]) -> Vec<u8> {
    element(OID, &[contents])
}

/// A positive INTEGER of big-endian bytes.
#[must_use]
pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let trimmed = &bytes[zeros.min(bytes.len().saturating_sub(1))..];
    match trimmed.first() {
        None => element(INTEGER, &[&[0]]),
        Some(first) if *first >= 0x80 => element(INTEGER, &[&[0], trimmed]),
        Some(_) => element(INTEGER, &[trimmed]),
    }
}

/// A small INTEGER.
#[must_use]
pub fn integer(number: u32) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// OCTET STRING.
#[must_use]
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, &[bytes])
}

/// BIT STRING of whole bytes.
#[must_use]
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    element(UTF8, &[text.as_bytes()])
}

/// GeneralizedTime to the second.
#[must_use]
pub fn generalized_time(time: DateTime<Utc>) -> Vec<u8> {
    let text = time.format("%Y%m%d%H%M%SZ").to_string();
    element(GENERALIZED_TIME, &[text.as_bytes()])
}

/// The time of a certificate: UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).
#[must_use]
pub fn certificate_time(time: DateTime<Utc>) -> Vec<u8> {
    if time.year() < 2050 {
        let text = time.format("%y%m%d%H%M%SZ").to_string();
        element(UTC_TIME, &[text.as_bytes()])
    } else {
        generalized_time(time)
    }
}

/// An element as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Tag.
    pub tag: u8,
    /// Contents.
    pub value: &'a [u8],
    /// Tag, length and contents.
    pub whole: &'a [u8],
}

/// What is not DER, or not the type that should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("数据结构损坏（DER 编码错误）")]
pub struct NotDer;

/// Reads elements one after another.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// Nothing left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Tag of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element.
    ///
    /// # Errors
    /// Not DER.
    pub fn any(&mut self) -> Result<Element<'a>, NotDer> {
        let bytes = self.rest;
        let (&tag, &first) = (bytes.first().ok_or(NotDer)?, bytes.get(1).ok_or(NotDer)?);
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count).ok_or(NotDer)?;
            if !(1..=4).contains(&count) || digits.first() == Some(&0) {
                return Err(NotDer);
            }
            let length = digits.iter().fold(0, |sum, d| sum << 8 | usize::from(*d));
            if length < 0x80 {
                return Err(NotDer);
            }
            (2 + count, length)
        };
        let whole = bytes.get(..header + length).ok_or(NotDer)?;
        self.rest = &bytes[header + length..];
        Ok(Element {
            tag,
            value: &whole[header..],
            whole,
        })
    }

    /// The next element, which must have this tag.
    ///
    /// # Errors
    /// Not DER, or another tag.
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, NotDer> {
        let element = self.any()?;
        (element.tag == tag).then_some(element).ok_or(NotDer)
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// Not DER.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, NotDer> {
        if self.peek() == Some(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Inside the next element of this tag.
    ///
    /// # Errors
    /// Not DER, or another tag.
    pub fn inside(&mut self, tag: u8) -> Result<Reader<'a>, NotDer> {
        Ok(Reader::new(self.expect(tag)?.value))
    }

    /// A small INTEGER that is not negative.
    ///
    /// # Errors
    /// Something else, or larger than 32 bits.
    pub fn number(&mut self) -> Result<u32, NotDer> {
        let value = self.expect(INTEGER)?.value;
        if value.is_empty() || value.len() > 5 || value[0] >= 0x80 {
            return Err(NotDer);
        }
        let wide = value.iter().fold(0u64, |sum, d| sum << 8 | u64::from(*d));
        u32::try_from(wide).map_err(|_| NotDer)
    }

    /// BIT STRING of whole bytes.
    ///
    /// # Errors
    /// Something else, or bits left over.
    pub fn bit_string(&mut self) -> Result<&'a [u8], NotDer> {
        match self.expect(BIT_STRING)?.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(NotDer),
        }
    }

    /// A text of this tag.
    ///
    /// # Errors
    /// Something else, or not UTF-8.
    pub fn text(&mut self, tag: u8) -> Result<&'a str, NotDer> {
        std::str::from_utf8(self.expect(tag)?.value).map_err(|_| NotDer)
    }

    /// UTCTime or GeneralizedTime.
    ///
    /// # Errors
    /// Something else.
    pub fn time(&mut self) -> Result<DateTime<Utc>, NotDer> {
        let element = self.any()?;
        let text = std::str::from_utf8(element.value).map_err(|_| NotDer)?;
        match element.tag {
            GENERALIZED_TIME => parse_time(text),
            UTC_TIME => {
                let year: u32 = text.get(..2).and_then(|y| y.parse().ok()).ok_or(NotDer)?;
                let century = if year < 50 { "20" } else { "19" };
                parse_time(&format!("{century}{text}"))
            }
            _ => Err(NotDer),
        }
    }

    /// Refuses what is left over.
    ///
    /// # Errors
    /// Something is left over.
    pub const fn end(self) -> Result<(), NotDer> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(NotDer)
        }
    }
}

/// `20261129223000Z`, with or without a fraction of a second.
fn parse_time(text: &str) -> Result<DateTime<Utc>, NotDer> {
    let digits = text.strip_suffix('Z').ok_or(NotDer)?;
    let whole = digits.split('.').next().unwrap_or(digits);
    if whole.len() != 14 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotDer);
    }
    let part = |from: usize, to: usize| whole.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let read = || {
        let year = i32::try_from(part(0, 4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?;
        Some(
            date.and_hms_opt(part(8, 10)?, part(10, 12)?, part(12, 14)?)?
                .and_utc(),
        )
    };
    read().ok_or(NotDer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_and_numbers_are_written_shortest() {
        assert_eq!(octets(&[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(octets(&[0; 200])[..3], [4, 0x81, 200]);
        assert_eq!(octets(&[0; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
    }

    #[test]
    fn times_come_back() {
        for text in [
            "2026-11-29T22:30:00Z",
            "2049-12-31T23:59:59Z",
            "2051-01-01T00:00:00Z",
        ] {
            let time: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(Reader::new(&certificate_time(time)).time(), Ok(time));
            assert_eq!(Reader::new(&generalized_time(time)).time(), Ok(time));
        }
    }

    proptest! {
        #[test]
        fn the_reader_returns_what_was_written_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let written = octets(&bytes);
            let mut reader = Reader::new(&written);
            let element = reader.expect(OCTET_STRING).unwrap();
            prop_assert_eq!(element.value, &bytes[..]);
            prop_assert!(reader.end().is_ok());
            let mut foreign = Reader::new(&bytes);
            while foreign.any().is_ok() {}
            let _ = Reader::new(&bytes).time();
            let _ = Reader::new(&bytes).number();
        }
    }
}
