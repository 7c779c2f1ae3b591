//! Randomness as an argument, so that a run can be replayed.

use rand::TryRng;

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("无法取得安全随机数：{0}。请联系系统管理员检查服务器")]
pub struct EntropyError(pub String);

/// The operating system's generator: the one for production.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        rand::rngs::SysRng
            .try_fill_bytes(bytes)
            .map_err(|error| EntropyError(error.to_string()))
    }
}

/// `N` random bytes.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut out = [0; N];
    entropy.fill(&mut out)?;
    Ok(out)
}

/// A UUID version 7 of the time given.
pub(crate) fn uuid_v7(
    entropy: &dyn Entropy,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<uuid::Uuid, EntropyError> {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let random = bytes::<10>(entropy)?;
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}
