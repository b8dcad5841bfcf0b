//! The loop around the pure core: one place that waits, and the order in which things are waited for.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::app::{App, AppOptions};
use super::background::Late;
use super::effect::{Clock, Effect, Msg};
use super::handover::farewell;
use super::input::{Bursts, message};
use super::keeping::Keeping;
use super::pacer::{Pacer, Reason};
use super::signals::{Signals, Told};
use super::surface::{MAX_COPY, Screen};
use super::world::{Answer, NEWS, News, World};
use super::{ExitReport, TuiError, update, view};
use crate::session::{EngineUpdate, Session};

/// How long the run at work may take to stop before the program ends without it.
pub(super) const FAREWELL: Duration = Duration::from_secs(10);
/// Keys that are taken in before a frame is drawn.
const BURST: usize = 64;

/// Shows the interface until it is closed. Must be awaited on the thread that blocks on the runtime: panics of that
/// thread alone leave the terminal.
///
/// # Errors
/// Where there is no terminal to draw on, before anything is taken; or where it fails later, after the run at work
/// was stopped in good order.
pub async fn run(session: Session, options: AppOptions) -> Result<ExitReport, TuiError> {
    let kept = !options.in_memory;
    let (world, answers) = World::new(session, options.overrides.clone());
    if kept {
        world.listen();
    }
    let panics = world.answers();
    // Before anything is taken, so that no signal ends the process with the terminal in a mess.
    let signals = Signals::new()?;
    let screen = Screen::enter(&options.look, move |what| {
        let msg = Msg::Failed(format!("a defect in planwright: {what}"), None);
        // Where the channel is full, others have enough to tell.
        let _ = panics.try_send(Answer::Tell(msg));
    })?;
    let now = Instant::now();
    let mut shell = Shell {
        app: App::new(&options, Timestamp::now()),
        world,
        answers,
        screen,
        pacer: Pacer::new(now),
        keys: None,
        signals,
        bursts: Bursts::default(),
        late: Late::default(),
        keeping: Keeping::new(kept),
        news: Vec::with_capacity(NEWS),
        editing: None,
        leaving: None,
    };
    let ended = match shell.work().await {
        Err(error) => shell.hung_up().await.map(End::Signal).ok_or(error),
        ended => ended,
    };
    let signal = shell.close(&ended).await;
    let drafts = shell.app.drafts();
    shell.keeping.keep_now(shell.world.session(), drafts);
    let (run, outcome) = shell.world.last().cloned().unzip();
    drop(shell);
    ended?;
    Ok(ExitReport {
        run,
        outcome: outcome.flatten(),
        signal,
        kept,
    })
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The person left.
    Left,
    /// By this signal.
    Signal(u8),
}

/// The core and what surrounds it.
pub(super) struct Shell {
    pub(super) app: App,
    pub(super) world: World,
    pub(super) answers: mpsc::Receiver<Answer>,
    pub(super) screen: Screen,
    pub(super) pacer: Pacer,
    /// None while the terminal is someone else's.
    pub(super) keys: Option<EventStream>,
    pub(super) signals: Signals,
    /// Tells pastes from typing.
    bursts: Bursts,
    /// What the terminal may still say of its background.
    pub(super) late: Late,
    keeping: Keeping,
    pub(super) news: Vec<EngineUpdate>,
    /// Cancelled to end the editor that has the terminal.
    pub(super) editing: Option<CancellationToken>,
    /// When the program ends, whether the run at work has stopped or not.
    pub(super) leaving: Option<Instant>,
}

/// Goes on, or ends the loop.
pub(super) type Step = Result<Option<End>, TuiError>;

impl Shell {
    async fn work(&mut self) -> Result<End, TuiError> {
        self.listen()?;
        let size = crossterm::terminal::size()?;
        self.app.now = Timestamp::now();
        let mut first = update::opening(&mut self.app);
        first.extend(update::update(&mut self.app, Msg::Resize(size.0, size.1)));
        if let Some(end) = self.perform(first.into()).await? {
            return Ok(end);
        }
        self.pacer.request(Reason::Input);
        loop {
            if let Some(end) = self.catch_up().await? {
                return Ok(end);
            }
            if let Some(end) = self.wait().await? {
                return Ok(end);
            }
        }
    }

