//! Names of runs and steps.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of one run: 32 lower-case hexadecimal digits, made at random by the session.
///
/// Any unambiguous prefix is accepted wherever a person names a run; [`RunId::short`] is what they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Takes any text as a name; the session makes sure that it is unique.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight characters, enough to tell runs apart on a screen.
    pub fn short(&self) -> &str {
        self.0
            .char_indices()
            .nth(8)
            .map_or(&self.0, |(end, _)| &self.0[..end])
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of one step, unique in its run for ever: a replanned step never takes over an old name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    /// Takes any text as a name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The `n`-th name that planwright gives out itself: `s1`, `s2`, and so on.
    pub fn numbered(n: usize) -> Self {
        Self(format!("s{n}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
