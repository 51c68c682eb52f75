//! For a moment Kafka says that it has no brokers.
//!
//! librdkafka then forgets those that it knows, and some clients never ask for others again
//! (<https://github.com/confluentinc/librdkafka/issues/5301>); which of them is a race between two of its threads. So a
//! store makes its clients anew after each outage.

use std::time::Duration;

use kafka_es::conformance::{Counter, CounterCommand, fresh_topic, meta, write_raw};
use kafka_es::{
    EventStore, Expected, Freshness, KafkaSettings, LogEnds, LogReader, Mutations, Position, StateLocation,
    StoreOptions,
};
use tests::kafka::KafkaNode;
use tests::proxy::Proxy;

const ROUNDS: u32 = 12;
const ROUNDS_OF_QUESTIONS: i64 = 4;
/// So many rounds show the fault for all but surely, where the clients are kept.
const ROUNDS_WITHOUT_PROTECTION: u32 = 60;
const ASKED_WITHIN: Duration = Duration::from_secs(3);
const RECOVERS_WITHIN: Duration = Duration::from_secs(30);

/// A store behind a proxy, and what it takes to keep both.
struct Behind {
    proxy: Proxy,
    store: EventStore<Counter>,
    kafka: KafkaSettings,
    topic: String,
    _node: KafkaNode,
    _folder: tempfile::TempDir,
}

impl Behind {
    async fn start(mutations: Mutations) -> Self {
        let folder = tests::system::folder();
        let (node, proxy, bootstrap) = KafkaNode::start_behind_proxy(folder.path()).await;
        let kafka = KafkaSettings::new(bootstrap);
        let topic = fresh_topic(&kafka, 1).await;
        let options = StoreOptions {
            mutations,
            produce_timeout: Duration::from_secs(1),
            deadline: Duration::from_secs(2),
            ..StoreOptions::new(kafka.clone(), &topic, StateLocation::Memory)
        };
        let store: EventStore<Counter> = EventStore::open(options).await.unwrap();
        store.ready().await.unwrap();
        Self { proxy, store, kafka, topic, _node: node, _folder: folder }
    }

    /// Every connection breaks, and whoever comes back hears that there are no brokers.
    async fn outage(&self) {
        let told = self.proxy.lies_told();
        self.proxy.lie(true);
        self.proxy.cut();
        let asked = async {
            while self.proxy.lies_told() < told + 3 {
                // An idle client does not mind that its connection broke.
                let _ = self.store.load("s/1", Freshness::Barrier).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        // A client may find its broker again without asking.
        let _ = tokio::time::timeout(ASKED_WITHIN, asked).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.proxy.lie(false);
    }

    /// True when the store takes in what another program wrote, commits a command, and asks for the log's end before it
    /// answers one that changes nothing, within the time for that.
    async fn recovers(&self, id: &str) -> bool {
        write_raw(&self.kafka, &self.topic, 0, "another program", Some(b"hello")).await;
        let command = |command, id: String| self.store.execute("s/1", command, &(), meta(id), Expected::Any);
        let works = async {
            while command(CounterCommand::Add(1), id.to_owned()).await.is_err()
                || command(CounterCommand::Look, format!("{id}/look")).await.is_err()
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(RECOVERS_WITHIN, works).await.is_ok()
    }

    /// The first round after which the store stays away.
    async fn lost_in(&self, rounds: u32) -> Option<u32> {
        for round in 0..rounds {
            self.outage().await;
            if !self.recovers(&format!("round {round}")).await {
                return Some(round);
            }
        }
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_comes_back_however_often_its_clients_forget_the_brokers() {
    let behind = Behind::start(Mutations::default()).await;
    let begin = Position { topic: behind.topic.clone(), partition: 0, offset: 0 };
    let mut reader = LogReader::open(&behind.kafka, [begin]).unwrap();
    let reading = async {
        // Whoever asks again after each failure gets every record, once and in order.
        let mut read = Vec::new();
        while read.len() < 2 * usize::try_from(ROUNDS).unwrap() {
            match reader.next_batch(100, Duration::ZERO).await {
                Ok(batch) => read.extend(batch.into_iter().map(|record| record.position.offset)),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        read
    };
    let (lost, read) = tokio::join!(behind.lost_in(ROUNDS), tokio::time::timeout(ROUNDS * RECOVERS_WITHIN, reading));
    let read = read.unwrap();
    assert_eq!(lost, None, "the store stayed away after that round");
    assert!(read.iter().copied().eq(0..i64::try_from(read.len()).unwrap()), "{read:?}");
    assert!(behind.proxy.lies_told() > u64::from(ROUNDS), "hardly anybody asked: nothing was tested");
    behind.store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_keeps_its_clients_is_lost_after_some_round() {
    let behind = Behind::start(Mutations { clients_kept: true, ..Mutations::default() }).await;
    let lost = behind.lost_in(ROUNDS_WITHOUT_PROTECTION).await;
    assert!(lost.is_some(), "mended in librdkafka: clients need not be made anew any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_where_the_log_ends_is_answered_after_each_outage() {
    let behind = Behind::start(Mutations::default()).await;
    let ends = LogEnds::new(behind.kafka.clone());
    for round in 0..ROUNDS_OF_QUESTIONS {
        // Through the outage too, by the client that answered before it.
        let asked = tokio::time::timeout(ASKED_WITHIN, ends.of(&behind.topic));
        let ((), _) = tokio::join!(behind.outage(), asked);
        write_raw(&behind.kafka, &behind.topic, 0, "another program", Some(b"hello")).await;
        tests::wait::until("the end of the log is known", RECOVERS_WITHIN, async || {
            match ends.of(&behind.topic).await {
                Ok(ends) if ends[&0] > round => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }
    behind.store.close().await.unwrap();
}
