//! The talk within a step: what the model said, the tools it used, what they brought; as messages for a model that calls
//! tools natively, or as text for one that does not.

use serde_json::json;

use super::in_use::ModelInUse;
use super::prompts::{fenced, fill};
use crate::domain::chat::{Message, Speaker, ToolCall, ToolSpec};
use crate::domain::context::{clip, estimate, estimate_chat, estimate_tools, share};
use crate::domain::tool_args::signature;

const PROTOCOL: &str = include_str!("../../assets/prompts/tools_as_text.md");
const NO_MORE: &str = include_str!("../../assets/prompts/no_more_tools.md");

/// A talk so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Talk<'a> {
    /// The rounds of calls, oldest first.
    pub rounds: &'a [Round],
    /// The tools that may be used.
    pub tools: &'a [ToolSpec],
    /// Why none may be used any more.
    pub over: Option<&'a str>,
}

/// What a model said, and what came of the calls in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Its words beside the calls.
    pub said: String,
    /// The calls, in its order.
    pub calls: Vec<Called>,
}

/// A call and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// The call; its `id` is that of the record.
    pub call: ToolCall,
    /// What a model is shown of the output, or what went wrong.
    pub output: String,
}

impl Talk<'_> {
    /// What is said behind the job to a model that writes its calls as text; empty for others.
    pub(super) fn protocol(&self, model: &ModelInUse) -> String {
        if self.tools.is_empty() || self.offered(model).is_some() {
            return String::new();
        }
        let most = model.room(0) / 6;
        let lines = |described: bool| {
            let line = |tool: &ToolSpec| {
                let arguments = signature(&tool.parameters);
                let about = if described {
                    format!(": {}", tool.description)
                } else {
                    String::new()
                };
                format!("- {}({arguments}){about}", tool.name)
            };
            self.tools.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        let full = lines(true);
        let tools = if estimate(&full) <= most {
            full
        } else {
            lines(false)
        };
        fill(PROTOCOL, &[("tools", &clip(&tools, most))])
    }

    /// The tools that are offered natively.
    pub(super) fn tools_for(&self, model: &ModelInUse) -> Vec<ToolSpec> {
        match self.over {
            None => self.offered(model).unwrap_or_default(),
            Some(_) => Vec::new(),
        }
    }

    /// The tools as they are offered natively: whole, or without words on their arguments where that is too much for the
    /// context; none where they do not fit in it, and are told of in words.
    fn offered(&self, model: &ModelInUse) -> Option<Vec<ToolSpec>> {
        if !model.calls_natively() {
            return None;
        }
        let most = model.room(0) / 3;
        let whole = self.tools.to_vec();
        if estimate_tools(&whole) <= most {
            return Some(whole);
        }
        let mut plain = whole;
        for tool in &mut plain {
            let properties = tool.parameters["properties"].as_object_mut();
            for (_, property) in properties.into_iter().flatten() {
                if let Some(fields) = property.as_object_mut() {
                    fields.remove("description");
                }
            }
        }
        Some(plain).filter(|plain| estimate_tools(plain) <= most)
    }

    /// The messages behind the job. Together they take at most half of the room there is: where that is too little, outputs
    /// are cut, older ones first.
    pub(super) fn fitted(&self, model: &ModelInUse, num_predict: u32) -> Vec<Message> {
        if self.rounds.is_empty() && self.over.is_none() {
            return Vec::new();
        }
        let whole = self.messages(model, |called| called.output.clone());
        let most = model.room(num_predict) / 2;
        let tokens = estimate_chat(&whole);
        if tokens <= most {
            return whole;
        }
        let calls = self.rounds.iter().flat_map(|round| &round.calls);
        let wanted: Vec<u32> = calls.map(|called| estimate(&called.output)).collect();
        let fixed = tokens - wanted.iter().sum::<u32>().min(tokens);
        // What came last is what the next words are about.
        let last = self.rounds.last().map_or(0, |round| round.calls.len());
        let (older, newest) = wanted.split_at(wanted.len() - last);
        let left = most.saturating_sub(fixed);
        let newest = share(newest, left);
        let left = left.saturating_sub(newest.iter().sum());
        let mut granted = share(older, left).into_iter().chain(newest);
        self.messages(model, |called| {
            clip(&called.output, granted.next().unwrap_or(0))
        })
    }

    fn messages(
        &self,
        model: &ModelInUse,
        mut output: impl FnMut(&Called) -> String,
    ) -> Vec<Message> {
        let native = self.tools.is_empty() || self.offered(model).is_some();
        let mut messages = Vec::new();
        for round in self.rounds {
            let mut said = Message::new(Speaker::Assistant, round.said.clone());
            let shown: Vec<(String, &Called)> = round
                .calls
                .iter()
                .map(|called| (result(called, &output(called)), called))
                .collect();
            if native {
                said.tool_calls = round.calls.iter().map(|c| c.call.clone()).collect();
                messages.push(said);
                messages.extend(shown.into_iter().map(|(text, called)| Message {
                    answers: Some(called.call.clone()),
                    ..Message::new(Speaker::Tool, text)
                }));
            } else {
                let calls = round.calls.iter().map(|called| {
                    json!({"name": called.call.name, "arguments": called.call.arguments})
                        .to_string()
                });
                said.content = calls.collect::<Vec<_>>().join("\n");
                messages.push(said);
                let results: Vec<String> = shown.into_iter().map(|(text, _)| text).collect();
                messages.push(Message::new(Speaker::User, results.join("\n")));
            }
        }
        if let Some(why) = self.over {
            let text = fill(NO_MORE, &[("why", why)]);
            messages.push(Message::new(Speaker::User, text.trim_end()));
        }
        messages
    }
}

/// The output as data: what is in it cannot pass for anything else.
fn result(called: &Called, output: &str) -> String {
    let id = called.call.id.as_deref().unwrap_or_default();
    let name = fenced(&called.call.name);
    format!(
        "<result tool=\"{name}\" call=\"{id}\">\n{}\n</result>",
        fenced(output)
    )
}
