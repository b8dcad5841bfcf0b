//! Structured replies from models that may not manage them: each rung is tried only where the one above failed.

use serde_json::Value;

use super::Halt;
use super::call::{Caller, Job, Reply};
use super::in_use::ModelInUse;
use super::prompts;
use crate::domain::chat::{Message, ReplyFormat, Speaker};
use crate::domain::context::clip;
use crate::domain::event::ParsedBy;
use crate::domain::lenient;
use crate::model::ModelError;

/// Tokens of an unusable reply that are shown to the model when it is asked again.
const SHOWN_BACK: u32 = 400;

/// What a structured reply must be.
pub struct Shape<T> {
    /// The schema that the server is asked to enforce.
    pub schema: Value,
    /// Reads JSON, and says whether it is exactly what the schema asks for.
    pub from_json: fn(&Value) -> Result<(T, bool), String>,
    /// Reads plain text.
    pub from_text: fn(&str) -> Result<T, String>,
    /// What is said on the plain-text rung.
    pub ask_text: &'static str,
}

/// Asks for a structured reply: (1) by schema, (2) mended by the program, (3) asked again as any JSON, with the error,
/// (4) asked for as plain text. `None` where all rungs fail: the caller falls back to a default of its own, and the last
/// call is recorded as such. Where the model cannot be used, a fallback of its role begins at the first rung.
///
/// # Errors
/// [`Halt`].
pub async fn ask<T>(
    caller: &Caller,
    model: &ModelInUse,
    job: &Job,
    shape: &Shape<T>,
) -> Result<Option<T>, Halt> {
    let mut other = caller.in_place_of(model, job.role).await?;
    loop {
        let model = other.as_deref().unwrap_or(model);
        match Box::pin(climb(caller, model, job, shape)).await {
            Err(halt) => other = Some(caller.instead_of(model, job.role, halt).await?),
            said => return said,
        }
    }
}

async fn climb<T>(
    caller: &Caller,
    model: &ModelInUse,
    job: &Job,
    shape: &Shape<T>,
) -> Result<Option<T>, Halt> {
    let mut talk: Vec<Message> = Vec::new();
    let rungs = [
        ReplyFormat::Schema(shape.schema.clone()),
        ReplyFormat::Json,
        ReplyFormat::Text,
    ];
    let last = rungs.len() - 1;
    for (rung, format) in rungs.into_iter().enumerate() {
        let request = caller.structured_request(model, job, format, &talk).await?;
        let reply = match caller.call(model, job, request).await {
            Ok(reply) => reply,
            // A server that refuses the schema, or a model that runs away under it, may still do without.
            Err(Halt::Model(
                ModelError::Status {
                    status: 400 | 422 | 500 | 501,
                    ..
                }
                | ModelError::Runaway { .. },
            )) if rung < last => continue,
            Err(halt) => return Err(halt),
        };
        match read(&reply, shape, rung) {
            Ok((value, parsed_by)) => {
                caller.note(&reply, Ok(Some(parsed_by))).await?;
                return Ok(Some(value));
            }
            Err(_) if rung == last => {
                caller.note(&reply, Ok(Some(ParsedBy::Fallback))).await?;
                return Ok(None);
            }
            Err(error) => {
                talk = vec![
                    Message::new(Speaker::Assistant, clip(reply.text.trim(), SHOWN_BACK)),
                    Message::new(
                        Speaker::User,
                        if rung + 1 == last {
                            shape.ask_text.trim().to_owned()
                        } else {
                            prompts::repair(&error).trim().to_owned()
                        },
                    ),
                ];
                caller
                    .note(&reply, Err(format!("not usable: {error}")))
                    .await?;
            }
        }
    }
    Ok(None)
}

fn read<T>(reply: &Reply, shape: &Shape<T>, rung: usize) -> Result<(T, ParsedBy), String> {
    let from_json = match lenient::json(&reply.text) {
        Some((json, strict)) => {
            (shape.from_json)(&json).map(|(value, exact)| (value, strict && exact))
        }
        None => Err("there is no complete JSON object in it".to_owned()),
    };
    match (from_json, rung) {
        (Ok((value, true)), 0) => Ok((value, ParsedBy::Schema)),
        (Ok((value, false)), 0) => Ok((value, ParsedBy::Repaired)),
        (Ok((value, _)), _) => Ok((value, ParsedBy::AskedAgain)),
        (Err(error), _) => {
            let text = lenient::without_thinking(&reply.text);
            (shape.from_text)(&text)
                .map(|value| (value, ParsedBy::Text))
                .map_err(|_| error)
        }
    }
}
