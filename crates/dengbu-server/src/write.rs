//! The transaction of a write: idempotency key, work, audit record and answer
//! are committed together or not at all.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_cases::Doing;
use dengbu_cases::answered::{self, Asked, Known};
use dengbu_staff::{Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::Serialize;
use serde_json::Value;

use crate::problem::Problem;
use crate::state::{App, new_id};

/// A write under way.
pub struct Write<'a> {
    /// The transaction.
    pub tx: TenantTx,
    actor: &'a Actor,
    key: Option<String>,
}

/// How a write begins.
pub enum Begun<'a> {
    /// Do the work.
    Fresh(Write<'a>),
    /// It was done before: this was the answer.
    Replayed(Response),
}

/// Begins a write. `request` is what the idempotency key stands for.
///
/// # Errors
/// A key that is malformed or was used for something else.
pub async fn begin<'a>(
    app: &App,
    actor: &'a Actor,
    headers: &HeaderMap,
    request: &impl Serialize,
) -> Result<Begun<'a>, Problem> {
    let key = idempotency_key(headers)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    if let Some(key) = &key {
        let asked = Asked {
            authority: &actor.authority,
            staff_id: actor.staff_id,
            key,
        };
        let fingerprint = serde_json::to_vec(request).map_err(|e| Problem::internal(&e))?;
        if let Known::Answered(status, answer) =
            answered::claim(&mut tx, &asked, &fingerprint, actor.request.now).await?
        {
            return Ok(Begun::Replayed(answer_with(status, &answer)));
        }
    }
    Ok(Begun::Fresh(Write { tx, actor, key }))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or("");
    let fits = (8..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits {
        Ok(Some(text.to_owned()))
    } else {
        Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency_key_invalid",
            "Idempotency-Key 应为 8 至 100 位字母、数字、连字符",
        ))
    }
}

fn answer_with(status: u16, answer: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (
        status,
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(answer),
    )
        .into_response()
}

impl Write<'_> {
    /// Who does it, when, with which identifiers.
    #[must_use]
    pub fn doing(&self) -> Doing<'_> {
        doing(self.actor)
    }

    /// Writes the audit record, keeps the answer with the key and commits.
    ///
    /// # Errors
    /// A database error.
    pub async fn finish(
        mut self,
        record: AuditRecord,
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<Response, Problem> {
        let answer = serde_json::to_value(answer).map_err(|e| Problem::internal(&e))?;
        audit::record(&mut self.tx, &record).await?;
        if let Some(key) = &self.key {
            let asked = Asked {
                authority: &self.actor.authority,
                staff_id: self.actor.staff_id,
                key,
            };
            answered::remember(&mut self.tx, &asked, status.as_u16(), &answer).await?;
        }
        self.tx.commit().await?;
        Ok(answer_with(status.as_u16(), &answer))
    }
}

/// Who does it, when, with which identifiers.
#[must_use]
pub fn doing(actor: &Actor) -> Doing<'_> {
    Doing {
        staff_id: actor.staff_id,
        name: &actor.name,
        now: actor.request.now,
        ids: &new_id,
    }
}

/// The version the client saw, from `If-Match: "7"`.
///
/// # Errors
/// 428 when the header is missing, 400 when it is no version.
pub fn if_match(headers: &HeaderMap) -> Result<i64, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_missing",
            "请带上 If-Match 版本号，避免覆盖他人的修改",
        ));
    };
    value
        .to_str()
        .ok()
        .map(|t| t.trim().trim_start_matches("W/").trim_matches('"'))
        .and_then(|t| t.parse().ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "if_match_invalid",
                "If-Match 应为带引号的版本号，例如 \"3\"",
            )
        })
}
