//! Settings that are changed inside the interface.

use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::look::Look;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::view::settings_rows;

/// The name and the value of the selected setting.
fn selected(app: &App) -> Option<(String, String)> {
    let Some(Overlay::Settings(menu)) = app.overlays.last() else {
        return None;
    };
    let rows = settings_rows(&app.settings, menu);
    rows.get(menu.selected)
        .map(|(name, value, _)| (name.clone(), value.clone()))
}

/// Asks for another value of the selected setting; a switch is thrown at once.
pub(super) fn change(app: &mut App) -> Vec<Effect> {
    let Some((name, value)) = selected(app) else {
        return Vec::new();
    };
    let other = match value.as_str() {
        "true" => "false",
        "false" => "true",
        _ => {
            let prompt = Prompt::new(Purpose::Setting(name), &value);
            super::dialogs::ask(app, prompt);
            return Vec::new();
        }
    };
    vec![Effect::KeepSetting(name, Some(other.to_owned()))]
}

/// Takes the selected setting out of the config file.
pub(super) fn reset(app: &App) -> Vec<Effect> {
    let selected = selected(app);
    let reset = selected.map(|(name, _)| Effect::KeepSetting(name, None));
    reset.into_iter().collect()
}

/// A setting was written: what can holds at once.
pub(super) fn kept(
    app: &mut App,
    name: &str,
    rows: Vec<(String, String, String)>,
    look: Look,
    reset: bool,
) -> Vec<Effect> {
    app.settings = rows;
    let row = app.settings.iter().find(|(row, ..)| row == name);
    let (value, origin) = row.map_or(("", ""), |(_, value, origin)| (value, origin));
    let elsewhere = origin.contains("environment") || origin.contains("command line");
    let when = if elsewhere {
        format!("but {origin} says {value} and wins")
    } else if name == "ui.screen_reader" {
        "it holds from the next start on".to_owned()
    } else if name.starts_with("ui.") || name.starts_with("colors.") || name == "log_level" {
        "it holds at once".to_owned()
    } else {
        "it holds for the runs that are started from now on".to_owned()
    };
    let what = if reset {
        "has its default again"
    } else {
        "is written to the config file"
    };
    app.say(format!("`{name}` {what}; {when}"));
    if look == app.look {
        return Vec::new();
    }
    let asks = look.light_or_dark != app.look.light_or_dark;
    app.wear(look, app.light);
    vec![Effect::Wear(look, asks)]
}

/// A value was not written: it stays to be mended.
pub(super) fn refused(app: &mut App, name: String, typed: &str, why: String) {
    if matches!(app.overlays.last(), Some(Overlay::Settings(_))) {
        let prompt = Prompt::new(Purpose::Setting(name), typed);
        super::dialogs::ask(app, prompt);
    }
    app.complain(why);
}
