//! Who vouches for the seals, and what opens the key store: set by the operator.
//!
//! Under [`SealPolicy::Test`] the platform is its own certificate authority: enough to show and to
//! try, and every certificate and every check says so. Under [`SealPolicy::Production`] it believes
//! the certificates it was given (an authority licensed under 电子签名法 第十六条 to 第十八条) and
//! makes no keys of its own; GB/T 39786-2021 wants keys of legal effect in a certified module.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dengbu_gm::{Certificate, Trust};

/// Files of a folder of trust at most.
const FILES_MAX: usize = 500;
/// Longest of them, bytes.
const LENGTH_MAX: u64 = 4 * 1024 * 1024;
/// Shortest passphrase, characters.
const PASSPHRASE_MIN: usize = 12;

/// Who vouches for the seals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SealPolicy {
    /// The platform's own test authority.
    #[default]
    Test,
    /// Licensed authorities whose certificates lie in this folder.
    Production {
        /// Roots and authorities between (`*.cer`, `*.crt`, `*.der`, `*.pem`), seal makers in
        /// `makers/`, revocation lists (`*.crl`).
        trust: PathBuf,
    },
}

/// What opens the key store. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(String);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Why seals cannot be set up as the operator said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// A file cannot be read or written.
    #[error("无法读写 {0}：{1}")]
    Io(PathBuf, io::Error),
    /// Others may read the passphrase.
    #[error("口令文件 {0} 可以被其他用户读取，请先运行 chmod 600 {0}")]
    Open(PathBuf),
    /// Too short.
    #[error("密钥库口令至少 {PASSPHRASE_MIN} 个字符（{0}）")]
    Short(String),
    /// A file of the folder of trust is no certificate or list.
    #[error("{0} 不是可以识别的证书或吊销列表")]
    Malformed(PathBuf),
    /// No root.
    #[error("{0} 中没有根证书（自签名证书），请放入电子认证机构的根证书")]
    NoRoot(PathBuf),
    /// Too many or too large.
    #[error("{0} 中的文件过多或过大，请核对是否选错了文件夹")]
    TooMuch(PathBuf),
}

