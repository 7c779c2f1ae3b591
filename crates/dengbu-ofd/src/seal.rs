//! Electronic seals and stamps as ASN.1 (GB/T 38540-2020, version 4).
//!
//! ```text
//! SESeal        ::= SEQUENCE { eSealInfo, cert OCTET STRING, signAlgID OID, signedValue BIT STRING }
//! SES_Signature ::= SEQUENCE { toSign TBS_Sign, cert OCTET STRING, signatureAlgID OID,
//!                              signature BIT STRING, timeStamp [0] EXPLICIT BIT STRING OPTIONAL }
//! ```
//!
//! The seal's signature is over `eSealInfo` alone, the stamp's over `TBS_Sign`. Written is version
//! 4; read are 4 and what some products write as 5 (a seal with a time stamp of its own). Version 1
//! (GM/T 0031-2014) is recognised and refused by name: its rules of signing differ.

use chrono::{DateTime, Utc};
use dengbu_gm::asn1::{self, NotDer, Reader};
use dengbu_gm::{Certificate, SignError, Signer, hash, oid};

/// Longest seal or stamp that is read, in bytes.
const LENGTH_MAX: usize = 4 * 1024 * 1024;
/// Most signers that a seal may name.
const SIGNERS_MAX: usize = 1_000;

/// A seal or stamp that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Not the structure of the standard.
    #[error("签章数据无法识别")]
    Malformed,
    /// Version 1.
    #[error("签章为 GM/T 0031-2014 旧版格式（第 1 版），本系统不予核验")]
    Old,
    /// Another version or algorithm.
    #[error("签章的版本或算法不受支持（只支持 GB/T 38540-2020 与 SM2）")]
    Unsupported,
}

impl From<NotDer> for SealError {
    fn from(_: NotDer) -> SealError {
        SealError::Malformed
    }
}

/// The picture of a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Kind of file: `PNG`, `JPG`, `GIF`, `ofd`.
    pub format: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Width in millimetres.
    pub width: u32,
    /// Height in millimetres.
    pub height: u32,
}

/// What a seal is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct SealSpec {
    /// Number of the seal, unique at its maker's; ASCII.
    pub id: String,
    /// Name, for instance 攀枝花市自然资源和规划局不动产登记专用章.
    pub name: String,
    /// Who may stamp with it.
    pub signers: Vec<Certificate>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// From when it may be used.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_until: DateTime<Utc>,
    /// Its picture.
    pub picture: Picture,
}

/// Who may stamp, as the seal names them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Signers {
    Certificates(Vec<Vec<u8>>),
    Digests(Vec<Vec<u8>>),
}

/// A seal (SESeal).
#[derive(Debug, Clone, PartialEq)]
pub struct Seal {
    der: Vec<u8>,
    /// Version of the structure: 4 or 5.
    pub version: u32,
    /// Number of the seal.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// From when it may be used.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_until: DateTime<Utc>,
    /// Its picture.
    pub picture: Picture,
    /// Certificate of its maker (制章人).
    pub maker: Certificate,
    signers: Signers,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Seal {
    /// Makes a seal.
    ///
    /// # Errors
    /// The maker cannot sign.
    pub fn make(spec: &SealSpec, maker: &dyn Signer) -> Result<Seal, SealMakeError> {
        if spec.id.is_empty() || !spec.id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(SealMakeError::Id(spec.id.clone()));
        }
        let ia5 = |text: &str| asn1::element(asn1::IA5, &[text.as_bytes()]);
        let signers: Vec<Vec<u8>> = spec.signers.iter().map(|c| asn1::octets(c.der())).collect();
        let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
        let info = asn1::sequence(&[
            &asn1::sequence(&[&ia5("ES"), &asn1::integer(4), &ia5("Dengbu")]),
            &ia5(&spec.id),
            &asn1::sequence(&[
                // 1: seal of an organisation
                &asn1::integer(1),
                &asn1::utf8(&spec.name),
                // 1: the signers by their certificates
                &asn1::integer(1),
                &asn1::sequence(&signers),
                &asn1::generalized_time(spec.created),
                &asn1::generalized_time(spec.valid_from),
                &asn1::generalized_time(spec.valid_until),
            ]),
            &asn1::sequence(&[
                &ia5(&spec.picture.format),
                &asn1::octets(&spec.picture.bytes),
                &asn1::integer(spec.picture.width),
                &asn1::integer(spec.picture.height),
            ]),
        ]);
        let signature = maker.sign(&info)?;
        let der = asn1::sequence(&[
            &info,
            &asn1::octets(maker.certificate().der()),
            &asn1::oid(oid::SM2_WITH_SM3),
            &asn1::bits(&signature.to_der()),
        ]);
        Ok(Seal::from_der(&der)?)
    }

