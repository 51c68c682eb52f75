//! Tries a parked record again, and with it what waits behind it.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kafka_es::{LogRecord, Position};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use utoipa::ToSchema;

use super::batch::{Batch, streams_of};
use super::failure::ApplyError;
use super::{checkpoint, dead_letters};
use crate::database;
use crate::generations::{self, Generation};
use crate::projections::{self, Projection};

/// What a retry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Retried {
    /// Records that are applied now.
    pub applied: u64,
    /// Records that turned out to have lost to another with the same sequence: they are no events.
    pub void: u64,
    /// Records of the stream that are still parked.
    pub parked: u64,
}

/// Why a record stays parked.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// No such record is parked.
    #[error("no record is parked under this id")]
    NotFound,
    /// It still cannot be applied.
    #[error("it still cannot be applied: {0}")]
    StillFails(String),
    /// Postgres did not answer.
    #[error("postgres cannot be asked")]
    Postgres(#[from] sqlx::Error),
}

/// A row of the table.
#[derive(Clone)]
pub(super) struct Row {
    projection: String,
    generation: i32,
    topic: String,
    partition: i32,
    record_offset: i64,
    pub(super) stream: Option<String>,
    record: Vec<u8>,
    record_key: Option<Vec<u8>>,
    traceparent: Option<String>,
}

const COLUMNS: &str =
    "projection, generation, topic, partition, record_offset, stream, record, record_key, traceparent";

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            projection: row.try_get("projection")?,
            generation: row.try_get("generation")?,
            topic: row.try_get("topic")?,
            partition: row.try_get("partition")?,
            record_offset: row.try_get("record_offset")?,
            stream: row.try_get("stream")?,
            record: row.try_get("record")?,
            record_key: row.try_get("record_key")?,
            traceparent: row.try_get("traceparent")?,
        })
    }
}

impl Row {
    pub(super) fn into_record(self) -> LogRecord {
        LogRecord {
            content: kafka_es::envelope::parse_record(self.record_key.as_deref(), Some(&self.record)),
            position: Position { topic: self.topic, partition: self.partition, offset: self.record_offset },
            key: self.record_key,
            timestamp_ms: None,
            traceparent: self.traceparent,
            raw: self.record,
        }
    }
}

/// A parked record whose projection stays where it is until the transaction ends: the projector takes the same lock first, so from
/// here on neither sees the other's half.
pub(super) struct Held {
    pub(super) projection: Arc<dyn Projection>,
    pub(super) generation: Generation,
    pub(super) row: Row,
    /// Of the topic.
    partitions: i32,
}

/// Finds and holds the parked record `id`; names of tables are then those of its generation.
///
/// # Errors
/// [`RetryError::StillFails`] when this build cannot write its projection.
pub(super) async fn hold(connection: &mut PgConnection, id: i64) -> Result<Held, RetryError> {
    let first = find(connection, id).await?.ok_or(RetryError::NotFound)?;
    let name = &first.projection;
    let projection = projections::find(name)
        .ok_or_else(|| RetryError::StillFails(format!("this process does not run projection {name}")))?;
    let described = projection.describe();
    let generation = Generation { projection: described.name, number: first.generation };
    if generations::version(connection, generation).await? != Some(described.version) {
        let of = format!("it is parked in tables of another version of projection {name}: ask a process of that build");
        return Err(RetryError::StillFails(of));
    }
    let partitions = checkpoint::hold(connection, generation, &first.topic).await?.len();
    let partitions = i32::try_from(partitions).unwrap_or(0);
    checkpoint::enter(connection, generation).await?;
    let row = find(connection, id).await?.ok_or(RetryError::NotFound)?;
    Ok(Held { projection, generation, row, partitions })
}

/// Applies the parked record `id` together with the parked records of its stream, oldest first, in one transaction. What
/// still fails stays parked, and everything behind it.
///
/// # Errors
/// [`RetryError::StillFails`] when not one more record could be applied; then nothing has changed.
pub async fn retry(pool: &PgPool, id: i64, now: DateTime<Utc>) -> Result<Retried, RetryError> {
    let mut transaction = database::begin(pool).await?;
    let held = hold(&mut transaction, id).await?;
    let done = take_and_apply(&mut transaction, &held, id, now).await?;
    transaction.commit().await?;
    tracing::info!(
        projection = held.generation.projection,
        dead_letter = id,
        applied = done.applied,
        parked = done.parked,
        "retried a dead letter"
    );
    Ok(done)
}

/// [`retry`] within a transaction that holds the projection.
pub(super) async fn take_and_apply(
    connection: &mut PgConnection,
    held: &Held,
    id: i64,
    now: DateTime<Utc>,
) -> Result<Retried, RetryError> {
    let records = take(connection, id, held.generation, held.row.stream.as_deref()).await?;
    apply(connection, held, &records.iter().collect::<Vec<_>>(), now).await
}

async fn find(connection: &mut PgConnection, id: i64) -> Result<Option<Row>, sqlx::Error> {
    let statement = format!("SELECT {COLUMNS} FROM tasklog.dead_letters WHERE id = $1");
    sqlx::query_as(&statement).bind(id).fetch_optional(connection).await
}

/// Takes the record, or all records of its stream, out of the table.
async fn take(
    connection: &mut PgConnection,
    id: i64,
    generation: Generation,
    stream: Option<&str>,
) -> Result<Vec<LogRecord>, sqlx::Error> {
    let statement = format!(
        "DELETE FROM tasklog.dead_letters
         WHERE id = $1 OR (projection = $2 AND generation = $3 AND stream = $4) RETURNING {COLUMNS}"
    );
    let taken = sqlx::query_as(&statement).bind(id).bind(generation.projection).bind(generation.number).bind(stream);
    let mut rows: Vec<Row> = taken.fetch_all(connection).await?;
    rows.sort_unstable_by_key(|row| (row.partition, row.record_offset));
    Ok(rows.into_iter().map(Row::into_record).collect())
}

/// Applies records that were parked. Those that are dropped are passed over.
///
/// # Errors
/// [`RetryError::StillFails`] when all of them would be parked again.
pub(super) async fn apply(
    connection: &mut PgConnection,
    held: &Held,
    records: &[&LogRecord],
    now: DateTime<Utc>,
) -> Result<Retried, RetryError> {
    let generation = held.generation;
    let mut batch = Batch::new(records, held.partitions, HashSet::new());
    batch.dropped = dead_letters::dropped(connection, generation.projection, records).await?;
    held.projection.apply(connection, &mut batch).await.map_err(|error| match error {
        ApplyError::Postgres(error) if super::failure::remedy(&error) == super::failure::Remedy::Retry => {
            RetryError::Postgres(error)
        }
        other => RetryError::StillFails(other.to_string()),
    })?;
    if batch.letters.len() == records.len() {
        let error = batch.letters.first().map(|letter| letter.error.clone()).unwrap_or_default();
        return Err(RetryError::StillFails(error));
    }
    dead_letters::insert_voids(connection, &batch).await?;
    dead_letters::insert(connection, generation, records, &batch.letters, now).await?;
    if held.projection.describe().rows_are_told {
        checkpoint::tell_rows(connection, generation, streams_of(records)).await?;
    }
    Ok(Retried { applied: batch.applied, void: batch.voids.len() as u64, parked: batch.letters.len() as u64 })
}
