//! `calculate`: exact arithmetic with units, and dates. Nothing is evaluated but arithmetic: there are no variables, no
//! functions of one's own and no text, and every calculation is bounded in time. What could be read in two ways is refused
//! rather than reckoned with: a model believes a wrong number.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fend_core::{Context, Interrupt, evaluate_with_interrupt};
use futures_util::future::BoxFuture;
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, blocking, dates, notation, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The longest expression, in bytes.
const MOST_BYTES: usize = 500;

/// The longest calculation.
const TIME: Duration = Duration::from_secs(1);

/// How long a calculation that was told to stop may go on before nobody waits for it any more. A few steps of the
/// calculator on very long numbers cannot be broken off; they end by themselves within minutes.
const GRACE: Duration = Duration::from_millis(250);

/// The most calculations at work at once, those counted that nobody waits for any more.
const MOST_AT_WORK: usize = 8;

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
    at_work: Arc<AtomicUsize>,
}

impl Default for Calculate {
    fn default() -> Self {
        let description = "Calculates exactly: arithmetic, units and dates.";
        Self {
            spec: spec::<Arguments>("calculate", description, Effect::ReadOnly),
            at_work: Arc::default(),
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
        let at_work = Arc::clone(&self.at_work);
        blocking(context, move |context| {
            let Arguments { expression } = arguments(&given)?;
            calculate(&expression, context, at_work).map(ToolOutput::new)
        })
    }
}

fn calculate(
    expression: &str,
    context: &CallContext,
    at_work: Arc<AtomicUsize>,
) -> Result<String, ToolError> {
    let wrong = |why: String| Err(ToolError::BadArguments(why));
    if expression.len() > MOST_BYTES {
        return wrong(format!("the expression is longer than {MOST_BYTES} bytes"));
    }
    let expression = expression.trim().trim_end_matches(['=', '?', ' ']);
    if expression.is_empty() {
        return wrong("the expression is empty".to_owned());
    }
    if let Some(answer) = dates::answer(expression, Zoned::now().date()) {
        return answer.map_err(ToolError::BadArguments);
    }
    let text =
        notation::plain(expression).map_err(|why| ToolError::BadArguments(why.to_owned()))?;
    let Some(place) = Place::take(at_work) else {
        let text = "earlier calculations with very long numbers are still at work; try again later";
        return Err(ToolError::Failed(text.to_owned()));
    };
    let stop = Arc::new(Stop {
        until: Instant::now() + TIME,
        told: AtomicBool::new(false),
    });
    let (send, result) = mpsc::channel();
    let known = Arc::clone(&stop);
    let worker = thread::Builder::new().name("calculate".to_owned());
    let worker = worker.stack_size(STACK).spawn(move || {
        let _place = place;
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

/// One of the places for calculations, until it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(at_work: Arc<AtomicUsize>) -> Option<Self> {
        let more = |count| (count < MOST_AT_WORK).then_some(count + 1);
        let taken = at_work.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        taken.is_ok().then(|| Self(at_work))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_AT_WORK, Place};

    #[test]
    fn places_are_bounded_and_given_back() {
        let at_work = std::sync::Arc::default();
        let take = || Place::take(std::sync::Arc::clone(&at_work));
        let taken: Vec<_> = (0..MOST_AT_WORK).filter_map(|_| take()).collect();
        assert_eq!(taken.len(), MOST_AT_WORK);
        assert!(take().is_none());
        drop(taken);
        assert!(take().is_some());
    }
}
