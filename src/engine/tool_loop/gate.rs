//! The one way from a model's wish to a tool: looked up, put right, decided on, carried out, each of it recorded. Nothing
//! that a model or a tool says passes here for a person's word.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::page;
use crate::domain::chat::{Effect, ToolCall};
use crate::domain::event::{NoticeLevel, Question, RunEvent, Wanted};
use crate::domain::near::meant;
use crate::domain::plan::Step;
use crate::domain::policy::{Permission, Policy, Reach, Rule};
use crate::domain::progress::ToolUse;
use crate::domain::tool_args::coerce;
use crate::engine::Halt;
use crate::engine::call::Caller;
use crate::engine::kit::Said;
use crate::tool::Tool;

/// The most characters of arguments that are kept of a call that cannot be carried out.
const MOST_SHOWN: usize = 2_000;

/// The gate of one step.
pub(super) struct Gate<'a> {
    pub(super) caller: &'a Caller,
    pub(super) step: &'a Step,
    pub(super) tools: &'a [Arc<dyn Tool>],
}

/// A call that is recorded and waits to be carried out.
pub(super) struct Prepared {
    pub(super) call: ToolCall,
    pub(super) id: String,
    /// What it was decided on.
    pub(super) reach: Option<Reach>,
    pub(super) way: Way,
}

/// What is to happen with it.
pub(super) enum Way {
    /// It cannot be carried out: why, for the model.
    Wrong(String),
    /// It may not: why.
    Refused(String),
    /// A page of an earlier output.
    Page,
    /// It may, by the rules: why.
    Free(Arc<dyn Tool>, Effect, String),
    /// It may once; a rule that was asked for before the process ended needs no second decision.
    Decided(Arc<dyn Tool>),
    /// The person says.
    Asked(Arc<dyn Tool>, Wanted, Option<Rule>, oneshot::Receiver<Said>),
}

impl Prepared {
    fn again(used: &ToolUse, call: ToolCall, way: Way) -> Self {
        Self {
            call,
            id: used.call.clone(),
            reach: used.reach.clone(),
            way,
        }
    }

    /// Whether it only reads and nobody is asked: it may run beside others.
    pub(super) fn is_free(&self) -> bool {
        match &self.way {
            Way::Free(_, effect, _) => *effect == Effect::ReadOnly,
            Way::Page | Way::Wrong(_) | Way::Refused(_) => true,
            Way::Decided(_) | Way::Asked(..) => false,
        }
    }
}

