//! The records a run is made of. Their JSON form is a public contract: fields are added, never renamed.

use jiff::Timestamp;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chat::Role;
use super::ids::{RunId, StepId};
use super::plan::Step;
use super::policy::Reach;

pub use super::details::{
    Delta, DeltaKind, Estimate, ForkedFrom, Grant, ModelCall, Question, Recalled, RecipeUsed,
    RunTools, Wanted,
};
pub use super::terms::{
    ApprovalPolicy, Approver, Decision, Judge, Keep, Limits, Mode, NoticeLevel, ParsedBy,
    PlanSource, ReplanOn, RoleModels, RunEnd, RunSettings, StepOutcome, ToolDecision, Totals,
    Trigger, Verify,
};

/// One thing that happened in a run, as it is stored, printed and folded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The run it belongs to.
    pub run: RunId,
    /// Its place in the run: from 1, without gaps.
    pub seq: u64,
    /// When it happened, in UTC to the millisecond.
    #[serde(with = "rfc3339_ms")]
    pub at: Timestamp,
    /// The path of steps to the sub-plan it belongs to; empty at the top.
    #[serde(default)]
    pub scope: Vec<StepId>,
    /// What happened.
    #[serde(flatten)]
    pub event: RunEvent,
}

/// What can happen in a run.
#[expect(
    clippy::large_enum_variant,
    reason = "the large one stands once in a run"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEvent {
    /// The first record of every run.
    RunStarted {
        /// What the person asked for.
        task: String,
        /// Which routing of the nodes.
        mode: Mode,
        /// The conversation it belongs to.
        thread: Option<String>,
        /// Who does which job.
        models: RoleModels,
        /// What bounds the run.
        limits: Limits,
        /// How it works.
        #[serde(default)]
        settings: RunSettings,
        /// The run, and the last of its records, that this one began as a copy of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        forked_from: Option<ForkedFrom>,
        /// The recipe its plan was made from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipe: Option<RecipeUsed>,
        /// What steps may use, and where; none where they may use nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tools: Option<RunTools>,
    },
    /// Which mode was chosen for a run that left it open.
    ModeChosen {
        /// The mode; never `auto`.
        mode: Mode,
        /// Why.
        reason: String,
    },
    /// What earlier runs of the thread are remembered for: part of every prompt of this run.
    ThreadRecalled {
        /// Oldest first.
        entries: Vec<Recalled>,
    },
    /// A plan, or a new version of it, was put forward.
    PlanProposed {
        /// Counted from 1.
        revision: u32,
        /// Who made it.
        source: PlanSource,
        /// The whole plan: finished steps first, under their old names.
        steps: Vec<Step>,
        /// What validation found and could not mend.
        problems: Vec<String>,
        /// Why there is a new version, or what validation mended.
        reason: Option<String>,
    },
    /// What the plan that waits is expected to cost.
    PlanEstimated {
        /// Which version.
        revision: u32,
        /// What it would take from here to the answer.
        estimate: Estimate,
    },
    /// The plan in force may run.
    PlanApproved {
        /// Which version.
        revision: u32,
        /// Who approved it.
        by: Approver,
        /// [`super::plan::plan_hash`] of the steps that were approved.
        hash: String,
        /// What the person said with it.
        feedback: Option<String>,
    },
    /// The plan may not run.
    PlanRejected {
        /// Which version.
        revision: u32,
        /// Who rejected it.
        by: Approver,
        /// [`super::plan::plan_hash`] of the steps that were rejected.
        hash: String,
        /// What should be different: with it the planner is asked again, without it the run rests.
        feedback: Option<String>,
    },
    /// Work on a step began.
    StepStarted {
        /// Which step.
        step: StepId,
        /// Counted from 1.
        attempt: u32,
    },
    /// Work on a step ended.
    StepFinished {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// How.
        status: StepOutcome,
        /// The result; for a failed step `Step failed: ` and the reason.
        result: Arc<str>,
        /// How long the attempt took, in milliseconds.
        duration_ms: u64,
        /// Who ended it, where that was neither a model nor the program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Approver>,
    },
    /// A step's result was held against its `done_when`.
    StepChecked {
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Whether it is met.
        met: bool,
        /// Who judged.
        by: Judge,
        /// What is missing, where it is not met.
        gap: Option<String>,
    },
    /// A step is to be done again, whatever came of it before.
    StepReset {
        /// Which step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// A person said something to heed, for one step or for all that follow.
    HintGiven {
        /// For which step; none for all.
        step: Option<StepId>,
        /// What.
        text: String,
    },
    /// A person wants the rest of the plan looked at.
    ReplanRequested {
        /// Why.
        reason: Option<String>,
    },
    /// An older result was put in fewer words, which prompts show in its place from now on.
    ResultSummarized {
        /// Whose result.
        step: StepId,
        /// The words.
        text: String,
    },
    /// From now on another model does this job.
    ModelSwitched {
        /// The job.
        role: Role,
        /// The model that did it.
        from: String,
        /// The model that does it.
        to: String,
        /// Why.
        reason: String,
    },
    /// A step wishes to use a tool.
    ToolCalled {
        /// Which step.
        step: StepId,
        /// The name of the call, unique in the run: `t1`, `t2`, …
        call: String,
        /// The tool.
        tool: String,
        /// Its arguments, coerced to what the tool takes.
        arguments: Value,
        /// Which round of calls within the attempt, from 1.
        #[serde(default)]
        round: u32,
        /// What it would touch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reach: Option<Reach>,
        /// What the person is asked about it; none where he is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Box<Question>>,
    },
    /// Whether it may.
    ToolDecided {
        /// Which step.
        step: StepId,
        /// Which call.
        call: String,
        /// Whether it may.
        decision: ToolDecision,
        /// Who decided.
        by: Approver,
        /// Why, in a few words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What else is allowed with it, and for how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<Box<Grant>>,
    },
    /// What the tool brought.
    ToolReturned {
        /// Which step.
        step: StepId,
        /// Which call.
        call: String,
        /// The tool.
        tool: String,
        /// Whether it worked.
        ok: bool,
        /// Its output, or what went wrong.
        output: String,
        /// How long it took, in milliseconds.
        duration_ms: u64,
    },
    /// A call of a model ended.
    ModelCalled(Box<ModelCall>),
    /// The replanner decided.
    ActDecided {
        /// What is next.
        decision: Decision,
        /// Why.
        reason: String,
        /// How many times the replanner has decided, this one included.
        iteration: u32,
        /// Why it was asked; none for a decision of the program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trigger: Option<Trigger>,
    },
    /// Something worth knowing that changes nothing.
    Notice {
        /// How serious it is.
        level: NoticeLevel,
        /// One sentence.
        text: String,
    },
    /// Stopped between two steps, on request.
    RunPaused {
        /// Why.
        reason: String,
    },
    /// Goes on after a pause, an interruption, a failure or a crash.
    RunResumed {
        /// Why.
        reason: String,
        /// What bounds the run from now on, where any of it was given anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limits: Option<Limits>,
    },
    /// Stopped in the middle, on request; can be resumed.
    RunInterrupted {
        /// Why.
        reason: String,
    },
    /// The run ended.
    RunFinished {
        /// How.
        status: RunEnd,
        /// The answer.
        response: Option<String>,
        /// What the answer lacks and why, where it is a forced one.
        incomplete: Option<String>,
        /// What went wrong.
        error: Option<String>,
        /// What to do about it.
        hint: Option<String>,
        /// What it cost.
        totals: Totals,
    },
    /// A kind of record that this version does not know: kept, shown as such, never folded.
    #[serde(other)]
    Unknown,
}

mod rfc3339_ms {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        at: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{at:.3}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
