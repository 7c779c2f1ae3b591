//! A city's own certificate authority, for tests and demonstrations. A real one takes its place by
//! giving certificates and a [`crate::Signer`] of its own.
//!
//! Two roots: SM2 for everything legal, P-256 for the PDF copy. The seal maker (制章人) is another
//! key than the one that stamps (签章人), and the key of the codes a third.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::certificate::CertificateError;
use crate::chain::Trust;
use crate::crl::{Crl, CrlError, Reason, Revoked};
use crate::issue::{self, Purpose, Subject, Validity};
use crate::key::{Algorithm, PrivateKey};
use crate::keystore::{KeyStore, KeyStoreError};
use crate::signer::SoftwareSigner;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Root of all SM2 certificates.
    Root,
    /// Makes seals (制章人).
    SealMaker,
    /// Stamps documents with an authority's seal (签章人).
    SealSigner,
    /// Signs the codes of certificates (一证一码).
    CodeSigner,
    /// Signs time stamps.
    TimeStamper,
    /// Root of the P-256 certificates.
    PdfRoot,
    /// Signs PDF copies.
    PdfSigner,
    /// Signs time stamps of PDF copies.
    PdfTimeStamper,
}

impl Role {
    /// The curve.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Role::PdfRoot | Role::PdfSigner | Role::PdfTimeStamper => Algorithm::P256,
            _ => Algorithm::Sm2,
        }
    }

    /// In Chinese.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Root => "根证书",
            Role::SealMaker => "制章人",
            Role::SealSigner => "签章人",
            Role::CodeSigner => "二维码签名",
            Role::TimeStamper => "时间戳",
            Role::PdfRoot => "PDF 根证书",
            Role::PdfSigner => "PDF 签名",
            Role::PdfTimeStamper => "PDF 时间戳",
        }
    }

    /// Who issues its certificate; itself for a root.
    const fn issuer(self) -> Role {
        match self.algorithm() {
            Algorithm::Sm2 => Role::Root,
            Algorithm::P256 => Role::PdfRoot,
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            Role::Root | Role::PdfRoot => Purpose::Authority,
            Role::TimeStamper | Role::PdfTimeStamper => Purpose::TimeStamping,
            _ => Purpose::Signing,
        }
    }

    const fn years(self) -> i64 {
        match self {
            Role::Root | Role::PdfRoot => 20,
            Role::SealMaker | Role::TimeStamper | Role::PdfTimeStamper => 10,
            _ => 3,
        }
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CityError {
    /// The key store.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A revocation list.
    #[error(transparent)]
    List(#[from] CrlError),
}

/// A city's authority over a key store.
#[derive(Debug)]
pub struct City {
    store: KeyStore,
    name: String,
}

impl City {
    /// Founds the authority: both roots, the seal maker and the time stampers. What is there
    /// already stays, so a run that was cut short is simply repeated.
    ///
    /// # Errors
    /// The key store cannot be written.
    pub fn found(store: KeyStore, name: &str, now: DateTime<Utc>) -> Result<City, CityError> {
        let mut city = City {
            store,
            name: name.to_owned(),
        };
        let whole_city = [
            Role::Root,
            Role::PdfRoot,
            Role::SealMaker,
            Role::TimeStamper,
            Role::PdfTimeStamper,
        ];
        for role in whole_city {
            if city.store.current(role, "").is_none() {
                city.issue(role, "", &format!("{name}测试证书机构"), now)?;
            }
        }
        Ok(city)
    }

    /// Makes a key with its certificate; the one before it in this role retires (key roll-over:
    /// what it signed stays valid). `authority` is the authority's code, empty for the whole city.
    ///
    /// # Errors
    /// The key store cannot be written.
    pub fn issue(
        &mut self,
        role: Role,
        authority: &str,
        organization: &str,
        now: DateTime<Utc>,
    ) -> Result<u32, CityError> {
        let key = PrivateKey::generate(role.algorithm());
        let subject = Subject {
            organization: organization.to_owned(),
            common_name: format!("{organization} {}（测试）", role.name()),
            locality: self.name.clone(),
        };
        // a minute earlier: the clocks of those who check may be a little behind
        let validity = Validity {
            from: now - Duration::minutes(1),
            until: now + Duration::days(365 * role.years()),
        };
        let certificate = if role.purpose() == Purpose::Authority {
            issue::self_signed(&key, &subject, validity)?
        } else {
            let issuer = self.store.signer(role.issuer(), "")?;
            issuer.issue(&key.public(), &subject, validity, role.purpose())?
        };
        Ok(self.store.add(role, authority, &key, &certificate, now)?)
    }

    /// Revokes a key's certificate from now on.
    ///
    /// # Errors
    /// No such key, or the key store cannot be written.
    pub fn revoke(&mut self, id: u32, now: DateTime<Utc>, reason: Reason) -> Result<(), CityError> {
        Ok(self.store.revoke(id, now, reason)?)
    }

    /// The current signer of a role.
    ///
    /// # Errors
    /// There is none.
    pub fn signer(&self, role: Role, authority: &str) -> Result<SoftwareSigner, CityError> {
        Ok(self.store.signer(role, authority)?)
    }

    /// The keys.
    #[must_use]
    pub fn store(&self) -> &KeyStore {
        &self.store
    }

    /// The revocation lists of both roots as of now, in DER.
    ///
    /// # Errors
    /// A root is missing.
    pub fn lists(&self, now: DateTime<Utc>) -> Result<Vec<Vec<u8>>, CityError> {
        [Role::Root, Role::PdfRoot]
            .into_iter()
            .map(|root| {
                let signer = self.store.signer(root, "")?;
                let mut revoked = Vec::new();
                for entry in self.store.entries() {
                    let (Some((since, _)), Some(reason)) = (entry.revoked, entry.reason()) else {
                        continue;
                    };
                    if entry.role.issuer() == root {
                        revoked.push(Revoked {
                            serial: entry.certificate()?.serial_bytes().to_vec(),
                            since,
                            reason,
                        });
                    }
                }
                let number = u32::try_from(now.timestamp()).unwrap_or(u32::MAX);
                let span = (now, now + Duration::days(7));
                Ok(signer.revocation_list(number, span, &revoked)?)
            })
            .collect()
    }

    /// Trust in this city's roots, with its revocation lists as of now.
    ///
    /// # Errors
    /// A root is missing.
    pub fn trust(&self, now: DateTime<Utc>) -> Result<Trust, CityError> {
        let mut trust = Trust::default();
        for entry in self.store.entries() {
            if entry.role.purpose() == Purpose::Authority {
                trust.add_root(entry.certificate()?);
            }
            if entry.role == Role::SealMaker {
                trust.add_maker(entry.certificate()?);
            }
        }
        for list in self.lists(now)? {
            trust.add_list(&list)?;
        }
        Ok(trust)
    }
}

impl SoftwareSigner {
    fn issue(
        &self,
        public: &crate::PublicKey,
        subject: &Subject,
        validity: Validity,
        purpose: Purpose,
    ) -> Result<crate::Certificate, CertificateError> {
        issue::issue(self.key(), self.own(), public, subject, validity, purpose)
    }

    fn revocation_list(
        &self,
        number: u32,
        span: (DateTime<Utc>, DateTime<Utc>),
        revoked: &[Revoked],
    ) -> Result<Vec<u8>, CrlError> {
        Crl::make(self.key(), self.own(), number, span, revoked)
    }
}
