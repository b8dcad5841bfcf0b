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
        ("2 + 2 = ?", "4"),
        ("(1,000.5 + 12,000) / 2", "6500.25"),
        ("7 mod 3", "1"),
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
        "1,5 + 2",
        "average(1,2,3)",
        "(2026-03-01 - 2025-01-01) / 7",
        "i^-1",
        "1 << 4000000000",
        "(x: x x) (x: x x)",
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
        "fib 1000000000",
        "10000000 choose 5000000",
        "1/7 to 100000000 dp",
        "99999999d6",
    ] {
        let started = Instant::now();
        let ended = calculate(expression).await;
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{expression} took {:?}: {ended:?}",
            started.elapsed()
        );
        if let Ok(text) = ended {
            assert!(text.len() < 3_000, "{expression}");
        }
    }
}

/// A few of the calculator's steps cannot be broken off: they go on for a while behind a call that has ended.
#[tokio::test]
async fn what_cannot_be_broken_off_is_not_waited_for() {
    let started = Instant::now();
    let ended = calculate("1/3^100000 and 1").await;
    assert!(matches!(ended, Err(ToolError::TimedOut(_))), "{ended:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
}
