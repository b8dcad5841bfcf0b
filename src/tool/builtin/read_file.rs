//! `read_file`: a text file, a page at a time.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, blocking, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;
use crate::tool::workspace::{Workspace, failed};
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// Lines of a page, where the call names no number.
const LINES: usize = 2_000;

/// The most bytes of a page.
const MOST_BYTES: usize = 200 * 1024;

/// The most bytes of one line.
const MOST_LINE: usize = 4 * 1024;

/// The most bytes that are gone through in search of a line.
const MOST_READ: u64 = 256 * 1024 * 1024;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The file, from the workspace on.
    path: String,
    /// The first line wanted, from 1.
    #[serde(default)]
    first_line: Option<u64>,
    /// How many lines; at most 2000.
    #[serde(default)]
    lines: Option<u64>,
}

/// Reads text files.
pub struct ReadFile {
    spec: ToolSpec,
    workspace: Arc<Workspace>,
}

impl ReadFile {
    /// Reads in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Reads a text file, or some of its lines.";
        Self {
            spec: spec::<Arguments>("read_file", description, Effect::ReadOnly),
            workspace,
        }
    }
}

impl Tool for ReadFile {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        self.workspace
            .reach(Effect::ReadOnly, given["path"].as_str())
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let workspace = Arc::clone(&self.workspace);
        blocking(context, move |context| {
            let given: Arguments = arguments(&given)?;
            let file = workspace.enter(&given.path, context)?.file(&given.path)?;
            let size = file.metadata().map_or(0, |known| known.len());
            let first = usize::try_from(given.first_line.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
            let wanted = usize::try_from(given.lines.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
            let wanted = wanted.clamp(1, LINES);
            page(file, &given.path, size, first, wanted, context)
        })
    }
}

fn page(
    file: impl Read,
    path: &str,
    size: u64,
    first: usize,
    wanted: usize,
    context: &CallContext,
) -> Result<ToolOutput, ToolError> {
    let mut reader = BufReader::with_capacity(64 * 1024, file.take(MOST_READ));
    let mut text = String::new();
    let (mut number, mut shown, mut strange) = (0, 0, false);
    let mut more = false;
    loop {
        if context.cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        let (line, left_out) = next_line(&mut reader).map_err(|error| failed(path, &error))?;
        let Some(line) = line else {
            break;
        };
        number += 1;
        if number == 1 && line.contains(&0) {
            let text = format!(
                "`{}` is no text: a binary file of {size} bytes",
                visible(path)
            );
            return Err(ToolError::Failed(text));
        }
        if number < first {
            continue;
        }
        if shown == wanted || text.len() + line.len() > MOST_BYTES {
            more = true;
            break;
        }
        let clean = String::from_utf8_lossy(&line);
        strange |= matches!(clean, std::borrow::Cow::Owned(_));
        let clean = if number == 1 {
            clean.trim_start_matches('\u{feff}')
        } else {
            &clean
        };
        text.push_str(clean);
        if left_out > 0 {
            text.push_str(&format!("[… {left_out} bytes of this line left out]\n"));
        }
        shown += 1;
    }
    let exhausted = reader.get_ref().limit() == 0;
    if shown == 0 {
        let what = match number {
            _ if exhausted => format!("line {first} is beyond the first {MOST_READ} bytes"),
            0 => return Ok(ToolOutput::new("(the file is empty)")),
            lines => format!("there is no line {first}: the file has {lines}"),
        };
        return Err(ToolError::BadArguments(what));
    }
    if strange {
        text.push_str("\n[some bytes are no UTF-8 and are shown as \u{fffd}]");
    }
    let last = first + shown - 1;
    if more {
        let next = last + 1;
        text.push_str(&format!(
            "\n[lines {first} to {last} of a file of {size} bytes; go on with first_line {next}]"
        ));
    } else if exhausted {
        text.push_str(&format!("\n[cut after {MOST_READ} bytes]"));
    } else if first > 1 {
        text.push_str(&format!("\n[lines {first} to {last}, the last one]"));
    }
    Ok(ToolOutput::new(text))
}

/// The next line with its end, cut to a bound, and how many bytes of it are left out; none at the end.
fn next_line(reader: &mut impl BufRead) -> std::io::Result<(Option<Vec<u8>>, usize)> {
    let (mut line, mut left_out, mut seen) = (Vec::new(), 0, false);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok((seen.then_some(line), left_out));
        }
        seen = true;
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let piece = end.map_or(bytes, |end| &bytes[..=end]);
        let room = MOST_LINE.saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        left_out += piece.len().saturating_sub(room);
        let used = piece.len();
        reader.consume(used);
        if end.is_some() {
            return Ok((Some(line), left_out));
        }
    }
}
