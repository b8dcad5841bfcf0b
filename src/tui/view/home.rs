//! The first screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint::{field, field_rows, one_line, put, put_styled, span, wrapped};
use super::{header, models, runs};
use crate::session::DEMO_EXAMPLES;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::layout::{take_bottom, take_top};
use crate::tui::screens::home::{HomeFocus, Trouble};
use crate::tui::screens::models::SMALL;
use crate::tui::theme::Tone;
use crate::tui::update::is_offered;

/// Draws header, server trouble, task editor and recent runs; the footer's row is left free.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let row = take_top(&mut rest, 1);
    put(frame, row, 0, header::home(app, usize::from(row.width)));
    trouble(app, frame, &mut rest);
    pull(app, frame, &mut rest);
    live(app, frame, &mut rest);
    queue(app, frame, &mut rest);
    editor(app, frame, &mut rest);
    examples(app, frame, &mut rest);
    recent(app, frame, rest);
}

/// The model that is being fetched.
fn pull(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    if let Some(pull) = &app.pull {
        let row = take_top(rest, 1);
        put(
            frame,
            row,
            0,
            models::progress(app, pull, usize::from(row.width)),
        );
    }
}

/// What is wrong with the server and the keys that help.
fn trouble(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    let Some(trouble) = app.server.trouble() else {
        return;
    };
    let width = usize::from(rest.width.saturating_sub(2));
    let (what, why) = match trouble {
        Trouble::Unreachable { url, reason } => (
            format!("The model server is unreachable at {url}"),
            Some(reason),
        ),
        Trouble::NoModel { url } => (
            format!("The model server at {url} has no model"),
            Some(format!("{} is a small one: {}", SMALL.0, SMALL.1)),
        ),
    };
    let sign = app.theme.warning();
    let mut lines = Vec::new();
    let mut say = |lead: Span<'static>, tone: Tone, text: &str, rows: u16| {
        let room = rest.width.saturating_sub(4);
        for (row, line) in wrapped(text, room, rows).into_iter().enumerate() {
            let lead = if row == 0 {
                lead.clone()
            } else {
                Span::raw("   ")
            };
            let mut spans = vec![lead];
            spans.extend(line.spans);
            lines.push(Line::from(spans).style(app.theme.style(tone)));
        }
    };
    let most = if rest.height >= 12 { 3 } else { 1 };
    let lead = span(app.theme, Tone::Caution, format!(" {sign} "));
    say(lead, Tone::Strong, &what, most);
    if let Some(why) = why.filter(|_| rest.height >= 12) {
        say(Span::raw("   "), Tone::Faint, &why, most);
    }
    lines.extend(trouble_keys(app, width));
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let place = take_top(rest, rows.min(rest.height.saturating_sub(4)));
    for (index, line) in (0..).zip(lines) {
        put(frame, place, index, line);
    }
}

/// The keys that help, as they are in the context at hand; more than one line where they do not fit in one.
fn trouble_keys(app: &App, width: usize) -> Vec<Line<'static>> {
    let wanted = [
        (Action::PullSmall, "fetch a small model"),
        (Action::RetryServer, "retry"),
        (Action::SetServerUrl, "set another URL"),
        (Action::HowToInstall, "how to install Ollama"),
        (Action::UseDemo, "go on with the demo model"),
    ];
    let offers = app.keymap.offers(app.context());
    let mut lines: Vec<Vec<Span<'static>>> = vec![vec![Span::raw("   ")]];
    let mut used = 3;
    for (action, label) in wanted {
        let offer = offers.iter().find(|offer| offer.row.action == action);
        let can = action != Action::PullSmall || is_offered(app, app.context(), action);
        let Some(offer) = offer.filter(|_| can) else {
            continue;
        };
        let key = offer.key();
        let needed = key.width() + label.len() + 4;
        if used + needed > width && used > 3 {
            lines.push(vec![Span::raw("   ")]);
            used = 3;
        }
        used += needed;
        if let Some(line) = lines.last_mut() {
            line.push(span(app.theme, Tone::Key, key));
            line.push(Span::raw(format!(" {label}   ")));
        }
    }
    lines.into_iter().map(Line::from).collect()
}

/// The run at work, or the last that was.
fn live(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    let Some(watch) = app.live.as_ref().filter(|watch| watch.is_at_work()) else {
        return;
    };
    let row = take_top(rest, 1);
    let (sign, tone) = app.theme.run(watch.state.status);
    let (done, all) = (watch.state.done(), watch.state.plan.len());
    let what = if watch.wants_review() {
        "its plan waits for your review".to_owned()
    } else {
        format!("{done} of {all} steps done")
    };
    let mut head = format!(" {sign} {what}: ");
    let keys = app
        .keymap
        .offers(app.context())
        .iter()
        .find(|offer| offer.row.action == Action::ShowLive)
        .map(|offer| format!("  {} shows it ", offer.key()))
        .unwrap_or_default();
    let width = usize::from(row.width);
    if watch.wants_review() && head.width() + keys.width() > width {
        head = format!(" {sign} a plan to review ");
    }
    let room = width.saturating_sub(head.width() + keys.width());
    let line = vec![
        span(app.theme, tone, head),
        Span::raw(one_line(app.theme, &watch.state.task, room)),
        span(app.theme, Tone::Key, keys),
    ];
    put(frame, row, 0, Line::from(line));
}

