//! Talks with the demo model that go as a run goes.

use futures_util::{FutureExt, StreamExt};
use planwright::domain::chat::{ChatChunk, ChatRequest, Message, ReplyFormat, Role, Speaker};
use planwright::model::ChatModel;
use planwright::model::demo::{DemoModel, DemoPace};
use serde_json::Value;

pub(super) const HONESTY: &str =
    "This is planwright's built-in demo model: a script, not a language model.";

pub(super) fn request(role: Role, document: &str) -> ChatRequest {
    ChatRequest {
        role,
        messages: vec![
            Message::new(Speaker::System, "You work inside planwright."),
            Message::new(Speaker::User, document),
        ],
        format: ReplyFormat::Text,
        temperature: 0.0,
        num_ctx: 8192,
        num_predict: 4096,
        think: false,
        tools: Vec::new(),
    }
}

/// The whole reply and how it ended. At this pace the demo never waits, so that no runtime is needed.
pub(super) fn speak(request: ChatRequest) -> (String, Option<ChatChunk>) {
    let mut stream = DemoModel::new(DemoPace::Instant).stream(request);
    let (mut text, mut end) = (String::new(), None);
    while let Some(chunk) = stream.next().now_or_never().expect("it never waits") {
        match chunk.unwrap() {
            ChatChunk::Content(piece) => text.push_str(&piece),
            other => end = Some(other),
        }
    }
    (text, end)
}

pub(super) fn ask(role: Role, document: &str) -> String {
    speak(request(role, document)).0
}

/// A run of the demo without an engine: the document grows as a run's document does.
pub(super) struct Talk {
    pub(super) document: String,
    pub(super) revision: u32,
    pub(super) next: usize,
    pub(super) steps: Vec<(String, String)>,
}

impl Talk {
    pub(super) fn about(task: &str) -> Self {
        Self {
            document: format!("# Task\n<task>\n{task}\n</task>\nToday is 2026-01-02.\n"),
            revision: 0,
            next: 1,
            steps: Vec::new(),
        }
    }

    pub(super) fn planned(task: &str) -> Self {
        let mut new = Self::about(task);
        let plan = new.plan();
        new.approve(&plan);
        new
    }

    pub(super) fn ask(&self, role: Role, now: &str) -> String {
        ask(role, &format!("{}\n# Now: {now}", self.document))
    }

    pub(super) fn plan(&self) -> Vec<Value> {
        steps_of(&self.ask(
            Role::Planner,
            "plan\nWrite the plan for the task, in 3 to 7 steps.",
        ))
    }

    pub(super) fn plan_after(&self, rejected: &str, words: &str) -> Vec<String> {
        let now = format!(
            "plan\nWrite the plan.\n\n# Feedback\nThe person did not accept this plan:\n{rejected}\nand said: {words}\n\nReply with JSON only, in this shape:\n{{}}"
        );
        descriptions(&steps_of(&self.ask(Role::Planner, &now)))
    }

    pub(super) fn approve(&mut self, steps: &[Value]) {
        self.revision += 1;
        self.document
            .push_str(&format!("\n# Plan (revision {})\n", self.revision));
        self.steps.clear();
        for step in steps {
            let (id, description) = (
                format!("s{}", self.next),
                step["description"].as_str().unwrap().to_owned(),
            );
            self.document
                .push_str(&format!("{}. [{id}] {description}\n", self.next));
            self.steps.push((id, description));
            self.next += 1;
        }
    }

    /// What the model says to a step.
    pub(super) fn step(&self, id: &str, description: &str) -> String {
        self.ask(
            Role::Executor,
            &format!("step {id}\nStep: {description}\nDone when: it is done\nDo this step only; the other steps are not yours."),
        )
    }

    /// Carries out the plan in force and gives back all results.
    pub(super) fn execute(&mut self) -> Vec<String> {
        let mut results = Vec::new();
        for (id, description) in self.steps.clone() {
            let reply = self.step(&id, &description);
            let (status, text) = match reply.strip_prefix("CANNOT:") {
                Some(reason) => ("failed", format!("Step failed: {}", reason.trim())),
                None => ("done", reply),
            };
            self.document.push_str(&format!(
                "\n<result step=\"{id}\" status=\"{status}\">\n{text}\n</result>\n"
            ));
            results.push(text);
        }
        results
    }

    pub(super) fn decide(&self) -> Value {
        let reply = self.ask(Role::Replanner, "decide\nThe plan is through.");
        serde_json::from_str(&reply).unwrap()
    }

    pub(super) fn answer(&self) -> String {
        self.ask(Role::Finalizer, "answer\nWrite the answer to the task.")
    }

    /// Plan, execute, answer, where nothing fails.
    pub(super) fn through(task: &str) -> (Vec<String>, String) {
        let mut new = Self::planned(task);
        let results = new.execute();
        assert_eq!(new.decide()["decision"], "respond", "{results:?}");
        (results, new.answer())
    }
}

pub(super) fn steps_of(reply: &str) -> Vec<Value> {
    let reply: Value = serde_json::from_str(reply).unwrap();
    reply["steps"].as_array().unwrap().clone()
}

pub(super) fn descriptions(steps: &[Value]) -> Vec<String> {
    steps
        .iter()
        .map(|step| step["description"].as_str().unwrap().to_owned())
        .collect()
}

pub(super) fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
}
