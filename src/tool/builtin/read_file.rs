//! `read_file`: a text file, a page at a time.

use std::io::{BufRead, BufReader, Read, Take};
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

/// The most bytes behind a page that are gone through to say how many lines there are.
const MOST_COUNTED: usize = 32 * 1024 * 1024;

/// The bytes at the start of a file by which it is told whether it is text.
const START: usize = 8 * 1024;

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
    let wrong = |error: std::io::Error| failed(path, &error);
    if let Some(what) = no_text(reader.fill_buf().map_err(wrong)?) {
        let text = format!("`{}` is no text: {what} of {size} bytes", visible(path));
        return Err(ToolError::Failed(text));
    }
    let mut text = String::new();
    let (mut number, mut shown, mut strange) = (0, 0, false);
    let mut more = false;
    loop {
        if context.cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        let Some(line) = next_line(&mut reader).map_err(wrong)? else {
            break;
        };
        number += 1;
        if number < first {
            continue;
        }
        if shown == wanted || text.len() + line.start.len() > MOST_BYTES {
            more = true;
            break;
        }
        let clean = String::from_utf8_lossy(&line.start);
        strange |= matches!(clean, std::borrow::Cow::Owned(_));
        let clean = if number == 1 {
            clean.trim_start_matches('\u{feff}')
        } else {
            &clean
        };
        text.push_str(clean);
        if line.left_out > 0 {
            text.push_str(&format!(
                "[… {} bytes of this line left out]\n",
                line.left_out
            ));
        }
        shown += 1;
    }
    if shown == 0 {
        let what = match number {
            _ if exhausted(&reader) => {
                format!("line {first} is beyond the first {MOST_READ} bytes")
            }
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
        let (counted, is_all) = count(&mut reader, context).map_err(wrong)?;
        let all = number + counted;
        let more_than = if is_all && !exhausted(&reader) {
            ""
        } else {
            "more than "
        };
        text.push_str(&format!(
            "\n[lines {first} to {last} of {more_than}{all}; go on with first_line {}]",
            last + 1
        ));
    } else if exhausted(&reader) {
        text.push_str(&format!("\n[cut after {MOST_READ} bytes]"));
    } else if first > 1 {
        text.push_str(&format!("\n[lines {first} to {last} of {last}]"));
    }
    Ok(ToolOutput::new(text))
}

/// Whether the bound was reached, rather than the end.
fn exhausted<R: Read>(reader: &BufReader<Take<R>>) -> bool {
    reader.get_ref().limit() == 0
}

/// What a file is that begins like this, where it is no text.
fn no_text(start: &[u8]) -> Option<&'static str> {
    let start = &start[..start.len().min(START)];
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Some("a file in UTF-16, which has to be made UTF-8 first,");
    }
    start.contains(&0).then_some("a binary file")
}

/// How many lines are left, and whether that is all of them.
fn count(reader: &mut impl BufRead, context: &CallContext) -> std::io::Result<(usize, bool)> {
    let (mut lines, mut gone_through, mut open) = (0, 0, false);
    while gone_through < MOST_COUNTED && !context.cancel.is_cancelled() {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok((lines + usize::from(open), true));
        }
        lines += memchr::memchr_iter(b'\n', bytes).count();
        open = !bytes.ends_with(b"\n");
        let used = bytes.len();
        gone_through += used;
        reader.consume(used);
    }
    Ok((lines, false))
}

/// A line with its end.
struct Line {
    start: Vec<u8>,
    /// How many bytes behind it are not in it.
    left_out: usize,
}

/// The next line, cut to a bound between two characters; none at the end.
fn next_line(reader: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let (mut start, mut left_out, mut seen) = (Vec::new(), 0, false);
    loop {
        let bytes = reader.fill_buf()?;
        let end = memchr::memchr(b'\n', bytes);
        let piece = end.map_or(bytes, |end| &bytes[..=end]);
        seen |= !piece.is_empty();
        let room = MOST_LINE.saturating_sub(start.len());
        start.extend_from_slice(&piece[..piece.len().min(room)]);
        left_out += piece.len().saturating_sub(room);
        let used = piece.len();
        reader.consume(used);
        if end.is_none() && used > 0 {
            continue;
        }
        if left_out > 0 {
            let whole = start
                .utf8_chunks()
                .next()
                .map_or(0, |good| good.valid().len());
            if start.len() - whole < 4 {
                left_out += start.len() - whole;
                start.truncate(whole);
            }
        }
        return Ok(seen.then_some(Line { start, left_out }));
    }
}
