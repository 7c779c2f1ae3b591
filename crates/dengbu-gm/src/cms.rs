//! Signed messages (RFC 5652) with one signer: the signature of a PDF (CAdES, ETSI EN 319 122) and
//! the time stamp are such messages. With SM2 the digest is SM3 (GB/T 35275).

use crate::asn1::{self, NotDer, Reader};
use crate::certificate::Certificate;
use crate::key::Algorithm;
use crate::oid;
use crate::signer::{SignError, Signer};
use crate::timestamp::TimeStamper;

/// Most certificates that a message may carry.
const CERTIFICATES_MAX: usize = 10;

/// What a message is about.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// Identifier of its type.
    pub kind: &'a [u8],
    /// The content itself, unless it lies elsewhere.
    pub embedded: Option<&'a [u8]>,
    /// Its digest by the signer's algorithm.
    pub digest: [u8; 32],
}

/// Signs a message; `stamper` puts a time stamp over the signature.
///
/// # Errors
/// Signer or stamper failed.
pub fn sign(
    signer: &dyn Signer,
    content: Content<'_>,
    stamper: Option<&dyn TimeStamper>,
) -> Result<Vec<u8>, SignError> {
    let algorithm = signer.algorithm();
    let digest_algorithm = asn1::sequence(&[&asn1::oid(algorithm.digest_oid())]);
    let attributes = signed_attributes(signer.certificate(), algorithm, content);
    let signature = signer.sign(&attributes)?.to_der();
    let stamp = match stamper {
        Some(stamper) => {
            let token = stamper.stamp(algorithm.digest(&signature))?;
            let set = asn1::element(asn1::SET, &[&token]);
            let attribute = asn1::sequence(&[&asn1::oid(oid::TIME_STAMP_TOKEN), &set]);
            asn1::element(asn1::context(1), &[&attribute])
        }
        None => Vec::new(),
    };
    let certificate = signer.certificate();
    let signer_info = asn1::sequence(&[
        &asn1::integer(1),
        &asn1::sequence(&[
            &certificate.issuer_der(),
            &asn1::unsigned(certificate.serial_bytes()),
        ]),
        &digest_algorithm,
        // inside the message the attributes bear a context tag, signed is the SET
        &retagged(&attributes, asn1::context(0)),
        &asn1::sequence(&[&asn1::oid(algorithm.signature_oid())]),
        &asn1::octets(&signature),
        &stamp,
    ]);
    let embedded = match content.embedded {
        Some(bytes) => asn1::element(asn1::context(0), &[&asn1::octets(bytes)]),
        None => Vec::new(),
    };
    let mut certificates = vec![certificate.der()];
    certificates.extend(signer.issuers().iter().map(Certificate::der));
    let version = if content.kind == oid::DATA { 1 } else { 3 };
    let signed_data = asn1::sequence(&[
        &asn1::integer(version),
        &asn1::element(asn1::SET, &[&digest_algorithm]),
        &asn1::sequence(&[&asn1::oid(content.kind), &embedded]),
        &asn1::element(asn1::context(0), &certificates),
        &asn1::element(asn1::SET, &[&signer_info]),
    ]);
    Ok(asn1::sequence(&[
        &asn1::oid(oid::SIGNED_DATA),
        &asn1::element(asn1::context(0), &[&signed_data]),
    ]))
}

fn retagged(element: &[u8], tag: u8) -> Vec<u8> {
    let mut copy = element.to_vec();
    if let Some(first) = copy.first_mut() {
        *first = tag;
    }
    copy
}

