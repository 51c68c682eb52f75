//! One stream that everybody updates.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use kafka_es::Expected;
use kafka_es::conformance::{CounterCommand, meta};

use super::postgres::{self, PostgresPeer};
use super::{Bed, PARTITIONS};
use crate::report::{Limit, Report};

const CLIENTS: usize = 64;
const COMMANDS: usize = 20_000;
const POSTGRES_COMMANDS: usize = 1_500;

/// Updates a second through one replica, and beside postgres-es.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    let store = bed.store(&topic, "hot").await?;
    let mut updates = 0.0;
    // The first round warms up.
    for round in 0..2 {
        let next = Arc::new(AtomicUsize::new(0));
        let started = Instant::now();
        let clients = (0..CLIENTS).map(|_| {
            let (store, next) = (store.clone(), next.clone());
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= COMMANDS {
                        return anyhow::Ok(());
                    }
                    let id = format!("{round}-{n}");
                    store.execute("default/hot", CounterCommand::Add(1), &(), meta(id), Expected::Any).await?;
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await??;
        }
        updates = COMMANDS as f64 / started.elapsed().as_secs_f64();
    }
    store.close().await?;
    let peer = PostgresPeer::start(&bed.folder.path().join("hot-peer")).await?;
    let rows = postgres::hot(&peer, POSTGRES_COMMANDS).await?;
    report.figure("hot-stream", updates, "/s", Limit::AtLeast(2_000.0));
    report.figure("postgres-es.hot-stream", rows, "/s", Limit::None);
    report.figure("hot-stream-to-postgres-es", updates / rows, "x", Limit::AtLeast(3.0));
    Ok(())
}
