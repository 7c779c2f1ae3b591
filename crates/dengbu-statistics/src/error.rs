//! What can go wrong.

use dengbu_cases::CaseError;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// The last day is before the first.
    #[error("统计期间的截止日期 {to} 早于起始日期 {from}，请改正日期")]
    EndsBeforeItStarts {
        /// First day.
        from: chrono::NaiveDate,
        /// Last day.
        to: chrono::NaiveDate,
    },
    /// The period is longer than is counted at once.
    #[error("统计期间最长 {} 天，请缩短后重试", crate::period::DAYS_MAX)]
    TooLong,
    /// A day that no calendar reaches.
    #[error("统计日期应在 1990 年至 2199 年之间，请改正日期")]
    OutOfRange,
    /// A case that is not under way here.
    #[error("业务件 {0} 不在办理中，或不在您的管辖范围，请刷新列表后重试")]
    NotOpen(String),
    /// The workbook could not be written.
    #[error("生成 Excel 文件失败，请改用 CSV 导出或稍后重试")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The calendar could not be read.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] dengbu_store::StoreError),
    /// The database.
    #[error("数据库操作失败，请稍后重试")]
    Sql(#[from] sqlx::Error),
}
