//! A reader of the log takes what has been fetched, not what came before the first word of the log's end: a node gives that word
//! whenever a fetch has reached the end, and under steady writes nearly each does.

use std::time::Duration;

use kafka_es::conformance as suite;
use kafka_es::{KafkaSettings, LogReader, Position};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_records_that_came_one_by_one_while_nobody_read_when_they_are_read_then_they_are_one_batch() {
    let folder = tests::system::folder();
    let node = KafkaNode::start_single(folder.path()).await;
    let kafka = KafkaSettings::new(node.bootstrap());
    let topic = suite::fresh_topic(&kafka, 1).await;
    let mut reader = LogReader::open(&kafka, [Position { topic: topic.clone(), partition: 0, offset: 0 }]).unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", node.bootstrap()).set("group.id", "careless");
    config.set("enable.partition.eof", "true").set("enable.auto.commit", "false");
    let careless: StreamConsumer = config.create().unwrap();
    let mut all = TopicPartitionList::new();
    all.add_partition_offset(&topic, 0, Offset::Beginning).unwrap();
    careless.assign(&all).unwrap();

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
