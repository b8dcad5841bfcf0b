//! The one table of settings: file, environment, command line, `config show` and the tests all read it.

use std::time::Duration;

use super::{Config, ollama_host};
use crate::domain::event::ApprovalPolicy;

/// One setting.
pub(super) struct Key {
    /// Its name in the file, after its table and a dot where it is in one.
    pub(super) name: &'static str,
    /// Puts a value into the settings, or says what it must be: the rest of a sentence that begins with the name.
    pub(super) set: fn(&mut Config, &Given) -> Result<(), String>,
    /// Its value in the settings, as TOML.
    pub(super) show: fn(&Config) -> String,
}

impl Key {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("PLANWRIGHT_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// The option of the command line that sets it, where there is one.
    pub(super) fn option(&self) -> String {
        format!("--{}", self.name.replace(['.', '_'], "-"))
    }
}

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
    /// A text that may stand for a value of any kind, as the environment holds it.
    Plain(String),
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "model",
        set: |c, v| {
            c.model = v.model()?.ok_or("must not be empty")?;
            Ok(())
        },
        show: |c| toml_text(&c.model),
    },
    Key {
        name: "planner_model",
        set: |c, v| v.model().map(|value| c.planner_model = value),
        show: |c| toml_text(c.planner_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "executor_model",
        set: |c, v| v.model().map(|value| c.executor_model = value),
        show: |c| toml_text(c.executor_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "replanner_model",
        set: |c, v| v.model().map(|value| c.replanner_model = value),
        show: |c| toml_text(c.replanner_model.as_deref().unwrap_or("")),
    },
    Key {
        name: BASE_URL,
        set: |c, v| v.base_url().map(|value| c.base_url = value),
        show: |c| toml_text(&c.base_url),
    },
    Key {
        name: "max_iterations",
        set: |c, v| v.whole(1, 50).map(|value| c.limits.max_iterations = value),
        show: |c| c.limits.max_iterations.to_string(),
    },
    Key {
        name: "max_steps",
        set: |c, v| v.whole(1, 500).map(|value| c.limits.max_steps = value),
        show: |c| c.limits.max_steps.to_string(),
    },
    Key {
        name: "timeout",
        set: |c, v| {
            let seconds = u64::from(v.whole(0, 604_800)?);
            c.limits.timeout_s = (seconds > 0).then_some(seconds);
            Ok(())
        },
        show: |c| c.limits.timeout_s.unwrap_or(0).to_string(),
    },
    Key {
        name: "approval",
        set: |c, v| v.approval().map(|value| c.approval = value),
        show: |c| toml_text(c.approval.word()),
    },
    Key {
        name: "ollama.num_ctx",
        set: |c, v| {
            v.whole(512, 16_777_216)
                .map(|value| c.ollama.num_ctx = value)
        },
        show: |c| c.ollama.num_ctx.to_string(),
    },
    Key {
        name: "ollama.keep_alive",
        set: |c, v| v.keep_alive().map(|value| c.ollama.keep_alive = value),
        show: |c| toml_text(&c.ollama.keep_alive),
    },
    Key {
        name: "ollama.think",
        set: |c, v| v.switch().map(|value| c.ollama.think = value),
        show: |c| c.ollama.think.to_string(),
    },
    Key {
        name: "ollama.connect_timeout",
        set: |c, v| v.seconds().map(|value| c.ollama.connect_timeout = value),
        show: |c| c.ollama.connect_timeout.as_secs().to_string(),
    },
    Key {
        name: "ollama.first_token_timeout",
        set: |c, v| {
            v.seconds()
                .map(|value| c.ollama.first_token_timeout = value)
        },
        show: |c| c.ollama.first_token_timeout.as_secs().to_string(),
    },
    Key {
        name: "ollama.idle_timeout",
        set: |c, v| v.seconds().map(|value| c.ollama.idle_timeout = value),
        show: |c| c.ollama.idle_timeout.as_secs().to_string(),
    },
    Key {
        name: "retry.attempts",
        set: |c, v| v.whole(0, 20).map(|value| c.retry.attempts = value),
        show: |c| c.retry.attempts.to_string(),
    },
    Key {
        name: FIRST_DELAY,
        set: |c, v| v.milliseconds().map(|value| c.retry.first_delay = value),
        show: |c| c.retry.first_delay.as_millis().to_string(),
    },
    Key {
        name: MAX_DELAY,
        set: |c, v| v.milliseconds().map(|value| c.retry.max_delay = value),
        show: |c| c.retry.max_delay.as_millis().to_string(),
    },
    Key {
        name: "ui.ascii",
        set: |c, v| v.switch().map(|value| c.ui.ascii = value),
        show: |c| c.ui.ascii.to_string(),
    },
    Key {
        name: REDUCED_MOTION,
        set: |c, v| v.switch().map(|value| c.ui.reduced_motion = value),
        show: |c| c.ui.reduced_motion.to_string(),
    },
    Key {
        name: COLOR,
        set: |c, v| v.switch().map(|value| c.ui.color = value),
        show: |c| c.ui.color.to_string(),
    },
    Key {
        name: "demo.instant",
        set: |c, v| v.switch().map(|value| c.demo_instant = value),
        show: |c| c.demo_instant.to_string(),
    },
];

pub(super) const BASE_URL: &str = "base_url";
pub(super) const FIRST_DELAY: &str = "retry.first_delay_ms";
pub(super) const MAX_DELAY: &str = "retry.max_delay_ms";
pub(super) const REDUCED_MOTION: &str = "ui.reduced_motion";
pub(super) const COLOR: &str = "ui.color";

/// The setting of this name.
pub(super) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The table of this name.
pub(super) fn table(name: &str) -> Option<&'static str> {
    tables().find(|table| *table == name)
}

