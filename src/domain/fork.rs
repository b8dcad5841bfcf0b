//! Forks: a new run that begins as a copy of the first records of another one, which stays as it is.

use super::event::{EventRecord, ForkedFrom, RunEvent};
use super::ids::{RunId, StepId};
use super::plan::{DraftStep, Naming, Step, name_drafts};
use super::state::{Approval, PlanExecuteState};
use super::validate::check;

/// Where a fork leaves the run that it copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForkPoint {
    /// After the record with this `seq`, the last one that is shared.
    Seq(u64),
    /// Just before this step began for the last time: its position in the plan in force, counted from 1, or its name.
    BeforeStep(String),
}

/// What becomes of the plan in force in a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForkPlan {
    /// It stands as it is; where it was approved, it runs.
    Kept,
    /// It stands as it is, and a person looks at what is left of it before it runs.
    Reviewed,
    /// These steps stand in the place of those that are not finished, and a person looks at them.
    Replaced(Vec<DraftStep>),
}

/// Why a run cannot be forked there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct ForkError {
    /// One sentence.
    pub error: String,
    /// The remedy.
    pub hint: String,
}

/// What a fork is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// Every record of the new run.
    pub records: Vec<EventRecord>,
    /// The calls of models among the shared ones.
    pub calls: Vec<String>,
}

impl ForkPoint {
    /// The `seq` of the last record that a fork of this run shares.
    ///
    /// # Errors
    /// Where there is no such place in the run, or nothing can go on from it.
    pub fn find(&self, records: &[EventRecord]) -> Result<u64, ForkError> {
        let whole = PlanExecuteState::replay(records);
        let run = whole.run.as_ref().map_or("", RunId::short).to_owned();
        let first_plan = records
            .iter()
            .find(|r| r.scope.is_empty() && matches!(r.event, RunEvent::PlanProposed { .. }));
        let Some(first_plan) = first_plan.map(|record| record.seq) else {
            return Err(ForkError {
                error: format!("run {run} has no plan that a fork could share"),
                hint: "start the task anew".to_owned(),
            });
        };
        let seq = match self {
            Self::Seq(seq) => *seq,
            Self::BeforeStep(name) => before_step(records, &whole, &run, name)?,
        };
        let last = records.last().map_or(0, |record| record.seq);
        if seq > last {
            return Err(ForkError {
                error: format!("run {run} has {last} records, there is no record {seq}"),
                hint: format!("fork at a record from {first_plan} to {last}"),
            });
        }
        if seq < first_plan {
            return Err(ForkError {
                error: format!("run {run} has no plan yet at record {seq}"),
                hint: format!(
                    "fork at a record from {first_plan} to {last}, or start the task anew"
                ),
            });
        }
        let shared = records.iter().take_while(|record| record.seq <= seq);
        if let Some(unknown) = shared
            .clone()
            .find(|record| record.event == RunEvent::Unknown)
        {
            return Err(ForkError {
                error: format!(
                    "record {} of run {run} is of a kind that this version does not know and cannot copy",
                    unknown.seq
                ),
                hint: "fork before it, or with the version that wrote it".to_owned(),
            });
        }
        if !PlanExecuteState::replay(shared).status.is_resumable() {
            return Err(ForkError {
                error: format!("run {run} is over at record {seq}: nothing goes on from there"),
                hint: format!(
                    "fork before its end: at record {} the answer is written again, before a step it is done again",
                    seq.saturating_sub(1)
                ),
            });
        }
        Ok(seq)
    }
}

/// The record before the one with which the step began for the last time.
fn before_step(
    records: &[EventRecord],
    whole: &PlanExecuteState,
    run: &str,
    name: &str,
) -> Result<u64, ForkError> {
    let name = name.trim();
    let by_name = StepId::new(name);
    let id = if whole.scope_of(&by_name).is_some() {
        by_name
    } else {
        let planned = name
            .parse::<usize>()
            .ok()
            .and_then(|position| whole.plan.get(position.checked_sub(1)?));
        planned
            .map(|planned| planned.step.id.clone())
            .ok_or_else(|| ForkError {
                error: format!("run {run} has no step `{name}`"),
                hint: format!(
                    "give the position of a step, from 1 to {}, or its name",
                    whole.plan.len()
                ),
            })?
    };
    let begins = |record: &&EventRecord| matches!(&record.event, RunEvent::StepStarted { step, .. } if *step == id);
    let begun = records.iter().rev().find(begins);
    let begun = begun.ok_or_else(|| ForkError {
        error: format!("step {name} of run {run} never began"),
        hint: format!(
            "give a step that did; at a record, up to {}, its replay and `--at` fork",
            whole.last_seq
        ),
    })?;
    Ok(begun.seq.saturating_sub(1))
}

