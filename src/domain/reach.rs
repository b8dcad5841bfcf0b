//! What a call of a tool would touch.

use serde::{Deserialize, Serialize};

use super::chat::Effect;

/// What one call of a tool would touch. A tool says it from the arguments alone, before anything happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether it touches anything beyond the workspace on this machine.
    #[serde(default)]
    pub outside: bool,
    /// Whether it uses the network.
    #[serde(default)]
    pub network: bool,
    /// The files and folders it names: relative to the workspace where they are in it, else absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// The program it would run, with its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The host it would speak to, without port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Reach {
    /// Of a call that only reads, and that in the workspace or nowhere at all.
    pub fn harmless() -> Self {
        Self {
            effect: Effect::ReadOnly,
            outside: false,
            network: false,
            paths: Vec::new(),
            command: Vec::new(),
            host: None,
        }
    }

    /// Of a call that changes something, of which nothing more is known.
    pub fn mutating() -> Self {
        Self {
            effect: Effect::Mutating,
            ..Self::harmless()
        }
    }

    /// Why a person is asked about it, in a few words: `changes files in the workspace`.
    pub fn words(&self) -> String {
        let what = match (self.effect, self.command.is_empty()) {
            (_, false) => "runs a program",
            (Effect::Mutating, true) => "changes something",
            (Effect::ReadOnly, true) => "only reads",
        };
        let place = if self.outside {
            "outside of the workspace"
        } else {
            "in the workspace"
        };
        let network = if self.network {
            ", uses the network"
        } else {
            ""
        };
        format!("{what} {place}{network}")
    }
}
