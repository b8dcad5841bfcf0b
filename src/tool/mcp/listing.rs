//! The list of a server's tools: page by page, bounded, each tool made fit for a model. What cannot be taken is said.

use std::collections::BTreeSet;

use globset::Glob;
use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Fault};
use super::names::names;
use super::{MOST_DESCRIPTION, MOST_SCHEMA, MOST_TOOLS, McpOptions, words};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::sanitize;

/// The most pages of a list.
const MOST_PAGES: usize = 256;
/// The most bytes of a tool's own name.
const MOST_NAME: usize = 256;
/// The most sentences about one list.
const MOST_ODD: usize = 5;

/// A tool as its server offers it.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    /// Its name on the server.
    pub(super) own_name: String,
    pub(super) spec: ToolSpec,
    /// Whether it may reach beyond this machine: it does, by the protocol, unless its server denies that and is trusted.
    pub(super) open_world: bool,
}

/// What was read of a list.
#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) tools: Vec<Offered>,
    /// How many the server lists.
    pub(super) listed: usize,
    /// One sentence for each oddity, the first few.
    pub(super) odd: Vec<String>,
    more_odd: usize,
    beyond: usize,
    seen: BTreeSet<String>,
}

/// Asks for all pages.
///
/// # Errors
/// [`Fault`].
pub(super) async fn list(
    connection: &Connection,
    options: &McpOptions,
    cancel: &CancellationToken,
) -> Result<Offers, Fault> {
    let mut offers = Offers::default();
    if !connection.introduction.has_tools {
        offers.says("it offers no tools".to_owned());
        return Ok(offers);
    }
    let limit = options.start_timeout;
    let read = async {
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let page = PaginatedRequestParams::default().with_cursor(cursor.take());
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(page));
            let answer = connection.ask(request, limit, cancel).await?;
            let Value::Array(tools) = &answer["tools"] else {
                return Err(Fault::Refused("its list of tools is none".to_owned()));
            };
            for tool in tools {
                offers.take(tool, options);
            }
            match answer["nextCursor"].as_str() {
                Some(next) if !next.is_empty() => cursor = Some(next.to_owned()),
                _ => return Ok(()),
            }
        }
        offers.says(format!(
            "its list has more than {MOST_PAGES} pages: the rest is not read"
        ));
        Ok(())
    };
    match tokio::time::timeout(limit, read).await {
        Ok(read) => read?,
        Err(_) => return Err(Fault::TimedOut(limit)),
    }
    offers.finish(&options.name);
    Ok(offers)
}

impl Offers {
    fn says(&mut self, oddity: String) {
        if self.odd.len() < MOST_ODD {
            self.odd.push(oddity);
        } else {
            self.more_odd += 1;
        }
    }

    fn take(&mut self, tool: &Value, options: &McpOptions) {
        self.listed += 1;
        let name = tool["name"].as_str().unwrap_or_default();
        if name.is_empty() || name.len() > MOST_NAME {
            self.says(format!(
                "a tool is left out: its name is empty or has more than {MOST_NAME} bytes"
            ));
            return;
        }
        if !is_wanted(&options.tools, name) {
            return;
        }
        if self.tools.len() == MOST_TOOLS {
            self.beyond += 1;
            return;
        }
        let shown = words(name);
        if self.seen.contains(name) {
            self.says(format!(
                "its tool `{shown}` is listed twice: the first one is taken"
            ));
            return;
        }
        match schema(&tool["inputSchema"]) {
            Ok(parameters) => {
                let hints = &tool["annotations"];
                let believed = |hint: &str, says: bool| {
                    options.trust_annotations && hints[hint] == Value::Bool(says)
                };
                let read_only = believed("readOnlyHint", true);
                self.seen.insert(name.to_owned());
                self.tools.push(Offered {
                    own_name: name.to_owned(),
                    spec: ToolSpec {
                        name: String::new(),
                        description: description(tool),
                        parameters,
                        effect: if read_only {
                            Effect::ReadOnly
                        } else {
                            Effect::Mutating
                        },
                    },
                    open_world: !believed("openWorldHint", false),
                });
            }
            Err(why) => self.says(format!("its tool `{shown}` is left out: {why}")),
        }
    }

    fn finish(&mut self, server: &str) {
        let own: Vec<&str> = self
            .tools
            .iter()
            .map(|tool| tool.own_name.as_str())
            .collect();
        let names = names(server, &own);
        for (tool, name) in self.tools.iter_mut().zip(names) {
            tool.spec.name = name;
        }
        if self.beyond > 0 {
            let all = MOST_TOOLS + self.beyond;
            self.odd.push(format!(
                "it has {all} tools, {MOST_TOOLS} are taken: choose with `tools` in `[mcp.{server}]`"
            ));
        }
        if self.more_odd > 0 {
            self.odd
                .push(format!("there are {} more such oddities", self.more_odd));
        }
        self.seen.clear();
    }
}

/// Whether the settings want this tool.
fn is_wanted(globs: &[String], name: &str) -> bool {
    let fits =
        |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name));
    globs.is_empty() || globs.iter().any(fits)
}

