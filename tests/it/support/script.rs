//! What the server has and how it answers.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::reply::Reply;
use super::seen::{ChatSeen, Kind};

/// What the server does with a prompt that is longer than the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// As today's Ollama: HTTP 400 where the request says `truncate: false`, else cut to about half.
    Modern,
    /// As an old Ollama that does not know `truncate`: always cut to about half, silently.
    CutSilently,
    /// Take it whole.
    Ignore,
}

/// One model of the server.
#[derive(Debug, Clone)]
pub(crate) struct FakeModel {
    pub(super) name: String,
    pub(super) context: u64,
    pub(super) capabilities: Vec<String>,
    pub(super) family: String,
    pub(super) modified_at: String,
    pub(super) size: String,
}

impl FakeModel {
    /// A model of the family `llama` that can do `completion` with a trained context of 8192.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            context: 8192,
            capabilities: vec!["completion".to_owned()],
            family: "llama".to_owned(),
            modified_at: "2026-08-01T12:00:00.5+02:00".to_owned(),
            size: "1.2B".to_owned(),
        }
    }

    /// Its parameters as the server words them, such as `8.0B`.
    pub(crate) fn size(mut self, size: &str) -> Self {
        size.clone_into(&mut self.size);
        self
    }

    pub(crate) fn context(mut self, tokens: u64) -> Self {
        self.context = tokens;
        self
    }

    pub(crate) fn capabilities<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.capabilities = names.map(str::to_owned).to_vec();
        self
    }

    pub(crate) fn family(mut self, family: &str) -> Self {
        family.clone_into(&mut self.family);
        self
    }

    /// RFC 3339.
    pub(crate) fn modified_at(mut self, at: &str) -> Self {
        at.clone_into(&mut self.modified_at);
        self
    }

    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name == capability)
    }

    pub(super) fn details(&self) -> Value {
        json!({
            "parent_model": "", "format": "gguf", "family": self.family, "families": [self.family],
            "parameter_size": self.size, "quantization_level": "Q4_K_M",
        })
    }
}

/// Slots of a server that answers whatever comes.
const MANY: usize = 10_000;

type Handler = Box<dyn Fn(&ChatSeen) -> Reply + Send + Sync>;

/// How the server behaves. A chat request is answered by the first of: [`Script::once`] (each used once), [`Script::on`]
/// (in order, the last one again and again), [`Script::by`]; if none fits, by HTTP 500 saying so. A repair for which nothing
/// is scripted takes what is scripted for its job.
pub(crate) struct Script {
    pub(super) models: Vec<FakeModel>,
    pub(super) version: String,
    pub(super) prefix: String,
    pub(super) overflow: Overflow,
    pub(super) slots: usize,
    pub(super) admin: HashMap<String, Reply>,
    next: VecDeque<Reply>,
    once: HashMap<Kind, VecDeque<Reply>>,
    queues: HashMap<Kind, VecDeque<Reply>>,
    handler: Option<Handler>,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// A server with one model, `tiny:1b`, and nothing to say.
    pub(crate) fn new() -> Self {
        Self {
            models: vec![FakeModel::new("tiny:1b").capabilities(["completion", "tools"])],
            version: "0.32.15".to_owned(),
            prefix: String::new(),
            overflow: Overflow::Modern,
            slots: MANY,
            admin: HashMap::new(),
            next: VecDeque::new(),
            once: HashMap::new(),
            queues: HashMap::new(),
            handler: None,
        }
    }

    /// A run without trouble: plans these steps, answers step N with `Result of step N: …`, decides to respond, answers.
    pub(crate) fn happy(steps: &[&str]) -> Self {
        let steps: Vec<String> = steps.iter().map(|&step| step.to_owned()).collect();
        Self::new().by(move |seen| happy_reply(&steps, seen))
    }

