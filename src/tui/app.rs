//! Everything the screen is drawn from.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::hits::Hits;
use super::keymap::{Context, Keymap};
use super::layout::{Divider, Split};
use super::look::Look;
use super::palette::Colors;
use super::screens::dialog::{Left, Overlay, Prompt};
use super::screens::guard::Guard;
use super::screens::history::History;
use super::screens::home::{Home, HomeFocus, Server};
use super::screens::models::{Pull, Shelf};
use super::screens::replay::Replay;
use super::screens::request::Request;
use super::screens::steering::Steering;
use super::screens::watch::{Pane, Watch};
use super::theme::Theme;
use crate::domain::event::{ApprovalPolicy, Wanted};
use crate::domain::ids::RunId;
use crate::session::{Drafts, ToolEntry};
use crate::store::RunSummary;

mod options;
mod parts;
mod told;

pub use options::AppOptions;
pub(super) use parts::{Departure, Message, Opening, Screen};

/// How long a message stays.
const MESSAGE_FOR: SignedDuration = SignedDuration::from_secs(6);
/// How long an answer to a question that is gone is still taken for one.
const UNASKED_FOR: SignedDuration = SignedDuration::from_secs(1);
/// How long a first Ctrl-C waits for the second.
const ARMED_FOR: SignedDuration = SignedDuration::from_secs(2);

/// The state of the terminal interface. Changed by [`super::update::update`] alone.
pub struct App {
    /// The time as the event loop knows it; set before every update and every frame.
    pub now: Timestamp,
    pub(super) size: (u16, u16),
    pub(super) theme: Theme,
    pub(super) keymap: Keymap,
    /// How it looks; theme, colours and motion are made of it.
    pub(super) look: Look,
    /// Whether the terminal's background is light, as far as it is known.
    pub(super) light: Option<bool>,
    /// The colours of the theme.
    pub(super) colors: Colors,
    pub(super) reduced_motion: bool,
    pub(super) in_memory: bool,
    pub(super) approval: ApprovalPolicy,
    pub(super) time_zone: TimeZone,
    /// Whether the terminal window has the focus.
    pub(super) window_focused: bool,
    pub(super) screen: Screen,
    /// What lies over the screen, the topmost last.
    pub(super) overlays: Vec<Overlay>,
    pub(super) home: Home,
    pub(super) server: Server,
    /// The newest runs, newest first.
    pub(super) runs: Vec<RunSummary>,
    /// How many runs there are in all.
    pub(super) runs_total: usize,
    /// The tools there are, as far as they are known.
    pub(super) tools: Vec<ToolEntry>,
    /// What the model servers have, as far as it is known.
    pub(super) shelf: Shelf,
    /// The model that is being fetched.
    pub(super) pull: Option<Pull>,
    /// The settings in force: name, value, and where it comes from.
    pub(super) settings: Vec<(String, String, String)>,
    /// A sentence for each tool that could not be had.
    pub(super) tools_missing: Vec<String>,
    /// The run at work here, or the last that was.
    pub(super) live: Option<Watch>,
    /// A run opened to read.
    pub(super) opened: Option<Watch>,
    /// The history that it was opened from: where leaving it leads back to.
    pub(super) opened_from: Option<Box<History>>,
    pub(super) message: Option<Message>,
    /// When a question went away by itself: what was about to be answered is nothing else for a moment.
    pub(super) unasked_at: Option<Timestamp>,
    /// When Ctrl-C asked to be pressed again.
    pub(super) armed_at: Option<Timestamp>,
    /// Tasks that wait for the run at work to end, the next one first.
    pub(super) queue: VecDeque<String>,
    /// The line in which the run at work is steered.
    pub(super) steering: Steering,
    /// Whether the run that is being started waited for its turn: it takes nobody away from what they look at.
    pub(super) starts_in_turn: bool,
    /// A task from the command line, not started yet.
    pub(super) first_task: Option<String>,
    /// The replay of the run opened to read.
    pub(super) replay: Option<Replay>,
    /// The run that is to be compared with another one.
    pub(super) marked: Option<RunId>,
    /// The line that was taken last, until it is known to be good or another key is pressed: what is refused comes back.
    pub(super) taken: Option<Prompt>,
    /// Lines that were typed and left, the newest last.
    pub(super) left: Vec<Left>,
    /// A run that is being read for something else than to be shown.
    pub(super) opening: Option<(RunId, Opening)>,
    /// What waits for the edits of a review to be recorded.
    pub(super) departure: Option<Departure>,
    /// Where the borders between the parts of a run were put.
    pub(super) split: Split,
    /// The border that the mouse holds.
    pub(super) dragged: Option<Divider>,
    /// What lies where.
    pub(super) hits: Hits,
}

