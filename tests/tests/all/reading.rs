//! A reader of the log takes what has been fetched, not what came before the first word of the log's end: a node gives that word
//! whenever a fetch has reached the end, and under steady writes nearly each does. And who stops waiting for it loses nothing.

use std::time::Duration;

use kafka_es::conformance as suite;
use kafka_es::{KafkaSettings, LogReader, Position};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tests::kafka::KafkaNode;

const RECORDS: usize = 5;
/// A fetch may be late, or bring two records: there are some tries.
const TRIES: usize = 10;
const FETCHED: Duration = Duration::from_millis(200);

/// How many batches a reader makes of the next records that ends one at the first word of the end.
async fn careless_batches(consumer: &StreamConsumer) -> usize {
    let (mut batches, mut read, mut open) = (0, 0, 0);
    while read < RECORDS {
        match consumer.recv().await {
            Ok(_) => (read, open) = (read + 1, open + 1),
            Err(KafkaError::PartitionEOF(_)) => (batches, open) = (batches + usize::from(open > 0), 0),
            Err(error) => panic!("{error}"),
        }
    }
    batches + usize::from(open > 0)
}

async fn careful_batches(reader: &mut LogReader) -> usize {
    let (mut batches, mut read) = (0, 0);
    while read < RECORDS {
        let batch = reader.next_batch(100, Duration::ZERO).await.unwrap();
        (batches, read) = (batches + usize::from(!batch.is_empty()), read + batch.len());
    }
    batches
}

/// A consumer that is used without a reader, at the beginning of the topic's only partition.
fn consumer(node: &KafkaNode, topic: &str) -> StreamConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", node.bootstrap()).set("group.id", "careless");
    config.set("enable.partition.eof", "true").set("enable.auto.commit", "false");
    let consumer: StreamConsumer = config.create().unwrap();
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&all).unwrap();
    consumer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_records_that_came_one_by_one_while_nobody_read_when_they_are_read_then_they_are_one_batch() {
    let folder = tests::system::folder();
    let node = KafkaNode::start_single(folder.path()).await;
    let kafka = KafkaSettings::new(node.bootstrap());
    let topic = suite::fresh_topic(&kafka, 1).await;
    let mut reader = LogReader::open(&kafka, [Position { topic: topic.clone(), partition: 0, offset: 0 }]).unwrap();
    let careless = consumer(&node, &topic);

    let (mut fewest, mut most) = (usize::MAX, 0);
    for _ in 0..TRIES {
        for _ in 0..RECORDS {
            suite::write_raw(&kafka, &topic, 0, "s/1", Some(b"anything")).await;
        }
        tokio::time::sleep(FETCHED).await;
        fewest = fewest.min(careful_batches(&mut reader).await);
        most = most.max(careless_batches(&careless).await);
        if fewest == 1 && most > 1 {
            break;
        }
    }
    assert_eq!(fewest, 1);
    // The other half of the pair.
    assert!(most > 1, "the end was told behind no record");
}

/// The offsets up to the end of the log or up to the hundredth, gathered where a call that is dropped loses them.
async fn careless_batch(consumer: &StreamConsumer) -> Vec<i64> {
    let mut batch = Vec::new();
    while batch.len() < 100 {
        match consumer.recv().await {
            Ok(message) => batch.push(message.offset()),
            Err(KafkaError::PartitionEOF(_)) if batch.is_empty() => {}
            Err(KafkaError::PartitionEOF(_)) => break,
            Err(error) => panic!("{error}"),
        }
    }
    batch
}

async fn careful_batch(reader: &mut LogReader) -> Vec<i64> {
    let batch = reader.next_batch(100, Duration::from_hours(1)).await.unwrap();
    batch.iter().map(|record| record.position.offset).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_calls_that_are_dropped_while_they_wait_when_the_log_is_read_on_then_each_record_comes_once() {
    let folder = tests::system::folder();
    let node = KafkaNode::start_single(folder.path()).await;
    let kafka = KafkaSettings::new(node.bootstrap());
    let topic = suite::fresh_topic(&kafka, 1).await;
    for _ in 0..RECORDS {
        suite::write_raw(&kafka, &topic, 0, "s/1", Some(b"anything")).await;
    }
    // One fetch brings all; the word of the end comes with the next one.
    let mut reader = LogReader::open(&kafka, [Position { topic: topic.clone(), partition: 0, offset: 0 }]).unwrap();
    let mut read: Vec<i64> =
        reader.next_batch(1, Duration::ZERO).await.unwrap().iter().map(|record| record.position.offset).collect();
    // Asked once, and dropped when it would wait.
    let dropped = tokio::time::timeout(Duration::ZERO, careful_batch(&mut reader)).await;
    assert!(dropped.is_err(), "{dropped:?}");
    assert_eq!(reader.next_offsets()[&(topic.clone(), 0)], 1, "what nobody has seen has been read");
    let careless = consumer(&node, &topic);
    let mut carelessly = vec![careless.recv().await.unwrap().offset()];
    let dropped = tokio::time::timeout(Duration::ZERO, careless_batch(&careless)).await;
    assert!(dropped.is_err(), "{dropped:?}");

    let last = suite::write_raw(&kafka, &topic, 0, "s/1", Some(b"anything")).await;
    while read.last() != Some(&last) {
        read.extend(careful_batch(&mut reader).await);
    }
    assert_eq!(read, (0..=last).collect::<Vec<_>>());
    assert_eq!(reader.next_offsets()[&(topic, 0)], last + 1);
    // The other half of the pair.
    while carelessly.last() != Some(&last) {
        carelessly.extend(careless_batch(&careless).await);
    }
    assert_eq!(carelessly, [0, last]);
}
