//! Where the keyboard is, and what falls back on what.

/// Where the keyboard is. Each context falls back on its [`Context::parent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Any place.
    Everywhere,
    /// Any place where letters are commands.
    Pane,
    /// Any place where letters are text.
    Text,
    /// The task editor.
    HomeEditor,
    /// The task editor while it is empty.
    HomeEmpty,
    /// The list of recent runs.
    HomePane,
    /// The list of recent runs while the server cannot be used.
    HomeTrouble,
    /// The list of recent runs while the demo model is chosen.
    HomeDemo,
    /// The review of a plan.
    Review,
    /// Any part of a run.
    Run,
    /// The line in which a run at work is steered.
    Steer,
    /// The steps of a run.
    Plan,
    /// When what was at work.
    Timeline,
    /// The text of a step, or the answer.
    Output,
    /// The same while words are looked for in it.
    OutputFind,
    /// The versions of the plan and the decisions.
    Decisions,
    /// The list of all runs.
    History,
    /// Its search line.
    HistorySearch,
    /// A run that is replayed.
    Replay,
    /// A text to read.
    Reader,
    /// The models of the servers.
    Models,
    /// The same, where words can be looked for.
    ReadText,
    /// A model call to look into.
    Inspector,
    /// The list of tools.
    Tools,
    /// How Ollama is installed.
    Install,
    /// A line to type.
    Prompt,
    /// A question to answer with yes or no.
    Question,
    /// A call of a tool that waits for the person.
    Request,
    /// A question of a model, to be answered in words.
    Asked,
    /// The list of keys.
    Help,
    /// The list of actions.
    Palette,
    /// The list of earlier tasks.
    Tasks,
    /// The files of the workspace.
    Files,
    /// The settings.
    Settings,
}

impl Context {
    /// Where a key is looked up that means nothing here.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Everywhere => None,
            Self::HomeEmpty => Some(Self::HomeEditor),
            Self::HomeTrouble | Self::HomeDemo => Some(Self::HomePane),
            Self::Plan | Self::Timeline | Self::Output | Self::Decisions | Self::Replay => {
                Some(Self::Run)
            }
            Self::OutputFind => Some(Self::Output),
            Self::Install | Self::Tools | Self::Models | Self::ReadText => Some(Self::Reader),
            Self::Inspector => Some(Self::ReadText),
            Self::HomePane
            | Self::Review
            | Self::Run
            | Self::History
            | Self::Reader
            | Self::Request => Some(Self::Pane),
            Self::HomeEditor
            | Self::Steer
            | Self::HistorySearch
            | Self::Prompt
            | Self::Asked
            | Self::Help
            | Self::Palette
            | Self::Tasks
            | Self::Files
            | Self::Settings => Some(Self::Text),
            Self::Pane | Self::Text | Self::Question => Some(Self::Everywhere),
        }
    }

    /// This context and all it falls back on, nearest first.
    pub fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |context| context.parent())
    }

    /// Whether letters are text here.
    pub fn is_text(self) -> bool {
        self.chain().any(|context| context == Self::Text)
    }

    /// What help calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Pane => "Lists and panes",
            Self::Text => "Typing",
            Self::HomeEditor => "Task editor",
            Self::HomeEmpty => "Empty task editor",
            Self::HomePane => "Recent runs",
            Self::HomeTrouble => "Server not usable",
            Self::HomeDemo => "Demo model",
            Self::Review => "Plan review",
            Self::Run => "Run",
            Self::Steer => "Steering line",
            Self::Plan => "Plan",
            Self::Timeline => "Timeline",
            Self::Output => "Output",
            Self::OutputFind => "Search in the output",
            Self::Decisions => "Decisions",
            Self::History => "History",
            Self::HistorySearch => "Search",
            Self::Replay => "Replay",
            Self::Reader => "Reading",
            Self::Models => "Models",
            Self::ReadText => "Text",
            Self::Inspector => "Model call",
            Self::Tools => "Tools",
            Self::Install => "Installing Ollama",
            Self::Prompt => "Line to type",
            Self::Question => "Question",
            Self::Request => "Tool request",
            Self::Asked => "Question of the model",
            Self::Help => "Help",
            Self::Palette => "Palette",
            Self::Tasks => "Earlier tasks",
            Self::Files => "Files",
            Self::Settings => "Settings",
        }
    }
}