impl App {
    /// The app as it opens, and nothing asked of the world yet.
    pub fn new(options: &AppOptions, now: Timestamp) -> Self {
        Self {
            now,
            size: (80, 24),
            theme: Theme {
                color: options.look.color,
                ascii: options.look.ascii,
            },
            look: options.look,
            light: None,
            keymap: options.keymap.clone(),
            colors: options.look.colors,
            reduced_motion: options.look.reduced_motion,
            in_memory: options.in_memory,
            approval: options.approval,
            time_zone: options.time_zone.clone().unwrap_or_else(TimeZone::system),
            window_focused: true,
            screen: Screen::Home,
            overlays: Vec::new(),
            home: Home::new(),
            server: Server::default(),
            runs: Vec::new(),
            runs_total: 0,
            tools: Vec::new(),
            shelf: Shelf::default(),
            pull: None,
            settings: Vec::new(),
            tools_missing: Vec::new(),
            live: None,
            opened: None,
            opened_from: None,
            message: None,
            unasked_at: None,
            armed_at: None,
            queue: VecDeque::new(),
            steering: Steering::default(),
            starts_in_turn: false,
            first_task: options.task.clone(),
            replay: None,
            marked: None,
            taken: None,
            left: Vec::new(),
            opening: None,
            departure: None,
            split: Split::default(),
            dragged: None,
            hits: Hits::default(),
        }
    }

    /// Looks like this from now on.
    pub(super) fn wear(&mut self, look: Look, light: Option<bool>) {
        (self.look, self.light) = (look, light);
        (self.theme.color, self.theme.ascii) = (look.color, look.ascii);
        self.reduced_motion = look.reduced_motion;
        self.colors = look.colors_on(light);
    }

    /// What is typed and not sent.
    pub(super) fn drafts(&self) -> Drafts {
        Drafts {
            task: self.home.task.text(),
            queue: self.queue.iter().cloned().collect(),
            steering: self.steering.field.text(),
            steered: self.steering.run.clone(),
        }
    }

    /// Where the keyboard is.
    pub(super) fn context(&self) -> Context {
        match self.overlays.last() {
            Some(overlay) => Self::overlay_context(overlay),
            None => self.screen_context(),
        }
    }

    fn overlay_context(overlay: &Overlay) -> Context {
        match overlay {
            Overlay::History(history) if history.typing => Context::HistorySearch,
            Overlay::History(_) => Context::History,
            Overlay::Help(_) => Context::Help,
            Overlay::Palette(_) => Context::Palette,
            Overlay::Tasks(_) => Context::Tasks,
            Overlay::Files(..) => Context::Files,
            Overlay::Settings(_) => Context::Settings,
            Overlay::Prompt(_) => Context::Prompt,
            Overlay::Question(_) => Context::Question,
            Overlay::Request(request) if request.wanted == Wanted::Answer => Context::Asked,
            Overlay::Request(_) => Context::Request,
            Overlay::Install(_) => Context::Install,
            Overlay::Tools(_) => Context::Tools,
            Overlay::Models(_) => Context::Models,
            Overlay::Reading(reading) if reading.call.is_some() => Context::Inspector,
            Overlay::Reading(_) => Context::ReadText,
            Overlay::Diff(..) | Overlay::Compared(_) => Context::Reader,
        }
    }

    fn screen_context(&self) -> Context {
        let Some(watch) = self.watch() else {
            return match self.home.focus {
                HomeFocus::Editor if self.home.task.is_empty() => Context::HomeEmpty,
                HomeFocus::Editor => Context::HomeEditor,
                HomeFocus::Runs if self.server.trouble().is_some() => Context::HomeTrouble,
                HomeFocus::Runs if self.server.is_demo() => Context::HomeDemo,
                HomeFocus::Runs => Context::HomePane,
            };
        };
        if self.shows_review() {
            return Context::Review;
        }
        if self.replayed().is_some() {
            return Context::Replay;
        }
        if self.steers() {
            return Context::Steer;
        }
        match watch.view.focus {
            Pane::Plan => Context::Plan,
            Pane::Timeline => Context::Timeline,
            Pane::Output if watch.view.needle.is_some() => Context::OutputFind,
            Pane::Output => Context::Output,
            Pane::Decisions => Context::Decisions,
        }
    }

