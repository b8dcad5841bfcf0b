//! What some records carry: the details of a call, an estimate, where a run came from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chat::Role;
use super::ids::{RunId, StepId};
use super::policy::Rule;
use super::terms::{Keep, ParsedBy};

/// The fields of `model_called`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCall {
    /// The name of the call, unique in the run: `c1`, `c2`, …
    pub call: String,
    /// The job it did.
    pub role: Role,
    /// The model, as in `run_started`.
    pub model: String,
    /// The step it worked on.
    pub step: Option<StepId>,
    /// Whether its reply was used.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
    /// Tokens of the prompt as the server counted them.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the reply as the server counted them.
    pub output_tokens: Option<u64>,
    /// Milliseconds the server took to load the model.
    pub load_ms: Option<u64>,
    /// Milliseconds from sending the request to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds from the first attempt to the end.
    pub duration_ms: u64,
    /// How often it was sent again after a passing fault.
    pub retries: u32,
    /// Which rung of the structured-output ladder read the reply; none for plain text.
    pub parsed_by: Option<ParsedBy>,
    /// The share of the context that prompt and reply filled, in percent: as the server counted them, else as the prompt was
    /// estimated and the reply reserved.
    #[serde(default)]
    pub context_percent: Option<u8>,
}

/// The tools of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunTools {
    /// The folder that file tools and commands work in, an absolute path.
    pub workspace: String,
    /// The names of the tools that steps may use.
    pub names: Vec<String>,
}

/// What a person is asked about a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is wanted of him.
    pub wanted: Wanted,
    /// The question in his words: why he is asked, or what a model asks him.
    pub text: String,
    /// What exactly would happen, such as the diff of an edit; plain text in several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// The rule that would allow calls like this one; none where each is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

/// What is wanted of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Whether the call may run.
    Permission,
    /// An answer in words.
    Answer,
}

/// What a person allowed beside the one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Calls for which this rule holds.
    pub rule: Rule,
    /// For how long.
    pub keep: Keep,
}

/// Where a run was copied from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkedFrom {
    /// The run.
    pub run: RunId,
    /// The last record that the two share.
    pub seq: u64,
    /// When it was copied; not known of forks that older versions made.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "rfc3339_ms_maybe"
    )]
    pub at: Option<Timestamp>,
}

/// The recipe a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeUsed {
    /// Its name.
    pub name: String,
    /// The values of its parameters, as text.
    pub values: BTreeMap<String, String>,
}

/// One earlier run of a thread, as a later one remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalled {
    /// The run.
    pub run: RunId,
    /// What was asked for.
    pub task: String,
    /// What was answered.
    pub answer: String,
}

/// What a plan is expected to cost, from its approval to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Model calls.
    pub model_calls: u64,
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all replies.
    pub output_tokens: u64,
    /// Milliseconds; none where these models' speed is not known yet.
    pub duration_ms: Option<u64>,
    /// How many past calls of these models the speed was measured on.
    pub measured_calls: u64,
    /// Uses of tools, by the steps that name some.
    #[serde(default)]
    pub tool_calls: u64,
}

/// A piece of streaming text: for the eye, never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The model call it belongs to, as in [`ModelCall::call`].
    pub call: String,
    /// The job of that call.
    pub role: Role,
    /// The step that call works on.
    pub step: Option<StepId>,
    /// What kind of text.
    pub kind: DeltaKind,
    /// The text; for [`DeltaKind::Restart`] the reason.
    pub text: String,
}

/// What a [`Delta`] carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeltaKind {
    /// Text of the answer.
    Content,
    /// Text of the model's thinking.
    Thinking,
    /// The call was sent, or sent again after a fault: what came of it so far counts for nothing.
    Restart,
}

/// A time in UTC with milliseconds, as in every record, where it is known.
mod rfc3339_ms_maybe {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.collect_str(&format_args!("{at:.3}")),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text: Option<String> = Deserialize::deserialize(deserializer)?;
        let at = text.map(|text| text.parse().map_err(D::Error::custom));
        at.transpose()
    }
}
