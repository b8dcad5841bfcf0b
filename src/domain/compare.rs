//! Two runs side by side: what they share, and where they differ.

use std::collections::BTreeSet;

use super::event::{EventRecord, RoleModels, RunEvent, Totals};
use super::ids::{RunId, StepId};
use super::lines::{self, LineChange};
use super::plan::{Step, StepChange, diff, pair};
use super::state::{PlanExecuteState, PlannedStep, RunStatus};

/// What two runs have in common and what not.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The one.
    pub a: Figures,
    /// The other.
    pub b: Figures,
    /// How many records both begin with; 0 unless one is a fork of the other, or both are of a third.
    pub shared: u64,
    /// How the tasks differ; empty where they are equal.
    pub task: Vec<LineChange>,
    /// The plan of the other as a difference to that of the one.
    pub plan: Vec<StepChange>,
    /// Every step of the two plans, in the order of the other; steps that only the one has stand where they stood.
    pub steps: Vec<StepPair>,
    /// The plans inside those steps, and inside theirs, each after the one that it stands in.
    pub inside: Vec<Inside>,
    /// How the answers differ; empty where they are equal.
    pub answer: Vec<LineChange>,
}

/// The plans inside a step that one or both of the plans around it have.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    /// The scope of the plan in the one; none where there is no plan inside.
    pub a: Option<Vec<StepId>>,
    /// Its scope in the other.
    pub b: Option<Vec<StepId>>,
    /// The text of the step around it, as the other has it where it does.
    pub description: String,
    /// As [`Comparison::plan`].
    pub plan: Vec<StepChange>,
    /// As [`Comparison::steps`].
    pub steps: Vec<StepPair>,
}

/// One run in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// The run.
    pub run: Option<RunId>,
    /// The run that it was copied from, where it is a fork.
    pub forked_from: Option<RunId>,
    /// Where it stands.
    pub status: RunStatus,
    /// Who does which job.
    pub models: RoleModels,
    /// Steps with an outcome, and all steps.
    pub steps: (usize, usize),
    /// The version of its plan.
    pub revision: u32,
    /// Decisions of the replanner.
    pub iterations: u32,
    /// What it cost, shared records included.
    pub totals: Totals,
    /// Whether there is an answer.
    pub is_answered: bool,
}

/// A step in one or both of the plans.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPair {
    /// As the one has it.
    pub a: Option<PlannedStep>,
    /// As the other has it.
    pub b: Option<PlannedStep>,
    /// How the results differ; empty where they are equal, or only one of the two has one.
    pub result: Vec<LineChange>,
}

/// How the results of a step relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Results {
    /// Both have the same, or both have none.
    Same,
    /// Each has another one.
    Different,
    /// Only the one has a result.
    OnlyA,
    /// Only the other has a result.
    OnlyB,
}

impl Results {
    /// The word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }
}

impl StepPair {
    /// How the results relate.
    pub fn results(&self) -> Results {
        let of = |side: &Option<PlannedStep>| {
            let planned = side.as_ref()?;
            Some((planned.status, planned.result.clone()?))
        };
        match (of(&self.a), of(&self.b)) {
            (Some(a), Some(b)) if a == b => Results::Same,
            (None, None) => Results::Same,
            (Some(_), Some(_)) => Results::Different,
            (Some(_), None) => Results::OnlyA,
            (None, Some(_)) => Results::OnlyB,
        }
    }
}

/// How many records two runs begin with that are the same but for the names of the runs.
pub fn shared(a: &[EventRecord], b: &[EventRecord]) -> u64 {
    let origin = |event: &RunEvent| {
        let mut event = event.clone();
        if let RunEvent::RunStarted { forked_from, .. } = &mut event {
            *forked_from = None;
        }
        event
    };
    let is_same = |(a, b): &(&EventRecord, &EventRecord)| {
        (a.seq, a.at, &a.scope) == (b.seq, b.at, &b.scope) && origin(&a.event) == origin(&b.event)
    };
    a.iter().zip(b).take_while(is_same).count() as u64
}

/// Compares two runs.
pub fn compare(a: &[EventRecord], b: &[EventRecord]) -> Comparison {
    let shared = shared(a, b);
    let known = a.iter().take_while(|record| record.seq <= shared);
    let common = PlanExecuteState::replay(known);
    let (a, b) = (PlanExecuteState::replay(a), PlanExecuteState::replay(b));
    let (plan, steps) = plans(&a, &b, Some(&common));
    let mut inside = Vec::new();
    plans_inside(&mut inside, (&a, &[]), (&b, &[]), Some(&common), &steps);
    Comparison {
        shared,
        task: lines::compare(a.task.trim(), b.task.trim()),
        plan,
        steps,
        inside,
        answer: lines::compare(
            a.response.as_deref().unwrap_or_default().trim(),
            b.response.as_deref().unwrap_or_default().trim(),
        ),
        a: figures(&a),
        b: figures(&b),
    }
}

