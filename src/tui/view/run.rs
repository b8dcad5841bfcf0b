//! The run screen: header, task, and the parts side by side, one below the other or one at a time.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{one_line, put, span, spread, wrapped};
use super::{decisions, header, output, plan, replay, request, steering, timeline};
use crate::tui::app::App;
use crate::tui::hits::Hit;
use crate::tui::layout::{self, Divider, RunLayout};
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::theme::Tone;

/// Where the parts stand on a screen of this size.
pub(super) fn place(app: &App, watch: &Watch, area: Rect) -> RunLayout {
    let rows = if watch.view.whole_task {
        wrapped(&watch.state.task, area.width.saturating_sub(7), 12).len()
    } else {
        1
    };
    let below = match app.replayed() {
        Some(_) => replay::ROWS,
        None => u16::from(request::bar_text(app).is_some()),
    };
    let rows = u16::try_from(rows).unwrap_or(12);
    let steering = steering::rows(app, watch, area);
    layout::run(area, &watch.view, app.split, rows, (steering, below))
}

/// Where the parts of the run on screen stand.
pub(in crate::tui) fn run_layout(app: &App) -> Option<RunLayout> {
    let screen = Rect::new(0, 0, app.size.0, app.size.1);
    app.watch().map(|watch| place(app, watch, screen))
}

/// Notes the borders that can be moved.
fn dividers(app: &App, layout: &RunLayout) {
    let (plan, output) = (layout.plan, layout.output);
    // Beside each other, and sharing a border.
    if plan.is_empty() || output.is_empty() || output.x == plan.x {
        return;
    }
    let line = |area: Rect, divider| app.hits.row(area, 0, Hit::Border(divider));
    line(layout.timeline, Divider::Timeline);
    line(layout.decisions, Divider::Decisions);
    let column = Rect { width: 1, ..output };
    app.hits.place(column, Hit::Border(Divider::Column));
}

/// The part of the run on screen that lies at a place.
pub(in crate::tui) fn pane_at(app: &App, at: Position) -> Option<Pane> {
    let layout = run_layout(app)?;
    // Where borders are shared, the output has them.
    let parts = [
        (Pane::Output, layout.output),
        (Pane::Plan, layout.plan),
        (Pane::Timeline, layout.timeline),
        (Pane::Decisions, layout.decisions),
    ];
    let hit = parts.into_iter().find(|(_, part)| part.contains(at));
    hit.map(|(pane, _)| pane)
}

/// Draws everything but the footer.
pub(super) fn draw(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let layout = place(app, watch, area);
    let line = header::run(app, watch, usize::from(layout.header.width));
    put(frame, layout.header, 0, line);
    task(app, watch, frame, layout.task);
    tabs(app, watch, frame, layout.tabs);
    // The focused part last: its border and title win where parts overlap.
    plan::draw(app, watch, frame, &layout);
    timeline::draw(app, watch, frame, &layout);
    decisions::draw(app, watch, frame, &layout);
    output::draw(app, watch, frame, &layout);
    dividers(app, &layout);
    steering::draw(app, frame, layout.steering);
    if let Some(replayed) = app.replayed() {
        replay::draw(app, replayed, frame, layout.below);
    }
}

/// The task: its first line, or all of it.
pub(super) fn task(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let width = area.width.saturating_sub(7);
    let label = span(app.theme, Tone::Faint, " Task  ");
    if !watch.view.whole_task {
        let right = if layout::is_wide(app.size) {
            format!("  tokens {} ", header::tokens(watch))
        } else {
            String::new()
        };
        let room = usize::from(width).saturating_sub(right.len());
        let text = one_line(app.theme, &watch.state.task, room);
        let right = vec![span(app.theme, Tone::Faint, right)];
        let line = spread(
            app.theme,
            vec![label, Span::raw(text)],
            right,
            usize::from(area.width),
        );
        put(frame, area, 0, line);
        return;
    }
    for (row, line) in (0..).zip(wrapped(&watch.state.task, width, area.height)) {
        let lead = if row == 0 {
            label.clone()
        } else {
            Span::raw("       ")
        };
        let mut spans = vec![lead];
        spans.extend(line.spans);
        put(frame, area, row, Line::from(spans));
    }
}

/// The names of the parts with the shown one in brackets, on a rule.
fn tabs(app: &App, watch: &Watch, frame: &mut Frame<'_>, area: Rect) {
    let name = |pane: Pane, name: &str| {
        if watch.view.focus == pane {
            format!("[{name}]")
        } else {
            name.to_owned()
        }
    };
    let text = format!(
        "{rule} {} {} {} {} ",
        name(Pane::Plan, "1 Plan"),
        name(Pane::Timeline, "2 Time"),
        name(Pane::Output, "3 Output"),
        name(Pane::Decisions, "4 Decisions"),
        rule = app.theme.rule(),
    );
    let width = usize::from(area.width);
    let fill = width.saturating_sub(text.chars().count());
    let text = format!("{text}{}", app.theme.rule().repeat(fill));
    put(
        frame,
        area,
        0,
        Line::from(one_line(app.theme, &text, width)),
    );
}

/// Draws the border of a part, with its number, name and focus, and something at the right of the title.
pub(super) fn frame_part(
    app: &App,
    watch: &Watch,
    frame: &mut Frame<'_>,
    area: Rect,
    pane: Pane,
    right: String,
) {
    let focused = watch.view.focus == pane && !app.steers();
    let name = title(pane);
    let tone = if focused { Tone::Strong } else { Tone::Plain };
    let mark = if focused { " *" } else { "" };
    let mut block = app
        .theme
        .frame()
        .title(span(app.theme, tone, format!(" {name}{mark} ")));
    if !right.is_empty() && usize::from(area.width) > name.len() + right.len() + 8 {
        block = block.title_top(Line::from(right).right_aligned());
    }
    frame.render_widget(block, area);
}

fn title(pane: Pane) -> &'static str {
    match pane {
        Pane::Plan => "1 Plan",
        Pane::Timeline => "2 Timeline",
        Pane::Output => "3 Output",
        Pane::Decisions => "4 Decisions",
    }
}
