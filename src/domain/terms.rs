//! The words and small values that records are written in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chat::Role;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// The word used in records and on screens.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// For how long something is allowed.
    Keep {
        /// This once.
        Once = "once",
        /// Until the run ends.
        Run = "run",
        /// From now on, by a rule in the config.
        Always = "always",
    }
}

words! {
    /// Which routing of the nodes a run uses.
    Mode {
        /// Whichever of the others fits the task; the run says which one and why before anything is approved.
        Auto = "auto",
        /// Plan, execute, replan.
        PlanExecute = "plan-execute",
        /// No plan: one step with tools, decided call by call.
        React = "react",
        /// One plan of tool calls that refer to each other's results, then one call that answers.
        Rewoo = "rewoo",
        /// No plan and no tools: the task is answered at once.
        Direct = "direct",
    }
}

words! {
    /// Who made a version of the plan.
    PlanSource {
        /// The planner.
        Planner = "planner",
        /// The replanner.
        Replanner = "replanner",
        /// The validation node: a plan mended by the program.
        Validator = "validator",
        /// A person, in the review.
        User = "user",
        /// A plan file.
        File = "file",
        /// Another run.
        Fork = "fork",
    }
}

words! {
    /// Who approved or rejected a plan.
    Approver {
        /// A person.
        User = "user",
        /// The policy in force.
        Policy = "policy",
    }
}

words! {
    /// When a person is asked before a plan runs.
    ApprovalPolicy {
        /// For the first plan and for every new version.
        Always = "always",
        /// For the first plan only.
        First = "first",
        /// Never: every plan is approved by policy.
        Never = "never",
    }
}

words! {
    /// How an attempt at a step ended.
    StepOutcome {
        /// It has a result.
        Done = "done",
        /// It has none; the reason is in its place.
        Failed = "failed",
        /// It was left out.
        Skipped = "skipped",
    }
}

words! {
    /// What the replanner decided.
    Decision {
        /// The evidence is enough: write the answer.
        Respond = "respond",
        /// Go on with other steps.
        Replan = "replan",
        /// A bound is reached: answer with what there is.
        FinalizeForced = "finalize_forced",
        /// The rest of the plan stands as it is.
        Continue = "continue",
    }
}

words! {
    /// Why the replanner was asked.
    Trigger {
        /// All steps have ended.
        PlanDone = "plan_done",
        /// A step failed.
        StepFailed = "step_failed",
        /// A step did not reach its `done_when`.
        StepMissed = "step_missed",
        /// A step ended.
        EachStep = "each_step",
        /// A person asked for it.
        Requested = "requested",
    }
}

words! {
    /// When the replanner is asked before all steps have ended.
    ReplanOn {
        /// Never: after the plan only.
        PlanDone = "plan-done",
        /// When a step failed.
        Failure = "failure",
        /// When a step failed or did not reach its `done_when`.
        Missed = "missed",
        /// After each step.
        EachStep = "each-step",
    }
}

words! {
    /// How a step's `done_when` is verified.
    Verify {
        /// Not at all.
        Off = "off",
        /// By the program, where `done_when` is a check that it knows.
        Checks = "checks",
        /// By the program where it can, else by a model.
        Model = "model",
    }
}

words! {
    /// Whether a tool may be used.
    ToolDecision {
        /// It may.
        Allow = "allow",
        /// It may not.
        Deny = "deny",
    }
}

words! {
    /// Who verified a step.
    Judge {
        /// The program.
        Checks = "checks",
        /// A model.
        Model = "model",
    }
}

words! {
    /// How serious a notice is.
    NoticeLevel {
        /// Good to know.
        Info = "info",
        /// Something is not as it should be.
        Warning = "warning",
        /// Something went wrong.
        Error = "error",
    }
}

words! {
    /// How a run ended.
    RunEnd {
        /// With an answer.
        Completed = "completed",
        /// Without one; it can be resumed.
        Failed = "failed",
        /// Given up by the person.
        Cancelled = "cancelled",
    }
}

words! {
    /// Which rung of the structured-output ladder read a reply.
    ParsedBy {
        /// It was what the schema asks for.
        Schema = "schema",
        /// It had to be mended: fences, quotes, wrappers, names.
        Repaired = "repaired",
        /// It was asked for again.
        AskedAgain = "asked_again",
        /// It was read as a plain list.
        Text = "text",
        /// Nothing could be read; the program's own default was taken.
        Fallback = "fallback",
    }
}

