//! Says what a plan is expected to cost, before anyone is asked about it.

use std::collections::BTreeMap;

use super::Halt;
use super::call::Caller;
use crate::domain::estimate;
use crate::domain::event::RunEvent;

/// Records what the plan in force is expected to cost, once for each version of it, where the run's settings ask for it.
/// Speeds that cannot be read are taken as not known.
///
/// # Errors
/// Where the store refuses the record.
pub async fn estimate(caller: &Caller) -> Result<(), Halt> {
    let event = {
        let state = caller.journal.state().await;
        let made = state.revisions.last().is_none_or(|r| r.estimate.is_some());
        if made || !state.settings.estimate {
            return Ok(());
        }
        let names = state.models.names().into_iter();
        let known = |name: &str| Some((name.to_owned(), caller.journal.speed(name)?));
        let speeds: BTreeMap<_, _> = names.filter_map(known).collect();
        RunEvent::PlanEstimated {
            revision: state.revision,
            estimate: estimate::estimate(&state, &speeds),
        }
    };
    Ok(caller.journal.record(event).await?)
}