impl Gate<'_> {
    /// Looks a wish up, puts its arguments right, asks the rules, and records `tool_called`.
    pub(super) async fn prepare(&self, wish: &ToolCall, round: u32) -> Result<Prepared, Halt> {
        if wish.name == page::NAME {
            return self
                .record(wish.clone(), round, None, None, Way::Page)
                .await;
        }
        let names = || self.tools.iter().map(|tool| tool.spec().name.as_str());
        let Some(name) = meant(&wish.name, names()) else {
            return self.unknown(wish, round).await;
        };
        if name != wish.name {
            let asked: String = wish.name.chars().take(60).collect();
            let text = format!("the model asked for the tool `{asked}`; it was read as `{name}`");
            self.notice(NoticeLevel::Info, text).await?;
        }
        let tool = self.tools.iter().find(|tool| tool.spec().name == name);
        let Some(tool) = tool.cloned() else {
            return self.unknown(wish, round).await;
        };
        let arguments = match coerce(&tool.spec().parameters, &wish.arguments) {
            Ok((arguments, _)) => arguments,
            Err(why) => {
                let call = ToolCall {
                    name: name.to_owned(),
                    ..wish.clone()
                };
                return self
                    .record(shortened(call), round, None, None, Way::Wrong(why))
                    .await;
            }
        };
        let call = ToolCall {
            id: None,
            name: name.to_owned(),
            arguments,
        };
        self.decide(call, round, tool, None).await
    }

    /// Asks the rules, and where they say so the person. `why` is a reason to ask whatever they say.
    pub(super) async fn decide(
        &self,
        call: ToolCall,
        round: u32,
        tool: Arc<dyn Tool>,
        why: Option<&str>,
    ) -> Result<Prepared, Halt> {
        if let Some(text) = tool.question(&call.arguments) {
            let question = Question {
                wanted: Wanted::Answer,
                text,
                preview: None,
                rule: None,
            };
            return self
                .ask(call, round, tool, Reach::harmless(), question)
                .await;
        }
        let reach = tool.reach(&call.arguments);
        let policy = Policy {
            rules: {
                let whole = self.caller.journal.whole().await;
                let granted = whole.granted.iter().map(|grant| grant.rule.clone());
                let own = self.caller.kit.toolbox.policy.rules.iter().cloned();
                own.chain(granted).collect()
            },
        };
        let (permission, reason) = policy.decide(&call.name, &reach);
        let reason = why.map_or(reason.clone(), |why| format!("{why}; {reason}"));
        match permission {
            Permission::Deny => {
                let way = Way::Refused(reason);
                self.record(call, round, Some(reach), None, way).await
            }
            Permission::Allow if why.is_none() => {
                let way = Way::Free(tool, reach.effect, reason);
                self.record(call, round, Some(reach), None, way).await
            }
            _ if self.caller.kit.approved => {
                let reason = format!("allowed beforehand: {reason}");
                if why.is_some() {
                    let text = format!("`{}` is used again: {reason}", call.name);
                    self.notice(NoticeLevel::Warning, text).await?;
                }
                let way = Way::Free(tool, reach.effect, reason);
                self.record(call, round, Some(reach), None, way).await
            }
            _ => {
                let question = Question {
                    wanted: Wanted::Permission,
                    text: reason,
                    preview: tool.preview(&call.arguments).await,
                    rule: Some(Rule::allowing(&call.name, &reach)),
                };
                self.ask(call, round, tool, reach, question).await
            }
        }
    }

    async fn ask(
        &self,
        call: ToolCall,
        round: u32,
        tool: Arc<dyn Tool>,
        reach: Reach,
        question: Question,
    ) -> Result<Prepared, Halt> {
        let id = self.caller.kit.next_call();
        // Before the record: whoever sees it may answer at once.
        let heard = self.caller.kit.desk.wait(&id);
        let way = Way::Asked(tool, question.wanted, question.rule.clone(), heard);
        self.record_as(id, call, round, Some(reach), Some(question), way)
            .await
    }

    /// A call that was recorded before the process ended, and waits for the person still.
    pub(super) fn ask_again(
        &self,
        used: &ToolUse,
        call: ToolCall,
        tool: Arc<dyn Tool>,
        question: &Question,
    ) -> Prepared {
        let heard = self.caller.kit.desk.wait(&used.call);
        let way = Way::Asked(tool, question.wanted, question.rule.clone(), heard);
        Prepared::again(used, call, way)
    }

    /// A call that was recorded, and decided on, before the process ended.
    pub(super) fn go_on(used: &ToolUse, call: ToolCall, tool: Arc<dyn Tool>) -> Prepared {
        Prepared::again(used, call, Way::Decided(tool))
    }

    /// A call that was recorded before the process ended, and is not carried out.
    pub(super) fn give_up(used: &ToolUse, call: ToolCall, why: &str) -> Prepared {
        Prepared::again(used, call, Way::Wrong(why.to_owned()))
    }

    async fn unknown(&self, wish: &ToolCall, round: u32) -> Result<Prepared, Halt> {
        let names: Vec<&str> = self.tools.iter().map(|t| t.spec().name.as_str()).collect();
        let there = self.caller.kit.toolbox.get(&wish.name).is_some();
        let why = match (there, names.is_empty()) {
            (_, true) => "this step may use no tools".to_owned(),
            (true, false) => format!("this step may only use: {}", names.join(", ")),
            (false, false) => format!(
                "there is no tool of this name; there are: {}",
                names.join(", ")
            ),
        };
        let way = if there {
            Way::Refused(why)
        } else {
            Way::Wrong(why)
        };
        self.record(shortened(wish.clone()), round, None, None, way)
            .await
    }

    async fn record(
        &self,
        call: ToolCall,
        round: u32,
        reach: Option<Reach>,
        asked: Option<Question>,
        way: Way,
    ) -> Result<Prepared, Halt> {
        let id = self.caller.kit.next_call();
        self.record_as(id, call, round, reach, asked, way).await
    }

    async fn record_as(
        &self,
        id: String,
        call: ToolCall,
        round: u32,
        reach: Option<Reach>,
        asked: Option<Question>,
        way: Way,
    ) -> Result<Prepared, Halt> {
        let event = RunEvent::ToolCalled {
            step: self.step.id.clone(),
            call: id.clone(),
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            round,
            reach: reach.clone(),
            asked: asked.map(Box::new),
        };
        self.caller.journal.record(event).await?;
        Ok(Prepared {
            call,
            id,
            reach,
            way,
        })
    }

    pub(super) async fn notice(&self, level: NoticeLevel, text: String) -> Result<(), Halt> {
        Ok(self.caller.journal.notice(level, text).await?)
    }
}

/// A call that is only kept to be looked at: no more of its arguments than that needs.
fn shortened(mut call: ToolCall) -> ToolCall {
    call.name = call.name.chars().take(100).collect();
    let text = call.arguments.to_string();
    if text.len() > MOST_SHOWN {
        let start: String = text.chars().take(MOST_SHOWN).collect();
        call.arguments = Value::String(format!("{start}…"));
    }
    call
}
