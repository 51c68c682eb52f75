//! Mails by an output binding of a Dapr sidecar.

use domain::tenant;
use notification::{Settings, Targets};
use process::delivery::save;
use serde_json::json;

use super::Ringing;
use super::sidecar::FakeSidecar;

const SENT: &str = "tasklog.reminder.sent.v1";
const FAILED: &str = "tasklog.reminder.delivery_failed.v1";

/// One reminder rings, of somebody who wants mails at this address; how it ended.
async fn mailed(ringing: &Ringing, address: &str) -> Vec<String> {
    let body = json!({"channels": [{"type": "email", "address": address}]});
    let settings = Settings::from_json(body.as_object().unwrap(), &Settings::default(), Targets::Any).unwrap();
    save(&ringing.world.pool, tenant::DEFAULT, &settings).await.unwrap();
    ringing.ring(1);
    ringing.live().await.unwrap();
    ringing.ends(101)
}

#[tokio::test]
async fn given_no_mail_server_then_mails_go_out_by_the_binding_in_time_and_without_one_not_at_all() {
    assert_eq!(mailed(&Ringing::mortal().await, "ann@example.com").await, [FAILED]);
    let fake = FakeSidecar::start().await;
    let mut ringing = Ringing::mortal().await;
    ringing.channels.binding = Some(fake.binding());
    // It is tried again.
    fake.refuses(1);
    assert_eq!(mailed(&ringing, "ann@example.com").await, [SENT]);
    assert_eq!(ringing.written().await.into_values().collect::<Vec<_>>(), [2]);
    let [bound] = <[_; 1]>::try_from(fake.bound()).unwrap();
    assert_eq!(bound["operation"], "create");
    assert_eq!(bound["metadata"], json!({"emailTo": "ann@example.com", "subject": "Reminder: x"}));
    assert!(bound["data"].as_str().unwrap().contains(">x</h1>"), "{bound}");
}
