//! `completed`: how many tasks were completed on each day. `docs/projections.md` is about this file.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use domain::task::TaskEvent;
use domain::topics;
use kafka_es::Envelope;
use sqlx::PgConnection;
use std::collections::BTreeMap;

use super::copy::CopyRows;
use super::rows::{Changed, changed, keys, take_new, version};
use super::{Description, Projection, Table};
use crate::event::decode;
use crate::projector::batch::{Batch, State, Stream, Streams};
use crate::projector::failure::ApplyError;

/// Its name.
pub const NAME: &str = "completed";
/// Goes up with every change of the tables, or of what is written into them for the same events.
const VERSION: i32 = 1;

/// What is counted, and for each task what of it is counted: without that a task reopened could not be taken off its day.
const TABLES: &str = "
    CREATE TABLE days (
        tenant text   NOT NULL,
        day    date   NOT NULL,
        tasks  bigint NOT NULL,
        PRIMARY KEY (tenant, day)
    );
    CREATE TABLE counted (
        tenant  text   NOT NULL,
        id      uuid   NOT NULL,
        version bigint NOT NULL,
        day     date,
        PRIMARY KEY (tenant, id)
    );
";

/// The projection.
#[derive(Debug)]
pub struct Completed;

/// What is counted of a task.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    version: u64,
    /// The day in UTC on which it was completed, if it is.
    day: Option<NaiveDate>,
    /// The same as stored: what is counted already.
    before: Option<NaiveDate>,
}

impl State for Counted {
    type Event = TaskEvent;

    fn sequence(&self) -> u64 {
        self.version
    }

    fn decode(envelope: &Envelope) -> Result<TaskEvent, String> {
        decode(envelope)
    }

    fn apply(&mut self, event: &TaskEvent, _envelope: &Envelope) {
        let day = |instant: DateTime<Utc>| instant.date_naive();
        match event {
            TaskEvent::Created(created) => self.day = created.completed_at.map(day),
            TaskEvent::Completed(completed) => self.day = Some(day(completed.completed_at)),
            TaskEvent::Reopened(_) => self.day = None,
            // A deleted task was completed all the same.
            TaskEvent::Deleted(_)
            | TaskEvent::Restored(_)
            | TaskEvent::Updated(_)
            | TaskEvent::OccurrenceSkipped(_) => {}
        }
        self.version += 1;
    }

    fn pass(&mut self, sequence: u64) {
        self.version = sequence;
    }
}

#[async_trait]
impl Projection for Completed {
    fn describe(&self) -> &Description {
        &Description {
            name: NAME,
            topic: topics::TASKS,
            version: VERSION,
            create: TABLES,
            index: "",
            rows_are_told: false,
            tables: &[
                Table { name: "days", order: "tenant COLLATE \"C\", day" },
                Table { name: "counted", order: "tenant COLLATE \"C\", id" },
            ],
        }
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        let mut tasks = load(connection, &batch.streams()).await?;
        batch.fold(&mut tasks)?;
        save(connection, &tasks).await?;
        count(connection, &tasks).await
    }
}

async fn load(connection: &mut PgConnection, streams: &[String]) -> Result<Streams<Counted>, ApplyError> {
    if streams.is_empty() {
        return Ok(Streams::new());
    }
    let (tenants, ids) = keys(streams);
    let rows: Vec<(String, i64, Option<NaiveDate>)> = sqlx::query_as(
        "SELECT c.tenant || '/' || c.id, c.version, c.day
         FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN counted c USING (tenant, id)",
    )
    .bind(&tenants)
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    let stored = |(stream, version, day): (String, i64, Option<NaiveDate>)| {
        (stream, Stream::stored(Counted { version: version.unsigned_abs(), day, before: day }))
    };
    Ok(rows.into_iter().map(stored).collect())
}

async fn save(connection: &mut PgConnection, tasks: &Streams<Counted>) -> Result<(), ApplyError> {
    let mut rows = changed(tasks);
    let new = take_new(&mut rows);
    if !new.is_empty() {
        let mut copied = CopyRows::new();
        for task in new {
            copied.begin(4);
            copied.value(task.tenant)?;
            copied.value(task.id)?;
            copied.value(version(task.state.version))?;
            copied.value(task.state.day)?;
        }
        copied.write(connection, "counted (tenant, id, version, day)").await?;
    }
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO counted (tenant, id, version, day)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::date[])
         ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, day = excluded.day",
    )
    .bind(rows.iter().map(|row| row.tenant).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| version(row.state.version)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.state.day).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes every changed task off the day it was counted on and adds it to its new one. Days that come to nothing go: a rebuild,
/// which cuts the log into other batches, might never have made them.
async fn count(connection: &mut PgConnection, tasks: &Streams<Counted>) -> Result<(), ApplyError> {
    let mut days: BTreeMap<(&str, NaiveDate), i64> = BTreeMap::new();
    for Changed { tenant, state: task, .. } in changed(tasks) {
        for (day, change) in [(task.before, -1), (task.day, 1)] {
            if let Some(day) = day {
                *days.entry((tenant, day)).or_default() += change;
            }
        }
    }
    days.retain(|_, change| *change != 0);
    if days.is_empty() {
        return Ok(());
    }
    let tenants: Vec<&str> = days.keys().map(|(tenant, _)| *tenant).collect();
    let dates: Vec<NaiveDate> = days.keys().map(|(_, day)| *day).collect();
    let any_loses = days.values().any(|change| *change < 0);
    sqlx::query(
        "INSERT INTO days (tenant, day, tasks) SELECT * FROM UNNEST($1::text[], $2::date[], $3::bigint[])
         ON CONFLICT (tenant, day) DO UPDATE SET tasks = days.tasks + excluded.tasks",
    )
    .bind(&tenants)
    .bind(&dates)
    .bind(days.into_values().collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    if !any_loses {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM days USING UNNEST($1::text[], $2::date[]) AS touched(tenant, day)
         WHERE days.tenant = touched.tenant AND days.day = touched.day AND tasks = 0",
    )
    .bind(&tenants)
    .bind(&dates)
    .execute(connection)
    .await?;
    Ok(())
}
