//! The tools that come with the program.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ToolError;
use crate::domain::chat::{Effect, ToolSpec};

pub mod ask_user;
mod command_line;
pub mod now;
pub mod run_command;

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
