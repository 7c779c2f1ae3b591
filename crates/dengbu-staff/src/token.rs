//! Session tokens and the token against cross-site requests (CSRF).

use std::fmt;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};

use crate::entropy::{self, Entropy, EntropyError};

/// Domain of the CSRF token: the same session token keys nothing else by accident.
const CSRF_DOMAIN: &[u8] = b"dengbu csrf v1";

/// A session token: 256 random bits, known only to the browser that holds the cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// A new token.
    ///
    /// # Errors
    /// [`EntropyError`].
    pub fn generate(entropy: &dyn Entropy) -> Result<SessionToken, EntropyError> {
        entropy::bytes(entropy).map(SessionToken)
    }

    /// Reads the cookie's value; anything but 64 lower-case hexadecimal digits is no token.
    #[must_use]
    pub fn parse(text: &str) -> Option<SessionToken> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(SessionToken(bytes))
    }

    /// The cookie's value.
    #[must_use]
    pub fn expose(&self) -> String {
        hex(&self.0)
    }

    /// What the database keeps. A plain hash is enough: the token is random over its whole
    /// length, so there is nothing to guess.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sm3::digest(self.0).into()
    }
}

/// A token never shows itself in a log.
impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The CSRF token of a session, for `GET /session`: an HMAC-SM3 keyed with the session token, so
/// nothing need be stored and only who holds the cookie can be told it.
#[must_use]
pub fn csrf_token_for(token: &SessionToken) -> String {
    hex(&csrf_mac(token).finalize().into_bytes())
}

/// Whether `presented` (header `X-CSRF-Token`) is the session's; takes the same time for any
/// wrong value.
#[must_use]
pub fn check_csrf(token: &SessionToken, presented: &str) -> bool {
    SessionToken::parse(presented)
        .is_some_and(|presented| csrf_mac(token).verify_slice(&presented.0).is_ok())
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn csrf_mac(token: &SessionToken) -> Hmac<Sm3> {
    let mut mac = Hmac::<Sm3>::new_from_slice(&token.0).expect("HMAC takes a key of any length");
    mac.update(CSRF_DOMAIN);
    mac
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_hides_in_logs() {
        let token = SessionToken([0x1f; 32]);
        assert_eq!(SessionToken::parse(&token.expose()), Some(token.clone()));
        assert!(!format!("{token:?}").contains("1f"));
        for bad in [
            "",
            "1f",
            &"1F".repeat(32),
            &"1f".repeat(33),
            &"zz".repeat(32),
        ] {
            assert_eq!(SessionToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_csrf_token_belongs_to_one_session_and_is_not_the_session_token() {
        let (one, two) = (SessionToken([1; 32]), SessionToken([2; 32]));
        let csrf = csrf_token_for(&one);
        assert!(check_csrf(&one, &csrf));
        assert!(!check_csrf(&two, &csrf));
        assert!(!check_csrf(&one, &one.expose()));
        assert!(!check_csrf(&one, ""));
        assert_ne!(csrf, one.expose());
    }
}
