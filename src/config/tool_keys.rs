//! The settings of `[tools]` that are single values: a part of the one table.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::given::{Given, quoted, toml_text, toml_texts};
use super::keys::Key;

pub(super) const TOOL_KEYS: &[Key] = &[
    Key {
        name: "tools.enabled",
        set: |c, v| v.texts().map(|names| c.tools.enabled = names),
        show: |c| toml_texts(&c.tools.enabled),
    },
    Key {
        name: "tools.workspace",
        set: |c, v| {
            let folder = v.text()?;
            c.tools.workspace = (!folder.is_empty()).then(|| folder.into());
            Ok(())
        },
        show: |c| {
            let folder = c.tools.workspace.as_deref().map(Path::to_string_lossy);
            toml_text(&folder.unwrap_or_default())
        },
    },
    Key {
        name: "tools.max_rounds",
        set: |c, v| v.whole(1, 100).map(|value| c.tools.max_rounds = value),
        show: |c| c.tools.max_rounds.to_string(),
    },
    Key {
        name: "tools.network",
        set: |c, v| v.switch().map(|value| c.tools.network = value),
        show: |c| c.tools.network.to_string(),
    },
    Key {
        name: "tools.readable",
        set: |c, v| folders(v).map(|value| c.tools.readable = value),
        show: |c| shown(&c.tools.readable),
    },
    Key {
        name: "tools.writable",
        set: |c, v| folders(v).map(|value| c.tools.writable = value),
        show: |c| shown(&c.tools.writable),
    },
    Key {
        name: "tools.command_timeout",
        set: |c, v| {
            let seconds = v.whole(1, 86_400)?;
            c.tools.command_timeout = Duration::from_secs(seconds.into());
            Ok(())
        },
        show: |c| c.tools.command_timeout.as_secs().to_string(),
    },
    Key {
        name: "tools.private_hosts",
        set: |c, v| hosts(v).map(|value| c.tools.private_hosts = value),
        show: |c| toml_texts(&c.tools.private_hosts),
    },
];

/// Absolute paths, or such below the home folder.
fn folders(given: &Given) -> Result<Vec<PathBuf>, String> {
    let texts = given.texts()?;
    match texts
        .iter()
        .find(|text| !text.starts_with('/') && !text.starts_with("~/"))
    {
        Some(bad) => Err(format!(
            "must hold absolute paths, or such that begin with `~/`, not {}",
            quoted(bad)
        )),
        None => Ok(texts.into_iter().map(PathBuf::from).collect()),
    }
}

fn shown(folders: &[PathBuf]) -> String {
    let texts: Vec<String> = folders
        .iter()
        .map(|folder| folder.to_string_lossy().into_owned())
        .collect();
    toml_texts(&texts)
}

/// Names or addresses, each with or without a port.
fn hosts(given: &Given) -> Result<Vec<String>, String> {
    let texts = given.texts()?;
    let is_host = |text: &String| {
        let odd = |c: char| c.is_whitespace() || "/@?#*".contains(c);
        !text.contains(odd) && url::Url::parse(&format!("http://{text}/")).is_ok()
    };
    match texts.iter().find(|text| !is_host(text)) {
        Some(bad) => Err(format!(
            "must hold hosts such as `wiki.lan` or `192.168.1.5:8080`, an address of IPv6 in brackets, not {}",
            quoted(bad)
        )),
        None => Ok(texts),
    }
}
