//! Runs one task against the test server and gathers everything that came of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use planwright::config::{Config, OllamaConfig, Paths, RetryConfig, UiConfig};
use planwright::domain::event::{
    ApprovalPolicy, Delta, EventRecord, Limits, Mode, RunEvent, RunSettings,
};
use planwright::domain::plan::DraftStep;
use planwright::domain::state::PlanExecuteState;
use planwright::session::{
    EngineUpdate, ResumeOptions, RunCommand, RunHandle, RunOutcome, RunRequest, Session,
};
use serde_json::{Value, json};

use crate::support::{FakeOllama, Reply, Script};

/// No test of the engine may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings for a server, with pauses short enough for tests.
pub(crate) fn config(url: &str) -> Config {
    let nowhere = PathBuf::from("/nonexistent");
    Config {
        tools: planwright::config::ToolsConfig {
            max_rounds: 8,
            ..planwright::config::ToolsConfig::default()
        },
        paths: Paths {
            config_file: nowhere.clone(),
            data_dir: nowhere.clone(),
            database: nowhere.clone(),
            log_file: nowhere,
        },
        model: "tiny:1b".to_owned(),
        planner_model: None,
        executor_model: None,
        replanner_model: None,
        finalizer_model: None,
        summarizer_model: None,
        verifier_model: None,
        fallbacks: BTreeMap::new(),
        default_provider: "ollama".to_owned(),
        providers: BTreeMap::new(),
        mcp: BTreeMap::new(),
        mode: Mode::PlanExecute,
        base_url: url.to_owned(),
        limits: Limits::default(),
        settings: RunSettings::default(),
        approval: ApprovalPolicy::Always,
        ollama: OllamaConfig {
            num_ctx: 8192,
            slots: 1,
            keep_alive: "10m".to_owned(),
            think: false,
            connect_timeout: Duration::from_secs(5),
            first_token_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(20),
        },
        retry: RetryConfig {
            attempts: 3,
            first_delay: Duration::from_millis(5),
            max_delay: Duration::from_millis(20),
        },
        keys: Vec::new(),
        log_level: log::LevelFilter::Off,
        ui: UiConfig {
            ascii: false,
            reduced_motion: true,
            color: false,
            mouse: false,
            screen_reader: false,
            title: false,
            progress: false,
            links: false,
            notify: planwright::config::Notify::Off,
            theme: planwright::config::theme::Theme::Terminal,
            colors: planwright::config::theme::Palette::default(),
        },
        demo_instant: true,
    }
}

/// A server, and a session that keeps its runs in memory.
pub(crate) struct Bench {
    pub(crate) server: FakeOllama,
    pub(crate) session: Session,
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) outcome: RunOutcome,
    pub(crate) records: Vec<EventRecord>,
    pub(crate) deltas: Vec<Delta>,
    pub(crate) state: PlanExecuteState,
}

impl Bench {
    pub(crate) fn new(script: Script) -> Self {
        Self::with(script, |_| {})
    }

    pub(crate) fn with(script: Script, change: impl FnOnce(&mut Config)) -> Self {
        let server = FakeOllama::start(script);
        let mut config = config(&server.url());
        change(&mut config);
        let session = Session::in_memory(config).expect("the settings make sense");
        Self { server, session }
    }

    /// Runs a task to its end, every plan approved.
    pub(crate) async fn run(&self, task: &str) -> Ran {
        watch(self.start(request(task)), |_| None).await
    }

    pub(crate) fn start(&self, request: RunRequest) -> RunHandle {
        self.session.start(request).expect("the run starts")
    }

    /// Goes on with a run, every plan approved.
    pub(crate) async fn resume(&self, ran: &Ran) -> Ran {
        let run = ran.state.run.clone().expect("the run has a name");
        let options = ResumeOptions {
            approval: ApprovalPolicy::Never,
            attended: false,
            approve_tools: false,
        };
        watch(
            self.session
                .resume(&run, options)
                .expect("the run can be resumed"),
            |_| None,
        )
        .await
    }
}

/// A task whose plans are approved by policy.
pub(crate) fn request(task: &str) -> RunRequest {
    RunRequest {
        task: task.to_owned(),
        plan: None,
        recipe: None,
        approval: ApprovalPolicy::Never,
        attended: false,
        approve_tools: false,
        plan_only: false,
        thread: None,
    }
}

