//! The graph for a program of one's own: settings as ever, and any node, model or store replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    EngineUpdate, ResumeOptions, RunHandle, RunOutcome, RunRequest, Session, SessionError,
};
use crate::config::Config;
use crate::domain::event::{ApprovalPolicy, EventRecord};
use crate::domain::ids::RunId;
use crate::domain::state::PlanExecuteState;
use crate::engine::graph::Port;
use crate::engine::nodes::{Executor, Finalizer, Nodes, Planner, Replanner};
use crate::model::ChatModel;
use crate::store::Checkpointer;
use crate::store::memory::MemoryStore;
use crate::tool::Tool;

/// What stands in the place of the usual nodes and models.
#[derive(Clone, Default)]
pub(super) struct Custom {
    pub(super) nodes: Nodes,
    models: BTreeMap<String, Arc<dyn ChatModel>>,
    pub(super) tools: Vec<Arc<dyn Tool>>,
}

impl Custom {
    /// The way to a model: the program's own where it brought one of this name.
    pub(super) fn port(&self, port: Port) -> Port {
        match self.models.get(&port.name) {
            Some(own) => Port {
                model: Arc::clone(own),
                ..port
            },
            None => port,
        }
    }
}

impl Session {
    /// The same store under other settings, for instance another server or model.
    ///
    /// # Errors
    /// Where the config names a URL that makes no sense.
    pub fn with_config(&self, config: Config) -> Result<Self, SessionError> {
        let mut session = Self::with_store(config, Arc::clone(&self.store))?;
        session.providers.custom = self.providers.custom.clone();
        Ok(session)
    }
}

/// Why a graph has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The run could not be started.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The run ended without one, or rests. It is kept and can be resumed.
    #[error("{error}")]
    Run {
        /// One sentence.
        error: String,
        /// The remedy.
        hint: Option<String>,
    },
}

/// The plan-and-execute graph: planner, approval, executor, replanner and finalizer over models and a store.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use planwright::config::{Config, Overrides, Sources};
/// use planwright::session::PlanExecuteGraph;
///
/// let settings = Config::load(&Sources::from_process(Overrides::default()))?;
/// let graph = PlanExecuteGraph::builder(settings.config).build()?;
/// let state = graph.invoke("Compare 5 km and 3 miles").await?;
/// println!("{}", state.response.unwrap_or_default());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PlanExecuteGraph {
    session: Session,
    approve_tools: bool,
}

impl PlanExecuteGraph {
    /// Begins a graph with these settings, the usual nodes, and a store that keeps nothing.
    pub fn builder(config: Config) -> PlanExecuteGraphBuilder {
        PlanExecuteGraphBuilder {
            config,
            custom: Custom::default(),
            store: None,
            approve_tools: false,
        }
    }

    /// Runs a task to its end, every plan approved, and returns the state it ended in: `response` holds the answer.
    ///
    /// # Errors
    /// [`GraphError::Run`] where there is no answer, saying why; else as for [`Session::start`].
    pub async fn invoke(&self, task: impl Into<String>) -> Result<PlanExecuteState, GraphError> {
        let request = RunRequest {
            task: task.into(),
            plan: None,
            recipe: None,
            approval: ApprovalPolicy::Never,
            attended: false,
            approve_tools: self.approve_tools,
            plan_only: false,
            thread: None,
        };
        ended(self.stream(request)?, |_| {}).await
    }

    /// As [`PlanExecuteGraph::invoke`], and shows each record as it happens.
    ///
    /// # Errors
    /// As there.
    pub async fn invoke_with(
        &self,
        request: RunRequest,
        seen: impl FnMut(&EventRecord),
    ) -> Result<PlanExecuteState, GraphError> {
        ended(self.stream(request)?, seen).await
    }

