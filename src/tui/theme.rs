//! Colours and signs. A state is always a sign and a word; colour only repeats what they say.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::widgets::{Block, Borders};

use super::pacer::SPINNER_MS;
use crate::domain::event::StepOutcome;
use crate::domain::state::{RunStatus, StepStatus};

/// How things look in this terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    pub(super) color: bool,
    pub(super) ascii: bool,
}

/// What a piece of text is, which decides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Busy,
    Caution,
    Key,
    Selected,
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Theme {
    pub(super) fn style(self, tone: Tone) -> Style {
        let plain = Style::default();
        let colored = |color: Color| {
            if self.color { plain.fg(color) } else { plain }
        };
        match tone {
            Tone::Plain => plain,
            Tone::Strong => plain.add_modifier(Modifier::BOLD),
            Tone::Faint => plain.add_modifier(Modifier::DIM),
            Tone::Good => colored(Color::Green),
            Tone::Bad => colored(Color::Red),
            Tone::Busy => colored(Color::Cyan),
            Tone::Caution => colored(Color::Yellow),
            Tone::Key => colored(Color::Cyan).add_modifier(Modifier::BOLD),
            Tone::Selected => plain.add_modifier(Modifier::REVERSED),
        }
    }

    /// One of two texts, the second for terminals that show ASCII alone.
    pub(super) fn pick(self, sign: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { sign }
    }

    /// The sign of a step and how it is shown.
    pub(super) fn step(self, status: StepStatus, edited: bool) -> (&'static str, Tone) {
        match status {
            StepStatus::Running => (self.pick("▸", "[>]"), Tone::Busy),
            StepStatus::Finished(StepOutcome::Done) => (self.pick("✓", "[x]"), Tone::Good),
            StepStatus::Finished(StepOutcome::Failed) => (self.pick("✗", "[!]"), Tone::Bad),
            StepStatus::Finished(StepOutcome::Skipped) => (self.pick("⊘", "[-]"), Tone::Faint),
            StepStatus::Pending if edited => (self.pick("✎", "[~]"), Tone::Caution),
            StepStatus::Pending => (self.pick("◦", "[ ]"), Tone::Faint),
        }
    }

    /// The sign of a run and how it is shown.
    pub(super) fn run(self, status: RunStatus) -> (&'static str, Tone) {
        match status {
            RunStatus::Running => (self.pick("▸", "[>]"), Tone::Busy),
            RunStatus::Waiting => (self.pick("✎", "[?]"), Tone::Caution),
            RunStatus::Completed => (self.pick("✓", "[x]"), Tone::Good),
            RunStatus::Failed => (self.pick("✗", "[!]"), Tone::Bad),
            RunStatus::Rejected | RunStatus::Cancelled => (self.pick("⊘", "[-]"), Tone::Faint),
            RunStatus::Paused | RunStatus::Interrupted => (self.pick("◦", "[=]"), Tone::Caution),
        }
    }

    /// The sign before a selected row.
    pub(super) fn pointer(self) -> &'static str {
        self.pick("▸", ">")
    }

    /// The sign of a warning.
    pub(super) fn warning(self) -> &'static str {
        self.pick("⚠", "!")
    }

    /// The turning sign at this moment, in milliseconds.
    pub(super) fn spinner(self, now: i64) -> &'static str {
        const BRAILLE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const ASCII: [&str; 4] = ["|", "/", "-", "\\"];
        let frames: &[&'static str] = if self.ascii { &ASCII } else { &BRAILLE };
        let turn = usize::try_from(now.max(0) / SPINNER_MS).unwrap_or(0);
        frames[turn % frames.len()]
    }

    /// A box whose border joins with its neighbours where they overlap.
    pub(super) fn frame(self) -> Block<'static> {
        let block = Block::new().borders(Borders::ALL);
        if self.ascii {
            block.border_set(ASCII_BORDER)
        } else {
            block
                .border_set(border::PLAIN)
                .merge_borders(MergeStrategy::Exact)
        }
    }

    /// What stands where something was cut off, or goes on.
    pub(super) fn dots(self) -> &'static str {
        self.pick("…", "..")
    }

    /// The sign that rules are drawn with.
    pub(super) fn rule(self) -> &'static str {
        self.pick("─", "-")
    }
}
