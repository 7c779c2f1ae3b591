//! The public list of lost and void certificates: `/void-certificates`. Nobody signs in; names
//! are masked, and looks are limited by address and in all.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dengbu_papers::void_notice::public_list;
use dengbu_register::void_notices;
use dengbu_search::throttle::Throttle;

use crate::api::void_notices::{number_part, paper};
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
    Router::new().route("/void-certificates", get(look))
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

/// Part of a number, and the page from 0.
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
    let part = number_part(Some(q));
    let rows = i64::from(ROWS);
    let from = i64::from(at) * rows;
    let mut found = void_notices::list(&mut tx, part.as_deref(), from, rows + 1).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let notices: Vec<_> = found.iter().map(|n| paper(n, &names)).collect();
    Ok(public_list(q, &notices, more.then_some(at + 1)))
}
