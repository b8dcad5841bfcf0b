//! Floor 3: the library's front door. A [`Session`] is made from a [`Config`]; it builds models and store and starts runs.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::chat::ModelInfo;
use crate::domain::event::{ApprovalPolicy, EventRecord};
use crate::domain::ids::RunId;
use crate::domain::plan::DraftStep;
use crate::model::ModelError;
use crate::store::{CallTranscript, Checkpointer, RunSummary, SearchHit, StoreError};

pub use crate::engine::{EngineUpdate, RunCommand, RunOutcome};
pub use crate::model::ollama::{InstalledModel, PullProgress};

/// What to run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRequest {
    /// What the person asks for.
    pub task: String,
    /// A person's own plan: the planner is not called.
    pub plan: Option<Vec<DraftStep>>,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// Whether someone is there to send [`RunCommand`]s; if not, a question ends the work with [`RunOutcome::NeedsPerson`].
    pub attended: bool,
    /// Stop when the plan is there, without asking.
    pub plan_only: bool,
}

/// How to go on with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeOptions {
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// As in [`RunRequest::attended`].
    pub attended: bool,
}

/// A run at work in the background.
pub struct RunHandle {
    /// Its name.
    pub run: RunId,
    /// Its records so far, where it was resumed; empty for a new run. Updates begin after them.
    pub records: Vec<EventRecord>,
    /// To tell it something.
    pub commands: mpsc::Sender<RunCommand>,
    /// What it tells. Read on until it is closed.
    pub updates: mpsc::Receiver<EngineUpdate>,
    /// Cancelling ends the work in good order: the connection is closed, `run_interrupted` recorded.
    pub cancel: CancellationToken,
    /// How it ended. Never panics and is never aborted.
    pub done: JoinHandle<RunOutcome>,
}

/// What is known of the model server, for headers and `doctor`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatus {
    /// Where it should be.
    pub url: String,
    /// Its version, or why it cannot be reached.
    pub version: Result<String, ModelError>,
    /// The models it has, newest first; empty where it cannot be reached.
    pub models: Vec<InstalledModel>,
}

/// Why a session did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model server.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// What was asked for makes no sense.
    #[error("{error}")]
    Usage {
        /// One sentence.
        error: String,
        /// The remedy.
        hint: Option<String>,
    },
}

/// Models, store and settings, put together.
#[derive(Clone)]
pub struct Session {
    config: Arc<Config>,
    store: Arc<dyn Checkpointer>,
}

impl Session {
    /// Opens the store that the config names, making it where there is none.
    ///
    /// # Errors
    /// Where the store cannot be opened or is of a later version, or the config names a URL or model that makes no sense.
    pub fn open(config: Config) -> Result<Self, SessionError> {
        let _ = config;
        unimplemented!()
    }

    /// A session that keeps nothing: its store is memory.
    ///
    /// # Errors
    /// Where the config names a URL or model that makes no sense.
    pub fn in_memory(config: Config) -> Result<Self, SessionError> {
        let _ = config;
        unimplemented!()
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The same store under other settings, for instance another server or model.
    ///
    /// # Errors
    /// Where the config names a URL or model that makes no sense.
    pub fn with_config(&self, config: Config) -> Result<Self, SessionError> {
        let _ = config;
        unimplemented!()
    }

    /// The store, for reading.
    pub fn store(&self) -> &Arc<dyn Checkpointer> {
        &self.store
    }

    /// Asks the model server what it is; bounded by the connect timeout. For the demo model there is no server to ask.
    pub async fn probe(&self) -> ServerStatus {
        unimplemented!()
    }

    /// Starts a run in the background. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Where the task is empty, the plan is not valid, or the store fails.
    pub fn start(&self, request: RunRequest) -> Result<RunHandle, SessionError> {
        let _ = request;
        unimplemented!()
    }

    /// Goes on with a run that is not completed. A plan that waits for approval is asked about again.
    ///
    /// # Errors
    /// Where there is no such run, it is completed, or another process works on it.
    pub fn resume(&self, run: &RunId, options: ResumeOptions) -> Result<RunHandle, SessionError> {
        let _ = (run, options);
        unimplemented!()
    }

    /// The newest run that can be resumed and that no process works on.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn newest_resumable(&self) -> Result<Option<RunId>, SessionError> {
        unimplemented!()
    }

    /// See [`Checkpointer::list`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(&self, limit: usize) -> Result<Vec<RunSummary>, SessionError> {
        Ok(self.store.list(limit)?)
    }

    /// See [`Checkpointer::search`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<SearchHit>, SessionError> {
        Ok(self.store.search(words, limit)?)
    }

    /// See [`Checkpointer::call`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn call(&self, run: &RunId, call: &str) -> Result<Option<CallTranscript>, SessionError> {
        Ok(self.store.call(run, call)?)
    }

    /// What one model is, as its server says.
    ///
    /// # Errors
    /// Where the server cannot be reached or has no such model.
    pub async fn show_model(&self, name: &str) -> Result<ModelInfo, SessionError> {
        let _ = name;
        unimplemented!()
    }

    /// Fetches a model onto the server. The stream ends after the last progress or with an error; dropping it stops the download.
    pub fn pull_model(&self, name: &str) -> BoxStream<'static, Result<PullProgress, ModelError>> {
        let _ = name;
        unimplemented!()
    }
}
