//! A Kafka that asks who comes: without the right credentials nobody is let in, and nobody gets to see them.

use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse as _;
use axum::{Json, Router};
use serde_json::json;
use tests::kafka::{KafkaNode, PASSWORD, USERNAME};
use tests::system::folder;
use tests::tasklog::Tasklog;

const WRONG: &str = "hunter3";

/// The port of what answers as a Dapr sidecar does that has one secret, with both.
async fn secret_store() -> u16 {
    let router = Router::new().fallback(async |uri: Uri| match uri.path() {
        "/v1.0/secrets/tasklog-secrets/tasklog" => {
            Json(json!({"KAFKA_USERNAME": USERNAME, "KAFKA_PASSWORD": PASSWORD})).into_response()
        }
        _ => (StatusCode::FORBIDDEN, Json(json!({"message": "access denied by policy"}))).into_response(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_come_from_the_secret_store_of_a_sidecar_where_they_are_not_set() {
    let folder = folder();
    let kafka = KafkaNode::start_asking(&folder.path().join("kafka")).await;
    let mut topics = Tasklog::role("topics", folder.path());
    topics.set("KAFKA_BROKERS", &kafka.sasl_bootstrap());
    topics.set("KAFKA_OPTIONS", "security.protocol=SASL_PLAINTEXT,sasl.mechanisms=PLAIN");
    topics.set("DAPR_HTTP_PORT", &secret_store().await.to_string());
    topics.set("DAPR_SECRET_STORE", "tasklog-secrets");
    let refused = |topics: &Tasklog| {
        let output = topics.run(&["topics", "create"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        said
    };
    // None is wanted.
    assert!(refused(&topics).contains("sasl.username"));
    topics.set("DAPR_SECRETS", "of-others");
    let forbidden = refused(&topics);
    assert!(forbidden.contains("of-others") && forbidden.contains("access denied by policy"), "{forbidden}");
    topics.set("DAPR_SECRETS", "tasklog");
    topics.run_well(&["topics", "create"]);
    // What is set wins.
    topics.set("KAFKA_PASSWORD", WRONG);
    assert!(refused(&topics).contains("cannot be reached"));
}
