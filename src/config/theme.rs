//! The colours of the interface: the built-in themes, and what a person changes of them.

use super::UiConfig;
use super::given::{Given, quoted};

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// The least contrast between text and background that is easily read (WCAG 2, level AA).
pub const LEAST_CONTRAST: f64 = 4.5;

/// Which colours the interface is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own sixteen.
    Terminal,
    /// `Dark` or `Light`, as the terminal's background is; `Terminal` where it does not say.
    Auto,
    /// Light text on a dark background.
    Dark,
    /// Dark text on a light background.
    Light,
    /// White on black, and colours that are told apart easily.
    Contrast,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Terminal,
        Self::Auto,
        Self::Dark,
        Self::Light,
        Self::Contrast,
    ];

    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
        }
    }

    /// Its colours; none of its own for [`Theme::Terminal`] and [`Theme::Auto`].
    pub fn palette(self) -> Palette {
        let palette = |colors: [u32; 9]| {
            let color = |at: usize| {
                let [_, red, green, blue] = colors[at].to_be_bytes();
                Some([red, green, blue])
            };
            Palette {
                background: color(0),
                text: color(1),
                faint: color(2),
                good: color(3),
                bad: color(4),
                busy: color(5),
                caution: color(6),
                selected_text: color(7),
                selected_background: color(8),
            }
        };
        match self {
            Self::Terminal | Self::Auto => Palette::default(),
            Self::Dark => palette([
                0x0016_181d,
                0x00d7_dae0,
                0x0096_9da9,
                0x0087_d787,
                0x00ff_8787,
                0x0087_d7ff,
                0x00ff_d787,
                0x0016_181d,
                0x0087_afff,
            ]),
            Self::Light => palette([
                0x00fa_fafa,
                0x0020_242c,
                0x005f_6570,
                0x0000_5f00,
                0x00af_0000,
                0x0000_5f87,
                0x0070_4c00,
                0x00ff_ffff,
                0x0000_5faf,
            ]),
            Self::Contrast => palette([
                0x0000_0000,
                0x00ff_ffff,
                0x00d0_d0d0,
                0x0000_ff00,
                0x00ff_8787,
                0x0000_ffff,
                0x00ff_ff00,
                0x0000_0000,
                0x00ff_ff00,
            ]),
        }
    }
}

/// The colours of what is on screen; where there is none, the terminal's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub background: Option<Rgb>,
    /// What has no meaning of its own.
    pub text: Option<Rgb>,
    /// What may be passed over.
    pub faint: Option<Rgb>,
    /// Done, added.
    pub good: Option<Rgb>,
    /// Failed, removed.
    pub bad: Option<Rgb>,
    /// At work; keys; code.
    pub busy: Option<Rgb>,
    /// Needs a look.
    pub caution: Option<Rgb>,
    /// The selected row.
    pub selected_text: Option<Rgb>,
    /// Behind the selected row.
    pub selected_background: Option<Rgb>,
}

impl Palette {
    /// These colours, and those of `other` where there are none.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self {
            background: self.background.or(other.background),
            text: self.text.or(other.text),
            faint: self.faint.or(other.faint),
            good: self.good.or(other.good),
            bad: self.bad.or(other.bad),
            busy: self.busy.or(other.busy),
            caution: self.caution.or(other.caution),
            selected_text: self.selected_text.or(other.selected_text),
            selected_background: self.selected_background.or(other.selected_background),
        }
    }

    /// What is hard to read: the name of the colour, and its contrast with what is behind it, below [`LEAST_CONTRAST`].
    pub fn hard_to_read(&self) -> Vec<(&'static str, f64)> {
        let pairs = [
            ("text", self.text, self.background),
            ("faint", self.faint, self.background),
            ("good", self.good, self.background),
            ("bad", self.bad, self.background),
            ("busy", self.busy, self.background),
            ("caution", self.caution, self.background),
            (
                "selected_text",
                self.selected_text,
                self.selected_background,
            ),
        ];
        let measured = pairs
            .into_iter()
            .filter_map(|(name, front, back)| Some((name, contrast(front?, back?))));
        measured
            .filter(|(_, contrast)| *contrast < LEAST_CONTRAST)
            .collect()
    }
}

impl UiConfig {
    /// The colours in force; `light` is whether the terminal's background is light, where it is known.
    pub fn palette(&self, light: Option<bool>) -> Palette {
        let theme = match (self.theme, light) {
            (Theme::Auto, Some(true)) => Theme::Light,
            (Theme::Auto, Some(false)) => Theme::Dark,
            (theme, _) => theme,
        };
        self.colors.over(theme.palette())
    }

    /// A sentence for each colour that is hard to read.
    pub(super) fn warnings(&self) -> Vec<String> {
        let palette = self.palette(None);
        let hard = palette.hard_to_read().into_iter();
        hard.map(|(name, contrast)| {
            format!(
                "`colors.{name}` is hard to read on what is behind it: the contrast is {contrast:.1}, and {LEAST_CONTRAST} is the least that is easily read"
            )
        })
        .collect()
    }
}

/// The contrast of two colours, from 1 to 21, as WCAG 2 defines it.
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance([red, green, blue]: Rgb) -> f64 {
    let linear = |channel: u8| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

impl Given {
    /// A colour such as `#1a2b3c`; none where it is empty.
    pub(super) fn color(&self) -> Result<Option<Rgb>, String> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || format!("must be a colour such as `#87d787`, not {}", quoted(text));
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Some([red, green, blue]))
    }
}

/// A colour as the settings have it.
pub(super) fn shown(color: Option<Rgb>) -> String {
    match color {
        Some([red, green, blue]) => format!("\"#{red:02x}{green:02x}{blue:02x}\""),
        None => "\"\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Theme, contrast};

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((contrast([255; 3], [0x76; 3]) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_built_in_theme_is_easily_read() {
        for theme in [Theme::Dark, Theme::Light, Theme::Contrast] {
            assert_eq!(theme.palette().hard_to_read(), [], "{theme:?}");
        }
        let mut palette = Theme::Dark.palette();
        palette.faint = Some([0x40; 3]);
        assert_eq!(palette.hard_to_read()[0].0, "faint");
    }
}
