//! The live stream for those who want to hear of some tasks only: told of what concerns them as of each event, and never less.

use axum::body::Body;
use axum::http::Request;
use domain::task::{Status, TaskChanges, TaskEvent, TaskUpdated};
use domain::topics::{REMINDERS, TASKS};

use crate::asking::scheduled;
use crate::following::Client;
use crate::world::*;

fn tagged(tags: &[&str], sequence: u64) -> TaskEvent {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let changes = TaskChanges { tags: Some(tags), ..TaskChanges::default() };
    TaskEvent::Updated(TaskUpdated { changes, updated_at: start() + chrono::TimeDelta::seconds(sequence as i64) })
}

fn created_with(n: u128, tags: &[&str], status: Status) -> TaskEvent {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    TaskEvent::Created(domain::task::TaskCreated { tags, status, ..task(id(n), "t") })
}

/// Another task whose events are in the partition of the first one's, so that they are told after these.
fn second() -> u128 {
    let partition = |n| task_record(id(n), 1, &created(id(n), "x")).position.partition;
    (2..).find(|n| partition(*n) == partition(1)).unwrap()
}

/// A world with something in its log, so that there is a place in it.
async fn world() -> World {
    let world = World::new().await;
    world.append(task_record(id(99), 1, &created(id(99), "before all")));
    world.start_projector();
    world.settle().await;
    world
}

/// A task that comes to be tagged, is completed, and loses its tags; and another that has tags from the beginning, and a reminder.
fn append_story(world: &World) {
    let story = [
        created_with(1, &[], Status::Pending),
        tagged(&["a"], 2),
        tagged(&["a", "b"], 3),
        renamed("renamed", 4),
        completed(5),
        tagged(&["b"], 6),
        renamed("again", 7),
        reopened(8),
        tagged(&[], 9),
    ];
    for (event, sequence) in story.iter().zip(1..) {
        world.append(task_record(id(1), sequence, event));
        world.append(task_record(id(1), sequence, &tagged(&["a", "b", "void"], sequence)));
    }
    world.append(record(REMINDERS, id(100), 1, &scheduled(100, 1, 10)));
    world.append(task_record(id(second()), 1, &created_with(second(), &["b", "a"], Status::InProgress)));
}

/// What a client is told of the first task, until it is told of the second task's `last`.
async fn told_of_the_first(client: &mut Client, last: u64) -> Vec<u64> {
    let (mut sequences, mut done) = (Vec::new(), 0);
    while done < last {
        let told = client.next().await.unwrap();
        let Some(sequence) = told.data["sequence"].as_u64() else { continue };
        assert!(told.event.starts_with("task."), "a client that filters is told of {}", told.event);
        if told.data["subject"] == id(1).to_string() {
            sequences.push(sequence);
        } else {
            done = sequence;
        }
    }
    sequences
}

const FILTERS: [(&str, &[u64]); 5] = [
    ("tag=a", &[2, 3, 4, 5, 6]),
    ("tag=b&tag=a", &[3, 4, 5, 6]),
    ("tag=b&status=completed&status=in_progress", &[5, 6, 7, 8]),
    ("status=completed&status=in_progress", &[5, 6, 7, 8]),
    ("status=pending&status=in_progress", &[1, 2, 3, 4, 5, 8, 9]),
];

