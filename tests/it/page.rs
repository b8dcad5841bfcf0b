//! A run as an HTML page: complete, and harmless whatever the run holds.
#![allow(clippy::print_stderr, reason = "what is not tried here has to be said")]

use std::path::Path;
use std::process::Command;

use planwright::domain::chat::Role;
use planwright::domain::event::{Decision, EventRecord, PlanSource, StepOutcome};
use planwright::domain::page::html;
use planwright::domain::state::PlanExecuteState;
use proptest::prelude::*;

use crate::program::Program;
use crate::support::{FakeOllama, Script};
use crate::tui::log::{self, Log};

fn page(records: &[EventRecord]) -> String {
    html(records, &PlanExecuteState::replay(records))
}

/// A run in which everything that can hold a text holds this one.
fn run_of(text: &str) -> Vec<EventRecord> {
    let mut log = Log::new(text);
    let mut bad = log::step(1, text);
    bad.done_when = Some(text.to_owned());
    log.planned(vec![bad, log::step(2, text)]).approved();
    log.finished("s1", StepOutcome::Failed, text).notice(text);
    log.decided(Decision::Replan, text);
    log.proposed(PlanSource::Replanner, vec![log::step(3, text)], Some(text))
        .approved();
    log.done("s3", text).called(Role::Replanner, None);
    log.answered(text, Some(text));
    log.records
}

/// What a page is made of.
const TAGS: &str = "!doctype html head meta title style body main header h1 h2 h3 h4 h5 h6 dl div dt dd section p svg line text rect details summary ul ol li b span small code pre blockquote table thead tr th td em strong del a br hr";
const ATTRIBUTES: &str = "html lang charset http-equiv content name class dir open viewBox role aria-label x y x1 x2 y1 y2 width height rel href start";

/// Every tag of a page with its attributes; panics at anything that is no tag of ours.
fn check_tags(page: &str) {
    let (_, body) = page.split_once("</style>").unwrap();
    for part in body.split('<').skip(1) {
        let (tag, _) = part
            .split_once('>')
            .unwrap_or_else(|| panic!("`{part}` is no tag"));
        let name = tag
            .trim_start_matches('/')
            .split_whitespace()
            .next()
            .unwrap_or("");
        assert!(
            TAGS.split(' ').any(|known| known == name),
            "`<{tag}>` is none of ours"
        );
        let mut rest = tag.split_once(' ').map_or("", |(_, rest)| rest).trim();
        while !rest.is_empty() && rest != "/" {
            let (attribute, after) = rest.split_once("=\"").unwrap_or((rest, "\""));
            assert!(
                ATTRIBUTES
                    .split(' ')
                    .any(|known| known == attribute.trim_end_matches('/')),
                "`{attribute}` in `<{tag}>`"
            );
            let (value, after) = after
                .split_once('"')
                .unwrap_or_else(|| panic!("`<{tag}>` is open"));
            if attribute == "href" {
                let value = value.to_ascii_lowercase();
                assert!(
                    value.starts_with("http://") || value.starts_with("https://"),
                    "{value}"
                );
            }
            rest = after.trim();
        }
    }
}

const HOSTILE: [&str; 12] = [
    "<script>document.title='owned'</script>",
    "\"><img src=x onerror=\"document.title='owned'\">",
    "[click](javascript:document.title='owned')",
    "[click](JaVaScRiPt:alert(1)) ![x](https://evil.example/pixel.png)",
    "<svg onload=alert(1)>\n\n<style>*{display:none}</style>\n\n<iframe src=//evil.example>",
    "</title><script>alert(1)</script>",
    "`code` ```\n</pre><script>alert(1)</script>",
    "| a | b |\n|---|---|\n| <b onclick=x> | 2 |",
    "<https://evil.example/\"onmouseover=alert(1)> <javascript:alert(1)>",
    "\u{202e}evil\u{2066} \u{1b}]0;t\u{7} \u{0}",
    "&lt;script&gt; &#60;script&#62;",
    "<!-- --><base href=https://evil.example><meta http-equiv=refresh content='0;url=https://evil.example'>",
];

