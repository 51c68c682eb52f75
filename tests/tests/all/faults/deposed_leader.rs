//! The leader of a partition is frozen for longer than its session, so another one takes over; then it thaws, and for a
//! moment it believes that it still leads. A writer that asks it for the end of the log hears of one that lies before
//! events that others were told are written. A store that believes the leader answered stale in 8 rounds of 8.

use std::time::Duration;

use kafka_es::conformance::{Counter, CounterCommand, meta};
use kafka_es::{
    Barrier, EventStore, Expected, Freshness, KafkaSettings, StateLocation, StoreOptions, TopicSpec, ensure_topics,
};
use tests::cluster::{Cluster, partitions};

const TOPIC: &str = "deposed";
const STREAM: &str = "d/1";
const ROUNDS: u64 = 4;
/// So many rounds show the fault for all but surely.
const ROUNDS_WITHOUT_PROTECTION: u64 = 10;
/// The question is on its way to the frozen leader by then, and its client has not given up on it (3 s).
const THAWS_AFTER: Duration = Duration::from_millis(500);
const TAKES_OVER_WITHIN: Duration = Duration::from_secs(60);
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);

async fn open(brokers: String, barrier: Barrier) -> EventStore<Counter> {
    let options = StoreOptions::new(KafkaSettings::new(brokers), TOPIC, StateLocation::Memory);
    let store = EventStore::open(StoreOptions { barrier, ..options }).await.unwrap();
    store.ready().await.unwrap();
    store
}

/// What a reader is told of the stream: its sequence, judged on everything that was in the log when it asked.
async fn look(store: &EventStore<Counter>, id: String) -> Result<u64, String> {
    let looked = store.execute(STREAM, CounterCommand::Look, &(), meta(id), Expected::Any).await;
    looked.map(|looked| looked.sequence).map_err(|refusal| refusal.to_string())
}

/// Another broker leads the partition now, and all but the frozen one say so.
async fn taken_over(brokers: &str, before: i32) {
    tests::wait::until("another broker leads", TAKES_OVER_WITHIN, async || {
        let leader = partitions(brokers, TOPIC).await?[0].leader;
        if leader >= 0 && leader != before { Ok(()) } else { Err(format!("{leader} leads")) }
    })
    .await;
}

/// How fresh a reader's answer is: with the sequence that it should have seen.
async fn round(cluster: &Cluster, reader: &EventStore<Counter>, number: u64) -> (Result<u64, String>, u64) {
    cluster.in_sync(TOPIC).await;
    let before = look(reader, format!("before {number}")).await.unwrap();
    let leader = partitions(&cluster.bootstrap(), TOPIC).await.unwrap()[0].leader;
    let frozen = usize::try_from(leader - 1).unwrap();
    cluster.nodes[frozen].pause();

    let others = cluster.bootstrap_without(frozen);
    taken_over(&others, leader).await;
    let writer = open(others, Barrier::default()).await;
    // A client may ask the frozen broker for something as well; the same command id tells in the end.
    let acknowledged = tests::wait::until("the event is acknowledged", RECOVERS_WITHIN, async || {
        let added = writer.execute(STREAM, CounterCommand::Add(1), &(), meta(format!("{number}")), Expected::Any).await;
        added.map(|added| added.sequence).map_err(|refusal| refusal.to_string())
    })
    .await;
    assert_eq!(acknowledged, before + 1);

    let thaw = async {
        tokio::time::sleep(THAWS_AFTER).await;
        cluster.nodes[frozen].resume();
    };
    let (answer, ()) = tokio::join!(look(reader, format!("after {number}")), thaw);
    tests::wait::until("the reader sees the event", RECOVERS_WITHIN, async || {
        match reader.load(STREAM, Freshness::Barrier).await {
            Ok(Some(loaded)) if loaded.sequence == acknowledged => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    writer.close().await.unwrap();
    (answer, acknowledged)
}

/// The rounds in which a reader that makes its answers current by `barrier` was told less than was acknowledged before it
/// asked; at most so many rounds, and no more after the first such one.
async fn stale_within(rounds: u64, barrier: Barrier) -> Vec<(u64, u64)> {
    let folder = tests::system::folder();
    let cluster = Cluster::start(folder.path(), 3).await;
    ensure_topics(&KafkaSettings::new(cluster.bootstrap()), &[TopicSpec::new(TOPIC, 1)]).await.unwrap();
    let reader = open(cluster.bootstrap(), barrier).await;
    reader.execute(STREAM, CounterCommand::Add(1), &(), meta("first"), Expected::Any).await.unwrap();
    let mut stale = Vec::new();
    for number in 0..rounds {
        let (answer, acknowledged) = round(&cluster, &reader, number).await;
        println!("round {number}: acknowledged {acknowledged}, answered {answer:?}");
        // That the log's end is not known just now is an honest answer.
        stale.extend(answer.ok().filter(|seen| *seen < acknowledged).map(|seen| (seen, acknowledged)));
        if !stale.is_empty() {
            break;
        }
    }
    reader.close().await.unwrap();
    stale
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposed_leader_cannot_make_an_answer_stale() {
    assert_eq!(stale_within(ROUNDS, Barrier::default()).await, [], "(seen, acknowledged before)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_asks_the_leader_is_told_of_before_by_a_deposed_one() {
    let stale = stale_within(ROUNDS_WITHOUT_PROTECTION, Barrier::Question).await;
    assert!(!stale.is_empty(), "no longer so: asking would do");
}
