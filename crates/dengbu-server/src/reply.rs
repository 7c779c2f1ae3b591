//! Reading requests: bodies, queries and paths whose faults are told field by field.

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fault;
use crate::problem::{FieldProblem, Problem};

/// A JSON body; anything that does not fit is a problem that names the field.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "请求内容应为 JSON（Content-Type: application/json）",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|e| {
            if e.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
                too_large()
            } else {
                unreadable()
            }
        })?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .map(|v| v.trim().to_ascii_lowercase());
    essence.is_some_and(|t| {
        t == "application/json" || (t.starts_with("application/") && t.ends_with("+json"))
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "syntax",
            "请求内容不是有效的 JSON，请检查后重试",
        )
    })?;
    // a list would be read as the fields in their order
    if !value.is_object() {
        return Err(Problem::field("", "wrong_type", "请求内容应为 JSON 对象"));
    }
    // the database holds no NUL, and no form lets a person type one
    if let Some(at) = fault::nul(&value) {
        return Err(Problem::field(
            &at,
            "bad_character",
            "内容含有无效字符（空字符），请删除后重试",
        ));
    }
    fault::read(value).map_err(|f| Problem::fields(vec![f]))
}

/// A file to be saved, never kept by caches.
#[must_use]
pub fn attachment(name: &str, media_type: &'static str, body: Vec<u8>) -> axum::response::Response {
    (
        [
            (header::CONTENT_TYPE, media_type.to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        body,
    )
        .into_response()
}

/// The body broke off.
pub fn unreadable() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable_body",
        "请求内容无法读取",
    )
}

/// The request is larger than anything that is taken in.
pub fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "内容过大：单个文件不超过 20 MB",
    )
}

/// A query string.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let wrong = |f: FieldProblem| {
        let mut p = Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_query",
            format!("查询参数 {} 不符合要求", f.field.trim_start_matches('/')),
        );
        p.detail = Some(f.message.clone());
        p.errors = vec![f];
        p
    };
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if name.contains('\0') || value.contains('\0') {
            return Err(wrong(FieldProblem {
                field: fault::pointer([name.replace('\0', "").as_str()]),
                code: "bad_character".to_owned(),
                message: "内容含有无效字符（空字符），请删除后重试".to_owned(),
            }));
        }
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs)
        .map_err(|e| wrong(fault::of(e.path(), &e.inner().to_string())))
}

/// Path parts.
#[derive(Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::not_found("没有找到该地址");
        if parts.uri.path().contains("%00") {
            return Err(missing());
        }
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_: PathRejection| missing())
    }
}
