//! What the server saw of a request.

use std::time::Instant;

use serde_json::Value;

/// Which job of the pattern a chat request does, as far as the request itself shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Its last heading is `# Now: plan`, or its schema has `steps` and no `decision`.
    Planner,
    /// Its last heading is `# Now: step`.
    Executor,
    /// Its last heading is `# Now: decide`, or its schema has `decision`.
    Replanner,
    /// Its last heading is `# Now: answer`.
    Finalizer,
    /// Its last heading is `# Now: summarize`.
    Summarizer,
    /// Its last heading is `# Now: verify`.
    Verifier,
    /// Its last heading is `# Now: choose`.
    Chooser,
    /// Its last message says that the reply before it could not be used; [`ChatSeen::job`] says what it was for.
    Repair,
    /// It has no messages: the model is only to be loaded.
    WarmUp,
    /// Anything else.
    Other,
}

/// One request, in the order of arrival.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Without the script's path prefix.
    pub(crate) path: String,
    /// `Null` where there was none or it was no JSON.
    pub(crate) body: Value,
    pub(crate) at: Instant,
    /// The header's lines as sent, lower-case names.
    pub(crate) headers: Vec<(String, String)>,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// One chat request, parsed.
#[derive(Debug, Clone)]
pub(crate) struct ChatSeen {
    pub(crate) body: Value,
    pub(crate) model: String,
    /// Role and content.
    pub(crate) messages: Vec<(String, String)>,
    pub(crate) num_ctx: Option<u64>,
    pub(crate) num_predict: Option<i64>,
    /// Characters of all contents.
    pub(crate) total_chars: usize,
    /// How many chat requests of this kind came before.
    pub(crate) nth_of_kind: usize,
    /// How many chat requests came before.
    pub(crate) nth: usize,
    /// How many characters of [`ChatSeen::transcript`] an earlier request to the same model began with.
    pub(crate) shared_prefix: usize,
    pub(crate) at: Instant,
}

impl ChatSeen {
    pub(crate) fn parse(body: &Value) -> Self {
        let messages: Vec<(String, String)> = body["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|message| {
                let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
                (text("role"), text("content"))
            })
            .collect();
        Self {
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            num_ctx: body["options"]["num_ctx"].as_u64(),
            num_predict: body["options"]["num_predict"].as_i64(),
            total_chars: messages.iter().map(|(_, text)| text.chars().count()).sum(),
            nth_of_kind: 0,
            nth: 0,
            shared_prefix: 0,
            at: Instant::now(),
            body: body.clone(),
            messages,
        }
    }

    /// The messages as one text: what a server's prompt cache sees.
    pub(crate) fn transcript(&self) -> String {
        let mut transcript = String::new();
        for (role, text) in &self.messages {
            transcript.extend([role, "\n", text, "\n"]);
        }
        transcript
    }

    /// The first system message, or nothing.
    pub(crate) fn system(&self) -> &str {
        let found = self.messages.iter().find(|(role, _)| role == "system");
        found.map_or("", |(_, text)| text)
    }

    /// The last message, or nothing.
    pub(crate) fn last(&self) -> &str {
        self.messages.last().map_or("", |(_, text)| text)
    }

    /// From the last `# Now:` heading on, to the end of the message that it stands in.
    pub(crate) fn now(&self) -> &str {
        let mut users = self
            .messages
            .iter()
            .rev()
            .filter(|(role, _)| role == "user");
        let found = users.find_map(|(_, text)| {
            let headings = text.match_indices("# Now:");
            let at_line_start = |at: usize| at == 0 || text[..at].ends_with('\n');
            let last = headings.filter(|(at, _)| at_line_start(*at)).last();
            last.map(|(at, _)| &text[at..])
        });
        found.unwrap_or_default()
    }

    fn heading(&self) -> &str {
        let first = self.now().lines().next().unwrap_or_default();
        let words = first.trim_start_matches("# Now:").trim();
        words
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or("")
    }

    /// The schema's properties, where there is one.
    fn property(&self, name: &str) -> Option<&Value> {
        self.body["format"]["properties"].get(name)
    }

    /// The words that the schema allows for `decision`.
    pub(crate) fn decision_words(&self) -> Vec<&str> {
        let words = self.property("decision").map(|decision| &decision["enum"]);
        let words = words.and_then(Value::as_array);
        words
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub(crate) fn kind(&self) -> Kind {
        if self.last().starts_with("That reply could not be used") {
            return Kind::Repair;
        }
        self.job()
    }

    /// As [`ChatSeen::kind`], but a repair counts as what is being repaired.
    pub(crate) fn job(&self) -> Kind {
        match self.heading() {
            _ if self.messages.is_empty() => Kind::WarmUp,
            "plan" => Kind::Planner,
            "step" => Kind::Executor,
            "decide" => Kind::Replanner,
            "answer" => Kind::Finalizer,
            "summarize" => Kind::Summarizer,
            "verify" => Kind::Verifier,
            "choose" => Kind::Chooser,
            _ if self.property("decision").is_some() => Kind::Replanner,
            _ if self.property("steps").is_some() => Kind::Planner,
            _ => Kind::Other,
        }
    }

    /// A rough count of the prompt's tokens, as [`super::Overflow`] uses it.
    pub(crate) fn prompt_tokens(&self) -> u64 {
        (self.total_chars as u64).div_ceil(4).max(1)
    }
}
