//! What programs that a model starts may touch: files by Landlock, the network by a system call filter, both taken on by
//! the thread that starts them and inherited by all that they start.
//!
//! | | programs may |
//! |---|---|
//! | read and run | what the system keeps for all (`/usr`, `/etc`, …), toolchains in the home folder, every folder on `PATH` with the installation around it, what `readable` adds |
//! | write | the workspace, a temporary folder of their own (`TMPDIR`), what `writable` adds, `/dev/null` and its like |
//! | never touch | planwright's own settings and runs, keys and credentials of other programs, wherever those stand |
//! | speak to | each other; to the network only where it is allowed; to other programs of this machine through sockets never |
//!
//! What this cannot keep: names, sizes and times of files can be looked at everywhere, and permissions of a person's own
//! files can be changed; the command lines of his other programs can be read. Memory, processor and disk are not bounded.
//! Where planwright itself is killed outright, what it started may go on, contained as before.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

#[cfg(target_os = "linux")]
mod filter;
mod folders;
mod known;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(any(test, not(target_os = "linux")))]
mod elsewhere;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

use folders::Folders;

/// What a sandbox is made from.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// The folder that programs work in, absolute. It must be there.
    pub workspace: PathBuf,
    /// Files and folders that no program may touch: planwright's own settings and data.
    pub protected: Vec<PathBuf>,
    /// Folders that programs may read beside those that they need to run; `~/` stands for the home folder.
    pub readable: Vec<PathBuf>,
    /// Folders that programs may write beside the workspace; `~/` stands for the home folder.
    pub writable: Vec<PathBuf>,
    /// The environment that programs begin with; what looks like a secret in it is left out.
    pub environment: Vec<(OsString, OsString)>,
    /// Names of variables that hold a secret though they do not look it.
    pub secret_variables: Vec<String>,
}

/// Contains programs. One is made for a session, and all its tools share it: it holds the temporary folder of the programs,
/// which goes with it.
#[derive(Debug)]
pub struct Sandbox {
    folders: Folders,
    pub(super) temporary: TempDir,
    pub(super) options: SandboxOptions,
    offer: Offer,
}

/// What the kernel offers, as a thread that tried it found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    /// The version of Landlock's interface; none where files cannot be contained.
    files: Option<u32>,
    /// Why not.
    no_files: String,
    /// Whether the network can be filtered.
    network: bool,
    /// Why not.
    no_network: String,
}

/// What one program may do beyond reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    /// It may write in the workspace and in what is writable.
    pub write: bool,
    /// It may use the network.
    pub network: bool,
    /// A folder outside of the workspace that it works in.
    pub folder: Option<PathBuf>,
}

impl Sandbox {
    /// A sandbox around this workspace; tries what the kernel offers.
    ///
    /// # Errors
    /// Where the workspace is not there or is closed to programs, or the temporary folder cannot be made.
    pub fn new(options: SandboxOptions) -> io::Result<Self> {
        let workspace = options.workspace.canonicalize()?;
        let home = variable(&options.environment, "HOME").map(PathBuf::from);
        let path = variable(&options.environment, "PATH").unwrap_or_default();
        let temporary = tempfile::Builder::new().prefix("planwright-").tempdir()?;
        let folders = Folders::new(
            &workspace,
            &temporary.path().canonicalize()?,
            home.as_deref(),
            &path,
            &options,
        );
        if folders.workspace_is_closed() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it holds planwright's own files or keys: choose another folder",
            ));
        }
        let offer = system::offer();
        Ok(Self {
            folders,
            temporary,
            options,
            offer,
        })
    }

    /// The workspace, with no symbolic link in it.
    pub fn workspace(&self) -> &Path {
        self.folders.workspace()
    }

    /// The path, where `~/` at its beginning stands for the home folder.
    pub(super) fn at_home(&self, path: &Path) -> PathBuf {
        self.folders.at_home(path)
    }

    /// Where programs are looked for.
    pub(super) fn path(&self) -> OsString {
        variable(&self.options.environment, "PATH").unwrap_or_default()
    }

    /// Whether programs are kept from files that are none of theirs.
    pub fn contains_files(&self) -> bool {
        self.offer.files.is_some()
    }

    /// Whether programs can be kept from the network.
    pub fn contains_network(&self) -> bool {
        self.offer.network
    }

    /// How programs are contained on this machine, in one to three sentences: for the person who is asked about one, and
    /// for `planwright doctor`.
    pub fn containment(&self, allowance: &Allowance) -> String {
        let files = match (self.offer.files, allowance.write) {
            (Some(version), true) => format!(
                "It can write in the workspace and a temporary folder only, and read no keys and no other files of yours (Landlock {version})."
            ),
            (Some(version), false) => format!(
                "It can write in a temporary folder only, and read no keys and no files of yours beyond the workspace (Landlock {version})."
            ),
            (None, _) => format!(
                "NOT CONTAINED: it can read and write all files that you can, as {}.",
                self.offer.no_files
            ),
        };
        let network = match (allowance.network, self.offer.network) {
            (true, true) => "It can use the network.".to_owned(),
            (false, true) => "It has no network (seccomp).".to_owned(),
            (_, false) => format!("It can use the network, as {}.", self.offer.no_network),
        };
        let around = self.folders.goes_around().map(|what| {
            format!(" As the workspace holds {what}, nothing new can be made at its top, and hidden files of your home folder are not part of it.")
        });
        let around = around.filter(|_| self.contains_files() && allowance.write);
        format!("{files} {network}{}", around.unwrap_or_default())
    }

    /// Contains the thread that calls this, for ever, and all that it starts from now on.
    ///
    /// # Errors
    /// Where the kernel does not do now what it did when it was tried: nothing may be started then.
    pub(super) fn enter(&self, allowance: &Allowance) -> Result<(), String> {
        let grants = self.folders.grants(allowance);
        system::enter(
            &grants,
            allowance.network,
            self.offer.files.is_some(),
            self.offer.network,
        )
    }
}

/// A variable of an environment.
pub(super) fn variable(environment: &[(OsString, OsString)], name: &str) -> Option<OsString> {
    let mut found = environment.iter().filter(|(known, _)| known == name);
    found
        .next_back()
        .map(|(_, value)| value.clone())
        .filter(|value| !value.is_empty())
}
