//! What recurrence makes of what happens to a series.

use chrono::TimeDelta;
use domain::task::{Priority, Status, next_task_id};
use domain::tenant;
use serde_json::{Value, json};

use crate::world::*;

/// A series that begins with the task 1, on Monday, November 30.
fn daily(pattern: Value) -> Value {
    let mut pattern = pattern;
    pattern["rrule"] = json!("FREQ=DAILY");
    json!({"title": "water the plants", "tags": ["home"], "due_date": "2026-11-30", "recurrence_pattern": pattern})
}

#[tokio::test]
async fn given_a_series_when_an_occurrence_is_completed_then_the_next_one_is_there_once() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30"]);
    world.complete(id(1));
    world.settle().await;
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-01"]);
    let next = &world.open()[0];
    assert_eq!(next.id, next_task_id(tenant::DEFAULT, id(1), &next.due.unwrap()));
    assert_eq!(
        (next.title.as_str(), &next.tags, next.series_id),
        ("water the plants", &vec!["home".into()], Some(id(1)))
    );
}

#[tokio::test]
async fn given_a_change_of_an_occurrence_when_it_is_completed_then_the_next_one_has_it_and_a_moved_due_moves_no_other()
{
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.update(id(1), json!({"title": "water all plants", "due_date": "2026-12-02"}));
    world.settle().await;
    world.complete(id(1));
    world.settle().await;
    let open = world.open();
    assert_eq!(
        (open[0].title.as_str(), open[0].due.unwrap().day().to_string()),
        ("water all plants", "2026-12-01".into())
    );
}

#[tokio::test]
async fn given_a_change_of_one_occurrence_alone_when_it_is_completed_then_the_next_one_is_as_before() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.update_this(id(1), json!({"title": "water the cactus", "tags": ["once"]}));
    // Read before the completion, and along with it.
    world.settle().await;
    world.update_this(id(1), json!({"priority": "high", "status": "completed"}));
    world.settle().await;
    let open = world.open();
    assert_eq!((open[0].title.as_str(), &open[0].tags), ("water the plants", &vec!["home".into()]));
    assert_eq!(open[0].priority, Priority::None);
    // It is all in the log.
    world.forget().await;
    world.update_this(open[0].id, json!({"title": "water the palm"}));
    world.complete(open[0].id);
    world.settle().await;
    assert_eq!((world.open()[0].title.as_str(), world.open_days()), ("water the plants", vec!["2026-12-02".into()]));
}

#[tokio::test]
async fn given_a_completion_that_is_taken_back_then_the_untouched_next_one_goes_and_comes_again_with_it() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.complete(id(1));
    world.settle().await;
    for _ in 0..3 {
        world.update(id(1), json!({"status": "pending"}));
        world.settle().await;
        assert_eq!(world.open_days(), ["2026-11-30"]);
        world.complete(id(1));
        world.settle().await;
        assert_eq!(world.open_days(), ["2026-12-01"]);
    }
    assert_eq!(world.tasks().len(), 2);
}

#[tokio::test]
async fn given_a_next_one_that_somebody_has_changed_when_the_completion_is_taken_back_then_it_stays() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.complete(id(1));
    world.settle().await;
    let next = world.open()[0].id;
    world.update(next, json!({"title": "mine"}));
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"]);
    // Completed again, it has its successor.
    world.complete(id(1));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-01"]);
}

#[tokio::test]
async fn given_a_completion_on_another_day_after_one_that_was_taken_back_then_the_next_one_is_counted_from_that_day() {
    let world = World::new().await;
    world.create(1, daily(json!({"from": "completion"})));
    world.complete(id(1));
    world.settle().await;
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
    world.advance(TimeDelta::days(3));
    world.complete(id(1));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-04"]);
}

#[tokio::test]
async fn given_an_occurrence_that_is_skipped_when_it_is_completed_then_the_one_after_comes() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.skip(id(1));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-01"]);
    world.complete(id(1));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-02"]);
}

#[tokio::test]
async fn given_a_rule_that_comes_to_a_day_twice_then_both_tasks_are_there() {
    let world = World::new().await;
    world.create(1, daily(json!({})));
    world.complete(id(1));
    world.settle().await;
    let second = world.open()[0].id;
    // Back to the first day, and from there to the day that the second task has in the series.
    let pattern = json!({"rrule": "FREQ=DAILY"});
    world.update(second, json!({"due_date": "2026-11-30", "recurrence_pattern": pattern}));
    world.complete(second);
    world.settle().await;
    let open = world.open();
    assert_eq!(world.open_days(), ["2026-12-01"]);
    assert_ne!(open[0].id, second);
}

#[tokio::test]
async fn given_a_series_by_the_clock_when_the_time_comes_then_the_next_one_is_there_completed_or_not() {
    let world = World::new().await;
    world.create(
        1,
        json!({
            "title": "x", "due_at": "2026-11-30T12:00:00", "time_zone": "UTC",
            "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": "when_due"},
        }),
    );
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30"]);
    world.advance(TimeDelta::hours(4));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"]);
    // Its completion brings nothing more.
    world.complete(id(1));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-01"]);
}

