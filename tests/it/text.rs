//! Text that grows while it is shown.

use planwright::domain::sanitize;
use planwright::tui::text::FlowText;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

fn of(text: &str) -> FlowText {
    let mut flow = FlowText::new();
    flow.push(text);
    flow
}

fn all(flow: &FlowText, width: u16) -> Vec<Line<'static>> {
    flow.window(width, 0, u16::MAX)
}

fn rows(text: &str, width: u16) -> Vec<String> {
    all(&of(text), width).iter().map(Line::to_string).collect()
}

#[test]
fn words_stay_whole_where_they_fit() {
    assert_eq!(rows("one two three", 8), ["one two", "three"]);
    assert_eq!(rows("one   two", 4), ["one", "two"]);
    assert_eq!(rows("a abcdefghij b", 4), ["a", "abcd", "efgh", "ij b"]);
    assert_eq!(rows("a\n\nb\n", 4), ["a", "", "b"]);
    assert_eq!(rows("", 4), Vec::<String>::new());
    assert_eq!(rows("      word", 4), ["", "word"]);
}

#[test]
fn wide_characters_part_anywhere_but_at_their_punctuation() {
    assert_eq!(rows("漢字漢字", 4), ["漢字", "漢字"]);
    assert_eq!(rows("漢字漢字", 5), ["漢字", "漢字"]);
    assert_eq!(rows("漢字。漢", 4), ["漢", "字。", "漢"]);
    assert_eq!(
        rows("👩\u{200d}👩\u{200d}👧👍🏽🇩🇪", 4),
        ["👩\u{200d}👩\u{200d}👧👍🏽", "🇩🇪"]
    );
    assert_eq!(
        rows("e\u{301}e\u{301}e\u{301}", 2),
        ["e\u{301}e\u{301}", "e\u{301}"]
    );
}

#[test]
fn bullets_hang() {
    assert_eq!(rows("- one two three", 8), ["- one", "  two", "  three"]);
    assert_eq!(rows("12. ab cd ef", 9), ["12. ab cd", "ef"]);
    assert_eq!(rows("12. ab cd ef", 10), ["12. ab cd", "    ef"]);
}

#[test]
fn code_keeps_its_white_space_and_is_cut_hard() {
    let flow = of("```text\nfn  main() {}\n```\nafter");
    let rows: Vec<_> = all(&flow, 8).iter().map(Line::to_string).collect();
    assert_eq!(rows, ["```text", "fn  main", "() {}", "```", "after"]);
    assert_eq!(all(&flow, 8)[1].style.fg, Some(Color::Cyan));
    assert_eq!(all(&flow, 8)[4].style.fg, None);
}

#[test]
fn spans_stand_out_once_they_are_closed() {
    let mut flow = of("# Head\na **strong");
    assert!(
        all(&flow, 40)[0]
            .style
            .add_modifier
            .contains(Modifier::BOLD)
    );
    assert_eq!(all(&flow, 40)[1].spans.len(), 1);
    flow.push("** and `co");
    flow.push("de` b");
    let line = &all(&flow, 40)[1];
    assert_eq!(line.to_string(), "a **strong** and `code` b");
    let bold = line
        .spans
        .iter()
        .find(|span| span.content == "**strong**")
        .unwrap();
    assert!(bold.style.add_modifier.contains(Modifier::BOLD));
    let code = line
        .spans
        .iter()
        .find(|span| span.content == "`code`")
        .unwrap();
    assert_eq!(code.style.fg, Some(Color::Cyan));

    let plain = flow.clone().with_color(false);
    let colors = all(&plain, 5)
        .iter()
        .flat_map(|line| line.spans.clone())
        .filter(|span| span.style.fg.is_some())
        .count();
    assert_eq!(colors, 0);
}

const TABLE: &str =
    "before\n\n| Country | GDP |\n|:--|--:|\n| France | 3.03 |\n| Germany | **4.53** |\n";

