//! The line above a text: what it is, who wrote it, and how fast.

use ratatui::text::Line;

use super::paint::{one_line, span, spread};
use super::when;
use crate::domain::event::ModelCall;
use crate::domain::state::RunStatus;
use crate::tui::app::App;
use crate::tui::screens::output::Stream;
use crate::tui::screens::subject::Subject;
use crate::tui::screens::watch::Watch;
use crate::tui::theme::Tone;

/// Milliseconds of loading that are worth saying.
const LONG_LOAD: u64 = 500;

/// The text's name at the left, and at the right what is known of the call that it came from.
pub(super) fn subject_line(app: &App, watch: &Watch, width: usize) -> Line<'static> {
    let state = &watch.state;
    let subject = watch.subject();
    let call = watch
        .streams
        .get(&subject)
        .and_then(|stream| stream.call.as_ref());
    let (name, model, attempt) = match &subject {
        Subject::Planning => (
            writing(watch, "Making the plan", "The plan"),
            &state.models.planner,
            0,
        ),
        Subject::Deciding => (
            writing(watch, "Deciding what is next", "The decision"),
            &state.models.replanner,
            0,
        ),
        Subject::Answer => (answer_name(watch).to_owned(), &state.models.replanner, 0),
        Subject::Step(id) => {
            let rows = watch.rows();
            let row = rows.iter().find(|row| row.planned.step.id == *id);
            let name = match row {
                Some(row) => format!(
                    "{} {}",
                    row.number,
                    one_line(app.theme, &row.planned.step.description, width)
                ),
                None => "An earlier step".to_owned(),
            };
            let attempts = row.map_or(0, |row| row.planned.attempts);
            (name, &state.models.executor, attempts)
        }
    };
    let mut right = vec![];
    if width >= 44 {
        right.push(format!("  {}", one_line(app.theme, model, 20)));
        if attempt > 1 {
            right.push(format!("  attempt {attempt}"));
        }
        right.extend(call.map(speed).filter(|speed| !speed.is_empty()));
        let stream = watch.streams.get(&subject).filter(|_| watch.is_busy());
        let rate = stream.and_then(Stream::rate);
        right.extend(rate.map(|rate| format!("  ~{rate} tok/s")));
    }
    spread(
        app.theme,
        vec![span(app.theme, Tone::Strong, name)],
        vec![span(app.theme, Tone::Faint, right.concat())],
        width,
    )
}

/// What the work is called while it goes on, and what came of it.
fn writing(watch: &Watch, now: &str, then: &str) -> String {
    let name = if watch.is_being_written() || !watch.streams.contains_key(&watch.subject()) {
        now
    } else {
        then
    };
    name.to_owned()
}

fn answer_name(watch: &Watch) -> &'static str {
    match (&watch.state.response, &watch.state.incomplete) {
        (Some(_), Some(_)) => "Answer (incomplete)",
        (None, _) if watch.state.status == RunStatus::Failed => "No answer",
        _ => "Answer",
    }
}

/// How long the model took to load where that is worth saying, tokens, and tokens a second where the server measured
/// both.
fn speed(call: &ModelCall) -> String {
    let loaded = match call.load_ms {
        Some(ms) if ms > LONG_LOAD => format!("  loaded in {}", when::took(ms)),
        _ => String::new(),
    };
    let Some(tokens) = call.output_tokens else {
        return loaded;
    };
    let spent = call
        .duration_ms
        .saturating_sub(call.first_token_ms.unwrap_or(0));
    match (tokens * 1000).checked_div(spent) {
        Some(rate) if call.retries == 0 => format!("{loaded}  {tokens} tok  {rate} tok/s"),
        _ => format!("{loaded}  {tokens} tok"),
    }
}
