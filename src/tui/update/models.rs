//! What can be done with the models of the servers.

use crate::domain::chat::{ModelInfo, Role};
use crate::session::{InstalledModel, PullProgress};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::effect::Effect;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose, Question};
use crate::tui::screens::models::{Models, Pull, SMALL};

/// Shows the models.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.overlays.push(Overlay::Models(Models::default()));
    vec![Effect::ListModels]
}

/// The selected model.
pub(super) fn selected(app: &App) -> Option<&InstalledModel> {
    let open = app.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Models(models) => Some(models),
        _ => None,
    })?;
    app.shelf.model(open.selected)
}

/// Whether the action can be carried out.
pub(super) fn why_not(app: &App, action: Action) -> Result<(), &'static str> {
    let need = |holds: bool, why| if holds { Ok(()) } else { Err(why) };
    match action {
        Action::PullModel | Action::PullSmall => {
            need(app.pull.is_none(), "a model is being fetched already")
        }
        Action::CancelPull => need(
            app.pull.as_ref().is_some_and(|pull| !pull.cancelled),
            "no model is being fetched",
        ),
        Action::ListModels | Action::KeepRoles => Ok(()),
        Action::UseForPlanner
        | Action::UseForExecutor
        | Action::UseForReplanner
        | Action::UseForFinalizer
        | Action::UseForSummarizer
        | Action::UseForVerifier
        | Action::UseForAll
            if app.is_at_work() =>
        {
            Err(
                "a run is at work with the models it began with; this can be changed when it has ended",
            )
        }
        Action::UnloadModel if selected(app).is_some_and(|model| model.loaded.is_none()) => {
            Err("this model is not loaded")
        }
        _ => need(selected(app).is_some(), "there is no model to choose"),
    }
}

/// Carries out an action.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let name = selected(app).map(|model| model.name.clone());
    match (action, name) {
        (Action::ListModels, _) => vec![Effect::ListModels],
        (Action::PullModel, _) => {
            let prompt = Prompt::new(Purpose::PullName, "");
            super::dialogs::ask(app, prompt);
            Vec::new()
        }
        (Action::PullSmall, _) => pull(app, SMALL.0),
        (Action::CancelPull, _) => {
            if let Some(pull) = &mut app.pull {
                pull.cancelled = true;
            }
            vec![Effect::CancelPull]
        }
        (Action::DeleteModel, Some(name)) => {
            let size = selected(app).map_or(0, |model| model.size);
            let question = Question::DeleteModel(name, size);
            app.overlays.push(Overlay::Question(question));
            Vec::new()
        }
        (Action::UnloadModel, Some(name)) => vec![Effect::UnloadModel(name)],
        (Action::ShowModel, Some(name)) => vec![Effect::ShowModel(name)],
        (Action::UseForPlanner, Some(name)) => use_for(app, Some(Role::Planner), name),
        (Action::UseForExecutor, Some(name)) => use_for(app, Some(Role::Executor), name),
        (Action::UseForReplanner, Some(name)) => use_for(app, Some(Role::Replanner), name),
        (Action::UseForFinalizer, Some(name)) => use_for(app, Some(Role::Finalizer), name),
        (Action::UseForSummarizer, Some(name)) => use_for(app, Some(Role::Summarizer), name),
        (Action::UseForVerifier, Some(name)) => use_for(app, Some(Role::Verifier), name),
        (Action::KeepRoles, _) => vec![Effect::KeepRoles],
        (Action::UseForAll, Some(name)) => use_for(app, None, name),
        _ => Vec::new(),
    }
}

fn use_for(app: &mut App, role: Option<Role>, name: String) -> Vec<Effect> {
    let what = role.map_or_else(|| "every role".to_owned(), |role| format!("the {role}"));
    app.say(format!(
        "{what} of runs started here is {name} from now on; <models.keep_roles> writes it to the config file"
    ));
    let effect = match role {
        Some(role) => Effect::UseFor(role, name),
        None => Effect::UseModel(name),
    };
    vec![effect, Effect::ListModels]
}

/// Fetches a model, beside everything else.
pub(super) fn pull(app: &mut App, name: &str) -> Vec<Effect> {
    if let Err(why) = why_not(app, Action::PullModel) {
        app.complain(why);
        return Vec::new();
    }
    app.pull = Some(Pull::new(name));
    vec![Effect::Pull(name.to_owned())]
}

/// Takes in what the servers have.
pub(super) fn listed(app: &mut App, models: Vec<InstalledModel>, failed: Vec<String>) {
    app.shelf.models = Some(models);
    app.shelf.failed = failed;
    let last = app.shelf.len().saturating_sub(1);
    for overlay in &mut app.overlays {
        if let Overlay::Models(open) = overlay {
            open.selected = open.selected.min(last);
        }
    }
}

/// Takes in what a server says of a model.
pub(super) fn shown(app: &mut App, name: &str, info: &ModelInfo) {
    for overlay in &mut app.overlays {
        if let Overlay::Models(open) = overlay {
            open.shown = Some((name.to_owned(), info.clone()));
        }
    }
}

/// Takes in how far a model has come.
pub(super) fn progress(app: &mut App, progress: &PullProgress) {
    let now = app.now;
    if let Some(pull) = &mut app.pull {
        pull.hear(progress, now);
    }
}

/// A model is there, or why not.
pub(super) fn pulled(app: &mut App, name: &str, failed: Option<String>) -> Vec<Effect> {
    let cancelled = app.pull.take().is_some_and(|pull| pull.cancelled);
    match failed {
        _ if cancelled => app.say(format!(
            "{name} is not fetched; what is there of it is kept for the next time"
        )),
        Some(why) => app.complain(format!("{name} could not be fetched: {why}")),
        None => app.say(format!("{name} is there")),
    }
    vec![Effect::ListModels, Effect::Probe]
}
