//! The table of records that could not be applied.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use kafka_es::{LogRecord, Position};
use sqlx::{PgConnection, PgPool};

use super::batch::{Batch, Letter};
use crate::generations::Generation;
use crate::positions::Positions;
use crate::projections;

/// Which of these streams are parked.
pub async fn parked(
    connection: &mut PgConnection,
    generation: Generation,
    streams: &[String],
) -> Result<HashSet<String>, sqlx::Error> {
    let parked: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT stream FROM tasklog.dead_letters WHERE projection = $1 AND generation = $2 AND stream = ANY($3)",
    )
    .bind(generation.projection)
    .bind(generation.number)
    .bind(streams)
    .fetch_all(connection)
    .await?;
    Ok(parked.into_iter().collect())
}

/// Which of these records are dropped.
pub async fn dropped(
    connection: &mut PgConnection,
    projection: &str,
    records: &[&LogRecord],
) -> Result<HashSet<Position>, sqlx::Error> {
    let topics: Vec<&str> = records.iter().map(|record| record.position.topic.as_str()).collect();
    let partitions: Vec<i32> = records.iter().map(|record| record.position.partition).collect();
    let offsets: Vec<i64> = records.iter().map(|record| record.position.offset).collect();
    let rows: Vec<(String, i32, i64)> = sqlx::query_as(
        "SELECT topic, partition, record_offset
         FROM UNNEST($2::text[], $3::int[], $4::bigint[]) AS r(topic, partition, record_offset)
         JOIN tasklog.dropped_records USING (topic, partition, record_offset) WHERE projection = $1",
    )
    .bind(projection)
    .bind(&topics)
    .bind(&partitions)
    .bind(&offsets)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(topic, partition, offset)| Position { topic, partition, offset }).collect())
}

/// How many records are parked in `new` and not in `old`.
pub async fn parked_only_in(
    connection: &mut PgConnection,
    new: Generation,
    old: Generation,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM tasklog.dead_letters n WHERE projection = $1 AND generation = $2 AND NOT EXISTS (
             SELECT 1 FROM tasklog.dead_letters o WHERE o.projection = $1 AND o.generation = $3
               AND o.topic = n.topic AND o.partition = n.partition AND o.record_offset = n.record_offset)",
    )
    .bind(new.projection)
    .bind(new.number)
    .bind(old.number)
    .fetch_one(connection)
    .await
}

/// How many records are parked, by projection, in the generation of each that serves here; those without any are left out. What the tables
/// of another build have parked is told by that build: this one cannot try it again, and may have applied it.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn count(pool: &PgPool, positions: &Positions) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let names = projections::names();
    let serving: Vec<Option<i32>> = names.iter().map(|name| positions.serving(name)).collect();
    sqlx::query_as(
        "SELECT projection, count(*) FROM tasklog.dead_letters
         JOIN UNNEST($1::text[], $2::int[]) AS serving(projection, generation) USING (projection, generation) GROUP BY projection",
    )
    .bind(&names)
    .bind(&serving)
    .fetch_all(pool)
    .await
}

/// Parks records.
pub async fn insert(
    connection: &mut PgConnection,
    generation: Generation,
    records: &[&LogRecord],
    letters: &[Letter],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    // Rare, so one statement each.
    for letter in letters {
        let record = records[letter.index];
        sqlx::query(
            "INSERT INTO tasklog.dead_letters
                 (projection, generation, topic, partition, record_offset, stream, sequence, error, record, record_key, traceparent,
                  parked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (projection, generation, topic, partition, record_offset) DO NOTHING",
        )
        .bind(generation.projection)
        .bind(generation.number)
        .bind(&record.position.topic)
        .bind(record.position.partition)
        .bind(record.position.offset)
        .bind(letter.stream.as_deref().map(storable))
        .bind(letter.sequence.map(|sequence| i64::try_from(sequence).unwrap_or(i64::MAX)))
        .bind(storable(&letter.error))
        .bind(&record.raw)
        .bind(record.key.as_deref())
        .bind(record.traceparent.as_deref().map(storable))
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Says which records are parked, once that is committed.
pub fn tell(generation: Generation, records: &[&LogRecord], letters: &[Letter]) {
    for letter in letters {
        tracing::error!(
            projection = generation.projection, generation = generation.number, position = %records[letter.index].position, stream = letter.stream.as_deref(), error = letter.error,
            traceparent = records[letter.index].traceparent.as_deref(),
            "a record could not be applied and is parked: see GET /dead-letters"
        );
    }
}

/// Notes records that lost, so that the live stream leaves them out.
pub async fn insert_voids(connection: &mut PgConnection, batch: &Batch<'_>) -> Result<(), sqlx::Error> {
    if batch.voids.is_empty() {
        return Ok(());
    }
    let mut voids: Vec<&Position> = batch.voids.iter().collect();
    // Two projections of one topic insert the same rows: in the same order, so that they cannot wait for each other.
    voids.sort_unstable();
    let topics: Vec<&str> = voids.iter().map(|void| void.topic.as_str()).collect();
    let partitions: Vec<i32> = voids.iter().map(|void| void.partition).collect();
    let offsets: Vec<i64> = voids.iter().map(|void| void.offset).collect();
    sqlx::query(
        "INSERT INTO tasklog.void_records (topic, partition, record_offset)
         SELECT * FROM UNNEST($1::text[], $2::int[], $3::bigint[]) ON CONFLICT DO NOTHING",
    )
    .bind(&topics)
    .bind(&partitions)
    .bind(&offsets)
    .execute(connection)
    .await?;
    Ok(())
}

/// Postgres's text holds every character but one.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
