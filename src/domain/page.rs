//! A run as one HTML page, for people who would rather look: the times, every version of the plan, the steps with what
//! tools brought, the decisions, the answer. The page holds no script and asks for nothing from elsewhere, and says so
//! (`Content-Security-Policy`). All that comes from models, tools and people is text in it, whatever it looks like.

use super::chat::Role;
use super::event::{Decision, EventRecord, StepOutcome};
use super::lines::is_diff;
use super::sanitize;
use super::state::{PlanExecuteState, PlannedStep, StepStatus, ToolUse};
use super::timeline::{Timeline, duration};

mod bars;
mod prose;
mod versions;
mod write;

use write::Html;

/// The most characters of a tool's output on the page; the log has all of it.
const MOST_OUTPUT: usize = 20_000;

const STYLE: &str = include_str!("page/page.css");

/// The page of a run: its records, and its state, which may say that a run is interrupted where they do not.
pub fn html(records: &[EventRecord], state: &PlanExecuteState) -> String {
    let mut page = Html::default();
    let title = state.task.trim().lines().next().unwrap_or("A run");
    let title: String = title.chars().take(200).collect();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.element("title", &title);
    page.raw("\n<style>\n")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n<main>\n");
    head(&mut page, state);
    answer(&mut page, state);
    times(&mut page, records, state);
    versions::write(&mut page, state);
    steps(&mut page, state, "Steps", "h2");
    decisions(&mut page, state);
    notices(&mut page, state);
    page.raw("</main>\n</body>\n</html>\n");
    page.done()
}

fn head(page: &mut Html, state: &PlanExecuteState) {
    page.raw("<header>\n<h1 dir=\"auto\">")
        .text(state.task.trim())
        .raw("</h1>\n<dl>\n");
    let mut fact = |name: &str, value: &str| {
        page.raw("<div><dt>")
            .text(name)
            .raw("</dt><dd>")
            .text(value)
            .raw("</dd></div>\n");
    };
    fact("status", state.status.word());
    if let Some(run) = &state.run {
        fact("run", run.short());
    }
    if let Some(at) = state.started_at {
        fact("started", &format!("{at:.0}"));
    }
    fact("models", &models(state));
    let totals = &state.totals;
    fact("time at work", &duration(totals.duration_ms));
    fact("model calls", &totals.model_calls.to_string());
    fact("tool calls", &totals.tool_calls.to_string());
    fact(
        "tokens",
        &format!(
            "{} read, {} written",
            totals.prompt_tokens, totals.output_tokens
        ),
    );
    page.raw("</dl>\n</header>\n");
}

/// Who does which job, or the one model that does all.
fn models(state: &PlanExecuteState) -> String {
    if let [only] = state.models.names().as_slice() {
        return (*only).to_owned();
    }
    let roles = Role::ALL.iter();
    let each = roles.map(|&role| format!("{role} {}", state.models.of(role)));
    each.collect::<Vec<_>>().join(", ")
}

fn answer(page: &mut Html, state: &PlanExecuteState) {
    if let Some(response) = &state.response {
        page.raw("<section>\n").element("h2", "Answer");
        if let Some(why) = &state.incomplete {
            page.raw("<p class=\"caution\">incomplete: ")
                .text(why)
                .raw("</p>\n");
        }
        prose::write(page, response);
        page.raw("</section>\n");
    }
    if let Some(error) = &state.error {
        page.raw("<section>\n").element("h2", "Error");
        page.raw("<p class=\"bad\">").text(error).raw("</p>\n");
        if let Some(hint) = &state.hint {
            page.raw("<p>").text(hint).raw("</p>\n");
        }
        page.raw("</section>\n");
    }
}

fn times(page: &mut Html, records: &[EventRecord], state: &PlanExecuteState) {
    let (mut timeline, mut fold) = (Timeline::default(), PlanExecuteState::default());
    for record in records {
        fold.apply(record);
        timeline.note(record, fold.totals.duration_ms);
    }
    if !timeline.spans().is_empty() {
        page.raw("<section>\n").element("h2", "Times");
        bars::write(page, &timeline, state);
        page.raw("</section>\n");
    }
}

/// The steps of a plan, and the plans inside them.
fn steps(page: &mut Html, state: &PlanExecuteState, title: &str, heading: &'static str) {
    if state.plan.is_empty() {
        return;
    }
    page.raw("<section>\n").element(heading, title);
    for (index, planned) in state.plan.iter().enumerate() {
        step(page, state, index + 1, planned);
    }
    page.raw("</section>\n");
}

