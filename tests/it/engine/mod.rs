//! The pattern over the wire: every run here talks real HTTP to the test server.

mod bounds;
mod budget;
mod context;
mod faults;
pub(crate) mod harness;
mod ladder;
mod parallel;
mod pattern;
mod prompts;
mod regressions;
mod replanning;
mod resume;
mod review;
mod steering;
mod subplans;
mod verification;
