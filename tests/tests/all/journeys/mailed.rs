//! Reminders that come by e-mail, again and again until something is done about the task.

#[path = "../../../../notification/tests/it/maildev.rs"]
mod maildev;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tests::system::{Broker, System};
use tests::wait::until;

use maildev::Maildev;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reminder_comes_by_mail_again_and_again_until_its_task_is_done() {
    let maildev = Maildev::start(&[]).await;
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", maildev.port);
    let variables = [("SMTP_URL", smtp.as_str()), ("SMTP_FROM", "Tasklog <tasklog@example.com>")];
    let system = System::start_with(Broker::Embedded, &variables).await;
    let api = system.api();
    let settings = json!({"channels": [{"type": "email", "address": "ann@example.com"}]});
    api.call(Method::PUT, "/notification-settings").json("application/json", &settings).send().await.expect(200);

    let (task, _) = api.create(&json!({"title": "Call Ada", "description": "About <the> boat"})).await;
    let task = format!("/tasks/{}", task["id"].as_str().unwrap());
    let at = (Utc::now() + TimeDelta::milliseconds(999)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let body = json!({"remind_at": at, "time_zone": "UTC", "repeat": {"every": "PT2S", "times": 50}});
    let reminder = api.post(&format!("{task}/reminders"), &body).send().await.expect(201).json();
    assert_eq!(reminder["repeat"], body["repeat"]);
    let reminder = format!("/reminders/{}", reminder["id"].as_str().unwrap());

    let mails = until("it came three times", PATIENCE, async || {
        let mails = maildev.mails().await;
        if mails.len() >= 3 { Ok(mails) } else { Err(format!("{} mails", mails.len())) }
    })
    .await;
    for mail in &mails {
        assert_eq!(
            (&mail["subject"], &mail["to"][0]["address"]),
            (&json!("Reminder: Call Ada"), &json!("ann@example.com"))
        );
        assert!(mail["text"].as_str().unwrap().contains("About <the> boat"), "{mail}");
        assert!(mail["html"].as_str().unwrap().contains("About &lt;the&gt; boat"), "{mail}");
    }
    assert!(maildev.source(&mails[0]).await.contains("multipart/alternative"));
    let deliveries = api.get(&format!("{reminder}/deliveries")).send().await.expect(200).json();
    let of: Vec<&Value> = deliveries["items"].as_array().unwrap().iter().collect();
    assert!(
        of.iter().all(|attempt| attempt["channel"] == "email" && attempt["outcome"] == "delivered"),
        "{deliveries}"
    );

    let token = api.patch(&task, &json!({"status": "completed"})).send().await.expect(200).token();
    let shown = until("it is cancelled", PATIENCE, async || {
        let shown = api.get(&reminder).token(&token).send().await.expect(200).json();
        if shown["status"] == "cancelled" { Ok(shown) } else { Err(shown.to_string()) }
    })
    .await;
    assert!(shown["triggered_at"].is_string() && shown["late"] == false, "{shown}");
    let rings = |text: &str| text.matches("tasklog.reminder.triggered.v1").count();
    let stream = format!("default/{}", reminder.rsplit('/').next().unwrap());
    let so_far = rings(&system.tasklog.run_well(&["events", "--stream", &stream]));
    // One more time to ring passes.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(rings(&system.tasklog.run_well(&["events", "--stream", &stream])), so_far);
}
