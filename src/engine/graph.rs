//! The loop: look at the state, let `route` name the node, let the node work and record, look again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::call::Caller;
use super::cast::Cast;
use super::estimate::estimate;
use super::finalizer::Answer;
use super::journal::{Ending, Journal};
use super::kit::Kit;
use super::nodes::Nodes;
use super::patience::Patience;
use super::review::{Verdict, review};
use super::steer::Steering;
use super::{Halt, RunCommand, RunOutcome, executor, fallback, modes, replanner, subplan};
use crate::domain::event::{ApprovalPolicy, Decision, PlanSource, RunEnd, RunEvent};
use crate::domain::ids::StepId;
use crate::domain::plan::Step;
use crate::domain::route::{Node, route};
use crate::domain::state::RunStatus;
use crate::domain::validate::check;
use crate::model::ChatModel;
use crate::tool::toolbox::Toolbox;

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
    /// Who does the work at each node.
    pub nodes: Nodes,
    /// What steps may use.
    pub tools: Toolbox,
    /// Whether everything that the rules for tools would ask about is allowed beforehand.
    pub approve_tools: bool,
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

/// One run at work.
pub struct Graph {
    /// Of the plan that is worked on now: the run's, or the one inside a step.
    pub(super) caller: Caller,
    pub(super) steering: Steering,
    pub(super) setup: Setup,
    answer: Option<Answer>,
    overtime: bool,
}

impl Graph {
    /// A run that goes on from what the journal holds; its `run_started` record is in it.
    pub async fn new(
        journal: Journal,
        mut setup: Setup,
        patience: Patience,
        commands: mpsc::Receiver<RunCommand>,
    ) -> Self {
        let totals = journal.whole().await.totals;
        let mut caller = Caller::new(journal, patience, Cast::default(), totals.model_calls);
        caller.set_kit(Kit::new(
            std::mem::take(&mut setup.tools),
            setup.attended,
            setup.approve_tools,
            totals.tool_calls,
        ));
        Self {
            caller,
            steering: Steering::new(commands),
            setup,
            answer: None,
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
        let ports = std::mem::take(&mut self.setup.ports);
        let cast = Cast::of(ports, self.setup.num_ctx, self.setup.think);
        self.caller.set_cast(cast);
        fallback::meet_all(&self.caller).await
    }

    async fn rounds(&mut self) -> Result<RunOutcome, Halt> {
        let inside = !self.caller.journal.scope().is_empty();
        loop {
            match self.round().await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                Err(Halt::OutOfTime) if !inside && !self.overtime => self.begin_overtime().await?,
                Err(Halt::OverBudget(why) | Halt::NoProgress(why))
                    if !inside && !self.is_forced().await =>
                {
                    self.force(why).await?;
                }
                Err(halt) => return Err(halt),
            }
        }
    }

    /// One look at the state and the work that follows from it.
    async fn round(&mut self) -> Result<Option<RunOutcome>, Halt> {
        if self.steering.finish {
            self.finish().await?;
        }
        let node = route(&*self.caller.journal.state().await);
        let caller = self.caller.clone();
        match node {
            Node::Chooser => {
                self.steering
                    .attend(&caller, modes::choose(&caller))
                    .await??;
            }
            Node::Planner => {
                if let Some(steps) = self.setup.plan.take() {
                    self.propose_own(steps).await?;
                } else {
                    self.steering
                        .attend(&caller, self.setup.nodes.planner.plan(&caller))
                        .await??;
                }
            }
            Node::Approval => {
                estimate(&caller).await?;
                if self.setup.plan_only {
                    return Ok(Some(RunOutcome::NeedsPerson));
                }
                return self.review().await;
            }
            Node::Executor(_) | Node::Busy | Node::Blocked(_) => return self.work().await,
            Node::Replanner => {
                let (patience, token) = caller.patience.with_token();
                let own = caller.with(patience);
                let decision = self.setup.nodes.replanner.decide(&own);
                match self.steering.attend_until(token, &caller, decision).await? {
                    Err(Halt::Cancelled) if !caller.patience.is_cancelled() => {}
                    decided => decided?,
                }
            }
            Node::Bound(why) => self.force(why).await?,
            Node::Finalizer if caller.journal.state().await.gathers => {
                let answer = subplan::gather(&*caller.journal.state().await);
                return self.conclude_with(answer).await;
            }
            Node::Finalizer => {
                let answer = self
                    .steering
                    .attend(&caller, self.setup.nodes.finalizer.answer(&caller))
                    .await??;
                return self.conclude_with(answer).await;
            }
            Node::Wait => return self.wait().await,
            Node::End => return Ok(Some(RunOutcome::Completed)),
        }
        Ok(None)
    }

