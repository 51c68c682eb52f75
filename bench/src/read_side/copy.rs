//! The peer of a rebuild: `COPY` of the same rows into a table like it, on the same server.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor as _};

/// Where the copies are made, beside what serves.
const SCHEMA: &str = "copied";

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    /// With the primary key alone, the other indexes afterwards: as one should.
    pub indexed_after: Duration,
    /// Into a table that has all its indexes.
    pub indexed_before: Duration,
}

/// The generation of the task view that serves.
const SERVING: &str = "SELECT generation FROM tasklog.generations WHERE projection = 'tasks' AND role = 'serving' \
     ORDER BY generation DESC LIMIT 1";
const PRIMARY_KEY: &str =
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'p'";
const INDEXES: &str = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary \
     ORDER BY indexrelid";

/// Copies the table of tasks that serves in the database at `url`, through a file in `folder`, which Postgres may write to.
///
/// # Errors
/// When Postgres refuses.
pub async fn times(url: &str, folder: &Path) -> anyhow::Result<Copied> {
    let mut connection = PgConnection::connect(url).await?;
    let generation: i32 = sqlx::query_scalar(SERVING).fetch_one(&mut connection).await?;
    let table = format!("tasklog_tasks_{generation}.tasks");
    let key: String = sqlx::query_scalar(PRIMARY_KEY).bind(&table).fetch_one(&mut connection).await?;
    let indexes: Vec<String> = sqlx::query_scalar(INDEXES).bind(&table).fetch_all(&mut connection).await?;
    let copy = format!("{SCHEMA}.tasks");
    let indexes: Vec<String> = indexes.iter().map(|index| moved(index, &table, &copy)).collect::<Result<_, _>>()?;

    let file = folder.join("tasks.copy");
    // Of the table, not of a query: generated columns are left out then, and made anew.
    let rows = connection.execute(&*format!("COPY {table} TO '{}'", file.display())).await?;
    ensure!(rows.rows_affected() > 0, "{table} has no rows");
    let fill = format!("COPY {copy} FROM '{}'", file.display());

    let mut after = vec![
        format!("CREATE TABLE {copy} (LIKE {table} INCLUDING GENERATED)"),
        format!("ALTER TABLE {copy} ADD {key}"),
        fill.clone(),
    ];
    after.extend(indexes);
    let before = [format!("CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)"), fill];
    let copied = Copied {
        indexed_after: timed(&mut connection, &after).await?,
        indexed_before: timed(&mut connection, &before).await?,
    };
    connection.close().await?;
    std::fs::remove_file(file)?;
    Ok(copied)
}

/// One statement after the other, in a schema that is empty before and gone after.
async fn timed(connection: &mut PgConnection, statements: &[String]) -> anyhow::Result<Duration> {
    connection.execute(&*format!("CREATE SCHEMA {SCHEMA}")).await?;
    connection.execute("CHECKPOINT").await?;
    let started = Instant::now();
    for statement in statements {
        connection.execute(statement.as_str()).await.with_context(|| statement.clone())?;
    }
    let took = started.elapsed();
    connection.execute(&*format!("DROP SCHEMA {SCHEMA} CASCADE")).await?;
    Ok(took)
}

/// The statement that makes an index, for another table.
fn moved(index: &str, from: &str, to: &str) -> anyhow::Result<String> {
    let (before, after) =
        index.split_once(&format!(" ON {from} ")).with_context(|| format!("not an index of {from}: {index}"))?;
    Ok(format!("{before} ON {to} {after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_an_index_when_moved_to_another_table_then_nothing_else_of_it_changes() {
        let index = "CREATE INDEX tasks_by_tag ON tasklog_tasks_5.tasks USING gin (tags) WHERE (deleted_at IS NULL)";
        let expected = "CREATE INDEX tasks_by_tag ON copied.tasks USING gin (tags) WHERE (deleted_at IS NULL)";
        assert_eq!(moved(index, "tasklog_tasks_5.tasks", "copied.tasks").unwrap(), expected);
        assert!(moved(index, "tasklog_tasks_6.tasks", "copied.tasks").is_err());
    }
}
