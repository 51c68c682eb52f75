//! What queries need of a generation besides its rows. It gets it when it is full, which costs a fraction of keeping it up row by
//! row.

use sqlx::{Executor as _, PgConnection, PgPool};

use super::Generation;
use crate::database;
use crate::projections::Projection;
use crate::projector::checkpoint;

/// Gives a generation that has been filled what its queries need, if it has not got it yet.
///
/// # Errors
/// When Postgres refuses; then nothing has changed.
pub(crate) async fn index(
    pool: &PgPool,
    projection: &dyn Projection,
    generation: Generation,
) -> Result<(), sqlx::Error> {
    let mut transaction = database::begin(pool).await?;
    checkpoint::enter(&mut transaction, generation).await?;
    transaction.execute(projection.describe().index).await?;
    transaction.commit().await
}

/// The same where every partition of the generation is where it has to be before it answers, and only there. The transaction is the one
/// that brings a partition there, or finds it there: whoever sees all of them there sees what this has made.
///
/// # Errors
/// When Postgres refuses.
pub(crate) async fn index_filled(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    generation: Generation,
) -> Result<(), sqlx::Error> {
    let index = projection.describe().index;
    if index.is_empty() {
        return Ok(());
    }
    // Of two transactions that bring the last two partitions there, neither sees the other's. The second one waits here, and then does.
    sqlx::query("SELECT 1 FROM tasklog.generations WHERE projection = $1 AND generation = $2 FOR NO KEY UPDATE")
        .bind(generation.projection)
        .bind(generation.number)
        .execute(&mut *connection)
        .await?;
    // What it has got already is not made again: that would wait for everyone who writes.
    let wanted: bool = sqlx::query_scalar(
        "SELECT coalesce(bool_and(position >= goal), false) AND NOT EXISTS (
             SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
             WHERE relnamespace = to_regnamespace($3) AND NOT indisunique)
         FROM tasklog.positions WHERE projection = $1 AND generation = $2",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(generation.schema())
    .fetch_one(&mut *connection)
    .await?;
    if wanted {
        checkpoint::enter(connection, generation).await?;
        connection.execute(index).await?;
    }
    Ok(())
}
