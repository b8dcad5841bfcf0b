//! The terminal interface: a log of records, keys, and the screen.

mod at_calls;
mod at_home;
mod at_leaving;
mod at_models;
mod at_replay;
pub(crate) use at_replay::past as past_run;
mod at_request;
mod at_review;
mod at_run;
mod at_steering;
mod desk;
mod hostile;
mod keys;
pub(crate) mod log;
mod screens;
