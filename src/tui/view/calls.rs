//! A call of a tool in the output pane.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint::{one_line, span, spread};
use super::when;
use crate::domain::state::ToolUse;
use crate::tui::app::App;
use crate::tui::screens::call::{Call, Stand};
use crate::tui::screens::watch::{Pane, Watch};
use crate::tui::theme::{Theme, Tone};

/// The sign of a call and how it is shown.
pub(super) fn sign(theme: Theme, stand: Stand) -> (&'static str, Tone) {
    match stand {
        Stand::Waits => (theme.pick("✎", "[?]"), Tone::Caution),
        Stand::Runs => (theme.pick("▸", "[>]"), Tone::Busy),
        Stand::Worked => (theme.pick("✓", "[x]"), Tone::Good),
        Stand::Failed => (theme.pick("✗", "[!]"), Tone::Bad),
        Stand::Denied => (theme.pick("⊘", "[-]"), Tone::Bad),
        Stand::Dropped => (theme.pick("◦", "[ ]"), Tone::Faint),
    }
}

/// How long a call took, or has been running.
fn time(app: &App, watch: &Watch, call: &Call, used: &ToolUse) -> String {
    match (&used.returned, call.began, Stand::of(used)) {
        (Some(returned), ..) => when::took(returned.duration_ms),
        (None, Some(began), Stand::Runs) => when::took(when::between(began, app.time_of(watch))),
        _ => String::new(),
    }
}

/// The line of a call: what is used, what it is given, where it stands.
pub(super) fn head(
    app: &App,
    watch: &Watch,
    call: &Call,
    used: &ToolUse,
    width: usize,
) -> Line<'static> {
    let theme = app.theme;
    let stand = Stand::of(used);
    let (sign, tone) = sign(theme, stand);
    let fold = if call.is_open(watch.view.detail) {
        theme.pick("▾", "-")
    } else {
        theme.pick("▸", "+")
    };
    let right = format!(" {} {}", stand.word(), time(app, watch, call, used));
    let right = right.trim_end().to_owned();
    let name = one_line(theme, &used.tool, 24);
    let lead = format!("{fold} {sign} ").width() + name.width() + 2;
    let room = width.saturating_sub(lead + right.width() + 1);
    let chosen = watch.view.focus == Pane::Output && watch.view.call.as_ref() == Some(&call.name);
    let line = spread(
        theme,
        vec![
            Span::raw(format!("{fold} ")),
            span(theme, tone, format!("{sign} ")),
            span(theme, Tone::Strong, name),
            Span::raw("  "),
            span(theme, Tone::Faint, one_line(theme, &call.brief, room)),
        ],
        vec![span(theme, tone, right)],
        width,
    );
    if chosen {
        line.style(theme.style(Tone::Selected))
    } else {
        line
    }
}

/// What the running step is using, in a few words: `calc ✓ 2 calls`.
pub(super) fn in_use(
    theme: Theme,
    calls: &[(&Call, &ToolUse)],
    lead: &str,
    width: usize,
) -> Option<Line<'static>> {
    let (_, newest) = calls.last()?;
    let stand = Stand::of(newest);
    let (sign, tone) = sign(theme, stand);
    let count = match calls.len() {
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    };
    let what = match stand {
        Stand::Worked => format!("{sign} {count}"),
        _ => format!("{sign} {}", stand.word()),
    };
    let room = width.saturating_sub(what.width() + 6);
    let name = one_line(theme, &newest.tool, room);
    Some(Line::from(vec![
        span(theme, Tone::Faint, format!("{lead}tool {name} ")),
        span(theme, tone, what),
    ]))
}
