//! PostgreSQL for Dengbu: start or find it, migrate it, tenant-scoped transactions, outbox, jobs.
//!
//! Invariants:
//! - the only database is PostgreSQL ≥ 15, the only SQL the subset that also runs on Citus: the
//!   six-digit county (or authority) code is in every key, no triggers, no stored business logic;
//! - every read or write of business rows happens in a [`TenantTx`], which cannot be had without
//!   a [`Scope`]; row level security repeats the check in the database and fails closed;
//! - the server's role `dengbu_app` has exactly the rights a migration granted it;
//! - this crate knows nothing of registration: no right, case or certificate is named here.
//!
//! A database server of one's own (PostgreSQL ≥ 15) is prepared once by its administrator; the
//! server then gets `DATABASE_URL` (role `dengbu_app`) and `DENGBU_OWNER_URL` (role
//! `dengbu_owner`, for [`Store::migrate`]):
//! ```sql
//! create role dengbu_owner login password '…' nosuperuser nobypassrls;
//! create role dengbu_app login password '…' nosuperuser nobypassrls;
//! create database dengbu owner dengbu_owner encoding 'UTF8' locale 'C.UTF-8' template template0;
//! ```
//!
//! Map: [`engine`] the embedded database · [`store`] pool and transactions · [`scope`] tenant
//! scope · [`outbox`] messages to the outside · [`jobs`] work to be done later ·
//! [`authorities`] the registration authorities as data · `test_support` (feature) a database
//! per test · `migrations/` the schema of all capabilities, numbered.

pub mod authorities;
pub mod authority_list;
pub mod engine;
pub mod jobs;
pub mod outbox;
pub mod scope;
pub mod store;
#[cfg(feature = "test-support")]
pub mod test_support;

pub use authorities::{AuthorityFile, PANZHIHUA, seed_authorities};
pub use engine::{Engine, EngineConfig, EngineError, io_reason};
pub use scope::{Scope, ScopeError};
pub use store::{Store, StoreError, StoreOptions, TenantTx, is_contention};
#[cfg(feature = "test-support")]
pub use test_support::TestDb;
