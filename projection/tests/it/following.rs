//! The live stream: nothing lost, nothing doubled, nothing told before it can be read.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures::StreamExt as _;
use kafka_es::Position;
use projection::QueryState;
use projection::generations::Generation;
use projection::live::CATCH_UPS_MAX;
use tower::ServiceExt as _;

use crate::tampered::Tampered;
use crate::world::*;

/// A client that reads one event after the other.
pub(crate) struct Client {
    body: BodyDataStream,
    buffer: String,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) event: String,
    pub(crate) data: serde_json::Value,
}

impl Client {
    pub(crate) async fn connect(world: &World, last_event_id: Option<&str>) -> Self {
        Self::connect_to(world, "/events", last_event_id).await
    }

    pub(crate) async fn connect_to(world: &World, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = Request::get(path);
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body().into_data_stream(), buffer: String::new() }
    }

    pub(crate) async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                let mut told = Told::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("id", id)) => told.id = id.to_owned(),
                        Some(("event", event)) => told.event = event.to_owned(),
                        Some(("data", data)) => told.data = serde_json::from_str(data).unwrap(),
                        _ => {}
                    }
                }
                return Some(told);
            }
            let bytes = tokio::time::timeout(LONG, self.body.next()).await.unwrap()?.unwrap();
            self.buffer.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

#[tokio::test]
async fn given_a_client_when_a_task_is_created_then_it_is_told_and_can_read_it() {
    let world = World::new().await;
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "before it came")));
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    let at = world.append(task_record(id(2), 1, &created(id(2), "after")));
    let told = client.next().await.unwrap();
    assert_eq!((told.event.as_str(), told.data["type"].as_str()), ("task.created", Some("tasklog.task.created.v1")));
    assert!(told.id.contains(&at.to_string()), "{} in {}", at, told.id);
    assert_eq!(world.get(&format!("/tasks/{}", id(2))).await.0, 200);
}

#[tokio::test]
async fn given_a_hundred_reconnects_when_events_go_on_then_each_is_told_once_in_order_and_voids_never() {
    let world = World::new().await;
    world.start_projector();
    world.settle().await;
    let streams = 5_u64;
    let total = 400_u64;
    let mut client = Client::connect(&world, None).await;
    let writer = async {
        for n in 0..total {
            let (stream, sequence) = (id(u128::from(n % streams)), n / streams + 1);
            let event = if sequence == 1 { created(stream, "t") } else { renamed(&format!("{n}"), sequence) };
            world.append(task_record(stream, sequence, &event));
            if n % 7 == 0 {
                world.append(task_record(stream, sequence, &renamed("void", sequence)));
            }
            if n % 31 == 0 {
                world.append(raw_record("task-events", b"foreign", b"{}".to_vec()));
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    let reader = async {
        let mut told: Vec<(String, u64)> = Vec::new();
        let mut last = None;
        while (told.len() as u64) < total {
            let event = client.next().await.unwrap();
            told.push((event.data["subject"].as_str().unwrap().to_owned(), event.data["sequence"].as_u64().unwrap()));
            last = Some(event.id).or(last);
            if told.len().is_multiple_of(4) {
                client = Client::connect(&world, last.as_deref()).await;
            }
        }
        told
    };
    let ((), told) = tokio::join!(writer, reader);
    for n in 0..streams {
        let of_stream = told.iter().filter(|(subject, _)| *subject == id(n.into()).to_string());
        let sequences: Vec<u64> = of_stream.map(|(_, sequence)| *sequence).collect();
        assert_eq!(sequences, (1..=total / streams).collect::<Vec<_>>(), "stream {n}");
    }
}

/// Parks a record of `tasks` in one of its generations, as far as the live stream can tell.
async fn park(world: &World, generation: Generation, at: &Position) {
    sqlx::query(
        "INSERT INTO tasklog.dead_letters (projection, generation, topic, partition, record_offset, error, record, parked_at)
         VALUES ('tasks', $1, $2, $3, $4, 'made up', '', now())",
    )
    .bind(generation.number)
    .bind(&at.topic)
    .bind(at.partition)
    .bind(at.offset)
    .execute(&world.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn given_a_record_that_another_generation_has_parked_when_the_serving_one_applies_it_then_it_is_told() {
    let world = World::new().await;
    world.start_projector();
    let first = world.append(task_record(id(1), 1, &created(id(1), "t")));
    world.settle().await;
    let kept = world.serving("tasks");
    let serving = world.rebuild("tasks").await;
    park(&world, kept, &Position { offset: first.offset + 1, ..first.clone() }).await;
    park(&world, serving, &Position { offset: first.offset + 2, ..first.clone() }).await;
    let mut client = Client::connect(&world, None).await;
    for sequence in [2, 3, 4] {
        world.append(task_record(id(1), sequence, &renamed("t", sequence)));
    }
    let told = [client.next().await.unwrap(), client.next().await.unwrap()];
    // What is parked where it serves nobody can read.
    assert_eq!(told.map(|told| told.data["sequence"].as_u64()), [Some(2), Some(4)]);
    // From the past the same.
    let mut late = Client::connect(&world, Some(&first.to_string())).await;
    assert_eq!(late.next().await.unwrap().data["sequence"], 2);
}

/// The sequence of the first event told to a client that goes on after `place`.
async fn told_first(world: &World, place: &str) -> u64 {
    let told = Client::connect(world, Some(place)).await.next().await.unwrap();
    told.data["sequence"].as_u64().unwrap()
}

#[tokio::test]
async fn given_a_break_when_gone_on_with_elsewhere_than_after_the_last_event_then_events_are_doubled_or_lost() {
    // The other half of the pair: what the id of the last event is for.
    let world = World::new().await;
    world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "before it came")));
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    let heard = world.append(task_record(id(1), 2, &renamed("heard", 2)));
    let last = client.next().await.unwrap();
    assert_eq!(last.data["sequence"], 2);
    drop(client);
    for sequence in [3, 4] {
        world.append(task_record(id(1), sequence, &renamed("while it was away", sequence)));
    }
    world.settle().await;
    let place = |offset| Position { offset, ..heard.clone() }.to_string();
    assert_eq!(told_first(&world, &last.id).await, 3);
    assert_eq!(told_first(&world, &place(heard.offset - 1)).await, 2, "doubled");
    assert_eq!(told_first(&world, &place(heard.offset + 1)).await, 4, "3 is lost");
    // 4 was told, so it is behind what is told from now on.
    let mut client = Client::connect(&world, None).await;
    world.append(task_record(id(1), 5, &renamed("now", 5)));
    assert_eq!(client.next().await.unwrap().data["sequence"], 5, "3 and 4 are lost");
}

#[tokio::test]
async fn given_a_client_that_reads_too_slowly_when_its_queue_runs_over_then_it_is_told_and_cut() {
    let world = World::new().await;
    world.start_projector();
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    world.append(task_record(id(0), 1, &created(id(0), "t")));
    client.next().await.unwrap();
    // First so many that it waits for room: one that misses many at once while it still takes them reads them from the log.
    for (sequence, ids) in [(2, 1..200), (3, 200..6_200)] {
        for n in ids {
            world.append(task_record(id(n), 1, &created(id(n), "x")));
        }
        world.settle().await;
        // Once a client that has all that, and waits for one more, is told of it, everything before was sent to the slow one too.
        let mut probe = Client::connect(&world, Some(&world.end().await.to_string())).await;
        world.append(task_record(id(0), sequence, &renamed("last", sequence)));
        assert_eq!(probe.next().await.unwrap().data["sequence"], sequence);
    }
    let mut last = None;
    while let Some(told) = client.next().await {
        last = Some(told);
    }
    assert_eq!(last.unwrap().event, "cut");
}

#[tokio::test]
async fn given_projections_that_are_being_filled_when_connecting_then_503_and_then_nobody_is_told_of_what_was_before() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "long ago")));
    let log = Tampered::over(world.log.clone());
    log.hold(true);
    world.start_projector_on(Arc::new(log.clone()), projection::projections::all());
    while world.positions.current("tasks").is_empty() {
        tokio::task::yield_now().await;
    }
    // The answer would have no end if it were one.
    let request = Request::get("/events").body(Body::empty()).unwrap();
    assert_eq!(world.router.clone().oneshot(request).await.unwrap().status(), 503);
    log.hold(false);
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    world.append(task_record(id(1), 2, &renamed("now", 2)));
    assert_eq!(client.next().await.unwrap().data["sequence"], 2);
}

