//! What the world tells.

use super::available::is_pressing;
use super::{
    close_overlay, complete, dialogs, history as past_runs, home, models, past, replay, request,
    review, settings, show, steer,
};
use crate::domain::event::{DeltaKind, EventRecord, RunEvent};
use crate::domain::ids::RunId;
use crate::domain::state::{PlanExecuteState, RunStatus};
use crate::session::{EngineUpdate, RunOutcome};
use crate::store::RunSummary;
use crate::tui::app::{App, Opening, Screen};
use crate::tui::effect::{EditTarget, Effect, Msg};
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::export;
use crate::tui::screens::home::HomeFocus;
use crate::tui::screens::reading::Reading;
use crate::tui::screens::watch::{Pane, Watch};

/// Takes one piece of news in.
pub(super) fn take(app: &mut App, news: Msg) -> Vec<Effect> {
    match news {
        Msg::Watching(run, records) => watching(app, run, &records),
        Msg::Engine(update) => return engine(app, &update),
        Msg::Ended(outcome) => return ended(app, outcome),
        Msg::Opened(run, records, status) => return opened(app, run, records, status),
        Msg::Runs(runs, total) => listed(app, runs, total),
        Msg::OutputRead(record) => {
            let watches = [app.live.as_mut(), app.opened.as_mut()];
            let mut watches = watches.into_iter().flatten();
            if let Some(watch) = watches.find(|watch| watch.run == record.run) {
                watch.output_read(&record);
            }
        }
        Msg::StoreChanged => return changed(app),
        Msg::Followed(run, records, status) => followed(app, &run, &records, status),
        Msg::Previewed(run, preview) => past_runs::previewed(app, &run, &preview),
        Msg::Paged(query, page) => past_runs::paged(app, &query, page),
        Msg::Tools(tools, missing) => (app.tools, app.tools_missing) = (tools, missing),
        Msg::Forked(run) => return forked(app, run),
        Msg::DraftsTaken(drafts) => return home::drafts(app, drafts),
        Msg::Models(models, failed) => models::listed(app, models, failed),
        Msg::Settings(settings) => app.settings = settings,
        Msg::SettingKept(name, rows, look, reset) => {
            return settings::kept(app, &name, rows, look, reset);
        }
        Msg::SettingRefused(name, typed, why) => settings::refused(app, name, &typed, why),
        Msg::RolesKept(rows) => {
            app.settings = rows;
            app.say("the models in use are written to the config file");
        }
        Msg::Roles(roles) => app.shelf.roles = roles,
        Msg::ModelShown(name, info) => models::shown(app, &name, &info),
        Msg::Pulling(progress) => models::progress(app, &progress),
        Msg::Pulled(name, failed) => return models::pulled(app, &name, failed),
        Msg::ModelDeleted(name) => {
            app.say(format!("{name} is deleted"));
            return vec![Effect::ListModels, Effect::Probe];
        }
        Msg::ModelUnloaded(name) => {
            app.say(format!("{name} is taken out of memory"));
            return vec![Effect::ListModels];
        }
        Msg::Compared(comparison) => past::compared(app, *comparison),
        Msg::CallRead(call, transcript, endpoint) => {
            past::call_read(app, &call, transcript.as_ref(), &endpoint);
        }
        Msg::Files(begun, files) => complete::listed(app, &begun, files),
        Msg::LogRead(text) if text.is_empty() => app.say("nothing is in the log"),
        Msg::LogRead(text) => {
            let reading = Reading::new("Log".to_owned(), text, app.theme.color);
            app.overlays.push(Overlay::Reading(reading.at_end()));
        }
        Msg::Deleted(run) => return deleted(app, &run),
        Msg::NotDeleted(why) => {
            app.complain(why);
            return past_runs::deleted(app, None);
        }
        Msg::Restored(_) => {
            app.say("the run is back");
            return vec![Effect::ListRuns];
        }
        Msg::Probed(status, model) => {
            app.server.asking = false;
            app.server.status = Some(status);
            app.server.model = model;
            let usable = app.server.trouble().is_none();
            if usable && matches!(app.overlays.last(), Some(Overlay::Install(_))) {
                close_overlay(app);
                app.say("the model server answers");
            }
        }
        Msg::Edited(EditTarget::Task, Ok(text)) => dialogs::take_task(app, text),
        Msg::Edited(EditTarget::Line, Ok(text)) => dialogs::take_line(app, &text),
        Msg::Edited(EditTarget::Plan, Ok(text)) => review::take_text(app, text),
        Msg::Edited(_, Err(why)) => app.complain(why),
        Msg::Exported(path) => {
            app.taken = None;
            app.say(format!("written to `{}`", path.display()));
        }
        Msg::Failed(error, hint) => failed(app, &error, hint.as_deref()),
        Msg::Key(_)
        | Msg::Mouse(_)
        | Msg::Paste(_)
        | Msg::Resize(..)
        | Msg::Focus(_)
        | Msg::Background(_)
        | Msg::Tick => {}
    }
    Vec::new()
}

