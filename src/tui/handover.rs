//! Giving the terminal to others and taking it back: to the shell, to an editor, at the end.

use std::io;
use std::time::Duration;

use crossterm::event::EventStream;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::background::{self, Said};
use super::effect::{EditTarget, Msg};
use super::event_loop::{End, FAREWELL, Shell, Step};
use super::pacer::Reason;
use super::signals::Told;
use super::world::{Answer, News};
use super::{TuiError, editor, update};

/// How long an editor may take to end when the program ends.
const EDITOR_FAREWELL: Duration = Duration::from_secs(3);
/// How long edits may take to be recorded: far longer than it takes.
const EDITS: Duration = Duration::from_secs(2);
/// How long a stop may take to take effect; where the system ignores it, the interface comes back after that.
const STOP: Duration = Duration::from_millis(200);

/// Whether there is a shell that could make the process go on: as the system sees it, its parent is in the same session and
/// in another group. Where either is outside of the container that this runs in, the system gives 0 for it, and nobody is
/// known who could.
fn can_be_woken() -> bool {
    use nix::unistd::{getpgid, getpgrp, getppid, getsid};
    let parent = getppid();
    let known = |of: nix::Result<nix::unistd::Pid>| of.ok().filter(|of| of.as_raw() > 0);
    let Some(session) = known(getsid(None)) else {
        return false;
    };
    parent.as_raw() > 0
        && known(getsid(Some(parent))) == Some(session)
        && known(getpgid(Some(parent))).is_some_and(|group| group != getpgrp())
}

impl Shell {
    /// Stops the process as the shell's Ctrl-Z does, until it is told to go on.
    pub(super) async fn suspend(&mut self) -> Result<Option<Msg>, TuiError> {
        self.give()?;
        if can_be_woken() {
            // Not by the signal of the same name, which is heard here.
            let own = rustix::process::getpid();
            let stopped = rustix::process::kill_process(own, rustix::process::Signal::STOP);
            if let Err(error) = stopped {
                self.take(false)?;
                let text = format!("the process could not be stopped: {error}");
                return Ok(Some(Msg::Failed(text, None)));
            }
            // The stop takes effect at some moment soon.
            let _ = timeout(STOP, self.signals.gone_on()).await;
        }
        let size = self.take(false)?;
        Ok(Some(Msg::Resize(size.0, size.1)))
    }

    pub(super) fn edit(&mut self, target: EditTarget, text: String) -> Result<(), TuiError> {
        self.give()?;
        let stop = CancellationToken::new();
        let (answers, child) = (self.world.answers(), stop.clone());
        tokio::spawn(async move {
            let edited = editor::edit(text, child).await;
            // Without a reader the interface is closed.
            let _ = answers.send(Answer::Edited(target, edited)).await;
        });
        self.editing = Some(stop);
        Ok(())
    }

