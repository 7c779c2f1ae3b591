//! What can go wrong with the demonstration city.

use dengbu_cases::CaseError;
use dengbu_intake::engine::EngineFault;
use dengbu_model::certificate::NumberError;
use dengbu_register::RegisterError;
use dengbu_staff::StaffError;
use dengbu_staff::password::HashError;
use dengbu_store::StoreError;
use dengbu_takeover::TakeoverError;

/// Why the demonstration city or the legacy sample was not loaded, or not wholly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// Somebody else works in this database.
    #[error(
        "数据库里已有正式账号（例如“{0}”），不能装入演示数据：演示账号的密码是公开的。请换一个空的数据目录"
    )]
    InUse(String),
    /// The demonstration's own data are malformed: a defect of the program.
    #[error("演示数据有误：{0}")]
    Malformed(String),
    /// The legacy files cannot be read.
    #[error(transparent)]
    Files(#[from] EngineFault),
    /// No room for the work.
    #[error("临时文件夹不可用：{0}")]
    Room(String),
    /// Taking over was refused.
    #[error(transparent)]
    Takeover(#[from] TakeoverError),
    /// The register refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The calendar or a case was refused.
    #[error(transparent)]
    Cases(#[from] CaseError),
    /// A fee was refused.
    #[error(transparent)]
    Fees(#[from] dengbu_fees::FeeError),
    /// An account was refused.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DemoError {
    pub(crate) fn malformed(error: impl std::fmt::Display) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<NumberError> for DemoError {
    fn from(error: NumberError) -> Self {
        Self::malformed(error)
    }
}

impl From<sqlx::Error> for DemoError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
