//! What `doctor` says about the model server and the models that are used.

use super::Check;
use crate::domain::sanitize::line;
use crate::session::{ServerStatus, Session};

/// The server, the models on it, and what the models in use can do. `origin` is where the URL comes from.
pub(super) async fn checks(session: &Session, origin: &str) -> Vec<Check> {
    if session.is_demo() {
        return vec![Check::ok(
            "server",
            "not needed: the model is the built-in `demo`",
        )];
    }
    if !session.uses_ollama() {
        return vec![Check::ok(
            "server",
            "Ollama is not needed: every role has a model of a provider",
        )];
    }
    let in_use = session.models_in_use();
    let on_server = [in_use.planner, in_use.executor, in_use.replanner]
        .into_iter()
        .filter(|name| name != "demo" && session.provider_of(name).is_none());
    let status = session.probe_ollama().await;
    let mut checks = vec![server(&status, origin)];
    if status.version.is_err() {
        return checks;
    }
    checks.push(models(&status));
    if status.models.is_empty() {
        return checks;
    }
    for name in on_server {
        let resolved = if name == "auto" {
            status
                .models
                .first()
                .map_or(name, |newest| newest.name.clone())
        } else {
            name
        };
        let title = format!("model {}", line(&resolved));
        if !checks.iter().any(|check| check.name == title) {
            checks.push(model(session, title, &resolved).await);
        }
    }
    checks
}

fn server(status: &ServerStatus, origin: &str) -> Check {
    let whence = format!("{} ({origin})", line(&status.url));
    match &status.version {
        Ok(version) => Check::ok("server", format!("{whence}, version {}", line(version))),
        Err(error) => {
            let check = Check::failed("server", format!("{whence}: {error}"));
            match error.hint() {
                Some(hint) => check.with_hint(hint),
                None => check,
            }
        }
    }
}

fn models(status: &ServerStatus) -> Check {
    if status.models.is_empty() {
        return Check::failed("models", "the server has none")
            .with_hint("`planwright models pull qwen3:4b` fetches one");
    }
    let loaded: Vec<String> = status
        .models
        .iter()
        .filter_map(|model| {
            let context = match model.loaded.as_ref()?.context {
                Some(context) => format!(" with context {context}"),
                None => String::new(),
            };
            Some(format!("{}{context}", line(&model.name)))
        })
        .collect();
    let loaded = if loaded.is_empty() {
        "none loaded".to_owned()
    } else {
        format!("loaded: {}", loaded.join(", "))
    };
    Check::ok(
        "models",
        format!("{} on the server, {loaded}", status.models.len()),
    )
}

async fn model(session: &Session, title: String, name: &str) -> Check {
    let num_ctx = session.config().ollama.num_ctx;
    let info = match session.show_model(name).await {
        Ok(info) => info,
        Err(error) => {
            return Check::failed(title, error.to_string()).with_hint(format!(
                "`planwright models pull {}` fetches it, `planwright models list` shows what is there",
                line(name)
            ));
        }
    };
    let mut facts = Vec::new();
    facts.extend(
        info.parameter_size
            .as_deref()
            .map(|size| line(size).into_owned()),
    );
    facts.extend(
        info.quantization
            .as_deref()
            .map(|kind| line(kind).into_owned()),
    );
    if !info.capabilities.is_empty() {
        facts.push(format!("can {}", line(&info.capabilities.join(", "))));
    }
    match info.context_length {
        Some(trained) => facts.push(format!(
            "context {} of {trained} in use",
            num_ctx.min(trained)
        )),
        None => facts.push(format!("context {num_ctx} in use")),
    }
    let detail = facts.join(", ");
    if !info.capabilities.is_empty() && !info.can("completion") {
        return Check::failed(title, detail)
            .with_hint("this model cannot write text; choose another one with `--model`");
    }
    match info.context_length {
        Some(trained) if trained < num_ctx => Check::warning(
            title,
            detail,
            format!(
                "`num_ctx` is {num_ctx}, more than the model was trained for; {trained} is used"
            ),
        ),
        _ => Check::ok(title, detail),
    }
}
