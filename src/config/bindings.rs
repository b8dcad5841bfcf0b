//! Keys as a person wants them: the tables `[keys.<context>]` of the config file. Which contexts, actions and keys there
//! are is known to the interface alone.

use toml::Spanned;
use toml::de::DeValue;

use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::toml_texts;

/// The name of the table.
pub(super) const KEYS: &str = "keys";

/// One action gets other keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConfig {
    /// The context, as it is written.
    pub context: String,
    /// The action, as it is written.
    pub action: String,
    /// Its keys, as they are written; none to take all of them away.
    pub keys: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

impl KeyConfig {
    /// What is wrong with it, once the interface has looked at it: the place, and the problem.
    pub fn mistake(&self, problem: &str) -> ConfigError {
        ConfigError::BadValue {
            origin: self.origin.clone(),
            key: KEYS,
            problem: format!("cannot be changed like this: {problem}"),
        }
    }
}

/// What the tables say.
#[derive(Default)]
pub(super) struct Bindings {
    pub(super) configs: Vec<KeyConfig>,
    /// Every key that is set: its name with its table, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

impl Reader<'_> {
    /// Reads the table `keys`.
    pub(super) fn bindings(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        let wrong = |origin: Origin, problem: String| ConfigError::BadValue {
            origin,
            key: KEYS,
            problem,
        };
        let no_table =
            "must hold tables such as `[keys.plan]`, with lines such as `skip_step = [\"s\"]`";
        let DeValue::Table(contexts) = value.get_ref() else {
            return Err(wrong(self.origin(&value.span()), no_table.to_owned()));
        };
        for (context, value) in self.entries(contexts) {
            let DeValue::Table(actions) = value.get_ref() else {
                return Err(wrong(self.origin(&value.span()), no_table.to_owned()));
            };
            for (action, value) in self.entries(actions) {
                let origin = self.origin(&action.span());
                let keys = given(value).texts().map_err(|problem| {
                    wrong(
                        origin.clone(),
                        format!("hold lists of keys: each {problem}"),
                    )
                })?;
                let name = format!("{KEYS}.{}.{}", context.get_ref(), action.get_ref());
                let shown = (name, toml_texts(&keys), origin.clone());
                self.found_bindings.origins.push(shown);
                self.found_bindings.configs.push(KeyConfig {
                    context: context.get_ref().to_string(),
                    action: action.get_ref().to_string(),
                    keys,
                    origin,
                });
            }
        }
        Ok(())
    }
}
