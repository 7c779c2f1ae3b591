//! Revocation lists (X.509 CRL version 2, RFC 5280 §5).

use chrono::{DateTime, Utc};
use x509_cert::der::{Decode as _, Encode as _};

use crate::asn1::{self, Reader};
use crate::certificate::{Certificate, Usage};
use crate::key::{Algorithm, PrivateKey};
use crate::oid;

/// Longest list that is read, in bytes.
const LENGTH_MAX: usize = 4 * 1024 * 1024;

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not said.
    Unspecified,
    /// Someone else has the key: nothing it signed can be trusted without a proof of time.
    KeyCompromise,
    /// The holder is no longer what the certificate says.
    AffiliationChanged,
    /// A newer key took its place.
    Superseded,
    /// The holder does it no more.
    CessationOfOperation,
}

impl Reason {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Reason::Unspecified => 0,
            Reason::KeyCompromise => 1,
            Reason::AffiliationChanged => 3,
            Reason::Superseded => 4,
            Reason::CessationOfOperation => 5,
        }
    }

    fn of(number: u8) -> Reason {
        [
            Reason::KeyCompromise,
            Reason::AffiliationChanged,
            Reason::Superseded,
            Reason::CessationOfOperation,
        ]
        .into_iter()
        .find(|reason| reason.number() == number)
        .unwrap_or(Reason::Unspecified)
    }
}

/// One revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Its serial number.
    pub serial: Vec<u8>,
    /// From when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
}

/// A list that is none, or not its issuer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// Not a list.
    #[error("吊销列表数据无法识别")]
    Malformed,
    /// Not signed by the authority that should have.
    #[error("吊销列表的签名无效或签发者无权签发")]
    Signature,
}

/// A revocation list whose signature was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Crl {
    /// Name of the authority in DER.
    pub(crate) issuer: Vec<u8>,
    /// When it was made.
    pub this_update: DateTime<Utc>,
    /// When the next will be there.
    pub next_update: Option<DateTime<Utc>>,
    /// The revoked certificates.
    pub revoked: Vec<Revoked>,
}

impl Crl {
    /// Makes a list and gives it in DER.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn make(
        key: &PrivateKey,
        authority: &Certificate,
        number: u32,
        (this_update, next_update): (DateTime<Utc>, DateTime<Utc>),
        revoked: &[Revoked],
    ) -> Result<Vec<u8>, CrlError> {
        let algorithm = asn1::sequence(&[&asn1::oid(key.algorithm().signature_oid())]);
        let entries: Vec<Vec<u8>> = revoked.iter().map(entry).collect();
        let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
        let list = if entries.is_empty() {
            Vec::new()
        } else {
            asn1::sequence(&entries)
        };
        let numbered = asn1::sequence(&[
            &asn1::oid(oid::CRL_NUMBER),
            &asn1::octets(&asn1::integer(number)),
        ]);
        let tbs = asn1::sequence(&[
            &asn1::integer(1),
            &algorithm,
            &authority.subject_der(),
            &asn1::certificate_time(this_update),
            &asn1::certificate_time(next_update),
            &list,
            &asn1::element(asn1::context(0), &[&asn1::sequence(&[&numbered])]),
        ]);
        let signature = key.sign(&tbs).map_err(|_| CrlError::Signature)?;
        Ok(asn1::sequence(&[
            &tbs,
            &algorithm,
            &asn1::bits(&signature.to_der()),
        ]))
    }

    /// Reads a list and checks that `authority` signed it and may.
    ///
    /// # Errors
    /// Not a list, or not the authority's.
    pub fn read(der: &[u8], authority: &Certificate) -> Result<Crl, CrlError> {
        if der.len() > LENGTH_MAX {
            return Err(CrlError::Malformed);
        }
        let malformed = |_| CrlError::Malformed;
        let mut outer = Reader::new(der).inside(asn1::SEQUENCE).map_err(malformed)?;
        let signed = outer.expect(asn1::SEQUENCE).map_err(malformed)?.whole;
        let algorithm = outer
            .inside(asn1::SEQUENCE)
            .and_then(|mut algorithm| algorithm.expect(asn1::OID))
            .map_err(malformed)?;
        let signature = outer.bit_string().map_err(malformed)?;
        let list =
            x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(der)
                .map_err(|_| CrlError::Malformed)?
                .tbs_cert_list;
        let issuer = list.issuer.to_der().map_err(|_| CrlError::Malformed)?;
        let genuine = Algorithm::of_signature(algorithm.value) == Some(authority.key().algorithm())
            && issuer == authority.subject_der()
            && authority.allows(Usage::Revoking)
            && authority.key().verify_der(signed, signature);
        if !genuine {
            return Err(CrlError::Signature);
        }
        let revoked = list.revoked_certificates.unwrap_or_default();
        Ok(Crl {
            issuer,
            this_update: time(list.this_update).ok_or(CrlError::Malformed)?,
            next_update: list.next_update.and_then(time),
            revoked: revoked
                .iter()
                .map(|entry| {
                    Some(Revoked {
                        serial: entry.serial_number.as_bytes().to_vec(),
                        since: time(entry.revocation_date)?,
                        reason: reason(entry.crl_entry_extensions.as_ref()),
                    })
                })
                .collect::<Option<_>>()
                .ok_or(CrlError::Malformed)?,
        })
    }
}

fn entry(revoked: &Revoked) -> Vec<u8> {
    let reason = asn1::element(asn1::ENUMERATED, &[&[revoked.reason.number()]]);
    let extension = asn1::sequence(&[&asn1::oid(oid::CRL_REASON), &asn1::octets(&reason)]);
    asn1::sequence(&[
        &asn1::unsigned(&revoked.serial),
        &asn1::certificate_time(revoked.since),
        &asn1::sequence(&[&extension]),
    ])
}

fn time(time: x509_cert::time::Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(time.to_unix_duration().as_secs()).ok()?, 0)
}

fn reason(extensions: Option<&x509_cert::ext::Extensions>) -> Reason {
    let value = extensions.into_iter().flatten().find_map(|extension| {
        (extension.extn_id.as_bytes() == oid::CRL_REASON).then(|| extension.extn_value.as_bytes())
    });
    match value {
        Some([asn1::ENUMERATED, 1, number]) => Reason::of(*number),
        _ => Reason::Unspecified,
    }
}
