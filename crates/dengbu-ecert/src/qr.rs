//! One code per certificate (一证一码): a signed payload that can be checked with no network.
//!
//! 118 bytes, big-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | format, 1 |
//! | 1 | 1 | key of the authority |
//! | 2 | 1 | kind ([`crate::kind::CatalogueRecord::qr`]) |
//! | 3 | 4 | place in the status list |
//! | 7 | 2 | day of issue, days since 1970-01-01 |
//! | 9 | 2 | day as of which it was known to be valid |
//! | 11 | 3 | authority, six digits as a number |
//! | 14 | 1 | year of the certificate number since 2000; 0: number not packed |
//! | 15 | 4 | serial of the certificate number |
//! | 19 | 1 | version |
//! | 20 | 12 | first bytes of the content's digest ([`crate::canonical::face_hash`]) |
//! | 32 | 8 | first bytes of the holders' digest ([`crate::canonical::holder_hash`]) |
//! | 40 | 14 | first unit's code, packed; zero: none |
//! | 54 | 64 | SM2 signature r‖s over bytes 0–53 (GB/T 32918.2-2016, id 1234567812345678) |
//!
//! In base 32 that is 189 characters; behind `HTTPS://HOST/V/` all of it lies in the alphanumeric
//! set of a QR code (GB/T 18284), version 8 at level M for a host of up to 21 characters.

use chrono::NaiveDate;
use dengbu_model::certificate::CertificateNumber;
use dengbu_model::unit_code::UnitCode;

use crate::base32;
use crate::canonical::{face_hash, holder_hash, holder_hash_of};
use crate::content::Content;
use crate::kind::DocumentKind;

/// Length of what is signed.
pub const SIGNED_LENGTH: usize = 54;
/// Length of the payload.
pub const LENGTH: usize = SIGNED_LENGTH + 64;
/// Length of the payload as text.
pub const TEXT_LENGTH: usize = 189;
/// Format written.
const FORMAT: u8 = 1;
/// Year that a packed year counts from.
const YEAR_ZERO: i32 = 2000;
/// What stands between host and payload.
const PATH: &str = "/V/";

/// Why a text is no code of ours, or content makes none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// Not base 32 of the right length.
    #[error("这个二维码不是不动产电子证照的二维码，或者没有读全")]
    Shape,
    /// A format this program does not know.
    #[error("二维码的格式版本是 {0}，本程序只认得版本 1，请更新后再查验")]
    Format(u8),
    /// A field with an impossible value.
    #[error("二维码内容有误：{0}")]
    Field(&'static str),
    /// The key is not among those trusted.
    #[error("签发二维码的密钥（机构 {authority}，第 {key_id} 号）不在本程序信任的密钥之列")]
    UnknownKey {
        /// The authority.
        authority: u32,
        /// The key.
        key_id: u8,
    },
    /// The signature does not fit.
    #[error("二维码的签名不对：内容被改动过，或者不是登记机构签发的")]
    Signature,
    /// Content that cannot be put into a code.
    #[error("不能生成二维码：{0}")]
    Content(&'static str),
}

/// What the code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Key of the authority it is signed with.
    pub key_id: u8,
    /// Kind of the certificate.
    pub kind: DocumentKind,
    /// Place in the status list.
    pub list_index: u32,
    /// Day of issue.
    pub issued_on: NaiveDate,
    /// Day as of which it was known to be valid: of the original the day of issue.
    pub status_as_of: NaiveDate,
    /// Code of the authority, six digits.
    pub authority: u32,
    /// Year and serial of the certificate number; none for papers that have another kind of number.
    pub number: Option<(u16, u32)>,
    /// Version of the certificate.
    pub version: u8,
    /// First bytes of the content's digest.
    pub face: [u8; 12],
    /// First bytes of the holders' digest.
    pub holder: [u8; 8],
    /// Code of the first unit.
    pub unit: Option<UnitCode>,
}

/// What the content does not say of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Key of the authority, 1 to 255.
    pub key_id: u8,
    /// Place in the status list.
    pub list_index: u32,
    /// Day as of which it is known to be valid.
    pub status_as_of: NaiveDate,
}

/// A payload with its signature, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub payload: Payload,
    /// The signature, r‖s.
    pub signature: [u8; 64],
}

