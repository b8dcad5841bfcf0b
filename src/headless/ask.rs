//! The question about a plan, asked on the terminal.
//!
//! Waiting for a person blocks, and nothing can wake a blocked read: so each question has a thread of its own, which
//! the end of the process takes with it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::oneshot;

use super::ask_tool;
use super::out::{ask, tell};
use crate::domain::plan::{Naming, Step, name_drafts};
use crate::domain::plan_text;
use crate::domain::state::{PlanExecuteState, ToolUse};
use crate::domain::validate::check;
use crate::session::RunCommand;

const QUESTION: &str = "Run this plan? [y]es, [N]o, [e]dit in $EDITOR, [f]eedback:";

/// Whether there is someone to ask: both ends of the conversation are terminals.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A question that stands, and what came of it.
pub(super) struct Question {
    answer: oneshot::Receiver<Option<RunCommand>>,
    /// The editor has the terminal, and with it Ctrl-C.
    editing: Arc<AtomicBool>,
}

impl Question {
    /// Asks about the plan in force, which has been shown. What was typed before it was shown answers nothing.
    pub(super) fn about(state: &PlanExecuteState) -> Self {
        let (send, answer) = oneshot::channel();
        let editing = Arc::new(AtomicBool::new(false));
        let dialog = Dialog {
            state: state.clone(),
            editing: Arc::clone(&editing),
        };
        thread::spawn(move || {
            forget_typed();
            send.send(dialog.hold())
        });
        Self { answer, editing }
    }

    /// Asks about a call that waits. What was typed before it was shown answers nothing.
    pub(super) fn of_tool(used: &ToolUse) -> Option<Self> {
        let (send, answer) = oneshot::channel();
        let (used, asked) = (used.clone(), used.asked.clone()?);
        thread::spawn(move || {
            forget_typed();
            send.send(ask_tool::hold(&used, &asked))
        });
        let editing = Arc::default();
        Some(Self { answer, editing })
    }

    /// Waits for the answer; none where nobody is there to give one.
    pub(super) async fn answer(&mut self) -> Option<RunCommand> {
        (&mut self.answer).await.ok().flatten()
    }

    /// Whether signals of the terminal are meant for the editor.
    pub(super) fn is_editing(&self) -> bool {
        self.editing.load(Ordering::Relaxed)
    }
}

struct Dialog {
    state: PlanExecuteState,
    editing: Arc<AtomicBool>,
}

impl Dialog {
    /// Asks until there is an answer; none at the end of input. A bare Enter is a no.
    fn hold(&self) -> Option<RunCommand> {
        let mut refused = None;
        loop {
            let answer = read_line(QUESTION)?;
            match answer.to_lowercase().as_str() {
                "y" | "yes" => {
                    return Some(RunCommand::Approve {
                        hash: self.state.plan_hash(),
                        stepwise: false,
                    });
                }
                "" | "n" | "no" => return Some(RunCommand::Reject { feedback: None }),
                "e" | "edit" => match self.edit(&mut refused) {
                    Ok(Some(steps)) => return Some(RunCommand::Edit { steps }),
                    Ok(None) => tell("the plan is as it was"),
                    Err(reason) => tell(format_args!("the plan is as it was: {reason}")),
                },
                "f" | "feedback" => {
                    let feedback = Some(read_line("What should be different?")?);
                    if feedback.as_ref().is_some_and(|text| !text.is_empty()) {
                        return Some(RunCommand::Reject { feedback });
                    }
                }
                _ => tell("`y`, `n`, `e` or `f`"),
            }
        }
    }

    /// Lets the person edit the steps that are not finished. None where nothing was changed. A text that makes no plan
    /// is put in `refused`, from where the next call takes it to be mended.
    fn edit(&self, refused: &mut Option<String>) -> Result<Option<Vec<Step>>, String> {
        let (finished, open): (Vec<_>, Vec<_>) = self
            .state
            .plan
            .iter()
            .partition(|planned| planned.status.is_finished());
        let finished: Vec<Step> = finished.into_iter().map(|p| p.step.clone()).collect();
        let open: Vec<Step> = open.into_iter().map(|p| p.step.clone()).collect();
        let before = plan_text::render(&open);
        let shown = refused.as_deref().unwrap_or(&before);
        let after = self.in_editor(shown).map_err(|error| error.to_string())?;
        if after == before {
            *refused = None;
            return Ok(None);
        }
        let drafts = plan_text::parse(&after).map_err(|error| error.to_string());
        // An emptied file asks for the plan as it was.
        *refused = Some(after).filter(|text| !text.trim().is_empty());
        let mut drafts = drafts?;
        let mut unclaimed = open;
        for draft in &mut drafts {
            // A step whose text is unchanged is the same step, wherever it stands now.
            let same = unclaimed
                .iter()
                .position(|s| s.description == draft.description);
            draft.label = same.map(|index| unclaimed.remove(index).id.to_string());
        }
        let mut steps = finished;
        steps.extend(name_drafts(
            drafts,
            &self.state.step_ids(),
            Naming::KeepLabels,
        ));
        match check(&steps, usize::MAX).into_iter().find(|p| p.fatal) {
            Some(problem) => Err(problem.text),
            None => Ok(Some(steps)),
        }
    }

    fn in_editor(&self, text: &str) -> io::Result<String> {
        let mut file = tempfile::Builder::new()
            .prefix("planwright-")
            .suffix(".md")
            .tempfile()?;
        file.write_all(text.as_bytes())?;
        let path = file.into_temp_path();
        self.editing.store(true, Ordering::Relaxed);
        let status = editor(&path);
        self.editing.store(false, Ordering::Relaxed);
        let status = status?;
        if !status.success() {
            return Err(io::Error::other(format!("the editor ended with {status}")));
        }
        std::fs::read_to_string(&path)
    }
}

fn editor(path: &std::path::Path) -> io::Result<std::process::ExitStatus> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    let mut command = if cfg!(windows) {
        Command::new(named.unwrap_or_else(|| "notepad".into()))
    } else {
        // As git does it: the variable may hold arguments and quotes, and the shell knows how to read them.
        let mut script = named.unwrap_or_else(|| "vi".into());
        script.push(" \"$1\"");
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg("sh");
        shell
    };
    command.arg(path).stdout(terminal_out()?).status()
}

/// Standard output may be a file; the editor draws where the question was asked.
#[cfg(unix)]
fn terminal_out() -> io::Result<Stdio> {
    use std::os::fd::AsFd;
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn terminal_out() -> io::Result<Stdio> {
    Ok(Stdio::inherit())
}

/// Forgets what was typed so far.
fn forget_typed() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Asks and reads one line; none at the end of input.
pub(super) fn read_line(question: &str) -> Option<String> {
    ask(question);
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(n) if n > 0 => Some(line.trim().to_owned()),
        _ => {
            tell("");
            None
        }
    }
}
