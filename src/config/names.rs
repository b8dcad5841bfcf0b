//! Names of models: `PROVIDER:MODEL`, or a bare name for the default provider.

use super::{Config, ConfigError, Origin};
use crate::config::given::quoted;
use crate::domain::near::distance;

/// The provider that is always there.
pub const OLLAMA: &str = "ollama";

/// A model's name has a provider that the settings do not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` names the provider `{provider}`, which the settings do not know")]
pub struct UnknownProvider {
    /// The whole name, made safe to show.
    pub name: String,
    /// The provider.
    pub provider: String,
    /// What to do about it.
    pub hint: String,
}

/// The provider, where the name has one, and the model on it. A prefix that is no provider belongs to the name:
/// `llama3.1:8b` is a model with a tag.
///
/// # Errors
/// Where the prefix can be nothing but a provider, and is not configured: no tag has a slash in it, and `openai` is
/// nobody's model.
pub fn split<'a>(
    name: &'a str,
    config: &Config,
) -> Result<(Option<&'a str>, &'a str), UnknownProvider> {
    let Some((prefix, rest)) = name.split_once(':') else {
        return Ok((None, name));
    };
    if prefix == OLLAMA || config.providers.contains_key(prefix) {
        return Ok((Some(prefix), rest));
    }
    let is_port = rest.starts_with(|c: char| c.is_ascii_digit());
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_tag = is_port || !rest.contains('/') || !prefix.chars().all(is_word);
    if prefix != "openai" && is_tag {
        return Ok((None, name));
    }
    let near = config
        .providers
        .keys()
        .map(|known| (distance(prefix, known), known));
    let near = near.min().filter(|(distance, _)| *distance <= 2);
    let file = config.paths.config_file.display();
    Err(UnknownProvider {
        name: quoted(name).trim_matches('`').to_owned(),
        provider: quoted(prefix).trim_matches('`').to_owned(),
        hint: match near {
            Some((_, known)) => format!("the nearest that there is is `{known}`"),
            None => format!(
                "add `[providers.{prefix}]` with `kind` and `base_url` to {file}; `config.example.toml` shows how"
            ),
        },
    })
}

/// Looks at every model that the settings name.
pub(super) fn check(config: &Config, origin: impl Fn(&str) -> Origin) -> Result<(), ConfigError> {
    let wrong = |key: String, problem: String, hint: String| ConfigError::Provider {
        origin: origin(&key),
        key,
        problem,
        hint: Some(hint),
    };
    let provider = &config.default_provider;
    if provider != OLLAMA && !config.providers.contains_key(provider) {
        let known = config.providers.keys().map(|name| format!(", `{name}`"));
        let known: String = known.collect();
        return Err(wrong(
            "default_provider".to_owned(),
            format!(
                "names the provider {}, which the settings do not know",
                quoted(provider)
            ),
            format!("there is `{OLLAMA}`{known}; others stand in tables `[providers.NAME]`"),
        ));
    }
    let own = [
        ("model", Some(&config.model)),
        ("planner_model", config.planner_model.as_ref()),
        ("executor_model", config.executor_model.as_ref()),
        ("replanner_model", config.replanner_model.as_ref()),
        ("finalizer_model", config.finalizer_model.as_ref()),
        ("summarizer_model", config.summarizer_model.as_ref()),
        ("verifier_model", config.verifier_model.as_ref()),
    ];
    let own = own
        .into_iter()
        .filter_map(|(key, name)| Some((key.to_owned(), name?)));
    let fallbacks = config.fallbacks.iter().flat_map(|(role, names)| {
        names
            .iter()
            .map(move |name| (format!("fallbacks.{role}"), name))
    });
    for (key, name) in own.chain(fallbacks) {
        if let Err(unknown) = split(name, config) {
            let problem = format!(
                "names the provider `{}`, which the settings do not know",
                unknown.provider
            );
            return Err(wrong(key, problem, unknown.hint));
        }
    }
    Ok(())
}
