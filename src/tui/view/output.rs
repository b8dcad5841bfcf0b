//! The text of the step, the plan or the answer that is being read.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{one_line, put, put_styled, span, wrapped};
use super::subject::subject_line;
use super::{calls, run, when};
use crate::domain::estimate::{Comparison, comparison};
use crate::domain::state::{RunStatus, StepStatus};
use crate::tui::app::App;
use crate::tui::effect::Clock;
use crate::tui::layout::{RunLayout, Shape, shape};
use crate::tui::screens::call::{Detail, Piece, indent};
use crate::tui::screens::subject::Subject;
use crate::tui::screens::watch::{Extent, Pane, Watch};
use crate::tui::theme::Tone;

/// Seconds without a token after which the model is probably being loaded.
const MAY_BE_LOADING: u64 = 2;
/// Seconds without a further piece of a reply that are worth saying.
const SILENT: u64 = 5;

/// Draws the output pane.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, layout: &RunLayout) {
    if layout.output.is_empty() {
        return;
    }
    if layout.borders {
        let follows = watch.view.pinned.is_none() || watch.subject() == watch.current();
        let follow = if watch.view.top.is_none() && watch.is_at_work() && follows {
            " follow "
        } else {
            ""
        };
        run::frame_part(
            app,
            watch,
            frame,
            layout.output,
            Pane::Output,
            follow.to_owned(),
        );
    }
    let (head, body) = parts(app, watch, layout, frame.area());
    for (row, line) in (0..).zip(head) {
        put(frame, padded(layout), row, line);
    }
    texts(app, watch, frame, body);
}

/// Where the text itself stands on the screen as it is now; of no size where none is shown.
pub(in crate::tui) fn text_area(app: &App) -> Rect {
    let Some(watch) = app.watch() else {
        return Rect::default();
    };
    let screen = Rect::new(0, 0, app.size.0, app.size.1);
    parts(app, watch, &run::place(app, watch, screen), screen).1
}

/// The inside of the pane with a column of air at the left where it has a border.
fn padded(layout: &RunLayout) -> Rect {
    let mut inner = layout.inner(layout.output);
    if layout.borders && inner.width > 2 {
        inner.x += 1;
        inner.width -= 1;
    }
    inner
}

/// The fixed lines above the text, and what is left for the text.
fn parts(app: &App, watch: &Watch, layout: &RunLayout, screen: Rect) -> (Vec<Line<'static>>, Rect) {
    if watch.view.extent == Extent::Raw {
        return (Vec::new(), layout.output);
    }
    let mut body = padded(layout);
    let mut head = Vec::new();
    head.push(subject_line(app, watch, usize::from(body.width)));
    head.extend(conditions(app, watch, body.width));
    if shape(screen) == Shape::Wide {
        let rule = app.theme.rule().repeat(usize::from(body.width));
        head.push(Line::from(span(app.theme, Tone::Faint, rule)));
    }
    head.truncate(usize::from(body.height.saturating_sub(1)));
    let rows = u16::try_from(head.len()).unwrap_or(0);
    body.y += rows;
    body.height -= rows;
    (head, body)
}

/// What planner or replanner is doing, and how much of it there is; nothing where it is not at work.
fn progress(app: &App, watch: &Watch) -> Option<String> {
    let subject = watch.subject();
    let stream = watch.streams.get(&subject)?;
    let done = stream.call.is_some() || stream.waiting_since.is_some() || !watch.is_busy();
    if done || !watch.is_being_written() {
        return None;
    }
    let (text, what) = match (subject, stream.content.is_empty()) {
        (Subject::Planning, false) => (&stream.content, "the planner is writing the plan"),
        (Subject::Planning, true) => (&stream.thinking, "the planner is thinking"),
        (_, false) => (&stream.content, "the replanner is writing its decision"),
        (_, true) => (&stream.thinking, "the replanner is thinking"),
    };
    let (dots, written) = (app.theme.dots(), text.text().chars().count());
    let written = when::count(u64::try_from(written).unwrap_or(u64::MAX));
    let unit = if written == "1" {
        "character"
    } else {
        "characters"
    };
    Some(format!("{what}{dots} {written} {unit}"))
}

