//! How the interface looks and what it takes of the terminal.

use super::announce::{Announce, Notify, Talents};
use super::palette::{Colors, Depth};
use crate::config::theme::Theme;
use crate::config::{self, UiConfig};

/// How the interface looks and what it takes of the terminal; all of it can change while it is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Use colours.
    pub color: bool,
    /// No spinner.
    pub reduced_motion: bool,
    /// The colours of the theme.
    pub colors: Colors,
    /// Instead of them, where the terminal says that its background is light, or dark.
    pub light_or_dark: Option<(Colors, Colors)>,
    /// Take clicks and the wheel of the mouse.
    pub mouse: bool,
    /// What is said beside the screen.
    pub announce: Announce,
}

impl Look {
    /// As the settings want it and the terminal can, which the environment tells.
    pub fn of(ui: &UiConfig) -> Self {
        let var = |name: &str| std::env::var(name).ok();
        let (depth, talents) = (Depth::of(var), Talents::of(var));
        let colors = |light| Colors::of(ui, depth, light);
        Self {
            ascii: ui.ascii,
            color: ui.color,
            reduced_motion: ui.reduced_motion,
            colors: colors(None),
            light_or_dark: (ui.theme == Theme::Auto && ui.color)
                .then(|| (colors(Some(true)), colors(Some(false)))),
            mouse: ui.mouse,
            announce: Announce {
                title: ui.title,
                progress: ui.progress && talents.progress,
                links: ui.links && talents.links,
                notify: match ui.notify {
                    config::Notify::Auto => talents.notify,
                    config::Notify::Off => Notify::Off,
                    config::Notify::Bell => Notify::Bell,
                    config::Notify::Osc9 => Notify::Osc9,
                    config::Notify::Osc777 => Notify::Osc777,
                },
            },
        }
    }

    /// The colours, where the terminal has said whether its background is light, or has not.
    pub(super) fn colors_on(&self, light: Option<bool>) -> Colors {
        match (self.light_or_dark, light) {
            (Some((colors, _)), Some(true)) | (Some((_, colors)), Some(false)) => colors,
            _ => self.colors,
        }
    }
}
