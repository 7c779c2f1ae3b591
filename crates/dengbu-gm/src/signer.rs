//! Who signs: software here, a device or a seal platform behind the same trait.

use std::fmt;

use crate::certificate::Certificate;
use crate::key::{Algorithm, PrivateKey, Signature};

/// A signature that was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key may not sign any more.
    #[error("密钥“{0}”已停用，不能签名")]
    Retired(String),
    /// The device does not answer; trying again may help.
    #[error("签名设备没有响应：{0}")]
    Device(String),
    /// Key and certificate do not belong together, or the key cannot sign.
    #[error("签名密钥不可用")]
    Key,
}

/// Something that signs with one key. A device or a remote seal platform implements it; the key
/// itself never passes through here.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The certificate of the key.
    fn certificate(&self) -> &Certificate;

    /// Certificates from the signer's issuer up to, but without, the root.
    fn issuers(&self) -> &[Certificate] {
        &[]
    }

    /// Signs a message: SM2 over SM3 with the default identity, or ECDSA over SHA-256, as the
    /// certificate's key is.
    ///
    /// # Errors
    /// The key is retired or the device does not answer.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;

    /// Keys in the memory of a program: for tests and demonstrations, not for legal effect.
    fn is_software(&self) -> bool;

    /// The curve.
    fn algorithm(&self) -> Algorithm {
        self.certificate().key().algorithm()
    }
}

/// A key in memory.
#[derive(Debug, Clone)]
pub struct SoftwareSigner {
    key: PrivateKey,
    certificate: Certificate,
}

impl SoftwareSigner {
    /// Of a key and its certificate.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<SoftwareSigner, SignError> {
        if key.public() == *certificate.key() {
            Ok(SoftwareSigner { key, certificate })
        } else {
            Err(SignError::Key)
        }
    }

    pub(crate) const fn key(&self) -> &PrivateKey {
        &self.key
    }

    pub(crate) const fn own(&self) -> &Certificate {
        &self.certificate
    }
}

impl Signer for SoftwareSigner {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.key.sign(message).map_err(|_| SignError::Key)
    }

    fn is_software(&self) -> bool {
        true
    }
}
