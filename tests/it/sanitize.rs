//! What a terminal may receive.

use std::borrow::Cow;

use planwright::domain::sanitize::{BlockStream, block, json, line, visible};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

#[test]
fn escape_sequences_go_whole() {
    for (text, clean) in [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mrgb", "rgb"),
        ("\x1b[?1049hx", "x"),
        ("\x1b[2 qx", "x"),
        ("\u{9b}31mred", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\u{9d}0;title\u{9c}x", "x"),
        ("\x1b]52;c;aGVsbG8=\x07x", "x"),
        ("\x1b]8;;http://a.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2;0;0;0\x1b\\x", "x"),
        ("\u{90}q\u{9c}x", "x"),
        ("\x1b_Gf=24;AAAA\x1b\\x", "x"),
        ("\x1b^pm\x1b\\x", "x"),
        ("\x1bXsos\x1b\\x", "x"),
        ("\x1bktitle\x1b\\x", "x"),
        ("\x1bcx", "x"),
        ("\x1b(Bx", "x"),
        ("\x1b#8x", "x"),
        ("\x1b7x\x1b8", "x"),
        ("\x1b\x1b[31mx", "x"),
        ("a\x08\x07\x7f\u{85}\0b", "ab"),
    ] {
        assert_eq!(block(text), clean, "{text:?}");
    }
}

#[test]
fn what_never_ends_hides_nothing_but_its_introducer() {
    for (text, clean) in [
        ("a\x1b", "a"),
        ("a\x1b[", "a"),
        ("a\x1b[31", "a31"),
        ("a\x1b]0;title and more", "a0;title and more"),
        ("a\u{9d}0;t\n\x1b[31mb", "a0;t\nb"),
        ("a\x1b[3é", "aé"),
        ("a\x1bé", "aé"),
        ("a\x1b]x\x1b[1", "ax1"),
        ("a\x1b]8;;x) all this\x1b[0m end", "a8;;x) all this end"),
    ] {
        assert_eq!(block(text), clean, "{text:?}");
    }
    let long = format!("\x1b]{}\x07", "x".repeat(10_000));
    assert_eq!(block(&long), "x".repeat(10_000));
}

#[test]
fn line_ends_tabs_and_hidden_characters() {
    assert_eq!(block("a\r\nb\rc\r\r\nd"), "a\nb\nc\n\nd");
    assert_eq!(block("a\u{2028}b\u{2029}c"), "a\nb\nc");
    assert_eq!(
        block("\ta\tbcd\tabcd\t|\n\tx"),
        "    a   bcd abcd    |\n    x"
    );
    assert_eq!(block("漢字\tx"), "漢字    x");
    assert_eq!(
        block(
            "ab\u{202e}cd\u{2066}\u{200b}\u{ad}\u{feff}\u{e0041}\u{fff9}\u{180e}\u{3164}\u{115f}\u{34f}"
        ),
        "abcd"
    );
    let family = "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} می\u{200c}خواهم";
    assert!(matches!(block(family), Cow::Borrowed(text) if text == family));
}

#[test]
fn one_line_is_one_line() {
    assert_eq!(line("  a\n\n\tb \x1b[1m c  "), "a b c");
    assert_eq!(line("\n\n"), "");
    assert!(matches!(line(" a b "), Cow::Borrowed("a b")));
}

#[test]
fn hidden_characters_can_be_seen() {
    assert_eq!(
        visible("rm\x1b[8m -rf\u{202e}\u{9b}\n\t\u{200d}\u{ad}"),
        "rm\\x1b[8m -rf\\u{202e}\\x9b\\n\\t\\u{200d}\\u{ad}"
    );
    assert!(matches!(visible("ls -la"), Cow::Borrowed("ls -la")));
}

#[test]
fn json_carries_no_hidden_character() {
    assert_eq!(
        json("{\"a\":\"\u{7f}\u{9b}\u{202e}\u{e0041}\u{180e}\u{200d}\u{fe0f}é\"}"),
        "{\"a\":\"\\u007f\\u009b\\u202e\\udb40\\udc41\\u180e\\u200d\\ufe0fé\"}"
    );
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\x1b"),
        Just("\x1b["),
        Just("\x1b]"),
        Just("\x1bP"),
        Just("\x1b\\"),
        Just("\u{9b}"),
        Just("\u{9d}"),
        Just("\u{9c}"),
        Just("\x07"),
        Just("\r"),
        Just("\n"),
        Just("\t"),
        Just("\x7f"),
        Just("\u{202e}"),
        Just("\u{200b}"),
        Just("\u{200d}"),
        Just("\u{e0041}"),
        Just("\u{2028}"),
        Just("31m"),
        Just(";"),
        Just("m"),
        Just(" "),
        Just("a"),
        Just("é"),
        Just("漢"),
        Just("👩"),
        Just("("),
        Just("\x18"),
        Just("\""),
        Just("\\"),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn nothing_a_terminal_acts_upon_is_left(text in hostile()) {
        let clean = block(&text);
        prop_assert!(clean.chars().all(|c| c == '\n' || !c.is_control()), "{clean:?}");
        let hidden = clean.contains(['\u{202e}', '\u{200b}', '\u{e0041}', '\u{2028}']);
        prop_assert!(!hidden);
        prop_assert_eq!(block(&clean), clean.as_ref());
        prop_assert_eq!(matches!(clean, Cow::Borrowed(_)), clean.as_ref() == text);

        let one = line(&text);
        prop_assert!(!one.contains('\n') && !one.contains("  ") && one.trim() == one);
        prop_assert_eq!(line(&one), one.as_ref());

        let shown = visible(&text);
        prop_assert!(shown.chars().all(|c| !c.is_control()));
        prop_assert!(shown.width() >= text.chars().filter(|c| c.is_control()).count());
    }

    #[test]
    fn pieces_come_out_as_the_whole(text in hostile(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut at: Vec<usize> = cuts
            .iter()
            .map(|cut| cut.index(text.len() + 1))
            .map(|cut| (0..=cut).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0))
            .collect();
        at.extend([0, text.len()]);
        at.sort_unstable();
        let (mut pieces, mut cut) = (BlockStream::default(), String::new());
        for pair in at.windows(2) {
            pieces.push(&text[pair[0]..pair[1]], &mut cut);
        }
        let (mut at_once, mut whole) = (BlockStream::default(), String::new());
        at_once.push(&text, &mut whole);
        prop_assert_eq!(&cut, &whole);
        prop_assert!(block(&text).starts_with(&whole));
    }

    #[test]
    fn json_still_means_the_same(text in hostile()) {
        let written = serde_json::to_string(&vec![&text]).unwrap();
        let safe = json(&written);
        let fit = safe.chars().all(|c| !c.is_control() && c != '\u{202e}' && c != '\u{200b}');
        prop_assert!(fit);
        let read: Vec<String> = serde_json::from_str(&safe).unwrap();
        prop_assert_eq!(&read[0], &text);
    }
}
