//! A person's own tools: the tables `[[tools.command]]` of the config file, in TOML and as settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::{Given, quoted, toml_text};
use crate::domain::chat::Effect;
use crate::domain::command_template::CommandTemplate;
use crate::domain::near::distance;

mod schema;

use schema::parameters;

/// The name of the table.
pub(super) const COMMAND: &str = "tools.command";

/// The longest name of a tool or a parameter.
const MOST_NAME: usize = 40;
/// How long a command may take where its table does not say.
const USUAL_TIME: Duration = Duration::from_secs(60);

/// A tool that runs a program which a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandToolConfig {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// What it does, for a model.
    pub description: String,
    /// A JSON schema of its arguments, an object.
    pub parameters: Value,
    /// The program and its arguments, with places for values: it fits the parameters, which was looked at.
    pub command: Vec<String>,
    /// The folder it runs in: within the workspace where relative; none for the workspace. `~/` is not resolved.
    pub folder: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether it changes anything; what only reads may write nothing but temporary files.
    pub effect: Effect,
    /// Whether it may use the network.
    pub network: bool,
    /// Variables that it finds in its environment.
    pub env: BTreeMap<String, String>,
    /// Variables of planwright's own environment that it finds though they look like secrets.
    pub pass_env: Vec<String>,
}

/// What `[[tools.command]]` says.
#[derive(Default)]
pub(super) struct Commands {
    pub(super) configs: Vec<CommandToolConfig>,
    /// Every key that is set: its name with its table, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

/// A table in the making.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    description: Option<String>,
    parameters: Option<Value>,
    command: Option<(Vec<String>, Origin)>,
    folder: Option<PathBuf>,
    timeout: Option<Duration>,
    effect: Option<Effect>,
    network: bool,
    env: BTreeMap<String, String>,
    pass_env: Vec<String>,
}

const KEYS: [&str; 10] = [
    "name",
    "description",
    "parameters",
    "command",
    "folder",
    "timeout",
    "effect",
    "network",
    "env",
    "pass_env",
];

impl Reader<'_> {
    /// Reads the tables `[[tools.command]]`.
    pub(super) fn commands(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        let at = self.origin(&value.span());
        let DeValue::Array(tables) = value.get_ref() else {
            let problem = "must be tables: `[[tools.command]]` on a line of its own before each";
            return Err(mistake(&at, COMMAND, problem));
        };
        for (index, table) in tables.iter().enumerate() {
            let full = format!("{COMMAND}[{index}]");
            let at = self.origin(&table.span());
            let DeValue::Table(inner) = table.get_ref() else {
                return Err(mistake(&at, &full, "must be a table"));
            };
            let mut draft = Draft::default();
            for (name, value) in self.entries(inner) {
                let key = name.get_ref();
                if !KEYS.contains(&key.as_ref()) {
                    return Err(unknown(&full, key, self.origin(&name.span())));
                }
                let whole = format!("{full}.{key}");
                let origin = self.origin(&value.span());
                set(&mut draft, key, value, &origin)
                    .map_err(|problem| mistake(&origin, &whole, &problem))?;
                let shown = shown(key, &given(value));
                self.found_commands.origins.push((whole, shown, origin));
            }
            let config = finish(draft, &full, &at)?;
            let known = &self.found_commands.configs;
            if known.iter().any(|known| known.name == config.name) {
                let problem = format!(
                    "has the name `{}`, which another one above has: give it another",
                    config.name
                );
                return Err(mistake(&at, &full, &problem));
            }
            self.found_commands.configs.push(config);
        }
        Ok(())
    }
}

/// Puts a value in, or says what it must be: the rest of a sentence that begins with the key.
fn set(
    draft: &mut Draft,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    origin: &Origin,
) -> Result<(), String> {
    let plain = given(value);
    match key {
        "name" => draft.name = Some(name(plain.text()?)?),
        "description" => {
            let text = plain.text()?;
            if text.is_empty() {
                return Err("must say what the tool does, in a sentence for a model".to_owned());
            }
            draft.description = Some(text.to_owned());
        }
        "parameters" => draft.parameters = Some(parameters(value.get_ref())?),
        "command" => draft.command = Some((words(value.get_ref())?, origin.clone())),
        "folder" => {
            let text = plain.text()?;
            if text.is_empty() {
                return Err("must be the path of a folder; leave it out for the workspace".into());
            }
            draft.folder = Some(PathBuf::from(text));
        }
        "timeout" => {
            let seconds = plain.whole(1, 86_400)?;
            draft.timeout = Some(Duration::from_secs(seconds.into()));
        }
        "effect" => {
            let words = [
                ("read-only", Effect::ReadOnly),
                ("mutating", Effect::Mutating),
            ];
            draft.effect = Some(plain.one_of(&words)?);
        }
        "network" => draft.network = plain.switch()?,
        "env" => draft.env = variables(value.get_ref())?,
        _ => {
            draft.pass_env = plain.texts()?;
            if let Some(bad) = draft.pass_env.iter().find(|name| !is_variable(name)) {
                return Err(format!(
                    "must hold names of variables of the environment, not {}",
                    quoted(bad)
                ));
            }
        }
    }
    Ok(())
}

