//! Records that another client writes to our topics and nobody can read.

use std::time::Duration;

use serde_json::{Value, json};
use tests::prometheus::Scrape;
use tests::system::System;

on_both_brokers!(a_poison_record_is_parked_and_the_others_go_on);

async fn write(system: &System, topic: &str, key: &str, payload: &[u8]) {
    tests::foreign::write(&system.bootstrap(), topic, key, payload).await;
}

/// The envelope of an update as our own writers make it, with data that no reader knows.
fn unreadable(task: &Value) -> Value {
    let id = task["id"].as_str().unwrap();
    json!({
        "specversion": "1.0", "id": uuid::Uuid::new_v4(), "source": "/tenants/default", "type": "tasklog.task.updated.v1",
        "subject": id, "time": "2026-12-01T08:00:00Z", "datacontenttype": "application/json",
        "partitionkey": format!("default/{id}"), "sequence": 2, "tenant": "default",
        "commandid": uuid::Uuid::new_v4().to_string(), "actor": "someone else",
        "data": {"changes": 42, "updated_at": "yesterday"},
    })
}

/// What a writer leaves in a partition of a replicated topic that holds no event yet; see `kafka_es::envelope::BLANK_TYPE`.
fn blank(key: &str) -> Value {
    json!({
        "specversion": "1.0", "id": format!("{key}@0"), "source": "/kafka-es", "type": kafka_es::envelope::BLANK_TYPE,
        "subject": "barrier", "time": "2026-12-01T08:00:00Z", "datacontenttype": "application/json",
        "partitionkey": key, "sequence": 0, "tenant": "kafka-es", "commandid": "barrier", "actor": "kafka-es",
        "data": null,
    })
}

async fn a_poison_record_is_parked_and_the_others_go_on(system: &mut System) {
    let api = system.api();
    let (victim, _) = api.create(&json!({"title": "Its log will be spoilt"})).await;
    let (bystander, _) = api.create(&json!({"title": "Unconcerned"})).await;
    let victim_stream = format!("default/{}", victim["id"].as_str().unwrap());

    write(system, "task-events", "default/garbage", b"\xff\xfe not JSON \x00").await;
    write(system, "task-events", &victim_stream, unreadable(&victim).to_string().as_bytes()).await;
    write(system, "reminders", "default/garbage", b"{}").await;
    let barrier = "kafka-es.barrier/0";
    for topic in ["task-events", "reminders"] {
        write(system, topic, barrier, blank(barrier).to_string().as_bytes()).await;
    }

    let path = format!("/tasks/{}", bystander["id"].as_str().unwrap());
    let patch = api.patch(&path, &json!({"title": "Still unconcerned"})).send().await.expect(200);
    assert_eq!(api.get(&path).token(&patch.token()).send().await.expect(200).json()["title"], "Still unconcerned");
    let (task, token) = api.create(&json!({"title": "New and fine"})).await;
    let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
    let reminders = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&reminders, &reminder).send().await.expect(201);
    let token = tests::http::merged(&[token, reminder.token()]);
    let found = api.all_items("/tasks?q=fine", &token).await;
    assert_eq!(found.len(), 1, "the search index goes on too");

    // Each projection of a topic parks for itself; garbage belongs to no stream.
    let letters = tests::wait::until("all three are parked", Duration::from_secs(30), async || {
        let letters = api.all_items("/dead-letters?limit=2", "").await;
        let parked = |topic: &str, stream: &Value| {
            letters.iter().any(|letter| letter["topic"] == topic && letter["stream"] == *stream)
        };
        let all = parked("task-events", &json!(victim_stream))
            && parked("task-events", &Value::Null)
            && parked("reminders", &Value::Null);
        if all { Ok(letters) } else { Err(format!("{letters:#?}")) }
    })
    .await;
    tests::wait::until("a metric counts them", Duration::from_secs(60), async || {
        let count = Scrape::of(&api).await.sum("tasklog_dead_letters", &[]).unwrap_or(0.0);
        if count as usize == letters.len() { Ok(()) } else { Err(format!("{count} of {}", letters.len())) }
    })
    .await;

    assert!(!json!(letters).to_string().contains("barrier"), "a blank record is no poison: {letters:#?}");

    // The victim stays as it was before its log was spoilt, and nothing can be written on top of what cannot be read.
    let victim_path = format!("/tasks/{}", victim["id"].as_str().unwrap());
    assert_eq!(api.get(&victim_path).send().await.expect(200).json(), victim);
    let refused = api.patch(&victim_path, &json!({"title": "On top of the poison"})).send().await;
    assert_eq!((refused.status, refused.problem().as_str()), (503, "stream-blocked"), "{}", refused.text());
    let letter = letters.iter().find(|letter| letter["stream"] == victim_stream.as_str()).unwrap();
    let id = letter["id"].as_str().map_or_else(|| letter["id"].to_string(), str::to_owned);
    let retried = api.call(reqwest::Method::POST, &format!("/dead-letters/{id}/retry")).send().await;
    assert!(retried.status < 500, "{}", retried.text());
    let still = api.all_items("/dead-letters?limit=50", "").await;
    assert!(
        still.iter().any(|letter| letter["stream"] == victim_stream.as_str()),
        "a retry that fails leaves it parked"
    );

    // An operator drops them: the garbage is gone, the victim goes on behind its event, in this projection.
    let of_tasks = tests::wait::until("tasks has parked both", Duration::from_secs(30), async || {
        let mut letters = api.all_items("/dead-letters?limit=50", "").await;
        letters.retain(|letter| letter["projection"] == "tasks");
        if letters.len() == 2 { Ok(letters) } else { Err(format!("{letters:#?}")) }
    })
    .await;
    for id in of_tasks.iter().map(|letter| &letter["id"]) {
        let dropped = api.delete(&format!("/dead-letters/{id}")).send().await.expect(200).json();
        assert_eq!(dropped, json!({"applied": 0, "void": 0, "parked": 0}));
        assert_eq!(api.delete(&format!("/dead-letters/{id}")).send().await.expect(404).problem(), "not-found");
    }
    let left = api.all_items("/dead-letters?limit=50", "").await;
    assert!(left.iter().all(|letter| letter["projection"] != "tasks"), "{left:#?}");
    assert_eq!(api.get(&victim_path).send().await.expect(200).json()["version"], 2);
    let count = Scrape::of(&api).await.sum("tasklog_dead_letters_dropped_total", &[]);
    assert_eq!(count, Some(2.0));

    // A restart meets the same records again.
    system.restart().await;
    let api = system.api();
    api.patch(&path, &json!({"title": "After the restart"})).send().await.expect(200);
}
