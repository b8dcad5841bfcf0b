//! The README's picture shows the program as it is.

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
