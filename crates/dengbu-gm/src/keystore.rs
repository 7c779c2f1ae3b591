//! Keys at rest in one file: certificates in the open, private keys under SM4-GCM.
//!
//! For tests, demonstrations and the test authority. The file's key is derived from a passphrase
//! with Argon2id. Each private key is bound to its number and certificate, so that entries cannot
//! be exchanged. The file is replaced as a whole: a crash leaves the old one or the new one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, CertificateError};
use crate::city::Role;
use crate::crl::Reason;
use crate::key::PrivateKey;
use crate::sealed;
use crate::signer::{SignError, SoftwareSigner};

/// Largest file that is read, in bytes.
const LENGTH_MAX: u64 = 16 * 1024 * 1024;

/// Where the program runs and what it may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Tests and demonstrations: keys in software are all there is.
    Test,
    /// Legal effect. GB/T 39786 wants a certified cryptographic module; software keys are refused
    /// unless the operator allowed them by name.
    Production {
        /// The operator's word.
        software_allowed: bool,
    },
}

/// What went wrong with the key store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// Software keys in production.
    #[error(
        "生产环境不允许使用软件密钥签章：请配置密码设备或签章平台；确需临时使用的，须在配置中明确允许"
    )]
    SoftwareRefused,
    /// The file cannot be read or written.
    #[error("密钥库 {0} 无法读写：{1}")]
    Io(PathBuf, std::io::Error),
    /// The file is there already.
    #[error("密钥库 {0} 已存在")]
    Exists(PathBuf),
    /// The file is broken.
    #[error("密钥库 {0} 已损坏")]
    Damaged(PathBuf),
    /// Wrong passphrase.
    #[error("密钥库口令不对")]
    Passphrase,
    /// There is no such key.
    #[error("密钥库中没有可用的“{0}”密钥")]
    Missing(&'static str),
    /// The key may not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A certificate is broken.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// May a key sign?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It signs.
    Current,
    /// A newer one signs; what it signed stays valid.
    Retired,
    /// Revoked: see the revocation list.
    Revoked,
}

/// A key as seen from outside.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyEntry {
    /// Number in this store, from 1. Never used again.
    pub id: u32,
    /// What it is for.
    pub role: Role,
    /// Code of the authority it belongs to; empty for keys of the whole city.
    pub authority: String,
    /// May it sign?
    pub state: KeyState,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Revoked from when and why (RFC 5280 numbers it).
    pub revoked: Option<(DateTime<Utc>, u8)>,
    /// Certificate in DER, Base64.
    certificate: String,
    /// Private key, sealed, Base64.
    key: String,
}

impl fmt::Debug for KeyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeyEntry({}, {:?}, {})",
            self.id, self.role, self.authority
        )
    }
}

impl KeyEntry {
    /// Its certificate.
    ///
    /// # Errors
    /// The file is broken.
    pub fn certificate(&self) -> Result<Certificate, CertificateError> {
        let der = STANDARD.decode(&self.certificate);
        Certificate::from_der(&der.map_err(|_| CertificateError::Malformed)?)
    }

    /// Why it was revoked.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.revoked.map(|(_, number)| match number {
            1 => Reason::KeyCompromise,
            3 => Reason::AffiliationChanged,
            4 => Reason::Superseded,
            5 => Reason::CessationOfOperation,
            _ => Reason::Unspecified,
        })
    }

    /// Where its private key belongs: number and certificate.
    fn place(id: u32, certificate: &Certificate) -> Vec<u8> {
        [
            b"dengbu-key".as_slice(),
            &id.to_be_bytes(),
            &certificate.digest(),
        ]
        .concat()
    }
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    salt: String,
    /// A known text under the file's key: tells a wrong passphrase from a broken file.
    check: String,
    entries: Vec<KeyEntry>,
}

const CHECK: &[u8] = b"dengbu-keystore";

/// The keys of one file.
pub struct KeyStore {
    path: PathBuf,
    key: [u8; 16],
    contents: Contents,
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyStore")
            .field("path", &self.path)
            .field("entries", &self.contents.entries)
            .finish_non_exhaustive()
    }
}

