//! The routes of Ollama's API.

use serde_json::{Value, json};

use super::connection::{Broken, Connection, Request};
use super::observed::{Inner, Shared};
use super::reply::Reply;
use super::script::{FakeModel, Overflow};
use super::seen::{ChatSeen, Recorded};
use super::wire::Asked;

/// Serves a connection until either side ends it.
pub(super) async fn serve(shared: &Shared, mut connection: Connection) {
    shared.lock().connections += 1;
    while let Some(request) = connection.request().await {
        if answer(shared, &mut connection, request).await.is_err() {
            return;
        }
    }
}

async fn answer(
    shared: &Shared,
    connection: &mut Connection,
    request: Request,
) -> Result<(), Broken> {
    let path = {
        let mut inner = shared.lock();
        let path = request.path.strip_prefix(&inner.script.prefix);
        let path = path.unwrap_or("(outside of the prefix)").to_owned();
        inner.requests.push(Recorded {
            method: request.method.clone(),
            path: path.clone(),
            body: request.body.clone(),
            at: std::time::Instant::now(),
            headers: request.headers,
        });
        path
    };
    shared.count(|counts| counts.requests += 1);
    let head_only = request.method == "HEAD";
    let sent = match (request.method.as_str(), path.as_str()) {
        ("POST", "/api/chat") => {
            let _at_work = AtWork::begin(shared);
            let (seen, reply) = shared.lock().chat_reply(&request.body);
            shared.count(|counts| counts.chats += 1);
            let asked = Asked {
                model: &seen.model,
                prompt_tokens: seen.prompt_tokens(),
            };
            let _slot = shared.slots.acquire().await;
            let began = std::time::Instant::now();
            let sent = connection.send(&reply, &asked, head_only).await;
            let span = (seen.nth, began, std::time::Instant::now());
            shared.lock().spans.push(span);
            sent
        }
        (method, path) => {
            let reply = shared.lock().admin_reply(method, path, &request.body);
            let asked = Asked {
                model: "",
                prompt_tokens: 0,
            };
            let sent = connection.send(&reply, &asked, head_only).await;
            if path == "/api/pull" && sent.is_ok() && reply.status == 200 {
                shared.lock().finish_pull(&request.body);
            }
            sent
        }
    };
    shared.count(|counts| match sent {
        Err(Broken::ByClient) => counts.cancelled += 1,
        Ok(()) | Err(Broken::ByScript) => counts.served += 1,
    });
    sent
}

/// Counts the chat requests that are being answered at the same time.
struct AtWork<'a>(&'a Shared);

impl<'a> AtWork<'a> {
    fn begin(shared: &'a Shared) -> Self {
        let mut inner = shared.lock();
        inner.chats_at_work += 1;
        inner.most_at_work = inner.most_at_work.max(inner.chats_at_work);
        Self(shared)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.lock().chats_at_work -= 1;
    }
}

fn not_found(name: &str) -> Reply {
    Reply::status(404, &format!("model '{name}' not found"))
}

fn document(value: &Value) -> Reply {
    Reply::raw(value.to_string())
}

impl Inner {
    fn chat_reply(&mut self, body: &Value) -> (ChatSeen, Reply) {
        let (seen, reply) = self.chat(ChatSeen::parse(body));
        // A scripted HTTP error or raw body stands; what Ollama itself would refuse is refused here.
        let reply = if reply.is_chat() {
            self.check(&seen, reply)
        } else {
            reply
        };
        (seen, reply)
    }

    fn check(&self, seen: &ChatSeen, reply: Reply) -> Reply {
        let Some(model) = self.script.model(&seen.model) else {
            return not_found(&seen.model);
        };
        let thinks = match &seen.body["think"] {
            Value::Bool(on) => *on,
            Value::String(_) => true,
            _ => false,
        };
        if thinks && !model.can("thinking") {
            return Reply::status(
                400,
                &format!("\"{}\" does not support thinking", seen.model),
            );
        }
        let tools = seen.body["tools"].as_array().map_or(0, Vec::len);
        if tools > 0 && !model.can("tools") {
            let text = format!(
                "registry.ollama.ai/library/{} does not support tools",
                seen.model
            );
            return Reply::status(400, &text);
        }
        let turns = seen.body["messages"].as_array().into_iter().flatten();
        let mut calls = turns.flat_map(|turn| turn["tool_calls"].as_array().into_iter().flatten());
        if calls.any(|call| !call["function"]["arguments"].is_object()) {
            let text = "json: cannot unmarshal into Go struct field ToolCallFunction.arguments";
            return Reply::status(400, text);
        }
        let context = seen.num_ctx.unwrap_or(4096).min(model.context);
        if seen.prompt_tokens() <= context {
            return reply;
        }
        match self.script.overflow {
            Overflow::Ignore => reply,
            Overflow::Modern if seen.body["truncate"] == json!(false) => Reply::status(
                400,
                "the prompt is longer than the context length currently available",
            ),
            Overflow::Modern | Overflow::CutSilently => reply.prompt_eval_count(context / 2),
        }
    }

