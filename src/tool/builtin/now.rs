//! `now`: the date and the time.

use futures_util::future::BoxFuture;
use jiff::Zoned;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{arguments, spec};
use crate::domain::chat::{Effect, ToolSpec};
use crate::domain::policy::Reach;
use crate::tool::{CallContext, Tool, ToolError, ToolOutput};

/// What a call says.
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// IANA time zone such as "Europe/Berlin"; without it, that of this machine.
    #[serde(default)]
    timezone: Option<String>,
}

/// Tells the date and the time.
pub struct Now {
    spec: ToolSpec,
}

impl Default for Now {
    fn default() -> Self {
        let description = "The current date, weekday and time.";
        Self {
            spec: spec::<Arguments>("now", description, Effect::ReadOnly),
        }
    }
}

impl Tool for Now {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn reach(&self, _: &Value) -> Reach {
        Reach::harmless()
    }

    fn call(&self, _: CallContext, given: Value) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        Box::pin(std::future::ready(now(&given)))
    }
}

fn now(given: &Value) -> Result<ToolOutput, ToolError> {
    let Arguments { timezone } = arguments(given)?;
    let now = match timezone
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        None => Zoned::now(),
        Some(name) => {
            let zone = TimeZone::get(name).map_err(|_| {
                let text = "there is no time zone of this name; an example: Europe/Berlin";
                ToolError::BadArguments(text.to_owned())
            })?;
            Zoned::now().with_time_zone(zone)
        }
    };
    Ok(ToolOutput::new(
        now.strftime("%A %Y-%m-%d %H:%M:%S %Z (UTC%:z)").to_string(),
    ))
}
