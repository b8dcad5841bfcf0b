//! Help and the command palette, both made from the keymap.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{clip, dialog, field, one_line, put, put_styled, span, wrapped};
use crate::config;
use crate::tui::app::App;
use crate::tui::hits::{Hit, List};
use crate::tui::keymap::{Context, Keymap, Offer};
use crate::tui::layout::{centered, take_bottom, take_top};
use crate::tui::screens::dialog::{Menu, Overlay};
use crate::tui::theme::{Theme, Tone};
use crate::tui::update::why_not;

/// One row of the help.
pub(in crate::tui) enum HelpRow {
    Title(Context),
    Key {
        keys: String,
        help: Cow<'static, str>,
    },
}

/// The keys of the context that help was asked in, nearest first, then all the others; narrowed by what is typed.
pub(in crate::tui) fn help_rows(keymap: &Keymap, menu: &Menu) -> Vec<HelpRow> {
    let mut rows = Vec::new();
    let near: Vec<Context> = menu.context.chain().collect();
    let offers = keymap.offers(menu.context);
    for context in &near {
        let here = offers.iter().filter(|offer| offer.row.context == *context);
        let keys = here.map(|offer| (offer.all_keys(), keymap.spelled(offer.row.help)));
        section(menu, &mut rows, *context, keys);
    }
    for context in keymap.contexts() {
        if !near.contains(&context) {
            let keys = keymap
                .of(context)
                .map(|offer| (offer.all_keys(), keymap.spelled(offer.row.help)));
            section(menu, &mut rows, context, keys);
        }
    }
    rows
}

fn section(
    menu: &Menu,
    rows: &mut Vec<HelpRow>,
    context: Context,
    keys: impl Iterator<Item = (String, Cow<'static, str>)>,
) {
    let start = rows.len();
    for (keys, help) in keys {
        if menu.admits(&format!("{} {keys} {help}", context.title())) {
            rows.push(HelpRow::Key { keys, help });
        }
    }
    if rows.len() > start {
        rows.insert(start, HelpRow::Title(context));
    }
}

/// The actions of the context that the palette was asked in, narrowed by what is typed.
pub(in crate::tui) fn palette_rows<'a>(keymap: &'a Keymap, menu: &Menu) -> Vec<Offer<'a>> {
    keymap
        .offers(menu.context)
        .into_iter()
        .filter(|offer| !offer.row.action.is_elementary())
        .filter(|offer| menu.admits(&format!("{} {}", offer.row.label, offer.row.help)))
        .collect()
}

/// A box with a line to narrow the list by, and the room for the list.
fn frame_menu(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let mut rest = area;
    take_bottom(&mut rest, 1);
    let place = centered(rest, 112, rest.height.min(32));
    let mut inner = dialog(app, frame, place, title);
    let mut row = take_top(&mut inner, 1);
    put(
        frame,
        row,
        0,
        Line::from(span(app.theme, Tone::Key, " find: ")),
    );
    row.x += 7.min(row.width);
    row.width = row.width.saturating_sub(7);
    let on_top = matches!(
        app.overlays.last(),
        Some(
            Overlay::Help(_)
                | Overlay::Palette(_)
                | Overlay::Tasks(_)
                | Overlay::Files(..)
                | Overlay::Settings(_)
        )
    );
    field(app, frame, row, &menu.filter, on_top);
    inner
}

/// Says so where nothing holds what is typed.
fn nothing(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let text = if menu.filter.is_empty() {
        " there is nothing here yet"
    } else {
        " nothing has these words in it"
    };
    put(
        frame,
        area,
        0,
        Line::from(span(app.theme, Tone::Faint, text)),
    );
}

/// Draws the help.
pub(super) fn help(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let area = frame_menu(app, menu, frame, area, "Keys");
    let rows = help_rows(&app.keymap, menu);
    if rows.is_empty() {
        nothing(app, menu, frame, area);
    }
    let width = usize::from(area.width);
    let blocks: Vec<Vec<Line<'static>>> = rows
        .iter()
        .map(|row| help_lines(app.theme, row, width))
        .collect();
    // No further down than to where the last row is in sight.
    let mut room = usize::from(area.height);
    let fits = blocks.iter().rev().take_while(|block| {
        let fits = block.len() <= room;
        room -= block.len().min(room);
        fits
    });
    let top = menu.selected.min(blocks.len() - fits.count());
    for (y, line) in (0..area.height).zip(blocks.into_iter().skip(top).flatten()) {
        put(frame, area, y, line);
    }
}

/// One row of the help; where it is narrow, what a key does stands below it.
fn help_lines(theme: Theme, row: &HelpRow, width: usize) -> Vec<Line<'static>> {
    let line = match row {
        HelpRow::Title(context) => {
            Line::from(span(theme, Tone::Strong, format!(" {}", context.title())))
        }
        HelpRow::Key { keys, help } if width < 60 => {
            let keys = format!("   {}", clip(theme, keys, width.saturating_sub(3)));
            let mut lines = vec![Line::from(span(theme, Tone::Key, keys))];
            let room = u16::try_from(width.saturating_sub(5)).unwrap_or(u16::MAX);
            for mut line in wrapped(help, room, 3) {
                line.spans.insert(0, Span::raw("     "));
                lines.push(line);
            }
            return lines;
        }
        HelpRow::Key { keys, help } => {
            let column = 26;
            let keys = format!("   {:<column$} ", clip(theme, keys, column));
            let room = width.saturating_sub(column + 4);
            Line::from(vec![
                span(theme, Tone::Key, keys),
                Span::raw(clip(theme, help, room)),
            ])
        }
    };
    vec![line]
}

