//! The loop: look at the state, let `route` name the node, let the node work and record, look again.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::call::Caller;
use super::in_use::ModelInUse;
use super::journal::{Ending, Journal};
use super::patience::Patience;
use super::review::{Verdict, review};
use super::{Halt, RunCommand, RunOutcome, executor, finalizer, planner, replanner};
use crate::domain::chat::{ModelInfo, Role};
use crate::domain::event::{ApprovalPolicy, NoticeLevel, PlanSource, RunEnd, RunEvent};
use crate::domain::plan::Step;
use crate::domain::route::{Node, route};
use crate::domain::state::RunStatus;
use crate::domain::validate::check;
use crate::model::{ChatModel, ModelError};

/// Everything a run needs from outside.
pub struct Setup {
    /// The models that `run_started` names, by that name.
    pub ports: BTreeMap<String, Port>,
    /// Context length asked for, in tokens.
    pub num_ctx: u32,
    /// Whether models that can may think aloud in plain-text calls.
    pub think: bool,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// Whether someone sends commands.
    pub attended: bool,
    /// Stop when the first plan is there.
    pub plan_only: bool,
    /// A person's own plan: the planner is not called.
    pub plan: Option<Vec<Step>>,
    /// Wall-clock budget of the work in this process, time spent waiting for a person left out.
    pub timeout: Option<Duration>,
}

/// A model and the way to it.
pub struct Port {
    /// Its name as it is recorded.
    pub name: String,
    /// The way.
    pub model: Arc<dyn ChatModel>,
}

/// The least and the most time that the forced answer gets when the budget is spent.
const OVERTIME: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(120));

/// What a person wants to happen at the next step boundary.
#[derive(Default)]
struct Wishes {
    pause: bool,
    stepwise: bool,
}

impl Wishes {
    fn hear(&mut self, command: &RunCommand) {
        match command {
            RunCommand::Pause => self.pause = true,
            RunCommand::Continue { stepwise } => (self.pause, self.stepwise) = (false, *stepwise),
            RunCommand::Approve { .. } | RunCommand::Edit { .. } | RunCommand::Reject { .. } => {}
        }
    }
}

/// One run at work.
pub struct Graph {
    caller: Caller,
    setup: Setup,
    commands: mpsc::Receiver<RunCommand>,
    wishes: Wishes,
    models: BTreeMap<String, Arc<ModelInUse>>,
    overtime: bool,
}

impl Graph {
    /// A run that goes on from what the journal holds; its `run_started` record is in it.
    pub async fn new(
        journal: Arc<Journal>,
        setup: Setup,
        patience: Patience,
        commands: mpsc::Receiver<RunCommand>,
    ) -> Self {
        let calls = journal.state().await.totals.model_calls;
        let caller = Caller::new(journal, patience, calls);
        Self {
            caller,
            setup,
            commands,
            wishes: Wishes::default(),
            models: BTreeMap::new(),
            overtime: false,
        }
    }

    /// Works until the run ends or cannot go on by itself. However it ends, the log says so.
    pub async fn run(mut self) -> RunOutcome {
        let ended = match self.contact().await {
            Ok(()) => self.rounds().await,
            Err(halt) => Err(halt),
        };
        match ended {
            Ok(outcome) => outcome,
            Err(halt) => self.conclude(halt).await,
        }
    }

    /// Asks the servers what the models are.
    async fn contact(&mut self) -> Result<(), Halt> {
        // Where the run was cancelled before, the models may not even have been found.
        self.caller.patience.within(std::future::ready(())).await?;
        for (key, port) in std::mem::take(&mut self.setup.ports) {
            let Port { name, model } = port;
            let described = self.caller.patience.first_contact(|| model.describe());
            let info = match described.await {
                Err(Halt::Model(ModelError::Status { .. } | ModelError::Malformed { .. })) => {
                    let text = format!(
                        "the server does not describe `{name}`; its context is taken to be {} tokens",
                        self.setup.num_ctx
                    );
                    self.caller.journal.notice(NoticeLevel::Info, text).await?;
                    ModelInfo::default()
                }
                described => described?,
            };
            self.caller.patience.answered();
            let model = ModelInUse::new(name, model, info, self.setup.num_ctx, self.setup.think);
            self.models.insert(key, Arc::new(model));
        }
        Ok(())
    }