impl Payload {
    /// The payload of a content.
    ///
    /// # Errors
    /// [`QrError::Content`] for an authority that is not six digits, a version above 255, or a day
    /// outside 1970 to 2149.
    pub fn of(content: &Content, stamp: Stamp) -> Result<Self, QrError> {
        let head = content.head();
        let authority = head
            .authority
            .parse()
            .ok()
            .filter(|a| head.authority.len() == 6 && *a < 1_000_000_u32)
            .ok_or(QrError::Content("登记机构代码应为六位数字"))?;
        let version = u8::try_from(head.identifier.version())
            .map_err(|_| QrError::Content("版本号超过 255"))?;
        let number = CertificateNumber::parse(&head.number).ok();
        let made = Self {
            key_id: stamp.key_id,
            kind: content.kind(),
            list_index: stamp.list_index,
            issued_on: head.issued_on,
            status_as_of: stamp.status_as_of,
            authority,
            number: number.and_then(|n| packed_number(&n)),
            version,
            face: first(&face_hash(content)),
            holder: first(&holder_hash_of(content)),
            unit: content
                .units()
                .first()
                .and_then(|u| UnitCode::parse(&u.code).ok()),
        };
        day_number(made.issued_on)
            .and(day_number(made.status_as_of))
            .ok_or(QrError::Content("日期不在 1970 年至 2149 年之间"))?;
        Ok(made)
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SIGNED_LENGTH] {
        let mut out = [0; SIGNED_LENGTH];
        out[0] = FORMAT;
        out[1] = self.key_id;
        out[2] = self.kind.record().qr;
        out[3..7].copy_from_slice(&self.list_index.to_be_bytes());
        out[7..9].copy_from_slice(&day_number(self.issued_on).unwrap_or(0).to_be_bytes());
        out[9..11].copy_from_slice(&day_number(self.status_as_of).unwrap_or(0).to_be_bytes());
        out[11..14].copy_from_slice(&self.authority.to_be_bytes()[1..]);
        if let Some((year, serial)) = self.number {
            out[14] = u8::try_from(i32::from(year) - YEAR_ZERO).unwrap_or(0);
            out[15..19].copy_from_slice(&serial.to_be_bytes());
        }
        out[19] = self.version;
        out[20..32].copy_from_slice(&self.face);
        out[32..40].copy_from_slice(&self.holder);
        if let Some(unit) = &self.unit {
            out[40..54].copy_from_slice(&pack_unit(unit.as_str()).to_be_bytes()[2..]);
        }
        out
    }

    /// Puts the signature to it. `sign` makes the 64 bytes r‖s of an SM2 signature with SM3 over
    /// the bytes given.
    ///
    /// # Errors
    /// What `sign` says.
    pub fn sign<E>(self, sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Signed, E> {
        let signature = sign(&self.to_bytes())?;
        Ok(Signed {
            payload: self,
            signature,
        })
    }

    /// Whether the content is the one the code was made of.
    #[must_use]
    pub fn fits(&self, content: &Content) -> bool {
        self.kind == content.kind()
            && self.face == first::<12>(&face_hash(content))
            && self.holder == first::<8>(&holder_hash_of(content))
    }

    /// Whether these are the number and the holders' names of the certificate, as somebody without
    /// network reads them on the paper.
    #[must_use]
    pub fn fits_names(&self, number: &str, names: &str) -> bool {
        self.holder == first::<8>(&holder_hash(number, names))
    }

    fn read(bytes: &[u8; LENGTH]) -> Result<Self, QrError> {
        if bytes[0] != FORMAT {
            return Err(QrError::Format(bytes[0]));
        }
        let kind = DocumentKind::from_qr(bytes[2]).ok_or(QrError::Field("证照类型"))?;
        let authority = u32::from_be_bytes([0, bytes[11], bytes[12], bytes[13]]);
        if authority >= 1_000_000 {
            return Err(QrError::Field("登记机构"));
        }
        let serial = u32::from_be_bytes([bytes[15], bytes[16], bytes[17], bytes[18]]);
        let number = match (bytes[14], serial) {
            (0, 0) => None,
            (0, _) => return Err(QrError::Field("证号")),
            (year, serial) => Some((2000 + u16::from(year), serial)),
        };
        let mut wide = [0; 16];
        wide[2..].copy_from_slice(&bytes[40..54]);
        let unit = match u128::from_be_bytes(wide) {
            0 => None,
            packed => Some(
                unpack_unit(packed)
                    .and_then(|text| UnitCode::parse(&text).ok())
                    .ok_or(QrError::Field("不动产单元号"))?,
            ),
        };
        Ok(Self {
            key_id: bytes[1],
            kind,
            list_index: u32::from_be_bytes([bytes[3], bytes[4], bytes[5], bytes[6]]),
            issued_on: day_of([bytes[7], bytes[8]]),
            status_as_of: day_of([bytes[9], bytes[10]]),
            authority,
            number,
            version: bytes[19],
            face: first(&bytes[20..]),
            holder: first(&bytes[32..]),
            unit,
        })
    }
}

impl Signed {
    /// The 118 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        let mut out = [0; LENGTH];
        out[..SIGNED_LENGTH].copy_from_slice(&self.payload.to_bytes());
        out[SIGNED_LENGTH..].copy_from_slice(&self.signature);
        out
    }

