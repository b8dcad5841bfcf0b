//! Why the settings cannot be used, worded for a person.

use std::fmt;
use std::path::PathBuf;

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The config file.
    File {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
    },
    /// This environment variable.
    Environment(String),
    /// This option of the command line.
    CommandLine(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => {
                write!(f, "{} line {line}, column {column}", path.display())
            }
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::CommandLine(option) => write!(f, "`{option}` on the command line"),
        }
    }
}

/// Why the settings cannot be used. Each is wrong configuration: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file is there but cannot be read, or cannot be written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{origin}: {message}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser said.
        message: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting `{key}`")]
    UnknownKey {
        /// Where.
        origin: Origin,
        /// What stands there, made safe to show.
        key: String,
        /// The setting whose name is nearest.
        nearest: &'static str,
    },
    /// The setting cannot have this value.
    #[error("{origin}: `{key}` {problem}")]
    BadValue {
        /// Where.
        origin: Origin,
        /// Which setting.
        key: &'static str,
        /// What it must be: the rest of a sentence that begins with its name.
        problem: String,
    },
    /// A provider, or a model's name with one, cannot be as it is.
    #[error("{origin}: `{key}` {problem}")]
    Provider {
        /// Where.
        origin: Origin,
        /// Which setting, with its tables.
        key: String,
        /// What is wrong: the rest of a sentence that begins with its name.
        problem: String,
        /// What to do, where there is more to say than that the example shows it.
        hint: Option<String>,
    },
    /// `config init` found a file.
    #[error("{} is there already", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The system does not say where a person's files are.
    #[error("this system does not say where your files are")]
    NoHome,
}

impl ConfigError {
    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest, .. } => Some(match nearest.split_once('.') {
                Some((table, key)) => {
                    format!("the nearest known key is `{nearest}`: `{key}` in `[{table}]`")
                }
                None => format!("the nearest known key is `{nearest}`"),
            }),
            Self::BadValue {
                origin: Origin::Environment(name),
                ..
            } if name == "OLLAMA_HOST" => {
                Some("set it to where the server is, such as `127.0.0.1:11434`".to_owned())
            }
            Self::Provider {
                hint: Some(hint), ..
            } => Some(hint.clone()),
            Self::BadValue { .. } | Self::Syntax { .. } | Self::Provider { hint: None, .. } => {
                Some("`config.example.toml` shows every key with its default".to_owned())
            }
            Self::Exists { .. } => Some("edit it, or move it away first".to_owned()),
            Self::NoHome => Some("set PLANWRIGHT_HOME to a folder".to_owned()),
            Self::Io { .. } => None,
        }
    }
}
