//! `doctor`: whether planwright can be used here, and what to do about each thing that stands in the way.

use std::fs;

use serde_json::{Value, json};

use super::format::bytes;
use super::out::{Stdout, warn};
use super::signals::interruptible;
use super::{Exit, Failure};
use crate::config::{Config, ConfigError, Loaded};
use crate::domain::sanitize::line;
use crate::session::{Session, SessionError};

mod server;
mod terminal;

/// One thing that was looked at.
#[derive(Debug)]
struct Check {
    name: String,
    status: Status,
    detail: String,
    hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    Warning,
    Failed,
}

impl Check {
    fn new(name: impl Into<String>, status: Status, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status,
            detail: detail.into(),
            hint: None,
        }
    }

    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, detail)
    }

    fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(name, Status::Warning, detail).with_hint(hint)
    }

    fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Failed, detail)
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// How the report is printed.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// One line of JSON.
    pub json: bool,
    /// ASCII characters only.
    pub ascii: bool,
}
