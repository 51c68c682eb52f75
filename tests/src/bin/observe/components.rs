//! What the two sidecars have, and calls by which an application would use it.

use std::path::Path;

use serde_json::json;
use tests::daprd::Daprd;

/// What a sidecar shows its application.
pub const TOKEN: &str = "known to both";

/// The sidecar of `notify` at `app`, which runs: pub/sub on Kafka, state in Postgres, secrets in a file, and an output binding to a receiver.
pub fn of_notify(folder: &Path, app: &str, brokers: &str, database: &str, receiver: &str) -> Daprd {
    let mut sidecar = Daprd::new(folder, "notify", app, TOKEN);
    let secrets = folder.join("secrets.json");
    std::fs::write(&secrets, json!({"kafka": "secret"}).to_string()).unwrap();
    let secrets = secrets.to_string_lossy().into_owned();
    sidecar.reads(brokers, "tasklog-notify");
    sidecar.has("tasklog-state", "state.postgresql", &[("connectionString", database)]);
    sidecar.has("tasklog-secrets", "secretstores.local.file", &[("secretsFile", secrets.as_str())]);
    sidecar.has("tasklog-notify", "bindings.http", &[("url", receiver)]);
    sidecar.launch();
    sidecar
}

/// The sidecar of `process` at `app`, which runs: it ticks.
pub fn of_process(folder: &Path, app: &str) -> Daprd {
    let mut sidecar = Daprd::new(folder, "process", app, TOKEN);
    ["recurrence", "reminders"].iter().for_each(|what| sidecar.ticks(what));
    sidecar.launch();
    sidecar
}

/// Reads a secret, keeps and reads a state, and sends by the output binding.
pub async fn are_used(sidecar: &mut Daprd) {
    sidecar.ready().await;
    let api = sidecar.api();
    api.get("/v1.0/secrets/tasklog-secrets/kafka").send().await.expect(200);
    api.post("/v1.0/state/tasklog-state", &json!([{"key": "seen", "value": 1}])).send().await.expect(204);
    api.get("/v1.0/state/tasklog-state/seen").send().await.expect(200);
    let told = json!({"operation": "post", "data": {"told": "by the binding"}});
    let sent = api.post("/v1.0/bindings/tasklog-notify", &told).send().await;
    assert!(sent.status < 300, "{}", sent.text());
}
