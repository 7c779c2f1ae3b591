use dengbu_store::StoreError;

/// A field of an application that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// JSON pointer.
    pub field: String,
    /// Machine code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl FieldFault {
    /// A fault.
    #[must_use]
    pub fn new(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            message: message.into(),
        }
    }
}

/// What can go wrong with a search.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// No such application, paper or alert in scope.
    #[error("没有找到{0}，或者不在您的管辖范围内")]
    Unknown(String),
    /// Fields that are wrong.
    #[error("有 {} 处填写有误，请按提示修改后重试", .0.len())]
    Fields(Vec<FieldFault>),
    /// Somebody changed it meanwhile.
    #[error("该查询申请已被他人修改，请重新载入后再操作")]
    Stale {
        /// Version now.
        current: i64,
    },
    /// It is over.
    #[error("该查询申请已经{0}，不能再改")]
    Closed(&'static str),
    /// It may not be answered.
    #[error("该查询申请不符合查询条件，不能提供查询结果")]
    Refused(Vec<crate::decide::Finding>),
    /// Too much for one answer; an answer is complete or none.
    #[error(
        "查询结果涉及 {found} 个不动产单元，超过一次查询上限 {most} 个；为避免遗漏，没有给出部分结果，请缩小范围后分次查询"
    )]
    TooMany {
        /// Units found.
        found: usize,
        /// Units at most.
        most: usize,
    },
    /// Nothing has been shown today from which a paper could be made.
    #[error("今天还没有对该申请给出查询结果；结果证明须依据当日查询出具，请先查询")]
    NoAnswerToday,
    /// This paper cannot be made from that answer.
    #[error("{0}")]
    NoSuchPaper(String),
    /// A stored answer or paper cannot be read back.
    #[error("查询记录 {0} 无法读取")]
    Unreadable(String),
    /// The register.
    #[error(transparent)]
    Register(#[from] dengbu_register::RegisterError),
    /// The cadastre.
    #[error(transparent)]
    Cadastre(#[from] dengbu_cadastre::CadastreError),
    /// Cases and their papers.
    #[error(transparent)]
    Case(#[from] dengbu_cases::CaseError),
    /// The library of electronic certificates.
    #[error(transparent)]
    Library(#[from] dengbu_certlib::LibraryError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for SearchError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}
