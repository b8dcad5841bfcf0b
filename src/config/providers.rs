//! Named providers: the tables `[providers.NAME]` of the config file, in TOML and as settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::{Given, quoted, toml_text};
use super::names::OLLAMA;
use super::ollama_host;
use crate::domain::near::distance;

/// The longest name of a provider.
const MAX_NAME: usize = 40;

/// A model server that the settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// What it speaks.
    pub kind: ProviderKind,
    /// Where it is.
    pub base_url: String,
    /// Where the key to it is found.
    pub key: KeySource,
    /// How many requests it answers at once.
    pub slots: u32,
    /// Context length in tokens; none for what the server says or, where it says nothing, that of `[ollama]`.
    pub num_ctx: Option<u32>,
    /// Whether its models may be offered tools.
    pub tools: bool,
    /// Bound on making a connection; none for that of `[ollama]`.
    pub connect_timeout: Option<Duration>,
    /// Bound on silence before the first token; none for that of `[ollama]`.
    pub first_token_timeout: Option<Duration>,
    /// Bound on silence in the middle of a reply; none for that of `[ollama]`.
    pub idle_timeout: Option<Duration>,
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI's chat completions.
    OpenAi,
    /// Ollama's own API.
    Ollama,
}

impl ProviderKind {
    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
        }
    }
}

/// Where the key to a provider is found. The key itself is never a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// It needs none.
    None,
    /// In this variable of the environment.
    Environment(String),
    /// In the first line that this program prints, run without a shell: the program, then its arguments.
    Command(Vec<String>),
    /// In this file, which only its owner may read.
    File(PathBuf),
}

/// One key of a provider's table.
struct ProviderKey {
    name: &'static str,
    /// Puts a value in, or says what it must be: the rest of a sentence that begins with the name.
    set: fn(&mut Draft, &Given) -> Result<(), String>,
}

/// A table in the making.
#[derive(Default)]
struct Draft {
    /// Relative paths begin here.
    folder: PathBuf,
    kind: Option<ProviderKind>,
    base_url: Option<String>,
    /// The key that names the source, and the source.
    key: Vec<(&'static str, KeySource)>,
    slots: Option<u32>,
    num_ctx: Option<u32>,
    tools: Option<bool>,
    connect_timeout: Option<Duration>,
    first_token_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
}

pub(super) const KEY_SOURCES: &str = "`api_key_env`, `api_key_command` or `api_key_file`";

const KEYS: &[ProviderKey] = &[
    ProviderKey {
        name: "kind",
        set: |d, v| {
            let words =
                [ProviderKind::OpenAi, ProviderKind::Ollama].map(|kind| (kind.word(), kind));
            v.one_of(&words).map(|kind| d.kind = Some(kind))
        },
    },
    ProviderKey {
        name: "base_url",
        set: |d, v| base_url(v.text()?).map(|url| d.base_url = Some(url)),
    },
    ProviderKey {
        name: "api_key_env",
        set: |d, v| key_from(d, "api_key_env", v),
    },
    ProviderKey {
        name: "api_key_command",
        set: |d, v| key_from(d, "api_key_command", v),
    },
    ProviderKey {
        name: "api_key_file",
        set: |d, v| key_from(d, "api_key_file", v),
    },
    ProviderKey {
        name: "slots",
        set: |d, v| v.whole(1, 64).map(|slots| d.slots = Some(slots)),
    },
    ProviderKey {
        name: "num_ctx",
        set: |d, v| {
            v.whole(512, 16_777_216)
                .map(|num_ctx| d.num_ctx = Some(num_ctx))
        },
    },
    ProviderKey {
        name: "tools",
        set: |d, v| v.switch().map(|tools| d.tools = Some(tools)),
    },
    ProviderKey {
        name: "connect_timeout",
        set: |d, v| v.seconds().map(|time| d.connect_timeout = Some(time)),
    },
    ProviderKey {
        name: "first_token_timeout",
        set: |d, v| v.seconds().map(|time| d.first_token_timeout = Some(time)),
    },
    ProviderKey {
        name: "idle_timeout",
        set: |d, v| v.seconds().map(|time| d.idle_timeout = Some(time)),
    },
];

fn key_from(draft: &mut Draft, key: &'static str, given: &Given) -> Result<(), String> {
    let source = key_source(key, given, &draft.folder)?;
    draft.key.push((key, source));
    Ok(())
}

/// The place of a key as one of the settings [`KEY_SOURCES`] says it, or what that must be: the rest of a sentence that
/// begins with its name. Relative paths begin in `folder`.
pub(super) fn key_source(key: &str, given: &Given, folder: &Path) -> Result<KeySource, String> {
    match key {
        "api_key_env" => {
            let name = given.text().unwrap_or_default();
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
            // It may be the key itself, put into the wrong place: it is not repeated.
            if name.is_empty() || name.len() > 64 || !name.chars().all(letters) {
                return Err("must be the name of a variable of the environment, in letters, digits and `_`, not the key itself".to_owned());
            }
            Ok(KeySource::Environment(name.to_owned()))
        }
        "api_key_command" => {
            let words = given.texts().ok().filter(|words| !words.is_empty());
            let words = words.ok_or("must be a list of texts: a program and its arguments, such as `[\"pass\", \"show\", \"cluster\"]`")?;
            Ok(KeySource::Command(words))
        }
        _ => {
            let path = given.text().unwrap_or_default();
            if path.is_empty() {
                return Err("must be the path of a file".to_owned());
            }
            Ok(KeySource::File(if path.starts_with("~/") {
                PathBuf::from(path)
            } else {
                folder.join(path)
            }))
        }
    }
}

/// What `[providers.…]` says.
#[derive(Default)]
pub(super) struct Providers {
    pub(super) configs: BTreeMap<String, ProviderConfig>,
    /// Every key that is set: its name with its tables, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

impl Reader<'_> {
    /// Reads the table `providers`.
    pub(super) fn providers(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        for (name, value) in self.entries(table(self, "providers", value)?) {
            let (name, at) = (name.get_ref().to_string(), self.origin(&name.span()));
            let full = format!("providers.{}", quoted(&name).trim_matches('`'));
            check_name(&name).map_err(|problem| mistake(&at, &full, problem))?;
            let config = self.provider(&full, value, &at)?;
            self.found_providers.configs.insert(name, config);
        }
        Ok(())
    }

