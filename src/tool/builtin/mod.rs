//! The tools that come with the program.

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{CallContext, ToolError, ToolOutput};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;

pub mod ask_user;
pub mod calculate;
mod changes;
mod dates;
pub mod edit_file;
mod edits;
pub mod fetch_url;
mod ignored;
pub mod list_files;
mod notation;
pub mod now;
pub mod read_file;
pub mod run_command;
pub mod search_files;
mod seen;
mod tree;
pub mod web_search;
pub mod write_file;

/// The spec of a tool whose arguments are a `T`: the schema is made from the type, doc comments become descriptions.
pub fn spec<T: JsonSchema>(name: &str, description: &str, effect: Effect) -> ToolSpec {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut parameters = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    if let Some(schema) = parameters.as_object_mut() {
        schema.remove("title");
        schema.remove("description");
    }
    ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
        effect,
    }
}

/// The arguments as a `T`.
///
/// # Errors
/// [`ToolError::BadArguments`] says what is wrong with them.
pub fn arguments<T: DeserializeOwned>(arguments: &Value) -> Result<T, ToolError> {
    T::deserialize(arguments).map_err(|error| ToolError::BadArguments(error.to_string()))
}

/// Does work that blocks and changes nothing, on a thread of its own. It has to look at `cancel` itself; when the step is
/// stopped, nobody waits for it any longer.
fn blocking<F>(context: CallContext, work: F) -> BoxFuture<'static, Result<ToolOutput, ToolError>>
where
    F: FnOnce(&CallContext) -> Result<ToolOutput, ToolError> + Send + 'static,
{
    let cancel = context.cancel.clone();
    let ended = changing(context, work);
    Box::pin(async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ToolError::Cancelled),
            ended = ended => ended,
        }
    })
}

/// Does work that blocks and changes something, on a thread of its own. It has to look at `cancel` itself, and is waited
/// for even when the step is stopped: only it knows whether it took effect.
fn changing<F>(context: CallContext, work: F) -> BoxFuture<'static, Result<ToolOutput, ToolError>>
where
    F: FnOnce(&CallContext) -> Result<ToolOutput, ToolError> + Send + 'static,
{
    Box::pin(async move {
        // It may have waited for a thread for long.
        let work = tokio::task::spawn_blocking(move || {
            if context.cancel.is_cancelled() {
                Err(ToolError::Cancelled)
            } else {
                work(&context)
            }
        });
        work.await
            .unwrap_or_else(|error| Err(ToolError::Failed(format!("it broke off: {error}"))))
    })
}

/// Makes what a person is shown, on a thread of its own.
fn shown<F>(work: F) -> BoxFuture<'static, Option<String>>
where
    F: FnOnce() -> Result<String, ToolError> + Send + 'static,
{
    Box::pin(async move {
        let made = tokio::task::spawn_blocking(work).await.ok()?;
        Some(made.unwrap_or_else(|error| format!("It would not work: {error}")))
    })
}

/// For looking at what a call that was not decided on yet would touch, as far as its reach goes.
fn looking(reach: Reach) -> CallContext {
    CallContext {
        cancel: CancellationToken::new(),
        reach,
    }
}