/// A task whose plans a person is asked about.
pub(crate) fn attended(task: &str) -> RunRequest {
    RunRequest {
        approval: ApprovalPolicy::Always,
        attended: true,
        approve_tools: false,
        ..request(task)
    }
}

/// A task with a plan of the person's own.
pub(crate) fn with_plan(task: &str, steps: &[&str]) -> RunRequest {
    RunRequest {
        plan: Some(steps.iter().map(|&step| DraftStep::new(step)).collect()),
        ..request(task)
    }
}

/// Reads a run to its end; `react` may answer each record with a command.
pub(crate) async fn watch(
    mut handle: RunHandle,
    mut react: impl FnMut(&EventRecord) -> Option<RunCommand>,
) -> Ran {
    let work = async {
        let mut records = handle.records.clone();
        let mut deltas = Vec::new();
        while let Some(update) = handle.updates.recv().await {
            match update {
                EngineUpdate::Event(record) => {
                    let command = react(&record);
                    records.push(Arc::unwrap_or_clone(record));
                    if let Some(command) = command {
                        handle
                            .commands
                            .send(command)
                            .await
                            .expect("the run listens");
                    }
                }
                EngineUpdate::Delta(delta) => deltas.push(delta),
            }
        }
        let outcome = handle.done.await.expect("the run does not panic");
        let state = PlanExecuteState::replay(&records);
        Ran {
            outcome,
            records,
            deltas,
            state,
        }
    };
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the run ends in time")
}

impl Ran {
    /// The types of its records, model calls and notices left out.
    pub(crate) fn outline(&self) -> Vec<&'static str> {
        let name = |event: &RunEvent| match event {
            RunEvent::RunStarted { .. } => Some("started"),
            RunEvent::PlanProposed { .. } => Some("proposed"),
            RunEvent::PlanApproved { .. } => Some("approved"),
            RunEvent::PlanRejected { .. } => Some("rejected"),
            RunEvent::StepStarted { .. } => Some("step"),
            RunEvent::StepFinished { status, .. } => Some(status.word()),
            RunEvent::ActDecided { decision, .. } => Some(decision.word()),
            RunEvent::RunPaused { .. } => Some("paused"),
            RunEvent::RunResumed { .. } => Some("resumed"),
            RunEvent::RunInterrupted { .. } => Some("interrupted"),
            RunEvent::RunFinished { status, .. } => Some(status.word()),
            RunEvent::StepReset { .. } => Some("reset"),
            RunEvent::StepChecked { met: false, .. } => Some("missed"),
            _ => None,
        };
        self.records
            .iter()
            .filter_map(|record| name(&record.event))
            .collect()
    }

    pub(crate) fn response(&self) -> &str {
        self.state.response.as_deref().unwrap_or_default()
    }

    pub(crate) fn results(&self) -> Vec<&str> {
        self.state
            .past_steps
            .iter()
            .map(|past| &*past.result)
            .collect()
    }

    pub(crate) fn plan(&self) -> Vec<&str> {
        self.state
            .plan
            .iter()
            .map(|planned| planned.step.description.as_str())
            .collect()
    }

    pub(crate) fn notices(&self) -> String {
        self.state
            .notices
            .iter()
            .map(|notice| notice.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A planner's reply with these steps.
pub(crate) fn plan(steps: &[&str]) -> Reply {
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| json!({"description": step}))
        .collect();
    Reply::json(json!({ "steps": steps }))
}

/// A replanner's reply that asks for these steps.
pub(crate) fn replan(reason: &str, steps: &[&str]) -> Reply {
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| json!({"description": step}))
        .collect();
    Reply::json(json!({ "decision": "replan", "reason": reason, "steps": steps }))
}

/// A replanner's reply that wants the answer.
pub(crate) fn respond() -> Reply {
    Reply::json(json!({ "decision": "respond", "reason": "all is there" }))
}

/// The steps that most tests plan.
pub(crate) const STEPS: [&str; 3] = [
    "Find the GDP of France",
    "Find the GDP of Germany",
    "Compare the two figures",
];
