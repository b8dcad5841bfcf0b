//! Writing a rule into the config file, behind all that stands there.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use toml::Value;

use super::{Paths, file};
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
            text.push_str(&format!("{name} = {}\n", Value::String(value.clone())));
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
