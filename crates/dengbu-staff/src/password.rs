//! Password hashes (argon2id) and first passwords.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::entropy::{self, Entropy, EntropyError};

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// OWASP's smaller set for argon2id: about 20 ms on one core, and 19 MiB for each attempt.
impl Default for HashCost {
    fn default() -> HashCost {
        HashCost {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

/// Hashing failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// No random salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The algorithm refused (cost out of range, stored hash unreadable).
    #[error("口令校验失败：{0}。请联系系统管理员")]
    Algorithm(String),
    /// The thread was lost at shut-down.
    #[error("服务正在停止，请稍后重试")]
    Stopped,
}

/// Hashes and checks passwords off the async threads, a few at a time: at full cost, more at once
/// would only fill the memory.
#[derive(Debug, Clone)]
pub struct Hasher {
    params: Params,
    permits: Arc<Semaphore>,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// The password is the one hashed.
    pub matches: bool,
    /// The hash was made at another cost than today's and should be made anew.
    pub outdated: bool,
}

impl Hasher {
    /// A hasher of that cost that works on at most so many at once.
    ///
    /// # Errors
    /// [`HashError::Algorithm`] for a cost out of range.
    pub fn new(cost: HashCost, at_once: usize) -> Result<Hasher, HashError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|error| HashError::Algorithm(error.to_string()))?;
        Ok(Hasher {
            params,
            permits: Arc::new(Semaphore::new(at_once.max(1))),
        })
    }

    /// The hash of a password, as a PHC string with its salt.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, entropy: &dyn Entropy, password: &str) -> Result<String, HashError> {
        let salt = entropy::bytes::<16>(entropy)?;
        let (argon2, password) = (self.argon2(), password.to_owned());
        self.off_thread(move || {
            argon2
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash: PasswordHash| hash.to_string())
                .map_err(|error| HashError::Algorithm(error.to_string()))
        })
        .await
    }

    /// Whether this is the password that was hashed.
    ///
    /// # Errors
    /// [`HashError`] for a hash that cannot be read.
    pub async fn check(&self, password: &str, hash: &str) -> Result<Checked, HashError> {
        let (argon2, params) = (self.argon2(), self.params.clone());
        let (password, hash) = (password.to_owned(), hash.to_owned());
        self.off_thread(move || {
            let hash = PasswordHash::new(&hash)
                .map_err(|error| HashError::Algorithm(error.to_string()))?;
            let same_cost = Params::try_from(&hash).is_ok_and(|made| {
                (made.m_cost(), made.t_cost(), made.p_cost())
                    == (params.m_cost(), params.t_cost(), params.p_cost())
            });
            let outdated = !same_cost || hash.algorithm != Algorithm::Argon2id.ident();
            let matches = argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(Checked { matches, outdated })
        })
        .await
    }

    /// Does the work of a check for a user name that does not exist.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn check_nobody(&self, password: &str) -> Result<(), HashError> {
        let (argon2, password) = (self.argon2(), password.to_owned());
        self.off_thread(move || {
            let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
            argon2
                .hash_password_into(password.as_bytes(), b"nobody's salt 16", &mut out)
                .map_err(|error| HashError::Algorithm(error.to_string()))
        })
        .await
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashError::Stopped)?;
        let run = move || {
            // Held by the work, not by the caller: a caller who goes away frees no core.
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|_| HashError::Stopped)?
    }
}

/// Letters and digits that are not taken for each other on paper or over the telephone.
const GROUPS: [&[u8]; 3] = [
    b"abcdefghijkmnpqrstuvwxyz",
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"23456789",
];
/// Characters of each group.
const GROUP_LENGTH: usize = 5;

/// A first password such as `kmwqz-TRHPA-73925`: about 61 random bits, all four classes.
pub(crate) fn first_password(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    loop {
        let mut text = String::with_capacity(3 * (GROUP_LENGTH + 1));
        for letters in GROUPS {
            if !text.is_empty() {
                text.push('-');
            }
            for _ in 0..GROUP_LENGTH {
                text.push(char::from(pick(entropy, letters)?));
            }
        }
        // One in some thousands repeats characters too often for the password rules.
        if crate::policy::AuthorityPolicy::default()
            .check_password(&text, "")
            .is_ok()
        {
            return Ok(text);
        }
    }
}

/// One letter, each as likely as the others: bytes beyond the last whole multiple are drawn again.
fn pick(entropy: &dyn Entropy, letters: &[u8]) -> Result<u8, EntropyError> {
    let limit = 256 - 256 % letters.len();
    loop {
        let [byte] = entropy::bytes::<1>(entropy)?;
        if usize::from(byte) < limit {
            return Ok(letters[usize::from(byte) % letters.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    const CHEAP: HashCost = HashCost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let hasher = Hasher::new(CHEAP, 2).unwrap();
        let hash = hasher.hash(&OsEntropy, "Mi-yi-42-xian").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let right = hasher.check("Mi-yi-42-xian", &hash).await.unwrap();
        assert_eq!(
            right,
            Checked {
                matches: true,
                outdated: false
            }
        );
        assert!(!hasher.check("mi-yi-42-xian", &hash).await.unwrap().matches);
        assert!(!hasher.check("", &hash).await.unwrap().matches);
        assert!(hasher.check("x", "not a hash").await.is_err());
        let again = hasher.hash(&OsEntropy, "Mi-yi-42-xian").await.unwrap();
        assert_ne!(hash, again, "each hash has a salt of its own");
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_matches_and_is_outdated() {
        let old = Hasher::new(CHEAP, 1)
            .unwrap()
            .hash(&OsEntropy, "Mi-yi-42-xian")
            .await
            .unwrap();
        let today = Hasher::new(HashCost { passes: 2, ..CHEAP }, 1).unwrap();
        let checked = today.check("Mi-yi-42-xian", &old).await.unwrap();
        assert_eq!(
            checked,
            Checked {
                matches: true,
                outdated: true
            }
        );
    }

    #[test]
    fn first_passwords_pass_the_default_policy_and_differ() {
        let policy = crate::policy::AuthorityPolicy::default();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let password = first_password(&OsEntropy).unwrap();
            assert_eq!(
                policy.check_password(&password, "sl001"),
                Ok(()),
                "{password}"
            );
            assert!(seen.insert(password));
        }
    }

    /// Gives 0, 1, 2, … without end.
    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Ok(())
        }
    }

    #[test]
    fn every_letter_is_equally_likely() {
        let source = Counting(0.into());
        let letters = GROUPS[0];
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..letters.len() * 10 {
            *counts.entry(pick(&source, letters).unwrap()).or_insert(0) += 1;
        }
        assert!(counts.values().all(|count| *count == 10), "{counts:?}");
    }
}
