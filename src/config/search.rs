//! Where the web is searched: the table `[tools.search]` of the config file.

use toml::Spanned;
use toml::de::DeValue;

use super::error::{ConfigError, Origin};
use super::file::{Reader, given};
use super::given::quoted;
use super::providers::{KEY_SOURCES, KeySource, base_url, key_source, shown};
use crate::domain::near::distance;

/// The name of the table.
pub(super) const SEARCH: &str = "tools.search";

/// Where the web is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchConfig {
    /// What the service speaks.
    pub provider: SearchProvider,
    /// Where it is; none for where the provider usually is.
    pub base_url: Option<String>,
    /// Where the key to it is found.
    pub key: KeySource,
}

/// What a service for searching speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchProvider {
    /// SearXNG, which people run themselves.
    SearXng,
    /// Brave Search.
    Brave,
    /// Tavily.
    Tavily,
    /// Ollama's web search.
    Ollama,
}

impl SearchProvider {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SearXng, Self::Brave, Self::Tavily, Self::Ollama];

    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::SearXng => "searxng",
            Self::Brave => "brave",
            Self::Tavily => "tavily",
            Self::Ollama => "ollama",
        }
    }
}

const KEYS: [&str; 5] = [
    "provider",
    "base_url",
    "api_key_env",
    "api_key_command",
    "api_key_file",
];

/// What `[tools.search]` says.
#[derive(Default)]
pub(super) struct Search {
    pub(super) config: Option<SearchConfig>,
    /// Every key that is set: its name with its table, its value as TOML, its place.
    pub(super) origins: Vec<(String, String, Origin)>,
}

impl Reader<'_> {
    /// Reads the table `tools.search`.
    pub(super) fn search(&mut self, value: &Spanned<DeValue<'_>>) -> Result<(), ConfigError> {
        let at = self.origin(&value.span());
        let DeValue::Table(table) = value.get_ref() else {
            let problem = "must be a table: `[tools.search]` on a line of its own";
            return Err(mistake(&at, SEARCH, problem.to_owned()));
        };
        let (mut provider, mut url, mut key) = (None, None, None);
        for (name, value) in self.entries(table) {
            let (name, origin) = (name.get_ref(), self.origin(&value.span()));
            let (whole, plain) = (format!("{SEARCH}.{name}"), given(value));
            let wrong = |problem| mistake(&origin, &whole, problem);
            match name.as_ref() {
                "provider" => {
                    let words = SearchProvider::ALL.map(|one| (one.word(), one));
                    provider = Some(plain.one_of(&words).map_err(wrong)?);
                }
                "base_url" => {
                    let text = plain.text().map_err(wrong)?;
                    url = Some(base_url(text).map_err(wrong)?);
                }
                word if KEYS.contains(&word) => {
                    let found = key_source(word, &plain, self.folder()).map_err(wrong)?;
                    if key.replace(found).is_some() {
                        let problem =
                            format!("is one place for the key too many: one of {KEY_SOURCES}");
                        return Err(wrong(problem));
                    }
                }
                _ => return Err(unknown(name, origin)),
            }
            let text = shown(name, &plain);
            self.found_search.origins.push((whole, text, origin));
        }
        let lacks = |text: String| mistake(&at, SEARCH, text);
        let provider = provider.ok_or_else(|| {
            let words = SearchProvider::ALL.map(SearchProvider::word).join("`, `");
            lacks(format!("lacks `provider`: one of `{words}`"))
        })?;
        let key = key.unwrap_or(KeySource::None);
        match (provider, &url, &key) {
            (SearchProvider::SearXng, None, _) => {
                return Err(lacks("lacks `base_url`: the address of the SearXNG server, such as `http://127.0.0.1:8888`".to_owned()));
            }
            (SearchProvider::SearXng, ..)
            | (_, _, KeySource::Environment(_) | KeySource::Command(_) | KeySource::File(_)) => {}
            _ => {
                return Err(lacks(format!(
                    "lacks the key that `{}` asks for: say where it is with one of {KEY_SOURCES}",
                    provider.word()
                )));
            }
        }
        self.found_search.config = Some(SearchConfig {
            provider,
            base_url: url,
            key,
        });
        Ok(())
    }
}

fn mistake(origin: &Origin, key: &str, problem: String) -> ConfigError {
    ConfigError::Provider {
        origin: origin.clone(),
        key: key.to_owned(),
        problem,
        hint: None,
    }
}

fn unknown(name: &str, origin: Origin) -> ConfigError {
    let key = format!("{SEARCH}.{}", quoted(name).trim_matches('`'));
    let (problem, hint) = if matches!(name, "api_key" | "key" | "token" | "api-key") {
        (
            "would be a key in a file that anyone may read: it is not taken",
            format!(
                "say where the key is with one of {KEY_SOURCES}; if it was a real one, take it out of this file"
            ),
        )
    } else {
        let nearest = KEYS.iter().min_by_key(|key| distance(name, key));
        (
            "is no setting of the search",
            format!(
                "the nearest known key is `{}`",
                nearest.unwrap_or(&"provider")
            ),
        )
    };
    ConfigError::Provider {
        origin,
        key,
        problem: problem.to_owned(),
        hint: Some(hint),
    }
}
