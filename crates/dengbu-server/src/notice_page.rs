//! The public list of notices that run: `/public-notices`. Nobody signs in; the text names the
//! holder, as the law has it (实施细则第十八条), and nobody's identity number. Looks are limited by
//! address and in all. A notice leaves the list with its last day.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dengbu_cases::notices;
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::public_notice::public_list;
use dengbu_search::throttle::Throttle;

use crate::api::notices::paper;
use crate::gather;
use crate::problem::Problem;
use crate::state::{App, now};
use crate::views::proof;

/// Notices on a page.
const ROWS: u32 = 50;
/// Pages that can be turned.
const PAGES: u32 = 200;

/// Routes; they stand outside the interface that needs a session.
pub fn routes() -> Router<App> {
    let throttle = Arc::new(Throttle::default());
    let look = move |State(app): State<App>, request: Request| {
        let throttle = throttle.clone();
        let (parts, _) = request.into_parts();
        async move { page(&app, &throttle, &parts).await }
    };
    Router::new().route("/public-notices", get(look))
}

async fn page(app: &App, throttle: &Throttle, request: &Parts) -> Response {
    let address = request
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|c| c.0.ip());
    if !throttle.allow(address, now()) {
        return Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "查询过于频繁，请一分钟后再试",
        )
        .into_response();
    }
    let (q, at) = asked(request);
    match look(app, &q, at).await {
        Ok(body) => proof::html(body),
        Err(problem) => problem.into_response(),
    }
}

/// Part of the text, and the page from 0.
fn asked(request: &Parts) -> (String, u32) {
    let query = request.uri.query().unwrap_or_default();
    let mut q = String::new();
    let mut page = 0;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "q" => q = value.chars().take(60).collect(),
            "page" => page = value.parse().unwrap_or(0).min(PAGES),
            _ => {}
        }
    }
    (q, page)
}

async fn look(app: &App, q: &str, at: u32) -> Result<String, Problem> {
    // what is published is for everybody: the scope is all authorities
    let mut tx = app.store().system().await?;
    let names = gather::names(&mut tx).await?;
    let part = Some(q.trim()).filter(|t| !t.is_empty() && !t.contains('\0'));
    let rows = i64::from(ROWS);
    let from = i64::from(at) * rows;
    let today = date_in_shanghai(now());
    let mut found = notices::running(&mut tx, part, today, from, rows + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let shown: Vec<_> = found.iter().map(|n| paper(n, &names)).collect();
    Ok(public_list(q, &shown, more.then_some(at + 1)))
}
