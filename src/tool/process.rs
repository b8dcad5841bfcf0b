//! Runs a program for a model: contained, watched, bounded, and ended with all that it started.
//!
//! A thread of its own takes the containment on, starts the program, and waits for it; what is started inherits what the
//! thread can no longer put off.

use std::ffi::OsString;
use std::io::PipeWriter;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::sandbox::{Allowance, Sandbox, variable};
use super::{ToolError, ToolOutput};

mod capture;
mod environment;
pub(super) mod lookup;
mod report;

#[cfg(target_os = "linux")]
mod descendants;
#[cfg(any(test, not(target_os = "linux")))]
mod group;

#[cfg(target_os = "linux")]
use descendants as system;
#[cfg(not(target_os = "linux"))]
use group as system;

use capture::Capture;
use system::Descendants;

/// The variable that holds the mark of a call.
const MARK: &str = "PLANWRIGHT_CALL";

/// How long programs that are to end may take for it before they are ended by force.
const GRACE: Duration = Duration::from_millis(500);
/// How long the kernel may take to tell how a program ended that has.
const BURIAL: Duration = Duration::from_secs(5);
/// How long the rest of the output is awaited when everything has ended.
const REST: Duration = Duration::from_millis(500);

/// What to run.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The program and its arguments; no shell sees them.
    pub(super) words: Vec<String>,
    /// Where.
    pub(super) folder: PathBuf,
    /// What it may do.
    pub(super) allowance: Allowance,
    /// Variables that it finds beside those of the sandbox.
    pub(super) variables: Vec<(String, String)>,
    /// Variables that it finds though they look like secrets.
    pub(super) passed: Vec<String>,
    /// How long it may take.
    pub(super) timeout: Duration,
}

/// What came of it.
#[derive(Debug)]
struct Finished {
    /// How it ended; none where the kernel did not tell in time.
    status: Option<ExitStatus>,
    /// Whether its time was up.
    late: bool,
    /// What it wrote, to standard output and standard error in the order in which it did.
    output: String,
    /// How long it took.
    took: Duration,
    /// What it left behind.
    left: Ended,
}

/// What was ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ended {
    /// How many processes were still there.
    pub(super) found: usize,
    /// Those that could not be ended.
    pub(super) left: Vec<i32>,
}

/// Runs it, and tells a model what came of it.
///
/// # Errors
/// [`ToolError`]; where its time was up, with the output so far.
pub(super) async fn call(
    sandbox: &Arc<Sandbox>,
    program: Program,
    cancel: &CancellationToken,
) -> Result<ToolOutput, ToolError> {
    let timeout = program.timeout;
    let finished = run(sandbox, program, cancel).await?;
    let text = ToolOutput::new(finished.text(timeout)).text;
    if finished.late {
        return Err(ToolError::Failed(text));
    }
    Ok(ToolOutput { text })
}

/// Runs it to its end, or to the end of its time.
///
/// # Errors
/// [`ToolError::Failed`] where it cannot be started or contained; [`ToolError::Cancelled`].
async fn run(
    sandbox: &Arc<Sandbox>,
    program: Program,
    cancel: &CancellationToken,
) -> Result<Finished, ToolError> {
    let failed = |reason: String| ToolError::Failed(reason);
    let (reader, writer) = std::io::pipe().map_err(|error| failed(error.to_string()))?;
    let reader = pipe::Receiver::from_owned_fd(reader.into());
    let mut output = reader.map_err(|error| failed(error.to_string()))?;
    let (began, timeout) = (Instant::now(), program.timeout);
    let mut running = start(sandbox, program, writer).await.map_err(failed)?;

    let mut capture = Capture::default();
    let mut buffer = vec![0; 64 * 1024];
    let deadline = tokio::time::sleep(timeout);
    tokio::pin!(deadline);
    let mut open = true;
    let cause = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break Cause::Cancelled,
            () = &mut deadline => break Cause::Late,
            _ = &mut running.exited => break Cause::Exited,
            read = output.read(&mut buffer), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(length) => capture.push(&buffer[..length]),
            },
        }
    };
    let took = began.elapsed();
    // What ends may still want to say something, and must not wait for a reader.
    let ending = running.end();
    tokio::pin!(ending);
    let (status, left) = loop {
        tokio::select! {
            ended = &mut ending => break ended,
            read = output.read(&mut buffer), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(length) => capture.push(&buffer[..length]),
            },
        }
    };
    let rest = async {
        while let Ok(length @ 1..) = output.read(&mut buffer).await {
            capture.push(&buffer[..length]);
        }
    };
    if open {
        // Whoever still holds the other end could not be ended, and is told of.
        let _ = tokio::time::timeout(REST, rest).await;
    }
    match cause {
        Cause::Cancelled => Err(ToolError::Cancelled),
        Cause::Late | Cause::Exited => Ok(Finished {
            status,
            late: matches!(cause, Cause::Late),
            output: capture.text(),
            took,
            left,
        }),
    }
}

/// Nothing is ever sent.
enum Never {}

enum Cause {
    Exited,
    Late,
    Cancelled,
}

/// A program at work. Dropping it ends the program, too, out of sight.
struct Running {
    /// Told when the program ended; it is not buried yet then.
    exited: oneshot::Receiver<()>,
    /// Tells the guard to end all that is left, and how long to ask for it first. The end of this is word enough.
    end: mpsc::Sender<Duration>,
    /// How it ended, and what was left.
    ended: oneshot::Receiver<(Option<ExitStatus>, Ended)>,
}

impl Running {
    /// Ends all that is left, and says how the program ended.
    async fn end(self) -> (Option<ExitStatus>, Ended) {
        let _ = self.end.send(GRACE);
        self.ended.await.unwrap_or_default()
    }
}

