//! Signals that ask the program to stop.

use std::future::Future;
use std::io;

use super::{Exit, Failure};

/// Listens for the signals that ask to stop: SIGINT, SIGTERM, SIGHUP. While it lives they no longer end the process.
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Vec<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Starts listening. A signal that the process was told to ignore (`nohup`, a job in the background) stays ignored.
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let streams = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .into_iter()
        .filter(|kind| !is_ignored(kind.as_raw_value()))
        .map(signal)
        .collect::<io::Result<_>>()
        .map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot listen for signals: {error}"))
        })?;
        Ok(Self { streams })
    }

    /// Starts listening for Ctrl-C.
    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        std::future::poll_fn(|context| {
            if self
                .streams
                .iter_mut()
                .any(|stream| stream.poll_recv(context).is_ready())
            {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Does some work that a signal stops at once, by dropping it.
pub(super) async fn interruptible<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut signals = Signals::listen()?;
    tokio::select! {
        result = work => result,
        () = signals.next() => Err(Failure::new(Exit::Interrupted, "interrupted")),
    }
}

/// Whether this process ignores a signal, as the kernel tells it where it does (Linux).
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        })
        .is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
