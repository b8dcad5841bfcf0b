//! Everything that can be done, where, and with which keys.

use super::{Action, Binding, Context};

macro_rules! table {
    ($($context:ident { $($priority:literal [$($key:literal),+] $action:ident $label:literal $help:literal;)+ })+) => {
        &[$($(Binding {
            context: Context::$context,
            keys: &[$($key),+],
            action: Action::$action,
            variant: stringify!($action),
            label: $label,
            help: $help,
            priority: $priority,
        },)+)+]
    };
}

/// Everything that can be done: place in the footer, keys, action, label, meaning.
pub const TABLE: &[Binding] = table! {
    Everywhere {
        90 ["f1"] Help "help" "show the keys";
        80 ["f2", "ctrl-p"] Palette "commands" "choose an action by its name";
        70 ["ctrl-c"] Interrupt "quit" "clear the draft, then stop the run, then leave";
        40 ["f3", "ctrl-t"] OpenHistory "history" "show all runs";
        0 ["f12"] ShowTools "tools" "the tools that steps may use, and what came of them";
        0 ["alt-,"] ShowSettings "settings" "the settings, and where each comes from; change them in the config file";
        0 ["alt-l"] ShowLog "log" "what the program did and met, from its log file";
        0 ["f11"] ShowModels "models" "the models of the servers: fetch, choose, delete";
        0 ["f4"] ShowLive "show run" "go to the run at work";
        0 ["ctrl-n", "f10"] NewTask "new task" "go to the task editor";
        0 ["ctrl-z"] Suspend "suspend" "give the terminal back to the shell for a while";
        0 ["ctrl-l"] Redraw "redraw" "draw everything anew";
        60 ["esc"] Back "back" "one level out; nothing is lost";
    }
    Pane {
        90 ["?", "f1"] Help "help" "show the keys";
        80 [":", "f2", "ctrl-p"] Palette "commands" "choose an action by its name";
        75 ["q"] Quit "quit" "leave; a run at work is stopped first and kept";
        40 ["H", "f3", "ctrl-t"] OpenHistory "history" "show all runs";
        50 ["M", "f11"] ShowModels "models" "the models of the servers: fetch, choose, delete";
        0 ["L", "alt-l"] ShowLog "log" "what the program did and met, from its log file";
        0 [",", "alt-,"] ShowSettings "settings" "the settings, and where each comes from; change them in the config file";
        45 ["n", "ctrl-n", "f10"] NewTask "new task" "go to the task editor";
        0 ["a"] OpenRequest "request" "open the call of a tool that waits for you";
        35 ["w", "f4"] ShowLive "show run" "go to the run at work";
        0 ["k", "up"] Up "up" "up by one";
        0 ["j", "down"] Down "down" "down by one";
        0 ["g", "home"] Top "top" "to the start";
        0 ["G", "end"] Bottom "end" "to the end";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn", "space"] PageDown "page down" "down by a page";
        0 ["ctrl-u", "{"] HalfUp "half up" "up by half a page";
        0 ["ctrl-d", "}"] HalfDown "half down" "down by half a page";
        30 ["tab", "l", "right"] FocusNext "next pane" "to the next part of the screen";
        0 ["s-tab", "h", "left"] FocusPrevious "pane before" "to the part of the screen before";
    }
    Text {
        0 ["left", "ctrl-b"] Left "left" "one character to the left";
        0 ["right", "ctrl-f"] Right "right" "one character to the right";
        0 ["up"] Up "up" "up one line; at the first line the task before";
        0 ["down"] Down "down" "down one line; at the last line the task after";
        0 ["alt-b", "ctrl-left", "alt-left"] WordLeft "word left" "one word to the left";
        0 ["alt-f", "ctrl-right", "alt-right"] WordRight "word right" "one word to the right";
        0 ["home", "ctrl-a"] LineStart "line start" "to the start of the line";
        0 ["end", "ctrl-e"] LineEnd "line end" "to the end of the line";
        0 ["backspace", "ctrl-h"] Backspace "delete" "delete the character before the cursor";
        0 ["delete", "ctrl-d"] Delete "delete" "delete the character at the cursor";
        0 ["alt-backspace", "ctrl-w"] DeleteWordBack "delete word" "delete the word before the cursor";
        0 ["alt-d"] DeleteWordForward "delete word" "delete the word after the cursor";
        0 ["ctrl-u", "alt-u"] DeleteToStart "delete to start" "delete to the start of the line";
        0 ["ctrl-k", "alt-k"] DeleteToEnd "delete to end" "delete to the end of the line";
        0 ["ctrl-y", "alt-y"] PutBack "put back" "put back what was deleted last";
        0 ["ctrl-_", "alt-z"] UndoText "undo" "undo the last change of the text";
        0 ["ctrl-r", "alt-r", "alt-Z"] RedoText "redo" "do it again";
        0 ["alt-/", "tab"] CompletePath "file" "after `@`: choose a file of the workspace by the beginning of its name";
    }
    HomeEditor {
        1 ["enter"] StartTask "run" "make a plan for this task and show it for review; while a run is at work, let it wait";
        6 ["alt-up"] TakeBack "take back" "take the task that waits last back into the editor";
        7 ["alt-enter", "ctrl-j", "shift-enter"] Newline "newline" "break the line";
        9 ["ctrl-r", "alt-r"] SearchTasks "earlier tasks" "search the tasks of the past and take one";
        10 ["ctrl-g", "f9"] EditTaskOutside "$EDITOR" "edit the task in your own editor";
        15 ["tab"] FocusNext "recent runs" "to the recent runs; after `@`, choose a file of the workspace";
        0 ["s-tab"] FocusPrevious "recent runs" "to the recent runs";
        60 ["esc"] Back "commands" "letters become commands";
        2 ["alt-p"] PullSmall "fetch a model" "fetch a small model onto the server";
        3 ["f5"] RetryServer "retry" "ask the server again";
        4 ["f6"] SetServerUrl "other URL" "use a server at another URL";
        5 ["f7"] HowToInstall "how to install" "how Ollama is installed";
        6 ["f8"] UseDemo "demo" "go on with the built-in demo model, which is scripted";
    }
    HomeEmpty {
        75 ["ctrl-d"] Quit "quit" "leave";
        80 ["/", "f2", "ctrl-p"] Palette "commands" "choose an action by its name";
    }
    HomePane {
        1 ["enter"] OpenRun "open" "read the selected run";
        2 ["R"] ResumeRun "resume" "go on with the selected run";
        3 ["i", "n", "ctrl-n", "f10"] ToEditor "type a task" "put the cursor in the task editor";
        4 ["m", "M"] ShowModels "models" "the models of the servers: fetch, choose, delete";
        10 ["E", "ctrl-g"] EditTaskOutside "$EDITOR" "edit the task in your own editor";
        0 ["r", "f5"] RetryServer "retry" "ask the server again";
        0 ["u", "f6"] SetServerUrl "other URL" "use a server at another URL";
        0 ["f7"] HowToInstall "how to install" "how Ollama is installed";
        0 ["d", "f8"] UseDemo "demo" "use the built-in demo model, which is scripted";
    }
    HomeTrouble {
        3 ["p"] PullSmall "fetch a model" "fetch a small model onto the server";
        8 ["c"] CancelPull "stop fetching" "stop fetching; what is there is kept for the next time";
        4 ["r", "f5"] RetryServer "retry" "ask the server again";
        5 ["u", "f6"] SetServerUrl "other URL" "use a server at another URL";
        6 ["i", "f7"] HowToInstall "how to install" "how Ollama is installed";
        7 ["d", "f8"] UseDemo "demo" "go on with the built-in demo model, which is scripted";
    }
    HomeDemo {
        4 ["1"] Example1 "example" "put the first example in the editor";
        5 ["2"] Example2 "example" "put the second example in the editor";
        6 ["3"] Example3 "example" "put the third example in the editor";
    }
    Review {
        1 ["enter"] ApproveAll "run all" "run the plan";
        2 ["s"] ApproveStepwise "step mode" "run the plan with a pause after each step";
        3 ["e"] EditStep "edit" "change the text of the step";
        4 ["w"] EditDoneWhen "done when" "change how one can tell that the step is done";
        0 ["p"] ToggleSubplan "sub-plan" "have this step run as a plan of its own, made when its turn comes, or not";
        5 ["o"] AddAfter "add" "add a step after this one";
        0 ["O"] AddBefore "add before" "add a step before this one";
        6 ["x"] DeleteStep "delete" "delete the step";
        7 ["J", "alt-down"] MoveDown "move down" "move the step down";
        8 ["K", "alt-up"] MoveUp "move up" "move the step up";
        9 ["u"] UndoEdit "undo" "undo the last change of the plan";
        0 ["U", "ctrl-r"] RedoEdit "redo" "do it again";
        10 ["E"] EditPlanOutside "$EDITOR" "edit the whole plan in your own editor, one step a line";
        11 ["f", "i"] AskForChanges "ask for changes" "tell the planner in words what should be different";
        12 ["R"] NewPlan "new plan" "ask the planner for another plan";
        9 ["b"] PlanBefore "plan before" "put the steps of the version before in the place of these";
        14 ["F"] FinishNow "finish now" "have the answer written from what there is; these steps are left out";
        13 ["X"] RejectPlan "reject" "give this plan up; the run rests";
        0 ["t"] ToggleTask "task" "show the whole task";
        60 ["esc"] Back "leave" "back to home; the run waits";
    }
    Run {
        3 ["p"] Pause "pause" "stop after the step at work";
        2 ["c"] Continue "continue" "go on after a pause";
        4 ["C"] ContinueToEnd "run to end" "go on without any further pause";
        1 ["R"] ResumeRun "resume" "go on with this run";
        9 ["n", "ctrl-n", "f10"] NewTask "new task" "go to the task editor";
        14 ["i"] Steer "steer" "say something that the rest of the run is to heed, or let a task wait";
        5 ["P"] Hold "hold now" "stop at once; the step at work is done again when the run goes on";
        7 ["F"] FinishNow "finish now" "have the answer written from what there is; the other steps are left out";
        0 ["L"] LookAgain "look again" "have the replanner look at the rest of the plan";
        28 ["W"] ReplayRun "replay" "show the run as it went, record by record";
        25 ["1"] FocusPlan "plan" "to the plan";
        0 ["2"] FocusTimeline "timeline" "to the time line";
        26 ["3"] FocusOutput "output" "to the output";
        27 ["4"] FocusDecisions "decisions" "to the decisions";
        24 ["u", "f12"] ShowTools "tools" "the tools that steps may use, and what came of them";
        15 ["z"] Zoom "zoom" "this part alone, or all of them";
        0 ["+"] GrowPane "larger" "give this part more of the screen";
        0 ["_", "-"] ShrinkPane "smaller" "give this part less of the screen";
        12 ["t"] ToggleTask "task" "show the whole task";
        0 ["o", "ctrl-o"] CycleDetail "detail" "more or less of what tools brought and the model thought";
        13 ["T"] ToggleThinking "thinking" "show or hide what the model thinks";
        11 ["f"] ToggleFollow "follow" "follow the text as it grows, or stay";
        10 ["d"] ShowDiff "diff" "what this version of the plan changed";
        29 ["I"] InspectCall "call" "look into the model call: its exact prompt, reply and times";
        16 ["v"] RawView "raw" "the text alone, without borders";
        17 ["y"] Copy "copy" "offer the text to the terminal's clipboard";
        18 ["e"] Export "export" "write the text to a file";
        19 ["/"] FindText "search" "look for words in the output";
        60 ["esc"] Back "home" "back to home; the run goes on";
    }
    Steer {
        1 ["enter"] SendSteer "steer" "tell the rest of the run what is typed";
        2 ["tab"] QueueTask "queue" "let what is typed wait as a task of its own; after `@`, choose a file of the workspace";
        6 ["alt-up"] TakeBack "take back" "take the task that waits last back into this line";
        7 ["alt-enter", "ctrl-j", "shift-enter"] Newline "newline" "break the line";
        10 ["ctrl-g", "f9"] EditLineOutside "$EDITOR" "edit it in your own editor";
        3 ["esc"] Back "panes" "letters become commands; what is typed stays";
    }
    Plan {
        8 ["enter"] FocusOutput "output" "read this step's text";
        5 ["s"] SkipStep "skip" "leave this step out";
        6 ["r"] RetryStep "retry" "do this step again: it failed, was left out, or is at work";
        7 ["m"] MarkDone "mark done" "type this step's result yourself";
        20 ["E"] EditStep "edit" "change the text of this step, which has not begun";
        21 ["o"] AddAfter "add" "add a step after this one";
        22 ["x"] DeleteStep "delete" "delete this step, which has not begun";
        23 ["J", "alt-down"] MoveDown "move down" "let this step, which has not begun, run later";
        24 ["K", "alt-up"] MoveUp "move up" "let this step, which has not begun, run sooner";
        0 ["U"] UndoEdit "undo edit" "put the steps back that stood there before your last edit";
        0 ["B"] RerunFrom "again from here" "do this step and all after it again";
    }
    Timeline {
        8 ["enter"] FocusOutput "output" "read this text";
    }
    Output {
        5 ["enter", "x"] ToggleCall "open call" "all of the selected call of a tool, or a few rows of it";
        6 ["]"] NextCall "next call" "to the next call of a tool";
        0 ["["] PreviousCall "call before" "to the call of a tool before";
    }
    OutputFind {
        1 ["n"] FindNext "next" "to the next place where the words stand";
        2 ["N"] FindPrevious "previous" "to the place before";
        60 ["esc"] Back "end search" "leave the search; the text stays where it is";
    }
    Decisions {
        8 ["enter"] ShowDiff "diff" "what this version of the plan changed";
    }
    Replay {
        1 ["space"] PlayReplay "play" "play on from here, or stop";
        2 ["l", "right"] NextEvent "event" "to the next record";
        3 ["h", "left"] PreviousEvent "back" "to the record before";
        4 ["]"] NextPart "part" "to the next step, plan or decision";
        0 ["["] PreviousPart "part before" "to the step, plan or decision before";
        5 ["}"] NextRevision "revision" "to the next version of the plan";
        0 ["{"] PreviousRevision "revision before" "to the version of the plan before";
        6 [">"] ReplayFaster "faster" "play faster";
        7 ["<"] ReplaySlower "slower" "play slower";
        0 ["g", "home"] ReplayStart "start" "to the beginning of the run";
        0 ["G", "end"] ReplayEnd "end" "to the end of the run";
        0 ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] JumpTenth "n0 %" "to as many tenths of the time as the digit says";
        8 ["f"] ForkHere "fork" "a new run that shares all up to here and goes on from it";
        0 ["D"] CompareRuns "compare" "compare this run with the one that is marked in the history";
        9 ["i"] ShowRecord "record" "show the record as it is kept";
        60 ["esc", "q"] Back "leave" "leave the replay; the whole run is shown";
    }
    History {
        1 ["enter"] OpenRun "open" "read the selected run";
        2 ["R"] ResumeRun "resume" "go on with the selected run";
        3 ["/"] SearchRuns "search" "search all runs as you type";
        8 ["F"] FilterStatus "status" "list the runs that ended in one way, then in the next, then all";
        9 ["D"] FilterSince "since" "list the runs of a day, a week, a month, a quarter, then all";
        10 ["s"] SortRuns "sort" "newest first, oldest, longest, most steps";
        4 ["p"] ReplayRun "replay" "show the selected run as it went, record by record";
        11 ["f"] ForkRun "fork" "a new run that goes another way from before some step";
        12 ["r"] RerunRun "run again" "run the same task again";
        13 ["m"] MarkRun "mark" "mark the run; on another run, compare the two";
        4 ["x"] DeleteRun "delete" "put the run in the trash";
        5 ["u"] UndoDelete "undo" "take the run last deleted out of the trash";
        6 ["e"] Export "export" "write the run to a file";
        7 ["y", "Y"] CopyId "copy id" "offer the run's id to the terminal's clipboard";
        60 ["esc", "H"] Back "back" "back to where you were";
    }
    HistorySearch {
        1 ["enter"] Accept "to the list" "to the list of what was found";
        60 ["esc"] Back "clear search" "leave the search and show all runs";
    }
    Reader {
        60 ["esc", "q"] Back "close" "close this";
    }
    Models {
        1 ["n"] PullModel "fetch" "fetch a model by its name";
        2 ["c"] CancelPull "stop fetching" "stop fetching; what is there is kept for the next time";
        3 ["a"] UseForAll "use for all" "use the model for every role, in runs started here";
        4 ["p"] UseForPlanner "planner" "use the model to plan, in runs started here";
        5 ["e"] UseForExecutor "executor" "use the model to carry out steps, in runs started here";
        6 ["r"] UseForReplanner "replanner" "use the model to decide after the steps, in runs started here";
        0 ["f"] UseForFinalizer "finalizer" "use the model to write answers, in runs started here";
        0 ["s"] UseForSummarizer "summarizer" "use the model to sum up what no longer fits, in runs started here";
        0 ["v"] UseForVerifier "verifier" "use the model to check steps, in runs started here";
        10 ["K"] KeepRoles "keep" "write the models in use for each role to the config file";
        7 ["enter"] ShowModel "about" "ask what the model can do";
        8 ["x"] DeleteModel "delete" "delete the model from the disk of its server";
        9 ["u"] UnloadModel "unload" "take the model out of the memory of its server, until it is asked for again";
        11 ["f5"] ListModels "refresh" "ask the servers again";
        60 ["esc", "q", "M"] Back "close" "close this";
    }
    ReadText {
        5 ["/"] FindText "search" "look for words in the text";
        6 ["n"] FindNext "next" "to the next place where the words stand";
        0 ["N"] FindPrevious "previous" "to the place before";
        7 ["y"] Copy "copy" "offer the text to the terminal's clipboard";
    }
    Inspector {
        1 ["y"] Copy "copy as curl" "offer a command that sends the same request to the terminal's clipboard";
        2 ["]"] NextCall "next call" "to the next model call of the run";
        3 ["["] PreviousCall "call before" "to the model call before";
    }
    Tools {
        60 ["esc", "q", "u"] Back "close" "close this";
    }
    Install {
        1 ["r", "f5"] RetryServer "retry" "ask the server again";
        2 ["d", "f8"] UseDemo "demo" "go on with the built-in demo model, which is scripted";
    }
    Prompt {
        1 ["enter"] Accept "take it" "take what is typed";
        3 ["ctrl-g", "f9"] EditLineOutside "$EDITOR" "edit it in your own editor";
        60 ["esc"] Back "cancel" "leave everything as it was";
    }
    Question {
        1 ["y"] Confirm "yes" "yes, do it";
        2 ["n", "esc"] Back "no" "no, leave everything as it was";
    }
    Request {
        1 ["enter"] GiveChosen "confirm" "give the answer that is chosen";
        6 ["tab", "right", "l"] ChooseNext "choose" "to the next answer";
        0 ["s-tab", "left", "h"] ChoosePrevious "choose" "to the answer before";
        3 ["y"] AllowOnce "allow once" "allow this one call";
        5 ["A"] AllowRun "allow for run" "allow this call, and calls like it for the rest of the run";
        2 ["n"] DenyUse "deny" "do not allow this call";
        4 ["d"] DenyBecause "deny, say why" "do not allow it, and tell the model why in your words";
        7 ["v"] WholeRequest "in full" "all of it on the whole screen, or in the box";
        60 ["esc"] Back "later" "close this; the call waits on, and <pane.open_request> opens it again";
    }
    Asked {
        1 ["enter"] Accept "answer" "send the answer to the model";
        2 ["alt-enter", "ctrl-j", "shift-enter"] Newline "newline" "break the line";
        4 ["ctrl-g", "f9"] EditLineOutside "$EDITOR" "edit it in your own editor";
        3 ["f8", "alt-n"] DenyUse "no answer" "tell the model that it gets no answer";
        60 ["esc"] Back "later" "close this; the question waits on, and <pane.open_request> opens it again";
    }
    Help {
        0 ["up"] Up "up" "up by one";
        0 ["down"] Down "down" "down by one";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn"] PageDown "page down" "down by a page";
        60 ["esc", "f1", "enter"] Back "close" "close this";
    }
    Palette {
        1 ["enter"] Accept "do it" "do what is selected";
        0 ["up"] Up "up" "up by one";
        0 ["down"] Down "down" "down by one";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn"] PageDown "page down" "down by a page";
        60 ["esc", "f2", "ctrl-p"] Back "close" "close this";
    }
    Tasks {
        1 ["enter"] Accept "take it" "put the selected task in the editor";
        0 ["up"] Up "up" "up by one";
        0 ["down"] Down "down" "down by one";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn"] PageDown "page down" "down by a page";
        60 ["esc"] Back "close" "close this";
    }
    Files {
        1 ["enter", "tab"] Accept "take it" "put the name of the selected file in the text";
        0 ["up"] Up "up" "up by one";
        0 ["down"] Down "down" "down by one";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn"] PageDown "page down" "down by a page";
        60 ["esc"] Back "close" "close this";
    }
    Settings {
        1 ["enter"] Accept "change" "change the selected setting in the config file";
        2 ["alt-x"] ResetSetting "default" "take the selected setting out of the config file: its default holds";
        0 ["up"] Up "up" "up by one";
        0 ["down"] Down "down" "down by one";
        0 ["pgup"] PageUp "page up" "up by a page";
        0 ["pgdn"] PageDown "page down" "down by a page";
        60 ["esc"] Back "close" "close this";
    }
};