/// The list of runs; what was selected stays so, however many came before it.
fn listed(app: &mut App, runs: Vec<RunSummary>, total: usize) {
    let place = |of: &RunId| runs.iter().position(|run| run.run == *of);
    if app.home.focus == HomeFocus::Runs {
        let selected = app.runs.get(app.home.selected).map(|run| &run.run);
        app.home.selected = selected.and_then(place).unwrap_or(app.home.selected);
    }
    app.home.selected = app.home.selected.min(runs.len().saturating_sub(1));
    (app.runs, app.runs_total) = (runs, total);
    past_runs::changed(app);
}

/// Another process wrote to the store: what is on screen of it is read again.
fn changed(app: &mut App) -> Vec<Effect> {
    let mut effects = Vec::new();
    if app.screen == Screen::Home || past_runs::is_open(app) {
        effects.push(Effect::ListRuns);
    }
    if let Some(watch) = app
        .watch()
        .filter(|watch| !watch.live && app.replay.is_none())
    {
        effects.push(Effect::Follow(watch.run.clone(), watch.state.last_seq));
    }
    effects
}

/// A run that another process works on has gone on.
fn followed(app: &mut App, run: &RunId, records: &[EventRecord], status: RunStatus) {
    let color = app.theme.color;
    let open = app.opened.as_mut().filter(|_| app.replay.is_none());
    let Some(watch) = open.filter(|watch| watch.run == *run && !watch.live) else {
        return;
    };
    watch.elsewhere = status == RunStatus::Running;
    for record in records {
        if record.seq == watch.state.last_seq + 1 {
            watch.apply(record, color);
        }
    }
}

/// Something that was asked for failed.
fn failed(app: &mut App, error: &str, hint: Option<&str>) {
    app.server.asking = false;
    (app.opening, app.starts_in_turn) = (None, false);
    // What was sent may not have arrived; what waits is shown as waiting again.
    if let Some(watch) = &mut app.live {
        watch.answering.clear();
    }
    app.overlays.extend(app.taken.take().map(Overlay::Prompt));
    app.complain(with_hint(error, hint));
}

/// An error and its remedy as one sentence.
fn with_hint(error: &str, hint: Option<&str>) -> String {
    match hint {
        Some(hint) => format!("{error}; hint: {hint}"),
        None => error.to_owned(),
    }
}

fn watching(app: &mut App, run: RunId, records: &[EventRecord]) {
    let mut watch = Watch::new(run, records, true, app.theme.color);
    // What was typed for a question that still waits is not lost with the work on the run.
    if let Some(before) = app.live.take_if(|before| before.run == watch.run) {
        watch.answers = before.answers;
    } else {
        // What was typed about another run is not meant for this one.
        app.left.retain(|left| !left.is_about_a_run());
    }
    let ended = app.live.replace(watch);
    if !app.steering.typing && app.steering.run.is_some() {
        steer::put_away(app);
    }
    if std::mem::take(&mut app.starts_in_turn) && !(app.screen == Screen::Live && ended.is_none()) {
        // Nobody is taken away from what they read: not from the answer of the run before, either.
        if app.screen == Screen::Live {
            app.opened = ended;
            app.screen = Screen::Opened;
            if let Some(watch) = &mut app.opened {
                watch.live = false;
            }
        }
        app.say("the next task has begun; <everywhere.show_live> shows it");
        return;
    }
    (app.opened, app.opened_from) = (None, None);
    show(app, Screen::Live);
    request::begin(app);
}

