//! What the state of a run is made of.

use std::sync::Arc;

use jiff::Timestamp;

use serde_json::{Value, json};

use super::event::{
    Approver, Decision, Estimate, Judge, ModelCall, NoticeLevel, PlanSource, Question, StepOutcome,
    ToolDecision, Totals, Trigger,
};
use super::ids::StepId;
use super::plan::Step;
use super::policy::Reach;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunStatus {
    /// At work, or it was when its process died.
    #[default]
    Running,
    /// A plan waits for a person.
    Waiting,
    /// The plan was rejected and nothing else was asked for.
    Rejected,
    /// Stopped between two steps, on request.
    Paused,
    /// Stopped in the middle.
    Interrupted,
    /// Ended with an answer.
    Completed,
    /// Ended without one.
    Failed,
    /// Given up.
    Cancelled,
}

impl RunStatus {
    /// The word used in lists, in JSON and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        use RunStatus::{
            Cancelled, Completed, Failed, Interrupted, Paused, Rejected, Running, Waiting,
        };
        [
            Running,
            Waiting,
            Rejected,
            Paused,
            Interrupted,
            Completed,
            Failed,
            Cancelled,
        ]
        .into_iter()
        .find(|s| s.word() == word)
    }

    /// Whether `resume` can go on from here.
    pub fn is_resumable(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }
}

/// Whether the plan in force may run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Approval {
    /// There is no plan.
    #[default]
    None,
    /// It waits for an answer.
    Pending,
    /// It may run.
    Approved,
    /// It may not; with feedback the planner is asked again.
    Rejected(Option<String>),
}

/// A step of the plan in force and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// The step as approved.
    pub step: Step,
    /// Where it stands.
    pub status: StepStatus,
    /// Its result, or why it failed.
    pub result: Option<Arc<str>>,
    /// How often it was begun.
    pub attempts: u32,
    /// When the newest attempt began.
    pub started_at: Option<Timestamp>,
    /// How long the newest finished attempt took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// What the newest verification found.
    pub check: Option<CheckMade>,
    /// How many of its results were checked and missed something since it was begun, or begun again after it had ended.
    pub misses: u32,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckMade {
    /// Which attempt.
    pub attempt: u32,
    /// Whether `done_when` is met.
    pub met: bool,
    /// Who judged.
    pub by: Judge,
    /// What is missing.
    pub gap: Option<String>,
}

/// Something that a person said to heed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// For which step; none for all that follow.
    pub step: Option<StepId>,
    /// What.
    pub text: String,
    /// How many steps had ended when it was said: its place in the prompts.
    pub after: usize,
}

/// One use of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolUse {
    /// The step.
    pub step: StepId,
    /// The name of the call.
    pub call: String,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
    /// Which round of calls within the attempt, from 1.
    pub round: u32,
    /// What it would touch.
    pub reach: Option<Reach>,
    /// What the person is asked about it.
    pub asked: Option<Question>,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// Whether the attempt that it belongs to goes on, or goes on when the run is resumed.
    pub open: bool,
    /// Whether it may; none while that is open.
    pub decision: Option<ToolDecision>,
    /// Who decided.
    pub by: Option<Approver>,
    /// What it brought; none while that is open.
    pub returned: Option<ToolReturn>,
}

impl ToolUse {
    /// Whether a person has to say something before it goes on.
    pub fn is_pending(&self) -> bool {
        self.open && self.asked.is_some() && self.decision.is_none() && self.returned.is_none()
    }

    /// What became of it, in one word: `ok`, `failed`, `denied`, `waiting` for a person, `running`, or `cut short` where its
    /// attempt ended before it did.
    pub fn word(&self) -> &'static str {
        match (&self.returned, self.decision) {
            (_, Some(ToolDecision::Deny)) => "denied",
            (Some(returned), _) if returned.ok => "ok",
            (Some(_), _) => "failed",
            (None, _) if self.is_pending() => "waiting",
            (None, _) if self.open => "running",
            (None, _) => "cut short",
        }
    }

    /// As `runs show --json` prints it.
    pub fn to_json(&self) -> Value {
        let returned = self.returned.as_ref();
        let mut shown = json!({
            "step": self.step,
            "call": self.call,
            "tool": self.tool,
            "arguments": self.arguments,
            "decision": self.decision,
            "ok": returned.map(|returned| returned.ok),
            "output": returned.map(|returned| &returned.output),
            "duration_ms": returned.map(|returned| returned.duration_ms),
        });
        if let (Some(fields), Some(by)) = (shown.as_object_mut(), self.by) {
            fields.insert("by".to_owned(), json!(by));
        }
        shown
    }
}

/// What a tool brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolReturn {
    /// Whether it worked.
    pub ok: bool,
    /// Its output, or what went wrong.
    pub output: String,
    /// Whether only the beginning of the output is at hand; all of it is in the log ([`PlanExecuteState::shelve_outputs`]).
    ///
    /// [`PlanExecuteState::shelve_outputs`]: super::state::PlanExecuteState::shelve_outputs
    pub shelved: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    Running,
    /// Ended so.
    Finished(StepOutcome),
}

impl StepStatus {
    /// The word used in JSON and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished(outcome) => outcome.word(),
        }
    }

    /// Whether it ended, one way or another.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Finished(_))
    }
}

/// One entry of the history of what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastStep {
    /// The step's name.
    pub id: StepId,
    /// The version of the plan it was done under.
    pub revision: u32,
    /// Its text.
    pub description: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Its result, or why it failed.
    pub result: Arc<str>,
    /// Whether the step was to be done again afterwards, so that this result counts for nothing.
    pub superseded: bool,
}

/// One version of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Counted from 1.
    pub revision: u32,
    /// Who made it.
    pub source: PlanSource,
    /// Its steps, finished ones included.
    pub steps: Vec<Step>,
    /// What validation found.
    pub problems: Vec<String>,
    /// Why it was made.
    pub reason: Option<String>,
    /// Who approved it.
    pub approved_by: Option<Approver>,
    /// The model call it came from.
    pub made_by: Option<ModelCall>,
    /// What it was expected to cost.
    pub estimate: Option<Estimate>,
    /// What the run had cost when that was estimated.
    pub spent: Totals,
}

/// One decision of the replanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionMade {
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Counted from 1.
    pub iteration: u32,
    /// Why the replanner was asked.
    pub trigger: Option<Trigger>,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeMade {
    /// How serious it is.
    pub level: NoticeLevel,
    /// One sentence.
    pub text: String,
}
