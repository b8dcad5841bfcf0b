//! Putting the settings together: defaults, then the config file, then the environment, then the command line.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{self, Assignment};
use super::given::{Given, quoted};
use super::keys::{ASCII, BASE_URL, COLOR, FIRST_DELAY, Key, MAX_DELAY, REDUCED_MOTION, all, key};
use super::providers::Providers;
use super::{
    Config, ConfigError, KeySource, OllamaConfig, Origin, Paths, RetryConfig, ToolsConfig, UiConfig,
};
use super::{locale, names, ollama_host, paths};
use crate::domain::event::{ApprovalPolicy, Limits, Mode, RunSettings};
use crate::domain::near::distance;

/// The text of `config.example.toml`: every setting with a comment and its default. It is where defaults come from.
pub fn example() -> &'static str {
    include_str!("../../config.example.toml")
}

/// Everything that settings are made from, beside the config file.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The environment. It also says where the config file is.
    pub env: BTreeMap<String, String>,
    /// The command line.
    pub overrides: Overrides,
}

impl Sources {
    /// This process's environment. What is not Unicode in it is read with replacement characters.
    pub fn from_process(overrides: Overrides) -> Self {
        let env = std::env::vars_os()
            .map(|(name, value)| {
                (
                    name.to_string_lossy().into_owned(),
                    value.to_string_lossy().into_owned(),
                )
            })
            .collect();
        Self { env, overrides }
    }
}

/// What the command line sets: settings by name, values as they would stand in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    given: Vec<(&'static str, String)>,
}

impl Overrides {
    /// With this setting (`max_steps`, `ollama.num_ctx`); none leaves it as it is.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.given
            .extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// The value of a setting, where the command line gives one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.given.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The settings in force and how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Every setting in the order of the example: its name (`ollama.num_ctx`), its effective value as TOML, who set it.
    pub origins: Vec<(&'static str, String, Origin)>,
    /// Every setting of a provider that is set, in the order of the file, in the same form; a key's place, not the key.
    pub providers: Vec<(String, String, Origin)>,
    /// What is odd but stops nothing: one sentence each, safe to show.
    pub warnings: Vec<String>,
}

impl Config {
    /// The defaults, for a program that brings its own paths: no file and no environment is read.
    pub fn defaults(paths: Paths) -> Self {
        let mut draft = Draft::new(paths);
        let built_in =
            file::parse(Path::new("config.example.toml"), example()).and_then(|defaults| {
                defaults
                    .assignments
                    .iter()
                    .try_for_each(|given| draft.set(given))
            });
        debug_assert_eq!(
            built_in,
            Ok(()),
            "the example is tested to be without mistakes"
        );
        ollama_host::DEFAULT.clone_into(&mut draft.config.base_url);
        draft.config
    }

    /// The settings in force.
    ///
    /// # Errors
    /// [`ConfigError`] at the first mistake in the file, the environment or the command line, in this order. A config
    /// file that is not there is none; an unknown `PLANWRIGHT_*` variable is a warning.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
        let paths = Paths::from_env(&sources.env)?;
        let file = file::read(&paths.config_file)?;
        Self::of(sources, paths, file)
    }

    /// The settings there would be if the config file held this text.
    pub(super) fn of_text(sources: &Sources, text: &str) -> Result<Loaded, ConfigError> {
        let paths = Paths::from_env(&sources.env)?;
        let file = file::parse(&paths.config_file, text)?;
        Self::of(sources, paths, file)
    }

    fn of(sources: &Sources, paths: Paths, file: file::Parsed) -> Result<Loaded, ConfigError> {
        let mut draft = Draft::new(paths.clone());
        draft.config = Self::defaults(paths);
        draft.config.base_url.clear();
        let Providers { configs, origins } = file.providers;
        (draft.config.providers, draft.providers) = (configs, origins);
        draft.config.tools.rules = file.rules.rules;
        draft.config.tools.commands = file.commands.configs;
        draft.config.tools.search = file.search.config;
        draft.config.keys = file.bindings.configs;
        for origins in [
            file.rules.origins,
            file.commands.origins,
            file.search.origins,
            file.servers.origins,
            file.bindings.origins,
        ] {
            draft.providers.extend(origins);
        }
        draft.config.mcp = file.servers.configs;
        for assignment in &file.assignments {
            draft.set(assignment)?;
        }
        draft.habits(&sources.env)?;
        draft.environment(&sources.env)?;
        for (name, given) in &sources.overrides.given {
            let given = Given::Plain(given.clone());
            draft.set_named(name, given, |key| Origin::CommandLine(key.option()))?;
        }
        draft.finish(&sources.env)
    }
}

