//! Whom we trust, and whether a certificate leads there at the time it signed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};

use crate::certificate::{Certificate, Usage};
use crate::crl::{Crl, CrlError, Reason};

/// Certificates between signer and root, at most.
const DEPTH_MAX: usize = 6;
/// Chains remembered, at most.
const REMEMBERED_MAX: usize = 10_000;

/// A time of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub time: DateTime<Utc>,
    /// A trusted time stamp says so, not only the signer.
    pub proven: bool,
}

impl Moment {
    /// What the signer says.
    #[must_use]
    pub const fn claimed(time: DateTime<Utc>) -> Moment {
        Moment {
            time,
            proven: false,
        }
    }
}

/// Why a certificate was not to be trusted when it signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainProblem {
    /// It leads to no root of ours.
    #[error("证书“{0}”不是由受信任的机构签发")]
    Unknown(String),
    /// Not yet valid at that time.
    #[error("证书“{0}”在签名时尚未生效（{1} 起有效）")]
    NotYet(String, DateTime<Utc>),
    /// No longer valid at that time.
    #[error("证书“{0}”在签名时已过期（有效期至 {1}）")]
    Expired(String, DateTime<Utc>),
    /// It may not be used for this.
    #[error("证书“{0}”的用途不允许用于此类签名")]
    Usage(String, Usage),
    /// It makes seals and is no seal maker we know.
    #[error("证书“{0}”不是认可的制章单位")]
    NoMaker(String),
    /// Revoked.
    #[error("证书“{0}”已于 {1} 被吊销")]
    Revoked(String, DateTime<Utc>),
}

/// The roots, what leads to them, and what they revoked.
#[derive(Debug, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    between: Vec<Certificate>,
    lists: Vec<Crl>,
    makers: Vec<Certificate>,
    /// Chains by the certificate's digest: signatures once checked stay right.
    known: RwLock<HashMap<[u8; 32], Vec<Certificate>>>,
}

impl Trust {
    /// Trusts these roots.
    #[must_use]
    pub fn new(roots: Vec<Certificate>) -> Trust {
        Trust {
            roots,
            ..Trust::default()
        }
    }

    /// Adds a root.
    pub fn add_root(&mut self, root: Certificate) {
        self.roots.push(root);
        self.forget();
    }

    /// Adds an authority between root and signer. It is trusted only if it leads to a root.
    pub fn add_between(&mut self, authority: Certificate) {
        self.between.push(authority);
        self.forget();
    }

    /// Adds a certificate that may make seals (制章单位): no key usage of X.509 says so.
    pub fn add_maker(&mut self, maker: Certificate) {
        self.makers.push(maker);
    }

    /// Adds a revocation list of an authority that is known here; an older list of the same
    /// authority is replaced.
    ///
    /// # Errors
    /// Not a list, or of no authority known here.
    pub fn add_list(&mut self, der: &[u8]) -> Result<(), CrlError> {
        let mut last = CrlError::Signature;
        for authority in self.roots.iter().chain(&self.between) {
            match Crl::read(der, authority) {
                Ok(list) => {
                    let newer = |known: &Crl| {
                        known.issuer == list.issuer && known.this_update > list.this_update
                    };
                    if !self.lists.iter().any(newer) {
                        self.lists.retain(|known| known.issuer != list.issuer);
                        self.lists.push(list);
                    }
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The roots.
    #[must_use]
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    fn forget(&mut self) {
        self.known
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Was `certificate` to be trusted for `usage` at `moment`? `others` are certificates that
    /// came along.
    ///
    /// # Errors
    /// All that speaks against it.
    pub fn check(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        usage: Usage,
        moment: Moment,
    ) -> Result<(), Vec<ChainProblem>> {
        let Some(chain) = self.chain(certificate, others) else {
            return Err(vec![ChainProblem::Unknown(certificate.subject())]);
        };
        let mut problems = Vec::new();
        if usage == Usage::SealMaking && !self.makers.contains(certificate) {
            problems.push(ChainProblem::NoMaker(certificate.subject()));
        }
        for (at, link) in chain.iter().enumerate() {
            self.at_moment(link, moment, &mut problems);
            let used = if at == 0 { usage } else { Usage::Issuing };
            if !link.allows(used) {
                problems.push(ChainProblem::Usage(link.subject(), used));
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn at_moment(&self, link: &Certificate, moment: Moment, problems: &mut Vec<ChainProblem>) {
        if moment.time < link.not_before() {
            problems.push(ChainProblem::NotYet(link.subject(), link.not_before()));
        }
        if moment.time > link.not_after() {
            problems.push(ChainProblem::Expired(link.subject(), link.not_after()));
        }
        if self.lists.is_empty() {
            return;
        }
        let issuer = link.issuer_der();
        let revoked = self
            .lists
            .iter()
            .filter(|list| list.issuer == issuer)
            .flat_map(|list| &list.revoked)
            .find(|revoked| revoked.serial == link.serial_bytes());
        if let Some(revoked) = revoked {
            // who has a stolen key can write any time into what he signs
            let doubtful = revoked.reason == Reason::KeyCompromise && !moment.proven;
            if doubtful || revoked.since <= moment.time {
                problems.push(ChainProblem::Revoked(link.subject(), revoked.since));
            }
        }
    }

    /// The certificates from `leaf` to a root, signatures checked; remembered when all of them
    /// are ours.
    fn chain(&self, leaf: &Certificate, others: &[Certificate]) -> Option<Vec<Certificate>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = known.get(&leaf.digest()) {
            return Some(chain.clone());
        }
        drop(known);
        let chain = self.climb(leaf, others)?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(leaf.digest(), chain.clone());
        Some(chain)
    }

    fn climb(&self, leaf: &Certificate, others: &[Certificate]) -> Option<Vec<Certificate>> {
        let mut chain = vec![leaf.clone()];
        while let Some(last) = chain.last() {
            if self.roots.contains(last) {
                return Some(chain);
            }
            if let Some(root) = self.roots.iter().find(|root| last.is_signed_by(root)) {
                chain.push(root.clone());
                return Some(chain);
            }
            if chain.len() >= DEPTH_MAX {
                return None;
            }
            let above = self
                .between
                .iter()
                .chain(others)
                .find(|above| !chain.contains(above) && last.is_signed_by(above))?
                .clone();
            chain.push(above);
        }
        None
    }
}
