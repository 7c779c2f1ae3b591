use dengbu_store::StoreError;

/// What can go wrong with the register.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The unit is not in the cadastre or not within the caller's scope.
    #[error("没有找到不动产单元 {0}")]
    UnknownUnit(String),
    /// Another current title stands on the unit.
    #[error("不动产单元 {0} 上已有现势所有权，不能重复登记")]
    SecondTitle(String),
    /// An entry ends a right that does not stand.
    #[error("要消灭的权利 {0} 在登记簿上不是现势权利")]
    NotStanding(uuid::Uuid),
    /// A stored entry cannot be read back: the store was damaged or altered.
    #[error("登记簿记录 {entry} 无法读取：{reason}")]
    Unreadable {
        /// The entry.
        entry: String,
        /// What the reader said.
        reason: String,
    },
    /// A paper form is not in stock.
    #[error("{0}")]
    Form(#[from] crate::forms::FormError),
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RegisterError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}
