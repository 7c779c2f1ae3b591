//! Second-factor secrets at rest: whoever reads the database, or a copy of it, must not be able
//! to compute codes. ChaCha20-Poly1305 (RFC 8439) under a key that is kept outside the database.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use uuid::Uuid;

use crate::entropy::{self, Entropy, EntropyError};

/// Bytes of a secret as made by this house.
pub(crate) const SECRET_BYTES: usize = 20;
/// First byte of a sealed secret: the form it is kept in.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The key under which second-factor secrets are kept.
#[derive(Clone)]
pub struct SecretsKey(ChaCha20Poly1305);

impl SecretsKey {
    /// A key of 32 random bytes.
    #[must_use]
    pub fn new(key: [u8; 32]) -> SecretsKey {
        SecretsKey(ChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Seals the secret of an account; the same bytes under another account are refused.
    pub(crate) fn seal(
        &self,
        entropy: &dyn Entropy,
        authority: &str,
        staff_id: Uuid,
        secret: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let nonce = entropy::bytes::<NONCE_BYTES>(entropy)?;
        let about = about(authority, staff_id);
        let payload = Payload {
            msg: secret,
            aad: &about,
        };
        let sealed = self
            .0
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| SealError::Unreadable)?;
        let mut stored = vec![FORM];
        stored.extend_from_slice(&nonce);
        stored.extend_from_slice(&sealed);
        Ok(stored)
    }

    /// Opens what [`SecretsKey::seal`] made for the same account.
    pub(crate) fn open(
        &self,
        authority: &str,
        staff_id: Uuid,
        stored: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let (form, rest) = stored.split_first().ok_or(SealError::Unreadable)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Unreadable)?;
        if *form != FORM {
            return Err(SealError::Unreadable);
        }
        let about = about(authority, staff_id);
        let payload = Payload {
            msg: sealed,
            aad: &about,
        };
        self.0
            .decrypt(&Nonce::from(*nonce), payload)
            .map_err(|_| SealError::Unreadable)
    }
}

/// Whether these bytes are a secret from before secrets were sealed.
pub(crate) fn is_plain(stored: &[u8]) -> bool {
    stored.len() == SECRET_BYTES
}

/// What a sealed secret is bound to.
fn about(authority: &str, staff_id: Uuid) -> Vec<u8> {
    let mut about = b"dengbu second factor\0".to_vec();
    about.extend_from_slice(authority.as_bytes());
    about.push(0);
    about.extend_from_slice(staff_id.as_bytes());
    about
}

/// A key never shows itself in a log.
impl fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretsKey(…)")
    }
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Not sealed under this key for this account.
    #[error("动态码密钥无法解读，可能更换过密钥文件；请由系统管理员重置动态码后重新绑定")]
    Unreadable,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entropy::OsEntropy;

    proptest! {
        #[test]
        fn a_sealed_secret_opens_only_whole_with_its_key_for_its_account(
            key: [u8; 32], other: [u8; 32], secret: [u8; SECRET_BYTES], id: u128, flip in 0_usize..49,
        ) {
            prop_assume!(key != other);
            let (key, other) = (SecretsKey::new(key), SecretsKey::new(other));
            let id = Uuid::from_u128(id);
            let stored = key.seal(&OsEntropy, "510400", id, &secret).unwrap();
            prop_assert_eq!(stored.len(), 1 + NONCE_BYTES + SECRET_BYTES + 16);
            prop_assert!(!is_plain(&stored));
            prop_assert_eq!(key.open("510400", id, &stored).unwrap(), secret);
            prop_assert!(other.open("510400", id, &stored).is_err());
            prop_assert!(key.open("510421", id, &stored).is_err());
            prop_assert!(key.open("510400", Uuid::nil(), &stored).is_err() || id.is_nil());
            let mut spoilt = stored;
            spoilt[flip] ^= 1;
            prop_assert!(key.open("510400", id, &spoilt).is_err());
            prop_assert!(key.open("510400", id, &secret).is_err());
        }
    }
}