    async fn rounds(&mut self) -> Result<RunOutcome, Halt> {
        loop {
            match self.round().await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                Err(Halt::OutOfTime) if !self.overtime => self.begin_overtime().await?,
                Err(halt) => return Err(halt),
            }
        }
    }

    /// One look at the state and the work that follows from it.
    async fn round(&mut self) -> Result<Option<RunOutcome>, Halt> {
        let node = route(&*self.caller.journal.state().await);
        match node {
            Node::Planner => {
                if let Some(steps) = self.setup.plan.take() {
                    self.propose_own(steps).await?;
                } else {
                    let model = self.model(Role::Planner).await?;
                    attend(
                        &mut self.commands,
                        &mut self.wishes,
                        planner::plan(&self.caller, &model),
                    )
                    .await?;
                }
            }
            Node::Approval if self.setup.plan_only => return Ok(Some(RunOutcome::NeedsPerson)),
            Node::Approval => {
                let left = self.caller.patience.stop_clock();
                let verdict = review(
                    &self.caller,
                    self.setup.approval,
                    self.setup.attended,
                    &mut self.commands,
                )
                .await?;
                self.caller.patience.allow(left);
                match verdict {
                    Verdict::Approved { stepwise } => {
                        self.wishes = Wishes {
                            pause: false,
                            stepwise,
                        }
                    }
                    Verdict::Rejected => {}
                    Verdict::NobodyThere => return Ok(Some(RunOutcome::NeedsPerson)),
                }
            }
            Node::Executor(steps) => {
                let model = self.model(Role::Executor).await?;
                for step in &steps {
                    attend(
                        &mut self.commands,
                        &mut self.wishes,
                        executor::execute(&self.caller, &model, step),
                    )
                    .await?;
                }
                self.pause_if_wished().await?;
            }
            Node::Replanner => {
                let model = self.model(Role::Replanner).await?;
                attend(
                    &mut self.commands,
                    &mut self.wishes,
                    replanner::decide(&self.caller, &model),
                )
                .await?;
            }
            Node::Bound(why) => {
                let iteration = self.caller.journal.state().await.iteration_count;
                replanner::force(&self.caller, iteration, why).await?;
            }
            Node::Finalizer => {
                let model = self.model(Role::Finalizer).await?;
                attend(
                    &mut self.commands,
                    &mut self.wishes,
                    finalizer::answer(&self.caller, &model),
                )
                .await?;
            }
            Node::Wait => return self.wait().await,
            Node::End => return Ok(Some(RunOutcome::Completed)),
        }
        Ok(None)
    }

    async fn propose_own(&self, steps: Vec<Step>) -> Result<(), Halt> {
        let revision = self.caller.journal.state().await.revision + 1;
        let problems = check(&steps, usize::MAX)
            .into_iter()
            .map(|problem| problem.text)
            .collect();
        self.caller
            .journal
            .record(RunEvent::PlanProposed {
                revision,
                source: PlanSource::File,
                steps,
                problems,
                reason: None,
            })
            .await?;
        Ok(())
    }

    async fn pause_if_wished(&mut self) -> Result<(), Halt> {
        let more = matches!(
            route(&*self.caller.journal.state().await),
            Node::Executor(_)
        );
        if more && self.setup.attended && (self.wishes.pause || self.wishes.stepwise) {
            let reason = if self.wishes.pause {
                "paused by the person"
            } else {
                "step by step"
            };
            self.wishes.pause = false;
            self.caller
                .journal
                .record(RunEvent::RunPaused {
                    reason: reason.to_owned(),
                })
                .await?;
        }
        Ok(())
    }

    /// Rests until the person says how to go on.
    async fn wait(&mut self) -> Result<Option<RunOutcome>, Halt> {
        let paused = self.caller.journal.state().await.status == RunStatus::Paused;
        if !paused || !self.setup.attended {
            return Ok(Some(RunOutcome::NeedsPerson));
        }
        let left = self.caller.patience.stop_clock();
        loop {
            match self.caller.patience.within(self.commands.recv()).await? {
                None => return Ok(Some(RunOutcome::NeedsPerson)),
                Some(RunCommand::Continue { stepwise }) => {
                    self.wishes = Wishes {
                        pause: false,
                        stepwise,
                    };
                    self.caller.patience.allow(left);
                    self.caller
                        .journal
                        .record(RunEvent::RunResumed {
                            reason: "continued by the person".to_owned(),
                        })
                        .await?;
                    return Ok(None);
                }
                Some(_) => {}
            }
        }
    }

    /// The time is spent: from here on only the answer is written, and that within bounds too.
    async fn begin_overtime(&mut self) -> Result<(), Halt> {
        self.overtime = true;
        let budget = self.setup.timeout.unwrap_or_default();
        self.caller
            .patience
            .allow(Some((budget / 2).clamp(OVERTIME.0, OVERTIME.1)));
        let iteration = self.caller.journal.state().await.iteration_count;
        replanner::force(
            &self.caller,
            iteration,
            format!("the time budget of {} s is spent", budget.as_secs()),
        )
        .await
    }

    /// Records why the run cannot go on.
    async fn conclude(&self, halt: Halt) -> RunOutcome {
        let recorded = match &halt {
            Halt::Cancelled => {
                let at_rest = self.caller.journal.state().await.status != RunStatus::Running;
                let reason = "stopped on request".to_owned();
                if at_rest {
                    Ok(())
                } else {
                    self.caller
                        .journal
                        .record(RunEvent::RunInterrupted { reason })
                        .await
                }
            }
            Halt::Store(_) => Ok(()),
            _ => {
                let ending = Ending {
                    error: Some(halt.to_string()),
                    hint: halt.hint(),
                    ..Ending::default()
                };
                self.caller.journal.finish(RunEnd::Failed, ending).await
            }
        };
        let halt = recorded.err().map_or(halt, Halt::Store);
        let (error, hint) = (halt.to_string(), halt.hint());
        match halt {
            Halt::Cancelled => RunOutcome::Interrupted,
            Halt::Model(fault) if fault.is_unusable() => RunOutcome::ServerUnusable { error, hint },
            _ => RunOutcome::Failed { error, hint },
        }
    }

    async fn model(&self, role: Role) -> Result<Arc<ModelInUse>, Halt> {
        let name = self.caller.journal.state().await.models.of(role).to_owned();
        self.models
            .get(&name)
            .cloned()
            .ok_or(Halt::Model(ModelError::Missing { model: name }))
    }
}

/// Does the work and hears meanwhile what the person wants at the next boundary.
async fn attend<T>(
    commands: &mut mpsc::Receiver<RunCommand>,
    wishes: &mut Wishes,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            command = commands.recv(), if open => match command {
                Some(command) => wishes.hear(&command),
                None => open = false,
            },
        }
    }
}
