//! What can be done on the first screen.

use super::dialogs;
use crate::session::{DEMO_EXAMPLES, Drafts, RunRequest};
use crate::tui::app::{App, Screen};
use crate::tui::effect::{EditTarget, Effect};
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::screens::home::HomeFocus;

/// Puts the cursor in the task editor.
pub(super) fn to_editor(app: &mut App) -> Vec<Effect> {
    let lists = app.screen != Screen::Home;
    super::show(app, Screen::Home);
    app.home.focus = HomeFocus::Editor;
    // What was done meanwhile belongs to the recent runs.
    lists.then_some(Effect::ListRuns).into_iter().collect()
}

/// Runs what is typed, or has it wait for its turn; with nothing typed, what waits is begun.
pub(super) fn start_typed(app: &mut App) -> Vec<Effect> {
    let task = app.home.task.text();
    if app.is_at_work() {
        app.home.put_away();
        return queue(app, task.trim().to_owned());
    }
    if app.server.trouble().is_some() {
        app.complain("the model server cannot be used; see above");
        return Vec::new();
    }
    if !app.queue.is_empty() {
        // What waits came first.
        if !task.trim().is_empty() {
            app.queue.push_back(task.trim().to_owned());
            app.home.put_away();
        }
        return start_next(app);
    }
    let effects = start(app, task.trim());
    if !effects.is_empty() {
        app.home.put_away();
    }
    effects
}

/// Has a task wait for its turn, which is at once where nothing is at work.
pub(super) fn queue(app: &mut App, task: String) -> Vec<Effect> {
    app.queue.push_back(task);
    if !app.is_at_work() {
        return start_next(app);
    }
    app.say("it begins when the run at work has ended; <home_editor.take_back> takes it back");
    keep(app)
}

/// Begins the task that waits the longest.
pub(super) fn start_next(app: &mut App) -> Vec<Effect> {
    let Some(task) = app.queue.pop_front() else {
        return Vec::new();
    };
    let mut effects = start(app, &task);
    effects.extend(keep(app));
    effects
}

/// A run has ended in good order: the next task has its turn, wherever the person looks.
pub(super) fn next_turn(app: &mut App) -> Vec<Effect> {
    let effects = start_next(app);
    app.starts_in_turn = !effects.is_empty();
    effects
}

/// Takes the task that was put last among those that wait back into the editor; what is typed there waits in its place.
pub(super) fn take_back(app: &mut App) -> Vec<Effect> {
    let Some(task) = app.queue.pop_back() else {
        return Vec::new();
    };
    let Some(field) = dialogs::field(app) else {
        app.queue.push_back(task);
        return Vec::new();
    };
    let typed = field.text();
    if !field.replace(&task) {
        app.queue.push_back(task);
        app.complain("this task is too long for the editor");
        return Vec::new();
    }
    dialogs::typed(app);
    if !typed.trim().is_empty() {
        app.queue.push_back(typed.trim().to_owned());
    }
    keep(app)
}

fn keep(app: &App) -> Vec<Effect> {
    if app.in_memory {
        return Vec::new();
    }
    vec![Effect::KeepDrafts(app.drafts())]
}

/// What was typed when the interface was closed is back.
pub(super) fn drafts(app: &mut App, drafts: Drafts) -> Vec<Effect> {
    app.queue.extend(drafts.queue);
    if app.steering.field.is_empty() {
        app.steering.field.replace(&drafts.steering);
        app.steering.run = drafts.steered;
    }
    let typed = !drafts.task.trim().is_empty();
    let taken = typed && app.home.task.is_empty() && app.home.task.replace(&drafts.task);
    if typed && !taken {
        // Somebody types already.
        app.queue.push_back(drafts.task);
    }
    if taken {
        app.say("what you were typing is here again");
    } else if !app.queue.is_empty() {
        app.say("the tasks that waited are here again: enter begins the first");
    }
    // They are with this process alone now.
    keep(app)
}

/// Runs a task, unless one is at work.
pub(super) fn start(app: &mut App, task: &str) -> Vec<Effect> {
    if app.is_at_work() {
        app.complain("a run is at work; it has to end, or be stopped, before the next one starts");
        return Vec::new();
    }
    vec![Effect::Start(RunRequest {
        task: task.to_owned(),
        plan: None,
        recipe: None,
        approval: app.approval,
        attended: true,
        approve_tools: false,
        plan_only: false,
        thread: None,
    })]
}

/// Lets the person edit the task in an editor of their own; what was too long the last time is shown there again.
pub(super) fn edit_outside(app: &mut App) -> Vec<Effect> {
    let refused = app.home.refused.clone();
    let text = refused.unwrap_or_else(|| app.home.task.text());
    vec![Effect::Edit(EditTarget::Task, text)]
}

/// Puts the chosen task of the past in the editor; what was typed there is put away.
pub(super) fn take_earlier(app: &mut App) -> Vec<Effect> {
    let Some(Overlay::Tasks(menu)) = app.overlays.last() else {
        return Vec::new();
    };
    let tasks = app.home.earlier(&app.runs, menu);
    let task = tasks.get(menu.selected).map(|task| (*task).to_owned());
    super::close_overlay(app);
    if let Some(task) = task {
        app.home.put_away();
        if !app.home.task.replace(&task) {
            app.complain(
                "this task is too long for the editor; `planwright run - < FILE` takes it",
            );
        }
    }
    Vec::new()
}

/// Asks the server again.
pub(super) fn retry(app: &mut App) -> Vec<Effect> {
    app.server.asking = true;
    vec![Effect::Probe]
}

/// Asks for another URL.
pub(super) fn ask_for_url(app: &mut App) -> Vec<Effect> {
    let known = app.server.status.as_ref().map(|status| status.url.clone());
    let prompt = Prompt::new(Purpose::ServerUrl, &known.unwrap_or_default());
    super::dialogs::ask(app, prompt);
    Vec::new()
}

/// Goes on with the demo model.
pub(super) fn use_demo(app: &mut App) -> Vec<Effect> {
    if matches!(app.overlays.last(), Some(Overlay::Install(_))) {
        super::close_overlay(app);
    }
    vec![Effect::UseModel("demo".to_owned())]
}

/// Puts an example of the demo model in the editor.
pub(super) fn example(app: &mut App, index: usize) -> Vec<Effect> {
    if let Some(text) = DEMO_EXAMPLES.get(index) {
        if !app.home.task.is_empty() {
            app.home.put_away();
        }
        app.home.task.replace(text);
        app.home.typed();
        app.home.focus = HomeFocus::Editor;
    }
    Vec::new()
}
