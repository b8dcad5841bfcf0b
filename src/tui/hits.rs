//! What lies where on the screen, as it was drawn last, so that a click hits what is seen there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ratatui::layout::{Position, Rect};

use super::layout::Divider;
use super::links::Link;
use super::text::FlowText;

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
    /// The line in which a run is steered.
    Steering,
    /// A text being typed, as it was drawn in this place.
    Text(Rect),
    /// A border that can be moved.
    Border(Divider),
}

/// What lies where. Noted while drawing, which changes nothing else.
#[derive(Debug, Default)]
pub(super) struct Hits {
    places: RefCell<Vec<(Rect, Hit)>>,
    links: RefCell<Vec<Link>>,
    /// The first row of each list as it was drawn last.
    tops: RefCell<BTreeMap<List, usize>>,
}

/// A list that is longer than its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Runs,
    History,
    Menu,
    Settings,
    Models,
    Tools,
    Review,
    Lanes,
    Choices,
}

/// Rows between the selected one and the edge that it is moved towards.
const MARGIN: usize = 2;

impl Hits {
    /// Nothing lies anywhere: a screen is drawn, or something over it.
    pub(super) fn clear(&self) {
        self.places.borrow_mut().clear();
        self.links.borrow_mut().clear();
    }

    /// The first of `len` rows to show in `rows` rows so that `selected` is among them, with some around it: no other than
    /// before where that will do, so that what is looked at stays in its place.
    pub(super) fn window(&self, list: List, len: usize, selected: usize, rows: usize) -> usize {
        let margin = MARGIN.min(rows.saturating_sub(1) / 2);
        let lowest = selected.saturating_sub(margin);
        let highest = (selected + margin + 1).saturating_sub(rows).min(lowest);
        let mut tops = self.tops.borrow_mut();
        let top = tops.entry(list).or_default();
        *top = (*top).clamp(highest, lowest).min(len.saturating_sub(rows));
        *top
    }

    /// Something takes this place.
    pub(super) fn place(&self, area: Rect, hit: Hit) {
        if !area.is_empty() {
            self.places.borrow_mut().push((area, hit));
        }
    }

    /// Something takes a row of a part, where the part has it.
    pub(super) fn row(&self, area: Rect, row: u16, hit: Hit) {
        if row < area.height {
            let (y, height) = (area.y + row, 1);
            self.place(Rect { y, height, ..area }, hit);
        }
    }

    /// The addresses in a window of a text that was drawn here.
    pub(super) fn text(&self, area: Rect, text: &FlowText, top: usize) {
        let found = text.links(area.width, top, area.height).into_iter();
        let links = found.map(|link| Link {
            area: Rect::new(area.x + link.column, area.y + link.row, link.width, 1)
                .intersection(area),
            url: link.url,
        });
        self.links.borrow_mut().extend(links);
    }

    /// The addresses on the screen as it was drawn last.
    pub(super) fn links(&self) -> Vec<Link> {
        self.links.borrow().clone()
    }

    /// What lies at a place, on top.
    pub(super) fn at(&self, at: Position) -> Option<Hit> {
        let hits = self.places.borrow();
        let on_top = hits.iter().rev().find(|(area, _)| area.contains(at));
        on_top.map(|(_, hit)| *hit)
    }
}
