//! The rows of a text as they are drawn.

use std::ops::Range;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::{FlowText, Row, SourceLine, hang};
use crate::tui::find::Needle;
use crate::tui::highlight;
use crate::tui::markdown::{self, Kind, Spans};
use crate::tui::table::Piece;

impl FlowText {
    /// As [`FlowText::window`], with what is looked for set off.
    pub(in crate::tui) fn window_marking(
        &self,
        width: u16,
        top: usize,
        rows: u16,
        needle: Option<&Needle>,
    ) -> Vec<Line<'static>> {
        self.wrap(width);
        let wrapped = self.wrapped.borrow();
        let top = top.min(wrapped.rows.len());
        let bottom = top.saturating_add(rows.into()).min(wrapped.rows.len());
        let marks = match (needle, &wrapped.rows[top..bottom]) {
            (Some(needle), [first, .., last] | [first @ last]) => {
                self.marks(needle, first.start, last.end())
            }
            _ => Vec::new(),
        };
        let mut spans: Option<(usize, Spans)> = None;
        wrapped.rows[top..bottom]
            .iter()
            .map(|row| {
                let styled = match &mut spans {
                    Some((line, styled)) if *line == row.line() => styled,
                    other => &mut other.insert((row.line(), self.spans(row.line()))).1,
                };
                self.draw(row, width, styled, &marks)
            })
            .collect()
    }

    fn spans(&self, index: usize) -> Spans {
        match self.lines[index].kind {
            Kind::Prose { .. } | Kind::Heading | Kind::Table(_) => {
                markdown::spans(self.line(index), self.color)
            }
            Kind::Code(language) => highlight::spans(self.line(index), language, self.color),
            _ => Vec::new(),
        }
    }

    /// Where the needle stands between two bytes, matches that reach in from outside included. Looks at no more than
    /// that, whatever the text is.
    fn marks(&self, needle: &Needle, start: usize, end: usize) -> Vec<Range<usize>> {
        let mut from = start.saturating_sub(needle.reach());
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        let mut to = end.saturating_add(needle.reach()).min(self.text.len());
        while !self.text.is_char_boundary(to) {
            to += 1;
        }
        let here = needle.matches(&self.text[from..to]);
        here.map(|range| range.start + from..range.end + from)
            .collect()
    }

    fn draw(&self, row: &Row, width: u16, styled: &Spans, marks: &[Range<usize>]) -> Line<'static> {
        let SourceLine { start, kind } = self.lines[row.line()];
        let mut line = Line::default().style(markdown::line_style(kind, self.color));
        if let Some((table, widths)) = self.table(kind, width) {
            let (heads, rule) = (row.line() == table.first, row.line() == table.first + 1);
            if heads {
                line.style = line.style.add_modifier(Modifier::BOLD);
            }
            for piece in table.row(self.line(row.line()), &widths, row.part as usize, rule) {
                match piece {
                    Piece::Fill(text) => {
                        let faint = Style::new().add_modifier(Modifier::DIM);
                        line.push_span(Span::styled(text, faint));
                    }
                    Piece::Text(cell) => {
                        let shown = start + cell.start..start + cell.end;
                        self.show(&mut line, shown, start, styled, marks);
                    }
                }
            }
            return line;
        }
        if row.start > start && hang(kind, width) > 0 {
            line.push_span(Span::raw(" ".repeat(hang(kind, width))));
        }
        self.show(&mut line, row.start..row.end(), start, styled, marks);
        line
    }

    /// Appends a part of the text, which lies in the source line from byte `start` on, with the styles of that line.
    fn show(
        &self,
        line: &mut Line<'static>,
        shown: Range<usize>,
        start: usize,
        styled: &Spans,
        marks: &[Range<usize>],
    ) {
        let mut at = shown.start;
        for (range, style) in styled {
            let (from, to) = (range.start + start, range.end + start);
            if to <= at {
                continue;
            }
            if from >= shown.end {
                break;
            }
            if from > at {
                self.add(line, at..from, Style::new(), marks);
                at = from;
            }
            let to = to.min(shown.end);
            self.add(line, at..to, *style, marks);
            at = to;
        }
        if at < shown.end {
            self.add(line, at..shown.end, Style::new(), marks);
        }
    }

    /// Appends a part of the text in one style, with what is looked for set off.
    fn add(
        &self,
        line: &mut Line<'static>,
        range: Range<usize>,
        style: Style,
        marks: &[Range<usize>],
    ) {
        let mut at = range.start;
        for mark in marks {
            let (from, to) = (mark.start.max(at), mark.end.min(range.end));
            if from < to {
                if at < from {
                    line.push_span(Span::styled(self.text[at..from].to_owned(), style));
                }
                let style = style.add_modifier(Modifier::REVERSED);
                line.push_span(Span::styled(self.text[from..to].to_owned(), style));
                at = to;
            }
        }
        if at < range.end {
            line.push_span(Span::styled(self.text[at..range.end].to_owned(), style));
        }
    }
}
