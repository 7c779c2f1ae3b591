//! The keys that a check without network trusts: which authority signs with which key, and since
//! when. The set is signed by the root of the city's certificate authority; a checker keeps the
//! root's key from the first time and takes later sets only under that.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A key that codes and status lists are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IssuerKey {
    /// Code of the authority, six digits.
    pub authority: String,
    /// Name of the authority.
    pub authority_name: String,
    /// Beginning of its certificate numbers, such as 川 and 攀枝花市: `["川", "攀枝花市"]`.
    pub number_place: [String; 2],
    /// Number of the key within the authority.
    pub key_id: u8,
    /// Public key: 04‖x‖y in hexadecimal.
    pub public_key: String,
    /// First day of use.
    pub from: NaiveDate,
    /// Last day of use for new codes.
    pub to: NaiveDate,
    /// Day since which nothing signed with it counts any more; none in the ordinary course.
    pub revoked_on: Option<NaiveDate>,
}

/// The set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Number, growing.
    pub number: u32,
    /// Day it was made.
    pub made_on: NaiveDate,
    /// The keys.
    pub keys: Vec<IssuerKey>,
}

/// The set with its signature, as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedKeySet {
    /// The set as JSON, exactly as signed.
    pub set: String,
    /// Public key of the root: 04‖x‖y in hexadecimal.
    pub root_key: String,
    /// SM2 signature r‖s in hexadecimal, over the bytes of `set`.
    pub signature: String,
}

impl KeySet {
    /// The set with its signature.
    ///
    /// # Errors
    /// What `sign` says; it makes the 64 bytes r‖s of an SM2 signature with SM3.
    pub fn sign<E>(
        &self,
        root_key: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<SignedKeySet, E> {
        let set = serde_json::to_string(self).unwrap_or_default();
        let signature = hex(&sign(set.as_bytes())?);
        Ok(SignedKeySet {
            set,
            root_key: hex(root_key),
            signature,
        })
    }

    /// The key of an authority with this number.
    #[must_use]
    pub fn find(&self, authority: u32, key_id: u8) -> Option<&IssuerKey> {
        let code = format!("{authority:06}");
        self.keys
            .iter()
            .find(|k| k.authority == code && k.key_id == key_id)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        // writing to a String cannot fail
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_published_as_signed() {
        let set = KeySet {
            number: 1,
            made_on: "2026-11-23".parse().unwrap(),
            keys: vec![IssuerKey {
                authority: "510400".to_owned(),
                authority_name: "攀枝花市不动产登记中心".to_owned(),
                number_place: ["川".to_owned(), "攀枝花市".to_owned()],
                key_id: 1,
                public_key: "04".to_owned(),
                from: "2026-01-01".parse().unwrap(),
                to: "2026-12-31".parse().unwrap(),
                revoked_on: None,
            }],
        };
        let mut seen = Vec::new();
        let published = set
            .sign(&[4, 255], |bytes| {
                seen = bytes.to_vec();
                Ok::<_, ()>([10; 64])
            })
            .unwrap();
        assert_eq!(published.set.as_bytes(), seen);
        assert_eq!(published.root_key, "04ff");
        assert_eq!(published.signature, "0a".repeat(64));
        assert_eq!(serde_json::from_str::<KeySet>(&published.set).unwrap(), set);
        assert!(set.find(510_400, 1).is_some());
        assert!(set.find(510_400, 2).is_none());
    }
}
