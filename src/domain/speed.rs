//! How fast models are, as past calls have shown.

use std::collections::BTreeMap;

use super::chat::Role;
use super::event::ModelCall;

/// A load that took less was none: servers count a few milliseconds for looking at a model that is there.
const LEAST_LOAD_MS: u64 = 500;

/// What a number of calls took together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// How many calls.
    pub calls: u64,
    /// Tokens of their prompts.
    pub prompt_tokens: u64,
    /// Milliseconds until their first tokens, loading left out.
    pub prompt_ms: u64,
    /// Tokens of their replies.
    pub output_tokens: u64,
    /// Milliseconds from their first tokens to their ends.
    pub output_ms: u64,
    /// For how many of them the model was loaded.
    pub loads: u64,
    /// Milliseconds of loading.
    pub load_ms: u64,
}

impl Pace {
    /// What one call took; none where it tells nothing: it broke off, was sent again, or its server does not count.
    pub fn of(call: &ModelCall) -> Option<Self> {
        let first = call.first_token_ms?;
        let (prompt_tokens, output_tokens) = (call.prompt_tokens?, call.output_tokens?);
        if call.retries > 0 || call.duration_ms < first {
            return None;
        }
        let load = call.load_ms.filter(|&ms| ms >= LEAST_LOAD_MS);
        Some(Self {
            calls: 1,
            prompt_tokens,
            prompt_ms: first.saturating_sub(load.unwrap_or(0)),
            output_tokens,
            output_ms: call.duration_ms - first,
            loads: u64::from(load.is_some()),
            load_ms: load.unwrap_or(0),
        })
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            prompt_ms: self.prompt_ms.saturating_add(other.prompt_ms),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            output_ms: self.output_ms.saturating_add(other.output_ms),
            loads: self.loads.saturating_add(other.loads),
            load_ms: self.load_ms.saturating_add(other.load_ms),
        }
    }
}

/// How fast one model is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Speed {
    roles: BTreeMap<Role, Pace>,
}

impl Speed {
    /// Adds what calls in one role took.
    pub fn add(&mut self, role: Role, pace: Pace) {
        let known = self.roles.entry(role).or_default();
        *known = known.and(pace);
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (role, pace) in other.roles {
            self.add(role, pace);
        }
        self
    }

    /// What all calls took.
    pub fn whole(&self) -> Pace {
        self.roles
            .values()
            .copied()
            .fold(Pace::default(), Pace::and)
    }

    /// Prompt tokens a second; none where that is not known. In a server's cache prompts are read faster: this is how
    /// fast they were on average.
    pub fn prompt_tokens_per_s(&self) -> Option<u64> {
        let all = self.whole();
        (all.prompt_tokens * 1_000).checked_div(all.prompt_ms)
    }

    /// Reply tokens a second; none where that is not known.
    pub fn output_tokens_per_s(&self) -> Option<u64> {
        let all = self.whole();
        (all.output_tokens * 1_000).checked_div(all.output_ms)
    }

    /// Tokens of a reply in this role, on average; none where there was none.
    pub fn usual_output(&self, role: Role) -> Option<u64> {
        let pace = self.roles.get(&role)?;
        pace.output_tokens.checked_div(pace.calls)
    }

    /// Milliseconds of loading, on average; none where it was never seen.
    pub fn load_ms(&self) -> Option<u64> {
        let all = self.whole();
        all.load_ms.checked_div(all.loads)
    }

    /// How long a call in this role takes, in milliseconds; none where no call was measured. What a role's prompts take
    /// depends on how much of them the server has in its cache, so this goes by the role's own calls where there are any.
    pub fn call_ms(&self, role: Role, prompt_tokens: u64, output_tokens: u64) -> Option<u64> {
        let all = self.whole();
        let own = self.roles.get(&role).copied();
        let reading = own.filter(|pace| pace.prompt_tokens > 0).unwrap_or(all);
        let read = prompt_tokens
            .saturating_mul(reading.prompt_ms)
            .checked_div(reading.prompt_tokens)?;
        let written = output_tokens
            .saturating_mul(all.output_ms)
            .checked_div(all.output_tokens)?;
        Some(read.saturating_add(written))
    }
}