#[test]
fn what_a_run_holds_is_text_on_the_page() {
    for text in HOSTILE {
        let page = page(&run_of(text));
        check_tags(&page);
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    }
    let calls = page(&log::using().records);
    check_tags(&calls);
    check_tags(&page(&log::nested().records));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_becomes_markup(pieces in proptest::collection::vec(prop_oneof![
        Just("<"), Just(">"), Just("\""), Just("'"), Just("&"), Just("`"), Just("```\n"), Just("["), Just("]("), Just(")"),
        Just("javascript:"), Just("http://x"), Just("!"), Just("|"), Just("\n|-|\n"), Just("\n\n"), Just("<b>"),
        Just("</div>"), Just("<!--"), Just("-->"), Just("# "), Just("- "), Just("1. "), Just("**"), Just("~~"), Just("\\"),
        Just("word "), Just("é漢"), Just("[^1]"), Just("<?"), Just("<![CDATA["), Just("]]>"),
    ], 0..24)) {
        check_tags(&page(&run_of(&pieces.concat())));
    }
}

#[test]
fn the_page_has_everything_a_reader_asks_for() {
    let page = page(&crate::tui::past_run().records);
    for words in [
        "Compare the GDP of France and Germany",
        "Germany is larger by half.",
        "<svg class=\"times\"",
        "version 2 by replanner",
        "is now:",
        "the page has moved",
        "✗ failed",
        "France $3.03 T (2023)",
        "Content-Security-Policy",
    ] {
        assert!(page.contains(words), "no {words}");
    }
    assert!(!page.contains("<script"));
    let tables = page_of_markdown(
        "| a | b |\n|--|--:|\n| 1 | **2** |\n\n- [x] done\n\n```rust\nlet x = 1 < 2;\n```\n[web](https://example.org/?a=1&b=2)",
    );
    for words in [
        "<th>a</th><th class=\"right\">b</th>",
        "<td class=\"right\"><strong>2</strong></td>",
        "[x] done",
        "let x = 1 &lt; 2;",
        "href=\"https://example.org/?a=1&amp;b=2\">web</a>",
    ] {
        assert!(tables.contains(words), "no {words} in {tables}");
    }
}

fn page_of_markdown(text: &str) -> String {
    let mut log = Log::gdp();
    log.planned(log::gdp_steps()).approved();
    log.answered(text, None);
    page(&log.records)
}

#[test]
fn a_result_of_ten_megabytes_is_no_trouble() {
    let long = "line of a <long> result\n".repeat(450_000);
    let mut run = Log::gdp();
    run.planned(log::gdp_steps()).approved();
    run.done("s1", &long);
    let page = page(&run.records);
    assert!(page.len() > long.len());
    check_tags(&page);
}

#[test]
fn a_run_is_exported_as_a_page() {
    let server = FakeOllama::start(Script::happy(&["Find the facts", "Compare the facts"]));
    let program = Program::new()
        .with("OLLAMA_HOST", server.url())
        .with("PLANWRIGHT_MODEL", "tiny:1b");
    program
        .run(&["run", "--yes", "Compare <b>them</b>"])
        .exits(0);
    let run = program.run(&["runs", "list", "--json"]).exits(0).json()[0]["run"].clone();
    let run = run.as_str().unwrap();
    let printed = program
        .run(&["runs", "export", "--format", "html", run])
        .exits(0)
        .stdout;
    assert!(printed.starts_with("<!doctype html>"));
    assert!(printed.contains("Compare &lt;b&gt;them&lt;/b&gt;"));
    program
        .run(&[
            "runs", "export", "--format", "html", "--output", "run.html", run,
        ])
        .exits(0);
    let written = std::fs::read_to_string(program.home().join("run.html")).unwrap();
    assert_eq!(written.trim_end(), printed.trim_end());
}

#[test]
fn a_browser_shows_it_and_runs_nothing_of_it() {
    let browser = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let Some(browser) = browser.into_iter().find(|path| Path::new(path).exists()) else {
        eprintln!("not tried: there is no Chromium here");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.html");
    std::fs::write(&file, page(&run_of(&HOSTILE.join("\n\n")))).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=2000",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(dom.contains("Versions of the plan"), "{dom}");
    let title = dom
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    let (title, _) = title.unwrap_or_else(|| panic!("no title in {dom}"));
    assert!(
        title.contains("document.title='owned'"),
        "a script ran: {title}"
    );
    assert!(
        !dom.contains("<script") && !dom.contains("<img") && !dom.contains("<iframe"),
        "{dom}"
    );
}
