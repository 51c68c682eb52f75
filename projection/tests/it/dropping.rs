//! Records that an operator has dropped: their stream goes on without them, in a rebuild too.

use axum::body::Body;
use axum::http::Request;
use domain::topics::TASKS;
use platform::lifecycle::Shutdown;
use projection::search::serve_requests;
use serde_json::Value;

use crate::following::Client;
use crate::rebuilding::mended_where_it_serves_alone;
use crate::searching::Searching;
use crate::tampered::Tampered;
use crate::world::*;

async fn drop_letter(world: &World, letter: i64) -> (u16, Value) {
    let request = Request::delete(format!("/dead-letters/{letter}")).body(Body::empty()).unwrap();
    let (status, _, body) = world.send(request).await;
    (status.as_u16(), body)
}

/// Appends an update that no reader knows.
fn append_poison(world: &World, n: u128, sequence: u64) {
    let bad = task_record(id(n), sequence, &renamed("poison", sequence));
    let text = String::from_utf8(bad.raw).unwrap().replace("task.updated.v1", "task.painted.v1");
    world.append(raw_record(TASKS, &bad.key.unwrap(), text.into_bytes()));
}

/// Ids of the records that `tasks` has parked in the generation that serves, in the order of the log.
async fn letters(world: &World) -> Vec<i64> {
    let parked =
        "SELECT id FROM tasklog.dead_letters WHERE projection = 'tasks' AND generation = $1 ORDER BY record_offset";
    sqlx::query_scalar(parked).bind(world.serving("tasks").number).fetch_all(&world.pool).await.unwrap()
}

async fn title_and_version(world: &World, n: u128) -> (String, u64) {
    let (_, _, task) = world.get(&format!("/tasks/{}", id(n))).await;
    (task["title"].as_str().unwrap_or_default().to_owned(), task["version"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn given_a_poison_event_when_dropped_then_its_stream_goes_on_without_it_and_nobody_is_told_of_it() {
    let world = World::new().await;
    let begin = world.append(task_record(id(1), 1, &created(id(1), "first")));
    append_poison(&world, 1, 2);
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    world.append(task_record(id(1), 3, &renamed("void", 3)));
    world.start_projector();
    world.settle().await;
    let parked = letters(&world).await;
    assert_eq!(parked.len(), 3);

    // One that only waits has nothing wrong with it.
    let (status, problem) = drop_letter(&world, parked[1]).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains(&format!("dead letter {}", parked[0])), "{problem}");
    assert_eq!((letters(&world).await, title_and_version(&world, 1).await), (parked.clone(), ("first".to_owned(), 1)));

    let (status, done) = drop_letter(&world, parked[0]).await;
    assert_eq!((status, &done["applied"], &done["void"], &done["parked"]), (200, &1.into(), &1.into(), &0.into()));
    assert_eq!((letters(&world).await, title_and_version(&world, 1).await), (vec![], ("third".to_owned(), 3)));
    assert_eq!(drop_letter(&world, parked[0]).await.0, 404);
    world.append(task_record(id(1), 4, &renamed("fourth", 4)));
    world.settle().await;
    assert_eq!(title_and_version(&world, 1).await, ("fourth".to_owned(), 4));

    let mut client = Client::connect(&world, Some(&begin.to_string())).await;
    let told = [client.next().await.unwrap(), client.next().await.unwrap()];
    assert_eq!(told.map(|told| told.data["sequence"].as_u64()), [Some(3), Some(4)]);
}

#[tokio::test]
async fn given_two_poison_events_when_the_first_is_dropped_then_the_second_holds_the_stream_up() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    append_poison(&world, 1, 2);
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    append_poison(&world, 1, 4);
    world.append(task_record(id(1), 5, &renamed("fifth", 5)));
    world.start_projector();
    world.settle().await;
    let (status, done) = drop_letter(&world, letters(&world).await[0]).await;
    assert_eq!((status, &done["applied"], &done["parked"]), (200, &1.into(), &2.into()));
    assert_eq!(title_and_version(&world, 1).await, ("third".to_owned(), 3));

    // Nothing between the two: the second fails at once, and the first is dropped all the same.
    world.append(task_record(id(3), 1, &created(id(3), "first")));
    append_poison(&world, 3, 2);
    append_poison(&world, 3, 3);
    world.settle().await;
    let of_stream = "SELECT id, error FROM tasklog.dead_letters WHERE projection = 'tasks' AND stream LIKE '%' || $1
         ORDER BY record_offset";
    let parked = async || -> Vec<(i64, String)> {
        sqlx::query_as(of_stream).bind(id(3).to_string()).fetch_all(&world.pool).await.unwrap()
    };
    let (first, second) = (parked().await[0].clone(), parked().await[1].clone());
    assert!(second.1.contains("waits behind"), "{second:?}");
    let (status, done) = drop_letter(&world, first.0).await;
    assert_eq!((status, &done["applied"], &done["parked"]), (200, &0.into(), &1.into()));
    let left = parked().await;
    assert_eq!((left.len(), left[0].0), (1, second.0));
    assert!(left[0].1.contains("painted"), "it says what is wrong with itself now: {left:?}");
    assert_eq!(drop_letter(&world, second.0).await.0, 200);
    world.append(task_record(id(3), 4, &renamed("fourth", 4)));
    world.settle().await;
    assert_eq!(title_and_version(&world, 3).await, ("fourth".to_owned(), 4));
}

#[tokio::test]
async fn given_the_first_event_of_a_stream_when_dropped_then_refused_and_nothing_changes() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &renamed("never created", 1)));
    world.append(task_record(id(1), 2, &renamed("behind it", 2)));
    world.start_projector();
    world.settle().await;
    let parked = letters(&world).await;
    let (status, problem) = drop_letter(&world, parked[0]).await;
    assert_eq!((status, problem["type"].as_str()), (409, Some("https://tasklog.dev/problems/conflict")));
    assert_eq!(letters(&world).await, parked);
}

