//! Bars of what was at work when, on one axis, so that what ran at the same time stands above each other.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::header::elapsed;
use super::paint::{clip, put, put_styled, span};
use super::{run, when};
use crate::domain::event::StepOutcome;
use crate::domain::timeline::{self, packed};
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::layout::RunLayout;
use crate::tui::screens::timeline::Lane;
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::theme::{Theme, Tone};

/// With fewer rows than this, not one is left for each.
const LEAST_ROWS: u16 = 4;
/// Columns of the names before the bars, and of the times after them.
const NAME: usize = 6;
const TIME: usize = 7;

/// Draws the time line pane.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, layout: &RunLayout) {
    let area = layout.timeline;
    if area.is_empty() {
        return;
    }
    let now = elapsed(app, watch);
    let lanes = watch.lanes(now);
    if layout.borders {
        let marked = lanes.iter().any(|lane| lane.is_critical);
        let mark = if marked && area.width >= 38 {
            "* critical  "
        } else {
            ""
        };
        let right = format!(" {mark}{} ", when::clock(now));
        run::frame_part(app, watch, frame, area, Pane::Timeline, right);
    }
    let area = layout.inner(area);
    if lanes.is_empty() {
        let text = span(app.theme, Tone::Faint, " nothing was at work yet");
        put(frame, area, 0, Line::from(text));
        return;
    }
    let focused = watch.view.focus == Pane::Timeline;
    // Where few rows fit and nobody moves in them, the rows are shared.
    if area.height < LEAST_ROWS && lanes.len() > usize::from(area.height) && !focused {
        shared(app.theme, &lanes, now, frame, area);
    } else {
        rows(app, watch, &lanes, now, frame, area);
    }
}

/// A row for each.
fn rows(app: &App, watch: &Watch, lanes: &[Lane], now: u64, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let at = watch.lane_of(lanes);
    let top = app.hits.window(
        List::Lanes,
        lanes.len(),
        at.unwrap_or(0),
        usize::from(area.height),
    );
    let width = usize::from(area.width);
    let axis = Axis {
        columns: width.saturating_sub(NAME + TIME + 1),
        end: now.max(1),
    };
    for (y, (index, lane)) in (0..area.height).zip(lanes.iter().enumerate().skip(top)) {
        let chosen = at == Some(index);
        let name = clip(theme, &lane.name, NAME - 1);
        let mark = if lane.is_critical { "*" } else { " " };
        let name = format!("{name:>width$}{mark}", width = NAME - 1);
        let mut spans = vec![Span::raw(name)];
        spans.extend(bar(theme, &axis, &lane.spans, now));
        let time = when::took(lane.took(now));
        spans.push(Span::raw(format!("{time:>TIME$}")));
        let tone = match (chosen, watch.view.focus == Pane::Timeline) {
            (true, true) => Tone::Selected,
            (true, false) => Tone::Strong,
            (false, _) => Tone::Plain,
        };
        put_styled(frame, area, y, Line::from(spans), theme.style(tone));
        app.hits.row(area, y, Hit::Lane(index));
    }
    if let Some(y) = u16::try_from(lanes.len()).ok().filter(|y| *y < area.height) {
        let text = format!("{}{}", " ".repeat(NAME), scale(&axis));
        put(frame, area, y, Line::from(span(theme, Tone::Faint, text)));
    }
}

/// What the columns mean: a time every ten columns or so, where each begins.
fn scale(axis: &Axis) -> String {
    let mut text = String::new();
    for tick in axis.ticks() {
        let (column, _) = axis.columns(tick, tick);
        let label = if tick < 60_000 {
            format!("'{}s", tick / 1000)
        } else {
            format!("'{}", when::clock(tick))
        };
        if column >= text.width() && column + label.width() <= axis.columns {
            text.push_str(&" ".repeat(column - text.width()));
            text.push_str(&label);
        }
    }
    text
}

/// Time in columns.
struct Axis {
    columns: usize,
    /// The time at the right edge, in milliseconds.
    end: u64,
}

impl Axis {
    /// Round times along the axis, far enough apart to be labelled.
    fn ticks(&self) -> impl Iterator<Item = u64> {
        let most = u64::try_from(self.columns / 10).unwrap_or(1).max(1);
        let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
        let seconds = steps
            .into_iter()
            .find(|seconds| self.end / (seconds * 1000) <= most);
        let step = seconds.map_or(self.end / most + 1, |seconds| seconds * 1000);
        (0..=self.end / step).map(move |at| at * step)
    }

