//! The signed list of states: what a checker without network looks the certificate up in.
//!
//! Two bits per certificate of one authority, by the place given at issue: 0 valid, 1 suspended,
//! 2 replaced, 3 revoked. A million certificates are 250 KB. Big-endian:
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `DBS1` |
//! | 4 | 3 | authority, six digits as a number |
//! | 7 | 1 | key it is signed with |
//! | 8 | 4 | number of the list, growing |
//! | 12 | 8 | made at, seconds since 1970 |
//! | 20 | 8 | next list expected by, seconds since 1970 |
//! | 28 | 4 | certificates in the list |
//! | 32 | ⌈n/4⌉ | states, four to a byte, the first in the lowest bits |
//! | end | 64 | SM2 signature r‖s over all before it |

use crate::state::State;

const MAGIC: &[u8; 4] = b"DBS1";
const HEADER: usize = 32;
/// Most certificates of a list: bounds what a reader takes.
pub const ENTRIES_MAX: u32 = 64_000_000;

/// What the list says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 有效.
    Valid,
    /// 暂时失效.
    Suspended,
    /// 已换发.
    Replaced,
    /// 已注销.
    Revoked,
}

impl Status {
    /// What the list says of a certificate in this state; before issue it counts as valid, for it
    /// has no code yet that could be looked up.
    #[must_use]
    pub fn of(state: State) -> Self {
        match state {
            State::Suspended => Self::Suspended,
            State::Replaced => Self::Replaced,
            State::Revoked | State::Void => Self::Revoked,
            State::Draft | State::Issued => Self::Valid,
        }
    }

    fn bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Suspended => 1,
            Self::Replaced => 2,
            Self::Revoked => 3,
        }
    }

    fn of_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Valid,
            1 => Self::Suspended,
            2 => Self::Replaced,
            _ => Self::Revoked,
        }
    }
}

/// Bytes that are no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusListError {
    /// Wrong beginning or length.
    #[error("证照状态清单损坏或者没有下载完整")]
    Shape,
    /// The signature does not fit.
    #[error("证照状态清单的签名不对，不能使用")]
    Signature,
}

/// A list without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    /// The authority, six digits.
    pub authority: u32,
    /// Key it is signed with.
    pub key_id: u8,
    /// Number, growing.
    pub number: u32,
    /// When it was made, seconds since 1970.
    pub made_at: u64,
    /// By when the next is expected, seconds since 1970.
    pub next_by: u64,
    /// Certificates in it.
    count: u32,
    bits: Vec<u8>,
}

impl StatusList {
    /// A list of `count` certificates, all valid; at most [`ENTRIES_MAX`].
    #[must_use]
    pub fn new(
        authority: u32,
        key_id: u8,
        number: u32,
        made_at: u64,
        next_by: u64,
        count: u32,
    ) -> Self {
        let count = count.min(ENTRIES_MAX);
        Self {
            authority,
            key_id,
            number,
            made_at,
            next_by,
            count,
            bits: vec![0; bytes_for(count)],
        }
    }

    /// How many certificates are in it.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Writes what is so of a certificate; false when its place is outside the list.
    pub fn set(&mut self, index: u32, status: Status) -> bool {
        let Some((at, shift)) = self.place(index) else {
            return false;
        };
        if let Some(byte) = self.bits.get_mut(at) {
            *byte = (*byte & !(3 << shift)) | (status.bits() << shift);
        }
        true
    }

