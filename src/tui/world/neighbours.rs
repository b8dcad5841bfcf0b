//! What other processes write to the store, as it happens: two windows see each other's runs. Nothing is asked of the disk
//! while nobody writes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Answer;
use crate::store::Checkpointer;
use crate::tui::effect::Msg;

/// How long what is written together is waited for.
const TOGETHER: Duration = Duration::from_millis(100);
/// The least time between two looks.
const REST: Duration = Duration::from_millis(400);

/// Tells of every change of the store in this folder that another process makes, until nobody listens.
pub(super) async fn listen(
    store: Arc<dyn Checkpointer>,
    folder: &Path,
    answers: mpsc::Sender<Answer>,
) {
    let Ok(mut changes) = Changes::of(folder) else {
        log::warn!("changes of other windows cannot be seen: the folder cannot be watched");
        return;
    };
    let look = || {
        let store = Arc::clone(&store);
        tokio::task::spawn_blocking(move || store.changed_elsewhere())
    };
    // What is there already is read anyway.
    let _ = look().await;
    while changes.next().await.is_ok() {
        sleep(TOGETHER).await;
        if matches!(look().await, Ok(Ok(true))) {
            if answers.send(Answer::Tell(Msg::StoreChanged)).await.is_err() {
                return;
            }
            sleep(REST).await;
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
    use tokio::sync::mpsc;

    /// What is written in a folder, as the kernel tells a thread that waits for nothing else.
    pub(super) struct Changes(mpsc::Receiver<()>);

    impl Changes {
        pub(super) fn of(folder: &Path) -> io::Result<Self> {
            let told = inotify::init(CreateFlags::CLOEXEC)?;
            inotify::add_watch(&told, folder, WatchFlags::MODIFY | WatchFlags::CREATE)?;
            // One that is not taken yet says it all.
            let (tell, changes) = mpsc::channel(1);
            std::thread::Builder::new()
                .name("changes of files".to_owned())
                .spawn(move || wait(&told, &tell))?;
            Ok(Self(changes))
        }

        /// Waits until something was written since this was last asked.
        pub(super) async fn next(&mut self) -> io::Result<()> {
            let told = self.0.recv().await;
            told.ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    /// Tells until the folder is gone or nobody listens.
    fn wait(told: &OwnedFd, tell: &mpsc::Sender<()>) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(told, &mut buffer);
        while let Ok(event) = events.next() {
            let closed = matches!(
                tell.try_send(()),
                Err(mpsc::error::TrySendError::Closed(()))
            );
            if closed || event.events().contains(ReadFlags::IGNORED) {
                return;
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;
    use std::path::Path;
    use std::time::Duration;

    /// Where the kernel does not tell: a look now and then.
    pub(super) struct Changes;

    impl Changes {
        pub(super) fn of(_: &Path) -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) async fn next(&mut self) -> io::Result<()> {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(())
        }
    }
}

use system::Changes;
