//! Errors of data integration, in words for people.

use dengbu_distribution::DistributionError;
use dengbu_register::RegisterError;
use dengbu_store::StoreError;
use dengbu_takeover::TakeoverError;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// No such thing, or not of this authority.
    #[error("没有找到{0}，或者它不属于本机构")]
    Unknown(&'static str),
    /// A field given by a person is wrong.
    #[error("{message}")]
    Field {
        /// JSON pointer.
        field: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
    /// A mapping that cannot be used: all that is wrong with it, with lines.
    #[error("字段对照有 {} 处错误", .0.len())]
    Mapping(Vec<dengbu_mapping::Fault>),
    /// The state of the thing does not allow it.
    #[error("{0}")]
    State(String),
    /// The delivered file cannot be used.
    #[error("{0}")]
    Package(String),
    /// Contents cannot be kept or read.
    #[error("数据包存储出错：{0}")]
    Contents(String),
    /// The run could not go on.
    #[error("{0}")]
    Engine(String),
    /// The register could not be read for a check.
    #[error("登记簿数据无法读取：{0}")]
    Reading(DistributionError),
    /// Somebody asked it to stop.
    #[error("已按要求停止")]
    Stopped,
    /// A table could not be written as a workbook.
    #[error("表格生成失败：{0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The register or cadastre refused.
    #[error(transparent)]
    Takeover(#[from] TakeoverError),
    /// The register refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DistributionError> for IntakeError {
    fn from(e: DistributionError) -> Self {
        match e {
            DistributionError::Store(e) => Self::Store(e),
            DistributionError::Stopped => Self::Stopped,
            other => Self::Reading(other),
        }
    }
}

impl From<sqlx::Error> for IntakeError {
    fn from(e: sqlx::Error) -> Self {
        Self::Store(e.into())
    }
}

impl From<std::io::Error> for IntakeError {
    fn from(e: std::io::Error) -> Self {
        Self::Contents(dengbu_store::io_reason(&e).to_string())
    }
}

impl From<object_store::Error> for IntakeError {
    fn from(e: object_store::Error) -> Self {
        Self::Contents(e.to_string())
    }
}

impl IntakeError {
    /// A field that is wrong.
    pub(crate) fn field(field: &'static str, message: impl Into<String>) -> Self {
        Self::Field {
            field,
            message: message.into(),
        }
    }
}
