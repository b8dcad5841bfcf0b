//! The README's picture shows the program as it is.

use planwright::tui::svg::picture;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

#[path = "../../examples/screenshot/replay.rs"]
mod replay;

#[test]
fn the_picture_in_the_readme_is_the_frame_that_is_drawn() {
    let stored = include_str!("../../assets/screen.svg");
    let drawn = replay::screen("live").unwrap();
    assert!(
        stored == drawn,
        "`assets/screen.svg` is not what is drawn now: look at it again after `cargo run --example screenshot > assets/screen.svg`"
    );
}

#[test]
fn there_is_a_picture_of_every_screen_that_is_named() {
    let all: Vec<String> = replay::SCREENS
        .iter()
        .map(|name| replay::screen(name).unwrap())
        .collect();
    for (at, one) in all.iter().enumerate() {
        assert!(all[..at].iter().all(|other| other != one));
    }
    assert_eq!(replay::screen("no such"), None);
}

#[test]
fn wide_characters_move_nothing_and_no_text_becomes_markup() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
    buffer.set_string(0, 0, "日本 a<b&c", Style::new());
    let svg = picture(&buffer, "\"quoted\" \u{1b}[2J");
    // A cell is 8.4 pixels wide, the margin 14: column 5 begins at 56.
    assert!(svg.contains(
        r#"x="56" y="47.2" textLength="42" lengthAdjust="spacingAndGlyphs">a&lt;b&amp;c<"#
    ));
    assert!(
        svg.contains(r#"x="30.8" y="47.2" textLength="16.8" lengthAdjust="spacingAndGlyphs">本<"#)
    );
    assert!(svg.contains("<title>&quot;quoted&quot; [2J</title>"));
}

#[test]
fn reversed_cells_stand_on_one_area_and_borders_are_lines() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 2));
    buffer.set_string(
        0,
        0,
        "ab cd",
        Style::new()
            .fg(Color::Green)
            .add_modifier(Modifier::REVERSED),
    );
    buffer.set_string(0, 1, "┌──┐", Style::new());
    let svg = picture(&buffer, "");
    assert!(svg.contains(r##"<rect x="14" y="34" width="42" height="18" fill="#8ccf7e"/>"##));
    assert!(svg.contains("V70M22.4 61H43.4M43.4 61V70"), "{svg}");
}
