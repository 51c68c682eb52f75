//! A rebuild fills a new generation beside the one that serves: nobody notices but who asked for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use domain::topics::{REMINDERS, TASKS};
use projection::generations::{Ended, Generation, begin_rebuild, cancel_rebuild, roll_back};
use projection::projections;
use projection::source::MemoryLog;
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::tampered::Tampered;
use crate::world::*;

/// `count` tasks, each created and renamed.
fn fill(world: &World, count: u64) {
    for n in 0..count {
        let stream = id(n.into());
        world.append(task_record(stream, 1, &created(stream, "new")));
        world.append(task_record(stream, 2, &renamed(&format!("name {n}"), 2)));
    }
}

async fn generations_of(world: &World, name: &str) -> Vec<(i64, String, Value)> {
    let (_, _, page) = world.get("/projections").await;
    let item = page["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone();
    let stored = item["generations"].as_array().unwrap().iter();
    stored
        .map(|one| {
            let role = one["role"].as_str().unwrap().to_owned();
            (one["generation"].as_i64().unwrap(), role, json!([one["compared"], one["differences"]]))
        })
        .collect()
}

async fn alone(world: &World) -> String {
    let alone = World::over(crate::world::fresh_database().await, world.log.clone());
    alone.start_projector();
    alone.settle().await;
    alone.dump().await
}

/// Creates tasks one after the other until told to stop, and sees each in the list at once. Gives how many.
async fn write_and_read(world: &World, first: u128, stop: &tokio::sync::watch::Sender<bool>) -> u64 {
    let mut written = 0;
    while !*stop.borrow() {
        let stream = id(first + u128::from(written));
        let at = world.append(task_record(stream, 1, &created(stream, "written meanwhile")));
        let request = Request::get(format!("/tasks/{stream}")).header("Consistency-Token", at.to_string());
        let (status, _, body) = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, 200, "{body}");
        written += 1;
        // A list without a token never shows less than one before.
        let (status, _, page) = world.get("/tasks?total=true&limit=1").await;
        assert_eq!(status, 200, "{page}");
        assert!(page["total"].as_u64().unwrap() >= written, "{page}");
    }
    written
}

