//! When to draw. Asking for a frame is free, drawing is rationed, and where nothing moves there is no timer at all.

use std::time::Duration;

use tokio::time::Instant;

use super::effect::Clock;

/// Between frames that answer a person: 60 a second.
const INPUT_GAP: Duration = Duration::from_micros(16_667);
/// Between frames that show news: 20 a second.
const STREAM_GAP: Duration = Duration::from_millis(50);
/// Milliseconds between turns of the spinner.
pub(super) const SPINNER_MS: i64 = 125;
const SPINNER: Duration = Duration::from_millis(SPINNER_MS.unsigned_abs());
const SECOND: Duration = Duration::from_secs(1);

/// What a frame is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Something arrived or a second passed.
    News,
    /// A person did something.
    Input,
}

/// What is due now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Due {
    /// Tell the core that time has passed.
    pub(super) tick: bool,
    /// Draw.
    pub(super) frame: bool,
}

/// Keeps the times of frames and ticks. Pure: it is told the time and never waits itself.
#[derive(Debug)]
pub(super) struct Pacer {
    wanted: Option<Reason>,
    /// The earliest time for a frame that answers a person, and for one that shows news.
    next: (Instant, Instant),
    clock: Clock,
    tick: Option<Instant>,
    focused: bool,
}

impl Pacer {
    /// Nothing drawn yet, so the first frame is due as soon as it is asked for. The window has the focus until told
    /// otherwise.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            wanted: None,
            next: (now, now),
            clock: Clock::Still,
            tick: None,
            focused: true,
        }
    }

    /// Asks for a frame.
    pub(super) fn request(&mut self, reason: Reason) {
        self.wanted = self.wanted.max(Some(reason));
    }

    /// Forgets when it last drew: the next frame that is asked for is due at once.
    pub(super) fn reset(&mut self, now: Instant) {
        self.next = (now, now);
    }

    /// Whether someone may be looking: without the focus a spinner moves once a second only.
    pub(super) fn focus(&mut self, focused: bool) {
        self.focused = focused;
    }

    /// How often the core wants to be told the time. `into_second` is how far the wall clock is into its second: clocks
    /// on screen change with it.
    pub(super) fn clock(&mut self, clock: Clock, now: Instant, into_second: Duration) {
        let clock = match clock {
            Clock::Spinner if !self.focused => Clock::Second,
            other => other,
        };
        if clock == self.clock {
            return;
        }
        self.clock = clock;
        self.tick = match clock {
            Clock::Still => None,
            Clock::Second => Some(now + SECOND.saturating_sub(into_second)),
            Clock::Spinner => Some(now + SPINNER),
        };
    }

    /// When something is due next; never, where nothing moves and nothing was asked for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match (self.frame_at(), self.tick) {
            (Some(frame), Some(tick)) => Some(frame.min(tick)),
            (frame, tick) => frame.or(tick),
        }
    }

    /// What is due at `now`. A tick that is reported is set up anew: late ones are dropped, never made up for.
    pub(super) fn due(&mut self, now: Instant) -> Due {
        let tick = self.tick.is_some_and(|at| at <= now);
        if tick {
            let every = match self.clock {
                Clock::Still => None,
                Clock::Second => Some(SECOND),
                Clock::Spinner => Some(SPINNER),
            };
            self.tick = self.tick.zip(every).map(|(mut at, every)| {
                while at <= now {
                    at += every;
                }
                at
            });
        }
        Due {
            tick,
            frame: self.frame_at().is_some_and(|at| at <= now),
        }
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Instant) {
        self.next = (now + INPUT_GAP, now + STREAM_GAP);
        self.wanted = None;
    }

    /// When the frame that is asked for may be drawn.
    fn frame_at(&self) -> Option<Instant> {
        self.wanted.map(|reason| match reason {
            Reason::Input => self.next.0,
            Reason::News => self.next.1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Runs the pacer for a second, asking `reason` at every millisecond; how often it ticked and drew.
    fn second(pacer: &mut Pacer, mut now: Instant, reason: Option<Reason>) -> (u32, u32) {
        let (mut ticks, mut frames) = (0, 0);
        for _ in 0..1000 {
            now += MS;
            if let Some(reason) = reason {
                pacer.request(reason);
            }
            let due = pacer.due(now);
            if due.tick {
                ticks += 1;
                pacer.request(Reason::News);
            }
            if due.frame || due.tick && pacer.due(now).frame {
                frames += 1;
                pacer.drawn(now);
            }
        }
        (ticks, frames)
    }

    #[test]
    fn drawing_is_rationed() {
        let now = Instant::now();
        let (_, frames) = second(&mut Pacer::new(now), now, Some(Reason::Input));
        assert!((55..=60).contains(&frames), "{frames}");
        let (_, frames) = second(&mut Pacer::new(now), now, Some(Reason::News));
        assert!((19..=20).contains(&frames), "{frames}");
    }

    #[test]
    fn where_nothing_moves_there_is_no_timer() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        assert_eq!(pacer.deadline(), None);
        pacer.clock(Clock::Spinner, now, Duration::ZERO);
        assert_eq!(pacer.deadline(), Some(now + SPINNER));
        pacer.clock(Clock::Still, now, Duration::ZERO);
        assert_eq!(pacer.deadline(), None);
        assert_eq!(second(&mut pacer, now, None), (0, 0));
    }

    #[test]
    fn the_first_frame_and_the_first_key_wait_for_nothing() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.request(Reason::News);
        assert!(pacer.due(now).frame);
        pacer.drawn(now);
        pacer.request(Reason::News);
        assert_eq!(pacer.deadline(), Some(now + STREAM_GAP));
        // A key brings the frame forward, but not before its own gap.
        pacer.request(Reason::Input);
        assert_eq!(pacer.deadline(), Some(now + INPUT_GAP));
        pacer.request(Reason::News);
        assert_eq!(pacer.deadline(), Some(now + INPUT_GAP));
    }

    #[test]
    fn clocks_tick_as_asked_and_slower_unseen() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.clock(Clock::Spinner, now, Duration::ZERO);
        assert_eq!(second(&mut pacer, now, None), (8, 8));
        pacer.focus(false);
        let later = now + SECOND;
        pacer.clock(Clock::Spinner, later, Duration::ZERO);
        assert_eq!(second(&mut pacer, later, None), (1, 1));
    }

    #[test]
    fn seconds_change_with_the_wall_clock_and_are_not_made_up_for() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.clock(Clock::Second, now, 300 * MS);
        assert_eq!(pacer.deadline(), Some(now + 700 * MS));
        // Asked again, it goes on as it was.
        pacer.clock(Clock::Second, now + 100 * MS, 400 * MS);
        assert_eq!(pacer.deadline(), Some(now + 700 * MS));
        assert!(pacer.due(now + 10 * SECOND).tick);
        assert_eq!(pacer.deadline(), Some(now + 700 * MS + 10 * SECOND));
    }
}
