//! The first line of every screen.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::paint::{clip, one_line as safe, span, spread, taken};
use super::when;
use crate::domain::budget;
use crate::domain::state::RunStatus;
use crate::tui::app::App;
use crate::tui::screens::home::Trouble;
use crate::tui::screens::watch::{Asked, Watch};
use crate::tui::theme::Tone;

/// The header of the first screen.
pub(super) fn home(app: &App, width: usize) -> Line<'static> {
    let mut left = vec![span(app.theme, Tone::Strong, " planwright")];
    if app.in_memory {
        left.push(span(app.theme, Tone::Faint, "  nothing is kept"));
    }
    let mut right = Vec::new();
    if !app.server.model.is_empty() && !app.server.is_demo() && width >= 60 {
        right.push(Span::raw(format!(
            "model {}   ",
            safe(app.theme, &app.server.model, 30)
        )));
    }
    right.push(server(app, width.saturating_sub(14), true));
    right.push(Span::raw(" "));
    spread(app.theme, left, right, width)
}

/// What the server is, as sign and words, with its version where that is wanted.
fn server(app: &App, room: usize, versioned: bool) -> Span<'static> {
    let theme = app.theme;
    let bad = theme.pick("✗", "[!]");
    if app.server.is_demo() {
        return span(theme, Tone::Caution, "demo (scripted)");
    }
    let Some(status) = &app.server.status else {
        let text = if app.server.asking {
            "asking the server"
        } else {
            ""
        };
        return span(theme, Tone::Faint, text);
    };
    match (app.server.trouble(), &status.version) {
        (Some(Trouble::Unreachable { url, .. }), _) => {
            let asking = if app.server.asking { " (asking)" } else { "" };
            let text = format!("{bad} unreachable {}{asking}", safe(app.theme, &url, 60));
            span(theme, Tone::Bad, clip(app.theme, &text, room))
        }
        (Some(Trouble::NoModel { url }), _) => {
            let text = format!(
                "{} no model at {}",
                theme.warning(),
                safe(app.theme, &url, 60)
            );
            span(theme, Tone::Caution, clip(app.theme, &text, room))
        }
        (None, Ok(version)) => {
            let mut text = format!("{} ollama", theme.pick("✓", "[x]"));
            if versioned {
                text.push_str(&format!(" {}", safe(app.theme, version, 16)));
            }
            span(theme, Tone::Good, clip(app.theme, &text, room))
        }
        (None, Err(_)) => span(theme, Tone::Faint, ""),
    }
}

/// Where a run stands, in one or two words.
fn status(app: &App, watch: &Watch) -> (String, Tone) {
    let (sign, tone) = app.theme.run(watch.state.status);
    let word = match watch.state.status {
        _ if watch.requests() > 0 => {
            return (
                format!("{} REQUEST", app.theme.pick("✎", "[?]")),
                Tone::Caution,
            );
        }
        _ if watch.asked == Some(Asked::ToStop) => "STOPPING".to_owned(),
        RunStatus::Running if watch.asked == Some(Asked::ToPause) => "PAUSING".to_owned(),
        RunStatus::Running if !watch.is_at_work() && app.replayed().is_none() => {
            if watch.works_elsewhere() {
                "ELSEWHERE"
            } else {
                "INTERRUPTED"
            }
            .to_owned()
        }
        RunStatus::Running if watch.is_planning() => "PLANNING".to_owned(),
        RunStatus::Waiting => "REVIEW".to_owned(),
        other => other.word().to_uppercase(),
    };
    (format!("{sign} {word}"), tone)
}

/// Milliseconds a run has been at work, the time since its newest record included.
pub(super) fn elapsed(app: &App, watch: &Watch) -> u64 {
    let since = watch
        .state
        .last_at
        .filter(|_| watch.is_busy() && watch.state.pending_use().is_none())
        .map_or(0, |at| when::between(at, app.now));
    watch.state.totals.duration_ms + since
}

/// The header of a run. What matters less is left out where there is no room.
pub(super) fn run(app: &App, watch: &Watch, width: usize) -> Line<'static> {
    let theme = app.theme;
    let state = &watch.state;
    let (done, all) = (state.done(), state.plan.len());
    let (status, tone) = status(app, watch);
    let time = when::clock(elapsed(app, watch));
    let mut left = Vec::new();
    if width >= 72 {
        left.push(span(theme, Tone::Strong, " planwright"));
        left.push(Span::raw(" "));
    }
    let progress = if all > 0 {
        format!(" {done}/{all}")
    } else {
        String::new()
    };
    left.push(span(theme, tone, format!(" {status}{progress}")));
    if state.revision > 0 {
        left.push(Span::raw(format!("  rev {}", state.revision)));
    }
    if width >= 72 {
        let most = state.limits.max_iterations;
        left.push(Span::raw(format!("  round {}/{most}", watch.round())));
    }
    left.push(Span::raw(format!("  {time}")));
    if width >= 72 {
        left.extend(bounds(app, watch));
    }
    let used = taken(&left);
    spread(
        app.theme,
        left,
        right(app, watch, width.saturating_sub(used + 1)),
        width,
    )
}

