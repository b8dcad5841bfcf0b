//! The one table of settings: file, environment, command line, `config show` and the tests all read it.

use log::LevelFilter;

use super::given::{Given, toml_text, toml_texts};
use super::theme::{self, Theme};
use super::tool_keys::TOOL_KEYS;
use super::{Config, Notify};
use crate::domain::chat::Role;
use crate::domain::event::{Mode, ReplanOn, Verify};
use crate::domain::near::distance;

/// The word of a level in the settings.
fn log_word(level: LevelFilter) -> &'static str {
    match level {
        LevelFilter::Off => "off",
        LevelFilter::Error => "error",
        LevelFilter::Warn => "warn",
        LevelFilter::Info => "info",
        LevelFilter::Debug => "debug",
        LevelFilter::Trace => "trace",
    }
}

/// One setting.
pub(super) struct Key {
    /// Its name in the file, after its table and a dot where it is in one.
    pub(super) name: &'static str,
    /// Puts a value into the settings, or says what it must be: the rest of a sentence that begins with the name.
    pub(super) set: fn(&mut Config, &Given) -> Result<(), String>,
    /// Its value in the settings, as TOML.
    pub(super) show: fn(&Config) -> String,
}

impl Key {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("PLANWRIGHT_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// The option of the command line that sets it, where there is one.
    pub(super) fn option(&self) -> String {
        match self.name.split_once('.') {
            Some(("fallbacks", _)) => "--fallback".to_owned(),
            _ => format!("--{}", self.name.replace(['.', '_'], "-")),
        }
    }
}

/// The key of a role's fallbacks.
macro_rules! fallbacks {
    ($name:literal, $role:ident) => {
        Key {
            name: concat!("fallbacks.", $name),
            set: |c, v| {
                let models = v.models()?;
                c.fallbacks.insert(Role::$role, models);
                c.fallbacks.retain(|_, models| !models.is_empty());
                Ok(())
            },
            show: |c| toml_texts(c.fallbacks.get(&Role::$role).map_or(&[], Vec::as_slice)),
        }
    };
}

macro_rules! colors {
    ($($name:ident)+) => {
        &[$(Key {
            name: concat!("colors.", stringify!($name)),
            set: |c, v| v.color().map(|value| c.ui.colors.$name = value),
            show: |c| theme::shown(c.ui.colors.$name),
        }),+]
    };
}

/// The colours that a person may change.
const COLORS: &[Key] = colors! {
    background text faint good bad busy caution selected_text selected_background
};

const KEYS: &[Key] = &[
    Key {
        name: "model",
        set: |c, v| {
            c.model = v.model()?.ok_or("must not be empty")?;
            Ok(())
        },
        show: |c| toml_text(&c.model),
    },
    Key {
        name: "planner_model",
        set: |c, v| v.model().map(|value| c.planner_model = value),
        show: |c| toml_text(c.planner_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "executor_model",
        set: |c, v| v.model().map(|value| c.executor_model = value),
        show: |c| toml_text(c.executor_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "replanner_model",
        set: |c, v| v.model().map(|value| c.replanner_model = value),
        show: |c| toml_text(c.replanner_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "finalizer_model",
        set: |c, v| v.model().map(|value| c.finalizer_model = value),
        show: |c| toml_text(c.finalizer_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "summarizer_model",
        set: |c, v| v.model().map(|value| c.summarizer_model = value),
        show: |c| toml_text(c.summarizer_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "verifier_model",
        set: |c, v| v.model().map(|value| c.verifier_model = value),
        show: |c| toml_text(c.verifier_model.as_deref().unwrap_or("")),
    },
    Key {
        name: "default_provider",
        set: |c, v| {
            c.default_provider = v.model()?.ok_or("must not be empty")?;
            Ok(())
        },
        show: |c| toml_text(&c.default_provider),
    },
    Key {
        name: BASE_URL,
        set: |c, v| v.base_url().map(|value| c.base_url = value),
        show: |c| toml_text(&c.base_url),
    },
    Key {
        name: "max_iterations",
        set: |c, v| v.whole(1, 50).map(|value| c.limits.max_iterations = value),
        show: |c| c.limits.max_iterations.to_string(),
    },
    Key {
        name: "max_steps",
        set: |c, v| v.whole(1, 500).map(|value| c.limits.max_steps = value),
        show: |c| c.limits.max_steps.to_string(),
    },
    Key {
        name: "max_attempts",
        set: |c, v| v.whole(1, 10).map(|value| c.limits.max_attempts = value),
        show: |c| c.limits.max_attempts.to_string(),
    },
    Key {
        name: "max_parallel",
        set: |c, v| v.whole(0, 64).map(|value| c.limits.max_parallel = value),
        show: |c| c.limits.max_parallel.to_string(),
    },
    Key {
        name: "max_depth",
        set: |c, v| v.whole(0, 5).map(|value| c.limits.max_depth = value),
        show: |c| c.limits.max_depth.to_string(),
    },
    Key {
        name: "max_model_calls",
        set: |c, v| v.bound().map(|value| c.limits.max_model_calls = value),
        show: |c| c.limits.max_model_calls.unwrap_or(0).to_string(),
    },
    Key {
        name: "max_tool_calls",
        set: |c, v| v.bound().map(|value| c.limits.max_tool_calls = value),
        show: |c| c.limits.max_tool_calls.unwrap_or(0).to_string(),
    },
    Key {
        name: "max_tokens",
        set: |c, v| v.bound().map(|value| c.limits.max_tokens = value),
        show: |c| c.limits.max_tokens.unwrap_or(0).to_string(),
    },
    Key {
        name: "timeout",
        set: |c, v| {
            let seconds = u64::from(v.whole(0, 604_800)?);
            c.limits.timeout_s = (seconds > 0).then_some(seconds);
            Ok(())
        },
        show: |c| c.limits.timeout_s.unwrap_or(0).to_string(),
    },
    Key {
        name: "approval",
        set: |c, v| v.approval().map(|value| c.approval = value),
        show: |c| toml_text(c.approval.word()),
    },
    Key {
        name: "mode",
        set: |c, v| {
            use Mode::{Auto, Direct, PlanExecute, React, Rewoo};
            let words = [PlanExecute, React, Rewoo, Direct, Auto].map(|m| (m.word(), m));
            v.one_of(&words).map(|value| c.mode = value)
        },
        show: |c| toml_text(c.mode.word()),
    },
    Key {
        name: "replan_on",
        set: |c, v| {
            use ReplanOn::{EachStep, Failure, Missed, PlanDone};
            let words = [PlanDone, Failure, Missed, EachStep].map(|on| (on.word(), on));
            v.one_of(&words).map(|value| c.settings.replan_on = value)
        },
        show: |c| toml_text(c.settings.replan_on.word()),
    },
    Key {
        name: "verify",
        set: |c, v| {
            let words = [Verify::Checks, Verify::Model, Verify::Off].map(|how| (how.word(), how));
            v.one_of(&words).map(|value| c.settings.verify = value)
        },
        show: |c| toml_text(c.settings.verify.word()),
    },
    Key {
        name: "verify_commands",
        set: |c, v| v.switch().map(|value| c.settings.verify_commands = value),
        show: |c| c.settings.verify_commands.to_string(),
    },
    Key {
        name: "subplans",
        set: |c, v| v.switch().map(|value| c.settings.subplans = value),
        show: |c| c.settings.subplans.to_string(),
    },
    Key {
        name: "estimate",
        set: |c, v| v.switch().map(|value| c.settings.estimate = value),
        show: |c| c.settings.estimate.to_string(),
    },
    Key {
        name: "result_preview",
        set: |c, v| {
            let chars = v.whole(0, 1_000_000)?;
            c.settings.result_preview = (chars > 0).then_some(chars);
            Ok(())
        },
        show: |c| c.settings.result_preview.unwrap_or(0).to_string(),
    },
    Key {
        name: "recent_steps",
        set: |c, v| {
            let steps = v.whole(0, 500)?;
            c.settings.recent_steps = (steps > 0).then_some(steps);
            Ok(())
        },
        show: |c| c.settings.recent_steps.unwrap_or(0).to_string(),
    },
    Key {
        name: "log_level",
        set: |c, v| {
            let words = LevelFilter::iter().map(|level| (log_word(level), level));
            v.one_of(&words.collect::<Vec<_>>())
                .map(|level| c.log_level = level)
        },
        show: |c| toml_text(log_word(c.log_level)),
    },
    Key {
        name: "ollama.num_ctx",
        set: |c, v| {
            v.whole(512, 16_777_216)
                .map(|value| c.ollama.num_ctx = value)
        },
        show: |c| c.ollama.num_ctx.to_string(),
    },
    Key {
        name: "ollama.keep_alive",
        set: |c, v| v.keep_alive().map(|value| c.ollama.keep_alive = value),
        show: |c| toml_text(&c.ollama.keep_alive),
    },
    Key {
        name: "ollama.slots",
        set: |c, v| v.whole(1, 64).map(|value| c.ollama.slots = value),
        show: |c| c.ollama.slots.to_string(),
    },
    Key {
        name: "ollama.think",
        set: |c, v| v.switch().map(|value| c.ollama.think = value),
        show: |c| c.ollama.think.to_string(),
    },
    Key {
        name: "ollama.connect_timeout",
        set: |c, v| v.seconds().map(|value| c.ollama.connect_timeout = value),
        show: |c| c.ollama.connect_timeout.as_secs().to_string(),
    },
    Key {
        name: "ollama.first_token_timeout",
        set: |c, v| {
            v.seconds()
                .map(|value| c.ollama.first_token_timeout = value)
        },
        show: |c| c.ollama.first_token_timeout.as_secs().to_string(),
    },
    Key {
        name: "ollama.idle_timeout",
        set: |c, v| v.seconds().map(|value| c.ollama.idle_timeout = value),
        show: |c| c.ollama.idle_timeout.as_secs().to_string(),
    },
    fallbacks!("planner", Planner),
    fallbacks!("executor", Executor),
    fallbacks!("replanner", Replanner),
    fallbacks!("finalizer", Finalizer),
    fallbacks!("summarizer", Summarizer),
    fallbacks!("verifier", Verifier),
    Key {
        name: "retry.attempts",
        set: |c, v| v.whole(0, 20).map(|value| c.retry.attempts = value),
        show: |c| c.retry.attempts.to_string(),
    },
    Key {
        name: FIRST_DELAY,
        set: |c, v| v.milliseconds().map(|value| c.retry.first_delay = value),
        show: |c| c.retry.first_delay.as_millis().to_string(),
    },
    Key {
        name: MAX_DELAY,
        set: |c, v| v.milliseconds().map(|value| c.retry.max_delay = value),
        show: |c| c.retry.max_delay.as_millis().to_string(),
    },
    Key {
        name: ASCII,
        set: |c, v| v.switch().map(|value| c.ui.ascii = value),
        show: |c| c.ui.ascii.to_string(),
    },
    Key {
        name: REDUCED_MOTION,
        set: |c, v| v.switch().map(|value| c.ui.reduced_motion = value),
        show: |c| c.ui.reduced_motion.to_string(),
    },
    Key {
        name: COLOR,
        set: |c, v| v.switch().map(|value| c.ui.color = value),
        show: |c| c.ui.color.to_string(),
    },
    Key {
        name: "ui.mouse",
        set: |c, v| v.switch().map(|value| c.ui.mouse = value),
        show: |c| c.ui.mouse.to_string(),
    },
    Key {
        name: "ui.screen_reader",
        set: |c, v| v.switch().map(|value| c.ui.screen_reader = value),
        show: |c| c.ui.screen_reader.to_string(),
    },
    Key {
        name: "ui.title",
        set: |c, v| v.switch().map(|value| c.ui.title = value),
        show: |c| c.ui.title.to_string(),
    },
    Key {
        name: "ui.progress",
        set: |c, v| v.switch().map(|value| c.ui.progress = value),
        show: |c| c.ui.progress.to_string(),
    },
    Key {
        name: "ui.links",
        set: |c, v| v.switch().map(|value| c.ui.links = value),
        show: |c| c.ui.links.to_string(),
    },
    Key {
        name: "ui.notify",
        set: |c, v| {
            let words = Notify::ALL.map(|notify| (notify.word(), notify));
            v.one_of(&words).map(|notify| c.ui.notify = notify)
        },
        show: |c| toml_text(c.ui.notify.word()),
    },
    Key {
        name: "ui.theme",
        set: |c, v| {
            let words = Theme::ALL.map(|theme| (theme.word(), theme));
            v.one_of(&words).map(|theme| c.ui.theme = theme)
        },
        show: |c| toml_text(c.ui.theme.word()),
    },
    Key {
        name: "demo.instant",
        set: |c, v| v.switch().map(|value| c.demo_instant = value),
        show: |c| c.demo_instant.to_string(),
    },
];

/// The table of providers, which is no table of settings like the others.
pub(super) const PROVIDERS: &str = "providers";
pub(super) const BASE_URL: &str = "base_url";
pub(super) const FIRST_DELAY: &str = "retry.first_delay_ms";
pub(super) const MAX_DELAY: &str = "retry.max_delay_ms";
pub(super) const ASCII: &str = "ui.ascii";
pub(super) const REDUCED_MOTION: &str = "ui.reduced_motion";
pub(super) const COLOR: &str = "ui.color";

/// Every setting, in the order of the example.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(TOOL_KEYS).chain(COLORS)
}

/// The setting of this name.
pub(super) fn key(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// The table of this name.
pub(super) fn table(name: &str) -> Option<&'static str> {
    tables().find(|table| *table == name)
}

/// The setting or table whose name is nearest to `name`, with or without its table.
pub(super) fn nearest(name: &str) -> &'static str {
    let last = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
    all()
        .map(|key| key.name)
        .chain(tables())
        .chain([PROVIDERS, super::bindings::KEYS])
        .min_by_key(|known| {
            let whole = distance(name, known);
            (whole.min(distance(&last(name), &last(known))), whole)
        })
        .unwrap_or("model")
}

fn tables() -> impl Iterator<Item = &'static str> {
    all().filter_map(|key| Some(key.name.split_once('.')?.0))
}
