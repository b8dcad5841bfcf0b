//! Floor 0: what a run *is*. Pure values and pure functions; no clock, no file, no runtime.
//!
//! A run is its log of [`event::EventRecord`]s, [`state::PlanExecuteState::apply`] folds them and
//! [`route::route`] says which node is next. Everything above only makes, stores or shows records.

mod apply;
pub mod budget;
pub(crate) mod bytes;
pub mod chat;
pub mod check;
pub mod command_template;
pub mod compare;
pub mod context;
pub mod details;
pub mod estimate;
pub mod event;
pub mod fork;
pub mod ids;
pub mod items;
pub mod lenient;
pub mod lines;
pub mod near;
pub mod outlook;
pub mod page;
pub(crate) mod plain;
pub mod plan;
pub mod plan_text;
pub mod plan_tools;
pub mod policy;
pub mod progress;
mod reach;
pub mod recipe;
pub mod redact;
pub mod references;
pub mod reply;
pub mod report;
pub mod route;
pub mod sanitize;
pub mod schedule;
pub mod size;
pub mod speed;
pub mod stagnation;
pub mod state;
pub mod template;
pub mod terms;
pub mod timeline;
pub mod tool_args;
pub mod tool_text;
pub mod validate;