/// The bounds that were set for this run as they run down; rounds stand by themselves.
fn bounds<'a>(app: &App, watch: &Watch) -> impl Iterator<Item = Span<'a>> {
    let theme = app.theme;
    let set = budget::left(&watch.state).into_iter();
    let set = set.filter(|bound| !matches!(bound.name, "rounds" | "steps"));
    set.map(move |bound| {
        let tone = if bound.is_scarce() {
            Tone::Caution
        } else {
            Tone::Faint
        };
        let short = match bound.name {
            "model calls" => "calls",
            "tool calls" => "tools",
            "seconds" => "s",
            name => name,
        };
        let text = format!(
            "  {short} {}/{}",
            when::count(bound.used),
            when::count(bound.max)
        );
        span(theme, tone, text)
    })
}

/// Tokens read and written so far.
pub(super) fn tokens(watch: &Watch) -> String {
    let totals = &watch.state.totals;
    format!(
        "{} in {} out",
        when::count(totals.prompt_tokens),
        when::count(totals.output_tokens)
    )
}

fn right(app: &App, watch: &Watch, room: usize) -> Vec<Span<'static>> {
    let theme = app.theme;
    let state = &watch.state;
    let context = state
        .last_call
        .as_ref()
        .and_then(|call| call.context_percent)
        .map(|percent| format!("ctx {percent}%"));
    let wide = crate::tui::layout::is_wide(app.size);
    // On a wide screen they stand beside the task.
    let tokens = if wide { String::new() } else { tokens(watch) };
    let (planner, executor) = (
        safe(app.theme, &state.models.planner, 24),
        safe(app.theme, &state.models.executor, 24),
    );
    let models = if planner == executor {
        executor.clone()
    } else {
        format!("plan {planner}  exec {executor}")
    };
    let models = match room {
        // The demo model has said its name already.
        _ if app.server.is_demo() => String::new(),
        60.. => models,
        _ => executor,
    };
    let mut server = server(app, 40, wide);
    // That it is a script is said before anything else, at length where there is room.
    let beside = context.as_ref().map_or(0, |context| context.len() + 2);
    if app.server.is_demo() && server.width() + beside + 3 > room {
        server.content = "demo".into();
    }
    let troubled = app.server.trouble().is_some();
    if troubled && server.width() + 3 > room {
        server.content = theme.pick("✗ server", "[!] server").into();
    }
    // What matters most last: it stands at the edge and is given up last.
    let mut candidates = [
        Span::raw(tokens),
        server,
        Span::raw(models),
        context.map_or_else(Span::default, Span::raw),
    ];
    if app.server.is_demo() || troubled {
        candidates.swap(1, 3);
    }
    let mut kept: Vec<Span<'static>> = Vec::new();
    let mut used = 1;
    for candidate in candidates.into_iter().rev().filter(|span| span.width() > 0) {
        used += candidate.width() + 2;
        if used > room {
            break;
        }
        kept.push(candidate);
    }
    let mut spans = Vec::new();
    for span in kept.into_iter().rev() {
        spans.push(Span::raw("  "));
        spans.push(span);
    }
    spans.push(span(theme, Tone::Plain, " "));
    spans
}

/// All that fits on a terminal too small for anything else, and whether it says that it is too small.
pub(super) fn one_line(app: &App, width: usize) -> (String, bool) {
    let whole = match (super::request::bar_text(app), app.watch()) {
        (Some(text), _) => return (clip(app.theme, &text, width), false),
        (None, None) => "planwright".to_owned(),
        (None, Some(watch)) => {
            let (sign, _) = app.theme.run(watch.state.status);
            let (done, all) = (watch.state.done(), watch.state.plan.len());
            let time = when::clock(elapsed(app, watch));
            let short = format!("{sign} {done}/{all} {time}");
            if format!("planwright {short} (enlarge)").width() > width {
                return (clip(app.theme, &short, width), false);
            }
            format!("planwright {short}")
        }
    };
    let long = format!("{whole} (enlarge)");
    let fits = long.width() <= width;
    (clip(app.theme, &long, width), fits)
}
