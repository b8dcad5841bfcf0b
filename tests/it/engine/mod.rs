//! The pattern over the wire: every run here talks real HTTP to the test server.

mod bounds;
mod budget;
mod context;
mod estimates;
mod faults;
mod fitting;
mod fork;
pub(crate) mod harness;
mod ladder;
mod modes;
mod parallel;
mod pattern;
mod planning;
mod prompts;
mod regressions;
mod regressions_shape;
mod replanning;
mod resume;
mod review;
mod steering;
mod subplans;
mod threads;
mod tool_rules;
mod tools;
mod verification;
