//! What a person can ask the interface to do. [`super::keymap`] says with which key and where.

/// One thing that can be done. What it acts on follows from the context it is asked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show the keys.
    Help,
    /// Choose an action by its name.
    Palette,
    /// Clear the draft, stop the run, leave: one rung of the ladder at a time.
    Interrupt,
    /// Leave.
    Quit,
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Show the tools.
    ShowTools,
    /// Show all runs.
    OpenHistory,
    /// Go to the task editor.
    NewTask,
    /// Go to the run at work.
    ShowLive,
    /// One level out.
    Back,
    /// Up by one.
    Up,
    /// Down by one.
    Down,
    /// To the start.
    Top,
    /// To the end.
    Bottom,
    /// Up by a page.
    PageUp,
    /// Down by a page.
    PageDown,
    /// Up by half a page.
    HalfUp,
    /// Down by half a page.
    HalfDown,
    /// To the next part of the screen.
    FocusNext,
    /// To the part before.
    FocusPrevious,
    /// Break the line.
    Newline,
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// To the start of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// Delete the character before the cursor.
    Backspace,
    /// Delete the character at the cursor.
    Delete,
    /// Delete the word before the cursor.
    DeleteWordBack,
    /// Delete the word after the cursor.
    DeleteWordForward,
    /// Delete to the start of the line.
    DeleteToStart,
    /// Delete to the end of the line.
    DeleteToEnd,
    /// Put back what was deleted last.
    PutBack,
    /// Undo the last change of the text.
    UndoText,
    /// Do it again.
    RedoText,
    /// Run the task in the editor.
    StartTask,
    /// Take a task that waits back into the editor.
    TakeBack,
    /// Edit the task in an editor of the person's own.
    EditTaskOutside,
    /// Edit what is typed over the screen in the person's editor.
    EditLineOutside,
    /// Put in the name of a file whose beginning stands before the cursor.
    CompletePath,
    /// Put the cursor in the task editor.
    ToEditor,
    /// Read the selected run.
    OpenRun,
    /// Go on with a run.
    ResumeRun,
    /// Ask the server again.
    RetryServer,
    /// Use a server at another URL.
    SetServerUrl,
    /// Show how Ollama is installed.
    HowToInstall,
    /// Use the built-in demo model.
    UseDemo,
    /// Put the first example in the editor.
    Example1,
    /// Put the second example in the editor.
    Example2,
    /// Put the third example in the editor.
    Example3,
    /// Run the plan.
    ApproveAll,
    /// Run the plan, with a pause after each step.
    ApproveStepwise,
    /// Change the text of a step.
    EditStep,
    /// Change how one can tell that a step is done.
    EditDoneWhen,
    /// Have a step run as a plan of its own, or not.
    ToggleSubplan,
    /// Add a step after the selected one.
    AddAfter,
    /// Add a step before the selected one.
    AddBefore,
    /// Delete the selected step.
    DeleteStep,
    /// Move the selected step down.
    MoveDown,
    /// Move the selected step up.
    MoveUp,
    /// Undo the last change of the plan.
    UndoEdit,
    /// Do it again.
    RedoEdit,
    /// Edit the whole plan in an editor of the person's own.
    EditPlanOutside,
    /// Tell the planner what should be different.
    AskForChanges,
    /// Ask the planner for another plan.
    NewPlan,
    /// Give the plan up.
    RejectPlan,
    /// To the plan.
    FocusPlan,
    /// To the time line.
    FocusTimeline,
    /// To the output.
    FocusOutput,
    /// To the decisions.
    FocusDecisions,
    /// The focused part alone, or all of them.
    Zoom,
    /// Leave a step out.
    SkipStep,
    /// Do a step again that failed, was left out or is at work.
    RetryStep,
    /// Take the person's own words for the result of a step.
    MarkDone,
    /// Do this step and all after it again.
    RerunFrom,
    /// To the line in which the run is steered.
    Steer,
    /// Tell the rest of the run what is typed there.
    SendSteer,
    /// Have what is typed there wait as a task of its own.
    QueueTask,
    /// Stop at once; what is at work is done again.
    Hold,
    /// Have the answer written from what there is.
    FinishNow,
    /// Put the steps of the version before in the place of those that wait.
    PlanBefore,
    /// Have the replanner look at the rest of the plan.
    LookAgain,
    /// Stop after the step at work.
    Pause,
    /// Go on after a pause.
    Continue,
    /// Go on without any further pause.
    ContinueToEnd,
    /// Follow the text as it grows, or stay.
    ToggleFollow,
    /// Show or hide what the model thinks.
    ToggleThinking,
    /// Show more of calls of tools and of thinking, or less.
    CycleDetail,
    /// Show all of the selected call of a tool, or a few rows.
    ToggleCall,
    /// To the next call of a tool.
    NextCall,
    /// To the call before.
    PreviousCall,
    /// Show the whole task.
    ToggleTask,
    /// The text alone, for the terminal's own selection.
    RawView,
    /// Offer text to the terminal's clipboard.
    Copy,
    /// Write text to a file.
    Export,
    /// What a new version of the plan changed.
    ShowDiff,
    /// Look for words in the text.
    FindText,
    /// To the next place where they stand.
    FindNext,
    /// To the place before.
    FindPrevious,
    /// Replay a run from its beginning.
    ReplayRun,
    /// Play on, or stop.
    PlayReplay,
    /// Play faster.
    ReplayFaster,
    /// Play slower.
    ReplaySlower,
    /// To the next record.
    NextEvent,
    /// To the record before.
    PreviousEvent,
    /// To the next step, plan or decision.
    NextPart,
    /// To the step, plan or decision before.
    PreviousPart,
    /// To the next version of the plan.
    NextRevision,
    /// To the version of the plan before.
    PreviousRevision,
    /// To the beginning of the run.
    ReplayStart,
    /// To the end of the run.
    ReplayEnd,
    /// To as many tenths of the time as the digit says.
    JumpTenth,
    /// Show the record as it is kept.
    ShowRecord,
    /// A new run that goes another way from here.
    ForkHere,
    /// Mark a run, or compare it with the one that is marked.
    MarkRun,
    /// Compare the run with the one that is marked.
    CompareRuns,
    /// A new run that goes another way from before some step.
    ForkRun,
    /// Run the same task again.
    RerunRun,
    /// Look into a model call.
    InspectCall,
    /// Give the part in focus more of the screen.
    GrowPane,
    /// Give it less.
    ShrinkPane,
    /// Take a setting out of the config file.
    ResetSetting,
    /// Use a model for the answer.
    UseForFinalizer,
    /// Use it to sum up what no longer fits.
    UseForSummarizer,
    /// Use it to check steps.
    UseForVerifier,
    /// Write the models in use to the config file.
    KeepRoles,
    /// Read the program's log.
    ShowLog,
    /// Show the models of the servers.
    ShowModels,
    /// Ask the servers again for their models.
    ListModels,
    /// Fetch a model by its name.
    PullModel,
    /// Fetch the small model that is offered where there is none.
    PullSmall,
    /// Stop fetching.
    CancelPull,
    /// Delete a model from the disk of its server.
    DeleteModel,
    /// Take a model out of the memory of its server.
    UnloadModel,
    /// Ask what a model can do.
    ShowModel,
    /// The model plans from now on.
    UseForPlanner,
    /// The model carries out steps from now on.
    UseForExecutor,
    /// The model decides after the steps from now on.
    UseForReplanner,
    /// The model does everything from now on.
    UseForAll,
    /// Show the settings.
    ShowSettings,
    /// Search the tasks of the past.
    SearchTasks,
    /// Search the runs.
    SearchRuns,
    /// List runs by how they ended.
    FilterStatus,
    /// List runs by when they began.
    FilterSince,
    /// List runs in another order.
    SortRuns,
    /// Put a run in the trash.
    DeleteRun,
    /// Take the run last deleted out of the trash.
    UndoDelete,
    /// Offer the name of a run to the terminal's clipboard.
    CopyId,
    /// Open the oldest call of a tool that waits for the person.
    OpenRequest,
    /// To the next answer that can be given to it.
    ChooseNext,
    /// To the answer before.
    ChoosePrevious,
    /// Give the answer that is chosen.
    GiveChosen,
    /// Allow this one call.
    AllowOnce,
    /// Allow it, and calls like it for the rest of the run.
    AllowRun,
    /// Do not allow it.
    DenyUse,
    /// Do not allow it, and tell the model why.
    DenyBecause,
    /// All of the request on the whole screen.
    WholeRequest,
    /// Take what is typed or chosen.
    Accept,
    /// Yes, do it.
    Confirm,
}

impl Action {
    /// Whether it is a movement or an edit inside a text or list, which no menu needs to offer.
    pub fn is_elementary(self) -> bool {
        use Action as A;
        matches!(
            self,
            A::Up
                | A::Down
                | A::Top
                | A::Bottom
                | A::PageUp
                | A::PageDown
                | A::HalfUp
                | A::HalfDown
                | A::Newline
                | A::Left
                | A::Right
                | A::WordLeft
                | A::WordRight
                | A::LineStart
                | A::LineEnd
                | A::Backspace
                | A::Delete
                | A::DeleteWordBack
                | A::DeleteWordForward
                | A::DeleteToStart
                | A::DeleteToEnd
                | A::PutBack
                | A::UndoText
                | A::RedoText
                | A::JumpTenth
                | A::Accept
                | A::Confirm
                | A::Palette
        )
    }
}
