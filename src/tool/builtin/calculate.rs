//! `calculate`: exact arithmetic with units, and dates. Nothing is evaluated but arithmetic: there are no variables, no
//! functions of one's own and no text, and every calculation is bounded in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fend_core::{Context, Interrupt, evaluate_with_interrupt};
use futures_util::future::BoxFuture;
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, blocking, dates, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The longest expression, in bytes.
const MOST_BYTES: usize = 500;

/// The deepest nesting of brackets.
const MOST_DEPTH: usize = 64;

/// The longest calculation.
const TIME: Duration = Duration::from_secs(1);

/// How long a calculation that was told to stop may go on before nobody waits for it any more.
const GRACE: Duration = Duration::from_secs(1);

/// The stack of a calculation: nesting is bounded, so that this is enough.
const STACK: usize = 16 * 1024 * 1024;

/// The most characters of a result.
const MOST_RESULT: usize = 2_000;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Such as "4.53 / 3.03", "5 km to miles", "20% of 340", "2026-03-01 + 90 days", "days between 2024-02-28 and 2026-03-01"
    /// or "weekday of 2026-12-24".
    expression: String,
}

/// Calculates.
pub struct Calculate {
    spec: ToolSpec,
}

impl Default for Calculate {
    fn default() -> Self {
        let description = "Calculates exactly: arithmetic, units and dates.";
        Self {
            spec: spec::<Arguments>("calculate", description, Effect::ReadOnly),
        }
    }
}

impl Tool for Calculate {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, _: &Value) -> Reach {
        Reach::harmless()
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        blocking(context, move |context| {
            let Arguments { expression } = arguments(&given)?;
            calculate(&expression, context).map(ToolOutput::new)
        })
    }
}

fn calculate(expression: &str, context: &CallContext) -> Result<String, ToolError> {
    let expression = expression.trim().trim_end_matches('=').trim();
    if expression.is_empty() {
        return Err(ToolError::BadArguments(
            "the expression is empty".to_owned(),
        ));
    }
    if expression.len() > MOST_BYTES {
        let text = format!("the expression is longer than {MOST_BYTES} bytes");
        return Err(ToolError::BadArguments(text));
    }
    if let Some(answer) = dates::answer(expression, Zoned::now().date()) {
        return answer.map_err(ToolError::BadArguments);
    }
    guard(expression)?;
    let expression = plain(expression);
    let stop = Arc::new(Stop {
        until: Instant::now() + TIME,
        told: AtomicBool::new(false),
    });
    let (send, result) = mpsc::channel();
    let (known, text) = (Arc::clone(&stop), expression);
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        let mut context = Context::new();
        context.disable_rng();
        let ended = evaluate_with_interrupt(&text, &mut context, &*known);
        let ended = ended.map(|result| result.get_main_result().to_owned());
        // Nobody may wait any more.
        let _ = send.send(ended);
    });
    worker.map_err(|error| ToolError::Failed(error.to_string()))?;
    let ended = loop {
        match result.recv_timeout(Duration::from_millis(20)) {
            Ok(ended) => break ended,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(ToolError::Failed("the calculation broke off".to_owned()));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if context.cancel.is_cancelled() {
                    stop.told.store(true, Ordering::Relaxed);
                    return Err(ToolError::Cancelled);
                }
                if Instant::now() > stop.until + GRACE {
                    return Err(ToolError::TimedOut(TIME));
                }
            }
        }
    };
    match ended {
        Ok(text) if text.trim().is_empty() => Err(ToolError::BadArguments(
            "there is nothing to calculate".to_owned(),
        )),
        Ok(text) => Ok(short(&text)),
        Err(_) if Instant::now() > stop.until => Err(ToolError::TimedOut(TIME)),
        Err(why) => Err(ToolError::BadArguments(format!(
            "this cannot be calculated: {}",
            short(&why)
        ))),
    }
}

/// Refuses what is no arithmetic, or would become too large to be worked on.
fn guard(expression: &str) -> Result<(), ToolError> {
    let refuse = |why: &str| Err(ToolError::BadArguments(why.to_owned()));
    let (mut depth, mut deepest, mut powers) = (0_usize, 0, 0);
    for c in expression.chars() {
        match c {
            '(' | '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '^' => powers += 1,
            '\\' | '"' | '\'' | '`' | '@' | ';' | ':' => {
                return refuse(
                    "only arithmetic, units and dates can be calculated, no code and no text",
                );
            }
            _ => {}
        }
    }
    let assigns = expression
        .replace("==", "")
        .replace("!=", "")
        .replace("<=", "")
        .replace(">=", "");
    if assigns.contains('=') {
        return refuse("nothing can be assigned; give one expression");
    }
    if deepest > MOST_DEPTH {
        return refuse("the brackets are nested too deeply");
    }
    if powers + expression.matches("**").count() > 8 {
        return refuse("there are too many powers in it");
    }
    Ok(())
}

/// Notations of other languages, as the calculator knows them.
fn plain(expression: &str) -> String {
    let text = expression
        .replace("**", "^")
        .replace('×', "*")
        .replace('÷', "/")
        .replace('−', "-");
    // `1,234,567` is a number; a comma between other things is left to the calculator to refuse.
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    let groups = |at: usize| {
        digit(at.checked_sub(1)) && (1..=3).all(|n| digit(Some(at + n))) && !digit(Some(at + 4))
    };
    let kept = chars
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != ',' || !groups(*at));
    kept.map(|(_, c)| c).collect()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_RESULT) {
        Some((end, _)) => format!(
            "{}… [{} characters in all]",
            &text[..end],
            text.chars().count()
        ),
        None => text.to_owned(),
    }
}

/// Ends a calculation in time.
struct Stop {
    until: Instant,
    told: AtomicBool,
}

impl Interrupt for Stop {
    fn should_interrupt(&self) -> bool {
        self.told.load(Ordering::Relaxed) || Instant::now() > self.until
    }
}
