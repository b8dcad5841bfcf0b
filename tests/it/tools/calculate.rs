//! The calculator: exact, and nothing but a calculator.

use std::time::{Duration, Instant};

use planwright::tool::ToolError;
use planwright::tool::builtin::calculate::Calculate;
use serde_json::json;

use super::call;

async fn calculate(expression: &str) -> Result<String, ToolError> {
    call(&Calculate::default(), json!({ "expression": expression })).await
}

#[tokio::test]
async fn it_calculates_exactly_and_says_where_it_cannot() {
    for (expression, wanted) in [
        ("0.1 + 0.2", "0.3"),
        ("4.53 / 3.03", "approx. 1.4950495050"),
        ("2^100", "1267650600228229401496703205376"),
        ("1/3 + 1/6", "0.5"),
        ("20% of 340", "68"),
        ("1,234,567 * 2", "2469134"),
        ("3 ** 4 =", "81"),
        ("5 miles to km", "8.04672 km"),
        ("2 hours + 15 minutes to minutes", "135 minutes"),
        ("sqrt 16", "4"),
        ("2026-03-01 + 90 days", "2026-05-30 (Saturday)"),
        ("days between 2024-02-28 and 2026-03-01", "732 days"),
        ("weekday of 2026-12-24", "Thursday"),
    ] {
        assert_eq!(
            calculate(expression).await,
            Ok(wanted.to_owned()),
            "{expression}"
        );
    }
}

/// What a model, or whoever speaks through one, may try in the place of arithmetic.
#[tokio::test]
async fn s12_nothing_that_is_no_arithmetic_is_evaluated() {
    let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    let long = "1+".repeat(1_000) + "1";
    for expression in [
        "__import__('os').system('touch /tmp/planwright-was-here')",
        "eval(\"1+1\")",
        "exec('x')",
        "open('/etc/passwd').read()",
        "`id`",
        "$(id)",
        "1; 2",
        "x = 3",
        "(\\x. x x) (\\x. x x)",
        "f: f f",
        "@debug 1",
        "roll d6",
        "10 EUR to USD",
        "\u{1b}[2J",
        "１＋１",
        "",
        "   ",
        &deep,
        &long,
    ] {
        let started = Instant::now();
        let ended = calculate(expression).await;
        assert!(ended.is_err(), "{expression}: {ended:?}");
        assert!(started.elapsed() < Duration::from_secs(3), "{expression}");
    }
    assert!(!std::path::Path::new("/tmp/planwright-was-here").exists());
}

#[tokio::test]
async fn what_would_not_end_is_ended() {
    for expression in [
        "9^9^9^9",
        "1000000!",
        "1e999999999",
        "(10^100000000) mod 7",
        "2^(2^(2^(2^(2^2))))",
    ] {
        let started = Instant::now();
        let ended = calculate(expression).await;
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{expression} took {:?}: {ended:?}",
            started.elapsed()
        );
        if let Ok(text) = ended {
            assert!(text.len() < 3_000, "{expression}");
        }
    }
}
