//! The only code that changes the [`App`].

use super::app::App;
use super::effect::{Effect, Msg};

/// What to do first: the list of runs, the state of the server, a task from the command line.
pub fn opening(app: &mut App) -> Vec<Effect> {
    let _ = app;
    vec![Effect::ListRuns, Effect::Probe]
}

/// Takes one message in. Pure: what the world is to do comes back as data.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let _ = app;
    match msg {
        Msg::Key(_) => vec![Effect::Quit],
        _ => Vec::new(),
    }
}
