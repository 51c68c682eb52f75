//! Three replicas beside one: the same commands through one store, and through three that share the streams.

use std::time::Instant;

use anyhow::anyhow;
use futures::StreamExt;
use kafka_es::conformance::{Attempt, Counter, CounterCommand, Told, audit, meta, read_all};
use kafka_es::{EventStore, Expected, partition_for};

use super::{Bed, PARTITIONS};
use crate::report::{Limit, Report};

const IN_FLIGHT: usize = 192;
const STREAMS: usize = 10_000;
const COMMANDS: usize = 100_000;

/// Who gets a command.
#[derive(Clone, Copy)]
enum Routing {
    /// Any replica, in turn.
    Anyone,
    /// Always the same replica for a stream.
    ByStream,
}

/// Rates of one and three replicas, without and with routing; and how many records lost a race.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    // Java compiles what is hot.
    run(bed, "warm-up", 1, Routing::Anyone).await?;
    let (one, _) = run(bed, "one", 1, Routing::Anyone).await?;
    let (any, lost) = run(bed, "any", 3, Routing::Anyone).await?;
    let (routed, lost_routed) = run(bed, "routed", 3, Routing::ByStream).await?;
    report.figure("replicas.one", one, "/s", Limit::None);
    report.figure("replicas.three-any", any, "/s", Limit::None);
    report.figure("replicas.three-any.void-records", lost, "%", Limit::None);
    report.figure("replicas.three-routed", routed, "/s", Limit::None);
    report.figure("replicas.three-routed.void-records", lost_routed, "%", Limit::None);
    report.figure("replicas.three-to-one", any / one, "x", Limit::None);
    Ok(())
}

async fn run(bed: &Bed, name: &str, replicas: usize, routing: Routing) -> anyhow::Result<(f64, f64)> {
    let topic = bed.topic(PARTITIONS).await;
    let mut stores = Vec::new();
    for replica in 0..replicas {
        stores.push(bed.store(&topic, &format!("replicas-{name}-{replica}")).await?);
    }
    let started = Instant::now();
    let results: Vec<_> = futures::stream::iter(0..COMMANDS)
        .map(|n| one(&stores, n, routing))
        .buffer_unordered(IN_FLIGHT)
        .collect()
        .await;
    let took = started.elapsed();
    let attempts = results.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    for store in &stores {
        store.ready().await?;
        store.close().await?;
    }
    let records = read_all(&bed.kafka, &topic).await;
    let audit = audit(&records, &attempts).map_err(|faults| anyhow!("the log and the answers differ: {faults:#?}"))?;
    Ok((COMMANDS as f64 / took.as_secs_f64(), audit.void as f64 / COMMANDS as f64 * 100.0))
}

async fn one(stores: &[EventStore<Counter>], n: usize, routing: Routing) -> anyhow::Result<Attempt> {
    // A prime step: the commands of a stream are far apart, as they are where many people work.
    let stream = format!("default/{}", n * 7_919 % STREAMS);
    let home = usize::try_from(partition_for(stream.as_bytes(), PARTITIONS)).unwrap_or_default();
    let replica = match routing {
        Routing::Anyone => n % stores.len(),
        Routing::ByStream => home % stores.len(),
    };
    let id = format!("command-{n}");
    let committed = stores[replica].execute(&stream, CounterCommand::Add(1), &(), meta(&id), Expected::Any).await?;
    let told = Told::Acknowledged { sequence: committed.sequence, position: committed.position };
    Ok(Attempt { stream, command_id: id, told })
}
