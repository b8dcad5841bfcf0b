//! `models`: what the model server has.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::format::{bytes, cut, duration, table};
use super::out::{Stdout, columns, redraw, stdout_columns, tell, warn};
use super::signals::interruptible;
use super::{Exit, Failure};
use crate::domain::sanitize::line;
use crate::model::ModelError;
use crate::session::{InstalledModel, LoadedModel, PullProgress, Session};

/// Prints the models the server has.
///
/// # Errors
/// Where the server cannot be used.
pub async fn list(session: &Session, json: bool, stdout: &mut Stdout) -> Result<Exit, Failure> {
    if session.is_demo() && !json {
        tell("`demo` is built in; no server was asked");
        return Ok(Exit::Done);
    }
    let models = if session.is_demo() {
        Vec::new()
    } else {
        interruptible(everywhere(session)).await?
    };
    if json {
        stdout.json(&models.iter().map(as_json).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    if models.is_empty() {
        tell(format_args!(
            "{} has no models; `planwright models pull NAME` fetches one",
            line(&session.config().base_url)
        ));
        return Ok(Exit::Done);
    }
    let header = [
        "NAME",
        "SIZE",
        "FAMILY",
        "PARAMETERS",
        "QUANTIZATION",
        "LOADED",
    ];
    let word = |text: &Option<String>| {
        text.as_deref()
            .map_or("-".to_owned(), |t| cut(&line(t), 20))
    };
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|model| {
            vec![
                line(&model.name).into_owned(),
                Some(model.size)
                    .filter(|&size| size > 0)
                    .map_or("-".to_owned(), bytes),
                word(&model.family),
                word(&model.parameter_size),
                word(&model.quantization),
                model.loaded.as_ref().map_or("-".to_owned(), loaded),
            ]
        })
        .collect();
    stdout.text(&table(&header, &rows, stdout_columns()))?;
    Ok(Exit::Done)
}

/// The models of every server that the settings name; one that cannot be asked is a warning.
async fn everywhere(session: &Session) -> Result<Vec<InstalledModel>, Failure> {
    let (models, failed) = session.every_model().await?;
    for error in failed {
        warn(&error.to_string());
    }
    Ok(models)
}

/// Deletes a model from its server's disk.
///
/// # Errors
/// Where the server cannot be used, or has no such model.
pub async fn delete(session: &Session, name: &str) -> Result<Exit, Failure> {
    interruptible(async { Ok(session.delete_model(name).await?) }).await?;
    tell(format_args!("{} is deleted", line(name)));
    Ok(Exit::Done)
}

/// Takes a model out of its server's memory.
///
/// # Errors
/// Where the server cannot be used, or has no such model.
pub async fn unload(session: &Session, name: &str) -> Result<Exit, Failure> {
    interruptible(async { Ok(session.unload_model(name).await?) }).await?;
    tell(format_args!("{} is taken out of memory", line(name)));
    Ok(Exit::Done)
}

/// How a model is loaded, in words.
fn loaded(loaded: &LoadedModel) -> String {
    let context = loaded.context.map(|context| format!("context {context}"));
    let memory = Some(loaded.memory).filter(|&memory| memory > 0).map(bytes);
    let words: Vec<String> = [context, memory].into_iter().flatten().collect();
    if words.is_empty() {
        return "yes".to_owned();
    }
    words.join(", ")
}

fn as_json(model: &InstalledModel) -> Value {
    json!({
        "name": model.name,
        "size": model.size,
        "family": model.family,
        "parameter_size": model.parameter_size,
        "quantization": model.quantization,
        "modified_at": model.modified_at.map(|at| format!("{at:.3}")),
        "loaded": model.loaded.is_some(),
        "loaded_context": model.loaded.as_ref().and_then(|loaded| loaded.context),
        "loaded_memory": model.loaded.as_ref().map(|loaded| loaded.memory),
        "loaded_vram": model.loaded.as_ref().map(|loaded| loaded.vram),
        "loaded_until": model
            .loaded
            .as_ref()
            .and_then(|loaded| loaded.expires_at)
            .map(|at| format!("{at:.3}")),
    })
}

/// Prints what one model is and can do.
///
/// # Errors
/// Where the server cannot be used or has no such model.
pub async fn show(
    session: &Session,
    name: &str,
    json: bool,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let info = interruptible(async { Ok(session.show_model(name).await?) }).await?;
    if json {
        stdout.json(&json!({
            "name": name,
            "capabilities": info.capabilities,
            "context_length": info.context_length,
            "family": info.family,
            "parameter_size": info.parameter_size,
            "quantization": info.quantization,
        }))?;
        return Ok(Exit::Done);
    }
    let word = |text: &Option<String>| {
        text.as_deref()
            .map_or("-".to_owned(), |t| line(t).into_owned())
    };
    let capabilities = if info.capabilities.is_empty() {
        "-".to_owned()
    } else {
        line(&info.capabilities.join(", ")).into_owned()
    };
    let context = info
        .context_length
        .map_or("-".to_owned(), |tokens| format!("{tokens} tokens"));
    stdout.text(&format!(
        "name          {}\nfamily        {}\nparameters    {}\nquantization  {}\ncontext       {context}\ncapabilities  {capabilities}",
        line(name),
        word(&info.family),
        word(&info.parameter_size),
        word(&info.quantization),
    ))?;
    Ok(Exit::Done)
}

/// Fetches a model onto the server and shows how far that has come. A signal stops it.
///
/// # Errors
/// Where the server cannot be used or the model cannot be fetched.
pub async fn pull(session: &Session, name: &str) -> Result<Exit, Failure> {
    let mut display = PullDisplay::new(io::stderr().is_terminal());
    let mut progress = session.pull_model(name);
    let pulled = interruptible(async {
        while let Some(step) = progress.next().await {
            display.show(&step.map_err(not_fetched)?);
        }
        Ok(())
    })
    .await;
    display.end();
    pulled?;
    tell(format_args!("{} is there", line(name)));
    Ok(Exit::Done)
}

/// A name that nobody serves is told by the library's words alone.
fn not_fetched(error: ModelError) -> Failure {
    let unknown = matches!(&error, ModelError::Reported { message }
        if message.contains("does not exist") || message.contains("not found"));
    if unknown {
        return Failure::Told {
            exit: Exit::Failed,
            error: error.to_string(),
            hint: Some("https://ollama.com/library lists the names of models".to_owned()),
        };
    }
    error.into()
}

/// The progress of a pull: a bar that moves on a terminal, a line for every tenth part elsewhere.
struct PullDisplay {
    terminal: bool,
    status: String,
    /// When the layer at work was first heard of, and how much of it was there already.
    since: Option<(Instant, u64)>,
    tenth: u64,
    drawn: Option<Instant>,
}

impl PullDisplay {
    fn new(terminal: bool) -> Self {
        Self {
            terminal,
            status: String::new(),
            since: None,
            tenth: 0,
            drawn: None,
        }
    }

    fn show(&mut self, progress: &PullProgress) {
        let new = self.status != progress.status;
        if new {
            self.end();
            progress.status.clone_into(&mut self.status);
            self.since = None;
            self.tenth = 0;
        }
        let status = line(&progress.status);
        let (Some(total), Some(completed)) = (progress.total, progress.completed) else {
            if new {
                tell(&status);
            }
            return;
        };
        let (started, before) = *self.since.get_or_insert((Instant::now(), completed));
        let completed = completed.min(total);
        if self.terminal {
            let fresh = self
                .drawn
                .is_some_and(|at| at.elapsed() < Duration::from_millis(100));
            if fresh && completed < total && !new {
                return;
            }
            self.drawn = Some(Instant::now());
            let rate = rate(started.elapsed(), completed.saturating_sub(before));
            let text = bar(&status, completed, total, rate);
            redraw(&cut(&text, columns().saturating_sub(1)));
            return;
        }
        let tenth = completed
            .saturating_mul(10)
            .checked_div(total)
            .unwrap_or(10);
        if new || tenth > self.tenth {
            self.tenth = tenth;
            tell(format_args!(
                "{status}  {} of {}",
                bytes(completed),
                bytes(total)
            ));
        }
    }

    /// Leaves a bar behind as it is.
    fn end(&mut self) {
        if self.drawn.take().is_some() {
            tell("");
        }
    }
}

/// Bytes a second; none while there is too little to tell from.
fn rate(elapsed: Duration, fetched: u64) -> Option<u64> {
    let ms = u64::try_from(elapsed.as_millis())
        .ok()
        .filter(|ms| *ms >= 500)?;
    Some(fetched.saturating_mul(1_000) / ms).filter(|rate| *rate > 0)
}

fn bar(status: &str, completed: u64, total: u64, rate: Option<u64>) -> String {
    const CELLS: u64 = 24;
    let part = |of: u64| {
        completed
            .saturating_mul(of)
            .checked_div(total)
            .unwrap_or(of)
    };
    let filled = usize::try_from(part(CELLS)).unwrap_or(0);
    let empty = 24_usize.saturating_sub(filled);
    let speed = rate.map_or_else(String::new, |rate| {
        let left = (total - completed).saturating_mul(1_000) / rate;
        format!("  {}/s  {} left", bytes(rate), duration(left))
    });
    format!(
        "{}  [{}{}] {:>3} %  {} of {}{speed}",
        cut(status, 28),
        "=".repeat(filled),
        " ".repeat(empty),
        part(100),
        bytes(completed),
        bytes(total)
    )
}
