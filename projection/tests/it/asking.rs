//! The answers of single resources, and reading one's own writes.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use domain::reminder::{CancelReason, ReminderCancelled, ReminderEvent, ReminderScheduled, ReminderTime};
use domain::task::{TaskDeleted, TaskEvent, TaskRestored};
use domain::topics::REMINDERS;
use kafka_es::LogRecord;

use crate::world::*;

#[tokio::test]
async fn given_a_write_when_read_with_its_token_then_it_is_seen_although_the_projector_started_later() {
    let world = World::new().await;
    let at = world.append(task_record(id(1), 1, &created(id(1), "just written")));
    let request = Request::get(format!("/tasks/{}", id(1))).header("Consistency-Token", at.to_string());
    let request = request.header("Prefer", "wait=7").body(Body::empty()).unwrap();
    let (answer, _) = tokio::join!(world.send(request), async {
        world.start_projector();
    });
    assert_eq!(answer.0, 200);
    assert_eq!(answer.1["consistency-token"], at.to_string());
}

#[tokio::test]
async fn given_no_projector_when_read_with_a_token_then_503_or_a_stale_answer() {
    let world = World::new().await;
    let projector = world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "old")));
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let at = world.append(task_record(id(1), 2, &renamed("new", 2))).to_string();
    let ask = |prefer: &'static str| {
        let request =
            Request::get(format!("/tasks/{}", id(1))).header("Consistency-Token", &at).header("Prefer", prefer);
        world.send(request.body(Body::empty()).unwrap())
    };
    let (status, headers, problem) = ask("wait=0").await;
    assert_eq!(
        (status.as_u16(), problem["type"].as_str()),
        (503, Some("https://tasklog.dev/problems/projection-behind"))
    );
    assert!(headers.contains_key("retry-after"));
    let (status, headers, task) = ask("wait=0, handling=lenient").await;
    assert_eq!((status.as_u16(), task["title"].as_str()), (200, Some("old")));
    assert_eq!(headers["stale"], "true");
    assert!(headers["warning"].to_str().unwrap().starts_with("110"));
}

#[tokio::test]
async fn given_a_deleted_task_when_asked_for_then_404_but_its_history_stays_and_a_restore_brings_it_back() {
    let world = World::new().await;
    world.start_projector();
    let deleted = TaskEvent::Deleted(TaskDeleted { deleted_at: start() + TimeDelta::seconds(2) });
    let restored = TaskEvent::Restored(TaskRestored { restored_at: start() + TimeDelta::seconds(3) });
    world.append(task_record(id(1), 1, &created(id(1), "kept")));
    world.append(task_record(id(1), 2, &deleted));
    world.settle().await;
    let path = format!("/tasks/{}", id(1));
    assert_eq!(world.get(&path).await.0, 404);
    assert_eq!(world.get("/tasks?total=true").await.2["total"], 0);
    let (_, _, history) = world.get(&format!("{path}/history")).await;
    assert_eq!(history["items"][1]["type"], "task.deleted");
    world.append(task_record(id(1), 3, &restored));
    world.settle().await;
    assert_eq!(world.get(&path).await.2["version"], 3);
    let (_, _, page) = world.get(&format!("{path}/history?limit=2")).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, _, rest) = world.get(&format!("{path}/history?cursor={cursor}")).await;
    assert_eq!(rest["items"][0]["version"], 3);
    let other = format!("/tasks/{}/history?cursor={cursor}", id(2));
    assert_eq!(world.get(&other).await.0, 422);
}

#[tokio::test]
async fn given_a_version_the_client_has_when_asked_for_then_304() {
    let world = World::new().await;
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "unchanged")));
    world.settle().await;
    let request =
        Request::get(format!("/tasks/{}", id(1))).header("If-None-Match", "\"1\"").body(Body::empty()).unwrap();
    let (status, headers, _) = world.send(request).await;
    assert_eq!((status.as_u16(), headers["etag"].to_str().unwrap()), (304, "\"1\""));
}

#[tokio::test]
async fn given_a_task_that_changed_when_asked_as_of_a_version_or_time_then_as_it_was_answered_then() {
    let world = World::new().await;
    let projector = world.start_projector();
    let deleted = TaskEvent::Deleted(TaskDeleted { deleted_at: start() + TimeDelta::seconds(5) });
    let path = format!("/tasks/{}", id(1));
    let mut then = Vec::new();
    for (sequence, event) in (1..).zip([created(id(1), "old"), renamed("new", 2), completed(3), reopened(4), deleted]) {
        world.append(task_record(id(1), sequence, &event));
        world.settle().await;
        then.push(world.get(&path).await);
    }
    for (sequence, (status, headers, body)) in (1..).zip(&then) {
        let time = (start() + TimeDelta::seconds(sequence)).format("%Y-%m-%dT%H:%M:%SZ");
        for as_of in [sequence.to_string(), time.to_string()] {
            let asked = world.get(&format!("{path}?as_of={as_of}")).await;
            assert_eq!((&asked.0, asked.1.get("etag"), &asked.2), (status, headers.get("etag"), body), "{as_of}");
        }
    }
    // What is not there yet is waited for.
    projector.abort();
    let _ = projector.await;
    let restored = TaskEvent::Restored(TaskRestored { restored_at: start() + TimeDelta::seconds(6) });
    let at = world.append(task_record(id(1), 6, &restored)).to_string();
    let request = Request::get(format!("{path}?as_of=6")).header("Consistency-Token", &at).header("Prefer", "wait=0");
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.0, 503);
    assert_eq!(world.get(&format!("{path}?as_of=6")).await.0, 404);
}