#[tokio::test]
async fn given_days_without_the_clock_when_it_is_back_then_missed_occurrences_are_kept_or_become_one() {
    for (missed, expected) in [
        ("keep", vec!["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"]),
        ("collapse", vec!["2026-11-30", "2026-12-04"]),
    ] {
        let world = World::new().await;
        world.create(
            1,
            json!({
                "title": "x", "due_at": "2026-11-30T12:00:00", "time_zone": "UTC",
                "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": "when_due", "missed": missed},
            }),
        );
        world.advance(TimeDelta::hours(3 * 24 + 5));
        world.settle().await;
        assert_eq!(world.open_days(), expected, "{missed}");
    }
}

#[tokio::test]
async fn given_a_series_by_the_clock_when_it_is_ended_before_its_time_then_nothing_comes() {
    for ended in [json!({"status": "cancelled"}), json!({"recurrence_pattern": null})] {
        let world = World::new().await;
        let by_clock = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
        world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": by_clock}));
        world.settle().await;
        // The row that the clock finds is older than the log, so it waits for who reads it.
        world.update(id(1), ended.clone());
        world.advance(TimeDelta::days(3));
        world.tick_recurrence().await;
        assert_eq!(world.tasks().len(), 1, "{ended}");
        world.settle().await;
        assert_eq!(world.tasks().len(), 1, "{ended}");
    }
}

#[tokio::test]
async fn given_a_clock_that_goes_back_and_forward_when_it_ticks_then_each_occurrence_comes_once() {
    let world = World::new().await;
    let by_clock = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
    world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": by_clock}));
    world.settle().await;
    for hours in [17, -12, 13, -30, 60, -5] {
        world.advance(TimeDelta::hours(hours));
        world.settle().await;
    }
    assert_eq!(world.open_days(), ["2026-12-01", "2026-12-02", "2026-12-03"]);
}

#[tokio::test]
async fn given_a_series_that_was_imported_as_completed_then_nothing_is_made_of_it() {
    let world = World::new().await;
    let mut over = daily(json!({}));
    over["status"] = json!("completed");
    world.create(1, over);
    world.settle().await;
    assert_eq!(world.tasks().len(), 1);
}

#[tokio::test]
async fn given_a_task_that_repeats_only_later_when_it_is_completed_then_its_earlier_events_are_read_back() {
    let world = World::new().await;
    world.create(1, json!({"title": "x", "due_date": "2026-11-30"}));
    world.update(id(1), json!({"priority": "high"}));
    world.settle().await;
    world.update(id(1), json!({"recurrence_pattern": {"rrule": "FREQ=WEEKLY"}}));
    world.settle().await;
    world.complete(id(1));
    world.settle().await;
    let next = &world.open()[0];
    assert_eq!((world.open_days(), next.priority.as_str()), (vec!["2026-12-07".to_owned()], "high"));
}

#[tokio::test]
async fn given_a_record_that_lost_the_race_when_it_is_read_then_it_makes_nothing() {
    let world = World::new().await;
    world.create(1, json!({"title": "x", "due_date": "2026-11-30"}));
    world.create(2, daily(json!({})));
    // Somebody else's event, which came to the log as the second of its sequence.
    let rows = world.twin.records(domain::topics::TASKS, 1);
    let mut void = rows[0].content.as_ref().unwrap()[0].clone();
    void.partitionkey = tenant::stream_id(tenant::DEFAULT, id(1));
    world.twin.put(domain::topics::TASKS, void);
    world.complete(id(1));
    world.settle().await;
    assert!(world.tasks().values().all(|task| task.series_id != Some(id(1))));
    assert_eq!(world.tasks()[&id(1)].status, Status::Completed);
    assert_eq!(world.tasks().len(), 2);
}

#[tokio::test]
async fn given_a_series_by_the_clock_when_a_completion_is_taken_back_then_what_the_time_has_made_stays() {
    let world = World::new().await;
    let by_clock = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
    world.create(1, json!({"title": "x", "due_date": "2026-11-30", "recurrence_pattern": by_clock}));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"]);
    world.complete(id(1));
    world.settle().await;
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"]);
}

#[tokio::test]
async fn given_an_occurrence_whose_time_has_come_when_it_is_skipped_before_the_clock_looks_then_the_next_one_comes() {
    let world = World::new().await;
    let by_clock = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
    world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": by_clock}));
    world.settle().await;
    world.advance(TimeDelta::hours(30));
    // Nobody was there at midnight.
    world.skip(id(1));
    world.settle().await;
    assert_eq!(world.tasks()[&id(1)].status, Status::Cancelled);
    assert_eq!(world.open_days(), ["2026-12-02"]);
}

#[tokio::test]
async fn given_a_series_that_was_exported_and_imported_when_the_clock_looks_then_only_its_open_end_goes_on() {
    let world = World::new().await;
    let first = next_task_id(tenant::DEFAULT, id(1), &due("2026-11-28"));
    for (day, status) in [("2026-11-28", "completed"), ("2026-11-29", "completed"), ("2026-11-30", "pending")] {
        let task = json!({
            "id": next_task_id(tenant::DEFAULT, id(1), &due(day)), "series_id": id(1), "title": "x", "status": status,
            "due_date": day, "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": "when_due"},
        });
        world.import(task);
    }
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"]);
    // Opened again, one of the past goes on to where the series is, which is there.
    world.update(first, json!({"status": "pending"}));
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-11-28", "2026-11-30", "2026-12-01"]);
}

fn due(day: &str) -> domain::task::Due {
    domain::task::Due::Date { due_date: day.parse().unwrap() }
}
