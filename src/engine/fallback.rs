//! What a role does when its model cannot be used: it goes on with the next of its fallbacks, and the log says so.
//!
//! A call that has lost its model, after all its repetitions, begins anew with another one: its prompt is fitted to that
//! model's context. Only where no fallback is left does the run fail.

use std::sync::Arc;

use super::Halt;
use super::call::{Caller, Job, Reply};
use super::in_use::ModelInUse;
use super::talk::Talk;
use crate::domain::chat::Role;
use crate::domain::event::{NoticeLevel, RoleModels, RunEvent};
use crate::model::ModelError;

/// Asks what the models are that the roles begin with. One that cannot be used is replaced by a fallback at once;
/// fallbacks are asked only when they are needed. A role that goes on with a fallback since an earlier process returns to
/// the model it had at the start, where that is there again.
///
/// # Errors
/// [`Halt`]: a role has no model.
pub(super) async fn meet_all(caller: &Caller) -> Result<(), Halt> {
    // Each server's first contact counts for itself.
    let patience = caller.patience.apart();
    let mut away = Vec::new();
    for role in Role::ALL {
        caller.return_to_first(role, &mut away).await?;
    }
    for role in Role::ALL {
        let name = caller.journal.whole().await.models.of(role).to_owned();
        let met = caller.cast.meet(&name, &patience, &caller.journal).await;
        match met {
            Err(Halt::Model(fault)) if warrants(&fault) => {
                caller.next_model(role, fault).await?;
            }
            met => drop(met?),
        }
    }
    caller.patience.answered();
    Ok(())
}

impl Caller {
    /// The model that does this job now.
    ///
    /// # Errors
    /// Where the run names a model that there is no way to.
    pub async fn model(&self, role: Role) -> Result<Arc<ModelInUse>, Halt> {
        let name = self.journal.whole().await.models.of(role).to_owned();
        let cast = &self.cast;
        Box::pin(cast.meet(&name, &self.patience, &self.journal)).await
    }

    /// A plain-text reply to a job, by a fallback of its role where the model cannot be used. An empty one is asked for
    /// once more, a little warmer. The call is recorded.
    ///
    /// # Errors
    /// [`Halt`]; [`ModelError::Malformed`] in it where the reply stays empty.
    pub async fn text(&self, model: &ModelInUse, job: &Job) -> Result<Reply, Halt> {
        self.say(model, job, &Talk::default()).await
    }

    /// As [`Caller::text`], in the course of a talk in which tools may be used. The reply is empty where the model only
    /// wishes to use some.
    ///
    /// # Errors
    /// As there.
    pub async fn say(&self, model: &ModelInUse, job: &Job, talk: &Talk<'_>) -> Result<Reply, Halt> {
        let mut other = self.in_place_of(model, job.role).await?;
        loop {
            let model = other.as_deref().unwrap_or(model);
            match Box::pin(self.say_by(model, job, talk)).await {
                Err(halt) => other = Some(self.instead_of(model, job.role, halt).await?),
                said => return said,
            }
        }
    }

    /// The model to go on with where a call by `lost` ended in `halt`: the next fallback of the role, or the one that the
    /// role was given meanwhile.
    ///
    /// # Errors
    /// `halt` itself, where it does not speak of the model, or no fallback is left.
    pub async fn instead_of(
        &self,
        lost: &ModelInUse,
        role: Role,
        halt: Halt,
    ) -> Result<Arc<ModelInUse>, Halt> {
        let fault = match halt {
            Halt::Model(fault) if warrants(&fault) => fault,
            halt => return Err(halt),
        };
        let _one_at_a_time = self.cast.switching.lock().await;
        if let Ok(current) = self.model(role).await
            && !std::ptr::eq(&raw const *current, lost)
        {
            return Ok(current);
        }
        lost.lose();
        Box::pin(self.next_model(role, fault)).await
    }

    /// Another model for a job whose own was lost in an earlier call.
    ///
    /// # Errors
    /// As for [`Caller::model`].
    pub async fn in_place_of(
        &self,
        model: &ModelInUse,
        role: Role,
    ) -> Result<Option<Arc<ModelInUse>>, Halt> {
        if !model.is_lost() {
            return Ok(None);
        }
        self.model(role).await.map(Some)
    }

