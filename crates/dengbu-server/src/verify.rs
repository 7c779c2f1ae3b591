//! The public check of result papers: `/verify/<check code>`. Nobody signs in; what it shows is
//! masked, and looks are limited by address and in all.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dengbu_papers::proof::{Check, check_page};
use dengbu_search::document::read_code;
use dengbu_search::issue;
use dengbu_search::throttle::Throttle;

use crate::problem::Problem;
use crate::state::{App, now};
use crate::views::proof;

/// Routes; they stand outside the interface that needs a session.
pub fn routes() -> Router<App> {
    let throttle = Arc::new(Throttle::default());
    let look = move |State(app): State<App>, request: Request| {
        let throttle = throttle.clone();
        // the body is not read: only the address matters
        let (parts, _) = request.into_parts();
        async move { page(&app, &throttle, &parts).await }
    };
    Router::new()
        .route("/verify", get(look.clone()))
        .route("/verify/", get(look.clone()))
        .route("/verify/{code}", get(look))
}

/// The code in the path or in the form's `code`; none when nothing was asked.
fn typed(request: &Parts) -> Option<String> {
    let path = request
        .uri
        .path()
        .trim_start_matches("/verify")
        .trim_matches('/');
    if !path.is_empty() {
        return Some(path.to_owned());
    }
    let query = request.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "code")
        .map(|(_, value)| value.chars().take(40).collect())
}

async fn page(app: &App, throttle: &Throttle, request: &Parts) -> Response {
    let Some(typed) = typed(request) else {
        return proof::html(check_page(&Check::Ask));
    };
    let address = request
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|c| c.0.ip());
    if !throttle.allow(address, now()) {
        let busy = proof::html(check_page(&Check::Busy));
        return (StatusCode::TOO_MANY_REQUESTS, busy).into_response();
    }
    match look(app, &typed).await {
        Ok(Some(check)) => proof::html(check_page(&check)),
        Ok(None) => {
            let unknown = proof::html(check_page(&Check::Unknown { typed }));
            (StatusCode::NOT_FOUND, unknown).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

async fn look(app: &App, typed: &str) -> Result<Option<Check>, Problem> {
    let Some(code) = read_code(typed) else {
        return Ok(None);
    };
    // a paper may be of any authority: the code, not the scope, is what lets somebody see it
    let mut tx = app.store().system().await?;
    let found = issue::by_code(&mut tx, &code).await?;
    Ok(found.as_ref().map(proof::check))
}