#[test]
fn a_table_stands_in_columns_once_it_is_whole() {
    let mut flow = of(TABLE);
    assert_eq!(all(&flow, 40)[4].to_string(), "| France | 3.03 |");
    flow.push("\nafter");
    let lines: Vec<String> = all(&flow, 40).iter().map(Line::to_string).collect();
    assert_eq!(
        lines,
        [
            "before",
            "",
            "| Country |      GDP |",
            "|---------|---------:|",
            "| France  |     3.03 |",
            "| Germany | **4.53** |",
            "",
            "after",
        ]
    );
    let heads = &all(&flow, 40)[2];
    assert!(heads.style.add_modifier.contains(Modifier::BOLD));
    // At the very end it is whole when nothing more comes.
    let mut flow = of(TABLE);
    flow.finish();
    assert_eq!(all(&flow, 40)[4].to_string(), "| France  |     3.03 |");
    let mut flow = of(TABLE.trim_end());
    flow.finish();
    assert_eq!(all(&flow, 40)[5].to_string(), "| Germany | **4.53** |");
    flow.push("\nmore\n");
    assert_eq!(all(&flow, 40).last().unwrap().to_string(), "more");
}

#[test]
fn a_letter_that_becomes_a_flag_gives_its_word_back_to_the_row_before() {
    let mut grown = FlowText::new();
    grown.push("- longerword\u{a0}a🇩");
    assert_eq!(grown.height(14), 3);
    grown.push("🇩");
    assert_eq!(all(&grown, 14), all(&of("- longerword\u{a0}a🇩🇩"), 14));
    assert_eq!(grown.height(14), 2);
}

#[test]
fn joined_letters_of_a_cell_take_the_columns_in_which_they_are_drawn() {
    let mut flow = of("| لا | b |\n|----|---|\n| لا | 日 |");
    flow.finish();
    for row in all(&flow, 14) {
        let text = row.to_string();
        let columns: usize = text.graphemes(true).map(UnicodeWidthStr::width).sum();
        assert_eq!(columns, 11, "{text}");
    }
}

#[test]
fn cells_that_are_too_wide_take_several_rows_and_a_table_without_room_is_text() {
    let mut flow = of("| a | what it is |\n|---|---|\n| 漢字 | some words in a long cell |\n\n");
    let lines: Vec<String> = all(&flow, 24).iter().map(Line::to_string).collect();
    assert_eq!(
        lines,
        [
            "| a    | what it is    |",
            "|------|---------------|",
            "| 漢字 | some words in |",
            "|      | a long cell   |",
            "",
        ]
    );
    assert_eq!(flow.height(24), 5);
    assert_eq!(all(&flow, 12)[0].to_string(), "| a | what");
    flow.set("```\n| a | b |\n|---|---|\n| 1 | 2 |\n```".to_owned());
    assert_eq!(
        all(&flow, 40)[3].to_string(),
        "| 1 | 2 |",
        "code is no table"
    );
}

#[test]
fn code_of_a_known_language_is_told_apart() {
    let flow = of("```rust\nlet x = \"y\"; // z\n```\n");
    let line = &all(&flow, 40)[1];
    let style = |text: &str| {
        line.spans
            .iter()
            .find(|span| span.content == text)
            .unwrap()
            .style
    };
    assert!(style("let").add_modifier.contains(Modifier::BOLD));
    assert_eq!(style("\"y\"").fg, Some(Color::Green));
    assert!(style("// z").add_modifier.contains(Modifier::DIM));
}

#[test]
fn what_replaces_a_text_is_sanitized_too() {
    let mut flow = of("old");
    flow.set("new\x1b[31m\r\ntext".to_owned());
    assert_eq!(flow.text(), "new\ntext");
    assert_eq!(flow.height(80), 2);
    assert!(!flow.is_empty());
}

