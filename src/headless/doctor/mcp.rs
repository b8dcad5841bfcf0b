//! What `doctor` says about the MCP servers of the settings: each is started and asked for its tools.

use super::super::format::plural;
use super::Check;
use crate::domain::sanitize::line;
use crate::session::{McpState, McpStatus, Session};

/// Every server. One that cannot be used is a warning: runs go on without its tools.
pub(super) async fn checks(session: &Session) -> Vec<Check> {
    session.mcp_statuses().await.iter().map(check).collect()
}

fn check(status: &McpStatus) -> Check {
    let name = line(&status.name);
    let title = format!("MCP server {name}");
    let place = line(&status.place);
    match &status.state {
        McpState::Off => Check::ok(title, format!("{place}, not started: `enabled` is false")),
        McpState::Failed(why) => Check::warning(
            title,
            format!("{place}: it {}", line(why)),
            format!(
                "correct `[mcp.{name}]` in the config file, or set `enabled = false` in it; runs go on without its tools"
            ),
        ),
        McpState::Ready {
            name: own,
            version,
            protocol,
            tools,
            listed,
            odd,
        } => {
            let taken = if tools == listed {
                plural(*tools as u64, "tool")
            } else {
                format!("{tools} of {}", plural(*listed as u64, "tool"))
            };
            let own = line(own);
            let detail = format!(
                "{place}, ready: {own} {}, protocol {}, {taken}",
                line(version),
                line(protocol)
            );
            match odd.first() {
                None => Check::ok(title, detail),
                Some(_) => Check::warning(
                    title,
                    format!("{detail}; {}", line(&odd.join("; "))),
                    format!(
                        "choose its tools with `tools` in `[mcp.{name}]`; what is left out stays out, the others can be used"
                    ),
                ),
            }
        }
    }
}
