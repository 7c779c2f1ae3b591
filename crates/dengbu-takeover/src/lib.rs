//! Existing titles (存量权利) of older registers, put into the cadastre and the register as they
//! stood there.
//!
//! 《不动产登记暂行条例》第三十三条第一款: certificates issued and registers kept before it came into
//! force stay valid. So what an older register held becomes entries of this one, of the business
//! [`BUSINESS`], each with where it came from and the day it was registered on there. Nothing is
//! corrected here and nothing is issued: numbers of old certificates are kept as text.
//!
//! Invariants:
//! - A unit comes with all its rights in one transaction, or not at all.
//! - A unit that is there already is left as it is: a second run changes nothing, and a run that
//!   was killed is finished by running it again.
//! - A right's identity follows from its origin ([`identity::right_id`]): any run gives the same.
//! - No clock and no randomness of its own: both come in with [`Options`].
//!
//! Map: [`existing`] what is taken over, and its checks · [`identity`] identities of rights ·
//! `entries` a unit's rights as a sequence of entries (pure) · [`load`](mod@load) writing a whole
//! stock · [`take`](mod@take) writing one batch, later deliveries of known units included.

mod entries;
pub mod existing;
pub mod identity;
pub mod load;
pub mod take;

pub use existing::{ExistingRight, ExistingStock, ExistingUnit, Inconsistent, LandFacts, Subject};
pub use load::{Loaded, Options, TakeoverError, load};
pub use take::{Taken, take};

/// The business code of entries that take over an existing title.
pub const BUSINESS: &str = "existing";

/// Who stands as registrar (登簿人) in such entries: a program, no member of staff.
pub const REGISTRAR: &str = "存量数据导入";

/// What such entries rest on.
pub const LEGAL_BASIS: &str = "《不动产登记暂行条例》第三十三条第一款：本条例施行前依法颁发的各类不动产权属证书和制作的不动产登记簿继续有效";

/// The registration cause (登记原因) of such entries.
pub const CAUSE: &str = "存量登记簿数据导入";

/// Remark (附记) on a right whose day of registration the older register does not give.
pub const DATE_UNKNOWN: &str = "原登记资料未载明登记日期";
