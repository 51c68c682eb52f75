//! The table, made and filled by `COPY`.

use std::fmt::Write as _;

use anyhow::Context;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::task::title_key;
use super::{TENANT, Task, table};

/// A message of so many bytes is sent at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Makes the table with these tasks in the empty database at `url`, then its indexes.
///
/// # Errors
/// When Postgres refuses.
pub async fn fill(url: &str, tasks: &[Task]) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await.context("connecting to the twin's database")?;
    sqlx::query(table::TABLE).execute(&mut connection).await?;
    let statement = format!("COPY tasks ({}) FROM STDIN (FORMAT csv)", table::WRITTEN);
    let mut copy = connection.copy_in_raw(&statement).await?;
    let mut lines = String::with_capacity(CHUNK_BYTES * 2);
    for task in tasks {
        push_line(&mut lines, task)?;
        if lines.len() >= CHUNK_BYTES {
            copy.send(lines.as_bytes()).await?;
            lines.clear();
        }
    }
    copy.send(lines.as_bytes()).await?;
    copy.finish().await?;
    for index in table::INDEXES {
        sqlx::query(index).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// The columns [`table::WRITTEN`] as a line of CSV.
pub(super) fn push_line(lines: &mut String, task: &Task) -> anyhow::Result<()> {
    let due = task.due();
    let instant = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339();
    let recurrence = task.recurrence_pattern.as_ref().map(serde_json::to_string).transpose()?;
    let columns = [
        Some(TENANT.to_owned()),
        Some(task.id.to_string()),
        Some(task.title.clone()),
        Some(title_key(&task.title)),
        Some(task.description.clone()),
        Some(task.status.to_string()),
        Some(task.priority.rank().to_string()),
        Some(array(&task.tags)),
        task.due_date.map(|date| date.to_string()),
        task.due_at.map(|at| at.to_string()),
        task.time_zone.map(|zone| zone.name().to_owned()),
        due.utc.map(instant),
        due.day.map(|day| day.to_string()),
        due.sort.map(instant),
        recurrence,
        task.series_id.map(|id| id.to_string()),
        task.parent_id.map(|id| id.to_string()),
        task.rank.clone(),
        Some(instant(task.created_at)),
        Some(instant(task.updated_at)),
        task.completed_at.map(instant),
        Some(task.version.to_string()),
    ];
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            lines.push(',');
        }
        // Nothing between two commas is NULL, two quotes are the empty text.
        if let Some(text) = column {
            write!(lines, "\"{}\"", text.replace('"', "\"\""))?;
        }
    }
    lines.push('\n');
    Ok(())
}

/// Tags as Postgres writes an array.
fn array(tags: &[String]) -> String {
    let quoted: Vec<String> =
        tags.iter().map(|tag| format!("\"{}\"", tag.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", quoted.join(","))
}
