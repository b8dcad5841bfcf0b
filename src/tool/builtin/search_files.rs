//! `search_files`: a regular expression over the files of a folder, with ripgrep's libraries.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkMatch};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::tree::{Kind, Tree, Wanted};
use super::{arguments, blocking, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::domain::sanitize::visible;
use crate::tool::workspace::Workspace;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// The most matching lines that are shown.
const MOST_MATCHES: usize = 200;

/// The most bytes of output.
const MOST_BYTES: usize = 100 * 1024;

/// The most characters of a line that are shown.
const MOST_LINE: usize = 300;

/// The most memory that one line may take, in bytes.
const MOST_HEAP: usize = 8 * 1024 * 1024;

/// The largest program that a pattern may become, in bytes.
const MOST_PATTERN: usize = 2 * 1024 * 1024;

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// A regular expression.
    pattern: String,
    /// The folder to search, or one file; without it, the workspace.
    #[serde(default)]
    folder: Option<String>,
    /// Only files that fit this, such as "*.rs".
    #[serde(default)]
    glob: Option<String>,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    ignore_case: Option<bool>,
    /// Lines to show before and after each match, at most 5.
    #[serde(default)]
    context: Option<u64>,
}

/// Searches files.
pub struct SearchFiles {
    spec: ToolSpec,
    workspace: Arc<Workspace>,
}

impl SearchFiles {
    /// Searches in this workspace.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        let description = "Finds lines that match a regular expression in the files of a folder.";
        Self {
            spec: spec::<Arguments>("search_files", description, Effect::ReadOnly),
            workspace,
        }
    }
}

impl Tool for SearchFiles {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, given: &Value) -> Reach {
        let folder = given["folder"].as_str().unwrap_or(".");
        self.workspace.reach(Effect::ReadOnly, [folder])
    }

    fn call(
        &self,
        context: CallContext,
        given: Value,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let workspace = Arc::clone(&self.workspace);
        blocking(context, move |context| {
            let given: Arguments = arguments(&given)?;
            let matcher = RegexMatcherBuilder::new()
                .case_insensitive(given.ignore_case.unwrap_or(false))
                .size_limit(MOST_PATTERN)
                .dfa_size_limit(MOST_PATTERN)
                .nest_limit(100)
                .line_terminator(Some(b'\n'))
                .build(&given.pattern);
            let matcher = matcher.map_err(|error| {
                let error = visible(&error.to_string()).into_owned();
                let text = format!("the pattern is no regular expression for lines: {error}");
                ToolError::BadArguments(text)
            })?;
            let around = usize::try_from(given.context.unwrap_or(0).min(5)).unwrap_or(0);
            let wanted = Wanted {
                top: given.folder.as_deref().unwrap_or("."),
                glob: given.glob.as_deref(),
                hidden: false,
                depth: None,
            };
            let mut tree = Tree::new(&workspace, &wanted, context)?;
            let mut found = Found::default();
            let mut searcher = SearcherBuilder::new()
                .line_number(true)
                .before_context(around)
                .after_context(around)
                .heap_limit(Some(MOST_HEAP))
                .binary_detection(BinaryDetection::quit(0))
                .build();
            while let Some(entry) = tree.next(context) {
                if !matches!(entry.kind, Kind::File(_)) {
                    continue;
                }
                match tree.open(&entry) {
                    Ok(file) => {
                        let file = Bounded {
                            file,
                            until: tree.until,
                            cancel: context.cancel.clone(),
                        };
                        found.search(&mut searcher, &matcher, entry.name, file);
                    }
                    Err(_) => found.unread += 1,
                }
                if found.is_full() {
                    break;
                }
            }
            Ok(found.told(&tree.remarks()))
        })
    }
}

/// A file that is read until the search has to end.
struct Bounded<R> {
    file: R,
    until: Instant,
    cancel: CancellationToken,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() || Instant::now() > self.until {
            return Err(ErrorKind::TimedOut.into());
        }
        self.file.read(into)
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    text: String,
    matches: usize,
    files: usize,
    /// Files with a line that is too long, that broke off, or that time was too short for.
    passed_over: usize,
    /// Files that hold bytes and no text.
    binary: usize,
    /// Files that may not be read.
    unread: usize,
    /// The file that is searched, and whether it was named already.
    file: (String, bool),
}

impl Found {
    fn search(
        &mut self,
        searcher: &mut Searcher,
        matcher: &RegexMatcher,
        name: String,
        file: impl Read,
    ) {
        self.file = (name, false);
        // One line that is too long for memory is no reason to stop.
        if searcher.search_reader(matcher, file, &mut *self).is_err() {
            self.passed_over += 1;
        }
    }

    fn is_full(&self) -> bool {
        self.matches >= MOST_MATCHES || self.text.len() >= MOST_BYTES
    }

    fn line(&mut self, number: Option<u64>, mark: char, bytes: &[u8]) {
        if !self.file.1 {
            self.file.1 = true;
            self.files += 1;
            let gap = if self.text.is_empty() { "" } else { "\n" };
            self.text.push_str(&format!("{gap}{}\n", self.file.0));
        }
        let bytes = &bytes[..bytes.len().min(MOST_LINE * 4)];
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        let cut: String = line.chars().take(MOST_LINE).collect();
        let more = if cut.len() < line.len() { "…" } else { "" };
        let number = number.unwrap_or(0);
        self.text.push_str(&format!("{number}{mark} {cut}{more}\n"));
    }

    fn told(mut self, remarks: &str) -> ToolOutput {
        if self.matches == 0 {
            self.text.push_str("no matches\n");
        } else {
            self.text.push_str(&format!(
                "\n[{} matches in {} files]\n",
                self.matches, self.files
            ));
        }
        if self.is_full() {
            self.text.push_str(
                "[not complete: there may be more; make the pattern or the glob narrower]\n",
            );
        }
        for (count, what) in [
            (self.binary, "binary files were not searched"),
            (self.unread, "files could not be opened"),
            (self.passed_over, "files could not be searched to their end"),
        ] {
            if count > 0 {
                self.text.push_str(&format!("[{count} {what}]\n"));
            }
        }
        self.text.push_str(remarks);
        ToolOutput::new(self.text)
    }
}

impl Sink for &mut Found {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, line: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        self.matches += 1;
        self.line(line.line_number(), ':', line.bytes());
        Ok(!self.is_full())
    }

    fn context(&mut self, _: &Searcher, line: &SinkContext<'_>) -> Result<bool, Self::Error> {
        self.line(line.line_number(), '-', line.bytes());
        Ok(!self.is_full())
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> Result<bool, Self::Error> {
        self.binary += 1;
        Ok(false)
    }
}
