//! Floor 4: everything without the terminal interface. Answers and JSON go to standard output, progress and errors to
//! standard error, and every command ends with an [`Exit`].

use std::process::ExitCode;

use crate::model::ModelError;
use crate::session::SessionError;
use crate::store::StoreError;

mod ask;
mod ask_tool;
mod cost;
pub mod diff;
pub mod doctor;
mod file;
pub mod fork;
mod format;
pub mod lines;
pub mod models;
pub mod out;
mod progress;
pub mod recipes;
pub mod run;
pub mod runs;
pub mod settings;
mod signals;
pub mod tools;
mod work;

pub use file::deliver;

/// How the program ends. The numbers are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Completed.
    Done,
    /// The run, or what was asked for, failed.
    Failed,
    /// Wrong usage or wrong configuration.
    Usage,
    /// A person has to say something, or the plan was rejected.
    Waiting,
    /// The model server cannot be used.
    Server,
    /// Stopped by a signal.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Waiting => 3,
            Self::Server => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The person is to be told.
    Told {
        /// How the program ends.
        exit: Exit,
        /// One sentence.
        error: String,
        /// The remedy.
        hint: Option<String>,
    },
    /// Whoever read standard output has gone: nobody is left to be told.
    PipeClosed,
}

impl Failure {
    /// A failure without a remedy.
    pub fn new(exit: Exit, error: impl Into<String>) -> Self {
        Self::Told {
            exit,
            error: error.into(),
            hint: None,
        }
    }

    /// Wrong usage, with its remedy.
    pub fn usage(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Told {
            exit: Exit::Usage,
            error: error.into(),
            hint: Some(hint.into()),
        }
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::Told {
            exit: if error.is_unusable() {
                Exit::Server
            } else {
                Exit::Failed
            },
            error: error.to_string(),
            hint: error.hint(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Told {
            exit: match error {
                StoreError::NoSuchRun(_) | StoreError::Ambiguous { .. } => Exit::Usage,
                _ => Exit::Failed,
            },
            error: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Store(error) => error.into(),
            SessionError::Model(error) => error.into(),
            SessionError::Address(error) => Self::usage(
                error.to_string(),
                "set `base_url`, `OLLAMA_HOST` or `--base-url` to where the server is, for instance `http://127.0.0.1:11434`",
            ),
            SessionError::Usage { error, hint } => Self::Told {
                exit: Exit::Usage,
                error,
                hint,
            },
        }
    }
}

/// Ends a command: says what went wrong, if anything, and gives the number to end with.
pub fn finish(result: Result<Exit, Failure>) -> Exit {
    match result {
        Ok(exit) => exit,
        Err(Failure::PipeClosed) => Exit::Done,
        Err(Failure::Told { exit, error, hint }) => {
            out::complain(&error, hint.as_deref());
            exit
        }
    }
}