    /// The run on screen, if one is.
    pub(super) fn watch(&self) -> Option<&Watch> {
        match self.screen {
            Screen::Home => None,
            Screen::Live => self.live.as_ref(),
            Screen::Opened => self.opened.as_ref(),
        }
    }

    /// The run on screen, to change what is looked at.
    pub(super) fn watch_mut(&mut self) -> Option<&mut Watch> {
        match self.screen {
            Screen::Home => None,
            Screen::Live => self.live.as_mut(),
            Screen::Opened => self.opened.as_mut(),
        }
    }

    /// The replay on screen, if one is.
    pub(super) fn replayed(&self) -> Option<&Replay> {
        self.replay
            .as_ref()
            .filter(|_| self.screen == Screen::Opened)
    }

    /// Whether the screen under any overlay is the review of a plan. It takes no line away in which somebody types.
    pub(super) fn shows_review(&self) -> bool {
        !self.steers() && self.watch().is_some_and(Watch::has_review)
    }

    /// Whether the line in which the run is steered stands on the screen. Who types in it keeps it.
    pub(super) fn has_steering(&self) -> bool {
        let at_work = |watch: &Watch| watch.is_at_work() && !watch.has_review();
        let live = self.live.as_ref().filter(|_| self.screen == Screen::Live);
        live.is_some_and(at_work) || self.steering.typing && self.watch().is_some()
    }

    /// Whether the run that is steered there is at work.
    pub(super) fn can_steer(&self) -> bool {
        let live = self.live.as_ref().filter(|watch| watch.is_at_work());
        live.is_some_and(|watch| self.steering.run.as_ref() == Some(&watch.run))
    }

    /// Whether somebody types there, under any overlay.
    pub(super) fn steers(&self) -> bool {
        self.steering.typing && self.has_steering()
    }

    /// How many calls of tools wait for the person.
    pub(super) fn requests(&self) -> usize {
        self.live.as_ref().map_or(0, Watch::requests)
    }

    /// The request that has the keyboard, if one does.
    pub(super) fn request(&self) -> Option<&Request> {
        match self.overlays.last() {
            Some(Overlay::Request(request)) => Some(request),
            _ => None,
        }
    }

    /// The frame that shows everything as it is now was drawn.
    pub fn drawn(&mut self, now: Timestamp) {
        if let Some(guard) = self.guard_mut() {
            guard.drawn(now);
        }
    }

    /// What keeps keys that are meant for something else from what a person is asked on top of the screen.
    pub(super) fn guard_mut(&mut self) -> Option<&mut Guard> {
        if self.overlays.is_empty() {
            let review = self.watch_mut()?.review.as_mut();
            return review.map(|review| &mut review.guard);
        }
        match self.overlays.last_mut() {
            Some(Overlay::Request(request)) => Some(&mut request.guard),
            _ => None,
        }
    }

    /// Whether a run is worked on here.
    pub(super) fn is_at_work(&self) -> bool {
        self.live.as_ref().is_some_and(Watch::is_at_work)
    }

    /// The time at which the run on screen is looked at: a replay stands where its last record was written.
    pub(super) fn time_of(&self, watch: &Watch) -> Timestamp {
        let replayed = self.replayed().and(watch.state.last_at);
        replayed.unwrap_or(self.now)
    }

    /// The message, while it is fresh.
    pub(super) fn message(&self) -> Option<&Message> {
        self.message
            .as_ref()
            .filter(|message| self.now.duration_since(message.since) < MESSAGE_FOR)
    }

    /// Says something for some seconds.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.put_message(&text.into(), false);
    }

    /// Says what went wrong for some seconds.
    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.put_message(&text.into(), true);
    }

    fn put_message(&mut self, text: &str, is_error: bool) {
        self.message = Some(Message {
            text: self.keymap.spelled(text).into_owned(),
            is_error,
            since: self.now,
        });
    }

    /// Whether a question went away a moment ago that somebody may be answering.
    pub(super) fn is_unasked(&self) -> bool {
        self.unasked_at
            .is_some_and(|at| self.now.duration_since(at) < UNASKED_FOR)
    }

    /// Whether Ctrl-C was pressed a moment ago and the next one does what it announced.
    pub(super) fn is_armed(&self) -> bool {
        self.armed_at
            .is_some_and(|at| self.now.duration_since(at) < ARMED_FOR)
    }
}
