//! Keys and signatures on two curves: SM2 for everything legal, P-256 for the PDF copy.

use std::fmt;

use p256::ecdsa::signature::{Signer as _, Verifier as _};

use crate::asn1::{self, Reader};
use crate::{hash, oid};

/// The default identity of a signer (GB/T 35276 §10): it goes into the digest.
pub const DEFAULT_ID: &str = "1234567812345678";

/// A curve with its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SM2 with SM3.
    Sm2,
    /// ECDSA P-256 with SHA-256.
    P256,
}

impl Algorithm {
    /// Object identifier of the signature.
    #[must_use]
    pub const fn signature_oid(self) -> &'static [u8] {
        match self {
            Algorithm::Sm2 => oid::SM2_WITH_SM3,
            Algorithm::P256 => oid::ECDSA_WITH_SHA256,
        }
    }

    /// Object identifier of the digest.
    #[must_use]
    pub const fn digest_oid(self) -> &'static [u8] {
        match self {
            Algorithm::Sm2 => oid::SM3,
            Algorithm::P256 => oid::SHA256,
        }
    }

    /// The digest.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> [u8; 32] {
        match self {
            Algorithm::Sm2 => hash::sm3(data),
            Algorithm::P256 => hash::sha256(data),
        }
    }

    /// By the identifier of a signature.
    #[must_use]
    pub fn of_signature(contents: &[u8]) -> Option<Algorithm> {
        [Algorithm::Sm2, Algorithm::P256]
            .into_iter()
            .find(|algorithm| algorithm.signature_oid() == contents)
    }

    const fn curve_oid(self) -> &'static [u8] {
        match self {
            Algorithm::Sm2 => oid::SM2_CURVE,
            Algorithm::P256 => oid::P256_CURVE,
        }
    }
}

/// Bytes that are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密钥数据无法识别")]
pub struct NotAKey;

/// A signature: r and s, 32 bytes each, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Of r and s in 64 bytes, as the QR code carries it.
    #[must_use]
    pub const fn from_raw(bytes: [u8; 64]) -> Signature {
        Signature(bytes)
    }

    /// r and s in 64 bytes.
    #[must_use]
    pub const fn to_raw(self) -> [u8; 64] {
        self.0
    }

    /// SEQUENCE of two INTEGERs, as certificates, seals and messages carry it.
    #[must_use]
    pub fn to_der(self) -> Vec<u8> {
        let (r, s) = self.0.split_at(32);
        asn1::sequence(&[&asn1::unsigned(r), &asn1::unsigned(s)])
    }

    /// Reads a SEQUENCE of two INTEGERs. None of anything else, padding included.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Signature> {
        let mut outer = Reader::new(der);
        let mut inner = outer.inside(asn1::SEQUENCE).ok()?;
        outer.end().ok()?;
        let mut raw = [0; 64];
        for half in raw.chunks_exact_mut(32) {
            let value = inner.expect(asn1::INTEGER).ok()?.value;
            let digits = match value {
                [] => return None,
                [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
                [0] => return None,
                [first, ..] if *first == 0 || *first >= 0x80 => return None,
                digits => digits,
            };
            half.get_mut(32usize.checked_sub(digits.len())?..)?
                .copy_from_slice(digits);
        }
        inner.end().ok()?;
        Some(Signature(raw))
    }
}

/// A private key. Its `Debug` shows the algorithm only.
#[derive(Clone)]
pub enum PrivateKey {
    /// On the SM2 curve.
    Sm2(Box<sm2::dsa::SigningKey>),
    /// On P-256.
    P256(Box<p256::ecdsa::SigningKey>),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.algorithm())
    }
}

impl PrivateKey {
    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate(algorithm: Algorithm) -> PrivateKey {
        loop {
            // a number beyond the order of the curve is drawn again: one in 2³²
            let bytes: [u8; 32] = rand::random();
            if let Ok(key) = PrivateKey::from_bytes(algorithm, &bytes) {
                return key;
            }
        }
    }

