//! What lies where on the screen, as it was drawn last, so that a click hits what is seen there.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use super::layout::Divider;

/// Something that a click can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// A row of the list that lies over the screen.
    Item(usize),
    /// A row of the plan.
    Plan(usize),
    /// A row of the time line.
    Lane(usize),
    /// An entry of the decisions.
    Entry(usize),
    /// A step of the plan under review.
    Step(usize),
    /// A recent run.
    Run(usize),
    /// The task editor.
    Editor,
    /// A border that can be moved.
    Border(Divider),
}

/// What lies where. Noted while drawing, which changes nothing else.
#[derive(Debug, Default)]
pub(super) struct Hits(RefCell<Vec<(Rect, Hit)>>);

impl Hits {
    /// Nothing lies anywhere: a screen is drawn, or something over it.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// Something takes this place.
    pub(super) fn place(&self, area: Rect, hit: Hit) {
        if !area.is_empty() {
            self.0.borrow_mut().push((area, hit));
        }
    }

    /// Something takes a row of a part, where the part has it.
    pub(super) fn row(&self, area: Rect, row: u16, hit: Hit) {
        if row < area.height {
            let (y, height) = (area.y + row, 1);
            self.place(Rect { y, height, ..area }, hit);
        }
    }

    /// What lies at a place, on top.
    pub(super) fn at(&self, at: Position) -> Option<Hit> {
        let hits = self.0.borrow();
        let on_top = hits.iter().rev().find(|(area, _)| area.contains(at));
        on_top.map(|(_, hit)| *hit)
    }
}
