//! The integration tests: everything through the front door, in one binary, one module a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod engine;
mod ollama;
mod sanitize;
mod store;
mod store_sqlite;
mod support;
mod text;
mod tui;