    /// Of its number, 32 bytes big-endian.
    ///
    /// # Errors
    /// Zero or beyond the order of the curve.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<PrivateKey, NotAKey> {
        match algorithm {
            Algorithm::Sm2 => sm2::dsa::SigningKey::from_slice(DEFAULT_ID, bytes)
                .map(|key| PrivateKey::Sm2(Box::new(key)))
                .map_err(|_| NotAKey),
            Algorithm::P256 => p256::ecdsa::SigningKey::from_slice(bytes)
                .map(|key| PrivateKey::P256(Box::new(key)))
                .map_err(|_| NotAKey),
        }
    }

    /// Its number: secret.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        match self {
            PrivateKey::Sm2(key) => key.to_bytes().into(),
            PrivateKey::P256(key) => key.to_bytes().into(),
        }
    }

    /// The curve.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            PrivateKey::Sm2(_) => Algorithm::Sm2,
            PrivateKey::P256(_) => Algorithm::P256,
        }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match self {
            PrivateKey::Sm2(key) => PublicKey::Sm2(Box::new(key.verifying_key().clone())),
            PrivateKey::P256(key) => PublicKey::P256(Box::new(*key.verifying_key())),
        }
    }

    /// Signs a message (SM2: with the default identity). The nonce is derived from key and message
    /// (RFC 6979), so the same message gets the same signature.
    ///
    /// # Errors
    /// A nonce that may not be used, once in 2²⁵⁶.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, NotAKey> {
        let raw: [u8; 64] = match self {
            PrivateKey::Sm2(key) => {
                let signature: sm2::dsa::Signature = key.try_sign(message).map_err(|_| NotAKey)?;
                signature.to_bytes().into()
            }
            PrivateKey::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|_| NotAKey)?;
                signature.to_bytes().into()
            }
        };
        Ok(Signature(raw))
    }

    /// As a PKCS #8 file for other programs: secret.
    #[must_use]
    pub fn to_pkcs8(&self) -> Vec<u8> {
        let algorithm = algorithm_identifier(self.algorithm());
        let public = asn1::element(asn1::context(1), &[&asn1::bits(&self.public().to_point())]);
        let key = asn1::sequence(&[&asn1::integer(1), &asn1::octets(&self.to_bytes()), &public]);
        asn1::sequence(&[&asn1::integer(0), &algorithm, &asn1::octets(&key)])
    }
}

fn algorithm_identifier(algorithm: Algorithm) -> Vec<u8> {
    asn1::sequence(&[
        &asn1::oid(oid::EC_PUBLIC_KEY),
        &asn1::oid(algorithm.curve_oid()),
    ])
}

/// A public key.
#[derive(Debug, Clone)]
pub enum PublicKey {
    /// On the SM2 curve, with the default identity.
    Sm2(Box<sm2::dsa::VerifyingKey>),
    /// On P-256.
    P256(Box<p256::ecdsa::VerifyingKey>),
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        match (self, other) {
            (PublicKey::Sm2(a), PublicKey::Sm2(b)) => a.as_affine() == b.as_affine(),
            (PublicKey::P256(a), PublicKey::P256(b)) => a == b,
            _ => false,
        }
    }
}

impl PublicKey {
    /// Of a point `04‖x‖y` or compressed.
    ///
    /// # Errors
    /// Not on the curve.
    pub fn from_point(algorithm: Algorithm, point: &[u8]) -> Result<PublicKey, NotAKey> {
        match algorithm {
            Algorithm::Sm2 => sm2::dsa::VerifyingKey::from_sec1_bytes(DEFAULT_ID, point)
                .map(|key| PublicKey::Sm2(Box::new(key)))
                .map_err(|_| NotAKey),
            Algorithm::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
                .map(|key| PublicKey::P256(Box::new(key)))
                .map_err(|_| NotAKey),
        }
    }

