//! `&App` → frame.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::app::App;
use super::layout::{self, Shape};
use super::screens::dialog::Overlay;

mod calls;
mod compared;
mod decisions;
mod dialogs;
mod diff;
mod footer;
mod header;
mod history;
mod home;
mod menu;
mod models;
mod output;
mod paint;
mod plan;
mod reading;
mod replay;
mod request;
mod review;
mod run;
mod runs;
mod scrub;
mod steering;
mod subject;
mod timeline;
mod tools;
mod when;

pub(super) use compared::compared_end;
pub(super) use menu::{help_rows, palette_rows, settings_rows};
pub(super) use output::text_area;
pub(super) use reading::{reading_end, reading_size};
pub(super) use request::request_end;
pub(super) use run::{pane_at, run_layout};

/// Draws one frame. Works at every size, zero included.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    if layout::shape(area) == Shape::Line {
        let (line, says_so) = header::one_line(app, usize::from(area.width));
        paint::put(frame, area, 0, Line::raw(line));
        if !says_so {
            paint::put(frame, area, 1, Line::raw("enlarge"));
        }
    } else {
        app.hits.clear();
        draw_screen(app, frame, area);
        for overlay in &app.overlays {
            app.hits.clear();
            draw_overlay(app, overlay, frame, area);
        }
        request::bar(app, frame, area);
        footer::draw(app, frame, area);
    }
    scrub::scrub(frame.buffer_mut());
    app.colors.paint(frame.buffer_mut());
}

fn draw_screen(app: &App, frame: &mut Frame<'_>, area: Rect) {
    // Below a list that fills the screen nothing shows through, and the cursor is not wanted.
    if matches!(app.overlays.first(), Some(Overlay::History(_))) {
        return;
    }
    match app.watch() {
        None => home::draw(app, frame, area),
        Some(watch) => match watch.review.as_ref().filter(|_| app.shows_review()) {
            Some(review) => review::draw(app, watch, review, frame, area),
            None => run::draw(app, watch, frame, area),
        },
    }
}

fn draw_overlay(app: &App, overlay: &Overlay, frame: &mut Frame<'_>, area: Rect) {
    match overlay {
        Overlay::History(state) => history::draw(app, state, frame, area),
        Overlay::Help(state) => menu::help(app, state, frame, area),
        Overlay::Palette(state) => menu::palette(app, state, frame, area),
        Overlay::Settings(state) => menu::settings(app, state, frame, area),
        Overlay::Tasks(state) => menu::tasks(app, state, frame, area),
        Overlay::Files(state, files) => menu::files(app, state, files, frame, area),
        Overlay::Prompt(state) => dialogs::prompt(app, state, frame, area),
        Overlay::Question(state) => dialogs::question(app, state, frame, area),
        Overlay::Request(state) => request::draw(app, state, frame, area),
        Overlay::Tools(selected) => tools::draw(app, *selected, frame, area),
        Overlay::Install(top) => dialogs::install(app, *top, frame, area),
        Overlay::Reading(state) => reading::draw(app, state, frame, area),
        Overlay::Compared(state) => compared::draw(app, state, frame, area),
        Overlay::Models(state) => models::draw(app, state, frame, area),
        Overlay::Diff(index, top) => diff::draw(app, *index, *top, frame, area),
    }
}
