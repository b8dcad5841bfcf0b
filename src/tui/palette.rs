//! Themes. Everything is drawn in the terminal's own colours, as `theme.rs` gives them; a theme puts others in their place
//! in the finished frame.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::config::UiConfig;
use crate::config::theme::{Palette, Rgb};

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Sixteen: no theme can be shown.
    Sixteen,
    /// The 256 that are numbered.
    Numbered,
    /// All of them.
    Full,
}

impl Depth {
    /// What the environment says of the terminal.
    pub fn of(var: impl Fn(&str) -> Option<String>) -> Self {
        let term = var("TERM").unwrap_or_default();
        match var("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::Full,
            _ if term.ends_with("-direct") || term.starts_with("xterm-kitty") => Self::Full,
            _ if term.contains("256color") => Self::Numbered,
            _ => Self::Sixteen,
        }
    }
}

/// The colours of a theme as a terminal takes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Colors {
    background: Option<Color>,
    text: Option<Color>,
    faint: Option<Color>,
    good: Option<Color>,
    bad: Option<Color>,
    busy: Option<Color>,
    caution: Option<Color>,
    selected: Option<(Color, Color)>,
}

impl Colors {
    /// The palette for a terminal of this depth.
    pub fn new(palette: &Palette, depth: Depth) -> Self {
        let color = |rgb: Option<Rgb>| match (depth, rgb) {
            (Depth::Sixteen, _) | (_, None) => None,
            (Depth::Numbered, Some(rgb)) => Some(Color::Indexed(nearest(rgb))),
            (Depth::Full, Some([red, green, blue])) => Some(Color::Rgb(red, green, blue)),
        };
        Self {
            background: color(palette.background),
            text: color(palette.text),
            faint: color(palette.faint),
            good: color(palette.good),
            bad: color(palette.bad),
            busy: color(palette.busy),
            caution: color(palette.caution),
            selected: color(palette.selected_text).zip(color(palette.selected_background)),
        }
    }

    /// Those of the settings; `light` is whether the terminal's background is, where that is asked for and known.
    pub fn of(ui: &UiConfig, depth: Depth, light: Option<bool>) -> Self {
        if ui.color {
            Self::new(&ui.palette(light), depth)
        } else {
            Self::default()
        }
    }

    /// Puts them in place of the terminal's own.
    pub(super) fn paint(&self, buffer: &mut Buffer) {
        if *self == Self::default() {
            return;
        }
        for cell in &mut buffer.content {
            self.paint_cell(cell);
        }
    }

    fn paint_cell(&self, cell: &mut Cell) {
        let own = match cell.fg {
            Color::Green => self.good,
            Color::Red => self.bad,
            Color::Cyan => self.busy,
            Color::Yellow => self.caution,
            _ if cell.modifier.contains(Modifier::DIM) => self.faint,
            _ => self.text,
        };
        if self.faint.is_some() {
            // What is faint has a colour of its own, which is tested to be readable.
            cell.modifier -= Modifier::DIM;
        }
        if cell.modifier.contains(Modifier::REVERSED) {
            let pair = match cell.fg {
                Color::Yellow => self.background.zip(self.caution),
                _ => self.selected,
            };
            if let Some((text, background)) = pair {
                cell.modifier -= Modifier::REVERSED;
                (cell.fg, cell.bg) = (text, background);
                return;
            }
        }
        cell.fg = own.unwrap_or(cell.fg);
        cell.bg = self.background.unwrap_or(cell.bg);
    }
}

/// The numbered colour that is nearest: of the cube from 16 and the greys from 232, which no terminal is set to show otherwise.
fn nearest(wanted: Rgb) -> u8 {
    let far = |number: &u8| {
        let parts = numbered(*number).into_iter().zip(wanted);
        parts
            .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum::<u32>()
    };
    (16..=255).min_by_key(far).unwrap_or(16)
}

/// What a terminal shows for a number from 16.
fn numbered(number: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if number >= 232 {
        return [8 + 10 * (number - 232); 3];
    }
    let cube = number.saturating_sub(16);
    [cube / 36, cube / 6 % 6, cube % 6].map(|level| LEVELS[usize::from(level)])
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::config::theme::{LEAST_CONTRAST, Theme, contrast};

    #[test]
    fn the_environment_tells_how_many_colours_there_are() {
        let depth = |vars: &[(&str, &str)]| {
            Depth::of(|name| {
                let found = vars.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(depth(&[("COLORTERM", "truecolor")]), Depth::Full);
        assert_eq!(depth(&[("TERM", "xterm-direct")]), Depth::Full);
        assert_eq!(depth(&[("TERM", "screen-256color")]), Depth::Numbered);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[]), Depth::Sixteen);
    }

    #[test]
    fn a_theme_takes_the_place_of_the_terminals_colours() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        let style = Style::default();
        for (x, style) in [
            (1, style.fg(Color::Green)),
            (2, style.add_modifier(Modifier::DIM)),
            (3, style.add_modifier(Modifier::REVERSED | Modifier::BOLD)),
            (4, style.fg(Color::Yellow).add_modifier(Modifier::REVERSED)),
        ] {
            buffer.set_string(x, 0, "x", style);
        }
        let plain = buffer.clone();
        Colors::new(&Theme::Dark.palette(), Depth::Sixteen).paint(&mut buffer);
        assert_eq!(buffer, plain, "sixteen colours are the terminal's own");
        let colors = Colors::new(&Theme::Dark.palette(), Depth::Full);
        colors.paint(&mut buffer);
        let cell = |x: u16| buffer[(x, 0)].clone();
        assert_eq!(Some(cell(0).fg), colors.text);
        assert!((0..3).all(|x| Some(cell(x).bg) == colors.background));
        assert_eq!(Some(cell(1).fg), colors.good);
        assert_eq!(
            (Some(cell(2).fg), cell(2).modifier),
            (colors.faint, Modifier::empty())
        );
        assert_eq!(Some((cell(3).fg, cell(3).bg)), colors.selected);
        assert_eq!(cell(3).modifier, Modifier::BOLD);
        assert_eq!(Some(cell(4).bg), colors.caution);
    }

    #[test]
    fn numbered_colours_are_as_readable() {
        let rgb = |color: Rgb| numbered(nearest(color));
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            let palette = theme.palette();
            let back = rgb(palette.background.unwrap());
            for front in [
                palette.text,
                palette.faint,
                palette.good,
                palette.bad,
                palette.busy,
                palette.caution,
            ] {
                let measured = contrast(rgb(front.unwrap()), back);
                assert!(
                    measured >= LEAST_CONTRAST,
                    "{theme:?} {front:?}: {measured}"
                );
            }
            let selected = contrast(
                rgb(palette.selected_text.unwrap()),
                rgb(palette.selected_background.unwrap()),
            );
            assert!(selected >= LEAST_CONTRAST, "{theme:?}: {selected}");
        }
    }
}
