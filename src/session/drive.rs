//! The background task of one run: finds the models, writes the first record, lets the engine work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::mcp::Mcp;
use super::models::Providers;
use super::toolbox::{self, Sources, Tools};
use crate::config::Config;
use crate::domain::event::{ApprovalPolicy, NoticeLevel, Recalled, RunEnd, RunEvent, RunTools};
use crate::domain::plan::Step;
use crate::engine::graph::{Graph, Port, Setup};
use crate::engine::journal::{Ending, Journal};
use crate::engine::patience::Patience;
use crate::engine::{Halt, RetryPolicy, RunCommand, RunOutcome};
use crate::store::{RunClaim, StoreError};

/// What this process is to do with a run.
pub(super) struct Work {
    pub(super) approval: ApprovalPolicy,
    pub(super) attended: bool,
    pub(super) approve_tools: bool,
    pub(super) plan_only: bool,
    pub(super) plan: Option<Vec<Step>>,
    pub(super) timeout_s: Option<u64>,
    /// What earlier runs of the thread are remembered for.
    pub(super) recalled: Vec<Recalled>,
}

/// One run and what it needs; holds its claim as long as it works.
pub(super) struct Driver {
    pub(super) config: Arc<Config>,
    pub(super) providers: Providers,
    pub(super) mcp: Mcp,
    pub(super) journal: Journal,
    pub(super) claim: RunClaim,
    pub(super) cancel: CancellationToken,
}

impl Driver {
    /// Records `first`, then works until the run ends or rests.
    pub(super) async fn drive(
        self,
        mut first: RunEvent,
        work: Work,
        commands: mpsc::Receiver<RunCommand>,
    ) -> RunOutcome {
        let is_new = matches!(first, RunEvent::RunStarted { .. });
        let names = match &first {
            RunEvent::RunStarted { models, .. } => models.clone(),
            _ => self.journal.state().await.models_in_reach(),
        };
        let retry = RetryPolicy {
            attempts: self.config.retry.attempts,
            first_delay: self.config.retry.first_delay,
            max_delay: self.config.retry.max_delay,
        };
        let timeout = work.timeout_s.map(Duration::from_secs);
        let patience = Patience::new(self.cancel.clone(), timeout, retry);
        let asked = patience.first_contact(|| self.providers.ports(&names));
        let found = match asked.await {
            // The engine says so in the log, once there is one.
            Err(Halt::Cancelled) => Ok(BTreeMap::new()),
            found => found,
        };
        if found.is_ok() && self.providers.ask_for(&names) {
            patience.answered();
        }
        // A new run names the models that were really found, so that it is resumed with the same ones.
        if let (RunEvent::RunStarted { models, .. }, Ok(found)) = (&mut first, &found) {
            for name in models.names_mut() {
                if let Some(port) = found.get(name) {
                    port.name.clone_into(name);
                }
            }
        }
        let known = self.journal.whole().await.tools.clone();
        let (tools, used) = match (&first, &known) {
            (RunEvent::RunStarted { .. }, _) => self.tools(None).await,
            // A run from before there were tools has none.
            (_, None) => (Tools::default(), RunTools::default()),
            (_, Some(known)) => self.tools(Some(known)).await,
        };
        if let RunEvent::RunStarted { tools, .. } = &mut first {
            *tools = Some(used).filter(|used| !used.names.is_empty());
        }
        if let Err(error) = self.journal.record(first).await {
            return broken(&error);
        }
        for missing in &tools.missing {
            let told = self
                .journal
                .notice(NoticeLevel::Warning, missing.why.clone());
            if let Err(error) = told.await {
                return broken(&error);
            }
        }
        if !work.recalled.is_empty() {
            let entries = work.recalled.clone();
            let told = self.journal.record(RunEvent::ThreadRecalled { entries });
            if let Err(error) = told.await {
                return broken(&error);
            }
        }
        let found = match found {
            Ok(found) => found,
            Err(halt) => return self.no_models(&halt).await,
        };
        let key = |asked: String, port: &Port| if is_new { port.name.clone() } else { asked };
        let ports = found
            .into_iter()
            .map(|(asked, port)| (key(asked, &port), self.providers.custom.port(port)))
            .collect();
        let setup = Setup {
            ports,
            num_ctx: self.config.ollama.num_ctx,
            think: self.config.ollama.think,
            approval: work.approval,
            attended: work.attended,
            plan_only: work.plan_only,
            plan: work.plan,
            timeout,
            nodes: self.providers.custom.nodes.clone(),
            tools: tools.toolbox,
            approve_tools: work.approve_tools,
        };
        let outcome = Graph::new(self.journal.clone(), setup, patience, commands)
            .await
            .run()
            .await;
        drop(self.claim);
        outcome
    }

    async fn tools(&self, run: Option<&RunTools>) -> (Tools, RunTools) {
        let Providers {
            custom, masking, ..
        } = &self.providers;
        let sources = Sources {
            own: &custom.tools,
            mcp: &self.mcp,
            masking,
        };
        toolbox::of_run(&self.config, &sources, run, &self.cancel).await
    }

    /// No model could be found: the run is kept as failed, to be resumed when there is one.
    async fn no_models(&self, halt: &Halt) -> RunOutcome {
        let (error, hint) = (halt.to_string(), halt.hint());
        let ending = Ending {
            error: Some(error.clone()),
            hint: hint.clone(),
            ..Ending::default()
        };
        match self.journal.finish(RunEnd::Failed, ending).await {
            Ok(()) if matches!(halt, Halt::Model(_)) => RunOutcome::ServerUnusable { error, hint },
            Ok(()) => RunOutcome::Failed { error, hint },
            Err(error) => broken(&error),
        }
    }
}

fn broken(error: &StoreError) -> RunOutcome {
    RunOutcome::Failed {
        error: error.to_string(),
        hint: error.hint().map(str::to_owned),
    }
}
