//! What the system tells the process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// One of the signals that the interface acts upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// To end, by the signal of this number.
    End(u8),
    /// To stop until it is told to go on, as the shell's Ctrl-Z does.
    Stop,
    /// It was stopped and goes on: another program may have had the terminal.
    GoOn,
}

/// Listens for signals.
pub(super) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    stop: Signal,
    go_on: Signal,
}

impl Signals {
    /// Must be called inside a runtime.
    ///
    /// # Errors
    /// Where the system refuses.
    pub(super) fn new() -> io::Result<Self> {
        // SIGCONT has another number on every system.
        let go_on = rustix::process::Signal::CONT.as_raw();
        let stop = rustix::process::Signal::TSTP.as_raw();
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            stop: signal(SignalKind::from_raw(stop))?,
            go_on: signal(SignalKind::from_raw(go_on))?,
        })
    }

    /// Waits for the next one; nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.hangup.recv() => Told::End(1),
            _ = self.interrupt.recv() => Told::End(2),
            _ = self.quit.recv() => Told::End(3),
            _ = self.terminate.recv() => Told::End(15),
            _ = self.stop.recv() => Told::Stop,
            _ = self.go_on.recv() => Told::GoOn,
        }
    }

    /// Waits until the process goes on after a stop.
    pub(super) async fn gone_on(&mut self) {
        self.go_on.recv().await;
    }
}
