//! Staff of the registration authorities (登记机构工作人员): who someone is, what they may do, and
//! what they did.
//!
//! Invariants:
//! - A password, a session token and a second-factor secret are never readable through this
//!   crate's types; the database holds a password's argon2id hash, a token's SM3 hash, and a
//!   second-factor secret sealed under a key that is not in the database.
//! - An attempt is counted before it is checked, so attempts made at the same time cannot
//!   outnumber the limit; a user name that does not exist behaves like one that does.
//! - A code of the second factor works once.
//! - [`Actor::may`] answers no until sign-in is complete (second factor passed, first password
//!   replaced). Nobody holds 系统管理员 or 安全审计员 together with any other role.
//! - Every change of an account, and every sign-in, is in the audit trail by the same
//!   transaction; the server's database role can add to the trail and not change it.
//! - Time comes in as an argument ([`RequestContext::now`]) and randomness through [`Entropy`].
//!
//! Map:
//! - [`role`], [`permission`], [`grant`]: roles, actions, which role may do what; who has a role.
//! - [`actor`]: the person behind a request.
//! - [`policy`]: passwords, lock-out and time-outs as data of each authority.
//! - [`Accounts`] ([`accounts`]) is the one door: sign-in ([`sign_in`]), sessions ([`session`]),
//!   second factor ([`second_factor`]), own password ([`password_change`]), and the management of
//!   accounts ([`manage`], [`directory`], [`grants`]).
//! - [`tenant`]: setting up a registration authority, the work of the platform's operator.
//! - [`password`], [`token`], [`seal`], [`entropy`], `throttle`: the parts these are made of.
//! - [`same_city`]: offices that take cases for other places, delegated reviews; its rows:
//!   [`same_city_store`].
//! - [`colleagues`]: picking a colleague; [`deputy`]: who stands in for whom.
//! - [`audit`]: writing and searching the audit trail.

pub mod accounts;
pub mod actor;
pub mod audit;
pub mod colleagues;
pub mod deputy;
pub mod directory;
pub mod entropy;
mod fields;
pub mod grant;
pub mod grants;
pub mod manage;
pub mod password;
pub mod password_change;
pub mod permission;
pub mod policy;
pub mod role;
pub mod same_city;
pub mod same_city_store;
pub mod seal;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod tenant;
mod throttle;
pub mod token;

pub use accounts::{Accounts, AccountsOptions};
pub use actor::{Actor, RequestContext, Standing};
pub use audit::{AuditRecord, Outcome};
pub use directory::{StaffPage, StaffQuery, StaffRecord};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use grant::{Grant, GrantError};
pub use manage::{InitialPassword, NewStaff, StaffChanges, StaffError};
pub use permission::Action;
pub use policy::{AuthorityPolicy, PasswordRejected};
pub use role::{PLATFORM, Role};
pub use seal::SecretsKey;
pub use second_factor::{Enrolment, SecondFactor, SecondFactorError};
pub use session::{Session, SessionError};
pub use sign_in::{SignIn, SignInError};
pub use token::{SessionToken, check_csrf, csrf_token_for};
