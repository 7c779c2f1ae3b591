//! Certificates as read (X.509, RFC 5280; with SM2: GB/T 20518).

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use crate::asn1::{self, Reader};
use crate::hash;
use crate::key::{Algorithm, PublicKey};

/// Longest certificate that is read, in bytes.
const LENGTH_MAX: usize = 16 * 1024;

/// What a certificate's key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    /// Signing documents and seals: `digitalSignature` or `nonRepudiation`.
    Signing,
    /// Signing certificates: an authority with `keyCertSign`.
    Issuing,
    /// Signing revocation lists: `cRLSign`.
    Revoking,
    /// Signing time stamps: the extended purpose `timeStamping`.
    TimeStamping,
    /// Making seals: as [`Usage::Signing`], and listed as a maker in [`crate::Trust`].
    SealMaking,
}

/// Bytes that are no certificate we can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not a certificate.
    #[error("证书数据无法识别")]
    Malformed,
    /// Neither SM2 nor P-256.
    #[error("证书的公钥算法不受支持（只支持 SM2 和 P-256）")]
    Algorithm,
}

/// A certificate. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Certificate(Arc<Inner>);

#[derive(PartialEq)]
struct Inner {
    der: Vec<u8>,
    digest: [u8; 32],
    signed: std::ops::Range<usize>,
    algorithm: Algorithm,
    signature: Vec<u8>,
    key: PublicKey,
    parsed: x509_cert::Certificate,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {})", self.subject(), self.serial())
    }
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// Not a certificate, or of an algorithm we do not know.
    pub fn from_der(der: &[u8]) -> Result<Certificate, CertificateError> {
        if der.len() > LENGTH_MAX {
            return Err(CertificateError::Malformed);
        }
        let malformed = |_| CertificateError::Malformed;
        let parsed =
            x509_cert::Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let mut outer = Reader::new(der).inside(asn1::SEQUENCE).map_err(malformed)?;
        let signed = outer.expect(asn1::SEQUENCE).map_err(malformed)?.whole;
        let algorithm = outer
            .inside(asn1::SEQUENCE)
            .and_then(|mut algorithm| algorithm.expect(asn1::OID))
            .map_err(malformed)?;
        let algorithm =
            Algorithm::of_signature(algorithm.value).ok_or(CertificateError::Algorithm)?;
        let signature = outer.bit_string().map_err(malformed)?.to_vec();
        let tbs = parsed.tbs_certificate();
        let spki = tbs
            .subject_public_key_info()
            .to_der()
            .map_err(|_| CertificateError::Malformed)?;
        let key = PublicKey::from_spki(&spki).map_err(|_| CertificateError::Algorithm)?;
        let time = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            DateTime::from_timestamp(seconds, 0)
        };
        let validity = tbs.validity();
        let (not_before, not_after) = (time(validity.not_before), time(validity.not_after));
        let start = signed.as_ptr() as usize - der.as_ptr() as usize;
        Ok(Certificate(Arc::new(Inner {
            digest: hash::sm3(der),
            signed: start..start + signed.len(),
            algorithm,
            signature,
            key,
            not_before: not_before.ok_or(CertificateError::Malformed)?,
            not_after: not_after.ok_or(CertificateError::Malformed)?,
            parsed,
            der: der.to_vec(),
        })))
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("CERTIFICATE", self.der())
    }

    /// SM3 of the certificate.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.0.digest
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// Common name of the subject; its whole name where there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        common_name(self.0.parsed.tbs_certificate().subject())
    }

    /// Common name of the issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        common_name(self.0.parsed.tbs_certificate().issuer())
    }

    /// Serial number in hexadecimal.
    #[must_use]
    pub fn serial(&self) -> String {
        self.serial_bytes()
            .iter()
            .map(|b| format!("{b:02X}"))
            .collect()
    }

    /// Serial number.
    #[must_use]
    pub fn serial_bytes(&self) -> &[u8] {
        self.0.parsed.tbs_certificate().serial_number().as_bytes()
    }

    /// Name of the issuer in DER.
    #[must_use]
    pub fn issuer_der(&self) -> Vec<u8> {
        let name = self.0.parsed.tbs_certificate().issuer();
        name.to_der().unwrap_or_default()
    }

    /// Name of the subject in DER.
    #[must_use]
    pub fn subject_der(&self) -> Vec<u8> {
        let name = self.0.parsed.tbs_certificate().subject();
        name.to_der().unwrap_or_default()
    }

    /// First moment of validity.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// Last moment of validity.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// Was it issued by the holder of `issuer`'s key? Looks at names and signature, not at what
    /// `issuer` may do.
    #[must_use]
    pub fn is_signed_by(&self, issuer: &Certificate) -> bool {
        self.0.algorithm == issuer.key().algorithm()
            && self.issuer_der() == issuer.subject_der()
            && issuer
                .key()
                .verify_der(&self.0.der[self.0.signed.clone()], &self.0.signature)
    }

    /// May the key be used for this?
    #[must_use]
    pub fn allows(&self, usage: Usage) -> bool {
        let tbs = self.0.parsed.tbs_certificate();
        let key_usage = tbs.get_extension::<KeyUsage>().ok().flatten();
        let allows = |test: fn(&KeyUsage) -> bool| key_usage.as_ref().is_some_and(|(_, u)| test(u));
        match usage {
            Usage::Signing | Usage::SealMaking => {
                allows(|u| u.digital_signature() || u.non_repudiation())
            }
            Usage::Issuing => {
                let basic = tbs.get_extension::<BasicConstraints>().ok().flatten();
                basic.is_some_and(|(_, basic)| basic.ca) && allows(KeyUsage::key_cert_sign)
            }
            Usage::Revoking => allows(KeyUsage::crl_sign),
            Usage::TimeStamping => {
                let extended = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
                extended.is_some_and(|(_, usages)| {
                    usages
                        .0
                        .iter()
                        .any(|purpose| purpose.as_bytes() == crate::oid::TIME_STAMPING)
                })
            }
        }
    }
}

fn common_name(name: &x509_cert::name::Name) -> String {
    match name.common_name() {
        Ok(Some(text)) => text.value().into_owned(),
        _ => name.to_string(),
    }
}

/// A PEM file of one object.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}