    /// The payload as text: base 32.
    #[must_use]
    pub fn to_text(&self) -> String {
        base32::encode(&self.to_bytes())
    }

    /// The address that the code on the certificate holds. `host`: name of the verification
    /// service, with its port if it has one.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        format!(
            "HTTPS://{}{PATH}{}",
            host.to_ascii_uppercase(),
            self.to_text()
        )
    }

    /// Reads what a scanner gives: the address, or the payload alone. Nothing is trusted yet.
    ///
    /// # Errors
    /// [`QrError`]: no code of ours, or a field that cannot be.
    pub fn parse(text: &str) -> Result<Self, QrError> {
        let text = text.trim();
        if text.len() > 512 {
            return Err(QrError::Shape);
        }
        let text = text.split(['?', '#']).next().unwrap_or("");
        let payload = text.rsplit('/').next().unwrap_or("");
        let bytes = base32::decode(payload).ok_or(QrError::Shape)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| QrError::Shape)?;
        Ok(Self {
            payload: Payload::read(&bytes)?,
            signature: first(&bytes[SIGNED_LENGTH..]),
        })
    }

    /// Reads a code and checks its signature. `check` gets authority, key, the bytes signed and the
    /// signature; it says none when it does not know the key.
    ///
    /// # Errors
    /// [`QrError`].
    pub fn verify(
        text: &str,
        check: impl FnOnce(u32, u8, &[u8], &[u8; 64]) -> Option<bool>,
    ) -> Result<Payload, QrError> {
        let read = Self::parse(text)?;
        let (authority, key_id) = (read.payload.authority, read.payload.key_id);
        match check(authority, key_id, &read.payload.to_bytes(), &read.signature) {
            Some(true) => Ok(read.payload),
            Some(false) => Err(QrError::Signature),
            None => Err(QrError::UnknownKey { authority, key_id }),
        }
    }
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes.get(i).copied().unwrap_or(0))
}

fn day_number(day: NaiveDate) -> Option<u16> {
    u16::try_from((day - NaiveDate::default()).num_days()).ok()
}

fn day_of(bytes: [u8; 2]) -> NaiveDate {
    let days = u64::from(u16::from_be_bytes(bytes));
    NaiveDate::default()
        .checked_add_days(chrono::Days::new(days))
        .unwrap_or_default()
}

fn packed_number(number: &CertificateNumber) -> Option<(u16, u32)> {
    let serial = u32::try_from(number.serial()).ok()?;
    let after = number.year() - YEAR_ZERO;
    (1..=255).contains(&after).then_some(())?;
    Some((u16::try_from(number.year()).ok()?, serial))
}

/// How many values each of the 28 characters can have: twelve digits, two letters, five digits, a
/// letter, eight digits or letters (GB/T 37346-2019).
const RADIX: [(usize, u128); 5] = [(12, 10), (2, 26), (5, 10), (1, 26), (8, 36)];

fn pack_unit(code: &str) -> u128 {
    let mut bytes = code.bytes();
    let mut out = 0_u128;
    for (count, radix) in RADIX {
        for byte in bytes.by_ref().take(count) {
            let value = match byte {
                b'A'..=b'Z' if radix == 26 => byte - b'A',
                b'A'..=b'Z' => byte - b'A' + 10,
                b'a'..=b'z' => byte - b'a' + 10,
                _ => byte.saturating_sub(b'0'),
            };
            out = out * radix + u128::from(value);
        }
    }
    out
}

