//! Holds a step's result against its `done_when`: by the program where that is a check, else by a model where wanted.

use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use super::Halt;
use super::call::{Caller, Job};
use super::ladder::{Shape, ask};
use super::prompts::{fenced, fill};
use crate::domain::chat::Role;
use crate::domain::check::{Check, checks};
use crate::domain::context::clip;
use crate::domain::event::{Judge, NoticeLevel, RunEvent, Verify};
use crate::domain::plan::Step;

const VERIFY: &str = include_str!("../../assets/prompts/verify.md");

/// How long a command that a step is verified by may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Holds a result against the step's `done_when` and records what came of it. None where there is nothing to hold it
/// against, or nobody to do it; else what is missing, empty where nothing is.
///
/// # Errors
/// [`Halt`].
pub(super) async fn verify(
    caller: &Caller,
    step: &Step,
    attempt: u32,
    result: &str,
) -> Result<Option<String>, Halt> {
    let (how, commands) = {
        let state = caller.journal.whole().await;
        (state.settings.verify, state.settings.verify_commands)
    };
    let Some(done_when) = step.done_when.as_deref().filter(|_| how != Verify::Off) else {
        return Ok(None);
    };
    let (by, gap) = match checks(done_when) {
        Some(checks) => {
            let mut gap = checks.iter().find_map(|check| check.gap(result));
            for check in &checks {
                if gap.is_none() {
                    gap = match outside(caller, check, commands).await? {
                        Outside::Met => None,
                        Outside::Missed(why) => Some(why),
                        Outside::NotAllowed(text) => {
                            caller.journal.notice(NoticeLevel::Warning, text).await?;
                            return Ok(None);
                        }
                    };
                }
            }
            (Judge::Checks, gap)
        }
        None if how == Verify::Model => match judged(caller, step, done_when, result).await? {
            Some(gap) => (Judge::Model, gap),
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    let event = RunEvent::StepChecked {
        step: step.id.clone(),
        attempt,
        met: gap.is_none(),
        by,
        gap: gap.clone(),
    };
    caller.journal.record(event).await?;
    Ok(Some(gap.unwrap_or_default()))
}

enum Outside {
    Met,
    Missed(String),
    NotAllowed(String),
}

/// Looks at what a check is about outside of the result.
async fn outside(caller: &Caller, check: &Check, commands: bool) -> Result<Outside, Halt> {
    // Where the tools work, there their work is looked at.
    let tools = caller.journal.whole().await.tools.clone();
    let folder = tools.map_or_else(PathBuf::new, |tools| PathBuf::from(tools.workspace));
    match check {
        Check::FileExists(path) => {
            let below = |path: &Path| {
                let mut parts = path.components();
                parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
            };
            if !below(Path::new(path)) {
                let text = format!("`{path}` is not below the workspace: not verified");
                return Ok(Outside::NotAllowed(text));
            }
            let found = tokio::fs::metadata(folder.join(path))
                .await
                .is_ok_and(|found| found.is_file());
            Ok(if found {
                Outside::Met
            } else {
                Outside::Missed(format!("there is no file `{path}`"))
            })
        }
        Check::Command(words, status) => {
            let shown = words.join(" ");
            if !commands {
                let text = format!(
                    "`{shown}` is not run and the step not verified: `verify_commands` is off"
                );
                return Ok(Outside::NotAllowed(text));
            }
            let Some((program, arguments)) = words.split_first() else {
                return Ok(Outside::Met);
            };
            let mut command = Command::new(program);
            command.args(arguments).kill_on_drop(true);
            if !folder.as_os_str().is_empty() {
                command.current_dir(&folder);
            }
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let ended = caller
                .patience
                .within(tokio::time::timeout(PATIENCE, command.status()))
                .await?;
            Ok(match ended {
                Ok(Ok(ended)) if ended.code() == Some(*status) => Outside::Met,
                Ok(Ok(ended)) => {
                    Outside::Missed(format!("`{shown}` ended with {ended}, not {status}"))
                }
                Ok(Err(error)) => Outside::Missed(format!("`{shown}` cannot be run: {error}")),
                Err(_) => Outside::Missed(format!(
                    "`{shown}` took longer than {} s",
                    PATIENCE.as_secs()
                )),
            })
        }
        _ => Ok(Outside::Met),
    }
}

/// A model's verdict: none where it is of no use, else the gap it sees, if any.
async fn judged(
    caller: &Caller,
    step: &Step,
    done_when: &str,
    result: &str,
) -> Result<Option<Option<String>>, Halt> {
    let model = caller.model(Role::Verifier).await?;
    let room = model.room(model.num_predict(Role::Verifier, false)) / 3;
    let job = Job {
        role: Role::Verifier,
        step: Some(step.id.clone()),
        text: fill(
            VERIFY,
            &[
                ("id", step.id.as_str()),
                ("description", &fenced(&step.description)),
                ("done_when", &fenced(done_when)),
                ("result", &clip(&fenced(result), room)),
            ],
        ),
        temperature: 0.0,
    };
    let shape = Shape {
        schema: json!({
            "type": "object",
            "properties": { "met": { "type": "boolean" }, "gap": { "type": "string" } },
            "required": ["met", "gap"],
        }),
        from_json,
        from_text,
        ask_text: "That reply could not be used either. Reply with one word, MET or MISSED, then a colon and what is missing.",
    };
    match ask(caller, &model, &job, &shape).await {
        Ok(Some(gap)) => Ok(Some(gap)),
        Err(Halt::Model(error)) if error.is_unusable() => Err(Halt::Model(error)),
        Ok(None) | Err(Halt::Model(_)) => {
            let text = format!("step {} is not verified: no verdict could be read", step.id);
            caller.journal.notice(NoticeLevel::Warning, text).await?;
            Ok(None)
        }
        Err(halt) => Err(halt),
    }
}

fn from_json(value: &Value) -> Result<(Option<String>, bool), String> {
    let met = match value.get("met") {
        Some(Value::Bool(met)) => *met,
        Some(Value::String(word)) if matches!(word.trim(), "true" | "yes") => true,
        Some(Value::String(word)) if matches!(word.trim(), "false" | "no") => false,
        _ => return Err("there is no `met` that is true or false".to_owned()),
    };
    let gap = value.get("gap").and_then(Value::as_str).map(str::trim);
    let exact = value["met"].is_boolean() && gap.is_some();
    let gap = gap.filter(|gap| !gap.is_empty());
    let gap = gap.unwrap_or("the result does not show that it is reached");
    Ok(((!met).then(|| clip(gap, 100)), exact))
}

fn from_text(text: &str) -> Result<Option<String>, String> {
    let first = text.trim().lines().next().unwrap_or_default();
    let (word, gap) = first.split_once([':', '.', ',']).unwrap_or((first, ""));
    match word.trim().to_lowercase().as_str() {
        "met" | "yes" => Ok(None),
        "missed" | "no" | "not met" => Ok(Some(clip(gap.trim(), 100))),
        _ => Err("the first word is neither MET nor MISSED".to_owned()),
    }
}