    /// Reads a seal.
    ///
    /// # Errors
    /// Not a seal of a version we know.
    pub fn from_der(der: &[u8]) -> Result<Seal, SealError> {
        if der.len() > LENGTH_MAX {
            return Err(SealError::Malformed);
        }
        let mut outer = Reader::new(der);
        let mut seal = outer.inside(asn1::SEQUENCE)?;
        outer.end()?;
        let signed = seal.expect(asn1::SEQUENCE)?;
        // version 1 puts certificate, algorithm and signature into a sequence of their own
        if seal.peek() == Some(asn1::SEQUENCE) {
            return Err(SealError::Old);
        }
        let maker = seal.expect(asn1::OCTET_STRING)?.value;
        let maker = Certificate::from_der(maker).map_err(|_| SealError::Unsupported)?;
        if seal.expect(asn1::OID)?.value != oid::SM2_WITH_SM3 {
            return Err(SealError::Unsupported);
        }
        let signature = seal.bit_string()?.to_vec();
        // version 5: a time stamp over the seal
        seal.optional(asn1::context(0))?;
        seal.end()?;

        let mut info = Reader::new(signed.value);
        let version = header(&mut info)?;
        let id = info.text(asn1::IA5)?.to_owned();
        let mut property = info.inside(asn1::SEQUENCE)?;
        property.number()?;
        let name = property.text(asn1::UTF8)?.to_owned();
        let signers = signers(&mut property)?;
        let (created, valid_from, valid_until) =
            (property.time()?, property.time()?, property.time()?);
        let mut picture = info.inside(asn1::SEQUENCE)?;
        let picture = Picture {
            format: picture.text(asn1::IA5)?.to_owned(),
            bytes: picture.expect(asn1::OCTET_STRING)?.value.to_vec(),
            width: picture.number()?,
            height: picture.number()?,
        };
        Ok(Seal {
            der: der.to_vec(),
            version,
            id,
            name,
            created,
            valid_from,
            valid_until,
            picture,
            maker,
            signers,
            signed: signed.whole.to_vec(),
            signature,
        })
    }

    /// The seal in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Is the maker's signature over the seal right? Says nothing of trust in the maker.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.maker.key().verify_der(&self.signed, &self.signature)
    }

    /// May this certificate stamp with the seal?
    #[must_use]
    pub fn names(&self, signer: &Certificate) -> bool {
        match &self.signers {
            Signers::Certificates(all) => all.iter().any(|der| der == signer.der()),
            Signers::Digests(all) => {
                let digest = hash::sm3(signer.der());
                all.iter().any(|known| known == &digest)
            }
        }
    }
}

/// A seal that is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealMakeError {
    /// Its number is not plain ASCII.
    #[error("印章编号“{0}”不合规（只能用可见的英文字母、数字和符号）")]
    Id(String),
    /// The maker cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was made is no seal: a maker whose key is not SM2.
    #[error(transparent)]
    Seal(#[from] SealError),
}

fn header(info: &mut Reader<'_>) -> Result<u32, SealError> {
    let mut header = info.inside(asn1::SEQUENCE)?;
    if header.text(asn1::IA5)? != "ES" {
        return Err(SealError::Malformed);
    }
    match header.number()? {
        version @ (4 | 5) => Ok(version),
        _ => Err(SealError::Unsupported),
    }
}

