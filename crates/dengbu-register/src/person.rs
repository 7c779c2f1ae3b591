//! The keyed index of persons: finds who holds what by identity number without
//! keeping the number in an index.

use hmac::{Hmac, KeyInit, Mac};
use sm3::Sm3;

/// Key of the index; lives outside the database.
#[derive(Clone)]
pub struct PersonKey([u8; 32]);

impl std::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonKey(..)")
    }
}

impl PersonKey {
    /// A key from 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Another key for the purpose named by `label`: who knows it does not know this one.
    #[must_use]
    pub fn derive(&self, label: &[u8]) -> [u8; 32] {
        self.mac(&[b"\0derived\0", label])
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sm3>::new_from_slice(&self.0).expect("any key length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// HMAC-SM3 over the upper-cased identity number without blanks.
    #[must_use]
    pub fn index(&self, number: &str) -> Vec<u8> {
        let normal: String = number
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_uppercase)
            .collect();
        self.mac(&[normal.as_bytes()]).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_number_same_index_other_key_other_index() {
        let a = PersonKey::new([1; 32]);
        let b = PersonKey::new([2; 32]);
        assert_eq!(
            a.index("51042118000101002x"),
            a.index(" 51042118000101002X")
        );
        assert_ne!(a.index("51042118000101002X"), a.index("510421180001010021"));
        assert_ne!(a.index("51042118000101002X"), b.index("51042118000101002X"));
        assert!(!format!("{a:?}").contains('1'));
    }
}
