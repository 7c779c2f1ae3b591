//! Requests that lost to another one in the database are run again.
//!
//! A write is one transaction: when the database refuses it only because of others at work
//! (serialization failure, deadlock), nothing of it is kept and the whole request may simply be
//! run again, idempotency key and all. That is done here for every handler at once, as
//! `dengbu_store::Store::with_retry` does for work that is not a request. Only who loses
//! [`ATTEMPTS_MAX`] times is told to come back.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::reply::unreadable;

/// How often a request is run at most.
const ATTEMPTS_MAX: u32 = 3;
/// Largest body kept for another run; uploads and bodies of unknown length are run once.
const KEPT_MAX: u64 = 1024 * 1024;

/// Marks an answer that says: lost to another, nothing done.
#[derive(Debug, Clone, Copy)]
pub struct Contended;

/// Runs the request, and again while it loses to others.
pub async fn run(request: Request, next: Next) -> Response {
    let length = request.body().size_hint().upper();
    if length.is_none_or(|bytes| bytes > KEPT_MAX) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return unreadable().into_response();
    };
    let mut attempt = 1;
    loop {
        let request = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let response = next.clone().run(request).await;
        if response.extensions().get::<Contended>().is_none() || attempt == ATTEMPTS_MAX {
            return response;
        }
        tracing::debug!(attempt, "request lost to another, running it again");
        tokio::time::sleep(Duration::from_millis(10 << attempt)).await;
        attempt += 1;
    }
}