/// Compares the plans of two states, which have this state of their common origin.
fn plans(
    a: &PlanExecuteState,
    b: &PlanExecuteState,
    common: Option<&PlanExecuteState>,
) -> (Vec<StepChange>, Vec<StepPair>) {
    let common = common.map(PlanExecuteState::step_ids).unwrap_or_default();
    let common: BTreeSet<StepId> = common.into_iter().collect();
    let old = a.steps();
    let new = b.steps().into_iter();
    let new: Vec<Step> = new.map(|step| apart(step, &common)).collect();
    let plan = diff(&old, &new).into_iter().map(|change| match change {
        StepChange::Kept(step) => StepChange::Kept(back(step)),
        StepChange::Added(step) => StepChange::Added(back(step)),
        StepChange::Changed(before, after) => StepChange::Changed(before, back(after)),
        StepChange::Removed(step) => StepChange::Removed(step),
    });
    (plan.collect(), steps(a, b, &pair(&old, &new)))
}

/// Compares the plans inside the steps of these pairs, and those inside their steps.
fn plans_inside(
    found: &mut Vec<Inside>,
    (a, a_scope): (&PlanExecuteState, &[StepId]),
    (b, b_scope): (&PlanExecuteState, &[StepId]),
    common: Option<&PlanExecuteState>,
    pairs: &[StepPair],
) {
    let nothing = PlanExecuteState::default();
    for pair in pairs {
        let id = |side: &Option<PlannedStep>| side.as_ref().map(|planned| planned.step.id.clone());
        let (a_id, b_id) = (id(&pair.a), id(&pair.b));
        let child = |state: &'_ PlanExecuteState, id: &Option<StepId>| {
            let id = id.as_ref()?;
            state.children.contains_key(id).then(|| id.clone())
        };
        let (inner_a, inner_b) = (child(a, &a_id), child(b, &b_id));
        if inner_a.is_none() && inner_b.is_none() {
            continue;
        }
        let below = |scope: &[StepId], id: &Option<StepId>| {
            let id = id.clone()?;
            Some(scope.iter().cloned().chain([id]).collect::<Vec<_>>())
        };
        let (a_path, b_path) = (below(a_scope, &inner_a), below(b_scope, &inner_b));
        let one = inner_a
            .and_then(|id| a.children.get(&id))
            .unwrap_or(&nothing);
        let other = inner_b
            .and_then(|id| b.children.get(&id))
            .unwrap_or(&nothing);
        let origin = a_id.filter(|id| Some(id) == b_id.as_ref());
        let origin = origin.and_then(|id| common?.children.get(&id));
        let (plan, steps) = plans(one, other, origin);
        let named = pair.b.as_ref().or(pair.a.as_ref());
        found.push(Inside {
            a: a_path.clone(),
            b: b_path.clone(),
            description: named.map_or_else(String::new, |p| p.step.description.clone()),
            plan,
            steps: steps.clone(),
        });
        let (a_path, b_path) = (a_path.unwrap_or_default(), b_path.unwrap_or_default());
        plans_inside(found, (one, &a_path), (other, &b_path), origin, &steps);
    }
}

/// Marks the names that mean something in their own run only, so that two runs' third steps are not taken for one.
fn apart(mut step: Step, common: &BTreeSet<StepId>) -> Step {
    let named = std::iter::once(&mut step.id).chain(&mut step.depends_on);
    for id in named.chain(&mut step.for_each) {
        if !common.contains(id) {
            *id = StepId::new(format!("{MARK}{id}"));
        }
    }
    step
}

fn back(mut step: Step) -> Step {
    let named = std::iter::once(&mut step.id).chain(&mut step.depends_on);
    for id in named.chain(&mut step.for_each) {
        if let Some(own) = id.as_str().strip_prefix(MARK) {
            *id = StepId::new(own);
        }
    }
    step
}

const MARK: char = '\u{0}';

/// `pairs` says for each step of the other which one of the one it stands for.
fn steps(a: &PlanExecuteState, b: &PlanExecuteState, pairs: &[Option<usize>]) -> Vec<StepPair> {
    let alone = |index: usize| StepPair {
        a: a.plan.get(index).cloned(),
        b: None,
        result: Vec::new(),
    };
    let mut all = Vec::new();
    let mut next = 0;
    for (planned, twin) in b.plan.iter().zip(pairs) {
        while next < a.plan.len() && !pairs.contains(&Some(next)) {
            all.push(alone(next));
            next += 1;
        }
        let before = twin.and_then(|index| a.plan.get(index)).cloned();
        let text = |planned: &PlannedStep| planned.result.clone();
        let result = before
            .as_ref()
            .and_then(text)
            .zip(text(planned))
            .map(|(before, after)| lines::compare(before.trim(), after.trim()));
        all.push(StepPair {
            a: before,
            b: Some(planned.clone()),
            result: result.unwrap_or_default(),
        });
        if *twin == Some(next) {
            next += 1;
        }
    }
    let rest = next..a.plan.len();
    all.extend(
        rest.filter(|index| !pairs.contains(&Some(*index)))
            .map(alone),
    );
    all
}

fn figures(state: &PlanExecuteState) -> Figures {
    Figures {
        run: state.run.clone(),
        forked_from: state.forked_from.as_ref().map(|from| from.run.clone()),
        status: state.status,
        models: state.models.clone(),
        steps: (state.done(), state.plan.len()),
        revision: state.revision,
        iterations: state.iteration_count,
        totals: state.totals,
        is_answered: state.response.is_some(),
    }
}
