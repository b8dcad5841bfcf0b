//! Keys as people write them: `ctrl-c`, `alt-enter`, `K`, `f1`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys that have names.
const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("s-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

/// A key and its modifiers.
pub(super) type Chord = (KeyCode, KeyModifiers);

/// Whether a press of it types a character.
pub(super) fn is_text((code, modifiers): Chord) -> bool {
    matches!(code, KeyCode::Char(_))
        && !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

/// The key and modifiers that a chord stands for; none where it is not written right.
pub(super) fn parse(chord: &str) -> Option<Chord> {
    read(chord).map(|(code, modifiers)| normal(KeyEvent::new(code, modifiers)))
}

fn read(chord: &str) -> Option<Chord> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = chord;
    loop {
        let (modifier, tail) = match rest.split_once('-') {
            Some(("ctrl", tail)) if !tail.is_empty() => (KeyModifiers::CONTROL, tail),
            Some(("alt", tail)) if !tail.is_empty() => (KeyModifiers::ALT, tail),
            Some(("shift", tail)) if !tail.is_empty() => (KeyModifiers::SHIFT, tail),
            _ => break,
        };
        modifiers |= modifier;
        rest = tail;
    }
    let named = NAMED.iter().find(|(name, _)| *name == rest);
    let code = match named {
        Some((_, code)) => *code,
        None => function_key(rest).or_else(|| only_char(rest))?,
    };
    Some((code, modifiers))
}

fn function_key(name: &str) -> Option<KeyCode> {
    let number = name.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

fn only_char(name: &str) -> Option<KeyCode> {
    let mut chars = name.chars();
    let only = chars.next()?;
    chars.next().is_none().then_some(KeyCode::Char(only))
}

/// A key press with what differs from terminal to terminal taken out: shift is part of a capital or sign, and the keys
/// that old protocols cannot tell apart are one.
pub(super) fn normal(key: KeyEvent) -> Chord {
    let mut modifiers =
        key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
    let code = match key.code {
        KeyCode::Char(c) => {
            let shifted = modifiers.contains(KeyModifiers::SHIFT);
            modifiers -= KeyModifiers::SHIFT;
            if modifiers.contains(KeyModifiers::CONTROL) {
                KeyCode::Char(c.to_ascii_lowercase())
            } else if shifted && c.is_lowercase() {
                KeyCode::Char(c.to_uppercase().next().unwrap_or(c))
            } else {
                KeyCode::Char(c)
            }
        }
        KeyCode::Tab if modifiers.contains(KeyModifiers::SHIFT) => {
            modifiers -= KeyModifiers::SHIFT;
            KeyCode::BackTab
        }
        KeyCode::BackTab => {
            modifiers -= KeyModifiers::SHIFT;
            KeyCode::BackTab
        }
        other => other,
    };
    match (code, modifiers) {
        // Ctrl-/ and Ctrl-_ are one byte on most terminals, which crossterm reads as Ctrl-7.
        (KeyCode::Char('7' | '/'), KeyModifiers::CONTROL) => {
            (KeyCode::Char('_'), KeyModifiers::CONTROL)
        }
        normal => normal,
    }
}

/// The key press that a chord stands for; none where it is not written right.
pub(super) fn event(chord: &str) -> Option<KeyEvent> {
    let (code, modifiers) = parse(chord)?;
    Some(KeyEvent::new(code, modifiers))
}

/// A key press as it is written in the settings; none for keys that have no name there.
pub(super) fn written(key: KeyEvent) -> Option<String> {
    let (code, modifiers) = normal(key);
    let mut text = String::new();
    for (modifier, word) in [
        (KeyModifiers::CONTROL, "ctrl-"),
        (KeyModifiers::ALT, "alt-"),
        (KeyModifiers::SHIFT, "shift-"),
    ] {
        if modifiers.contains(modifier) {
            text.push_str(word);
        }
    }
    let named = NAMED.iter().find(|(_, named)| *named == code);
    match (named, code) {
        (Some((name, _)), _) => text.push_str(name),
        (None, KeyCode::F(number)) => text.push_str(&format!("f{number}")),
        (None, KeyCode::Char(c)) => text.push(c),
        _ => return None,
    }
    Some(text)
}

/// A chord as a footer shows it: `^c` for `ctrl-c`.
pub(super) fn shown(chord: &str) -> String {
    match chord.strip_prefix("ctrl-") {
        Some(key) if key.chars().count() == 1 => format!("^{key}"),
        _ => chord.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(chord: &str, key: KeyEvent) -> bool {
        parse(chord).is_some_and(|wanted| wanted == normal(key))
    }

    #[test]
    fn a_capital_is_the_same_key_with_and_without_shift() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert!(matches("K", KeyEvent::new(KeyCode::Char('K'), modifiers)));
        }
        let kitty = KeyEvent::new(KeyCode::Char('k'), KeyModifiers::SHIFT);
        assert!(matches("K", kitty) && !matches("k", kitty));
    }

    #[test]
    fn chords_that_make_no_sense_are_none() {
        assert_eq!(parse("nonsense"), None);
        assert_eq!(parse(""), None);
        assert_eq!(
            parse("ctrl--"),
            Some((KeyCode::Char('-'), KeyModifiers::CONTROL))
        );
    }
}