    /// What is due by now: ticks, frames, the end of waiting.
    async fn catch_up(&mut self) -> Step {
        let now = Instant::now();
        let enter = self.bursts.release(now);
        if let Some(end) = self.heed(enter).await? {
            return Ok(Some(end));
        }
        if self.keeping.is_due(now) {
            let drafts = self.app.drafts();
            self.keeping.keep(self.world.session(), drafts);
        }
        if self
            .leaving
            .is_some_and(|at| at <= now || !self.world.is_busy())
        {
            return Ok(Some(End::Left));
        }
        if self.editing.is_some() {
            return Ok(None);
        }
        let wall = Timestamp::now();
        let into_second = Duration::from_nanos(wall.subsec_nanosecond().unsigned_abs().into());
        let clock = match self.app.clock() {
            Clock::Still if self.leaving.is_some() => Clock::Second,
            clock => clock,
        };
        self.pacer.clock(clock, now, into_second);
        if self.pacer.due(now).tick {
            self.pacer.request(Reason::News);
            if let Some(end) = self.tell(Msg::Tick).await? {
                return Ok(Some(end));
            }
        }
        if self.pacer.due(now).frame {
            self.app.now = wall;
            let Self {
                app,
                screen,
                leaving,
                ..
            } = self;
            screen.draw(&app.title(), app.progress(), |frame| {
                view::draw(app, frame);
                if let Some(at) = leaving {
                    farewell(frame, at.saturating_duration_since(now));
                }
                app.hits.links()
            })?;
            // A terminal that is slow has shown it only now.
            self.app.drawn(Timestamp::now());
            self.pacer.drawn(now);
        }
        Ok(None)
    }

