//! `runs fork`: a run that goes another way from some point of an earlier one.

use std::path::PathBuf;

use serde_json::json;

use super::out::{Stdout, tell};
use super::{Exit, Failure, file, run};
use crate::session::{ForkPlan, ForkPoint, Session};

/// What is to be forked, where, and with what.
#[derive(Debug, Clone)]
pub struct NewFork {
    /// The run, or the first characters of its name.
    pub run: String,
    /// Where the two part.
    pub point: ForkPoint,
    /// The file of the plan that replaces what is not finished.
    pub plan: Option<PathBuf>,
    /// Leave it at rest and print its name.
    pub no_run: bool,
}

/// Makes a fork and goes on with it. `model` is as for [`run::resume`].
///
/// # Errors
/// Where there is no such run or no such point in it, the plan cannot run, or the answer could not be written.
pub async fn fork(
    session: &Session,
    new: NewFork,
    model: Option<&str>,
    options: run::Options,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    // Found out before anything is made.
    if let Some(output) = options.output.as_deref() {
        file::Target::check(output)?;
    }
    let plan = new.plan.as_deref().map(file::plan).transpose()?;
    let source = session.store().find(&new.run)?;
    let plan = plan.map_or(ForkPlan::Kept, ForkPlan::Replaced);
    let made = session.fork(&source, &new.point, plan)?;
    if !new.no_run {
        tell(format_args!(
            "run {} is a fork of {}",
            made.short(),
            source.short()
        ));
        return run::resume(session, Some(made.as_str()), model, options, stdout).await;
    }
    if options.json {
        let records = session.store().load(&made)?;
        let state = crate::domain::state::PlanExecuteState::replay(&records);
        stdout.json(&json!({"run": made, "forked_from": state.forked_from}))?;
    } else {
        stdout.text(made.as_str())?;
    }
    tell(format_args!(
        "hint: `planwright resume {}` goes on with it",
        made.short()
    ));
    Ok(Exit::Done)
}