impl Passphrase {
    /// A passphrase given in words.
    ///
    /// # Errors
    /// [`SealingError::Short`].
    pub fn given(text: &str, from: &str) -> Result<Self, SealingError> {
        let text = text.trim();
        if text.chars().count() < PASSPHRASE_MIN {
            return Err(SealingError::Short(from.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The passphrase in a file that only its owner may read.
    ///
    /// # Errors
    /// [`SealingError`].
    pub fn of_file(path: &Path) -> Result<Self, SealingError> {
        let io = |e| SealingError::Io(path.to_owned(), e);
        if fs::metadata(path).map_err(io)?.permissions().mode() & 0o077 != 0 {
            return Err(SealingError::Open(path.to_owned()));
        }
        let text = fs::read_to_string(path).map_err(io)?;
        Self::given(&text, &path.display().to_string())
    }

    /// The passphrase beside the key store, made at random where there is none yet. For
    /// demonstrations: whoever copies the folder has both.
    ///
    /// # Errors
    /// [`SealingError`].
    pub fn beside(folder: &Path) -> Result<Self, SealingError> {
        let path = folder.join("seals.passphrase");
        if path.exists() {
            return Self::of_file(&path);
        }
        let io = |e| SealingError::Io(path.clone(), e);
        fs::create_dir_all(folder).map_err(io)?;
        let random: [u8; 32] = rand::random();
        let text: String = random.iter().map(|b| format!("{b:02x}")).collect();
        // whole or not at all: half a passphrase would open nothing
        let draft = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .map_err(io)?;
        file.write_all(text.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&draft, &path).map_err(io)?;
        Ok(Self(text))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

/// Reads whom to believe from a folder.
///
/// # Errors
/// [`SealingError`].
pub fn trust(folder: &Path) -> Result<Trust, SealingError> {
    let mut roots = Vec::new();
    let mut between = Vec::new();
    let mut lists = Vec::new();
    for (path, bytes) in files(folder)? {
        if path.extension().is_some_and(|e| e == "crl") {
            lists.push((path, der(&bytes)));
            continue;
        }
        let certificate = certificate(&path, &bytes)?;
        if certificate.is_signed_by(&certificate) {
            roots.push(certificate);
        } else {
            between.push(certificate);
        }
    }
    if roots.is_empty() {
        return Err(SealingError::NoRoot(folder.to_owned()));
    }
    let mut trust = Trust::new(roots);
    for authority in between {
        trust.add_between(authority);
    }
    let makers = folder.join("makers");
    if makers.exists() {
        for (path, bytes) in files(&makers)? {
            trust.add_maker(certificate(&path, &bytes)?);
        }
    }
    for (path, list) in lists {
        trust
            .add_list(&list)
            .map_err(|_| SealingError::Malformed(path))?;
    }
    Ok(trust)
}

fn files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, SealingError> {
    let io = |e| SealingError::Io(folder.to_owned(), e);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let known = path.extension().and_then(|e| e.to_str()).is_some_and(|e| {
            ["cer", "crt", "der", "pem", "crl"].contains(&e.to_ascii_lowercase().as_str())
        });
        if known && path.is_file() {
            paths.push(path);
        }
    }
    if paths.len() > FILES_MAX {
        return Err(SealingError::TooMuch(folder.to_owned()));
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let io = |e| SealingError::Io(path.clone(), e);
            if fs::metadata(&path).map_err(io)?.len() > LENGTH_MAX {
                return Err(SealingError::TooMuch(path));
            }
            let bytes = fs::read(&path).map_err(io)?;
            Ok((path, bytes))
        })
        .collect()
}

/// DER, whether the file is DER or PEM.
fn der(bytes: &[u8]) -> Vec<u8> {
    let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|t| t.contains("-----BEGIN"))
    else {
        return bytes.to_vec();
    };
    let body: String = text
        .lines()
        .skip_while(|l| !l.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|l| !l.starts_with("-----END"))
        .map(str::trim)
        .collect();
    STANDARD.decode(body).unwrap_or_default()
}

fn certificate(path: &Path, bytes: &[u8]) -> Result<Certificate, SealingError> {
    Certificate::from_der(&der(bytes)).map_err(|_| SealingError::Malformed(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use dengbu_gm::{City, KeyStore, Moment, Policy, Role, Signer as _, Usage};

    use super::*;

    #[test]
    fn the_folder_of_trust_is_read_and_what_is_wrong_in_it_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(trust(folder.path()), Err(SealingError::NoRoot(_))));
        let now = Utc::now();
        let keys = tempfile::tempdir().unwrap();
        let store = KeyStore::create(&keys.path().join("k"), "口令口令", Policy::Test).unwrap();
        let mut city = City::found(store, "示例市", now).unwrap();
        let root = city.signer(Role::Root, "").unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(root.certificate().der())
        );
        fs::write(at("root.pem"), pem).unwrap();
        fs::create_dir(at("makers")).unwrap();
        let maker = city.signer(Role::SealMaker, "").unwrap();
        fs::write(at("makers/maker.cer"), maker.certificate().der()).unwrap();
        let id = city.issue(Role::SealSigner, "510400", "示例", now).unwrap();
        let signer = city.store().signer_of(id).unwrap();
        let read = trust(folder.path()).unwrap();
        let moment = Moment::claimed(now);
        let check = |c: &Certificate, usage| read.check(c, &[], usage, moment);
        check(signer.certificate(), Usage::Signing).unwrap();
        check(maker.certificate(), Usage::SealMaking).unwrap();
        fs::write(at("bad.cer"), b"no certificate").unwrap();
        let error = trust(folder.path()).unwrap_err();
        assert!(error.to_string().contains("bad.cer"), "{error}");
    }

    #[test]
    fn a_passphrase_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let made = Passphrase::beside(folder.path()).unwrap();
        assert_eq!(Passphrase::beside(folder.path()).unwrap(), made);
        assert_eq!(format!("{made:?}"), "Passphrase(..)");
        let path = folder.path().join("seals.passphrase");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            Passphrase::beside(folder.path()),
            Err(SealingError::Open(_))
        ));
        assert!(matches!(
            Passphrase::given("短", "环境变量"),
            Err(SealingError::Short(_))
        ));
    }
}
