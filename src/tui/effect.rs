//! What the pure core asks of the world, and what the world tells it.

use std::path::PathBuf;

use crate::domain::chat::{ModelInfo, Role};
use crate::domain::compare::Comparison;
use crate::domain::event::{EventRecord, ModelCall};
use crate::domain::fork::ForkPoint;
use crate::domain::ids::RunId;
use crate::domain::state::{RunStatus, StepStatus};
use crate::session::{
    Drafts, EngineUpdate, InstalledModel, PullProgress, RunCommand, RunOutcome, RunRequest,
    ServerStatus, ToolEntry,
};
use crate::store::{CallTranscript, RunPage, RunQuery, RunSummary};
use crate::tui::look::Look;

/// Something for the event loop to do. The answer, where there is one, comes back as a [`Msg`].
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start a run and watch it: [`Msg::Watching`], then [`Msg::Engine`] and [`Msg::Ended`].
    Start(RunRequest),
    /// Go on with a run and watch it: answers as for [`Effect::Start`].
    Resume(RunId),
    /// Tell the run at work something.
    Send(RunCommand),
    /// Cancel the run at work; it ends with [`Msg::Ended`].
    Cancel,
    /// Read a run without working on it: [`Msg::Opened`].
    Open(RunId),
    /// Read what a run that another process works on has recorded after the record of this number: [`Msg::Followed`].
    Follow(RunId, u64),
    /// Read the record of this number, which holds the output of a tool: [`Msg::OutputRead`].
    ReadOutput(RunId, u64),
    /// Read the list of runs: [`Msg::Runs`].
    ListRuns,
    /// Read what a run came to: [`Msg::Previewed`].
    Preview(RunId),
    /// Read a part of a list of runs, of all or of those that a search finds: [`Msg::Paged`].
    ReadPage(RunQuery),
    /// Make a run that shares the beginning of another one: [`Msg::Forked`].
    Fork(RunId, ForkPoint),
    /// Compare two runs: [`Msg::Compared`].
    Compare(RunId, RunId),
    /// Read the texts of a model call of a run: [`Msg::CallRead`].
    ReadCall(RunId, Box<ModelCall>),
    /// Read the names of the files of the workspace: [`Msg::Files`], which carries the beginning that was typed.
    ListFiles(String),
    /// Read the end of the program's log: [`Msg::LogRead`].
    ReadLog,
    /// Put a run in the trash: [`Msg::Deleted`] or [`Msg::NotDeleted`].
    Delete(RunId),
    /// Take it out again: [`Msg::Restored`].
    Restore(RunId),
    /// Read the list of tools: [`Msg::Tools`].
    ListTools,
    /// Read the settings: [`Msg::Settings`].
    ListSettings,
    /// Set a setting in the config file, or take it out there: [`Msg::SettingKept`] or [`Msg::SettingRefused`].
    KeepSetting(String, Option<String>),
    /// Write the models in use here to the config file: [`Msg::RolesKept`] or [`Msg::Failed`].
    KeepRoles,
    /// Ask the servers for their models: [`Msg::Models`] and [`Msg::Roles`].
    ListModels,
    /// Ask what a model can do: [`Msg::ModelShown`].
    ShowModel(String),
    /// Fetch a model: [`Msg::Pulling`], then [`Msg::Pulled`].
    Pull(String),
    /// Stop fetching; [`Msg::Pulled`] follows.
    CancelPull,
    /// Delete a model: [`Msg::ModelDeleted`].
    DeleteModel(String),
    /// Take a model out of memory: [`Msg::ModelUnloaded`].
    UnloadModel(String),
    /// Use another model for one role, for this session: [`Msg::Probed`] or [`Msg::Failed`].
    UseFor(Role, String),
    /// Take what was typed when the interface was closed the last time: [`Msg::DraftsTaken`], where there is something.
    TakeDrafts,
    /// Keep what is typed, should the interface be closed.
    KeepDrafts(Drafts),
    /// Ask the server what it is: [`Msg::Probed`].
    Probe,
    /// Use another server, for this session: [`Msg::Probed`] or [`Msg::Failed`].
    UseServer(String),
    /// Use another model for every role, for this session (`demo` for the built-in one): [`Msg::Probed`] or [`Msg::Failed`].
    UseModel(String),
    /// Let the person edit this text in `$VISUAL` or `$EDITOR`: [`Msg::Edited`].
    Edit(EditTarget, String),
    /// Offer text to the terminal's clipboard (OSC 52). Whether it arrives is not known.
    Copy(String),
    /// Write text to a file of the person's: [`Msg::Exported`] or [`Msg::Failed`].
    Export(PathBuf, String),
    /// Give the terminal back to the shell until the person returns (Ctrl-Z).
    Suspend,
    /// Call a person who looks elsewhere.
    Notify(String),
    /// Have the terminal as this look wants it, and ask for its background where the colours have come to depend on that:
    /// [`Msg::Background`].
    Wear(Look, bool),
    /// Clear the screen and draw everything anew (Ctrl-L); [`Msg::Background`] as above.
    Redraw,
    /// Leave: the run at work is cancelled in good order first.
    Quit,
}

