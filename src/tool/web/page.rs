//! From what a server sent to text that can be read.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use encoding_rs::Encoding;
use htmd::HtmlToMarkdown;

use super::Answer;
use crate::tool::ToolError;

/// The deepest page that is turned into Markdown; deeper ones are read without their marks.
const MOST_DEPTH: usize = 400;

/// The longest time that this may take.
const TIME: Duration = Duration::from_secs(5);

/// The stack it is done on: more than the deepest page needs.
const STACK: usize = 32 * 1024 * 1024;

/// Tags whose content nobody reads.
const SKIPPED: [&str; 10] = [
    "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "head", "form",
];

/// Tags that hold nothing.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Whether a body of this media type can be read as text; where the server says none, it is tried.
pub fn is_text(media_type: &str) -> bool {
    media_type.is_empty()
        || media_type.starts_with("text/")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
        || matches!(
            media_type,
            "application/json"
                | "application/xml"
                | "application/javascript"
                | "application/x-yaml"
                | "application/toml"
                | "application/x-ndjson"
        )
}

/// The answer as text: a page as Markdown with its title first, everything else as it is.
///
/// # Errors
/// [`ToolError::TimedOut`] where a page takes too long, [`ToolError::Failed`] for what is no text after all.
pub fn text(answer: &Answer) -> Result<String, ToolError> {
    let decoded = decoded(answer);
    let is_html = matches!(
        answer.media_type.as_str(),
        "text/html" | "application/xhtml+xml"
    ) || (answer.media_type.is_empty() && decoded.trim_start().starts_with('<'));
    if decoded.contains('\0') {
        return Err(ToolError::Failed("it is no text".to_owned()));
    }
    let mut text = if is_html {
        readable(&decoded)?
    } else {
        decoded
    };
    if answer.cut {
        text.push_str(&format!("\n\n[cut after {} bytes]", super::MOST_BODY));
    }
    Ok(text)
}

fn decoded(answer: &Answer) -> String {
    let said = answer.charset.clone().or_else(|| {
        let start = String::from_utf8_lossy(&answer.body[..answer.body.len().min(1024)])
            .to_ascii_lowercase();
        let (_, behind) = start.split_once("charset=")?;
        let name = behind.trim_start_matches(['"', '\'']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        Some(name[..end.unwrap_or(name.len())].to_owned())
    });
    let encoding = said.and_then(|name| Encoding::for_label(name.as_bytes()));
    let (text, ..) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&answer.body);
    text.into_owned()
}

/// A page as Markdown, made on a stack of its own and within bounds.
fn readable(html: &str) -> Result<String, ToolError> {
    let title = title(html);
    let body = if depth(html) > MOST_DEPTH {
        without_marks(html)
    } else {
        let (send, made) = mpsc::channel();
        let html = html.to_owned();
        let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
            let converter = HtmlToMarkdown::builder()
                .skip_tags(SKIPPED.to_vec())
                .build();
            // Nobody may wait any more.
            let _ = send.send(converter.convert(&html));
        });
        worker.map_err(|error| ToolError::Failed(error.to_string()))?;
        match made.recv_timeout(TIME) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => return Err(ToolError::Failed(error.to_string())),
            Err(_) => return Err(ToolError::TimedOut(TIME)),
        }
    };
    let body = body.trim();
    Ok(match title {
        Some(title) if !body.contains(&title) => format!("# {title}\n\n{body}"),
        _ => body.to_owned(),
    })
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let words: Vec<&str> = html[start..end].split_whitespace().collect();
    let title: String = words.join(" ").chars().take(200).collect();
    Some(title).filter(|title| !title.is_empty())
}

/// How deep tags stand in each other; rather too much than too little.
fn depth(html: &str) -> usize {
    let (mut open, mut deepest): (Vec<String>, usize) = (Vec::new(), 0);
    for tag in tags(html) {
        if let Some(name) = tag.strip_prefix('/') {
            // What closes something far below was forgotten to be opened.
            let near = open.iter().rev().take(16).position(|known| known == name);
            if let Some(above) = near {
                open.truncate(open.len() - above - 1);
            }
        } else if !VOID.contains(&tag.as_str()) {
            open.push(tag);
            deepest = deepest.max(open.len());
            if deepest > MOST_DEPTH {
                break;
            }
        }
    }
    deepest
}

/// The names of the tags, closing ones with a `/` before them.
fn tags(html: &str) -> impl Iterator<Item = String> + '_ {
    html.split('<').skip(1).filter_map(|piece| {
        let (slash, rest) = match piece.strip_prefix('/') {
            Some(rest) => ("/", rest),
            None => ("", piece),
        };
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(rest.len());
        let named = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        named.then(|| format!("{slash}{}", rest[..end].to_ascii_lowercase()))
    })
}

/// The text between the tags.
fn without_marks(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    for piece in html.split('<') {
        let behind = piece.split_once('>').map_or("", |(_, behind)| behind);
        let words: Vec<&str> = behind.split_whitespace().collect();
        if !words.is_empty() {
            text.push_str(&words.join(" "));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{depth, readable};

    #[test]
    fn a_page_becomes_markdown() {
        let html = "<html><head><title> The\n Page </title><style>p{}</style></head><body><script>evil()</script>\
                    <h1>Head</h1><p>One <b>bold</b> <a href=\"https://example.org/x\">link</a>.</p><ul><li>a<li>b</ul></body></html>";
        let text = readable(html).expect("it can be read");
        assert!(text.starts_with("# The Page\n\n# Head"), "{text}");
        assert!(
            text.contains("One **bold** [link](https://example.org/x)."),
            "{text}"
        );
        assert!(!text.contains("evil") && !text.contains("p{}"), "{text}");
    }

    #[test]
    fn pages_that_are_deep_or_broken_cost_neither_stack_nor_time() {
        for html in [
            "<div>".repeat(300_000),
            "<b><i></x>".repeat(100_000),
            "<p><font size=1><p><font size=2>".repeat(30_000),
            "<table><tr><td>".repeat(50_000),
            "<".repeat(1_000_000),
            format!("{}deep{}", "<div>".repeat(350), "</div>".repeat(350)),
        ] {
            let started = std::time::Instant::now();
            let ended = readable(&html);
            assert!(started.elapsed().as_secs() < 8, "{}", &html[..20]);
            assert!(ended.is_ok(), "{}: {ended:?}", &html[..20]);
        }
        assert_eq!(depth("<p>a</p><p>b<br></p>"), 1);
    }
}
