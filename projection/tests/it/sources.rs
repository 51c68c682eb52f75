//! The log in memory, which the other tests read, and the log in Kafka: the same promises, kept by both.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::topics::TASKS;
use kafka_es::conformance::write_each_raw;
use kafka_es::{KafkaSettings, LogRecord, Position, TopicSpec, ensure_topics};
use platform::embedded::broker::Broker;
use platform::lifecycle::Shutdown;
use projection::source::{ByPartition, KafkaLog, Log, MemoryLog};

use crate::world::*;

/// Records that are asked for at once.
const MAX: usize = 7;
/// By then a reader that has something to give has given it.
const SOON: Duration = Duration::from_millis(300);

enum Place {
    Memory(MemoryLog),
    Kafka(KafkaSettings),
}

/// An empty log, and where it is written.
struct Bed {
    log: Arc<dyn Log>,
    place: Place,
    _folder: tempfile::TempDir,
}

impl Bed {
    fn in_memory() -> Self {
        let log = MemoryLog::new(&[TASKS], PARTITIONS);
        Self { log: Arc::new(log.clone()), place: Place::Memory(log), _folder: tempfile::tempdir().unwrap() }
    }

    async fn in_kafka() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let broker = Broker::start(any, folder.path()).await.unwrap();
        let kafka = KafkaSettings::embedded(broker.bootstrap());
        tokio::spawn(broker.run(Shutdown::new()));
        ensure_topics(&kafka, &[TopicSpec::new(TASKS, PARTITIONS)]).await.unwrap();
        Self { log: Arc::new(KafkaLog::new(kafka.clone())), place: Place::Kafka(kafka), _folder: folder }
    }

    /// Puts each record where its stream lives.
    async fn append(&self, records: &[LogRecord]) {
        match &self.place {
            Place::Memory(log) => {
                for record in records {
                    log.append(record.clone());
                }
            }
            Place::Kafka(kafka) => {
                let raw = records.iter().map(|record| {
                    let key = std::str::from_utf8(record.key.as_deref().unwrap()).unwrap();
                    (record.position.partition, key, Some(&record.raw[..]))
                });
                write_each_raw(kafka, TASKS, &raw.collect::<Vec<_>>()).await;
            }
        }
    }

    /// The next `count` records from these offsets on, in batches that are neither empty nor too large; each partition's in order.
    async fn read(&self, from: &ByPartition<i64>, count: usize) -> Vec<LogRecord> {
        let (mut next, mut read) = (from.clone(), Vec::new());
        let mut source = self.log.open(from.clone()).await.unwrap();
        while read.len() < count {
            let batch = tokio::time::timeout(LONG, source.next_batch(MAX)).await.unwrap().unwrap();
            assert!((1..=MAX).contains(&batch.len()), "a batch of {}", batch.len());
            for record in batch {
                let Position { topic, partition, offset } = record.position.clone();
                let next = next.get_mut(&(topic, partition)).expect("a partition that was asked for");
                assert_eq!(offset, *next, "in order, and each once");
                *next += 1;
                read.push(record);
            }
        }
        assert_eq!(read.len(), count, "more than there are");
        read
    }
}

/// Events of some streams, a second record of one sequence, and a record of another program.
fn records() -> Vec<LogRecord> {
    let event = |n: u64| task_record(id(u128::from(n % 5)), n / 5 + 1, &renamed(&format!("name {n}"), n / 5 + 1));
    let foreign = raw_record(TASKS, b"foreign", b"hello".to_vec());
    (0..40).map(event).chain([event(3), foreign]).collect()
}

/// Asks everything of an empty log that it promises; gives what was read of it.
async fn keeps_its_promises(bed: &Bed) -> Vec<LogRecord> {
    let empty: ByPartition<i64> = (0..PARTITIONS).map(|partition| ((TASKS.to_owned(), partition), 0)).collect();
    assert_eq!(bed.log.end_offsets(&[TASKS]).await.unwrap(), empty);
    let records = records();
    bed.append(&records).await;
    let ends = bed.log.end_offsets(&[TASKS]).await.unwrap();
    assert!(ends.keys().eq(empty.keys()) && ends.values().sum::<i64>() == records.len() as i64, "{ends:?}");

    let all = bed.read(&empty, records.len()).await;
    // From the middle on, and of the partitions that were asked for alone.
    for (partition, end) in &ends {
        let middle = end / 2;
        let rest = bed.read(&BTreeMap::from([(partition.clone(), middle)]), (end - middle) as usize).await;
        assert!(rest.iter().map(|record| record.position.offset).eq(middle..*end));
    }

    // At its end a reader waits until there is more, and for no longer.
    let mut source = bed.log.open(ends).await.unwrap();
    let waiting = tokio::spawn(async move { source.next_batch(MAX).await });
    tokio::time::sleep(SOON).await;
    assert!(!waiting.is_finished(), "there was nothing to give");
    let more = task_record(id(1), 9, &renamed("more", 9));
    bed.append(std::slice::from_ref(&more)).await;
    let woken = tokio::time::timeout(LONG, waiting).await.unwrap().unwrap().unwrap();
    assert!(woken.len() == 1 && woken[0].raw == more.raw, "{woken:?}");
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_a_log_in_memory_and_one_in_kafka_when_they_are_read_then_nobody_can_tell_them_apart() {
    let told = |mut records: Vec<LogRecord>| {
        records.sort_by(|a, b| a.position.cmp(&b.position));
        let what = |record: LogRecord| (record.position, record.key, record.content, record.raw);
        records.into_iter().map(what).collect::<Vec<_>>()
    };
    let in_memory = told(keeps_its_promises(&Bed::in_memory()).await);
    let in_kafka = told(keeps_its_promises(&Bed::in_kafka().await).await);
    assert_eq!(in_memory, in_kafka);
}