#[tokio::test]
async fn given_filters_when_a_task_comes_changes_and_leaves_then_a_client_is_told_of_that_and_no_more_live_and_from_the_past()
 {
    let world = world().await;
    let mut clients = Vec::new();
    for (filter, expected) in FILTERS {
        clients.push((Client::connect_to(&world, &format!("/events?{filter}"), None).await, filter, expected));
    }
    // Where the log begins, for those who come later.
    let begin = clients[0].0.next().await.unwrap();
    append_story(&world);
    for (client, filter, expected) in &mut clients {
        assert_eq!(told_of_the_first(client, 1).await, *expected, "{filter}");
    }

    // Everything has changed since, and is judged as it was.
    world.append(task_record(id(second()), 2, &renamed("the end", 2)));
    world.settle().await;
    assert!(begin.event.is_empty() && begin.data.is_null());
    for (filter, expected) in FILTERS {
        let mut late = Client::connect_to(&world, &format!("/events?{filter}"), Some(&begin.id)).await;
        assert_eq!(told_of_the_first(&mut late, 2).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn given_a_record_of_several_events_when_only_some_are_told_then_its_last_id_leads_past_it() {
    let world = World::new().await;
    let first = world.append(task_record(id(9), 1, &created(id(9), "before")));
    let events = [created_with(1, &["a"], Status::Pending), tagged(&[], 2), renamed("untold", 3)];
    let envelopes: Vec<_> =
        events.iter().zip(1..).map(|(event, n)| task_record(id(1), n, event).content.unwrap().remove(0)).collect();
    let key = envelopes[0].partitionkey.clone();
    let (raw, _) = kafka_es::envelope::record_value(&envelopes).unwrap();
    world.append(raw_record(TASKS, key.as_bytes(), raw));
    world.start_projector();
    world.settle().await;
    let mut client = Client::connect_to(&world, "/events?tag=a", Some(&first.to_string())).await;
    client.next().await.unwrap();
    let told = [client.next().await.unwrap(), client.next().await.unwrap()];
    assert_eq!(told.clone().map(|told| told.data["sequence"].as_u64()), [Some(1), Some(2)]);
    let mut resumed = Client::connect_to(&world, "/events?tag=a", Some(&told[1].id)).await;
    world.append(task_record(id(1), 4, &tagged(&["a"], 4)));
    resumed.next().await.unwrap();
    assert_eq!(resumed.next().await.unwrap().data["sequence"], 4);
}

#[tokio::test]
async fn given_an_event_that_only_the_history_has_parked_when_a_client_filters_then_it_is_told() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "t")));
    world.start_projector();
    world.settle().await;
    let mut client = Client::connect_to(&world, "/events?tag=a", None).await;
    client.next().await.unwrap();
    sqlx::query(
        "INSERT INTO tasklog.dead_letters
             (projection, generation, topic, partition, record_offset, stream, sequence, error, record, parked_at)
         VALUES ('history', $1, 'task-events', 0, 1000000, $2, 2, 'made up', '', now())",
    )
    .bind(world.serving("history").number)
    .bind(domain::tenant::stream_id("default", id(1)))
    .execute(&world.pool)
    .await
    .unwrap();
    world.append(task_record(id(1), 2, &renamed("nobody knows its tags", 2)));
    assert_eq!(client.next().await.unwrap().data["sequence"], 2);
}

#[tokio::test]
async fn given_many_events_of_no_concern_when_a_client_filters_then_it_learns_its_place() {
    let world = world().await;
    let mut client = Client::connect_to(&world, "/events?tag=a", None).await;
    let begin = client.next().await.unwrap();
    for n in 1_001..=2_000 {
        world.append(task_record(id(n), 1, &created(id(n), "untagged")));
    }
    let place = client.next().await.unwrap();
    assert!(place.event.is_empty() && place.id != begin.id, "{place:?}");
    assert_eq!(place.id.parse(), Ok(world.end().await));
    let mut resumed = Client::connect_to(&world, "/events?tag=a", Some(&place.id)).await;
    resumed.next().await.unwrap();
    world.append(task_record(id(1_001), 2, &tagged(&["a"], 2)));
    assert_eq!(resumed.next().await.unwrap().data["sequence"], 2);
    assert_eq!(client.next().await.unwrap().data["sequence"], 2);
}

#[tokio::test]
async fn given_bad_filters_when_connecting_then_422_names_them() {
    let world = world().await;
    for (query, field) in [("status=done", "status"), ("tag=", "tag"), ("status=", "status"), ("q=x", "q")] {
        let (status, _, problem) = world.get(&format!("/events?tag=fine&{query}")).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some(field)), "{query}");
    }
}

#[tokio::test]
async fn given_nothing_known_of_the_history_when_a_client_filters_then_503() {
    let world = World::new().await;
    let request = Request::get("/events?tag=a").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.0, 503);
}
