//! A cluster under chaos, two minutes of it, and the same with the protections off: then the checker must see it.
//! `make chaos` is the long form.

use std::time::Duration;

use kafka_es::conformance::{Call, Counter, Question, read_all};
use kafka_es::{EventStore, KafkaSettings, Mutations, StateLocation, StoreOptions, TopicSpec, ensure_topics};
use tests::chaos::clock::Clock;
use tests::chaos::history::Operation;
use tests::chaos::report::{Recorded, Report};
use tests::chaos::{Plan, run};
use tests::cluster::{Cluster, partitions};

const STORM: Duration = Duration::from_secs(120);
const CALM: Duration = Duration::from_secs(6);
const TOPIC: &str = "acks";
const STREAM: &str = "a/1";
const TAKES_OVER_WITHIN: Duration = Duration::from_secs(60);

/// A random seed, so that each run breaks other things at other times; it is printed when the test fails, and `SEED`
/// repeats its schedule. A fixed one would repeat the faults but not the races that they lead to.
fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 % 1_000_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_minutes_of_it_are_linearizable_and_end_well() {
    let seed = seed();
    println!("seed {seed}");
    let recorded = run(&Plan::storm(seed, STORM)).await;
    let report = recorded.judge();
    if !report.violations.is_empty() {
        println!("evidence: {}", recorded.keep(&report).unwrap().display());
    }
    assert!(
        report.faults.len() > 5 && report.outcomes.get("committed") > Some(&500),
        "hardly anything happened:\n{report}"
    );
    assert!(report.violations.is_empty(), "SEED={} repeats the schedule:\n{report}", report.seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_rule_or_without_the_barrier_the_checker_sees_it() {
    let sound = run(&Plan::calm(1, CALM)).await.judge();
    assert!(sound.violations.is_empty() && sound.audit.void > 0, "{sound}");

    let broken = run(&Plan { switches: vec!["first-wins-off"], ..Plan::calm(1, CALM) }).await.judge();
    assert!(found(&broken, "not linearizable") && found(&broken, "is not in the stream"), "{broken}");

    // Writers that do not ask for the end of the log refuse and read on what they happen to know; the log is right.
    let stale = run(&Plan { switches: vec!["barrier-off"], ..Plan::calm(1, CALM) }).await.judge();
    assert!(found(&stale, "not linearizable") && !found(&stale, "audit"), "{stale}");
}

fn found(report: &Report, what: &str) -> bool {
    report.violations.iter().any(|violation| violation.contains(what))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_only_a_dead_leader_had_was_never_acknowledged() {
    let report = leader_dies_alone(Mutations::default()).await;
    assert!(report.violations.is_empty() && report.outcomes.contains_key("unknown"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_acknowledgements_of_the_leader_alone_events_are_lost_and_the_checker_sees_it() {
    let report = leader_dies_alone(Mutations { acks_of_leader_only: true, ..Mutations::default() }).await;
    assert!(found(&report, "not linearizable") && found(&report, "is not in the stream"), "{report}");
    // The writer itself does not go on with what it believed.
    assert!(found(&report, "stopped a partition"), "{report}");
}

/// The followers freeze, for less than their session; a writer gives commands; the leader dies; the followers thaw, and one
/// of them leads.
async fn leader_dies_alone(mutations: Mutations) -> Report {
    let folder = tests::system::folder();
    let mut cluster = Cluster::start(folder.path(), 3).await;
    let kafka = KafkaSettings::new(cluster.bootstrap());
    ensure_topics(&kafka, &[TopicSpec::new(TOPIC, 1)]).await.unwrap();
    let writer = open(&kafka, mutations).await;
    let clock = Clock::start(false);
    let mut operations = vec![ask(&writer, 0, "before", Question::Add { by: 1 }, &clock).await];
    cluster.in_sync(TOPIC).await;

    let leader = partitions(&cluster.bootstrap(), TOPIC).await.unwrap()[0].leader;
    let dies = usize::try_from(leader - 1).unwrap();
    let followers = (0..cluster.nodes.len()).filter(|node| *node != dies);
    followers.clone().for_each(|node| cluster.nodes[node].pause());
    for n in 0..5 {
        // An answer to a follower's question may be on its way with the first of these, not with those after it.
        operations.push(ask(&writer, 0, &format!("alone {n}"), Question::Add { by: 1 }, &clock).await);
    }
    cluster.nodes[dies].kill().await;
    followers.for_each(|node| cluster.nodes[node].resume());

    let others = cluster.bootstrap_without(dies);
    tests::wait::until("a follower leads", TAKES_OVER_WITHIN, async || {
        let now = partitions(&others, TOPIC).await?[0].leader;
        if now >= 0 && now != leader { Ok(()) } else { Err(format!("{now} leads")) }
    })
    .await;
    operations.push(told(&writer, 0, &clock).await);
    let reader = open(&kafka, Mutations::default()).await;
    operations.push(told(&reader, 1, &clock).await);
    cluster.nodes[dies].launch().await;
    cluster.whole().await;
    writer.close().await.unwrap();
    reader.close().await.unwrap();
    let records = read_all(&kafka, TOPIC).await;
    let recovered_s = Some(0.0);
    Recorded { seed: 0, operations, records, faults: [].into(), recovered_s, lines: clock.lines() }.judge()
}

async fn open(kafka: &KafkaSettings, mutations: Mutations) -> EventStore<Counter> {
    let options = StoreOptions {
        mutations,
        // Five of them before the followers' sessions end.
        produce_timeout: Duration::from_millis(400),
        ..StoreOptions::new(kafka.clone(), TOPIC, StateLocation::Memory)
    };
    let store = EventStore::open(options).await.unwrap();
    store.ready().await.unwrap();
    store
}

async fn ask(store: &EventStore<Counter>, number: usize, id: &str, question: Question, clock: &Clock) -> Operation {
    let call = Call { stream: STREAM.to_owned(), command_id: id.to_owned(), expected: None, question };
    Operation::ask(store, number, call, clock).await
}

/// The first answer of a store that is not just that Kafka cannot be reached.
async fn told(store: &EventStore<Counter>, number: usize, clock: &Clock) -> Operation {
    tests::wait::until("the store answers", TAKES_OVER_WITHIN, async || {
        let asked = ask(store, number, "look", Question::Look, clock).await;
        if asked.kind() == "not available" && asked.stopped().is_none() { Err(format!("{asked:?}")) } else { Ok(asked) }
    })
    .await
}
