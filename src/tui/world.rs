//! Does what the pure core asks of the session. Whatever may wait is done beside the loop; the answer comes back
//! through one bounded channel.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::effect::{EditTarget, Msg};
use crate::config::{Config, Overrides};
use crate::domain::ids::RunId;
use crate::session::{EngineUpdate, RunCommand, RunHandle, RunOutcome, Session, SessionError};

mod look;
mod models;
mod neighbours;
mod perform;
mod settings;

pub(super) use look::look;
use settings::Kept;

/// Answers that wait to be read. A full channel makes the work that answers wait; the loop never does.
const ANSWERS: usize = 64;
/// News of the run at work that are taken in at once.
pub(super) const NEWS: usize = 256;
/// What to do about an address that is none.
const ADDRESS_HINT: &str = "write it as `http://host:11434`";

/// What comes back from work beside the loop.
pub(super) enum Answer {
    /// For the core.
    Tell(Msg),
    /// A run was started, or not.
    Started(Result<RunHandle, SessionError>),
    /// A setting was written to the config file, or not.
    Kept(Box<Kept>),
    /// The person's editor has ended; the terminal is free.
    Edited(EditTarget, Result<String, String>),
}

/// What the run at work has to say.
pub(super) enum News {
    /// It goes on; what happened is in the buffer.
    Updates,
    /// The work ended.
    Ended(RunOutcome),
}

/// The session, and the run at work.
pub(super) struct World {
    session: Session,
    /// What the command line sets.
    overrides: Overrides,
    answers: mpsc::Sender<Answer>,
    run: Slot,
    last: Option<(RunId, Option<RunOutcome>)>,
    /// Cancelled to end the fetching of a model.
    pull: Option<CancellationToken>,
}

/// Place for one run: there is never a second one at work.
enum Slot {
    Free,
    /// One is being started; cancelled before it was: it is cancelled then.
    Starting {
        cancelled: bool,
    },
    Taken(Live),
}

struct Live {
    commands: mpsc::Sender<RunCommand>,
    updates: mpsc::Receiver<EngineUpdate>,
    /// Its updates have ended; what is missing is how.
    silent: bool,
    cancel: CancellationToken,
    done: JoinHandle<RunOutcome>,
}

impl World {
    /// With no run at work. Answers come out of the receiver.
    pub(super) fn new(session: Session, overrides: Overrides) -> (Self, mpsc::Receiver<Answer>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let world = Self {
            session,
            overrides,
            answers,
            run: Slot::Free,
            last: None,
            pull: None,
        };
        (world, receiver)
    }

    /// The session.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Tells of what other processes do with the runs that are kept, from now on.
    pub(super) fn listen(&self) {
        let (store, answers) = (Arc::clone(self.session.store()), self.answers());
        let database = self.session.config().paths.database.clone();
        tokio::spawn(async move {
            let folder = database.parent().unwrap_or(Path::new("."));
            neighbours::listen(store, folder, answers).await;
        });
    }

    /// The run that was at work last, and how it ended, if it did.
    pub(super) fn last(&self) -> Option<&(RunId, Option<RunOutcome>)> {
        self.last.as_ref()
    }

