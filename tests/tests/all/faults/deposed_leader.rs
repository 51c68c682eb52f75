//! The leader of a partition is frozen for longer than its session, so another one takes over; then it thaws, and for a
//! moment it believes that it still leads. A writer that asks it for the end of the log hears of one that lies before
//! events that others were told are written. A store that believes the leader answered stale in 8 rounds of 8.
//!
//! Half of the rounds are in a partition that holds no event yet, where a barrier has none to copy.

use std::time::Duration;

use kafka_es::conformance::{Counter, CounterCommand, meta};
use kafka_es::{
    Barrier, EventStore, Expected, Freshness, KafkaSettings, Mutations, StateLocation, StoreOptions, TopicSpec,
    ensure_topics,
};
use tests::cluster::{Cluster, partitions};

const STREAM: &str = "d/1";
const ROUNDS: u64 = 4;
/// So many rounds show the fault for all but surely.
const ROUNDS_WITHOUT_PROTECTION: u64 = 10;
/// The question is on its way to the frozen leader by then, and its client has not given up on it (3 s).
const THAWS_AFTER: Duration = Duration::from_millis(500);
const TAKES_OVER_WITHIN: Duration = Duration::from_secs(60);
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);

/// How a reader makes its answers current.
#[derive(Clone, Copy, Default)]
struct Reader {
    barrier: Barrier,
    mutations: Mutations,
}

impl Reader {
    async fn open(self, brokers: String, topic: &str) -> EventStore<Counter> {
        let Self { barrier, mutations } = self;
        let options = StoreOptions::new(KafkaSettings::new(brokers), topic, StateLocation::Memory);
        let store = EventStore::open(StoreOptions { barrier, mutations, ..options }).await.unwrap();
        store.ready().await.unwrap();
        store
    }
}

/// What a reader is told of the stream: its sequence, judged on everything that was in the log when it asked.
async fn look(store: &EventStore<Counter>, id: String) -> Result<u64, String> {
    let looked = store.execute(STREAM, CounterCommand::Look, &(), meta(id), Expected::Any).await;
    looked.map(|looked| looked.sequence).map_err(|refusal| refusal.to_string())
}

/// Another broker leads the partition now, and all but the frozen one say so.
async fn taken_over(brokers: &str, topic: &str, before: i32) {
    tests::wait::until("another broker leads", TAKES_OVER_WITHIN, async || {
        let leader = partitions(brokers, topic).await?[0].leader;
        if leader >= 0 && leader != before { Ok(()) } else { Err(format!("{leader} leads")) }
    })
    .await;
}

/// How fresh a reader's answer is about a topic with so many events: with the sequence that it should have seen.
async fn round(cluster: &Cluster, reader: Reader, topic: &str, events: u64) -> (Result<u64, String>, u64) {
    ensure_topics(&KafkaSettings::new(cluster.bootstrap()), &[TopicSpec::new(topic, 1)]).await.unwrap();
    cluster.in_sync(topic).await;
    let reader = reader.open(cluster.bootstrap(), topic).await;
    for number in 0..events {
        let id = meta(format!("before {number}"));
        reader.execute(STREAM, CounterCommand::Add(1), &(), id, Expected::Any).await.unwrap();
    }
    assert_eq!(look(&reader, "before".to_owned()).await.unwrap(), events);
    let leader = partitions(&cluster.bootstrap(), topic).await.unwrap()[0].leader;
    let frozen = usize::try_from(leader - 1).unwrap();
    cluster.nodes[frozen].pause();

    let others = cluster.bootstrap_without(frozen);
    taken_over(&others, topic, leader).await;
    let writer = Reader::default().open(others, topic).await;
    // A client may ask the frozen broker for something as well; the same command id tells in the end.
    let acknowledged = tests::wait::until("the event is acknowledged", RECOVERS_WITHIN, async || {
        let added = writer.execute(STREAM, CounterCommand::Add(1), &(), meta("added"), Expected::Any).await;
        added.map(|added| added.sequence).map_err(|refusal| refusal.to_string())
    })
    .await;
    assert_eq!(acknowledged, events + 1);

    let thaw = async {
        tokio::time::sleep(THAWS_AFTER).await;
        cluster.nodes[frozen].resume();
    };
    let (answer, ()) = tokio::join!(look(&reader, "after".to_owned()), thaw);
    tests::wait::until("the reader sees the event", RECOVERS_WITHIN, async || {
        match reader.load(STREAM, Freshness::Barrier).await {
            Ok(Some(loaded)) if loaded.sequence == acknowledged => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    writer.close().await.unwrap();
    reader.close().await.unwrap();
    (answer, acknowledged)
}

/// The rounds in which a reader was told less than was acknowledged before it asked; at most so many rounds, and no more
/// after the first such one. `events` says how many the partition of a round holds before.
async fn stale_within(rounds: u64, reader: Reader, events: impl Fn(u64) -> u64) -> Vec<(u64, u64)> {
    let folder = tests::system::folder();
    let cluster = Cluster::start(folder.path(), 3).await;
    let mut stale = Vec::new();
    for number in 0..rounds {
        let (answer, acknowledged) = round(&cluster, reader, &format!("deposed-{number}"), events(number)).await;
        println!("round {number}: acknowledged {acknowledged}, answered {answer:?}");
        // That the log's end is not known just now is an honest answer.
        stale.extend(answer.ok().filter(|seen| *seen < acknowledged).map(|seen| (seen, acknowledged)));
        if !stale.is_empty() {
            break;
        }
    }
    stale
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposed_leader_cannot_make_an_answer_stale() {
    let stale = stale_within(ROUNDS, Reader::default(), |round| round % 2).await;
    assert_eq!(stale, [], "(seen, acknowledged before)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_asks_the_leader_is_told_of_before_by_a_deposed_one() {
    let asks = Reader { barrier: Barrier::Question, ..Reader::default() };
    let stale = stale_within(ROUNDS_WITHOUT_PROTECTION, asks, |_| 1).await;
    assert!(!stale.is_empty(), "no longer so: asking would do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_asks_about_empty_partitions_alone_is_told_of_before_as_well() {
    let mutations = Mutations { empty_partitions_asked: true, ..Mutations::default() };
    let stale = stale_within(ROUNDS_WITHOUT_PROTECTION, Reader { mutations, ..Reader::default() }, |_| 0).await;
    assert!(!stale.is_empty(), "no longer so: asking would do");
}
