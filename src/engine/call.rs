//! One model call: sent again after passing faults, bounded in time, streamed to whoever watches, recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Halt;
use super::attempt::Attempt;
use super::cast::Cast;
use super::in_use::ModelInUse;
use super::journal::Journal;
use super::kit::Kit;
use super::patience::Patience;
use super::repetition::{MOST, Repetitions};
use super::talk::Talk;
use crate::domain::budget::{calls_left, no_more_calls};
use crate::domain::chat::{
    ChatRequest, Message, ReplyFormat, Role, StopReason, ToolCall, ToolSpec, Usage,
};
use crate::domain::context::{estimate_chat, estimate_tools};
use crate::domain::event::{DeltaKind, ModelCall, NoticeLevel, ParsedBy, RunEvent};
use crate::domain::ids::StepId;
use crate::domain::lenient;
use crate::model::ModelError;
use crate::store::CallTranscript;

/// What a call is for.
#[derive(Debug, Clone)]
pub struct Job {
    /// The role.
    pub role: Role,
    /// The step it works on.
    pub step: Option<StepId>,
    /// The end of the document: what is to be done.
    pub text: String,
    /// Sampling temperature.
    pub temperature: f32,
}

/// A complete reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer, without thinking.
    pub text: String,
    /// Why the model stopped.
    pub stop: StopReason,
    /// The tools it wishes to use.
    pub tool_calls: Vec<ToolCall>,
    record: ModelCall,
    transcript: CallTranscript,
}

/// Makes the model calls of one run.
#[derive(Clone)]
pub struct Caller {
    /// Where they are recorded.
    pub journal: Journal,
    /// What bounds them.
    pub patience: Patience,
    /// What steps may use, and who is asked about it.
    pub kit: Arc<Kit>,
    pub(super) cast: Arc<Cast>,
    calls: Arc<AtomicU64>,
    pub(super) repetitions: Arc<Repetitions>,
}

impl Caller {
    /// A caller for a run that has made `calls` calls before, without tools.
    pub fn new(journal: Journal, patience: Patience, cast: Cast, calls: u64) -> Self {
        Self {
            journal,
            patience,
            kit: Arc::default(),
            cast: Arc::new(cast),
            calls: Arc::new(AtomicU64::new(calls)),
            repetitions: Arc::default(),
        }
    }

    /// Gives steps something to use.
    pub fn set_kit(&mut self, kit: Kit) {
        self.kit = Arc::new(kit);
    }

    /// Names the models, once they are known.
    pub fn set_cast(&mut self, cast: Cast) {
        self.cast = Arc::new(cast);
    }

    /// The same caller for the plan inside a step.
    #[must_use]
    pub fn within(&self, step: &StepId) -> Self {
        Self {
            journal: self.journal.within(step),
            ..self.clone()
        }
    }

    /// The same caller for the plan at this path of steps.
    #[must_use]
    pub fn at(&self, scope: Vec<StepId>) -> Self {
        Self {
            journal: self.journal.at(scope),
            ..self.clone()
        }
    }

    /// The same caller with bounds of its own, such as those of one step.
    #[must_use]
    pub fn with(&self, patience: Patience) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// As [`Caller::say`], by this model alone.
    pub(super) async fn say_by(
        &self,
        model: &ModelInUse,
        job: &Job,
        talk: &Talk<'_>,
    ) -> Result<Reply, Halt> {
        let mut think = model.think;
        let mut temperature = job.temperature;
        loop {
            let num_predict = model.num_predict(job.role, think);
            let job = &Job {
                text: format!("{}{}", job.text.trim_end(), talk.protocol(model)),
                ..job.clone()
            };
            let said = talk.fitted(model, num_predict);
            let tools = talk.tools_for(model);
            let reserved = num_predict
                .saturating_add(estimate_chat(&said))
                .saturating_add(estimate_tools(&tools));
            let mut messages = self.prompt(model, job, reserved).await?.messages;
            messages.extend(said);
            let native = !tools.is_empty();
            let said = self.once(model, job, messages, tools, temperature, think);
            let reply = match said.await {
                Err(Halt::Model(fault)) if native && fault.is_about_tools() => {
                    model.call_in_words();
                    let text = format!(
                        "the server cannot pass the tool calls of `{}` on ({fault}): it is told to write them as text",
                        model.name
                    );
                    self.journal.notice(NoticeLevel::Warning, text).await?;
                    continue;
                }
                said => said?,
            };
            if !reply.text.is_empty() || !reply.tool_calls.is_empty() {
                self.note(&reply, Ok(None)).await?;
                return Ok(reply);
            }
            self.note(&reply, Err("the reply is empty".to_owned()))
                .await?;
            if temperature > job.temperature {
                return Err(Halt::Model(ModelError::Malformed {
                    reason: "the reply is empty, twice".to_owned(),
                }));
            }
            think = false;
            temperature += 0.2;
        }
    }

