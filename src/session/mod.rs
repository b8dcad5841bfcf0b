//! Floor 3: the library's front door. A [`Session`] is made from a [`Config`]; it builds models and store and starts runs.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::budget::{Bound, rebounded};
use crate::domain::event::{ApprovalPolicy, EventRecord, RecipeUsed, RoleModels, RunEvent};
use crate::domain::ids::RunId;
use crate::domain::plan::{DraftStep, Naming, name_drafts};
use crate::domain::state::PlanExecuteState;
use crate::domain::validate::check;
use crate::engine::journal::{Journal, wall_clock};
use crate::model::ModelError;
use crate::model::ollama::BadAddress;
use crate::store::memory::MemoryStore;
use crate::store::sqlite::SqliteStore;
use crate::store::{CallTranscript, Checkpointer, RunPage, RunQuery, RunSummary, StoreError};

use drive::{Driver, Work};
use mcp::Mcp;
use models::{Providers, Spec};

mod drafts;
mod drive;
mod fork;
mod graph;
mod keys;
mod log_file;
mod mcp;
mod models;
mod past;
mod providers;
mod servers;
mod thread;
mod toolbox;
mod tools;

pub use crate::domain::fork::{ForkPlan, ForkPoint};
pub use crate::engine::{EngineUpdate, RunCommand, RunOutcome};
pub use crate::model::demo::EXAMPLES as DEMO_EXAMPLES;
pub use crate::model::ollama::{InstalledModel, LoadedModel, PullProgress};
pub use drafts::Drafts;
pub use graph::{GraphError, PlanExecuteGraph, PlanExecuteGraphBuilder};
pub use mcp::{McpState, McpStatus};
pub use servers::{ProviderStatus, ServerStatus};
pub use tools::ToolEntry;

/// What to run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRequest {
    /// What the person asks for.
    pub task: String,
    /// A person's own plan: the planner is not called.
    pub plan: Option<Vec<DraftStep>>,
    /// The recipe that task and plan were made from.
    pub recipe: Option<RecipeUsed>,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// Whether someone is there to send [`RunCommand`]s; if not, a question ends the work with [`RunOutcome::NeedsPerson`].
    pub attended: bool,
    /// Whether everything that the rules for tools would ask about is allowed beforehand; what they deny stays denied.
    pub approve_tools: bool,
    /// Stop when the plan is there, without asking.
    pub plan_only: bool,
    /// The conversation it belongs to: task and answer of its earlier runs are part of every prompt. None for none.
    pub thread: Option<String>,
}

/// How to go on with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeOptions {
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// As in [`RunRequest::attended`].
    pub attended: bool,
    /// As in [`RunRequest::approve_tools`].
    pub approve_tools: bool,
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

/// Why a session did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model server.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The address of the model server.
    #[error(transparent)]
    Address(#[from] BadAddress),
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
    providers: Providers,
    mcp: Mcp,
}

/// The longest task, in bytes.
const MOST_TASK_BYTES: usize = 1024 * 1024;

/// Commands that wait for a run; a full channel makes their sender wait.
const COMMANDS: usize = 16;

/// Updates that wait for whoever watches; a full channel slows the run, and with it the model.
const UPDATES: usize = 256;

impl Session {
    /// Opens the store that the config names, making it where there is none.
    ///
    /// # Errors
    /// Where the store cannot be opened or is of a later version, or the config names a URL that makes no sense.
    pub fn open(config: Config) -> Result<Self, SessionError> {
        let store = SqliteStore::open(&config.paths.database)?;
        Self::with_store(config, Arc::new(store))
    }

    /// A session that keeps nothing: its store is memory.
    ///
    /// # Errors
    /// Where the config names a URL that makes no sense.
    pub fn in_memory(config: Config) -> Result<Self, SessionError> {
        Self::with_store(config, Arc::new(MemoryStore::new()))
    }

