//! Postgres full-text search, as its documentation sets it up: an `english` vector, the title weighing more than the tags, and these more than the description.

use anyhow::Context;
use sqlx::Row as _;
use sqlx::postgres::PgPoolOptions;
use tests::postgres::Postgres;

use super::SHOWN;
use super::judged::Judged;
use super::tasks::Tasks;

const TABLE: &str = "CREATE TABLE tasks (line bigint PRIMARY KEY, title text, tags text, description text, \
     created_at timestamptz, words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || \
     setweight(to_tsvector('english', tags), 'B') || setweight(to_tsvector('english', description), 'C')) STORED)";
const FILL: &str = "INSERT INTO tasks (line, title, tags, description, created_at) \
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])";
const ASK: &str = "SELECT line FROM tasks, websearch_to_tsquery('english', $1) asked WHERE words @@ asked \
     ORDER BY ts_rank(words, asked) DESC, created_at DESC";

/// Lines of the answers to each query, best first.
pub async fn answers(tasks: &Tasks, judged: &[Judged]) -> anyhow::Result<Vec<Vec<usize>>> {
    let folder = tests::system::folder();
    let server = Postgres::start(folder.path()).await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&server.url()).await?;
    let mut connection = pool.acquire().await?;
    sqlx::query(TABLE).execute(&mut *connection).await?;
    let rows: Vec<_> = tasks.iter().collect();
    sqlx::query(FILL)
        .bind(rows.iter().map(|(line, _)| i64::try_from(*line)).collect::<Result<Vec<_>, _>>()?)
        .bind(rows.iter().map(|(_, task)| task.title.replace('\0', "")).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, task)| task.tags.join(" ")).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, task)| task.description.replace('\0', "")).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, task)| task.created_at).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    let mut all = Vec::with_capacity(judged.len());
    for query in judged {
        let found = sqlx::query(ASK).bind(query.words()).fetch_all(&mut *connection).await?;
        let mut lines = Vec::new();
        for row in found {
            let line = usize::try_from(row.try_get::<i64, _>(0)?)?;
            if query.meets_conditions(tasks.get(line).context("a line of ours")?) {
                lines.push(line);
            }
        }
        lines.truncate(SHOWN);
        all.push(lines);
    }
    Ok(all)
}
