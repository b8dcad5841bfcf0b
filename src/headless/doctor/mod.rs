//! `doctor`: whether planwright can be used here, and what to do about each thing that stands in the way.

use serde_json::{Value, json};

use super::format::{bytes, plural};
use super::out::Stdout;
use super::signals::interruptible;
use super::{Exit, Failure};
use crate::config::{Config, Origin, Paths, Sources, ollama_host};
use crate::domain::sanitize::line;
use crate::session::{Session, SessionError};

mod mcp;
mod providers;
mod server;
mod terminal;

/// One thing that was looked at.
#[derive(Debug)]
struct Check {
    name: String,
    status: Status,
    detail: String,
    hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    Warning,
    Failed,
}

impl Check {
    fn new(name: impl Into<String>, status: Status, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            status,
            detail: detail.into(),
            hint: None,
        }
    }

    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, detail)
    }

    fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(name, Status::Warning, detail).with_hint(hint)
    }

    fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(name, Status::Failed, detail)
    }

    fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What is known before anything is looked at.
#[derive(Debug, Clone)]
pub struct Given {
    /// The settings in force; the defaults where the config file cannot be read.
    pub config: Config,
    /// What is wrong with the configuration: one sentence, and the remedy.
    pub problem: Option<(String, Option<String>)>,
    /// What is odd about it.
    pub warnings: Vec<String>,
    /// Where the server's URL comes from.
    pub url_origin: String,
}

impl Given {
    /// Reads the settings; where they are wrong, the defaults and what the command line says take their place, so that
    /// the rest can be looked at all the same.
    ///
    /// # Errors
    /// Where the system does not say where a person's files are.
    pub fn gather(sources: &Sources) -> Result<Self, Failure> {
        let error = match Config::load(sources) {
            Ok(loaded) => {
                let mut origins = loaded.origins.iter();
                let url = origins.find(|(name, ..)| *name == "base_url");
                return Ok(Self {
                    url_origin: url.map_or_else(String::new, |(.., origin)| origin.to_string()),
                    config: loaded.config,
                    problem: None,
                    warnings: loaded.warnings,
                });
            }
            Err(error) => error,
        };
        let mut config = Config::defaults(Paths::from_env(&sources.env)?);
        let mut url_origin = Origin::Default;
        if let Some(model) = sources.overrides.get("model") {
            model.clone_into(&mut config.model);
        }
        let host = sources
            .env
            .get("OLLAMA_HOST")
            .filter(|host| !host.trim().is_empty());
        if let Some(url) = sources.overrides.get("base_url") {
            url.clone_into(&mut config.base_url);
            url_origin = Origin::CommandLine("--base-url".to_owned());
        } else if let Some(Ok(host)) = host.map(|host| ollama_host::parse(host)) {
            config.base_url = host.base_url;
            url_origin = Origin::Environment("OLLAMA_HOST".to_owned());
        }
        Ok(Self {
            config,
            problem: Some((error.to_string(), error.hint())),
            warnings: Vec::new(),
            url_origin: url_origin.to_string(),
        })
    }
}

/// How the report is printed.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// One line of JSON.
    pub json: bool,
    /// ASCII characters only.
    pub ascii: bool,
}

/// Looks at everything that planwright needs and says what to do about what is missing. Nothing that is wrong keeps it
/// from looking at the rest.
///
/// # Errors
/// Where it is interrupted, or standard output fails.
pub async fn doctor(given: Given, options: Options, stdout: &mut Stdout) -> Result<Exit, Failure> {
    let checks = interruptible(async { Ok(all(&given).await) }).await?;
    let usable = checks.iter().all(|check| check.status != Status::Failed);
    if options.json {
        stdout.json(&json!({
            "ok": usable,
            "version": env!("CARGO_PKG_VERSION"),
            "checks": checks.iter().map(as_json).collect::<Vec<_>>(),
        }))?;
    } else {
        let ascii = options.ascii || given.config.ui.ascii || terminal::is_ascii_only();
        stdout.text(&report(&checks, ascii))?;
    }
    Ok(if usable { Exit::Done } else { Exit::Failed })
}

