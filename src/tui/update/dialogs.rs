//! Typing, and what lies over a screen.

use std::path::PathBuf;

use super::chosen::selected;
use super::{
    act, complete, history, home, leave, models, replay, request, review, settings, steer,
};
use crate::domain::event::Wanted;
use crate::domain::fork::ForkPoint;
use crate::tui::action::Action;
use crate::tui::app::{App, Opening, Screen};
use crate::tui::effect::{EditTarget, Effect};
use crate::tui::field::Field;
use crate::tui::keymap::Context;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose, Question};
use crate::tui::screens::export::file_name;
use crate::tui::screens::home::HomeFocus;
use crate::tui::screens::watch::{Extent, Watch};
use crate::tui::view::palette_rows;

/// The text being typed, if one is.
pub(super) fn field(app: &mut App) -> Option<&mut Field> {
    let steers = app.steers();
    match app.overlays.last_mut() {
        Some(Overlay::Prompt(prompt)) => Some(&mut prompt.field),
        Some(Overlay::Request(request)) if request.wanted == Wanted::Answer => {
            Some(&mut request.answer)
        }
        Some(
            Overlay::Help(menu)
            | Overlay::Palette(menu)
            | Overlay::Tasks(menu)
            | Overlay::Files(menu, _)
            | Overlay::Settings(menu),
        ) => Some(&mut menu.filter),
        Some(Overlay::History(history)) if history.typing => Some(&mut history.query),
        None if app.screen == Screen::Home && app.home.focus == HomeFocus::Editor => {
            Some(&mut app.home.task)
        }
        None if steers => Some(&mut app.steering.field),
        Some(_) | None => None,
    }
}

/// Asks for a line. What was typed for the same, and left, is there again.
pub(super) fn ask(app: &mut App, mut prompt: Prompt) {
    let left = app.left.iter().position(|left| left.is_for(&prompt));
    if let Some(left) = left.map(|place| app.left.remove(place))
        && prompt.field.replace(&left.typed)
    {
        app.say("what you typed here before is here again; <text.undo_text> takes it out");
    }
    app.overlays.push(Overlay::Prompt(prompt));
}

/// What is typed has changed.
pub(super) fn typed(app: &mut App) -> Vec<Effect> {
    match app.overlays.last_mut() {
        Some(
            Overlay::Help(menu)
            | Overlay::Palette(menu)
            | Overlay::Tasks(menu)
            | Overlay::Files(menu, _)
            | Overlay::Settings(menu),
        ) => {
            menu.selected = 0;
        }
        Some(Overlay::History(history)) => history.selected = 0,
        None if app.screen == Screen::Home => app.home.typed(),
        Some(_) | None => {}
    }
    Vec::new()
}

/// Carries out an edit of the text being typed.
pub(super) fn edit(app: &mut App, action: Action) -> Vec<Effect> {
    let moves_only = matches!(
        action,
        Action::Left
            | Action::Right
            | Action::WordLeft
            | Action::WordRight
            | Action::LineStart
            | Action::LineEnd
    );
    let changed = field(app).is_some_and(|field| field.edit(action));
    if changed && !moves_only {
        return typed(app);
    }
    Vec::new()
}

/// Leaves, after a question while a run is at work.
pub(super) fn quit(app: &mut App) -> Vec<Effect> {
    if app.is_at_work() {
        let question = if app.in_memory {
            Question::QuitKeepingNothing
        } else if leave::loses_edits(app) {
            Question::QuitLosingEdits
        } else {
            Question::QuitWhileRunning
        };
        app.overlays.push(Overlay::Question(question));
        return Vec::new();
    }
    vec![Effect::Quit]
}

/// One level out.
pub(super) fn back(app: &mut App, context: Context) -> Vec<Effect> {
    if context == Context::HistorySearch {
        if let Some(Overlay::History(history)) = app.overlays.last_mut() {
            history.clear_search();
        }
        return Vec::new();
    }
    if context == Context::Steer {
        return steer::leave_line(app);
    }
    if context == Context::OutputFind {
        return super::with_watch(app, |watch| watch.view.needle = None);
    }
    // Results of a search are left before the list is.
    if let Some(Overlay::History(history)) = app.overlays.last_mut()
        && history.searches()
    {
        history.clear_search();
        return Vec::new();
    }
    if super::close_overlay(app).is_some() {
        return Vec::new();
    }
    if let Some(replay) = app.replay.take_if(|_| app.screen == Screen::Opened) {
        return replay::leave(app, replay);
    }
    if app.screen == Screen::Home {
        app.home.focus = HomeFocus::Runs;
        return Vec::new();
    }
    if let Some(watch) = app.watch_mut()
        && watch.view.extent != Extent::Shared
    {
        watch.view.extent = Extent::Shared;
        return Vec::new();
    }
    let read = app.screen == Screen::Opened;
    super::show(app, Screen::Home);
    // Letters were commands and stay so.
    app.home.focus = HomeFocus::Runs;
    if read {
        history::back(app);
    }
    vec![Effect::ListRuns]
}

/// Asks for the file that the text on screen, or the selected run, is written to.
pub(super) fn ask_for_file(app: &mut App, context: Context) -> Vec<Effect> {
    let prompt = if context == Context::History {
        selected(app, context).map(|summary| {
            let run = summary.run.clone();
            let name = file_name(&run);
            Prompt::new(Purpose::ExportRun(run), &name)
        })
    } else {
        app.watch()
            .map(|watch| Prompt::new(Purpose::ExportText, &file_name(&watch.run)))
    };
    if let Some(prompt) = prompt {
        ask(app, prompt);
    }
    Vec::new()
}

