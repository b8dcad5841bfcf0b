//! What each screen remembers, and the operations on it that need no terminal.

pub(super) mod call;
pub(super) mod calls;
pub(super) mod compared;
pub(super) mod dialog;
pub(super) mod draft;
pub(super) mod export;
pub(super) mod guard;
pub(super) mod history;
pub(super) mod home;
pub(super) mod inspected;
pub(super) mod log;
pub(super) mod made;
pub(super) mod models;
pub(super) mod output;
pub(super) mod reading;
pub(super) mod replay;
pub(super) mod request;
pub(super) mod review;
pub(super) mod rows;
pub(super) mod sieve;
mod standing;
pub(super) mod steering;
pub(super) mod subject;
pub(super) mod timeline;
pub(super) mod tools;
pub(super) mod watch;
