//! A value of a setting as somebody wrote it, and what may be read from it.

use std::time::Duration;

use super::ollama_host;
use crate::domain::event::ApprovalPolicy;

/// A value as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// True or false.
    Switch(bool),
    /// Something else that TOML has a word for.
    Other(&'static str),
    /// A list.
    List(Vec<Given>),
    /// A text that may stand for a value of any kind, as the environment holds it.
    Plain(String),
}

impl Given {
    /// A value that the program itself has written.
    pub(super) fn of(value: &toml_edit::Value) -> Self {
        use toml_edit::Value;
        match value {
            Value::String(text) => Self::Text(text.value().clone()),
            Value::Integer(number) => Self::Whole(*number.value()),
            Value::Boolean(on) => Self::Switch(*on.value()),
            Value::Array(values) => Self::List(values.iter().map(Self::of).collect()),
            Value::Float(_) => Self::Other("a number with a fraction"),
            Value::Datetime(_) => Self::Other("a date"),
            Value::InlineTable(_) => Self::Other("a table"),
        }
    }

    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) | Self::Plain(text) => {
                if text.len() > 2000 || text.contains(char::is_control) {
                    return Err("must be one line of at most 2000 bytes".to_owned());
                }
                Ok(text.trim())
            }
            other => Err(format!("must be a text in quotes, not {}", other.kind())),
        }
    }

    pub(super) fn whole(&self, least: u32, most: u32) -> Result<u32, String> {
        let number = match self {
            Self::Whole(number) => Ok(*number),
            Self::Plain(text) => text.trim().parse().map_err(|_| quoted(text)),
            other => Err(other.kind()),
        };
        number
            .and_then(|number| {
                u32::try_from(number)
                    .ok()
                    .filter(|number| (least..=most).contains(number))
                    .ok_or_else(|| number.to_string())
            })
            .map_err(|found| format!("must be a whole number from {least} to {most}, not {found}"))
    }

    pub(super) fn switch(&self) -> Result<bool, String> {
        match self {
            Self::Switch(on) => return Ok(*on),
            Self::Plain(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => return Ok(true),
                "false" | "0" => return Ok(false),
                _ => {}
            },
            _ => {}
        }
        Err(format!("must be `true` or `false`, not {}", self.kind()))
    }

    pub(super) fn seconds(&self) -> Result<Duration, String> {
        Ok(Duration::from_secs(self.whole(1, 86_400)?.into()))
    }

    pub(super) fn milliseconds(&self) -> Result<Duration, String> {
        Ok(Duration::from_millis(self.whole(1, 600_000)?.into()))
    }

    pub(super) fn model(&self) -> Result<Option<String>, String> {
        let name = self.text()?;
        if name.contains(char::is_whitespace) {
            return Err(format!("must be the name of a model, not {}", quoted(name)));
        }
        Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
    }

    /// A list of texts; where the environment or the command line holds it, with commas between them.
    pub(super) fn texts(&self) -> Result<Vec<String>, String> {
        let texts: Vec<String> = match self {
            Self::List(items) => items
                .iter()
                .map(|item| item.text().map(str::to_owned))
                .collect::<Result<_, _>>()
                .map_err(|problem| format!("must be a list of texts; each {problem}"))?,
            Self::Plain(text) if text.trim().is_empty() => Vec::new(),
            Self::Plain(_) => self
                .text()?
                .split(',')
                .map(|text| text.trim().to_owned())
                .collect(),
            other => {
                return Err(format!(
                    "must be a list such as `[\"a\", \"b\"]`, not {}",
                    other.kind()
                ));
            }
        };
        if texts.iter().any(String::is_empty) {
            return Err("must not hold an empty text".to_owned());
        }
        Ok(texts)
    }

    /// A list of names of models.
    pub(super) fn models(&self) -> Result<Vec<String>, String> {
        let names = self.texts()?;
        match names.iter().find(|name| name.contains(char::is_whitespace)) {
            Some(name) => Err(format!("must hold names of models, not {}", quoted(name))),
            None => Ok(names),
        }
    }

    /// Empty where the address is to be found elsewhere.
    pub(super) fn base_url(&self) -> Result<String, String> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(String::new());
        }
        let host =
            ollama_host::parse(text).and_then(|host| host.warning.map_or(Ok(host.base_url), Err));
        host.map_err(|reason| {
            format!("must be the address of a server such as `http://127.0.0.1:11434`: {reason}")
        })
    }

    pub(super) fn approval(&self) -> Result<ApprovalPolicy, String> {
        use ApprovalPolicy::{Always, First, Never};
        self.one_of(&[Always, First, Never].map(|policy| (policy.word(), policy)))
    }

    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let word = self.text()?;
        let found = words.iter().find(|(known, _)| *known == word);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let (last, others) = known
                .split_last()
                .map_or(("", &[][..]), |(l, o)| (l.as_str(), o));
            format!(
                "must be {} or {last}, not {}",
                others.join(", "),
                quoted(word)
            )
        })
    }

    /// A bound, where 0 stands for none.
    pub(super) fn bound(&self) -> Result<Option<u64>, String> {
        let most = self.whole(0, 1_000_000_000)?;
        Ok((most > 0).then_some(u64::from(most)))
    }

    pub(super) fn keep_alive(&self) -> Result<String, String> {
        let text = self.text()?;
        let amount = text.strip_prefix('-').unwrap_or(text);
        let is_number = |part: &str| part.parse::<u32>().is_ok();
        let is_duration = amount.ends_with(['h', 'm', 's'])
            && amount.split_terminator(['h', 'm', 's']).all(is_number);
        if is_number(amount) || is_duration {
            return Ok(text.to_owned());
        }
        Err(format!(
            "must be a time such as `30s`, `10m` or `1h30m`, or `-1` for ever, not {}",
            quoted(text)
        ))
    }

    pub(super) fn kind(&self) -> String {
        match self {
            Self::Text(text) | Self::Plain(text) => quoted(text),
            Self::Whole(number) => number.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

/// A text as TOML writes it; none of ours has a control character.
pub(super) fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A list of texts as TOML writes it.
pub(super) fn toml_texts(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| toml_text(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// What was found, safe and short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", crate::domain::sanitize::visible(&start))
}