    /// Starts a run in the background: records and text as they come, commands to steer it. Needs a tokio runtime.
    ///
    /// # Errors
    /// As for [`Session::start`].
    pub fn stream(&self, request: RunRequest) -> Result<RunHandle, SessionError> {
        self.session.start(request)
    }

    /// Goes on with a run of this graph's store.
    ///
    /// # Errors
    /// As for [`Session::resume`].
    pub fn resume(&self, run: &RunId, options: ResumeOptions) -> Result<RunHandle, SessionError> {
        self.session.resume(run, options)
    }

    /// Everything else: past runs, models, settings.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

async fn ended(
    mut run: RunHandle,
    mut seen: impl FnMut(&EventRecord),
) -> Result<PlanExecuteState, GraphError> {
    let mut state = PlanExecuteState::replay(&run.records);
    while let Some(update) = run.updates.recv().await {
        if let EngineUpdate::Event(record) = update {
            state.apply(&record);
            seen(&record);
        }
    }
    let outcome = run.done.await.map_err(|error| GraphError::Run {
        error: format!("the work on the run broke off: {error}"),
        hint: None,
    })?;
    let (error, hint) = match outcome {
        RunOutcome::Completed => return Ok(state),
        RunOutcome::Failed { error, hint } | RunOutcome::ServerUnusable { error, hint } => {
            (error, hint)
        }
        RunOutcome::NeedsPerson => (
            "the run waits for a person".to_owned(),
            Some("`stream` and answer, or approve by policy".to_owned()),
        ),
        RunOutcome::Interrupted => ("the run was interrupted".to_owned(), None),
    };
    Err(GraphError::Run { error, hint })
}

/// Puts a [`PlanExecuteGraph`] together. What is not replaced is as usual.
#[must_use]
pub struct PlanExecuteGraphBuilder {
    config: Config,
    custom: Custom,
    store: Option<Arc<dyn Checkpointer>>,
    approve_tools: bool,
}

impl PlanExecuteGraphBuilder {
    /// Makes the plans.
    pub fn planner(mut self, planner: impl Planner + 'static) -> Self {
        self.custom.nodes.planner = Arc::new(planner);
        self
    }

    /// Carries out the steps.
    pub fn executor(mut self, executor: impl Executor + 'static) -> Self {
        self.custom.nodes.executor = Arc::new(executor);
        self
    }

    /// Decides what the results are worth.
    pub fn replanner(mut self, replanner: impl Replanner + 'static) -> Self {
        self.custom.nodes.replanner = Arc::new(replanner);
        self
    }

    /// Writes the answer.
    pub fn finalizer(mut self, finalizer: impl Finalizer + 'static) -> Self {
        self.custom.nodes.finalizer = Arc::new(finalizer);
        self
    }

    /// A model of one's own: the settings name it (`model`, `planner_model`, …) as they do any other.
    pub fn model(mut self, name: impl Into<String>, model: impl ChatModel + 'static) -> Self {
        self.custom.models.insert(name.into(), Arc::new(model));
        self
    }

    /// A tool of one's own, which steps may use whatever the settings enable. It goes before one of the same name.
    pub fn tool(mut self, tool: impl Tool + 'static) -> Self {
        self.custom.tools.push(Arc::new(tool));
        self
    }

    /// Lets [`PlanExecuteGraph::invoke`] use tools that the rules would ask a person about.
    pub fn approve_tools(mut self, yes: bool) -> Self {
        self.approve_tools = yes;
        self
    }

    /// Where runs are kept.
    pub fn store(mut self, store: Arc<dyn Checkpointer>) -> Self {
        self.store = Some(store);
        self
    }

    /// The graph.
    ///
    /// # Errors
    /// Where the settings name an address that makes no sense.
    pub fn build(self) -> Result<PlanExecuteGraph, SessionError> {
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let mut session = Session::with_store(self.config, store)?;
        session.providers.custom = self.custom;
        Ok(PlanExecuteGraph {
            session,
            approve_tools: self.approve_tools,
        })
    }
}