/// Whether there is a text of a step whose work was stopped, and that is to be done yet.
fn is_of_another_attempt(watch: &Watch, subject: &Subject) -> bool {
    let Subject::Step(id) = subject else {
        return false;
    };
    let pending = watch
        .planned(id)
        .is_some_and(|planned| planned.status == StepStatus::Pending);
    let stream = watch.streams.get(subject);
    pending && stream.is_some_and(|stream| !stream.face(false).is_empty())
}

/// What one must know to read the text: that it is awaited, hidden, incomplete or missing, and what to do.
fn conditions(app: &App, watch: &Watch, width: u16) -> Vec<Line<'static>> {
    let theme = app.theme;
    let mut lines = Vec::new();
    let mut say = |tone: Tone, text: &str, rows: u16| {
        for line in wrapped(text, width, rows) {
            lines.push(line.style(theme.style(tone)));
        }
    };
    let state = &watch.state;
    let subject = watch.subject();
    if is_of_another_attempt(watch, &subject) {
        let text =
            "this is of an attempt that was stopped: the step is done anew when its turn comes";
        say(Tone::Caution, text, 2);
    }
    if let Some(stream) = watch.streams.get(&subject) {
        if let Some(since) = stream
            .waiting_since
            .filter(|_| watch.is_busy() && watch.requests() == 0)
        {
            if let Some(why) = &stream.again {
                say(Tone::Caution, &format!("sent again: {why}"), 2);
            }
            let turning = if app.clock() == Clock::Spinner {
                theme.spinner(app.now.as_millisecond())
            } else {
                ""
            };
            let seconds = when::between(since, app.now) / 1000;
            let dots = theme.dots();
            let why = if seconds >= MAY_BE_LOADING && stream.again.is_none() {
                " (the model may be loading)"
            } else {
                ""
            };
            // Between two tries nothing is under way.
            let what = if stream.again.is_some() && app.server.trouble().is_some() {
                "it is sent until the server answers"
            } else {
                "waiting for the first token"
            };
            say(
                Tone::Busy,
                &format!("{what}{dots} {seconds} s{why} {turning}"),
                2,
            );
        }
        let silent = stream
            .silent_since()
            .filter(|_| watch.is_busy() && watch.requests() == 0);
        let seconds = silent.map_or(0, |since| when::between(since, app.now) / 1000);
        if seconds >= SILENT {
            say(
                Tone::Caution,
                &format!("no text has come for {seconds} s"),
                1,
            );
        }
        if let Some(what) = progress(app, watch) {
            say(Tone::Busy, &what, 2);
        }
        let hides_thinking = !watch.view.thinking && watch.view.detail != Detail::Full;
        if hides_thinking && !stream.thinking.is_empty() && !stream.content.is_empty() {
            let text = "<run.toggle_thinking> shows what the model thought";
            say(Tone::Faint, &app.keymap.spelled(text), 1);
        }
    }
    if subject == Subject::Answer {
        if let Some(why) = &state.incomplete {
            let sign = theme.warning();
            say(Tone::Caution, &format!("{sign} incomplete: {why}"), 4);
        }
        if let Some(error) = &state.error {
            say(Tone::Bad, &format!("error: {error}"), 6);
        }
        if let Some(compared) = comparison(state).filter(|_| watch.is_over()) {
            say(Tone::Faint, &against(&compared), 3);
        }
        if let Some(hint) = &state.hint {
            say(Tone::Plain, &format!("hint: {hint}"), 4);
        }
    }
    if watch.works_elsewhere() {
        let text = "another planwright works on this run; here it is shown as it is recorded";
        say(Tone::Faint, text, 2);
    } else if let Some(what) = resting(watch).filter(|_| app.replayed().is_none()) {
        say(Tone::Caution, &app.keymap.spelled(what), 2);
    }
    lines
}

/// What was expected of the run, and what it took.
fn against(compared: &Comparison) -> String {
    let Comparison { expected, took } = compared;
    let tokens = |prompt: u64, output: u64| when::count(prompt.saturating_add(output));
    let time = match expected.duration_ms {
        Some(ms) => format!("about {}", when::took(ms)),
        None => "speed not known".to_owned(),
    };
    format!(
        "expected {} calls, {} tokens, {time}; the plan took {} calls, {} tokens, {}",
        expected.model_calls,
        tokens(expected.prompt_tokens, expected.output_tokens),
        took.model_calls,
        tokens(took.prompt_tokens, took.output_tokens),
        when::took(took.duration_ms),
    )
}

