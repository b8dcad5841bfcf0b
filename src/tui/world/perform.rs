//! From an effect to what does it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::look::{look, only_reads, told};
use super::{ADDRESS_HINT, World};
use crate::config::{Config, ollama_host};
use crate::domain::chat::Role;
use crate::session::{ForkPlan, ResumeOptions};
use crate::tui::effect::{Effect, Msg};

impl World {
    /// Does it, or sets about it. What can be told at once comes back.
    pub(in crate::tui) fn perform(&mut self, effect: Effect) -> Option<Msg> {
        if only_reads(&effect) {
            self.read(move |session| Ok(look(session, &effect).unwrap_or(Msg::Tick)));
            return None;
        }
        match effect {
            Effect::Start(request) => {
                return self.begin(move |session| session.start(request));
            }
            Effect::Resume(run) => {
                let options = ResumeOptions {
                    approval: self.session.config().approval,
                    attended: true,
                    approve_tools: false,
                };
                return self.begin(move |session| session.resume(&run, options));
            }
            Effect::Send(command) => return self.send(command),
            Effect::Cancel => self.cancel(),
            Effect::ListSettings => self.list_settings(),
            Effect::KeepSetting(name, typed) => self.keep_setting(name, typed),
            Effect::KeepRoles => self.keep_roles(),
            Effect::ListModels => self.list_models(),
            Effect::ShowModel(name) => self.show_model(name),
            Effect::DeleteModel(name) => self.delete_model(name),
            Effect::UnloadModel(name) => self.unload_model(name),
            Effect::Pull(name) => self.pull(name),
            Effect::CancelPull => {
                if let Some(pull) = self.pull.take() {
                    pull.cancel();
                }
            }
            Effect::UseFor(role, model) => {
                return self.reconfigure(|config| *own_model(config, role) = Some(model));
            }
            Effect::Fork(run, point) => {
                self.read(move |session| {
                    Ok(Msg::Forked(session.fork(
                        &run,
                        &point,
                        ForkPlan::Reviewed,
                    )?))
                });
            }
            Effect::Delete(run) => self.read(move |session| {
                Ok(match session.store().delete(&run) {
                    Ok(()) => Msg::Deleted(run),
                    Err(error) => Msg::NotDeleted(told(&error)),
                })
            }),
            Effect::Restore(run) => self.read(move |session| {
                session.store().restore(&run)?;
                Ok(Msg::Restored(run))
            }),
            Effect::ListTools => self.read(|session| {
                // Servers may have to be started for it, which this thread waits for.
                let listed = tokio::runtime::Handle::current().block_on(session.tools());
                let (tools, missing) = listed;
                Ok(Msg::Tools(tools, missing))
            }),
            Effect::TakeDrafts => {
                self.read(|session| Ok(session.take_drafts().map_or(Msg::Tick, Msg::DraftsTaken)));
            }
            Effect::Probe => self.probe(),
            Effect::UseServer(address) => {
                return match base_url(&address) {
                    Ok(url) => self.reconfigure(|config| config.base_url = url),
                    Err(reason) => Some(Msg::Failed(
                        format!("no server address: {reason}"),
                        Some(ADDRESS_HINT.to_owned()),
                    )),
                };
            }
            Effect::UseModel(model) => {
                return self.reconfigure(|config| {
                    config.model = model;
                    for role in Role::ALL {
                        *own_model(config, role) = None;
                    }
                });
            }
            Effect::Export(path, text) => self.read(move |_| Ok(export(&path, &text))),
            // Read above; and the loop's own, which need the terminal.
            Effect::Open(_)
            | Effect::Follow(..)
            | Effect::ReadOutput(..)
            | Effect::ListRuns
            | Effect::ReadPage(_)
            | Effect::Preview(_)
            | Effect::Compare(..)
            | Effect::ReadCall(..)
            | Effect::ReadLog
            | Effect::ListFiles(_)
            | Effect::Notify(_)
            | Effect::Edit(..)
            | Effect::Copy(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Wear(..)
            | Effect::KeepDrafts(_)
            | Effect::Quit => {}
        }
        None
    }
}

/// The setting of a role's own model.
pub(super) fn own_model(config: &mut Config, role: Role) -> &mut Option<String> {
    match role {
        Role::Planner => &mut config.planner_model,
        Role::Executor => &mut config.executor_model,
        Role::Replanner => &mut config.replanner_model,
        Role::Finalizer => &mut config.finalizer_model,
        Role::Summarizer => &mut config.summarizer_model,
        Role::Verifier => &mut config.verifier_model,
    }
}

/// An address as a person types it, read as `--base-url` and `OLLAMA_HOST` are: `gpu`, `gpu:11434`, a whole URL.
fn base_url(typed: &str) -> Result<String, String> {
    let host = ollama_host::parse(typed)?;
    host.warning.map_or(Ok(host.base_url), Err)
}

/// Writes a new file that ends with a line end; one that is there already stays as it is.
fn export(path: &Path, text: &str) -> Msg {
    let path = at_home(path);
    let written = std::fs::File::create_new(&path).and_then(|mut file| {
        file.write_all(text.trim_end_matches('\n').as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
    });
    match written {
        Ok(()) => Msg::Exported(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Msg::Failed(
            format!("`{}` is there already", path.display()),
            Some("choose another name".to_owned()),
        ),
        Err(error) => Msg::Failed(
            format!("`{}` could not be written: {error}", path.display()),
            None,
        ),
    }
}

/// `~/` as a shell reads it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{base_url, export};

    #[test]
    fn a_typed_address_needs_neither_scheme_nor_port() {
        for (typed, url) in [
            ("gpu:11434", "http://gpu:11434"),
            (" localhost ", "http://localhost:11434"),
            ("https://h/ollama/", "https://h:443/ollama"),
        ] {
            assert_eq!(base_url(typed).as_deref(), Ok(url));
        }
        for typed in ["foo bar", "ftp://h", "http://h:99999", "h:1foo", "h?q"] {
            assert!(base_url(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_written_file_ends_with_one_line_end() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("a", "words"), ("b", "words\n")] {
            let path = folder.path().join(name);
            export(&path, text);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "words\n");
        }
    }
}
