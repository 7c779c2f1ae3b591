//! Errors as RFC 9457 problem+json, in plain Chinese.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_cadastre::CadastreError;
use dengbu_cases::CaseError;
use dengbu_certlib::LibraryError;
use dengbu_law::application::FieldError;
use dengbu_law::rules::Violation;
use dengbu_register::RegisterError;
use dengbu_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::again::Contended;

/// Code of the answer to a request that lost to another one in the database.
const BUSY: &str = "busy";

/// An error answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable identifier of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/stale_version")]
    pub kind: String,
    /// What is wrong, in one line.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Machine code.
    pub code: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Faults by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Rules of law that stand in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The version now, for `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// Seconds after which it makes sense to try again; the same as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Identifier of the request, for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A fault in one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer.
    pub field: String,
    /// Machine code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem with a title.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: None,
            errors: Vec::new(),
            violations: Vec::new(),
            current_version: None,
            retry_after: None,
            request_id: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// One field that is wrong.
    #[must_use]
    pub fn field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem {
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        }])
    }

    /// Fields that are wrong.
    #[must_use]
    pub fn fields(errors: Vec<FieldProblem>) -> Self {
        let mut p = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_fields",
            format!("有 {} 处填写有误，请按提示修改后重试", errors.len()),
        );
        p.errors = errors;
        p
    }

    /// Nothing there, or not for this person.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", what)
    }

    /// Not allowed.
    #[must_use]
    pub fn forbidden(title: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", title)
            .detail("如需办理，请联系本单位系统管理员授权。")
    }

    /// A fault of ours: said plainly, the cause goes to the log only.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %error, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "系统处理出错，没有写入任何数据",
        )
        .detail("请稍后重试；仍然出错时请把请求编号告诉系统管理员。")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (
            status,
            [
                (header::CONTENT_TYPE, "application/problem+json"),
                (header::CACHE_CONTROL, "no-store"),
            ],
            body,
        )
            .into_response();
        if self.code == BUSY {
            response.extensions_mut().insert(Contended);
        }
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<FieldError> for FieldProblem {
    fn from(e: FieldError) -> Self {
        Self {
            field: e.field,
            code: e.code.to_owned(),
            message: e.message,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        Self::from(&e)
    }
}

impl From<&StoreError> for Problem {
    fn from(e: &StoreError) -> Self {
        match e {
            StoreError::OutOfScope { .. } | StoreError::Scope(_) => {
                Self::not_found("没有找到，或者不在您的管辖范围内")
            }
            _ if dengbu_store::is_contention(e) => Self::new(
                StatusCode::CONFLICT,
                BUSY,
                "同一不动产单元正在办理其他操作，请稍后重试",
            ),
            _ => Self::internal(e),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(e: RegisterError) -> Self {
        match e {
            RegisterError::UnknownUnit(_) => Self::not_found(e.to_string()),
            RegisterError::SecondTitle(_) | RegisterError::NotStanding(_) => {
                Self::new(StatusCode::CONFLICT, "register_conflict", e.to_string())
            }
            RegisterError::Form(form) => Self::field("/form_serials", "form", form.to_string()),
            RegisterError::Store(store) => store.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<LibraryError> for Problem {
    fn from(e: LibraryError) -> Self {
        let text = e.to_string();
        match e {
            LibraryError::Unknown(_) => Self::not_found(text),
            LibraryError::NotNow { .. } => Self::new(StatusCode::CONFLICT, "not_now", text),
            LibraryError::Refused(_) => Self::new(StatusCode::CONFLICT, "refused", text),
            LibraryError::Store(store) => store.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<CadastreError> for Problem {
    fn from(e: CadastreError) -> Self {
        match e {
            CadastreError::BadQuery(text) => Self::field("/q", "bad_query", text),
            CadastreError::Store(store) => store.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<CaseError> for Problem {
    fn from(e: CaseError) -> Self {
        let text = e.to_string();
        match e {
            CaseError::Unknown(_) => Self::not_found(text),
            CaseError::UnknownBusiness(_) => Self::field("/business", "unknown_business", text),
            CaseError::Fields(errors) => {
                Self::fields(errors.into_iter().map(FieldProblem::from).collect())
            }
            CaseError::Rules(violations) => {
                let first = violations
                    .first()
                    .map(|v| format!("{}（{}）", v.message, v.law));
                let mut p = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rules", text);
                p.detail = first;
                p.violations = violations;
                p
            }
            CaseError::Stale { current } => {
                let mut p = Self::new(StatusCode::CONFLICT, "stale_version", text);
                p.current_version = Some(current);
                p
            }
            CaseError::Flow(_) => Self::new(StatusCode::CONFLICT, "flow", text),
            CaseError::NotEditable => Self::new(StatusCode::CONFLICT, "not_editable", text),
            CaseError::MaterialsMissing(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "materials_missing", text)
            }
            CaseError::File(_) => Self::field("/file", "file_refused", text),
            CaseError::UnitBusy { .. } => Self::new(StatusCode::CONFLICT, "unit_busy", text),
            CaseError::Form(_) => Self::field("/form_serials", "form", text),
            CaseError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                text,
            ),
            CaseError::Fee(inner) => inner.into(),
            CaseError::Register(inner) => inner.into(),
            CaseError::Library(inner) => inner.into(),
            other => Self::internal(&other),
        }
    }
}
