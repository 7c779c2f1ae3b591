//! What can go wrong with fees.

use dengbu_store::StoreError;

/// A data file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("收费数据文件 {file} 有误：{message}")]
pub struct DataFault {
    /// The file.
    pub file: &'static str,
    /// What is wrong, with line and column.
    pub message: String,
}

/// What stands in the way at the cashier's desk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeeError {
    /// No such order in scope.
    #[error("没有找到缴款单 {0}")]
    UnknownOrder(String),
    /// No tariff holds on that day.
    #[error("{0} 没有可用的登记费标准，请联系系统管理员更新收费数据")]
    NoTariff(chrono::NaiveDate),
    /// The business costs nothing.
    #[error("本业务不收登记费，无需开具缴款单")]
    NothingToPay,
    /// Somebody changed the order in the meantime.
    #[error("缴款单已被他人修改（当前版本 {current}），请刷新后再操作")]
    Stale {
        /// The version now.
        current: i64,
    },
    /// The order is void or its case ended.
    #[error("缴款单 {0} 已作废或业务已终止，不能再收费或减免")]
    Closed(String),
    /// A unit's use is not known, so its rate is not either.
    #[error("不动产单元 {0} 的规划用途未登记，请先核定住宅或非住宅再收费")]
    UseUnknown(String),
    /// A field of the request does not fit.
    #[error("{message}")]
    Field {
        /// JSON pointer.
        field: &'static str,
        /// Machine code.
        code: &'static str,
        /// What is wrong and what to do, in Chinese.
        message: String,
    },
    /// A case must not go on before its fee is settled.
    #[error("{0}")]
    NotSettled(String),
    /// The bill system refused or could not be reached.
    #[error("非税票据系统没有办成：{0}。钱款没有入账，请稍后重试")]
    Gateway(String),
    /// What is stored cannot be read.
    #[error("缴款单 {order} 的数据无法读取：{what}")]
    Unreadable {
        /// The order.
        order: String,
        /// Which column.
        what: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FeeError {
    pub(crate) fn field(
        field: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Field {
            field,
            code,
            message: message.into(),
        }
    }
}

impl From<sqlx::Error> for FeeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
