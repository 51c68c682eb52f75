//! The event store on a real Kafka: its conformance suite, and two processes that race for the same streams.
//!
//! The suite on the in-process broker runs with `kafka-es` itself.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kafka_es::conformance::{self as suite, Attempt, Audit};
use kafka_es::{Barrier, KafkaSettings, Mutations};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tests::kafka::KafkaNode;
use tests::process::Process;
use tests::system::{Broker, System};
use tests::tasklog::built;

const WRITERS: u64 = 2;
const ATTEMPTS: u64 = 10_000;
const STREAMS: u64 = 100;
const EXAMPLE_WITHIN: Duration = Duration::from_secs(120);
const RACE_WITHIN: Duration = Duration::from_secs(240);

/// Lets two processes race on a fresh topic and compares the log with what each was told.
async fn race(kafka: &KafkaSettings, brokers: &str, folder: &Path, switches: &[&str]) -> Result<Audit, Vec<String>> {
    let topic = suite::fresh_topic(kafka, 6).await;
    let mut writers = Vec::new();
    for seed in 1..=WRITERS {
        let out = folder.join(format!("{topic}-{seed}.jsonl"));
        let mut command = Command::new(built("examples/race_writer"));
        command.args([brokers, &topic, &STREAMS.to_string(), &(ATTEMPTS / WRITERS).to_string(), &seed.to_string()]);
        command.arg(&out).args(switches);
        writers.push((Process::spawn("race_writer", command, &out.with_extension("log")), out));
    }
    let mut attempts = Vec::<Attempt>::new();
    for (mut writer, out) in writers {
        let status = writer.ended(RACE_WITHIN).await;
        assert!(status.success(), "{status}: {}", writer.output_end());
        let lines = std::fs::read_to_string(out).unwrap();
        attempts.extend(lines.lines().map(|line| serde_json::from_str::<Attempt>(line).unwrap()));
    }
    assert_eq!(attempts.len() as u64, ATTEMPTS);
    suite::audit(&suite::read_all(kafka, &topic).await, &attempts)
}

