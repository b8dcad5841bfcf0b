//! The versions of the plan, the decisions and the warnings of a run, with what each cost and why it came about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{clip, put, put_styled, span, wrapped};
use super::{run, when};
use crate::domain::event::{ModelCall, NoticeLevel};
use crate::tui::app::App;
use crate::tui::hits::Hit;
use crate::tui::layout::RunLayout;
use crate::tui::screens::log::LogEntry;
use crate::tui::screens::made::decision_word;
use crate::tui::screens::watch::{Extent, Pane, Watch};
use crate::tui::theme::{Theme, Tone};

/// Draws the decisions pane.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, layout: &RunLayout) {
    let area = layout.decisions;
    if area.is_empty() {
        return;
    }
    if layout.borders {
        run::frame_part(app, watch, frame, area, Pane::Decisions, String::new());
    }
    let area = layout.inner(area);
    if watch.log.is_empty() {
        let text = span(app.theme, Tone::Faint, " none yet");
        put(frame, area, 0, Line::from(text));
        return;
    }
    entries(app, watch, frame, area);
}

/// The entries around the selected one: as many before it as fit, and what comes after it.
fn entries(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let focused = watch.view.focus == Pane::Decisions;
    let selected = watch.entry();
    let zoomed = watch.view.extent == Extent::Zoomed || area.height >= 20;
    let why_rows = if zoomed { 8 } else { 2 };
    let rows = usize::from(area.height);
    let mut first = selected;
    let mut blocks = vec![entry(app, watch, selected, area.width, why_rows)];
    let mut used = blocks[0].len();
    while let Some(before) = first.checked_sub(1) {
        let block = entry(app, watch, before, area.width, why_rows);
        used += block.len();
        if used > rows {
            break;
        }
        blocks.insert(0, block);
        first = before;
    }
    let after = (selected + 1..watch.log.len()).take(rows);
    blocks.extend(after.map(|index| entry(app, watch, index, area.width, why_rows)));
    let mut y = 0;
    for (index, lines) in (first..).zip(blocks) {
        for (nth, line) in lines.into_iter().enumerate() {
            let chosen = focused && index == selected && nth == 0;
            let tone = if chosen { Tone::Selected } else { Tone::Plain };
            put_styled(frame, area, y, line, app.theme.style(tone));
            app.hits.row(area, y, Hit::Entry(index));
            y += 1;
            if y >= area.height {
                return;
            }
        }
    }
}

fn entry(app: &App, watch: &Watch, index: usize, width: u16, why_rows: u16) -> Vec<Line<'static>> {
    let Some(entry) = watch.log.get(index) else {
        return Vec::new();
    };
    let (head, why) = match entry {
        LogEntry::Revision(index, what) => revision(watch, *index, what),
        LogEntry::Decision(index, call) => decision(watch, *index, call.as_ref()),
        LogEntry::Notice(index) => notice(app, watch, *index),
        LogEntry::Hint(index) => hint(app, watch, *index),
    };
    let mut lines = vec![Line::from(fitting(app.theme, head, usize::from(width)))];
    if let Some(why) = why {
        let text = wrapped(&why, width.saturating_sub(3), why_rows);
        lines.extend(text.into_iter().map(|line| {
            let mut spans = vec![Span::raw("   ")];
            spans.extend(line.spans);
            Line::from(spans).style(app.theme.style(Tone::Faint))
        }));
    }
    lines
}

/// The parts that fit, the last ones left out; of a first one that is too long as much as fits.
fn fitting(theme: Theme, parts: Vec<Span<'static>>, width: usize) -> Vec<Span<'static>> {
    let mut used = 0;
    let mut kept = Vec::new();
    for part in parts {
        used += part.width();
        if used > width {
            if kept.is_empty() {
                kept.push(Span::styled(clip(theme, &part.content, width), part.style));
            }
            break;
        }
        kept.push(part);
    }
    kept
}

type Entry = (Vec<Span<'static>>, Option<String>);

fn revision(watch: &Watch, index: usize, what: &str) -> Entry {
    let Some(revision) = watch.state.revisions.get(index) else {
        return (Vec::new(), None);
    };
    let by = match revision.approved_by {
        Some(by) => format!("  approved: {}", by.word()),
        None => String::new(),
    };
    let head = [
        format!(
            " rev{} {:<9} {what}",
            revision.revision,
            revision.source.word()
        ),
        cost(revision.made_by.as_ref()),
        by,
    ];
    let mut why = revision.reason.clone().map(|why| format!("why: {why}"));
    if why.is_none() && !revision.problems.is_empty() {
        why = Some(format!("problems: {}", revision.problems.join("; ")));
    }
    (head.map(Span::raw).to_vec(), why)
}

fn decision(watch: &Watch, index: usize, call: Option<&ModelCall>) -> Entry {
    let Some(made) = watch.state.decisions.get(index) else {
        return (Vec::new(), None);
    };
    let word = decision_word(made.decision);
    let most = watch.state.limits.max_iterations;
    let head = [format!(" {}/{most} {word}", made.iteration), cost(call)];
    let why = Some(format!("why: {}", made.reason)).filter(|_| !made.reason.is_empty());
    (head.map(Span::raw).to_vec(), why)
}

fn notice(app: &App, watch: &Watch, index: usize) -> Entry {
    let Some(made) = watch.state.notices.get(index) else {
        return (Vec::new(), None);
    };
    let tone = if made.level == NoticeLevel::Error {
        Tone::Bad
    } else {
        Tone::Caution
    };
    let head = format!(" {} {}", app.theme.warning(), made.level.word());
    (vec![span(app.theme, tone, head)], Some(made.text.clone()))
}

fn hint(app: &App, watch: &Watch, index: usize) -> Entry {
    let Some(hint) = watch.state.hints.get(index) else {
        return (Vec::new(), None);
    };
    let whom = match &hint.step {
        Some(step) => format!(" {} you, for step {step}", app.theme.pick("✎", "[e]")),
        None => format!(" {} you", app.theme.pick("✎", "[e]")),
    };
    (vec![Span::raw(whom)], Some(hint.text.clone()))
}

/// Time and tokens of the model call behind something.
pub(super) fn cost(call: Option<&ModelCall>) -> String {
    let Some(call) = call else {
        return String::new();
    };
    let tokens = call.prompt_tokens.unwrap_or(0) + call.output_tokens.unwrap_or(0);
    let time = when::took(call.duration_ms);
    if tokens > 0 {
        format!("  {time}  {} tok", when::count(tokens))
    } else {
        format!("  {time}")
    }
}
