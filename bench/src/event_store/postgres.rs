//! The peer: postgres-es through its own framework, on a Postgres of its own with default durability.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{AggregateError, CqrsFramework};
use kafka_es::conformance::{Counter, CounterCommand};
use postgres_es::PostgresEventRepository;
use sqlx::postgres::{PgPool, PgPoolOptions};
use tests::postgres::Postgres;

const TASKS: usize = 64;

type Framework = CqrsFramework<Counter, PersistedEventStore<PostgresEventRepository, Counter>>;

/// A running Postgres with the tables that postgres-es needs.
pub struct PostgresPeer {
    framework: Arc<Framework>,
    _server: Postgres,
}

impl PostgresPeer {
    /// Starts one in `folder`.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let server = Postgres::start(&folder.join("postgres")).await;
        let pool: PgPool = PgPoolOptions::new()
            .max_connections(u32::try_from(TASKS)?)
            .min_connections(u32::try_from(TASKS)?)
            .connect(&server.url())
            .await?;
        // As in postgres-es's own db/init.sql.
        sqlx::query(
            "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
             sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
             payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
        )
        .execute(&pool)
        .await?;
        let store = PersistedEventStore::new_event_store(PostgresEventRepository::new(pool));
        Ok(Self { framework: Arc::new(CqrsFramework::new(store, vec![], ())), _server: server })
    }
}

/// Commands a second, at 64 tasks, each on the next of `streams` streams.
pub async fn appends(peer: &PostgresPeer, streams: usize, commands: usize) -> anyhow::Result<f64> {
    rate(peer, commands, move |n| format!("many/{}", n % streams)).await
}

/// Commands a second, at 64 tasks that all update one stream and try again when they lose the race.
pub async fn hot(peer: &PostgresPeer, commands: usize) -> anyhow::Result<f64> {
    rate(peer, commands, |_| "hot".to_owned()).await
}

async fn rate(
    peer: &PostgresPeer,
    commands: usize,
    stream: impl Fn(usize) -> String + Clone + Send + 'static,
) -> anyhow::Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let tasks = (0..TASKS).map(|_| {
        let (framework, next, stream) = (peer.framework.clone(), next.clone(), stream.clone());
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= commands {
                    return anyhow::Ok(());
                }
                let stream = stream(n);
                loop {
                    match framework.execute(&stream, CounterCommand::Add(1)).await {
                        Ok(()) => break,
                        Err(AggregateError::AggregateConflict) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(commands as f64 / started.elapsed().as_secs_f64())
}
