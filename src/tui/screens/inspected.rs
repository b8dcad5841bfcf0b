//! A model call as it went over the wire.

use serde_json::Value;

use super::reading::Reading;
use super::watch::Watch;
use crate::domain::event::ModelCall;
use crate::store::CallTranscript;
use crate::tui::effect::Endpoint;

impl Watch {
    /// The model call whose text is read.
    pub(in crate::tui) fn shown_call(&self) -> Option<&ModelCall> {
        self.streams.get(&self.subject())?.call.as_ref()
    }

    /// The model call after the one of this name, or before it.
    pub(in crate::tui) fn call_beside(&self, name: &str, forward: bool) -> Option<&ModelCall> {
        let at = self.model_calls.iter().position(|call| call.call == name)?;
        let beside = if forward {
            at.checked_add(1)
        } else {
            at.checked_sub(1)
        };
        self.model_calls.get(beside?)
    }
}

/// All that is known of a call, as a text; what is copied is a command that sends the same request again.
pub(in crate::tui) fn reading(
    call: &ModelCall,
    transcript: Option<&CallTranscript>,
    endpoint: &Endpoint,
    color: bool,
) -> Reading {
    let mut text = figures(call);
    let mut copied = None;
    match transcript {
        Some(transcript) => {
            let request: Option<Value> = serde_json::from_str(&transcript.request).ok();
            section(&mut text, "Messages", &messages(request.as_ref()));
            section(&mut text, "Thinking", &transcript.thinking);
            section(&mut text, "Reply", &transcript.reply);
            let pretty = request
                .as_ref()
                .and_then(|request| serde_json::to_string_pretty(request).ok());
            let pretty = pretty.as_deref().unwrap_or(&transcript.request);
            section(&mut text, "Request as it was sent", pretty);
            // One that was cut off to be kept cannot be sent again.
            copied = request
                .is_some()
                .then(|| curl(&transcript.request, endpoint));
        }
        None => text.push_str("\nIts texts were not kept.\n"),
    }
    let mut reading = Reading::new(format!("Call {}", call.call), text, color);
    reading.call = Some(call.call.clone());
    reading.copied = copied;
    reading
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.trim().is_empty() {
        text.push_str(&format!("\n== {title}\n{}\n", body.trim_end()));
    }
}

fn figures(call: &ModelCall) -> String {
    let mut text = format!("{} by {}", call.role, call.model);
    if let Some(step) = &call.step {
        text.push_str(&format!(", step {step}"));
    }
    let outcome = match &call.error {
        Some(error) => format!("failed: {error}"),
        None if call.ok => "its reply was used".to_owned(),
        None => "its reply was not used".to_owned(),
    };
    text.push_str(&format!("\n{outcome}"));
    if let Some(by) = call.parsed_by {
        text.push_str(&format!("; read by {}", words(by)));
    }
    let ms = |ms: u64| format!("{}.{:01} s", ms / 1000, ms % 1000 / 100);
    text.push_str(&format!("\n{} in all", ms(call.duration_ms)));
    // Of a call that was sent again, or had no token, the parts cannot be told.
    if let Some(first) = call.first_token_ms.filter(|_| call.retries == 0) {
        let loaded = call.load_ms.unwrap_or(0);
        text.push_str(&format!(
            ": loaded in {}, prompt read in {}, reply written in {}",
            ms(loaded),
            ms(first.saturating_sub(loaded)),
            ms(call.duration_ms.saturating_sub(first))
        ));
    }
    let count = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), |n| n.to_string());
    text.push_str(&format!(
        "\n{} tokens read, {} written",
        count(call.prompt_tokens),
        count(call.output_tokens)
    ));
    if let Some(percent) = call.context_percent {
        text.push_str(&format!(", context filled to {percent} %"));
    }
    if call.retries > 0 {
        text.push_str(&format!(", sent again {} times", call.retries));
    }
    text.push('\n');
    text
}

/// The word of the records for something.
fn words(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => other.map(|value| value.to_string()).unwrap_or_default(),
    }
}

/// The messages of a request, each below who it is from.
fn messages(request: Option<&Value>) -> String {
    let messages = request.and_then(|request| request["messages"].as_array());
    let mut text = String::new();
    for message in messages.into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or("?");
        let content = match &message["content"] {
            Value::String(content) => content.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        text.push_str(&format!("-- {role}\n{content}\n"));
        if let Some(calls) = message.get("tool_calls") {
            text.push_str(&format!("calls: {calls}\n"));
        }
    }
    text
}

/// A command for a shell that sends the request. A key stands in it as the variable that holds it, never as itself.
fn curl(request: &str, endpoint: &Endpoint) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let mut command = format!(
        "curl -sN {} -H 'Content-Type: application/json'",
        quoted(&endpoint.url)
    );
    if let Some(variable) = &endpoint.key_variable {
        command.push_str(&format!(" -H \"Authorization: Bearer ${{{variable}}}\""));
    }
    command.push_str(&format!(" -d {}", quoted(request)));
    command
}

#[cfg(test)]
mod tests {
    use super::curl;
    use crate::tui::effect::Endpoint;

    #[test]
    fn a_request_is_quoted_for_a_shell_and_a_key_is_named_only() {
        let endpoint = Endpoint {
            url: "http://h/v1/chat/completions".to_owned(),
            key_variable: Some("KEY".to_owned()),
        };
        assert_eq!(
            curl("{\"a\":\"it's\"}", &endpoint),
            "curl -sN 'http://h/v1/chat/completions' -H 'Content-Type: application/json' -H \"Authorization: Bearer ${KEY}\" -d '{\"a\":\"it'\\''s\"}'"
        );
    }
}
