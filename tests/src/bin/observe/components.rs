//! The components of the two sidecars, and calls by which the application would use them.

use std::time::Duration;

use serde_json::json;
use tests::wait::until;

use crate::sidecar::{Component, Sidecar};

const PATIENCE: Duration = Duration::from_secs(60);

/// Of the sidecar of `notify`: pub/sub on Kafka, state in Postgres, secrets in a file, and an output binding to a receiver.
pub fn of_notify(brokers: &str, database: &str, secrets: &str, receiver: &str) -> [Component; 4] {
    let text = str::to_owned;
    let pubsub = vec![
        ("brokers", text(brokers)),
        ("authType", text("none")),
        ("consumerGroup", text("tasklog-notify")),
        ("initialOffset", text("oldest")),
        ("backOffDuration", text("1s")),
    ];
    [
        Component { name: "tasklog-pubsub", kind: "pubsub.kafka", settings: pubsub },
        Component {
            name: "tasklog-state",
            kind: "state.postgresql",
            settings: vec![("connectionString", text(database))],
        },
        Component {
            name: "tasklog-secrets",
            kind: "secretstores.local.file",
            settings: vec![("secretsFile", text(secrets))],
        },
        Component { name: "tasklog-notify", kind: "bindings.http", settings: vec![("url", text(receiver))] },
    ]
}

/// Of the sidecar of `process`: it ticks.
pub fn of_process() -> [Component; 2] {
    let ticks = |route: &str| {
        let setting = |name, value: &str| (name, value.to_owned());
        vec![setting("schedule", "@every 1s"), setting("route", route), setting("direction", "input")]
    };
    [
        Component { name: "tick-recurrence", kind: "bindings.cron", settings: ticks("/cron/recurrence") },
        Component { name: "tick-reminders", kind: "bindings.cron", settings: ticks("/cron/reminders") },
    ]
}

/// Reads a secret, keeps and reads a state, and sends by the output binding.
pub async fn are_used(sidecar: &Sidecar) {
    let api = sidecar.api();
    until("the sidecar answers", PATIENCE, async || match api.get("/v1.0/healthz").try_send().await {
        Ok(answer) if answer.status == 204 => Ok(()),
        Ok(answer) => Err(answer.text()),
        Err(error) => Err(error.to_string()),
    })
    .await;
    api.get("/v1.0/secrets/tasklog-secrets/kafka").send().await.expect(200);
    api.post("/v1.0/state/tasklog-state", &json!([{"key": "seen", "value": 1}])).send().await.expect(204);
    api.get("/v1.0/state/tasklog-state/seen").send().await.expect(200);
    let told = json!({"operation": "post", "data": {"told": "by the binding"}});
    let sent = api.post("/v1.0/bindings/tasklog-notify", &told).send().await;
    assert!(sent.status < 300, "{}", sent.text());
}
