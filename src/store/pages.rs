//! Lists of runs out of the database.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::listing::{Ending, Order, RunPage, RunQuery};
use super::projection::{MARK, snippet, spaced, words};
use super::{RunSummary, SearchHit, rows};
use crate::domain::ids::RunId;
use crate::domain::state::RunStatus;

/// The part of a list that was asked for, and how many runs the whole of it has.
pub(super) fn page(connection: &Connection, query: &RunQuery) -> rusqlite::Result<RunPage> {
    let Some(which) = Which::of(query) else {
        return Ok(RunPage::default());
    };
    // Both in one view of the database.
    let view = connection.unchecked_transaction()?;
    let count = format!("SELECT count(*) FROM {}", which.rows);
    let total: i64 = view
        .prepare_cached(&count)?
        .query_row(params_from_iter(&which.values), |row| row.get(0))?;
    let (sql, values) = which.page(query);
    let hits = view
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| hit(row, which.searched))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(RunPage {
        hits,
        total: usize::try_from(total).unwrap_or(0),
    })
}

/// The line that stands for one run that is not in the trash.
pub(super) fn summary(
    connection: &Connection,
    run: &RunId,
) -> rusqlite::Result<Option<RunSummary>> {
    let columns = rows::SUMMARY;
    connection
        .prepare_cached(&format!(
            "SELECT {columns} FROM runs WHERE run = ?1 AND deleted_at IS NULL"
        ))?
        .query_map([run.as_str()], rows::summary)?
        .next()
        .transpose()
}

fn hit(row: &Row<'_>, searched: bool) -> rusqlite::Result<SearchHit> {
    let snippet = if searched {
        snippet(&row.get::<_, String>(rows::SUMMARY_COLUMNS)?)
    } else {
        String::new()
    };
    Ok(SearchHit {
        summary: rows::summary(row)?,
        snippet,
    })
}

/// Which rows are listed, as SQL, and the values in it.
struct Which {
    rows: String,
    values: Vec<Value>,
    searched: bool,
}

impl Which {
    /// None where nothing can be listed.
    fn of(query: &RunQuery) -> Option<Self> {
        let searched = !query.words.trim().is_empty();
        let mut values: Vec<Value> = Vec::new();
        let mut rows = if searched {
            values.push(matched(&query.words)?.into());
            "runs_text JOIN runs ON runs.id = runs_text.rowid WHERE runs_text MATCH ?1 AND "
        } else {
            "runs WHERE "
        }
        .to_owned();
        rows.push_str("runs.deleted_at IS NULL");
        let mut only = |sql: &str, value: Value| {
            values.push(value);
            rows.push_str(&format!(" AND {sql} ?{}", values.len()));
        };
        if let Some(thread) = &query.thread {
            only("runs.thread =", thread.clone().into());
        }
        if let Some(since) = query.since {
            only("runs.started_at >=", since.as_millisecond().into());
        }
        if query.ending != Ending::Any {
            // Words of the program's own.
            let quoted = |status: &RunStatus| format!("'{}'", status.word());
            let statuses: Vec<String> = query.ending.statuses().iter().map(quoted).collect();
            rows.push_str(&format!(" AND runs.status IN ({})", statuses.join(", ")));
        }
        Some(Self {
            rows,
            values,
            searched,
        })
    }

    fn page(&self, query: &RunQuery) -> (String, Vec<Value>) {
        let mut values = self.values.clone();
        values.push(clamp(query.limit).into());
        values.push(clamp(query.from).into());
        let part = format!("LIMIT ?{} OFFSET ?{}", values.len() - 1, values.len());
        let (columns, which) = (rows::SUMMARY, &self.rows);
        let order = match query.order {
            Order::Given if self.searched => "rank",
            Order::Given | Order::Newest => "runs.started_at DESC, runs.id DESC",
            Order::Oldest => "runs.started_at, runs.id",
            Order::Longest => "runs.duration_ms DESC, runs.started_at DESC, runs.id DESC",
            Order::MostSteps => "runs.steps DESC, runs.started_at DESC, runs.id DESC",
        };
        // Sorted first: whole rows, and the text around a match, are made for those alone that are listed.
        let listed = format!("runs.id IN (SELECT runs.id FROM {which} ORDER BY {order} {part})");
        if !self.searched {
            let sql = format!("SELECT {columns} FROM runs WHERE {listed} ORDER BY {order}");
            return (sql, values);
        }
        let around = format!("snippet(runs_text, -1, '{MARK}', '{MARK}', '…', 24)");
        let found = format!("SELECT {columns}, {around} FROM {which}");
        let sql = if query.order == Order::Given {
            format!("{found} ORDER BY {order} {part}")
        } else {
            format!("{found} AND {listed} ORDER BY {order}")
        };
        (sql, values)
    }
}

/// What FTS5 is asked for: the words as plain words. None without any.
fn matched(text: &str) -> Option<String> {
    // In quotes nothing but the quote itself means anything to FTS5; the star makes the last word a prefix.
    let quoted: Vec<String> = words(text)
        .iter()
        .map(|word| format!("\"{}\"", spaced(word).replace('"', "\"\"")))
        .collect();
    (!quoted.is_empty()).then(|| format!("{}*", quoted.join(" ")))
}

/// As SQL has numbers.
pub(super) fn clamp(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
