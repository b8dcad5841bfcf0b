//! How fast models were, as rows of the database.

use rusqlite::{Connection, Row, params};

use super::MEASURED_RUNS;
use super::rows::{signed, unsigned};
use crate::domain::chat::Role;
use crate::domain::ids::RunId;
use crate::domain::speed::{Pace, Speed};

/// How fast the newest runs with this model say that it is; none where there are none.
pub(super) fn of(connection: &Connection, model: &str) -> rusqlite::Result<Option<Speed>> {
    let mut query = connection.prepare_cached(
        "SELECT role, calls, prompt_tokens, prompt_ms, output_tokens, output_ms, loads, load_ms \
         FROM speeds WHERE model = ?1 AND run IN (\
             SELECT run FROM runs WHERE EXISTS (\
                 SELECT 1 FROM speeds WHERE speeds.run = runs.run AND model = ?1) \
             ORDER BY id DESC LIMIT ?2)",
    )?;
    let rows = query.query_map(params![model, signed(MEASURED_RUNS as u64)], pace)?;
    let mut speed: Option<Speed> = None;
    for row in rows {
        let (word, pace) = row?;
        let role = Role::ALL.into_iter().find(|role| role.to_string() == word);
        if let Some(role) = role {
            speed.get_or_insert_default().add(role, pace);
        }
    }
    Ok(speed)
}

fn pace(row: &Row<'_>) -> rusqlite::Result<(String, Pace)> {
    let pace = Pace {
        calls: unsigned(row, 1)?,
        prompt_tokens: unsigned(row, 2)?,
        prompt_ms: unsigned(row, 3)?,
        output_tokens: unsigned(row, 4)?,
        output_ms: unsigned(row, 5)?,
        loads: unsigned(row, 6)?,
        load_ms: unsigned(row, 7)?,
    };
    Ok((row.get(0)?, pace))
}

/// Adds what one call took. Belongs inside a transaction.
pub(super) fn add(
    connection: &Connection,
    run: &RunId,
    model: &str,
    role: Role,
    pace: Pace,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO speeds (run, model, role, calls, prompt_tokens, prompt_ms, \
                 output_tokens, output_ms, loads, load_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (run, model, role) DO UPDATE SET calls = calls + excluded.calls, \
                 prompt_tokens = prompt_tokens + excluded.prompt_tokens, \
                 prompt_ms = prompt_ms + excluded.prompt_ms, \
                 output_tokens = output_tokens + excluded.output_tokens, \
                 output_ms = output_ms + excluded.output_ms, \
                 loads = loads + excluded.loads, load_ms = load_ms + excluded.load_ms",
        )?
        .execute(params![
            run.as_str(),
            model,
            role.to_string(),
            signed(pace.calls),
            signed(pace.prompt_tokens),
            signed(pace.prompt_ms),
            signed(pace.output_tokens),
            signed(pace.output_ms),
            signed(pace.loads),
            signed(pace.load_ms),
        ])?;
    Ok(())
}
