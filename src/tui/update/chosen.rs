//! Which run an action is about.

use crate::domain::ids::RunId;
use crate::store::RunSummary;
use crate::tui::app::App;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::watch::Watch;

/// The run that is selected in this context.
pub(super) fn selected(app: &App, context: Context) -> Option<&RunSummary> {
    let beneath = app
        .overlays
        .iter()
        .rfind(|overlay| !matches!(overlay, Overlay::Palette(_)));
    match (context, beneath) {
        (Context::History | Context::HistorySearch, Some(Overlay::History(history))) => {
            history.chosen()
        }
        (Context::HomePane | Context::HomeTrouble | Context::HomeDemo, _) => {
            app.runs.get(app.home.selected)
        }
        _ => None,
    }
}

/// The run that an action is about: the one that is selected in a list, else, outside of the history, the one on screen.
pub(super) fn chosen(app: &App, context: Context) -> Option<RunId> {
    let listed = selected(app, context).map(|summary| summary.run.clone());
    listed.or_else(|| on_screen(app, context).map(|watch| watch.run.clone()))
}

/// The run on screen, for actions that are about it; in the history they are about the run that is selected there.
pub(super) fn on_screen(app: &App, context: Context) -> Option<&Watch> {
    let listed = matches!(context, Context::History | Context::HistorySearch);
    app.watch().filter(|_| !listed)
}
