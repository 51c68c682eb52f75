//! A cluster under chaos: three Kafka brokers, writers as processes of their own, and clients that note every call, while
//! brokers and writers are killed and frozen, leaders move and the network breaks. Afterwards the notes must be
//! linearizable, stream by stream, and the log must hold exactly what the writers said.
//!
//! Reading order: what breaks ([`schedule`]) and how ([`storm`]); who asks ([`clients`]) whom ([`writers`]); what is noted
//! ([`history`]) and how it is judged ([`model`], [`report`]).

pub mod clients;
pub mod clock;
pub mod dice;
pub mod history;
pub mod model;
pub mod report;
pub mod schedule;
pub mod storm;
pub mod writers;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use kafka_es::KafkaSettings;
use kafka_es::conformance::{fresh_topic, read_all};
use tokio::sync::Notify;

use clients::{Client, Progress, streams_at};
use clock::Clock;
use history::Operation;
use report::Recorded;
use schedule::Schedule;
use writers::Writer;

use crate::cluster::Cluster;
use crate::system;

const PARTITIONS: i32 = 3;
const WRITERS: usize = 4;
const CLIENTS: usize = 12;
/// Clients of the one writer that is seldom asked.
const WATCHERS: usize = 4;
const PROGRESS_EVERY: Duration = Duration::from_secs(60);
/// After the storm: a broker that was just started takes its place, writers make their clients anew, records that were held
/// back arrive.
const RECOVERS_WITHIN: Duration = Duration::from_secs(120);

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The same seed gives the same schedule and the same choices of each client.
    pub seed: u64,
    /// How long the clients ask.
    pub length: Duration,
    /// How many brokers there are; three are replicated.
    pub brokers: u32,
    /// Whether anything breaks meanwhile.
    pub storm: bool,
    /// Switches of the writers, to break the protocol on purpose.
    pub switches: Vec<&'static str>,
    /// Whether what happens is printed as it happens.
    pub loud: bool,
}

impl Plan {
    /// Three brokers in a storm of this length.
    #[must_use]
    pub fn storm(seed: u64, length: Duration) -> Self {
        Self { seed, length, brokers: 3, storm: true, switches: Vec::new(), loud: true }
    }

    /// One broker and no faults: what shows is the writers' own doing.
    #[must_use]
    pub fn calm(seed: u64, length: Duration) -> Self {
        Self { brokers: 1, storm: false, loud: false, ..Self::storm(seed, length) }
    }

    fn schedule(&self) -> Schedule {
        let length = if self.storm { self.length } else { Duration::ZERO };
        Schedule::draw(self.seed, length, usize::try_from(self.brokers).unwrap(), WRITERS)
    }
}

/// Lets one run happen and gives what was recorded.
///
/// # Panics
/// When Kafka does not start, or not again.
pub async fn run(plan: &Plan) -> Recorded {
    let folder = system::folder();
    let mut cluster = Cluster::start(&folder.path().join("kafka"), plan.brokers).await;
    let kafka = KafkaSettings::new(cluster.bootstrap());
    let topic = fresh_topic(&kafka, PARTITIONS).await;
    let start = |number: usize| {
        Writer::start(&kafka.brokers, &topic, &folder.path().join(format!("writer-{number}")), &plan.switches)
    };
    let mut writers: Vec<Writer> = (0..WRITERS).map(start).collect();
    let ports: Vec<u16> = writers.iter().map(Writer::port).collect();

    let clock = Arc::new(Clock::start(plan.loud));
    let progress = Arc::<Progress>::default();
    let client = |name: &str| Client::new(name, plan.seed, &ports, &clock, &progress);
    let thaws = Arc::<Notify>::default();
    let mut asking: Vec<_> =
        (0..CLIENTS).map(|number| tokio::spawn(client(&format!("c{number}")).run(plan.length))).collect();
    let watch = |number| tokio::spawn(client(&format!("w{number}")).watch(plan.length, thaws.clone()));
    asking.extend((0..WATCHERS).map(watch));
    let telling = tokio::spawn(tell(clock.clone(), progress.clone()));
    let faults = storm::rage(&plan.schedule(), plan.length, &mut cluster, &mut writers, &topic, &clock, &thaws).await;
    let mut operations: Vec<Operation> =
        join_all(asking).await.into_iter().flat_map(|operations| operations.unwrap()).collect();
    telling.abort();

    clock.say("it is over");
    let (visited, recovered_s) = match plan.storm {
        true => recover(client("last"), plan.length, &clock).await,
        false => (Vec::new(), Some(0.0)),
    };
    operations.extend(visited);
    let ended: Vec<String> = writers.iter_mut().filter_map(Writer::ended).collect();
    assert!(ended.is_empty(), "{}", ended.join("\n"));
    cluster.whole().await;
    cluster.in_sync(&topic).await;
    for writer in &mut writers {
        writer.kill().await;
    }
    let records = read_all(&kafka, &topic).await;
    let mut lines = clock.lines();
    lines.extend(writers.iter().enumerate().map(|(n, writer)| format!("── writer {n} ──\n{}", writer.output())));
    Recorded { seed: plan.seed, operations, records, faults, recovered_s, lines }
}

/// Every stream must take a command from every writer again.
async fn recover(mut client: Client, length: Duration, clock: &Clock) -> (Vec<Operation>, Option<f64>) {
    let began = clock.elapsed();
    let (operations, all) = client.visit(&streams_at(length), began + RECOVERS_WITHIN).await;
    (operations, all.then(|| (clock.elapsed() - began).as_secs_f64()))
}

async fn tell(clock: Arc<Clock>, progress: Arc<Progress>) {
    loop {
        tokio::time::sleep(PROGRESS_EVERY).await;
        let (done, failed) = (progress.done.load(Ordering::Relaxed), progress.failed.load(Ordering::Relaxed));
        clock.say(&format!("── {done} operations answered, {failed} not available or unknown"));
    }
}
