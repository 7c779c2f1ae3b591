//! The national cryptography of the platform, and the little of the international that today's
//! PDF readers need.
//!
//! SM2 (GB/T 32918, used as GB/T 35276 says: DER signatures, the default identity), SM3 (GB/T
//! 32905), SM4-GCM for keys at rest (GB/T 32907, GB/T 36624), X.509 certificates with SM2 (GB/T
//! 20518), revocation lists, time stamps (GB/T 20520, RFC 3161) and signed messages (RFC 5652, GB/T
//! 35275 for SM2). ECDSA P-256 with SHA-256 stands beside SM2 for the PDF copy.
//!
//! Invariants:
//! - a private key leaves a [`keystore::KeyStore`] only inside a [`Signer`]; on disk it is always
//!   encrypted;
//! - who signs with software in production must have been allowed to ([`keystore::Policy`]):
//!   GB/T 39786 wants a certified module there;
//! - a certificate is judged at the time of signing, not of looking ([`chain`]);
//! - readers of foreign bytes have limits and return errors, never panic; no clock in here.
//!
//! Map: [`key`] keys and signatures · [`hash`] SM3 and SHA-256 · [`asn1`] DER written and read ·
//! [`certificate`] and [`issue`] certificates · [`crl`] revocation · [`chain`] trust · [`cms`]
//! signed messages · [`timestamp`] time stamps · [`sealed`] SM4-GCM · [`keystore`] keys at rest ·
//! [`signer`] who signs · [`city`] a city's own test authority.

pub mod asn1;
pub mod certificate;
pub mod chain;
pub mod city;
pub mod cms;
pub mod crl;
pub mod hash;
pub mod issue;
pub mod key;
pub mod keystore;
pub mod oid;
pub mod sealed;
pub mod signer;
pub mod timestamp;

pub use certificate::{Certificate, Usage};
pub use chain::{ChainProblem, Moment, Trust};
pub use city::{City, Role};
pub use key::{Algorithm, PrivateKey, PublicKey, Signature};
pub use keystore::{KeyStore, Policy};
pub use signer::{SignError, Signer};
pub use timestamp::{StampedTime, TimeStamper};