    /// Waits for whatever comes first, and takes it in.
    async fn wait(&mut self) -> Step {
        let deadline = match self.editing {
            Some(_) => None,
            None => self.pacer.deadline(),
        };
        let deadlines = [
            deadline,
            self.leaving,
            self.bursts.due(),
            self.keeping.due(),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        tokio::select! {
            biased;
            told = self.signals.next() => self.told(told).await,
            event = next_event(&mut self.keys) => self.input(event).await,
            Some(answer) = self.answers.recv() => self.answer(answer).await,
            news = self.world.news(&mut self.news) => self.hear(news).await,
            () = until(deadline) => Ok(None),
        }
    }

    async fn told(&mut self, told: Told) -> Step {
        match told {
            // An editor has the terminal: what its keys cause is meant for it.
            Told::End(2 | 3) | Told::Stop | Told::GoOn if self.editing.is_some() => Ok(None),
            Told::Stop => match self.suspend().await? {
                Some(msg) => self.tell(msg).await,
                None => Ok(None),
            },
            Told::End(number) => Ok(Some(End::Signal(number))),
            Told::GoOn => {
                self.screen.leave()?;
                self.retake(false).await
            }
        }
    }

    /// One event and those that came with it, [`BURST`] at most: the rest waits for its turn.
    async fn input(&mut self, first: Option<io::Result<Event>>) -> Step {
        let ended = || Err(io::ErrorKind::UnexpectedEof.into());
        let mut events = vec![first.unwrap_or_else(ended)?];
        // Not by polling the stream with another waker: it keeps the first one it sees.
        while events.len() < BURST && crossterm::event::poll(Duration::ZERO)? {
            let next = next_event(&mut self.keys).await;
            events.push(next.unwrap_or_else(ended)?);
        }
        let now = Instant::now();
        if let Some(light) = self.late.sift(&mut events, now.into_std()) {
            self.pacer.request(Reason::Input);
            self.tell(Msg::Background(Some(light))).await?;
        }
        let events = self.bursts.sift(events, now);
        self.heed(events).await
    }

    async fn heed(&mut self, events: impl IntoIterator<Item = Event>) -> Step {
        for event in events {
            if let Some(msg) = message(event) {
                if let Msg::Focus(focused) = msg {
                    self.pacer.focus(focused);
                }
                self.pacer.request(Reason::Input);
                self.keeping.typed(Instant::now());
                if let Some(end) = self.tell(msg).await? {
                    return Ok(Some(end));
                }
            }
            // The terminal was given to someone else: what was typed before that is not for them, and nobody waits for it.
            if self.keys.is_none() {
                break;
            }
        }
        Ok(None)
    }

    async fn answer(&mut self, answer: Answer) -> Step {
        self.pacer.request(Reason::News);
        let msg = match answer {
            Answer::Tell(msg) => msg,
            Answer::Started(started) => self.world.started(started),
            Answer::Kept(kept) => self.world.kept(*kept),
            Answer::Edited(target, text) => {
                self.editing = None;
                if let Some(end) = self.retake(true).await? {
                    return Ok(Some(end));
                }
                Msg::Edited(target, text)
            }
        };
        self.tell(msg).await
    }

    async fn hear(&mut self, news: News) -> Step {
        self.pacer.request(Reason::News);
        match news {
            News::Ended(outcome) => self.tell(Msg::Ended(outcome)).await,
            News::Updates => {
                let mut updates = std::mem::take(&mut self.news);
                for update in updates.drain(..) {
                    if let Some(end) = self.tell(Msg::Engine(update)).await? {
                        return Ok(Some(end));
                    }
                }
                self.news = updates;
                Ok(None)
            }
        }
    }

    pub(super) async fn tell(&mut self, msg: Msg) -> Step {
        self.app.now = Timestamp::now();
        let effects = update::update(&mut self.app, msg);
        self.perform(effects.into()).await
    }

    /// Does what the core asks for, and what it asks for when it hears what came of that.
    async fn perform(&mut self, mut effects: VecDeque<Effect>) -> Step {
        while let Some(effect) = effects.pop_front() {
            let msg = match effect {
                Effect::Quit => match self.quit() {
                    Some(end) => return Ok(Some(end)),
                    None => continue,
                },
                Effect::Redraw => {
                    self.screen.redraw()?;
                    self.pacer.request(Reason::Input);
                    self.look_anew()?;
                    continue;
                }
                Effect::Wear(look, asks) => {
                    self.screen.wear(&look)?;
                    if asks {
                        self.look_anew()?;
                    }
                    continue;
                }
                Effect::Suspend => match self.suspend().await? {
                    Some(msg) => msg,
                    None => continue,
                },
                Effect::Edit(target, text) => {
                    self.edit(target, text)?;
                    continue;
                }
                Effect::KeepDrafts(drafts) => {
                    self.keeping.keep(self.world.session(), drafts);
                    continue;
                }
                Effect::Notify(words) => {
                    self.screen.notify(&words)?;
                    continue;
                }
                Effect::Copy(text) if text.len() > MAX_COPY => Msg::Failed(
                    "the text is too long for a terminal's clipboard".to_owned(),
                    Some("export it to a file instead".to_owned()),
                ),
                Effect::Copy(text) => {
                    self.screen.copy(&text)?;
                    continue;
                }
                effect => match self.world.perform(effect) {
                    Some(msg) => msg,
                    None => continue,
                },
            };
            self.app.now = Timestamp::now();
            effects.extend(update::update(&mut self.app, msg));
        }
        Ok(None)
    }

    /// Leaves at once where nothing runs or it is asked a second time.
    fn quit(&mut self) -> Option<End> {
        if !self.world.is_busy() || self.leaving.is_some() {
            return Some(End::Left);
        }
        self.world.cancel();
        self.leaving = Some(Instant::now() + FAREWELL);
        self.pacer.request(Reason::Input);
        None
    }
}

async fn next_event(keys: &mut Option<EventStream>) -> Option<io::Result<Event>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
