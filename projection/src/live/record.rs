//! Records of the log as clients of the live stream are told of them.

use std::collections::HashSet;
use std::sync::Arc;

use kafka_es::LogRecord;
use uuid::Uuid;

use super::lookup::Lookup;
use super::{GATES, Inner};
use crate::projections::history::short_type;

/// A record that is visible.
#[derive(Debug)]
pub(super) struct LiveRecord {
    pub(super) partition: (String, i32),
    pub(super) offset: i64,
    pub(super) tenant: String,
    /// The stream of its events.
    pub(super) stream: String,
    /// The task or reminder that they are of.
    pub(super) id: Uuid,
    pub(super) events: Vec<LiveEvent>,
    /// What filters must know of its task, and of the others of its batch.
    pub(super) facets: Arc<Lookup>,
}

/// One of its events.
#[derive(Debug)]
pub(super) struct LiveEvent {
    /// `task.created` and so on.
    pub(super) kind: String,
    /// The CloudEvent, as [`Told::Event`](super::Told::Event) has it: one text for all clients.
    pub(super) data: Arc<str>,
    pub(super) sequence: u64,
}

/// The visible ones of these records, in order. All must have been passed by the projection of their topic.
pub(super) async fn visible(inner: &Inner, records: &[LogRecord]) -> Result<Vec<Arc<LiveRecord>>, sqlx::Error> {
    let hidden = hidden(inner, records).await?;
    let is_seen = |record: &&LogRecord| {
        let position = &record.position;
        !hidden.contains(&(position.topic.clone(), position.partition, position.offset))
    };
    let seen: Vec<&LogRecord> = records.iter().filter(is_seen).collect();
    let facets = Arc::new(Lookup::about(&seen));
    Ok(seen.into_iter().filter_map(|record| render(record, &facets)).map(Arc::new).collect())
}

/// Records that lost, and records that are parked where queries are answered from, or dropped.
async fn hidden(inner: &Inner, records: &[LogRecord]) -> Result<HashSet<(String, i32, i64)>, sqlx::Error> {
    let topics: Vec<&str> = records.iter().map(|record| record.position.topic.as_str()).collect();
    let partitions: Vec<i32> = records.iter().map(|record| record.position.partition).collect();
    let offsets: Vec<i64> = records.iter().map(|record| record.position.offset).collect();
    let gates: Vec<&str> = GATES.iter().map(|(_, projection)| *projection).collect();
    // What another generation has parked, this one may have applied: that of a build that could not read it, or one in which nobody has
    // tried it again. Asked for after the positions, it holds what was waited for.
    let serving: Vec<Option<i32>> = gates.iter().map(|projection| inner.positions.serving(projection)).collect();
    let rows: Vec<(String, i32, i64)> = sqlx::query_as(
        "WITH asked AS (SELECT * FROM UNNEST($1::text[], $2::int[], $3::bigint[]) AS r(topic, partition, record_offset))
         SELECT topic, partition, record_offset FROM asked JOIN tasklog.void_records USING (topic, partition, record_offset)
         UNION
         SELECT topic, partition, record_offset FROM asked JOIN tasklog.dead_letters USING (topic, partition, record_offset)
         JOIN UNNEST($4::text[], $5::int[]) AS gates(projection, generation) USING (projection, generation)
         UNION
         SELECT topic, partition, record_offset FROM asked JOIN tasklog.dropped_records USING (topic, partition, record_offset)
         WHERE projection = ANY($4)",
    )
    .bind(&topics)
    .bind(&partitions)
    .bind(&offsets)
    .bind(&gates)
    .bind(&serving)
    .fetch_all(&inner.pool)
    .await?;
    Ok(rows.into_iter().collect())
}

fn render(record: &LogRecord, facets: &Arc<Lookup>) -> Option<LiveRecord> {
    let envelopes = record.content.as_ref().ok()?;
    let stream = &envelopes.first()?.partitionkey;
    let (tenant, id) = domain::tenant::parse_stream_id(stream)?;
    let events = envelopes.iter().map(|envelope| {
        let json = serde_json::to_string(envelope).ok()?.replace(['\n', '\r'], " ");
        Some(LiveEvent {
            kind: short_type(&envelope.event_type).to_owned(),
            data: format!("data: {json}\n\n").into(),
            sequence: envelope.sequence,
        })
    });
    Some(LiveRecord {
        partition: (record.position.topic.clone(), record.position.partition),
        offset: record.position.offset,
        tenant: tenant.to_owned(),
        stream: stream.clone(),
        id,
        events: events.collect::<Option<_>>()?,
        facets: facets.clone(),
    })
}