/// Lets the person edit what is typed over the screen in an editor of their own.
pub(super) fn edit_outside(app: &mut App) -> Vec<Effect> {
    let text = field(app).map(|field| field.text());
    let edit = text.map(|text| Effect::Edit(EditTarget::Line, text));
    edit.into_iter().collect()
}

/// Puts the text of an outside edit in the place of what is typed over the screen.
pub(super) fn take_line(app: &mut App, text: &str) {
    let asked = match app.overlays.last() {
        Some(over) => matches!(over, Overlay::Prompt(_) | Overlay::Request(_)),
        None => app.steers(),
    };
    match field(app).filter(|_| asked) {
        None => app.complain("what was edited is no longer asked for; it is not used"),
        Some(field) => {
            if !field.replace(text.trim_end()) {
                app.complain("the text is too long for this line and was not taken");
            }
        }
    }
}

/// Takes what is typed or chosen.
pub(super) fn accept(app: &mut App) -> Vec<Effect> {
    match app.overlays.last_mut() {
        Some(Overlay::History(history)) => {
            history.typing = false;
            return Vec::new();
        }
        Some(Overlay::Palette(_)) => return choose(app),
        Some(Overlay::Tasks(_)) => return home::take_earlier(app),
        Some(Overlay::Files(..)) => {
            complete::take(app);
            return Vec::new();
        }
        Some(Overlay::Settings(_)) => return settings::change(app),
        Some(Overlay::Prompt(prompt)) => {
            // What cannot be taken stays to be mended.
            if let Err(why) = prompt.check() {
                app.complain(why);
                return Vec::new();
            }
        }
        _ => return Vec::new(),
    }
    match super::close_overlay(app) {
        Some(Overlay::Prompt(prompt)) => {
            app.left.retain(|left| !left.is_for(&prompt));
            let effects = take(app, &prompt);
            app.taken = Some(prompt).filter(Prompt::may_be_refused);
            effects
        }
        _ => Vec::new(),
    }
}

fn choose(app: &mut App) -> Vec<Effect> {
    let Some(Overlay::Palette(menu)) = app.overlays.last() else {
        return Vec::new();
    };
    let context = menu.context;
    let action = palette_rows(&app.keymap, menu)
        .get(menu.selected)
        .map(|offer| offer.row.action);
    super::close_overlay(app);
    match action {
        Some(action) => act::act(app, context, action),
        None => Vec::new(),
    }
}

fn take(app: &mut App, prompt: &Prompt) -> Vec<Effect> {
    let text = prompt.field.text();
    let typed = text.trim();
    match &prompt.purpose {
        Purpose::StepText(_) | Purpose::DoneWhen(_) | Purpose::NewStep(_) => {
            review::take_line(app, &prompt.purpose, typed);
        }
        Purpose::DenyBecause(call) => return request::deny_because(app, call, typed),
        Purpose::FindText => super::run::look_for(app, typed),
        Purpose::StepAtWork(_) | Purpose::StepAfter(_) | Purpose::OwnResult(_) => {
            return steer::take_line(app, &prompt.purpose, typed);
        }
        _ if typed.is_empty() => app.say("nothing was typed; nothing was done"),
        Purpose::Setting(name) => {
            return vec![Effect::KeepSetting(name.clone(), Some(typed.to_owned()))];
        }
        Purpose::PullName => return models::pull(app, typed),
        Purpose::ForkBefore(run, _) => {
            let point = ForkPoint::BeforeStep(typed.to_owned());
            return vec![Effect::Fork(run.clone(), point)];
        }
        Purpose::ServerUrl => {
            app.server.asking = true;
            return vec![Effect::UseServer(typed.to_owned())];
        }
        Purpose::AskForChanges => return review::reject(app, Some(typed)),
        Purpose::ExportText => {
            let text = app.watch().and_then(Watch::selected_text);
            let file = PathBuf::from(typed);
            return text
                .map(|text| Effect::Export(file, text.to_owned()))
                .into_iter()
                .collect();
        }
        Purpose::ExportRun(run) => {
            app.opening = Some((run.clone(), Opening::Export(PathBuf::from(typed))));
            return vec![Effect::Open(run.clone())];
        }
    }
    Vec::new()
}

/// Yes was said.
pub(super) fn confirm(app: &mut App) -> Vec<Effect> {
    match super::close_overlay(app) {
        Some(Overlay::Question(
            Question::QuitWhileRunning | Question::QuitLosingEdits | Question::QuitKeepingNothing,
        )) => leave::depart(app, Effect::Quit),
        Some(Overlay::Question(Question::RejectPlan)) => review::reject(app, None),
        Some(Overlay::Question(Question::DeleteModel(name, _))) => vec![Effect::DeleteModel(name)],
        Some(Overlay::Question(Question::RerunFrom)) => steer::rerun(app),
        Some(Overlay::Question(Question::FinishNow)) => steer::finish(app),
        _ => Vec::new(),
    }
}

/// Puts the text of an outside edit of the task in the editor. One that is too long is kept, to be shortened there.
pub(super) fn take_task(app: &mut App, text: String) {
    home::to_editor(app);
    if app.home.task.replace(text.trim_end()) {
        app.home.typed();
    } else {
        app.home.refused = Some(text);
        app.complain(
            "the text is longer than 128 KiB and was not taken; <prompt.edit_line_outside> opens it again to shorten it",
        );
    }
}
