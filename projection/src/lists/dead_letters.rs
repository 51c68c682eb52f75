//! Pages of parked records, in the order they were parked.

use chrono::{DateTime, Utc};
use platform::page::{Cursor, cut};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row};
use utoipa::ToSchema;

use super::ListError;
use crate::positions::Positions;

/// The name of the order, for cursors.
pub const ORDER: &str = "dead_letters";

/// A record that a projection could not apply, or that waits behind one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Names it for a retry, or to drop it.
    pub id: i64,
    /// The projection that could not apply it.
    pub projection: String,
    /// The generation of it, which serves, is being built, or is kept.
    pub generation: i32,
    /// Where the record is in the log.
    pub topic: String,
    /// Where the record is in the log.
    pub partition: i32,
    /// Where the record is in the log.
    pub offset: i64,
    /// The stream that waits for it; `null` when the record says none.
    pub stream: Option<String>,
    /// The sequence it claims.
    pub sequence: Option<i64>,
    /// Why it could not be applied.
    pub error: String,
    /// The record as text, cut after 4 KiB; the log has it whole.
    pub record: String,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// When it was parked.
    pub parked_at: DateTime<Utc>,
}

/// One page of parked records.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetterPage {
    /// The records, first parked first.
    pub items: Vec<DeadLetter>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl FromRow<'_, PgRow> for DeadLetter {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let record: Vec<u8> = row.try_get("record")?;
        Ok(Self {
            id: row.try_get("id")?,
            projection: row.try_get("projection")?,
            generation: row.try_get("generation")?,
            topic: row.try_get("topic")?,
            partition: row.try_get("partition")?,
            offset: row.try_get("record_offset")?,
            stream: row.try_get("stream")?,
            sequence: row.try_get("sequence")?,
            error: row.try_get("error")?,
            record: String::from_utf8_lossy(&record).into_owned(),
            traceparent: row.try_get("traceparent")?,
            parked_at: row.try_get("parked_at")?,
        })
    }
}

/// A page of parked records: of the versions of projections that `positions` is about, for a build can neither try nor drop what is parked in
/// the tables of another.
///
/// # Errors
/// [`ListError::Cursor`] for a cursor this list did not make; otherwise when Postgres cannot be asked.
pub async fn page(
    pool: &PgPool,
    positions: &Positions,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<DeadLetterPage, ListError> {
    let after: i64 = match cursor {
        None => 0,
        Some(cursor) => cursor.id.parse().map_err(|_| ListError::Cursor)?,
    };
    let (projections, versions): (Vec<&str>, Vec<i32>) = positions.versions().unzip();
    let rows: Vec<DeadLetter> = sqlx::query_as(
        "SELECT id, projection, generation, topic, partition, record_offset, stream, sequence, error,
                substring(record FROM 1 FOR 4096) AS record, traceparent, parked_at
         FROM tasklog.dead_letters JOIN tasklog.generations USING (projection, generation)
         JOIN UNNEST($3::text[], $4::int[]) AS ours(projection, version) USING (projection, version)
         WHERE id > $1 AND role <> 'kept' ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(limit as i64 + 1)
    .bind(&projections)
    .bind(&versions)
    .fetch_all(pool)
    .await?;
    let (items, more) = cut(rows, limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let (key, id) = (serde_json::Value::Null, last.id.to_string());
        Cursor { sort: ORDER.to_owned(), key, id, filters: String::new() }.encode()
    });
    Ok(DeadLetterPage { items, next_cursor })
}
