//! What the config file says: TOML in, values with their places out.

use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::bindings::{self, Bindings};
use super::commands::{self, Commands};
use super::error::{ConfigError, Origin};
use super::given::Given;
use super::keys::{self, Key, nearest};
use super::mcp::{self, Servers};
use super::providers::Providers;
use super::search::{self, Search};
use super::tools::{self, Rules};
use crate::domain::sanitize;

/// No config file is longer.
const MAX_BYTES: u64 = 1024 * 1024;

/// One setting as somebody gave it.
pub(super) struct Assignment {
    pub(super) key: &'static Key,
    pub(super) given: Given,
    pub(super) origin: Origin,
}

/// What a file sets.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) assignments: Vec<Assignment>,
    pub(super) providers: Providers,
    pub(super) rules: Rules,
    pub(super) commands: Commands,
    pub(super) search: Search,
    pub(super) servers: Servers,
    pub(super) bindings: Bindings,
}

/// What the file at `path` sets; nothing where there is no file.
pub(super) fn read(path: &Path) -> Result<Parsed, ConfigError> {
    let io = |reason: String| ConfigError::Io {
        path: path.to_owned(),
        reason,
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Parsed::default()),
        Err(error) => return Err(io(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| io(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io("this file is too long for a config file".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        ConfigError::Syntax {
            origin: place(path, &String::from_utf8_lossy(valid), valid.len()),
            message: "this is not UTF-8 text".to_owned(),
        }
    })?;
    parse(path, &text)
}

/// What `text` sets; `path` is where it says that it stands.
pub(super) fn parse(path: &Path, text: &str) -> Result<Parsed, ConfigError> {
    let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        origin: place(path, text, error.span().unwrap_or_default().start),
        message: sanitize::line(error.message()).into_owned(),
    })?;
    let mut reader = Reader {
        path,
        text,
        found: Vec::new(),
        found_providers: Providers::default(),
        found_rules: Rules::default(),
        found_commands: Commands::default(),
        found_search: Search::default(),
        found_servers: Servers::default(),
        found_bindings: Bindings::default(),
    };
    reader.table("", document.get_ref())?;
    Ok(Parsed {
        assignments: reader.found,
        providers: reader.found_providers,
        rules: reader.found_rules,
        commands: reader.found_commands,
        search: reader.found_search,
        servers: reader.found_servers,
        bindings: reader.found_bindings,
    })
}

pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    text: &'a str,
    found: Vec<Assignment>,
    pub(super) found_providers: Providers,
    pub(super) found_rules: Rules,
    pub(super) found_commands: Commands,
    pub(super) found_search: Search,
    pub(super) found_servers: Servers,
    pub(super) found_bindings: Bindings,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in self.entries(table) {
            let full = format!("{prefix}{}", name.get_ref());
            if let Some(key) = keys::key(&full) {
                let origin = self.origin(&value.span());
                let given = given(value);
                self.found.push(Assignment { key, given, origin });
            } else if full == keys::PROVIDERS {
                self.providers(value)?;
            } else if full == tools::RULE {
                self.rules(value)?;
            } else if full == commands::COMMAND {
                self.commands(value)?;
            } else if full == search::SEARCH {
                self.search(value)?;
            } else if full == mcp::MCP {
                self.servers(value)?;
            } else if full == bindings::KEYS {
                self.bindings(value)?;
            } else if let Some(key) = keys::table(&full) {
                let DeValue::Table(inner) = value.get_ref() else {
                    return Err(ConfigError::BadValue {
                        origin: self.origin(&value.span()),
                        key,
                        problem: format!("must be a table: `[{key}]` on a line of its own"),
                    });
                };
                self.table(&format!("{full}."), inner)?;
            } else {
                return Err(self.unknown(&full, &name.span()));
            }
        }
        Ok(())
    }

    /// What stands in a table, in the order of the file, so that the first mistake is the one that is named.
    #[expect(clippy::unused_self, reason = "it reads better from the reader")]
    pub(super) fn entries<'t>(
        &self,
        table: &'t DeTable<'t>,
    ) -> Vec<(&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>)> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        entries
    }

    fn unknown(&self, full: &str, span: &Range<usize>) -> ConfigError {
        let shown: String = full.chars().take(80).collect();
        ConfigError::UnknownKey {
            origin: self.origin(span),
            key: sanitize::visible(&shown).into_owned(),
            nearest: nearest(full),
        }
    }

    /// The folder of the file: relative paths in it begin there.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        place(self.path, self.text, span.start)
    }
}

pub(super) fn given(value: &Spanned<DeValue<'_>>) -> Given {
    match value.get_ref() {
        DeValue::String(text) => Given::Text(text.clone().into_owned()),
        DeValue::Boolean(on) => Given::Switch(*on),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("a number as large as this"), Given::Whole),
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Array(items) => Given::List(items.iter().map(given).collect()),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

fn place(path: &Path, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Origin::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
