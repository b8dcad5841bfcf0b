//! What is said beside the screen: in the window's title, in the taskbar, and to a person who looks elsewhere.

use std::io::Write as _;

use crate::domain::sanitize;

/// The longest notice, in characters.
const MOST_NOTICE: usize = 120;

/// What is said, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announce {
    /// In the title of the window.
    pub title: bool,
    /// In the taskbar, how far the run is (OSC 9;4).
    pub progress: bool,
    /// Addresses in a text, so that the terminal opens them (OSC 8).
    pub links: bool,
    /// That a run needs a person or has ended, while the window does not have the focus.
    pub notify: Notify,
}

/// How a person is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Not at all.
    Off,
    /// By the terminal's bell.
    Bell,
    /// By a notice of the desktop, as OSC 9.
    Osc9,
    /// By a notice of the desktop, as OSC 777.
    Osc777,
}

impl Default for Announce {
    /// The title alone.
    fn default() -> Self {
        Self {
            title: true,
            progress: false,
            links: false,
            notify: Notify::Off,
        }
    }
}

/// What the environment says of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talents {
    /// Whether it shows progress; others would show it as a notice.
    pub progress: bool,
    /// Whether it opens addresses that are marked as such; others might show the marks.
    pub links: bool,
    /// How it calls a person.
    pub notify: Notify,
}

impl Talents {
    /// Those of the terminal that this environment belongs to.
    pub fn of(var: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        if ["TMUX", "STY", "ZELLIJ"].into_iter().any(has) {
            // What is between passes neither on.
            return Self {
                progress: false,
                links: false,
                notify: Notify::Bell,
            };
        }
        let program = var("TERM_PROGRAM").unwrap_or_default();
        let vte = var("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
        let term = var("TERM").unwrap_or_default();
        let shows_both =
            matches!(program.as_str(), "WezTerm" | "ghostty") || term.starts_with("xterm-ghostty");
        Self {
            progress: shows_both
                || has("WT_SESSION")
                || has("ConEmuPID")
                || vte.is_some_and(|vte| vte >= 7900),
            links: shows_both
                || matches!(program.as_str(), "iTerm.app" | "vscode" | "Hyper")
                || ["xterm-kitty", "foot", "alacritty"]
                    .iter()
                    .any(|known| term.starts_with(known))
                || has("WT_SESSION")
                || has("KONSOLE_VERSION")
                || vte.is_some_and(|vte| vte >= 5000),
            notify: match program.as_str() {
                _ if shows_both || term.starts_with("xterm-kitty") => Notify::Osc9,
                "iTerm.app" => Notify::Osc9,
                _ if term.starts_with("rxvt") || term.starts_with("foot") => Notify::Osc777,
                _ => Notify::Bell,
            },
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// There is none at work.
    #[default]
    None,
    /// So many percent of its steps are done.
    Running(u8),
    /// It waits for a person.
    Waiting(u8),
    /// It failed.
    Failed,
}

impl Progress {
    /// The sequence that shows it.
    pub(super) fn sequence(self) -> String {
        let (state, percent) = match self {
            Self::None => (0, 0),
            Self::Running(percent) => (1, percent),
            Self::Failed => (2, 100),
            Self::Waiting(percent) => (4, percent),
        };
        format!("\x1b]9;4;{state};{percent}\x1b\\")
    }
}

impl Notify {
    /// The bytes that call a person with these words.
    pub(super) fn bytes(self, words: &str) -> Vec<u8> {
        let words: String = sanitize::line(words).chars().take(MOST_NOTICE).collect();
        // A semicolon would end a part of the sequence.
        let words = words.replace(';', ",");
        let mut out = Vec::new();
        // Writing to memory cannot fail.
        let _ = match self {
            Self::Off => Ok(()),
            Self::Bell => write!(out, "\x07"),
            Self::Osc9 => write!(out, "\x1b]9;{words}\x1b\\"),
            Self::Osc777 => write!(out, "\x1b]777;notify;planwright;{words}\x1b\\"),
        };
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_holds_nothing_but_words() {
        let bytes = Notify::Osc9.bytes("a\x1b]0;t\x07b;c\n\u{202e}d");
        assert_eq!(bytes, b"\x1b]9;ab,c d\x1b\\");
        let long = Notify::Osc777.bytes(&"x".repeat(1000));
        assert!(long.len() < 160);
        assert_eq!(Notify::Bell.bytes("words"), b"\x07");
        assert!(Notify::Off.bytes("words").is_empty());
    }

    #[test]
    fn terminals_are_told_what_they_understand() {
        let talents = |vars: &[(&str, &str)]| {
            Talents::of(|name| {
                let found = vars.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(talents(&[("TERM_PROGRAM", "WezTerm")]).progress);
        assert!(!talents(&[("TERM_PROGRAM", "WezTerm"), ("TMUX", "x")]).progress);
        assert!(talents(&[("VTE_VERSION", "7900")]).progress);
        assert!(!talents(&[("VTE_VERSION", "7600")]).progress);
        assert!(talents(&[("VTE_VERSION", "7600")]).links);
        assert!(!talents(&[("TERM", "xterm-256color")]).links);
        assert_eq!(talents(&[("TERM", "xterm-kitty")]).notify, Notify::Osc9);
        assert_eq!(talents(&[("TERM", "xterm-256color")]).notify, Notify::Bell);
    }
}
