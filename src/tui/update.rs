//! The only code that changes the [`App`].

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::action::Action;
use super::app::{App, Screen};
use super::effect::{Effect, Msg};
use super::keymap::Context;
use super::screens::dialog::Overlay;
use super::screens::home::HomeFocus;
use super::{chord, screens::watch::Watch};

mod act;
mod available;
mod chosen;
mod complete;
mod dialogs;
mod history;
mod home;
mod interrupt;
mod leave;
mod models;
mod mouse;
mod moves;
mod news;
mod past;
mod replay;
mod request;
mod review;
mod run;
mod settings;
mod steer;

pub(super) use available::{is_offered, why_not};
pub(super) use history::PREVIEW_FROM;
pub(super) use interrupt::next_rung;
pub(super) use leave::{is_untaken, keep_edits};

/// What to do first: the list of runs, the state of the server, a task from the command line.
pub fn opening(app: &mut App) -> Vec<Effect> {
    app.server.asking = true;
    let mut effects = vec![Effect::ListRuns, Effect::Probe];
    if !app.in_memory {
        effects.push(Effect::TakeDrafts);
    }
    if let Some(task) = app.first_task.take() {
        effects.extend(home::start(app, &task));
    }
    effects
}

/// Takes one message in. Pure: what the world is to do comes back as data.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let reviewed = leave::is_reviewing(app);
    let called = app.call();
    let lists = matches!(
        msg,
        Msg::Key(_)
            | Msg::Paste(_)
            | Msg::Runs(..)
            | Msg::Paged(..)
            | Msg::Deleted(_)
            | Msg::NotDeleted(_)
            | Msg::Restored(_)
            | Msg::Previewed(..)
            | Msg::Mouse(_)
            | Msg::Resize(..)
    );
    let mut effects = take(app, msg);
    if lists {
        effects.extend(history::read(app));
        effects.extend(history::preview(app));
    }
    if reviewed && !leave::is_reviewing(app) {
        // Before whatever was decided about the plan: it is decided about the edited one.
        effects.splice(0..0, leave::keep_edits(app));
    }
    effects.extend(leave::departure_due(app));
    if let Some(call) = app
        .call()
        .filter(|call| !app.window_focused && Some(*call) != called)
    {
        effects.push(Effect::Notify(call.to_owned()));
    }
    let color = app.theme.color;
    if let Some(watch) = app.watch_mut() {
        watch.prepare_calls(color);
        let wanted = watch.outputs_to_read().into_iter();
        effects.extend(wanted.map(|seq| Effect::ReadOutput(watch.run.clone(), seq)));
    }
    effects
}

fn take(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => press(app, key),
        Msg::Paste(text) => paste(app, &text),
        Msg::Mouse(pointer) => mouse::take(app, pointer),
        Msg::Resize(columns, rows) => {
            app.size = (columns, rows);
            Vec::new()
        }
        Msg::Background(light) => {
            app.wear(app.look, light);
            Vec::new()
        }
        Msg::Focus(focused) => {
            app.window_focused = focused;
            Vec::new()
        }
        Msg::Tick => {
            if app.message().is_none() {
                app.message = None;
            }
            if !app.is_armed() {
                app.armed_at = None;
            }
            replay::tick(app);
            Vec::new()
        }
        news => news::take(app, news),
    }
}

fn press(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let effects = pressed(app, key);
    let now = app.now;
    if let Some(guard) = app.guard_mut() {
        guard.typed(now);
    }
    effects
}

fn pressed(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    app.taken = None;
    let context = app.context();
    let answer = app.keymap.lookup(Context::Question, key);
    if app.is_unasked() && matches!(answer, Some(Action::Confirm | Action::Back)) {
        app.complain("what was asked has no object any more");
        return Vec::new();
    }
    if let Some(action) = app.keymap.lookup(context, key) {
        if let (Action::JumpTenth, KeyCode::Char(digit)) = (action, key.code) {
            app.armed_at = None;
            let tenth = digit
                .to_digit(10)
                .and_then(|tenth| u8::try_from(tenth).ok());
            replay::jump(app, tenth.unwrap_or(0));
            return Vec::new();
        }
        return act::act(app, context, action);
    }
    app.armed_at = None;
    let (code, modifiers) = chord::normal(key);
    let Some(field) = dialogs::field(app) else {
        return Vec::new();
    };
    if field.type_key(code, modifiers) {
        return dialogs::typed(app);
    }
    Vec::new()
}

fn paste(app: &mut App, text: &str) -> Vec<Effect> {
    app.armed_at = None;
    // A paste over a list is not read as commands; at home it goes where tasks are typed, and
    // in a run at work where it is steered.
    if app.screen == Screen::Home && app.overlays.is_empty() {
        app.home.focus = HomeFocus::Editor;
    } else if app.has_steering() && app.overlays.is_empty() {
        steer::to_line(app);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let Some(field) = dialogs::field(app) else {
        return Vec::new();
    };
    let before = field.text().chars().count();
    let whole = field.insert(&text);
    let field_len = field.text().chars().count();
    if !whole {
        app.complain(format!(
            "the pasted text is longer than there is room for: {} of its {} characters stand here",
            field_len.saturating_sub(before),
            text.chars().count()
        ));
    }
    dialogs::typed(app)
}

/// Shows a screen with nothing over it.
fn show(app: &mut App, screen: Screen) {
    app.screen = screen;
    for overlay in std::mem::take(&mut app.overlays) {
        request::keep_words(app, &overlay);
    }
    uncover(app);
}

/// Takes the topmost overlay away.
fn close_overlay(app: &mut App) -> Option<Overlay> {
    let overlay = app.overlays.pop();
    if let Some(overlay) = &overlay {
        request::keep_words(app, overlay);
    }
    uncover(app);
    overlay
}

/// A review or a request that comes into view now must be looked at anew before it can be answered.
fn uncover(app: &mut App) {
    if let Some(guard) = app.guard_mut() {
        guard.uncovered();
    }
}

/// The run on screen, for actions that only exist where one is.
fn with_watch(app: &mut App, change: impl FnOnce(&mut Watch)) -> Vec<Effect> {
    if let Some(watch) = app.watch_mut() {
        change(watch);
    }
    Vec::new()
}

/// Whether letters are text in this context.
fn is_typing(context: Context) -> bool {
    context.is_text()
}
