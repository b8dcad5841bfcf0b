//! Where things stand at each size of the terminal. Pure arithmetic, shared by drawing and scrolling.

use ratatui::layout::Rect;

use super::screens::watch::{Extent, Pane, RunView};

/// The five shapes of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// At least 110 by 30: everything beside everything.
    Wide,
    /// At least 72 by 18.
    Medium,
    /// Narrow but tall: one below the other.
    Portrait,
    /// One part at a time.
    Narrow,
    /// Below 24 by 8: one line.
    Line,
}

/// The shape of a screen of this size.
pub(super) fn shape(area: Rect) -> Shape {
    match (area.width, area.height) {
        (0..24, _) | (_, 0..8) => Shape::Line,
        (110.., 30..) => Shape::Wide,
        (72.., 18..) => Shape::Medium,
        (0..72, 40..) => Shape::Portrait,
        _ => Shape::Narrow,
    }
}

/// Whether a screen of this size shows everything beside everything.
pub(super) fn is_wide((columns, rows): (u16, u16)) -> bool {
    shape(Rect::new(0, 0, columns, rows)) == Shape::Wide
}

/// The parts of the run screen; a part of no size is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RunLayout {
    pub(super) header: Rect,
    pub(super) task: Rect,
    /// The names of the parts, where one is shown at a time.
    pub(super) tabs: Rect,
    pub(super) plan: Rect,
    pub(super) timeline: Rect,
    pub(super) output: Rect,
    pub(super) decisions: Rect,
    /// The line in which the run is steered.
    pub(super) steering: Rect,
    /// Rows above the footer for something else.
    pub(super) below: Rect,
    pub(super) footer: Rect,
    /// Whether the parts have borders.
    pub(super) borders: bool,
}

impl RunLayout {
    /// What is left of a part inside its border.
    pub(super) fn inner(&self, part: Rect) -> Rect {
        if self.borders {
            Rect {
                x: part.x.saturating_add(1),
                y: part.y.saturating_add(1),
                width: part.width.saturating_sub(2),
                height: part.height.saturating_sub(2),
            }
        } else {
            part
        }
    }
}

/// A border between parts that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Divider {
    /// Between the left column and the output.
    Column,
    /// Above the time line.
    Timeline,
    /// Above the decisions.
    Decisions,
}

/// Where the person has put the borders; none for where they stand by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Split {
    left: Option<u16>,
    timeline: Option<u16>,
    decisions: Option<u16>,
}

impl Split {
    /// Gives what belongs to a border so many columns or rows; what has no room for it is given what there is.
    pub(super) fn set(&mut self, divider: Divider, size: u16) {
        *match divider {
            Divider::Column => &mut self.left,
            Divider::Timeline => &mut self.timeline,
            Divider::Decisions => &mut self.decisions,
        } = Some(size);
    }
}

impl Split {
    /// The rows of time line and decisions in a column of this height, where they would have so many by themselves; the
    /// plan keeps some.
    fn rows(self, height: u16, timeline: u16, decisions: u16) -> (u16, u16) {
        let most = height.saturating_sub(2 * LEAST_ROWS).max(LEAST_ROWS);
        let decisions = self.decisions.unwrap_or(decisions).clamp(LEAST_ROWS, most);
        let most = height
            .saturating_sub(decisions + LEAST_ROWS)
            .max(LEAST_ROWS);
        let timeline = self.timeline.unwrap_or(timeline).clamp(LEAST_ROWS, most);
        (timeline, decisions)
    }
}

/// The fewest columns of the left column and of the output, and the fewest rows of a part with its border.
const LEAST_COLUMNS: u16 = 16;
const LEAST_ROWS: u16 = 3;

/// Cuts `rows` off the top of `area`.
pub(super) fn take_top(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect {
        height: rows,
        ..*area
    };
    area.y += rows;
    area.height -= rows;
    top
}

/// Cuts `rows` off the bottom of `area`.
pub(super) fn take_bottom(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    area.height -= rows;
    Rect {
        y: area.y + area.height,
        height: rows,
        ..*area
    }
}

