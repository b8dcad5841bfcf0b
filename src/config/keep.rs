//! Writing into the config file: a rule behind all that stands there, a setting where it belongs.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use toml_edit::{DocumentMut, TableLike, Value};

use super::given::Given;
use super::load::{Loaded, Sources};
use super::{Config, ConfigError, Paths, file, keys};
use crate::domain::policy::Rule;

/// Adds this rule to the config file, making it where there is none. Everything in it stays as it is.
///
/// # Errors
/// Why it was not written, in one sentence; the file is as it was then.
pub fn keep_rule(paths: &Paths, rule: &Rule) -> Result<(), String> {
    let path = &paths.config_file;
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let known = file::parse(path, &before).map_err(|error| error.to_string())?;
    if known.rules.rules.contains(rule) {
        return Ok(());
    }
    let gap = if before.is_empty() || before.ends_with("\n\n") {
        ""
    } else if before.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let after = format!("{before}{gap}{}", table(rule));
    // What is written is read back first: no text of a model may become anything but a text.
    let read = file::parse(path, &after).map_err(|error| error.to_string())?;
    if read.rules.rules.last() != Some(rule) || read.assignments.len() != known.assignments.len() {
        return Err("the rule cannot be put into words".to_owned());
    }
    write(path, &after).map_err(|error| format!("{}: {error}", path.display()))
}

/// Sets a setting in the config file, making it where there is none. Without a value its default holds: it stands in the place
/// of the value where a comment says what the setting is for, else the setting is taken out.
/// Comments, order and everything else stay as they are. `typed` is a value as TOML has it, or a text without quotes. Comes
/// back with what is in force then.
///
/// # Errors
/// Why it was not written, in one sentence; the file is as it was then. Nothing is written that would not load.
pub fn keep_setting(sources: &Sources, name: &str, typed: Option<&str>) -> Result<Loaded, String> {
    let paths = Paths::from_env(&sources.env).map_err(|error| error.to_string())?;
    let path = &paths.config_file;
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    if keys::key(name).is_none() {
        return Err(format!("there is no setting `{name}`"));
    }
    let mut document: DocumentMut = before.parse().map_err(|error: toml_edit::TomlError| {
        format!("{}: {}", path.display(), error.message())
    })?;
    let (outer, key) = name
        .split_once('.')
        .map_or((None, name), |(outer, key)| (Some(outer), key));
    let table: Option<&mut dyn TableLike> = match outer {
        None => Some(document.as_table_mut()),
        Some(outer) if typed.is_none() && !document.contains_key(outer) => None,
        Some(outer) => {
            let item = document.entry(outer).or_insert(toml_edit::table());
            let table = item.as_table_like_mut();
            let no_table = || format!("`{outer}` is no table in {}", path.display());
            Some(table.ok_or_else(no_table)?)
        }
    };
    if let Some(table) = table {
        put(table, key, typed, name);
    }
    let after = document.to_string();
    let loaded = Config::of_text(sources, &after).map_err(|error| match error {
        // Where it would have stood helps nobody.
        ConfigError::BadValue { key, problem, .. } => format!("`{key}` {problem}"),
        other => other.to_string(),
    })?;
    if after != before {
        write(path, &after).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(loaded)
}

fn put(table: &mut dyn TableLike, key: &str, typed: Option<&str>, name: &str) {
    let default = default_of(name).filter(|_| has_comment(table, key));
    let Some(typed) = typed.map(str::trim).or(default.as_deref()) else {
        remove(table, key);
        return;
    };
    let value: Value = typed.parse().unwrap_or_else(|_| Value::from(typed));
    match table.get_mut(key).and_then(toml_edit::Item::as_value_mut) {
        Some(known) => {
            // What stands behind the value stays there.
            let decor = known.decor().clone();
            *known = value;
            *known.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(value));
        }
    }
}

/// Takes a key out; the comment above it stays, above the next one.
fn remove(table: &mut dyn TableLike, key: &str) {
    let prefix = |table: &dyn TableLike, key: &str| {
        let (key, _) = table.get_key_value(key)?;
        Some(key.leaf_decor().prefix()?.as_str()?.to_owned())
    };
    let next = table
        .iter()
        .map(|(name, _)| name.to_owned())
        .skip_while(|name| name != key)
        .nth(1);
    let comment = prefix(table, key).filter(|text| text.contains('#'));
    table.remove(key);
    if let (Some(comment), Some(next)) = (comment, next) {
        let own = prefix(table, &next).unwrap_or_default();
        if let Some(mut next) = table.key_mut(&next) {
            next.leaf_decor_mut().set_prefix(format!("{comment}{own}"));
        }
    }
}

/// Whether a comment stands above this key, or behind its value.
fn has_comment(table: &dyn TableLike, key: &str) -> bool {
    let Some((key, item)) = table.get_key_value(key) else {
        return false;
    };
    let above = key.leaf_decor().prefix().and_then(|text| text.as_str());
    let behind = item
        .as_value()
        .and_then(|value| value.decor().suffix()?.as_str());
    [above, behind]
        .into_iter()
        .flatten()
        .any(|text| text.contains('#'))
}

/// The default of a setting, as the example has it; none where it depends on what the environment says.
fn default_of(name: &str) -> Option<String> {
    if matches!(name, keys::ASCII | keys::REDUCED_MOTION) {
        return None;
    }
    let (outer, key) = name
        .split_once('.')
        .map_or((None, name), |(outer, key)| (Some(outer), key));
    let example: DocumentMut = super::example().parse().ok()?;
    let table = match outer {
        None => Some(example.as_table() as &dyn TableLike),
        Some(outer) => example.get(outer)?.as_table_like(),
    };
    let value = table?.get(key)?.as_value()?.clone();
    Some(value.to_string().trim().to_owned())
}

impl Config {
    /// Takes the value of one setting over from other settings; everything else stays as it is.
    ///
    /// # Errors
    /// Where there is no such setting.
    pub fn adopt(&mut self, from: &Self, name: &str) -> Result<(), String> {
        let key = keys::key(name).ok_or_else(|| format!("there is no setting `{name}`"))?;
        let value: Value = (key.show)(from)
            .parse()
            .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
        (key.set)(self, &Given::of(&value))
    }
}

/// What the example says of a setting: the comment above it.
pub fn about(name: &str) -> String {
    let (table, key) = name.split_once('.').unwrap_or(("", name));
    let (mut inside, mut comment, mut used) = (String::new(), Vec::new(), false);
    for line in super::example().lines() {
        if let Some(words) = line.strip_prefix("# ") {
            // Settings below each other share the comment above them.
            if std::mem::take(&mut used) {
                comment.clear();
            }
            comment.push(words);
        } else if let Some(header) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            header.clone_into(&mut inside);
            comment.clear();
        } else if line.is_empty() {
            comment.clear();
        } else if inside == table && line.split(" = ").next() == Some(key) {
            return comment.join(" ");
        } else {
            used = true;
        }
    }
    String::new()
}

fn table(rule: &Rule) -> String {
    let mut text = format!(
        "[[tools.rule]]\npermission = \"{}\"\n",
        rule.permission.word()
    );
    let parts = [
        ("tool", &rule.tool),
        ("path", &rule.path),
        ("command", &rule.command),
        ("host", &rule.host),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            text.push_str(&format!("{name} = {}\n", Value::from(value.as_str())));
        }
    }
    text
}

/// The old file stays until the new one is whole; a link to it stays a link.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(known) = fs::metadata(&path) {
        file.as_file().set_permissions(known.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
