//! Tasks completed on each day.

use chrono::TimeDelta;
use domain::task::{TaskDeleted, TaskEvent};
use serde_json::{Value, json};

use crate::world::*;

fn day(sequence: i64) -> String {
    (start() + TimeDelta::days(sequence)).date_naive().to_string()
}

async fn counts(world: &World, query: &str) -> Value {
    let (status, _, page) = world.get(&format!("/stats/completed?{query}")).await;
    assert_eq!(status, 200, "{page}");
    page["items"].clone()
}

#[tokio::test]
async fn given_tasks_completed_reopened_and_deleted_when_counted_then_each_counts_on_the_day_it_was_completed_last() {
    let world = World::new().await;
    world.start_projector();
    for n in 1..=4 {
        world.append(task_record(id(n), 1, &created(id(n), "to do")));
        world.append(task_record(id(n), 2, &completed(2)));
    }
    world.settle().await;
    assert_eq!(counts(&world, "").await, json!([{"date": day(2), "count": 4}]));
    world.append(task_record(id(1), 3, &reopened(3)));
    world.append(task_record(id(2), 3, &reopened(3)));
    world.append(task_record(id(2), 4, &completed(4)));
    world.append(task_record(id(3), 3, &TaskEvent::Deleted(TaskDeleted { deleted_at: start() })));
    world.settle().await;
    let both = json!([{"date": day(2), "count": 2}, {"date": day(4), "count": 1}]);
    assert_eq!(counts(&world, "").await, both);
    assert_eq!(counts(&world, &format!("from={}", day(3))).await, json!([both[1]]));
    assert_eq!(counts(&world, &format!("to={}", day(3))).await, json!([both[0]]));

    let (_, _, page) = world.get("/stats/completed?limit=1").await;
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(counts(&world, &format!("limit=1&cursor={next}")).await, json!([both[1]]));
    for (query, field) in [("from=tomorrow", "from"), ("to=2026-02-30", "to"), ("limit=0", "limit"), ("day=1", "day")] {
        let (status, _, problem) = world.get(&format!("/stats/completed?{query}")).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some(field)), "{query}");
    }
}
