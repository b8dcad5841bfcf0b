//! What can be done with runs of the past.

use super::chosen::{chosen, selected};
use crate::domain::ids::RunId;
use crate::store::{RunPage, RunQuery};
use crate::tui::action::Action;
use crate::tui::app::{App, Screen};
use crate::tui::effect::{Effect, Preview};
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::history::History;

/// Rows of the screen from which on there is room for what a run came to.
pub(in crate::tui) const PREVIEW_FROM: u16 = 28;

/// Shows all runs.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    let history = History::new(&app.runs, app.runs_total);
    app.overlays.push(Overlay::History(Box::new(history)));
    vec![Effect::ListRuns]
}

/// Reads the selected run; the one at work is shown as it is.
pub(super) fn open_selected(app: &mut App, context: Context) -> Vec<Effect> {
    let Some(run) = selected(app, context).map(|summary| summary.run.clone()) else {
        return Vec::new();
    };
    if app.live.as_ref().is_some_and(|watch| watch.run == run) {
        super::show(app, Screen::Live);
        return Vec::new();
    }
    vec![Effect::Open(run)]
}

/// Goes on with the selected run, or with the one on screen.
pub(super) fn resume(app: &mut App, context: Context) -> Vec<Effect> {
    let run = chosen(app, context);
    run.map(Effect::Resume).into_iter().collect()
}

/// Puts the cursor in the search line.
pub(super) fn search(app: &mut App) -> Vec<Effect> {
    if let Some(Overlay::History(history)) = app.overlays.last_mut() {
        history.typing = true;
    }
    Vec::new()
}

/// Lists other runs, or the same in another order.
pub(super) fn sift(app: &mut App, action: Action) -> Vec<Effect> {
    if let Some(Overlay::History(history)) = app.overlays.last_mut() {
        match action {
            Action::FilterStatus => history.sieve.next_ending(),
            Action::FilterSince => history.sieve.next_since(),
            _ => history.sieve.next_order(history.searches()),
        }
        history.selected = 0;
    }
    Vec::new()
}

/// Has the part of the list read that is looked at, where it is not at hand.
pub(super) fn read(app: &mut App) -> Vec<Effect> {
    let now = app.now;
    let wanted = histories(app).filter_map(|history| history.wanted(now));
    wanted.map(Effect::ReadPage).collect()
}

/// A part of a list has come.
pub(super) fn paged(app: &mut App, query: &RunQuery, page: Result<RunPage, String>) {
    match page {
        Ok(page) => {
            if let Some(history) = histories(app).last() {
                history.take(query, page);
            }
        }
        Err(why) => {
            if let Some(history) = histories(app).last() {
                history.failed(query);
            }
            app.complain(why);
        }
    }
}

/// Remembers the history, which a run is opened from.
pub(super) fn leave_open(app: &mut App) {
    let place = app
        .overlays
        .iter()
        .position(|overlay| matches!(overlay, Overlay::History(_)));
    let found = place.map(|place| app.overlays.remove(place));
    if let Some(Overlay::History(history)) = found {
        app.opened_from = Some(history);
    } else if app.screen != Screen::Opened {
        app.opened_from = None;
    }
}

/// Shows the history again that a run was opened from, as it was; false where it was opened from elsewhere.
pub(super) fn back(app: &mut App) -> bool {
    let Some(mut history) = app.opened_from.take() else {
        return false;
    };
    history.reopened();
    app.overlays.push(Overlay::History(history));
    true
}

/// Runs have changed.
pub(super) fn changed(app: &mut App) {
    histories(app).for_each(History::changed);
}

/// The history, if it is open; there is one at most.
fn histories(app: &mut App) -> impl Iterator<Item = &mut History> {
    app.overlays.iter_mut().filter_map(|overlay| match overlay {
        Overlay::History(history) => Some(&mut **history),
        _ => None,
    })
}

/// Whether the history is open.
pub(super) fn is_open(app: &mut App) -> bool {
    histories(app).next().is_some()
}

/// A run has come to the trash, or none could: what is wanted back by now is taken out again. The history that it was
/// deleted from may have been left for a run meanwhile.
pub(super) fn deleted(app: &mut App, run: Option<&RunId>) -> Vec<Effect> {
    let open = app.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::History(history) => Some(history),
        _ => None,
    });
    let history = open.or(app.opened_from.as_mut());
    let back = history.map(|history| history.deleted(run));
    back.unwrap_or_default()
        .into_iter()
        .map(Effect::Restore)
        .collect()
}

/// Has the selected run read for its preview, one at a time, where there is room to show it.
pub(super) fn preview(app: &mut App) -> Vec<Effect> {
    let room = app.size.1 >= PREVIEW_FROM;
    let wanted = histories(app).filter(|_| room).filter_map(|history| {
        let (run, _) = history.row(history.selected)?;
        let run = run.run.clone();
        let known = history.preview.as_ref().is_some_and(|known| known.0 == run);
        if known || history.previewing.is_some() {
            return None;
        }
        history.previewing = Some(run.clone());
        Some(Effect::Preview(run))
    });
    wanted.collect()
}

/// What a run came to is known.
pub(super) fn previewed(app: &mut App, run: &RunId, preview: &Preview) {
    for history in histories(app) {
        history.previewing.take_if(|of| of == run);
        history.preview = Some(Box::new((run.clone(), preview.clone())));
    }
}

/// Puts the selected run in the trash.
pub(super) fn delete(app: &mut App) -> Vec<Effect> {
    let Some(run) = selected(app, Context::History).map(|summary| summary.run.clone()) else {
        return Vec::new();
    };
    if app
        .live
        .as_ref()
        .is_some_and(|watch| watch.is_at_work() && watch.run == run)
    {
        app.complain("this run is at work; stop it first");
        return Vec::new();
    }
    // Out of sight at once: the next key means the next run.
    histories(app).for_each(|history| history.delete(&run));
    vec![Effect::Delete(run)]
}

/// Offers the id of the selected run to the clipboard.
pub(super) fn copy_id(app: &mut App) -> Vec<Effect> {
    let Some(run) = selected(app, Context::History).map(|summary| summary.run.clone()) else {
        return Vec::new();
    };
    app.say(format!(
        "the id of run {} was offered to the terminal's clipboard",
        run.short()
    ));
    vec![Effect::Copy(run.to_string())]
}

/// Takes the run last deleted out of the trash.
pub(super) fn undo_delete(app: &mut App) -> Vec<Effect> {
    let back = histories(app).filter_map(History::undo_delete);
    back.map(Effect::Restore).collect()
}
