//! A run as an HTML page: complete, and harmless whatever the run holds.
#![allow(clippy::print_stderr, reason = "what is not tried here has to be said")]

use std::path::Path;
use std::process::{Command, Output};

use planwright::config::theme::{LEAST_CONTRAST, contrast};
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

#[test]
fn versions_say_what_changed_and_on_what_steps_build() {
    let mut run = Log::gdp();
    let mut steps = log::gdp_steps();
    run.planned(steps.clone()).approved();
    steps[2].done_when = Some("the ratio is there".to_owned());
    steps[3].description = "Explain two drivers".to_owned();
    steps.push(log::step(5, "Name the year"));
    run.proposed(PlanSource::User, steps.clone(), None);
    steps.remove(4);
    run.proposed(PlanSource::Replanner, steps, Some("shorter"))
        .approved();
    let page = page(&run.records);
    for words in [
        "version 1 by planner, approved by user",
        "<li>Compute ratio and gap <small>after 1, 2</small></li>",
        "version 2 by user, not approved",
        "<b>~</b> <small>changed, another `done when`:</small> Compute ratio and gap",
        "<b>-</b> <small>was:</small> Explain drivers of the gap",
        "<b>+</b> <small>is now:</small> Explain two drivers",
        "<b>+</b> <small>added:</small> Name the year",
        "<b>=</b> <small>kept:</small> Search current GDP of France",
        "<b>-</b> <small>removed:</small> Name the year",
        "why: shorter",
        "planner llama3.1:8b, executor qwen3:4b",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
}

#[test]
fn nothing_is_said_by_colour_alone() {
    let mut run = Log::gdp();
    run.planned(log::gdp_steps()).approved();
    run.started("s1").started("s2");
    run.done("s1", "3.03 trillion")
        .finished("s2", StepOutcome::Failed, "no such page");
    run.uses(
        "s3",
        "t1",
        "run_command",
        serde_json::json!({"command": "git diff"}),
        planwright::domain::policy::Reach::harmless(),
        None,
    )
    .returned(
        "s3",
        "t1",
        "run_command",
        true,
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-<old>\n+new\n kept",
    );
    let page = page(&run.records);
    check_tags(&page);
    for words in [
        ">✓ step 1</text>",
        ">✗ step 2</text>",
        "<span class=\"bad\">-&lt;old&gt;</span>\n<span class=\"good\">+new</span>\n<span class=\"same\"> kept</span>",
        "<span class=\"same\">--- a/x</span>",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
}

#[test]
fn every_colour_of_the_page_is_easy_to_read() {
    let page = page(&Log::gdp().records);
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let palettes: Vec<&str> = style.split(":root {").skip(1).collect();
    assert_eq!(palettes.len(), 3, "light, dark, paper");
    for palette in palettes {
        let color = |name: &str| {
            let (_, after) = palette.split_once(&format!("--{name}: #")).unwrap();
            let digits: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
            let long = match digits.len() {
                3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
                _ => digits,
            };
            let [_, red, green, blue] = u32::from_str_radix(&long, 16).unwrap().to_be_bytes();
            [red, green, blue]
        };
        for front in ["text", "faint", "good", "bad", "caution", "accent"] {
            for back in ["back", "box"] {
                let measured = contrast(color(front), color(back));
                assert!(measured >= LEAST_CONTRAST, "{front} on {back}: {measured}");
            }
        }
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

/// What a browser prints that opens the page and is given this; none, and said so, where there is no browser.
fn in_a_browser(page: &str, folder: &Path, argument: &str) -> Option<Output> {
    let browser = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let Some(browser) = browser.into_iter().find(|path| Path::new(path).exists()) else {
        eprintln!("not tried: there is no Chromium here");
        return None;
    };
    let file = folder.join("run.html");
    std::fs::write(&file, page).unwrap();
    // A browser that hangs is ended.
    let output = Command::new("timeout")
        .args(["-k", "5", "120", browser])
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
            argument,
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(output)
}

#[test]
fn what_is_folded_on_the_screen_is_whole_on_paper() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Log::gdp();
    run.planned(log::gdp_steps()).approved();
    run.done("s1", &"A paragraph of a result.\n\n".repeat(400));
    let printed = |page: &str| {
        let file = folder.path().join("run.pdf");
        let print = format!("--print-to-pdf={}", file.display());
        in_a_browser(page, folder.path(), &print)?;
        let pdf = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        Some(pdf.matches("/Type /Page\n").count())
    };
    let page = page(&run.records);
    assert!(page.contains("<details class=\"step\"><summary>"));
    let Some(pages) = printed(&page) else { return };
    assert!(pages > 5, "{pages} pages");
    let open = page.replace("<details ", "<details open ");
    assert_eq!(printed(&open), Some(pages));
}

#[test]
fn a_browser_shows_it_and_runs_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = page(&run_of(&HOSTILE.join("\n\n")));
    let Some(output) = in_a_browser(&hostile, folder.path(), "--dump-dom") else {
        return;
    };
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