/// The setting or table whose name is nearest to `name`, with or without its table.
pub(super) fn nearest(name: &str) -> &'static str {
    let last = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
    KEYS.iter()
        .map(|key| key.name)
        .chain(tables())
        .min_by_key(|known| {
            let whole = distance(name, known);
            (whole.min(distance(&last(name), &last(known))), whole)
        })
        .unwrap_or("model")
}

fn tables() -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter_map(|key| Some(key.name.split_once('.')?.0))
}

/// How many letters must be put in, left out, replaced or swapped with their neighbour to turn one into the other.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(80).collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

impl Given {
    fn text(&self) -> Result<&str, String> {
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

    fn whole(&self, least: u32, most: u32) -> Result<u32, String> {
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

    fn switch(&self) -> Result<bool, String> {
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

    fn seconds(&self) -> Result<Duration, String> {
        Ok(Duration::from_secs(self.whole(1, 86_400)?.into()))
    }

    fn milliseconds(&self) -> Result<Duration, String> {
        Ok(Duration::from_millis(self.whole(1, 600_000)?.into()))
    }

    fn model(&self) -> Result<Option<String>, String> {
        let name = self.text()?;
        if name.contains(char::is_whitespace) {
            return Err(format!("must be the name of a model, not {}", quoted(name)));
        }
        Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
    }

    /// Empty where the address is to be found elsewhere.
    fn base_url(&self) -> Result<String, String> {
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

    fn approval(&self) -> Result<ApprovalPolicy, String> {
        use ApprovalPolicy::{Always, First, Never};
        let word = self.text()?;
        [Always, First, Never]
            .into_iter()
            .find(|policy| policy.word() == word)
            .ok_or_else(|| format!("must be `always`, `first` or `never`, not {}", quoted(word)))
    }

    fn keep_alive(&self) -> Result<String, String> {
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

    fn kind(&self) -> String {
        match self {
            Self::Text(text) | Self::Plain(text) => quoted(text),
            Self::Whole(number) => number.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

/// A text as TOML writes it; none of ours has a control character.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What was found, safe and short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", crate::domain::sanitize::visible(&start))
}