/// Draws the palette.
pub(super) fn palette(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let area = frame_menu(app, menu, frame, area, "Commands");
    let rows = palette_rows(&app.keymap, menu);
    if rows.is_empty() {
        nothing(app, menu, frame, area);
    }
    let selected = menu.selected.min(rows.len().saturating_sub(1));
    let top = app
        .hits
        .window(List::Menu, rows.len(), selected, usize::from(area.height));
    let width = usize::from(area.width);
    for (y, (at, offer)) in (0..area.height).zip(rows.iter().enumerate().skip(top)) {
        let why = why_not(app, menu.context, offer.row.action).err();
        let pointer = if at == selected {
            app.theme.pointer()
        } else {
            " "
        };
        let keys = format!("{pointer} {:<10} ", clip(app.theme, &offer.key(), 10));
        let text = match why {
            Some(why) => app
                .keymap
                .spelled(&format!("{} ({why})", offer.row.help))
                .into_owned(),
            None => app.keymap.spelled(offer.row.help).into_owned(),
        };
        let text = clip(app.theme, &text, width.saturating_sub(keys.chars().count()));
        let tone = if why.is_some() {
            Tone::Faint
        } else {
            Tone::Plain
        };
        let line = Line::from(vec![
            span(app.theme, Tone::Key, keys),
            span(app.theme, tone, text),
        ]);
        let tone = if at == selected {
            Tone::Selected
        } else {
            Tone::Plain
        };
        put_styled(frame, area, y, line, app.theme.style(tone));
        app.hits.row(area, y, Hit::Item(at));
    }
}

/// Draws the tasks of the past.
pub(super) fn tasks(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let area = frame_menu(app, menu, frame, area, "Earlier tasks");
    plain(app, menu, &app.home.earlier(&app.runs, menu), frame, area);
}

/// Draws the files of the workspace.
pub(super) fn files(app: &App, menu: &Menu, files: &[String], frame: &mut Frame<'_>, area: Rect) {
    let area = frame_menu(app, menu, frame, area, "Files");
    let shown: Vec<&str> = menu.admitted(files).map(String::as_str).collect();
    plain(app, menu, &shown, frame, area);
}

/// A list of texts, a row for each.
fn plain(app: &App, menu: &Menu, texts: &[&str], frame: &mut Frame<'_>, area: Rect) {
    if texts.is_empty() {
        nothing(app, menu, frame, area);
    }
    let selected = menu.selected.min(texts.len().saturating_sub(1));
    let top = app
        .hits
        .window(List::Menu, texts.len(), selected, usize::from(area.height));
    let width = usize::from(area.width).saturating_sub(2);
    for (y, (at, text)) in (0..area.height).zip(texts.iter().enumerate().skip(top)) {
        let chosen = at == selected;
        let pointer = if chosen { app.theme.pointer() } else { " " };
        let text = format!("{pointer} {}", one_line(app.theme, text, width));
        let tone = if chosen { Tone::Selected } else { Tone::Plain };
        put_styled(frame, area, y, Line::from(text), app.theme.style(tone));
        app.hits.row(area, y, Hit::Item(at));
    }
}

/// The settings that hold all that was typed.
pub(in crate::tui) fn settings_rows<'a>(
    settings: &'a [(String, String, String)],
    menu: &Menu,
) -> Vec<&'a (String, String, String)> {
    let rows = settings.iter();
    rows.filter(|(name, value, origin)| {
        menu.admits(&format!("{name} {value} {origin} {}", config::about(name)))
    })
    .collect()
}

/// Draws the settings, and below them what the selected one is for.
pub(super) fn settings(app: &App, menu: &Menu, frame: &mut Frame<'_>, area: Rect) {
    let mut area = frame_menu(app, menu, frame, area, "Settings");
    let rows_below = 4.min(area.height / 2);
    let about = take_bottom(&mut area, rows_below);
    let rows = settings_rows(&app.settings, menu);
    if rows.is_empty() {
        nothing(app, menu, frame, area);
    }
    let selected = menu.selected.min(rows.len().saturating_sub(1));
    let top = app.hits.window(
        List::Settings,
        rows.len(),
        selected,
        usize::from(area.height),
    );
    let width = usize::from(area.width).saturating_sub(2);
    for (y, (at, (name, value, _))) in (0..area.height).zip(rows.iter().enumerate().skip(top)) {
        let chosen = at == selected;
        let pointer = if chosen { app.theme.pointer() } else { " " };
        let value = one_line(app.theme, value, width);
        let text = clip(app.theme, &format!("{name:<28} {value}"), width);
        let text = format!("{pointer} {text}");
        let tone = if chosen { Tone::Selected } else { Tone::Plain };
        put_styled(frame, area, y, Line::from(text), app.theme.style(tone));
        app.hits.row(area, y, Hit::Item(at));
    }
    if let Some((name, _, origin)) = rows.get(selected) {
        let text = format!("{} ({origin})", config::about(name));
        for (y, line) in (0..about.height).zip(wrapped(&text, about.width, about.height)) {
            put(frame, about, y, line.style(app.theme.style(Tone::Faint)));
        }
    }
}