impl KeyStore {
    /// A new, empty file.
    ///
    /// # Errors
    /// Software keys are refused here, the file exists or cannot be written.
    pub fn create(
        path: &Path,
        passphrase: &str,
        policy: Policy,
    ) -> Result<KeyStore, KeyStoreError> {
        allowed(policy)?;
        if path.exists() {
            return Err(KeyStoreError::Exists(path.to_owned()));
        }
        let salt: [u8; 16] = rand::random();
        let key = derive(passphrase, &salt)?;
        let check = sealed::seal(&key, CHECK, CHECK).map_err(|_| KeyStoreError::Passphrase)?;
        let store = KeyStore {
            path: path.to_owned(),
            key,
            contents: Contents {
                version: 1,
                salt: STANDARD.encode(salt),
                check: STANDARD.encode(check),
                entries: Vec::new(),
            },
        };
        store.save()?;
        Ok(store)
    }

    /// Opens a file.
    ///
    /// # Errors
    /// Software keys are refused here, wrong passphrase, or the file cannot be read.
    pub fn open(path: &Path, passphrase: &str, policy: Policy) -> Result<KeyStore, KeyStoreError> {
        allowed(policy)?;
        let io = |error| KeyStoreError::Io(path.to_owned(), error);
        let damaged = || KeyStoreError::Damaged(path.to_owned());
        if fs::metadata(path).map_err(io)?.len() > LENGTH_MAX {
            return Err(damaged());
        }
        let text = fs::read(path).map_err(io)?;
        let contents: Contents = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| damaged());
        let key = derive(passphrase, &decode(&contents.salt)?)?;
        match sealed::open(&key, CHECK, &decode(&contents.check)?) {
            Ok(text) if text == CHECK => {}
            _ => return Err(KeyStoreError::Passphrase),
        }
        Ok(KeyStore {
            path: path.to_owned(),
            key,
            contents,
        })
    }

    /// Takes another passphrase: every key is sealed anew, and the old one opens nothing any more.
    ///
    /// # Errors
    /// An entry is broken, or the file cannot be written; the file is then as it was.
    pub fn change_passphrase(&mut self, passphrase: &str) -> Result<(), KeyStoreError> {
        let damaged = || KeyStoreError::Damaged(self.path.clone());
        let salt: [u8; 16] = rand::random();
        let key = derive(passphrase, &salt)?;
        let mut entries = self.contents.entries.clone();
        for entry in &mut entries {
            let place = KeyEntry::place(entry.id, &entry.certificate()?);
            let sealed = STANDARD.decode(&entry.key).map_err(|_| damaged())?;
            let bytes = sealed::open(&self.key, &place, &sealed).map_err(|_| damaged())?;
            let sealed =
                sealed::seal(&key, &place, &bytes).map_err(|_| KeyStoreError::Passphrase)?;
            entry.key = STANDARD.encode(sealed);
        }
        let check = sealed::seal(&key, CHECK, CHECK).map_err(|_| KeyStoreError::Passphrase)?;
        let before = std::mem::replace(
            &mut self.contents,
            Contents {
                version: 1,
                salt: STANDARD.encode(salt),
                check: STANDARD.encode(check),
                entries,
            },
        );
        let key_before = std::mem::replace(&mut self.key, key);
        self.save().inspect_err(|_| {
            self.contents = before;
            self.key = key_before;
        })
    }

    /// All keys, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[KeyEntry] {
        &self.contents.entries
    }

    /// The key that signs for this role and authority now.
    #[must_use]
    pub fn current(&self, role: Role, authority: &str) -> Option<&KeyEntry> {
        self.contents.entries.iter().rev().find(|entry| {
            entry.role == role && entry.authority == authority && entry.state == KeyState::Current
        })
    }

    /// Adds a key; the one that signed for this role and authority until now retires.
    ///
    /// # Errors
    /// Key and certificate do not belong together, or the file cannot be written.
    pub fn add(
        &mut self,
        role: Role,
        authority: &str,
        key: &PrivateKey,
        certificate: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<u32, KeyStoreError> {
        if key.public() != *certificate.key() {
            return Err(SignError::Key.into());
        }
        let id = self.contents.entries.last().map_or(1, |last| last.id + 1);
        let place = KeyEntry::place(id, certificate);
        let sealed = sealed::seal(&self.key, &place, &key.to_bytes())
            .map_err(|_| KeyStoreError::Passphrase)?;
        for entry in &mut self.contents.entries {
            let same = entry.role == role && entry.authority == authority;
            if same && entry.state == KeyState::Current {
                entry.state = KeyState::Retired;
            }
        }
        self.contents.entries.push(KeyEntry {
            id,
            role,
            authority: authority.to_owned(),
            state: KeyState::Current,
            created: now,
            revoked: None,
            certificate: STANDARD.encode(certificate.der()),
            key: STANDARD.encode(sealed),
        });
        self.save()?;
        Ok(id)
    }

    /// Marks a key as revoked from `since` on.
    ///
    /// # Errors
    /// No such key, or the file cannot be written.
    pub fn revoke(
        &mut self,
        id: u32,
        since: DateTime<Utc>,
        reason: Reason,
    ) -> Result<(), KeyStoreError> {
        let entry = self.contents.entries.iter_mut().find(|e| e.id == id);
        let entry = entry.ok_or(KeyStoreError::Missing("指定编号"))?;
        entry.state = KeyState::Revoked;
        entry.revoked = Some((since, reason.number()));
        self.save()
    }

    /// The signer for this role and authority.
    ///
    /// # Errors
    /// None that may sign, or its entry is broken.
    pub fn signer(&self, role: Role, authority: &str) -> Result<SoftwareSigner, KeyStoreError> {
        let entry = self
            .current(role, authority)
            .ok_or(KeyStoreError::Missing(role.name()))?;
        self.unseal(entry)
    }

    /// The signer of one key, while it is current.
    ///
    /// # Errors
    /// No such key, it is retired or revoked, or its entry is broken.
    pub fn signer_of(&self, id: u32) -> Result<SoftwareSigner, KeyStoreError> {
        let entry = self.contents.entries.iter().find(|entry| entry.id == id);
        let entry = entry.ok_or(KeyStoreError::Missing("指定编号"))?;
        if entry.state != KeyState::Current {
            return Err(SignError::Retired(format!("{} 号", entry.id)).into());
        }
        self.unseal(entry)
    }

    fn unseal(&self, entry: &KeyEntry) -> Result<SoftwareSigner, KeyStoreError> {
        let certificate = entry.certificate()?;
        let damaged = || KeyStoreError::Damaged(self.path.clone());
        let sealed = STANDARD.decode(&entry.key).map_err(|_| damaged())?;
        let place = KeyEntry::place(entry.id, &certificate);
        let bytes = sealed::open(&self.key, &place, &sealed).map_err(|_| damaged())?;
        let key =
            PrivateKey::from_bytes(certificate.key().algorithm(), &bytes).map_err(|_| damaged())?;
        Ok(SoftwareSigner::new(key, certificate)?)
    }

    /// Writes beside the file, waits for the disk, puts it in the file's place.
    fn save(&self) -> Result<(), KeyStoreError> {
        let io = |error| KeyStoreError::Io(self.path.clone(), error);
        let text = serde_json::to_vec_pretty(&self.contents)
            .map_err(|_| KeyStoreError::Damaged(self.path.clone()))?;
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(io)?;
        file.write_all(&text).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&beside, &self.path).map_err(io)?;
        if let Some(folder) = self.path.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder).and_then(|f| f.sync_all()).map_err(io)?;
        }
        Ok(())
    }
}

fn allowed(policy: Policy) -> Result<(), KeyStoreError> {
    match policy {
        Policy::Production {
            software_allowed: false,
        } => Err(KeyStoreError::SoftwareRefused),
        _ => Ok(()),
    }
}

/// Argon2id with the memory and passes that OWASP advises (19 MiB, 2).
fn derive(passphrase: &str, salt: &[u8]) -> Result<[u8; 16], KeyStoreError> {
    let mut key = [0; 16];
    argon2::Argon2::default()
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|_| KeyStoreError::Passphrase)?;
    Ok(key)
}
