//! What can be done with past runs beside reading them: comparing, forking, running again, looking into calls.

use super::chosen::{chosen, on_screen, selected};
use crate::domain::compare::Comparison;
use crate::domain::event::ModelCall;
use crate::domain::ids::RunId;
use crate::store::CallTranscript;
use crate::tui::action::Action;
use crate::tui::app::{App, Opening};
use crate::tui::effect::{Effect, Endpoint};
use crate::tui::keymap::Context;
use crate::tui::screens::compared::Compared;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::screens::inspected;

/// Carries out an action on the selected run, or the one on screen.
pub(super) fn act(app: &mut App, context: Context, action: Action) -> Vec<Effect> {
    let Some(run) = chosen(app, context) else {
        return Vec::new();
    };
    match action {
        Action::MarkRun => mark(app, run),
        Action::CompareRuns => match app.marked.clone() {
            Some(other) if other != run => vec![Effect::Compare(other, run)],
            _ => Vec::new(),
        },
        Action::ForkRun => {
            let purpose = Purpose::ForkBefore(run, steps_of(app, context));
            let prompt = Prompt::new(purpose, "");
            super::dialogs::ask(app, prompt);
            Vec::new()
        }
        Action::RerunRun => {
            app.opening = Some((run.clone(), Opening::Rerun));
            vec![Effect::Open(run)]
        }
        Action::InspectCall => match app.watch().and_then(|watch| watch.shown_call()) {
            Some(call) => vec![Effect::ReadCall(run, Box::new(call.clone()))],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Looks into the model call after the one that is looked into, or before it.
pub(super) fn other_call(app: &App, forward: bool) -> Vec<Effect> {
    let beside = call_beside(app, forward);
    let run = app.watch().map(|watch| watch.run.clone());
    let read = run
        .zip(beside)
        .map(|(run, call)| Effect::ReadCall(run, Box::new(call)));
    read.into_iter().collect()
}

/// The model call beside the one that is looked into.
pub(super) fn call_beside(app: &App, forward: bool) -> Option<ModelCall> {
    let Some(Overlay::Reading(reading)) = app.overlays.last() else {
        return None;
    };
    let watch = app.watch()?;
    watch
        .call_beside(reading.call.as_deref()?, forward)
        .cloned()
}

/// How many steps the plan of the run has that is meant.
pub(super) fn steps_of(app: &App, context: Context) -> u64 {
    let listed = selected(app, context).map(|summary| summary.steps);
    let on_screen = || on_screen(app, context).map(|watch| watch.state.plan.len() as u64);
    listed.or_else(on_screen).unwrap_or_default()
}

/// Whether there is another run that is marked.
pub(super) fn other_marked(app: &App, context: Context) -> bool {
    let run = chosen(app, context);
    app.marked
        .as_ref()
        .is_some_and(|marked| Some(marked) != run.as_ref())
}

/// Marks a run; a second one is compared with the first; the same one again is marked no more.
fn mark(app: &mut App, run: RunId) -> Vec<Effect> {
    match app.marked.take() {
        Some(marked) if marked == run => {
            app.say("no run is marked any more");
            Vec::new()
        }
        Some(marked) => vec![Effect::Compare(marked, run)],
        None => {
            app.say(format!(
                "run {} is marked; the same key on another run compares the two",
                run.short()
            ));
            app.marked = Some(run);
            Vec::new()
        }
    }
}

/// Shows two runs side by side.
pub(super) fn compared(app: &mut App, comparison: Comparison) {
    let compared = Compared { comparison, top: 0 };
    app.overlays.push(Overlay::Compared(Box::new(compared)));
}

/// Shows a call as it went over the wire.
pub(super) fn call_read(
    app: &mut App,
    call: &ModelCall,
    transcript: Option<&CallTranscript>,
    endpoint: &Endpoint,
) {
    let reading = inspected::reading(call, transcript, endpoint, app.theme.color);
    // One call in the place of the other, however many are looked into.
    if matches!(app.overlays.last(), Some(Overlay::Reading(before)) if before.call.is_some()) {
        app.overlays.pop();
    }
    app.overlays.push(Overlay::Reading(reading));
}
