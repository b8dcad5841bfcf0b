//! Logs to draw screens from.

use planwright::domain::chat::Role;
use planwright::domain::event::{
    Approver, Decision, EventRecord, Limits, Mode, ModelCall, NoticeLevel, PlanSource, RoleModels,
    RunEnd, RunEvent, StepOutcome, Totals,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::domain::state::RunStatus;
use planwright::store::RunSummary;

use super::desk::at;

pub(crate) const START: &str = "2026-11-20T14:02:00Z";

/// Builds the records of one run, a second apart.
pub(crate) struct Log {
    pub(crate) records: Vec<EventRecord>,
    steps: Vec<Step>,
    revision: u32,
    calls: usize,
    ms: i64,
}

pub(crate) fn step(n: usize, text: &str) -> Step {
    Step::new(StepId::numbered(n), text)
}

pub(crate) fn gdp_steps() -> Vec<Step> {
    let mut ratio = step(3, "Compute ratio and gap");
    ratio.depends_on = vec![StepId::numbered(1), StepId::numbered(2)];
    ratio.done_when = Some("both numbers are there".to_owned());
    vec![
        step(1, "Search current GDP of France"),
        step(2, "Search current GDP of Germany"),
        ratio,
        step(4, "Explain drivers of the gap"),
    ]
}

impl Log {
    pub(crate) fn new(task: &str) -> Self {
        let mut log = Self {
            records: Vec::new(),
            steps: Vec::new(),
            revision: 0,
            calls: 0,
            ms: 0,
        };
        log.push(RunEvent::RunStarted {
            task: task.to_owned(),
            mode: Mode::PlanExecute,
            thread: None,
            models: RoleModels {
                planner: "llama3.1:8b".to_owned(),
                executor: "qwen3:4b".to_owned(),
                replanner: "llama3.1:8b".to_owned(),
                ..RoleModels::default()
            },
            limits: Limits::default(),
            settings: planwright::domain::event::RunSettings::default(),
            forked_from: None,
            recipe: None,
            tools: None,
        });
        log
    }

    pub(crate) fn gdp() -> Self {
        Self::new("Compare the GDP of France and Germany and explain the difference")
    }

    pub(crate) fn push(&mut self, event: RunEvent) -> &mut Self {
        self.ms += 1000;
        self.records.push(EventRecord {
            run: RunId::new("7f3a11220000000000000000000000aa"),
            seq: self.records.len() as u64 + 1,
            at: at(self.ms),
            scope: Vec::new(),
            event,
        });
        self
    }

    pub(crate) fn last(&self) -> EventRecord {
        self.records.last().unwrap().clone()
    }

    pub(crate) fn called(&mut self, role: Role, step: Option<&str>) -> &mut Self {
        self.calls += 1;
        self.push(RunEvent::ModelCalled(Box::new(ModelCall {
            call: format!("c{}", self.calls),
            role,
            model: "llama3.1:8b".to_owned(),
            step: step.map(StepId::new),
            ok: true,
            error: None,
            prompt_tokens: Some(1200),
            output_tokens: Some(412),
            load_ms: None,
            first_token_ms: Some(400),
            duration_ms: 2400,
            retries: 0,
            parsed_by: None,
            context_percent: Some(41),
        })))
    }

    pub(crate) fn proposed(
        &mut self,
        source: PlanSource,
        steps: Vec<Step>,
        reason: Option<&str>,
    ) -> &mut Self {
        self.revision += 1;
        self.steps.clone_from(&steps);
        self.push(RunEvent::PlanProposed {
            revision: self.revision,
            source,
            steps,
            problems: Vec::new(),
            reason: reason.map(str::to_owned),
        })
    }

    /// A planner's plan that waits for a person.
    pub(crate) fn planned(&mut self, steps: Vec<Step>) -> &mut Self {
        self.called(Role::Planner, None);
        self.proposed(PlanSource::Planner, steps, None)
    }

    pub(crate) fn approved(&mut self) -> &mut Self {
        self.push(RunEvent::PlanApproved {
            revision: self.revision,
            by: Approver::User,
            hash: plan_hash(&self.steps),
            feedback: None,
        })
    }

    pub(crate) fn started(&mut self, id: &str) -> &mut Self {
        self.push(RunEvent::StepStarted {
            step: StepId::new(id),
            attempt: 1,
        })
    }

    pub(crate) fn finished(&mut self, id: &str, status: StepOutcome, result: &str) -> &mut Self {
        self.push(RunEvent::StepFinished {
            step: StepId::new(id),
            attempt: 1,
            status,
            result: result.to_owned(),
            duration_ms: 4100,
            by: None,
        })
    }

    pub(crate) fn done(&mut self, id: &str, result: &str) -> &mut Self {
        self.started(id);
        self.called(Role::Executor, Some(id));
        self.finished(id, StepOutcome::Done, result)
    }

    pub(crate) fn decided(&mut self, decision: Decision, reason: &str) -> &mut Self {
        self.called(Role::Replanner, None);
        self.push(RunEvent::ActDecided {
            decision,
            reason: reason.to_owned(),
            iteration: 1,
            trigger: None,
        })
    }

    pub(crate) fn notice(&mut self, text: &str) -> &mut Self {
        self.push(RunEvent::Notice {
            level: NoticeLevel::Warning,
            text: text.to_owned(),
        })
    }

    pub(crate) fn answered(&mut self, response: &str, incomplete: Option<&str>) -> &mut Self {
        self.called(Role::Finalizer, None);
        self.push(RunEvent::RunFinished {
            status: RunEnd::Completed,
            response: Some(response.to_owned()),
            incomplete: incomplete.map(str::to_owned),
            error: None,
            hint: None,
            totals: Totals::default(),
        })
    }

    pub(crate) fn failed(&mut self, error: &str, hint: &str) -> &mut Self {
        self.push(RunEvent::RunFinished {
            status: RunEnd::Failed,
            response: None,
            incomplete: None,
            error: Some(error.to_owned()),
            hint: Some(hint.to_owned()),
            totals: Totals::default(),
        })
    }
}

/// The plan waits for review.
pub(crate) fn reviewing() -> Log {
    let mut log = Log::gdp();
    log.planned(gdp_steps());
    log
}

/// Two steps are done, the third is at work.
pub(crate) fn running() -> Log {
    let mut log = reviewing();
    log.approved();
    log.done(
        "s1",
        "France $3.03 T (2023)\n\nNominal, from the World Bank.",
    );
    log.done("s2", "Germany $4.53 T (2023)");
    log.started("s3");
    log
}

/// The third step failed and the replanner made another plan.
pub(crate) fn replanned() -> Log {
    let mut log = running();
    log.finished(
        "s3",
        StepOutcome::Failed,
        "Step failed: the Eurostat page has moved",
    );
    log.decided(Decision::Replan, "the figures of steps 1 and 2 are enough");
    let mut steps = gdp_steps();
    steps[3] = step(5, "Compute ratio and gap from steps 1 and 2");
    steps.push(step(6, "State data year and caveats"));
    log.proposed(
        PlanSource::Replanner,
        steps,
        Some("Eurostat page moved; the figures of steps 1-2 are enough"),
    );
    log
}

pub(crate) fn answered(incomplete: Option<&str>) -> Log {
    let mut log = running();
    log.called(Role::Executor, Some("s3"));
    log.finished("s3", StepOutcome::Done, "4.53 / 3.03 = 1.495");
    log.done("s4", "Population and industry.");
    log.decided(Decision::Respond, "all four steps have results");
    log.answered(
        "Germany's economy is about **50 % larger** than that of France.\n\nThe gap is 1.50 trillion dollars.",
        incomplete,
    );
    log
}

pub(crate) fn failed() -> Log {
    let mut log = running();
    log.failed(
        "cannot reach the model server at http://127.0.0.1:11434: connection refused",
        "start the server (`ollama serve`)",
    );
    log
}

pub(crate) fn summary(n: i64, task: &str, status: RunStatus) -> RunSummary {
    RunSummary {
        run: RunId::new(format!("{n:08x}000000000000000000000000")),
        task: task.to_owned(),
        status,
        started_at: at(-3_600_000 * n),
        duration_ms: 102_000,
        steps: 6,
        model: "qwen3:4b".to_owned(),
        steps_finished: 4,
        thread: None,
        replans: 1,
    }
}

pub(crate) fn past_runs() -> Vec<RunSummary> {
    vec![
        summary(1, "Compare GDP of France and Germany", RunStatus::Completed),
        summary(2, "Eurostat inflation table by month", RunStatus::Failed),
        summary(
            3,
            "GDP per capita, Nordic countries",
            RunStatus::Interrupted,
        ),
        summary(4, "Rainfall in Bergen", RunStatus::Waiting),
    ]
}
