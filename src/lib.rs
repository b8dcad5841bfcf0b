//! planwright runs the plan-and-execute agent pattern on models that you run yourself.

pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod headless;
pub mod model;
pub mod session;
pub mod store;
pub mod tui;
