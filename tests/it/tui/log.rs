//! Logs to draw screens from.

use planwright::domain::chat::Role;
use planwright::domain::event::{
    Approver, Decision, EventRecord, Limits, Mode, ModelCall, NoticeLevel, PlanSource, Question,
    RoleModels, RunEnd, RunEvent, RunTools, StepOutcome, ToolDecision, Totals, Wanted,
};
use planwright::domain::ids::{RunId, StepId};
use planwright::domain::plan::{Step, plan_hash};
use planwright::domain::policy::{Reach, Rule};
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
    scope: Vec<StepId>,
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
            scope: Vec::new(),
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

    /// What follows happens in the plan inside these steps.
    pub(crate) fn scope(&mut self, path: &[&str]) -> &mut Self {
        self.scope = path.iter().map(|id| StepId::new(*id)).collect();
        self.revision = 0;
        self
    }

    pub(crate) fn push(&mut self, event: RunEvent) -> &mut Self {
        self.ms += 1000;
        self.records.push(EventRecord {
            run: RunId::new("7f3a11220000000000000000000000aa"),
            seq: self.records.len() as u64 + 1,
            at: at(self.ms),
            scope: self.scope.clone(),
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
            result: result.into(),
            duration_ms: 4100,
            by: None,
        })
    }

    pub(crate) fn done(&mut self, id: &str, result: &str) -> &mut Self {
        self.started(id);
        self.called(Role::Executor, Some(id));
        self.finished(id, StepOutcome::Done, result)
    }

    /// A step wishes to use a tool; with a question it waits for the person.
    pub(crate) fn uses(
        &mut self,
        id: &str,
        call: &str,
        tool: &str,
        arguments: serde_json::Value,
        reach: Reach,
        asked: Option<Question>,
    ) -> &mut Self {
        self.push(RunEvent::ToolCalled {
            step: StepId::new(id),
            call: call.to_owned(),
            tool: tool.to_owned(),
            arguments,
            round: 1,
            reach: Some(reach),
            asked: asked.map(Box::new),
        })
    }

    pub(crate) fn permitted(
        &mut self,
        id: &str,
        call: &str,
        decision: ToolDecision,
        reason: &str,
    ) -> &mut Self {
        self.push(RunEvent::ToolDecided {
            step: StepId::new(id),
            call: call.to_owned(),
            decision,
            by: Approver::Policy,
            reason: Some(reason.to_owned()),
            grant: None,
        })
    }

    pub(crate) fn returned(
        &mut self,
        id: &str,
        call: &str,
        tool: &str,
        ok: bool,
        output: &str,
    ) -> &mut Self {
        self.push(RunEvent::ToolReturned {
            step: StepId::new(id),
            call: call.to_owned(),
            tool: tool.to_owned(),
            ok,
            output: output.to_owned(),
            duration_ms: 1200,
        })
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

/// A command that would run.
pub(crate) fn command(words: &str) -> Reach {
    Reach {
        command: words.split(' ').map(str::to_owned).collect(),
        network: true,
        ..Reach::mutating()
    }
}

/// Whether this call may run, with a rule that would allow calls like it.
pub(crate) fn permission(tool: &str, reach: &Reach, preview: Option<&str>) -> Question {
    Question {
        wanted: Wanted::Permission,
        text: "no rule allows it".to_owned(),
        preview: preview.map(str::to_owned),
        rule: Some(Rule::allowing(tool, reach)),
    }
}

/// The third step waits to be allowed a command.
pub(crate) fn requesting() -> Log {
    let mut log = running();
    let reach = command("curl -s https://example.org/gdp.csv");
    let asked = permission("run_command", &reach, None);
    let arguments = serde_json::json!({"command": "curl -s https://example.org/gdp.csv"});
    log.uses("s3", "t1", "run_command", arguments, reach, Some(asked));
    log
}

pub(crate) const EDIT: &str =
    "--- gdp.txt\n+++ gdp.txt\n@@ -1,2 +1,2 @@\n France 3.03\n-Germany 4.5\n+Germany 4.53\n";

/// The same, and beside it an edit of a file.
pub(crate) fn requesting_twice() -> Log {
    let mut log = requesting();
    let reach = Reach {
        paths: vec!["gdp.txt".to_owned()],
        ..Reach::mutating()
    };
    let asked = permission("edit_file", &reach, Some(EDIT));
    let arguments =
        serde_json::json!({"path": "gdp.txt", "old": "Germany 4.5", "new": "Germany 4.53"});
    log.uses("s3", "t2", "edit_file", arguments, reach, Some(asked));
    log
}

/// The run may use these tools.
pub(crate) fn with_tools(mut log: Log, names: &[&str]) -> Log {
    if let Some(RunEvent::RunStarted { tools, .. }) =
        log.records.first_mut().map(|record| &mut record.event)
    {
        *tools = Some(RunTools {
            workspace: "/home/me/proj".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        });
    }
    log
}

/// The third step has used tools: one worked, one failed, one was denied, one is running.
pub(crate) fn using() -> Log {
    let mut log = running();
    let calc = |log: &mut Log, call: &str, text: &str| {
        let arguments = serde_json::json!({"expression": text});
        log.uses("s3", call, "calc", arguments, Reach::harmless(), None)
            .permitted(
                "s3",
                call,
                ToolDecision::Allow,
                "only reads in the workspace",
            );
    };
    calc(&mut log, "t1", "4.53/3.03");
    log.returned("s3", "t1", "calc", true, "1.4950495049504950");
    calc(&mut log, "t2", "4.53/0");
    log.returned("s3", "t2", "calc", false, "division by zero");
    let reach = command("curl -s https://example.org");
    log.uses(
        "s3",
        "t3",
        "run_command",
        serde_json::json!({"command": "curl"}),
        reach,
        None,
    )
    .permitted("s3", "t3", ToolDecision::Deny, "rule: deny run_command")
    .returned("s3", "t3", "run_command", false, "denied by a rule");
    let listed: String = (1..=40).fold(String::new(), |text, n| text + &format!("file {n}\n"));
    let reach = command("ls -l");
    log.uses(
        "s3",
        "t4",
        "run_command",
        serde_json::json!({"command": "ls -l"}),
        reach,
        None,
    )
    .permitted(
        "s3",
        "t4",
        ToolDecision::Allow,
        "rule: allow run_command, command \"ls\"",
    )
    .returned("s3", "t4", "run_command", true, &listed);
    calc(&mut log, "t5", "1+1");
    log
}

/// A plan whose second step is a plan of its own, two steps of which run at the same time, and a step that missed what
/// it was to reach.
pub(crate) fn nested() -> Log {
    let mut log = reviewing();
    log.approved();
    log.started("s1").started("s2");
    log.scope(&["s2"]);
    log.called(Role::Planner, None);
    let parts = ["Find the tables", "Read them"];
    let parts = parts.iter().enumerate();
    let parts = parts.map(|(n, text)| Step::new(StepId::new(format!("s2.{}", n + 1)), *text));
    log.proposed(PlanSource::Planner, parts.collect(), None)
        .approved();
    log.started("s2.1")
        .finished("s2.1", StepOutcome::Done, "two tables");
    log.started("s2.2");
    log.scope(&[]);
    log.push(RunEvent::StepChecked {
        step: StepId::new("s1"),
        attempt: 1,
        met: false,
        by: planwright::domain::event::Judge::Model,
        gap: Some("the year is missing".to_owned()),
    });
    log
}

/// The third step asks the person something.
pub(crate) fn asking() -> Log {
    let mut log = running();
    let question = Question {
        wanted: Wanted::Answer,
        text: "Nominal figures, or by purchasing power?".to_owned(),
        preview: None,
        rule: None,
    };
    let arguments = serde_json::json!({"question": question.text});
    log.uses(
        "s3",
        "t1",
        "ask_user",
        arguments,
        Reach::harmless(),
        Some(question),
    );
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
        forked_from: None,
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
        RunSummary {
            forked_from: Some(RunId::new("7f3a2b1c000000000000000000000000")),
            ..summary(4, "Rainfall in Bergen", RunStatus::Waiting)
        },
    ]
}
