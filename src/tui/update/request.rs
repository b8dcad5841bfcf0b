//! Answering calls of tools that wait for a person. Nothing but a key pressed in the open request, or words sent from
//! it, ever decides; `esc` leaves the call waiting, since a key pressed to get out must not decide either.

use crate::domain::event::{Keep, RunEvent, ToolDecision, Wanted};
use crate::session::RunCommand;
use crate::tui::action::Action;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::screens::dialog::{Overlay, Prompt, Purpose};
use crate::tui::screens::request::{Choice, Request};

/// Lines that were left and are kept.
const MOST_LEFT: usize = 16;

/// Whether the action can be carried out.
///
/// # Errors
/// One sentence that says why not.
pub(super) fn why_not(app: &App, action: Action) -> Result<(), &'static str> {
    if action == Action::OpenRequest {
        return match (app.requests(), app.request()) {
            (0, _) => Err("no call of a tool waits for you"),
            (_, Some(_)) => Err("it is open"),
            (_, None) => Ok(()),
        };
    }
    let Some(request) = app.request() else {
        return Err("no call of a tool waits for you");
    };
    let permits = |wanted: &dyn Fn(&Choice) -> bool| request.choices.iter().any(wanted);
    match action {
        Action::AllowRun if !permits(&|choice| choice.keep == Keep::Run) => {
            Err("each of these calls is asked about; <request.allow_once> allows this one")
        }
        Action::Accept if request.answer.text().trim().is_empty() => {
            Err("type an answer first; <asked.deny_use> gives none")
        }
        _ => Ok(()),
    }
}

/// Carries out an action on the request that is open.
pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if action == Action::OpenRequest {
        open(app);
        return Vec::new();
    }
    let Some(request) = request_mut(app) else {
        return Vec::new();
    };
    let len = request.choices.len().max(1);
    let allow = |keep| Some((ToolDecision::Allow, keep));
    let decided = match action {
        Action::ChooseNext => {
            request.chosen = (request.chosen + 1) % len;
            None
        }
        Action::ChoosePrevious => {
            request.chosen = (request.chosen + len - 1) % len;
            None
        }
        Action::WholeRequest => {
            request.whole = !request.whole;
            request.top = 0;
            None
        }
        Action::DenyBecause => {
            let purpose = Purpose::DenyBecause(request.call.clone());
            super::dialogs::ask(app, Prompt::new(purpose, ""));
            return Vec::new();
        }
        Action::GiveChosen => {
            let chosen = request.choices.get(request.chosen);
            chosen.map(|choice| (choice.decision, choice.keep))
        }
        Action::AllowOnce => allow(Keep::Once),
        Action::AllowRun => allow(Keep::Run),
        Action::DenyUse => Some((ToolDecision::Deny, Keep::Once)),
        _ => None,
    };
    let call = request.call.clone();
    decided.map_or_else(Vec::new, |(decision, keep)| {
        decide(app, call, decision, keep, None)
    })
}

/// Sends the words typed for the question of a model.
pub(super) fn answer(app: &mut App) -> Vec<Effect> {
    let Some(request) = request_mut(app) else {
        return Vec::new();
    };
    let words = request.answer.text().trim().to_owned();
    let call = request.call.clone();
    decide(app, call, ToolDecision::Allow, Keep::Once, Some(words))
}

/// Denies this call for the reason that was typed.
pub(super) fn deny_because(app: &mut App, call: &str, why: &str) -> Vec<Effect> {
    let waits = app.live.as_ref().is_some_and(|watch| watch.waits_for(call));
    if !waits {
        app.complain("this call no longer waits; what was typed is not used");
        return Vec::new();
    }
    if why.is_empty() {
        app.say("nothing was typed; the call waits on");
        return Vec::new();
    }
    let words = Some(why.to_owned());
    decide(app, call.to_owned(), ToolDecision::Deny, Keep::Once, words)
}

fn decide(
    app: &mut App,
    call: String,
    decision: ToolDecision,
    keep: Keep,
    words: Option<String>,
) -> Vec<Effect> {
    let Some(watch) = app.live.as_mut().filter(|watch| watch.is_at_work()) else {
        return Vec::new();
    };
    watch.answering.push(call.clone());
    app.say(match (decision, &words) {
        (ToolDecision::Allow, Some(_)) => "the model is told your answer",
        (ToolDecision::Allow, None) => "the call is allowed",
        (ToolDecision::Deny, _) => "the call is denied",
    });
    turn_over(app);
    vec![Effect::Send(RunCommand::Decide {
        call,
        decision,
        keep,
        words,
    })]
}

/// Puts the oldest request that waits on top of the run it belongs to.
fn open(app: &mut App) {
    if app.screen != Screen::Live {
        super::show(app, Screen::Live);
    }
    let color = app.theme.color;
    let request = app.live.as_ref().and_then(|watch| watch.request(color));
    app.overlays
        .extend(request.map(|request| Overlay::Request(Box::new(request))));
}

/// A run is watched from now on, which may have been waiting before.
pub(super) fn begin(app: &mut App) {
    if app.requests() > 0 && !app.shows_review() {
        open(app);
    }
}

/// What a record of the run at work means for requests: one that was decided is turned over, and a new one opens by
/// itself where nothing else has the keyboard.
pub(super) fn hear(app: &mut App, event: &RunEvent) {
    turn_over(app);
    let asks = matches!(event, RunEvent::ToolCalled { asked: Some(_), .. });
    let free = app.screen == Screen::Live
        && app.overlays.is_empty()
        && !app.shows_review()
        && !app.steers();
    if asks && free && app.requests() > 0 {
        open(app);
    }
}

/// Where the open request no longer waits, the next one takes its place, to be looked at anew; without one it closes.
pub(super) fn turn_over(app: &mut App) {
    let open = app.overlays.iter().position(|overlay| match overlay {
        Overlay::Request(request) => !app
            .live
            .as_ref()
            .is_some_and(|watch| watch.waits_for(&request.call)),
        _ => false,
    });
    let Some(at) = open else {
        return;
    };
    let gone = app.overlays.remove(at);
    keep_words(app, &gone);
    let color = app.theme.color;
    match app.live.as_ref().and_then(|watch| watch.request(color)) {
        Some(next) => app.overlays.insert(at, Overlay::Request(Box::new(next))),
        None => super::uncover(app),
    }
}

/// Keeps what was typed in a request, or a line, that closes.
pub(super) fn keep_words(app: &mut App, overlay: &Overlay) {
    if let Overlay::Prompt(prompt) = overlay {
        app.left.retain(|left| !left.is_for(prompt));
        app.left.extend(prompt.left());
        let over = app.left.len().saturating_sub(MOST_LEFT);
        app.left.drain(..over);
    }
    let Overlay::Request(request) = overlay else {
        return;
    };
    if request.wanted == Wanted::Answer
        && let Some(watch) = &mut app.live
    {
        watch
            .answers
            .insert(request.call.clone(), request.answer.text());
    }
}

fn request_mut(app: &mut App) -> Option<&mut Request> {
    match app.overlays.last_mut() {
        Some(Overlay::Request(request)) => Some(request),
        _ => None,
    }
}
