//! Brings what is below a task along with it: completed or deleted, so are its subtasks; open or there again, so are those that it had
//! taken along, unless somebody has changed them since. The next occurrence of a series has the subtasks of the one before.
//!
//! Of every task that is a part of another it keeps which one that is. What is to be done about it follows from the events of both
//! (`life`), whichever of them is read first and however often.

mod copies;
mod follow;
mod life;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use domain::task::TaskAggregate;
use domain::{tenant, topics};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{Envelope, LogRecord, Position};
use platform::postgres::in_time;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::commands::Commands;
use crate::manager::{Failure, ProcessManager, only_this_stream};
use copies::Follower;
use rows::{ANSWER, Row};

/// Its name, everywhere.
pub const NAME: &str = "subtasks";

/// Tasks that are worked on at the same time.
const AT_ONCE: usize = 64;

/// The subtasks process manager. Clones are the same one.
#[derive(Clone)]
pub struct Subtasks {
    commands: Arc<dyn Commands>,
    pool: PgPool,
}

impl Subtasks {
    /// Gives its commands through `commands` and keeps its rows in `pool`.
    pub fn new(commands: Arc<dyn Commands>, pool: PgPool) -> Self {
        Self { commands, pool }
    }
}

/// An event and the record that it stands in.
#[derive(Clone, Copy)]
struct Told<'a> {
    position: &'a Position,
    envelope: &'a Envelope,
}

/// A task, by tenant and id.
type Name<'a> = (&'a str, Uuid);

/// What a batch changes in the rows.
#[derive(Debug, Default)]
pub struct Changes {
    /// Tasks that are somewhere else than before, or new.
    rows: Vec<Row>,
    /// Tasks that have the parts of others.
    followers: Vec<Follower>,
}

#[async_trait]
impl ProcessManager for Subtasks {
    type Changes = Changes;

    fn name(&self) -> &'static str {
        NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        &[topics::TASKS]
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Changes, Failure> {
        let Batch { moved, parents, made } = Batch::of(records);
        let rows = self.looked_up(&moved).await?;
        let of = |name: &Name<'_>| rows.iter().filter(|row| row.is_below(name)).cloned().collect::<Vec<_>>();
        let mut below = in_time(ANSWER, rows::below(&self.pool, parents.keys().copied())).await?;
        let following = parents.iter().map(|(name, told)| {
            let mut parts = below.remove(&(name.0.to_owned(), name.1)).unwrap_or_default();
            // What this batch tells is newer, and not written yet.
            parts.retain(|part| !rows.iter().any(|row| (row.task_id, &row.tenant) == (part.task_id, &part.tenant)));
            parts.extend(of(name));
            self.follow(*name, told, parts)
        });
        let following: Vec<_> = following.collect();
        stream::iter(following).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        // What came below a task may have come before that was ended, and be read only now.
        let catching_up: Vec<_> = rows.iter().filter_map(|row| Some(self.catch_up(row, row.parent_id?))).collect();
        stream::iter(catching_up).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        let restored = parents.iter().filter(|(_, told)| told.iter().any(|told| life::restores(told.envelope)));
        let restored: Vec<Name<'_>> = restored.map(|(name, _)| *name).collect();
        let followers = self.copy_parts(&made, &restored, &rows).await?;
        Ok(Changes { rows, followers })
    }

    fn has_rows(&self, changes: &Changes) -> bool {
        !changes.rows.is_empty() || !changes.followers.is_empty()
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
        rows::save(connection, &changes.rows).await?;
        copies::save(connection, &changes.followers).await
    }

    fn committed(&self, _: &Changes) {}
}

impl Subtasks {
    /// Where these tasks are now.
    async fn looked_up(&self, moved: &BTreeSet<Name<'_>>) -> Result<Vec<Row>, Failure> {
        let looking: Vec<_> = moved
            .iter()
            .map(|(tenant, id)| async move {
                let task = self.commands.task(tenant, *id).await;
                let task = only_this_stream(NAME, &tenant::stream_id(tenant, *id), task)?.flatten();
                let row = |known: TaskAggregate| Row {
                    tenant: (*tenant).to_owned(),
                    task_id: *id,
                    parent_id: known.task.parent_id,
                    version: known.task.version,
                };
                Ok::<_, Failure>(task.map(row))
            })
            .collect();
        let rows: Vec<Option<Row>> = stream::iter(looking).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(rows.into_iter().flatten().collect())
    }
}

/// What a batch tells, sorted by what it means.
#[derive(Default)]
struct Batch<'a> {
    /// Tasks that may have come below another or left it.
    moved: BTreeSet<Name<'a>>,
    /// Events that end a task or bring it back, in the order of the log.
    parents: BTreeMap<Name<'a>, Vec<Told<'a>>>,
    /// Events that made a task which is to have the parts of another.
    made: Vec<Told<'a>>,
}

impl<'a> Batch<'a> {
    fn of(records: &'a [LogRecord]) -> Self {
        let mut batch = Self::default();
        for record in records {
            // What is no event of ours has no effect.
            for envelope in record.content.iter().flatten() {
                let Some(name) = tenant::parse_stream_id(&envelope.partitionkey) else { continue };
                let told = Told { position: &record.position, envelope };
                // Told without reading it.
                if envelope.data.get().contains("\"parent_id\"") {
                    batch.moved.insert(name);
                }
                if life::ends(envelope) || life::brings_back(envelope) {
                    batch.parents.entry(name).or_default().push(told);
                }
                if copies::may_follow(envelope) {
                    batch.made.push(told);
                }
            }
        }
        batch
    }
}