#[tokio::test]
async fn given_dropped_records_when_rebuilt_then_they_are_passed_over_again_and_the_rows_are_the_same() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    append_poison(&world, 1, 2);
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    world.append(raw_record(TASKS, b"foreign", b"{}".to_vec()));
    world.start_projector();
    world.settle().await;
    let everywhere = "SELECT id FROM tasklog.dead_letters WHERE sequence IS DISTINCT FROM 3 ORDER BY id";
    let parked: Vec<i64> = sqlx::query_scalar(everywhere).fetch_all(&world.pool).await.unwrap();
    // The event and the garbage, each parked by the three projections of the topic.
    assert_eq!(parked.len(), 6);
    for letter in parked {
        assert_eq!(drop_letter(&world, letter).await.0, 200);
    }
    let live = world.dump().await;
    for name in ["tasks", "history", "completed"] {
        world.rebuild(name).await;
    }
    assert_eq!(world.dump().await, live);
    assert_eq!(world.count("tasklog.dead_letters").await, 0);
    let (_, _, history) = world.get(&format!("/tasks/{}/history", id(1))).await;
    let versions: Vec<_> = history["items"].as_array().unwrap().iter().map(|item| item["version"].as_u64()).collect();
    assert_eq!(versions, [Some(1), Some(3)]);
}

#[tokio::test]
async fn given_a_record_parked_only_where_nothing_serves_when_it_is_dropped_nonetheless_then_what_was_mended_is_lost() {
    // The other half of the pair to the refusal: what it would do, had the word that is missing been given.
    let world = World::new().await;
    let (next, letter) = mended_where_it_serves_alone(&world).await;
    assert_eq!(title_and_version(&world, 1).await, ("second".to_owned(), 2));
    assert_eq!(drop_letter(&world, letter).await.0, 409);
    let word = "INSERT INTO tasklog.dropped_records
         SELECT projection, topic, partition, record_offset, stream, sequence, error, parked_at
         FROM tasklog.dead_letters WHERE id = $1";
    sqlx::query(word).bind(letter).execute(&world.pool).await.unwrap();
    assert_eq!(drop_letter(&world, letter).await.0, 200);
    world.until_serving(next).await;
    // The event has its place in the stream, and none in the task.
    assert_eq!(title_and_version(&world, 1).await, ("first".to_owned(), 2));
    world.rebuild("tasks").await;
    assert_eq!(title_and_version(&world, 1).await, ("first".to_owned(), 2), "and from every rebuild after it");
}

#[tokio::test]
async fn given_a_poison_event_when_dropped_then_search_goes_on_too_and_so_does_an_index_that_was_not_there() {
    let mut world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    append_poison(&world, 1, 2);
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    world.start_projector();
    world.settle().await;
    let (log, here, elsewhere) =
        (Tampered::over(world.log.clone()), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Filled, and away while the record is dropped.
    let away = Searching::start(&mut world, &log, elsewhere.path()).await;
    assert!(away.handle.is_filled(LONG).await);
    away.stop().await;
    let searching = Searching::start(&mut world, &log, here.path()).await;
    assert!(searching.handle.is_filled(LONG).await);
    let shutdown = Shutdown::new();
    let serving = tokio::spawn(serve_requests(world.pool.clone(), searching.handle.clone(), shutdown.clone()));

    let parked = letters(&world).await;
    assert_eq!(drop_letter(&world, parked[0]).await.0, 200);
    assert_eq!(searched(&world).await, "third");
    shutdown.request();
    serving.await.unwrap().unwrap();
    searching.stop().await;

    let back = Searching::start(&mut world, &log, elsewhere.path()).await;
    let shutdown = Shutdown::new();
    tokio::spawn(serve_requests(world.pool.clone(), back.handle.clone(), shutdown.clone()));
    assert_eq!(searched(&world).await, "third");
    shutdown.request();
    back.stop().await;
}

/// The title that search shows of the only task, once it is another than the first.
async fn searched(world: &World) -> String {
    let shown = async {
        loop {
            let (_, _, page) = world.get("/tasks?q=status:open").await;
            match page["items"][0]["title"].as_str() {
                None | Some("first") => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                Some(title) => return title.to_owned(),
            }
        }
    };
    tokio::time::timeout(LONG, shown).await.unwrap()
}