fn signed_attributes(
    certificate: &Certificate,
    algorithm: Algorithm,
    content: Content<'_>,
) -> Vec<u8> {
    let attribute = |id: &[u8], value: &[u8]| {
        asn1::sequence(&[&asn1::oid(id), &asn1::element(asn1::SET, &[value])])
    };
    let hash = asn1::octets(&algorithm.digest(certificate.der()));
    // SHA-256 is the default and, in DER, left out
    let named = match algorithm {
        Algorithm::Sm2 => asn1::sequence(&[&asn1::oid(oid::SM3)]),
        Algorithm::P256 => Vec::new(),
    };
    let reference = asn1::sequence(&[&asn1::sequence(&[&asn1::sequence(&[&named, &hash])])]);
    asn1::set_of(vec![
        attribute(oid::CONTENT_TYPE, &asn1::oid(content.kind)),
        attribute(oid::MESSAGE_DIGEST, &asn1::octets(&content.digest)),
        attribute(oid::SIGNING_CERTIFICATE_V2, &reference),
    ])
}

/// A message that is none, or whose signature is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// Not such a message.
    #[error("签名数据无法识别")]
    Malformed,
    /// An algorithm we do not know.
    #[error("签名算法不受支持（只支持 SM2/SM3 和 P-256/SHA-256）")]
    Algorithm,
    /// The signer's certificate is not in it.
    #[error("签名数据中没有签名人的证书")]
    NoCertificate,
    /// The content is another.
    #[error("内容与签名不符，已被改动")]
    Digest,
    /// The signature is wrong.
    #[error("签名值无效")]
    Signature,
}

impl From<NotDer> for CmsError {
    fn from(_: NotDer) -> CmsError {
        CmsError::Malformed
    }
}

/// A message as read. Nothing in it is to be believed before [`Opened::check`].
#[derive(Debug, Clone)]
pub struct Opened<'a> {
    /// Identifier of the content's type.
    pub kind: &'a [u8],
    /// The content, if it is inside.
    pub content: Option<&'a [u8]>,
    /// The certificates that came along.
    pub certificates: Vec<Certificate>,
    /// The signer's.
    pub signer: Certificate,
    /// The signer's algorithm.
    pub algorithm: Algorithm,
    /// The signature in DER.
    pub signature: &'a [u8],
    /// Time stamp over the signature.
    pub stamp: Option<&'a [u8]>,
    /// Signed attributes as a SET, as they were signed.
    attributes: Vec<u8>,
}

/// Reads a message. Zeros after it are allowed: a PDF leaves room.
///
/// # Errors
/// Not a message with one signer whose certificate is inside.
pub fn open(der: &[u8]) -> Result<Opened<'_>, CmsError> {
    let mut outer = Reader::new(der).inside(asn1::SEQUENCE)?;
    let kind = outer.expect(asn1::OID)?.value;
    if kind != oid::SIGNED_DATA && kind != oid::SM2_SIGNED_DATA {
        return Err(CmsError::Malformed);
    }
    let mut data = outer.inside(asn1::context(0))?.inside(asn1::SEQUENCE)?;
    data.number()?;
    data.expect(asn1::SET)?;
    let mut content = data.inside(asn1::SEQUENCE)?;
    let kind = content.expect(asn1::OID)?.value;
    let embedded = match content.optional(asn1::context(0))? {
        Some(element) => Some(Reader::new(element.value).expect(asn1::OCTET_STRING)?.value),
        None => None,
    };
    let mut certificates = Vec::new();
    if let Some(list) = data.optional(asn1::context(0))? {
        let mut list = Reader::new(list.value);
        while !list.is_empty() {
            let whole = list.any()?.whole;
            if certificates.len() >= CERTIFICATES_MAX {
                return Err(CmsError::Malformed);
            }
            certificates.extend(Certificate::from_der(whole).ok());
        }
    }
    data.optional(asn1::context(1))?;
    let mut infos = data.inside(asn1::SET)?;
    let info = infos.inside(asn1::SEQUENCE)?;
    infos.end()?;
    signer_info(info, kind, embedded, certificates)
}