fn unpack_unit(mut packed: u128) -> Option<String> {
    let mut out = Vec::with_capacity(28);
    for (count, radix) in RADIX.iter().rev() {
        for _ in 0..*count {
            let value = u8::try_from(packed % radix).ok()?;
            packed /= radix;
            out.push(match (radix, value) {
                (26, v) => b'A' + v,
                (_, v @ 0..=9) => b'0' + v,
                (_, v) => b'A' + v - 10,
            });
        }
    }
    out.reverse();
    (packed == 0).then(|| String::from_utf8(out).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::tests::{holding, proof, title};

    const STAMP: Stamp = Stamp {
        key_id: 3,
        list_index: 4_000_000_000,
        status_as_of: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
    };

    fn signed(content: &Content) -> Signed {
        let payload = Payload::of(content, STAMP).unwrap();
        payload.sign(|_| Ok::<_, ()>([7; 64])).unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        for content in [title(), proof(), holding()] {
            let made = signed(&content);
            let url = made.url("ecert.example.gov.cn");
            assert_eq!(made.to_text().len(), TEXT_LENGTH);
            assert!(url.len() <= 221, "version 8 at level M has 221 characters");
            assert_eq!(Signed::parse(&url).unwrap(), made);
            assert_eq!(Signed::parse(&made.to_text().to_lowercase()).unwrap(), made);
            assert!(made.payload.fits(&content));
            assert!(
                !made
                    .payload
                    .fits(&if content == title() { proof() } else { title() })
            );
        }
        let payload = signed(&title()).payload;
        assert_eq!(payload.number, Some((2026, 1)));
        assert_eq!(payload.authority, 510_400);
        assert_eq!(
            payload.unit.as_ref().unwrap().as_str(),
            "510402001003GB00012F00030027"
        );
        assert!(payload.fits_names("川（2026）攀枝花市不动产权第0000001号", "张示例、李示例"));
        assert!(!payload.fits_names("川（2026）攀枝花市不动产权第0000001号", "张示例"));
        let paper = signed(&holding()).payload;
        assert_eq!((paper.number, paper.unit), (None, None));
    }

    #[test]
    fn the_signature_decides() {
        let text = signed(&title()).to_text();
        let ok = Signed::verify(&text, |authority, key, signed, signature| {
            assert_eq!((authority, key, signed.len()), (510_400, 3, 54));
            Some(signature == &[7; 64])
        });
        assert!(ok.is_ok());
        assert_eq!(
            Signed::verify(&text, |_, _, _, _| Some(false)),
            Err(QrError::Signature)
        );
        assert_eq!(
            Signed::verify(&text, |_, _, _, _| None),
            Err(QrError::UnknownKey {
                authority: 510_400,
                key_id: 3
            })
        );
    }

    #[test]
    fn foreign_and_broken_codes_are_told() {
        let good = signed(&title()).to_bytes();
        let text = |change: &dyn Fn(&mut [u8; LENGTH])| {
            let mut bytes = good;
            change(&mut bytes);
            base32::encode(&bytes)
        };
        assert_eq!(Signed::parse(&text(&|b| b[0] = 9)), Err(QrError::Format(9)));
        assert!(matches!(
            Signed::parse(&text(&|b| b[2] = 200)),
            Err(QrError::Field("证照类型"))
        ));
        assert!(matches!(
            Signed::parse(&text(&|b| b[11] = 255)),
            Err(QrError::Field("登记机构"))
        ));
        assert!(matches!(
            Signed::parse(&text(&|b| b[40] = 255)),
            Err(QrError::Field("不动产单元号"))
        ));
        for bad in [
            "",
            "https://example.com/",
            "AAAA",
            "HTTPS://X/V/ABC",
            &"A".repeat(600),
        ] {
            assert_eq!(Signed::parse(bad), Err(QrError::Shape), "{bad}");
        }
    }

    #[test]
    fn content_that_makes_no_code() {
        let Content::Title(mut t) = title() else {
            unreachable!()
        };
        t.head.authority = "51040".to_owned();
        assert!(Payload::of(&Content::Title(t), STAMP).is_err());
    }

    proptest! {
        #[test]
        fn every_changed_byte_changes_what_is_signed_or_the_signature(at in 0_usize..LENGTH, by in 1_u8..=255) {
            let made = signed(&title());
            let mut bytes = made.to_bytes();
            bytes[at] = bytes[at].wrapping_add(by);
            if let Ok(read) = Signed::parse(&base32::encode(&bytes)) {
                prop_assert_eq!(read.to_bytes(), bytes, "nothing is lost on the way");
                prop_assert_ne!(read, made);
            }
        }

        #[test]
        fn any_unit_is_packed(a in "[0-9]{12}", b in "[GJZ][ABCDEFGHLNSXWY]", c in "[0-9]{5}", d in "[FLQ]", e in "[0-9]{8}") {
            let code = format!("{a}{b}{c}{d}{e}");
            let packed = pack_unit(&code);
            prop_assert!(packed >> 112 == 0);
            prop_assert_eq!(unpack_unit(packed).unwrap(), code);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,300}", bytes in prop::collection::vec(any::<u8>(), 118)) {
            let _ = Signed::parse(&text);
            let _ = Signed::parse(&base32::encode(&bytes));
        }
    }
}