/// Starts the program on a thread of its own, which is contained from then on and does nothing else, and has a second thread
/// guard it, which is not: it ends what is left as soon as nobody wants it any more.
async fn start(
    sandbox: &Arc<Sandbox>,
    program: Program,
    output: PipeWriter,
) -> Result<Running, String> {
    let mark = uuid::Uuid::new_v4().to_string();
    let command = command(sandbox, &program, &mark)?;
    let (says_started, started) = oneshot::channel();
    let sandbox = sandbox.clone();
    system::inherit_orphans();
    let guard = move || {
        let work = contained(sandbox, program.allowance, command, output);
        match work {
            Err(reason) => {
                let _ = says_started.send(Err(reason));
            }
            Ok(contained) => {
                let (end, wanted) = mpsc::channel();
                let (says_ended, ended) = oneshot::channel();
                // Where nobody waits for it any more, this ends with it, and `wanted` with this.
                let _ = says_started.send(Ok(Running {
                    exited: contained.exited,
                    end,
                    ended,
                }));
                let gentle = wanted.recv().unwrap_or(Duration::ZERO);
                let root = contained.root;
                let left = Descendants { root, mark }.end(gentle);
                drop(contained.release);
                let status = contained.status.recv_timeout(BURIAL).ok();
                let _ = says_ended.send((status, left));
            }
        }
    };
    thread(guard)?;
    let lost = |_| "it could not be started".to_owned();
    started.await.map_err(lost)?
}

fn thread(work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = thread::Builder::new().name("program".to_owned());
    let started = thread.spawn(work).map_err(|error| error.to_string());
    started.map(|_| ())
}

/// A program that a contained thread started and waits for.
struct Contained {
    root: Pid,
    exited: oneshot::Receiver<()>,
    /// Lets the thread bury the program: until then its number, and that of its group, can be nobody else's.
    release: mpsc::Sender<Never>,
    /// Told after that.
    status: mpsc::Receiver<ExitStatus>,
}

fn contained(
    sandbox: Arc<Sandbox>,
    allowance: Allowance,
    mut command: Command,
    output: PipeWriter,
) -> Result<Contained, String> {
    let (says_started, started) = mpsc::channel();
    let (says_exited, exited) = oneshot::channel();
    let (says_status, status) = mpsc::channel();
    let (release, released) = mpsc::channel();
    thread(move || {
        let spawned = spawn(&sandbox, &allowance, &mut command, output);
        // It holds the writing end of the output, which must close with the program.
        drop(command);
        let mut child = match spawned {
            Ok(child) => child,
            Err(reason) => {
                let _ = says_started.send(Err(reason));
                return;
            }
        };
        let root = Pid::from_child(&child);
        let _ = says_started.send(Ok(root));
        let until_exit = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(root), until_exit) {}
        let _ = says_exited.send(());
        let _ = released.recv();
        if let Ok(status) = child.wait() {
            let _ = says_status.send(status);
        }
    })?;
    let lost = |_| "it could not be started".to_owned();
    let root = started.recv().map_err(lost)??;
    Ok(Contained {
        root,
        exited,
        release,
        status,
    })
}

/// Contains the calling thread and starts the program from it.
fn spawn(
    sandbox: &Sandbox,
    allowance: &Allowance,
    command: &mut Command,
    output: PipeWriter,
) -> Result<Child, String> {
    let second = output.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(output).stderr(second);
    sandbox.enter(allowance)?;
    let program = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::PermissionDenied {
            ": it is no program, or stands where programs may not read (`tools.readable`)"
        } else {
            ""
        };
        format!("`{program}` cannot be started: {error}{hint}")
    })
}

fn command(sandbox: &Sandbox, program: &Program, mark: &str) -> Result<Command, String> {
    let options = &sandbox.options;
    let mut variables = environment::scrubbed(
        &options.environment,
        &options.secret_variables,
        &program.passed,
    );
    let temporary = sandbox.temporary.path();
    let own = [
        ("TMPDIR", temporary.as_os_str().to_owned()),
        ("XDG_CACHE_HOME", temporary.join("cache").into_os_string()),
        ("PWD", program.folder.clone().into_os_string()),
        (MARK, OsString::from(mark)),
    ];
    variables.extend(own.map(|(name, value)| (OsString::from(name), value)));
    let given = program.variables.iter();
    variables.extend(given.map(|(name, value)| (name.into(), value.into())));
    let path = variable(&variables, "PATH").unwrap_or_default();
    let word = program.words.first().map_or("", String::as_str);
    let found = lookup::find(word, &program.folder, &path)?;
    let mut command = Command::new(found);
    command
        .arg0(word)
        .args(program.words.iter().skip(1))
        .current_dir(&program.folder)
        .env_clear()
        .envs(variables)
        .process_group(0);
    Ok(command)
}

/// The folder that a call names, within the workspace, with no symbolic link in it.
///
/// # Errors
/// [`ToolError::BadArguments`] or [`ToolError::Refused`] with the reason.
pub(super) fn folder_within(workspace: &Path, folder: &str) -> Result<PathBuf, ToolError> {
    let joined = workspace.join(folder);
    let real = joined.canonicalize().map_err(|error| {
        ToolError::BadArguments(format!("the folder `{folder}` cannot be used: {error}"))
    })?;
    if !real.starts_with(workspace) {
        return Err(ToolError::Refused(format!(
            "the folder `{folder}` is outside of the workspace"
        )));
    }
    if !real.is_dir() {
        return Err(ToolError::BadArguments(format!("`{folder}` is no folder")));
    }
    Ok(real)
}
