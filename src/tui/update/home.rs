//! What can be done on the first screen.

use crate::session::{DEMO_EXAMPLES, RunRequest};
use crate::tui::app::{App, Screen};
use crate::tui::effect::{EditTarget, Effect};
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::screens::home::HomeFocus;

/// Puts the cursor in the task editor.
pub(super) fn to_editor(app: &mut App) -> Vec<Effect> {
    super::show(app, Screen::Home);
    app.home.focus = HomeFocus::Editor;
    Vec::new()
}

/// Runs what is typed.
pub(super) fn start_typed(app: &mut App) -> Vec<Effect> {
    let task = app.home.task.text();
    if app.server.trouble().is_some() {
        app.complain("the model server cannot be used; see above");
        return Vec::new();
    }
    let effects = start(app, task.trim());
    if !effects.is_empty() {
        app.home.put_away();
    }
    effects
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
    app.overlays.push(Overlay::Prompt(prompt));
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