    /// Whether a run is at work or being started.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.run, Slot::Free)
    }

    /// Where to send answers.
    pub(super) fn answers(&self) -> mpsc::Sender<Answer> {
        self.answers.clone()
    }

    /// Waits for the run at work, for ever where there is none. Updates are appended to `buffer`. Nothing is lost
    /// when the future is dropped.
    pub(super) async fn news(&mut self, buffer: &mut Vec<EngineUpdate>) -> News {
        let Slot::Taken(live) = &mut self.run else {
            return pending().await;
        };
        if !live.silent {
            if live.updates.recv_many(buffer, NEWS).await > 0 {
                return News::Updates;
            }
            live.silent = true;
        }
        let outcome = (&mut live.done)
            .await
            .unwrap_or_else(|_| RunOutcome::Failed {
                error: "a defect in planwright ended the work on this run".to_owned(),
                hint: Some("resume it: what was recorded is kept".to_owned()),
            });
        self.run = Slot::Free;
        if let Some((_, ended)) = &mut self.last {
            *ended = Some(outcome.clone());
        }
        News::Ended(outcome)
    }

    /// Takes the answer to a start in: the message for the core.
    pub(super) fn started(&mut self, started: Result<RunHandle, SessionError>) -> Msg {
        let cancelled = matches!(self.run, Slot::Starting { cancelled: true });
        match started {
            Ok(handle) => {
                if cancelled {
                    handle.cancel.cancel();
                }
                self.last = Some((handle.run.clone(), None));
                self.run = Slot::Taken(Live {
                    commands: handle.commands,
                    updates: handle.updates,
                    silent: false,
                    cancel: handle.cancel,
                    done: handle.done,
                });
                Msg::Watching(handle.run, handle.records)
            }
            Err(error) => {
                self.run = Slot::Free;
                failed(&error)
            }
        }
    }

    /// Cancels the run at work, or the one that is being started as soon as it is.
    pub(super) fn cancel(&mut self) {
        match &mut self.run {
            Slot::Free => {}
            Slot::Starting { cancelled } => *cancelled = true,
            Slot::Taken(live) => live.cancel.cancel(),
        }
    }

    fn begin(
        &mut self,
        start: impl FnOnce(&Session) -> Result<RunHandle, SessionError> + Send + 'static,
    ) -> Option<Msg> {
        if self.is_busy() {
            return Some(Msg::Failed(
                "a run is at work, and one is enough at a time".to_owned(),
                Some("stop it first, or wait until it is done".to_owned()),
            ));
        }
        self.run = Slot::Starting { cancelled: false };
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let started = tokio::task::spawn_blocking(move || start(&session))
                .await
                .unwrap_or_else(|_| Err(defect()));
            // Without a reader the interface is closed, and with it the handle.
            let _ = answers.send(Answer::Started(started)).await;
        });
        None
    }

    fn send(&self, command: RunCommand) -> Option<Msg> {
        let Slot::Taken(live) = &self.run else {
            return Some(Msg::Failed(
                "no run is at work".to_owned(),
                Some("resume it first".to_owned()),
            ));
        };
        match live.commands.try_send(command) {
            // Closed: it is ending, and the core is about to hear of it.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
            Err(mpsc::error::TrySendError::Full(_)) => Some(Msg::Failed(
                "the run has not taken in what it was told before".to_owned(),
                Some("try again in a moment".to_owned()),
            )),
        }
    }

    /// Calls that block, beside the loop.
    fn read(&self, call: impl FnOnce(&Session) -> Result<Msg, SessionError> + Send + 'static) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let answer = tokio::task::spawn_blocking(move || call(&session))
                .await
                .unwrap_or_else(|_| Err(defect()));
            let msg = answer.unwrap_or_else(|error| failed(&error));
            let _ = answers.send(Answer::Tell(msg)).await;
        });
    }

    fn probe(&self) {
        let (session, answers) = (self.session.clone(), self.answers());
        tokio::spawn(async move {
            let status = session.probe().await;
            let model = session.config().model.clone();
            let _ = answers.send(Answer::Tell(Msg::Probed(status, model))).await;
        });
    }

    fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) -> Option<Msg> {
        let mut config = self.session.config().clone();
        change(&mut config);
        match self.session.with_config(config) {
            Ok(session) => {
                self.session = session;
                self.probe();
                None
            }
            Err(error) => Some(failed(&error)),
        }
    }
}

fn defect() -> SessionError {
    SessionError::Usage {
        error: "a defect in planwright kept it from doing this".to_owned(),
        hint: None,
    }
}

fn failed(error: &SessionError) -> Msg {
    let hint = match error {
        SessionError::Store(error) => error.hint().map(ToOwned::to_owned),
        SessionError::Model(error) => error.hint(),
        SessionError::Address(_) => Some(ADDRESS_HINT.to_owned()),
        SessionError::Usage { hint, .. } => hint.clone(),
    };
    Msg::Failed(error.to_string(), hint)
}
