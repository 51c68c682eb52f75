//! Many appends at once, over many streams: beside a bare produce of the same bytes, and beside postgres-es.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use kafka_es::conformance::{Counter, CounterCommand, meta};
use kafka_es::{EventStore, Expected};

use super::bare::{Bare, record_of};
use super::postgres::{self, PostgresPeer};
use super::{Bed, PARTITIONS};
use crate::processor::cpu_seconds;
use crate::report::{Limit, Report};

const IN_FLIGHT: usize = 1_024;
const STREAMS: usize = 10_000;
/// In each round; every stream gets as many.
const COMMANDS: usize = 20 * STREAMS;
const ROUNDS: usize = 7;
/// Java compiles what is hot for about so long, on the same cores.
const WARM_UP_ROUNDS: usize = 4;
const POSTGRES_COMMANDS: usize = 20_000;

/// Rates of all three and their ratios: rounds in turn, the median of each. Beside the rates, what a record costs in processor
/// time: a rate on shared cores goes up and down with what else the machine does.
pub async fn figures(bed: &Bed, report: &mut Report) -> anyhow::Result<()> {
    let topic = bed.topic(PARTITIONS).await;
    let store = bed.store(&topic, "appends").await?;
    let linger = bed.options(&topic, "appends").linger_in_a_crowd;
    let bare = Arc::new(Bare::new(&bed.kafka, &bed.topic(PARTITIONS).await, linger)?);
    let broker = bed.node.pid();
    let (mut appends, mut produces) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP_ROUNDS + ROUNDS {
        let (appended, produced) = (append(&store, broker, round).await?, produce(&bare, broker, round).await?);
        println!("round {round}: {:.0} appends/s, {:.0} bare produces/s", appended.rate, produced.rate);
        if round >= WARM_UP_ROUNDS {
            appends.push(appended);
            produces.push(produced);
        }
    }
    store.close().await?;
    let peer = PostgresPeer::start(bed.folder.path()).await?;
    let rows = postgres::appends(&peer, STREAMS, POSTGRES_COMMANDS).await?;
    let (appends, produces) = (Round::median(&appends), Round::median(&produces));
    for (name, round) in [("appends", appends), ("bare-produces", produces)] {
        report.figure(name, round.rate, "/s", Limit::None);
        report.figure(&format!("{name}.client-cpu"), round.client, "us a record", Limit::None);
        report.figure(&format!("{name}.broker-cpu"), round.broker, "us a record", Limit::None);
    }
    report.figure("postgres-es.appends", rows, "/s", Limit::None);
    report.figure("appends-to-bare", appends.rate / produces.rate, "x", Limit::AtLeast(0.6));
    report.figure("appends-to-postgres-es", appends.rate / rows, "x", Limit::AtLeast(10.0));
    Ok(())
}

/// What a round has shown: records a second, and microseconds of processor time for each.
#[derive(Clone, Copy)]
struct Round {
    rate: f64,
    client: f64,
    broker: f64,
}

impl Round {
    fn median(rounds: &[Self]) -> Self {
        let middle = |value: fn(&Self) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Self {
            rate: middle(|round| round.rate),
            client: middle(|round| round.client),
            broker: middle(|round| round.broker),
        }
    }
}

async fn append(store: &EventStore<Counter>, broker: u32, round: usize) -> anyhow::Result<Round> {
    let store = store.clone();
    measured(broker, move |n| {
        let store = store.clone();
        async move {
            let (stream, id) = (format!("default/{}", n % STREAMS), format!("command-{round}-{n}"));
            store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await?;
            Ok(())
        }
    })
    .await
}

async fn produce(bare: &Arc<Bare>, broker: u32, round: usize) -> anyhow::Result<Round> {
    let record = |n: usize| {
        let (stream, sequence) = (format!("default/{}", n % STREAMS), (n / STREAMS) as u64 + 1);
        record_of(&stream, sequence, &format!("command-{round}-{n}")).map(|value| (stream, value))
    };
    let records = Arc::new((0..COMMANDS).map(record).collect::<anyhow::Result<Vec<_>>>()?);
    let bare = bare.clone();
    measured(broker, move |n| {
        let (bare, records) = (bare.clone(), records.clone());
        async move { bare.send(&records[n].0, &records[n].1).await }
    })
    .await
}

/// So many tasks, each with one call in flight.
async fn measured<F: Future<Output = anyhow::Result<()>> + Send>(
    broker: u32,
    call: impl Fn(usize) -> F + Clone + Send + 'static,
) -> anyhow::Result<Round> {
    let next = Arc::new(AtomicUsize::new(0));
    let cpu = || anyhow::Ok((cpu_seconds(std::process::id())?, cpu_seconds(broker)?));
    let (before, started) = (cpu()?, Instant::now());
    let tasks = (0..IN_FLIGHT).map(|_| {
        let (call, next) = (call.clone(), next.clone());
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= COMMANDS {
                    return anyhow::Ok(());
                }
                call(n).await?;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    let (rate, after) = (COMMANDS as f64 / started.elapsed().as_secs_f64(), cpu()?);
    let each = |seconds: f64| seconds * 1e6 / COMMANDS as f64;
    Ok(Round { rate, client: each(after.0 - before.0), broker: each(after.1 - before.1) })
}
