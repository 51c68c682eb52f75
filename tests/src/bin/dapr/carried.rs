//! A state store on Postgres, and an output binding that carries mails to the receiver.

use serde_json::json;
use tests::wait::until;

use super::{PATIENCE, World, holds};

const KEYS: &str = "SELECT key FROM tasklog_dapr_state";

impl World {
    pub(super) async fn what_was_delivered_is_in_the_state_store_and_mails_go_out_by_a_binding(&mut self) {
        self.notify.stop().await;
        self.daprd.kill().await;
        let database = format!("{}?sslmode=disable", self.postgres.url());
        let settings = [
            ("connectionString", database.as_str()),
            ("tableName", "tasklog_dapr_state"),
            ("metadataTableName", "tasklog_dapr_metadata"),
        ];
        self.daprd.has("tasklog-state", "state.postgresql", &settings);
        self.daprd.has("tasklog-notify", "bindings.http", &[("url", self.receiver.url())]);
        self.notify.set("DAPR_HTTP_PORT", &self.daprd.http_port().to_string());
        self.notify.set("DAPR_STATE_STORE", "tasklog-state");
        self.notify.set("DAPR_BINDING", "tasklog-notify");
        self.daprd.launch();
        self.notify.start().await;
        let settings = json!({"channels": [{"type": "email", "address": "ann@example.com"}]});
        let put = self.notify.api().call(reqwest::Method::PUT, "/notification-settings");
        put.json("application/json", &settings).send().await.expect(200);

        let reminder = self.rang("By mail").await;
        let mail = until("the mail has come", PATIENCE, async || {
            let taken = self.receiver.taken().into_iter();
            let mut mails = taken.filter_map(|taken| taken.body.as_str().map(str::to_owned));
            mails.next().ok_or_else(|| self.daprd.output())
        })
        .await;
        assert!(mail.contains(">By mail</h1>"), "{mail}");
        self.ends(&reminder, &["delivered"]).await;
        let path = format!("/reminders/{reminder}/deliveries");
        let attempts = self.notify.api().get(&path).send().await.expect(200).json();
        let delivery = attempts["items"][0]["delivery_id"].as_str().unwrap();
        let keys = self.postgres.texts(KEYS).await;
        assert_eq!(keys, [format!("tasklog-notify||{delivery}")]);
        holds("what was delivered is in the state store, and mails go out by a binding");
    }
}
