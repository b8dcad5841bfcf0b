//! `run` and `resume`: a run from beginning to end without the terminal interface.

use std::borrow::Cow;
use std::path::PathBuf;

use super::out::{self, Stdout, tell};
use super::work::{self, Ended, Printing};
use super::{Exit, Failure, ask, file, recipes};
use crate::domain::budget::Bound;
use crate::domain::event::{ApprovalPolicy, Mode, RecipeUsed};
use crate::domain::ids::RunId;
use crate::domain::plan::DraftStep;
use crate::domain::plan_text;
use crate::domain::state::{PlanExecuteState, RunStatus};
use crate::session::{ResumeOptions, RunHandle, RunOutcome, RunRequest, Session};

/// How a run is approved and printed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Approve every plan without asking.
    pub yes: bool,
    /// Records as JSON Lines instead of the answer.
    pub json: bool,
    /// With them, text as it arrives.
    pub stream: bool,
    /// Say what came of each step, too.
    pub results: bool,
    /// Where the answer is written to, too.
    pub output: Option<PathBuf>,
    /// The bounds that hold for a resumed run as the settings have them, in the place of its own.
    pub bounds: Vec<Bound>,
}

/// A new run.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The task, or `-` for standard input; of no account where there is a recipe.
    pub task: String,
    /// A recipe, by name or path, and what is given for its parameters, each `NAME=VALUE`.
    pub recipe: Option<(String, Vec<String>)>,
    /// Whether the command line says which routing to use, whatever the recipe asks for.
    pub mode_given: bool,
    /// The file of a person's own plan.
    pub plan: Option<PathBuf>,
    /// Print the plan and stop.
    pub plan_only: bool,
    /// The conversation it belongs to.
    pub thread: Option<String>,
}

/// Runs a task and prints its answer.
///
/// # Errors
/// Where the run could not be started, or its answer could not be written.
pub async fn run(
    session: &Session,
    new: NewRun,
    options: Options,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let target = options
        .output
        .as_deref()
        .map(file::Target::check)
        .transpose()?;
    let approval = approval(session, &options);
    let from_stdin = new.recipe.is_none() && new.task == "-";
    let attended = !from_stdin && !options.yes && !new.plan_only && ask::is_possible();
    let (session, work) = prepared(session, &new)?;
    let (task, plan, recipe) = work;
    let handle = session.start(RunRequest {
        task,
        plan,
        recipe,
        approval,
        attended,
        approve_tools: options.yes,
        plan_only: new.plan_only,
        thread: new.thread,
    })?;
    let last = Last {
        plan_only: new.plan_only,
        target,
        options: &options,
    };
    last.finish(handle, approval, attended, stdout).await
}

/// The task, the plan and where they come from.
type Given = (String, Option<Vec<DraftStep>>, Option<RecipeUsed>);

/// What is to be run, and the session to run it in: a recipe has a plan, so it is routed by one that carries plans out.
fn prepared<'s>(session: &'s Session, new: &NewRun) -> Result<(Cow<'s, Session>, Given), Failure> {
    let Some((name, values)) = &new.recipe else {
        let plan = new.plan.as_deref().map(file::plan).transpose()?;
        return Ok((Cow::Borrowed(session), (file::task(&new.task)?, plan, None)));
    };
    let (filled, mode) = recipes::filled(&session.config().paths, name, values)?;
    let mut config = session.config().clone();
    config.mode = match (mode, config.mode) {
        (_, set @ (Mode::PlanExecute | Mode::Rewoo)) if new.mode_given => set,
        (_, set) if new.mode_given => {
            return Err(Failure::usage(
                format!("`--mode {}` takes no plan, and a recipe is one", set.word()),
                "leave `--mode` out, or use `plan-execute` or `rewoo`",
            ));
        }
        (Some(asked), _) => asked,
        (None, Mode::Rewoo) => Mode::Rewoo,
        (None, _) => Mode::PlanExecute,
    };
    let session = session.with_config(config)?;
    let given = (filled.task, Some(filled.steps), Some(filled.used));
    Ok((Cow::Owned(session), given))
}

