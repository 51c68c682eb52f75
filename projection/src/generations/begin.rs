//! How a generation comes to be.

use sqlx::{Executor as _, PgConnection, PgPool};

use super::{Generation, Role, Unknown, find, lock, tell};
use crate::database;
use crate::positions::notice::Moved;
use crate::projections::{self, Description, Projection};
use crate::projector::checkpoint;

/// The generation that serves this build's version of the projection. Where there is none it is made, empty: there is nothing
/// else that this build could answer from.
///
/// # Errors
/// When Postgres refuses; then nothing has changed.
pub async fn serving(pool: &PgPool, projection: &dyn Projection) -> Result<Generation, sqlx::Error> {
    let Description { name, version, .. } = *projection.describe();
    let mut transaction = database::begin(pool).await?;
    if let Some(found) = find(&mut transaction, projection, Role::Serving).await? {
        return Ok(found);
    }
    lock(&mut transaction, name).await?;
    if let Some(found) = find(&mut transaction, projection, Role::Serving).await? {
        return Ok(found);
    }
    let made = make(&mut transaction, projection, Role::Serving).await?;
    tell(&mut transaction, name, Moved::Reload(())).await?;
    transaction.commit().await?;
    tracing::info!(
        projection = made.projection,
        generation = made.number,
        version,
        "the projection has no tables of this version yet and is filled from the log"
    );
    Ok(made)
}

/// A rebuild that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// What it fills.
    pub generation: Generation,
    /// True when it was asked for now, false when it ran already.
    pub new: bool,
}

/// Why a rebuild cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// There is none of this name in Postgres.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Postgres did not do it.
    #[error("postgres refused")]
    Postgres(#[from] sqlx::Error),
}

/// Makes a generation to be filled beside the serving one, or finds the one that is being filled. The projectors that run, in
/// whatever process, notice and fill it; without one it waits until one is started. Where nothing serves yet the generation that
/// is to serve is made: it is filled in its place.
///
/// # Errors
/// [`BeginError`]; then nothing has changed.
pub async fn begin_rebuild(pool: &PgPool, name: &str) -> Result<Begun, BeginError> {
    let projection = projections::find(name).ok_or_else(|| Unknown(name.to_owned()))?;
    let mut transaction = database::begin(pool).await?;
    lock(&mut transaction, name).await?;
    if let Some(generation) = find(&mut transaction, &*projection, Role::Building).await? {
        return Ok(Begun { generation, new: false });
    }
    let role = match find(&mut transaction, &*projection, Role::Serving).await? {
        Some(_) => Role::Building,
        None => Role::Serving,
    };
    let generation = make(&mut transaction, &*projection, role).await?;
    tell(&mut transaction, name, Moved::Reload(())).await?;
    transaction.commit().await?;
    tracing::info!(projection = name, generation = generation.number, "a rebuild of the projection begins");
    Ok(Begun { generation, new: true })
}

async fn make(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    role: Role,
) -> Result<Generation, sqlx::Error> {
    let Description { name, version, create, .. } = *projection.describe();
    let number: i32 = sqlx::query_scalar(
        "INSERT INTO tasklog.generations (projection, version, role, began_at, served_at)
         VALUES ($1, $2, $3, now(), CASE $3 WHEN 'serving' THEN now() END) RETURNING generation",
    )
    .bind(name)
    .bind(version)
    .bind(role.as_str())
    .fetch_one(&mut *connection)
    .await?;
    let generation = Generation { projection: name, number };
    sqlx::query(&format!("CREATE SCHEMA {}", generation.schema())).execute(&mut *connection).await?;
    checkpoint::enter(connection, generation).await?;
    // A text that was not prepared may hold many statements.
    connection.execute(create).await?;
    Ok(generation)
}
