use dengbu_store::StoreError;

use crate::State;

/// What can go wrong with the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// No such certificate, batch, grant … in scope.
    #[error("没有找到{0}，请核对后重试")]
    Unknown(&'static str),
    /// The state does not let this happen.
    #[error("电子证照现在是“{}”，不能{what}", from.name_zh())]
    NotNow {
        /// The state now.
        from: State,
        /// What was asked.
        what: &'static str,
    },
    /// Something else stands in the way, in words.
    #[error("{0}")]
    Refused(String),
    /// A stored value cannot be read: another key, or damage.
    #[error("电子证照库中的加密内容无法解读，可能更换过密钥文件；请从备份恢复密钥")]
    Unreadable,
    /// A file is missing or was changed.
    #[error("电子证照文件存储失败：{0}")]
    File(String),
    /// The password could not be hashed or no randomness was to be had.
    #[error("{0}")]
    Hash(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LibraryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<dengbu_staff::EntropyError> for LibraryError {
    fn from(error: dengbu_staff::EntropyError) -> Self {
        Self::Hash(error.to_string())
    }
}

impl From<dengbu_staff::password::HashError> for LibraryError {
    fn from(error: dengbu_staff::password::HashError) -> Self {
        Self::Hash(error.to_string())
    }
}
