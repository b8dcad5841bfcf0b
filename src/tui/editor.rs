//! Text edited in the person's own editor.

use std::io::{Read as _, Write as _};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How much is read back, in bytes.
const MAX_TEXT: u64 = 1 << 20;
/// How long an editor that is told to end may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// What is tried where neither `$VISUAL` nor `$EDITOR` is set.
const FALLBACKS: [&str; 2] = ["vi", "nano"];

/// Opens `text` in `$VISUAL`, else `$EDITOR`, else `vi`, else `nano`, and waits for its end. The terminal must have
/// been left. Gives what was saved, without trailing line feeds; or why the old text stays, in one sentence.
/// Cancelling `stop` asks the editor to end.
pub(super) async fn edit(text: String, stop: CancellationToken) -> Result<String, String> {
    let file = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
        // Made with mode 0600.
        let mut file = tempfile::Builder::new()
            .prefix("planwright-")
            .suffix(".md")
            .tempfile()?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        Ok(file.into_temp_path())
    })
    .await
    .map_err(|error| error.to_string())?
    .map_err(|error| format!("no temporary file could be made: {error}"))?;

    let (name, mut child) = spawn(&file)?;
    let status = wait(&mut child, stop)
        .await
        .map_err(|error| format!("`{name}` could not be waited for: {error}"))?;
    if !status.success() {
        return Err(format!(
            "`{name}` ended with {status}; the text is as it was"
        ));
    }
    tokio::task::spawn_blocking(move || read_back(&file))
        .await
        .map_err(|error| error.to_string())?
}

/// The first editor that can be started, by name.
fn spawn(file: &std::path::Path) -> Result<(String, Child), String> {
    let named = ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty());
    let candidates: Vec<Vec<String>> =
        match &named {
            Some(value) => vec![split(value).ok_or_else(|| {
                format!("`{value}` is no command: a quotation mark is not closed")
            })?],
            None => FALLBACKS
                .iter()
                .map(|name| vec![(*name).to_owned()])
                .collect(),
        };
    let mut refused = String::from("no editor was found");
    for words in candidates {
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        match Command::new(program).args(arguments).arg(file).spawn() {
            Ok(child) => return Ok((program.clone(), child)),
            Err(error) => refused = format!("`{program}` could not be started: {error}"),
        }
    }
    Err(match named {
        Some(_) => refused,
        None => "no editor was found; set `VISUAL` or `EDITOR` to one".to_owned(),
    })
}

async fn wait(child: &mut Child, stop: CancellationToken) -> std::io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        () = stop.cancelled() => {}
    }
    let pid = child
        .id()
        .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(pid) = pid {
        // It may have ended by itself just now.
        let _ = kill_process(pid, Signal::TERM);
    }
    if let Ok(status) = tokio::time::timeout(FAREWELL, child.wait()).await {
        status
    } else {
        child.kill().await?;
        child.wait().await
    }
}

fn read_back(file: &std::path::Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(MAX_TEXT + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the edited text could not be read: {error}"))?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err("the edited text is longer than 1 MiB; the text is as it was".to_owned());
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| "the edited text is not UTF-8; the text is as it was".to_owned())?;
    Ok(text.replace("\r\n", "\n").trim_end_matches('\n').to_owned())
}

/// Splits a command as a shell would as long as it is made of words, quotes and backslashes; none where a quotation
/// mark is not closed.
fn split(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(mark), _) if c == mark => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_in_a_shell() {
        let words = |command| split(command).map(|words| words.join("|"));
        assert_eq!(words("code --wait").as_deref(), Some("code|--wait"));
        assert_eq!(
            words(r#"  "/My Editors/vim"  -c 'set tw=0' a\ b ''"#).as_deref(),
            Some("/My Editors/vim|-c|set tw=0|a b|")
        );
        assert_eq!(words("vim 'a").as_deref(), None);
    }
}