fn finish(draft: Draft, full: &str, at: &Origin) -> Result<CommandToolConfig, ConfigError> {
    let lacks = |key: &str, such: &str| mistake(at, full, &format!("lacks `{key}`: {such}"));
    let such = "the program and its arguments, such as `[\"ping\", \"-c\", \"1\", \"{host}\"]`";
    let (command, place) = draft.command.ok_or_else(|| lacks("command", such))?;
    let none = || json!({"type": "object", "properties": {}, "required": []});
    let parameters = draft.parameters.unwrap_or_else(none);
    CommandTemplate::new(&command, &parameters)
        .map_err(|problem| mistake(&place, &format!("{full}.command"), &problem))?;
    Ok(CommandToolConfig {
        name: draft
            .name
            .ok_or_else(|| lacks("name", "letters, digits and `_`"))?,
        description: draft
            .description
            .ok_or_else(|| lacks("description", "what it does, in a sentence for a model"))?,
        parameters,
        command,
        folder: draft.folder,
        timeout: draft.timeout.unwrap_or(USUAL_TIME),
        effect: draft.effect.unwrap_or(Effect::Mutating),
        network: draft.network,
        env: draft.env,
        pass_env: draft.pass_env,
    })
}

fn name(text: &str) -> Result<String, String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let fine = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= MOST_NAME
        && text.chars().all(letters);
    if !fine {
        return Err(format!(
            "must be a letter, then letters, digits and `_`, at most {MOST_NAME}, not {}",
            quoted(text)
        ));
    }
    if text.contains("__") {
        return Err("must not hold `__`, which stands in names of tools of servers".to_owned());
    }
    Ok(text.to_owned())
}

/// The words of a command: unlike other texts they may hold white space at their ends, and several lines.
fn words(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let such = "must be a list of texts: a program and its arguments, such as `[\"ping\", \"-c\", \"1\", \"{host}\"]`";
    let DeValue::Array(items) = value else {
        return Err(such.to_owned());
    };
    let words = items.iter().map(|item| match item.get_ref() {
        DeValue::String(text) if text.len() <= 10_000 && !text.contains('\0') => {
            Ok(text.clone().into_owned())
        }
        _ => Err(such.to_owned()),
    });
    words.take(200).collect()
}

fn variables(value: &DeValue<'_>) -> Result<BTreeMap<String, String>, String> {
    let such = "must be a table of texts, such as `{ LANG = \"C\" }`";
    let DeValue::Table(inner) = value else {
        return Err(such.to_owned());
    };
    let pairs = inner.iter().map(|(name, value)| {
        let name = name.get_ref().to_string();
        if !is_variable(&name) {
            return Err(format!(
                "must hold names of variables of the environment, not {}",
                quoted(&name)
            ));
        }
        match value.get_ref() {
            DeValue::String(text) if !text.contains('\0') => Ok((name, text.clone().into_owned())),
            _ => Err(such.to_owned()),
        }
    });
    pairs.collect()
}

fn is_variable(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.len() <= 100 && name.chars().all(letters)
}

fn mistake(origin: &Origin, key: &str, problem: &str) -> ConfigError {
    ConfigError::Provider {
        origin: origin.clone(),
        key: key.to_owned(),
        problem: problem.to_owned(),
        hint: None,
    }
}

fn unknown(full: &str, name: &str, origin: Origin) -> ConfigError {
    let nearest = KEYS.iter().min_by_key(|key| distance(name, key));
    ConfigError::Provider {
        origin,
        key: format!("{full}.{}", quoted(name).trim_matches('`')),
        problem: "is no setting of a command".to_owned(),
        hint: Some(format!(
            "the nearest known key is `{}`",
            nearest.unwrap_or(&"name")
        )),
    }
}

/// The value as TOML. Of a command only the program is shown, and nothing of its variables: they may say too much.
fn shown(key: &str, given: &Given) -> String {
    match given {
        Given::Text(text) => toml_text(text.trim()),
        Given::List(words) if key == "command" => {
            let program = words.first().map_or_else(String::new, Given::kind);
            toml_text(&format!("{} …", program.trim_matches('`')))
        }
        other => other.kind(),
    }
}
