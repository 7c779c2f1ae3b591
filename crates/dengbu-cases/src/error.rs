use dengbu_law::application::FieldError;
use dengbu_law::effect::EffectError;
use dengbu_law::flow::FlowError;
use dengbu_law::rules::Violation;
use dengbu_register::RegisterError;
use dengbu_register::forms::FormError;
use dengbu_store::StoreError;

/// What can stand in a case's way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// No such case in scope.
    #[error("没有找到业务件 {0}")]
    Unknown(String),
    /// No such business in the catalogue.
    #[error("业务目录中没有 {0}")]
    UnknownBusiness(String),
    /// The request itself does not fit, field by field.
    #[error("有 {} 处填写有误", .0.len())]
    Fields(Vec<FieldError>),
    /// Rules stand in the way.
    #[error("有 {} 条规则不符合", .0.len())]
    Rules(Vec<Violation>),
    /// Somebody changed the case in the meantime.
    #[error("业务件已被他人修改（当前版本 {current}），请刷新后再操作")]
    Stale {
        /// The version now.
        current: i64,
    },
    /// The move does not exist or this person may not make it.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The application can only be changed while it is being accepted.
    #[error("业务件已提交，申请内容不能再修改；需要修改请先退回受理环节")]
    NotEditable,
    /// Required materials are missing.
    #[error("缺少必要的收件材料：{}", .0.join("、"))]
    MaterialsMissing(Vec<String>),
    /// A file that is not taken in.
    #[error("{0}")]
    File(String),
    /// Another open case disposes of the unit.
    #[error("不动产单元 {unit} 已有在办业务 {other}，办结、撤回或退件后才能受理")]
    UnitBusy {
        /// The unit.
        unit: String,
        /// The open case.
        other: String,
    },
    /// A paper form that cannot be used.
    #[error(transparent)]
    Form(FormError),
    /// The key was used for another request.
    #[error("同一个幂等键已用于另一个请求，请刷新页面后重试")]
    KeyReused,
    /// The content store failed.
    #[error("材料存储失败：{0}")]
    Scans(String),
    /// The fee stands in the way.
    #[error(transparent)]
    Fee(dengbu_fees::FeeError),
    /// The library of electronic certificates did not follow.
    #[error(transparent)]
    Library(dengbu_certlib::LibraryError),
    /// The register or the database refused or failed.
    #[error(transparent)]
    Register(RegisterError),
}

impl From<RegisterError> for CaseError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Form(e) => Self::Form(e),
            other => Self::Register(other),
        }
    }
}

impl From<dengbu_cadastre::CadastreError> for CaseError {
    fn from(error: dengbu_cadastre::CadastreError) -> Self {
        match error {
            dengbu_cadastre::CadastreError::Store(e) => e.into(),
            other => Self::File(other.to_string()),
        }
    }
}

impl From<dengbu_fees::FeeError> for CaseError {
    fn from(error: dengbu_fees::FeeError) -> Self {
        match error {
            dengbu_fees::FeeError::Store(e) => e.into(),
            other => Self::Fee(other),
        }
    }
}

impl From<dengbu_certlib::LibraryError> for CaseError {
    fn from(error: dengbu_certlib::LibraryError) -> Self {
        match error {
            dengbu_certlib::LibraryError::Store(e) => e.into(),
            other => Self::Library(other),
        }
    }
}

impl From<StoreError> for CaseError {
    fn from(error: StoreError) -> Self {
        Self::Register(RegisterError::Store(error))
    }
}

impl From<sqlx::Error> for CaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Register(RegisterError::from(error))
    }
}

impl From<EffectError> for CaseError {
    fn from(error: EffectError) -> Self {
        Self::Fields(vec![FieldError {
            field: "/detail".to_owned(),
            code: "not_applicable",
            message: error.to_string(),
        }])
    }
}