fn engine(app: &mut App, update: &EngineUpdate) -> Vec<Effect> {
    let color = app.theme.color;
    let Some(watch) = &mut app.live else {
        return Vec::new();
    };
    match update {
        EngineUpdate::Event(record) => {
            let reviewed = watch.review.is_some();
            watch.apply(record, color);
            let appeared = watch.review.is_some() && !reviewed;
            if let RunEvent::Notice { level, text } = &record.event
                && is_pressing(*level)
            {
                app.complain(text.clone());
            } else if appeared && app.screen != Screen::Live {
                app.say("a plan waits for your review; <everywhere.show_live> shows it");
            } else if appeared && app.steers() {
                app.say("a plan waits for your review; <steer.back> shows it");
            }
            request::hear(app, &record.event);
        }
        EngineUpdate::Delta(delta) => {
            let begins = watch.awaits(delta);
            watch.stream(delta, color, app.now);
            let is_trouble = app.server.trouble().is_some();
            // Sent again, or answered at last: the server may not be what it was taken for.
            let doubtful = match delta.kind {
                DeltaKind::Restart => !is_trouble && !delta.text.is_empty(),
                DeltaKind::Content | DeltaKind::Thinking => begins && is_trouble,
            };
            if doubtful && !app.server.asking {
                return home::retry(app);
            }
        }
    }
    Vec::new()
}

fn ended(app: &mut App, outcome: RunOutcome) -> Vec<Effect> {
    let on_screen = app.screen == Screen::Live;
    if let Some(watch) = &mut app.live {
        watch.asked = None;
        watch.active = None;
        watch.review = None;
        if outcome == RunOutcome::Completed && watch.view.pinned.is_none() {
            watch.view.focus = Pane::Output;
            watch.view.top = Some(0);
        }
        watch.ended = Some(outcome.clone());
    }
    request::turn_over(app);
    if app.steering.field.is_empty() {
        // Nobody is in the middle of a word.
        app.steering.typing = false;
    }
    // A question about a run at work has no object any more.
    if matches!(app.overlays.last(), Some(Overlay::Question(_))) {
        close_overlay(app);
        app.unasked_at = Some(app.now);
    }
    let unusable = matches!(outcome, RunOutcome::ServerUnusable { .. });
    let in_order = matches!(outcome, RunOutcome::Completed | RunOutcome::Failed { .. });
    match outcome {
        RunOutcome::Failed { error, hint } | RunOutcome::ServerUnusable { error, hint } => {
            app.complain(with_hint(&error, hint.as_deref()));
        }
        RunOutcome::Completed if !on_screen => {
            app.say("the run is completed; <everywhere.show_live> shows it");
        }
        RunOutcome::Interrupted => {
            app.say("the run is stopped and kept; <run.resume_run> goes on with it");
        }
        RunOutcome::Completed | RunOutcome::NeedsPerson => {}
    }
    let mut effects = vec![Effect::ListRuns];
    if in_order {
        effects.extend(home::next_turn(app));
    }
    if unusable {
        app.server.asking = true;
        effects.push(Effect::Probe);
    }
    effects
}

fn opened(app: &mut App, run: RunId, records: Vec<EventRecord>, status: RunStatus) -> Vec<Effect> {
    match app.opening.take_if(|(wanted, _)| *wanted == run) {
        Some((_, Opening::Export(file))) => {
            let text = export::document(&records, &file);
            return vec![Effect::Export(file, text)];
        }
        Some((_, Opening::Replay)) => {
            replay::opened(app, run, records);
            return Vec::new();
        }
        Some((_, Opening::Rerun)) => {
            let task = PlanExecuteState::replay(&records).task;
            return home::queue(app, task);
        }
        None => {}
    }
    let mut watch = Watch::new(run, &records, false, app.theme.color);
    watch.elsewhere = status == RunStatus::Running;
    app.replay = None;
    app.opened = Some(watch);
    past_runs::leave_open(app);
    show(app, Screen::Opened);
    Vec::new()
}

/// A fork goes on at once, unless another run is at work.
fn forked(app: &mut App, run: RunId) -> Vec<Effect> {
    app.taken = None;
    let short = run.short();
    if app.is_at_work() {
        app.say(format!(
            "run {short} is the fork; it rests until it is resumed from the history"
        ));
        return vec![Effect::ListRuns];
    }
    app.say(format!(
        "run {short} is the fork; the earlier run stays as it is"
    ));
    vec![Effect::ListRuns, Effect::Resume(run)]
}

fn deleted(app: &mut App, run: &RunId) -> Vec<Effect> {
    app.runs.retain(|summary| summary.run != *run);
    app.runs_total = app.runs_total.saturating_sub(1);
    app.say("the run is in the trash; <history.undo_delete> takes it out again");
    past_runs::deleted(app, Some(run))
}