fn step(page: &mut Html, state: &PlanExecuteState, number: usize, planned: &PlannedStep) {
    let (class, sign) = match planned.status {
        StepStatus::Finished(StepOutcome::Done) => ("good", "✓"),
        StepStatus::Finished(StepOutcome::Failed) => ("bad", "✗"),
        StepStatus::Finished(StepOutcome::Skipped) => ("same", "⊘"),
        StepStatus::Running => ("caution", "▸"),
        StepStatus::Pending => ("same", "◦"),
    };
    page.raw("<details class=\"step\"><summary><span class=\"")
        .raw(class)
        .raw("\">");
    page.raw(sign)
        .raw(" ")
        .text(planned.status.word())
        .raw("</span> ");
    page.text(&format!("{number}. {}", planned.step.description));
    if let Some(ms) = planned.duration_ms {
        page.raw(" <small>").text(&duration(ms)).raw("</small>");
    }
    if planned.attempts > 1 {
        let attempts = format!(" in {} attempts", planned.attempts);
        page.raw("<small>").text(&attempts).raw("</small>");
    }
    page.raw("</summary>\n");
    if let Some(done_when) = &planned.step.done_when {
        page.raw("<p><small>done when: ").text(done_when);
        if let Some(check) = &planned.check {
            page.text(if check.met {
                " (reached"
            } else {
                " (not reached"
            });
            if let Some(gap) = &check.gap {
                page.raw(": ").text(gap);
            }
            page.raw(")");
        }
        page.raw("</small></p>\n");
    }
    // Those of a plan inside stand with its own steps.
    let uses = state.tool_uses.iter();
    for used in uses.filter(|used| used.step == planned.step.id) {
        tool(page, used);
    }
    if let Some(inside) = state.children.get(&planned.step.id) {
        steps(page, inside, "The plan inside this step", "h3");
    }
    if let Some(result) = &planned.result {
        prose::write(page, result);
    }
    page.raw("</details>\n");
}

fn tool(page: &mut Html, used: &ToolUse) {
    page.raw("<details class=\"tool\"><summary>tool <code>")
        .text(&used.tool)
        .raw("</code> ");
    page.text(used.word());
    if let Some(returned) = &used.returned {
        page.raw(" <small>")
            .text(&duration(returned.duration_ms))
            .raw("</small>");
    }
    page.raw("</summary>\n");
    let arguments = serde_json::to_string_pretty(&used.arguments).unwrap_or_default();
    block(page, "arguments", &arguments);
    if let Some(preview) = used.asked.as_ref().and_then(|asked| asked.preview.as_ref()) {
        block(page, "what it was to do", preview);
    }
    if let Some(returned) = &used.returned {
        block(page, "output", &returned.output);
    }
    page.raw("</details>\n");
}

fn block(page: &mut Html, name: &str, body: &str) {
    let end = body.char_indices().map(|(at, _)| at).nth(MOST_OUTPUT);
    let shown = sanitize::block(&body[..end.unwrap_or(body.len())]);
    page.raw("<p><small>")
        .text(name)
        .raw("</small></p>\n<pre dir=\"auto\">");
    if is_diff(&shown) {
        shown.lines().for_each(|line| of_diff(page, line));
    } else {
        page.text(&shown);
    }
    if end.is_some() {
        let all = body.chars().count();
        page.text(&format!(
            "\n… {all} characters in all; the log of the run has them"
        ));
    }
    page.raw("</pre>\n");
}

/// A line of a diff: its sign says what the colour repeats.
fn of_diff(page: &mut Html, line: &str) {
    let class = match line.as_bytes().first() {
        _ if line.starts_with("+++ ") || line.starts_with("--- ") => "same",
        Some(b'+') => "good",
        Some(b'-') => "bad",
        _ => "same",
    };
    page.raw("<span class=\"").raw(class).raw("\">");
    page.text(line).raw("</span>\n");
}

fn decisions(page: &mut Html, state: &PlanExecuteState) {
    if state.decisions.is_empty() {
        return;
    }
    page.raw("<section>\n")
        .element("h2", "Decisions")
        .raw("<ol>\n");
    for made in &state.decisions {
        let what = match made.decision {
            Decision::Respond => "answer",
            Decision::Replan => "change the plan",
            Decision::FinalizeForced => "answer with what there is",
            Decision::Continue => "keep the plan",
        };
        page.raw("<li><b>")
            .text(what)
            .raw("</b>: ")
            .text(&made.reason)
            .raw("</li>\n");
    }
    page.raw("</ol>\n</section>\n");
}

fn notices(page: &mut Html, state: &PlanExecuteState) {
    if state.notices.is_empty() {
        return;
    }
    page.raw("<section>\n")
        .element("h2", "Notices")
        .raw("<ul>\n");
    for made in &state.notices {
        page.raw("<li>")
            .text(made.level.word())
            .raw(": ")
            .text(&made.text)
            .raw("</li>\n");
    }
    page.raw("</ul>\n</section>\n");
}
