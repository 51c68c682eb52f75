//! How a rebuild ends: the new generation takes the serving one's place, or it is given up.

use sqlx::{PgConnection, PgPool};

use super::begin::BeginError;
use super::{Generation, Role, Unknown, find, lock, tell};
use crate::database;
use crate::positions::notice::Moved;
use crate::projections::{self, Description, Projection};

/// What became of a wish to end something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is done, or has begun.
    Done(Generation),
    /// There was nothing of the kind.
    Nothing,
}

/// What a comparison of two generations at the same positions has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Rows of the new generation.
    pub(crate) rows: i64,
    /// Rows that only one of the two has, byte for byte.
    pub(crate) differences: i64,
}

/// Keeps what a comparison has found, for operators.
pub(crate) async fn note_comparison(
    pool: &PgPool,
    generation: Generation,
    compared: Compared,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tasklog.generations SET compared = $3, differences = $4 WHERE projection = $1 AND generation = $2",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(compared.rows)
    .bind(compared.differences)
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts `new` in the place of `old`, which is kept. The caller holds the positions of `old` and has seen that `new` is not behind
/// them. False when `new` is not being built any more: somebody else was faster.
pub(crate) async fn switch(
    connection: &mut PgConnection,
    new: Generation,
    old: Generation,
) -> Result<bool, sqlx::Error> {
    let set_role = |role: Role, generation: Generation, from: Role| {
        sqlx::query(
            "UPDATE tasklog.generations
             SET role = $3, served_at = CASE $3 WHEN 'serving' THEN now() ELSE served_at END,
                 ended_at = CASE $3 WHEN 'kept' THEN now() END
             WHERE projection = $1 AND generation = $2 AND role = $4",
        )
        .bind(generation.projection)
        .bind(generation.number)
        .bind(role.as_str())
        .bind(from.as_str())
    };
    let ended = set_role(Role::Kept, old, Role::Serving).execute(&mut *connection).await?;
    let began = set_role(Role::Serving, new, Role::Building).execute(&mut *connection).await?;
    if (ended.rows_affected(), began.rows_affected()) != (1, 1) {
        return Ok(false);
    }
    tell(connection, new.projection, Moved::Reset(())).await?;
    Ok(true)
}

/// Gives a rebuild up and drops what it had filled.
///
/// # Errors
/// [`BeginError`]; then nothing has changed.
pub async fn cancel_rebuild(pool: &PgPool, name: &str) -> Result<Ended, BeginError> {
    let projection = projections::find(name).ok_or_else(|| Unknown(name.to_owned()))?;
    let mut transaction = database::begin(pool).await?;
    lock(&mut transaction, name).await?;
    let Some(building) = find(&mut transaction, &*projection, Role::Building).await? else {
        return Ok(Ended::Nothing);
    };
    // The positions first, as a projector in the middle of a batch does: it ends its batch, or finds nothing to write to.
    delete(&mut transaction, building).await?;
    tell(&mut transaction, name, Moved::Reload(())).await?;
    transaction.commit().await?;
    tracing::info!(projection = name, generation = building.number, "the rebuild is given up");
    Ok(Ended::Done(building))
}

/// Lets the generation that served before catch up and serve again, by the same way as a rebuild.
///
/// # Errors
/// [`BeginError`]; then nothing has changed.
pub async fn roll_back(pool: &PgPool, name: &str) -> Result<Ended, BeginError> {
    let projection = projections::find(name).ok_or_else(|| Unknown(name.to_owned()))?;
    let mut transaction = database::begin(pool).await?;
    lock(&mut transaction, name).await?;
    if find(&mut transaction, &*projection, Role::Building).await?.is_some() {
        return Ok(Ended::Nothing);
    }
    let Some(kept) = find(&mut transaction, &*projection, Role::Kept).await? else { return Ok(Ended::Nothing) };
    sqlx::query(
        "UPDATE tasklog.generations SET role = 'building', ended_at = NULL, began_at = now(), compared = NULL, differences = NULL
         WHERE projection = $1 AND generation = $2",
    )
    .bind(kept.projection)
    .bind(kept.number)
    .execute(&mut *transaction)
    .await?;
    tell(&mut transaction, name, Moved::Reload(())).await?;
    transaction.commit().await?;
    tracing::info!(
        projection = name,
        generation = kept.number,
        "the generation that served before catches up to serve again"
    );
    Ok(Ended::Done(kept))
}

/// Drops generations that nothing needs any more: of those that served, all but the last one; of other versions, all that are older than
/// what serves now, but for the newest where no rebuild has followed it: its build may still run.
pub(crate) async fn sweep(pool: &PgPool, projection: &dyn Projection) -> Result<(), sqlx::Error> {
    let Description { name, version, .. } = *projection.describe();
    let mut transaction = database::begin(pool).await?;
    lock(&mut transaction, name).await?;
    // Whoever reads from one of them is not waited for long; the next rebuild sweeps again.
    sqlx::query("SET LOCAL lock_timeout = '2s'").execute(&mut *transaction).await?;
    let numbers: Vec<i32> = sqlx::query_scalar(
        "WITH mine AS (SELECT generation, role, ended_at FROM tasklog.generations WHERE projection = $1 AND version = $2),
              serving AS (SELECT generation FROM mine WHERE role = 'serving'),
              kept AS (SELECT generation FROM mine WHERE role = 'kept' ORDER BY ended_at DESC LIMIT 1)
         SELECT generation FROM tasklog.generations g
         WHERE projection = $1 AND CASE
             WHEN version = $2 THEN role = 'kept' AND generation NOT IN (SELECT generation FROM kept)
             ELSE generation < (SELECT generation FROM serving) AND (
                 role <> 'serving' OR EXISTS (SELECT 1 FROM kept) OR EXISTS (
                     SELECT 1 FROM tasklog.generations newer
                     WHERE newer.projection = $1 AND newer.version <> $2 AND newer.role = 'serving'
                       AND newer.generation > g.generation AND newer.generation < (SELECT generation FROM serving)))
         END",
    )
    .bind(name)
    .bind(version)
    .fetch_all(&mut *transaction)
    .await?;
    for number in numbers {
        let old = Generation { projection: name, number };
        delete(&mut transaction, old).await?;
        tracing::info!(projection = old.projection, generation = number, "an old generation is dropped");
    }
    transaction.commit().await
}

async fn delete(connection: &mut PgConnection, generation: Generation) -> Result<(), sqlx::Error> {
    for statement in [
        "SELECT 1 FROM tasklog.positions WHERE projection = $1 AND generation = $2 ORDER BY topic, partition FOR UPDATE",
        "DELETE FROM tasklog.generations WHERE projection = $1 AND generation = $2",
    ] {
        let statement = sqlx::query(statement).bind(generation.projection).bind(generation.number);
        statement.execute(&mut *connection).await?;
    }
    sqlx::query(&format!("DROP SCHEMA IF EXISTS {} CASCADE", generation.schema())).execute(connection).await?;
    Ok(())
}
