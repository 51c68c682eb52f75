//! A record that skips a sequence of its stream: its partition stops, and goes on once the log is copied without it, as `docs/gaps.md`
//! says.

use std::time::Duration;

use kafka_es::{KafkaSettings, LogReader, Position, end_offsets, partition_for};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use tests::kafka::KafkaNode;
use tests::system::{Broker, System};

const PATIENCE: Duration = Duration::from_secs(60);

const TASKS: &str = "task-events";
const REMINDERS: &str = "reminders";

fn producer(brokers: &str) -> FutureProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("partitioner", "murmur2_random").create().unwrap()
}

fn stream(task: &Value) -> String {
    format!("default/{}", task["id"].as_str().unwrap())
}

fn path(task: &Value) -> String {
    format!("/tasks/{}", task["id"].as_str().unwrap())
}

/// A program that is none of ours changes a task, and does not know its version.
async fn write_foreign(brokers: &str, task: &Value) {
    let (stream, id) = (stream(task), task["id"].as_str().unwrap());
    let envelope = json!({
        "specversion": "1.0", "id": format!("{stream}@3"), "source": "/elsewhere", "type": "tasklog.task.updated.v1",
        "subject": id, "time": "2026-12-01T08:00:00Z", "datacontenttype": "application/json",
        "partitionkey": stream, "sequence": 3, "tenant": "default", "commandid": "foreign", "actor": "someone else",
        "data": {"changes": {"title": "Foreign"}, "updated_at": "2026-12-01T08:00:00Z"},
    });
    let payload = envelope.to_string();
    let record = FutureRecord::to(TASKS).key(&stream).payload(&payload);
    producer(brokers).send(record, Duration::from_secs(10)).await.unwrap();
}

/// Every record into the same place of topics that are empty, and one without a value in the place of each that is given up.
async fn copy(from: &str, to: &str, given_up: impl Fn(&Position) -> bool) {
    let (settings, producer) = (KafkaSettings::new(from), producer(to));
    for topic in [TASKS, REMINDERS] {
        let partitions = end_offsets(&settings, topic).await.unwrap().into_keys();
        let beginnings = partitions.map(|partition| Position { topic: topic.to_owned(), partition, offset: 0 });
        let mut reader = LogReader::open(&settings, beginnings).unwrap();
        while !reader.at_end() {
            for record in reader.next_batch(100, Duration::ZERO).await.unwrap() {
                let (key, at) = (record.key.unwrap(), record.position);
                let value = if given_up(&at) { &[][..] } else { &record.raw };
                let copied = FutureRecord::to(topic).partition(at.partition).key(&key).payload(value);
                let delivered = producer.send(copied, Duration::from_secs(10)).await.unwrap();
                assert_eq!((delivered.partition, delivered.offset), (at.partition, at.offset), "nothing moves");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_stops_its_partition_and_the_log_copied_without_it_goes_on_where_it_stood() {
    let mut system = System::start(Broker::RealKafka).await;
    let api = system.api();
    let ends = end_offsets(&KafkaSettings::new(system.bootstrap()), TASKS).await.unwrap();
    let partitions = i32::try_from(ends.len()).unwrap();
    let home = |task: &Value| partition_for(stream(task).as_bytes(), partitions);
    let (victim, token) = api.create(&json!({"title": "Skipped"})).await;
    let elsewhere = loop {
        let (task, _) = api.create(&json!({"title": "Unconcerned"})).await;
        if home(&task) != home(&victim) {
            break task;
        }
    };
    write_foreign(&system.bootstrap(), &victim).await;

    let said = tests::wait::until("it has stopped", PATIENCE, async || {
        let said = api.get("/readyz").try_send().await.map_err(|error| error.to_string())?.text();
        // The write side, the three projections of the topic, and search.
        if said.matches("where 2 was expected").count() == 5 { Ok(said) } else { Err(said) }
    })
    .await;
    assert!(said.contains(&stream(&victim)) && said.contains("docs/gaps.md"), "{said}");
    let refused = api.patch(&path(&victim), &json!({"title": "Not now"})).send().await.expect(503);
    assert_eq!(refused.header("retry-after"), "60");
    api.patch(&path(&elsewhere), &json!({"title": "Goes on"})).send().await.expect(200);
    let events = system.tasklog.run_well(&["events", "--stream", &stream(&victim)]);
    let (_, last) = events.trim().rsplit_once('\n').unwrap();
    assert!(last.contains(&format!("no event: sequence 3 of {} comes before 2", stream(&victim))), "{events}");
    let at: Position = last.split(' ').next().unwrap().parse().unwrap();

    system.tasklog.stop().await;
    let other = KafkaNode::start_single(&system.folder().join("other")).await;
    let broken = system.bootstrap();
    system.tasklog.set("KAFKA_BROKERS", &other.bootstrap());
    system.tasklog.run_well(&["topics", "create"]);
    copy(&broken, &other.bootstrap(), |position| *position == at).await;
    system.tasklog.start().await;

    let api = system.api();
    assert_eq!(api.get(&path(&victim)).token(&token).send().await.expect(200).json(), victim);
    let changed = api.patch(&path(&victim), &json!({"title": "Changed again"})).send().await.expect(200);
    assert_eq!(changed.json()["version"], 2);
    let found = api.all_items("/tasks?q=again", &changed.token()).await;
    assert_eq!(found.len(), 1);
    let views = crate::dump::views(&system);
    crate::dump::rebuild_online(&system);
    assert!(views == crate::dump::views(&system), "the views equal a rebuild");
}