    async fn review(&mut self) -> Result<Option<RunOutcome>, Halt> {
        let left = self.caller.patience.stop_clock();
        let (policy, attended) = (self.setup.approval, self.setup.attended);
        let commands = &mut self.steering.commands;
        let verdict = review(&self.caller, policy, attended, commands).await?;
        self.caller.patience.allow(left);
        match verdict {
            Verdict::Approved { stepwise } => self.steering.go_on(stepwise),
            Verdict::Rejected => {}
            Verdict::Finish => self.steering.finish = true,
            Verdict::NobodyThere => return Ok(Some(RunOutcome::NeedsPerson)),
        }
        Ok(None)
    }

    /// Ends the run with this answer; the plan inside a step only hands it up.
    async fn conclude_with(&mut self, answer: Answer) -> Result<Option<RunOutcome>, Halt> {
        if !self.caller.journal.scope().is_empty() {
            self.answer = Some(answer);
            return Ok(Some(RunOutcome::Completed));
        }
        let ending = Ending {
            response: Some(answer.response),
            incomplete: answer.incomplete,
            ..Ending::default()
        };
        self.caller
            .journal
            .finish(RunEnd::Completed, ending)
            .await?;
        Ok(None)
    }

    /// Carries a step out as a plan of its own; its answer is the step's result.
    pub(super) async fn descend(&mut self, step: &StepId) -> Result<Option<RunOutcome>, Halt> {
        let outer = self.caller.clone();
        let started = Instant::now();
        let attempt = executor::begin(&outer, step).await?;
        self.caller = outer.within(step);
        let ended = match subplan::open(&self.caller, &outer, step).await {
            Ok(Ok(())) => Box::pin(self.rounds()).await.map(Ok),
            Ok(Err(why)) => Ok(Err(why)),
            Err(halt) => Err(halt),
        };
        self.caller = outer;
        let ended = match (ended?, self.answer.take()) {
            (Ok(outcome), None) => return Ok(Some(outcome)),
            (Ok(_), Some(answer)) => Ok(answer),
            (Err(why), _) => Err(why),
        };
        subplan::close(&self.caller, step, attempt, ended, started.elapsed()).await?;
        self.pause_if_wished().await?;
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

    pub(super) async fn pause_if_wished(&mut self) -> Result<(), Halt> {
        let more = !self.steering.finish
            && matches!(
                route(&*self.caller.journal.state().await),
                Node::Executor(_)
            );
        if more && self.setup.attended && (self.steering.pause || self.steering.stepwise) {
            let reason = if self.steering.pause {
                "paused by the person"
            } else {
                "step by step"
            };
            self.steering.pause = false;
            self.caller
                .journal
                .at(Vec::new())
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
            let heard = self.steering.commands.recv();
            match self.caller.patience.within(heard).await? {
                None => return Ok(Some(RunOutcome::NeedsPerson)),
                Some(command @ (RunCommand::Continue { .. } | RunCommand::Finish)) => {
                    self.steering.take(&self.caller, command).await?;
                    self.caller.patience.allow(left);
                    let reason = "continued by the person".to_owned();
                    let root = self.caller.journal.at(Vec::new());
                    let limits = None;
                    root.record(RunEvent::RunResumed { reason, limits }).await?;
                    return Ok(None);
                }
                Some(command) => self.steering.take(&self.caller, command).await?,
            }
        }
    }

    /// The person wants the answer now; a plan inside a step hands up what it has first.
    async fn finish(&mut self) -> Result<(), Halt> {
        self.steering.finish = !self.caller.journal.scope().is_empty();
        replanner::answer_now(&self.caller).await
    }

    /// The time is spent: from here on only the answer is written, and that within bounds too.
    async fn begin_overtime(&mut self) -> Result<(), Halt> {
        self.overtime = true;
        let budget = self.setup.timeout.unwrap_or_default();
        self.caller
            .patience
            .allow(Some((budget / 2).clamp(OVERTIME.0, OVERTIME.1)));
        self.force(format!(
            "the time budget of {} s is spent",
            budget.as_secs()
        ))
        .await
    }

    async fn is_forced(&self) -> bool {
        self.caller.journal.state().await.decision == Some(Decision::FinalizeForced)
    }

    /// From here on only the answer is written.
    async fn force(&self, why: String) -> Result<(), Halt> {
        let iteration = self.caller.journal.state().await.iteration_count;
        replanner::force(&self.caller, iteration, why).await
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
            Halt::NeedsPerson(reason) => {
                let reason = reason.clone();
                let root = self.caller.journal.at(Vec::new());
                root.record(RunEvent::RunPaused { reason }).await
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
        let error = self.caller.journal.mask(&halt.to_string());
        let hint = halt.hint();
        match halt {
            Halt::Cancelled => RunOutcome::Interrupted,
            Halt::NeedsPerson(_) => RunOutcome::NeedsPerson,
            Halt::Model(fault) if fault.is_unusable() => RunOutcome::ServerUnusable { error, hint },
            _ => RunOutcome::Failed { error, hint },
        }
    }
}
