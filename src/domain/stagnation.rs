//! Whether planning still gets anywhere: a plan that was put forward before, in the same words, does not.

use super::event::PlanSource;
use super::plan::Step;
use super::state::PlanExecuteState;
use super::validate::normal;

/// How often the same steps may be put forward before that counts as no progress: once more than the first time may be
/// worth it, a fault can pass.
const OFTEN_ENOUGH: usize = 2;

/// What these steps ask for, whatever their names, order, case and punctuation: equal for plans that are the same.
pub fn fingerprint<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<String> {
    let mut words: Vec<String> = steps
        .into_iter()
        .map(|step| normal(&step.description))
        .collect();
    words.sort();
    words
}

/// Whether a model has put exactly these new steps forward so often before that they lead nowhere.
pub fn leads_nowhere(state: &PlanExecuteState, new: &[Step]) -> bool {
    let wanted = fingerprint(new);
    let mut before: &[Step] = &[];
    let mut seen = 0;
    for revision in &state.revisions {
        let is_new = |step: &&Step| before.iter().all(|other| other.id != step.id);
        let by_model = matches!(revision.source, PlanSource::Planner | PlanSource::Replanner);
        if by_model && fingerprint(revision.steps.iter().filter(is_new)) == wanted {
            seen += 1;
        }
        before = &revision.steps;
    }
    seen >= OFTEN_ENOUGH
}
