//! Where a click in a text being typed puts its cursor.

use std::cmp::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget as _;
use tui_textarea::CursorMove;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr as _;

use super::{Field, Lines};

impl Field {
    /// Puts the cursor on the character at this place of the screen, or at the end of its row; `area` is where the text was
    /// drawn last.
    pub(in crate::tui) fn click(&mut self, area: Rect, at: Position) {
        for _ in 0..area.height {
            let Some(shown) = self.shown(area) else {
                return;
            };
            let before = self.area.cursor();
            match shown.y.cmp(&at.y) {
                Ordering::Equal => break,
                Ordering::Less => self.area.move_cursor(CursorMove::Down),
                Ordering::Greater => self.area.move_cursor(CursorMove::Up),
            }
            if self.area.cursor() == before {
                break;
            }
        }
        let Some(shown) = self.shown(area) else {
            return;
        };
        if at.x < shown.x {
            self.back_by(usize::from(shown.x - at.x));
        } else {
            self.on_by(usize::from(at.x - shown.x), shown.y, area);
        }
    }

    /// Where the cursor stands on the screen.
    fn shown(&self, area: Rect) -> Option<Position> {
        (&self.area).render(area, &mut Buffer::empty(area));
        self.area.rendered_cursor_position()
    }

    fn back_by(&mut self, columns: usize) {
        let (before, _) = self.around();
        let mut left = columns;
        for cluster in before.graphemes(true).rev() {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(cluster.width());
            for _ in cluster.chars() {
                self.area.move_cursor(CursorMove::Back);
            }
        }
    }

    fn on_by(&mut self, columns: usize, row: u16, area: Rect) {
        let (_, after) = self.around();
        let mut room = columns;
        // How many code points lie before each place where the cursor may come to stand.
        let mut places = vec![0];
        for cluster in after.graphemes(true) {
            let width = cluster.width();
            if width > room {
                break;
            }
            room -= width;
            let last = places.last().copied().unwrap_or(0);
            places.push(last + cluster.chars().count());
        }
        let (line, column) = self.area.cursor();
        // The last of them that is still in this row of the screen.
        let (mut first, mut end) = (0, places.len());
        while self.lines == Lines::Many && end - first > 1 {
            let middle = first + (end - first) / 2;
            self.go_to(line, column + places[middle]);
            // A row more than is seen: a place below the last one is not scrolled into it.
            let taller = Rect {
                height: area.height.saturating_add(1),
                ..area
            };
            if self.shown(taller).is_some_and(|shown| shown.y == row) {
                first = middle;
            } else {
                end = middle;
            }
        }
        let place = if self.lines == Lines::Many {
            first
        } else {
            end - 1
        };
        self.go_to(line, column + places[place]);
    }

    fn go_to(&mut self, line: usize, column: usize) {
        // Farther than this the widget cannot jump; what is so long stays where it is.
        if let (Ok(line), Ok(column)) = (u16::try_from(line), u16::try_from(column)) {
            self.area.move_cursor(CursorMove::Jump(line, column));
        }
    }
}
