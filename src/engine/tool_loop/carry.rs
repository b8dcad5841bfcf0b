//! Carrying out a call that was decided on, or waiting for the person who decides.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Prepared, Way};
use super::page;
use crate::domain::chat::ToolCall;
use crate::domain::event::{Approver, Grant, Keep, NoticeLevel, RunEvent, ToolDecision, Wanted};
use crate::domain::policy::{Reach, Rule};
use crate::engine::Halt;
use crate::engine::kit::Said;
use crate::engine::talk::Called;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// How long a tool that was told to stop is waited for.
const ENDING: Duration = Duration::from_secs(5);

impl Gate<'_> {
    /// Carries a call out, and gives what a model is shown of it.
    pub(super) async fn carry_out(&self, prepared: Prepared) -> Result<Called, Halt> {
        let call = ToolCall {
            id: Some(prepared.id.clone()),
            ..prepared.call.clone()
        };
        let id = prepared.id.clone();
        let output = match self.whole(prepared).await? {
            Ok(output) if output.trim().is_empty() => "(the output is empty)".to_owned(),
            // A page is one already.
            Ok(output) if call.name == page::NAME => output,
            Ok(output) => page::page(&id, &output, 0),
            Err(why) => format!("Error: {}", page::page(&id, &why, 0)),
        };
        Ok(Called { call, output })
    }

    /// Carries a call out, and gives its whole output, or what went wrong.
    pub(super) async fn whole(&self, prepared: Prepared) -> Result<Result<String, String>, Halt> {
        let Prepared {
            call,
            id,
            reach,
            way,
        } = prepared;
        let (tool, wanted, said) = match way {
            Way::Wrong(why) => return self.returned(&id, &call, Err(why), Duration::ZERO).await,
            Way::Refused(why) => {
                self.decided(
                    &id,
                    ToolDecision::Deny,
                    Approver::Policy,
                    Some(why.clone()),
                    None,
                )
                .await?;
                let why = format!("not allowed: {why}");
                return self.returned(&id, &call, Err(why), Duration::ZERO).await;
            }
            Way::Page => {
                let ended = page::more(&*self.caller.journal.state().await, &call.arguments);
                return self.returned(&id, &call, ended, Duration::ZERO).await;
            }
            Way::Free(tool, _, why) => {
                self.decided(&id, ToolDecision::Allow, Approver::Policy, Some(why), None)
                    .await?;
                (tool, Wanted::Permission, None)
            }
            Way::Decided(tool) => (tool, Wanted::Permission, None),
            Way::Asked(tool, wanted, rule, heard) => {
                let Some(said) = self.hear(&call, wanted, heard).await? else {
                    let why = "there is no person to ask: go on without, or say what is open";
                    return self
                        .returned(&id, &call, Err(why.to_owned()), Duration::ZERO)
                        .await;
                };
                self.said(&id, &said, rule).await?;
                (tool, wanted, Some(said))
            }
        };
        match (wanted, said) {
            (
                _,
                Some(Said {
                    decision: ToolDecision::Deny,
                    words,
                    ..
                }),
            ) => {
                let why = words.filter(|words| !words.trim().is_empty());
                let why = why.map_or(String::new(), |words| format!(" and said: {words}"));
                let why = format!("the person did not allow this{why}");
                self.returned(&id, &call, Err(why), Duration::ZERO).await
            }
            (Wanted::Answer, Some(said)) => {
                let answer = said.words.unwrap_or_default();
                self.returned(&id, &call, Ok(answer), Duration::ZERO).await
            }
            _ => {
                let started = Instant::now();
                let ended = self.run(&*tool, call.arguments.clone(), reach).await?;
                self.returned(&id, &call, ended, started.elapsed()).await
            }
        }
    }

    /// Waits for the person. Where there is none, the run rests on a question of permission; one of the model's own is
    /// answered with nothing.
    async fn hear(
        &self,
        call: &ToolCall,
        wanted: Wanted,
        heard: oneshot::Receiver<Said>,
    ) -> Result<Option<Said>, Halt> {
        let nobody = || match wanted {
            Wanted::Answer => Ok(None),
            Wanted::Permission => Err(Halt::NeedsPerson(format!(
                "whether `{}` may be used has to be decided by a person",
                call.name
            ))),
        };
        if !self.caller.kit.attended {
            return nobody();
        }
        let left = self.caller.patience.stop_clock();
        let said = self.caller.patience.within(heard).await?;
        if left.is_some() {
            self.caller.patience.allow(left);
        }
        match said {
            Ok(said) => Ok(Some(said)),
            Err(_) => nobody(),
        }
    }

    /// Records what the person said, and keeps what he allowed for later.
    async fn said(&self, id: &str, said: &Said, rule: Option<Rule>) -> Result<(), Halt> {
        let allowed = said.decision == ToolDecision::Allow && said.keep != Keep::Once;
        let grant = rule.filter(|_| allowed).map(|rule| Grant {
            rule,
            keep: said.keep,
        });
        if let Some(Grant {
            rule,
            keep: Keep::Always,
        }) = &grant
        {
            let text = match (self.caller.kit.toolbox.keep_rule)(rule) {
                Ok(()) => format!("a rule was written to the config: allow {}", rule.words()),
                Err(why) => {
                    format!("allowed for this run only, the rule could not be written: {why}")
                }
            };
            self.notice(NoticeLevel::Info, text).await?;
        }
        let words = said.words.clone();
        self.decided(id, said.decision, Approver::User, words, grant)
            .await
    }

    /// Lets the tool work. When the step is stopped, it is told so and awaited: it ends what it started.
    async fn run(
        &self,
        tool: &dyn Tool,
        arguments: Value,
        reach: Option<Reach>,
    ) -> Result<Result<String, String>, Halt> {
        let context = CallContext {
            cancel: CancellationToken::new(),
            reach: reach.unwrap_or_else(|| tool.reach(&arguments)),
        };
        let cancel = context.cancel.clone();
        let mut work = tool.call(context, arguments);
        let ended = match self.caller.patience.within(&mut work).await {
            Ok(ended) => ended,
            Err(halt) => {
                cancel.cancel();
                let _ = timeout(ENDING, work).await;
                return Err(halt);
            }
        };
        Ok(match ended {
            Ok(ToolOutput { text }) => Ok(text),
            Err(ToolError::Cancelled) => Err(ToolError::Cancelled.to_string()),
            Err(error) => Err(error.to_string()),
        })
    }

    async fn decided(
        &self,
        id: &str,
        decision: ToolDecision,
        by: Approver,
        reason: Option<String>,
        grant: Option<Grant>,
    ) -> Result<(), Halt> {
        let event = RunEvent::ToolDecided {
            step: self.step.id.clone(),
            call: id.to_owned(),
            decision,
            by,
            reason,
            grant: grant.map(Box::new),
        };
        Ok(self.caller.journal.record(event).await?)
    }

    async fn returned(
        &self,
        id: &str,
        call: &ToolCall,
        ended: Result<String, String>,
        took: Duration,
    ) -> Result<Result<String, String>, Halt> {
        // A tool bounds its own output; this holds whatever it does. What is a secret goes no further, not even to a model.
        let ended = ended
            .map(|text| ToolOutput::new(self.caller.journal.mask(&text)).text)
            .map_err(|text| ToolOutput::new(self.caller.journal.mask(&text)).text);
        let (ok, output) = match &ended {
            Ok(output) => (true, output.clone()),
            Err(why) => (false, why.clone()),
        };
        let event = RunEvent::ToolReturned {
            step: self.step.id.clone(),
            call: id.to_owned(),
            tool: call.name.clone(),
            ok,
            output,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        self.caller.journal.record(event).await?;
        Ok(ended)
    }
}
