//! Certificates as issued by a city's own test authority.

use chrono::{DateTime, Utc};

use crate::asn1;
use crate::certificate::{Certificate, CertificateError};
use crate::hash;
use crate::key::{PrivateKey, PublicKey};
use crate::oid;

/// What a new certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An authority that issues certificates and revocation lists.
    Authority,
    /// Signing documents, seals and codes.
    Signing,
    /// Signing time stamps.
    TimeStamping,
}

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Organisation, for instance 攀枝花市自然资源和规划局.
    pub organization: String,
    /// Common name.
    pub common_name: String,
    /// City.
    pub locality: String,
}

impl Subject {
    fn to_der(&self) -> Vec<u8> {
        let part = |attribute: &[u8], value: Vec<u8>| {
            let pair = asn1::sequence(&[&asn1::oid(attribute), &value]);
            asn1::element(asn1::SET, &[&pair])
        };
        asn1::sequence(&[
            &part(oid::COUNTRY, asn1::element(asn1::PRINTABLE, &[b"CN"])),
            &part(oid::LOCALITY, asn1::utf8(&self.locality)),
            &part(oid::ORGANIZATION, asn1::utf8(&self.organization)),
            &part(oid::COMMON_NAME, asn1::utf8(&self.common_name)),
        ])
    }
}

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub from: DateTime<Utc>,
    /// Last moment.
    pub until: DateTime<Utc>,
}

/// A certificate over an issuer's own key.
///
/// # Errors
/// See [`CertificateError`]; none for keys of ours.
pub fn self_signed(
    key: &PrivateKey,
    subject: &Subject,
    validity: Validity,
) -> Result<Certificate, CertificateError> {
    let name = subject.to_der();
    let issuer = Issuer {
        key,
        name: &name,
        point: key.public().to_point(),
    };
    certificate(&issuer, &key.public(), &name, validity, Purpose::Authority)
}

/// A certificate over `public` by the authority that holds `key` and `authority`.
///
/// # Errors
/// See [`CertificateError`]; none for keys of ours.
pub fn issue(
    key: &PrivateKey,
    authority: &Certificate,
    public: &PublicKey,
    subject: &Subject,
    validity: Validity,
    purpose: Purpose,
) -> Result<Certificate, CertificateError> {
    let name = authority.subject_der();
    let issuer = Issuer {
        key,
        name: &name,
        point: authority.key().to_point(),
    };
    certificate(&issuer, public, &subject.to_der(), validity, purpose)
}

struct Issuer<'a> {
    key: &'a PrivateKey,
    name: &'a [u8],
    point: Vec<u8>,
}

fn certificate(
    issuer: &Issuer<'_>,
    public: &PublicKey,
    subject: &[u8],
    validity: Validity,
    purpose: Purpose,
) -> Result<Certificate, CertificateError> {
    let algorithm = asn1::sequence(&[&asn1::oid(issuer.key.algorithm().signature_oid())]);
    let extensions = extensions(&issuer.point, public, purpose);
    // 16 random bytes, the first bit cleared and the second set: positive and always as long
    let mut serial: [u8; 16] = rand::random();
    serial[0] = serial[0] & 0x7f | 0x40;
    let tbs = asn1::sequence(&[
        &asn1::element(asn1::context(0), &[&asn1::integer(2)]),
        &asn1::unsigned(&serial),
        &algorithm,
        issuer.name,
        &asn1::sequence(&[
            &asn1::certificate_time(validity.from),
            &asn1::certificate_time(validity.until),
        ]),
        subject,
        &public.to_spki(),
        &asn1::element(asn1::context(3), &[&extensions]),
    ]);
    let signature = issuer
        .key
        .sign(&tbs)
        .map_err(|_| CertificateError::Algorithm)?;
    let der = asn1::sequence(&[&tbs, &algorithm, &asn1::bits(&signature.to_der())]);
    Certificate::from_der(&der)
}

/// Identifier of a key: 20 bytes of its digest (RFC 5280 §4.2.1.2 lets the issuer choose how).
fn key_id(point: &[u8]) -> Vec<u8> {
    hash::sm3(point)[..20].to_vec()
}

fn extensions(issuer_point: &[u8], public: &PublicKey, purpose: Purpose) -> Vec<u8> {
    let extension = |id: &[u8], critical: bool, value: &[u8]| {
        let critical = if critical {
            asn1::element(asn1::BOOLEAN, &[&[0xff]])
        } else {
            Vec::new()
        };
        asn1::sequence(&[&asn1::oid(id), &critical, &asn1::octets(value)])
    };
    let own = asn1::octets(&key_id(&public.to_point()));
    let above = asn1::sequence(&[&asn1::element(0x80, &[&key_id(issuer_point)])]);
    let basic = match purpose {
        Purpose::Authority => asn1::sequence(&[&asn1::element(asn1::BOOLEAN, &[&[0xff]])]),
        _ => asn1::sequence(&[]),
    };
    // digitalSignature + nonRepudiation, or keyCertSign + cRLSign
    let usage: &[u8] = match purpose {
        Purpose::Authority => &[0x03, 0x02, 0x01, 0x06],
        _ => &[0x03, 0x02, 0x06, 0xc0],
    };
    let mut all = vec![
        extension(oid::SUBJECT_KEY_ID, false, &own),
        extension(oid::AUTHORITY_KEY_ID, false, &above),
        extension(oid::BASIC_CONSTRAINTS, true, &basic),
        extension(oid::KEY_USAGE, true, usage),
    ];
    if purpose == Purpose::TimeStamping {
        let purposes = asn1::sequence(&[&asn1::oid(oid::TIME_STAMPING)]);
        all.push(extension(oid::EXTENDED_KEY_USAGE, true, &purposes));
    }
    let parts: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    asn1::sequence(&parts)
}
