//! Reminders that come by e-mail, again and again until something is done about the task.

#[path = "../../../../notification/tests/it/maildev.rs"]
mod maildev;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tests::postgres::Postgres;
use tests::system::{Broker, System};
use tests::wait::until;

use maildev::Maildev;

const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than what a process was about when it was killed waits for the next one.
const TAKEN_UP_AGAIN: Duration = Duration::from_secs(20);

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

/// What tells mails that came twice, and that they come at all, switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// A delivery counts as done when it is taken up, before anything is sent.
    DoneBeforeItIsSent,
    /// A delivery has another id each time.
    AnotherIdEachTime,
}

const DONE_BEFORE_IT_IS_SENT: &str = "
    CREATE FUNCTION done_before_it_is_sent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.due_at := NULL;
        RETURN NEW;
    END $$;
    CREATE TRIGGER done_before_it_is_sent BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.attempts = OLD.attempts) EXECUTE FUNCTION done_before_it_is_sent()";

/// A process is killed when the mail server has a mail and that is not written down; another takes its place. Gives the `Message-ID` of each
/// mail that came, and how often the log says that the reminder was sent.
async fn killed_with_a_mail_sent(fault: Option<Fault>) -> (Vec<Value>, usize) {
    let maildev = Maildev::start(&[]).await;
    let mut system = System::prepare(Broker::Embedded).await;
    let postgres = Postgres::start(&system.folder().join("postgres")).await;
    system.tasklog.set("DATABASE_URL", &postgres.url());
    system.tasklog.set("SMTP_URL", &format!("smtp://127.0.0.1:{}?tls=none", maildev.port));
    system.tasklog.set("SMTP_FROM", "Tasklog <tasklog@example.com>");
    system.tasklog.start().await;
    let api = system.api();
    let settings = json!({"channels": [{"type": "email", "address": "ann@example.com"}]});
    api.call(Method::PUT, "/notification-settings").json("application/json", &settings).send().await.expect(200);
    if fault == Some(Fault::DoneBeforeItIsSent) {
        postgres.execute(DONE_BEFORE_IT_IS_SENT).await;
    }
    // Until this ends, nobody can write down what came of an attempt.
    let mut holder = PgConnection::connect(&postgres.url()).await.unwrap();
    holder.execute("BEGIN; LOCK TABLE tasklog_process.attempts IN EXCLUSIVE MODE").await.unwrap();

    let (task, _) = api.create(&json!({"title": "Call Ada"})).await;
    let at = (Utc::now() + TimeDelta::milliseconds(999)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&path, &json!({"remind_at": at, "time_zone": "UTC"})).send().await.expect(201).json();
    let came = async |wanted: usize| {
        until(&format!("{wanted} mails"), TAKEN_UP_AGAIN + PATIENCE, async || {
            let mails = maildev.mails().await;
            if mails.len() >= wanted { Ok(()) } else { Err(format!("{} mails", mails.len())) }
        })
        .await;
    };
    came(1).await;
    system.tasklog.kill().await;
    // What the killed one has asked Postgres for ends with it, rather than when it gets its turn.
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    holder.execute(end).await.unwrap();
    holder.execute("ROLLBACK").await.unwrap();
    if fault == Some(Fault::AnotherIdEachTime) {
        postgres.execute("UPDATE tasklog_process.deliveries SET id = gen_random_uuid()").await;
    }
    system.tasklog.start().await;
    let stream = format!("default/{}", reminder["id"].as_str().unwrap());
    let sent = || system.tasklog.run_well(&["events", "--stream", &stream]).matches("tasklog.reminder.sent.v1").count();
    if fault == Some(Fault::DoneBeforeItIsSent) {
        tokio::time::sleep(TAKEN_UP_AGAIN).await;
    } else {
        came(2).await;
        until("the log is told", PATIENCE, async || if sent() > 0 { Ok(()) } else { Err("nothing".to_owned()) }).await;
    }
    let ids = maildev.mails().await.iter().map(|mail| mail["headers"]["message-id"].clone()).collect();
    (ids, sent())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_between_a_mail_and_its_record_sends_it_again_under_the_same_id() {
    let (ids, sent) = killed_with_a_mail_sent(None).await;
    assert!(ids[0].as_str().is_some_and(|id| id.ends_with("@example.com>")), "{ids:?}");
    assert_eq!((ids.len(), sent), (2, 1), "{ids:?}");
    assert_eq!(ids[0], ids[1], "a mailbox cannot tell that it has it already");

    let (ids, sent) = killed_with_a_mail_sent(Some(Fault::AnotherIdEachTime)).await;
    assert_eq!((ids.len(), sent), (2, 1), "{ids:?}");
    assert_ne!(ids[0], ids[1]);

    let (ids, sent) = killed_with_a_mail_sent(Some(Fault::DoneBeforeItIsSent)).await;
    assert_eq!((ids.len(), sent), (1, 0), "nobody knows whether it came, and nobody sends it again: {ids:?}");
}
