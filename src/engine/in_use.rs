//! A model as one run uses it: one context length, a share of it for each role, and what was learnt about its tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use crate::domain::chat::{ChatRequest, ModelInfo, Role, Usage};
use crate::domain::context::MAX_FILL_PERCENT;
use crate::model::ChatModel;

/// A model in use by a run.
pub struct ModelInUse {
    /// As in `run_started`.
    pub name: String,
    /// The way to it.
    pub port: Arc<dyn ChatModel>,
    /// What its server says of it.
    pub info: ModelInfo,
    /// The context length of every call of this run, in tokens.
    pub num_ctx: u32,
    /// Whether it thinks aloud in plain-text calls.
    pub think: bool,
    /// How many real tokens an estimated one is, in thousandths; learnt from the server, never below 1,000.
    ratio: AtomicU64,
    /// Whether a call had to be given to another model.
    lost: AtomicBool,
    clumsy: AtomicBool,
}

impl ModelInUse {
    /// A model whose context is `num_ctx` tokens, or what its port says in place of that, or less where it was trained for
    /// less.
    pub fn new(
        name: String,
        port: Arc<dyn ChatModel>,
        info: ModelInfo,
        num_ctx: u32,
        think: bool,
    ) -> Self {
        let num_ctx = port.num_ctx(&info).unwrap_or(num_ctx);
        let num_ctx = info
            .context_length
            .map_or(num_ctx, |trained| num_ctx.min(trained));
        let think = think && info.can("thinking");
        Self {
            name,
            port,
            info,
            num_ctx,
            think,
            ratio: AtomicU64::new(1_000),
            lost: AtomicBool::new(false),
            clumsy: AtomicBool::new(false),
        }
    }

    /// Whether tools are offered to it, and called by it, through the server; else it is told of them in words.
    pub fn calls_natively(&self) -> bool {
        self.info.can("tools") && !self.clumsy.load(Ordering::Relaxed)
    }

    /// Takes note that its server cannot pass its calls on, whatever it lists.
    pub fn call_in_words(&self) {
        self.clumsy.store(true, Ordering::Relaxed);
    }

    /// Takes note that it could not be used when it was needed.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether it could not be used when it was needed.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// The most tokens a reply of this role may have: a fixed share of the context, twice that where thinking counts too.
    pub fn num_predict(&self, role: Role, think: bool) -> u32 {
        let percent = match role {
            Role::Planner => 10,
            Role::Executor => 15,
            Role::Replanner | Role::Verifier => 8,
            Role::Finalizer => 20,
            Role::Summarizer => 5,
        };
        let tokens = u32::try_from(u64::from(self.num_ctx) * percent / 100)
            .unwrap_or(u32::MAX)
            .max(64);
        if think { tokens * 2 } else { tokens }
    }

    /// Estimated tokens that a prompt may have when the reply may have `num_predict`.
    pub fn room(&self, num_predict: u32) -> u32 {
        let usable = u64::from(self.num_ctx) * u64::from(MAX_FILL_PERCENT) / 100;
        let prompt = usable.saturating_sub(u64::from(num_predict));
        u32::try_from(prompt * 1_000 / self.ratio.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }

    /// How much of the context a call fills, in percent: what the server counted, else what was estimated and reserved. A
    /// server may leave out what it has cached of the prompt: no less than half of the estimate is believed.
    pub fn filled(&self, estimated: u32, reserved: u32, usage: Usage) -> Option<u8> {
        let (estimated, reserved) = (u64::from(estimated), u64::from(reserved));
        let prompt = usage
            .prompt_tokens
            .filter(|counted| counted * 2 >= estimated)
            .unwrap_or(estimated);
        let reply = usage.output_tokens.unwrap_or(reserved);
        let percent =
            prompt.saturating_add(reply).saturating_mul(100) / u64::from(self.num_ctx.max(1));
        u8::try_from(percent).ok()
    }

    /// Takes note of how many tokens the server counted where so many were estimated.
    pub fn learn(&self, estimated: u32, counted: Option<u64>) {
        if let Some(ratio) =
            counted.and_then(|tokens| (tokens * 1_000).checked_div(u64::from(estimated)))
        {
            self.ratio.fetch_max(ratio.min(4_000), Ordering::Relaxed);
        }
    }

    /// The request as it went over the wire; where none did, as it can be read.
    pub fn request_text(&self, request: &ChatRequest) -> String {
        self.port.wire(request).unwrap_or_else(|| {
            let tools: Vec<&str> = request
                .tools
                .iter()
                .map(|tool| tool.name.as_str())
                .collect();
            json!({ "model": self.name, "tools": tools, "messages": request.messages }).to_string()
        })
    }
}
