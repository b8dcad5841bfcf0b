//! The name of a file of the workspace, by its beginning after an `@`.

use super::dialogs;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::{Menu, Overlay};

/// Whether the beginning of a name stands before the cursor.
pub(super) fn is_begun(app: &mut App) -> bool {
    dialogs::field(app).is_some_and(|field| field.begun().is_some())
}

/// Asks for the files there are.
pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    let begun = dialogs::field(app).and_then(|field| field.begun());
    if begun.is_none() {
        app.say("type `@` and the beginning of a file's name first");
    }
    begun.map(Effect::ListFiles).into_iter().collect()
}

/// The files are known: the only one that is meant is put in at once, of several one is chosen.
pub(super) fn listed(app: &mut App, begun: &str, files: Vec<String>) {
    // It was typed on since.
    if dialogs::field(app)
        .and_then(|field| field.begun())
        .as_deref()
        != Some(begun)
    {
        return;
    }
    let mut menu = Menu::new(Context::Files);
    menu.filter.insert(begun);
    match menu.admitted(&files).count() {
        0 => app.complain(format!(
            "no file of the workspace has `{begun}` in its name"
        )),
        1 => {
            app.overlays.push(Overlay::Files(menu, files));
            take(app);
        }
        _ => app.overlays.push(Overlay::Files(menu, files)),
    }
}

/// Puts the selected name in the place of its beginning.
pub(super) fn take(app: &mut App) {
    let Some(Overlay::Files(menu, files)) = super::close_overlay(app) else {
        return;
    };
    let chosen = menu.admitted(&files).nth(menu.selected).cloned();
    let (Some(chosen), Some(field)) = (chosen, dialogs::field(app)) else {
        return;
    };
    if !field.complete(&chosen) {
        app.complain("the name does not fit in the text any more");
    }
    dialogs::typed(app);
}
