//! The peer of the projector: a view of the task through cqrs-es's own `GenericQuery` and the views of postgres-es.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use cqrs_es::persist::GenericQuery;
use cqrs_es::{EventEnvelope, Query, View};
use domain::task::{Task, TaskAggregate, TaskEvent, evolve};
use domain::topics;
use kafka_es::{AdjacentlyTagged, EventCodec, KafkaSettings, LogReader, Position, end_offsets};
use postgres_es::PostgresViewRepository;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

/// About so many; it does not get faster with more.
const EVENTS: usize = 20_000;
/// As in postgres-es's own db/init.sql.
const TABLE: &str = "CREATE TABLE task_view (view_id text NOT NULL PRIMARY KEY, \
     version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL)";

/// The document of a task.
#[derive(Debug, Default, Serialize, Deserialize)]
struct TaskDocument {
    task: Task,
}

impl View<TaskAggregate> for TaskDocument {
    fn update(&mut self, event: &EventEnvelope<TaskAggregate>) {
        evolve(&mut self.task, &event.payload);
    }
}

/// Events a second, dispatched one after another, and how many they were: all events of some tasks, which are spread over the whole log, so
/// that the kinds are mixed as they are there. The first events of all these tasks come first, then the second ones, and so on, as they stand
/// in a partition.
///
/// # Errors
/// When the log cannot be read, or Postgres refuses.
pub async fn rate(bootstrap: &str, url: &str) -> anyhow::Result<(f64, usize)> {
    let events = lives(&KafkaSettings::new(bootstrap)).await?;
    ensure!(!events.is_empty(), "the log has no events");
    println!("postgres-es: {} events", events.len());
    let pool = PgPoolOptions::new().connect(url).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    let views = PostgresViewRepository::<TaskDocument, TaskAggregate>::new("task_view", pool.clone());
    let mut query = GenericQuery::new(Arc::new(views));
    let failed = Arc::new(OnceLock::new());
    let first = failed.clone();
    query.use_error_handler(Box::new(move |error| {
        // Only the first one is told.
        first.set(error.to_string()).ok();
    }));
    let started = Instant::now();
    for event in &events {
        query.dispatch(&event.aggregate_id, std::slice::from_ref(event)).await;
    }
    let took = started.elapsed();
    if let Some(error) = failed.get() {
        bail!("postgres-es: {error}");
    }
    pool.close().await;
    Ok((events.len() as f64 / took.as_secs_f64(), events.len()))
}

/// Whole streams of the log, decoded.
async fn lives(kafka: &KafkaSettings) -> anyhow::Result<Vec<EventEnvelope<TaskAggregate>>> {
    let ends = end_offsets(kafka, topics::TASKS).await?;
    let mut spread = Spread::over(usize::try_from(ends.values().sum::<i64>())?);
    let start = ends.into_keys().map(|partition| Position { topic: topics::TASKS.to_owned(), partition, offset: 0 });
    let mut reader = LogReader::open(kafka, start)?;
    let mut events = Vec::new();
    while !reader.at_end() {
        // Foreign records are no events.
        let records = reader.next_batch(1_000, Duration::from_millis(5)).await?;
        for envelope in records.into_iter().filter_map(|record| record.content.ok()).flatten() {
            if !spread.takes(&envelope.partitionkey, envelope.sequence) {
                continue;
            }
            let payload: TaskEvent = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data)
                .with_context(|| format!("event {}", envelope.id))?;
            events.push(EventEnvelope {
                aggregate_id: envelope.partitionkey,
                sequence: usize::try_from(envelope.sequence)?,
                payload,
                metadata: Default::default(),
            });
        }
    }
    events.sort_by_key(|event| event.sequence);
    Ok(events)
}

/// Some streams from everywhere in the log.
struct Spread {
    /// Of so many streams, one.
    step: usize,
    begun: usize,
    taken: HashSet<String>,
}

impl Spread {
    /// Of a log with so many events, as many streams as have about [`EVENTS`].
    fn over(events: usize) -> Self {
        Self { step: (events / EVENTS).max(1), begun: 0, taken: HashSet::new() }
    }

    /// Whether an event is of one of them; a stream's first event is asked about before its others.
    fn takes(&mut self, stream: &str, sequence: u64) -> bool {
        if sequence == 1 {
            self.begun += 1;
            if self.begun.is_multiple_of(self.step) {
                self.taken.insert(stream.to_owned());
            }
        }
        self.taken.contains(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events that are taken of a log in which each of so many streams has two, all first ones before all second ones.
    fn taken(streams: usize) -> Vec<(usize, u64)> {
        let mut spread = Spread::over(2 * streams);
        let log = [1, 2].into_iter().flat_map(|sequence| (0..streams).map(move |stream| (stream, sequence)));
        log.filter(|(stream, sequence)| spread.takes(&stream.to_string(), *sequence)).collect()
    }

    #[test]
    fn given_a_long_log_when_streams_are_taken_then_whole_ones_from_everywhere_in_it() {
        let taken = taken(10 * EVENTS);
        let (first, second): (Vec<_>, Vec<_>) = taken.iter().copied().partition(|(_, sequence)| *sequence == 1);
        let streams = |events: &[(usize, u64)]| events.iter().map(|(stream, _)| *stream).collect::<Vec<_>>();
        assert_eq!(taken.len(), EVENTS);
        assert_eq!(streams(&first), streams(&second));
        assert_eq!(streams(&first)[..2], [19, 39]);
        assert_eq!(streams(&first).last(), Some(&(10 * EVENTS - 1)));
    }

    #[test]
    fn given_a_short_log_when_streams_are_taken_then_all_of_them() {
        assert_eq!(taken(EVENTS / 4).len(), EVENTS / 2);
    }
}
