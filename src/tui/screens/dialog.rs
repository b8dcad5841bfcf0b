//! What lies over a screen: one thing at a time has the keyboard, the topmost.

use std::borrow::Cow;

use super::compared::Compared;
use super::history::History;
use super::models::Models;
use super::reading::Reading;
use super::request::Request;
use crate::config::ollama_host;
use crate::domain::bytes::bytes;
use crate::domain::ids::{RunId, StepId};
use crate::domain::sanitize;
use crate::tui::field::{Field, Lines};
use crate::tui::keymap::Context;

/// One thing over the screen.
pub(in crate::tui) enum Overlay {
    History(Box<History>),
    /// The keys of this context.
    Help(Menu),
    /// The actions of this context.
    Palette(Menu),
    /// The settings.
    Settings(Menu),
    /// The tasks of the past.
    Tasks(Menu),
    /// The files of the workspace.
    Files(Menu, Vec<String>),
    Prompt(Prompt),
    /// A call of a tool that waits.
    Request(Box<Request>),
    Question(Question),
    /// The tools; the selected row.
    Tools(usize),
    /// How Ollama is installed; scrolled down by so many rows.
    Install(usize),
    /// What a version of the plan changed: its index in the revisions; scrolled down by so many rows.
    Diff(usize, usize),
    /// A text.
    Reading(Reading),
    /// The models of the servers.
    Models(Models),
    /// Two runs side by side.
    Compared(Box<Compared>),
}

/// A list narrowed by typing.
pub(in crate::tui) struct Menu {
    /// Where it was asked for.
    pub(in crate::tui) context: Context,
    pub(in crate::tui) filter: Field,
    pub(in crate::tui) selected: usize,
}

impl Menu {
    pub(in crate::tui) fn new(context: Context) -> Self {
        Self {
            context,
            filter: Field::new(Lines::One, ""),
            selected: 0,
        }
    }

    /// What of a list holds all that was typed.
    pub(in crate::tui) fn admitted<'a>(
        &'a self,
        all: &'a [String],
    ) -> impl Iterator<Item = &'a String> {
        all.iter().filter(|words| self.admits(words))
    }

    /// Whether these words hold all that was typed.
    pub(in crate::tui) fn admits(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.filter
            .text()
            .to_lowercase()
            .split_whitespace()
            .all(|typed| words.contains(typed))
    }
}

/// A line to type.
pub(in crate::tui) struct Prompt {
    pub(in crate::tui) purpose: Purpose,
    pub(in crate::tui) field: Field,
    /// What stood there first.
    given: String,
}

/// A line that was typed and left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Left {
    purpose: Purpose,
    given: String,
    pub(in crate::tui) typed: String,
}

impl Left {
    /// Whether it was typed about a run, whichever that was.
    pub(in crate::tui) fn is_about_a_run(&self) -> bool {
        !matches!(
            self.purpose,
            Purpose::ServerUrl
                | Purpose::Setting(_)
                | Purpose::PullName
                | Purpose::ExportRun(_)
                | Purpose::ForkBefore(..)
        )
    }

    /// Whether it was typed for what this line is for, and from the same text on.
    pub(in crate::tui) fn is_for(&self, prompt: &Prompt) -> bool {
        (&self.purpose, &self.given) == (&prompt.purpose, &prompt.given)
    }
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Purpose {
    ServerUrl,
    AskForChanges,
    /// The text of this step.
    StepText(StepId),
    /// How one can tell that this step is done.
    DoneWhen(StepId),
    /// A step to add: after how many rows of the plan.
    NewStep(usize),
    /// The text of this step of a plan at work.
    StepAtWork(StepId),
    /// A step to add to a plan at work, after this one.
    StepAfter(StepId),
    /// The person's own result of this step.
    OwnResult(StepId),
    /// Why this call of a tool is denied.
    DenyBecause(String),
    /// What to look for in the output.
    FindText,
    /// Where to write the text of the run on screen.
    ExportText,
    /// Where to write this run.
    ExportRun(RunId),
    /// The value of this setting.
    Setting(String),
    /// The name of a model to fetch.
    PullName,
    /// Before which step of this run, which has so many, a fork goes another way.
    ForkBefore(RunId, u64),
}

impl Prompt {
    pub(in crate::tui) fn new(purpose: Purpose, text: &str) -> Self {
        let mut prompt = Self {
            purpose,
            field: Field::new(Lines::One, text),
            given: text.to_owned(),
        };
        if prompt.has_lines() {
            prompt.field = Field::new(Lines::Many, text);
        }
        prompt
    }

