//! The words and small values that records are written in.

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
    /// Which routing of the nodes a run uses.
    Mode {
        /// Plan, execute, replan.
        PlanExecute = "plan-execute",
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

/// The model of each job, as `PROVIDER:NAME` or a bare name for the Ollama server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoleModels {
    /// Plans.
    pub planner: String,
    /// Carries out the steps.
    pub executor: String,
    /// Decides, and writes the answer.
    pub replanner: String,
}

impl RoleModels {
    /// The model that does `role`.
    pub fn of(&self, role: Role) -> &str {
        match role {
            Role::Planner => &self.planner,
            Role::Executor | Role::Summarizer | Role::Verifier => &self.executor,
            Role::Replanner | Role::Finalizer => &self.replanner,
        }
    }
}

/// What bounds a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Decisions of the replanner; when the last one is not an answer, one is forced.
    pub max_iterations: u32,
    /// Steps a run may execute, all versions of its plan together.
    pub max_steps: u32,
    /// Wall-clock seconds; none for no bound.
    pub timeout_s: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_iterations: 3,
            max_steps: 30,
            timeout_s: None,
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
