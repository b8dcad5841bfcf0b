//! The calls of tools in the steps of a run: which there are, which are opened, which is chosen.

use super::call::{Call, Detail, EXCERPT_ROWS, Piece, Whole, body};
use super::subject::Subject;
use super::watch::Watch;
use crate::domain::event::{EventRecord, RunEvent};
use crate::domain::ids::StepId;
use crate::domain::state::ToolUse;

impl Watch {
    /// Notes a call of a tool, or what became of one.
    pub(super) fn note_calls(&mut self, record: &EventRecord) {
        match &record.event {
            RunEvent::ToolCalled { .. } => {
                let uses = self
                    .state
                    .at(&record.scope)
                    .map(|plan| plan.tool_uses.len());
                let index = uses.and_then(|uses| uses.checked_sub(1));
                if let Some((step, call)) = index.and_then(|index| Call::new(record, index)) {
                    self.calls.entry(step).or_default().push(call);
                }
            }
            RunEvent::ToolDecided { step, call, .. } => {
                if let Some(call) = self.call_mut(step, call) {
                    call.began = Some(record.at);
                    call.body = None;
                }
            }
            RunEvent::ToolReturned {
                step, call, output, ..
            } => {
                if let Some(call) = self.call_mut(step, call) {
                    call.brought(record.seq, output);
                }
            }
            _ => {}
        }
    }

    fn call_mut(&mut self, step: &StepId, name: &str) -> Option<&mut Call> {
        let mut calls = self.calls.get_mut(step)?.iter_mut().rev();
        calls.find(|call| call.name == name)
    }

    /// The calls of a step that the log still knows, oldest first.
    pub(in crate::tui) fn calls_of(&self, step: &StepId) -> Vec<(&Call, &ToolUse)> {
        let calls = self.calls.get(step).map_or(&[][..], Vec::as_slice);
        calls
            .iter()
            .filter_map(|call| {
                let used = self.state.at(&call.scope)?.tool_uses.get(call.index)?;
                (used.call == call.name).then_some((call, used))
            })
            .collect()
    }

    /// The calls of what is being read.
    pub(in crate::tui) fn shown_calls(&self) -> Vec<(&Call, &ToolUse)> {
        match self.subject() {
            Subject::Step(id) => self.calls_of(&id),
            _ => Vec::new(),
        }
    }

    /// The selected call of what is being read: the chosen one, else the newest.
    pub(in crate::tui) fn selected_call(&self) -> Option<String> {
        let calls = self.shown_calls();
        let chosen = calls
            .iter()
            .find(|(call, _)| Some(&call.name) == self.view.call.as_ref());
        chosen.or(calls.last()).map(|(call, _)| call.name.clone())
    }