    /// What was typed, where it is worth keeping.
    pub(in crate::tui) fn left(&self) -> Option<Left> {
        let typed = self.field.text();
        let worth = !typed.trim().is_empty() && typed != self.given;
        worth.then(|| Left {
            purpose: self.purpose.clone(),
            given: self.given.clone(),
            typed,
        })
    }

    /// Whether what is typed may have several lines.
    pub(in crate::tui) fn has_lines(&self) -> bool {
        matches!(self.purpose, Purpose::AskForChanges | Purpose::OwnResult(_))
    }

    /// Whether what is typed can be taken.
    pub(in crate::tui) fn check(&self) -> Result<(), String> {
        let typed = self.field.text();
        match self.purpose {
            Purpose::ServerUrl if !typed.trim().is_empty() => {
                let host = ollama_host::parse(&typed)?;
                host.warning.map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }

    /// Whether the world may say no to what was typed.
    pub(in crate::tui) fn may_be_refused(&self) -> bool {
        matches!(
            self.purpose,
            Purpose::ExportText | Purpose::ExportRun(_) | Purpose::ForkBefore(..)
        )
    }

    pub(in crate::tui) fn title(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.purpose {
            Purpose::ServerUrl => "URL of the Ollama server",
            Purpose::AskForChanges => "What should be different?",
            Purpose::StepText(_) | Purpose::StepAtWork(_) => "What is to be done",
            Purpose::StepAfter(_) => "A step to do after this one",
            Purpose::OwnResult(_) => "The result of the step, in your words",
            Purpose::DoneWhen(_) => "Done when (empty: no condition)",
            Purpose::NewStep(_) => "A new step",
            Purpose::DenyBecause(_) => "Why not? The model is told",
            Purpose::FindText => "Search in the output",
            Purpose::ExportText | Purpose::ExportRun(_) => "Write to file",
            Purpose::Setting(_) => "The value, as the config file has it",
            Purpose::PullName => "Model to fetch, such as llama3.2",
            Purpose::ForkBefore(_, steps) => {
                return Cow::Owned(format!("Fork before which step? (1 to {steps})"));
            }
        })
    }
}

/// A question to answer with yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Question {
    QuitWhileRunning,
    /// The same where the plan was edited to one that cannot be recorded.
    QuitLosingEdits,
    /// The same where runs are kept in memory only.
    QuitKeepingNothing,
    RejectPlan,
    /// Whether the model of this name is deleted from the disk of its server, and its size in bytes.
    DeleteModel(String, u64),
    /// Whether the selected step and all after it are done again.
    RerunFrom,
    /// Whether the answer is written now.
    FinishNow,
}

impl Question {
    pub(in crate::tui) fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::QuitWhileRunning => {
                "A run is at work. It is stopped in good order and kept: <run.resume_run> goes on with it later. Leave?"
            }
            Self::QuitKeepingNothing => {
                "A run is at work. It is stopped in good order, and nothing of it is kept. Leave?"
            }
            Self::QuitLosingEdits => {
                "A run is at work. It is stopped in good order and kept, but the plan as you edited it cannot run and is lost. Leave?"
            }
            Self::RerunFrom => {
                "This step and all after it are done again; what they brought stays in the log. Do them again?"
            }
            Self::FinishNow => {
                "The answer is written now, from the results there are; the steps that are not finished are left out. Finish?"
            }
            Self::DeleteModel(name, size) => {
                let name = sanitize::line(name);
                let size = bytes(*size);
                return Cow::Owned(format!(
                    "`{name}` ({size}) is deleted from the disk of its server; it can be fetched again. Delete it?"
                ));
            }
            Self::RejectPlan => {
                "The plan is given up and the run rests; it stays in the history. Reject the plan?"
            }
        })
    }
}