    /// Starts to read keys. Where the colours depend on the terminal's background, it is asked first, which may have become
    /// another one.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        if self.app.look.light_or_dark.is_some() {
            let said = background::ask();
            let light = match said {
                Said::Light(light) => Some(light),
                Said::Nothing => None,
                Said::Later => {
                    self.late.expect(Instant::now().into_std());
                    self.app.light
                }
            };
            self.app.wear(self.app.look, light);
        }
        // An event stream that cannot read the terminal panics; this says why instead.
        crossterm::event::poll(Duration::ZERO)?;
        self.keys = Some(EventStream::new());
        Ok(())
    }

    /// Reads no more keys.
    fn hush(&mut self) {
        self.keys = None;
        // The reader's thread holds a lock while it reads: this waits until it has let go, or a moment.
        let _ = crossterm::event::poll(Duration::from_millis(10));
    }

    /// Gives the terminal to someone else.
    fn give(&mut self) -> io::Result<()> {
        self.hush();
        self.screen.leave()
    }

    /// Asks the terminal anew what its background is, where the colours depend on that.
    pub(super) fn look_anew(&mut self) -> io::Result<()> {
        // Where the terminal is someone else's, it is asked when it comes back.
        if self.keys.is_some() && self.app.look.light_or_dark.is_some() {
            self.hush();
            self.listen()?;
        }
        Ok(())
    }

    /// Takes the terminal again; its size.
    fn take(&mut self, mend: bool) -> io::Result<(u16, u16)> {
        self.screen.retake(mend)?;
        if self.keys.is_none() {
            self.listen()?;
        }
        self.pacer.reset(Instant::now());
        self.pacer.request(Reason::Input);
        crossterm::terminal::size()
    }

    pub(super) async fn retake(&mut self, mend: bool) -> Step {
        let size = self.take(mend)?;
        self.tell(Msg::Resize(size.0, size.1)).await
    }

    /// Whether the terminal failed because it was closed: the signal that says so comes at about the same time.
    pub(super) async fn hung_up(&mut self) -> Option<u8> {
        match timeout(STOP, self.signals.next()).await {
            Ok(Told::End(number)) => Some(number),
            _ => None,
        }
    }

    /// Has what was edited in a review recorded, before the run is stopped.
    async fn keep_edits(&mut self) {
        for effect in update::keep_edits(&mut self.app) {
            let _ = self.world.perform(effect);
        }
        let recorded = async {
            while update::is_untaken(&mut self.app) {
                match self.world.news(&mut self.news).await {
                    News::Ended(_) => break,
                    News::Updates => {
                        for news in self.news.drain(..) {
                            let _ = update::update(&mut self.app, Msg::Engine(news));
                        }
                    }
                }
            }
        };
        // Late or not, the run is stopped then.
        let _ = timeout(EDITS, recorded).await;
    }

    /// Gives the terminal back and stops the run at work, for as long as it may take. The signal that ended it all.
    pub(super) async fn close(&mut self, ended: &Result<End, TuiError>) -> Option<u8> {
        let until = match (ended, self.leaving) {
            (Ok(End::Left), _) => Instant::now(),
            _ => Instant::now() + FAREWELL,
        };
        self.keys = None;
        if let Some(stop) = self.editing.take() {
            stop.cancel();
            let _ = timeout(EDITOR_FAREWELL, async {
                while let Some(answer) = self.answers.recv().await {
                    match answer {
                        Answer::Edited(target, text) => {
                            // What was written so far is a draft, or an edit of the plan under review.
                            let _ = update::update(&mut self.app, Msg::Edited(target, text));
                            break;
                        }
                        Answer::Started(started) => drop(self.world.started(started)),
                        Answer::Tell(_) | Answer::Kept(_) => {}
                    }
                }
            })
            .await;
            // It may be gone.
            let _ = self.screen.mend();
        }
        // It may be gone.
        let _ = self.screen.leave();
        self.keep_edits().await;
        self.world.cancel();
        let stopped = timeout_at(until, async {
            while self.world.is_busy() {
                tokio::select! {
                    told = self.signals.next() => if let Told::End(_) = told { break },
                    Some(answer) = self.answers.recv() => {
                        if let Answer::Started(started) = answer {
                            drop(self.world.started(started));
                        }
                    }
                    _ = self.world.news(&mut self.news) => self.news.clear(),
                }
            }
        });
        // Late or not, the report says how far it came.
        let _ = stopped.await;
        match ended {
            Ok(End::Signal(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Says over the last row why the interface is still there.
pub(super) fn farewell(frame: &mut Frame<'_>, left: Duration) {
    let area = frame.area();
    let row = Rect {
        y: area.bottom().saturating_sub(1),
        height: area.height.min(1),
        ..area
    };
    let text = format!(
        " stopping the run, at most {} s; quit again to leave at once",
        left.as_millis().div_ceil(1000)
    );
    let text = format!("{text:<width$}", width = usize::from(row.width));
    let style = Style::new().add_modifier(Modifier::REVERSED);
    frame.render_widget(ratatui::text::Line::styled(text, style), row);
}
