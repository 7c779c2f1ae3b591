//! The HTTP server: sign-in, permissions, problem+json, OpenAPI, static files.
//!
//! Invariants: handlers are thin, they hold no rule of law and no SQL; every
//! write is one transaction with its audit record and, where the client sent an
//! idempotency key, with its answer; no panic and no inner error reaches a user.
//!
//! Map: [`state`] what handlers share; [`problem`] errors, `reply` and `fault` what is
//! wrong with a request and where; [`auth`] who asks;
//! [`mod@write`] the transaction of a write, `again` its second run; [`api`] the routes by noun; [`views`]
//! what is shown; `assets` the front end; [`background`] loops; [`app`] puts
//! it together, `tagged` mends its OpenAPI document; `verify` the public check of result papers.

mod again;
pub mod api;
pub mod app;
mod assets;
pub mod auth;
pub mod background;
mod crossing;
pub mod ecert;
mod fault;
mod gather;
pub mod giving_out;
mod notice_page;
pub mod problem;
mod reply;
pub mod state;
mod tagged;
mod verify;
pub mod views;
mod void_page;
pub mod write;

pub use app::{openapi, router};
pub use state::{App, Config};
