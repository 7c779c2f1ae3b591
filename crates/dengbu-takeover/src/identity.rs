//! Identities of rights taken over: a digest of where they came from, so that any run agrees.

use dengbu_model::right::RightType;
use dengbu_model::unit_code::UnitCode;
use dengbu_register::entry::Provenance;
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// The identity of the `nth` right (from 0) of this type with this origin on this unit: a UUID of
/// version 8 (RFC 9562) made of the first 128 bits of an SM3 digest. One record of an older
/// register may hold several rights (a row of a ledger with a mortgage in its remarks), hence type
/// and position.
#[must_use]
pub fn right_id(origin: &Provenance, unit: &UnitCode, right_type: RightType, nth: usize) -> Uuid {
    let mut hasher = Sm3::new();
    let nth = nth.to_string();
    for part in [
        "dengbu-takeover/1",
        &origin.source,
        &origin.table,
        &origin.legacy_id,
        unit.as_str(),
        right_type.code(),
        &nth,
    ] {
        // lengths keep ("ab", "c") and ("a", "bc") apart
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(table: &str, id: &str) -> Provenance {
        Provenance {
            source: "s".into(),
            table: table.into(),
            legacy_id: id.into(),
            file_sm3: None,
        }
    }

    #[test]
    fn an_identity_follows_from_its_origin_and_nothing_else() {
        let unit = UnitCode::parse("510402101001GB00001F00010001").unwrap();
        let id = |table, legacy, kind, nth| right_id(&origin(table, legacy), &unit, kind, nth);
        let one = id("t", "1", RightType::Mortgage, 0);
        assert_eq!(one, id("t", "1", RightType::Mortgage, 0));
        assert_eq!(one.get_version_num(), 8);
        assert_eq!(one.get_variant(), uuid::Variant::RFC4122);
        for other in [
            id("t", "2", RightType::Mortgage, 0),
            id("t1", "", RightType::Mortgage, 0),
            id("t", "1", RightType::Seizure, 0),
            id("t", "1", RightType::Mortgage, 1),
        ] {
            assert_ne!(one, other);
        }
    }
}
