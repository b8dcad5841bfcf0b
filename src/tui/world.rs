//! Does what the pure core asks of the session. Whatever may wait is done beside the loop; the answer comes back
//! through one bounded channel.

use std::future::pending;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::effect::{EditTarget, Effect, Msg};
use crate::config::{Config, ollama_host};
use crate::domain::ids::RunId;
use crate::session::{
    EngineUpdate, ResumeOptions, RunCommand, RunHandle, RunOutcome, Session, SessionError,
};

/// Answers that wait to be read. A full channel makes the work that answers wait; the loop never does.
const ANSWERS: usize = 64;
/// News of the run at work that are taken in at once.
pub(super) const NEWS: usize = 256;
/// Runs in the list: more than anyone scrolls through.
const MAX_LISTED: usize = 10_000;
/// What to do about an address that is none.
const ADDRESS_HINT: &str = "write it as `http://host:11434`";
/// Hits of a search.
const MAX_FOUND: usize = 200;

/// What comes back from work beside the loop.
pub(super) enum Answer {
    /// For the core.
    Tell(Msg),
    /// A run was started, or not.
    Started(Result<RunHandle, SessionError>),
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
    answers: mpsc::Sender<Answer>,
    run: Slot,
    last: Option<(RunId, Option<RunOutcome>)>,
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
    pub(super) fn new(session: Session) -> (Self, mpsc::Receiver<Answer>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let world = Self {
            session,
            answers,
            run: Slot::Free,
            last: None,
        };
        (world, receiver)
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

    /// Does it, or sets about it. What can be told at once comes back.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Start(request) => {
                return self.begin(move |session| session.start(request));
            }
            Effect::Resume(run) => {
                let options = ResumeOptions {
                    approval: self.session.config().approval,
                    attended: true,
                    approve_tools: false,
                };
                return self.begin(move |session| session.resume(&run, options));
            }
            Effect::Send(command) => return self.send(command),
            Effect::Cancel => self.cancel(),
            Effect::Open(run) => self.read(move |session| {
                let records = session.store().load(&run)?;
                Ok(Msg::Opened(run, records))
            }),
            Effect::ListRuns => self.read(|session| {
                Ok(Msg::Runs(
                    session.list(MAX_LISTED)?,
                    session.store().count()?,
                ))
            }),
            Effect::Search(words) => self.read(move |session| {
                let hits = session.search(&words, MAX_FOUND)?;
                Ok(Msg::Found(words, hits))
            }),
            Effect::Delete(run) => self.read(move |session| {
                session.store().delete(&run)?;
                Ok(Msg::Deleted(run))
            }),
            Effect::Restore(run) => self.read(move |session| {
                session.store().restore(&run)?;
                Ok(Msg::Restored(run))
            }),
            Effect::ListTools => self.read(|session| {
                // Servers may have to be started for it, which this thread waits for.
                let listed = tokio::runtime::Handle::current().block_on(session.tools());
                let (tools, missing) = listed;
                Ok(Msg::Tools(tools, missing))
            }),
            Effect::Probe => self.probe(),
            Effect::UseServer(address) => {
                return match base_url(&address) {
                    Ok(url) => self.reconfigure(|config| config.base_url = url),
                    Err(reason) => Some(Msg::Failed(
                        format!("no server address: {reason}"),
                        Some(ADDRESS_HINT.to_owned()),
                    )),
                };
            }
            Effect::UseModel(model) => {
                return self.reconfigure(|config| {
                    config.model = model;
                    config.planner_model = None;
                    config.executor_model = None;
                    config.replanner_model = None;
                });
            }
            Effect::Export(path, text) => self.read(move |_| Ok(export(&path, &text))),
            // The loop's own: they need the terminal.
            Effect::Edit(..)
            | Effect::Copy(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Quit => {}
        }
        None
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

/// An address as a person types it, read as `--base-url` and `OLLAMA_HOST` are: `gpu`, `gpu:11434`, a whole URL.
fn base_url(typed: &str) -> Result<String, String> {
    let host = ollama_host::parse(typed)?;
    host.warning.map_or(Ok(host.base_url), Err)
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

/// Writes a new file that ends with a line end; one that is there already stays as it is.
fn export(path: &Path, text: &str) -> Msg {
    let path = at_home(path);
    let written = std::fs::File::create_new(&path).and_then(|mut file| {
        file.write_all(text.trim_end_matches('\n').as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
    });
    match written {
        Ok(()) => Msg::Exported(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Msg::Failed(
            format!("`{}` is there already", path.display()),
            Some("choose another name".to_owned()),
        ),
        Err(error) => Msg::Failed(
            format!("`{}` could not be written: {error}", path.display()),
            None,
        ),
    }
}

/// `~/` as a shell reads it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{base_url, export};

    #[test]
    fn a_typed_address_needs_neither_scheme_nor_port() {
        for (typed, url) in [
            ("gpu:11434", "http://gpu:11434"),
            (" localhost ", "http://localhost:11434"),
            ("https://h/ollama/", "https://h:443/ollama"),
        ] {
            assert_eq!(base_url(typed).as_deref(), Ok(url));
        }
        for typed in ["foo bar", "ftp://h", "http://h:99999", "h:1foo", "h?q"] {
            assert!(base_url(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_written_file_ends_with_one_line_end() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("a", "words"), ("b", "words\n")] {
            let path = folder.path().join(name);
            export(&path, text);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "words\n");
        }
    }
}
