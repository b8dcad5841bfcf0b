//! The pattern over the wire: every run here talks real HTTP to the test server.

mod budget;
mod faults;
mod fork;
pub(crate) mod harness;
mod ladder;
mod pattern;
mod prompts;
mod regressions;
mod resume;
mod review;
