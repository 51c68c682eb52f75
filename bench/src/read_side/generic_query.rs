//! The peer of the projector: a view of the task through cqrs-es's own `GenericQuery` and the views of postgres-es.

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

/// The first of the log; it does not get faster with more.
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

/// Events a second, dispatched one after another, and how many they were.
///
/// # Errors
/// When the log cannot be read, or Postgres refuses.
pub async fn rate(bootstrap: &str, url: &str) -> anyhow::Result<(f64, usize)> {
    let events = first_events(&KafkaSettings::new(bootstrap)).await?;
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

/// The first events of the log, decoded.
async fn first_events(kafka: &KafkaSettings) -> anyhow::Result<Vec<EventEnvelope<TaskAggregate>>> {
    let partitions = end_offsets(kafka, topics::TASKS).await?.into_keys();
    let start = partitions.map(|partition| Position { topic: topics::TASKS.to_owned(), partition, offset: 0 });
    let mut reader = LogReader::open(kafka, start)?;
    let mut events = Vec::with_capacity(EVENTS);
    while events.len() < EVENTS && !reader.at_end() {
        // Foreign records are no events.
        let records = reader.next_batch(1_000, Duration::from_millis(5)).await?;
        for envelope in records.into_iter().filter_map(|record| record.content.ok()).flatten() {
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
    events.truncate(EVENTS);
    Ok(events)
}