    fn admin_reply(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        if let Some(reply) = self.script.admin.get(path) {
            return reply.clone();
        }
        let name = body["model"].as_str().or(body["name"].as_str());
        let name = name.unwrap_or_default();
        match (method, path) {
            ("GET" | "HEAD", "/" | "") => Reply::raw("Ollama is running"),
            ("GET" | "HEAD", "/api/version") => document(&json!({"version": self.script.version})),
            ("GET" | "HEAD", "/api/tags") => {
                let models: Vec<Value> = self.script.models.iter().map(tag).collect();
                document(&json!({ "models": models }))
            }
            ("GET", "/api/ps") => {
                let loaded = self.script.models.iter().filter_map(|model| {
                    let context = *self.loaded.get(&model.name)?;
                    let mut entry = tag(model);
                    entry["size_vram"] = entry["size"].clone();
                    entry["expires_at"] = json!("2318-11-21T06:00:00.5Z");
                    entry["context_length"] = json!(context.min(model.context));
                    Some(entry)
                });
                document(&json!({ "models": loaded.collect::<Vec<_>>() }))
            }
            ("POST", "/api/show") => match self.script.model(name) {
                Some(model) => document(&show(model)),
                None => not_found(name),
            },
            ("POST", "/api/pull") => Reply::lines(pull_lines()),
            ("POST", "/api/generate") if body["keep_alive"] == 0 && body["prompt"].is_null() => {
                let Some(model) = self.script.model(name).map(|model| model.name.clone()) else {
                    return not_found(name);
                };
                self.loaded.remove(&model);
                document(&json!({
                    "model": name,
                    "created_at": "2026-11-20T14:02:00.5Z",
                    "response": "",
                    "done": true,
                    "done_reason": "unload",
                }))
            }
            ("DELETE", "/api/delete") if self.script.model(name).is_some() => {
                self.script.models.retain(|model| model.name != name);
                Reply::raw("")
            }
            ("DELETE", "/api/delete") => not_found(name),
            _ => Reply::raw("404 page not found").with_status(404),
        }
    }

    fn finish_pull(&mut self, body: &Value) {
        let scripted = self.script.admin.contains_key("/api/pull");
        let name = body["model"].as_str().or(body["name"].as_str());
        if let Some(name) = name.filter(|_| !scripted) {
            self.install(name);
        }
    }
}

fn tag(model: &FakeModel) -> Value {
    json!({
        "name": model.name, "model": model.name, "modified_at": model.modified_at, "size": 1_321_098_329_u64,
        "digest": "baf6a787fdffd633537aa2eb51cfd54cb93ff08e28040095462bb63daf552878",
        "details": model.details(), "capabilities": model.capabilities,
    })
}

fn show(model: &FakeModel) -> Value {
    let length = format!("{}.context_length", model.family);
    json!({
        "license": "MIT", "modelfile": "FROM /nowhere", "parameters": "stop \"<|end|>\"", "template": "{{ .Prompt }}",
        "details": model.details(), "capabilities": model.capabilities, "modified_at": model.modified_at,
        "model_info": {
            "general.architecture": model.family, "general.parameter_count": 1_235_814_432_u64, length: model.context,
            "tokenizer.ggml.tokens": null,
        },
    })
}

fn pull_lines() -> Vec<Value> {
    let layer = "sha256:74701a8c35f6c8d9a4b91f3f3497643001d63e0c7a84e085bed452548fa88d45";
    let at = |completed: u64| json!({"status": "pulling 74701a8c35f6", "digest": layer, "total": 1000, "completed": completed});
    vec![
        json!({"status": "pulling manifest"}),
        json!({"status": "pulling 74701a8c35f6", "digest": layer, "total": 1000}),
        at(250),
        at(1000),
        json!({"status": "verifying sha256 digest"}),
        json!({"status": "writing manifest"}),
        json!({"status": "success"}),
    ]
}