/// The model of each job, as `PROVIDER:NAME` or a bare name for the default provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoleModels {
    /// Plans.
    pub planner: String,
    /// Carries out the steps.
    pub executor: String,
    /// Decides what is next.
    pub replanner: String,
    /// Writes the answer; none: the replanner's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalizer: Option<String>,
    /// Shortens older results; none: the executor's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summarizer: Option<String>,
    /// Judges steps; none: the executor's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<String>,
    /// For each role the models to turn to, in this order, when its own cannot be used.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fallbacks: BTreeMap<Role, Vec<String>>,
}

impl RoleModels {
    /// The same model for every role.
    pub fn all(model: impl Into<String>) -> Self {
        let model = model.into();
        Self {
            planner: model.clone(),
            executor: model.clone(),
            replanner: model,
            ..Self::default()
        }
    }

    /// The model that does `role`.
    pub fn of(&self, role: Role) -> &str {
        match role {
            Role::Planner => &self.planner,
            Role::Executor => &self.executor,
            Role::Replanner => &self.replanner,
            Role::Finalizer => self.finalizer.as_deref().unwrap_or(&self.replanner),
            Role::Summarizer => self.summarizer.as_deref().unwrap_or(&self.executor),
            Role::Verifier => self.verifier.as_deref().unwrap_or(&self.executor),
        }
    }

    /// Every name, to be replaced.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let own = [&mut self.planner, &mut self.executor, &mut self.replanner];
        let others = [
            &mut self.finalizer,
            &mut self.summarizer,
            &mut self.verifier,
        ];
        let fallbacks = self.fallbacks.values_mut().flatten();
        own.into_iter()
            .chain(others.into_iter().flatten())
            .chain(fallbacks)
    }

    /// Every name that may be needed, each once: the models of the roles, then the fallbacks.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let own = Role::ALL.iter().map(|&role| self.of(role));
        let others = self.fallbacks.values().flatten().map(String::as_str);
        for name in own.chain(others) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// What bounds a run. Whichever bound is reached first ends the work in a forced answer that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Decisions of the replanner; when the last one is not an answer, one is forced.
    pub max_iterations: u32,
    /// Steps a run may execute, all versions of its plan and all plans inside steps together.
    pub max_steps: u32,
    /// Attempts at one step that does not reach its `done_when`.
    pub max_attempts: u32,
    /// Steps at work at the same time.
    pub max_parallel: u32,
    /// How deep plans may stand inside steps of plans; 0 for not at all.
    pub max_depth: u32,
    /// Model calls; none for no bound.
    pub max_model_calls: Option<u64>,
    /// Tool calls; none for no bound.
    pub max_tool_calls: Option<u64>,
    /// Tokens of all prompts and replies; none for no bound.
    pub max_tokens: Option<u64>,
    /// Wall-clock seconds; none for no bound.
    pub timeout_s: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_iterations: 3,
            max_steps: 30,
            max_attempts: 2,
            max_parallel: 1,
            max_depth: 2,
            max_model_calls: None,
            max_tool_calls: None,
            max_tokens: None,
            timeout_s: None,
        }
    }
}

/// How a run works, fixed when it starts so that it is resumed in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// When the replanner is asked before all steps have ended.
    pub replan_on: ReplanOn,
    /// How `done_when` is verified.
    pub verify: Verify,
    /// Whether commands may be run for that.
    pub verify_commands: bool,
    /// The most characters of a result that prompts show; none for as many as fit.
    pub result_preview: Option<u32>,
    /// How many of the last results prompts show; none for as many as fit.
    pub recent_steps: Option<u32>,
    /// Whether a planner may mark steps to run as plans of their own.
    pub subplans: bool,
    /// Whether it is estimated what a plan will cost, before anyone is asked about it.
    pub estimate: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            replan_on: ReplanOn::PlanDone,
            verify: Verify::Checks,
            verify_commands: false,
            result_preview: None,
            recent_steps: None,
            subplans: false,
            estimate: true,
        }
    }
}

/// What a run cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Model calls, failed ones included.
    pub model_calls: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all replies.
    pub output_tokens: u64,
    /// Milliseconds in which the run was at work: pauses, waiting for approval and time between processes left out.
    pub duration_ms: u64,
}
