//! `&App` → frame.

use ratatui::Frame;

use super::app::App;

/// Draws one frame. Works at every size, zero included.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let _ = app;
    frame.render_widget("planwright", frame.area());
}