/// Why nothing goes on and which key changes that.
fn resting(watch: &Watch) -> Option<&'static str> {
    Some(match (watch.state.status, watch.is_at_work()) {
        (RunStatus::Failed, false) => {
            "the run ended without an answer; <run.resume_run> goes on with it"
        }
        (RunStatus::Waiting, false) => {
            "the plan waits for your review; <run.resume_run> goes on with the run"
        }
        (RunStatus::Rejected, _) => "the plan was rejected; <run.resume_run> goes on with the run",
        (RunStatus::Paused, true) => "paused; <run.continue> goes on",
        (RunStatus::Paused | RunStatus::Interrupted | RunStatus::Running, false) => {
            "the run was stopped; <run.resume_run> goes on with it"
        }
        _ => return None,
    })
}

fn texts(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let pieces = watch.pieces();
    let last = pieces.len().saturating_sub(1);
    if pieces.is_empty() {
        placeholder(app, watch, frame, area);
        return;
    }
    let theme = app.theme;
    let width = usize::from(area.width);
    let lead = " ".repeat(usize::from(indent(area.width)));
    let mut top = watch.text_top(area.width, area.height);
    let mut y = 0;
    for (index, piece) in pieces.into_iter().enumerate() {
        let height = piece.height(area.width);
        if top >= height {
            top -= height;
            continue;
        }
        let rows = area.height - y;
        let one = |tone, text: String| (tone, vec![Line::from(text)]);
        let (tone, lines) = match piece {
            Piece::Text(text, back) => {
                let needle = watch.view.needle.as_ref().filter(|_| index == last);
                let tone = if back { Tone::Faint } else { Tone::Plain };
                app.hits.text(below(area, y, 0), text, top);
                (tone, text.window_marking(area.width, top, rows, needle))
            }
            Piece::Part(tone, text) => {
                let mut lines = text.window(area.width - indent(area.width), top, rows);
                app.hits.text(below(area, y, indent(area.width)), text, top);
                for line in &mut lines {
                    line.spans.insert(0, Span::raw(lead.clone()));
                }
                (tone, lines)
            }
            Piece::Head(call, used) => (
                Tone::Plain,
                vec![calls::head(app, watch, call, used, width)],
            ),
            Piece::Excerpt(row) => {
                let row = one_line(theme, row, width.saturating_sub(lead.len()));
                one(Tone::Faint, format!("{lead}{row}"))
            }
            Piece::More(rows) => {
                let rows = u64::try_from(rows).unwrap_or(u64::MAX);
                let dots = theme.dots();
                one(
                    Tone::Faint,
                    format!("{lead}{dots} {} more", when::count(rows)),
                )
            }
            Piece::Gap => one(Tone::Plain, String::new()),
        };
        for line in lines {
            put_styled(frame, area, y, line, theme.style(tone));
            y += 1;
        }
        top = 0;
        if y >= area.height {
            break;
        }
    }
}

/// What there is to say about a step that has no text yet.
fn placeholder(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let Subject::Step(id) = watch.subject() else {
        return;
    };
    let (Some(planned), Some(plan)) = (watch.planned(&id), watch.plan_of(&id)) else {
        return;
    };
    let mut lines = wrapped(&planned.step.description, area.width, area.height);
    if let Some(done_when) = &planned.step.done_when {
        lines.push(Line::default());
        let text = format!("done when: {done_when}");
        lines.extend(wrapped(&text, area.width, area.height));
    }
    if !planned.step.depends_on.is_empty() {
        let names: Vec<String> = planned
            .step
            .depends_on
            .iter()
            .filter_map(|id| plan.plan.iter().position(|p| p.step.id == *id))
            .map(|at| (at + 1).to_string())
            .collect();
        lines.push(Line::from(Span::raw(format!(
            "builds on: {}",
            names.join(", ")
        ))));
    }
    for (row, line) in (0..area.height).zip(lines) {
        put(frame, area, row, line.style(app.theme.style(Tone::Faint)));
    }
}

/// What is left of a part below its first rows and right of its first columns.
fn below(area: Rect, rows: u16, columns: u16) -> Rect {
    Rect {
        x: area.x + columns,
        y: area.y + rows,
        width: area.width - columns,
        height: area.height - rows,
    }
}
