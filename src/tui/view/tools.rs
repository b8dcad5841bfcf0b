//! The list of tools.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::calls;
use super::paint::{clip, dialog, one_line, put, put_styled, span, wrapped};
use super::when;
use crate::domain::policy::Permission;
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::layout::{centered, take_bottom};
use crate::tui::screens::call::Stand;
use crate::tui::screens::tools::{self, ToolRow};
use crate::tui::theme::{Theme, Tone};

/// Draws the list, and below it all that is known of the selected tool.
pub(super) fn draw(app: &App, selected: usize, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let rows = tools::rows(&app.tools, app.watch().map(|watch| &watch.state));
    let mut room = area;
    take_bottom(&mut room, 1);
    let wanted = rows.len().max(1) + 12;
    let place = centered(room, 110, u16::try_from(wanted).unwrap_or(u16::MAX));
    let title = match app.watch() {
        Some(_) => "Tools of this run",
        None => "Tools of the next run",
    };
    let usable = rows
        .iter()
        .filter(|row| row.usable && !row.is_gone())
        .count();
    let title = format!("{title}  {usable} of {}", rows.len());
    let mut inner = dialog(app, frame, place, &title);
    if rows.is_empty() {
        let text = span(theme, Tone::Faint, " there is no tool");
        put(frame, inner, 0, Line::from(text));
        return;
    }
    let selected = selected.min(rows.len() - 1);
    let below = (inner.height / 2).min(10);
    let details = take_bottom(&mut inner, below);
    let top = app
        .hits
        .window(List::Tools, rows.len(), selected, usize::from(inner.height));
    let width = usize::from(inner.width);
    for (y, (index, row)) in (0..inner.height).zip(rows.iter().enumerate().skip(top)) {
        let chosen = index == selected;
        let tone = if chosen { Tone::Selected } else { Tone::Plain };
        let line = line(theme, row, chosen, width);
        put_styled(frame, inner, y, line, theme.style(tone));
        app.hits.row(inner, y, Hit::Item(index));
    }
    about(app, &rows[selected], frame, details);
}

fn line(theme: Theme, row: &ToolRow<'_>, chosen: bool, width: usize) -> Line<'static> {
    let pointer = if chosen { theme.pointer() } else { " " };
    let tone = match row.permission() {
        Some(Permission::Allow) => Tone::Good,
        Some(Permission::Ask) => Tone::Caution,
        Some(Permission::Deny) => Tone::Bad,
        None => Tone::Faint,
    };
    let name = (width / 3).clamp(8, 28);
    let mut spans = vec![
        Span::raw(format!("{pointer} ")),
        Span::raw(padded(theme, row.name, name)),
        span(theme, tone, padded(theme, row.verdict(), 9)),
    ];
    if width >= 60 {
        let effect = row.entry.map_or("", |entry| entry.effect());
        spans.push(Span::raw(padded(theme, effect, 11)));
    }
    let (text, tone) = match row.last {
        Some(last) => {
            let stand = Stand::of(last);
            let (sign, tone) = calls::sign(theme, stand);
            let time = match &last.returned {
                Some(returned) => format!(" {}", when::took(returned.duration_ms)),
                None => String::new(),
            };
            let text = format!("{sign} {}{time}, used {}", stand.word(), row.uses);
            (text, tone)
        }
        None => (String::new(), Tone::Plain),
    };
    spans.push(span(theme, tone, padded(theme, &text, 26)));
    let source = row.entry.map_or("", |entry| entry.source.as_str());
    spans.push(Span::raw(padded(theme, source, 24)));
    Line::from(spans)
}

/// Untrusted text in so many columns.
fn padded(theme: Theme, text: &str, columns: usize) -> String {
    use unicode_width::UnicodeWidthStr as _;
    let text = clip(
        theme,
        &one_line(theme, text, columns),
        columns.saturating_sub(1),
    );
    let fill = columns.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

/// All that is known of the selected tool, and which tools could not be had.
fn about(app: &App, row: &ToolRow<'_>, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let mut lines: Vec<(Tone, String)> = Vec::new();
    match row.entry {
        Some(entry) => {
            lines.push((Tone::Plain, entry.spec.description.clone()));
            lines.push((Tone::Faint, format!("arguments: {}", entry.arguments)));
            if !row.usable {
                let why = "steps may not use it (`tools.enabled`, when the run started)";
                lines.push((Tone::Caution, why.to_owned()));
            }
        }
        None if row.is_gone() => lines.push((
            Tone::Caution,
            "this tool is named by the run and is not there any more".to_owned(),
        )),
        None => {}
    }
    for words in &row.granted {
        lines.push((Tone::Good, format!("you allowed: {words}")));
    }
    if let Some(returned) = row.last.and_then(|used| used.returned.as_ref()) {
        let text = one_line(theme, &returned.output, usize::from(area.width) * 2);
        lines.push((Tone::Faint, format!("last: {text}")));
    }
    for missing in &app.tools_missing {
        lines.push((Tone::Caution, format!("{} {missing}", theme.warning())));
    }
    let rule = theme.rule().repeat(usize::from(area.width));
    put(frame, area, 0, Line::from(span(theme, Tone::Faint, rule)));
    let mut y = 1;
    for (tone, text) in lines {
        for line in wrapped(&text, area.width.saturating_sub(2), 3) {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(line.spans);
            put(frame, area, y, Line::from(spans).style(theme.style(tone)));
            y += 1;
        }
    }
}