    /// A session on a store of the caller's own.
    ///
    /// # Errors
    /// Where the config names a URL that makes no sense.
    pub fn with_store(config: Config, store: Arc<dyn Checkpointer>) -> Result<Self, SessionError> {
        let config = Arc::new(config);
        let providers = Providers::new(&config)?;
        let mcp = Mcp::new(Arc::clone(&config), providers.masking.clone());
        Ok(Self {
            config,
            store,
            providers,
            mcp,
        })
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store, for reading.
    pub fn store(&self) -> &Arc<dyn Checkpointer> {
        &self.store
    }

    /// The models that a run started now would name.
    pub fn models_in_use(&self) -> RoleModels {
        models::role_models(&self.config)
    }

    /// Whether every role is played by the built-in demo model, so that no server is needed.
    pub fn is_demo(&self) -> bool {
        let models = self.models_in_use();
        models
            .names()
            .into_iter()
            .all(|name| Spec::of_record(name, &self.config) == Ok(Spec::Demo))
    }

    /// Starts a run in the background. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Where the task is empty, the plan is not valid, or the store fails.
    pub fn start(&self, request: RunRequest) -> Result<RunHandle, SessionError> {
        let usage = |error: String, hint: &str| SessionError::Usage {
            error,
            hint: Some(hint.to_owned()),
        };
        if request.task.trim().is_empty() {
            return Err(usage(
                "the task is empty".to_owned(),
                "say what is to be done, for instance `planwright run \"Compare 3 km and 2 miles\"`",
            ));
        }
        if request.task.len() > MOST_TASK_BYTES {
            return Err(usage(
                format!(
                    "the task has {} bytes, at most {MOST_TASK_BYTES} are taken",
                    request.task.len()
                ),
                "shorten it",
            ));
        }
        let models = self.models_in_use();
        self.providers.check(&models)?;
        self.check_tools()?;
        let mut limits = self.config.limits;
        if limits.max_parallel == 0 {
            limits.max_parallel = self.providers.slots(&models.executor);
        }
        let plan = request
            .plan
            .map(|drafts| name_drafts(drafts, &[], Naming::KeepLabels));
        if let Some(problem) = plan
            .iter()
            .flat_map(|steps| check(steps, limits.max_steps as usize))
            .find(|problem| problem.fatal)
        {
            return Err(usage(
                format!("the plan cannot run: {}", problem.text),
                "mend the plan; `--max-steps` allows longer ones",
            ));
        }
        self.check_tools_of(plan.as_deref().unwrap_or_default())?;
        let first = RunEvent::RunStarted {
            task: request.task,
            mode: self.config.mode,
            thread: request.thread.clone(),
            models,
            limits,
            settings: self.config.settings,
            forked_from: None,
            recipe: request.recipe,
            tools: None,
        };
        let work = Work {
            approval: request.approval,
            attended: request.attended,
            approve_tools: request.approve_tools,
            plan_only: request.plan_only,
            plan,
            timeout_s: limits.timeout_s,
            recalled: thread::recalled(&*self.store, request.thread.as_deref())?,
        };
        self.spawn(Self::new_run(), Vec::new(), first, work)
    }

    /// Goes on with a run that is not completed. A plan that waits for approval is asked about again.
    ///
    /// # Errors
    /// Where there is no such run, it is completed, or another process works on it.
    pub fn resume(&self, run: &RunId, options: ResumeOptions) -> Result<RunHandle, SessionError> {
        self.resume_within(run, options, &[])
    }

    /// As [`Session::resume`], with these bounds as the settings have them in the place of its own; the log says so. They
    /// count from the run's beginning, but for the time. Where a bound had forced an answer that is not written yet, the
    /// run goes on as far as the new bounds allow.
    ///
    /// # Errors
    /// As there.
    pub fn resume_within(
        &self,
        run: &RunId,
        options: ResumeOptions,
        bounds: &[Bound],
    ) -> Result<RunHandle, SessionError> {
        let claim = self.store.claim(run)?;
        let records = self.store.load(run)?;
        let state = PlanExecuteState::replay(&records);
        if !state.status.is_resumable() {
            return Err(fork::over(&state, &records));
        }
        self.providers.check(&state.models)?;
        drop(claim);
        let mut limits = rebounded(state.limits, &self.config.limits, bounds);
        if limits.max_parallel == 0 {
            limits.max_parallel = self.providers.slots(&state.models.executor);
        }
        let first = RunEvent::RunResumed {
            reason: format!("it was {}", state.status.word()),
            limits: (!bounds.is_empty()).then_some(limits),
        };
        let timeout_s = self.config.limits.timeout_s.or(state.limits.timeout_s);
        let work = Work {
            approval: options.approval,
            attended: options.attended,
            approve_tools: options.approve_tools,
            plan_only: false,
            plan: None,
            timeout_s,
            recalled: Vec::new(),
        };
        self.spawn(run.clone(), records, first, work)
    }

    /// The newest run that can be resumed and that no process works on.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn newest_resumable(&self) -> Result<Option<RunId>, SessionError> {
        let runs = self.store.list(usize::MAX)?;
        let free =
            |run: &RunSummary| run.status.is_resumable() && self.store.claim(&run.run).is_ok();
        Ok(runs.into_iter().find(free).map(|run| run.run))
    }

    /// See [`Checkpointer::page`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn page(&self, query: &RunQuery) -> Result<RunPage, SessionError> {
        Ok(self.store.page(query)?)
    }

    /// See [`Checkpointer::list`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn list(&self, limit: usize) -> Result<Vec<RunSummary>, SessionError> {
        Ok(self.store.list(limit)?)
    }

    /// See [`Checkpointer::call`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn call(&self, run: &RunId, call: &str) -> Result<Option<CallTranscript>, SessionError> {
        Ok(self.store.call(run, call)?)
    }

    /// Claims the run and puts it to work.
    fn spawn(
        &self,
        run: RunId,
        records: Vec<EventRecord>,
        first: RunEvent,
        work: Work,
    ) -> Result<RunHandle, SessionError> {
        let claim = self.store.claim(&run)?;
        let (commands, heard) = mpsc::channel(COMMANDS);
        let (told, updates) = mpsc::channel(UPDATES);
        let cancel = CancellationToken::new();
        let journal = Journal::masked(
            run.clone(),
            Arc::clone(&self.store),
            &records,
            told,
            wall_clock(),
            self.providers.masking.clone(),
        );
        let driver = Driver {
            config: Arc::clone(&self.config),
            providers: self.providers.clone(),
            mcp: self.mcp.clone(),
            journal,
            claim,
            cancel: cancel.clone(),
        };
        let done = tokio::spawn(driver.drive(first, work, heard));
        Ok(RunHandle {
            run,
            records,
            commands,
            updates,
            cancel,
            done,
        })
    }
}
