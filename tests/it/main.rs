//! The integration tests: everything through the front door, in one binary, one module a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod announce;
mod cli;
mod compare;
mod config;
mod demo;
mod engine;
mod examples;
mod headless;
mod journey;
mod journey_tools;
mod keys;
mod lines;
mod log_file;
mod mcp;
mod models;
mod ollama;
mod openai;
mod page;
mod picture;
mod plans;
mod program;
mod pty;
mod recipes;
mod sanitize;
mod secrets;
mod shot;
mod state;
mod store;
mod support;
mod text;
mod themes;
mod tools;
mod tools_exec;
mod tui;