    /// Of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// Another algorithm or curve, or not on the curve.
    pub fn from_spki(der: &[u8]) -> Result<PublicKey, NotAKey> {
        let read = || -> Result<(Algorithm, &[u8]), asn1::NotDer> {
            let mut outer = Reader::new(der).inside(asn1::SEQUENCE)?;
            let mut kind = outer.inside(asn1::SEQUENCE)?;
            let (key, curve) = (kind.expect(asn1::OID)?.value, kind.expect(asn1::OID)?.value);
            let algorithm = [Algorithm::Sm2, Algorithm::P256]
                .into_iter()
                .find(|a| key == oid::EC_PUBLIC_KEY && curve == a.curve_oid());
            Ok((algorithm.ok_or(asn1::NotDer)?, outer.bit_string()?))
        };
        let (algorithm, point) = read().map_err(|_| NotAKey)?;
        PublicKey::from_point(algorithm, point)
    }

    /// The curve.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            PublicKey::Sm2(_) => Algorithm::Sm2,
            PublicKey::P256(_) => Algorithm::P256,
        }
    }

    /// The point `04‖x‖y`, 65 bytes.
    #[must_use]
    pub fn to_point(&self) -> Vec<u8> {
        match self {
            PublicKey::Sm2(key) => key.to_sec1_bytes().into_vec(),
            PublicKey::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
        }
    }

    /// As a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        asn1::sequence(&[
            &algorithm_identifier(self.algorithm()),
            &asn1::bits(&self.to_point()),
        ])
    }

    /// Is it this key's signature of the message?
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        match self {
            PublicKey::Sm2(key) => sm2::dsa::Signature::from_slice(&signature.0)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            PublicKey::P256(key) => p256::ecdsa::Signature::from_slice(&signature.0)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }

    /// The same for a signature in DER.
    #[must_use]
    pub fn verify_der(&self, message: &[u8], der: &[u8]) -> bool {
        Signature::from_der(der).is_some_and(|signature| self.verify(message, &signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// GB/T 32918.5-2017, annex A.2: key, message digest with the default identity, r and s.
    #[test]
    fn the_signature_of_the_standards_example_is_accepted() {
        let point = bytes(
            "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        );
        let raw = bytes(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        );
        let key = PublicKey::from_point(Algorithm::Sm2, &point).unwrap();
        let signature = Signature::from_raw(raw.try_into().unwrap());
        assert!(key.verify(b"message digest", &signature));
        assert!(!key.verify(b"message digesT", &signature));
    }

    #[test]
    fn keys_come_back_from_their_files() {
        for algorithm in [Algorithm::Sm2, Algorithm::P256] {
            let key = PrivateKey::generate(algorithm);
            let again = PrivateKey::from_bytes(algorithm, &key.to_bytes()).unwrap();
            assert_eq!(again.public(), key.public());
            let public = PublicKey::from_spki(&key.public().to_spki()).unwrap();
            let signature = key.sign(b"x").unwrap();
            assert!(public.verify(b"x", &signature));
            assert_eq!(Signature::from_der(&signature.to_der()), Some(signature));
            // what is written of a key tells nothing of it: two are written alike
            let other = PrivateKey::generate(algorithm);
            assert_eq!(format!("{key:?}"), format!("{other:?}"));
        }
    }

    #[test]
    fn a_key_of_one_curve_accepts_nothing_of_the_other() {
        let (sm2, p256) = (
            PrivateKey::generate(Algorithm::Sm2),
            PrivateKey::generate(Algorithm::P256),
        );
        let signature = sm2.sign(b"x").unwrap();
        assert!(!p256.public().verify(b"x", &signature));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn foreign_bytes_are_no_signature_and_no_panic(junk in proptest::collection::vec(any::<u8>(), 0..90), at in 0usize..64, bit in 0u8..8) {
            let key = PrivateKey::from_bytes(Algorithm::Sm2, &[7; 32]).unwrap();
            prop_assert!(!key.public().verify_der(b"message", &junk));
            let mut raw = key.sign(b"message").unwrap().to_raw();
            raw[at] ^= 1 << bit;
            prop_assert!(!key.public().verify(b"message", &Signature::from_raw(raw)));
            let _ = PublicKey::from_spki(&junk);
        }
    }
}