    /// The rows of the calls, one piece after the other.
    pub(super) fn call_pieces<'a>(&'a self, pieces: &mut Vec<Piece<'a>>) {
        let detail = self.view.detail;
        for (call, used) in self.shown_calls() {
            pieces.push(Piece::Head(call, used));
            match &call.body {
                Some(body) if call.is_open(detail) => {
                    pieces.extend(body.iter().map(|(tone, text)| Piece::Part(*tone, text)));
                    pieces.push(Piece::Gap);
                }
                _ if detail == Detail::Brief => {}
                _ => {
                    let rows = call.excerpt.iter();
                    pieces.extend(rows.map(|row| Piece::Excerpt(row)));
                    if call.more > 0 {
                        pieces.push(Piece::More(call.more));
                    }
                }
            }
        }
        if detail == Detail::Brief && !pieces.is_empty() {
            pieces.push(Piece::Gap);
        }
    }

    /// Opens the selected call, or closes it; its head stays in sight.
    pub(in crate::tui) fn toggle_call(&mut self, width: u16, rows: u16) {
        let top = self.text_top(width, rows);
        let detail = self.view.detail;
        let (Some(name), Subject::Step(step)) = (self.selected_call(), self.subject()) else {
            return;
        };
        if let Some(call) = self.call_mut(&step, &name) {
            call.opened = Some(!call.is_open(detail));
        }
        self.view.top = Some(top.min(self.row_of_call(&name, width)));
        self.view.pinned = Some(self.subject());
        self.view.call = Some(name);
    }

    /// From now on every call is shown as all are.
    pub(in crate::tui) fn forget_opened(&mut self) {
        for call in self.calls.values_mut().flatten() {
            call.opened = None;
        }
    }

    /// Selects the next call, or the one before, and has it in sight.
    pub(in crate::tui) fn go_to_call(&mut self, forward: bool, width: u16, rows: u16) {
        let names: Vec<String> = {
            let calls = self.shown_calls();
            calls.iter().map(|(call, _)| call.name.clone()).collect()
        };
        let selected = self.selected_call();
        let at = names
            .iter()
            .position(|name| Some(name) == selected.as_ref());
        let last = names.len().saturating_sub(1);
        let at = match (at, &self.view.call) {
            (Some(at), Some(_)) if forward => (at + 1).min(last),
            (Some(at), _) if !forward => at.saturating_sub(1),
            (at, _) => at.unwrap_or(0),
        };
        let top = self.text_top(width, rows);
        if let Some(name) = names.get(at) {
            let row = self.row_of_call(name, width);
            let in_sight = row >= top && row + EXCERPT_ROWS < top + usize::from(rows);
            self.view.top = Some(if in_sight { top } else { row });
            self.view.pinned = Some(self.subject());
            self.view.call = Some(name.clone());
        }
    }

    /// The row of the pane that a call begins in.
    fn row_of_call(&self, name: &str, width: u16) -> usize {
        let pieces = self.pieces();
        let above = pieces
            .iter()
            .take_while(|piece| !matches!(piece, Piece::Head(call, _) if call.name == name));
        above.map(|piece| piece.height(width)).sum()
    }

    /// The call that the reader chose, where it has brought something.
    fn chosen_call(&self) -> Option<(&Call, &ToolUse)> {
        let name = self.view.call.as_ref()?;
        let mut calls = self.shown_calls().into_iter();
        calls.find(|(call, used)| call.name == *name && used.returned.is_some())
    }

    /// Whether the reader chose a call.
    pub(in crate::tui) fn has_chosen_call(&self) -> bool {
        self.chosen_call().is_some()
    }

    /// All of what the chosen call brought; none where it is in the log only.
    pub(in crate::tui) fn call_text(&self) -> Option<&str> {
        let (call, used) = self.chosen_call()?;
        call.output(used)
    }

    /// Makes what is shown of opened calls, and forgets it of all others: an output may be long.
    pub(in crate::tui) fn prepare_calls(&mut self, color: bool) {
        let subject = match self.subject() {
            Subject::Step(id) => Some(id),
            _ => None,
        };
        if let Some(before) = self
            .prepared
            .take()
            .filter(|id| Some(id) != subject.as_ref())
        {
            let calls = self.calls.get_mut(&before).into_iter().flatten();
            calls.for_each(Call::put_away);
        }
        let Some(id) = subject else {
            return;
        };
        let detail = self.view.detail;
        let state = &self.state;
        for call in self.calls.get_mut(&id).into_iter().flatten() {
            if !call.is_open(detail) {
                call.put_away();
            } else if call.body.is_none() {
                let plan = state.at(&call.scope);
                let used = plan.and_then(|plan| plan.tool_uses.get(call.index));
                call.body = used.map(|used| body(call, used, color));
            }
        }
        self.prepared = Some(id);
    }

    /// The numbers of the records whose outputs are to be read from the log, each said once.
    pub(in crate::tui) fn outputs_to_read(&mut self) -> Vec<u64> {
        let shelved: Vec<String> = self
            .shown_calls()
            .iter()
            .filter(|(call, used)| call.body.is_some() && call.output(used).is_none())
            .map(|(call, _)| call.name.clone())
            .collect();
        let Some(id) = self.prepared.clone().filter(|_| !shelved.is_empty()) else {
            return Vec::new();
        };
        let calls = self.calls.get_mut(&id).into_iter().flatten();
        calls
            .filter(|call| call.whole == Whole::Away && shelved.contains(&call.name))
            .filter_map(|call| {
                call.whole = Whole::Asked;
                call.returned
            })
            .collect()
    }

    /// An output was read from the log.
    pub(in crate::tui) fn output_read(&mut self, record: &EventRecord) {
        let RunEvent::ToolReturned {
            step, call, output, ..
        } = &record.event
        else {
            return;
        };
        if let Some(call) = self.call_mut(step, call)
            && call.whole == Whole::Asked
        {
            call.whole = Whole::Here(output.clone());
            call.body = None;
        }
    }
}
