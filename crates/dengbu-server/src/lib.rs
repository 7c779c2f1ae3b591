//! The HTTP server: sign-in, permissions, problem+json, OpenAPI, static files.
//!
//! Invariants: handlers are thin, they hold no rule of law and no SQL; every
//! write is one transaction with its audit record and, where the client sent an
//! idempotency key, with its answer; no panic and no inner error reaches a user.
//!
//! Map: [`state`] what handlers share; [`problem`] errors; [`auth`] who asks;
//! [`write`] the transaction of a write; [`api`] the routes by noun; [`views`]
//! what is shown; [`assets`] the front end; [`background`] loops; [`app`] puts
//! it together.

pub mod api;
pub mod app;
mod assets;
pub mod auth;
pub mod background;
mod gather;
pub mod problem;
mod reply;
pub mod state;
pub mod views;
pub mod write;

pub use app::{openapi, router};
pub use state::{App, Config};
