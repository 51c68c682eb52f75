//! The projections kept in Postgres, one a file. A new one is a file and a line in [`all`]: `docs/projections.md` adds one step by
//! step.

pub mod completed;
mod copy;
pub mod history;
pub mod reminders;
mod rows;
pub mod tag_marks;
pub mod tasks;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::projector::batch::Batch;
use crate::projector::failure::ApplyError;

/// Every projection the projector runs.
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(tasks::Tasks),
        Arc::new(history::History),
        Arc::new(reminders::Reminders),
        Arc::new(completed::Completed),
    ]
}

/// The names of all projections in Postgres.
pub fn names() -> Vec<&'static str> {
    all().iter().map(|projection| projection.describe().name).collect()
}

/// The projection of this name.
pub fn find(name: &str) -> Option<Arc<dyn Projection>> {
    all().into_iter().find(|projection| projection.describe().name == name)
}

/// A handler: turns batches of one topic into rows. Its position is kept for it, in the transaction it is given.
///
/// It must write nothing but its tables, through that transaction alone, and what it writes must follow from the records and
/// the stored rows: no clock, no random source. Then a rebuild gives the same bytes.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// What the projector must know of it, always the same.
    fn describe(&self) -> &Description;

    /// Applies a batch: reads the current rows of its streams, folds the records into them, writes what changed. Rows of streams that
    /// were not there go in by `COPY` where they are as many as [`MANY_NEW`](crate::projector::batch::MANY_NEW): streams that are only
    /// taken for new are not looked for ([`Batch::streams`]), and their rows must fail to go in where they are there.
    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError>;
}

/// What a projection is, apart from what it does with a batch.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Its name, in positions, metrics and the API.
    pub name: &'static str,
    /// The topic it reads.
    pub topic: &'static str,
    /// Changes with its tables, and with what it makes of the same records. A build that finds no tables of its version fills some,
    /// beside those of other builds.
    pub version: i32,
    /// Statements that make its tables, which nothing else writes. They are run for each generation, in a schema of its own: names
    /// stand without one, here, in [`Self::index`] and in [`Projection::apply`].
    pub create: &'static str,
    /// Statements that make what only queries need of its tables, again and again with the same effect (`IF NOT EXISTS`): a
    /// generation gets it when it is full, which costs a fraction. Indexes, none of them unique; empty where there are none.
    pub index: &'static str,
    /// Whether every process is told which streams' rows a transaction changed, for what it keeps in memory of them.
    pub rows_are_told: bool,
    /// Its tables: what a dump writes out, and what a rebuild is compared by.
    pub tables: &'static [Table],
}

/// A projection's table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Columns that order its rows without ties.
    pub order: &'static str,
}
