//! What of a run stands in the program's log: one line for each thing that a person may look for there. The run's own
//! records say all of it.

use log::Level;

use crate::domain::event::{EventRecord, NoticeLevel, RunEnd, RunEvent};

/// Writes down what a record says, where it says something that belongs there.
pub(super) fn note(record: &EventRecord) {
    if let Some((level, text)) = line(&record.event) {
        log::log!(level, "run {}: {text}", record.run.short());
    }
}

fn line(event: &RunEvent) -> Option<(Level, String)> {
    Some(match event {
        RunEvent::RunStarted { models, mode, .. } => {
            let text = format!(
                "started, mode {}, executor {}",
                mode.word(),
                models.executor
            );
            (Level::Info, text)
        }
        RunEvent::RunResumed { reason, .. } => (Level::Info, format!("goes on: {reason}")),
        RunEvent::RunPaused { reason } | RunEvent::RunInterrupted { reason } => {
            (Level::Info, format!("rests: {reason}"))
        }
        RunEvent::RunFinished { status, error, .. } => match (status, error) {
            (RunEnd::Failed, Some(error)) => (Level::Error, format!("failed: {error}")),
            _ => (Level::Info, format!("ended: {status:?}").to_lowercase()),
        },
        RunEvent::ModelCalled(call) => {
            let what = format!(
                "call {} ({}, {}), {} ms",
                call.call, call.role, call.model, call.duration_ms
            );
            match &call.error {
                Some(error) => (Level::Warn, format!("{what}: {error}")),
                None => (Level::Debug, what),
            }
        }
        RunEvent::ToolReturned {
            tool,
            ok,
            duration_ms,
            ..
        } => {
            let how = if *ok { "worked" } else { "failed" };
            (Level::Debug, format!("tool {tool} {how}, {duration_ms} ms"))
        }
        RunEvent::Notice { level, text } => {
            let level = match level {
                NoticeLevel::Info => Level::Info,
                NoticeLevel::Warning => Level::Warn,
                NoticeLevel::Error => Level::Error,
            };
            (level, text.clone())
        }
        _ => return None,
    })
}