#[tokio::test]
async fn given_a_bad_last_event_id_when_connecting_then_400_names_it() {
    let world = World::new().await;
    world.start_projector();
    world.settle().await;
    for bad in ["nonsense", "task-events/99@0", "other/0@1", "task-events/0@7"] {
        let request = Request::get("/events").header("Last-Event-ID", bad).body(Body::empty()).unwrap();
        let (status, _, problem) = world.send(request).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (400, Some("Last-Event-ID")), "{bad}");
    }
}

/// A world whose live stream reads through a log that can be tampered with.
async fn tampered_world() -> (World, Tampered) {
    let mut world = World::new().await;
    let log = Tampered::over(world.log.clone());
    let (pool, positions, clock) = (world.pool.clone(), world.positions.clone(), world.clock.clone());
    let state = QueryState::new(pool, positions, Arc::new(log.clone()), clock, world.shutdown.clone());
    world.router = projection::router(state).split_for_parts().0;
    world.start_projector();
    (world, log)
}

#[tokio::test]
async fn given_many_clients_that_resume_at_once_when_they_catch_up_then_they_take_turns_and_all_are_told() {
    let (world, log) = tampered_world().await;
    let first = world.append(task_record(id(1), 1, &created(id(1), "seen")));
    world.append(task_record(id(1), 2, &renamed("missed", 2)));
    world.settle().await;
    log.hold(true);
    let mut clients = Vec::new();
    for _ in 0..3 * CATCH_UPS_MAX {
        clients.push(Client::connect(&world, Some(&first.to_string())).await);
    }
    while log.readers() < CATCH_UPS_MAX {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Whoever had no turn to wait for would read by now.
    tokio::time::sleep(Duration::from_millis(100)).await;
    log.hold(false);
    for client in &mut clients {
        assert_eq!(client.next().await.unwrap().data["sequence"], 2);
    }
    // One more reads the end of the log for all.
    assert!(log.readers_most() <= CATCH_UPS_MAX + 1, "{}", log.readers_most());
}

#[tokio::test]
async fn given_a_fault_in_what_feeds_the_clients_when_it_ends_then_their_streams_end_and_new_ones_are_fed_again() {
    let (world, log) = tampered_world().await;
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    world.append(task_record(id(1), 1, &created(id(1), "told")));
    assert_eq!(client.next().await.unwrap().event, "task.created");
    log.break_next();
    world.append(task_record(id(1), 2, &renamed("in the way", 2)));
    assert!(client.next().await.is_none());
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    world.append(task_record(id(1), 3, &renamed("told again", 3)));
    assert_eq!(client.next().await.unwrap().data["sequence"], 3);
}

#[tokio::test]
async fn given_a_client_when_the_process_stops_then_its_stream_ends() {
    let world = World::new().await;
    world.start_projector();
    world.settle().await;
    let mut client = Client::connect(&world, None).await;
    world.shutdown.request();
    assert!(client.next().await.is_none());
}
