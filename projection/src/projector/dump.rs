//! Writes a projection's rows out in an order that does not depend on how they came to be, so that two builds of it can be
//! compared byte for byte.

use std::io::Write;

use futures::TryStreamExt as _;
use sqlx::PgPool;

use crate::generations::{self, Role, Unknown};
use crate::projections;

/// Why a dump failed.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// No such projection.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Nothing has been built yet.
    #[error("no generation of projection {0} serves yet: start `tasklog up` or `tasklog projector`")]
    Nothing(String),
    /// Postgres could not be read.
    #[error("postgres cannot be read")]
    Postgres(#[from] sqlx::Error),
    /// The output could not be written.
    #[error("the dump cannot be written")]
    Write(#[from] std::io::Error),
}

/// Writes one line of JSON for each row of each of the projection's tables, of the generation that serves. Positions and parked
/// records are not part of it.
///
/// # Errors
/// [`DumpError`]; some lines may be written by then.
pub async fn dump(pool: &PgPool, name: &str, mut out: impl Write) -> Result<(), DumpError> {
    let projection = projections::find(name).ok_or_else(|| Unknown(name.to_owned()))?;
    let serving = generations::find(&mut *pool.acquire().await?, &*projection, Role::Serving).await?;
    let serving = serving.ok_or_else(|| DumpError::Nothing(name.to_owned()))?;
    for table in projection.describe().tables {
        writeln!(out, "# {}", table.name)?;
        let statement =
            format!("SELECT to_json(r)::text FROM {} r ORDER BY {}", serving.table(table.name), table.order);
        let mut rows = sqlx::query_scalar::<_, String>(&statement).fetch(pool);
        while let Some(row) = rows.try_next().await? {
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}
