//! Claims on runs between processes: one lock file a run, which the kernel gives free however its holder ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::StoreError;
use crate::domain::ids::RunId;

/// A probe holds a shared lock for an instant: a claim that meets one tries again this often before it says *busy*.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);

/// The lock files of one store.
pub(super) struct Claims {
    folder: PathBuf,
}

/// A claim that is held; dropping it gives the run free.
pub(super) struct Held {
    file: File,
    path: PathBuf,
}

impl Claims {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Claims the run, or says [`StoreError::Busy`].
    pub(super) fn take(&self, run: &RunId) -> Result<Held, StoreError> {
        let path = self.path(run);
        let io = |error: io::Error| StoreError::io(&path, &error);
        create_folder(&self.folder).map_err(io)?;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            let file = create_file(&path).map_err(io)?;
            match file.try_lock() {
                // The holder before may have deleted the file between our opening and locking it: then the lock is on
                // a file that has no name any more, and the next process would lock another one.
                Ok(()) if is_still_named(&file, &path) => return Ok(Held { file, path }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        Err(StoreError::Busy(run.short().to_owned()))
    }

    /// Whether any process, this one included, holds a claim on the run. Leaves no file behind.
    pub(super) fn is_held(&self, run: &RunId) -> bool {
        File::open(self.path(run))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Names that could mean something to a file system are replaced by their fingerprint.
    fn path(&self, run: &RunId) -> PathBuf {
        let name = run.as_str();
        let plain = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain {
            return self.folder.join(format!("{name}.lock"));
        }
        let digest = Sha256::digest(name.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("x-{hex}.lock"))
    }
}

impl Drop for Held {
    /// The file goes while the lock is held, so that nobody else can have claimed it in between.
    fn drop(&mut self) {
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

/// Makes the folder and those above it, for the owner alone.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens the file for writing, making it for the owner alone where there is none.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_still_named(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.dev() == named.dev() && held.ino() == named.ino(),
        _ => false,
    }
}

/// Elsewhere lock files are never deleted.
#[cfg(not(unix))]
fn is_still_named(_: &File, _: &Path) -> bool {
    true
}