    /// Gives a role back the model it had at the start, where that can be used again. Those that were found `away` are not
    /// asked twice.
    async fn return_to_first(&self, role: Role, away: &mut Vec<String>) -> Result<(), Halt> {
        let (first, from) = {
            let whole = self.journal.whole().await;
            let first = whole.first_models.of(role).to_owned();
            (first, whole.models.of(role).to_owned())
        };
        if first == from || first.is_empty() || away.contains(&first) {
            return Ok(());
        }
        // It was away before, and there is another one: it is not waited for.
        match self
            .cast
            .meet(&first, &self.patience.afresh(), &self.journal)
            .await
        {
            Ok(_) => {
                let event = RunEvent::ModelSwitched {
                    role,
                    from,
                    to: first,
                    reason: "it is there again".to_owned(),
                };
                self.journal.record(event).await?;
            }
            Err(Halt::Model(fault)) => {
                let text =
                    format!("`{first}` is still away ({fault}): `{from}` goes on in its place");
                self.journal.notice(NoticeLevel::Info, text).await?;
                away.push(first);
            }
            Err(halt) => return Err(halt),
        }
        Ok(())
    }

    /// Gives a role the first of its remaining fallbacks that can be used.
    async fn next_model(&self, role: Role, fault: ModelError) -> Result<Arc<ModelInUse>, Halt> {
        let journal = self.journal.at(Vec::new());
        let (from, left) = {
            let models = &journal.whole().await.models;
            (models.of(role).to_owned(), remaining(models, role))
        };
        // One that was away before is not waited for where another may be there.
        let patience = self.patience.afresh();
        for to in left {
            match self.cast.meet(&to, &patience, &journal).await {
                Ok(model) => {
                    let reason = fault.to_string();
                    let event = RunEvent::ModelSwitched {
                        role,
                        from,
                        to,
                        reason,
                    };
                    journal.record(event).await?;
                    return Ok(model);
                }
                Err(Halt::Model(other)) if warrants(&other) => {
                    let text = format!("the {role} cannot fall back on `{to}`: {other}");
                    journal.notice(NoticeLevel::Warning, text).await?;
                }
                Err(halt) => return Err(halt),
            }
        }
        Err(Halt::Model(fault))
    }
}

/// Whether a fault that outlasted all repetitions is a reason to take another model: it cannot be used, or its server
/// does not recover. What a model itself does wrong is none.
fn warrants(fault: &ModelError) -> bool {
    fault.is_unusable() || fault.is_transient() || matches!(fault, ModelError::Silent { .. })
}

/// The fallbacks of a role that come after the model it has. A role without a list and a model of its own takes those of
/// the role whose model it shares.
fn remaining(models: &RoleModels, role: Role) -> Vec<String> {
    let shared = match role {
        Role::Finalizer if models.finalizer.is_none() => Some(Role::Replanner),
        Role::Summarizer if models.summarizer.is_none() => Some(Role::Executor),
        Role::Verifier if models.verifier.is_none() => Some(Role::Executor),
        _ => None,
    };
    let list = models.fallbacks.get(&role);
    let list = list.or_else(|| models.fallbacks.get(&shared?));
    let list = list.map_or(&[][..], Vec::as_slice);
    let current = models.of(role);
    let after = list.iter().position(|name| name == current);
    let left = list.iter().skip(after.map_or(0, |at| at + 1));
    left.filter(|name| *name != current).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{RoleModels, remaining};
    use crate::domain::chat::Role;

    fn models(executor: &str) -> RoleModels {
        let mut models = RoleModels::all("a");
        executor.clone_into(&mut models.executor);
        let list = ["b", "c"].map(str::to_owned).to_vec();
        models.fallbacks.insert(Role::Executor, list);
        models
    }

    #[test]
    fn a_role_goes_down_its_list_and_not_back() {
        assert_eq!(remaining(&models("a"), Role::Executor), ["b", "c"]);
        assert_eq!(remaining(&models("b"), Role::Executor), ["c"]);
        assert_eq!(remaining(&models("c"), Role::Executor), [""; 0]);
        assert_eq!(remaining(&models("a"), Role::Planner), [""; 0]);
    }

    #[test]
    fn a_role_that_shares_a_model_shares_its_fallbacks() {
        assert_eq!(remaining(&models("a"), Role::Verifier), ["b", "c"]);
        let mut own = models("a");
        own.verifier = Some("v".to_owned());
        assert_eq!(remaining(&own, Role::Verifier), [""; 0]);
        own.fallbacks.insert(Role::Verifier, vec!["w".to_owned()]);
        assert_eq!(remaining(&own, Role::Verifier), ["w"]);
    }
}