fn signers(property: &mut Reader<'_>) -> Result<Signers, SealError> {
    let kind = property.number()?;
    let mut list = property.inside(asn1::SEQUENCE)?;
    let mut found = Vec::new();
    while !list.is_empty() {
        if found.len() >= SIGNERS_MAX {
            return Err(SealError::Malformed);
        }
        let value = if kind == 1 {
            list.expect(asn1::OCTET_STRING)?.value
        } else {
            let mut digest = list.inside(asn1::SEQUENCE)?;
            digest.any()?;
            digest.expect(asn1::OCTET_STRING)?.value
        };
        found.push(value.to_vec());
    }
    match kind {
        1 => Ok(Signers::Certificates(found)),
        2 => Ok(Signers::Digests(found)),
        _ => Err(SealError::Malformed),
    }
}

/// What a stamp says (TBS_Sign), in DER.
#[must_use]
pub(crate) fn to_sign(
    seal: &Seal,
    time: DateTime<Utc>,
    data_hash: &[u8; 32],
    property: &str,
) -> Vec<u8> {
    asn1::sequence(&[
        &asn1::integer(4),
        seal.der(),
        &asn1::generalized_time(time),
        &asn1::bits(data_hash),
        &asn1::element(asn1::IA5, &[property.as_bytes()]),
    ])
}

/// A whole stamp (SES_Signature) in DER.
#[must_use]
pub(crate) fn stamp(
    to_sign: &[u8],
    signer: &Certificate,
    signature: &[u8],
    time_stamp: Option<&[u8]>,
) -> Vec<u8> {
    let time_stamp = time_stamp.map_or(Vec::new(), |token| {
        asn1::element(asn1::context(0), &[&asn1::bits(token)])
    });
    asn1::sequence(&[
        to_sign,
        &asn1::octets(signer.der()),
        &asn1::oid(oid::SM2_WITH_SM3),
        &asn1::bits(signature),
        &time_stamp,
    ])
}

/// A stamp (SES_Signature) as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// The seal.
    pub seal: Seal,
    /// When it was stamped, as the signer says.
    pub time: DateTime<Utc>,
    /// Digest of `Signature.xml`.
    pub data_hash: Vec<u8>,
    /// Path of `Signature.xml`.
    pub property: String,
    /// Certificate of the signer (签章人).
    pub signer: Certificate,
    /// The signature in DER.
    pub signature: Vec<u8>,
    /// Time stamp over the signature.
    pub time_stamp: Option<Vec<u8>>,
    signed: Vec<u8>,
}

impl Stamp {
    /// Reads a stamp.
    ///
    /// # Errors
    /// Not a stamp of a version we know.
    pub fn from_der(der: &[u8]) -> Result<Stamp, SealError> {
        if der.len() > LENGTH_MAX {
            return Err(SealError::Malformed);
        }
        let mut whole = Reader::new(der);
        let mut outer = whole.inside(asn1::SEQUENCE)?;
        whole.end()?;
        let signed = outer.expect(asn1::SEQUENCE)?;
        if outer.peek() == Some(asn1::BIT_STRING) {
            return Err(SealError::Old);
        }
        let signer = outer.expect(asn1::OCTET_STRING)?.value;
        let signer = Certificate::from_der(signer).map_err(|_| SealError::Unsupported)?;
        if outer.expect(asn1::OID)?.value != oid::SM2_WITH_SM3 {
            return Err(SealError::Unsupported);
        }
        let signature = outer.bit_string()?.to_vec();
        let time_stamp = match outer.optional(asn1::context(0))? {
            Some(element) => {
                let mut inner = Reader::new(element.value);
                let token = inner.bit_string()?.to_vec();
                inner.end()?;
                Some(token)
            }
            None => None,
        };
        outer.end()?;

        let mut said = Reader::new(signed.value);
        if !matches!(said.number()?, 4 | 5) {
            return Err(SealError::Unsupported);
        }
        let seal = Seal::from_der(said.expect(asn1::SEQUENCE)?.whole)?;
        Ok(Stamp {
            seal,
            time: said.time()?,
            data_hash: said.bit_string()?.to_vec(),
            property: said.text(asn1::IA5)?.to_owned(),
            signer,
            signature,
            time_stamp,
            signed: signed.whole.to_vec(),
        })
    }

    /// Is the signer's signature over the stamp right? Says nothing of trust in the signer.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.signer.key().verify_der(&self.signed, &self.signature)
    }
}