pub(crate) fn scheduled(reminder: u128, task: u128, minutes: i64) -> ReminderEvent {
    let remind_utc = start() + TimeDelta::minutes(minutes);
    let time = ReminderTime::At { remind_at: remind_utc.naive_utc(), time_zone: chrono_tz::Tz::UTC };
    ReminderEvent::Scheduled(ReminderScheduled {
        id: id(reminder),
        task_id: id(task),
        time,
        remind_utc,
        repeat: None,
        created_at: start(),
    })
}

#[tokio::test]
async fn given_reminders_when_listed_then_soonest_first_page_by_page_without_deleted_ones() {
    let world = World::new().await;
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "task")));
    for n in 0..7 {
        world.append(record(REMINDERS, id(100 + n), 1, &scheduled(100 + n, 1 + n % 2, 60 - n as i64)));
    }
    let cancelled = ReminderCancelled { cancelled_at: start(), reason: CancelReason::Deleted };
    world.append(record(REMINDERS, id(103), 2, &ReminderEvent::Cancelled(cancelled)));
    world.settle().await;

    let mut seen = Vec::new();
    let mut path = "/reminders?limit=2".to_owned();
    loop {
        let (_, _, page) = world.get(&path).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/reminders?limit=2&cursor={cursor}");
    }
    let expected: Vec<String> = [106, 105, 104, 102, 101, 100].map(|n| id(n).to_string()).into();
    assert_eq!(seen, expected);
    let (_, _, of_task) = world.get(&format!("/tasks/{}/reminders?status=scheduled", id(1))).await;
    assert_eq!(of_task["items"].as_array().unwrap().len(), 4);
    assert_eq!(world.get(&format!("/reminders/{}", id(103))).await.0, 404);
    assert_eq!(world.get(&format!("/reminders/{}", id(100))).await.1["etag"], "\"1\"");
    assert_eq!(world.get(&format!("/tasks/{}/reminders", id(9))).await.0, 404);
    assert_eq!(world.get("/reminders?status=late").await.2["errors"][0]["field"], "status");
}

#[tokio::test]
async fn given_all_applied_when_projections_are_listed_then_no_lag_is_left() {
    let world = World::new().await;
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "task")));
    world.settle().await;
    let (_, _, page) = world.get("/projections").await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(
        items.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["completed", "history", "reminders", "tasks"]
    );
    assert!(items.iter().all(|item| item["lag"] == 0 && item["lag_seconds"] == 0.0));
}

#[tokio::test]
async fn given_a_projector_that_is_away_when_projections_are_listed_then_they_are_as_late_as_the_oldest_record_they_have_not_passed()
 {
    let world = World::new().await;
    let projector = world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "task")));
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let written = |seconds: i64| Some((world.clock.now() - TimeDelta::seconds(seconds)).timestamp_millis());
    for (version, seconds) in [(2, 90), (3, 30)] {
        let record = task_record(id(1), version, &renamed("other", version));
        world.append(LogRecord { timestamp_ms: written(seconds), ..record });
    }
    for _ in 0..2 {
        let (_, _, page) = world.get("/projections").await;
        let late = |name: &str| {
            let item = page["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap();
            (item["lag"].as_i64(), item["lag_seconds"].as_f64())
        };
        assert_eq!([late("tasks"), late("history"), late("completed")], [(Some(2), Some(90.0)); 3]);
        assert_eq!(late("reminders"), (Some(0), Some(0.0)));
    }
    world.start_projector();
    world.settle().await;
    let (_, _, page) = world.get("/projections").await;
    assert!(page["items"].as_array().unwrap().iter().all(|item| item["lag_seconds"] == 0.0), "{page}");
}

#[tokio::test]
async fn given_unknown_parameters_when_asked_then_422_names_them_on_every_path() {
    let world = World::new().await;
    world.start_projector();
    let task = format!("/tasks/{}", id(1));
    let paths = ["/tasks", "/tags", "/reminders", "/projections", "/dead-letters", "/events", &task];
    for path in paths.into_iter().map(str::to_owned).chain([format!("{task}/history"), format!("{task}/reminders")]) {
        let (status, _, problem) = world.get(&format!("{path}?colour=red")).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some("colour")), "{path}");
    }
    for (letter, status) in [("x", 404), ("1", 404), ("1?colour=red", 422)] {
        let request = Request::delete(format!("/dead-letters/{letter}")).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.0, status, "{letter}");
    }
    for path in ["/tasks/1", "/tasks/1/history", "/reminders/x", "/dead-letters/x/retry"] {
        let status = match path.strip_suffix("/retry") {
            None => world.get(path).await.0,
            Some(_) => world.send(Request::post(path).body(Body::empty()).unwrap()).await.0,
        };
        assert_eq!(status, 404, "{path}");
    }
}
