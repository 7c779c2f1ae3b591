//! The front end: entry pages and hashed assets, from the binary or from a folder.

use std::borrow::Cow;
use std::path::{Component, Path};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::problem::Problem;
use crate::state::App;

/// Content security policy of the pages (maps and charts of later rooms need blob workers).
const POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>登簿</title>\
    <body style=\"font-family:sans-serif;max-width:36em;margin:4em auto\"><h1>界面尚未构建</h1>\
    <p>服务已经启动，但本程序没有包含界面文件。请在源码目录运行 <code>cargo xtask run</code>，\
    或者用 <code>--web-dir</code> 指定界面文件夹。</p></body></html>";

/// Answers every path that is no API path.
pub async fn serve(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.is_empty() {
        return Redirect::temporary("/staff/").into_response();
    }
    if path.starts_with("api/") {
        return Problem::not_found("没有这个接口").into_response();
    }
    if let Some(rest) = path.strip_prefix("assets/") {
        return asset(&app, &headers, &format!("assets/{rest}"));
    }
    let last = path.rsplit('/').next().unwrap_or("");
    if last.contains('.') {
        return file(&app, path).map_or_else(missing, |body| plain(path, body));
    }
    entry_of(path).map_or_else(missing, |page| entry(&app, page))
}

/// The page that answers a path: one per interface, each for all paths below its name.
fn entry_of(path: &str) -> Option<&'static str> {
    let first = path.split('/').next().unwrap_or("");
    match first {
        "staff" => Some("staff.html"),
        "portal" => Some("portal.html"),
        // what the code on a certificate holds; scanners may write it small
        "V" | "v" => Some("verify.html"),
        _ => None,
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Html("<!doctype html><meta charset=\"utf-8\"><title>没有找到</title><p>没有找到该页面。<a href=\"/staff/\">返回工作台</a></p>")).into_response()
}

fn file(app: &App, path: &str) -> Option<Cow<'static, [u8]>> {
    let plain = Path::new(path)
        .components()
        .all(|c| matches!(c, Component::Normal(_)));
    if !plain {
        return None;
    }
    match &app.config().web_dir {
        Some(dir) => std::fs::read(dir.join(path)).ok().map(Cow::Owned),
        None => dengbu_web_assets::get(path),
    }
}

fn entry(app: &App, page: &str) -> Response {
    let Some(body) = file(app, page) else {
        return (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, body.into_owned()).into_response()
}

fn plain(path: &str, body: Cow<'static, [u8]>) -> Response {
    (
        [
            (header::CONTENT_TYPE, media_type(path)),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        body.into_owned(),
    )
        .into_response()
}

/// A hashed asset: the smallest encoding the client takes, kept for a year.
fn asset(app: &App, headers: &HeaderMap, path: &str) -> Response {
    let takes = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
        if takes.contains(encoding)
            && let Some(body) = file(app, &format!("{path}{suffix}"))
        {
            let headers = [
                (header::CONTENT_TYPE, media_type(path)),
                (header::CONTENT_ENCODING, encoding),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::VARY, "accept-encoding"),
            ];
            return (headers, body.into_owned()).into_response();
        }
    }
    match file(app, path) {
        Some(body) => {
            let headers = [
                (header::CONTENT_TYPE, media_type(path)),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::VARY, "accept-encoding"),
            ];
            (headers, body.into_owned()).into_response()
        }
        None => missing(),
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_interface_answers_the_paths_below_its_name() {
        for (path, page) in [
            ("staff", Some("staff.html")),
            ("staff/case/1", Some("staff.html")),
            ("portal/", Some("portal.html")),
            ("V/AEBQCAAA", Some("verify.html")),
            ("v", Some("verify.html")),
            ("staffx", None),
            ("verify", None),
        ] {
            assert_eq!(entry_of(path), page, "{path}");
        }
    }
}
