//! What a terminal sends: each key press with its name in the settings and what it means where. For `planwright keys
//! --debug`.

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;

use super::keymap::Keymap;
use super::signals::{Signals, Told};
use super::terminal::{Modes, write};
use super::{TuiError, chord};
use crate::domain::sanitize;

/// Prints every key press until Escape or Ctrl-C is pressed twice in a row, or a signal comes: its number.
///
/// # Errors
/// Where there is no terminal, or it fails.
pub async fn probe_keys(keymap: &Keymap) -> Result<Option<u8>, TuiError> {
    TuiError::check_terminal()?;
    let mut signals = Signals::new()?;
    let modes = Modes::new(false).on_the_main_screen();
    modes.take()?;
    let ended = probe(keymap, &mut signals).await;
    modes.leave()?;
    ended
}

async fn probe(keymap: &Keymap, signals: &mut Signals) -> Result<Option<u8>, TuiError> {
    write(
        b"Press keys to see what the terminal sends; esc twice, or ctrl-c twice, ends this.\r\n",
    )?;
    let mut events = EventStream::new();
    let mut last = None;
    loop {
        let event = tokio::select! {
            told = signals.next() => match told {
                Told::End(number) => return Ok(Some(number)),
                Told::Stop | Told::GoOn => continue,
            },
            event = events.next() => event,
        };
        let Some(event) = event.transpose()? else {
            return Ok(None);
        };
        let line = line(keymap, &event);
        write(format!("{}\r\n", sanitize::line(&line)).as_bytes())?;
        let Event::Key(key) = event else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let name = chord::written(key);
        let ends = matches!(name.as_deref(), Some("esc" | "ctrl-c"));
        if ends && name == last {
            return Ok(None);
        }
        last = name;
    }
}

/// One event in one line.
fn line(keymap: &Keymap, event: &Event) -> String {
    match event {
        Event::Key(key) => key_line(keymap, *key),
        Event::Paste(text) => format!("paste: {} bytes", text.len()),
        Event::Resize(columns, rows) => format!("size: {columns} columns, {rows} rows"),
        Event::FocusGained => "focus: the window has it".to_owned(),
        Event::FocusLost => "focus: the window lost it".to_owned(),
        Event::Mouse(mouse) => format!("mouse: {:?}", mouse.kind),
    }
}

fn key_line(keymap: &Keymap, key: KeyEvent) -> String {
    let name = chord::written(key).unwrap_or_else(|| "(no name)".to_owned());
    let mut sent = format!("{:?}", key.code);
    for (modifier, word) in [
        (KeyModifiers::CONTROL, "control"),
        (KeyModifiers::ALT, "alt"),
        (KeyModifiers::SHIFT, "shift"),
        (KeyModifiers::SUPER, "super"),
        (KeyModifiers::HYPER, "hyper"),
        (KeyModifiers::META, "meta"),
    ] {
        if key.modifiers.contains(modifier) {
            sent.push_str(&format!(" {word}"));
        }
    }
    match key.kind {
        KeyEventKind::Press => {}
        KeyEventKind::Repeat => sent.push_str(" again"),
        KeyEventKind::Release => sent.push_str(" released"),
    }
    let meanings = keymap.meanings(key);
    let meaning = if meanings.is_empty() {
        "nothing".to_owned()
    } else {
        meanings.join(", ")
    };
    format!("{name}: sent {sent}; means {meaning}")
}