    /// What is so of a certificate; none when its place is outside the list: issued after it.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Status> {
        let (at, shift) = self.place(index)?;
        self.bits.get(at).map(|byte| Status::of_bits(byte >> shift))
    }

    fn place(&self, index: u32) -> Option<(usize, u32)> {
        (index < self.count).then_some(())?;
        Some((usize::try_from(index / 4).ok()?, index % 4 * 2))
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.bits.len() + 64);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.authority.to_be_bytes()[1..]);
        out.push(self.key_id);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.made_at.to_be_bytes());
        out.extend_from_slice(&self.next_by.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.bits);
        out
    }

    /// The list with its signature.
    ///
    /// # Errors
    /// What `sign` says; it makes the 64 bytes r‖s of an SM2 signature with SM3.
    pub fn sign<E>(&self, sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
        let mut out = self.to_bytes();
        let signature = sign(&out)?;
        out.extend_from_slice(&signature);
        Ok(out)
    }

    /// Reads a list and checks its signature. `check` gets authority, key, the bytes signed and the
    /// signature.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn verify(
        bytes: &[u8],
        check: impl FnOnce(u32, u8, &[u8], &[u8; 64]) -> bool,
    ) -> Result<Self, StatusListError> {
        let shape = StatusListError::Shape;
        let (signed, signature) = bytes.split_last_chunk::<64>().ok_or(shape)?;
        let (head, bits) = signed.split_first_chunk::<HEADER>().ok_or(shape)?;
        let number =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let wide = |at: usize| u64::from(number(at)) << 32 | u64::from(number(at + 4));
        let count = number(28);
        if &head[..4] != MAGIC || count > ENTRIES_MAX || bits.len() != bytes_for(count) {
            return Err(shape);
        }
        let made = Self {
            authority: number(3) & 0x00FF_FFFF,
            key_id: head[7],
            number: number(8),
            made_at: wide(12),
            next_by: wide(20),
            count,
            bits: bits.to_vec(),
        };
        if check(made.authority, made.key_id, signed, signature) {
            Ok(made)
        } else {
            Err(StatusListError::Signature)
        }
    }
}

fn bytes_for(count: u32) -> usize {
    usize::try_from(count.div_ceil(4)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATUSES: [Status; 4] = [
        Status::Valid,
        Status::Suspended,
        Status::Replaced,
        Status::Revoked,
    ];

    fn list(count: u32) -> StatusList {
        StatusList::new(510_400, 2, 7, 1_795_000_000, 1_795_086_400, count)
    }

    #[test]
    fn a_million_certificates_are_a_quarter_of_a_megabyte() {
        assert_eq!(list(1_000_000).to_bytes().len(), 250_032);
    }

    #[test]
    fn altered_and_cut_lists_are_refused() {
        let bytes = list(10).sign(|_| Ok::<_, ()>([1; 64])).unwrap();
        let ok = |_: u32, _: u8, _: &[u8], s: &[u8; 64]| s == &[1; 64];
        assert_eq!(StatusList::verify(&bytes, ok).unwrap(), list(10));
        assert_eq!(
            StatusList::verify(&bytes, |_, _, _, _| false),
            Err(StatusListError::Signature)
        );
        for cut in 0..bytes.len() {
            assert_eq!(
                StatusList::verify(&bytes[..cut], |_, _, _, _| true),
                Err(StatusListError::Shape)
            );
        }
        let mut huge = bytes.clone();
        huge[28] = 255;
        assert_eq!(
            StatusList::verify(&huge, |_, _, _, _| true),
            Err(StatusListError::Shape)
        );
    }

    proptest! {
        #[test]
        fn what_was_set_is_read(changes in prop::collection::vec((0_u32..100, 0_usize..4), 0..200), count in 0_u32..100) {
            let mut made = list(count);
            let mut want = vec![Status::Valid; usize::try_from(count).unwrap()];
            for (index, status) in changes {
                let status = STATUSES[status];
                prop_assert_eq!(made.set(index, status), index < count);
                if index < count {
                    want[usize::try_from(index).unwrap()] = status;
                }
            }
            let bytes = made.sign(|_| Ok::<_, ()>([0; 64])).unwrap();
            let read = StatusList::verify(&bytes, |_, _, _, _| true).unwrap();
            let got: Vec<_> = (0..count).map(|i| read.get(i).unwrap()).collect();
            prop_assert_eq!(got, want);
            prop_assert_eq!(read.get(count), None);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = StatusList::verify(&bytes, |_, _, _, _| true);
        }
    }
}
