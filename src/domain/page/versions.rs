//! Every version of the plan: the first as a list, the others as what they changed.

use super::write::Html;
use crate::domain::plan::{Step, StepChange, diff};
use crate::domain::state::{PlanExecuteState, Revision};

/// Writes them, the last one open.
pub(super) fn write(page: &mut Html, state: &PlanExecuteState) {
    let Some(last) = state.revisions.last() else {
        return;
    };
    page.raw("<section>\n")
        .element("h2", "Versions of the plan");
    let mut before: Option<&Revision> = None;
    for revision in &state.revisions {
        let is_last = revision.revision == last.revision;
        page.raw(if is_last {
            "<details open><summary>"
        } else {
            "<details><summary>"
        });
        title(page, revision);
        page.raw("</summary>\n");
        if let Some(why) = &revision.reason {
            page.raw("<p>why: ").text(why).raw("</p>\n");
        }
        for problem in &revision.problems {
            page.raw("<p class=\"caution\">problem: ");
            page.text(problem).raw("</p>\n");
        }
        match before {
            None => list(page, &revision.steps),
            Some(before) => changes(page, &before.steps, &revision.steps),
        }
        page.raw("</details>\n");
        before = Some(revision);
    }
    page.raw("</section>\n");
}

fn title(page: &mut Html, revision: &Revision) {
    let source = revision.source.word();
    page.text(&format!("version {} by {source}", revision.revision));
    match revision.approved_by {
        Some(by) => page.text(&format!(", approved by {}", by.word())),
        None => page.text(", not approved"),
    };
}

fn list(page: &mut Html, steps: &[Step]) {
    page.raw("<ol>\n");
    for step in steps {
        page.raw("<li>").text(&step.description);
        after(page, step, steps);
        page.raw("</li>\n");
    }
    page.raw("</ol>\n");
}

fn changes(page: &mut Html, old: &[Step], new: &[Step]) {
    page.raw("<ul class=\"plan\">\n");
    for change in diff(old, new) {
        match change {
            StepChange::Kept(step) => row(page, ["same", "=", "kept:"], &step, new),
            StepChange::Added(step) => row(page, ["good", "+", "added:"], &step, new),
            StepChange::Removed(step) => row(page, ["bad", "-", "removed:"], &step, old),
            StepChange::Changed(before, step) => match before.changed_beside(&step) {
                None => {
                    row(page, ["bad", "-", "was:"], &before, old);
                    row(page, ["good", "+", "is now:"], &step, new);
                }
                Some(what) => {
                    let words = format!("changed, {what}:");
                    row(page, ["caution", "~", &words], &step, new);
                }
            },
        }
    }
    page.raw("</ul>\n");
}

/// A step with a class of the style sheet, a sign, and the word for it.
fn row(page: &mut Html, [class, sign, words]: [&str; 3], step: &Step, plan: &[Step]) {
    page.raw("<li class=\"")
        .text(class)
        .raw("\"><b>")
        .text(sign);
    page.raw("</b> <small>").text(words).raw("</small> ");
    page.text(&step.description);
    after(page, step, plan);
    page.raw("</li>\n");
}

/// Says what a step builds on, by the places of those steps in their plan.
fn after(page: &mut Html, step: &Step, plan: &[Step]) {
    let place = |id: &_| plan.iter().position(|other| other.id == *id);
    let places = step.depends_on.iter().map(|id| {
        let place = place(id);
        place.map_or_else(|| id.to_string(), |index| (index + 1).to_string())
    });
    let places: Vec<String> = places.collect();
    if !places.is_empty() {
        page.raw(" <small>after ").text(&places.join(", "));
        page.raw("</small>");
    }
}
