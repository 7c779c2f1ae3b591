//! What is kept enciphered: identity numbers, the fields of a sealed certificate, its files.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a nonce that is itself a keyed digest of the content and of
//! what it belongs to: the same content for the same purpose gives the same bytes, so that a step
//! done twice after a crash writes what it wrote before, and no nonce meets two contents. The
//! first byte names the form, so that a device's cipher (SM4) can take its place record by record.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use dengbu_register::person::PersonKey;
use dengbu_staff::{Entropy, entropy};
use hmac::{Hmac, Mac};
use sm3::Sm3;

use crate::LibraryError;

const FORM: u8 = 1;
const NONCE_BYTES: usize = 12;

/// The keys of the library: one for the index of persons, one for enciphering, one for nonces.
#[derive(Clone)]
pub struct LibraryKey {
    person: PersonKey,
    cipher: ChaCha20Poly1305,
    nonce: [u8; 32],
}

impl std::fmt::Debug for LibraryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LibraryKey(..)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sm3> as hmac::KeyInit>::new_from_slice(key).expect("any key length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl LibraryKey {
    /// The library's keys, from the key of the register's index of persons: both tell of the same
    /// persons, and what was enciphered can be read from the register again when the key is lost.
    #[must_use]
    pub fn of(person: &PersonKey) -> Self {
        let key = person.derive(b"dengbu certificate library, cipher");
        Self {
            person: person.clone(),
            cipher: ChaCha20Poly1305::new(&Key::from(key)),
            nonce: person.derive(b"dengbu certificate library, nonce"),
        }
    }

    /// The keyed index of an identity number.
    #[must_use]
    pub fn index(&self, number: &str) -> Vec<u8> {
        self.person.index(number)
    }

    /// Enciphers what belongs to `about`; it opens for the same `about` only.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`] for a content too large for the cipher.
    pub fn seal(&self, about: &[u8], content: &[u8]) -> Result<Vec<u8>, LibraryError> {
        let digest = mac(&self.nonce, &[about, content]);
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&digest[..NONCE_BYTES]);
        let payload = Payload {
            msg: content,
            aad: about,
        };
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| LibraryError::Unreadable)?;
        let mut stored = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        stored.push(FORM);
        stored.extend_from_slice(&nonce);
        stored.extend_from_slice(&sealed);
        Ok(stored)
    }

    /// Opens what [`LibraryKey::seal`] made for the same `about`.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`] for anything else.
    pub fn open(&self, about: &[u8], stored: &[u8]) -> Result<Vec<u8>, LibraryError> {
        let (form, rest) = stored.split_first().ok_or(LibraryError::Unreadable)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(LibraryError::Unreadable)?;
        if *form != FORM {
            return Err(LibraryError::Unreadable);
        }
        let payload = Payload {
            msg: sealed,
            aad: about,
        };
        self.cipher
            .decrypt(&Nonce::from(*nonce), payload)
            .map_err(|_| LibraryError::Unreadable)
    }
}

/// SM3 (GB/T 32905) of a content.
#[must_use]
pub fn sm3(content: &[u8]) -> [u8; 32] {
    use sm3::Digest;
    Sm3::digest(content).into()
}

/// A secret that is told once and kept as its SM3 only (of a program of others, of a receiver of
/// data): 256 random bits in hexadecimal, and what is kept.
///
/// # Errors
/// [`LibraryError::Hash`] when no randomness is to be had.
pub fn handed_out(source: &dyn Entropy) -> Result<(String, [u8; 32]), LibraryError> {
    let bits = entropy::bytes::<32>(source)?;
    let text: String = bits.iter().map(|b| format!("{b:02x}")).collect();
    let hash = sm3(text.as_bytes());
    Ok((text, hash))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_opens_whole_for_the_same_thing_only(content: Vec<u8>, about: [u8; 8], other: [u8; 8], flip: usize) {
            prop_assume!(about != other);
            let key = LibraryKey::of(&PersonKey::new([1; 32]));
            let stored = key.seal(&about, &content).unwrap();
            prop_assert_eq!(&key.seal(&about, &content).unwrap(), &stored);
            prop_assert_eq!(key.open(&about, &stored).unwrap(), content);
            prop_assert!(key.open(&other, &stored).is_err());
            prop_assert!(LibraryKey::of(&PersonKey::new([2; 32])).open(&about, &stored).is_err());
            let mut spoilt = stored.clone();
            let at = flip % spoilt.len();
            spoilt[at] ^= 1;
            prop_assert!(key.open(&about, &spoilt).is_err());
        }
    }
}