fn signer_info<'a>(
    mut info: Reader<'a>,
    kind: &'a [u8],
    content: Option<&'a [u8]>,
    certificates: Vec<Certificate>,
) -> Result<Opened<'a>, CmsError> {
    info.number()?;
    let mut who = info.inside(asn1::SEQUENCE)?;
    let issuer = who.expect(asn1::SEQUENCE)?.whole;
    let serial = who.expect(asn1::INTEGER)?.value;
    let digest = info.inside(asn1::SEQUENCE)?.expect(asn1::OID)?.value;
    let attributes = info.expect(asn1::context(0))?.whole;
    let method = info.inside(asn1::SEQUENCE)?.expect(asn1::OID)?.value;
    let signature = info.expect(asn1::OCTET_STRING)?.value;
    let stamp = match info.optional(asn1::context(1))? {
        Some(list) => stamp_among(list.value)?,
        None => None,
    };
    let signer = certificates
        .iter()
        .find(|c| c.issuer_der() == issuer && c.serial_bytes() == serial)
        .cloned()
        .ok_or(CmsError::NoCertificate)?;
    let algorithm = signer.key().algorithm();
    // some write the curve instead of the method; the digest must fit in any case
    let fits = method == algorithm.signature_oid() || method == oid::EC_PUBLIC_KEY;
    if digest != algorithm.digest_oid() || !fits {
        return Err(CmsError::Algorithm);
    }
    Ok(Opened {
        kind,
        content,
        certificates,
        signer,
        algorithm,
        signature,
        stamp,
        attributes: retagged(attributes, asn1::SET),
    })
}

fn stamp_among(list: &[u8]) -> Result<Option<&[u8]>, NotDer> {
    let mut list = Reader::new(list);
    while !list.is_empty() {
        let mut attribute = list.inside(asn1::SEQUENCE)?;
        if attribute.expect(asn1::OID)?.value == oid::TIME_STAMP_TOKEN {
            return Ok(Some(attribute.inside(asn1::SET)?.any()?.whole));
        }
    }
    Ok(None)
}

impl Opened<'_> {
    /// Is this the signer's signature over a content with this digest? Says nothing of trust.
    ///
    /// # Errors
    /// The content or the signature is another.
    pub fn check(&self, digest: &[u8; 32]) -> Result<(), CmsError> {
        let (mut kind, mut found, mut named) = (None, None, None);
        let mut list = Reader::new(&self.attributes).inside(asn1::SET)?;
        while !list.is_empty() {
            let mut attribute = list.inside(asn1::SEQUENCE)?;
            let id = attribute.expect(asn1::OID)?.value;
            let value = attribute.inside(asn1::SET)?.any()?;
            let place = match id {
                oid::CONTENT_TYPE => &mut kind,
                oid::MESSAGE_DIGEST => &mut found,
                oid::SIGNING_CERTIFICATE_V2 => &mut named,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(CmsError::Malformed);
            }
        }
        if kind.map(|element| element.value) != Some(self.kind) {
            return Err(CmsError::Malformed);
        }
        if found.map(|element| element.value) != Some(&digest[..]) {
            return Err(CmsError::Digest);
        }
        let own = self.algorithm.digest(self.signer.der());
        if named.is_some_and(|reference| !holds(reference.value, &own)) {
            return Err(CmsError::Signature);
        }
        if self
            .signer
            .key()
            .verify_der(&self.attributes, self.signature)
        {
            Ok(())
        } else {
            Err(CmsError::Signature)
        }
    }
}

/// Is the first certificate that the attribute names the one with this digest?
fn holds(reference: &[u8], digest: &[u8; 32]) -> bool {
    let read = || -> Result<bool, NotDer> {
        let mut first = Reader::new(reference)
            .inside(asn1::SEQUENCE)?
            .inside(asn1::SEQUENCE)?;
        first.optional(asn1::SEQUENCE)?;
        Ok(first.expect(asn1::OCTET_STRING)?.value == digest)
    };
    read().unwrap_or(false)
}
