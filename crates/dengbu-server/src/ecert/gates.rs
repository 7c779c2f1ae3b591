//! How often the public, citizens at the door and the programs of others may ask. In memory, per
//! server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use dengbu_search::throttle::Throttle;
use uuid::Uuid;

use crate::auth::context;
use crate::problem::Problem;
use crate::state::Config;

/// The gates.
#[derive(Debug)]
pub struct Gates {
    /// Looking at a certificate by code or number, and at grants.
    pub looks: Throttle,
    /// Checking files: dearer.
    pub files: Throttle,
    /// Citizens and programs at the door.
    pub doors: Throttle,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    began: Option<DateTime<Utc>>,
    by_application: BTreeMap<Uuid, i32>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            looks: Throttle::of(30, 3000),
            files: Throttle::of(20, 300),
            doors: Throttle::of(10, 600),
            calls: Mutex::default(),
        }
    }
}

impl Gates {
    /// Whether a program may make one more call this minute; it is counted when it may.
    #[must_use]
    pub fn call(&self, application: Uuid, per_minute: i32, now: DateTime<Utc>) -> bool {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = calls
            .began
            .is_none_or(|b| now < b || now - b >= TimeDelta::minutes(1));
        if fresh {
            *calls = Calls {
                began: Some(now),
                ..Calls::default()
            };
        }
        let own = calls.by_application.entry(application).or_default();
        if *own >= per_minute {
            return false;
        }
        *own += 1;
        true
    }
}

/// Lets a request through a gate.
///
/// # Errors
/// 429.
pub fn pass(gate: &Throttle, parts: &Parts, config: &Config) -> Result<(), Problem> {
    let request = context(parts, config);
    if gate.allow(request.ip, request.now) {
        return Ok(());
    }
    let mut p = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many",
        "请求过于频繁，请一分钟后再试",
    );
    p.retry_after = Some(60);
    Err(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_has_its_own_rate() {
        let gates = Gates::default();
        let now: DateTime<Utc> = "2026-11-23T01:00:00Z".parse().unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(gates.call(one, 2, now) && gates.call(one, 2, now));
        assert!(!gates.call(one, 2, now) && gates.call(other, 2, now));
        assert!(gates.call(one, 2, now + TimeDelta::minutes(1)));
    }
}
