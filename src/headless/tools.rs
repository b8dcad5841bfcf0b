//! `tools`: what steps can use, and one of them tried by hand.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::out::{self, Stdout};
use super::signals::{Signals, interruptible};
use super::{Exit, Failure};
use crate::domain::sanitize::{block, line};
use crate::session::{Session, ToolEntry};

/// Prints the tools there are; starts the MCP servers of the settings to ask them for theirs.
///
/// # Errors
/// Where it is interrupted, or they could not be written.
pub async fn list(session: &Session, json: bool, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let (entries, missing) = interruptible(async { Ok(session.tools().await) }).await?;
    if json {
        let all: Vec<Value> = entries.iter().map(entry).collect();
        stdout.json(&Value::from(all))?;
    } else {
        let wide = entries
            .iter()
            .map(|entry| entry.spec.name.len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for entry in &entries {
            let use_of = if entry.enabled {
                entry.permission.word()
            } else {
                "off"
            };
            text.push_str(&format!(
                "{:wide$}  {:9}  {use_of:5}  {:8}  {}\n",
                line(&entry.spec.name),
                entry.effect(),
                line(&entry.source),
                line(&entry.spec.description)
            ));
        }
        stdout.text(&text)?;
    }
    for text in &missing {
        out::warn(text);
    }
    Ok(Exit::Done)
}

fn entry(entry: &ToolEntry) -> Value {
    json!({
        "name": entry.spec.name,
        "description": entry.spec.description,
        "source": entry.source,
        "effect": entry.spec.effect,
        "permission": entry.permission,
        "enabled": entry.enabled,
        "parameters": entry.spec.parameters,
    })
}

/// Uses a tool and prints its output.
///
/// # Errors
/// Where there is no such tool, its arguments make no sense, or its output could not be written.
pub async fn call(
    session: &Session,
    name: &str,
    arguments: &str,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let arguments: Value = serde_json::from_str(arguments).map_err(|error| {
        Failure::usage(
            format!("the arguments are no JSON: {error}"),
            "give them as an object in single quotes, such as '{\"path\":\"notes.txt\"}'",
        )
    })?;
    let mut signals = Signals::listen()?;
    let cancel = CancellationToken::new();
    let work = session.call_tool(name, &arguments, cancel.clone());
    tokio::pin!(work);
    let ended = tokio::select! {
        ended = &mut work => ended?,
        () = signals.next() => {
            cancel.cancel();
            tokio::select! {
                ended = &mut work => drop(ended?),
                () = signals.next() => {}
            }
            return Ok(Exit::Interrupted);
        }
    };
    match ended {
        Ok(output) => {
            stdout.text(&block(&output))?;
            Ok(Exit::Done)
        }
        Err(why) => Err(Failure::new(Exit::Failed, why)),
    }
}
