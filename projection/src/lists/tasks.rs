//! Pages of tasks and single tasks.

pub(super) mod lookups;
pub(super) mod page;
pub(super) mod place;
pub mod statements;

use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

pub use self::lookups::Found;
use self::lookups::Lookups;
pub use self::page::{Page, counting};
use self::statements::Statements;
use super::ListError;
use crate::database::Readers;
use crate::generations::Generation;
use crate::query::task_query::TaskQuery;

/// Reads tasks. Clones share its connections.
#[derive(Debug, Clone)]
pub struct TaskReader {
    pool: PgPool,
    readers: Readers,
    lookups: Lookups,
}

impl TaskReader {
    /// Of the database of `pool`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let readers = Readers::new(&pool);
        Self { pool, lookups: Lookups::new(readers.clone()), readers }
    }

    /// Its connections for statements whose plans are known.
    pub(super) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// One live task.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn find(
        &self,
        generation: Generation,
        tenant: &'static str,
        id: Uuid,
    ) -> Result<Option<Found>, ListError> {
        self.lookups.find(generation, tenant, id).await
    }

    /// A page of live tasks. `q` plays no part here.
    ///
    /// # Errors
    /// [`ListError::Cursor`] when the cursor's key does not fit the sort; otherwise when Postgres cannot be asked.
    pub async fn page(&self, generation: Generation, query: &TaskQuery) -> Result<Page, ListError> {
        page::read(&self.readers, &self.pool, generation, query).await
    }
}

/// How many live tasks match, `limit` at most, and a text that is another one when they are others or one has another version.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn content(
    pool: &PgPool,
    generation: Generation,
    query: &TaskQuery,
    limit: u64,
) -> Result<(u64, String), ListError> {
    let table = generation.table("tasks");
    let mut statement = content_statement(&table, query, limit)?;
    let mut transaction = counting(pool).await?;
    let (count, content): (i64, String) = statement.build_query_as().fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((count.unsigned_abs(), content))
}

/// Its statement on a generation's table.
///
/// # Errors
/// [`ListError::Cursor`] when the query has a cursor whose key does not fit its sort.
pub fn content_statement<'a>(
    table: &'a str,
    query: &'a TaskQuery,
    limit: u64,
) -> Result<QueryBuilder<'a, Postgres>, ListError> {
    let mut sql = QueryBuilder::new(
        "SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(id || '@' || version, ',' ORDER BY id), ''), 'UTF8')), 'hex')
         FROM (",
    );
    match Statements::new(table, query)? {
        Some(statements) => statements.push_versions(&mut sql, limit),
        None => {
            sql.push(format!("SELECT id, version FROM {table} WHERE false"));
        }
    }
    sql.push(") AS matching");
    Ok(sql)
}
