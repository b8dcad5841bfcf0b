//! What the terminal around the interface is told: title, taskbar, notifications, and how often the clock is wanted.

use super::{App, Screen};
use crate::domain::sanitize;
use crate::session::RunOutcome;
use crate::tui::announce::Progress;
use crate::tui::effect::Clock;
use crate::tui::screens::replay::Replay;
use crate::tui::screens::watch::Watch;

impl App {
    /// How often it wants to be told the time.
    pub fn clock(&self) -> Clock {
        let busy = self.live.as_ref().is_some_and(Watch::is_busy);
        let spins =
            busy && self.requests() == 0 && self.screen == Screen::Live && !self.shows_review();
        if self.replayed().is_some_and(Replay::is_playing)
            || spins && !self.reduced_motion && self.window_focused
        {
            Clock::Spinner
        } else if busy
            || self.pull.is_some()
            || self.message().is_some()
            || self.is_armed()
            || self.departure.is_some()
        {
            Clock::Second
        } else {
            Clock::Still
        }
    }

    /// The title for the terminal window.
    pub fn title(&self) -> String {
        let Some(watch) = self.live.as_ref().filter(|watch| watch.is_at_work()) else {
            return "planwright".to_owned();
        };
        let (done, all) = (watch.state.done(), watch.state.plan.len());
        let what = if watch.requests() > 0 {
            "! request".to_owned()
        } else if watch.wants_review() {
            "review".to_owned()
        } else {
            format!("{done}/{all}")
        };
        let task: String = watch.state.task.chars().take(200).collect();
        let task: String = sanitize::line(&task).chars().take(60).collect();
        format!("planwright {what} {task}").trim_end().to_owned()
    }

    /// How far the run at work is, for the taskbar.
    pub fn progress(&self) -> Progress {
        let Some(watch) = &self.live else {
            return Progress::None;
        };
        if watch.is_at_work() {
            let (done, all) = watch.state.progress();
            let percent = (done * 100).checked_div(all).unwrap_or(0);
            let percent = u8::try_from(percent).unwrap_or(100);
            if watch.requests() > 0 || watch.wants_review() {
                return Progress::Waiting(percent);
            }
            return Progress::Running(percent);
        }
        match &watch.ended {
            Some(RunOutcome::Failed { .. } | RunOutcome::ServerUnusable { .. })
                if self.screen == Screen::Live =>
            {
                Progress::Failed
            }
            _ => Progress::None,
        }
    }

    /// What a person who looks elsewhere would be called for; none while there is nothing.
    pub(in crate::tui) fn call(&self) -> Option<&'static str> {
        let watch = self.live.as_ref()?;
        Some(match &watch.ended {
            _ if watch.requests() > 0 => "a call of a tool waits for you",
            _ if watch.wants_review() => "a plan waits for your review",
            Some(RunOutcome::Completed) => "the run is completed",
            Some(RunOutcome::Failed { .. } | RunOutcome::ServerUnusable { .. }) => "the run failed",
            _ => return None,
        })
    }
}
