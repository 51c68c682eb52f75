//! From the log into the tables, once and only once.

use crate::world::*;

#[tokio::test]
async fn given_a_created_and_renamed_task_when_projected_then_task_and_history_show_it() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "Pay the rent")));
    world.append(task_record(id(1), 2, &renamed("Pay the rent now", 2)));
    world.start_projector();
    world.settle().await;

    let (status, headers, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!((status.as_u16(), task["title"].as_str()), (200, Some("Pay the rent now")));
    assert_eq!(headers["etag"], "\"2\"");
    let (_, _, history) = world.get(&format!("/tasks/{}/history", id(1))).await;
    assert_eq!(history["items"][0]["type"], "task.created");
    assert_eq!(history["items"][1]["changes"]["title"]["from"], "Pay the rent");
    assert_eq!(history["items"][1]["actor"], "ann");
    assert_eq!(history["next_cursor"], serde_json::Value::Null);
}

#[tokio::test]
async fn given_two_records_with_one_sequence_when_projected_then_the_first_wins_and_the_other_is_void() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    world.append(task_record(id(1), 2, &renamed("winner", 2)));
    let lost = world.append(task_record(id(1), 2, &renamed("loser", 2)));
    world.append(task_record(id(1), 3, &renamed("third", 3)));
    world.start_projector();
    world.settle().await;

    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!((task["title"].as_str(), task["version"].as_u64()), (Some("third"), Some(3)));
    let void: i64 =
        sqlx::query_scalar("SELECT record_offset FROM tasklog.void_records").fetch_one(&world.pool).await.unwrap();
    assert_eq!(void, lost.offset);
    assert_eq!(world.count("tasklog.dead_letters").await, 0);
}

/// A log with several streams, voids, poison and what waits behind it.
fn busy_log(world: &World, events: u64) {
    for n in 0..events {
        let stream = id(u128::from(n % 17));
        let sequence = n / 17 + 1;
        let event =
            if sequence == 1 { created(stream, &format!("task {n}")) } else { renamed(&format!("name {n}"), sequence) };
        world.append(task_record(stream, sequence, &event));
        if n % 11 == 3 {
            world.append(task_record(stream, sequence, &renamed("void", sequence)));
        }
        if n % 53 == 7 {
            world.append(raw_record("task-events", b"foreign", b"hello".to_vec()));
        }
    }
}

#[tokio::test]
async fn given_a_projector_killed_again_and_again_when_it_ends_then_the_tables_equal_a_rebuild_byte_for_byte() {
    let world = World::new().await;
    let every = std::env::var("COMPARED_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(COMPARED_EVERY);
    for round in 0..CRASHES {
        busy_log_more(&world, round);
        // The number of yields is the only thing that differs between rounds.
        world.start_and_kill_projector(round * 7 % 500).await;
        if round % every == every - 1 {
            let projector = world.start_projector();
            world.settle().await;
            let live = world.dump().await;
            assert!(live.lines().count() > 30);
            for name in projection::projections::names() {
                world.rebuild(name).await;
            }
            assert_eq!(world.dump().await, live, "after {round} crashes");
            projector.abort();
            let _ = projector.await;
        }
    }
}

/// How often the projector is killed, and after how many times its tables are compared with those of a rebuild; `COMPARED_EVERY=1` for
/// the long form.
const CRASHES: u64 = 200;
const COMPARED_EVERY: u64 = 20;

fn busy_log_more(world: &World, round: u64) {
    for n in 0..40_u64 {
        let stream = id(u128::from(n));
        let event = match (round, (round + n) % 5) {
            (0, _) => created(stream, "new"),
            (_, 1) => completed(round + 1),
            (_, 3) => reopened(round + 1),
            _ => renamed(&format!("{round}"), round + 1),
        };
        world.append(task_record(stream, round + 1, &event));
        if n % 9 == 0 {
            world.append(task_record(stream, round + 1, &renamed("void", round + 1)));
        }
    }
}

#[tokio::test]
async fn given_two_projectors_on_one_database_when_both_run_then_the_tables_equal_one_that_ran_alone() {
    let world = World::new().await;
    let rival = World::over(world.pool.clone(), world.log.clone());
    world.start_projector();
    rival.start_projector();
    for round in 0..10 {
        busy_log_more(&world, round);
        tokio::task::yield_now().await;
    }
    world.settle().await;
    rival.settle().await;

    let alone = World::over(crate::world::fresh_database().await, world.log.clone());
    alone.start_projector();
    alone.settle().await;
    assert_eq!(world.dump().await, alone.dump().await);
}

#[tokio::test]
async fn given_a_position_that_moved_without_its_rows_when_compared_with_a_rebuild_then_they_differ() {
    // The other half of the pair: with the position outside of the rows' transaction, a crash between the two loses events,
    // and the comparison above sees it.
    let world = World::new().await;
    let projector = world.start_projector();
    busy_log(&world, 60);
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    busy_log_tail(&world, 60, 80);
    sqlx::query("UPDATE tasklog.positions SET position = position + 2 WHERE projection = 'tasks'")
        .execute(&world.pool)
        .await
        .unwrap();
    let alone = World::over(crate::world::fresh_database().await, world.log.clone());
    alone.start_projector();
    alone.settle().await;
    let next = World::over(world.pool.clone(), world.log.clone());
    next.start_projector();
    // Events were lost, so streams have gaps: it may well stop before the end. What it has is wrong either way.
    next.positions.wait_for("history", &next.end().await, LONG).await.unwrap();
    assert_ne!(next.dump().await, alone.dump().await);
}

fn busy_log_tail(world: &World, from: u64, to: u64) {
    for n in from..to {
        let stream = id(u128::from(n % 17));
        let sequence = n / 17 + 1;
        world.append(task_record(stream, sequence, &renamed(&format!("name {n}"), sequence)));
    }
}

#[tokio::test]
async fn given_one_projection_rebuilt_while_the_projector_runs_then_the_others_stay() {
    let world = World::new().await;
    world.start_projector();
    busy_log(&world, 100);
    world.settle().await;
    let (live, tasks) = (world.dump().await, world.serving("tasks"));
    world.rebuild("history").await;
    world.settle().await;
    assert_eq!(world.dump().await, live);
    assert_eq!(world.serving("tasks"), tasks);
}