/// Goes on with a run and prints its answer. `model` is what the command line asks for, which a run that has its models
/// already cannot heed.
///
/// # Errors
/// Where there is no such run or nothing to go on with, or its answer could not be written.
pub async fn resume(
    session: &Session,
    run: Option<&str>,
    model: Option<&str>,
    options: Options,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let target = options
        .output
        .as_deref()
        .map(file::Target::check)
        .transpose()?;
    let run: RunId = match run {
        Some(prefix) => session.store().find(prefix)?,
        None => session.newest_resumable()?.ok_or_else(|| {
            Failure::usage(
                "there is no run to go on with",
                "`planwright runs list` shows the runs there are",
            )
        })?,
    };
    let approval = approval(session, &options);
    let attended = !options.yes && ask::is_possible();
    let resume = ResumeOptions {
        approval,
        attended,
        approve_tools: options.yes,
    };
    let handle = session.resume_within(&run, resume, &options.bounds)?;
    if let Some(model) = model {
        let models = PlanExecuteState::replay(&handle.records).models;
        if [&models.planner, &models.executor, &models.replanner]
            .iter()
            .any(|own| *own != model)
        {
            out::warn(
                "a run goes on with the models it was started with: `--model` changes nothing here",
            );
        }
    }
    let last = Last {
        plan_only: false,
        target,
        options: &options,
    };
    last.finish(handle, approval, attended, stdout).await
}

fn approval(session: &Session, options: &Options) -> ApprovalPolicy {
    if options.yes {
        ApprovalPolicy::Never
    } else {
        session.config().approval
    }
}

/// What is left to do once a run is at work.
struct Last<'a> {
    plan_only: bool,
    target: Option<file::Target>,
    options: &'a Options,
}

impl Last<'_> {
    async fn finish(
        self,
        handle: RunHandle,
        approval: ApprovalPolicy,
        attended: bool,
        stdout: &mut Stdout,
    ) -> Result<Exit, Failure> {
        let run = handle.run.clone();
        let printing = Printing {
            json: self.options.json,
            stream: self.options.stream,
            results: self.options.results,
        };
        let ended = match work::watch(handle, approval, attended, printing, stdout).await {
            Err(Failure::PipeClosed) => return Ok(Exit::Interrupted),
            ended => ended?,
        };
        match &ended.outcome {
            RunOutcome::Completed => self.answer(&ended, stdout),
            RunOutcome::NeedsPerson if self.plan_only => {
                if !self.options.json {
                    stdout.text(&plan_text::render(&ended.state.steps()))?;
                }
                tell(format_args!(
                    "the run is kept: `planwright resume {}` asks about this plan",
                    run.short()
                ));
                Ok(Exit::Done)
            }
            RunOutcome::NeedsPerson => {
                let (what, how) = match ended.state.status {
                    RunStatus::Rejected => ("the plan was rejected", "asks again"),
                    RunStatus::Paused if ended.state.pending_use().is_some() => (
                        "the use of a tool waits for approval",
                        "in a terminal asks, with `--yes` allows it",
                    ),
                    RunStatus::Paused => ("the run is paused", "goes on"),
                    _ => (
                        "the plan waits for approval",
                        "in a terminal asks, with `--yes` approves it",
                    ),
                };
                tell(format_args!("{what}; the run is kept"));
                tell(format_args!(
                    "hint: `planwright resume {}` {how}",
                    run.short()
                ));
                Ok(Exit::Waiting)
            }
            RunOutcome::Failed { error, hint } => {
                Ok(failed(&run, Exit::Failed, error, hint.as_deref()))
            }
            RunOutcome::ServerUnusable { error, hint } => {
                Ok(failed(&run, Exit::Server, error, hint.as_deref()))
            }
            RunOutcome::Interrupted => {
                tell(format_args!(
                    "interrupted; `planwright resume {}` goes on",
                    run.short()
                ));
                Ok(Exit::Interrupted)
            }
        }
    }

    fn answer(&self, ended: &Ended, stdout: &mut Stdout) -> Result<Exit, Failure> {
        let response = ended.state.response.as_deref().unwrap_or_default();
        let written = self.target.as_ref().map_or(Ok(()), |target| {
            target.write(&format!("{}\n", response.trim_end_matches('\n')))
        });
        if !self.options.json {
            stdout.text(response)?;
        }
        written.map(|()| Exit::Done)
    }
}

fn failed(run: &RunId, exit: Exit, error: &str, hint: Option<&str>) -> Exit {
    out::complain(error, hint);
    tell(format_args!(
        "the run is kept: `planwright resume {}` goes on",
        run.short()
    ));
    exit
}
