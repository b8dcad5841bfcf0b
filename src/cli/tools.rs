//! The commands under `tools`.

use clap::Subcommand;

pub(super) const EXAMPLES: &str = "\
Examples:
  planwright tools list
  planwright tools call now '{\"timezone\":\"Europe/Berlin\"}'";

const LIST_EXAMPLES: &str = "\
Examples:
  planwright tools list
  planwright tools list --json | jq -r '.[].name'";

const CALL_EXAMPLES: &str = "\
Exit codes: 0 it worked, 1 it did not, 2 there is no such tool or it takes other arguments

Examples:
  planwright tools call now
  planwright tools call now '{\"timezone\":\"Asia/Tokyo\"}'";

/// What can be done with tools.
#[derive(Debug, Subcommand)]
pub enum ToolsCommand {
    /// List the tools: what they take, where they come from, what the rules say of them
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Print one line of JSON instead
        #[arg(long)]
        json: bool,
    },
    /// Use a tool by hand and print its output; what the rules deny stays denied
    #[command(after_help = CALL_EXAMPLES)]
    Call {
        /// The tool
        #[arg(value_name = "NAME")]
        name: String,
        /// Its arguments, a JSON object
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
    },
}
