//! The nodes of the graph, each of which can be replaced by one's own.
//!
//! A node is given the [`Caller`] of the plan that is worked on: it looks at the state ([`Caller::journal`]), asks
//! models if it likes, and records what happened. What is next follows from the records alone
//! ([`crate::domain::route::route`]), so a node of one's own is resumed, shown and replayed as the usual one is.

use std::sync::Arc;

pub use futures_util::future::BoxFuture;

use super::call::Caller;
use super::finalizer::{self, Answer};
use super::{Halt, executor, planner, replanner};
use crate::domain::ids::StepId;

/// Makes the plan.
pub trait Planner: Send + Sync {
    /// Looks at the task, and at why the last plan was rejected if one was, and records `plan_proposed` with all steps:
    /// [`super::outcomes::propose`] does that for drafts.
    ///
    /// # Errors
    /// [`Halt`]: the run ends, or is interrupted, without a plan.
    fn plan<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>>;
}

/// Carries out steps; several at once where the run allows it.
pub trait Executor: Send + Sync {
    /// Carries out a step whose `step_started` is recorded, and records `step_finished` with its result, a failure
    /// being one, too: [`super::outcomes::finish`] does that.
    ///
    /// # Errors
    /// [`Halt`]: the step stays without a result and is begun anew on resume.
    fn execute<'a>(
        &'a self,
        caller: &'a Caller,
        step: &'a StepId,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), Halt>>;
}

/// Decides what the results are worth.
pub trait Replanner: Send + Sync {
    /// Records `act_decided`, and after a decision to replan `plan_proposed`: [`super::outcomes::respond`] and
    /// [`super::outcomes::replan`] do that.
    ///
    /// # Errors
    /// [`Halt`]: nothing is decided.
    fn decide<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>>;
}

/// Writes the answer.
pub trait Finalizer: Send + Sync {
    /// Writes the answer, from all the evidence; the graph records it.
    ///
    /// # Errors
    /// [`Halt`]: there is no answer.
    fn answer<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Answer, Halt>>;
}

/// The nodes of a graph.
#[derive(Clone)]
pub struct Nodes {
    /// Makes the plan.
    pub planner: Arc<dyn Planner>,
    /// Carries out the steps.
    pub executor: Arc<dyn Executor>,
    /// Decides what the results are worth.
    pub replanner: Arc<dyn Replanner>,
    /// Writes the answer.
    pub finalizer: Arc<dyn Finalizer>,
}

impl Default for Nodes {
    /// The usual nodes, which ask the models of the run.
    fn default() -> Self {
        Self {
            planner: Arc::new(ModelPlanner),
            executor: Arc::new(ModelExecutor),
            replanner: Arc::new(ModelReplanner),
            finalizer: Arc::new(ModelFinalizer),
        }
    }
}

/// The usual planner: [`planner::plan`].
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelPlanner;

impl Planner for ModelPlanner {
    fn plan<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(planner::plan(caller))
    }
}

/// The usual executor: [`executor::execute`].
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelExecutor;

impl Executor for ModelExecutor {
    fn execute<'a>(
        &'a self,
        caller: &'a Caller,
        step: &'a StepId,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(executor::execute(caller, step, attempt))
    }
}

/// The usual replanner: [`replanner::decide`].
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelReplanner;

impl Replanner for ModelReplanner {
    fn decide<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Halt>> {
        Box::pin(replanner::decide(caller))
    }
}

/// The usual finalizer: [`finalizer::answer`].
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelFinalizer;

impl Finalizer for ModelFinalizer {
    fn answer<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Answer, Halt>> {
        Box::pin(finalizer::answer(caller))
    }
}
