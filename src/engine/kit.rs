//! What the steps of a run may use, and the desk at which a person is asked about it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::event::{Keep, ToolDecision};
use crate::domain::plan::{Step, ToolsOf};
use crate::tool::Tool;
use crate::tool::toolbox::Toolbox;

/// What the steps of a run may use.
#[derive(Default)]
pub struct Kit {
    /// The tools and their rules.
    pub toolbox: Toolbox,
    /// Where a person is asked.
    pub desk: Desk,
    /// Whether there is one.
    pub attended: bool,
    /// Whether he has allowed beforehand everything that the rules would ask about.
    pub approved: bool,
    calls: AtomicU64,
}

impl Kit {
    /// The tools for a run that has made `calls` tool calls before.
    pub fn new(toolbox: Toolbox, attended: bool, approved: bool, calls: u64) -> Self {
        Self {
            toolbox,
            desk: Desk::default(),
            attended,
            approved,
            calls: AtomicU64::new(calls),
        }
    }

    /// The tools that a step may use: those that it names, or all.
    pub fn for_step(&self, step: &Step) -> Vec<Arc<dyn Tool>> {
        let wanted = step.tools();
        let own = self.toolbox.iter().filter(|tool| match &wanted {
            ToolsOf::Any => true,
            ToolsOf::Only(names) => names.contains(&tool.spec().name.as_str()),
        });
        own.cloned().collect()
    }

    /// A name for the next call.
    pub(super) fn next_call(&self) -> String {
        format!("t{}", self.calls.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// What a person said of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether it may.
    pub decision: ToolDecision,
    /// For how long calls like it are allowed.
    pub keep: Keep,
    /// Why not, or the answer to a question.
    pub words: Option<String>,
}

/// Calls that wait for a person. Only [`super::RunCommand::Decide`] ends the waiting.
#[derive(Default)]
pub struct Desk {
    waiting: Mutex<BTreeMap<String, Place>>,
}

enum Place {
    /// A call waits.
    Waits(oneshot::Sender<Said>),
    /// It was decided on before it came to wait, as after a restart.
    Said(Said),
}

impl Desk {
    /// Waits for what is said of this call; the receiver fails where nobody is left to say anything.
    pub(super) fn wait(&self, call: &str) -> oneshot::Receiver<Said> {
        let (say, heard) = oneshot::channel();
        let mut places = self.lock();
        match places.remove(call) {
            Some(Place::Said(said)) => drop(say.send(said)),
            _ => drop(places.insert(call.to_owned(), Place::Waits(say))),
        }
        heard
    }

    /// Tells what was said of a call that waits, or of one that is known to come to it (`known`); whether it was heard.
    pub(super) fn tell(&self, call: &str, said: Said, known: bool) -> bool {
        let mut places = self.lock();
        match places.remove(call) {
            Some(Place::Waits(waiting)) => waiting.send(said).is_ok(),
            _ if known => {
                places.insert(call.to_owned(), Place::Said(said));
                true
            }
            _ => false,
        }
    }

    /// Nobody will say anything any more.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Place>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
