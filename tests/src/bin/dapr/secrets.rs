//! Credentials for a Kafka that asks for them, out of a secret store that is read at start.

use serde_json::json;
use tests::kafka::{PASSWORD, USERNAME};
use tests::wait::until;

use super::{PATIENCE, World, holds};

impl World {
    pub(super) async fn credentials_come_from_a_secret_store(&mut self) {
        let mut asked = self.role("command", "asked-for-credentials");
        asked.set("KAFKA_BROKERS", &self.kafka.sasl_bootstrap());
        asked.set("KAFKA_OPTIONS", "security.protocol=SASL_PLAINTEXT,sasl.mechanisms=PLAIN");
        asked.launch();
        let (status, output) = asked.ended(PATIENCE).await;
        assert!(!status.success() && output.contains("sasl.username"), "{output}");

        let mut daprd = self.sidecar("asked", &asked);
        let file = self.folder.path().join("secrets.json");
        std::fs::write(&file, json!({"KAFKA_USERNAME": USERNAME, "KAFKA_PASSWORD": PASSWORD}).to_string()).unwrap();
        daprd.has("tasklog-secrets", "secretstores.local.file", &[("secretsFile", &file.to_string_lossy())]);
        asked.set("DAPR_HTTP_PORT", &daprd.http_port().to_string());
        asked.set("DAPR_SECRET_STORE", "tasklog-secrets");
        asked.set("DAPR_SECRETS", "KAFKA_USERNAME,KAFKA_PASSWORD");
        asked.launch();
        until("it waits for its sidecar", PATIENCE, async || {
            let output = asked.output();
            if output.contains("a secret cannot be read yet") { Ok(()) } else { Err(output) }
        })
        .await;
        daprd.launch();
        until("it is ready", PATIENCE, async || match asked.api().get("/readyz").try_send().await {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(answer.text()),
            Err(_) => Err(daprd.output()),
        })
        .await;
        asked.api().post("/tasks", &json!({"title": "Let in"})).send().await.expect(201);
        assert!(!asked.output().contains(PASSWORD), "its log shows the password");
        asked.stop().await;
        holds("credentials come from a secret store, which is waited for");
    }
}