    /// One plain-text reply to these messages, empty or not; the caller has to [`Caller::note`] it.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn once(
        &self,
        model: &ModelInUse,
        job: &Job,
        messages: Vec<Message>,
        tools: Vec<ToolSpec>,
        temperature: f32,
        think: bool,
    ) -> Result<Reply, Halt> {
        let request = ChatRequest {
            role: job.role,
            messages,
            format: ReplyFormat::Text,
            temperature,
            num_ctx: model.num_ctx,
            num_predict: model.num_predict(job.role, think),
            think,
            tools,
        };
        let mut reply = self.call(model, job, request).await?;
        // What the server did not tell from thinking: a lone end tag in the middle of the text.
        let text = lenient::without_thinking(&reply.text);
        text.trim().clone_into(&mut reply.text);
        Ok(reply)
    }

    /// A request for a structured reply: the fitted prompt, and what was said about it since.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn structured_request(
        &self,
        model: &ModelInUse,
        job: &Job,
        format: ReplyFormat,
        talk: &[Message],
    ) -> Result<ChatRequest, Halt> {
        let num_predict = model.num_predict(job.role, false);
        let reserved = num_predict.saturating_add(estimate_chat(talk));
        let mut messages = self.prompt(model, job, reserved).await?.messages;
        messages.extend_from_slice(talk);
        Ok(ChatRequest {
            role: job.role,
            messages,
            format,
            temperature: job.temperature,
            num_ctx: model.num_ctx,
            num_predict,
            think: false,
            tools: Vec::new(),
        })
    }

    /// Sends a request, again and again where faults are passing. A complete reply is left to the caller to
    /// [`Caller::note`]; a failed call is recorded here.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn call(
        &self,
        model: &ModelInUse,
        job: &Job,
        request: ChatRequest,
    ) -> Result<Reply, Halt> {
        let number = self.afford(job.role).await?;
        let started = Instant::now();
        let estimated =
            estimate_chat(&request.messages).saturating_add(estimate_tools(&request.tools));
        let mut record = ModelCall {
            call: format!("c{number}"),
            role: job.role,
            model: model.name.clone(),
            step: job.step.clone(),
            ok: false,
            error: None,
            prompt_tokens: None,
            output_tokens: None,
            load_ms: None,
            first_token_ms: None,
            duration_ms: 0,
            retries: 0,
            parsed_by: None,
            context_percent: model.filled(estimated, request.num_predict, Usage::default()),
        };
        let mut why = String::new();
        loop {
            self.delta(&record, DeltaKind::Restart, &why).await?;
            let sent = Instant::now();
            let mut attempt = Attempt::default();
            let ended = self
                .attempt(model, &request, &record, sent, &mut attempt)
                .await;
            let usage = attempt.usage;
            record.duration_ms = millis(started.elapsed());
            record.first_token_ms = attempt.first_token.map(millis);
            record.prompt_tokens = usage.prompt_tokens;
            record.output_tokens = usage.output_tokens;
            record.load_ms = usage.load_ms;
            record.context_percent = model.filled(estimated, request.num_predict, usage);
            let error = match ended {
                Ok(stop) => {
                    model.learn(estimated, usage.prompt_tokens);
                    let transcript = CallTranscript {
                        call: record.call.clone(),
                        request: model.request_text(&request),
                        reply: attempt.text.clone(),
                        thinking: attempt.thinking,
                    };
                    let reply = Reply {
                        text: attempt.text,
                        stop,
                        tool_calls: attempt.tool_calls,
                        record,
                        transcript,
                    };
                    return self.unless_repeated(reply).await;
                }
                Err(error) => error,
            };
            let patience = match &error {
                Halt::Model(fault) if self.patience.bears(fault, record.retries) => {
                    why = fault.to_string();
                    self.patience.back_off(fault, record.retries).await
                }
                _ => Err(error),
            };
            match patience {
                Ok(()) => {
                    log::warn!("call {} is sent again: {why}", record.call);
                    record.retries += 1;
                }
                Err(halt) => {
                    record.error = Some(if why.is_empty() || matches!(halt, Halt::Model(_)) {
                        halt.to_string()
                    } else {
                        format!("{halt}, after: {why}")
                    });
                    // What was sent is worth most where it failed.
                    self.journal.keep_call(&CallTranscript {
                        call: record.call.clone(),
                        request: model.request_text(&request),
                        reply: attempt.text,
                        thinking: attempt.thinking,
                    })?;
                    self.journal
                        .record(RunEvent::ModelCalled(Box::new(record)))
                        .await?;
                    return Err(halt);
                }
            }
        }
    }

    /// A reply, unless it has come to the same request too often.
    async fn unless_repeated(&self, reply: Reply) -> Result<Reply, Halt> {
        let (role, step) = (reply.record.role, &reply.record.step);
        let said = (reply.text.as_str(), reply.tool_calls.as_slice());
        let place = (self.journal.scope(), step);
        let asked = &reply.transcript.request;
        if !self.repetitions.note(role, place, asked, said) {
            return Ok(reply);
        }
        let of = step
            .as_ref()
            .map_or(String::new(), |step| format!(" in step {step}"));
        let why = format!(
            "it gets nowhere: the {role} was asked the same {MOST} times{of} and said the same each time"
        );
        self.note(&reply, Err(format!("the same reply for the {MOST}rd time")))
            .await?;
        Err(Halt::NoProgress(why))
    }

    /// Takes one more call from what the run may make; says which one it is. The answer is always affordable.
    async fn afford(&self, role: Role) -> Result<u64, Halt> {
        let whole = self.journal.whole().await;
        let begun = self.calls.load(Ordering::Relaxed);
        match no_more_calls(&whole, begun).filter(|_| role != Role::Finalizer) {
            Some(why) => Err(Halt::OverBudget(why)),
            // Under the lock of the state: no two calls are the same one.
            None => Ok(self.calls.fetch_add(1, Ordering::Relaxed) + 1),
        }
    }

    /// How many more calls of about `tokens` each, prompt and reply, the run may make beside the one for its answer.
    pub(super) async fn affordable(&self, tokens: u32) -> usize {
        let whole = self.journal.whole().await;
        let begun = self.calls.load(Ordering::Relaxed);
        let left = calls_left(&whole, begun, tokens);
        left.map_or(usize::MAX, |left| {
            usize::try_from(left).unwrap_or(usize::MAX)
        })
    }

    /// Records a call whose reply is complete: used, and read by which rung, or why it was not used.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn note(
        &self,
        reply: &Reply,
        read: Result<Option<ParsedBy>, String>,
    ) -> Result<(), Halt> {
        self.journal.keep_call(&reply.transcript)?;
        let mut record = reply.record.clone();
        match read {
            Ok(parsed_by) => (record.ok, record.parsed_by) = (true, parsed_by),
            Err(error) => record.error = Some(error),
        }
        let swapped = self.cast.swaps.observe(&record);
        self.journal
            .record(RunEvent::ModelCalled(Box::new(record)))
            .await?;
        if let Some(text) = swapped {
            self.journal.notice(NoticeLevel::Warning, text).await?;
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
