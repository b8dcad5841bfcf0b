//! The settings: reading them, writing them to the config file, and having them hold.

use super::perform::own_model;
use super::{Answer, World, failed};
use crate::config::{Config, Loaded, Sources, keep_setting};
use crate::domain::chat::Role;
use crate::tui::effect::Msg;
use crate::tui::look::Look;

/// A setting that was to be written.
pub(in crate::tui) struct Kept {
    name: String,
    /// As it was typed; none for its default.
    typed: Option<String>,
    /// What is in force then, or why it was not written.
    loaded: Result<Loaded, String>,
}

impl World {
    fn sources(&self) -> Sources {
        Sources::from_process(self.overrides.clone())
    }

    /// Reads the settings.
    pub(super) fn list_settings(&self) {
        let sources = self.sources();
        self.read(move |_| {
            Ok(match Config::load(&sources) {
                Ok(loaded) => Msg::Settings(rows(&loaded)),
                Err(error) => Msg::Failed(error.to_string(), error.hint()),
            })
        });
    }

    /// Writes a setting to the config file.
    pub(super) fn keep_setting(&self, name: String, typed: Option<String>) {
        let (sources, answers) = (self.sources(), self.answers());
        tokio::task::spawn_blocking(move || {
            let loaded = keep_setting(&sources, &name, typed.as_deref());
            let kept = Kept {
                name,
                typed,
                loaded,
            };
            // Without a reader the interface is closed.
            let _ = answers.blocking_send(Answer::Kept(Box::new(kept)));
        });
    }

    /// Writes the models that are used here for each role to the config file.
    pub(super) fn keep_roles(&self) {
        let mut config = self.session.config().clone();
        let mut all = vec![("model".to_owned(), config.model.clone())];
        for role in Role::ALL {
            let own = own_model(&mut config, role).clone();
            all.push((format!("{role}_model"), own.unwrap_or_default()));
        }
        let sources = self.sources();
        self.read(move |_| {
            let mut rows_then = Vec::new();
            for (name, model) in all {
                // A role without a model of its own needs no setting.
                let typed = Some(model.as_str()).filter(|model| !model.is_empty());
                match keep_setting(&sources, &name, typed) {
                    Ok(loaded) => rows_then = rows(&loaded),
                    Err(why) => return Ok(Msg::Failed(why, None)),
                }
            }
            Ok(Msg::RolesKept(rows_then))
        });
    }

    /// Has a setting that was written hold at once, as far as it can.
    pub(in crate::tui) fn kept(&mut self, kept: Kept) -> Msg {
        let Kept {
            name,
            typed,
            loaded,
        } = kept;
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(why) => return Msg::SettingRefused(name, typed.unwrap_or_default(), why),
        };
        let mut config = self.session.config().clone();
        let adopted = config.adopt(&loaded.config, &name);
        let session = adopted.map(|()| self.session.with_config(config));
        match session {
            Err(why) => return Msg::SettingRefused(name, typed.unwrap_or_default(), why),
            Ok(Err(error)) => return failed(&error),
            Ok(Ok(session)) => self.session = session,
        }
        if name.ends_with("model") || name.contains("provider") || name == "base_url" {
            self.probe();
        }
        let log = (name == "log_level").then(|| self.session.keep_log());
        if let Some(Err(why)) = log {
            // Beside that it is written.
            let _ = self.answers.try_send(Answer::Tell(Msg::Failed(why, None)));
        }
        let look = Look::of(&self.session.config().ui);
        Msg::SettingKept(name, rows(&loaded), look, typed.is_none())
    }
}

/// The settings in force: name, value, and where it comes from.
fn rows(loaded: &Loaded) -> Vec<(String, String, String)> {
    let rows = loaded.origins.iter();
    rows.map(|(name, value, origin)| ((*name).to_owned(), value.clone(), origin.to_string()))
        .collect()
}