/// Writes the example where the config file belongs, and says where that is.
///
/// # Errors
/// [`ConfigError::Exists`] where there is a file, which stays as it is; [`ConfigError::Io`] where it cannot be written.
pub fn init(paths: &Paths) -> Result<PathBuf, ConfigError> {
    let path = &paths.config_file;
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(example().as_bytes())
    };
    match write() {
        Ok(()) => Ok(path.clone()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(ConfigError::Exists { path: path.clone() })
        }
        Err(error) => Err(ConfigError::Io {
            path: path.clone(),
            reason: error.to_string(),
        }),
    }
}

/// Settings in the making.
struct Draft {
    config: Config,
    origins: BTreeMap<&'static str, Origin>,
    providers: Vec<(String, String, Origin)>,
    warnings: Vec<String>,
}

impl Draft {
    /// Nothing in it counts: the example sets every key, which is tested.
    fn new(paths: Paths) -> Self {
        let config = Config {
            paths,
            model: String::new(),
            planner_model: None,
            executor_model: None,
            replanner_model: None,
            finalizer_model: None,
            summarizer_model: None,
            verifier_model: None,
            fallbacks: BTreeMap::new(),
            default_provider: String::new(),
            providers: BTreeMap::new(),
            keys: Vec::new(),
            mode: Mode::PlanExecute,
            base_url: String::new(),
            limits: Limits::default(),
            settings: RunSettings::default(),
            approval: ApprovalPolicy::Always,
            ollama: OllamaConfig {
                num_ctx: 0,
                slots: 0,
                keep_alive: String::new(),
                think: false,
                connect_timeout: Duration::ZERO,
                first_token_timeout: Duration::ZERO,
                idle_timeout: Duration::ZERO,
            },
            tools: ToolsConfig::default(),
            mcp: BTreeMap::new(),
            retry: RetryConfig {
                attempts: 0,
                first_delay: Duration::ZERO,
                max_delay: Duration::ZERO,
            },
            ui: UiConfig {
                ascii: false,
                reduced_motion: false,
                color: false,
                mouse: false,
                screen_reader: false,
                title: false,
                progress: false,
                links: false,
                notify: super::Notify::Off,
                theme: super::theme::Theme::Terminal,
                colors: super::theme::Palette::default(),
            },
            log_level: log::LevelFilter::Off,
            demo_instant: false,
        };
        Self {
            config,
            origins: BTreeMap::new(),
            providers: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn set(&mut self, assignment: &Assignment) -> Result<(), ConfigError> {
        let Assignment { key, given, origin } = assignment;
        (key.set)(&mut self.config, given).map_err(|problem| ConfigError::BadValue {
            origin: origin.clone(),
            key: key.name,
            problem,
        })?;
        self.origins.insert(key.name, origin.clone());
        Ok(())
    }

    fn set_named(
        &mut self,
        name: &str,
        given: Given,
        origin: impl FnOnce(&Key) -> Origin,
    ) -> Result<(), ConfigError> {
        let Some(key) = key(name) else {
            return Ok(());
        };
        let origin = origin(key);
        self.set(&Assignment { key, given, origin })
    }

    /// Variables that are not ours but that people expect to be honoured.
    fn habits(&mut self, env: &BTreeMap<String, String>) -> Result<(), ConfigError> {
        let from = |name: &str| {
            let name = name.to_owned();
            move |_: &Key| Origin::Environment(name)
        };
        let is_set = |name: &str| env.get(name).is_some_and(|value| !value.is_empty());
        if is_set("NO_COLOR") {
            self.set_named(COLOR, Given::Switch(false), from("NO_COLOR"))?;
        }
        let locale = locale::deciding(|name| env.get(name).cloned());
        if let Some((name, _)) = locale.filter(|(_, value)| !locale::is_utf8(value))
            && !self.origins.contains_key(ASCII)
        {
            self.set_named(ASCII, Given::Switch(true), from(name))?;
        }
        if !self.origins.contains_key(REDUCED_MOTION) {
            if env.get("NO_MOTION").is_some_and(|value| value == "1") {
                self.set_named(REDUCED_MOTION, Given::Switch(true), from("NO_MOTION"))?;
            } else if is_set("SSH_TTY") {
                self.set_named(REDUCED_MOTION, Given::Switch(true), from("SSH_TTY"))?;
            }
        }
        Ok(())
    }

    /// An empty variable sets nothing.
    fn environment(&mut self, env: &BTreeMap<String, String>) -> Result<(), ConfigError> {
        let known: Vec<String> = all().map(Key::variable).collect();
        for (key, name) in all().zip(&known) {
            if let Some(value) = env.get(name).filter(|value| !value.is_empty()) {
                self.set(&Assignment {
                    key,
                    given: Given::Plain(value.clone()),
                    origin: Origin::Environment(name.clone()),
                })?;
            }
        }
        for name in env.keys().filter(|name| name.starts_with("PLANWRIGHT_")) {
            let providers = self.config.providers.values().map(|provider| &provider.key);
            let search = self.config.tools.search.iter().map(|search| &search.key);
            let of_servers = self.config.mcp.values().filter_map(|server| server.key());
            let holds_key = providers
                .chain(search)
                .chain(of_servers)
                .any(|key| matches!(key, KeySource::Environment(key) if key == name));
            if name == paths::HOME || known.contains(name) || holds_key {
                continue;
            }
            let nearest = known.iter().min_by_key(|known| distance(name, known));
            self.warnings.push(format!(
                "planwright does not know the environment variable {}; the nearest is {}",
                quoted(name),
                quoted(nearest.map_or("", String::as_str)),
            ));
        }
        Ok(())
    }

    /// Finds the server where no setting names it, and looks at settings that must agree with each other.
    fn finish(mut self, env: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
        if self.config.base_url.is_empty() {
            self.origins.remove(BASE_URL);
            ollama_host::DEFAULT.clone_into(&mut self.config.base_url);
            let name = "OLLAMA_HOST";
            if let Some(value) = env.get(name).filter(|value| !value.trim().is_empty()) {
                let origin = Origin::Environment(name.to_owned());
                let host = ollama_host::parse(value).map_err(|reason| ConfigError::BadValue {
                    origin: origin.clone(),
                    key: BASE_URL,
                    problem: format!("cannot be {}: {reason}", quoted(value)),
                })?;
                self.warnings
                    .extend(host.warning.map(|warning| format!("{name}: {warning}")));
                self.config.base_url = host.base_url;
                self.origins.insert(BASE_URL, origin);
            }
        }
        if self.config.retry.max_delay < self.config.retry.first_delay {
            let blamed = [MAX_DELAY, FIRST_DELAY]
                .into_iter()
                .find_map(|name| Some((name, self.origins.get(name)?.clone())));
            let (key, origin) = blamed.unwrap_or((MAX_DELAY, Origin::Default));
            return Err(ConfigError::BadValue {
                origin,
                key,
                problem: format!("must not make `{MAX_DELAY}` less than `{FIRST_DELAY}`"),
            });
        }
        names::check(&self.config, |key| {
            self.origins.get(key).cloned().unwrap_or(Origin::Default)
        })?;
        self.warnings.extend(self.config.ui.warnings());
        let origins = all()
            .map(|key| {
                let origin = self.origins.remove(key.name).unwrap_or(Origin::Default);
                (key.name, (key.show)(&self.config), origin)
            })
            .collect();
        Ok(Loaded {
            config: self.config,
            origins,
            providers: self.providers,
            warnings: self.warnings,
        })
    }
}
