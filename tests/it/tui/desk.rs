//! A terminal interface without a terminal: tell it things, press keys, look at the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use planwright::domain::chat::ToolSpec;
use planwright::domain::event::{Delta, DeltaKind, EventRecord};
use planwright::domain::ids::RunId;
use planwright::domain::policy::Permission;
use planwright::session::{EngineUpdate, InstalledModel, RunCommand, ServerStatus, ToolEntry};
use planwright::store::{RunPage, RunQuery, SearchHit};
use planwright::tui::app::{App, AppOptions};
use planwright::tui::effect::{Effect, Msg};
use planwright::tui::{update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::log::START;

pub(crate) struct Desk {
    pub(crate) app: App,
    size: (u16, u16),
    /// What the world was asked for since the last look.
    pub(crate) effects: Vec<Effect>,
}

pub(crate) fn options() -> AppOptions {
    AppOptions {
        time_zone: Some(jiff::tz::TimeZone::UTC),
        ..AppOptions::default()
    }
}

impl Desk {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self::with(&options(), width, height)
    }

    pub(crate) fn with(options: &AppOptions, width: u16, height: u16) -> Self {
        let mut app = App::new(options, at(0));
        let effects = update::opening(&mut app);
        let mut desk = Self {
            app,
            size: (width, height),
            effects,
        };
        desk.tell(Msg::Resize(width, height));
        desk
    }

    /// A server that answers and has a model.
    pub(crate) fn served(mut self) -> Self {
        self.tell(Msg::Probed(server(), "llama3.2:3b".to_owned()));
        self.effects.clear();
        self
    }

    pub(crate) fn tell(&mut self, msg: Msg) -> &mut Self {
        let effects = update::update(&mut self.app, msg);
        self.effects.extend(effects);
        self
    }

    /// Presses keys, written as in the keymap, with spaces between them.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.tell(Msg::Key(key_event(key)));
        }
        self
    }

    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.tell(Msg::Key(KeyEvent::new(
                KeyCode::Char(c),
                KeyModifiers::NONE,
            )));
        }
        self
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, ms: i64) -> &mut Self {
        // What is on screen has been drawn before any time passes.
        self.app.drawn(self.app.now);
        self.app.now += SignedDuration::from_millis(ms);
        self.tell(Msg::Tick)
    }

    /// A run is at work here and has these records.
    pub(crate) fn watching(&mut self, records: Vec<EventRecord>) -> &mut Self {
        let run = records
            .first()
            .map_or_else(|| RunId::new("r"), |r| r.run.clone());
        self.tell(Msg::Watching(run, records))
    }

    pub(crate) fn event(&mut self, record: EventRecord) -> &mut Self {
        self.tell(Msg::Engine(EngineUpdate::Event(record.into())))
    }

    pub(crate) fn events(&mut self, records: Vec<EventRecord>) -> &mut Self {
        for record in records {
            self.event(record);
        }
        self
    }

    pub(crate) fn delta(
        &mut self,
        call: &str,
        role: planwright::domain::chat::Role,
        step: Option<&str>,
        kind: DeltaKind,
        text: &str,
    ) -> &mut Self {
        self.tell(Msg::Engine(EngineUpdate::Delta(Delta {
            call: call.to_owned(),
            role,
            step: step.map(planwright::domain::ids::StepId::new),
            kind,
            text: text.to_owned(),
        })))
    }

    /// Answers everything that is asked for of lists of runs, as a store would.
    pub(crate) fn lists(&mut self, page: &dyn Fn(&RunQuery) -> RunPage) -> &mut Self {
        let asked = |effect: &Effect| matches!(effect, Effect::ReadPage(_));
        while let Some(place) = self.effects.iter().position(asked) {
            if let Effect::ReadPage(query) = self.effects.remove(place) {
                let page = page(&query);
                self.tell(Msg::Paged(query, Ok(page)));
            }
        }
        self
    }

    /// Whatever is asked for of lists of runs, these are all.
    pub(crate) fn finds(&mut self, hits: &[SearchHit]) -> &mut Self {
        self.lists(&|_| RunPage {
            hits: hits.to_vec(),
            total: hits.len(),
        })
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What the run was told.
    pub(crate) fn commands(&mut self) -> Vec<RunCommand> {
        self.take_effects()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Send(command) => Some(command),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn buffer(&self) -> Buffer {
        buffer_of(&self.app, self.size.0, self.size.1)
    }

    pub(crate) fn screen(&self) -> String {
        rows(&self.buffer()).join("\n")
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    pub(crate) fn footer(&self) -> String {
        rows(&self.buffer()).pop().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) -> &mut Self {
        assert!(self.shows(text), "no `{text}` on\n{}", self.screen());
        self
    }

    #[track_caller]
    pub(crate) fn expect_not(&mut self, text: &str) -> &mut Self {
        assert!(!self.shows(text), "`{text}` on\n{}", self.screen());
        self
    }
}

pub(crate) fn buffer_of(app: &App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(app, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text of each row, without what fills it up.
pub(crate) fn rows(buffer: &Buffer) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    (0..buffer.area.height)
        .map(|y| {
            let mut row = String::new();
            let mut covered = 0;
            for x in 0..buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                if covered > 0 {
                    covered -= 1;
                    continue;
                }
                covered = symbol.width().saturating_sub(1);
                row.push_str(symbol);
            }
            row.trim_end().to_owned()
        })
        .collect()
}

pub(crate) fn at(ms: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_millis(ms)
}

pub(crate) fn server() -> ServerStatus {
    ServerStatus {
        url: "http://127.0.0.1:11434".to_owned(),
        version: Ok("0.12.3".to_owned()),
        models: vec![InstalledModel {
            name: "llama3.2:3b".to_owned(),
            size: 1,
            family: None,
            parameter_size: None,
            quantization: None,
            modified_at: None,
            loaded: None,
        }],
    }
}

pub(crate) fn tool(name: &str, source: &str, permission: Permission) -> ToolEntry {
    ToolEntry {
        spec: ToolSpec {
            name: name.to_owned(),
            description: format!("What {name} does."),
            parameters: serde_json::json!({}),
            effect: planwright::domain::chat::Effect::ReadOnly,
        },
        arguments: "expression: string".to_owned(),
        source: source.to_owned(),
        permission,
        enabled: true,
    }
}

pub(crate) fn tools() -> Vec<ToolEntry> {
    vec![
        tool("calc", "built in", Permission::Allow),
        tool("edit_file", "built in", Permission::Ask),
        tool("run_command", "built in", Permission::Deny),
    ]
}

pub(crate) fn key_event(chord: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = chord;
    for (name, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(tail) = rest.strip_prefix(name) {
            modifiers |= modifier;
            rest = tail;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "s-tab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "space" => KeyCode::Char(' '),
        _ if rest.len() > 1 && rest.starts_with('f') => KeyCode::F(rest[1..].parse().unwrap()),
        _ => {
            assert_eq!(rest.chars().count(), 1, "what key is `{chord}`?");
            KeyCode::Char(rest.chars().next().unwrap())
        }
    };
    KeyEvent::new(code, modifiers)
}

/// A plan under review that has been looked at.
pub(crate) fn reviewing() -> Desk {
    let mut desk = Desk::new(100, 30).served();
    desk.watching(super::log::reviewing().records)
        .wait(500)
        .take_effects();
    desk
}
