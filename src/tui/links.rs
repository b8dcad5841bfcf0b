//! Addresses that a terminal opens (OSC 8): written over the cells of a frame, and taken away from cells that are something
//! else by now. A terminal keeps such a mark with a cell until the cell is written again, which an unchanged cell is not.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};

use crossterm::cursor::{RestorePosition, SavePosition};
use crossterm::queue;
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

/// An address on one row of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) area: Rect,
    /// Printable ASCII.
    pub(super) url: String,
}

/// The marks that the terminal has.
#[derive(Default)]
pub(super) struct Links(Vec<(Link, Vec<Cell>)>);

impl Links {
    /// The terminal has none: everything was cleared.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Brings the terminal's marks up to date with a frame that was drawn and the addresses in it.
    ///
    /// # Errors
    /// Where `out` fails.
    pub(super) fn update(
        &mut self,
        out: &mut impl Write,
        frame: &Buffer,
        links: Vec<Link>,
    ) -> io::Result<()> {
        let seen: Vec<(Link, Vec<Cell>)> = links
            .into_iter()
            .map(|mut link| {
                link.area = link.area.intersection(frame.area);
                let cells = cells(frame, link.area)
                    .map(|(.., cell)| cell.clone())
                    .collect();
                (link, cells)
            })
            .filter(|(link, _)| !link.area.is_empty())
            .collect();
        if seen == self.0 {
            return Ok(());
        }
        queue!(out, SavePosition)?;
        for (link, _) in self.0.iter().filter(|link| !seen.contains(link)) {
            write(out, frame, link.area)?;
        }
        for (link, _) in seen.iter().filter(|link| !self.0.contains(link)) {
            let mut id = DefaultHasher::new();
            link.url.hash(&mut id);
            write!(out, "\x1b]8;id={:x};{}\x1b\\", id.finish(), link.url)?;
            write(out, frame, link.area)?;
            write!(out, "\x1b]8;;\x1b\\")?;
        }
        queue!(out, RestorePosition)?;
        self.0 = seen;
        Ok(())
    }
}

fn cells(frame: &Buffer, area: Rect) -> impl Iterator<Item = (u16, u16, &Cell)> {
    let places = area.intersection(frame.area).positions();
    places.map(|place| (place.x, place.y, &frame[place]))
}

fn write(out: &mut impl Write, frame: &Buffer, area: Rect) -> io::Result<()> {
    CrosstermBackend::new(out).draw(cells(frame, area))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Buffer {
        Buffer::with_lines([text])
    }

    fn link(x: u16, width: u16) -> Link {
        Link {
            area: Rect::new(x, 0, width, 1),
            url: "https://a.b".to_owned(),
        }
    }

    fn written(links: &mut Links, frame: &Buffer, now: Vec<Link>) -> String {
        let mut out = Vec::new();
        links.update(&mut out, frame, now).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_marked_once_and_cleared_when_they_are_something_else() {
        let mut links = Links::default();
        let first = frame("see https://a.b");
        let out = written(&mut links, &first, vec![link(4, 11)]);
        assert!(out.contains(";https://a.b\x1b\\"), "{out:?}");
        assert!(
            out.contains("https://a.b") && out.contains("\x1b]8;;\x1b\\"),
            "{out:?}"
        );
        assert_eq!(written(&mut links, &first, vec![link(4, 11)]), "");
        // Another text stands there, of which some characters are the same: all of its cells are written again.
        let second = frame("see what is here");
        let out = written(&mut links, &second, Vec::new());
        assert!(
            out.contains("what is her") && !out.contains("]8;"),
            "{out:?}"
        );
        // The screen is smaller by now.
        assert!(written(&mut links, &first, vec![link(4, 11)]).contains("]8;"));
        assert!(!written(&mut links, &frame("se"), vec![link(40, 11)]).contains("]8;"));
    }
}
