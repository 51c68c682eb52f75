//! Drops a parked record for good, at an operator's word: its projection passes over it, and what waits behind it goes on.
//!
//! It is noted in `tasklog.dropped_records`, so that a rebuild passes over it too and makes the same rows. A generation that had
//! met it before, one that is being built or kept, has parked it for itself and wants the same word again; the first word must be
//! about the one that serves.

use chrono::{DateTime, Utc};
use kafka_es::LogRecord;
use serde::Serialize;
use sqlx::{Connection as _, PgConnection, PgPool};
use utoipa::ToSchema;

use super::dead_letters;
use super::retry::{self, Held, Retried, RetryError};
use crate::database;
use crate::generations::Generation;
use crate::metrics_definitions as metric;

/// What became of the records behind one that was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dropped {
    /// Records that waited and are applied now.
    pub applied: u64,
    /// Records that waited and turned out to have lost to another with the same sequence: they are no events.
    pub void: u64,
    /// Records of the stream that are still parked: another one of them cannot be applied.
    pub parked: u64,
}

/// Why a record stays parked.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// No such record is parked.
    #[error("no record is parked under this id")]
    NotFound,
    /// It cannot be passed over.
    #[error("it cannot be dropped: {0}")]
    Refused(String),
    /// Postgres did not answer.
    #[error("postgres cannot be asked")]
    Postgres(#[from] sqlx::Error),
}

impl From<RetryError> for DropError {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::NotFound => Self::NotFound,
            RetryError::StillFails(reason) => Self::Refused(reason),
            RetryError::Postgres(error) => Self::Postgres(error),
        }
    }
}

/// Passes over the parked record `id` and applies the records of its stream that wait behind it, oldest first, in one
/// transaction. Should one of those fail, it stays parked, and everything behind it.
///
/// # Errors
/// [`DropError::Refused`] for a record that waits behind another one, for the first event of a stream, and in a generation that does
/// not serve, where the serving one has not dropped it; then nothing has changed.
pub async fn drop_letter(pool: &PgPool, id: i64, now: DateTime<Utc>) -> Result<Dropped, DropError> {
    let mut transaction = database::begin(pool).await?;
    let held = retry::hold(&mut transaction, id).await?;
    let generation = held.generation;
    may_be_missed(&mut transaction, generation, id).await?;
    if let Some(stream) = &held.row.stream {
        check(&mut transaction, generation, stream, id).await?;
    }
    let record = take(&mut transaction, &held, id, now).await?;
    retry::apply(&mut transaction, &held, &[&record], now).await?;
    let done = match &held.row.stream {
        Some(stream) => go_on(&mut transaction, &held, stream, now).await?,
        None => Dropped::default(),
    };
    transaction.commit().await?;
    metric::dead_letter_dropped(generation.projection);
    tracing::warn!(
        projection = generation.projection, generation = generation.number, dead_letter = id, position = %record.position,
        stream = held.row.stream.as_deref(), traceparent = record.traceparent.as_deref(),
        applied = done.applied, parked = done.parked,
        "a dead letter was dropped: the projection goes on without its event"
    );
    Ok(done)
}

/// What is dropped is missing from every rebuild to come, so the generation that queries are answered from must miss it too: a new one
/// would know less than the one it replaces.
async fn may_be_missed(connection: &mut PgConnection, generation: Generation, id: i64) -> Result<(), DropError> {
    let may: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM tasklog.generations WHERE projection = $1 AND generation = $2 AND role = 'serving')
             OR EXISTS (SELECT 1 FROM tasklog.dead_letters l JOIN tasklog.dropped_records d
                            USING (projection, topic, partition, record_offset) WHERE l.id = $3)",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(id)
    .fetch_one(connection)
    .await?;
    if may {
        return Ok(());
    }
    let (name, number) = (generation.projection, generation.number);
    Err(DropError::Refused(format!(
        "generation {number} of {name} does not serve, and the one that serves has not dropped the record; retry it, or cancel the rebuild"
    )))
}

/// Only the record that holds its stream up can be dropped: those behind it have nothing wrong with them as far as anyone knows.
async fn check(connection: &mut PgConnection, generation: Generation, stream: &str, id: i64) -> Result<(), DropError> {
    let first = first_of(connection, generation, stream).await?;
    match first {
        Some((first, _)) if first != id => Err(DropError::Refused(format!(
            "it waits behind dead letter {first} of its stream; retry or drop that one"
        ))),
        Some((_, Some(1))) => Err(DropError::Refused(
            "it is the first event of its stream, and without it the later ones have nothing to change".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Id and sequence of the stream's first parked record.
async fn first_of(
    connection: &mut PgConnection,
    generation: Generation,
    stream: &str,
) -> Result<Option<(i64, Option<i64>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, sequence FROM tasklog.dead_letters WHERE projection = $1 AND generation = $2 AND stream = $3
         ORDER BY record_offset LIMIT 1",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(stream)
    .fetch_optional(connection)
    .await
}

/// Takes the record out of the table and notes that it is dropped.
async fn take(
    connection: &mut PgConnection,
    held: &Held,
    id: i64,
    now: DateTime<Utc>,
) -> Result<LogRecord, sqlx::Error> {
    sqlx::query(
        "WITH taken AS (DELETE FROM tasklog.dead_letters WHERE id = $1 RETURNING *)
         INSERT INTO tasklog.dropped_records
             (projection, topic, partition, record_offset, stream, sequence, error, dropped_at)
         SELECT projection, topic, partition, record_offset, stream, sequence, error, $2 FROM taken
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(held.row.clone().into_record())
}

/// Applies what waited. Where that fails, the dropped record stays dropped.
async fn go_on(
    connection: &mut PgConnection,
    held: &Held,
    stream: &str,
    now: DateTime<Utc>,
) -> Result<Dropped, DropError> {
    let Some((next, _)) = first_of(connection, held.generation, stream).await? else { return Ok(Dropped::default()) };
    let mut savepoint = connection.begin().await?;
    match retry::take_and_apply(&mut savepoint, held, next, now).await {
        Ok(Retried { applied, void, parked }) => {
            savepoint.commit().await?;
            Ok(Dropped { applied, void, parked })
        }
        Err(RetryError::StillFails(error)) => {
            savepoint.rollback().await?;
            let parked = still_parked(connection, held.generation, stream, next, &error).await?;
            Ok(Dropped { parked, ..Dropped::default() })
        }
        Err(other) => Err(other.into()),
    }
}

/// Says of the record that holds the stream up now why it does, and counts it and those behind it.
async fn still_parked(
    connection: &mut PgConnection,
    generation: Generation,
    stream: &str,
    next: i64,
    error: &str,
) -> Result<u64, sqlx::Error> {
    sqlx::query("UPDATE tasklog.dead_letters SET error = $2 WHERE id = $1")
        .bind(next)
        .bind(dead_letters::storable(error))
        .execute(&mut *connection)
        .await?;
    let parked: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tasklog.dead_letters WHERE projection = $1 AND generation = $2 AND stream = $3",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(stream)
    .fetch_one(connection)
    .await?;
    Ok(parked.unsigned_abs())
}
