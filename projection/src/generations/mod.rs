//! Generations of a projection. Each is a set of tables in a schema of its own, with positions and parked records of its own, so
//! that a new one can be filled while another serves.
//!
//! One generation of each version serves. A build reads and writes only generations that have its version of the projection:
//! during an upgrade the old build serves from its own until the new build's is filled, and a build that is put back finds its
//! own where it left it.

mod begin;
mod end;
mod index;
mod stored;

pub use begin::{BeginError, Begun, begin_rebuild, serving};
pub(crate) use end::{Compared, note_comparison, sweep, switch};
pub use end::{Ended, cancel_rebuild, roll_back};
pub(crate) use index::{index, index_filled};
use sqlx::PgConnection;
pub use stored::{Stored, all};

use crate::positions::notice::{CHANNEL, Moved, Notice};
use crate::projections::{self, Description, Projection};

/// One set of a projection's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation {
    /// The projection.
    pub projection: &'static str,
    /// Its number, which no other generation of any projection has.
    pub number: i32,
}

impl Generation {
    /// The Postgres schema that holds its tables.
    pub fn schema(&self) -> String {
        format!("tasklog_{}_{}", self.projection, self.number)
    }

    /// One of its tables, with its schema.
    pub fn table(&self, name: &str) -> String {
        format!("tasklog_{}_{}.{name}", self.projection, self.number)
    }
}

/// What a generation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is filled to take the serving one's place.
    Building,
    /// Queries are answered from it.
    Serving,
    /// It served, and may serve again.
    Kept,
}

impl Role {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Serving => "serving",
            Self::Kept => "kept",
        }
    }
}

/// There is no projection of this name in Postgres.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection {0:?} in postgres; there are {names}", names = projections::names().join(", "))]
pub struct Unknown(pub String);

/// The newest generation of the projection's version with this role.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn find(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    role: Role,
) -> Result<Option<Generation>, sqlx::Error> {
    let Description { name, version, .. } = *projection.describe();
    let number = sqlx::query_scalar(
        "SELECT generation FROM tasklog.generations WHERE projection = $1 AND version = $2 AND role = $3
         ORDER BY ended_at DESC NULLS FIRST, generation DESC LIMIT 1",
    );
    let number = number.bind(name).bind(version).bind(role.as_str());
    let number: Option<i32> = number.fetch_optional(connection).await?;
    Ok(number.map(|number| Generation { projection: name, number }))
}

/// The version of the projection that a generation was made for; `None` when it is gone.
pub(crate) async fn version(connection: &mut PgConnection, generation: Generation) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("SELECT version FROM tasklog.generations WHERE projection = $1 AND generation = $2")
        .bind(generation.projection)
        .bind(generation.number)
        .fetch_optional(connection)
        .await
}

/// Whoever changes the generations of a projection holds this until its transaction ends.
async fn lock(connection: &mut PgConnection, projection: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('tasklog generations of ' || $1, 0))")
        .bind(projection)
        .execute(connection)
        .await?;
    Ok(())
}

/// Tells every process, should the transaction commit.
async fn tell(connection: &mut PgConnection, projection: &str, moved: Moved) -> Result<(), sqlx::Error> {
    let notice = Notice::of(projection, 0, moved);
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(notice.payload()).execute(connection).await?;
    Ok(())
}