    /// A server that gives every chat request this reply.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::new().by(move |_| reply.clone())
    }

    /// Has these models in place of `tiny:1b`.
    pub(crate) fn models(mut self, models: impl IntoIterator<Item = FakeModel>) -> Self {
        self.models = models.into_iter().collect();
        self
    }

    pub(crate) fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Serves everything below this path, such as `/ollama`; the rest is 404.
    pub(crate) fn prefix(mut self, prefix: &str) -> Self {
        prefix.trim_end_matches('/').clone_into(&mut self.prefix);
        self
    }

    pub(crate) fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Answers this many chat requests at once; further ones wait their turn, in the order in which they came.
    pub(crate) fn slots(mut self, slots: usize) -> Self {
        self.slots = slots.max(1);
        self
    }

    /// Answers this path (such as `/api/tags` or `/api/pull`) with that.
    pub(crate) fn admin(mut self, path: &str, reply: Reply) -> Self {
        self.admin.insert(path.to_owned(), reply);
        self
    }

    /// One reply for the next chat request of any kind, before everything else.
    pub(crate) fn next(mut self, reply: Reply) -> Self {
        self.next.push_back(reply);
        self
    }

    /// One reply for the next request of this kind; then the rest of the script goes on.
    pub(crate) fn once(mut self, kind: Kind, reply: Reply) -> Self {
        self.once.entry(kind).or_default().push_back(reply);
        self
    }

    /// The next of the replies to this kind; the last one repeats.
    pub(crate) fn on(mut self, kind: Kind, reply: Reply) -> Self {
        self.queues.entry(kind).or_default().push_back(reply);
        self
    }

    pub(crate) fn planner(self, reply: Reply) -> Self {
        self.on(Kind::Planner, reply)
    }

    pub(crate) fn step(self, reply: Reply) -> Self {
        self.on(Kind::Executor, reply)
    }

    pub(crate) fn decide(self, reply: Reply) -> Self {
        self.on(Kind::Replanner, reply)
    }

    pub(crate) fn answer(self, reply: Reply) -> Self {
        self.on(Kind::Finalizer, reply)
    }

    /// Decides by the request.
    pub(crate) fn by(
        mut self,
        handler: impl Fn(&ChatSeen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.handler = Some(Box::new(handler));
        self
    }

    pub(super) fn model(&self, name: &str) -> Option<&FakeModel> {
        let with_tag = format!("{name}:latest");
        let mut models = self.models.iter();
        models.find(|model| model.name == name || model.name == with_tag)
    }

    pub(super) fn reply(&mut self, seen: &ChatSeen) -> Reply {
        if let Some(reply) = self.next.pop_front() {
            return reply;
        }
        let (kind, job) = (seen.kind(), seen.job());
        for kind in [kind, job] {
            if let Some(reply) = self.once.get_mut(&kind).and_then(VecDeque::pop_front) {
                return reply;
            }
        }
        for kind in [kind, job] {
            if let Some(reply) = self.queues.get_mut(&kind).and_then(take_or_repeat) {
                return reply;
            }
        }
        match &self.handler {
            Some(handler) => handler(seen),
            None if kind == Kind::WarmUp => Reply::text("").done_reason("load"),
            None => Reply::status(500, &format!("the script has no reply for {kind:?}")),
        }
    }
}

fn take_or_repeat(queue: &mut VecDeque<Reply>) -> Option<Reply> {
    if queue.len() > 1 {
        queue.pop_front()
    } else {
        queue.front().cloned()
    }
}

fn happy_reply(steps: &[String], seen: &ChatSeen) -> Reply {
    match seen.job() {
        Kind::WarmUp => Reply::text("").done_reason("load"),
        Kind::Planner => {
            let steps: Vec<Value> = steps
                .iter()
                .map(|step| json!({"description": step, "done_when": format!("{step} is done")}))
                .collect();
            Reply::json(json!({ "steps": steps }))
        }
        Kind::Executor => {
            let wanted = steps.iter().position(|step| seen.now().contains(step));
            let number = wanted.unwrap_or(seen.nth_of_kind);
            let what = steps.get(number).map_or("unplanned", String::as_str);
            Reply::text(format!("Result of step {}: {what}, done.", number + 1))
        }
        Kind::Replanner => {
            let words = seen.decision_words();
            let wanted = ["continue", "respond", "finish"];
            let word = wanted.into_iter().find(|word| words.contains(word));
            let word = word.or_else(|| words.first().copied()).unwrap_or("respond");
            Reply::json(json!({"decision": word, "reason": "every step has a result", "steps": []}))
        }
        Kind::Summarizer => Reply::text("In few words: the evidence."),
        Kind::Verifier => Reply::json(json!({"met": true, "gap": ""})),
        Kind::Chooser => Reply::json(json!({"mode": "plan-execute", "reason": "several steps"})),
        Kind::Finalizer | Kind::Repair | Kind::Other => {
            Reply::text("The answer, drawn from the results of all steps.")
        }
    }
}
