//! The keys of the interface: those of the settings, and `planwright keys`.

use planwright::config::Config;
use planwright::headless::out::Stdout;
use planwright::headless::{Exit, Failure};
use planwright::tui;
use planwright::tui::keymap::{KeyChange, Keymap};
use serde_json::{Value, json};

use super::{no_terminal, wait};

/// The keys in force.
pub(super) fn keymap(config: &Config) -> Result<Keymap, Failure> {
    let changes = config.keys.iter().map(|change| KeyChange {
        context: &change.context,
        action: &change.action,
        keys: &change.keys,
    });
    Keymap::with(changes).map_err(|mistake| {
        let change = &config.keys[mistake.index];
        change.mistake(&mistake.problem).into()
    })
}

/// Prints the keys in force, or what the terminal sends.
pub(super) fn keys(
    config: &Config,
    json: bool,
    debug: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let keymap = keymap(config)?;
    if debug {
        return wait(async move {
            let signal = tui::probe_keys(&keymap)
                .await
                .map_err(|error| no_terminal(&error))?;
            Ok(signal.map_or(Exit::Done, |_| Exit::Interrupted))
        });
    }
    if !json {
        let text = keymap.text();
        return stdout.own(|to| to.write_all(text.as_bytes()));
    }
    let sections: Vec<Value> = keymap
        .sections()
        .into_iter()
        .map(|section| {
            let actions = section.rows.into_iter();
            let actions = actions
                .map(|(action, keys, help)| json!({"action": action, "keys": keys, "help": help}));
            json!({
                "name": section.name,
                "title": section.title,
                "actions": actions.collect::<Vec<_>>(),
            })
        })
        .collect();
    let line = Value::from(sections).to_string();
    stdout.own(|to| writeln!(to, "{line}"))
}