    fn provider(
        &mut self,
        full: &str,
        value: &Spanned<DeValue<'_>>,
        at: &Origin,
    ) -> Result<ProviderConfig, ConfigError> {
        let mut draft = Draft {
            folder: self.path.parent().unwrap_or(Path::new("")).to_owned(),
            ..Draft::default()
        };
        for (name, value) in self.entries(table(self, full, value)?) {
            let found = KEYS.iter().find(|key| name.get_ref() == key.name);
            let Some(key) = found else {
                return Err(unknown(full, name.get_ref(), self.origin(&name.span())));
            };
            let (origin, given) = (self.origin(&value.span()), given(value));
            let whole = format!("{full}.{}", key.name);
            (key.set)(&mut draft, &given).map_err(|problem| mistake(&origin, &whole, problem))?;
            if draft.key.len() > 1 {
                let problem = format!("is one place for the key too many: one of {KEY_SOURCES}");
                return Err(mistake(&origin, &whole, problem));
            }
            let shown = shown(key.name, &given);
            self.found_providers.origins.push((whole, shown, origin));
        }
        let lacks = |key: &str, such: &str| mistake(at, full, format!("lacks `{key}`: {such}"));
        let kind = draft
            .kind
            .ok_or_else(|| lacks("kind", "`openai` or `ollama`, whichever it speaks"))?;
        let such = "the address of its server, such as `http://127.0.0.1:8000/v1`";
        Ok(ProviderConfig {
            kind,
            base_url: draft.base_url.ok_or_else(|| lacks("base_url", such))?,
            key: draft.key.pop().map_or(KeySource::None, |(_, key)| key),
            slots: draft.slots.unwrap_or(1),
            num_ctx: draft.num_ctx,
            tools: draft.tools.unwrap_or(true),
            connect_timeout: draft.connect_timeout,
            first_token_timeout: draft.first_token_timeout,
            idle_timeout: draft.idle_timeout,
        })
    }
}

fn table<'a>(
    reader: &Reader<'_>,
    full: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<&'a DeTable<'a>, ConfigError> {
    match value.get_ref() {
        DeValue::Table(inner) => Ok(inner),
        _ => Err(mistake(
            &reader.origin(&value.span()),
            full,
            "must be a table: `[providers.NAME]` on a line of its own".to_owned(),
        )),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name == OLLAMA {
        return Err("is built in: `base_url` and `[ollama]` say how it is used".to_owned());
    }
    if matches!(name, "demo" | "auto") {
        return Err("is the name of something else: give the provider another one".to_owned());
    }
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(letters) {
        return Err(format!(
            "must have a name of at most {MAX_NAME} letters, digits, `-` and `_`"
        ));
    }
    Ok(())
}

/// With its scheme, as a provider that is not this machine's Ollama has no port that goes without saying.
fn base_url(text: &str) -> Result<String, String> {
    let such = "must be the address of a server such as `http://127.0.0.1:8000/v1`";
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(format!(
            "{such}: it has to begin with `http://` or `https://`"
        ));
    }
    let host =
        ollama_host::parse(text).and_then(|host| host.warning.map_or(Ok(host.base_url), Err));
    host.map_err(|reason| format!("{such}: {reason}"))
}

fn mistake(origin: &Origin, key: &str, problem: String) -> ConfigError {
    ConfigError::Provider {
        origin: origin.clone(),
        key: key.to_owned(),
        problem,
        hint: None,
    }
}

fn unknown(full: &str, name: &str, origin: Origin) -> ConfigError {
    let key = format!("{full}.{}", quoted(name).trim_matches('`'));
    if matches!(name, "api_key" | "key" | "token" | "api-key") {
        let hint = format!(
            "say where the key is with one of {KEY_SOURCES}; if it was a real one, take it out of this file"
        );
        return ConfigError::Provider {
            origin,
            key,
            problem: "would be a key in a file that anyone may read: it is not taken".to_owned(),
            hint: Some(hint),
        };
    }
    let nearest = KEYS.iter().min_by_key(|key| distance(name, key.name));
    let nearest = nearest.map_or("kind", |key| key.name);
    ConfigError::Provider {
        origin,
        key,
        problem: "is no setting of a provider".to_owned(),
        hint: Some(format!("the nearest known key is `{nearest}`")),
    }
}

/// The value as TOML. Of a command only the program is shown: its arguments may say too much.
fn shown(key: &str, given: &Given) -> String {
    match given {
        Given::Text(text) => toml_text(text.trim()),
        Given::List(words) if key == "api_key_command" => {
            let program = words.first().map_or_else(String::new, Given::kind);
            toml_text(&format!("{} …", program.trim_matches('`')))
        }
        other => other.kind(),
    }
}
