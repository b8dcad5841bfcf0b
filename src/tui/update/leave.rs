//! Leaving a review: what was edited there becomes a version of the plan in the log before anything else happens.

use jiff::SignedDuration;

use crate::session::RunCommand;
use crate::tui::app::{App, Departure};
use crate::tui::effect::Effect;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::review::Review;
use crate::tui::screens::watch::Watch;

/// How long stopping and leaving wait for the edits to be recorded: far longer than it takes.
const PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// Whether a person looks at the plan that waits.
pub(super) fn is_reviewing(app: &App) -> bool {
    let elsewhere = app
        .overlays
        .iter()
        .any(|overlay| matches!(overlay, Overlay::History(_)));
    app.shows_review() && !elsewhere
}

/// The review of the run at work, on screen or not.
fn review(app: &mut App) -> Option<&mut Review> {
    let watch = app.live.as_mut().filter(|watch| watch.is_at_work())?;
    watch.review.as_mut()
}

/// Whether edits would be lost with this process: they make no plan that could be recorded.
pub(super) fn loses_edits(app: &App) -> bool {
    let watch = app.live.as_ref().filter(|watch| watch.is_at_work());
    watch
        .and_then(|watch| watch.review.as_ref())
        .is_some_and(|review| review.is_untold() && review.fault().is_some())
}

/// Whether the plan still waits: nothing was decided about it here.
fn is_undecided(app: &App) -> bool {
    app.live.as_ref().is_some_and(Watch::wants_review)
}

/// Has the edits of the review recorded. Those that make no plan stay in memory, and the person is told.
pub(in crate::tui) fn keep_edits(app: &mut App) -> Vec<Effect> {
    let Some(review) = review(app).filter(|review| review.is_untold()) else {
        return Vec::new();
    };
    if let Some(why) = review.fault() {
        let text = format!("the edited plan cannot run and is kept only until you quit: {why}");
        if is_undecided(app) {
            app.complain(text);
        }
        return Vec::new();
    }
    let steps = review.tell();
    vec![Effect::Send(RunCommand::Edit { steps })]
}

/// Stops the run or leaves: at once, or as soon as the edits of the review are recorded. Asked a second time, it waits
/// no longer.
pub(super) fn depart(app: &mut App, effect: Effect) -> Vec<Effect> {
    let mut effects = keep_edits(app);
    if app.departure.is_none() && is_untaken(app) {
        let since = app.now;
        app.departure = Some(Departure { effect, since });
    } else {
        app.departure = None;
        effects.push(effect);
    }
    effects
}

/// What was put off, if there is nothing more to wait for.
pub(super) fn departure_due(app: &mut App) -> Option<Effect> {
    let since = app.departure.as_ref()?.since;
    let waits = is_untaken(app) && app.now.duration_since(since) < PATIENCE;
    let due = app.departure.take_if(|_| !waits)?;
    Some(due.effect)
}

/// Whether edits are on their way to the log.
pub(in crate::tui) fn is_untaken(app: &mut App) -> bool {
    review(app).is_some_and(|review| review.is_untaken())
}