#[tokio::test]
async fn given_writers_and_readers_when_every_projection_is_rebuilt_then_no_request_fails_and_no_answer_is_older_than_its_token()
 {
    let world = World::new().await;
    world.start_projector();
    fill(&world, 300);
    world.settle().await;
    let before = world.serving("tasks");
    let stop = tokio::sync::watch::Sender::new(false);
    let work = async {
        for _ in 0..3 {
            for name in projections::names() {
                world.rebuild(name).await;
            }
        }
        stop.send_replace(true);
    };
    let (written, more, ()) =
        tokio::join!(write_and_read(&world, 10_000, &stop), write_and_read(&world, 20_000, &stop), work);
    assert!(written > 10 && more > 10);
    world.settle().await;
    assert_eq!(world.dump().await, alone(&world).await, "the rebuilt views equal those of one that read the log once");

    // Of three rebuilds the last two generations are there, compared row by row.
    let stored = loop {
        let stored = generations_of(&world, "tasks").await;
        if stored.len() == 2 {
            break stored;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let roles: Vec<&str> = stored.iter().map(|(_, role, _)| role.as_str()).collect();
    assert_eq!(roles, ["kept", "serving"]);
    assert!(
        stored.iter().all(|(number, _, compared)| *number > before.number.into() && compared[1] == 0),
        "{stored:?}"
    );
    assert!(stored[1].2[0].as_i64().unwrap() >= 300);
}

#[tokio::test]
async fn given_a_generation_that_is_behind_when_it_serves_nonetheless_then_a_list_shows_less_than_before() {
    // The other half of the pair: what a switch that does not wait would do.
    let world = World::new().await;
    let projector = world.start_projector();
    fill(&world, 20);
    world.settle().await;
    let (_, _, page) = world.get("/tasks?total=true&limit=1").await;
    assert_eq!(page["total"], 20);
    let log = Tampered::over(world.log.clone());
    log.hold(true);
    projector.abort();
    let _ = projector.await;
    let next = begin_rebuild(&world.pool, "tasks").await.unwrap().generation;
    world.start_projector_on(Arc::new(log), projections::all());
    let positions = format!("SELECT count(*) = {PARTITIONS} FROM tasklog.positions WHERE generation = {}", next.number);
    while !sqlx::query_scalar::<_, bool>(&positions).fetch_one(&world.pool).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // At once: whoever found that none serves would make one that does.
    let switch = r#"
        UPDATE tasklog.generations SET role = 'kept' WHERE projection = 'tasks' AND role = 'serving';
        UPDATE tasklog.generations SET role = 'serving' WHERE projection = 'tasks' AND role = 'building';
        SELECT pg_notify('projection', '{"p":"tasks","reload":null}')"#;
    sqlx::raw_sql(switch).execute(&world.pool).await.unwrap();
    world.until_serving(next).await;
    let (_, _, page) = world.get("/tasks?total=true&limit=1").await;
    assert_eq!(page["total"], 0);
}

#[tokio::test]
async fn given_a_projector_killed_again_and_again_when_it_rebuilds_then_it_goes_on_where_it_was_and_ends_with_the_same_rows()
 {
    let world = World::new().await;
    let projector = world.start_projector();
    fill(&world, 400);
    world.settle().await;
    let live = world.dump().await;
    projector.abort();
    let _ = projector.await;
    let next = begin_rebuild(&world.pool, "tasks").await.unwrap();
    assert!(next.new && !begin_rebuild(&world.pool, "tasks").await.unwrap().new);
    for round in 0..20 {
        world.start_and_kill_projector(round * 20).await;
    }
    world.start_projector();
    world.until_serving(next.generation).await;
    world.settle().await;
    assert_eq!(world.dump().await, live);
}

#[tokio::test]
async fn given_two_projectors_when_both_rebuild_then_one_of_them_puts_it_in_its_place_and_both_go_on() {
    let world = World::new().await;
    let rival = World::over(world.pool.clone(), world.log.clone());
    world.start_projector();
    rival.start_projector();
    fill(&world, 300);
    world.settle().await;
    let next = world.rebuild("tasks").await;
    rival.until_serving(next).await;
    fill_more(&world, 300, 320);
    world.settle().await;
    rival.settle().await;
    assert_eq!(world.dump().await, alone(&world).await);
}

fn fill_more(world: &World, from: u64, to: u64) {
    for n in from..to {
        world.append(task_record(id(n.into()), 1, &created(id(n.into()), "more")));
    }
}

#[tokio::test]
async fn given_a_rebuild_that_runs_when_it_is_given_up_then_its_tables_are_gone_and_the_old_ones_serve() {
    let world = World::new().await;
    let projector = world.start_projector();
    fill(&world, 20);
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let serving = world.serving("tasks");
    // It cannot come to its end.
    let log = Tampered::over(world.log.clone());
    log.hold(true);
    world.start_projector_on(Arc::new(log.clone()), projections::all());
    let request = Request::post("/projections/tasks/rebuild").body(Body::empty()).unwrap();
    let (status, _, begun) = world.send(request).await;
    assert_eq!(status, 202, "{begun}");
    let request = || Request::delete("/projections/tasks/rebuild").body(Body::empty()).unwrap();
    assert_eq!(world.send(request()).await.0, 204);
    let schema = format!("tasklog_tasks_{}", begun["generation"]);
    let there = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM pg_namespace WHERE nspname = $1").bind(schema);
    assert_eq!(there.fetch_one(&world.pool).await.unwrap(), 0);
    assert_eq!(world.serving("tasks"), serving);
    log.hold(false);
    assert_eq!(world.send(request()).await.0, 404, "none runs any more");
    fill_more(&world, 20, 30);
    world.settle().await;
    let (_, _, page) = world.get("/tasks?total=true").await;
    assert_eq!(page["total"], 30);
    assert_eq!(world.send(Request::post("/projections/nonsense/rebuild").body(Body::empty()).unwrap()).await.0, 404);
}

#[tokio::test]
async fn given_a_generation_that_served_before_when_rolled_back_then_it_catches_up_first_and_the_other_is_kept() {
    let world = World::new().await;
    world.start_projector();
    fill(&world, 50);
    world.settle().await;
    assert_eq!(roll_back(&world.pool, "tasks").await.unwrap(), Ended::Nothing);
    let first = world.serving("tasks");
    let second = world.rebuild("tasks").await;
    fill_more(&world, 50, 80);
    world.settle().await;
    let live = world.dump().await;

    assert_eq!(roll_back(&world.pool, "tasks").await.unwrap(), Ended::Done(first));
    world.until_serving(first).await;
    assert_eq!(world.dump().await, live);
    let roles: Vec<(i64, String)> =
        generations_of(&world, "tasks").await.into_iter().map(|(number, role, _)| (number, role)).collect();
    assert_eq!(roles, [(first.number.into(), "serving".to_owned()), (second.number.into(), "kept".to_owned())]);
    assert_eq!(cancel_rebuild(&world.pool, "tasks").await.unwrap(), Ended::Nothing);
}

#[tokio::test]
async fn given_a_row_that_is_wrong_when_rebuilt_then_the_difference_is_counted_and_the_new_row_is_right() {
    let world = World::new().await;
    world.start_projector();
    fill(&world, 50);
    world.settle().await;
    let live = world.dump().await;
    let wrong = format!("UPDATE {} SET title_key = 'wrong' WHERE id = $1", world.serving("tasks").table("tasks"));
    sqlx::query(&wrong).bind(id(7)).execute(&world.pool).await.unwrap();
    assert_ne!(world.dump().await, live);
    let next = world.rebuild("tasks").await;
    assert_eq!(world.dump().await, live);
    let stored = generations_of(&world, "tasks").await;
    let compared = stored.iter().find(|(number, _, _)| *number == i64::from(next.number)).unwrap();
    assert_eq!(compared.2, json!([50, 2]), "one row of each");
}

/// Fills a world with a record that is mended by hand where it serves, and with a rebuild that has parked it. Gives that generation, and
/// the letter in it.
pub(crate) async fn mended_where_it_serves_alone(world: &World) -> (Generation, i64) {
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    let bad = task_record(id(1), 2, &renamed("second", 2));
    let text = String::from_utf8(bad.raw).unwrap().replace("task.updated.v1", "task.painted.v1");
    world.append(raw_record(TASKS, &bad.key.unwrap(), text.into_bytes()));
    world.start_projector();
    world.settle().await;
    mend_and_retry(world, world.serving("tasks").number).await;
    let next = begin_rebuild(&world.pool, "tasks").await.unwrap().generation;
    let letter = "SELECT id FROM tasklog.dead_letters WHERE generation = $1";
    loop {
        match sqlx::query_scalar(letter).bind(next.number).fetch_optional(&world.pool).await.unwrap() {
            Some(letter) => return (next, letter),
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

#[tokio::test]
async fn given_a_record_that_was_mended_by_hand_when_rebuilt_then_what_would_know_less_does_not_serve_until_it_is_mended_too()
 {
    let world = World::new().await;
    let (next, letter) = mended_where_it_serves_alone(&world).await;
    let live = world.dump().await;
    let serving = world.serving("tasks");
    // Long enough for one that does not look to have taken over.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.serving("tasks"), serving);
    // Dropped here, it would be missing from what serves next and from every rebuild after it.
    let request = Request::delete(format!("/dead-letters/{letter}")).body(Body::empty()).unwrap();
    let (status, _, problem) = world.send(request).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("does not serve"), "{problem}");
    assert_eq!(world.serving("tasks"), serving);
    mend_and_retry(&world, next.number).await;
    world.until_serving(next).await;
    assert_eq!(world.dump().await, live);
}

async fn mend_and_retry(world: &World, generation: i32) {
    let mend = "UPDATE tasklog.dead_letters
         SET record = convert_to(replace(convert_from(record, 'UTF8'), 'painted', 'updated'), 'UTF8')
         WHERE generation = $1 RETURNING id";
    let parked: i64 = sqlx::query_scalar(mend).bind(generation).fetch_one(&world.pool).await.unwrap();
    let request = Request::post(format!("/dead-letters/{parked}/retry")).body(Body::empty()).unwrap();
    let (status, _, done) = world.send(request).await;
    assert_eq!(status, 200, "{done}");
}

#[tokio::test]
async fn given_a_log_that_has_lost_its_end_when_rebuilt_then_what_is_left_serves() {
    let world = World::new().await;
    let projector = world.start_projector();
    fill(&world, 20);
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let shorter = MemoryLog::new(&[TASKS, REMINDERS], PARTITIONS);
    let after = World::over(world.pool.clone(), shorter);
    fill(&after, 5);
    after.start_projector();
    while after.positions.serving("tasks").is_none() {
        yield_now().await;
    }
    after.rebuild("tasks").await;
    assert_eq!(after.get("/tasks?total=true").await.2["total"], 5);
}