fn description(tool: &Value) -> String {
    let said = |key: &str| tool[key].as_str().filter(|text| !text.trim().is_empty());
    let text = said("description").or_else(|| said("title"));
    let text = sanitize::block(text.unwrap_or("(its server does not say what it does)"));
    let mut text = text.trim().to_owned();
    if text.len() > MOST_DESCRIPTION {
        let mut ends = (0..=MOST_DESCRIPTION).rev();
        let end = ends.find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The schema of the arguments, where it is one of an object.
fn schema(given: &Value) -> Result<Value, String> {
    let none = "the schema of its arguments is none of an object";
    let mut schema: Map<String, Value> = given.as_object().cloned().ok_or(none)?;
    let kind = schema
        .entry("type")
        .or_insert_with(|| Value::from("object"));
    let properties = schema_part(given, "properties");
    if *kind != "object" || !properties {
        return Err(none.to_owned());
    }
    schema.remove("$schema");
    let schema = Value::Object(schema);
    let size = schema.to_string().len();
    if size > MOST_SCHEMA {
        return Err(format!(
            "the schema of its arguments has {size} bytes, at most {MOST_SCHEMA} are taken"
        ));
    }
    Ok(schema)
}

/// Whether this part is an object where it is there.
fn schema_part(schema: &Value, key: &str) -> bool {
    schema.get(key).is_none_or(Value::is_object)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{MOST_TOOLS, Offers};
    use crate::domain::chat::Effect;
    use crate::tool::mcp::{McpOptions, Way};

    fn options() -> McpOptions {
        McpOptions {
            name: "s".to_owned(),
            way: Way::Http {
                url: String::new(),
                authorization: None,
            },
            start_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            tools: Vec::new(),
            trust_annotations: false,
        }
    }

    fn offers(options: &McpOptions, tools: &[Value]) -> Offers {
        let mut offers = Offers::default();
        for tool in tools {
            offers.take(tool, options);
        }
        offers.finish("s");
        offers
    }

    #[test]
    fn hints_are_believed_only_where_they_are_trusted_and_what_is_not_said_is_the_worst() {
        let of = |trust_annotations, hints: Value| {
            let options = McpOptions {
                trust_annotations,
                ..options()
            };
            let tool = json!({"name": "t", "inputSchema": {}, "annotations": hints});
            let tool = offers(&options, &[tool]).tools.remove(0);
            (tool.spec.effect, tool.open_world)
        };
        let closed = json!({"readOnlyHint": true, "openWorldHint": false});
        assert_eq!(of(true, closed.clone()), (Effect::ReadOnly, false));
        assert_eq!(of(false, closed), (Effect::Mutating, true));
        let reads = json!({"readOnlyHint": true});
        assert_eq!(of(true, reads), (Effect::ReadOnly, true));
        assert_eq!(of(true, json!({})), (Effect::Mutating, true));
        assert_eq!(of(true, json!("hints")), (Effect::Mutating, true));
    }

    #[test]
    fn what_is_no_tool_is_left_out_and_said() {
        let offers = offers(
            &options(),
            &[
                json!({"name": "a", "inputSchema": "x"}),
                json!({"name": "b", "inputSchema": {"type": "array"}}),
                json!({"name": "c", "inputSchema": {"properties": 3}}),
                json!({"name": "d", "inputSchema": {"description": "y".repeat(20_000)}}),
                json!({"inputSchema": {}}),
                json!("tool"),
                json!({"name": "e", "inputSchema": {"$schema": "http://x"}}),
                json!({"name": "e", "inputSchema": {}, "description": "another"}),
            ],
        );
        assert_eq!(offers.tools.len(), 1);
        assert_eq!(offers.tools[0].spec.name, "s__e");
        assert_eq!(offers.tools[0].spec.parameters, json!({"type": "object"}));
        assert_eq!(offers.odd.len(), 6, "{:?}", offers.odd);
        assert!(offers.odd[5].contains("2 more"), "{:?}", offers.odd);
    }

    #[test]
    fn a_list_is_cut_after_it_was_chosen_from() {
        let many: Vec<Value> = (0..10_000)
            .map(|n| json!({"name": format!("t{n}"), "inputSchema": {}}))
            .collect();
        let all = offers(&options(), &many);
        assert_eq!((all.tools.len(), all.listed), (MOST_TOOLS, 10_000));
        assert!(
            all.odd[0].contains("10000 tools, 128 are taken"),
            "{:?}",
            all.odd
        );
        let chosen = McpOptions {
            tools: vec!["t999*".to_owned()],
            ..options()
        };
        let chosen = offers(&chosen, &many);
        assert_eq!((chosen.tools.len(), chosen.odd.len()), (11, 0));
    }

    #[test]
    fn a_description_is_bounded_and_has_no_hidden_letters() {
        let text = format!("a\u{1b}[31m\u{202e}b{}", "ö".repeat(5_000));
        let tool = json!({"name": "t", "inputSchema": {}, "description": text});
        let description = &offers(&options(), &[tool]).tools[0].spec.description;
        assert!(description.starts_with("aböö") && description.len() < 2_100);
    }
}
