//! Makes the next task of a series: when one is completed, or when its time has come.
//!
//! Of each task that repeats it keeps what the events have made of it, and which task it made to follow it: one task has one successor.
//! Completed twice, it has the same; opened again, an untouched successor is taken back.

mod due;
mod follow;
mod make;
mod rows;
mod step;

pub(crate) use due::{EARLIEST, taking};

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{Envelope, LogRecord, Position};
use platform::clock::Clock;
use platform::postgres::in_time;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::commands::{Commands, is_by};
use crate::manager::{Alarm, Failure, ProcessManager};
use rows::Row;

/// Its name, everywhere.
pub const NAME: &str = "recurrence";

/// Streams that are worked on at the same time.
const AT_ONCE: usize = 64;

/// The task after which an event has brought an occurrence back that had been taken back; `None` where it is another event.
pub(crate) fn brought_back_after(envelope: &Envelope) -> Option<Uuid> {
    let rest = envelope.commandid.strip_prefix("process/recurrence/again/").filter(|_| is_by(envelope, NAME))?;
    rest.split('/').next()?.parse().ok()
}

/// The recurrence process manager. Clones are the same one.
#[derive(Clone)]
pub struct Recurrence {
    commands: Arc<dyn Commands>,
    pool: PgPool,
    clock: Clock,
    alarm: Alarm,
}

impl Recurrence {
    /// Gives its commands through `commands` and keeps its rows in `pool`.
    pub fn new(commands: Arc<dyn Commands>, pool: PgPool, clock: Clock) -> Self {
        Self { commands, pool, clock, alarm: Alarm::default() }
    }

    /// Wakes whoever looks for occurrences whose time has come.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// The time by which occurrences are due.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// An event and the record that it stands in.
#[derive(Clone, Copy)]
struct Told<'a> {
    position: &'a Position,
    envelope: &'a Envelope,
}

#[async_trait]
impl ProcessManager for Recurrence {
    type Changes = Vec<Row>;

    fn name(&self) -> &'static str {
        NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        &[domain::topics::TASKS]
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Vec<Row>, Failure> {
        let streams = by_stream(records);
        let mut rows = in_time(rows::ANSWER, rows::load(&self.pool, streams.keys().copied())).await?;
        let concerned = streams.into_iter().filter_map(|(stream, told)| {
            let row = rows.remove(stream);
            (row.is_some() || told.iter().any(|told| follow::may_repeat(told.envelope))).then_some((stream, told, row))
        });
        let following: Vec<_> = concerned.map(|(stream, told, row)| self.follow(stream, told, row)).collect();
        let changed: Vec<Option<Row>> = stream::iter(following).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(changed.into_iter().flatten().collect())
    }

    fn has_rows(&self, changes: &Vec<Row>) -> bool {
        !changes.is_empty()
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Vec<Row>) -> Result<(), sqlx::Error> {
        rows::save(connection, changes).await
    }

    fn committed(&self, changes: &Vec<Row>) {
        if changes.iter().any(|row| row.fires_at.is_some()) {
            self.alarm.ring();
        }
    }
}

/// The events of each stream, in the order of the log.
fn by_stream(records: &[LogRecord]) -> BTreeMap<&str, Vec<Told<'_>>> {
    let mut streams = BTreeMap::<&str, Vec<Told<'_>>>::new();
    for record in records {
        // What is no event of ours has no effect.
        for envelope in record.content.iter().flatten() {
            streams.entry(&envelope.partitionkey).or_default().push(Told { position: &record.position, envelope });
        }
    }
    streams
}