async fn all(given: &Given) -> Vec<Check> {
    let mut checks = vec![config_file(given)];
    checks.extend(given.warnings.iter().map(|warning| {
        Check::warning(
            "config",
            line(warning),
            "`planwright config show` shows what is in force",
        )
    }));
    match Session::open(given.config.clone()) {
        Ok(session) => {
            checks.push(store(&session));
            checks.extend(server::checks(&session, &given.url_origin).await);
            checks.extend(providers::checks(&session).await);
            checks.push(programs(&session));
            checks.extend(mcp::checks(&session).await);
        }
        Err(error) => {
            checks.push(not_opened(&given.config, error));
            // The server has nothing to do with the store: it is looked at all the same.
            if let Ok(session) = Session::in_memory(given.config.clone()) {
                checks.extend(server::checks(&session, &given.url_origin).await);
                checks.extend(providers::checks(&session).await);
                checks.extend(mcp::checks(&session).await);
            }
        }
    }
    checks.extend(terminal::checks().await);
    checks
}

/// How far programs that tools run are contained here.
fn programs(session: &Session) -> Check {
    match session.containment() {
        Ok((true, how)) => Check::ok("programs", how),
        Ok((false, how)) => Check::warning(
            "programs",
            how,
            "a kernel with Landlock (Linux 5.13 or later) contains them; until then, deny `run_command` in a `[[tools.rule]]` or look well at each call",
        ),
        Err(why) => Check::warning(
            "programs",
            format!("no programs can be run here: {}", line(&why)),
            "start planwright in another folder, or set `tools.workspace`",
        ),
    }
}

fn config_file(given: &Given) -> Check {
    let path = given.config.paths.config_file.display().to_string();
    match &given.problem {
        Some((error, hint)) => {
            let check = Check::failed("config", error.clone());
            match hint {
                Some(hint) => check.with_hint(hint.clone()),
                None => check,
            }
        }
        None if given.config.paths.config_file.exists() => Check::ok("config", path),
        None => Check::ok(
            "config",
            format!("{path} (not there: the defaults are in force)"),
        ),
    }
}

fn store(session: &Session) -> Check {
    let path = session.config().paths.database.display().to_string();
    match session.store().check() {
        Ok(health) => {
            let detail = format!(
                "{path}, writable, {}, {} in the trash, {}, schema {}",
                plural(health.runs as u64, "run"),
                health.trashed,
                bytes(health.bytes),
                health.schema_version
            );
            if health.problems.is_empty() {
                return Check::ok("store", detail);
            }
            let problems = health.problems.join("; ");
            Check::failed("store", format!("{detail}: damaged: {}", line(&problems))).with_hint(
                format!("export what can still be read with `planwright runs export`, then move {path} away"),
            )
        }
        Err(error) => {
            let hint = error
                .hint()
                .unwrap_or("check the folder and its permissions");
            Check::failed("store", format!("{path}: {error}")).with_hint(hint)
        }
    }
}

fn not_opened(config: &Config, error: SessionError) -> Check {
    match error {
        SessionError::Store(error) => Check::failed("store", error.to_string()).with_hint(format!(
            "see that {} can be written, or set PLANWRIGHT_HOME to another folder",
            config.paths.data_dir.display()
        )),
        SessionError::Model(error) => {
            let check = Check::failed("server", error.to_string());
            match error.hint() {
                Some(hint) => check.with_hint(hint),
                None => check,
            }
        }
        SessionError::Address(error) => Check::failed("server", error.to_string()).with_hint(
            "set `base_url`, `OLLAMA_HOST` or `--base-url` to where the server is, for instance `http://127.0.0.1:11434`",
        ),
        SessionError::Usage { error, hint } => {
            let check = Check::failed("config", error);
            match hint {
                Some(hint) => check.with_hint(hint),
                None => check,
            }
        }
    }
}

fn as_json(check: &Check) -> Value {
    json!({
        "name": check.name,
        "status": match check.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "failed",
        },
        "detail": check.detail,
        "hint": check.hint,
    })
}

fn report(checks: &[Check], ascii: bool) -> String {
    let mut text = format!("planwright {}\n", env!("CARGO_PKG_VERSION"));
    for check in checks {
        let mark = match (check.status, ascii) {
            (Status::Ok, false) => "✓",
            (Status::Warning, false) => "!",
            (Status::Failed, false) => "✗",
            (Status::Ok, true) => "[ok]",
            (Status::Warning, true) => "[! ]",
            (Status::Failed, true) => "[x ]",
        };
        text.push_str(&format!("{mark} {}: {}\n", check.name, check.detail));
        if let Some(hint) = &check.hint {
            let indent = if ascii { "     " } else { "  " };
            text.push_str(&format!("{indent}hint: {hint}\n"));
        }
    }
    let failed = checks.iter().filter(|c| c.status == Status::Failed).count();
    text.push_str(&match failed {
        0 => "planwright can be used".to_owned(),
        1 => "1 check failed".to_owned(),
        n => format!("{n} checks failed"),
    });
    text
}