    /// The columns of a stretch of time: at least one, and none beyond the edge.
    fn columns(&self, from: u64, to: u64) -> (usize, usize) {
        let place = |at: u64| {
            let columns = u64::try_from(self.columns).unwrap_or(0);
            let column = at.min(self.end).saturating_mul(columns) / self.end;
            usize::try_from(column).unwrap_or(0)
        };
        let first = place(from).min(self.columns.saturating_sub(1));
        (
            first,
            place(to).clamp(first + 1, self.columns.max(first + 1)),
        )
    }
}

fn tone(span: &timeline::Span) -> Tone {
    match (span.to, span.outcome) {
        (None, _) => Tone::Busy,
        (_, Some(StepOutcome::Failed)) => Tone::Bad,
        (_, Some(StepOutcome::Done)) => Tone::Good,
        _ => Tone::Plain,
    }
}

/// A stretch in so many columns; its last one says how it ended, or that it goes on.
fn filled(theme: Theme, span: &timeline::Span, columns: usize) -> String {
    let end = match (span.to, span.outcome) {
        (None, _) => theme.pick("▸", ">"),
        (_, Some(StepOutcome::Failed)) => theme.pick("✗", "!"),
        (_, Some(StepOutcome::Skipped)) => theme.pick("⊘", "/"),
        _ => theme.pick("▬", "="),
    };
    format!(
        "{}{end}",
        theme.pick("▬", "=").repeat(columns.saturating_sub(1))
    )
}

/// The stretches of one lane on the axis.
fn bar(theme: Theme, axis: &Axis, spans: &[timeline::Span], now: u64) -> Vec<Span<'static>> {
    let mut out = Vec::new();
    let mut column = 0;
    for stretch in spans {
        let (first, end) = axis.columns(stretch.from, stretch.to.unwrap_or(now));
        let first = first.max(column);
        if first >= end || first >= axis.columns {
            continue;
        }
        out.push(Span::raw(" ".repeat(first - column)));
        let text = filled(theme, stretch, end - first);
        out.push(span(theme, tone(stretch), text));
        column = end;
    }
    out.push(Span::raw(" ".repeat(axis.columns.saturating_sub(column))));
    out
}

/// As few rows as show what ran at the same time below each other; each stretch begins with its name.
fn shared(theme: Theme, lanes: &[Lane], now: u64, frame: &mut Frame<'_>, area: Rect) {
    let axis = Axis {
        columns: usize::from(area.width),
        end: now.max(1),
    };
    let all: Vec<(&Lane, &timeline::Span, (usize, usize))> = lanes
        .iter()
        .flat_map(|lane| lane.spans.iter().map(move |span| (lane, span)))
        .map(|(lane, span)| {
            let place = axis.columns(span.from, span.to.unwrap_or(now));
            (lane, span, place)
        })
        .collect();
    let times: Vec<(u64, u64)> = all
        .iter()
        .map(|(_, span, _)| (span.from, span.to.unwrap_or(now).max(span.from + 1)))
        .collect();
    let rows = packed(&times);
    for y in 0..area.height {
        let mut here: Vec<_> = all
            .iter()
            .zip(&rows)
            .filter(|(_, row)| **row == usize::from(y))
            .map(|(stretch, _)| stretch)
            .collect();
        here.sort_by_key(|(_, span, _)| span.from);
        let mut spans = Vec::new();
        let mut column = 0;
        for (lane, stretch, (first, end)) in here {
            let (first, end) = ((*first).max(column), (*end).min(axis.columns));
            if first >= end {
                continue;
            }
            spans.push(Span::raw(" ".repeat(first - column)));
            spans.push(span(
                theme,
                tone(stretch),
                named(theme, lane, stretch, end - first),
            ));
            column = end;
        }
        put(frame, area, y, Line::from(spans));
    }
}

/// A stretch of so many columns that begins with its name where there is room for it.
fn named(theme: Theme, lane: &Lane, stretch: &timeline::Span, columns: usize) -> String {
    let name = lane.name.width();
    if name < columns {
        format!("{}{}", lane.name, filled(theme, stretch, columns - name))
    } else {
        filled(theme, stretch, columns)
    }
}