/// The run screen; `task_rows` is how many rows the whole task would take, `steering` how many the line in which it is
/// steered, and `below` how many rows above the footer are wanted for something else.
pub(super) fn run(
    area: Rect,
    view: &RunView,
    split: Split,
    task_rows: u16,
    (steering, below): (u16, u16),
) -> RunLayout {
    let mut rest = area;
    let mut layout = RunLayout {
        footer: take_bottom(&mut rest, 1),
        ..RunLayout::default()
    };
    layout.below = take_bottom(&mut rest, below);
    layout.steering = take_bottom(&mut rest, steering);
    if view.extent == Extent::Raw {
        layout.output = rest;
        return layout;
    }
    let shape = shape(area);
    layout.header = take_top(&mut rest, 1);
    let task_rows = if view.whole_task {
        task_rows.clamp(1, (rest.height / 2).max(1))
    } else {
        u16::from(!matches!(shape, Shape::Narrow | Shape::Line))
    };
    layout.task = take_top(&mut rest, task_rows);
    if matches!(shape, Shape::Narrow | Shape::Line) {
        layout.tabs = take_top(&mut rest, 1);
        *part(&mut layout, view.focus) = rest;
        return layout;
    }
    layout.borders = true;
    if view.extent == Extent::Zoomed {
        *part(&mut layout, view.focus) = rest;
        return layout;
    }
    if shape == Shape::Portrait {
        let (plan, decisions) = (rest.height * 2 / 5, rest.height / 4);
        let mut top = take_top(&mut rest, plan);
        layout.timeline = take_bottom(&mut top, plan / 3);
        top.height += 1;
        layout.plan = top;
        layout.decisions = take_bottom(&mut rest, decisions);
        layout.output = overlapping_rows(rest);
        return layout;
    }
    let left = split
        .left
        .unwrap_or_else(|| (rest.width * 35 / 100).clamp(28, 46))
        .clamp(LEAST_COLUMNS, rest.width.saturating_sub(LEAST_COLUMNS));
    let (timeline, decisions) = match (shape, rest.height) {
        (Shape::Wide, height) => split.rows(height, height / 4, height / 4),
        (_, 18..) => split.rows(
            rest.height,
            (rest.height / 5).clamp(4, 9),
            (rest.height / 5).clamp(5, 9),
        ),
        _ => (0, 0),
    };
    let mut column = Rect {
        width: left,
        ..rest
    };
    layout.output = Rect {
        x: rest.x + left - 1,
        width: rest.width - left + 1,
        ..rest
    };
    layout.decisions = take_bottom(&mut column, decisions);
    if layout.decisions.height > 0 {
        column.height += 1;
    }
    layout.timeline = take_bottom(&mut column, timeline);
    if layout.timeline.height > 0 {
        column.height += 1;
    }
    layout.plan = column;
    show_focused(&mut layout, view.focus);
    layout
}

/// A part that has no room beside the others gets half of the plan's while it has the keyboard.
fn show_focused(layout: &mut RunLayout, focus: Pane) {
    if part(layout, focus).height > 0 {
        return;
    }
    let half = layout.plan.height / 2;
    let taken = take_bottom(&mut layout.plan, half);
    if half > 0 {
        layout.plan.height += 1;
    }
    *part(layout, focus) = taken;
}

/// The same rows and one more above and below, to share the borders there.
fn overlapping_rows(rows: Rect) -> Rect {
    Rect {
        y: rows.y.saturating_sub(1),
        height: rows.height + 2,
        ..rows
    }
}

fn part(layout: &mut RunLayout, pane: Pane) -> &mut Rect {
    match pane {
        Pane::Plan => &mut layout.plan,
        Pane::Timeline => &mut layout.timeline,
        Pane::Output => &mut layout.output,
        Pane::Decisions => &mut layout.decisions,
    }
}

/// A box of this size in the middle of `area`, cut to fit.
pub(super) fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}
