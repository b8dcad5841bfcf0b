//! Floor 4: the terminal interface. Key → [`keymap`] → action → [`update`] → [`effect::Effect`]; what happens comes back
//! as [`effect::Msg`]; [`view`] draws `&App` and nothing else. [`run`] is the loop around that core.

use crate::domain::ids::RunId;
use crate::domain::sanitize;
use crate::session::RunOutcome;

pub mod action;
pub mod announce;
pub mod app;
mod background;
mod chord;
mod context;
mod editor;
pub mod effect;
mod event_loop;
mod field;
mod find;
mod handover;
mod highlight;
mod hits;
mod input;
mod keeping;
mod key_probe;
pub mod keymap;
mod layout;
mod links;
pub mod look;
mod markdown;
mod pacer;
pub mod palette;
mod screens;
pub mod shot;
mod signals;
mod surface;
pub mod svg;
mod table;
mod terminal;
pub mod text;
mod theme;
pub mod update;
pub mod view;
mod world;
mod wrap;

pub use event_loop::run;
pub use key_probe::probe_keys;

/// What there is to say when the interface is closed. It prints nothing itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExitReport {
    /// The run that was at work last, if any.
    pub run: Option<RunId>,
    /// How the work on it ended; none where it did not end in time.
    pub outcome: Option<RunOutcome>,
    /// The signal that closed the interface, if one did.
    pub signal: Option<u8>,
    /// Whether the run is kept: false where the store is memory.
    pub kept: bool,
}

impl ExitReport {
    /// One or two lines for the terminal, safe to print: which run, how it ended, how to go on with it, or that it is
    /// gone. None where nothing ran.
    pub fn lines(&self) -> Vec<String> {
        let Some(run) = &self.run else {
            return Vec::new();
        };
        let status = match &self.outcome {
            Some(RunOutcome::Completed) => "completed".to_owned(),
            Some(RunOutcome::Failed { error, .. } | RunOutcome::ServerUnusable { error, .. }) => {
                format!("failed: {error}")
            }
            Some(RunOutcome::NeedsPerson) => "waiting for you".to_owned(),
            Some(RunOutcome::Interrupted) | None => "interrupted".to_owned(),
        };
        let run = run.short();
        let lines = if self.kept {
            let hint = match self.outcome {
                Some(RunOutcome::Completed) => {
                    format!("hint: `planwright runs show {run}` shows it again")
                }
                _ => format!("hint: `planwright resume {run}` goes on with it"),
            };
            vec![format!("run {run} {status}"), hint]
        } else {
            vec![format!("run {status}; nothing of it is kept")]
        };
        lines
            .iter()
            .map(|line| sanitize::line(line).into_owned())
            .collect()
    }

    /// What the process should exit with: 0, or 128 and the signal's number.
    pub fn exit_code(&self) -> u8 {
        self.signal.map_or(0, |signal| 128 + signal)
    }
}

/// Why the interface could not be shown, or not any longer.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard output goes elsewhere.
    #[error("standard output is not a terminal")]
    NoTerminal,
    /// The terminal says that it cannot do more than print lines.
    #[error("this terminal cannot show the interface (`TERM=dumb`)")]
    Dumb,
    /// The terminal failed, or is gone. What was running has been stopped in good order and can be resumed.
    #[error("the terminal failed: {0}")]
    Io(#[from] std::io::Error),
}

impl TuiError {
    /// Whether standard output is a terminal that can do more than print lines.
    fn check_terminal() -> Result<(), Self> {
        use std::io::IsTerminal as _;
        if !std::io::stdout().is_terminal() {
            return Err(Self::NoTerminal);
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Err(Self::Dumb);
        }
        Ok(())
    }

    /// What the person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoTerminal | Self::Dumb => Some("`planwright run TASK` works without one"),
            Self::Io(_) => None,
        }
    }
}
