//! Secrets at rest: SM4-GCM (GB/T 36624) with a 12-byte random nonce in front.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, KeyInit as _};
use sm4::Sm4;

type Sm4Gcm = AesGcm<Sm4, U12>;

const NONCE: usize = 12;

/// Nothing could be opened: wrong key, altered bytes, or meant for another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密文无法解开：口令不对或数据被改动")]
pub struct CannotOpen;

/// Encrypts `secret`; `place` says where it belongs and must be the same to open it.
///
/// # Errors
/// More than SM4-GCM can take in one go.
pub fn seal(key: &[u8; 16], place: &[u8], secret: &[u8]) -> Result<Vec<u8>, CannotOpen> {
    let nonce: [u8; NONCE] = rand::random();
    let cipher = Sm4Gcm::new(&(*key).into());
    let payload = Payload {
        msg: secret,
        aad: place,
    };
    let sealed = cipher
        .encrypt(&nonce.into(), payload)
        .map_err(|_| CannotOpen)?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts what [`seal`] made.
///
/// # Errors
/// Wrong key or place, or altered bytes.
pub fn open(key: &[u8; 16], place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(CannotOpen)?;
    let cipher = Sm4Gcm::new(&(*key).into());
    let payload = Payload {
        msg: rest,
        aad: place,
    };
    cipher
        .decrypt(&(*nonce).into(), payload)
        .map_err(|_| CannotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_was_sealed_opens_and_nothing_else(secret in proptest::collection::vec(any::<u8>(), 0..200), at in any::<proptest::sample::Index>(), bit in 0u8..8) {
            let mut sealed = seal(&[1; 16], b"place", &secret).unwrap();
            prop_assert_eq!(open(&[1; 16], b"place", &sealed), Ok(secret));
            prop_assert_eq!(open(&[2; 16], b"place", &sealed), Err(CannotOpen));
            prop_assert_eq!(open(&[1; 16], b"other", &sealed), Err(CannotOpen));
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(open(&[1; 16], b"place", &sealed), Err(CannotOpen));
        }
    }
}
