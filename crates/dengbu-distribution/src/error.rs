//! What can go wrong in giving out.

use dengbu_store::StoreError;

/// Why something was not given out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// The request names something that is not there, or contradicts itself.
    #[error("{1}")]
    Request(&'static str, String),
    /// A file could not be written.
    #[error("写出文件失败：{0}")]
    File(String),
    /// A map could not be drawn.
    #[error("绘制专题图失败：{0}")]
    Map(String),
    /// What is stored is not what this program stores.
    #[error("数据无法读取：{0}")]
    Unreadable(String),
    /// Somebody stopped it.
    #[error("已停止")]
    Stopped,
    /// The database refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for DistributionError {
    fn from(e: sqlx::Error) -> Self {
        Self::Store(StoreError::from(e))
    }
}

impl From<std::io::Error> for DistributionError {
    fn from(e: std::io::Error) -> Self {
        Self::File(e.to_string())
    }
}
