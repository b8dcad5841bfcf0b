//! Markdown of models as HTML. Their own HTML stays text, pictures are not fetched, and links lead to the web alone.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::write::Html;
use crate::domain::sanitize;

/// The longest text that is read as Markdown, in bytes; a longer one stands there as it is.
const MOST: usize = 512 * 1024;

/// Writes a text.
pub(super) fn write(page: &mut Html, untrusted: &str) {
    let clean = sanitize::block(untrusted.trim());
    page.raw("<div class=\"prose\" dir=\"auto\">\n");
    if clean.len() > MOST {
        page.raw("<pre>").text(&clean).raw("</pre>\n");
    } else {
        let options =
            Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        let mut writer = Writer::default();
        for event in Parser::new_ext(&clean, options) {
            writer.event(page, event);
        }
    }
    page.raw("</div>\n");
}

#[derive(Default)]
struct Writer {
    aligns: Vec<Alignment>,
    /// The column of a table, and whether it is in the head.
    cell: (usize, bool),
    /// Whether each link that is open is one on the page.
    links: Vec<bool>,
}

impl Writer {
    fn event(&mut self, page: &mut Html, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(page, tag),
            Event::End(tag) => self.end(page, tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                page.text(&text);
            }
            Event::Code(code) => {
                page.raw("<code>").text(&code).raw("</code>");
            }
            Event::SoftBreak => {
                page.raw("\n");
            }
            Event::HardBreak => {
                page.raw("<br>\n");
            }
            Event::Rule => {
                page.raw("<hr>\n");
            }
            Event::TaskListMarker(done) => {
                page.raw(if done { "[x] " } else { "[ ] " });
            }
            Event::FootnoteReference(name) | Event::InlineMath(name) | Event::DisplayMath(name) => {
                page.text(&name);
            }
        }
    }

    fn start(&mut self, page: &mut Html, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => page.raw("<p>"),
            Tag::Heading { level, .. } => page.raw("<").raw(heading(level)).raw(">"),
            Tag::BlockQuote(_) => page.raw("<blockquote>\n"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                page.raw("<pre><code>")
            }
            Tag::HtmlBlock => page.raw("<pre>"),
            Tag::List(Some(first)) => page
                .raw("<ol start=\"")
                .text(&first.to_string())
                .raw("\">\n"),
            Tag::List(None) => page.raw("<ul>\n"),
            Tag::Item => page.raw("<li>"),
            Tag::Table(aligns) => {
                self.aligns = aligns;
                page.raw("<table>\n")
            }
            Tag::TableHead => {
                self.cell = (0, true);
                page.raw("<thead><tr>")
            }
            Tag::TableRow => {
                self.cell = (0, false);
                page.raw("<tr>")
            }
            Tag::TableCell => {
                let (column, head) = self.cell;
                self.cell.0 += 1;
                let class = match self.aligns.get(column) {
                    Some(Alignment::Right) => " class=\"right\"",
                    Some(Alignment::Center) => " class=\"center\"",
                    _ => "",
                };
                page.raw(if head { "<th" } else { "<td" })
                    .raw(class)
                    .raw(">")
            }
            Tag::Emphasis => page.raw("<em>"),
            Tag::Strong => page.raw("<strong>"),
            Tag::Strikethrough => page.raw("<del>"),
            Tag::Link { dest_url, .. } => {
                let is_web = is_web(&dest_url);
                self.links.push(is_web);
                if is_web {
                    page.raw("<a rel=\"noopener noreferrer nofollow\" href=\"");
                    page.text(&dest_url).raw("\">");
                }
                page
            }
            Tag::Image { dest_url, .. } => page.raw("[picture at ").text(&dest_url).raw(": "),
            _ => page,
        };
    }

    fn end(&mut self, page: &mut Html, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => page.raw("</p>\n"),
            TagEnd::Heading(level) => page.raw("</").raw(heading(level)).raw(">\n"),
            TagEnd::BlockQuote(_) => page.raw("</blockquote>\n"),
            TagEnd::CodeBlock => page.raw("</code></pre>\n"),
            TagEnd::HtmlBlock => page.raw("</pre>\n"),
            TagEnd::List(true) => page.raw("</ol>\n"),
            TagEnd::List(false) => page.raw("</ul>\n"),
            TagEnd::Item => page.raw("</li>\n"),
            TagEnd::Table => page.raw("</table>\n"),
            TagEnd::TableHead => page.raw("</tr></thead>\n"),
            TagEnd::TableRow => page.raw("</tr>\n"),
            TagEnd::TableCell => page.raw(if self.cell.1 { "</th>" } else { "</td>" }),
            TagEnd::Emphasis => page.raw("</em>"),
            TagEnd::Strong => page.raw("</strong>"),
            TagEnd::Strikethrough => page.raw("</del>"),
            TagEnd::Link => match self.links.pop() {
                Some(true) => page.raw("</a>"),
                _ => page,
            },
            TagEnd::Image => page.raw("]"),
            _ => page,
        };
    }
}

/// Headings of a text stand below those of the page.
fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => "h4",
        HeadingLevel::H3 | HeadingLevel::H4 => "h5",
        HeadingLevel::H5 | HeadingLevel::H6 => "h6",
    }
}

/// Whether an address leads to the web, and to nothing that runs.
fn is_web(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}