/// Where a model call is sent to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The address.
    pub url: String,
    /// The variable of the environment for the key, where one is needed.
    pub key_variable: Option<String>,
}

/// What a run came to, in short.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// The beginning of its answer, or why there is none; untrusted.
    pub answer: String,
    /// The first steps of its plan, each with how it stands; untrusted.
    pub steps: Vec<(StepStatus, String)>,
}

/// What an external edit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditTarget {
    /// The task on the home screen.
    Task,
    /// The whole plan, one step a line.
    Plan,
    /// The line that is typed over the screen: a step, a hint, an answer.
    Line,
}

/// A use of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// What was done.
    pub press: Press,
    /// The column, from 0.
    pub column: u16,
    /// The row, from 0.
    pub row: u16,
}

/// What was done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// The left button was pressed.
    Click,
    /// The mouse was moved with the left button held.
    Drag,
    /// The left button was let go.
    Release,
    /// The wheel was turned away from the person.
    Up,
    /// The wheel was turned towards him.
    Down,
}

/// What the world tells the pure core.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed. The keymap says what it means in the context the app is in.
    Key(crossterm::event::KeyEvent),
    /// The mouse was used; sent only where the settings ask for it.
    Mouse(Pointer),
    /// Text was pasted: line ends made `\n`, capped at 1 MiB; never read as keys.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// Whether the background of the terminal is light; none where it does not say.
    Background(Option<bool>),
    /// The terminal window got or lost the focus.
    Focus(bool),
    /// A second has passed while something on screen shows time; sent only while [`Clock`] asks for it.
    Tick,
    /// A run is at work here; its records so far (none for a new one).
    Watching(RunId, Vec<EventRecord>),
    /// News from the run at work.
    Engine(EngineUpdate),
    /// The work on it ended.
    Ended(RunOutcome),
    /// A run was read: its records, and where it stands.
    Opened(RunId, Vec<EventRecord>, RunStatus),
    /// The record of a run that holds the output of a tool.
    OutputRead(Box<EventRecord>),
    /// Another process has written to the store.
    StoreChanged,
    /// What a run has recorded since, and where it stands.
    Followed(RunId, Vec<EventRecord>, RunStatus),
    /// The list of runs, newest first, and how many there are in all.
    Runs(Vec<RunSummary>, usize),
    /// What a run came to; nothing where it cannot be read.
    Previewed(RunId, Preview),
    /// What was asked for of a list of runs, and that part of it, or why it cannot be read.
    Paged(RunQuery, Result<RunPage, String>),
    /// The tools there are, and a sentence for each that could not be had.
    Tools(Vec<ToolEntry>, Vec<String>),
    /// What was typed when the interface was closed the last time.
    DraftsTaken(Drafts),
    /// The models of the servers, and a sentence for each server that could not be asked.
    Models(Vec<InstalledModel>, Vec<String>),
    /// The models in force, by role.
    Roles(Vec<(Role, String)>),
    /// What a model can do.
    ModelShown(String, ModelInfo),
    /// How far the model has come that is being fetched.
    Pulling(PullProgress),
    /// The fetching of a model has ended, and why it is not there if it is not.
    Pulled(String, Option<String>),
    /// A model is deleted.
    ModelDeleted(String),
    /// A model is out of memory.
    ModelUnloaded(String),
    /// The settings in force: name, value, and where it comes from.
    Settings(Vec<(String, String, String)>),
    /// This setting was written, or its default holds again where the last is true; the settings in force, and how the screen
    /// looks with them.
    SettingKept(String, Vec<(String, String, String)>, Look, bool),
    /// This value of a setting was not written, and why.
    SettingRefused(String, String, String),
    /// The models in use here are in the config file; the settings in force.
    RolesKept(Vec<(String, String, String)>),
    /// How two runs compare.
    Compared(Box<Comparison>),
    /// A model call, its texts where they were kept, and where it was sent to.
    CallRead(Box<ModelCall>, Option<CallTranscript>, Endpoint),
    /// The beginning of a name that was typed, and the files of the workspace.
    Files(String, Vec<String>),
    /// The end of the log.
    LogRead(String),
    /// A fork was made: its name.
    Forked(RunId),
    /// A run is in the trash.
    Deleted(RunId),
    /// A run could not be put there, and why.
    NotDeleted(String),
    /// A run is back.
    Restored(RunId),
    /// What the server is, and the model that will be used (`auto` where none was named).
    Probed(ServerStatus, String),
    /// The person has edited the text, or why not.
    Edited(EditTarget, Result<String, String>),
    /// A file was written.
    Exported(PathBuf),
    /// Something that was asked for failed: one sentence, and the remedy.
    Failed(String, Option<String>),
}

/// How often the pure core wants [`Msg::Tick`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Nothing on screen moves by itself: no frames, no wake-ups.
    Still,
    /// Something shows seconds.
    Second,
    /// A spinner turns: ten frames a second.
    Spinner,
}
