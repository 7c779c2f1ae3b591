//! Electronic certificates: the library for staff, checks for everybody, citizens' own
//! certificates and grants, the sharing interface.

pub mod accounts;
pub mod applications;
pub mod batches;
pub mod citizen;
pub mod grants;
pub mod library;
pub mod public;
pub mod seals;
pub mod sharing;
pub mod views;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;

use crate::problem::Problem;
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(library::routes())
        .merge(batches::routes())
        .merge(seals::routes())
        .merge(applications::routes())
        .merge(accounts::routes())
        .merge(public::routes())
        .merge(citizen::routes())
        .merge(grants::routes())
        .merge(sharing::routes())
}

/// A text that must be there, without what no form lets a person type.
///
/// # Errors
/// 422 naming the field.
pub(crate) fn words(field: &str, text: &str, longest: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::field(field, "required", "请填写这一项"));
    }
    if text.chars().count() > longest {
        let message = format!("最多 {longest} 个字，请缩短");
        return Err(Problem::field(field, "too_long", message));
    }
    if text.chars().any(char::is_control) {
        let message = "不能含有换行、制表等控制字符";
        return Err(Problem::field(field, "bad_character", message));
    }
    Ok(text.to_owned())
}

/// A search text: trimmed, half-width brackets, nothing where nothing was typed.
pub(crate) fn plain(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().replace('（', "(").replace('）', ")"))
        .filter(|t| !t.is_empty() && !t.contains('\0'))
}

/// The media type of a file of a certificate.
pub(crate) fn media_type(format: &str) -> &'static str {
    if format == "pdf" {
        "application/pdf"
    } else {
        "application/ofd"
    }
}

/// A file of a certificate as an answer; `inline` shows it in the browser.
pub(crate) fn file(format: &str, name: &str, content: Vec<u8>, inline: bool) -> Response {
    let kind = if inline { "inline" } else { "attachment" };
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let name = name.replace('+', "%20");
    (
        [
            (header::CONTENT_TYPE, media_type(format).to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("{kind}; filename*=UTF-8''{name}.{format}"),
            ),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        content,
    )
        .into_response()
}