impl Fork {
    /// A fork of a run after its record `seq`, under the name `run`: the shared records, one that says that it rests and
    /// why, and, where a person is to look at it, the plan. `now` is the time of that plan.
    ///
    /// No time at work passes between the shared records and the first own one, which therefore has the time of the last
    /// shared one.
    ///
    /// # Errors
    /// Where the plan cannot run.
    pub fn new(
        source: &[EventRecord],
        seq: u64,
        run: &RunId,
        plan: ForkPlan,
        now: jiff::Timestamp,
    ) -> Result<Self, ForkError> {
        let mut records: Vec<EventRecord> = source
            .iter()
            .take_while(|record| record.seq <= seq)
            .map(|record| EventRecord {
                run: run.clone(),
                ..record.clone()
            })
            .collect();
        let Some((from, at)) = source
            .first()
            .zip(records.last())
            .map(|(f, l)| (&f.run, l.at))
        else {
            return Err(ForkError {
                error: "there is nothing to fork".to_owned(),
                hint: "`planwright runs list` shows the runs there are".to_owned(),
            });
        };
        if let Some(RunEvent::RunStarted { forked_from, .. }) =
            records.first_mut().map(|first| &mut first.event)
        {
            *forked_from = Some(ForkedFrom {
                run: from.clone(),
                seq,
                at: Some(now),
            });
        }
        let calls = records.iter().filter_map(|record| match &record.event {
            RunEvent::ModelCalled(call) => Some(call.call.clone()),
            _ => None,
        });
        let calls = calls.collect();
        let mut state = PlanExecuteState::replay(&records);
        let mut add = |at, event| {
            let record = EventRecord {
                run: run.clone(),
                seq: state.last_seq + 1,
                at,
                scope: Vec::new(),
                event,
            };
            state.apply(&record);
            records.push(record);
        };
        let reason = format!("forked from {} after record {seq}", from.short());
        add(
            at,
            RunEvent::RunInterrupted {
                reason: reason.clone(),
            },
        );
        let steps = match plan {
            ForkPlan::Kept => None,
            ForkPlan::Reviewed => approved(&state),
            ForkPlan::Replaced(drafts) => {
                let whole = PlanExecuteState::replay(source);
                Some(replaced(&state, &whole, drafts)?)
            }
        };
        if let Some(steps) = steps {
            let problems = check(&steps, usize::MAX);
            let event = RunEvent::PlanProposed {
                revision: state.revision + 1,
                source: super::event::PlanSource::Fork,
                steps,
                problems: problems.into_iter().map(|problem| problem.text).collect(),
                reason: Some(reason),
            };
            records.push(EventRecord {
                run: run.clone(),
                seq: state.last_seq + 1,
                at: now.max(at),
                scope: Vec::new(),
                event,
            });
        }
        Ok(Self { records, calls })
    }
}

/// The plan that would run on without anybody looking at it, if there is something left of it.
fn approved(state: &PlanExecuteState) -> Option<Vec<Step>> {
    let open = state.plan.iter().any(|step| !step.status.is_finished());
    (open && state.approval == Approval::Approved).then(|| state.steps())
}

/// The finished steps, then these, under names that not even the part of the run that is not shared has used.
fn replaced(
    state: &PlanExecuteState,
    whole: &PlanExecuteState,
    drafts: Vec<DraftStep>,
) -> Result<Vec<Step>, ForkError> {
    let finished = state.plan.iter().filter(|p| p.status.is_finished());
    let mut steps: Vec<Step> = finished.map(|planned| planned.step.clone()).collect();
    steps.extend(name_drafts(drafts, &whole.step_ids(), Naming::Fresh));
    let problem = check(&steps, state.limits.max_steps as usize)
        .into_iter()
        .find(|problem| problem.fatal);
    match problem {
        Some(problem) => Err(ForkError {
            error: format!("the plan cannot run: {}", problem.text),
            hint: "mend the plan; it comes after the finished steps and counts with them towards the run's `max_steps`"
                .to_owned(),
        }),
        None => Ok(steps),
    }
}