#[test]
fn nothing_is_nothing_and_no_size_panics() {
    let flow = of("words and 漢字\n```\ncode");
    assert_eq!(flow.height(0), 0);
    for width in 0..12 {
        assert_eq!(flow.window(width, 0, u16::MAX).len(), flow.height(width));
        assert!(flow.window(width, usize::MAX, 5).is_empty());
        assert!(flow.window(width, 1, 1).len() <= 1);
    }
}

fn prose() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("word "),
        Just("a"),
        Just("longerword"),
        Just(" "),
        Just("   "),
        Just("\n"),
        Just("\n\n"),
        Just("- "),
        Just("1. "),
        Just("```"),
        Just("```\n"),
        Just("~~~\n"),
        Just("`"),
        Just("**"),
        Just("# "),
        Just("| a | b |\n|---|:-:|\n"),
        Just("\n| "),
        Just(" | "),
        Just("|\n"),
        Just("\\|"),
        Just("漢字"),
        Just("。"),
        Just("「"),
        Just("👩"),
        Just("\u{200d}"),
        Just("🇩"),
        Just("🇪"),
        Just("\u{301}"),
        Just("❤"),
        Just("\u{fe0f}"),
        Just("\u{fe0e}"),
        Just("⌚"),
        Just("ᄀ"),
        Just("ᅡ"),
        Just("\u{600}"),
        Just("\u{3000}"),
        Just("\u{a0}"),
        Just("\t"),
        Just("\r"),
        Just("\x1b[1m"),
        Just("\x1b]0;t\x07"),
        Just("\x1b"),
        Just("لا"),
    ];
    prop_oneof![
        4 => proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
    // The one character that is three columns wide fits in no row of two.
    .prop_map(|text| text.replace('\u{17d8}', ""))
}

/// `text` in pieces, cut at `cuts` or just before.
fn pieces<'a>(text: &'a str, cuts: &[prop::sample::Index]) -> Vec<&'a str> {
    let mut at: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.index(text.len() + 1))
        .map(|cut| {
            (0..=cut)
                .rev()
                .find(|&i| text.is_char_boundary(i))
                .unwrap_or(0)
        })
        .collect();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The characters of a text in alphabetical order: cells of several rows stand beside each other.
fn in_order(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    chars.sort_unstable();
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pieces_are_drawn_as_the_whole(
        text in prose(),
        width in 1u16..24,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut grown = FlowText::new();
        for piece in pieces(&text, &cuts) {
            grown.push(piece);
            prop_assert_eq!(grown.height(width), all(&grown, width).len());
        }
        let whole = of(&text);
        prop_assert_eq!(grown.text(), whole.text());
        prop_assert_eq!(all(&grown, width), all(&whole, width));
    }

    #[test]
    fn every_word_is_there_and_none_sticks_out(text in prose(), width in 2u16..24) {
        let mut flow = FlowText::new();
        flow.set(text.clone());
        let rows: Vec<String> = all(&flow, width).iter().map(Line::to_string).collect();
        // Of a table, the lines between and below the cells are ours.
        let kept = |text: &str| words(text).replace(['|', '-', ':'], "");
        prop_assert_eq!(in_order(&kept(&rows.concat())), in_order(&kept(&sanitize::block(&text))));
        if !rows.concat().contains('|') {
            prop_assert_eq!(words(&rows.concat()), words(&sanitize::block(&text)));
        }
        for row in &rows {
            let columns: usize = row.graphemes(true).map(UnicodeWidthStr::width).sum();
            prop_assert!(columns <= width.into(), "{:?} is {} wide", row, columns);
        }
    }

    #[test]
    fn a_window_is_a_part_of_the_whole(text in prose(), width in 1u16..24, top in 0usize..20, rows in 0u16..10) {
        let flow = of(&text);
        let whole = all(&flow, width);
        let part: Vec<_> = whole.into_iter().skip(top).take(rows.into()).collect();
        prop_assert_eq!(flow.window(width, top, rows), part);
    }
}
