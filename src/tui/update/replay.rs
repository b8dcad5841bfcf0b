//! What can be done with a run that is replayed.

use super::chosen::chosen;
use crate::domain::event::EventRecord;
use crate::domain::fork::ForkPoint;
use crate::domain::ids::RunId;
use crate::tui::action::Action;
use crate::tui::app::{App, Opening, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::Overlay;
use crate::tui::screens::reading::Reading;
use crate::tui::screens::replay::{Jump, Replay};
use crate::tui::screens::watch::Watch;

/// Reads the selected run, or the one on screen, to replay it.
pub(super) fn begin(app: &mut App, context: Context) -> Vec<Effect> {
    let Some(run) = chosen(app, context) else {
        return Vec::new();
    };
    app.opening = Some((run.clone(), Opening::Replay));
    vec![Effect::Open(run)]
}

/// Shows the run from its beginning.
pub(super) fn opened(app: &mut App, run: RunId, records: Vec<EventRecord>) {
    let Some(replay) = Replay::new(records) else {
        app.complain("there is nothing to replay in this run");
        return;
    };
    app.opened = Some(Watch::new(run, replay.shown(), false, app.theme.color));
    super::history::leave_open(app);
    super::show(app, Screen::Opened);
    app.replay = Some(replay);
}

/// Carries out an action on the replay.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let now = app.now;
    let Some(replay) = &mut app.replay else {
        return Vec::new();
    };
    let before = replay.place().0;
    match action {
        Action::PlayReplay => replay.toggle(now),
        Action::ReplayFaster => replay.change_speed(true, now),
        Action::ReplaySlower => replay.change_speed(false, now),
        Action::NextEvent => replay.go(Jump::By(1)),
        Action::PreviousEvent => replay.go(Jump::By(-1)),
        Action::NextPart => replay.go(Jump::Part(true)),
        Action::PreviousPart => replay.go(Jump::Part(false)),
        Action::NextRevision => replay.go(Jump::Revision(true)),
        Action::PreviousRevision => replay.go(Jump::Revision(false)),
        Action::ReplayStart => replay.go(Jump::Start),
        Action::ReplayEnd => replay.go(Jump::End),
        Action::ShowRecord => return show_record(app),
        Action::ForkHere => return fork(app),
        _ => {}
    }
    show(app, before);
    Vec::new()
}

/// Goes to so many tenths of the time.
pub(super) fn jump(app: &mut App, tenth: u8) {
    if let Some(replay) = &mut app.replay {
        let before = replay.place().0;
        replay.go(Jump::Tenth(tenth));
        show(app, before);
    }
}

/// Shows what was played by now.
pub(super) fn tick(app: &mut App) {
    let now = app.now;
    if let Some(replay) = &mut app.replay {
        let before = replay.place().0;
        replay.play(now);
        show(app, before);
    }
}

/// Brings the run on screen to where the replay is; `before` is how many records it shows.
fn show(app: &mut App, before: usize) {
    let color = app.theme.color;
    let (Some(replay), Some(watch)) = (&mut app.replay, &mut app.opened) else {
        return;
    };
    let shown = replay.shown();
    if shown.len() == before {
        return;
    }
    if let Some(new) = shown.get(before..) {
        for record in new {
            watch.apply(record, color);
        }
    } else {
        let view = watch.view.clone();
        *watch = replay.fold(&watch.run, color);
        watch.view = view;
    }
    // What is read follows the replay.
    (watch.view.pinned, watch.view.top) = (None, None);
}

/// Shows the whole run instead of the replay, and what has come of it since; the run at work here where it is that one.
pub(super) fn leave(app: &mut App, mut replay: Replay) -> Vec<Effect> {
    let replayed = app.opened.as_ref().map(|watch| &watch.run);
    if app.live.as_ref().map(|watch| &watch.run) == replayed {
        app.opened = None;
        super::show(app, Screen::Live);
        return Vec::new();
    }
    let before = replay.place().0;
    replay.go(Jump::End);
    app.replay = Some(replay);
    show(app, before);
    app.replay = None;
    let opened = app.opened.as_ref();
    let follow = opened.map(|watch| Effect::Follow(watch.run.clone(), watch.state.last_seq));
    follow.into_iter().collect()
}

fn show_record(app: &mut App) -> Vec<Effect> {
    if let Some(replay) = &app.replay {
        let record = replay.record();
        let text = serde_json::to_string_pretty(record)
            .unwrap_or_else(|error| format!("it cannot be shown: {error}"));
        let title = format!("Record {}", record.seq);
        let reading = Reading::new(title, text, app.theme.color);
        app.overlays.push(Overlay::Reading(reading));
    }
    Vec::new()
}

fn fork(app: &mut App) -> Vec<Effect> {
    let (Some(replay), Some(watch)) = (&app.replay, &app.opened) else {
        return Vec::new();
    };
    let point = ForkPoint::Seq(replay.record().seq);
    vec![Effect::Fork(watch.run.clone(), point)]
}
