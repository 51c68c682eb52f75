//! The tasks that carry a tag, in the order of their ids.

use std::collections::BTreeMap;

use domain::task::{Priority, Status};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::generations::{self, Generation, Role};
use crate::projections::tag_marks;
use crate::projections::tasks::Tasks;

/// Which tasks.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'a> {
    /// Whose.
    pub tenant: &'a str,
    /// The tag; deleted tasks do not count.
    pub tag: &'a str,
    /// Those with a higher id than this.
    pub after: Option<Uuid>,
    /// So many.
    pub most: usize,
}

/// The tasks, from the generation that serves; `None` where it has not applied every record before these offsets, by partition.
///
/// # Errors
/// When Postgres cannot be asked, or the generation has just been thrown away: ask again.
pub async fn page(
    pool: &PgPool,
    tagged: &Tagged<'_>,
    reflects: &BTreeMap<i32, i64>,
) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let Some(generation) = generations::find(&mut connection, &Tasks, Role::Serving).await? else { return Ok(None) };
    // First the positions: what is read afterwards is no older.
    if !reaches(&mut connection, generation, reflects).await? {
        return Ok(None);
    }
    let mut statement = statement(&generation.table("tasks"), tagged);
    // How many carry the tag is told by its value: planned for it, each time.
    statement.build_query_scalar().persistent(false).fetch_all(&mut *connection).await.map(Some)
}

/// Its statement on a generation's table.
#[must_use]
pub fn statement<'a>(table: &str, tagged: &Tagged<'a>) -> QueryBuilder<'a, Postgres> {
    let of = |status: Status| {
        Priority::ALL.iter().map(move |priority| tag_marks::key(tagged.tenant, status, *priority, tagged.tag))
    };
    let keys: Vec<i64> = Status::ALL.iter().copied().flat_map(of).collect();
    let mut sql = QueryBuilder::new(format!("SELECT id FROM {table} WHERE deleted_at IS NULL AND tenant = "));
    sql.push_bind(tagged.tenant);
    sql.push(" AND tag_keys && ").push_bind(keys).push(" AND tags @> ").push_bind(vec![tagged.tag]);
    if let Some(after) = tagged.after {
        sql.push(" AND id > ").push_bind(after);
    }
    sql.push(" ORDER BY id LIMIT ").push_bind(i64::try_from(tagged.most).unwrap_or(i64::MAX));
    sql
}

async fn reaches(
    connection: &mut PgConnection,
    generation: Generation,
    reflects: &BTreeMap<i32, i64>,
) -> Result<bool, sqlx::Error> {
    let positions = sqlx::query_as(
        "SELECT partition, position FROM tasklog.positions WHERE projection = $1 AND generation = $2 AND topic = $3",
    );
    let positions: Vec<(i32, i64)> = positions
        .bind(generation.projection)
        .bind(generation.number)
        .bind(domain::topics::TASKS)
        .fetch_all(connection)
        .await?;
    let at: BTreeMap<i32, i64> = positions.into_iter().collect();
    Ok(reflects.iter().all(|(partition, end)| at.get(partition).is_some_and(|at| at + 1 >= *end)))
}