/// With the rule the log and the answers agree; with the rule switched off the audit must see it.
async fn first_one_wins(system: &System, kafka: &KafkaSettings, switches: &[&str]) {
    let audit = race(kafka, &system.bootstrap(), system.folder(), switches).await.unwrap();
    assert_eq!(audit.streams as u64, STREAMS);
    assert!(audit.void > 0, "nobody raced: {audit:?}");
    assert_eq!(audit.unknown, 0, "{audit:?}");
    assert!(audit.acknowledged as u64 > ATTEMPTS / 10, "{audit:?}");

    let switches: Vec<&str> = switches.iter().copied().chain(["first-wins-off"]).collect();
    let faults = race(kafka, &system.bootstrap(), system.folder(), &switches).await;
    let faults = faults.expect_err("with the rule switched off the audit must fail");
    assert!(faults.iter().any(|fault| fault.contains("is not in the stream")), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_race_on_the_embedded_broker_and_the_first_one_wins() {
    let system = System::start(Broker::Embedded).await;
    first_one_wins(&system, &KafkaSettings::embedded(system.bootstrap()), &["embedded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_race_on_real_kafka_and_the_first_one_wins() {
    let system = System::prepare(Broker::RealKafka).await;
    first_one_wins(&system, &KafkaSettings::new(system.bootstrap()), &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suite_passes_on_real_kafka() {
    let folder = tempfile::tempdir().unwrap();
    let node = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let kafka = KafkaSettings::new(node.bootstrap());
    let in_folder = |name: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let audit = suite::first_one_wins(&kafka, 3, 3_000, Mutations::default()).await.unwrap();
    assert!(audit.void > 0, "nobody raced: {audit:?}");
    suite::barrier_before_refusal(&kafka, Barrier::Question, Mutations::default()).await;
    suite::barrier_before_refusal(&kafka, Barrier::Record, Mutations::default()).await;
    suite::barrier_without_events(&kafka, &in_folder("blank"), Mutations::default()).await;
    suite::hidden_records(&kafka).await;
    suite::written_twice(&kafka, Mutations::default()).await;
    suite::resting_tail(&kafka, Mutations::default()).await;
    suite::idempotent_replay(&kafka, &in_folder("replay"), Mutations::default()).await;
    suite::restart_resumes(&kafka, &in_folder("restart"), Mutations::default()).await;
    suite::given_again_at_once(&kafka, Mutations::default()).await;
    suite::lost_records(&kafka, Mutations::default(), async |topic, below| lose(&node, topic, below).await).await;
    suite::repeated_command_id(&kafka, &in_folder("repeated")).await;
    suite::blocked_stream(&kafka, &in_folder("blocked")).await;
    suite::foreign_records(&kafka).await;
    suite::void_records(&kafka, Mutations::default()).await;
    suite::gap_stops(&kafka, Mutations::default()).await;
    suite::commands_of_many_events(&kafka).await;
    suite::cqrs_framework(&kafka).await;
    suite::recreated_topic_stops(&kafka, &in_folder("recreated"), async |topic| recreate(&node, topic).await).await;
}

/// Runs an example of the crate to its end; what it printed.
async fn example(name: &str, kafka: &KafkaNode, folder: &Path) -> String {
    let mut command = Command::new(built(&format!("examples/{name}")));
    command.arg(kafka.bootstrap());
    let mut process = Process::spawn(name, command, &folder.join(format!("{name}.log")));
    let status = process.ended(EXAMPLE_WITHIN).await;
    assert!(status.success(), "{name}: {status}: {}", process.output_end());
    process.output()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_run_on_real_kafka() {
    let folder = tempfile::tempdir().unwrap();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let counted = example("counter", &kafka, folder.path()).await;
    assert!(counted.contains("1 visits, at example-counters/"), "{counted}");
    // The log goes on to two runs: a visit through the store and one through the framework, each time.
    let counted = example("counter", &kafka, folder.path()).await;
    assert!(counted.contains("3 visits, at example-counters/"), "{counted}");
    let moved = example("bank_account", &kafka, folder.path()).await;
    assert!(moved.contains("bank/bob: 700 cents, Appended at"), "{moved}");
    assert!(moved.contains("bank/bob: 700 cents, Replayed at"), "{moved}");
    assert!(moved.contains("refused: the command is refused"), "{moved}");
    let checked = example("conformance", &kafka, folder.path()).await;
    assert!(checked.contains("marks of foreign transactions hold up nobody"), "{checked}");
}

fn admin(node: &KafkaNode) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", node.bootstrap()).create().unwrap()
}

/// Deletes the first records of a topic's only partition.
async fn lose(node: &KafkaNode, topic: &str, below: i64) {
    let mut first = TopicPartitionList::new();
    first.add_partition_offset(topic, 0, Offset::Offset(below)).unwrap();
    let deleted = admin(node).delete_records(&first, &AdminOptions::new()).await.unwrap();
    assert_eq!(deleted.find_partition(topic, 0).unwrap().offset(), Offset::Offset(below));
}

/// Deletes a topic and creates it anew: the log now ends before what a writer has seen.
async fn recreate(node: &KafkaNode, topic: &str) {
    let admin = admin(node);
    let options = AdminOptions::new();
    admin.delete_topics(&[topic], &options).await.unwrap()[0].as_ref().unwrap();
    let fresh = NewTopic::new(topic, 4, TopicReplication::Fixed(1));
    tests::wait::until("the topic is there again", Duration::from_secs(20), async || {
        match &admin.create_topics([&fresh], &options).await.unwrap()[0] {
            Ok(_) => Ok(()),
            Err((_, code)) => Err(code.to_string()),
        }
    })
    .await;
}