/// The tasks that wait for their turn.
fn queue(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    let (count, most) = (app.queue.len(), usize::from(rest.height / 6).min(3));
    for (place, task) in app.queue.iter().take(most).enumerate() {
        let row = take_top(rest, 1);
        let head = if place == 0 { " next: " } else { " then: " };
        let more = match count - place - 1 {
            more @ 1.. if place + 1 == most => format!("  and {more} more"),
            _ => String::new(),
        };
        let more = if place == 0 && !app.is_at_work() {
            let begins = "  <home_editor.start_task> begins it";
            app.keymap.spelled(begins).into_owned()
        } else {
            more
        };
        let room = usize::from(row.width).saturating_sub(head.len() + more.len() + 1);
        let line = vec![
            span(app.theme, Tone::Faint, head),
            Span::raw(one_line(app.theme, task, room)),
            span(app.theme, Tone::Faint, more),
        ];
        put(frame, row, 0, Line::from(line));
    }
}

fn editor(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    let rows = field_rows(&app.home.task, rest.width.saturating_sub(4)).max(2) + 2;
    let place = take_top(rest, rows.min(rest.height.saturating_sub(2)).max(3));
    let focused = app.home.focus == HomeFocus::Editor && app.overlays.is_empty();
    let title = if focused { " Task * " } else { " Task " };
    let block = app.theme.frame().title(title);
    let inner = block.inner(place);
    frame.render_widget(block, place);
    app.hits.place(place, Hit::Editor);
    let inner = Rect {
        x: inner.x + 1.min(inner.width),
        width: inner.width.saturating_sub(2),
        ..inner
    };
    field(app, frame, inner, &app.home.task, focused);
    if app.home.task.is_empty() {
        let hint = clip_hint(app, usize::from(inner.width));
        put(
            frame,
            inner,
            0,
            Line::from(span(app.theme, Tone::Faint, hint)),
        );
    }
}

fn clip_hint(app: &App, width: usize) -> String {
    let hint = if app.home.focus == HomeFocus::Editor {
        "What is to be done? <home_editor.start_task> makes a plan and shows it to you first"
    } else {
        "<home_pane.to_editor> to type a task"
    };
    one_line(app.theme, &app.keymap.spelled(hint), width)
}

fn examples(app: &App, frame: &mut Frame<'_>, rest: &mut Rect) {
    if !app.server.is_demo() || rest.height < 9 {
        return;
    }
    let place = take_top(rest, 4);
    let keys = if app.home.focus == HomeFocus::Runs {
        " Tasks for the demo model: press the number"
    } else {
        " Tasks for the demo model: <home_editor.back>, then the number"
    };
    put(
        frame,
        place,
        0,
        Line::from(span(
            app.theme,
            Tone::Faint,
            app.keymap.spelled(keys).into_owned(),
        )),
    );
    for (row, example) in (1..).zip(DEMO_EXAMPLES) {
        let text = one_line(
            app.theme,
            example,
            usize::from(place.width).saturating_sub(5),
        );
        let line = vec![
            span(app.theme, Tone::Key, format!("  {row}  ")),
            Span::raw(text),
        ];
        put(frame, place, row, Line::from(line));
    }
}

fn recent(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 3 {
        return;
    }
    let focused = app.home.focus == HomeFocus::Runs && app.overlays.is_empty();
    let shown = app.runs.len();
    let title = match (focused, app.runs_total > shown) {
        (true, true) => format!(" Recent runs *  {shown} of {} ", app.runs_total),
        (false, true) => format!(" Recent runs  {shown} of {} ", app.runs_total),
        (true, false) => " Recent runs * ".to_owned(),
        (false, false) => " Recent runs ".to_owned(),
    };
    let block = app.theme.frame().title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if app.runs.is_empty() {
        let text = span(app.theme, Tone::Faint, " none yet");
        put(frame, inner, 0, Line::from(text));
        return;
    }
    let rows = usize::from(inner.height);
    let top = app.hits.window(List::Runs, shown, app.home.selected, rows);
    for (row, index) in (0..inner.height).zip(top..shown) {
        let selected = focused && index == app.home.selected;
        let line = runs::row(app, &app.runs[index], selected, usize::from(inner.width));
        let tone = if selected {
            Tone::Selected
        } else {
            Tone::Plain
        };
        put_styled(frame, inner, row, line, app.theme.style(tone));
        app.hits.row(inner, row, Hit::Run(index));
    }
}
