//! Checks for everybody, without sign-in: by code, by file, by number and name; what a checker
//! without network needs.

use std::time::Duration;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_certlib::record;
use dengbu_ecert::key_set::SignedKeySet;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::words;
use crate::auth::context;
use crate::ecert::verdict::{self, Verdict};
use crate::ecert::{check, gates};
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;

/// Largest file taken in.
pub const FILE_MAX: usize = 10 * 1024 * 1024;
/// How long a check by number takes at least: whether a number exists cannot be told from it.
const CHECK_TAKES: Duration = Duration::from_millis(60);

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(check_certificate_code))
        .routes(routes!(check_certificate_number))
        .routes(routes!(check_certificate_file))
        .routes(routes!(certificate_keys))
        .routes(routes!(certificate_status_list))
}

fn fresh(verdict: &Verdict) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(verdict)).into_response()
}

/// Checks a certificate by its code: what a scanner reads, the whole address or the payload alone.
#[utoipa::path(get, path = "/public/certificates/code/{code}", operation_id = "check_certificate_code", security(()),
    params(("code" = String, Path, description = "payload of the code, base 32")),
    responses((status = 200, body = Verdict), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn check_certificate_code(
    State(app): State<App>,
    At(code): At<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().looks, &parts, app.config())?;
    let now = context(&parts, app.config()).now;
    let mut tx = app.store().system().await?;
    let said = app.office().check_code(&app, &mut tx, &code, now).await?;
    Ok(fresh(&said))
}

/// Number and holder of a certificate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberCheck {
    /// 证照编号, or 证照标识.
    certificate_no: String,
    /// Whole name of one of the holders.
    holder_name: String,
}

/// Checks a certificate by number and name of a holder. An unknown number and a wrong name get the
/// same answer in the same time.
#[utoipa::path(post, path = "/public/certificates/check", operation_id = "check_certificate_number", security(()),
    request_body = NumberCheck,
    responses((status = 200, body = Verdict), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn check_certificate_number(
    State(app): State<App>,
    parts: Parts,
    Body(given): Body<NumberCheck>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().looks, &parts, app.config())?;
    let number = words("/certificate_no", &given.certificate_no, 160)?;
    let name = words("/holder_name", &given.holder_name, 100)?;
    let until = tokio::time::Instant::now() + CHECK_TAKES;
    let said = by_number(&app, &number, &name, &parts).await;
    tokio::time::sleep_until(until).await;
    Ok(fresh(&said?))
}

async fn by_number(app: &App, number: &str, name: &str, parts: &Parts) -> Result<Verdict, Problem> {
    let now = context(parts, app.config()).now;
    let mut tx = app.store().system().await?;
    let number: String = number
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace())
        .collect();
    let found = match record::by_number(&mut tx, &number).await? {
        Some(c) => Some(c),
        None => record::by_identifier(&mut tx, &number).await?,
    };
    let Some(c) = found else {
        return Ok(verdict::unknown(now));
    };
    let holders = record::holders(&mut tx, &c).await?;
    let same = |a: &str| same_name(a, name);
    if !holders.iter().any(|h| same(&h.name)) {
        return Ok(verdict::unknown(now));
    }
    let said = check::stands(&mut tx, &c, now).await?;
    Ok(said.of_trial(app.office().trial()))
}

/// Full-width characters, which Chinese input methods leave behind, made half-width.
fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        // the block mirrors ASCII 0x21 to 0x7E at a fixed distance
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// As a person may type a name: blanks, full-width letters and brackets do not matter.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        text.chars()
            .map(half_width)
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_uppercase)
            .collect::<String>()
    };
    plain(one) == plain(other)
}

/// A file to be checked.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form")]
pub struct CheckedFile {
    /// OFD or PDF, 10 MB at most.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Checks a file: signature, integrity, and the state of the certificate now.
#[utoipa::path(post, path = "/public/certificates/file", operation_id = "check_certificate_file", security(()),
    request_body(content = CheckedFile, content_type = "multipart/form-data"),
    responses((status = 200, body = Verdict), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn check_certificate_file(
    State(app): State<App>,
    parts: Parts,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().files, &parts, app.config())?;
    let form = form.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "上传应使用 multipart/form-data",
        )
    })?;
    let content = read_file(form).await?;
    let now = context(&parts, app.config()).now;
    let mut tx = app.store().system().await?;
    let said = app.office().check_file(&app, &mut tx, content, now).await?;
    Ok(fresh(&said))
}

async fn read_file(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            too_large()
        } else {
            let text = "上传内容不完整或格式不正确，请重新上传";
            Problem::new(StatusCode::BAD_REQUEST, "multipart", text)
        }
    };
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut content = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            if content.len() + chunk.len() > FILE_MAX {
                return Err(too_large());
            }
            content.extend_from_slice(&chunk);
        }
        if content.is_empty() {
            return Err(Problem::field("/file", "empty", "文件是空的，请重新选择"));
        }
        return Ok(content);
    }
    Err(Problem::field("/file", "required", "请选择文件"))
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "文件超过 10 MB，电子证照不会这样大，请核对是否选错了文件",
    )
}

/// Keys that codes and status lists are signed with, signed by the root: for checks without
/// network.
#[utoipa::path(get, path = "/public/certificates/keys", operation_id = "certificate_keys", security(()),
    responses((status = 200, body = SignedKeySet), (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn certificate_keys(State(app): State<App>, parts: Parts) -> Result<Response, Problem> {
    gates::pass(&app.gates().looks, &parts, app.config())?;
    let now = context(&parts, app.config()).now;
    let mut tx = app.store().system().await?;
    let set = app.office().key_set(&mut tx, now).await?;
    Ok(([(header::CACHE_CONTROL, "public, max-age=3600")], Json(set)).into_response())
}

/// The signed list of states of an authority's certificates, two bits each: for checks without
/// network.
#[utoipa::path(get, path = "/public/certificates/status/{authority}", operation_id = "certificate_status_list", security(()),
    params(("authority" = String, Path, description = "code of the authority, six digits")),
    responses((status = 200, description = "the list", content((Vec<u8> = "application/octet-stream"))),
              (status = "4XX", body = Problem, content_type = "application/problem+json"),
              (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn certificate_status_list(
    State(app): State<App>,
    At(authority): At<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    gates::pass(&app.gates().looks, &parts, app.config())?;
    let now = context(&parts, app.config()).now;
    let mut tx = app.store().system().await?;
    let list = app.office().status_list(&mut tx, &authority, now).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, "public, max-age=600"),
        ],
        list,
    )
        .into_response())
}
