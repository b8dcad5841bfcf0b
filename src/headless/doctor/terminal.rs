//! What `doctor` says about the terminal, the locale and tmux.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::Check;
use crate::config::locale;

/// tmux options that the terminal interface profits from: name, the values that serve it, what it is for.
const TMUX: [(&str, &[&str], &str); 4] = [
    (
        "allow-passthrough",
        &["on", "all"],
        "notifications and the clipboard reach the outer terminal",
    ),
    (
        "set-clipboard",
        &["on", "external"],
        "copied text reaches the clipboard",
    ),
    (
        "extended-keys",
        &["on", "always"],
        "keys with modifiers can be told apart",
    ),
    (
        "focus-events",
        &["on"],
        "nothing is drawn while nobody looks",
    ),
];

/// The terminal, the locale, and tmux where this runs inside one.
pub(super) async fn checks() -> Vec<Check> {
    let mut checks = vec![terminal(), locale()];
    if env::var_os("TMUX").is_some() {
        for (name, good, what_for) in TMUX {
            checks.push(tmux(name, good, what_for).await);
        }
    }
    checks
}

fn terminal() -> Check {
    let ends = [
        ("input", io::stdin().is_terminal()),
        ("output", io::stdout().is_terminal()),
    ];
    let term = env::var("TERM").unwrap_or_default();
    let size = crossterm::terminal::size().ok();
    let mut facts: Vec<String> = ends
        .iter()
        .map(|(name, is)| format!("{name} {}", if *is { "tty" } else { "no tty" }))
        .collect();
    if let Some((columns, rows)) = size {
        facts.push(format!("{columns}x{rows}"));
    }
    facts.push(format!(
        "TERM {}",
        if term.is_empty() { "not set" } else { &term }
    ));
    facts.push(colours(&term));
    let detail = facts.join(", ");
    if term == "dumb" || term.is_empty() {
        return Check::warning(
            "terminal",
            detail,
            "set TERM to what your terminal is, for instance `xterm-256color`",
        );
    }
    match size {
        Some((columns, rows)) if columns < 40 || rows < 15 => Check::warning(
            "terminal",
            detail,
            "make the window at least 40 columns wide and 15 rows high",
        ),
        _ if ends.iter().any(|(_, is)| !is) => Check::ok("terminal", detail)
            .with_hint("the terminal interface needs input and output on a terminal; `planwright run` does not"),
        _ => Check::ok("terminal", detail),
    }
}

fn colours(term: &str) -> String {
    if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return "no colours (NO_COLOR)".to_owned();
    }
    let depth = env::var("COLORTERM").unwrap_or_default();
    if depth == "truecolor" || depth == "24bit" {
        "16 million colours".to_owned()
    } else if term.contains("256color") {
        "256 colours".to_owned()
    } else {
        "16 colours".to_owned()
    }
}

/// The locale that decides about characters.
fn locale_name() -> String {
    let deciding = locale::deciding(|name| env::var(name).ok());
    deciding.map(|(_, name)| name).unwrap_or_default()
}

/// Whether no locale says that more than ASCII can be shown, whatever the settings are, which may be unreadable.
pub(super) fn is_ascii_only() -> bool {
    !locale::is_utf8(&locale_name())
}

fn locale() -> Check {
    let name = locale_name();
    let shown = if name.is_empty() { "not set" } else { &name };
    if locale::is_utf8(&name) {
        Check::ok("locale", shown)
    } else {
        Check::warning(
            "locale",
            format!("{shown}, which is not UTF-8"),
            "set LANG, for instance to `C.UTF-8`; `ascii = true` under `[ui]` draws with ASCII characters alone",
        )
    }
}

async fn tmux(name: &'static str, good: &[&str], what_for: &str) -> Check {
    let mut command = Command::new("tmux");
    command
        .args(["show-options", "-Agv", name])
        .kill_on_drop(true);
    let value = match timeout(Duration::from_secs(2), command.output()).await {
        Ok(Ok(output)) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "not known".to_owned(),
    };
    let title = format!("tmux {name}");
    if good.contains(&value.as_str()) {
        Check::ok(title, value)
    } else {
        Check::warning(
            title,
            value,
            format!(
                "`set -g {name} {}` in tmux.conf, so that {what_for}",
                good[0]
            ),
        )
    }
}
