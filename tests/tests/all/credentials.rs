//! A Kafka that asks who comes: without the right credentials nobody is let in, and nobody gets to see them.

use serde_json::json;
use tests::kafka::{KafkaNode, PASSWORD, USERNAME};
use tests::system::folder;
use tests::tasklog::Tasklog;

const WRONG: &str = "hunter3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_asks_for_credentials_lets_in_whoever_has_them_and_they_are_shown_nowhere() {
    let folder = folder();
    let kafka = KafkaNode::start_asking(&folder.path().join("kafka")).await;
    let mut command = Tasklog::role("command", folder.path());
    command.set("KAFKA_BROKERS", &kafka.sasl_bootstrap());
    command.set("KAFKA_OPTIONS", "security.protocol=SASL_PLAINTEXT,sasl.mechanisms=PLAIN");
    command.set("KAFKA_USERNAME", USERNAME);
    command.set("KAFKA_PASSWORD", WRONG);
    command.set("RUST_LOG", "trace");
    let refused = command.run(&["topics", "create"]);
    let said = format!("{}{}", String::from_utf8_lossy(&refused.stdout), String::from_utf8_lossy(&refused.stderr));
    assert!(!refused.status.success() && said.contains("cannot be reached"), "{said}");
    assert!(!said.contains(WRONG), "{said}");

    command.set("KAFKA_PASSWORD", PASSWORD);
    let help = command.run_well(&["command", "--help"]);
    assert!(help.contains("KAFKA_PASSWORD") && !help.contains(PASSWORD), "{help}");
    command.run_well(&["topics", "create"]);
    // Every client that the role has.
    command.start().await;
    command.api().post("/tasks", &json!({"title": "Let in"})).send().await.expect(201);
    command.stop().await;
    assert!(command.run_well(&["events"]).contains("tasklog.task.created.v1"));
    assert!(!command.output().contains(PASSWORD), "the log shows the password");
}
