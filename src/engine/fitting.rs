//! The prompt for a job, made to fit: first what is older is put in fewer words, then texts are cut, with a notice.

use super::Halt;
use super::call::{Caller, Job};
use super::evidence::Digest;
use super::in_use::ModelInUse;
use super::prompts::{self, Prompt, Shown};
use super::summarizer;
use crate::domain::chat::Role;
use crate::domain::event::NoticeLevel;

impl Caller {
    /// The prompt for a job, fitted to the model's context; a warning is recorded where results had to be shortened.
    ///
    /// # Errors
    /// [`Halt::TooLong`] where it cannot be made to fit.
    pub async fn prompt(
        &self,
        model: &ModelInUse,
        job: &Job,
        num_predict: u32,
    ) -> Result<Prompt, Halt> {
        let room = model.room(num_predict);
        let mut prompt = self.fitted(model, job, room, None).await?;
        if !prompt.shortened.is_empty() {
            match job.role {
                Role::Finalizer => {
                    let mut digest = Digest::of(self, &prompt).await?;
                    while let Some(digest) = &mut digest
                        && digest.suffers(&prompt.lost)
                        && digest.further(self, &prompt.left_out).await?
                    {
                        prompt = self.fitted(model, job, room, Some(&*digest)).await?;
                    }
                }
                _ if summarizer::compact(self, job).await? => {
                    prompt = self.fitted(model, job, room, None).await?;
                }
                _ => {}
            }
        }
        if !prompt.shortened.is_empty() {
            let text = format!(
                "results shortened for the {} to fit {} tokens: {}",
                job.role,
                model.num_ctx,
                prompt.shortened.join(", ")
            );
            self.journal.notice(NoticeLevel::Warning, text).await?;
        }
        Ok(prompt)
    }

    async fn fitted(
        &self,
        model: &ModelInUse,
        job: &Job,
        room: u32,
        digest: Option<&Digest>,
    ) -> Result<Prompt, Halt> {
        let rules = prompts::tools(self.kit.toolbox.specs(), model.num_ctx);
        let text = prompts::Text {
            rules: &rules,
            job: &job.text,
        };
        let whole = self.journal.whole().await;
        let scope = self.journal.scope();
        let planned = job.step.as_ref().and_then(|step| {
            let state = whole.at(scope)?;
            state.planned(step)
        });
        if planned.is_some_and(|planned| planned.step.input.is_some()) {
            return Ok(prompts::alone(&text, room));
        }
        let needed = planned.map(|planned| planned.step.depends_on.clone());
        let mut shown = Shown::to(job.role, &whole.settings, needed.unwrap_or_default());
        if let Some(digest) = digest {
            shown.instead = digest.instead();
            shown.kept = digest.places();
        }
        let fitted = prompts::fit(&whole, scope, &shown, &text, room);
        fitted.map_err(|too_long| Halt::TooLong {
            needed: too_long.needed,
            room,
            model: model.name.clone(),
            num_ctx: model.num_ctx,
        })
    }
}
